//! Work at night.
//!
//! Night care exists, in shifts, under codes for which night is usual. Unusual are services at night under codes that
//! others serve by day, many services in one night, and more nights in a month than anybody sits up.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::id::{AccountId, ServiceCode};
use ledger_core::time::{Day, HOUR_MS, MINUTE_MS};

use super::observed::{Observed, Service};
use super::rules::NightWork;
use super::statistics::{count, percent_of};
use super::{Found, Subject, counted, minutes};

/// The days over which nights are counted.
const WINDOW_DAYS: u32 = 28;
/// Of fewer services of a code by others nothing is known about when it is usual.
const OTHERS_LEAST: u64 = 5;

/// A service at night: the day on which the night began, and its minutes in it.
#[derive(Clone, Copy)]
struct AtNight<'a, 'b> {
    service: &'a Service<'b>,
    night: Day,
    minutes: u64,
}

/// Services of a code: all, and those at night.
#[derive(Clone, Copy, Default)]
struct Custom {
    all: u64,
    at_night: u64,
}

pub(crate) fn find(observed: &Observed<'_>, rule: &NightWork) -> Vec<Found> {
    let mut codes: BTreeMap<ServiceCode, Custom> = BTreeMap::new();
    let mut people: Vec<(
        AccountId,
        BTreeMap<ServiceCode, Custom>,
        Vec<AtNight<'_, '_>>,
    )> = Vec::new();
    for places in observed.by_server.values() {
        let mut own: BTreeMap<ServiceCode, Custom> = BTreeMap::new();
        let mut nights = Vec::new();
        for place in places {
            let service = &observed.services[*place];
            let at_night = at_night(observed, rule, service);
            nights.extend(at_night);
            for customs in [&mut own, &mut codes] {
                let custom = customs.entry(service.order.service).or_default();
                custom.all += 1;
                custom.at_night += u64::from(at_night.is_some());
            }
        }
        if let Some(first) = nights.first() {
            people.push((first.service.server, own, nights));
        }
    }
    let usual = |code: ServiceCode, own: &BTreeMap<ServiceCode, Custom>| {
        let (city, own) = (
            codes.get(&code).copied().unwrap_or_default(),
            own.get(&code).copied().unwrap_or_default(),
        );
        let others = city.all.saturating_sub(own.all);
        let at_night = city.at_night.saturating_sub(own.at_night);
        others < OTHERS_LEAST || percent_of(at_night, others) >= rule.usual_percent
    };
    people
        .into_iter()
        .filter_map(|(server, own, nights)| judge(rule, server, &nights, |code| usual(code, &own)))
        .collect()
}

/// A service with enough minutes in one night.
fn at_night<'a, 'b>(
    observed: &Observed<'_>,
    rule: &NightWork,
    service: &'a Service<'b>,
) -> Option<AtNight<'a, 'b>> {
    let calendar = observed.facts.calendar;
    let (start_ms, end_ms) = (service.claim.start_ms, service.claim.end_ms);
    let (from, to) = (rule.from_hour % 24, rule.to_hour % 24);
    let hours = (to + 24 - from) % 24;
    let first = Day(calendar.day(start_ms).0.saturating_sub(1));
    let last = calendar.day(end_ms);
    (first.0..=last.0)
        .map(Day)
        .filter_map(|night| {
            let begins = calendar.start_of(night).plus_ms(from * HOUR_MS);
            let ends = begins.plus_ms(hours * HOUR_MS);
            let within = end_ms.min(ends).since_ms(start_ms.max(begins)) / MINUTE_MS;
            let minutes = within.min(service.minutes);
            (minutes >= rule.night_minutes).then_some(AtNight {
                service,
                night,
                minutes,
            })
        })
        .max_by_key(|it| it.minutes)
}

fn judge(
    rule: &NightWork,
    server: AccountId,
    nights: &[AtNight<'_, '_>],
    usual: impl Fn(ServiceCode) -> bool,
) -> Option<Found> {
    let mut by_night: BTreeMap<Day, Vec<&AtNight<'_, '_>>> = BTreeMap::new();
    for it in nights {
        by_night.entry(it.night).or_default().push(it);
    }
    let unusual: BTreeSet<Day> = by_night
        .iter()
        .filter(|(_, of_night)| {
            count(of_night.len()) > rule.services_a_night_count
                || of_night.iter().any(|it| !usual(it.service.order.service))
        })
        .map(|(night, _)| *night)
        .collect();
    let most_in_window = by_night
        .keys()
        .map(|first| {
            let last = first.plus_days(WINDOW_DAYS);
            count(by_night.range(*first..last).count())
        })
        .max()?;
    let reached = if count(unusual.len()) >= rule.nights_count {
        (count(unusual.len()), rule.nights_count)
    } else if most_in_window >= rule.usual_nights_count {
        (most_in_window, rule.usual_nights_count)
    } else {
        return None;
    };
    Some(Found {
        subjects: vec![Subject::Account(server)],
        figures: vec![
            counted("unusual_nights", count(unusual.len())),
            counted("nights", count(by_night.len())),
            counted("nights_in_window", most_in_window),
            counted(
                "most_in_one_night",
                by_night
                    .values()
                    .map(|it| count(it.len()))
                    .max()
                    .unwrap_or(0),
            ),
            minutes("night_minutes", nights.iter().map(|it| it.minutes).sum()),
        ],
        evidence: nights.iter().map(|it| it.service.report()).collect(),
        reached,
        mild: false,
    })
}
