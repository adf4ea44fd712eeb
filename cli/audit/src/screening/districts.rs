//! A month in which one district paid another far more than came back, for the services of a few people.
//!
//! Districts are not alike: one has volunteers, another elders, and clearing shows it every month. What is unusual is a flow
//! that stands out from the city's other flows and hangs on a few people, because minutes are moved where a fund pays for
//! them that way.

use std::collections::BTreeMap;

use ledger_core::id::{AccountId, OrganisationId};
use ledger_core::time::Month;

use super::observed::{Observed, Service};
use super::rules::DistrictImbalance;
use super::statistics::{Peers, count, percent_of};
use super::{Found, Subject, counted, minutes, percent};

type Route = (OrganisationId, OrganisationId);

/// What one district's people were served in another in a month.
#[derive(Default)]
struct Flow<'a, 'b> {
    minutes: u64,
    services: Vec<&'a Service<'b>>,
}

/// A month that stands out.
struct Outstanding<'a, 'b> {
    minutes: u64,
    threshold: u64,
    back: u64,
    share: u64,
    few: Vec<AccountId>,
    services: &'a [&'a Service<'b>],
}

pub(crate) fn find(observed: &Observed<'_>, rule: &DistrictImbalance) -> Vec<Found> {
    let facts = observed.facts;
    let mut flows: BTreeMap<(Route, Month), Flow<'_, '_>> = BTreeMap::new();
    for service in &observed.services {
        let at = service.claim.start_ms;
        let payer = facts.accounts.get(&service.order.paying_account());
        let home = payer.and_then(|payer| facts.district_of(payer.home_at(at)));
        let Some(home) = home.filter(|home| *home != service.order.district) else {
            continue;
        };
        let route = (home, service.order.district);
        let flow = flows.entry((route, facts.calendar.month(at))).or_default();
        flow.minutes += service.minutes;
        flow.services.push(service);
    }
    let peers = Peers::new(flows.values().map(|flow| flow.minutes));
    let mut outstanding: BTreeMap<Route, Vec<Outstanding<'_, '_>>> = BTreeMap::new();
    for ((route, month), flow) in &flows {
        let opposite = flows.get(&((route.1, route.0), *month));
        let back = opposite.map_or(0, |flow| flow.minutes);
        let usual = peers.quantile_without(flow.minutes, 50);
        let threshold = rule
            .month_minutes
            .max(back.saturating_mul(rule.opposite_percent) / 100)
            .max(usual.saturating_mul(rule.usual_percent) / 100);
        let (few, share) = few_servers(&flow.services, flow.minutes, rule);
        if flow.minutes < threshold || share < rule.few_servers_percent {
            continue;
        }
        outstanding.entry(*route).or_default().push(Outstanding {
            minutes: flow.minutes,
            threshold,
            back,
            share,
            few,
            services: &flow.services,
        });
    }
    outstanding
        .into_iter()
        .filter_map(|(route, months)| finding(route, &months))
        .collect()
}

/// Those who served most of a flow, and their share of it.
fn few_servers(
    services: &[&Service<'_>],
    all: u64,
    rule: &DistrictImbalance,
) -> (Vec<AccountId>, u64) {
    let mut servers: BTreeMap<AccountId, u64> = BTreeMap::new();
    for service in services {
        *servers.entry(service.server).or_default() += service.minutes;
    }
    let mut most: Vec<(u64, AccountId)> = servers.into_iter().map(|(who, m)| (m, who)).collect();
    most.sort_unstable_by(|left, right| right.cmp(left));
    most.truncate(usize::try_from(rule.few_servers_count).unwrap_or(usize::MAX));
    let share = percent_of(most.iter().map(|(minutes, _)| minutes).sum(), all);
    (most.into_iter().map(|(_, who)| who).collect(), share)
}

fn finding((from, to): Route, months: &[Outstanding<'_, '_>]) -> Option<Found> {
    let worst = months.iter().max_by_key(|it| it.minutes)?;
    let mut subjects = vec![Subject::Organisation(from), Subject::Organisation(to)];
    for month in months {
        subjects.extend(month.few.iter().map(|who| Subject::Account(*who)));
    }
    let services = months.iter().flat_map(|it| it.services);
    Some(Found {
        subjects,
        figures: vec![
            minutes("month_minutes", worst.minutes),
            minutes("month_back", worst.back),
            counted("months", count(months.len())),
            percent("few_servers", worst.share),
        ],
        evidence: services.map(|service| service.verdict()).collect(),
        reached: (worst.minutes, worst.threshold),
        mild: false,
    })
}
