//! The life of an order up to check-in, and its ends: posting, accepting, starting, cancelling, lapse and settlement.
//!
//! | from | by | to |
//! |---|---|---|
//! | – | [`post`] | Posted |
//! | – | [`super::service::record`] | Completed |
//! | Posted | [`accept`] | Accepted |
//! | Accepted | [`start`] | Started |
//! | Accepted, Started | [`super::service::complete`] | Completed |
//! | Completed | [`super::verify::verify`] | Verified, Rejected |
//! | Verified | [`settle`], when the dispute window ends | Settled |
//! | Posted, Accepted | [`lapse`], when the lapse time ends | Lapsed |
//! | Posted, Accepted, Started | [`cancel`] | Cancelled, or Posted again |
//!
//! What always holds: an open order's payer holds, or its budget line has reserved, what it will pay; a lapse is queued
//! exactly while an order is posted or accepted, a settlement exactly while it is verified; `open_orders` of the recipient
//! counts its orders that have not ended. So settlement and lapse find everything they need and cannot be refused.

use super::context::{Context, StaffSigner};
use super::funds;
use super::proxy::{Acting, ActsIn, acting_for, use_proxy_minutes};
use super::rejection::{Refusal, Rejection};
use super::value::Income;
use crate::amount::Minutes;
use crate::id::{AccountId, OrderId, OrganisationId, ServiceCode};
use crate::record::lot::Lots;
use crate::record::order::{
    ClerkPart, ClerkSignature, CopiedTerms, EndedOrder, OpenOrder, OrderRecord, OrderStage,
    OrderStatus, Provider, Ratings,
};
use crate::record::organisation::{Level, Role};
use crate::record::policy::{CatalogueHistory, PolicyParameter};
use crate::record::proxy::ProxyHolder;
use crate::state::{DueEntry, DueWork, StateKey};
use crate::transaction::Signer;
use crate::transaction::service::{self as operation, WINDOW_AHEAD_MS_MAX, WINDOW_MS_MAX};

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
    queue_lapse(context, id, &order);
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
    context.signers.require(Signer::Account(provider.server))?;
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
    let (now_ms, window_start_ms) = (context.block.time_ms, order.window_start_ms);
    if now_ms < window_start_ms {
        return Err(Rejection::WindowNotBegun {
            window_start_ms,
            now_ms,
        }
        .into());
    }
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
        started_ms: now_ms,
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
        Err(Refusal::Rejected(rejection)) => {
            let staff = staff_serving(context, &FRONT_OFFICE, &order)?;
            let first = staff.first().ok_or(rejection)?;
            context.signers.require(Signer::Staff(first.id))?;
        }
        Err(refusal @ Refusal::State(_)) => return Err(refusal),
    }
    funds::release(context, id, &order)?;
    end(context, id, &order, OrderStatus::Cancelled, Minutes::ZERO)
}

/// Pays a verified order whose dispute window has ended.
pub(crate) fn settle(context: &mut Context<'_, '_>, id: OrderId) -> Result<(), Refusal> {
    let order = open(context, id, OrderStatus::Verified)?;
    let OrderStage::Verified { approval, .. } = order.stage else {
        return Err(status_rejection(id, &order, OrderStatus::Verified).into());
    };
    let (claim, approved) = (approval.claim, approval.minutes);
    let paid = funds::pay(context, id, &order, approved)?;
    let income = Income::Service {
        order: id,
        served: approved,
    };
    context.credit(claim.provider.account, paid, income)?;
    end(context, id, &order, OrderStatus::Settled, approved)
}

/// Lets an order lapse that nobody has started.
pub(crate) fn lapse(context: &mut Context<'_, '_>, id: OrderId) -> Result<(), Refusal> {
    let order = open(context, id, OrderStatus::Accepted)?;
    match order.stage {
        OrderStage::Posted | OrderStage::Accepted { .. } => {}
        _ => return Err(status_rejection(id, &order, OrderStatus::Accepted).into()),
    }
    funds::release(context, id, &order)?;
    end(context, id, &order, OrderStatus::Lapsed, Minutes::ZERO)
}

