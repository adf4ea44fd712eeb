//! Certificates of genuine votes that prove a little less than they must: one signer too few, or a signature among them that
//! its signer never made.
//!
//! They are about blocks that honest nodes really vote for, so whoever takes one decides what may well be decided anyway: only
//! the certificate is wrong, and it would be passed on and served for ever. Both are told when they are most likely to be
//! taken: the short one with the first precommit that is heard, the spoilt one to nodes that have verified every vote in it but
//! lack one to decide by themselves.

use std::collections::BTreeMap;

use ledger_core::certificate::{CommitCertificate, CommitSignature, SignedVote, VoteStep};
use ledger_core::id::BlockId;
use ledger_core::validator::ValidatorAddress;
use timebank_node::consensus::{ConsensusMessage, PolkaCertificate};
use timebank_node::replica::ReplicaInput;

use super::craft::{self, Place};
use super::{Behaviour, Hands};

/// How many rounds of a height it lies in.
const ROUNDS_MAX: u32 = 8;

/// Votes that were heard, by step, round, block and validator.
type Heard = BTreeMap<(VoteStep, u32, BlockId), BTreeMap<ValidatorAddress, SignedVote>>;

/// Tells certificates that are not quite right.
#[derive(Debug, Default)]
pub(super) struct FlawedCertificates {
    /// Of the height after the tip.
    heard: Heard,
    at: Place,
}

impl FlawedCertificates {
    fn listen(&mut self, hands: &mut Hands<'_>, input: &ReplicaInput) {
        let Some(ConsensusMessage::Vote(signed)) = craft::decode_consensus(input) else {
            return;
        };
        let place = Place::of_vote(&signed);
        let Some(block_id) = signed.vote.block_id else {
            return;
        };
        if place.height != hands.tip_height().next() || place.round >= ROUNDS_MAX {
            return;
        }
        if self.at.height != place.height {
            self.at = place;
            self.heard.clear();
        }
        let step = signed.vote.step;
        let votes = self.heard.entry((step, place.round, block_id)).or_default();
        if votes.insert(signed.vote.validator, signed).is_some() {
            return;
        }
        let votes: Vec<SignedVote> = votes.values().cloned().collect();
        self.tell(hands, place, step, block_id, &votes);
    }

    /// Tells everybody what `votes` and its own almost prove.
    fn tell(
        &self,
        hands: &mut Hands<'_>,
        place: Place,
        step: VoteStep,
        block_id: BlockId,
        votes: &[SignedVote],
    ) {
        let own = hands.sign_vote(hands.node, place, step, Some(block_id));
        let mut signatures: Vec<CommitSignature> = votes
            .iter()
            .filter(|signed| signed.vote.validator != own.vote.validator)
            .chain([&own])
            .map(|signed| CommitSignature {
                validator: signed.vote.validator,
                signature: signed.signature,
            })
            .collect();
        signatures.sort_by_key(|one| one.validator);
        let quorum = hands.nodes * 2 / 3 + 1;
        if signatures.len() + 1 == quorum {
            for to in hands.honest() {
                hands.say_consensus(to, certificate(place, step, block_id, signatures.clone()));
            }
            hands.acted();
            return;
        }
        if signatures.len() < quorum {
            return;
        }
        // The votes are those of the receivers and others': each knows its own and has most likely heard the rest.
        for one in &mut signatures {
            if one.validator != own.vote.validator {
                one.signature.0[hands.random.index(64)] ^= 1;
            }
        }
        for to in hands.honest() {
            hands.say_consensus(to, certificate(place, step, block_id, signatures.clone()));
        }
        hands.acted();
    }
}

fn certificate(
    place: Place,
    step: VoteStep,
    block_id: BlockId,
    signatures: Vec<CommitSignature>,
) -> ConsensusMessage {
    let Place { height, round } = place;
    match step {
        VoteStep::Prevote => ConsensusMessage::Polka(PolkaCertificate {
            height,
            round,
            block_id,
            signatures,
        }),
        VoteStep::Precommit => ConsensusMessage::Commit(CommitCertificate {
            height,
            round,
            block_id,
            signatures,
        }),
    }
}

impl Behaviour for FlawedCertificates {
    fn hear(&mut self, hands: &mut Hands<'_>, input: ReplicaInput) -> Vec<ReplicaInput> {
        self.listen(hands, &input);
        vec![input]
    }

    fn speak(
        &mut self,
        _: &mut Hands<'_>,
        to: usize,
        input: ReplicaInput,
    ) -> Vec<(usize, ReplicaInput)> {
        // Its own precommit is in its certificates only: the others lack it to decide by themselves.
        match craft::decode_consensus(&input) {
            Some(ConsensusMessage::Vote(signed))
                if signed.vote.step == VoteStep::Precommit && signed.vote.block_id.is_some() =>
            {
                Vec::new()
            }
            _ => vec![(to, input)],
        }
    }
}
