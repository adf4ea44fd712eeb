//! Who signed a transaction, and which of the signatures a rule has put to use.
//!
//! A signature nobody needs is refused: an envelope says exactly who stands behind it, and a relay cannot add to it.

use super::rejection::Rejection;
use crate::transaction::{Envelope, Signer};

/// The signers of one envelope; their signatures are verified before a rule sees them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Signers {
    /// Whether the signature is in use, by the signer, in order and each once. There are a few.
    used: Vec<(Signer, bool)>,
}

impl Signers {
    /// Of `envelope`.
    pub(crate) fn of(envelope: &Envelope) -> Signers {
        let signatures = envelope.signatures.iter();
        let mut used: Vec<_> = signatures.map(|signed| (signed.signer, false)).collect();
        used.sort_unstable();
        used.dedup();
        Signers { used }
    }

    /// Whether `signer` has signed. Puts the signature to use.
    pub(crate) fn has(&mut self, signer: Signer) -> bool {
        let found = self.used.iter_mut().find(|(other, _)| *other == signer);
        found.map(|(_, used)| *used = true).is_some()
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
        self.used.iter().map(|(signer, _)| *signer).collect()
    }

    /// Everyone whose signature is not in use yet.
    pub(crate) fn unused(&self) -> Vec<Signer> {
        self.used
            .iter()
            .filter(|(_, used)| !used)
            .map(|(signer, _)| *signer)
            .collect()
    }

    /// Checks that every signature was of use.
    ///
    /// # Errors
    /// Naming the first that was not.
    pub(crate) fn finish(&self) -> Result<(), Rejection> {
        match self.used.iter().find(|(_, used)| !used) {
            None => Ok(()),
            Some((signer, _)) => Err(Rejection::SignatureUnneeded { signer: *signer }),
        }
    }
}
