//! Posting: the terms of a new order, what is copied from policy and catalogue, and who must agree.
//!
//! Both ways in which an order comes to be, [`super::order::post`] and the paper record of [`super::service::record`],
//! begin with [`draft`]. A draft that is stored has everything set aside that it may pay.

use super::context::Context;
use super::funds;
use super::order::note_proxy;
use super::proxy::{ActsIn, acting_for, use_proxy_minutes};
use super::rejection::{Refusal, Rejection};
use crate::amount::Minutes;
use crate::id::{AccountId, OrganisationId, ServiceCode};
use crate::record::lot::Lots;
use crate::record::order::{CopiedTerms, OpenOrder, OrderStage, Payer, Ratings};
use crate::record::organisation::Level;
use crate::record::policy::{CatalogueHistory, PolicyParameter};
use crate::state::StateKey;
use crate::transaction::Signer;
use crate::transaction::service::{OrderTerms, WINDOW_AHEAD_MS_MAX, WINDOW_MS_MAX};

/// A new order on `terms`, with what it will pay held or reserved; posted, but not stored yet. Nobody in `parties` may act
/// for the recipient.
pub(crate) fn draft(
    context: &mut Context<'_, '_>,
    terms: &OrderTerms,
    parties: &[AccountId],
) -> Result<OpenOrder, Refusal> {
    let copied = copy_terms(context, terms.district, terms.service)?;
    check_minutes(terms.minutes, &copied)?;
    context.live_person(terms.recipient)?;
    // Before anybody acts for the recipient: whoever pays does so only where nobody else is left.
    require_payers_guardian(context, terms.payer)?;
    let acting = acting_for(context, terms.recipient, ActsIn::Orders, parties)?;
    if acting.proxy.is_none() {
        context.require_guardian_beside(terms.recipient)?;
    }
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

/// Puts the signature of kin who pay to use where there is one, and requires the legal guardian of a minor beside it. That a
/// payer may spend is checked where its minutes are held.
fn require_payers_guardian(context: &mut Context<'_, '_>, payer: Payer) -> Result<(), Refusal> {
    match payer {
        Payer::Kin(payer) if context.signers.has(Signer::Account(payer)) => {
            context.require_guardian_beside(payer)
        }
        // Whoever posts for the recipient was asked already, and an allowance was agreed to when it was set.
        Payer::Kin(_) | Payer::Recipient | Payer::Budget(_) => Ok(()),
    }
}

/// Checks the window in which the service may begin.
pub(crate) fn check_window(context: &Context<'_, '_>, terms: &OrderTerms) -> Result<(), Rejection> {
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
