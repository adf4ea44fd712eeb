//! Votes, commit certificates and evidence of equivocation.

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::codec;
use crate::id::{BlockId, ChainId, Height};
use crate::planted::{self, Planted};
use crate::signature::{Purpose, Signature, SignatureCheck, verify_batch};
use crate::validator::{VALIDATORS_MAX, ValidatorAddress, ValidatorSet};

/// The two voting steps of a round.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum VoteStep {
    /// The first.
    Prevote,
    /// The second; a quorum of precommits for one block decides it.
    Precommit,
}

/// What a validator signs when it votes.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct Vote {
    /// The chain.
    pub chain_id: ChainId,
    /// The height.
    pub height: Height,
    /// The round.
    pub round: u32,
    /// The step.
    pub step: VoteStep,
    /// The block voted for; none is nil.
    pub block_id: Option<BlockId>,
    /// Who votes.
    pub validator: ValidatorAddress,
}

impl Vote {
    /// The bytes signed, after the purpose's prefix.
    pub fn signed_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }
}

/// A vote with its signature.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct SignedVote {
    /// The vote.
    pub vote: Vote,
    /// By the validator's consensus key.
    pub signature: Signature,
}

/// One validator's precommit in a certificate.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct CommitSignature {
    /// Who.
    pub validator: ValidatorAddress,
    /// Over the precommit for the certificate's block.
    pub signature: Signature,
}

/// Proof that a quorum precommitted one block: it is decided, and no other at this height ever will be while at most a
/// third of the power lies. Two nodes may hold different certificates for one block; none is ever hashed into the state.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct CommitCertificate {
    /// The height.
    pub height: Height,
    /// The round that decided.
    pub round: u32,
    /// The block.
    pub block_id: BlockId,
    /// Precommits, sorted by validator, each validator once.
    pub signatures: Vec<CommitSignature>,
}

/// Why a certificate proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// It is for another height.
    #[error("the certificate is for height {actual}, not {expected}")]
    Height {
        /// The height needed.
        expected: Height,
        /// The certificate's.
        actual: Height,
    },
    /// It is for another block.
    #[error("the certificate is for block {actual}, not {expected}")]
    Block {
        /// The block needed.
        expected: BlockId,
        /// The certificate's.
        actual: BlockId,
    },
    /// A signer is named twice, or the signers are not in order.
    #[error("signer {validator} is named twice or out of order")]
    SignerOrder {
        /// The first one out of order.
        validator: ValidatorAddress,
    },
    /// A signer is not in the validator set.
    #[error("signer {validator} is not a validator at this height")]
    ForeignSigner {
        /// Who.
        validator: ValidatorAddress,
    },
    /// The signers are no quorum.
    #[error("power {power} of {total} has signed; more than two thirds are needed")]
    NoQuorum {
        /// What signed.
        power: u64,
        /// What there is.
        total: u64,
    },
    /// A signature does not verify.
    #[error("a signature is wrong")]
    Signature,
    /// More signatures than a set can have members.
    #[error("{count} signatures are more than a validator set can have")]
    TooMany {
        /// How many.
        count: usize,
    },
}

impl CommitCertificate {
    /// The vote that `validator` signed.
    pub fn vote(&self, chain_id: ChainId, validator: ValidatorAddress) -> Vote {
        Vote {
            chain_id,
            height: self.height,
            round: self.round,
            step: VoteStep::Precommit,
            block_id: Some(self.block_id),
            validator,
        }
    }

    /// With no more signatures than a quorum of `set` needs, those of the greatest power: for where every byte counts. A
    /// certificate that verifies still does; signers that are not in the set are left out.
    #[must_use]
    pub fn minimal(&self, set: &ValidatorSet) -> CommitCertificate {
        let mut signed: Vec<_> = self
            .signatures
            .iter()
            .filter_map(|commit| Some((set.by_address(&commit.validator)?.power, *commit)))
            .collect();
        signed.sort_by_key(|(power, commit)| (std::cmp::Reverse(*power), commit.validator));
        let mut power: u64 = 0;
        let mut signatures = Vec::new();
        for (more, commit) in signed {
            if set.is_quorum(power) {
                break;
            }
            power = power.saturating_add(more);
            signatures.push(commit);
        }
        signatures.sort_by_key(|commit| commit.validator);
        CommitCertificate {
            signatures,
            ..self.clone()
        }
    }

