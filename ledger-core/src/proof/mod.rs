//! What convinces someone who trusts a validator set and nobody else: a record's proof, and the changes of the set.
//!
//! A [`RecordProof`] leads from a key and a value through the state tree to a header, and from the header through a commit
//! certificate to the validators. The genesis document names the first set; each [`SetChange`] hands over from one set to
//! the next (`docs/protocol.md`, section "Proofs"). Nothing in a proof is believed before it is checked; each broken link
//! has an error of its own.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::block::{HEADER_VERSION, Header};
use crate::certificate::{CertificateError, CommitCertificate};
use crate::hash::Hash;
use crate::id::{ChainId, Height};
use crate::state::StateKey;
use crate::state::tree::{TreeProof, TreeProofError};
use crate::time::TimestampMs;
use crate::validator::ValidatorSet;

/// Proof of what the state after one block holds under one key.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RecordProof {
    /// The key's bytes.
    #[serde(with = "hex::serde")]
    pub key: Vec<u8>,
    /// The record's bytes; none when there is no record.
    #[serde(with = "optional_hex")]
    pub value: Option<Vec<u8>>,
    /// From key and value to the header's state root.
    pub tree_proof: TreeProof,
    /// The block's header.
    pub header: Header,
    /// That the block was decided.
    pub certificate: CommitCertificate,
}

/// A block that changed the validator set for its successor, and the set it changed to.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SetChange {
    /// The block's header.
    pub header: Header,
    /// By the set before the change.
    pub certificate: CommitCertificate,
    /// The set from the next block on.
    pub next: ValidatorSet,
}

/// A validator set someone has reason to trust: it decides the blocks above `since` until the set changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedSet {
    /// The chain.
    pub chain_id: ChainId,
    /// The block that made it the set; 0 for the genesis document's.
    pub since: Height,
    /// The set.
    pub set: ValidatorSet,
}

/// The broken link of a proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It is about another key.
    #[error(
        "the proof is about another record: key {}, not {}",
        hex::encode(actual),
        hex::encode(expected)
    )]
    OtherRecord {
        /// The key asked for.
        expected: Vec<u8>,
        /// The proof's.
        actual: Vec<u8>,
    },
    /// The tree proof does not lead to the header's state root.
    #[error("the record is not in the state the header names: {0}")]
    Tree(#[from] TreeProofError),
    /// The header belongs to another chain or has an unknown version.
    #[error(
        "the header is for chain {actual} (version {version}), not {expected} (version {HEADER_VERSION})"
    )]
    OtherChain {
        /// The chain trusted.
        expected: ChainId,
        /// The header's.
        actual: ChainId,
        /// The header's version.
        version: u16,
    },
    /// The block is by another validator set than the trusted one; changes of the set must be followed first.
    #[error(
        "block {height} is by the validator set of height {last_set_change}, the trusted one is of height {trusted_since}; the changes between must be followed first"
    )]
    SetNotFollowed {
        /// The block.
        height: Height,
        /// When its set came to be, by its header.
        last_set_change: Height,
        /// When the trusted set came to be.
        trusted_since: Height,
    },
    /// The block's validator set is not the trusted one, though no change lies between.
    #[error("block {height} is by a foreign validator set {actual}; the trusted one is {expected}")]
    ForeignSet {
        /// The block.
        height: Height,
        /// The hash of the trusted set.
        expected: Hash,
        /// The header's.
        actual: Hash,
    },
    /// The certificate does not show that a quorum of the set decided the block.
    #[error("the certificate of block {height} proves nothing: {reason}")]
    Certificate {
        /// The block.
        height: Height,
        /// Why not.
        reason: CertificateError,
    },
    /// A change hands over to another set than its header names.
    #[error("block {height} names the next validator set {expected}, the set given is {actual}")]
    OtherNextSet {
        /// The block.
        height: Height,
        /// The header's next set.
        expected: Hash,
        /// The set given.
        actual: Hash,
    },
    /// The proof is older than allowed.
    #[error("the proof is of {time_ms} ms, {age_ms} ms ago; at most {age_ms_max} ms are allowed")]
    Stale {
        /// The block's time.
        time_ms: TimestampMs,
        /// How long ago that is.
        age_ms: u64,
        /// How long ago it may be.
        age_ms_max: u64,
    },
}

impl TrustedSet {
    /// Checks that this set decided `header`'s block.
    ///
    /// # Errors
    /// Naming the first broken link.
    pub fn check_header(
        &self,
        header: &Header,
        certificate: &CommitCertificate,
    ) -> Result<(), ProofError> {
        let (height, version) = (header.height, header.version);
        if header.chain_id != self.chain_id || version != HEADER_VERSION {
            return Err(ProofError::OtherChain {
                expected: self.chain_id,
                actual: header.chain_id,
                version,
            });
        }
        if header.last_set_change != self.since || height <= self.since {
            return Err(ProofError::SetNotFollowed {
                height,
                last_set_change: header.last_set_change,
                trusted_since: self.since,
            });
        }
        let (expected, actual) = (self.set.set_hash(), header.validators_hash);
        if actual != expected {
            return Err(ProofError::ForeignSet {
                height,
                expected,
                actual,
            });
        }
        certificate
            .verify(self.chain_id, height, header.id(), &self.set)
            .map_err(|reason| ProofError::Certificate { height, reason })
    }

    /// The set that `change` hands over to.
    ///
    /// # Errors
    /// When this set did not decide that block, or the block names another next set.
    pub fn follow(&self, change: &SetChange) -> Result<TrustedSet, ProofError> {
        self.check_header(&change.header, &change.certificate)?;
        let (expected, actual) = (change.header.next_validators_hash, change.next.set_hash());
        if actual != expected {
            return Err(ProofError::OtherNextSet {
                height: change.header.height,
                expected,
                actual,
            });
        }
        Ok(TrustedSet {
            chain_id: self.chain_id,
            since: change.header.height,
            set: change.next.clone(),
        })
    }
}

impl RecordProof {
    /// Checks every link from `key` to the validators of `trusted`; the record's bytes, or none when it is proven absent.
    ///
    /// # Errors
    /// Naming the first broken link.
    pub fn verify(
        &self,
        key: &StateKey,
        trusted: &TrustedSet,
    ) -> Result<Option<&[u8]>, ProofError> {
        let expected = key.to_bytes();
        if self.key != expected {
            return Err(ProofError::OtherRecord {
                expected,
                actual: self.key.clone(),
            });
        }
        let value = self.value.as_deref();
        self.tree_proof
            .verify_record(self.header.state_root, &expected, value)?;
        trusted.check_header(&self.header, &self.certificate)?;
        Ok(value)
    }

    /// Checks that the block is no older than `age_ms_max` at `now_ms`.
    ///
    /// # Errors
    /// When it is.
    pub fn check_age(&self, now_ms: TimestampMs, age_ms_max: u64) -> Result<(), ProofError> {
        let time_ms = self.header.time_ms;
        let age_ms = now_ms.since_ms(time_ms);
        if age_ms > age_ms_max {
            return Err(ProofError::Stale {
                time_ms,
                age_ms,
                age_ms_max,
            });
        }
        Ok(())
    }
}

mod optional_hex {
    //! Bytes that may be absent, as hex or null.

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.as_ref().map(hex::encode).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        let text: Option<std::borrow::Cow<'de, str>> = Option::deserialize(deserializer)?;
        text.map(|text| hex::decode(text.as_bytes()).map_err(serde::de::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests;
