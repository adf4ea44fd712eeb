//! How orders end: payment, the tombstone, and what the chain forgets; and the escalation of those nobody verifies.
//!
//! What always holds: an order that ended has left the counts of its recipient and its provider, its tombstone says what
//! a reversal needs to know, and the work that forgets it is queued. Everything here finds what it needs and cannot be
//! refused.

use super::claim::{Service, free};
use super::clearing::Counting;
use super::context::Context;
use super::funds;
use super::order::{open, status_rejection, store, unqueue_lapse};
use super::provider::stops_serving;
use super::rejection::{Refusal, Rejection};
use super::value::Income;
use crate::amount::Minutes;
use crate::id::{OrderId, OrganisationId};
use crate::receipt::Entry;
use crate::record::order::{
    Approval, EndedOrder, Funds, OpenOrder, OrderRecord, OrderStage, OrderStatus, PaidOrder,
    Provider, TOMBSTONE_MS,
};
use crate::state::{DueWork, StateKey};
use crate::time::TimestampMs;

/// Pays a verified order whose dispute window has ended, as work of the chain.
pub(crate) fn settle(context: &mut Context<'_, '_>, id: OrderId) -> Result<(), Refusal> {
    let order = open(context, id, OrderStatus::Verified)?;
    let OrderStage::Verified { approval, .. } = order.stage else {
        return Err(status_rejection(id, &order, OrderStatus::Verified).into());
    };
    pay(context, id, &order, &approval)
}

/// Pays what is set aside for `order`, all of it, for the approved minutes, and ends it.
pub(crate) fn pay(
    context: &mut Context<'_, '_>,
    id: OrderId,
    order: &OpenOrder,
    approval: &Approval,
) -> Result<(), Refusal> {
    let (claim, served) = (approval.claim, approval.minutes);
    let payer_district = payer_district(context, order)?;
    let mut paid = Minutes::ZERO;
    if !served.is_zero() {
        paid = funds::pay(context, id, order, served)?;
        let income = Income::Service { order: id, served };
        context.credit(claim.provider.account, paid, income)?;
        count_service_of_member(context, id, claim.provider, served)?;
        context.count_flow(payer_district, order.district, paid, Counting::Forward)?;
    }
    let paid = PaidOrder {
        start_ms: claim.start_ms,
        end_ms: claim.end_ms,
        minutes: paid,
        payer_district,
        poster_person: order.poster_person,
        verifiers: approval.verifiers,
        ratings: order.ratings,
    };
    let settled = Ending {
        status: OrderStatus::Settled,
        minutes: served,
        paid: Some(paid),
    };
    end(context, id, order, settled)
}

/// The home district of whoever pays, for clearing; a budget line pays for people at home with the recipient.
fn payer_district(context: &Context<'_, '_>, order: &OpenOrder) -> Result<OrganisationId, Refusal> {
    let payer = match order.funds() {
        Funds::Account(payer) => payer,
        Funds::Budget(_) => order.recipient,
    };
    Ok(context.account(payer)?.home_district)
}

/// Counts what a member served for its group, whose account alone is paid.
fn count_service_of_member(
    context: &mut Context<'_, '_>,
    order: OrderId,
    provider: Provider,
    served: Minutes,
) -> Result<(), Refusal> {
    let Provider { account, server } = provider;
    if account == server {
        return Ok(());
    }
    let mut member = context.account(server)?;
    member.service_given = member.service_given.saturating_plus(served);
    let entry = Entry::ServedForGroup {
        group: account,
        order,
        served,
    };
    context.post(server, &mut member, entry)?;
    context.store_account(server, &member);
    Ok(())
}

/// How an order ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ending {
    status: OrderStatus,
    minutes: Minutes,
    paid: Option<PaidOrder>,
}

impl Ending {
    /// Without payment.
    pub(crate) const fn unpaid(status: OrderStatus) -> Ending {
        Ending {
            status,
            minutes: Minutes::ZERO,
            paid: None,
        }
    }
}

