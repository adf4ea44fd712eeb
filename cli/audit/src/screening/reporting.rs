//! When services were reported: at the last moment allowed, or sooner than they take.
//!
//! Papers come late, and somebody who helped on the way to the shop posts the order afterwards. Both happen to everybody
//! now and then; what is unusual is one person of whom it is the rule, beyond what is usual in the city. Who waits until
//! the limit chooses days for which no clash with other claims can still appear; who reports sooner than the service takes
//! was not there.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::id::AccountId;
use ledger_core::time::MINUTE_MS;

use super::observed::{Observed, Service};
use super::rules::{BackdatedAtLimit, ImplausiblyFast};
use super::statistics::{Chance, MILLION, count, percent_of, rate};
use super::{Found, Subject, counted, minutes, percent};
use crate::facts::Origin;

/// The least rate at which orders are taken to be reported too soon by honest people: one in fifty, also in a city where
/// nobody else did it.
const FAST_RATE_LEAST: u64 = MILLION / 50;

/// One person's services of which some are of the kind looked for.
#[derive(Default)]
struct Share<'a, 'b> {
    all: Vec<&'a Service<'b>>,
    marked: Vec<&'a Service<'b>>,
    subjects: BTreeSet<Subject>,
}

impl<'a, 'b> Share<'a, 'b> {
    /// Adds a service, once.
    fn note(
        &mut self,
        service: &'a Service<'b>,
        is_marked: bool,
        subjects: impl IntoIterator<Item = Subject>,
    ) {
        self.subjects.extend(subjects);
        if self.all.last().is_some_and(|last| last.id == service.id) {
            return;
        }
        self.all.push(service);
        if is_marked {
            self.marked.push(service);
        }
    }
}

pub(crate) fn find_backdated(observed: &Observed<'_>, rule: &BackdatedAtLimit) -> Vec<Found> {
    let calendar = observed.facts.calendar;
    let mut by_server: BTreeMap<AccountId, Share<'_, '_>> = BTreeMap::new();
    let mut by_clerk: BTreeMap<AccountId, Share<'_, '_>> = BTreeMap::new();
    let (mut all, mut marked) = (0, 0);
    for service in &observed.services {
        let limit = u64::from(service.order.backdating_days);
        let Some(late) = service.order.days_late(calendar).map(u64::from) else {
            continue;
        };
        // Where the limit is a few days, everything late is at the limit, and it says nothing.
        let tells = limit > rule.late_days.saturating_add(rule.margin_days);
        if !tells || late <= rule.late_days {
            continue;
        }
        let at_limit = late.saturating_add(rule.margin_days) > limit;
        all += 1;
        marked += u64::from(at_limit);
        let server = by_server.entry(service.server).or_default();
        server.note(service, at_limit, [Subject::Account(service.server)]);
        for clerk in &service.order.clerks {
            let subjects = [Subject::Account(clerk.person), Subject::Staff(clerk.staff)];
            let desk = by_clerk.entry(clerk.person).or_default();
            desk.note(service, at_limit, subjects);
        }
    }
    // Of a clerk only what is not one server's habit.
    by_clerk.retain(|_, share| {
        let servers: BTreeSet<AccountId> = share.marked.iter().map(|it| it.server).collect();
        servers.len() > 1
    });
    by_server
        .values()
        .chain(by_clerk.values())
        .filter_map(|share| judge_backdated(rule, share, (all, marked)))
        .collect()
}

fn judge_backdated(
    rule: &BackdatedAtLimit,
    share: &Share<'_, '_>,
    (all, marked): (u64, u64),
) -> Option<Found> {
    let (own, at_limit) = (count(share.all.len()), count(share.marked.len()));
    let of_late = percent_of(at_limit, own);
    if at_limit < rule.services_count || of_late < rule.late_share_percent {
        return None;
    }
    // Late papers spread over the days that are allowed; in a city with few of them that spread is all there is to go by.
    let limit = share
        .all
        .iter()
        .map(|it| u64::from(it.order.backdating_days));
    let days = limit.min()?.saturating_sub(rule.late_days);
    let spread = rate(rule.margin_days, days);
    let others = rate(marked.saturating_sub(at_limit), all.saturating_sub(own));
    let mut chance = Chance::default();
    chance.add(own, spread.max(others));
    if !chance.is_exceeded_by(at_limit, rule.deviations_count) {
        return None;
    }
    Some(Found {
        subjects: share.subjects.iter().copied().collect(),
        figures: vec![
            counted("services_at_limit", at_limit),
            counted("services_late", own),
            counted("services_expected", chance.expected()),
            percent("share_of_late", of_late),
            minutes(
                "minutes_in_all",
                share.marked.iter().map(|it| it.minutes).sum(),
            ),
        ],
        evidence: share.marked.iter().map(|it| it.report()).collect(),
        reached: (at_limit, rule.services_count),
        mild: false,
    })
}

pub(crate) fn find_fast(observed: &Observed<'_>, rule: &ImplausiblyFast) -> Vec<Found> {
    let mut by_server: BTreeMap<AccountId, Share<'_, '_>> = BTreeMap::new();
    let (mut all, mut marked) = (0, 0);
    for service in &observed.services {
        if service.order.origin != Origin::Posted {
            continue;
        }
        let elapsed_ms = service
            .reported
            .time_ms
            .since_ms(service.order.posted.time_ms);
        let claimed_ms = service.claim.minutes.0.saturating_mul(MINUTE_MS);
        let fast = elapsed_ms.saturating_mul(100) < claimed_ms.saturating_mul(rule.elapsed_percent);
        let share = by_server.entry(service.server).or_default();
        share.note(service, fast, [Subject::Account(service.server)]);
        all += 1;
        marked += u64::from(fast);
    }
    by_server
        .values()
        .filter_map(|share| judge_fast(rule, share, (all, marked)))
        .collect()
}

fn judge_fast(
    rule: &ImplausiblyFast,
    share: &Share<'_, '_>,
    (all, marked): (u64, u64),
) -> Option<Found> {
    let (own, fast) = (count(share.all.len()), count(share.marked.len()));
    let of_own = percent_of(fast, own);
    if fast < rule.services_count || of_own < rule.share_percent {
        return None;
    }
    let others = rate(marked.saturating_sub(fast), all.saturating_sub(own));
    let mut chance = Chance::default();
    chance.add(own, others.max(FAST_RATE_LEAST));
    if !chance.is_exceeded_by(fast, rule.deviations_count) {
        return None;
    }
    let elapsed = |service: &&Service<'_>| {
        let posted = service.order.posted.time_ms;
        service.reported.time_ms.since_ms(posted) / MINUTE_MS
    };
    Some(Found {
        subjects: share.subjects.iter().copied().collect(),
        figures: vec![
            counted("services_too_fast", fast),
            counted("services_ordered", own),
            counted("services_expected", chance.expected()),
            minutes(
                "shortest_elapsed",
                share.marked.iter().map(elapsed).min().unwrap_or(0),
            ),
            minutes(
                "minutes_in_all",
                share.marked.iter().map(|it| it.minutes).sum(),
            ),
        ],
        evidence: share.marked.iter().map(|it| it.report()).collect(),
        reached: (fast, rule.services_count),
        mild: false,
    })
}
