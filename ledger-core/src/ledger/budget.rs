//! Budget lines, which bound what may be minted, and the filling of pools.
//!
//! A line never mints more than its minutes: what is reserved and what is used together never exceed them.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::amount::Minutes;
use crate::id::BudgetId;
use crate::planted::{self, Planted};
use crate::receipt::Entry;
use crate::record::budget::{BudgetPurpose, BudgetRecord, LINE_MINUTES_MAX};
use crate::record::organisation::Role;
use crate::record::supply::BUDGETED_MAX;
use crate::state::StateKey;
use crate::transaction::government as operation;

/// The budget line `budget`, which is for `purpose`, within its last day, and has `minutes` left.
pub(crate) fn usable(
    context: &Context<'_, '_>,
    budget: BudgetId,
    purpose: BudgetPurpose,
    minutes: Minutes,
) -> Result<BudgetRecord, Refusal> {
    let line: BudgetRecord = context
        .load(&StateKey::Budget(budget))?
        .ok_or(Rejection::BudgetUnknown { budget })?;
    if line.purpose != purpose {
        let purpose = line.purpose;
        return Err(Rejection::BudgetPurposeOther { budget, purpose }.into());
    }
    let (last_day, today) = (line.last_day, context.block.today());
    if today > last_day {
        return Err(Rejection::BudgetExpired {
            budget,
            last_day,
            today,
        }
        .into());
    }
    let available = line.available()?;
    if minutes > available && !planted::is(Planted::BudgetOverdrawn) {
        return Err(Rejection::BudgetExceeded {
            budget,
            available,
            requested: minutes,
        }
        .into());
    }
    Ok(line)
}

/// Opens a budget line.
pub(crate) fn open(
    context: &mut Context<'_, '_>,
    operation: &operation::OpenBudget,
) -> Result<(), Refusal> {
    if operation.minutes.is_zero() {
        return Err(Rejection::MinutesZero.into());
    }
    if operation.minutes > LINE_MINUTES_MAX {
        return Err(Rejection::BudgetLineTooLarge {
            requested: operation.minutes,
            limit: LINE_MINUTES_MAX,
        }
        .into());
    }
    context.require_not_past(operation.last_day)?;
    context.organisation(operation.scope)?;
    context.require_two_staff(Role::Treasurer, operation.scope)?;
    let mut supply = context.supply()?;
    let available = BUDGETED_MAX.saturating_minus(supply.budgeted);
    if operation.minutes > available {
        let requested = operation.minutes;
        return Err(Rejection::BudgetsTooLarge {
            requested,
            available,
        }
        .into());
    }
    supply.budgeted = supply.budgeted.plus(operation.minutes)?;
    context.store(&StateKey::Supply, &supply);
    let budget = BudgetId::derive(context.transaction_id());
    let line = BudgetRecord {
        scope: operation.scope,
        purpose: operation.purpose,
        minutes: operation.minutes,
        reserved: Minutes::ZERO,
        used: Minutes::ZERO,
        last_day: operation.last_day,
    };
    context.store(&StateKey::Budget(budget), &line);
    Ok(())
}

/// Mints from a budget line into a pool.
pub(crate) fn fund_pool(
    context: &mut Context<'_, '_>,
    operation: &operation::FundPool,
) -> Result<(), Refusal> {
    let (budget, pool, minutes) = (operation.budget, operation.pool, operation.minutes);
    if minutes.is_zero() {
        return Err(Rejection::MinutesZero.into());
    }
    let mut line = usable(context, budget, BudgetPurpose::Fund, minutes)?;
    let scope = line.scope;
    if !context.covers(scope, pool.organisation)? {
        return Err(Rejection::PoolOutsideScope { pool, scope }.into());
    }
    context.require_two_staff(Role::Treasurer, scope)?;
    line.used = line.used.plus(minutes)?;
    context.store(&StateKey::Budget(budget), &line);
    let mut supply = context.supply()?;
    supply.issued_fund = supply.issued_fund.plus(minutes)?;
    context.store(&StateKey::Supply, &supply);
    context.fill_pool(pool, minutes, Entry::PoolFunded { budget, minutes })
}
