//! Many verifications by one person at once.
//!
//! Social workers verify in batches: papers come in piles, and Friday is for paperwork. A burst is unusual when it is far
//! larger than the verifier's own batches and most of it is about a few people, or when it is beyond all proportion.
//! Who has no habit yet is compared with the others.

use std::collections::BTreeMap;

use ledger_core::id::AccountId;
use ledger_core::time::MINUTE_MS;

use super::observed::{Observed, Service};
use super::rules::VerifierBurst;
use super::statistics::{Peers, count, percent_of};
use super::{Found, Subject, counted, instant, minutes, percent};

type Batch<'a, 'b> = Vec<&'a Service<'b>>;

pub(crate) fn find(observed: &Observed<'_>, rule: &VerifierBurst) -> Vec<Found> {
    let mut by_verifier: BTreeMap<AccountId, Batch<'_, '_>> = BTreeMap::new();
    for service in &observed.services {
        for verifier in service.verifiers() {
            by_verifier.entry(verifier).or_default().push(service);
        }
    }
    let batches: BTreeMap<AccountId, Vec<Batch<'_, '_>>> = by_verifier
        .into_iter()
        .map(|(verifier, services)| (verifier, batches(services, rule)))
        .collect();
    let usual: BTreeMap<AccountId, u64> = batches
        .iter()
        .map(|(verifier, batches)| (*verifier, typical(batches)))
        .collect();
    let peers = Peers::new(usual.values().copied());
    let mut found = Vec::new();
    for (verifier, batches) in &batches {
        let own = usual[verifier];
        let habit = if count(batches.len()) >= rule.history_count {
            own
        } else {
            peers.quantile_without(own, 75).max(1)
        };
        for batch in batches {
            found.extend(judge(observed, rule, *verifier, habit, batch));
        }
    }
    found
}

/// Splits services at pauses between their verifications.
fn batches<'a, 'b>(mut services: Batch<'a, 'b>, rule: &VerifierBurst) -> Vec<Batch<'a, 'b>> {
    let at = |service: &Service<'_>| service.verification.event.time_ms;
    services.sort_by_key(|service| (service.verification.event, service.id));
    let pause_ms = rule.pause_minutes.saturating_mul(MINUTE_MS);
    let mut batches: Vec<Batch<'a, 'b>> = Vec::new();
    for service in services {
        match batches.last_mut() {
            Some(batch)
                if batch
                    .last()
                    .is_some_and(|last| at(service).since_ms(at(last)) <= pause_ms) =>
            {
                batch.push(service);
            }
            _ => batches.push(vec![service]),
        }
    }
    batches
}

/// The median size of batches: half of them are smaller.
fn typical(batches: &[Batch<'_, '_>]) -> u64 {
    Peers::new(batches.iter().map(|batch| count(batch.len()))).median()
}

fn judge(
    observed: &Observed<'_>,
    rule: &VerifierBurst,
    verifier: AccountId,
    habit: u64,
    batch: &[&Service<'_>],
) -> Option<Found> {
    let size = count(batch.len());
    let threshold = rule
        .burst_count
        .max(habit.saturating_mul(rule.own_usual_percent) / 100);
    if size < threshold {
        return None;
    }
    let mut servers: BTreeMap<AccountId, u64> = BTreeMap::new();
    for service in batch {
        *servers.entry(service.server).or_default() += 1;
    }
    let mut most: Vec<(u64, AccountId)> = servers.into_iter().map(|(who, n)| (n, who)).collect();
    most.sort_unstable_by(|left, right| right.cmp(left));
    let few = usize::try_from(rule.few_servers_count).unwrap_or(usize::MAX);
    most.truncate(few);
    let share = percent_of(most.iter().map(|(n, _)| n).sum(), size);
    let extreme = size >= habit.saturating_mul(rule.own_extreme_percent) / 100;
    let concentrated = share >= rule.few_servers_percent;
    if !concentrated && !extreme {
        return None;
    }
    let (first, last) = (batch.first()?, batch.last()?);
    let (first_ms, last_ms) = (
        first.verification.event.time_ms,
        last.verification.event.time_ms,
    );
    let mut subjects = observed.verifier_subjects(verifier, batch.iter().copied());
    if concentrated {
        subjects.extend(most.iter().map(|(_, server)| Subject::Account(*server)));
    }
    Some(Found {
        subjects: subjects.into_iter().collect(),
        figures: vec![
            counted("verifications", size),
            counted("usual_verifications", habit),
            minutes("burst_length", last_ms.since_ms(first_ms) / MINUTE_MS),
            percent("few_servers", share),
            instant("began", first_ms),
        ],
        evidence: batch.iter().map(|service| service.verdict()).collect(),
        reached: (size, threshold),
    })
}
