//! What parties to an order report of each other: absence and ratings.

use super::context::Context;
use super::funds;
use super::order::{
    check_not_lapsed, check_window_begun, open, require_front_office, status_rejection, store,
};
use super::proxy::{ActsIn, acting_for};
use super::rejection::{Refusal, Rejection};
use super::settlement::{Ending, end, find};
use super::standing::require_open;
use crate::id::{AccountId, OrderId};
use crate::receipt::Entry;
use crate::record::order::{
    EndedOrder, OpenOrder, OrderRecord, OrderStage, OrderStatus, PaidOrder, Provider, Ratings, Side,
};
use crate::state::StateKey;
use crate::transaction::Signer;
use crate::transaction::service::{RateOrder, ReportNoShow, STARS_MAX};

/// Ends an accepted order to which one side did not come.
pub(crate) fn report_no_show(
    context: &mut Context<'_, '_>,
    operation: &ReportNoShow,
) -> Result<(), Refusal> {
    let id = operation.order;
    let order = open(context, id, OrderStatus::Accepted)?;
    let OrderStage::Accepted { provider } = order.stage else {
        return Err(status_rejection(id, &order, OrderStatus::Accepted).into());
    };
    check_not_lapsed(context, id, &order)?;
    check_window_begun(context, &order)?;
    match require_other_side(context, operation.absent, order.recipient, provider) {
        Ok(()) => {}
        Err(Refusal::Rejected(rejection)) => require_front_office(context, &order, rejection)?,
        Err(refusal @ Refusal::State(_)) => return Err(refusal),
    }
    funds::release(context, id, &order)?;
    let absent = match operation.absent {
        Side::Provider => provider.server,
        Side::Recipient => order.recipient,
    };
    let mut record = context.account(absent)?;
    record.no_shows = record.no_shows.saturating_add(1);
    context.post(absent, &mut record, Entry::NoShow { order: id })?;
    context.store_account(absent, &record);
    end(context, id, &order, Ending::unpaid(OrderStatus::NoShow))
}

/// Rates a side of an order whose service is done.
pub(crate) fn rate(context: &mut Context<'_, '_>, operation: &RateOrder) -> Result<(), Refusal> {
    let (order, rated, stars) = (operation.order, operation.rated, operation.stars);
    if !(1..=STARS_MAX).contains(&stars) {
        let most = STARS_MAX;
        return Err(Rejection::StarsOutOfBounds { stars, most }.into());
    }
    let account = match find(context, order)? {
        OrderRecord::Open(mut open) => {
            let provider = served(order, &open)?;
            rate_once(&mut open.ratings, order, rated, stars)?;
            require_other_side(context, rated, open.recipient, provider)?;
            let account = account_of(rated, open.recipient, provider);
            store(context, order, *open);
            account
        }
        OrderRecord::Ended(mut ended) => {
            let (provider, mut paid) = paid_for(order, &ended)?;
            rate_once(&mut paid.ratings, order, rated, stars)?;
            require_other_side(context, rated, ended.recipient, provider)?;
            let account = account_of(rated, ended.recipient, provider);
            ended.paid = Some(paid);
            context.store(&StateKey::Order(order), &OrderRecord::Ended(ended));
            account
        }
    };
    let mut record = context.account(account)?;
    // The history of a closed account ends with its closing.
    require_open(account, &record)?;
    record.rating.count = record.rating.count.saturating_add(1);
    record.rating.stars = record.rating.stars.saturating_add(u64::from(stars));
    context.post(account, &mut record, Entry::Rated { order, stars })?;
    context.store_account(account, &record);
    Ok(())
}

/// Who provided the service of an open order, if it is done.
fn served(id: OrderId, order: &OpenOrder) -> Result<Provider, Rejection> {
    match order.stage.provider() {
        Some(provider) if order.stage.status() >= OrderStatus::Completed => Ok(provider),
        _ => Err(status_rejection(id, order, OrderStatus::Completed)),
    }
}

/// Who provided the service of an order that ended, if it was paid, and what is left of it.
fn paid_for(id: OrderId, ended: &EndedOrder) -> Result<(Provider, PaidOrder), Rejection> {
    match (ended.status, ended.provider, ended.paid) {
        (OrderStatus::Settled, Some(provider), Some(paid)) => Ok((provider, paid)),
        (status, ..) => Err(Rejection::OrderStatusPast {
            order: id,
            status,
            needed: OrderStatus::Completed,
        }),
    }
}

fn rate_once(
    ratings: &mut Ratings,
    order: OrderId,
    rated: Side,
    stars: u8,
) -> Result<(), Rejection> {
    let rating = match rated {
        Side::Provider => &mut ratings.of_provider,
        Side::Recipient => &mut ratings.of_recipient,
    };
    if rating.is_some() {
        return Err(Rejection::RatedAlready { order });
    }
    *rating = Some(stars);
    Ok(())
}

/// The account that a rating of this side counts for: a group's where a member served for it.
const fn account_of(rated: Side, recipient: AccountId, provider: Provider) -> AccountId {
    match rated {
        Side::Provider => provider.account,
        Side::Recipient => recipient,
    }
}

/// Requires the signature of the side opposite to `side`: of whoever serves, or of the recipient or a proxy who does not
/// serve.
fn require_other_side(
    context: &mut Context<'_, '_>,
    side: Side,
    recipient: AccountId,
    provider: Provider,
) -> Result<(), Refusal> {
    match side {
        Side::Provider => {
            acting_for(context, recipient, ActsIn::Orders, &[provider.server]).map(|_| ())
        }
        Side::Recipient => context
            .signers
            .require(Signer::Account(provider.server))
            .map_err(Refusal::from),
    }
}
