//! Who signed two blocks for one height: the evidence of a fork.
//!
//! Two certificates for one height and different blocks can both be right only if more than a third of the voting power
//! lied, and everyone who signed both is named by the certificates themselves. Two precommits of one round are evidence
//! that the ledger takes (`SubmitEvidence`). Two precommits of different rounds need not be a lie by themselves: a
//! validator may change its mind when a later round shows it more than two thirds of the prevotes for the other block. That
//! nobody showed it those could be seen from the prevotes of both rounds, which are not part of a certificate.

use std::collections::BTreeMap;

use crate::certificate::{CommitCertificate, Evidence, SignedVote};
use crate::id::ChainId;
use crate::signature::{Purpose, Signature};
use crate::validator::{ValidatorAddress, ValidatorSet};

/// A validator that precommitted two blocks at one height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoubleSigner {
    /// Who.
    pub validator: ValidatorAddress,
    /// What it signed: once for each block, in the order of the certificates given.
    pub votes: [SignedVote; 2],
    /// What the ledger takes as evidence; none when the two precommits are of different rounds.
    pub evidence: Option<Evidence>,
}

/// The validators of `set` whose signatures two certificates for one height and different blocks both hold, sorted by
/// address; empty when the certificates do not contradict each other. Each signature is checked here, so that nobody is
/// accused by a certificate that was never valid.
pub fn fork_evidence(
    chain_id: ChainId,
    set: &ValidatorSet,
    one: &CommitCertificate,
    other: &CommitCertificate,
) -> Vec<DoubleSigner> {
    if one.height != other.height || one.block_id == other.block_id {
        return Vec::new();
    }
    let others: BTreeMap<ValidatorAddress, Signature> = other
        .signatures
        .iter()
        .map(|commit| (commit.validator, commit.signature))
        .collect();
    let both: BTreeMap<ValidatorAddress, [SignedVote; 2]> = one
        .signatures
        .iter()
        .filter_map(|commit| {
            let validator = commit.validator;
            let signed = |certificate: &CommitCertificate, signature| SignedVote {
                vote: certificate.vote(chain_id, validator),
                signature,
            };
            let votes = [
                signed(one, commit.signature),
                signed(other, *others.get(&validator)?),
            ];
            let key = set.by_address(&validator)?.consensus_key;
            let holds = |vote: &SignedVote| {
                key.verifies(Purpose::Vote, &vote.vote.signed_bytes(), &vote.signature)
            };
            votes.iter().all(holds).then_some((validator, votes))
        })
        .collect();
    both.into_iter()
        .map(|(validator, votes)| DoubleSigner {
            validator,
            evidence: (one.round == other.round)
                .then(|| Evidence::new(votes[0].clone(), votes[1].clone())),
            votes,
        })
        .collect()
}
