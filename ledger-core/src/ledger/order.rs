//! The life of an order up to check-in, and two of its ends: posting, accepting, starting, cancelling and lapse.
//!
//! | from | by | to |
//! |---|---|---|
//! | – | [`post`] | Posted |
//! | – | [`super::service::record`] | Completed |
//! | Posted | [`accept`] | Accepted |
//! | Accepted | [`start`] | Started |
//! | Accepted, Started | [`super::service::complete`] | Completed |
//! | Completed | [`super::verify::verify`] | Verified, Rejected |
//! | Verified | [`super::settlement::settle`], when the dispute window ends | Settled |
//! | Verified | [`super::dispute::open`] | Disputed |
//! | Disputed | [`super::dispute::resolve`] | Resolved |
//! | Resolved | [`super::dispute::appeal`], once | Disputed |
//! | Resolved | [`super::dispute::settle_decision`], when the appeal window ends | Settled |
//! | Settled | [`super::reversal::reverse`] | Reversed |
//! | Posted, Accepted | [`lapse`], when the lapse time ends | Lapsed |
//! | Posted, Accepted, Started | [`cancel`] | Cancelled, or Posted again |
//! | Accepted | [`super::conduct::report_no_show`] | NoShow |
//!
//! What always holds: an open order's payer holds, or its budget line has reserved, what it will pay; a lapse is queued
//! exactly while an order is posted or accepted, an escalation while it is completed and not escalated, a payment while it
//! is verified or resolved, its forgetting once it has ended; `open_orders` of the recipient counts its orders that have
//! not ended. So the chain's own work finds everything it needs and cannot be refused.

use super::context::{Context, StaffSigner};
use super::funds;
use super::posting::{check_window, draft};
use super::provider::{
    check_provider, provider_of, require_commitment, starts_serving, stops_serving,
};
use super::proxy::{Acting, ActsIn, acting_for};
use super::rejection::{Refusal, Rejection};
use super::settlement::{Ending, end, find};
use crate::id::{AccountId, OrderId};
use crate::record::order::{
    ClerkPart, ClerkSignature, OpenOrder, OrderRecord, OrderStage, OrderStatus,
};
use crate::record::organisation::{Level, Role};
use crate::record::proxy::ProxyHolder;
use crate::state::{DueWork, StateKey};
use crate::transaction::Signer;
use crate::transaction::service as operation;

/// Staff who deal with people: they check in at a service point, and cancel.
const FRONT_OFFICE: [Role; 3] = [Role::Registrar, Role::Clerk, Role::SocialWorker];

/// Posts an order.
pub(crate) fn post(
    context: &mut Context<'_, '_>,
    operation: &operation::PostOrder,
) -> Result<(), Refusal> {
    let terms = &operation.terms;
    check_window(context, terms)?;
    let order = draft(context, terms, &[])?;
    let id = OrderId::derive(context.transaction_id());
    context.queue(order.lapses_ms(), DueWork::Lapse(id));
    store(context, id, order);
    Ok(())
}

/// Accepts a posted order.
pub(crate) fn accept(
    context: &mut Context<'_, '_>,
    operation: &operation::AcceptOrder,
) -> Result<(), Refusal> {
    let (id, provider) = (operation.order, operation.provider);
    let mut order = open(context, id, OrderStatus::Posted)?;
    let OrderStage::Posted = order.stage else {
        return Err(status_rejection(id, &order, OrderStatus::Posted).into());
    };
    check_not_lapsed(context, id, &order)?;
    let provider = provider_of(context, provider, operation.member)?;
    check_provider(provider, order.recipient, order.poster_person)?;
    require_commitment(context, provider)?;
    starts_serving(context, provider)?;
    order.stage = OrderStage::Accepted { provider };
    store(context, id, order);
    Ok(())
}

