//! The proof of one record, and a validator set someone has reason to trust.
//!
//! A [`RecordProof`] leads from a key and a value through the state tree to a header, and from the header through a commit
//! certificate to the validators. The genesis document names the first set; each [`SetChange`] hands over from one set to
//! the next (`docs/protocol.md`, "Checking a balance"). A [`TrustedSet`] knows nothing of time: what a wallet keeps, and
//! what a header of a set that is no longer in force is worth, is [`super::TrustChain`]'s.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::error::ProofError;
use crate::block::{HEADER_VERSION, Header};
use crate::certificate::CommitCertificate;
use crate::id::{ChainId, Height};
use crate::state::StateKey;
use crate::state::tree::TreeProof;
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
        check_chain(self.chain_id, header)?;
        let height = header.height;
        if header.last_set_change != self.since || height <= self.since {
            return Err(ProofError::SetNotFollowed {
                height,
                last_set_change: header.last_set_change,
                trusted_since: self.since,
            });
        }
        check_set(&self.set, header)?;
        check_certificate(&self.set, header, certificate)
    }

    /// The set that `change` hands over to.
    ///
    /// # Errors
    /// When this set did not decide that block, or the block names another next set.
    pub fn follow(&self, change: &SetChange) -> Result<TrustedSet, ProofError> {
        self.check_header(&change.header, &change.certificate)?;
        change.check_next()?;
        Ok(TrustedSet {
            chain_id: self.chain_id,
            since: change.header.height,
            set: change.next.clone(),
        })
    }
}

impl SetChange {
    /// Checks that the block changes the set, and to the set given.
    pub(super) fn check_next(&self) -> Result<(), ProofError> {
        let header = &self.header;
        let height = header.height;
        if header.next_validators_hash == header.validators_hash {
            return Err(ProofError::NoChange { height });
        }
        let (expected, actual) = (header.next_validators_hash, self.next.set_hash());
        if actual != expected {
            return Err(ProofError::OtherNextSet {
                height,
                expected,
                actual,
            });
        }
        Ok(())
    }
}

/// Checks that `header` is of this chain and of the version known here.
pub(super) fn check_chain(chain_id: ChainId, header: &Header) -> Result<(), ProofError> {
    let version = header.version;
    if header.chain_id != chain_id || version != HEADER_VERSION {
        return Err(ProofError::OtherChain {
            expected: chain_id,
            actual: header.chain_id,
            version,
        });
    }
    Ok(())
}

/// Checks that `header` names `set` as its validators.
pub(super) fn check_set(set: &ValidatorSet, header: &Header) -> Result<(), ProofError> {
    let (expected, actual) = (set.set_hash(), header.validators_hash);
    if actual != expected {
        return Err(ProofError::ForeignSet {
            height: header.height,
            expected,
            actual,
        });
    }
    Ok(())
}

/// Checks that a quorum of `set` decided `header`'s block.
pub(super) fn check_certificate(
    set: &ValidatorSet,
    header: &Header,
    certificate: &CommitCertificate,
) -> Result<(), ProofError> {
    let height = header.height;
    certificate
        .verify(header.chain_id, height, header.id(), set)
        .map_err(|reason| ProofError::Certificate { height, reason })
}

impl RecordProof {
    /// Checks the links from `key` to the header's state root; the record's bytes, or none when it is proven absent. What
    /// the header is worth is for the caller to check ([`super::TrustChain::check_header`]).
    ///
    /// # Errors
    /// When the proof is about another record, or does not lead to the state root.
    pub fn record(&self, key: &StateKey) -> Result<Option<&[u8]>, ProofError> {
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
        Ok(value)
    }

    /// Checks every link from `key` to the validators of `trusted`; the record's bytes, or none when it is proven absent.
    ///
    /// # Errors
    /// Naming the first broken link.
    pub fn verify(
        &self,
        key: &StateKey,
        trusted: &TrustedSet,
    ) -> Result<Option<&[u8]>, ProofError> {
        let value = self.record(key)?;
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

pub(super) mod optional_hex {
    //! Bytes that may be absent, as hex or null.

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in crate::proof) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        bytes.as_ref().map(hex::encode).serialize(serializer)
    }

    pub(in crate::proof) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        let text: Option<std::borrow::Cow<'de, str>> = Option::deserialize(deserializer)?;
        text.map(|text| hex::decode(text.as_bytes()).map_err(serde::de::Error::custom))
            .transpose()
    }
}
