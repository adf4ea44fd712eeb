//! Says one thing to one half of the honest nodes and another to the other half: two blocks where it proposes, two votes in
//! every step.
//!
//! Conspirators show the same half the same things, so that with one more of them than the protocol bears each half would
//! have a whole certificate of its own.

use std::collections::BTreeMap;

use ledger_core::block::Block;
use ledger_core::certificate::VoteStep;
use ledger_core::codec;
use ledger_core::id::BlockId;
use ledger_core::time::TimestampMs;
use timebank_node::consensus::{ConsensusMessage, SignedProposal};
use timebank_node::replica::ReplicaInput;
use timebank_node::replica::messages::ValidatorMessage;

use super::craft::{Hearing, Place, Workshop, betrays, decode, page_of};
use super::{Behaviour, Hands};

/// How much later the other block is at most, in milliseconds: well within what honest clocks allow.
const LATER_MS_MAX: u64 = 400;
/// The notebook's subject: the two blocks of a round.
const PAIRS: &str = "two blocks of a round";

/// Says one thing to one half and another to the other half.
#[derive(Debug, Default)]
pub(super) struct Equivocate {
    workshop: Workshop,
    hearing: Hearing,
    /// The other block and its proposal, by the place of the replica's own.
    twins: BTreeMap<Place, (SignedProposal, Block)>,
}

impl Equivocate {
    /// What each half is told that this node votes for.
    fn values(&self, hands: &mut Hands<'_>, place: Place) -> [Option<BlockId>; 2] {
        let page = (PAIRS, page_of(place.height, place.round));
        let pair = hands.notebook.pages.get(&page);
        if let Some((one, other)) = pair.and_then(|bytes| codec::decode(bytes, 64).ok()) {
            return [Some(one), Some(other)];
        }
        let proposed = self
            .hearing
            .proposal(place)
            .map(|signed| signed.proposal.header.id());
        // Nobody has seen a block: the other half is told of one that does not exist.
        let made_up = hands.made_up_block(place);
        [Some(proposed.unwrap_or(made_up)), None]
    }

    /// Votes twice in both steps, at once.
    fn vote(&self, hands: &mut Hands<'_>, place: Place) {
        let values = self.values(hands, place);
        for to in hands.honest() {
            let half = hands.half_of(place.height, to);
            for step in [VoteStep::Prevote, VoteStep::Precommit] {
                hands.say_vote(to, place, step, values[half]);
            }
            hands.acted();
        }
    }

    /// The other block of a round in which the replica underneath proposes `signed`.
    fn twin(
        &mut self,
        hands: &mut Hands<'_>,
        signed: &SignedProposal,
    ) -> Option<(SignedProposal, Block)> {
        let place = Place::of(signed);
        if let Some(twin) = self.twins.get(&place) {
            return Some(twin.clone());
        }
        if hands.tip_height().next() != place.height {
            return None;
        }
        let header = &signed.proposal.header;
        let mut envelopes = self.workshop.envelopes_of(header.id());
        if hands.random.happens(500) {
            envelopes.truncate(envelopes.len() / 2);
        }
        let later_ms = 1 + hands.random.below(LATER_MS_MAX);
        let time_ms = TimestampMs(header.time_ms.0 + later_ms);
        let block = hands.build(time_ms, &envelopes)?;
        self.workshop.keep_made(block.clone());
        let proposal = hands.sign_proposal(block.header.clone(), signed.proposal.round, None);
        let pair: (BlockId, BlockId) = (header.id(), block.id());
        hands.notebook.pages.insert(
            (PAIRS, page_of(place.height, place.round)),
            codec::encode(&pair),
        );
        self.twins.retain(|known, _| known.height == place.height);
        self.twins.insert(place, (proposal, block));
        self.vote(hands, place);
        self.twins.get(&place).cloned()
    }

    fn propose(
        &mut self,
        hands: &mut Hands<'_>,
        to: usize,
        signed: &SignedProposal,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        let known = self.twins.contains_key(&Place::of(signed));
        let Some((twin, block)) = self.twin(hands, signed) else {
            return vec![(to, input)];
        };
        let conspirator = hands.conspirators.contains(&to);
        let other_half = hands.half_of(signed.proposal.header.height, to) == 1;
        // Whoever has waited for long is shown both.
        let both = conspirator || (known && hands.random.happens(200));
        if both || other_half {
            hands.say_body(to, &block);
            hands.say_consensus(to, ConsensusMessage::Proposal(twin));
            hands.acted();
        }
        if both || !other_half {
            return vec![(to, input)];
        }
        Vec::new()
    }
}

impl Behaviour for Equivocate {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        self.workshop.listen(&input);
        if self.workshop.serve(hands, &input) {
            return Vec::new();
        }
        if let Some(ValidatorMessage::Consensus(message)) = decode(&input) {
            if betrays(&message, &hands.own_address()) {
                return Vec::new();
            }
            if let Some(place) = self.hearing.listen(hands.tip_height(), &message) {
                self.vote(hands, place);
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
        self.workshop.listen(&input);
        match decode(&input) {
            Some(ValidatorMessage::Body(body)) => {
                self.workshop.keep_list(&body);
                vec![(to, input)]
            }
            Some(ValidatorMessage::Consensus(message)) => match *message {
                ConsensusMessage::Proposal(signed) => self.propose(hands, to, &signed, input),
                ConsensusMessage::Vote(signed) if !hands.conspirators.contains(&to) => {
                    let place = Place::of_vote(&signed);
                    let half = hands.half_of(place.height, to);
                    let value = self.values(hands, place)[half];
                    hands.say_vote(to, place, signed.vote.step, value);
                    hands.acted();
                    Vec::new()
                }
                _ => vec![(to, input)],
            },
            None => vec![(to, input)],
        }
    }
}
