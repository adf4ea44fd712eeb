//! Lies about its height, and answers requests for blocks with too little, too much, the wrong blocks, late or never.
//!
//! A node that believes the height asks here again and again; one that believes an answer goes wrong or stands still.

use std::collections::VecDeque;

use ledger_core::codec;
use ledger_core::id::Height;
use timebank_node::replica::messages::{
    Announcement, BLOCKS_IN_RESPONSE_MAX, PeerRequest, PeerResponse, RESPONSE_BYTES_MAX,
};
use timebank_node::replica::{InboundRequestId, ReplicaInput, Topic};
use timebank_node::storage::CommittedBlock;

use super::{Behaviour, Hands};

/// How many of a thousand turns an announcement is made out of turn.
const ANNOUNCED_PER_MILLE: u64 = 300;
/// How late an answer is at most, in milliseconds: later than anybody waits.
const LATE_MS_MAX: u64 = 4_000;
/// How many answers wait at most.
const WAITING_MAX: usize = 64;
/// How many answers of more bytes than allowed a life has: each is large.
const OVERSIZED_MAX: u32 = 4;
/// How many blocks are looked up for an answer.
const BLOCKS_MAX: u64 = 16;

/// Lies about what it has.
#[derive(Debug, Default)]
pub(super) struct SyncLies {
    /// When which answer is given.
    waiting: VecDeque<(u64, InboundRequestId, Vec<u8>)>,
    oversized: u32,
}

impl Behaviour for SyncLies {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        if let ReplicaInput::Request { id, bytes, .. } = &input
            && let Ok(PeerRequest::Blocks { from, count_max }) = PeerRequest::decode(bytes)
        {
            return self.answer(hands, *id, from, count_max, input);
        }
        vec![input]
    }

    fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        if let ReplicaInput::Message {
            topic: Topic::Status,
            ..
        } = &input
        {
            announce(hands, to);
            return Vec::new();
        }
        vec![(to, input)]
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        while self
            .waiting
            .front()
            .is_some_and(|(at_ms, ..)| *at_ms <= hands.now_ms)
        {
            if let Some((_, id, bytes)) = self.waiting.pop_front() {
                hands.answer(id, Some(bytes));
                hands.acted();
            }
        }
        if hands.random.happens(ANNOUNCED_PER_MILLE) {
            let honest = hands.honest();
            let to = honest[hands.random.index(honest.len())];
            announce(hands, to);
        }
    }
}

/// Announces a height that is not this node's.
fn announce(hands: &mut Hands<'_>, to: usize) {
    let tip = hands.tip_height().0;
    let height = match hands.random.below(8) {
        0 => 0,
        1 => tip.saturating_sub(hands.random.below(20)),
        2 | 3 => tip + 1 + hands.random.below(3),
        4 | 5 => tip + 4 + hands.random.below(300),
        6 => u64::MAX - hands.random.below(2),
        _ => hands.random.next(),
    };
    if height == tip {
        return;
    }
    let announcement = Announcement {
        height: Height(height),
    };
    hands.say(to, Topic::Status, codec::encode(&announcement));
    hands.acted();
}

impl SyncLies {
    fn answer(
        &mut self,
        hands: &mut Hands<'_>,
        id: InboundRequestId,
        from: Height,
        count_max: u16,
        input: ReplicaInput,
    ) -> Vec<ReplicaInput> {
        let right = blocks(hands, from, u64::from(count_max).min(BLOCKS_MAX));
        let lie = match hands.random.below(14) {
            // It gives an honest answer, so that it is believed again.
            0 => return vec![input],
            1 => None,
            2 => {
                hands.answer(id, None);
                hands.acted();
                return Vec::new();
            }
            3 => return self.answer_late(hands, id, &right),
            4 => Some(Vec::new()),
            5 => Some(right.into_iter().take(1).collect()),
            6 => {
                let mut gap = right;
                if gap.len() > 1 {
                    gap.remove(gap.len() / 2);
                }
                Some(gap)
            }
            7 => Some(right.into_iter().rev().collect()),
            8 => Some(blocks(hands, Height(from.0.saturating_add(5)), BLOCKS_MAX)),
            9 => Some(blocks(hands, Height(1), BLOCKS_MAX)),
            10 => {
                // One block over and over, more often than any answer may have blocks.
                let first = right
                    .first()
                    .or(blocks(hands, Height(1), 1).first())
                    .cloned();
                let count = usize::from(BLOCKS_IN_RESPONSE_MAX) + hands.random.index(2);
                Some(first.map(|it| vec![it; count]).unwrap_or_default())
            }
            11 => {
                hands.answer(id, Some(codec::encode(&PeerResponse::Body(None))));
                hands.acted();
                return Vec::new();
            }
            12 if self.oversized < OVERSIZED_MAX => {
                self.oversized += 1;
                let mut bytes = codec::encode(&PeerResponse::Blocks(right));
                bytes.resize(RESPONSE_BYTES_MAX + hands.random.index(2), 0);
                hands.answer(id, Some(bytes));
                hands.acted();
                return Vec::new();
            }
            _ => {
                let mut bytes = codec::encode(&PeerResponse::Blocks(right));
                bytes.truncate(bytes.len().saturating_sub(1 + hands.random.index(40)));
                hands.answer(id, Some(bytes));
                hands.acted();
                return Vec::new();
            }
        };
        if let Some(lie) = lie {
            hands.answer(id, Some(codec::encode(&PeerResponse::Blocks(lie))));
        }
        hands.acted();
        Vec::new()
    }

    /// A right answer, at a time when nobody or hardly anybody waits for it.
    fn answer_late(
        &mut self,
        hands: &mut Hands<'_>,
        id: InboundRequestId,
        right: &[CommittedBlock],
    ) -> Vec<ReplicaInput> {
        if self.waiting.len() < WAITING_MAX {
            let at_ms = hands.now_ms + hands.random.below(LATE_MS_MAX);
            let bytes = codec::encode(&PeerResponse::Blocks(right.to_vec()));
            let place = self
                .waiting
                .partition_point(|(due_ms, ..)| *due_ms <= at_ms);
            self.waiting.insert(place, (at_ms, id, bytes));
        }
        Vec::new()
    }
}

/// The blocks from a height on that this node has.
pub(super) fn blocks(hands: &Hands<'_>, from: Height, count: u64) -> Vec<CommittedBlock> {
    let store = hands.replica.blocks();
    let heights = from.0.max(1)..from.0.max(1).saturating_add(count);
    heights
        .map_while(|height| store.block(Height(height)).ok().flatten())
        .collect()
}
