//! Opening accounts and replacing their keys.
//!
//! One person has one account: the identity registry's commitment of an account is the commitment of no other.

use super::context::Context;
use super::guardianship::require_legal_guardian;
use super::recovery::require_no_recovery;
use super::rejection::{Refusal, Rejection};
use super::standing::require_open;
use crate::id::{AccountId, OrganisationId};
use crate::receipt::Entry;
use crate::record::account::{AccountKind, AccountRecord};
use crate::record::organisation::{Level, Role};
use crate::signature::PublicKey;
use crate::state::StateKey;
use crate::transaction::Signer;
use crate::transaction::account as operation;

/// Opens a person's account.
pub(crate) fn open(
    context: &mut Context<'_, '_>,
    operation: &operation::OpenAccount,
) -> Result<(), Refusal> {
    let (home, identity) = (operation.home, operation.identity);
    let district = require_home(context, home)?;
    if context
        .load::<AccountId>(&StateKey::Identity(identity))?
        .is_some()
    {
        return Err(Rejection::IdentityTaken { identity }.into());
    }
    let registry = (Role::IdentityRegistry, context.block.chain.city);
    match (operation.key, operation.legal_guardian) {
        (Some(key), guardian) => {
            require_new_key(context, key)?;
            if let Some(guardian) = guardian {
                require_legal_guardian(context, guardian)?;
            }
            let needs = [(Role::Registrar, home), registry];
            context.require_staff_apart(&needs, guardian.as_slice())?;
        }
        (None, Some(guardian)) => return Err(Rejection::MinorKeyless { guardian }.into()),
        (None, None) => {
            context.require_different_staff(&[
                (Role::Registrar, home),
                (Role::SocialWorker, home),
                registry,
            ])?;
        }
    }
    let account = AccountId::derive(context.transaction_id());
    context.store(&StateKey::Identity(identity), &account);
    let kind = AccountKind::Person { identity };
    let mut record = AccountRecord::new(kind, home, district, operation.key);
    record.legal_guardian = operation.legal_guardian;
    store_opened(context, account, record)
}

/// Replaces an account's key.
pub(crate) fn rotate_key(
    context: &mut Context<'_, '_>,
    operation: &operation::RotateKey,
) -> Result<(), Refusal> {
    let (account, new_key) = (operation.account, operation.new_key);
    let mut record = context.account(account)?;
    require_open(account, &record)?;
    if record.key == Some(new_key) {
        return Err(Rejection::KeyUnchanged.into());
    }
    require_no_recovery(context, account)?;
    context.require_consent(account)?;
    require_new_key(context, new_key)?;
    record.key = Some(new_key);
    context.post(account, &mut record, Entry::KeyRotated)?;
    context.store_account(account, &record);
    Ok(())
}

/// Checks that `home` is a street; its district.
pub(crate) fn require_home(
    context: &Context<'_, '_>,
    home: OrganisationId,
) -> Result<OrganisationId, Refusal> {
    let record = context.organisation(home)?;
    match (record.level, record.parent) {
        (Level::Street, Some(district)) => Ok(district),
        (level, _) => Err(Rejection::HomeNotAStreet {
            organisation: home,
            level,
        }
        .into()),
    }
}

/// Checks that `key` may be registered and that whoever has it has signed.
pub(crate) fn require_new_key(
    context: &mut Context<'_, '_>,
    key: PublicKey,
) -> Result<(), Refusal> {
    key.check_registrable()
        .map_err(|reason| Rejection::KeyRefused { key, reason })?;
    context.signers.require(Signer::Key(key))?;
    Ok(())
}

/// Writes a new account with its first posting.
pub(crate) fn store_opened(
    context: &mut Context<'_, '_>,
    account: AccountId,
    mut record: AccountRecord,
) -> Result<(), Refusal> {
    context.post(account, &mut record, Entry::Opened)?;
    context.store_account(account, &record);
    Ok(())
}
