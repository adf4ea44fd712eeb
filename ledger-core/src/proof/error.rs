//! The broken links of a proof, each with a code of its own that stays the same from version to version
//! (`docs/proofs.md`, "What breaks").

use std::fmt;

use super::checkpoint::{CHECKPOINT_SIGNERS_MAX, CHECKPOINT_VERSION};
use crate::block::HEADER_VERSION;
use crate::certificate::CertificateError;
use crate::codec::DecodeError;
use crate::hash::Hash;
use crate::id::{BlockId, ChainId, Height, StaffId};
use crate::signature::{KeyError, PublicKey};
use crate::state::tree::TreeProofError;
use crate::time::TimestampMs;

/// Which part of a bundle a broken link is in; counted from 1, as people count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundlePart {
    /// A checkpoint.
    Checkpoint(usize),
    /// A change of the validator set.
    SetChange(usize),
    /// A block's header or certificate.
    Block(usize),
    /// One of a block's claims: the block's number, the claim's.
    Claim(usize, usize),
}

impl fmt::Display for BundlePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BundlePart::Checkpoint(number) => write!(f, "checkpoint {number}"),
            BundlePart::SetChange(number) => write!(f, "change {number} of the validator set"),
            BundlePart::Block(number) => write!(f, "block {number}"),
            BundlePart::Claim(block, claim) => write!(f, "claim {claim} of block {block}"),
        }
    }
}

/// The broken link of a proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    // ---- the file ------------------------------------------------------------------------------------------------
    /// The file does not begin as a bundle does.
    #[error("this is no proof file: it does not begin as one does")]
    NotABundle,
    /// The file's checksum is not that of its bytes.
    #[error("the proof file is damaged: its checksum is {actual}, not {expected}; fetch it again")]
    Damaged {
        /// What the checksum of the bytes is.
        expected: Hash,
        /// What the file says it is.
        actual: Hash,
    },
    /// A bundle of a version this build does not know.
    #[error(
        "bundle version {version} is not known here; this build reads version {known}; use a newer one"
    )]
    BundleVersion {
        /// The bundle's.
        version: u16,
        /// The one known.
        known: u16,
    },
    /// The bytes are not the one encoding of what they should be.
    #[error("the proof cannot be read: {0}")]
    Malformed(#[from] DecodeError),
    /// The bundle is for another chain.
    #[error("the bundle is for chain {actual}, not {expected}; it proves nothing here")]
    OtherGenesis {
        /// The chain trusted.
        expected: ChainId,
        /// The bundle's.
        actual: ChainId,
    },
    /// Too many checkpoints, changes, blocks or claims; or none where one is needed.
    #[error("the bundle has {count} {what}; between {least} and {most} are allowed")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// The fewest allowed.
        least: usize,
        /// The most allowed.
        most: usize,
    },
    /// Parts are not in their one order, or one is there twice.
    #[error("the bundle's {what} are not in order, or one is there twice")]
    Order {
        /// Of what.
        what: &'static str,
    },
    /// A checkpoint, or a change of the set, that nothing in the bundle needs.
    #[error("nothing in the bundle needs this {what}")]
    Unneeded {
        /// Of what.
        what: &'static str,
    },
    /// One part of a bundle is broken.
    #[error("{part}: {cause}")]
    Within {
        /// Which.
        part: BundlePart,
        /// How.
        cause: Box<ProofError>,
    },

    // ---- whom to trust -------------------------------------------------------------------------------------------
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
    /// The newest thing proven is so old that validators of then cannot be held to account any more.
    #[error(
        "trust rests on block {height} of {time_ms} ms and ended {overdue_ms} ms ago; it begins anew with a checkpoint of the city"
    )]
    TrustExpired {
        /// The newest block proven; 0 for the genesis document.
        height: Height,
        /// Its time.
        time_ms: TimestampMs,
        /// How long the trusting period is over.
        overdue_ms: u64,
    },
    /// The block is later than now.
    #[error(
        "block {height} is of {time_ms} ms, {ahead_ms} ms from now; at most {drift_ms_max} ms are allowed; check the clock of this device"
    )]
    FromTheFuture {
        /// The block.
        height: Height,
        /// Its time.
        time_ms: TimestampMs,
        /// How far ahead that is.
        ahead_ms: u64,
        /// How far it may be.
        drift_ms_max: u64,
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
    /// The block is by a set from before trust began, or by one that never was.
    #[error(
        "block {height} is by a validator set of height {last_set_change}, which is not known here; trust goes back to the set of height {trusted_from}"
    )]
    BeforeTrust {
        /// The block.
        height: Height,
        /// When its set came to be, by its header.
        last_set_change: Height,
        /// When the oldest set known here came to be.
        trusted_from: Height,
    },
    /// The block lies above the height at which its set was retired: keys that were retired signed it.
    #[error("block {height} is by validators that were retired at height {retired_at}")]
    RetiredSet {
        /// The block.
        height: Height,
        /// The last block its set decided.
        retired_at: Height,
    },
    /// The block is one that its set could decide, but that set was retired longer ago than the trusting period.
    #[error(
        "block {height} is by validators that were retired at height {retired_at}, {overdue_ms} ms longer ago than their word counts; ask for a proof against a newer block"
    )]
    RetiredTooLong {
        /// The block.
        height: Height,
        /// The last block its set decided.
        retired_at: Height,
        /// How long the trusting period is over.
        overdue_ms: u64,
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
    /// What should be a change of the set does not change the set in force.
    #[error("block {height} does not change the trusted validator set")]
    NoChange {
        /// The block.
        height: Height,
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
    /// Validators decided two blocks for one height: more than a third of the power lied.
    #[error("a fork: block {height} was proven to be {known}, and is now proven to be {other}")]
    Fork {
        /// The height.
        height: Height,
        /// The block known.
        known: BlockId,
        /// The other one.
        other: BlockId,
    },
    /// Validators decided blocks that cannot stand in one chain, though not at one height.
    #[error("a fork: block {height} and block {known} are both proven and exclude each other")]
    Contradiction {
        /// The block.
        height: Height,
        /// The one known.
        known: Height,
    },
    /// A checkpoint is not to be believed.
    #[error("the checkpoint is not to be believed: {0}")]
    Checkpoint(#[from] CheckpointError),

    // ---- what is proven ------------------------------------------------------------------------------------------
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
    /// A key claimed to lead nowhere leads elsewhere than it says.
    #[error("the key {} does not have the hash given beside it", hex::encode(key))]
    KeyHash {
        /// The key.
        key: Vec<u8>,
    },
    /// A record is proven and cannot be read as what its key says it is.
    #[error(
        "the record under key {} cannot be read here; use a newer version",
        hex::encode(key)
    )]
    RecordUnreadable {
        /// The key.
        key: Vec<u8>,
    },
    /// The path does not lead from the transaction or receipt to the header's root.
    #[error(
        "the {what} is not in the block: its path leads to {actual}, the header names {expected}"
    )]
    ListPath {
        /// Which: `transaction` or `receipt`.
        what: &'static str,
        /// The header's root.
        expected: Hash,
        /// Where the path leads.
        actual: Hash,
    },
    /// The postings do not lead to the history that the owner's record holds.
    #[error(
        "the postings lead to a history of {actual_length} with head {actual}, the record holds {expected_length} with head {expected}"
    )]
    History {
        /// How many the record counts.
        expected_length: u64,
        /// The record's head.
        expected: Hash,
        /// How many the claim counts.
        actual_length: u64,
        /// Where the claim leads.
        actual: Hash,
    },
    /// Postings are claimed of an owner whose record is not proven beside them.
    #[error("postings are claimed of an owner whose record is not proven against the same block")]
    HistoryWithoutRecord,
    /// A posting is another owner's.
    #[error("a posting claimed of one owner names another")]
    HistoryOfAnother,
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

