//! What is set aside for an order, from posting to its end: minutes held in an account, or reserved on a budget line.
//!
//! Whatever an order may pay is set aside when it is posted, and what it will not pay is given back as soon as that is
//! known; so [`pay`] and [`release`] find what they need and cannot be refused.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use super::{budget, kin};
use crate::amount::Minutes;
use crate::id::{AccountId, BudgetId, OrderId};
use crate::planted::{self, Planted};
use crate::record::budget::{BudgetPurpose, BudgetRecord};
use crate::record::lot::Lots;
use crate::record::order::{Funds, OpenOrder, Payer};
use crate::state::{StateError, StateKey};
use crate::transaction::Signer;

/// Sets aside what a new order will pay at most: holds the payer's minutes, or reserves what the budget line will mint;
/// the lots held.
pub(crate) fn reserve(context: &mut Context<'_, '_>, order: &OpenOrder) -> Result<Lots, Refusal> {
    let id = OrderId::derive(context.transaction_id());
    match order.payer {
        Payer::Recipient => context.hold(order.recipient, id, order.minutes),
        Payer::Kin(payer) => {
            check_kin_pays(context, payer, order)?;
            context.hold(payer, id, order.minutes)
        }
        Payer::Budget(line) => {
            reserve_on_line(context, line, order)?;
            Ok(Lots::new())
        }
    }
}

/// Takes what is set aside for an order that is verified, `approved` of its minutes; the minutes to be credited at once.
pub(crate) fn pay(
    context: &mut Context<'_, '_>,
    id: OrderId,
    order: &OpenOrder,
    approved: Minutes,
) -> Result<Minutes, Refusal> {
    match order.funds() {
        Funds::Account(payer) => {
            context.pay_held(payer, id, approved)?;
            Ok(approved)
        }
        Funds::Budget(line) => {
            let minted = order.reserved()?;
            let mut record = budget_line(context, line)?;
            record.reserved = record.reserved.minus(minted)?;
            let again = if planted::is(Planted::SettledTwice) {
                minted
            } else {
                Minutes::ZERO
            };
            let minted = minted.plus(again)?;
            record.used = record.used.plus(minted)?;
            context.store(&StateKey::Budget(line), &record);
            let mut supply = context.supply()?;
            supply.issued_service = supply.issued_service.plus(minted)?;
            context.store(&StateKey::Supply, &supply);
            Ok(minted)
        }
    }
}

/// Gives back everything set aside for an order that will not be paid.
pub(crate) fn release(
    context: &mut Context<'_, '_>,
    id: OrderId,
    order: &OpenOrder,
) -> Result<(), Refusal> {
    match order.funds() {
        Funds::Account(payer) => context.release(payer, id, &order.held),
        Funds::Budget(line) => unreserve(context, line, order.reserved()?),
    }
}

/// Gives back what was set aside beyond `approved`; the caller makes the order verified, with `approved` in its stage.
pub(crate) fn release_excess(
    context: &mut Context<'_, '_>,
    id: OrderId,
    order: &mut OpenOrder,
    approved: Minutes,
) -> Result<(), Refusal> {
    match order.funds() {
        Funds::Account(payer) => {
            // What is spent first stays to be paid; the rest, which lasts longest, goes back.
            let paid = order
                .held
                .take(approved)
                .map_err(|_| Rejection::NumberOverflow)?;
            let excess = std::mem::replace(&mut order.held, paid);
            context.release(payer, id, &excess)
        }
        Funds::Budget(line) => {
            let kept = approved.percent(order.terms.multiplier_percent)?;
            unreserve(context, line, order.reserved()?.minus(kept)?)
        }
    }
}

/// Checks that `payer` is kin and has agreed: by signature, or by an allowance, which is used up then.
fn check_kin_pays(
    context: &mut Context<'_, '_>,
    payer: AccountId,
    order: &OpenOrder,
) -> Result<(), Refusal> {
    kin::live_link(context, payer, order.recipient)?;
    if planted::is(Planted::KinPayerUnsigned) {
        context.signers.has(Signer::Account(payer));
        return Ok(());
    }
    if context.signers.has(Signer::Account(payer)) {
        return context.require_guardian_beside(payer);
    }
    kin::use_allowance(context, payer, order.recipient, order.minutes)
}

fn reserve_on_line(
    context: &mut Context<'_, '_>,
    line: BudgetId,
    order: &OpenOrder,
) -> Result<(), Refusal> {
    let reserved = order.reserved()?;
    let mut record = budget::usable(context, line, BudgetPurpose::Service, reserved)?;
    let scope = record.scope;
    let home = context.person(order.recipient)?.home;
    if !context.covers(scope, home)? && !context.covers(scope, order.district)? {
        return Err(Rejection::BudgetOutsideScope {
            budget: line,
            scope,
        }
        .into());
    }
    record.reserved = record.reserved.plus(reserved)?;
    context.store(&StateKey::Budget(line), &record);
    Ok(())
}

/// Gives `minutes` that a budget line had reserved back to it.
fn unreserve(
    context: &mut Context<'_, '_>,
    line: BudgetId,
    minutes: Minutes,
) -> Result<(), Refusal> {
    let mut record = budget_line(context, line)?;
    record.reserved = record.reserved.minus(minutes)?;
    context.store(&StateKey::Budget(line), &record);
    Ok(())
}

/// A line that an open order draws on. Lines are never deleted, so that a missing one is damage.
fn budget_line(context: &Context<'_, '_>, line: BudgetId) -> Result<BudgetRecord, StateError> {
    context
        .load(&StateKey::Budget(line))?
        .ok_or_else(|| StateError {
            reason: format!("budget line {line} of an open order is missing"),
        })
}
