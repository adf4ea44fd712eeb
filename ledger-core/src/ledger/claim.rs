//! Claims: when a provider served, and how much of it counts.
//!
//! A claimed interval `[start, end)` is written into every calendar day it touches, whatever the district, with the
//! minutes of it that count for that day. Whoever served for a group claims as the person who did it. What always holds:
//! the intervals of a person never overlap; the claimed minutes of a day and of a pair of people in a month are the sums
//! of the claims neither freed nor forgotten.
//!
//! Claims are forgotten when no back-dated service can meet them any more: an order's together with its tombstone, those
//! of training and campaigns day by day ([`forget_day`]).

use super::context::Context;
use super::rejection::{Refusal, Rejection};
use crate::amount::{AmountError, Minutes};
use crate::hash::Hash;
use crate::id::{AccountId, OrderId};
use crate::planted::{self, Planted};
use crate::record::order::{
    Claim, ClaimedInterval, CopiedTerms, OpenOrder, OrderRecord, Provider, ProviderDay,
    TOMBSTONE_MS,
};
use crate::record::policy::PolicyParameter;
use crate::state::{DueWork, StateKey};
use crate::time::{Calendar, Day, MINUTE_MS, Month, TimestampMs};

/// When a service took place, `[start, end)`, and who served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Service {
    /// The person who served.
    pub(crate) server: AccountId,
    /// When it began.
    pub(crate) start_ms: TimestampMs,
    /// When it ended (exclusive).
    pub(crate) end_ms: TimestampMs,
}

impl Service {
    /// The service `claim` is about.
    pub(crate) const fn of(claim: &Claim) -> Service {
        Service {
            server: claim.provider.server,
            start_ms: claim.start_ms,
            end_ms: claim.end_ms,
        }
    }

    /// Whole minutes from start to end that follow `quantum`.
    pub(crate) fn minutes(&self, quantum: Minutes) -> Minutes {
        let whole = self.end_ms.since_ms(self.start_ms) / MINUTE_MS;
        let beyond = whole.checked_rem(quantum.0).unwrap_or(0);
        Minutes(whole.saturating_sub(beyond))
    }

    /// The days it touches.
    fn days(&self, calendar: Calendar) -> impl Iterator<Item = Day> {
        let first = calendar.day(self.start_ms);
        let last = calendar.day(self.end_ms.minus_ms(1));
        (first.0..=last.0).map(Day)
    }

    /// How many of `minutes`, counted from the start, fall on each day it touches.
    fn split(
        &self,
        calendar: Calendar,
        minutes: Minutes,
    ) -> Result<Vec<(Day, Minutes)>, AmountError> {
        let mut counted = Minutes::ZERO;
        let mut parts = Vec::new();
        for day in self.days(calendar) {
            let until_ms = calendar.end_of(day).min(self.end_ms);
            let by_then = minutes.min(Minutes(until_ms.since_ms(self.start_ms) / MINUTE_MS));
            parts.push((day, by_then.minus(counted)?));
            counted = by_then;
        }
        Ok(parts)
    }
}

/// Checks `service` against the order's terms and the provider's other claims and limits, and claims it.
pub(crate) fn claim(
    context: &mut Context<'_, '_>,
    id: OrderId,
    order: &OpenOrder,
    provider: Provider,
    (start_ms, end_ms): (TimestampMs, TimestampMs),
    evidence: Hash,
) -> Result<Claim, Refusal> {
    let service = Service {
        server: provider.server,
        start_ms,
        end_ms,
    };
    check_service(context, &order.terms, service)?;
    let quantum = order.terms.quantum;
    let minutes = order.minutes.min(service.minutes(quantum));
    if minutes.is_zero() {
        let length_ms = end_ms.since_ms(start_ms);
        return Err(Rejection::ServiceBelowQuantum { length_ms, quantum }.into());
    }
    claim_days(context, id, service, minutes)?;
    claim_pair(context, order.recipient, service, minutes)?;
    Ok(Claim {
        provider,
        start_ms,
        end_ms,
        minutes,
        evidence,
    })
}

