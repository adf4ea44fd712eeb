//! Those who cannot sign alone: minors, whose legal guardian signs beside them, and keyless people, for whom staff sign.
//!
//! A legal guardian is a person of age with a key. Should it become a minor itself, or close its account, what it would
//! have to sign is refused until the registry names another.

use std::rc::Rc;

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use super::standing::require_active;
use crate::id::AccountId;
use crate::receipt::Entry;
use crate::record::account::AccountRecord;
use crate::record::organisation::Role;
use crate::transaction::Signer;
use crate::transaction::account::SetLegalGuardian;

/// Changes or ends a legal guardianship.
pub(crate) fn set_legal_guardian(
    context: &mut Context<'_, '_>,
    operation: &SetLegalGuardian,
) -> Result<(), Refusal> {
    let (account, guardian) = (operation.account, operation.guardian);
    let mut record = Rc::unwrap_or_clone(context.live_person(account)?);
    if record.legal_guardian == guardian {
        return Err(Rejection::LegalGuardianUnchanged { account }.into());
    }
    let mut concerned = vec![account];
    if let Some(guardian) = guardian {
        if record.key.is_none() {
            return Err(Rejection::MinorKeyless { guardian }.into());
        }
        if guardian == account {
            return Err(Rejection::GuardianSelf { account }.into());
        }
        require_legal_guardian(context, guardian)?;
        concerned.push(guardian);
    }
    let registry = (Role::IdentityRegistry, context.block.chain.city);
    let needs = [(Role::Registrar, record.home), registry];
    context.require_staff_apart(&needs, &concerned)?;
    record.legal_guardian = guardian;
    context.post(account, &mut record, Entry::LegalGuardianSet { guardian })?;
    context.store_account(account, &record);
    Ok(())
}

/// Checks that `guardian` can be a legal guardian, and requires its signature.
pub(crate) fn require_legal_guardian(
    context: &mut Context<'_, '_>,
    guardian: AccountId,
) -> Result<(), Refusal> {
    check_guardian(context, guardian)?;
    context.signers.require(Signer::Account(guardian))?;
    Ok(())
}

/// Checks that `guardian` is an active person of age with a key.
pub(crate) fn check_guardian(
    context: &Context<'_, '_>,
    guardian: AccountId,
) -> Result<(), Refusal> {
    let record = context.person(guardian)?;
    require_active(guardian, &record)?;
    if record.key.is_none() {
        return Err(Rejection::GuardianKeyless { guardian }.into());
    }
    if record.legal_guardian.is_some() {
        return Err(Rejection::GuardianMinor { guardian }.into());
    }
    Ok(())
}

impl Context<'_, '_> {
    /// Requires the holder's signature to something that binds it: a minor's together with its legal guardian's.
    pub(crate) fn require_consent(&mut self, account: AccountId) -> Result<(), Refusal> {
        self.signers.require(Signer::Account(account))?;
        self.require_guardian_beside(account)
    }

    /// Requires the legal guardian's signature beside that of a minor who signs.
    pub(crate) fn require_guardian_beside(&mut self, account: AccountId) -> Result<(), Refusal> {
        if let Some(guardian) = self.seen_account(account)?.legal_guardian {
            if self.seen_account(guardian)?.legal_guardian.is_some() {
                return Err(Rejection::GuardianMinor { guardian }.into());
            }
            self.signers.require(Signer::Account(guardian))?;
        }
        Ok(())
    }

    /// A registrar and a social worker of the home of a keyless person, different people and none of `others`, who stand
    /// in for its signature.
    pub(crate) fn require_keyless_consent(
        &mut self,
        keyless: &AccountRecord,
        others: &[AccountId],
    ) -> Result<(), Refusal> {
        let home = keyless.home;
        let needs = [(Role::Registrar, home), (Role::SocialWorker, home)];
        self.require_staff_apart(&needs, others).map(|_| ())
    }
}
