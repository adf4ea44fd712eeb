//! Votes for the block towards one half of the honest nodes and for nil towards the other, and pulls that other half into the
//! next round while the first is still in this one.
//!
//! The conspirators pull the same half. With f of them one honest node that has lost patience is enough for a third of the
//! power, on which whoever hears of it leaves its round.

use ledger_core::certificate::VoteStep;
use timebank_node::consensus::ConsensusMessage;
use timebank_node::replica::ReplicaInput;

use super::craft::{Hearing, Place, betrays, decode_consensus};
use super::{Behaviour, Hands};

/// How many of a thousand chances to pull are taken.
const PULL_PER_MILLE: u64 = 300;
/// How many rounds ahead the impatient half is pulled at most.
const PULL_ROUNDS_MAX: u64 = 2;

/// Votes for the block here and for nil there.
#[derive(Debug, Default)]
pub(super) struct SplitVotes {
    hearing: Hearing,
}

impl SplitVotes {
    /// Votes in both steps: for the block to the patient half, for nil to the impatient one.
    fn split(&self, hands: &mut Hands<'_>, place: Place) {
        for to in hands.honest() {
            for step in [VoteStep::Prevote, VoteStep::Precommit] {
                self.vote(hands, to, place, step);
            }
        }
    }

    fn vote(&self, hands: &mut Hands<'_>, to: usize, place: Place, step: VoteStep) {
        let proposed = self.hearing.proposal(place);
        let block_id = proposed.map(|signed| signed.proposal.header.id());
        // Each round the halves change their parts, so that neither is ever done.
        let patient = is_patient(hands, place, to);
        hands.say_vote(to, place, step, block_id.filter(|_| patient));
        if block_id.is_some() {
            hands.acted();
        }
    }
}

fn is_patient(hands: &mut Hands<'_>, place: Place, node: usize) -> bool {
    let turn = usize::from(!place.round.is_multiple_of(2));
    hands.half_of(place.height, node) == turn
}

impl Behaviour for SplitVotes {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        if let Some(message) = decode_consensus(&input) {
            if betrays(&message, &hands.own_address()) {
                return Vec::new();
            }
            if let Some(place) = self.hearing.listen(hands.tip_height(), &message) {
                self.split(hands, place);
            }
        }
        vec![input]
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
        if hands.conspirators.contains(&to) {
            return vec![(to, input)];
        }
        let tip = hands.tip_height();
        match message {
            ConsensusMessage::Vote(signed) => {
                let place = Place::of_vote(&signed);
                self.vote(hands, to, place, signed.vote.step);
                Vec::new()
            }
            ConsensusMessage::Proposal(signed) => {
                let place = Place::of(&signed);
                let fresh = self
                    .hearing
                    .listen(tip, &ConsensusMessage::Proposal(signed));
                if fresh.is_some() {
                    self.split(hands, place);
                }
                if is_patient(hands, place, to) {
                    vec![(to, input)]
                } else {
                    hands.acted();
                    Vec::new()
                }
            }
            // Proof that a round is over would bring the halves together.
            ConsensusMessage::Round(certificate) => {
                let place = Place {
                    height: certificate.height,
                    round: certificate.round,
                };
                if is_patient(hands, place, to) {
                    Vec::new()
                } else {
                    vec![(to, input)]
                }
            }
            ConsensusMessage::Polka(_) | ConsensusMessage::Commit(_) => vec![(to, input)],
        }
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        let Some((height, round)) = hands.status().round else {
            return;
        };
        if !hands.random.happens(PULL_PER_MILLE) {
            return;
        }
        let ahead = 1 + u32::try_from(hands.random.below(PULL_ROUNDS_MAX)).unwrap_or(0);
        let place = Place { height, round };
        let next = Place {
            height,
            round: round.saturating_add(ahead),
        };
        for to in hands.honest() {
            if !is_patient(hands, place, to) {
                hands.say_vote(to, next, VoteStep::Prevote, None);
                hands.say_vote(to, next, VoteStep::Precommit, None);
                hands.acted();
            }
        }
    }
}
