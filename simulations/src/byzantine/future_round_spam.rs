//! Says very much about rounds and heights that are far away: validly signed votes, proposals and bodies, many for one place,
//! each with another value.
//!
//! All of it is within what a message may name. What is kept of it must have a bound, and the height in progress must go on.

use ledger_core::certificate::VoteStep;
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};
use ledger_core::time::TimestampMs;
use ledger_core::validator::ValidatorSet;
use timebank_node::consensus::{ConsensusMessage, ROUND_MAX};
use timebank_node::replica::Topic;
use timebank_node::replica::messages::{Announcement, ProposalBody, ValidatorMessage};

use super::craft::{Place, random_hash};
use super::{Behaviour, Hands};

/// How many of a thousand chances to speak are taken.
const SPEAKS_PER_MILLE: u64 = 300;
/// How many messages it makes at a time.
const MESSAGES: usize = 10;
/// How many it makes in all.
const MESSAGES_MAX: u64 = 8_000;
/// How many hashes a body names at most.
const HASHES_MAX: u64 = 200;

/// Says very much about far places.
#[derive(Debug, Default)]
pub(super) struct FutureRoundSpam {
    made: u64,
}

/// A round or height that is not in progress.
fn far_place(hands: &mut Hands<'_>, height: Height, round: u32) -> Place {
    let near = u32::try_from(hands.random.below(13)).unwrap_or(0);
    let later = |by: u64| Height(height.0.saturating_add(by));
    match hands.random.below(8) {
        // Of the height in progress, within what a core looks ahead, and beyond.
        0..=2 => Place {
            height,
            round: round.saturating_add(1 + near),
        },
        3 => Place {
            height,
            round: ROUND_MAX - near,
        },
        // Of the heights a host keeps, and beyond.
        4 | 5 => Place {
            height: later(1 + hands.random.below(4)),
            round: near % 6,
        },
        6 => Place {
            height: later(1_000),
            round: ROUND_MAX,
        },
        _ => Place {
            height: Height(u64::MAX),
            round: near,
        },
    }
}

/// A proposal that only its signature speaks for, at a place where it is this node's turn.
fn proposal(
    hands: &mut Hands<'_>,
    set: &ValidatorSet,
    mut place: Place,
) -> Option<ConsensusMessage> {
    let turn = (0..set.as_slice().len()).find_map(|_| {
        if hands.proposer_at(set, place) == Some(hands.node) {
            return Some(place);
        }
        place.round = place.round.checked_sub(1)?;
        None
    })?;
    let status = hands.status();
    let ahead_ms = hands.random.below(3_000);
    let mut header = hands
        .build(
            TimestampMs(hands.now_ms.max(status.time_ms.0 + 1) + ahead_ms),
            &[],
        )?
        .header;
    header.height = turn.height;
    if turn.height != status.height.next() {
        header.parent = BlockId(random_hash(hands.random));
    }
    let valid_round = (turn.round > 0 && hands.random.happens(300)).then(|| turn.round - 1);
    Some(ConsensusMessage::Proposal(hands.sign_proposal(
        header,
        turn.round,
        valid_round,
    )))
}

fn body(hands: &mut Hands<'_>, height: Height) -> Vec<u8> {
    let count = hands.random.below(HASHES_MAX);
    let envelope_hashes: Vec<Hash> = (0..count).map(|_| random_hash(hands.random)).collect();
    let body = ProposalBody {
        height: Height(height.0.saturating_add(hands.random.below(3))),
        block_id: BlockId(random_hash(hands.random)),
        envelope_hashes,
        carried: Vec::new(),
    };
    codec::encode(&ValidatorMessage::Body(body))
}

impl FutureRoundSpam {
    fn speak_once(
        &mut self,
        hands: &mut Hands<'_>,
        set: &ValidatorSet,
        height: Height,
        round: u32,
    ) {
        let place = far_place(hands, height, round);
        let message = match hands.random.below(10) {
            0..=2 => proposal(hands, set, place),
            3 => {
                for to in hands.honest() {
                    let bytes = body(hands, height);
                    hands.say(to, Topic::Consensus, bytes);
                }
                None
            }
            4 => {
                let bytes = codec::encode(&Announcement {
                    height: Height(place.height.0.saturating_sub(1)),
                });
                for to in hands.honest() {
                    hands.say(to, Topic::Status, bytes.clone());
                }
                None
            }
            kind => {
                let step = if kind.is_multiple_of(2) {
                    VoteStep::Prevote
                } else {
                    VoteStep::Precommit
                };
                let value =
                    (!hands.random.happens(200)).then(|| BlockId(random_hash(hands.random)));
                let signed = hands.sign_vote(hands.node, place, step, value);
                Some(ConsensusMessage::Vote(signed))
            }
        };
        if let Some(message) = message {
            for to in hands.honest() {
                hands.say_consensus(to, message.clone());
            }
        }
        hands.acted();
        self.made += 1;
    }
}

impl Behaviour for FutureRoundSpam {
    fn act(&mut self, hands: &mut Hands<'_>) {
        if self.made >= MESSAGES_MAX || !hands.random.happens(SPEAKS_PER_MILLE) {
            return;
        }
        let status = hands.status();
        let (height, round) = status.round.unwrap_or((status.height.next(), 0));
        for _ in 0..MESSAGES {
            self.speak_once(hands, &status.validators, height, round);
        }
    }
}
