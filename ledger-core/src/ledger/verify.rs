//! Verification: an independent social worker says whether a service happened, and how much of it counts.

use super::claim;
use super::context::Context;
use super::funds;
use super::independence::{Involved, check_verifier};
use super::order::{open, staff_serving, status_rejection, store};
use super::posting::check_quantum;
use super::rejection::{Refusal, Rejection};
use super::settlement::{Ending, end};
use crate::id::OrderId;
use crate::record::order::{Approval, Claim, OpenOrder, OrderStage, OrderStatus, Verifiers};
use crate::record::organisation::Role;
use crate::state::DueWork;
use crate::transaction::Signer;
use crate::transaction::service::{Verdict, VerifyOrder};

/// Verifies a completed order.
pub(crate) fn verify(
    context: &mut Context<'_, '_>,
    operation: &VerifyOrder,
) -> Result<(), Refusal> {
    let id = operation.order;
    let order = open(context, id, OrderStatus::Completed)?;
    let OrderStage::Completed {
        claim,
        escalates_ms,
        escalated,
    } = order.stage
    else {
        return Err(status_rejection(id, &order, OrderStatus::Completed).into());
    };
    let verifiers = require_verifiers(context, &order, &claim)?;
    if !escalated {
        context.unqueue(escalates_ms, DueWork::Escalate(id));
    }
    match operation.verdict {
        Verdict::Approved(minutes) => {
            let approval = Approval {
                claim,
                minutes,
                verifiers,
            };
            approve(context, id, order, approval)
        }
        Verdict::Rejected(_) => {
            let service = claim::Service::of(&claim);
            claim::free(context, id, order.recipient, service, claim.minutes)?;
            funds::release(context, id, &order)?;
            end(context, id, &order, Ending::unpaid(OrderStatus::Rejected))
        }
    }
}

fn approve(
    context: &mut Context<'_, '_>,
    id: OrderId,
    mut order: OpenOrder,
    approval: Approval,
) -> Result<(), Refusal> {
    let (claim, approved) = (approval.claim, approval.minutes);
    if approved.is_zero() {
        return Err(Rejection::MinutesZero.into());
    }
    check_quantum(approved, order.terms.quantum)?;
    if approved > claim.minutes {
        let claimed = claim.minutes;
        return Err(Rejection::ApprovedExceedsClaim { approved, claimed }.into());
    }
    let service = claim::Service::of(&claim);
    let minutes = (claim.minutes, approved);
    claim::reduce(context, id, order.recipient, service, minutes)?;
    funds::release_excess(context, id, &mut order, approved)?;
    let settles_ms = context.block.time_ms.plus_ms(order.terms.dispute_window_ms);
    order.stage = OrderStage::Verified {
        approval,
        settles_ms,
    };
    context.queue(settles_ms, DueWork::Settle(id));
    store(context, id, order);
    Ok(())
}

/// Requires as many social workers as the claim takes, different people, none of them a party. Puts their signatures to
/// use; one too many stays unused and is refused for that.
fn require_verifiers(
    context: &mut Context<'_, '_>,
    order: &OpenOrder,
    claim: &Claim,
) -> Result<Verifiers, Refusal> {
    let signed = staff_serving(context, &[Role::SocialWorker], order)?;
    let threshold = order.terms.dual_verification_above;
    let needed = if claim.minutes > threshold { 2 } else { 1 };
    match signed.as_slice() {
        [] => {
            let home = context.person(order.recipient)?.home;
            let district = order.district;
            return Err(Rejection::VerifierMissing { home, district }.into());
        }
        [_] if needed == 2 => {
            let claimed = claim.minutes;
            return Err(Rejection::SecondVerifierMissing { claimed, threshold }.into());
        }
        [first, second, ..] if needed == 2 && first.person == second.person => {
            let person = first.person;
            return Err(Rejection::SamePerson { person }.into());
        }
        _ => {}
    }
    let involved = Involved::in_open(order, claim);
    for verifier in signed.iter().take(needed) {
        check_verifier(context, &involved, verifier)?;
        context.signers.require(Signer::Staff(verifier.id))?;
    }
    let mut people = signed.iter().take(needed).map(|verifier| verifier.person);
    Ok(Verifiers {
        first: people
            .next()
            .expect("one social worker at least has signed"),
        second: people.next(),
    })
}
