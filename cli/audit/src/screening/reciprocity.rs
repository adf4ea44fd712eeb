//! People who serve, or verify, each other: pairs, circles, and verifiers.
//!
//! Helping each other is what a time bank is for, and neighbours who pay each other with their own minutes take nothing from
//! anybody. What is unusual is a pair that serves hardly anybody else, in like amounts, while a budget pays both: then the
//! hours cancel out, and minted minutes are left. So only services that a budget pays count; linked kin look after each
//! other, so that for them more are needed.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::id::AccountId;

use super::observed::{Observed, Service};
use super::rules::{MutualVerification, PairBothWays, ServiceRing};
use super::statistics::{count, percent_of};
use super::{Evidence, Found, Subject, counted, minutes, percent};

/// What one person served another.
#[derive(Clone, Debug, Default)]
struct Served {
    count: u64,
    minutes: u64,
    minted_count: u64,
    evidence: Vec<Evidence>,
}

/// Everything served, by who served and whom.
struct Given {
    pairs: BTreeMap<(AccountId, AccountId), Served>,
    /// How many services each gave.
    totals: BTreeMap<AccountId, u64>,
}

impl Given {
    fn of(observed: &Observed<'_>) -> Given {
        let mut pairs: BTreeMap<(AccountId, AccountId), Served> = BTreeMap::new();
        let mut totals: BTreeMap<AccountId, u64> = BTreeMap::new();
        for service in &observed.services {
            let pair = (service.server, service.order.recipient);
            let served = pairs.entry(pair).or_default();
            served.count += 1;
            served.minutes += service.minutes;
            served.minted_count += u64::from(service.order.is_minted());
            served.evidence.push(service.report());
            *totals.entry(service.server).or_default() += 1;
        }
        Given { pairs, totals }
    }

    /// The share of what `server` gave that went to `recipient`, in percent.
    fn devotion(&self, server: AccountId, recipient: AccountId) -> u64 {
        let given = self.pairs.get(&(server, recipient));
        let total = self.totals.get(&server).copied().unwrap_or(0);
        percent_of(given.map_or(0, |served| served.count), total)
    }
}

pub(crate) fn find_pairs(observed: &Observed<'_>, rule: &PairBothWays) -> Vec<Found> {
    let given = Given::of(observed);
    let mut found = Vec::new();
    for ((one, other), there) in &given.pairs {
        if one >= other {
            continue;
        }
        let Some(back) = given.pairs.get(&(*other, *one)) else {
            continue;
        };
        let linked = were_ever_kin(observed, *one, *other);
        let each_way = there.minted_count.min(back.minted_count);
        let least = match linked {
            true => rule.kin_each_way_count,
            false => rule.each_way_count,
        };
        let (less, more) = (
            there.minutes.min(back.minutes),
            there.minutes.max(back.minutes),
        );
        let devotion = given
            .devotion(*one, *other)
            .max(given.devotion(*other, *one));
        let balance = percent_of(less, more);
        if each_way < least || balance < rule.balance_percent || devotion < rule.devotion_percent {
            continue;
        }
        let evidence = there.evidence.iter().chain(&back.evidence);
        found.push(Found {
            subjects: vec![Subject::Account(*one), Subject::Account(*other)],
            figures: vec![
                counted("services_each_way", there.count.min(back.count)),
                minutes("minutes_there", there.minutes),
                minutes("minutes_back", back.minutes),
                percent("devotion", devotion),
                counted("minted_services", there.minted_count + back.minted_count),
                counted("linked_kin", u64::from(linked)),
            ],
            evidence: evidence.copied().collect(),
            reached: (each_way, least),
            mild: false,
        });
    }
    found
}

fn were_ever_kin(observed: &Observed<'_>, one: AccountId, other: AccountId) -> bool {
    let pair = (one.min(other), one.max(other));
    observed.facts.kin.contains_key(&pair)
}

/// Circles of three and more. Each is reported once, begun at its least member.
pub(crate) fn find_rings(observed: &Observed<'_>, rule: &ServiceRing) -> Vec<Found> {
    let given = Given::of(observed);
    let mut onward: BTreeMap<AccountId, BTreeSet<AccountId>> = BTreeMap::new();
    for ((server, recipient), served) in &given.pairs {
        let devoted = given.devotion(*server, *recipient) >= rule.devotion_percent;
        if served.count >= rule.each_count && devoted {
            onward.entry(*server).or_default().insert(*recipient);
        }
    }
    let mut rings = BTreeSet::new();
    for first in onward.keys() {
        let mut path = vec![*first];
        follow_rings(&onward, &mut path, rule.members_count_max, &mut rings);
    }
    rings
        .into_iter()
        .map(|ring| {
            let next = ring.iter().cycle().skip(1);
            let served: Vec<&Served> = ring
                .iter()
                .zip(next)
                .filter_map(|(from, to)| given.pairs.get(&(*from, *to)))
                .collect();
            let least = served.iter().map(|it| it.count).min().unwrap_or(0);
            Found {
                subjects: ring.iter().map(|it| Subject::Account(*it)).collect(),
                figures: vec![
                    counted("members", count(ring.len())),
                    counted("services_of_each", least),
                    minutes("minutes_in_all", served.iter().map(|it| it.minutes).sum()),
                    counted(
                        "minted_services",
                        served.iter().map(|it| it.minted_count).sum(),
                    ),
                ],
                evidence: served.iter().flat_map(|it| it.evidence.clone()).collect(),
                reached: (least, rule.each_count),
                mild: false,
            }
        })
        .collect()
}

/// Because each step takes at least `devotion_percent` of what somebody gave, nobody has more than a few ways onward, and
/// the depth is bounded by the rule.
fn follow_rings(
    onward: &BTreeMap<AccountId, BTreeSet<AccountId>>,
    path: &mut Vec<AccountId>,
    members_max: u64,
    rings: &mut BTreeSet<Vec<AccountId>>,
) {
    let (first, last) = (path[0], path[path.len() - 1]);
    for next in onward.get(&last).into_iter().flatten() {
        if *next == first && path.len() >= 3 {
            rings.insert(path.clone());
        } else if *next > first && !path.contains(next) && count(path.len()) < members_max.min(8) {
            path.push(*next);
            follow_rings(onward, path, members_max, rings);
            path.pop();
        }
    }
}

pub(crate) fn find_mutual(observed: &Observed<'_>, rule: &MutualVerification) -> Vec<Found> {
    let mut verified: BTreeMap<(AccountId, AccountId), Vec<&Service<'_>>> = BTreeMap::new();
    for service in &observed.services {
        for verifier in service.verifiers() {
            let pair = (verifier, service.server);
            verified.entry(pair).or_default().push(service);
        }
    }
    let mut found = Vec::new();
    for ((one, other), there) in &verified {
        let back = verified.get(&(*other, *one));
        let Some(back) = back.filter(|_| one < other) else {
            continue;
        };
        let each_way = count(there.len()).min(count(back.len()));
        if each_way < rule.each_way_count {
            continue;
        }
        let mut subjects = observed.verifier_subjects(*one, there.iter().copied());
        subjects.extend(observed.verifier_subjects(*other, back.iter().copied()));
        let services = || there.iter().chain(back);
        found.push(Found {
            subjects: subjects.into_iter().collect(),
            figures: vec![
                counted("services_each_way", each_way),
                minutes("minutes_in_all", services().map(|it| it.minutes).sum()),
            ],
            evidence: services().map(|it| it.verdict()).collect(),
            reached: (each_way, rule.each_way_count),
            mild: false,
        });
    }
    found
}
