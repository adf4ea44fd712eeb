//! What a broken link of a proof means to a wallet.

use ledger_core::certificate::CertificateError;
use ledger_core::id::Height;
use ledger_core::proof::ProofError;

use super::Error;

impl From<ProofError> for Error {
    fn from(error: ProofError) -> Error {
        match error {
            ProofError::OtherRecord { .. } => Error::ProofOtherRecord {},
            ProofError::Tree(reason) => Error::ProofTree {
                reason: reason.to_string(),
            },
            ProofError::OtherChain {
                expected, actual, ..
            } => Error::OtherChain { expected, actual },
            ProofError::SetNotFollowed {
                height,
                last_set_change,
                trusted_since,
            } => Error::ProofSetChanges {
                height,
                last_set_change,
                trusted_since,
            },
            ProofError::ForeignSet {
                height,
                expected,
                actual,
            } => Error::ProofForeignSet {
                height,
                expected,
                actual,
            },
            ProofError::Certificate { height, reason } => certificate(height, reason),
            ProofError::OtherNextSet { height, .. } => Error::ProofNextSet { height },
            ProofError::Stale {
                time_ms,
                age_ms,
                age_ms_max,
            } => Error::ProofStale {
                time_ms,
                age_ms,
                age_ms_max,
            },
            ProofError::RetiredSet { height, retired_at } => {
                Error::ProofRetiredSet { height, retired_at }
            }
            ProofError::TrustExpired {
                height,
                time_ms,
                overdue_ms,
            } => Error::TrustExpired {
                height,
                time_ms,
                overdue_ms,
            },
            ProofError::FromTheFuture {
                height,
                time_ms,
                ahead_ms,
                ..
            } => Error::ProofFromTheFuture {
                height,
                time_ms,
                ahead_ms,
            },
            broken => Error::ProofBroken {
                link: broken.code(),
                reason: broken.to_string(),
            },
        }
    }
}

fn certificate(height: Height, error: CertificateError) -> Error {
    let reason = error.to_string();
    match error {
        CertificateError::Height { .. } | CertificateError::Block { .. } => {
            Error::CertificateOtherBlock { height, reason }
        }
        CertificateError::ForeignSigner { validator } => {
            Error::CertificateForeignSigner { height, validator }
        }
        CertificateError::NoQuorum { power, total } => Error::CertificateNoQuorum {
            height,
            power,
            total,
        },
        CertificateError::SignerOrder { validator } => {
            Error::CertificateRepeatedSigner { height, validator }
        }
        CertificateError::Signature | CertificateError::TooMany { .. } => {
            Error::CertificateSignature { height, reason }
        }
    }
}
