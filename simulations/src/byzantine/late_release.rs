//! Keeps back what it should say and says it later: when the round is over, when the height is over, or a moment before the
//! others lose patience. What was said long ago, by whomever, it says again.

use std::collections::VecDeque;

use ledger_core::id::Height;
use timebank_node::replica::messages::ValidatorMessage;
use timebank_node::replica::{ReplicaInput, Topic};

use super::craft::decode;
use super::{Behaviour, Hands};

/// How many of a thousand messages are kept back.
const KEPT_BACK_PER_MILLE: u64 = 600;
/// How many messages are kept back at a time.
const KEPT_BACK_MAX: usize = 400;
/// How many old messages are remembered.
const OLD_MAX: usize = 300;
/// How many of them are said again at a time, every second or so.
const AGAIN_MAX: u64 = 4;
/// How many of a thousand chances to say something again are taken.
const AGAIN_PER_MILLE: u64 = 100;
/// A moment before the first and second time-out of a proposal and of a vote, in milliseconds.
const JUST_BEFORE_MS: [u64; 4] = [390, 890, 1_390, 1_890];

/// What a message waits for.
#[derive(Clone, Copy, Debug)]
enum Until {
    /// The end of a round, or of its height.
    Round(Height, u32),
    /// The end of a height.
    Height(Height),
    /// A time by the node's clock, in milliseconds.
    Time(u64),
}

/// Says things later.
#[derive(Debug, Default)]
pub(super) struct LateRelease {
    kept_back: VecDeque<(Until, usize, Vec<u8>)>,
    old: VecDeque<Vec<u8>>,
}

impl LateRelease {
    fn remember(&mut self, bytes: &[u8]) {
        self.old.push_back(bytes.to_vec());
        if self.old.len() > OLD_MAX {
            self.old.pop_front();
        }
    }
}

/// What a message of a round is to wait for.
fn choose(hands: &mut Hands<'_>, message: &ValidatorMessage) -> Until {
    let (height, round) = match message {
        ValidatorMessage::Consensus(message) => (message.height(), message.round()),
        ValidatorMessage::Body(body) => (body.height, 0),
    };
    match hands.random.below(3) {
        0 => Until::Round(height, round),
        1 => Until::Height(height),
        _ => {
            let after_ms = JUST_BEFORE_MS[hands.random.index(JUST_BEFORE_MS.len())];
            Until::Time(hands.now_ms + after_ms)
        }
    }
}

impl Behaviour for LateRelease {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        if let ReplicaInput::Message {
            topic: Topic::Consensus,
            bytes,
            ..
        } = &input
            && hands.random.happens(300)
        {
            self.remember(bytes);
        }
        vec![input]
    }

    fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        let Some(message) = decode(&input) else {
            return vec![(to, input)];
        };
        let ReplicaInput::Message { bytes, .. } = &input else {
            return vec![(to, input)];
        };
        self.remember(bytes);
        if self.kept_back.len() >= KEPT_BACK_MAX || !hands.random.happens(KEPT_BACK_PER_MILLE) {
            return vec![(to, input)];
        }
        let until = choose(hands, &message);
        self.kept_back.push_back((until, to, bytes.clone()));
        Vec::new()
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        let tip = hands.tip_height();
        let current = hands.status().round;
        let now_ms = hands.now_ms;
        let due = |until: &Until| match until {
            Until::Height(height) => tip >= *height,
            Until::Round(height, round) => {
                tip >= *height
                    || current.is_some_and(|(at, in_round)| at == *height && in_round > *round)
            }
            Until::Time(at_ms) => *at_ms <= now_ms,
        };
        let (released, kept_back): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.kept_back)
            .into_iter()
            .partition(|(until, ..)| due(until));
        self.kept_back = kept_back;
        for (_, to, bytes) in released {
            hands.say(to, Topic::Consensus, bytes);
            hands.acted();
        }
        if self.old.is_empty() || !hands.random.happens(AGAIN_PER_MILLE) {
            return;
        }
        let others = hands.others();
        for _ in 0..=hands.random.below(AGAIN_MAX) {
            let bytes = self.old[hands.random.index(self.old.len())].clone();
            let to = others[hands.random.index(others.len())];
            hands.say(to, Topic::Consensus, bytes);
            hands.acted();
        }
    }
}
