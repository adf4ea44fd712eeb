//! Forgets what it signed: crashes right after it voted or proposed, comes back without log and record, and says something
//! else.
//!
//! The replica underneath is honest and believes that it never signed anything. So that it does not say the same again, its
//! first patience after such a start is short: it hears at once that it has waited long enough for the proposal.

use std::collections::BTreeMap;

use ledger_core::id::{BlockId, Height};
use timebank_node::consensus::{ConsensusMessage, SignedStep, TimeoutKey, TimeoutKind};
use timebank_node::replica::{ReplicaInput, TimerKey};

use super::craft::{Place, decode_consensus};
use super::{Behaviour, Hands, Restart};

/// How often it forgets in a run at most.
const LAPSES_MAX: u64 = 60;
/// How long it is between two lapses at least, in milliseconds.
const PAUSE_MS: u64 = 900;
/// How many of a thousand chances to forget are taken.
const LAPSE_PER_MILLE: u64 = 120;
/// How many of its statements are remembered, to know whether it contradicts itself.
const SAID_MAX: usize = 512;

/// Forgets what it signed.
#[derive(Debug, Default)]
pub(super) struct Amnesia {
    lapses: u64,
    rests_until_ms: u64,
    /// The height in which it forgot last, until its patience was cut short there.
    forgotten: Option<Height>,
    said: BTreeMap<(Place, SignedStep), Option<BlockId>>,
}

impl Amnesia {
    /// Whether this contradicts what was said before.
    fn contradicts(&mut self, place: Place, step: SignedStep, value: Option<BlockId>) -> bool {
        if self.said.len() > SAID_MAX {
            self.said.pop_first();
        }
        *self.said.entry((place, step)).or_insert(value) != value
    }
}

fn statement(message: &ConsensusMessage) -> Option<(Place, SignedStep, Option<BlockId>)> {
    match message {
        ConsensusMessage::Vote(signed) => {
            let step = match signed.vote.step {
                ledger_core::certificate::VoteStep::Prevote => SignedStep::Prevote,
                ledger_core::certificate::VoteStep::Precommit => SignedStep::Precommit,
            };
            Some((Place::of_vote(signed), step, signed.vote.block_id))
        }
        ConsensusMessage::Proposal(signed) => {
            let block_id = signed.proposal.header.id();
            Some((Place::of(signed), SignedStep::Propose, Some(block_id)))
        }
        _ => None,
    }
}

impl Behaviour for Amnesia {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        let Some(height) = self.forgotten else {
            return vec![input];
        };
        if hands.tip_height() >= height {
            self.forgotten = None;
            return vec![input];
        }
        if hands.status().round != Some((height, 0)) {
            return vec![input];
        }
        self.forgotten = None;
        let key = TimeoutKey {
            height,
            round: 0,
            kind: TimeoutKind::Propose,
        };
        vec![ReplicaInput::Timer(TimerKey::Consensus(key)), input]
    }

    fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        let Some(message) = decode_consensus(&input) else {
            return vec![(to, input)];
        };
        let Some((place, step, value)) = statement(&message) else {
            return vec![(to, input)];
        };
        if self.contradicts(place, step, value) {
            hands.acted();
        }
        let rests = self.lapses >= LAPSES_MAX || hands.now_ms < self.rests_until_ms;
        if !rests && hands.random.happens(LAPSE_PER_MILLE) {
            self.lapses += 1;
            self.rests_until_ms = hands.now_ms + PAUSE_MS;
            self.forgotten = Some(place.height);
            // Some have heard what it said, the others will not.
            hands.restart(Restart::Forgetting);
        }
        vec![(to, input)]
    }
}
