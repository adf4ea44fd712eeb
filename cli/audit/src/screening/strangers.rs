//! A provider whose services somebody from another street verifies.
//!
//! Who verifies is nearly always of the recipient's own street, or of an office above it. Somebody of another street who
//! verifies one provider there again and again, and hardly anybody else, stands out however much else the two of them do.
//! What is expected is taken from other people's services for *other* recipients of the same street, because accomplices
//! who serve the same recipients would otherwise explain each other, and that were verified in the same weeks, because
//! somebody who stands in for a colleague verifies everybody's.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::id::{AccountId, OrganisationId};

use super::observed::{Observed, Service};
use super::rules::VerifierConcentration;
use super::statistics::{Chance, MILLION, count, percent_of, rate};
use super::{Found, Subject, counted, minutes, percent};
use crate::facts::Facts;

/// The most offices above one another that are looked at: city, district, street and service point are four.
const LEVELS_MAX: usize = 8;

type Streets<'a, 'b> = BTreeMap<OrganisationId, Vec<&'a Service<'b>>>;

/// What is found about providers and verifiers that are not `named` already.
pub(crate) fn find(
    observed: &Observed<'_>,
    rule: &VerifierConcentration,
    named: &BTreeSet<(AccountId, AccountId)>,
) -> Vec<Found> {
    let mut streets: Streets<'_, '_> = BTreeMap::new();
    let mut pairs: BTreeMap<(AccountId, AccountId), Vec<&Service<'_>>> = BTreeMap::new();
    for service in &observed.services {
        let home = Observed::street(service);
        streets.entry(home).or_default().push(service);
        let strangers: BTreeSet<AccountId> = service
            .verification
            .verifiers
            .iter()
            .filter(|it| is_stranger(observed.facts, it.staff.organisation, home))
            .map(|it| it.person)
            .collect();
        for verifier in strangers {
            pairs
                .entry((service.server, verifier))
                .or_default()
                .push(service);
        }
    }
    pairs
        .iter()
        .filter(|(pair, services)| {
            !named.contains(pair) && count(services.len()) >= rule.foreign_services_count
        })
        .filter_map(|(pair, services)| judge(observed, rule, &streets, *pair, services))
        .collect()
}

/// Whether an office is neither of this street nor above it. Of an office that the book does not know, nothing is said.
fn is_stranger(facts: &Facts, office: OrganisationId, home: OrganisationId) -> bool {
    let known = |id| facts.organisations.contains_key(&id);
    known(office)
        && known(home)
        && !is_within(facts, office, home)
        && !is_within(facts, home, office)
}

fn is_within(facts: &Facts, office: OrganisationId, whole: OrganisationId) -> bool {
    let above = |id: &OrganisationId| facts.organisations.get(id)?.parent;
    std::iter::successors(Some(office), above)
        .take(LEVELS_MAX)
        .any(|it| it == whole)
}

fn judge(
    observed: &Observed<'_>,
    rule: &VerifierConcentration,
    streets: &Streets<'_, '_>,
    (server, verifier): (AccountId, AccountId),
    foreign: &[&Service<'_>],
) -> Option<Found> {
    let homes: BTreeSet<OrganisationId> = foreign.iter().map(|it| Observed::street(it)).collect();
    let recipients: BTreeSet<AccountId> = foreign.iter().map(|it| it.order.recipient).collect();
    let verdicts = || foreign.iter().map(|it| it.verification.event);
    let (first, last) = (verdicts().min()?, verdicts().max()?);
    let mut there = 0_u64;
    let mut chance = Chance::default();
    for services in homes.iter().filter_map(|home| streets.get(home)) {
        let (mut own, mut others, mut verified) = (0, 0, 0);
        for service in services {
            if !(first..=last).contains(&service.verification.event) {
                continue;
            }
            if service.server == server {
                own += 1;
            } else if !recipients.contains(&service.order.recipient) {
                others += 1;
                verified += u64::from(service.verifiers().any(|who| who == verifier));
            }
        }
        there = there.saturating_add(own);
        let expected = if others < rule.base_count {
            MILLION
        } else {
            rate(verified, others)
        };
        chance.add(own, expected);
    }
    let together = count(foreign.len());
    let share = percent_of(together, there);
    let unusual = share >= rule.foreign_share_percent
        && chance.is_exceeded_by(together, rule.foreign_deviations_count)
        && chance.is_multiplied_by(together, rule.foreign_expected_percent);
    if !unusual {
        return None;
    }
    let mut subjects = observed.verifier_subjects(verifier, foreign.iter().copied());
    subjects.insert(Subject::Account(server));
    Some(Found {
        subjects: subjects.into_iter().collect(),
        figures: vec![
            counted("services_foreign", together),
            counted("services_there", there),
            counted("services_expected", chance.expected()),
            percent("share_foreign", share),
            minutes("minutes_in_all", foreign.iter().map(|it| it.minutes).sum()),
        ],
        evidence: foreign.iter().map(|it| it.verdict()).collect(),
        reached: (together, chance.expected().max(1)),
        mild: false,
    })
}
