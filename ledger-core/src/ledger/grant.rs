//! What offices give: grants from budget lines and pools to people of a programme, and the settling of what merchants are
//! owed.
//!
//! A list of grantees is taken as a whole or refused as a whole, before anything moves.

use super::budget;
use super::context::Context;
use super::exchange::require_merchant;
use super::rejection::{Refusal, Rejection};
use super::standing::require_open;
use super::value::Income;
use crate::amount::Minutes;
use crate::id::OrganisationId;
use crate::receipt::Entry;
use crate::record::account::AccountKind;
use crate::record::budget::{BudgetPurpose, PoolKind};
use crate::record::organisation::Role;
use crate::state::StateKey;
use crate::transaction::Signer;
use crate::transaction::attendance::PARTICIPANTS_MAX;
use crate::transaction::value::{self as operation, Grantees};

/// Mints minutes for people of a programme.
pub(crate) fn grant(
    context: &mut Context<'_, '_>,
    operation: &operation::Grant,
) -> Result<(), Refusal> {
    let (budget, grantees) = (operation.budget, &operation.grantees);
    let total = check_grantees(context, grantees)?;
    let mut line = budget::usable(context, budget, BudgetPurpose::Grant, total)?;
    check_belong(context, grantees, line.scope)?;
    context.require_two_staff(Role::Treasurer, line.scope)?;
    line.used = line.used.plus(total)?;
    context.store(&StateKey::Budget(budget), &line);
    let mut supply = context.supply()?;
    supply.issued_grant = supply.issued_grant.plus(total)?;
    context.store(&StateKey::Supply, &supply);
    let income = Income::Grant {
        budget,
        expiry: grantees.expiry,
    };
    for account in &grantees.accounts {
        let district = context.account(*account)?.home_district;
        context.credit(*account, grantees.minutes, income)?;
        context.count_granted(district, grantees.minutes)?;
    }
    Ok(())
}

/// Gives minutes of a pool to people of a programme.
pub(crate) fn spend_pool(
    context: &mut Context<'_, '_>,
    operation: &operation::SpendPool,
) -> Result<(), Refusal> {
    let (pool, grantees) = (operation.pool, &operation.grantees);
    if pool.kind == PoolKind::Reserve {
        return Err(Rejection::PoolReserve { pool }.into());
    }
    context.organisation(pool.organisation)?;
    let requested = check_grantees(context, grantees)?;
    let available = context.pool(pool)?.minutes;
    if requested > available {
        return Err(Rejection::PoolInsufficient {
            pool,
            available,
            requested,
        }
        .into());
    }
    check_belong(context, grantees, pool.organisation)?;
    context.require_two_staff(Role::Treasurer, pool.organisation)?;
    let entry = Entry::PoolSpent { minutes: requested };
    context.drain_pool(pool, requested, entry)?;
    let income = Income::PoolGrant {
        pool,
        expiry: grantees.expiry,
    };
    for account in &grantees.accounts {
        context.credit(*account, grantees.minutes, income)?;
    }
    Ok(())
}

/// Records that a merchant was paid for minutes it is owed.
pub(crate) fn settle_merchant(
    context: &mut Context<'_, '_>,
    operation: &operation::SettleMerchant,
) -> Result<(), Refusal> {
    let (merchant, minutes) = (operation.merchant, operation.minutes);
    if minutes.is_zero() {
        return Err(Rejection::MinutesZero.into());
    }
    let mut record = context.account(merchant)?;
    let owed = require_merchant(merchant, &record)?;
    require_open(merchant, &record)?;
    if minutes > owed {
        return Err(Rejection::OwedExceeded {
            merchant,
            owed,
            requested: minutes,
        }
        .into());
    }
    context.signers.require(Signer::Account(merchant))?;
    context.require_two_staff(Role::Treasurer, record.home)?;
    let owed = owed.minus(minutes)?;
    record.kind = AccountKind::Merchant { owed };
    context.post(merchant, &mut record, Entry::OwedSettled { minutes })?;
    context.store_account(merchant, &record);
    Ok(())
}

/// Checks the form of a list of grantees; the minutes of all of them together.
fn check_grantees(context: &Context<'_, '_>, grantees: &Grantees) -> Result<Minutes, Refusal> {
    if grantees.minutes.is_zero() {
        return Err(Rejection::MinutesZero.into());
    }
    let (count, limit) = (grantees.accounts.len(), PARTICIPANTS_MAX);
    if count == 0 || count > limit {
        return Err(Rejection::GranteesCount { count, limit }.into());
    }
    for pair in grantees.accounts.windows(2) {
        if pair[0] >= pair[1] {
            return Err(Rejection::GranteesOrder { account: pair[1] }.into());
        }
    }
    if let Some(last_day) = grantees.expiry {
        context.require_not_past(last_day)?;
    }
    Ok(Minutes::sum(
        grantees.accounts.iter().map(|_| grantees.minutes),
    )?)
}

/// Checks that each grantee is a person of the programme, with an account that is not closed, at home within `scope`.
fn check_belong(
    context: &Context<'_, '_>,
    grantees: &Grantees,
    scope: OrganisationId,
) -> Result<(), Refusal> {
    let programme = grantees.programme;
    for account in grantees.accounts.iter().copied() {
        let record = context.live_person(account)?;
        if !record.programmes.contains(&programme) {
            return Err(Rejection::ProgrammeMissing { account, programme }.into());
        }
        if !context.covers(scope, record.home)? {
            return Err(Rejection::GranteeOutsideScope { account, scope }.into());
        }
    }
    Ok(())
}
