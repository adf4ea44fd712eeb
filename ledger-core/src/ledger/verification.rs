//! The signatures of envelopes: whose they must be, and which of them are wrong.
//!
//! Keys are those of the parent state, so a key counts from the block after it was set. All signatures of a block are
//! verified as one batch, and none that was found right before is verified again.

use std::sync::Arc;

use super::ahead::{self, AHEAD_TRANSACTIONS};
use super::rejection::{Refusal, Rejection};
use crate::hash::{Domain, Hash, hash};
use crate::planted::{self, Planted};
use crate::record::account::AccountRecord;
use crate::record::organisation::StaffRecord;
use crate::signature::{PublicKey, Purpose, Signature, SignatureCheck, find_invalid};
use crate::state::{Overlay, StateError, StateKey, StateView};
use crate::transaction::{SealedEnvelope, Signer};

/// A memory of signatures that were verified before, so that none is verified twice.
pub trait VerifiedSignatures {
    /// Whether the signature with this digest (see [`SignatureToVerify::digest`]) was found right.
    fn contains(&self, digest: &Hash) -> bool;
}

/// No signature was verified before.
#[derive(Clone, Copy, Debug, Default)]
pub struct NothingVerified;

impl VerifiedSignatures for NothingVerified {
    fn contains(&self, _: &Hash) -> bool {
        false
    }
}

/// A signature of an envelope with the key that must have made it.
#[derive(Clone, Copy, Debug)]
pub struct SignatureToVerify {
    /// Whose.
    pub signer: Signer,
    /// The key on the ledger.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
    /// Names key, message and signature together.
    pub digest: Hash,
}

/// The signatures of `sealed` with the keys that must have made them, from `view`, the parent's state.
///
/// # Errors
/// When a signer has no key there, or the storage fails.
pub fn signatures_to_verify(
    view: &dyn StateView,
    sealed: &SealedEnvelope,
) -> Result<Vec<SignatureToVerify>, Refusal> {
    signatures_before(&Overlay::new(view), sealed)
}

/// [`signatures_to_verify`] by the state that `state` is over.
pub(super) fn signatures_before(
    state: &Overlay<'_>,
    sealed: &SealedEnvelope,
) -> Result<Vec<SignatureToVerify>, Refusal> {
    let mut to_verify = Vec::with_capacity(sealed.envelope().signatures.len());
    for signed in &sealed.envelope().signatures {
        let (signer, signature) = (signed.signer, signed.signature);
        let key = match signer {
            Signer::Key(key) => Some(key),
            Signer::Account(account) => state
                .share_before::<AccountRecord>(&StateKey::Account(account))?
                .and_then(|record| record.key),
            Signer::Staff(staff) => state
                .share_before::<StaffRecord>(&StateKey::Staff(staff))?
                .map(|record| record.key),
        };
        let key = key.ok_or(Rejection::SignerUnknown { signer })?;
        let part_of_signature: &[u8] = if planted::is(Planted::SignatureMemoUnkeyed) {
            &[]
        } else {
            &signature.0
        };
        let digest = hash(
            Domain::VerifiedSignature,
            &[&key.0, sealed.id().0.as_bytes(), part_of_signature],
        );
        to_verify.push(SignatureToVerify {
            signer,
            key,
            signature,
            digest,
        });
    }
    Ok(to_verify)
}

/// For each of `envelopes`, the rejection for a wrong signature or form, if any; all signatures in one batch. The keys are
/// those of the state that `state` is over.
pub(super) fn find_wrong_signatures(
    state: &Overlay<'_>,
    envelopes: &[Arc<SealedEnvelope>],
    verified: &dyn VerifiedSignatures,
) -> Result<Vec<Option<Rejection>>, StateError> {
    let mut wrong: Vec<Option<Rejection>> = vec![None; envelopes.len()];
    let mut pending = Vec::new();
    for (index, sealed) in envelopes.iter().enumerate() {
        if index.is_multiple_of(AHEAD_TRANSACTIONS) {
            let near = envelopes.iter().skip(index).take(AHEAD_TRANSACTIONS);
            let signers = near.flat_map(|sealed| ahead::signers(sealed));
            state.read_ahead(&signers.collect::<Vec<_>>())?;
        }
        if let Err(error) = sealed.envelope().check_form() {
            wrong[index] = Some(error.into());
            continue;
        }
        match signatures_before(state, sealed) {
            Ok(mut signatures) => {
                signatures.retain(|it| !verified.contains(&it.digest));
                if !signatures.is_empty() {
                    let message = Purpose::Transaction.signing_bytes(sealed.signed_bytes());
                    pending.push((index, message, signatures));
                }
            }
            Err(Refusal::Rejected(rejection)) => wrong[index] = Some(rejection),
            Err(Refusal::State(error)) => return Err(error),
        }
    }
    let flat: Vec<_> = pending
        .iter()
        .flat_map(|(index, message, unknown)| {
            unknown
                .iter()
                .map(move |it| (*index, it, message.as_slice()))
        })
        .collect();
    let checks: Vec<_> = flat
        .iter()
        .map(|(_, it, message)| SignatureCheck {
            key: it.key,
            signed_bytes: message,
            signature: it.signature,
        })
        .collect();
    for position in find_invalid(&checks) {
        let (index, it, _) = flat[position];
        wrong[index] = Some(Rejection::SignatureWrong { signer: it.signer });
    }
    Ok(wrong)
}

pub(super) fn first_wrong(
    sealed: &SealedEnvelope,
    to_verify: &[SignatureToVerify],
    verified: &dyn VerifiedSignatures,
) -> Option<Rejection> {
    let unknown: Vec<_> = to_verify
        .iter()
        .filter(|it| !verified.contains(&it.digest))
        .collect();
    if unknown.is_empty() {
        return None;
    }
    let message = Purpose::Transaction.signing_bytes(sealed.signed_bytes());
    let checks: Vec<_> = unknown
        .iter()
        .map(|it| SignatureCheck {
            key: it.key,
            signed_bytes: &message,
            signature: it.signature,
        })
        .collect();
    find_invalid(&checks)
        .first()
        .map(|position| Rejection::SignatureWrong {
            signer: unknown[*position].signer,
        })
}
