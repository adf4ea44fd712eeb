//! Commitments to what stays off the ledger: `H(domain ‖ 256-bit salt ‖ content)`.
//!
//! Whoever keeps the salt can show what was meant; once it is deleted, the commitment means nothing.

use ledger_core::hash::{Domain, Hash, hash};

use crate::error::Error;
use crate::key;

/// A random salt. Kept in the registry's or the office's vault, never on the ledger.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Salt(pub [u8; 32]);

impl Salt {
    /// A new one from the system's random numbers.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn generate() -> Result<Salt, Error> {
        key::random().map(|bytes| Salt(*bytes))
    }
}

impl std::fmt::Debug for Salt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Salt(…)")
    }
}

/// The registry's commitment to a person's identity.
pub fn identity(salt: &Salt, identity: &[u8]) -> Hash {
    hash(Domain::Identity, &[&salt.0, identity])
}

/// A commitment to evidence of a service: a record's number, a photograph's hash, whatever the office keeps.
pub fn evidence(salt: &Salt, content: &[u8]) -> Hash {
    hash(Domain::EvidenceCommitment, &[&salt.0, content])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn salt_and_purpose_both_count_and_the_salt_is_not_shown() {
        let (one, other) = (Salt([1; 32]), Salt([2; 32]));
        assert_ne!(identity(&one, b"x"), identity(&other, b"x"));
        assert_ne!(identity(&one, b"x"), evidence(&one, b"x"));
        assert_eq!(format!("{one:?}"), "Salt(…)");
        assert_ne!(Salt::generate().unwrap(), Salt::generate().unwrap());
    }
}
