//! The part of a card that stays the same until it is fetched anew: a membership, proven.
//!
//! It holds what a `RecordProof` holds, made small for codes: the record is its two fields, the certificate has no more
//! signatures than a quorum needs, and names its signers by one bit each in the validator set that the reader knows anyway.

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::Header;
use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::codec;
use ledger_core::id::AccountId;
use ledger_core::proof::{Clock, ProofError, RecordProof, TrustChain};
use ledger_core::record::membership::Membership;
use ledger_core::signature::Signature;
use ledger_core::state::StateKey;
use ledger_core::state::overlay::RECORD_BYTES_MAX;
use ledger_core::state::tree::{TreeProof, TreeProofError};
use ledger_core::validator::ValidatorSet;

use super::{CARD_BYTES_MAX, CardError, damaged};
use crate::error::Error;

/// A membership, proven in a block of the city.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CardProof {
    /// Whose.
    pub account: AccountId,
    /// Key and home street.
    pub membership: Membership,
    /// That the record is in the state after the block.
    pub tree_proof: TreeProof,
    /// The block.
    pub header: Header,
    /// That the city's validators decided it.
    certificate: SmallCertificate,
}

/// A certificate for the header beside it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct SmallCertificate {
    /// The round that decided.
    round: u32,
    /// One bit for each validator in the order of the set, the first in the lowest bit of the first byte: whether it signed.
    signers: Vec<u8>,
    /// Their precommits, in the order of the set.
    signatures: Vec<Signature>,
}

impl CardProof {
    /// The proof of `account`'s membership in `proof`, checked by `trust`, in the form for a card.
    ///
    /// # Errors
    /// [`CardError::NoMembership`] when it is proven that there is none, and those of a proof that does not hold.
    pub fn of(
        account: AccountId,
        proof: &RecordProof,
        trust: &TrustChain,
        clock: Clock,
    ) -> Result<CardProof, Error> {
        let value = proof.record(&StateKey::Membership(account))?;
        trust.check_header(&proof.header, &proof.certificate, clock)?;
        let Some(value) = value else {
            let time_ms = proof.header.time_ms;
            return Err(CardError::NoMembership { account, time_ms }.into());
        };
        let membership = codec::decode(value, RECORD_BYTES_MAX).map_err(damaged)?;
        let height = proof.header.height;
        let set = trust
            .set_at(height)
            .expect("the certificate was found right under the set of this height");
        Ok(CardProof {
            account,
            membership,
            tree_proof: proof.tree_proof.clone(),
            header: proof.header.clone(),
            certificate: SmallCertificate::of(&proof.certificate, set),
        })
    }

    /// Its bytes, for the app to keep until it can fetch a newer one.
    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are no such proof.
    pub fn from_bytes(bytes: &[u8]) -> Result<CardProof, Error> {
        codec::decode(bytes, CARD_BYTES_MAX).map_err(damaged)
    }

    /// Checks that validators whom `trust` believes decided a block after which this was the account's membership.
    pub(super) fn check(&self, trust: &TrustChain, clock: Clock) -> Result<(), CardError> {
        let header = &self.header;
        // A set that is not the one of this height makes no certificate, and `check_header` says which set is wrong.
        let certificate = trust
            .set_at(header.height)
            .and_then(|set| self.certificate.expand(header, set));
        let none = || CommitCertificate {
            height: header.height,
            round: 0,
            block_id: header.id(),
            signatures: Vec::new(),
        };
        let checked = trust.check_header(header, &certificate.unwrap_or_else(none), clock);
        checked.map_err(|error| broken(&error))?;
        let key = StateKey::Membership(self.account).to_bytes();
        let value = codec::encode(&self.membership);
        let account = self.account;
        self.tree_proof
            .verify_record(header.state_root, &key, Some(&value))
            .map_err(|error| match error {
                TreeProofError::Absent => CardError::NotMember { account },
                TreeProofError::OtherValue { .. } => CardError::OtherMember { account },
                other => CardError::NotProven {
                    reason: other.to_string(),
                },
            })
    }
}

impl SmallCertificate {
    fn of(certificate: &CommitCertificate, set: &ValidatorSet) -> SmallCertificate {
        let minimal = certificate.minimal(set);
        let mut signers = vec![0; set.as_slice().len().div_ceil(8)];
        let mut signatures = Vec::new();
        for (index, validator) in set.as_slice().iter().enumerate() {
            let address = validator.address();
            let signed = minimal
                .signatures
                .iter()
                .find(|commit| commit.validator == address);
            if let Some(commit) = signed {
                signers[index / 8] |= 1 << (index % 8);
                signatures.push(commit.signature);
            }
        }
        SmallCertificate {
            round: certificate.round,
            signers,
            signatures,
        }
    }

    /// The certificate as `set` knows it; none when the bits and signatures are not such of `set`.
    fn expand(&self, header: &Header, set: &ValidatorSet) -> Option<CommitCertificate> {
        let validators = set.as_slice();
        if self.signers.len() != validators.len().div_ceil(8) {
            return None;
        }
        let bit = |index: usize| self.signers[index / 8] & (1 << (index % 8)) != 0;
        let beyond = (validators.len()..self.signers.len() * 8).any(bit);
        let signers: Vec<_> = (0..validators.len()).filter(|index| bit(*index)).collect();
        if beyond || signers.len() != self.signatures.len() {
            return None;
        }
        let mut signatures: Vec<_> = signers
            .into_iter()
            .zip(&self.signatures)
            .map(|(index, signature)| CommitSignature {
                validator: validators[index].address(),
                signature: *signature,
            })
            .collect();
        signatures.sort_by_key(|commit| commit.validator);
        Some(CommitCertificate {
            height: header.height,
            round: self.round,
            block_id: header.id(),
            signatures,
        })
    }
}

/// What a broken link of the proof means to a shop.
fn broken(error: &ProofError) -> CardError {
    let reason = error.to_string();
    match *error {
        ProofError::OtherChain {
            expected, actual, ..
        } => CardError::OtherCity { expected, actual },
        ProofError::TrustExpired {
            time_ms,
            overdue_ms,
            ..
        } => CardError::ReaderExpired {
            time_ms,
            overdue_ms,
        },
        ProofError::FromTheFuture { time_ms, .. } => CardError::FromTheFuture { time_ms },
        ProofError::SetNotFollowed {
            height,
            trusted_since,
            ..
        } => CardError::ReaderBehind {
            height,
            trusted_since,
        },
        ProofError::RetiredSet { height, retired_at } => {
            CardError::RetiredSet { height, retired_at }
        }
        ProofError::RetiredTooLong {
            height, retired_at, ..
        } => CardError::RetiredTooLong { height, retired_at },
        ProofError::BeforeTrust { height, .. } => CardError::BeforeTrust { height },
        ProofError::ForeignSet { height, .. } => CardError::ForeignSet { height },
        ProofError::Certificate { height, .. } => CardError::Certificate { height, reason },
        ProofError::Fork { height, .. } | ProofError::Contradiction { height, .. } => {
            CardError::Fork { height, reason }
        }
        _ => CardError::NotProven { reason },
    }
}
