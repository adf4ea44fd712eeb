//! The limit of everything that checks signatures: the library's batch verification with nothing of ours around it.
//!
//! The loop and the coefficients look like those of the ledger and are not theirs: a limit that ran the code measured
//! against it would become slower with it, and the ratio would not show that.

use std::convert::Infallible;

use ledger_core::signature::{PublicKey, Purpose, Signature, SignatureCheck};
use ledger_core::transaction::SealedEnvelope;

use crate::town::Town;

/// A signature with the bytes it is over, purpose included.
pub(crate) struct Signed {
    pub(crate) key: PublicKey,
    pub(crate) bytes: Vec<u8>,
    pub(crate) signature: Signature,
}

/// Every signature on these envelopes, in order.
pub(crate) fn signatures<'a>(
    town: &Town,
    envelopes: impl IntoIterator<Item = &'a SealedEnvelope>,
) -> Vec<Signed> {
    let mut found = Vec::new();
    for sealed in envelopes {
        let bytes = Purpose::Transaction.signing_bytes(sealed.signed_bytes());
        for signed in &sealed.envelope().signatures {
            found.push(Signed {
                key: town.key_of(signed.signer),
                bytes: bytes.clone(),
                signature: signed.signature,
            });
        }
    }
    found
}

/// What a batch is made of.
pub(crate) fn checks(signed: &[Signed]) -> Vec<SignatureCheck<'_>> {
    signed
        .iter()
        .map(|signed| SignatureCheck {
            key: signed.key,
            signed_bytes: &signed.bytes,
            signature: signed.signature,
        })
        .collect()
}

/// Whether all of these hold.
pub(crate) fn raw_batch(checks: &[SignatureCheck<'_>]) -> bool {
    let mut verifier = ed25519_zebra::batch::Verifier::new();
    for check in checks {
        let key = ed25519_zebra::VerificationKeyBytes::from(check.key.0);
        let signature = ed25519_zebra::Signature::from(check.signature.0);
        verifier.queue((key, signature, check.signed_bytes));
    }
    verifier
        .verify(Coefficients(blake3::Hasher::new().finalize_xof()))
        .is_ok()
}

/// Coefficients that cost nothing to speak of.
struct Coefficients(blake3::OutputReader);

impl rand_core::TryRng for Coefficients {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Coefficients {}