impl ProofError {
    /// The stable code of the broken link; that of the cause, where a part of a bundle is named.
    pub fn code(&self) -> &'static str {
        match self {
            ProofError::NotABundle => "proof_not_a_bundle",
            ProofError::Damaged { .. } => "proof_damaged",
            ProofError::BundleVersion { .. } => "proof_version",
            ProofError::Malformed(_) => "proof_malformed",
            ProofError::OtherGenesis { .. } => "proof_other_genesis",
            ProofError::Count { .. } => "proof_count",
            ProofError::Order { .. } => "proof_order",
            ProofError::Unneeded { .. } => "proof_unneeded",
            ProofError::Within { cause, .. } => cause.code(),
            ProofError::OtherChain { .. } => "proof_other_chain",
            ProofError::TrustExpired { .. } => "proof_trust_expired",
            ProofError::FromTheFuture { .. } => "proof_from_the_future",
            ProofError::SetNotFollowed { .. } => "proof_set_not_followed",
            ProofError::BeforeTrust { .. } => "proof_before_trust",
            ProofError::RetiredSet { .. } => "proof_retired_set",
            ProofError::RetiredTooLong { .. } => "proof_retired_too_long",
            ProofError::ForeignSet { .. } => "proof_foreign_set",
            ProofError::Certificate { reason, .. } => match reason {
                CertificateError::Height { .. } | CertificateError::Block { .. } => {
                    "proof_certificate_other_block"
                }
                CertificateError::SignerOrder { .. } => "proof_certificate_repeated_signer",
                CertificateError::ForeignSigner { .. } => "proof_certificate_foreign_signer",
                CertificateError::NoQuorum { .. } => "proof_certificate_too_few",
                CertificateError::TooMany { .. } => "proof_certificate_too_many",
                CertificateError::Signature => "proof_certificate_forged",
            },
            ProofError::NoChange { .. } => "proof_no_change",
            ProofError::OtherNextSet { .. } => "proof_other_next_set",
            ProofError::Fork { .. } => "proof_fork",
            ProofError::Contradiction { .. } => "proof_contradiction",
            ProofError::Checkpoint(reason) => reason.code(),
            ProofError::OtherRecord { .. } => "proof_other_record",
            ProofError::Tree(_) => "proof_tree",
            ProofError::KeyHash { .. } => "proof_key_hash",
            ProofError::RecordUnreadable { .. } => "proof_record_unreadable",
            ProofError::ListPath { .. } => "proof_list_path",
            ProofError::History { .. } => "proof_history",
            ProofError::HistoryWithoutRecord => "proof_history_without_record",
            ProofError::HistoryOfAnother => "proof_history_of_another",
            ProofError::Stale { .. } => "proof_stale",
        }
    }

    /// Which part of a bundle is broken, and how; no part for what concerns the whole.
    pub fn part(&self) -> (Option<BundlePart>, &ProofError) {
        match self {
            ProofError::Within { part, cause } => (Some(*part), cause),
            whole => (None, whole),
        }
    }

    /// This error, as one of `part`.
    pub(super) fn within(self, part: BundlePart) -> ProofError {
        ProofError::Within {
            part,
            cause: Box::new(self),
        }
    }
}

