//! A clerk, one who serves and a verifier: approved as soon as it is reported.
//!
//! A clerk has honest orders too, and so has a verifier, so that the share of one in the other's work shows little. What
//! shows is the three together: of what this person served on this clerk's word, how much this verifier approved within a
//! small part of the time that the street usually takes. It is compared with how often that verifier approves others'
//! services in the same street as quickly: whoever always works off the day's reports at once stands out nowhere.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::id::{AccountId, OrganisationId};
use ledger_core::time::MINUTE_MS;

use super::observed::{Observed, Service};
use super::rules::ClerkVerifierPair;
use super::statistics::{Chance, MILLION, Peers, count, percent_of, rate};
use super::{Found, Subject, counted, minutes, percent};

/// The services of one person that one clerk signed for.
struct Together<'a, 'b> {
    clerk: AccountId,
    server: AccountId,
    services: Vec<&'a Service<'b>>,
}

/// Services by the home street of whom they were for, with the time they usually waited there.
struct Street<'a, 'b> {
    services: Vec<&'a Service<'b>>,
    usual_ms: u64,
}

type Streets<'a, 'b> = BTreeMap<OrganisationId, Street<'a, 'b>>;

/// What is found, by clerk and verifier.
pub(crate) fn find(
    observed: &Observed<'_>,
    rule: &ClerkVerifierPair,
) -> BTreeMap<(AccountId, AccountId), Vec<Found>> {
    let streets = streets(observed);
    let mut pairs: BTreeMap<(AccountId, AccountId), Vec<&Service<'_>>> = BTreeMap::new();
    for service in &observed.services {
        let clerks: BTreeSet<_> = service.order.clerks.iter().map(|it| it.person).collect();
        for clerk in clerks {
            pairs
                .entry((clerk, service.server))
                .or_default()
                .push(service);
        }
    }
    let mut found: BTreeMap<_, Vec<Found>> = BTreeMap::new();
    for ((clerk, server), services) in pairs {
        if count(services.len()) < rule.hurried_services_count {
            continue;
        }
        let verifiers: BTreeSet<_> = services.iter().flat_map(|it| it.verifiers()).collect();
        let together = Together {
            clerk,
            server,
            services,
        };
        for verifier in verifiers {
            if let Some(judged) = judge(observed, rule, &streets, &together, verifier) {
                found.entry((clerk, verifier)).or_default().push(judged);
            }
        }
    }
    found
}

fn streets<'a, 'b>(observed: &'a Observed<'b>) -> Streets<'a, 'b> {
    let mut streets: BTreeMap<_, Vec<&Service<'_>>> = BTreeMap::new();
    for service in &observed.services {
        streets
            .entry(Observed::street(service))
            .or_default()
            .push(service);
    }
    let with_usual = |(home, services): (_, Vec<&'a Service<'b>>)| {
        let usual_ms = Peers::new(services.iter().map(|it| waited_ms(it))).median();
        (home, Street { services, usual_ms })
    };
    streets.into_iter().map(with_usual).collect()
}

/// From the report to the verdict.
const fn waited_ms(service: &Service<'_>) -> u64 {
    let verified_ms = service.verification.event.time_ms;
    verified_ms.since_ms(service.reported.time_ms)
}

fn judge(
    observed: &Observed<'_>,
    rule: &ClerkVerifierPair,
    streets: &Streets<'_, '_>,
    together: &Together<'_, '_>,
    verifier: AccountId,
) -> Option<Found> {
    let is_hurried = |service: &Service<'_>| {
        let usual_ms = streets
            .get(&Observed::street(service))
            .map_or(0, |it| it.usual_ms);
        service.verifiers().any(|who| who == verifier)
            && percent_of(waited_ms(service), usual_ms.max(1)) < rule.hurried_wait_percent
    };
    let services = &together.services;
    let hurried: Vec<&Service<'_>> = services
        .iter()
        .copied()
        .filter(|it| is_hurried(it))
        .collect();
    let (own, all) = (count(hurried.len()), count(services.len()));
    let share = percent_of(own, all);
    if own < rule.hurried_services_count || share < rule.hurried_share_percent {
        return None;
    }
    let mut rates: BTreeMap<OrganisationId, u64> = BTreeMap::new();
    let mut chance = Chance::default();
    for service in services {
        let home = Observed::street(service);
        let rate = rates.entry(home).or_insert_with(|| {
            let others = streets.get(&home).map_or(&[][..], |it| &it.services);
            let others = others.iter().filter(|it| it.server != together.server);
            let (mut of_others, mut quick) = (0_u64, 0_u64);
            for other in others {
                of_others += 1;
                quick += u64::from(is_hurried(other));
            }
            if of_others < rule.base_count {
                MILLION
            } else {
                rate(quick, of_others)
            }
        });
        chance.add(1, *rate);
    }
    let unusual = chance.is_exceeded_by(own, rule.hurried_deviations_count)
        && chance.is_multiplied_by(own, rule.hurried_expected_percent);
    if !unusual {
        return None;
    }
    let mut subjects = observed.verifier_subjects(verifier, hurried.iter().copied());
    subjects.insert(Subject::Account(together.clerk));
    subjects.insert(Subject::Account(together.server));
    for clerk in hurried.iter().flat_map(|it| &it.order.clerks) {
        if clerk.person == together.clerk {
            subjects.insert(Subject::Staff(clerk.staff));
        }
    }
    let waits = Peers::new(hurried.iter().map(|it| waited_ms(it) / MINUTE_MS));
    let usual = Peers::new(
        rates
            .keys()
            .filter_map(|home| Some(streets.get(home)?.usual_ms)),
    );
    Some(Found {
        subjects: subjects.into_iter().collect(),
        figures: vec![
            counted("services_hurried", own),
            counted("services_of_the_two", all),
            counted("services_expected", chance.expected()),
            percent("share_hurried", share),
            minutes("median_wait", waits.median()),
            minutes("usual_wait", usual.median() / MINUTE_MS),
        ],
        evidence: hurried.iter().map(|it| it.verdict()).collect(),
        reached: (own, chance.expected().max(1)),
        mild: false,
    })
}
