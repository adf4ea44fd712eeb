//! Policy and the catalogue of services: what acts from which day on.
//!
//! A value that acts today, or acted before, is never rewritten; one that is only scheduled is replaced by what is set
//! for the same or an earlier day. What a scope has set it may also withdraw, from a day on. A district's value is never looser than the city's on the day it begins to act, and
//! what counts afterwards is the tighter of the two.

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::id::OrganisationId;
use crate::record::organisation::Level;
use crate::record::policy::{
    CatalogueHistory, Dated, Direction, HISTORY_MAX, PolicyEntry, PolicyHistory, PolicyParameter,
    PolicyValue, SCHEDULED_MAX,
};
use crate::state::StateKey;
use crate::time::Day;
use crate::transaction::government as operation;

/// Sets a policy parameter from a day on, or withdraws it.
pub(crate) fn set_policy(
    context: &mut Context<'_, '_>,
    operation: &operation::SetPolicy,
) -> Result<(), Refusal> {
    let (scope, parameter) = (operation.scope, operation.parameter);
    let from_day = operation.from_day;
    let level = context.organisation(scope)?.level;
    if !matches!(level, Level::City | Level::District) {
        return Err(Rejection::PolicyScope { scope }.into());
    }
    let key = StateKey::Policy(scope, parameter);
    let mut history: PolicyHistory = context.load(&key)?.unwrap_or_default();
    match &operation.value {
        Some(value) => {
            check_fits(parameter, value)?;
            if level == Level::District {
                check_tightens(context, parameter, value, from_day)?;
            }
        }
        // Withdrawing what is not there is refused, so that a mistyped parameter is noticed.
        None if history.on(from_day).is_none() => {
            return Err(Rejection::PolicyNotSet { scope, parameter }.into());
        }
        None => {}
    }
    context.require_threshold(scope)?;
    let entry = PolicyEntry {
        from_day,
        value: operation.value.clone(),
    };
    schedule(context, &mut history.entries, entry)?;
    context.store(&key, &history);
    Ok(())
}

fn check_fits(parameter: PolicyParameter, value: &PolicyValue) -> Result<(), Rejection> {
    if value.fits(parameter) {
        return Ok(());
    }
    let (least, greatest) = parameter.bounds();
    Err(Rejection::PolicyValueOutOfBounds {
        parameter,
        least,
        greatest,
    })
}

/// Checks that `value` is not looser than the city's on `from_day`.
fn check_tightens(
    context: &Context<'_, '_>,
    parameter: PolicyParameter,
    value: &PolicyValue,
    from_day: Day,
) -> Result<(), Refusal> {
    if parameter.direction() == Direction::CityOnly {
        return Err(Rejection::PolicyCityOnly { parameter }.into());
    }
    let city = city_value(context, parameter, from_day)?;
    if value.is_looser_than(&city, parameter.direction()) {
        return Err(Rejection::PolicyLooser { parameter, city }.into());
    }
    Ok(())
}

fn city_value(
    context: &Context<'_, '_>,
    parameter: PolicyParameter,
    day: Day,
) -> Result<PolicyValue, Refusal> {
    let city: OrganisationId = context.block.chain.city;
    let history: Option<PolicyHistory> = context.load(&StateKey::Policy(city, parameter))?;
    let set = history.and_then(|history| history.on(day).cloned());
    Ok(set.unwrap_or_else(|| parameter.default_value()))
}

/// Sets or retires a service code from a day on.
pub(crate) fn set_catalogue(
    context: &mut Context<'_, '_>,
    operation: &operation::SetCatalogue,
) -> Result<(), Refusal> {
    let (code, entry) = (operation.code, operation.entry);
    if entry.is_some_and(|entry| !entry.is_usable()) {
        return Err(Rejection::CatalogueEntryUnusable { code }.into());
    }
    let key = StateKey::Catalogue(code);
    let before: Option<CatalogueHistory> = context.load(&key)?;
    let mut history = match (before, entry) {
        (None, None) => return Err(Rejection::ServiceUnknown { code }.into()),
        (before, _) => before.unwrap_or_default(),
    };
    context.require_threshold(context.block.chain.city)?;
    schedule(context, &mut history.entries, (operation.from_day, entry))?;
    context.store(&key, &history);
    Ok(())
}

/// Adds `entry` to `entries`, which are sorted by day, in place of what was scheduled for its day or later. The oldest
/// entries, which act no more, make room: the blocks keep them.
fn schedule<T: Dated>(
    context: &Context<'_, '_>,
    entries: &mut Vec<T>,
    entry: T,
) -> Result<(), Refusal> {
    let (from_day, today) = (entry.first_day(), context.block.today());
    context.require_not_past(from_day)?;
    entries.retain(|before| before.first_day() <= today || before.first_day() < from_day);
    if entries
        .last()
        .is_some_and(|last| last.first_day() >= from_day)
    {
        return Err(Rejection::ActsAlready { day: today }.into());
    }
    let scheduled = entries.iter().filter(|it| it.first_day() > today).count();
    if from_day > today && scheduled >= SCHEDULED_MAX {
        return Err(Rejection::ScheduledTooMany {
            limit: SCHEDULED_MAX,
        }
        .into());
    }
    entries.push(entry);
    let excess = entries.len().saturating_sub(HISTORY_MAX);
    entries.drain(..excess);
    Ok(())
}
