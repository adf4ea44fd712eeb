//! Who is verified by whom more often than where they are explains.
//!
//! In a small street one social worker verifies everything, and at a service point everybody knows each other. So what is
//! expected is not an even spread but the rate at which this verifier verified *other people's* services in the same place:
//! for the same recipient if there are enough of them, else in the recipient's street, else in the district. Only what is
//! far beyond that is unusual. Where nobody else served at all, nothing can be said, and nothing is.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::id::{AccountId, OrganisationId};

use super::observed::{Observed, Service};
use super::rules::{ClerkVerifierPair, VerifierConcentration};
use super::statistics::{Chance, MILLION, count, percent_of, rate};
use super::{Found, Subject, counted, hurry, minutes, percent, strangers};
use crate::facts::ClerkFacts;

/// Where other people's services are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Area {
    Recipient(AccountId),
    Street(OrganisationId),
    District(OrganisationId),
}

impl Area {
    /// From the narrowest to the widest.
    const fn around(service: &Service<'_>) -> [Area; 3] {
        [
            Area::Recipient(service.order.recipient),
            Area::Street(Observed::street(service)),
            Area::District(service.order.district),
        ]
    }
}

/// How many services were verified in each area, by whom, and how many of them were one server's.
#[derive(Default)]
struct Verified {
    all: BTreeMap<Area, u64>,
    by_verifier: BTreeMap<(Area, AccountId), u64>,
    of_server: BTreeMap<(Area, AccountId), u64>,
    of_server_by_verifier: BTreeMap<(Area, AccountId, AccountId), u64>,
    portfolio: BTreeMap<AccountId, u64>,
}

impl Verified {
    fn of(observed: &Observed<'_>) -> Verified {
        let mut verified = Verified::default();
        for service in &observed.services {
            let server = service.server;
            for area in Area::around(service) {
                *verified.all.entry(area).or_default() += 1;
                *verified.of_server.entry((area, server)).or_default() += 1;
                for verifier in service.verifiers() {
                    *verified.by_verifier.entry((area, verifier)).or_default() += 1;
                    let own = verified
                        .of_server_by_verifier
                        .entry((area, server, verifier));
                    *own.or_default() += 1;
                }
            }
            for verifier in service.verifiers() {
                *verified.portfolio.entry(verifier).or_default() += 1;
            }
        }
        verified
    }

    /// The rate at which `verifier` verified others' services around `service`; certainty where there are too few.
    fn rate(&self, service: &Service<'_>, verifier: AccountId, least: u64) -> u64 {
        let server = service.server;
        let of = |map: &BTreeMap<_, u64>, key| map.get(&key).copied().unwrap_or(0);
        for area in Area::around(service) {
            let all = self.all.get(&area).copied().unwrap_or(0);
            let others = all.saturating_sub(of(&self.of_server, (area, server)));
            if others < least {
                continue;
            }
            let own = self.of_server_by_verifier.get(&(area, server, verifier));
            let by_verifier = of(&self.by_verifier, (area, verifier));
            let verified = by_verifier.saturating_sub(own.copied().unwrap_or(0));
            return rate(verified, others);
        }
        MILLION
    }
}

pub(crate) fn find_providers(observed: &Observed<'_>, rule: &VerifierConcentration) -> Vec<Found> {
    let verified = Verified::of(observed);
    let (mut found, mut named) = (Vec::new(), BTreeSet::new());
    for (server, services) in observed.servers() {
        if count(services.len()) < rule.services_count {
            continue;
        }
        let verifiers: BTreeSet<AccountId> =
            services.iter().flat_map(|it| it.verifiers()).collect();
        for verifier in verifiers {
            let own: Vec<&Service<'_>> = services
                .iter()
                .copied()
                .filter(|it| it.verifiers().any(|who| who == verifier))
                .collect();
            let (together, all) = (count(own.len()), count(services.len()));
            let portfolio = verified.portfolio.get(&verifier).copied().unwrap_or(0);
            let share = percent_of(together, all);
            let of_portfolio = percent_of(together, portfolio);
            if share < rule.share_percent || of_portfolio < rule.portfolio_percent {
                continue;
            }
            let mut chance = Chance::default();
            for service in &services {
                chance.add(1, verified.rate(service, verifier, rule.base_count));
            }
            let unusual = chance.is_exceeded_by(together, rule.deviations_count)
                && chance.is_multiplied_by(together, rule.expected_percent);
            if !unusual {
                continue;
            }
            let mut subjects = observed.verifier_subjects(verifier, own.iter().copied());
            subjects.insert(Subject::Account(server));
            found.push(Found {
                subjects: subjects.into_iter().collect(),
                figures: vec![
                    counted("services_together", together),
                    counted("services_of_provider", all),
                    counted("services_expected", chance.expected()),
                    percent("share_of_provider", share),
                    percent("share_of_verifier", of_portfolio),
                    minutes("minutes_in_all", own.iter().map(|it| it.minutes).sum()),
                ],
                evidence: own.iter().map(|it| it.verdict()).collect(),
                reached: (together, chance.expected().max(1)),
                mild: false,
            });
            named.insert((server, verifier));
        }
    }
    found.extend(strangers::find(observed, rule, &named));
    found
}

/// The services a clerk signed for in the recipient's place.
struct Desk<'a, 'b> {
    entries: BTreeSet<ClerkFacts>,
    services: Vec<&'a Service<'b>>,
}

