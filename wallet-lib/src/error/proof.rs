//! An answer that is not proven: there is no proof, or a link of it is broken.

use ledger_core::certificate::CertificateError;
use ledger_core::hash::Hash;
use ledger_core::id::{ChainId, Height};
use ledger_core::proof::ProofError;
use ledger_core::time::TimestampMs;
use ledger_core::validator::ValidatorAddress;

use super::{Error, errors};

errors! {
    /// Why an answer is not proven.
    enum UnprovenError {}

    /// The node serves another chain than the wallet trusts.
    #[error("the node serves chain {actual}, the wallet trusts {expected}")]
    Verification "other_chain" OtherChain {
        /// The chain trusted.
        expected: ChainId,
        /// The node's.
        actual: ChainId,
    },
    /// The node gave no proof.
    #[error("the node's answer about {thing} {id} carries no proof")]
    Verification "proof_missing" Missing {
        /// What sort of thing.
        thing: String,
        /// Which.
        id: String,
    },
    /// The proof is about another record.
    #[error("the proof is about another record than the one asked for")]
    Verification "proof_other_record" OtherRecord {},
    /// The record is not in the state the header names.
    #[error("the record is not in the proven state: {reason}")]
    Verification "proof_tree" Tree {
        /// Why not.
        reason: String,
    },
    /// The block is by another validator set than any the wallet trusts.
    #[error("block {height} is by a foreign validator set {actual}; the trusted one is {expected}")]
    Verification "proof_foreign_set" ForeignSet {
        /// The block.
        height: Height,
        /// The hash of the trusted set.
        expected: Hash,
        /// The header's.
        actual: Hash,
    },
    /// The changes of the validator set do not lead from the trusted set to the block's.
    #[error("the changes of the validator set do not lead from height {trusted_since} to block {height}, whose set is of height {last_set_change}")]
    Verification "proof_set_changes" SetChanges {
        /// The block.
        height: Height,
        /// When its set came to be, by its header.
        last_set_change: Height,
        /// When the last set that could be followed came to be.
        trusted_since: Height,
    },
    /// A block that changed the set hands over to another set than its header names.
    #[error("block {height} names another next validator set than the one given")]
    Verification "proof_next_set" NextSet {
        /// The block.
        height: Height,
    },
    /// The certificate is for another block than the header's.
    #[error("the certificate is not for block {height} of the proof: {reason}")]
    Verification "certificate_other_block" CertificateOtherBlock {
        /// The block.
        height: Height,
        /// What differs.
        reason: String,
    },
    /// The certificate is signed by someone who is no validator.
    #[error("the certificate of block {height} is signed by {validator}, which is no validator")]
    Verification "certificate_foreign_signer" CertificateForeignSigner {
        /// The block.
        height: Height,
        /// Who.
        validator: ValidatorAddress,
    },
    /// A validator is named twice in a certificate, or they are not in order.
    #[error("the certificate of block {height} names {validator} twice or out of order")]
    Verification "certificate_repeated_signer" CertificateRepeatedSigner {
        /// The block.
        height: Height,
        /// The first one out of order.
        validator: ValidatorAddress,
    },
    /// Too few validators signed.
    #[error("power {power} of {total} signed block {height}; more than two thirds are needed")]
    Verification "certificate_no_quorum" CertificateNoQuorum {
        /// The block.
        height: Height,
        /// What signed.
        power: u64,
        /// What there is.
        total: u64,
    },
    /// A signature in the certificate is wrong, or there are too many.
    #[error("the certificate of block {height} is wrong: {reason}")]
    Verification "certificate_signature" CertificateSignature {
        /// The block.
        height: Height,
        /// How.
        reason: String,
    },
    /// The block is by validators who had been replaced before it.
    #[error("block {height} is by validators that were retired at height {retired_at}")]
    Verification "proof_retired_set" RetiredSet {
        /// The block.
        height: Height,
        /// The last block its set decided.
        retired_at: Height,
    },
    /// The wallet has proven nothing for longer than validators can be held to account.
    #[error("trust rests on block {height} of {time_ms} ms and ended {overdue_ms} ms ago; a checkpoint of the city is needed")]
    Verification "trust_expired" TrustExpired {
        /// The newest block proven; 0 for the genesis document.
        height: Height,
        /// Its time.
        time_ms: TimestampMs,
        /// How long the trusting period is over.
        overdue_ms: u64,
    },
    /// The block is later than now: the node's clock, the validators' or this device's is wrong.
    #[error("block {height} is of {time_ms} ms, {ahead_ms} ms from now; check the clock of this device")]
    Verification "proof_from_the_future" FromTheFuture {
        /// The block.
        height: Height,
        /// Its time.
        time_ms: TimestampMs,
        /// How far ahead that is.
        ahead_ms: u64,
    },
    /// A link of a proof is broken.
    #[error("a proof is broken ({link}): {reason}")]
    Verification "proof_broken" Broken {
        /// The link's code (`docs/proofs.md`).
        link: &'static str,
        /// How.
        reason: String,
    },
    /// The proof is too old.
    #[error("the proof is of {time_ms} ms, {age_ms} ms ago; at most {age_ms_max} ms are allowed")]
    Verification "proof_stale" Stale {
        /// The block's time.
        time_ms: TimestampMs,
        /// How long ago.
        age_ms: u64,
        /// How long ago it may be.
        age_ms_max: u64,
    },
}

