//! Knows more about locks than it says: lets single honest nodes lock a block, keeps the proof of it to itself, proposes other
//! blocks although it is locked, and shows the proof late and to one node only.
//!
//! Where it proposes, its block goes to as many honest nodes as its prevotes and theirs make a quorum of, and the conspirators'
//! prevotes go to one of them: that one locks, alone, and nobody else knows why.

use std::collections::BTreeSet;

use ledger_core::block::Block;
use ledger_core::certificate::{SignedVote, VoteStep};
use ledger_core::id::{BlockId, Height};
use timebank_node::consensus::{ConsensusMessage, PolkaCertificate, SignedProposal};
use timebank_node::replica::ReplicaInput;
use timebank_node::replica::messages::ValidatorMessage;

use super::craft::{Hearing, Place, Workshop, decode, page_of};
use super::{Behaviour, Hands};

/// How many of a thousand chances to show the proof late are taken.
const SHOWN_PER_MILLE: u64 = 250;
/// How many envelopes the other block holds at most.
const ENVELOPES_MAX: usize = 12;

/// Knows more about locks than it says.
#[derive(Debug, Default)]
pub(super) struct HiddenLock {
    workshop: Workshop,
    hearing: Hearing,
    /// The newest proof of lock, never shown to all.
    proof: Option<PolkaCertificate>,
    /// What it proposed in place of the block it is locked on, by place.
    other: Option<(Place, SignedProposal, Block)>,
    /// To whom the proof was shown.
    shown: BTreeSet<(Height, u32, usize)>,
}

impl HiddenLock {
    /// The honest nodes in an order that the conspirators agree on; the first is to lock alone.
    fn order(hands: &mut Hands<'_>, place: Place) -> Vec<usize> {
        let mut honest = hands.honest();
        let mut random = hands.agreed("who locks alone", page_of(place.height, place.round));
        random.shuffle(&mut honest);
        honest
    }

    /// Those who see a proposal of this node: just enough for the first of them to lock.
    fn witnesses(hands: &mut Hands<'_>, place: Place) -> Vec<usize> {
        let quorum = hands.nodes * 2 / 3 + 1;
        let enough = quorum.saturating_sub(hands.conspirators.len());
        let mut order = Self::order(hands, place);
        order.truncate(enough);
        order
    }

    fn learn(&mut self, hands: &mut Hands<'_>, message: &ConsensusMessage) {
        let tip = hands.tip_height();
        let prevote = matches!(message, ConsensusMessage::Vote(signed) if signed.vote.step == VoteStep::Prevote);
        self.hearing.listen(tip, message);
        let known = self.proof.as_ref();
        if !prevote
            || known.is_some_and(|proof| {
                proof.height == message.height() && proof.round >= message.round()
            })
        {
            return;
        }
        let set = hands.status().validators;
        let node = hands.node;
        let own = |place: Place, block_id: BlockId| -> SignedVote {
            hands.sign_vote(node, place, VoteStep::Prevote, Some(block_id))
        };
        if let Some(proof) = self.hearing.polka(&set, own) {
            self.proof = Some(proof);
        }
    }

    /// In place of the block it is locked on, this node proposes a new one.
    fn propose_other(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        signed: &SignedProposal,
    ) -> Option<()> {
        let place = Place::of(signed);
        if self.other.as_ref().is_none_or(|(at, ..)| *at != place) {
            let status = hands.status();
            let time_ms = status
                .time_ms
                .plus_ms(1)
                .max(ledger_core::time::TimestampMs(hands.now_ms));
            let envelopes = self.workshop.newest(ENVELOPES_MAX);
            let block = hands.build(time_ms, &envelopes)?;
            if block.header.height != place.height {
                return None;
            }
            self.workshop.keep_made(block.clone());
            let proposal = hands.sign_proposal(block.header.clone(), place.round, None);
            self.other = Some((place, proposal, block));
        }
        let (_, proposal, block) = self.other.clone()?;
        hands.say_body(to, &block);
        hands.say_consensus(to, ConsensusMessage::Proposal(proposal));
        hands.acted();
        Some(())
    }

    fn pass(&mut self, hands: &mut Hands<'_>, to: usize, message: &ConsensusMessage) -> bool {
        match message {
            ConsensusMessage::Vote(signed) => {
                let place = Place::of_vote(signed);
                match (signed.vote.step, signed.vote.block_id) {
                    (VoteStep::Prevote, Some(_)) => Self::order(hands, place).first() == Some(&to),
                    (VoteStep::Precommit, Some(_)) => false,
                    (_, None) => true,
                }
            }
            ConsensusMessage::Proposal(signed) if signed.proposal.valid_round.is_some() => {
                self.propose_other(hands, to, signed).is_none()
            }
            ConsensusMessage::Proposal(signed) => {
                Self::witnesses(hands, Place::of(signed)).contains(&to)
            }
            ConsensusMessage::Polka(_) | ConsensusMessage::Round(_) => false,
            ConsensusMessage::Commit(_) => true,
        }
    }
}

impl Behaviour for HiddenLock {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        self.workshop.listen(&input);
        if self.workshop.serve(hands, &input) {
            return Vec::new();
        }
        if let Some(ValidatorMessage::Consensus(message)) = decode(&input) {
            self.learn(hands, &message);
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
            Some(ValidatorMessage::Consensus(message)) if !hands.conspirators.contains(&to) => {
                if self.pass(hands, to, &message) {
                    vec![(to, input)]
                } else {
                    hands.acted();
                    Vec::new()
                }
            }
            _ => vec![(to, input)],
        }
    }

    fn act(&mut self, hands: &mut Hands<'_>) {
        let Some(proof) = self.proof.clone() else {
            return;
        };
        let Some((height, round)) = hands.status().round else {
            return;
        };
        if proof.height != height || !hands.random.happens(SHOWN_PER_MILLE) {
            return;
        }
        self.shown.retain(|(known, ..)| *known == height);
        let honest = hands.honest();
        let to = honest[hands.random.index(honest.len())];
        // One node a round hears of it.
        if self.shown.iter().any(|(_, at, _)| *at == round) {
            return;
        }
        self.shown.insert((height, round, to));
        hands.say_consensus(to, ConsensusMessage::Polka(proof));
        hands.acted();
    }
}