/// Leaves a tombstone of an order that ends now, which counts no longer; the chain forgets it in time.
pub(crate) fn end(
    context: &mut Context<'_, '_>,
    id: OrderId,
    order: &OpenOrder,
    ending: Ending,
) -> Result<(), Refusal> {
    if matches!(
        order.stage,
        OrderStage::Posted | OrderStage::Accepted { .. }
    ) {
        unqueue_lapse(context, id, order);
    }
    let mut recipient = context.account(order.recipient)?;
    recipient.open_orders = recipient.open_orders.saturating_sub(1);
    context.store_account(order.recipient, &recipient);
    let provider = order.stage.provider();
    if let Some(provider) = provider {
        stops_serving(context, provider)?;
    }
    let ended = EndedOrder {
        status: ending.status,
        ended_ms: context.block.time_ms,
        recipient: order.recipient,
        provider,
        payer: order.payer,
        service: order.service,
        district: order.district,
        minutes: ending.minutes,
        paid: ending.paid,
    };
    context.store(&StateKey::Order(id), &OrderRecord::Ended(ended));
    context.queue(forgotten_ms(&ended), DueWork::ForgetOrder(id));
    Ok(())
}

/// Marks an order that nobody verified in time, as work of the chain: its district looks after it from now on.
pub(crate) fn escalate(context: &mut Context<'_, '_>, id: OrderId) -> Result<(), Refusal> {
    let mut order = open(context, id, OrderStatus::Completed)?;
    let OrderStage::Completed { escalated, .. } = &mut order.stage else {
        return Err(status_rejection(id, &order, OrderStatus::Completed).into());
    };
    *escalated = true;
    store(context, id, order);
    Ok(())
}

/// Forgets an order that ended, and what was claimed under it, as work of the chain: no back-dated service can meet the
/// interval any more, nor fall in the month.
pub(crate) fn forget(context: &mut Context<'_, '_>, id: OrderId) -> Result<(), Refusal> {
    let ended = match context.load(&StateKey::Order(id))? {
        None => return Err(Rejection::OrderUnknown { order: id }.into()),
        Some(OrderRecord::Open(order)) => {
            return Err(status_rejection(id, &order, OrderStatus::Settled).into());
        }
        Some(OrderRecord::Ended(ended)) => ended,
    };
    // A claim that was rejected, decided to be nothing, or reversed is free already.
    if let (OrderStatus::Settled, Some(provider), Some(paid)) =
        (ended.status, ended.provider, ended.paid)
        && !ended.minutes.is_zero()
    {
        let service = Service {
            server: provider.server,
            start_ms: paid.start_ms,
            end_ms: paid.end_ms,
        };
        free(context, id, ended.recipient, service, ended.minutes)?;
    }
    context.state.delete(&StateKey::Order(id));
    Ok(())
}

/// An order that has ended and is not forgotten.
///
/// # Errors
/// When there is none, or it has not ended: then it must come to `needed`.
pub(crate) fn ended(
    context: &Context<'_, '_>,
    id: OrderId,
    needed: OrderStatus,
) -> Result<EndedOrder, Refusal> {
    match find(context, id)? {
        OrderRecord::Ended(ended) => Ok(ended),
        OrderRecord::Open(order) => Err(status_rejection(id, &order, needed).into()),
    }
}

/// The order `id`.
///
/// # Errors
/// When there is none, or its time as a tombstone is over, whether or not the chain has forgotten it already.
pub(crate) fn find(context: &Context<'_, '_>, id: OrderId) -> Result<OrderRecord, Refusal> {
    match context.load(&StateKey::Order(id))? {
        Some(OrderRecord::Ended(ended)) if context.block.time_ms >= forgotten_ms(&ended) => {
            Err(Rejection::OrderUnknown { order: id }.into())
        }
        Some(record) => Ok(record),
        None => Err(Rejection::OrderUnknown { order: id }.into()),
    }
}

/// When an order that ended is forgotten.
const fn forgotten_ms(ended: &EndedOrder) -> TimestampMs {
    ended.ended_ms.plus_ms(TOMBSTONE_MS)
}
