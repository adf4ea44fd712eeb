//! Who signed a transaction, and which of the signatures a rule has put to use.
//!
//! A signature nobody needs is refused: an envelope says exactly who stands behind it, and a relay cannot add to it.

use std::collections::BTreeMap;

use super::rejection::Rejection;
use crate::transaction::{Envelope, Signer};

/// The signers of one envelope; their signatures are verified before a rule sees them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signers {
    used: BTreeMap<Signer, bool>,
}

impl Signers {
    /// Of `envelope`.
    pub(crate) fn of(envelope: &Envelope) -> Signers {
        Signers {
            used: envelope
                .signatures
                .iter()
                .map(|signed| (signed.signer, false))
                .collect(),
        }
    }

    /// Whether `signer` has signed. Puts the signature to use.
    pub(crate) fn has(&mut self, signer: Signer) -> bool {
        self.used
            .get_mut(&signer)
            .map(|used| *used = true)
            .is_some()
    }

    /// Puts `signer`'s signature to use.
    ///
    /// # Errors
    /// When it is missing.
    pub(crate) fn require(&mut self, signer: Signer) -> Result<(), Rejection> {
        if self.has(signer) {
            Ok(())
        } else {
            Err(Rejection::SignatureMissing { signer })
        }
    }

    /// Everyone who has signed.
    pub(crate) fn all(&self) -> Vec<Signer> {
        self.used.keys().copied().collect()
    }

    /// Everyone whose signature is not in use yet.
    pub(crate) fn unused(&self) -> Vec<Signer> {
        self.used
            .iter()
            .filter(|(_, used)| !**used)
            .map(|(signer, _)| *signer)
            .collect()
    }

    /// Checks that every signature was of use.
    ///
    /// # Errors
    /// Naming the first that was not.
    pub(crate) fn finish(&self) -> Result<(), Rejection> {
        match self.used.iter().find(|(_, used)| !**used) {
            None => Ok(()),
            Some((signer, _)) => Err(Rejection::SignatureUnneeded { signer: *signer }),
        }
    }
}
