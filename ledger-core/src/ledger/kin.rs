//! Kin links and the allowances that go with them.
//!
//! A link is stored once for each direction and the two always come and go together. What was used of an allowance
//! outlives the allowance until the month is over: ending and renewing it gives nothing back.
//!
//! When a link ends, its end is remembered for a while: whoever judges an order must not have been kin since the service
//! began.

use std::rc::Rc;

use super::context::Context;
use super::proxy::{ActsIn, acting_proxy};
use super::rejection::{Refusal, Rejection};
use crate::amount::Minutes;
use crate::id::AccountId;
use crate::receipt::Entry;
use crate::record::account::{AccountRecord, Delegate, ENDED_USES_MAX};
use crate::record::kin::{Allowance, KinRecord, MonthlyUse};
use crate::record::order::TOMBSTONE_MS;
use crate::record::organisation::Role;
use crate::record::policy::PolicyParameter;
use crate::state::{DueWork, StateKey};
use crate::time::{Month, TimestampMs};
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
        .share(&StateKey::Kin(account, kin))?
        .map(Rc::unwrap_or_clone)
        .ok_or(Rejection::KinUnknown { account, kin }.into())
}

/// Whether two people are so close that neither is independent of the other in what began at `since_ms`: linked kin, or
/// linked at any time since then as far as the ledger remembers, or a minor and its legal guardian.
pub(crate) fn are_close(
    context: &Context<'_, '_>,
    one: AccountId,
    other: AccountId,
    since_ms: TimestampMs,
) -> Result<bool, Refusal> {
    let link: Option<KinRecord> = context.load(&StateKey::Kin(one, other))?;
    if link.is_some()
        || context.account(one)?.legal_guardian == Some(other)
        || context.account(other)?.legal_guardian == Some(one)
    {
        return Ok(true);
    }
    let ended: Option<TimestampMs> = context.load(&past_key(one, other))?;
    // What waits to be forgotten counts as forgotten.
    let remembered =
        ended.filter(|ended_ms| context.block.time_ms < ended_ms.plus_ms(TOMBSTONE_MS));
    Ok(remembered.is_some_and(|ended_ms| ended_ms >= since_ms))
}

/// Remembers that a link ended now, as long as tombstones of orders are kept; the end of an earlier one counts no longer.
fn remember_past(
    context: &mut Context<'_, '_>,
    one: AccountId,
    other: AccountId,
) -> Result<(), Refusal> {
    let key = past_key(one, other);
    let work = DueWork::ForgetKin(one.min(other), one.max(other));
    if let Some(before) = context.load::<TimestampMs>(&key)? {
        context.unqueue(before.plus_ms(TOMBSTONE_MS), work);
    }
    let ended_ms = context.block.time_ms;
    context.store(&key, &ended_ms);
    context.queue(ended_ms.plus_ms(TOMBSTONE_MS), work);
    Ok(())
}

/// Forgets that two people were linked, as work of the chain.
pub(crate) fn forget(context: &mut Context<'_, '_>, one: AccountId, other: AccountId) {
    context.state.delete(&past_key(one, other));
}

/// The key under which the end of a link is remembered, the same in both directions.
fn past_key(one: AccountId, other: AccountId) -> StateKey {
    StateKey::PastKin(one.min(other), one.max(other))
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
    let mut first = Rc::unwrap_or_clone(context.live_person(account)?);
    let mut second = Rc::unwrap_or_clone(context.live_person(kin)?);
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
    // A minor's legal guardian signs for it.
    let guardians = [first.legal_guardian, second.legal_guardian];
    if involved.contains(&registrar.person) || guardians.contains(&Some(registrar.person)) {
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

/// Requires the signature of one side: its own (a minor's with its legal guardian's), or for a keyless one that of a proxy
/// who is not the other side. Who signed.
fn require_side(
    context: &mut Context<'_, '_>,
    side: AccountId,
    record: &AccountRecord,
    other: AccountId,
) -> Result<AccountId, Refusal> {
    if record.key.is_some() {
        context.require_consent(side)?;
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
    let month = context.block.month();
    for (payer, record, other) in [(account, &mut first, kin), (kin, &mut second, account)] {
        let link = live_link(context, payer, other)?;
        if let Some(allowance) = link.allowance {
            record.end_use(Delegate::Kin(other), allowance.used, month);
        }
        record.kin = record.kin.saturating_sub(1);
        context.state.delete(&StateKey::Kin(payer, other));
    }
    remember_past(context, account, kin)?;
    context.post(account, &mut first, Entry::KinUnlinked { kin })?;
    context.store_account(account, &first);
    context.post(kin, &mut second, Entry::KinUnlinked { kin: account })?;
    context.store_account(kin, &second);
    Ok(())
}

/// Requires the signature of one of the two: its own (a minor's with its legal guardian's), or that of a keyless one's
/// proxy.
fn require_either(
    context: &mut Context<'_, '_>,
    (account, first): (AccountId, &AccountRecord),
    (kin, second): (AccountId, &AccountRecord),
) -> Result<(), Refusal> {
    // A minor first, whose guardian may be the other one.
    let sides = match second.legal_guardian {
        Some(_) => [kin, account],
        None => [account, kin],
    };
    for side in sides {
        if context.signers.has(Signer::Account(side)) {
            return context.require_guardian_beside(side);
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
    context.require_consent(payer)?;
    let mut link = live_link(context, payer, kin)?;
    let mut record = context.person(payer)?;
    let (month, delegate) = (context.block.month(), Delegate::Kin(kin));
    let minutes_per_month = operation.minutes_per_month;
    if minutes_per_month.is_zero() {
        let ended = link.allowance.take();
        let used = ended
            .ok_or(Rejection::AllowanceMissing { payer, kin })?
            .used;
        record.end_use(delegate, used, month);
    } else {
        context.require_not_past(operation.last_day)?;
        context.live_person(kin)?;
        // A new limit does not wipe out what was used this month, of this allowance or of one that ended.
        let used = match link.allowance {
            Some(before) => before.used,
            None => resume_use(&mut record, payer, delegate, month)?,
        };
        link.allowance = Some(Allowance {
            minutes_per_month,
            last_day: operation.last_day,
            used,
        });
    }
    context.store(&StateKey::Kin(payer, kin), &link);
    let entry = Entry::AllowanceSet {
        kin,
        minutes_per_month,
    };
    context.post(payer, &mut record, entry)?;
    context.store_account(payer, &record);
    Ok(())
}

/// What `delegate` used this month of a limit of `account` that ended: a new one goes on with it.
///
/// # Errors
/// When so many limits were used and ended this month that a new one must wait for the next.
pub(crate) fn resume_use(
    record: &mut AccountRecord,
    account: AccountId,
    delegate: Delegate,
    month: Month,
) -> Result<MonthlyUse, Rejection> {
    let used = record.resume_use(delegate, month);
    if record.ended_uses.len() >= ENDED_USES_MAX {
        return Err(Rejection::EndedUsesTooMany {
            account,
            limit: ENDED_USES_MAX,
        });
    }
    Ok(used)
}