/// Claims `[start_ms, end_ms)` for somebody who took part in a training or campaign, of which `minutes` count towards the
/// daily limits; `record` is the id that derives from the transaction. Start, end and back-dating are the caller's to
/// check; `minutes` are no more than the interval has.
pub(crate) fn claim_attendance(
    context: &mut Context<'_, '_>,
    record: OrderId,
    server: AccountId,
    start_ms: TimestampMs,
    end_ms: TimestampMs,
    minutes: Minutes,
) -> Result<(), Refusal> {
    let service = Service {
        server,
        start_ms,
        end_ms,
    };
    claim_days(context, record, service, minutes)?;
    let calendar = context.block.chain.calendar;
    for day in service.days(calendar) {
        // No order keeps this interval alive, so that the day itself has to be forgotten.
        let due_ms = calendar.end_of(day).plus_ms(TOMBSTONE_MS);
        context.queue(due_ms, DueWork::ForgetDay(server, day));
    }
    Ok(())
}

/// Lowers what a service counts for from `counted` to `approved` minutes; its interval stays taken.
pub(crate) fn reduce(
    context: &mut Context<'_, '_>,
    id: OrderId,
    recipient: AccountId,
    service: Service,
    (counted, approved): (Minutes, Minutes),
) -> Result<(), Refusal> {
    for (day, part) in service.split(context.block.chain.calendar, approved)? {
        let key = StateKey::ProviderDay(service.server, day);
        let mut record: ProviderDay = context.load(&key)?.unwrap_or_default();
        for interval in record.intervals.iter_mut().filter(|it| it.order == id) {
            interval.minutes = part;
        }
        context.store(&key, &record);
    }
    unclaim_pair(context, recipient, service, counted.minus(approved)?)
}

/// Frees everything a service took, of which `counted` minutes counted.
pub(crate) fn free(
    context: &mut Context<'_, '_>,
    id: OrderId,
    recipient: AccountId,
    service: Service,
    counted: Minutes,
) -> Result<(), Refusal> {
    for day in service.days(context.block.chain.calendar) {
        let key = StateKey::ProviderDay(service.server, day);
        let mut record: ProviderDay = context.load(&key)?.unwrap_or_default();
        record.intervals.retain(|interval| interval.order != id);
        store_day(context, &key, &record);
    }
    unclaim_pair(context, recipient, service, counted)
}

/// Forgets what a person's day holds of training and campaigns, as work of the chain: no service can fall on it any more.
/// Intervals of orders stay until their order is forgotten.
pub(crate) fn forget_day(
    context: &mut Context<'_, '_>,
    server: AccountId,
    day: Day,
) -> Result<(), Refusal> {
    let key = StateKey::ProviderDay(server, day);
    let mut record: ProviderDay = context.load(&key)?.unwrap_or_default();
    let mut kept = Vec::with_capacity(record.intervals.len());
    for interval in record.intervals {
        if context
            .load::<OrderRecord>(&StateKey::Order(interval.order))?
            .is_some()
        {
            kept.push(interval);
        }
    }
    record.intervals = kept;
    store_day(context, &key, &record);
    Ok(())
}

fn store_day(context: &mut Context<'_, '_>, key: &StateKey, record: &ProviderDay) {
    if record.intervals.is_empty() {
        context.state.delete(key);
    } else {
        context.store(key, record);
    }
}

