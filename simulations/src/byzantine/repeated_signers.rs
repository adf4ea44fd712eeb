//! Certificates in which one signature stands where a quorum's should: for decisions, for proofs of lock, for leaving a round,
//! and with the blocks it serves.
//!
//! Whoever counts signatures instead of signers decides a block that this node invented, or follows it into any round.

use std::sync::Arc;

use ledger_core::certificate::{CommitCertificate, CommitSignature, SignedVote, VoteStep};
use ledger_core::codec;
use ledger_core::id::{BlockId, Height};
use timebank_node::consensus::{
    ConsensusMessage, PolkaCertificate, RoundCertificate, RoundCertificateKind, RoundVote,
};
use timebank_node::replica::messages::{PeerRequest, PeerResponse};
use timebank_node::replica::{ReplicaInput, Topic};
use timebank_node::storage::CommittedBlock;

use super::craft::{self, Hearing, Place, Workshop};
use super::poisoned_blocks::{invent_block, promise};
use super::sync_lies::blocks;
use super::{Behaviour, Hands};

/// How many of a thousand announcements promise what is not there.
const PROMISED_PER_MILLE: u64 = 500;
/// How many blocks an answer has.
const SERVED_MAX: u64 = 8;
/// How far ahead the round is that it wants to be followed into.
const ROUNDS_AHEAD: u32 = 3;
/// How many rounds of a height it lies in.
const ROUNDS_MAX: u32 = 8;

/// Lets one signature stand for many.
#[derive(Debug, Default)]
pub(super) struct RepeatedSigners {
    workshop: Workshop,
    hearing: Hearing,
    /// A block of the height in progress that it wants decided.
    invented: Option<CommittedBlock>,
    /// The last round in which somebody's precommit was made to stand for all.
    multiplied: Option<Place>,
}

impl Behaviour for RepeatedSigners {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        self.workshop.listen(&input);
        if self.serve(hands, &input) {
            return Vec::new();
        }
        self.listen(hands, &input);
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
            && hands.random.happens(PROMISED_PER_MILLE)
        {
            promise(hands, to);
            return Vec::new();
        }
        self.listen(hands, &input);
        if let Some(ConsensusMessage::Proposal(signed)) = craft::decode_consensus(&input)
            && signed.proposal.valid_round.is_none()
            && let Some(round) = signed.proposal.round.checked_sub(1)
            && let Some(invented) = &self.invented
            && invented.block.header.height == signed.proposal.header.height
        {
            // In the place of a new block the invented one again, as if it had been found good in the round before.
            let block = Arc::clone(&invented.block);
            let place = Place {
                height: block.header.height,
                round,
            };
            let polka = polka(hands, place, block.id());
            let again =
                hands.sign_proposal(block.header.clone(), signed.proposal.round, Some(round));
            hands.say_body(to, &block);
            hands.say_consensus(to, ConsensusMessage::Polka(polka));
            hands.say_consensus(to, ConsensusMessage::Proposal(again));
            hands.acted();
            return Vec::new();
        }
        vec![(to, input)]
    }
}

impl RepeatedSigners {
    fn listen(&mut self, hands: &mut Hands<'_>, input: &ReplicaInput) {
        let Some(message) = craft::decode_consensus(input) else {
            return;
        };
        let place = self.hearing.listen(hands.tip_height(), &message);
        if let Some(place) = place
            && place.round < ROUNDS_MAX
        {
            self.lie(hands, place);
        }
        if let ConsensusMessage::Vote(signed) = &message {
            self.multiply(hands, signed);
        }
    }

    /// Lets the first genuine precommit of a round stand for all.
    fn multiply(&mut self, hands: &mut Hands<'_>, signed: &SignedVote) {
        let place = Place::of_vote(signed);
        let (VoteStep::Precommit, Some(block_id)) = (signed.vote.step, signed.vote.block_id) else {
            return;
        };
        let further = self.multiplied.is_none_or(|last| place > last);
        if place.height != hands.tip_height().next() || place.round >= ROUNDS_MAX || !further {
            return;
        }
        self.multiplied = Some(place);
        let certificate = commit(hands, place, block_id, signed);
        for to in hands.honest() {
            hands.say_consensus(to, ConsensusMessage::Commit(certificate.clone()));
        }
        hands.acted();
    }