    /// Checks that a quorum of `set` decided `block_id` at `height` on `chain_id`.
    ///
    /// # Errors
    /// See [`CertificateError`].
    pub fn verify(
        &self,
        chain_id: ChainId,
        height: Height,
        block_id: BlockId,
        set: &ValidatorSet,
    ) -> Result<(), CertificateError> {
        if self.height != height {
            return Err(CertificateError::Height {
                expected: height,
                actual: self.height,
            });
        }
        if self.block_id != block_id {
            return Err(CertificateError::Block {
                expected: block_id,
                actual: self.block_id,
            });
        }
        let count = self.signatures.len();
        if count > VALIDATORS_MAX {
            return Err(CertificateError::TooMany { count });
        }
        for pair in self.signatures.windows(2) {
            if pair[0].validator >= pair[1].validator
                && !planted::is(Planted::RepeatedSignerCounted)
            {
                return Err(CertificateError::SignerOrder {
                    validator: pair[1].validator,
                });
            }
        }
        let by_address: BTreeMap<_, _> = set
            .as_slice()
            .iter()
            .map(|validator| (validator.address(), validator))
            .collect();
        let mut power: u64 = 0;
        let mut signed = Vec::with_capacity(count);
        for commit in &self.signatures {
            let validator =
                by_address
                    .get(&commit.validator)
                    .ok_or(CertificateError::ForeignSigner {
                        validator: commit.validator,
                    })?;
            power = power.saturating_add(validator.power);
            let message = self.vote(chain_id, commit.validator).signed_bytes();
            signed.push((
                validator.consensus_key,
                Purpose::Vote.signing_bytes(&message),
                commit.signature,
            ));
        }
        if planted::is(Planted::CertificateOneSignerShort) {
            power = power.saturating_add(1);
        }
        if !set.is_quorum(power) {
            return Err(CertificateError::NoQuorum {
                power,
                total: set.total_power(),
            });
        }
        let checks: Vec<_> = signed
            .iter()
            .map(|(key, bytes, signature)| SignatureCheck {
                key: *key,
                signed_bytes: bytes,
                signature: *signature,
            })
            .collect();
        if verify_batch(&checks) {
            Ok(())
        } else {
            Err(CertificateError::Signature)
        }
    }
}

/// Two votes of one validator for two values in one step: proof that it equivocated.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Evidence {
    /// The lesser of the two votes.
    pub first: SignedVote,
    /// The greater of the two votes.
    pub second: SignedVote,
}

/// Why two votes prove nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// Another chain, height, round, step or validator; or the same value.
    #[error("the two votes do not contradict each other")]
    NoContradiction,
    /// The first vote is not the lesser one.
    #[error("the two votes are not in order")]
    Order,
    /// A signature does not verify.
    #[error("a signature is wrong")]
    Signature,
}

impl Evidence {
    /// Puts two votes in order.
    pub fn new(one: SignedVote, other: SignedVote) -> Evidence {
        if one.vote <= other.vote {
            Evidence {
                first: one,
                second: other,
            }
        } else {
            Evidence {
                first: other,
                second: one,
            }
        }
    }

    /// Checks that the votes contradict each other and that `key`, the validator's, signed both.
    ///
    /// # Errors
    /// See [`EvidenceError`].
    pub fn verify(
        &self,
        chain_id: ChainId,
        key: &crate::signature::PublicKey,
    ) -> Result<(), EvidenceError> {
        let (first, second) = (&self.first.vote, &self.second.vote);
        let same_step = first.chain_id == chain_id
            && second.chain_id == chain_id
            && first.height == second.height
            && first.round == second.round
            && first.step == second.step
            && first.validator == second.validator;
        if !same_step
            || first.block_id == second.block_id
            || ValidatorAddress::of(key) != first.validator
        {
            return Err(EvidenceError::NoContradiction);
        }
        if first > second {
            return Err(EvidenceError::Order);
        }
        let signed = |vote: &SignedVote| {
            key.verifies(Purpose::Vote, &vote.vote.signed_bytes(), &vote.signature)
        };
        if planted::is(Planted::EvidenceUnsigned) || (signed(&self.first) && signed(&self.second)) {
            Ok(())
        } else {
            Err(EvidenceError::Signature)
        }
    }
}
