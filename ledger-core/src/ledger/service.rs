//! Service done and reported: completing an order, and recording a service from paper.

use super::claim::{Service, claim};
use super::context::Context;
use super::order::{check_not_lapsed, note_proxy, open, status_rejection, store, unqueue_lapse};
use super::posting::draft;
use super::provider::{check_provider, provider_of, require_commitment, starts_serving};
use super::proxy::{ActsIn, acting_for};
use super::rejection::{Refusal, Rejection};
use crate::id::OrderId;
use crate::record::order::{Claim, ESCALATION_MS, OpenOrder, OrderStage, OrderStatus};
use crate::state::DueWork;
use crate::time::TimestampMs;
use crate::transaction::Signer;
use crate::transaction::service as operation;

/// Reports an order's service done.
pub(crate) fn complete(
    context: &mut Context<'_, '_>,
    operation: &operation::CompleteOrder,
) -> Result<(), Refusal> {
    let id = operation.order;
    let mut order = open(context, id, OrderStatus::Accepted)?;
    let provider = match order.stage {
        OrderStage::Accepted { provider } => {
            check_not_lapsed(context, id, &order)?;
            unqueue_lapse(context, id, &order);
            provider
        }
        OrderStage::Started { provider, .. } => provider,
        _ => return Err(status_rejection(id, &order, OrderStatus::Accepted).into()),
    };
    context.signers.require(Signer::Account(provider.server))?;
    let acting = acting_for(context, order.recipient, ActsIn::Orders, &[provider.server])?;
    note_proxy(&mut order, &acting);
    let interval = (operation.start_ms, operation.end_ms);
    let claimed = claim(context, id, &order, provider, interval, operation.evidence)?;
    check_within_window(&order, operation.start_ms)?;
    order.stage = completed(context, id, claimed);
    store(context, id, order);
    Ok(())
}

/// Records a service from paper: an order that is posted, accepted and completed in one. Its window is the service.
pub(crate) fn record(
    context: &mut Context<'_, '_>,
    operation: &operation::RecordService,
) -> Result<(), Refusal> {
    let provider = provider_of(context, operation.provider, operation.member)?;
    let terms = operation::OrderTerms {
        recipient: operation.recipient,
        service: operation.service,
        district: operation.district,
        window_start_ms: operation.start_ms,
        window_end_ms: operation.end_ms,
        minutes: operation.minutes,
        payer: operation.payer,
    };
    require_commitment(context, provider)?;
    let mut order = draft(context, &terms, &[provider.server])?;
    check_provider(provider, order.recipient, order.poster_person)?;
    let interval = (operation.start_ms, operation.end_ms);
    let id = OrderId::derive(context.transaction_id());
    let claimed = claim(context, id, &order, provider, interval, operation.evidence)?;
    let served = Service::of(&claimed).minutes(order.terms.quantum);
    if operation.minutes > served {
        return Err(Rejection::ClaimExceedsService {
            claimed: operation.minutes,
            served,
        }
        .into());
    }
    starts_serving(context, provider)?;
    order.stage = completed(context, id, claimed);
    store(context, id, order);
    Ok(())
}

/// The stage of an order whose service is reported now; queues its escalation.
fn completed(context: &mut Context<'_, '_>, id: OrderId, claim: Claim) -> OrderStage {
    let escalates_ms = context.block.time_ms.plus_ms(ESCALATION_MS);
    context.queue(escalates_ms, DueWork::Escalate(id));
    OrderStage::Completed {
        claim,
        escalates_ms,
        escalated: false,
    }
}

/// Checks that the service began within the order's window; it may end later.
fn check_within_window(order: &OpenOrder, start_ms: TimestampMs) -> Result<(), Rejection> {
    let (window_start_ms, window_end_ms) = (order.window_start_ms, order.window_end_ms);
    if (window_start_ms..window_end_ms).contains(&start_ms) {
        Ok(())
    } else {
        Err(Rejection::OutsideWindow {
            start_ms,
            window_start_ms,
            window_end_ms,
        })
    }
}
