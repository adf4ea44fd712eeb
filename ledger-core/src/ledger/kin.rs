//! Kin links and the allowances that go with them.
//!
//! A link is stored once for each direction and the two always come and go together.

use super::context::Context;
use super::proxy::{ActsIn, acting_proxy};
use super::rejection::{Refusal, Rejection};
use crate::amount::Minutes;
use crate::id::AccountId;
use crate::receipt::Entry;
use crate::record::account::AccountRecord;
use crate::record::kin::{Allowance, KinRecord, MonthlyUse};
use crate::record::organisation::Role;
use crate::record::policy::PolicyParameter;
use crate::state::StateKey;
use crate::transaction::Signer;
use crate::transaction::account as operation;

/// What `kin` is to `account`.
///
/// # Errors
/// When they are not linked.
pub(crate) fn live_link(
    context: &Context<'_, '_>,
    account: AccountId,
    kin: AccountId,
) -> Result<KinRecord, Refusal> {
    context
        .load(&StateKey::Kin(account, kin))?
        .ok_or(Rejection::KinUnknown { account, kin }.into())
}

/// Counts `minutes` that an order of `kin` takes from `payer` against the allowance the payer set.
pub(crate) fn use_allowance(
    context: &mut Context<'_, '_>,
    payer: AccountId,
    kin: AccountId,
    minutes: Minutes,
) -> Result<(), Refusal> {
    let mut link = live_link(context, payer, kin)?;
    let allowance = link
        .allowance
        .ok_or(Rejection::AllowanceMissing { payer, kin })?;
    let (last_day, today) = (allowance.last_day, context.block.today());
    if today > last_day {
        return Err(Rejection::AllowanceExpired { last_day, today }.into());
    }
    let month = context.block.month();
    let (limit, used) = (allowance.minutes_per_month, allowance.used.in_month(month));
    let total = used.plus(minutes)?;
    if total > limit {
        return Err(Rejection::AllowanceExceeded {
            limit,
            used,
            requested: minutes,
        }
        .into());
    }
    link.allowance = Some(Allowance {
        used: MonthlyUse {
            month,
            minutes: total,
        },
        ..allowance
    });
    context.store(&StateKey::Kin(payer, kin), &link);
    Ok(())
}

/// Links two people as kin.
pub(crate) fn link(
    context: &mut Context<'_, '_>,
    operation: &operation::LinkKin,
) -> Result<(), Refusal> {
    let (account, kin) = (operation.account, operation.kin);
    if account == kin {
        return Err(Rejection::KinSelf { account }.into());
    }
    let (mut first, mut second) = (context.person(account)?, context.person(kin)?);
    if context
        .load::<KinRecord>(&StateKey::Kin(account, kin))?
        .is_some()
    {
        return Err(Rejection::KinLinkedAlready { account, kin }.into());
    }
    let involved = [
        account,
        kin,
        require_side(context, account, &first, kin)?,
        require_side(context, kin, &second, account)?,
    ];
    let registrar = context.require_staff_of_any(Role::Registrar, &[first.home, second.home])?;
    if involved.contains(&registrar.person) {
        return Err(Rejection::SamePerson {
            person: registrar.person,
        }
        .into());
    }
    count_kin(context, account, &mut first)?;
    count_kin(context, kin, &mut second)?;
    let relation = operation.relation;
    for (from, to, relation) in [(account, kin, relation), (kin, account, relation.inverse())] {
        let record = KinRecord {
            relation,
            allowance: None,
        };
        context.store(&StateKey::Kin(from, to), &record);
    }
    context.post(account, &mut first, Entry::KinLinked { kin })?;
    context.store_account(account, &first);
    context.post(kin, &mut second, Entry::KinLinked { kin: account })?;
    context.store_account(kin, &second);
    Ok(())
}