/// A new order on `terms`, with what it will pay held or reserved; posted, but not stored yet. Nobody in `parties` may act
/// for the recipient.
pub(crate) fn draft(
    context: &mut Context<'_, '_>,
    terms: &operation::OrderTerms,
    parties: &[AccountId],
) -> Result<OpenOrder, Refusal> {
    let copied = copy_terms(context, terms.district, terms.service)?;
    check_minutes(terms.minutes, &copied)?;
    let acting = acting_for(context, terms.recipient, ActsIn::Orders, parties)?;
    use_proxy_minutes(context, terms.recipient, acting, terms.minutes)?;
    count_open_order(context, terms.recipient)?;
    let mut order = OpenOrder {
        recipient: terms.recipient,
        poster: acting.signer,
        poster_person: acting.person,
        service: terms.service,
        district: terms.district,
        window_start_ms: terms.window_start_ms,
        window_end_ms: terms.window_end_ms,
        minutes: terms.minutes,
        payer: terms.payer,
        held: Lots::new(),
        terms: copied,
        clerks: Vec::new(),
        ratings: Ratings::default(),
        stage: OrderStage::Posted,
    };
    note_proxy(&mut order, &acting);
    order.held = funds::reserve(context, &order)?;
    Ok(order)
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
    match context.load(&StateKey::Order(id))? {
        None => Err(Rejection::OrderUnknown { order: id }.into()),
        Some(OrderRecord::Open(order)) => Ok(*order),
        Some(OrderRecord::Ended(ended)) => Err(Rejection::OrderStatusPast {
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

/// Who is paid and who serves: `account`, a person; or `account`, a group, and its `member`.
pub(crate) fn provider_of(
    context: &Context<'_, '_>,
    account: AccountId,
    member: Option<AccountId>,
) -> Result<Provider, Refusal> {
    let server = member.unwrap_or(account);
    context.person(server)?;
    Ok(Provider { account, server })
}

/// Checks that whoever serves is neither the recipient nor the person who posted.
pub(crate) fn check_provider(
    provider: Provider,
    recipient: AccountId,
    poster: AccountId,
) -> Result<(), Refusal> {
    let provider = provider.server;
    if provider == recipient {
        return Err(Rejection::ProviderIsRecipient { provider }.into());
    }
    if provider == poster {
        return Err(Rejection::ProviderIsPoster { provider }.into());
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

/// The work that lets the order lapse.
fn lapse_entry(id: OrderId, order: &OpenOrder) -> StateKey {
    StateKey::Due(DueEntry {
        due_ms: order.lapses_ms(),
        work: DueWork::Lapse(id),
    })
}

fn queue_lapse(context: &mut Context<'_, '_>, id: OrderId, order: &OpenOrder) {
    let key = lapse_entry(id, order);
    if let StateKey::Due(entry) = key {
        context.store(&key, &entry);
    }
}

/// Takes the lapse of an order that moves on from the queue.
pub(crate) fn unqueue_lapse(context: &mut Context<'_, '_>, id: OrderId, order: &OpenOrder) {
    context.state.delete(&lapse_entry(id, order));
}

/// Leaves a tombstone of an order that ends now, and counts it no longer.
pub(crate) fn end(
    context: &mut Context<'_, '_>,
    id: OrderId,
    order: &OpenOrder,
    status: OrderStatus,
    minutes: Minutes,
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
    let ended = EndedOrder {
        status,
        ended_ms: context.block.time_ms,
        recipient: order.recipient,
        provider: order.stage.provider(),
        payer: order.payer,
        district: order.district,
        minutes,
        paid: None,
    };
    context.store(&StateKey::Order(id), &OrderRecord::Ended(ended));
    Ok(())
}

fn check_window(context: &Context<'_, '_>, terms: &operation::OrderTerms) -> Result<(), Rejection> {
    let (window_start_ms, window_end_ms) = (terms.window_start_ms, terms.window_end_ms);
    if window_start_ms >= window_end_ms {
        return Err(Rejection::WindowEmpty {
            window_start_ms,
            window_end_ms,
        });
    }
    let now_ms = context.block.time_ms;
    if window_end_ms < now_ms {
        return Err(Rejection::WindowPast {
            window_end_ms,
            now_ms,
        });
    }
    let length_ms = window_end_ms.since_ms(window_start_ms);
    if length_ms > WINDOW_MS_MAX {
        return Err(Rejection::WindowTooLong {
            length_ms,
            limit_ms: WINDOW_MS_MAX,
        });
    }
    let latest_ms = now_ms.plus_ms(WINDOW_AHEAD_MS_MAX);
    if window_end_ms > latest_ms {
        return Err(Rejection::WindowTooFar {
            window_end_ms,
            latest_ms,
        });
    }
    Ok(())
}

/// The parameters of an order posted now: the district's policy and the catalogue of today.
fn copy_terms(
    context: &Context<'_, '_>,
    district: OrganisationId,
    code: ServiceCode,
) -> Result<CopiedTerms, Refusal> {
    let level = context.organisation(district)?.level;
    if level != Level::District {
        return Err(Rejection::OrderDistrict {
            organisation: district,
            level,
        }
        .into());
    }
    let history: Option<CatalogueHistory> = context.load(&StateKey::Catalogue(code))?;
    let entry = history
        .and_then(|history| history.on(context.block.today()))
        .ok_or(Rejection::ServiceUnknown { code })?;
    let number = |parameter| context.policy_number(district, parameter);
    let days = number(PolicyParameter::BackdatingDays)?;
    Ok(CopiedTerms {
        quantum: Minutes(number(PolicyParameter::Quantum)?),
        multiplier_percent: entry.multiplier_percent,
        minutes_min: entry.minutes_min,
        minutes_max: entry.minutes_max,
        backdating_days: u32::try_from(days).map_err(|_| Rejection::NumberOverflow)?,
        dual_verification_above: Minutes(number(PolicyParameter::DualVerificationAbove)?),
        dispute_window_ms: number(PolicyParameter::DisputeWindowMs)?,
        appeal_window_ms: number(PolicyParameter::AppealWindowMs)?,
        lapse_ms: number(PolicyParameter::OrderLapseMs)?,
    })
}

fn check_minutes(minutes: Minutes, terms: &CopiedTerms) -> Result<(), Rejection> {
    if minutes.is_zero() {
        return Err(Rejection::MinutesZero);
    }
    check_quantum(minutes, terms.quantum)?;
    let (least, most) = (terms.minutes_min, terms.minutes_max);
    if minutes < least || minutes > most {
        return Err(Rejection::OrderMinutesOutOfBounds {
            minutes,
            least,
            most,
        });
    }
    Ok(())
}

/// Checks that `minutes` are a multiple of `quantum`.
pub(crate) fn check_quantum(minutes: Minutes, quantum: Minutes) -> Result<(), Rejection> {
    if minutes.0.is_multiple_of(quantum.0) {
        Ok(())
    } else {
        Err(Rejection::NotOfQuantum { minutes, quantum })
    }
}

fn count_open_order(context: &mut Context<'_, '_>, recipient: AccountId) -> Result<(), Refusal> {
    let mut record = context.person(recipient)?;
    let limit = context.policy_number(record.home_district, PolicyParameter::OpenOrdersMax)?;
    if u64::from(record.open_orders) >= limit {
        return Err(Rejection::OpenOrdersTooMany { recipient, limit }.into());
    }
    record.open_orders = record.open_orders.saturating_add(1);
    context.store_account(recipient, &record);
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

/// Tells the district of an order that was not verified in time, as work of the chain.
pub(crate) fn escalate(_context: &mut Context<'_, '_>, _id: OrderId) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}

/// Forgets an ended order, as work of the chain.
pub(crate) fn forget(_context: &mut Context<'_, '_>, _id: OrderId) -> Result<(), Refusal> {
    Err(Rejection::NumberOverflow.into())
}
