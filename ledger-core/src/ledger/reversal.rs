//! Taking back what a settled order paid, by postings that compensate; nothing is deleted.
//!
//! The provider gives what is spendable of it and owes the rest (应追回). The payer is made whole from what was recovered,
//! then from the reserve pool of the order's district, which is owed the rest from then on; what the reserve lacks is
//! queued, never minted. What a budget line had minted leaves the supply instead, now or when it is repaid.

use super::claim::{Service, free};
use super::clearing::Counting;
use super::context::Context;
use super::independence::{Involved, check_arbiter};
use super::rejection::{Refusal, Rejection};
use super::settlement::ended;
use crate::amount::{AmountError, Minutes};
use crate::id::{AccountId, OrderId};
use crate::receipt::Entry;
use crate::record::account::{Clawback, ClawbackTo};
use crate::record::budget::{PoolId, PoolKind};
use crate::record::order::{
    EndedOrder, OrderRecord, OrderStatus, PaidOrder, Payer, Provider, REVERSIBLE_MS,
};
use crate::record::organisation::Role;
use crate::state::StateKey;
use crate::transaction::dispute::ReverseOrder;

/// Takes back what a settled order paid.
pub(crate) fn reverse(
    context: &mut Context<'_, '_>,
    operation: &ReverseOrder,
) -> Result<(), Refusal> {
    let id = operation.order;
    let order = ended(context, id, OrderStatus::Settled)?;
    let (provider, paid) = require_reversible(context, id, &order)?;
    let district = order.district;
    let staff = context
        .require_different_staff(&[(Role::Arbiter, district), (Role::Treasurer, district)])?;
    let involved = Involved::in_paid(&order, &paid, provider);
    check_arbiter(context, &involved, paid.verifiers, staff[0].person)?;

    take_back(context, id, &order, provider, paid.minutes)?;
    let service = Service {
        server: provider.server,
        start_ms: paid.start_ms,
        end_ms: paid.end_ms,
    };
    free(context, id, order.recipient, service, order.minutes)?;
    context.count_flow(paid.payer_district, district, paid.minutes, Counting::Back)?;
    let reversed = EndedOrder {
        status: OrderStatus::Reversed,
        ..order
    };
    context.store(&StateKey::Order(id), &OrderRecord::Ended(reversed));
    Ok(())
}

/// Checks that the order was paid, and not too long ago; who was paid, and how.
fn require_reversible(
    context: &Context<'_, '_>,
    id: OrderId,
    order: &EndedOrder,
) -> Result<(Provider, PaidOrder), Rejection> {
    if order.status != OrderStatus::Settled {
        return Err(Rejection::OrderStatusPast {
            order: id,
            status: order.status,
            needed: OrderStatus::Settled,
        });
    }
    let (Some(provider), Some(paid), false) = (order.provider, order.paid, order.minutes.is_zero())
    else {
        return Err(Rejection::ReversalNothingPaid { order: id });
    };
    let settled_ms = order.ended_ms;
    let latest_ms = settled_ms.plus_ms(REVERSIBLE_MS);
    if context.block.time_ms > latest_ms {
        return Err(Rejection::ReversalTooLate {
            order: id,
            settled_ms,
            latest_ms,
        });
    }
    Ok((provider, paid))
}

/// Takes `amount` back from who was paid for the order, and hands it on.
fn take_back(
    context: &mut Context<'_, '_>,
    id: OrderId,
    order: &EndedOrder,
    provider: Provider,
    amount: Minutes,
) -> Result<(), Refusal> {
    let reserve = PoolId {
        organisation: order.district,
        kind: PoolKind::Reserve,
    };
    let to = match order.payer {
        Payer::Recipient | Payer::Kin(_) => ClawbackTo::Reserve(reserve),
        Payer::Budget(_) => ClawbackTo::Void,
    };
    let record = context.with_live_lots(provider.account)?;
    let recovered = record.spendable()?.min(amount);
    let due = amount.minus(recovered)?;
    let unserved = record.service_given.min(order.minutes);
    let entry = Entry::TakenBack {
        order: id,
        recovered,
        due,
        unserved,
    };
    context.take_spendable(provider.account, recovered, entry)?;
    owe(
        context,
        provider.account,
        Clawback { to, minutes: due },
        unserved,
    )?;
    if provider.server != provider.account {
        unserve_member(context, id, provider.server, order.minutes)?;
    }
    let payer = match order.payer {
        Payer::Recipient => order.recipient,
        Payer::Kin(payer) => payer,
        Payer::Budget(_) => return context.void(recovered),
    };
    context.make_whole(payer, id, recovered)?;
    context.advance(reserve, payer, id, due)
}

/// Writes down what an account owes from now on, and that `unserved` minutes of its service count no more; both are in
/// the posting already.
fn owe(
    context: &mut Context<'_, '_>,
    account: AccountId,
    debt: Clawback,
    unserved: Minutes,
) -> Result<(), Refusal> {
    let mut record = context.account(account)?;
    add_debt(&mut record.clawback, debt)?;
    record.service_given = record.service_given.saturating_minus(unserved);
    context.store_account(account, &record);
    Ok(())
}

/// Adds `debt` to what is owed, which stays sorted by destination, each once.
fn add_debt(owed: &mut Vec<Clawback>, debt: Clawback) -> Result<(), AmountError> {
    if debt.minutes.is_zero() {
        return Ok(());
    }
    match owed.binary_search_by_key(&debt.to, |it| it.to) {
        Ok(index) => owed[index].minutes = owed[index].minutes.plus(debt.minutes)?,
        Err(index) => owed.insert(index, debt),
    }
    Ok(())
}

/// Counts no more what a member served for its group, whose account alone was paid.
fn unserve_member(
    context: &mut Context<'_, '_>,
    order: OrderId,
    member: AccountId,
    served: Minutes,
) -> Result<(), Refusal> {
    let mut record = context.account(member)?;
    let unserved = record.service_given.min(served);
    record.service_given = record.service_given.minus(unserved)?;
    let entry = Entry::TakenBack {
        order,
        recovered: Minutes::ZERO,
        due: Minutes::ZERO,
        unserved,
    };
    context.post(member, &mut record, entry)?;
    context.store_account(member, &record);
    Ok(())
}