/// Checks in.
pub(crate) fn start(
    context: &mut Context<'_, '_>,
    operation: &operation::StartOrder,
) -> Result<(), Refusal> {
    let id = operation.order;
    let mut order = open(context, id, OrderStatus::Accepted)?;
    let OrderStage::Accepted { provider } = order.stage else {
        return Err(status_rejection(id, &order, OrderStatus::Accepted).into());
    };
    check_not_lapsed(context, id, &order)?;
    check_window_begun(context, &order)?;
    context.signers.require(Signer::Account(provider.server))?;
    match acting_for(context, order.recipient, ActsIn::Orders, &[provider.server]) {
        Ok(acting) => note_proxy(&mut order, &acting),
        Err(Refusal::Rejected(rejection)) => {
            let staff = check_in_staff(context, &order, provider.server)?.ok_or(rejection)?;
            order.clerks.push(ClerkSignature {
                clerk: staff.id,
                person: staff.person,
                part: ClerkPart::CheckIn,
            });
        }
        Err(refusal @ Refusal::State(_)) => return Err(refusal),
    }
    unqueue_lapse(context, id, &order);
    order.stage = OrderStage::Started {
        provider,
        started_ms: context.block.time_ms,
    };
    store(context, id, order);
    Ok(())
}

/// Withdraws from an order.
pub(crate) fn cancel(
    context: &mut Context<'_, '_>,
    operation: &operation::CancelOrder,
) -> Result<(), Refusal> {
    let id = operation.order;
    let mut order = open(context, id, OrderStatus::Accepted)?;
    match order.stage {
        OrderStage::Posted => check_not_lapsed(context, id, &order)?,
        OrderStage::Accepted { provider } => {
            check_not_lapsed(context, id, &order)?;
            if context.signers.has(Signer::Account(provider.server)) {
                stops_serving(context, provider)?;
                order.stage = OrderStage::Posted;
                store(context, id, order);
                return Ok(());
            }
        }
        // Without this the minutes of a service that was begun and never reported would be held for ever.
        OrderStage::Started { .. } if !can_be_completed(context, &order) => {}
        _ => return Err(status_rejection(id, &order, OrderStatus::Accepted).into()),
    }
    match acting_for(context, order.recipient, ActsIn::Orders, &[]) {
        Ok(_) => {}
        Err(Refusal::Rejected(rejection)) => require_front_office(context, &order, rejection)?,
        Err(refusal @ Refusal::State(_)) => return Err(refusal),
    }
    funds::release(context, id, &order)?;
    end(context, id, &order, Ending::unpaid(OrderStatus::Cancelled))
}

/// Lets an order lapse that nobody has started.
pub(crate) fn lapse(context: &mut Context<'_, '_>, id: OrderId) -> Result<(), Refusal> {
    let order = open(context, id, OrderStatus::Accepted)?;
    match order.stage {
        OrderStage::Posted | OrderStage::Accepted { .. } => {}
        _ => return Err(status_rejection(id, &order, OrderStatus::Accepted).into()),
    }
    funds::release(context, id, &order)?;
    end(context, id, &order, Ending::unpaid(OrderStatus::Lapsed))
}

/// The open order `id`.
///
/// # Errors
/// When there is none, or it has ended; `needed` is where it should stand.
pub(crate) fn open(
    context: &Context<'_, '_>,
    id: OrderId,
    needed: OrderStatus,
) -> Result<OpenOrder, Refusal> {
    match find(context, id)? {
        OrderRecord::Open(order) => Ok(*order),
        OrderRecord::Ended(ended) => Err(Rejection::OrderStatusPast {
            order: id,
            status: ended.status,
            needed,
        }
        .into()),
    }
}

/// Writes an open order.
pub(crate) fn store(context: &mut Context<'_, '_>, id: OrderId, order: OpenOrder) {
    context.store(&StateKey::Order(id), &OrderRecord::Open(Box::new(order)));
}

/// That the order does not stand where it must: not yet, or no longer.
pub(crate) fn status_rejection(id: OrderId, order: &OpenOrder, needed: OrderStatus) -> Rejection {
    let status = order.stage.status();
    if status < needed {
        Rejection::OrderNotReady {
            order: id,
            status,
            needed,
        }
    } else {
        Rejection::OrderStatusPast {
            order: id,
            status,
            needed,
        }
    }
}