/// Checks that the service is over, not too long ago, and as long as its code allows. The catalogue's bounds are at most
/// a day, so that a service that passes touches at most two days.
fn check_service(
    context: &Context<'_, '_>,
    terms: &CopiedTerms,
    service: Service,
) -> Result<(), Rejection> {
    let (start_ms, end_ms) = (service.start_ms, service.end_ms);
    if start_ms >= end_ms {
        return Err(Rejection::ServiceEmpty { start_ms, end_ms });
    }
    let now_ms = context.block.time_ms;
    if end_ms > now_ms {
        return Err(Rejection::ServiceInFuture { end_ms, now_ms });
    }
    let day = context.block.chain.calendar.day(start_ms);
    let earliest = Day(context
        .block
        .today()
        .0
        .saturating_sub(terms.backdating_days));
    if day < earliest {
        return Err(Rejection::BackdatedTooFar { day, earliest });
    }
    let length_ms = end_ms.since_ms(start_ms);
    let (least, most) = (terms.minutes_min, terms.minutes_max);
    if length_ms < least.0.saturating_mul(MINUTE_MS) || length_ms > most.0.saturating_mul(MINUTE_MS)
    {
        return Err(Rejection::ServiceLengthOutOfBounds {
            length_ms,
            least,
            most,
        });
    }
    Ok(())
}

/// Takes the interval in every day it touches, if it overlaps no other and each day's limit, that of the provider's home
/// district today, leaves room.
fn claim_days(
    context: &mut Context<'_, '_>,
    id: OrderId,
    service: Service,
    minutes: Minutes,
) -> Result<(), Refusal> {
    let provider = service.server;
    let district = context.person(provider)?.home_district;
    let limit = context.policy_minutes(district, PolicyParameter::DailyLimit)?;
    for (day, part) in service.split(context.block.chain.calendar, minutes)? {
        let key = StateKey::ProviderDay(provider, day);
        let mut record: ProviderDay = context.load(&key)?.unwrap_or_default();
        let overlapping = record
            .intervals
            .iter()
            .find(|other| other.start_ms < service.end_ms && service.start_ms < other.end_ms);
        if let Some(other) = overlapping.filter(|_| !planted::is(Planted::OverlapUnchecked)) {
            return Err(Rejection::ServiceOverlaps {
                provider,
                order: other.order,
                start_ms: other.start_ms,
                end_ms: other.end_ms,
            }
            .into());
        }
        let claimed = Minutes::sum(record.intervals.iter().map(|interval| interval.minutes))?;
        if claimed.plus(part)? > limit {
            return Err(Rejection::DailyLimit {
                day,
                limit,
                claimed,
                requested: part,
            }
            .into());
        }
        let interval = ClaimedInterval {
            start_ms: service.start_ms,
            end_ms: service.end_ms,
            minutes: part,
            order: id,
        };
        let place = record
            .intervals
            .partition_point(|other| other.start_ms < service.start_ms);
        record.intervals.insert(place, interval);
        context.store(&key, &record);
    }
    Ok(())
}

/// Counts the claim against what this provider may serve this recipient in the month in which the service began, by the
/// policy of the provider's home district today.
fn claim_pair(
    context: &mut Context<'_, '_>,
    recipient: AccountId,
    service: Service,
    requested: Minutes,
) -> Result<(), Refusal> {
    let (month, key) = pair_month(context, recipient, service);
    let district = context.person(service.server)?.home_district;
    let limit = context.policy_minutes(district, PolicyParameter::PairMonthlyLimit)?;
    let claimed: Minutes = context.load(&key)?.unwrap_or_default();
    let total = claimed.plus(requested)?;
    if total > limit {
        return Err(Rejection::PairMonthlyLimit {
            month,
            limit,
            claimed,
            requested,
        }
        .into());
    }
    context.store(&key, &total);
    Ok(())
}

fn unclaim_pair(
    context: &mut Context<'_, '_>,
    recipient: AccountId,
    service: Service,
    minutes: Minutes,
) -> Result<(), Refusal> {
    let (_, key) = pair_month(context, recipient, service);
    let claimed: Minutes = context.load(&key)?.unwrap_or_default();
    let rest = claimed.minus(minutes)?;
    if rest.is_zero() {
        context.state.delete(&key);
    } else {
        context.store(&key, &rest);
    }
    Ok(())
}

fn pair_month(
    context: &Context<'_, '_>,
    recipient: AccountId,
    service: Service,
) -> (Month, StateKey) {
    let month = context.block.chain.calendar.month(service.start_ms);
    (month, StateKey::PairMonth(service.server, recipient, month))
}
