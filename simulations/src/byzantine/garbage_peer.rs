//! Bytes that are no messages, in every protocol of peers: changed, cut, lengthened, with tails that do not belong there, with
//! lengths that promise gigabytes, longer than allowed, and anything at all.

use ledger_core::codec;
use ledger_core::id::{BlockId, Height};
use timebank_node::replica::messages::{
    Announcement, BLOCKS_IN_RESPONSE_MAX, PeerRequest, PeerResponse, REQUEST_BYTES_MAX,
    RESPONSE_BYTES_MAX,
};
use timebank_node::replica::{ReplicaInput, Topic};

use super::craft::random_hash;
use super::{Behaviour, Hands};
use crate::random::Random;

/// How many of a thousand messages are followed by a changed one.
const ECHOED_PER_MILLE: u64 = 120;
/// How many of a thousand answers and questions are changed.
const CHANGED_PER_MILLE: u64 = 300;
/// How many of a thousand turns something is said out of turn.
const SAID_PER_MILLE: u64 = 400;
/// How many messages longer than allowed a life has: each is large.
const OVERSIZED_MAX: u32 = 6;
/// The most bytes of chance.
const NOISE_BYTES_MAX: usize = 1_500;

/// Says what is no message.
#[derive(Debug, Default)]
pub(super) struct GarbagePeer {
    oversized: u32,
}

impl Behaviour for GarbagePeer {
    fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        mut input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        match &mut input {
            ReplicaInput::Message { topic, bytes, .. }
                if hands.random.happens(ECHOED_PER_MILLE) =>
            {
                let mut bytes = bytes.clone();
                garble(&mut bytes, hands.random);
                hands.say(to, *topic, bytes);
                hands.acted();
            }
            ReplicaInput::Request { bytes, .. }
            | ReplicaInput::Response {
                outcome: Ok(bytes), ..
            } if hands.random.happens(CHANGED_PER_MILLE) => {
                garble(bytes, hands.random);
                hands.acted();
            }
            _ => {}
        }
        vec![(to, input)]
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        if !hands.random.happens(SAID_PER_MILLE) {
            return;
        }
        let honest = hands.honest();
        let to = honest[hands.random.index(honest.len())];
        let topics = [Topic::Consensus, Topic::Transactions, Topic::Status];
        let topic = topics[hands.random.index(topics.len())];
        match hands.random.below(8) {
            0 if self.oversized < OVERSIZED_MAX => {
                self.oversized += 1;
                hands.say(to, topic, vec![0; topic.bytes_max() + 1]);
                hands.ask(to, vec![0; REQUEST_BYTES_MAX + 1]);
            }
            0 | 1 => {
                let bytes = noise(hands.random);
                hands.say(to, topic, bytes);
            }
            2 => {
                let bytes = noise(hands.random);
                hands.ask(to, bytes);
            }
            // What is well formed and makes no sense.
            3 => {
                let question = absurd(hands.random);
                hands.ask(to, codec::encode(&question));
            }
            4 => {
                let mut bytes = codec::encode(&absurd(hands.random));
                garble(&mut bytes, hands.random);
                hands.ask(to, bytes);
            }
            // An answer where a question belongs.
            5 => hands.ask(to, codec::encode(&PeerResponse::Blocks(Vec::new()))),
            // A message of another kind.
            6 => {
                let height = hands.tip_height();
                let other = topics[hands.random.index(2)];
                hands.say(to, other, codec::encode(&Announcement { height }));
            }
            _ => hands.say(to, topic, Vec::new()),
        }
        hands.acted();
    }
}

/// A question nobody honest asks.
fn absurd(random: &mut Random) -> PeerRequest {
    let height = Height([0, 1, u64::MAX - 1, u64::MAX][random.index(4)]);
    match random.below(3) {
        0 => PeerRequest::Blocks {
            from: height,
            count_max: [0, BLOCKS_IN_RESPONSE_MAX + 1, u16::MAX][random.index(3)],
        },
        1 => PeerRequest::Body {
            height,
            block_id: BlockId(random_hash(random)),
        },
        _ => {
            let count = random.index(300);
            PeerRequest::Envelopes {
                height,
                block_id: BlockId(random_hash(random)),
                envelope_hashes: (0..count).map(|_| random_hash(random)).collect(),
            }
        }
    }
}

fn noise(random: &mut Random) -> Vec<u8> {
    let length = random.index(NOISE_BYTES_MAX);
    let mut bytes: Vec<u8> = (0..length)
        .map(|_| random.next().to_le_bytes()[0])
        .collect();
    if let Some(first) = bytes.first_mut() {
        // Let it look like something at first.
        *first %= 4;
    }
    bytes
}

/// Changes bytes in one of many ways.
fn garble(bytes: &mut Vec<u8>, random: &mut Random) {
    let place = random.index(bytes.len().max(1));
    match random.below(7) {
        0 => bytes.truncate(place),
        1 => bytes.push(random.next().to_le_bytes()[0]),
        2 => {
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 1 << random.below(8);
            }
        }
        // A right beginning, and anything after it.
        3 => {
            for byte in bytes.iter_mut().skip(place) {
                *byte = random.next().to_le_bytes()[0];
            }
        }
        // A length of four gigabytes.
        4 => {
            for byte in bytes.iter_mut().skip(place).take(4) {
                *byte = 0xff;
            }
        }
        5 => {
            let tail = noise(random);
            bytes.truncate(place);
            bytes.extend(tail);
        }
        _ => bytes.extend_from_within(place..),
    }
    bytes.truncate(RESPONSE_BYTES_MAX + 1);
}