/// Why a checkpoint is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// A version this build does not know.
    #[error(
        "version {version} with a header of version {header_version}; this build reads {CHECKPOINT_VERSION} and {HEADER_VERSION}"
    )]
    Version {
        /// The checkpoint's.
        version: u16,
        /// Its header's.
        header_version: u16,
    },
    /// It is for another chain.
    #[error("it is for chain {actual}, not {expected}")]
    OtherChain {
        /// The chain trusted.
        expected: ChainId,
        /// The checkpoint's.
        actual: ChainId,
    },
    /// Its header is none that a block can have.
    #[error("no block of height {height} has such a header: its set came to be at a later height")]
    NoBlock {
        /// The header's height.
        height: Height,
    },
    /// Its set is not the one that its block names as the next.
    #[error("block {height} names the next validator set {expected}, the set given is {actual}")]
    OtherSet {
        /// The block.
        height: Height,
        /// The header's next set.
        expected: Hash,
        /// The set given.
        actual: Hash,
    },
    /// Nobody can sign checkpoints of this chain.
    #[error(
        "the genesis document names no administrators and auditor of the city who could sign one"
    )]
    NoKeys,
    /// It hands over to keys that could not sign the next one.
    #[error("it hands over to keys that could not sign the next one: {reason}")]
    Keys {
        /// Why not.
        reason: CheckpointKeysError,
    },
    /// A signer is named twice, or the signers are not in order.
    #[error("signer {staff} is named twice or out of order")]
    SignerOrder {
        /// The first one out of order.
        staff: StaffId,
    },
    /// A signer is none of those who may sign.
    #[error("{staff} may not sign checkpoints")]
    ForeignSigner {
        /// Who.
        staff: StaffId,
    },
    /// A signature does not verify.
    #[error("the signature of {staff} is wrong")]
    Signature {
        /// Whose.
        staff: StaffId,
    },
    /// Too few administrators have signed.
    #[error("{count} administrators have signed, different people; {threshold} are needed")]
    TooFewAdministrators {
        /// How many have.
        count: usize,
        /// How many are needed.
        threshold: usize,
    },
    /// No auditor has signed who is not counted as an administrator.
    #[error("no auditor has signed who is another person than the administrators counted")]
    NoAuditor,
    /// An older one, or one that was believed already.
    #[error("it is of height {height}; one of height {known} was believed already")]
    Old {
        /// Its height.
        height: Height,
        /// The height of the last one believed.
        known: Height,
    },
}

impl CheckpointError {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            CheckpointError::Version { .. } => "proof_checkpoint_version",
            CheckpointError::OtherChain { .. } => "proof_checkpoint_other_chain",
            CheckpointError::NoBlock { .. } => "proof_checkpoint_no_block",
            CheckpointError::OtherSet { .. } => "proof_checkpoint_other_set",
            CheckpointError::NoKeys => "proof_checkpoint_no_keys",
            CheckpointError::Keys { .. } => "proof_checkpoint_keys",
            CheckpointError::SignerOrder { .. } => "proof_checkpoint_repeated_signer",
            CheckpointError::ForeignSigner { .. } => "proof_checkpoint_foreign_signer",
            CheckpointError::Signature { .. } => "proof_checkpoint_forged",
            CheckpointError::TooFewAdministrators { .. } => "proof_checkpoint_too_few",
            CheckpointError::NoAuditor => "proof_checkpoint_no_auditor",
            CheckpointError::Old { .. } => "proof_checkpoint_old",
        }
    }
}

/// Why keys could not sign a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointKeysError {
    /// More than [`CHECKPOINT_SIGNERS_MAX`] of a kind.
    #[error("{count} signers of a kind; at most {CHECKPOINT_SIGNERS_MAX} are allowed")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// Not sorted by staff entry, or an entry twice, or in both lists with different keys or people.
    #[error("signers must be sorted by staff entry, each entry once, with one key and one person")]
    Order,
    /// A key that may not be registered.
    #[error("key {key}: {reason}")]
    Key {
        /// The key.
        key: PublicKey,
        /// Why not.
        reason: KeyError,
    },
    /// All of them together would not be enough.
    #[error(
        "all of them together are not {threshold} administrators and an auditor, different people"
    )]
    TooFew {
        /// The threshold asked for.
        threshold: u8,
    },
}