/// Requires the signature of one side: its own, or for a keyless one that of a proxy who is not the other side. Who
/// signed.
fn require_side(
    context: &mut Context<'_, '_>,
    side: AccountId,
    record: &AccountRecord,
    other: AccountId,
) -> Result<AccountId, Refusal> {
    if record.key.is_some() {
        context.signers.require(Signer::Account(side))?;
        Ok(side)
    } else {
        Ok(acting_proxy(context, side, ActsIn::Orders, &[other])?.person)
    }
}

fn count_kin(
    context: &Context<'_, '_>,
    account: AccountId,
    record: &mut AccountRecord,
) -> Result<(), Refusal> {
    let limit = context.policy_number(record.home_district, PolicyParameter::KinMax)?;
    if u64::from(record.kin) >= limit {
        return Err(Rejection::KinTooMany { account, limit }.into());
    }
    record.kin = record.kin.saturating_add(1);
    Ok(())
}

/// Ends a kin link.
pub(crate) fn unlink(
    context: &mut Context<'_, '_>,
    operation: &operation::UnlinkKin,
) -> Result<(), Refusal> {
    let (account, kin) = (operation.account, operation.kin);
    live_link(context, account, kin)?;
    let (mut first, mut second) = (context.person(account)?, context.person(kin)?);
    require_either(context, (account, &first), (kin, &second))?;
    for (from, to) in [(account, kin), (kin, account)] {
        context.state.delete(&StateKey::Kin(from, to));
    }
    first.kin = first.kin.saturating_sub(1);
    second.kin = second.kin.saturating_sub(1);
    context.post(account, &mut first, Entry::KinUnlinked { kin })?;
    context.store_account(account, &first);
    context.post(kin, &mut second, Entry::KinUnlinked { kin: account })?;
    context.store_account(kin, &second);
    Ok(())
}

/// Requires the signature of one of the two: its own, or that of a keyless one's proxy.
fn require_either(
    context: &mut Context<'_, '_>,
    (account, first): (AccountId, &AccountRecord),
    (kin, second): (AccountId, &AccountRecord),
) -> Result<(), Refusal> {
    for side in [account, kin] {
        if context.signers.has(Signer::Account(side)) {
            return Ok(());
        }
    }
    let mut obstacle = None;
    for (side, record) in [(account, first), (kin, second)] {
        if record.key.is_some() {
            continue;
        }
        match acting_proxy(context, side, ActsIn::Orders, &[]) {
            Ok(_) => return Ok(()),
            // No proxy of this side has signed; one of the other side may have.
            Err(Refusal::Rejected(Rejection::SignatureMissing { .. })) => {}
            Err(Refusal::Rejected(rejection)) => {
                obstacle.get_or_insert(rejection);
            }
            Err(error @ Refusal::State(_)) => return Err(error),
        }
    }
    let signer = Signer::Account(account);
    Err(obstacle
        .unwrap_or(Rejection::SignatureMissing { signer })
        .into())
}

/// Lets a kin's orders draw on the payer's account without a signature each, or ends that.
pub(crate) fn set_allowance(
    context: &mut Context<'_, '_>,
    operation: &operation::SetKinAllowance,
) -> Result<(), Refusal> {
    let (payer, kin) = (operation.payer, operation.kin);
    context.signers.require(Signer::Account(payer))?;
    let mut link = live_link(context, payer, kin)?;
    let minutes_per_month = operation.minutes_per_month;
    link.allowance = if minutes_per_month.is_zero() {
        if link.allowance.is_none() {
            return Err(Rejection::AllowanceMissing { payer, kin }.into());
        }
        None
    } else {
        context.require_not_past(operation.last_day)?;
        Some(Allowance {
            minutes_per_month,
            last_day: operation.last_day,
            // A new limit does not wipe out what was used this month.
            used: link
                .allowance
                .map_or(MonthlyUse::NONE, |before| before.used),
        })
    };
    context.store(&StateKey::Kin(payer, kin), &link);
    let mut record = context.person(payer)?;
    let entry = Entry::AllowanceSet {
        kin,
        minutes_per_month,
    };
    context.post(payer, &mut record, entry)?;
    context.store_account(payer, &record);
    Ok(())
}
