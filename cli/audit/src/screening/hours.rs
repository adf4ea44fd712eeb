//! More hours than a person serves.
//!
//! Days near the daily limit happen: night care comes in shifts, a flood fills a week. What does not happen is a month of
//! them, or days patched together from many short services for many people. So shifts and short services are looked at
//! separately, days with a campaign or training do not count as long, and sums are compared with those of peers.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::id::AccountId;
use ledger_core::record::policy::PolicyParameter;
use ledger_core::time::Day;

use super::observed::{Observed, Service};
use super::rules::HoursADay;
use super::statistics::{Peers, count};
use super::{Found, Subject, counted, days, minutes};

/// A person's day.
#[derive(Clone, Debug, Default)]
struct Worked {
    minutes: u64,
    short_minutes: u64,
    recipients: BTreeSet<AccountId>,
    attended: bool,
}

/// The fullest window of a person, by each of the measures.
#[derive(Clone, Copy, Debug, Default)]
struct Fullest {
    long_days: u64,
    crowded_days: u64,
    minutes: u64,
    short_minutes: u64,
}

pub(crate) fn find(observed: &Observed<'_>, rule: &HoursADay) -> Vec<Found> {
    let attended = attended_days(observed);
    let people: Vec<(AccountId, Vec<&Service<'_>>, Fullest)> = observed
        .servers()
        .map(|(server, services)| {
            let none = BTreeSet::new();
            let attended = attended.get(&server).unwrap_or(&none);
            let days = worked(observed, &services, attended, rule);
            let fullest = fullest(observed, server, &days, rule);
            (server, services, fullest)
        })
        .collect();
    let peers_all = Peers::new(people.iter().map(|(.., it)| it.minutes));
    let peers_short = Peers::new(people.iter().map(|(.., it)| it.short_minutes));
    let beyond = |peers: &Peers, own: u64, threshold: u64| {
        let others = peers.quantile_without(own, 90);
        let multiple = others.saturating_mul(rule.peers_percent) / 100;
        threshold.max(multiple)
    };
    let mut found = Vec::new();
    for (server, services, it) in people {
        let all = beyond(&peers_all, it.minutes, rule.all_services_minutes);
        let short = beyond(&peers_short, it.short_minutes, rule.short_services_minutes);
        let reached = [
            (it.minutes, all),
            (it.short_minutes, short),
            (it.long_days, rule.long_days_count),
            (it.crowded_days, rule.crowded_days_count),
        ];
        let most = reached
            .into_iter()
            .filter(|(value, threshold)| value >= threshold)
            .max_by_key(|(value, threshold)| value.saturating_mul(1_000) / (*threshold).max(1));
        let Some(reached) = most else { continue };
        found.push(Found {
            subjects: vec![Subject::Account(server)],
            figures: vec![
                minutes("minutes_in_window", it.minutes),
                minutes("short_minutes_in_window", it.short_minutes),
                minutes(
                    "peers_minutes_in_window",
                    peers_all.quantile_without(it.minutes, 90),
                ),
                counted("long_days", it.long_days),
                counted("crowded_days", it.crowded_days),
                days("window", rule.window_days),
            ],
            evidence: services.iter().map(|service| service.report()).collect(),
            reached,
            mild: false,
        });
    }
    found
}

/// On which days people took part in training or a campaign.
fn attended_days(observed: &Observed<'_>) -> BTreeMap<AccountId, BTreeSet<Day>> {
    let mut attended: BTreeMap<AccountId, BTreeSet<Day>> = BTreeMap::new();
    for record in &observed.facts.attendances {
        let touched = observed.days((record.start_ms, record.end_ms), record.minutes);
        let touched: Vec<Day> = touched.map(|(day, _)| day).collect();
        for participant in &record.participants {
            let days = attended.entry(*participant).or_default();
            days.extend(touched.iter().copied());
        }
    }
    attended
}

fn worked(
    observed: &Observed<'_>,
    services: &[&Service<'_>],
    attended: &BTreeSet<Day>,
    rule: &HoursADay,
) -> BTreeMap<Day, Worked> {
    let mut days: BTreeMap<Day, Worked> = BTreeMap::new();
    for service in services {
        let interval = (service.claim.start_ms, service.claim.end_ms);
        for (day, minutes) in observed.days(interval, service.minutes) {
            let worked = days.entry(day).or_default();
            worked.minutes += minutes;
            worked.recipients.insert(service.order.recipient);
            worked.attended = attended.contains(&day);
            // Decided by the whole service: a night shift is no shorter for the midnight in it.
            if service.minutes <= rule.short_service_minutes {
                worked.short_minutes += minutes;
            }
        }
    }
    days
}

fn fullest(
    observed: &Observed<'_>,
    server: AccountId,
    days: &BTreeMap<Day, Worked>,
    rule: &HoursADay,
) -> Fullest {
    let mut fullest = Fullest::default();
    for first in days.keys() {
        let last = first.plus_days(u32::try_from(rule.window_days).unwrap_or(u32::MAX));
        let mut window = Fullest::default();
        for (day, worked) in days.range(*first..last) {
            window.minutes += worked.minutes;
            window.short_minutes += worked.short_minutes;
            if worked.attended || worked.minutes < long_day(observed, server, *day, rule) {
                continue;
            }
            window.long_days += 1;
            if count(worked.recipients.len()) >= rule.crowded_day_count {
                window.crowded_days += 1;
            }
        }
        fullest.minutes = fullest.minutes.max(window.minutes);
        fullest.short_minutes = fullest.short_minutes.max(window.short_minutes);
        fullest.long_days = fullest.long_days.max(window.long_days);
        fullest.crowded_days = fullest.crowded_days.max(window.crowded_days);
    }
    fullest
}

/// From how many minutes on a day is long for somebody: a share of the daily limit at their home.
fn long_day(observed: &Observed<'_>, server: AccountId, day: Day, rule: &HoursADay) -> u64 {
    let facts = observed.facts;
    let at = facts.calendar.start_of(day);
    let home = facts.accounts.get(&server).map(|known| known.home_at(at));
    let district = home.and_then(|home| facts.district_of(home));
    let district = district.unwrap_or(facts.city);
    let limit = facts
        .policies
        .number(district, PolicyParameter::DailyLimit, day);
    (limit.saturating_mul(rule.long_day_percent) / 100).max(rule.long_day_minutes)
}
