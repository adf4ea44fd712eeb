//! Disputes, decisions and appeals.
//!
//! A dispute takes a verified order off the way to payment; an arbiter decides how the approved minutes are split, and
//! the split is paid when the appeal window ends. One appeal leads to an arbiter of the city, whose decision is final.
//!
//! What always holds: a settlement is queued exactly while an order is verified, the payment of a decision exactly while
//! it is resolved; what the order may pay stays set aside all the time.

use super::claim::{Service, free, reduce};
use super::context::Context;
use super::funds;
use super::independence::{Involved, check_arbiter};
use super::order::{open as open_order, require_front_office, status_rejection, store};
use super::posting::check_quantum;
use super::proxy::{ActsIn, acting_for};
use super::rejection::{Refusal, Rejection};
use super::settlement::pay;
use crate::id::{AccountId, OrderId};
use crate::record::order::{Approval, OpenOrder, OrderStage, OrderStatus, Payer, Provider};
use crate::record::organisation::Role;
use crate::state::DueWork;
use crate::transaction::Signer;
use crate::transaction::dispute::{Appeal, OpenDispute, ResolveDispute};

/// Disputes a verified order.
pub(crate) fn open(context: &mut Context<'_, '_>, operation: &OpenDispute) -> Result<(), Refusal> {
    let id = operation.order;
    let mut order = open_order(context, id, OrderStatus::Verified)?;
    let OrderStage::Verified {
        approval,
        settles_ms,
    } = order.stage
    else {
        return Err(status_rejection(id, &order, OrderStatus::Verified).into());
    };
    if context.block.time_ms >= settles_ms {
        return Err(Rejection::DisputeWindowOver {
            order: id,
            ended_ms: settles_ms,
        }
        .into());
    }
    match require_party(context, &order, approval.claim.provider) {
        Ok(()) => {}
        Err(Refusal::Rejected(rejection)) => require_front_office(context, &order, rejection)?,
        Err(refusal @ Refusal::State(_)) => return Err(refusal),
    }
    context.unqueue(settles_ms, DueWork::Settle(id));
    order.stage = OrderStage::Disputed {
        approval,
        appealed_from: None,
    };
    store(context, id, order);
    Ok(())
}

/// Decides a dispute.
pub(crate) fn resolve(
    context: &mut Context<'_, '_>,
    operation: &ResolveDispute,
) -> Result<(), Refusal> {
    let id = operation.order;
    let mut order = open_order(context, id, OrderStatus::Disputed)?;
    let OrderStage::Disputed {
        approval,
        appealed_from,
    } = order.stage
    else {
        return Err(status_rejection(id, &order, OrderStatus::Disputed).into());
    };
    let (provider_minutes, approved) = (operation.provider_minutes, approval.minutes);
    check_quantum(provider_minutes, order.terms.quantum)?;
    if provider_minutes > approved {
        return Err(Rejection::SplitExceedsApproval {
            split: provider_minutes,
            approved,
        }
        .into());
    }
    let arbiter = require_arbiter(context, &order, &approval, appealed_from)?;
    let now_ms = context.block.time_ms;
    // After an appeal the decision is final, and the next block pays.
    let (appealable, settles_ms) = match appealed_from {
        None => (true, now_ms.plus_ms(order.terms.appeal_window_ms)),
        Some(_) => (false, now_ms),
    };
    order.stage = OrderStage::Resolved {
        approval,
        provider_minutes,
        arbiter,
        appealable,
        settles_ms,
    };
    context.queue(settles_ms, DueWork::SettleDecision(id));
    store(context, id, order);
    Ok(())
}

/// Takes a decision to the city's arbiter.
pub(crate) fn appeal(context: &mut Context<'_, '_>, operation: &Appeal) -> Result<(), Refusal> {
    let id = operation.order;
    let mut order = open_order(context, id, OrderStatus::Resolved)?;
    let OrderStage::Resolved {
        approval,
        arbiter,
        appealable,
        settles_ms,
        ..
    } = order.stage
    else {
        return Err(status_rejection(id, &order, OrderStatus::Resolved).into());
    };
    if !appealable {
        return Err(Rejection::DecisionFinal { order: id }.into());
    }
    if context.block.time_ms >= settles_ms {
        return Err(Rejection::AppealWindowOver {
            order: id,
            ended_ms: settles_ms,
        }
        .into());
    }
    require_party(context, &order, approval.claim.provider)?;
    context.unqueue(settles_ms, DueWork::SettleDecision(id));
    order.stage = OrderStage::Disputed {
        approval,
        appealed_from: Some(arbiter),
    };
    store(context, id, order);
    Ok(())
}

/// Pays the split of a dispute whose appeal window has ended, as work of the chain: the provider gets its part, the payer
/// the rest.
pub(crate) fn settle_decision(context: &mut Context<'_, '_>, id: OrderId) -> Result<(), Refusal> {
    let mut order = open_order(context, id, OrderStatus::Resolved)?;
    let OrderStage::Resolved {
        approval,
        provider_minutes,
        ..
    } = order.stage
    else {
        return Err(status_rejection(id, &order, OrderStatus::Resolved).into());
    };
    let service = Service::of(&approval.claim);
    let recipient = order.recipient;
    if provider_minutes.is_zero() {
        free(context, id, recipient, service, approval.minutes)?;
    } else {
        let minutes = (approval.minutes, provider_minutes);
        reduce(context, id, recipient, service, minutes)?;
    }
    funds::release_excess(context, id, &mut order, provider_minutes)?;
    let decided = Approval {
        minutes: provider_minutes,
        ..approval
    };
    if let OrderStage::Resolved { approval, .. } = &mut order.stage {
        *approval = decided;
    }
    pay(context, id, &order, &decided)
}

/// Requires the signature of a party: whoever serves or the group it serves for, the kin who pays, the recipient or a
/// proxy.
fn require_party(
    context: &mut Context<'_, '_>,
    order: &OpenOrder,
    provider: Provider,
) -> Result<(), Refusal> {
    let mut parties = vec![provider.server, provider.account];
    if let Payer::Kin(payer) = order.payer {
        parties.push(payer);
    }
    for party in parties {
        if context.signers.has(Signer::Account(party)) {
            return Ok(());
        }
    }
    acting_for(context, order.recipient, ActsIn::Orders, &[]).map(|_| ())
}

/// Requires an arbiter who is independent: in the first instance one who covers the order's district, after an appeal one
/// of the city itself who did not decide before. The person.
fn require_arbiter(
    context: &mut Context<'_, '_>,
    order: &OpenOrder,
    approval: &Approval,
    appealed_from: Option<AccountId>,
) -> Result<AccountId, Refusal> {
    let instance = match appealed_from {
        None => order.district,
        Some(_) => context.block.chain.city,
    };
    let person = context.require_staff(Role::Arbiter, instance)?.person;
    if appealed_from == Some(person) {
        return Err(Rejection::ArbiterDecidedBefore { person }.into());
    }
    let involved = Involved::in_open(order, &approval.claim);
    check_arbiter(context, &involved, approval.verifiers, person)?;
    Ok(person)
}
