//! Puts the time of its blocks as far ahead as honest clocks allow, or as far back as the chain allows, and now and then just
//! beyond: the chain's time must never run away from the clocks, and no deadline may pass before its day.

use ledger_core::block::Block;
use ledger_core::id::BlockId;
use ledger_core::time::{DAY_MS, TimestampMs};
use timebank_node::consensus::{ConsensusMessage, SignedProposal};
use timebank_node::replica::messages::ValidatorMessage;
use timebank_node::replica::{ReplicaConfig, ReplicaInput};

use super::craft::{Place, Workshop, decode};
use super::{Behaviour, Hands};

/// How much is left of the bound at most, in milliseconds: messages take time, and clocks differ.
const LEFT_MS_MAX: u64 = 60;

/// Puts the time of its blocks where it wants it.
#[derive(Debug, Default)]
pub(super) struct TimeDrift {
    workshop: Workshop,
    /// What it proposes in place of the replica's block of a round, and that block.
    shifted: Option<(Place, BlockId, SignedProposal, Block)>,
}

impl TimeDrift {
    fn choose_time(hands: &mut Hands<'_>, least: TimestampMs) -> TimestampMs {
        let config = ReplicaConfig::new(hands.consensus_key(hands.node));
        let now = TimestampMs(hands.now_ms);
        let latest = now.plus_ms(config.clock_ahead_ms_max);
        let earliest = now.minus_ms(config.clock_behind_ms_max);
        let left_ms = 1 + hands.random.below(LEFT_MS_MAX);
        let chosen = match hands.random.below(10) {
            0..=4 => latest.minus_ms(left_ms),
            5 | 6 => earliest.plus_ms(left_ms),
            7 => latest.plus_ms(left_ms),
            8 => latest.plus_ms(DAY_MS),
            _ => earliest.minus_ms(left_ms),
        };
        chosen.max(least)
    }

    fn shift(&mut self, hands: &mut Hands<'_>, signed: &SignedProposal) -> Option<()> {
        let place = Place::of(signed);
        if self.shifted.as_ref().is_some_and(|(at, ..)| *at == place) {
            return Some(());
        }
        if hands.tip_height().next() != place.height {
            return None;
        }
        let original = signed.proposal.header.id();
        let least = hands.status().time_ms.plus_ms(1);
        let time_ms = Self::choose_time(hands, least);
        let block = hands.build(time_ms, &self.workshop.envelopes_of(original))?;
        self.workshop.keep_made(block.clone());
        let proposal = hands.sign_proposal(block.header.clone(), place.round, None);
        self.shifted = Some((place, original, proposal, block));
        Some(())
    }
}

impl Behaviour for TimeDrift {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        self.workshop.listen(&input);
        if self.workshop.serve(hands, &input) {
            return Vec::new();
        }
        vec![input]
    }

    fn speak(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        self.workshop.listen(&input);
        match decode(&input) {
            Some(ValidatorMessage::Body(body)) => {
                self.workshop.keep_list(&body);
                // Nobody is shown the honest block.
                if body.height == hands.tip_height().next() {
                    return Vec::new();
                }
            }
            Some(ValidatorMessage::Consensus(message)) => match *message {
                ConsensusMessage::Proposal(signed) if signed.proposal.valid_round.is_none() => {
                    if self.shift(hands, &signed).is_some()
                        && let Some((_, _, proposal, block)) = self.shifted.clone()
                    {
                        hands.say_body(to, &block);
                        hands.say_consensus(to, ConsensusMessage::Proposal(proposal));
                        hands.acted();
                        return Vec::new();
                    }
                }
                ConsensusMessage::Vote(signed) => {
                    let place = Place::of_vote(&signed);
                    if let Some((at, original, proposal, _)) = &self.shifted
                        && *at == place
                        && signed.vote.block_id == Some(*original)
                    {
                        let block_id = proposal.proposal.header.id();
                        hands.say_vote(to, place, signed.vote.step, Some(block_id));
                        return Vec::new();
                    }
                }
                _ => {}
            },
            None => {}
        }
        vec![(to, input)]
    }
}