/// Checks that the order's time has not run out, whether or not the chain has let it lapse already.
pub(crate) fn check_not_lapsed(
    context: &Context<'_, '_>,
    id: OrderId,
    order: &OpenOrder,
) -> Result<(), Rejection> {
    let lapsed_ms = order.lapses_ms();
    if context.block.time_ms >= lapsed_ms {
        return Err(Rejection::OrderLapsed {
            order: id,
            lapsed_ms,
        });
    }
    Ok(())
}

/// Records a clerk who signed as the recipient's proxy.
pub(crate) fn note_proxy(order: &mut OpenOrder, acting: &Acting) {
    if let Some(ProxyHolder::Clerk(clerk)) = acting.proxy {
        order.clerks.push(ClerkSignature {
            clerk,
            person: acting.person,
            part: ClerkPart::Proxy,
        });
    }
}

/// Every staff signer not put to use yet who has one of `roles` and serves the recipient's home or the order's district.
/// The caller puts to use whom it needs.
pub(crate) fn staff_serving(
    context: &Context<'_, '_>,
    roles: &[Role],
    order: &OpenOrder,
) -> Result<Vec<StaffSigner>, Refusal> {
    let home = context.person(order.recipient)?.home;
    let mut found = Vec::new();
    for signer in context.signers.unused() {
        let Signer::Staff(id) = signer else { continue };
        let record = context.staff(id)?;
        let entitled = roles.iter().any(|role| record.has(*role));
        if entitled
            && (context.serves(id.organisation, home)?
                || context.serves(id.organisation, order.district)?)
        {
            let person = record.person;
            found.push(StaffSigner { id, person });
        }
    }
    Ok(found)
}

/// Requires the signature of one of the staff who deal with people, where no party has signed: `otherwise` is what is
/// wrong then.
pub(crate) fn require_front_office(
    context: &mut Context<'_, '_>,
    order: &OpenOrder,
    otherwise: Rejection,
) -> Result<(), Refusal> {
    let staff = staff_serving(context, &FRONT_OFFICE, order)?;
    let first = staff.first().ok_or(otherwise)?;
    context.signers.require(Signer::Staff(first.id))?;
    Ok(())
}

/// Takes the lapse of an order that moves on from the queue.
pub(crate) fn unqueue_lapse(context: &mut Context<'_, '_>, id: OrderId, order: &OpenOrder) {
    context.unqueue(order.lapses_ms(), DueWork::Lapse(id));
}

/// Checks that the order's window has begun.
pub(crate) fn check_window_begun(
    context: &Context<'_, '_>,
    order: &OpenOrder,
) -> Result<(), Rejection> {
    let (now_ms, window_start_ms) = (context.block.time_ms, order.window_start_ms);
    if now_ms < window_start_ms {
        return Err(Rejection::WindowNotBegun {
            window_start_ms,
            now_ms,
        });
    }
    Ok(())
}

/// A member of staff of a service point in the order's district who has signed and is not the provider. Puts the
/// signature to use.
fn check_in_staff(
    context: &mut Context<'_, '_>,
    order: &OpenOrder,
    provider: AccountId,
) -> Result<Option<StaffSigner>, Refusal> {
    for staff in staff_serving(context, &FRONT_OFFICE, order)? {
        let organisation = staff.id.organisation;
        let is_point = context.organisation(organisation)?.level == Level::ServicePoint;
        if !is_point || !context.covers(order.district, organisation)? {
            continue;
        }
        if staff.person == provider {
            return Err(Rejection::SamePerson { person: provider }.into());
        }
        context.signers.require(Signer::Staff(staff.id))?;
        return Ok(Some(staff));
    }
    Ok(None)
}

/// Whether a service that began within the order's window could still be reported today.
fn can_be_completed(context: &Context<'_, '_>, order: &OpenOrder) -> bool {
    let last_start_ms = order.window_end_ms.minus_ms(1);
    let last_day = context.block.chain.calendar.day(last_start_ms);
    last_day.plus_days(order.terms.backdating_days) >= context.block.today()
}