    /// Tells everybody everything that one signature, repeated, could prove.
    fn lie(&mut self, hands: &mut Hands<'_>, place: Place) {
        let known = self.invented.as_ref();
        if known.is_none_or(|it| it.block.header.height != place.height) {
            self.invented = invent(hands, &self.workshop, place.height);
        }
        let mut messages = Vec::new();
        if let Some(invented) = &self.invented {
            messages.push(ConsensusMessage::Commit(invented.certificate.clone()));
            let polka = polka(hands, place, invented.block.id());
            messages.push(ConsensusMessage::Polka(polka));
        }
        if let Some(signed) = self.hearing.proposal(place) {
            let block_id = signed.proposal.header.id();
            let own = hands.sign_vote(hands.node, place, VoteStep::Precommit, Some(block_id));
            let certificate = commit(hands, place, block_id, &own);
            messages.push(ConsensusMessage::Commit(certificate));
        }
        messages.extend(rounds(hands, place).map(ConsensusMessage::Round));
        for to in hands.honest() {
            for message in &messages {
                hands.say_consensus(to, message.clone());
            }
        }
        hands.acted();
    }

    /// Serves blocks with one signature in the place of all.
    fn serve(&self, hands: &mut Hands<'_>, input: &ReplicaInput) -> bool {
        let ReplicaInput::Request { id, bytes, .. } = input else {
            return false;
        };
        let Ok(PeerRequest::Blocks { from, .. }) = PeerRequest::decode(bytes) else {
            return false;
        };
        let mut served = blocks(hands, from, SERVED_MAX);
        if served.is_empty() {
            let of_height = |it: &&CommittedBlock| it.block.header.height == from;
            served.extend(self.invented.as_ref().filter(of_height).cloned());
        } else {
            let place = hands.random.index(served.len());
            if let Some(one) = served.get_mut(place) {
                let count = one.certificate.signatures.len();
                let which = hands.random.index(count.max(1));
                if let Some(signature) = one.certificate.signatures.get(which).copied() {
                    one.certificate.signatures = vec![signature; count];
                }
            }
        }
        if served.is_empty() {
            return false;
        }
        hands.answer(*id, Some(codec::encode(&PeerResponse::Blocks(served))));
        hands.acted();
        true
    }
}

/// As many signatures as all validators together would make.
fn repeated(hands: &Hands<'_>, signed: &SignedVote) -> Vec<CommitSignature> {
    let one = CommitSignature {
        validator: signed.vote.validator,
        signature: signed.signature,
    };
    vec![one; hands.status().validators.as_slice().len()]
}

fn commit(
    hands: &Hands<'_>,
    place: Place,
    block_id: BlockId,
    signed: &SignedVote,
) -> CommitCertificate {
    CommitCertificate {
        height: place.height,
        // A genuine vote is of its own round.
        round: signed.vote.round,
        block_id,
        signatures: repeated(hands, signed),
    }
}

fn polka(hands: &Hands<'_>, place: Place, block_id: BlockId) -> PolkaCertificate {
    let own = hands.sign_vote(hands.node, place, VoteStep::Prevote, Some(block_id));
    PolkaCertificate {
        height: place.height,
        round: place.round,
        block_id,
        signatures: repeated(hands, &own),
    }
}

/// Reasons to leave this round, and to go on to one further ahead.
fn rounds(hands: &Hands<'_>, place: Place) -> impl Iterator<Item = RoundCertificate> {
    let further = Place {
        height: place.height,
        round: place.round + ROUNDS_AHEAD,
    };
    let certificate = |place: Place, step, kind| {
        let own = hands.sign_vote(hands.node, place, step, None);
        let vote = RoundVote {
            step,
            block_id: None,
            validator: own.vote.validator,
            signature: own.signature,
        };
        RoundCertificate {
            height: place.height,
            round: place.round,
            kind,
            votes: vec![vote; hands.status().validators.as_slice().len()],
        }
    };
    [
        certificate(place, VoteStep::Precommit, RoundCertificateKind::Precommit),
        certificate(further, VoteStep::Prevote, RoundCertificateKind::Skip),
        certificate(
            further,
            VoteStep::Precommit,
            RoundCertificateKind::Precommit,
        ),
    ]
    .into_iter()
}

/// A block that executes well, "decided" by this node alone.
fn invent(hands: &mut Hands<'_>, workshop: &Workshop, height: Height) -> Option<CommittedBlock> {
    let (block, place) = invent_block(hands, workshop, height)?;
    let block_id = block.id();
    let own = hands.sign_vote(hands.node, place, VoteStep::Precommit, Some(block_id));
    Some(CommittedBlock {
        certificate: commit(hands, place, block_id, &own),
        block: Arc::new(block),
    })
}