impl Desk<'_, '_> {
    /// Whether a verifier works where this clerk does: the ledger lets no such person verify.
    fn is_barred(&self, verifier: &ClerkFacts) -> bool {
        let organisation = verifier.staff.organisation;
        self.entries
            .iter()
            .any(|entry| entry.staff.organisation == organisation)
    }
}

pub(crate) fn find_clerks(observed: &Observed<'_>, rule: &ClerkVerifierPair) -> Vec<Found> {
    let mut desks: BTreeMap<AccountId, Desk<'_, '_>> = BTreeMap::new();
    for service in &observed.services {
        for clerk in &service.order.clerks {
            let desk = desks.entry(clerk.person).or_insert_with(|| Desk {
                entries: BTreeSet::new(),
                services: Vec::new(),
            });
            desk.entries.insert(*clerk);
            if desk
                .services
                .last()
                .is_none_or(|last| last.id != service.id)
            {
                desk.services.push(service);
            }
        }
    }
    let mut streets: BTreeMap<Area, Vec<&Service<'_>>> = BTreeMap::new();
    for service in &observed.services {
        let [_, street, district] = Area::around(service);
        streets.entry(street).or_default().push(service);
        streets.entry(district).or_default().push(service);
    }
    let mut hurried = hurry::find(observed, rule);
    let mut found = Vec::new();
    for (clerk, desk) in &desks {
        let least = rule.services_count.min(rule.one_server_services_count);
        if count(desk.services.len()) < least {
            continue;
        }
        let verifiers: BTreeSet<AccountId> =
            desk.services.iter().flat_map(|it| it.verifiers()).collect();
        for verifier in verifiers {
            // What is known of the three says more than what is known of two of them.
            if let Some(of_three) = hurried.remove(&(*clerk, verifier)) {
                found.extend(of_three);
                continue;
            }
            found.extend(judge_clerk(
                observed,
                rule,
                &streets,
                (*clerk, desk),
                verifier,
            ));
        }
    }
    found
}

fn judge_clerk(
    observed: &Observed<'_>,
    rule: &ClerkVerifierPair,
    streets: &BTreeMap<Area, Vec<&Service<'_>>>,
    (clerk, desk): (AccountId, &Desk<'_, '_>),
    verifier: AccountId,
) -> Option<Found> {
    let own: Vec<&Service<'_>> = desk
        .services
        .iter()
        .copied()
        .filter(|it| it.verifiers().any(|who| who == verifier))
        .collect();
    let (together, all) = (count(own.len()), count(desk.services.len()));
    let share = percent_of(together, all);
    let mut servers: BTreeMap<AccountId, u64> = BTreeMap::new();
    for service in &own {
        *servers.entry(service.server).or_default() += 1;
    }
    let (most, server) = servers.iter().map(|(who, n)| (*n, *who)).max()?;
    let one_server = percent_of(most, together);
    let least = if one_server >= rule.one_server_percent {
        rule.one_server_services_count
    } else {
        rule.services_count
    };
    if together < least || share < rule.share_percent {
        return None;
    }
    let mut chance = Chance::default();
    let mut rates: BTreeMap<[Area; 2], u64> = BTreeMap::new();
    for service in &desk.services {
        let [_, street, district] = Area::around(service);
        let rate = rates.entry([street, district]).or_insert_with(|| {
            [street, district]
                .iter()
                .find_map(|area| rate_elsewhere(streets.get(area)?, desk, clerk, verifier, rule))
                .unwrap_or(MILLION)
        });
        chance.add(1, *rate);
    }
    let unusual = chance.is_exceeded_by(together, rule.deviations_count)
        && chance.is_multiplied_by(together, rule.expected_percent);
    if !unusual {
        return None;
    }
    let mut subjects = observed.verifier_subjects(verifier, own.iter().copied());
    subjects.insert(Subject::Account(clerk));
    subjects.extend(desk.entries.iter().map(|it| Subject::Staff(it.staff)));
    if one_server >= rule.one_server_percent {
        subjects.insert(Subject::Account(server));
    }
    Some(Found {
        subjects: subjects.into_iter().collect(),
        figures: vec![
            counted("services_together", together),
            counted("services_of_clerk", all),
            counted("services_expected", chance.expected()),
            percent("share_of_clerk", share),
            percent("share_of_one_server", one_server),
            minutes("minutes_in_all", own.iter().map(|it| it.minutes).sum()),
        ],
        evidence: own.iter().map(|it| it.verdict()).collect(),
        reached: (together, chance.expected().max(1)),
        mild: false,
    })
}

/// The rate at which `verifier` verified services that this clerk had no part in, among those verified by people who could
/// verify for this clerk; none when they are too few.
fn rate_elsewhere(
    services: &[&Service<'_>],
    desk: &Desk<'_, '_>,
    clerk: AccountId,
    verifier: AccountId,
    rule: &ClerkVerifierPair,
) -> Option<u64> {
    let (mut all, mut verified) = (0, 0);
    for service in services {
        if service.order.clerks.iter().any(|it| it.person == clerk) {
            continue;
        }
        let by = &service.verification.verifiers;
        if by.iter().all(|it| desk.is_barred(it)) {
            continue;
        }
        all += 1;
        verified += u64::from(by.iter().any(|it| it.person == verifier));
    }
    (all >= rule.base_count).then(|| rate(verified, all))
}