impl From<ProofError> for Error {
    fn from(error: ProofError) -> Error {
        UnprovenError::from(error).into()
    }
}

impl From<ProofError> for UnprovenError {
    fn from(error: ProofError) -> UnprovenError {
        match error {
            ProofError::OtherRecord { .. } => UnprovenError::OtherRecord {},
            ProofError::Tree(reason) => UnprovenError::Tree {
                reason: reason.to_string(),
            },
            ProofError::OtherChain {
                expected, actual, ..
            } => UnprovenError::OtherChain { expected, actual },
            ProofError::SetNotFollowed {
                height,
                last_set_change,
                trusted_since,
            } => UnprovenError::SetChanges {
                height,
                last_set_change,
                trusted_since,
            },
            ProofError::ForeignSet {
                height,
                expected,
                actual,
            } => UnprovenError::ForeignSet {
                height,
                expected,
                actual,
            },
            ProofError::Certificate { height, reason } => certificate(height, reason),
            ProofError::OtherNextSet { height, .. } => UnprovenError::NextSet { height },
            ProofError::Stale {
                time_ms,
                age_ms,
                age_ms_max,
            } => UnprovenError::Stale {
                time_ms,
                age_ms,
                age_ms_max,
            },
            ProofError::RetiredSet { height, retired_at } => {
                UnprovenError::RetiredSet { height, retired_at }
            }
            ProofError::TrustExpired {
                height,
                time_ms,
                overdue_ms,
            } => UnprovenError::TrustExpired {
                height,
                time_ms,
                overdue_ms,
            },
            ProofError::FromTheFuture {
                height,
                time_ms,
                ahead_ms,
                ..
            } => UnprovenError::FromTheFuture {
                height,
                time_ms,
                ahead_ms,
            },
            broken => UnprovenError::Broken {
                link: broken.code(),
                reason: broken.to_string(),
            },
        }
    }
}

fn certificate(height: Height, error: CertificateError) -> UnprovenError {
    let reason = error.to_string();
    match error {
        CertificateError::Height { .. } | CertificateError::Block { .. } => {
            UnprovenError::CertificateOtherBlock { height, reason }
        }
        CertificateError::ForeignSigner { validator } => {
            UnprovenError::CertificateForeignSigner { height, validator }
        }
        CertificateError::NoQuorum { power, total } => UnprovenError::CertificateNoQuorum {
            height,
            power,
            total,
        },
        CertificateError::SignerOrder { validator } => {
            UnprovenError::CertificateRepeatedSigner { height, validator }
        }
        CertificateError::Signature | CertificateError::TooMany { .. } => {
            UnprovenError::CertificateSignature { height, reason }
        }
    }
}
