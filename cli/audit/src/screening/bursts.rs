//! Many verifications by one person at once.
//!
//! Social workers verify in batches: papers come in piles, and Friday is for paperwork. A burst is unusual when it is far
//! larger than the verifier's own batches and most of it is about a few people, or when it is beyond all proportion.
//! Who has no habit yet is compared with the others.
//!
//! What counts besides is the pace. Nobody has read what was approved every few seconds; that is grave. Who takes half a
//! minute for each after a holiday is in a hurry, which is worth a word; who takes minutes does the work. One finding
//! tells all bursts of a verifier, the gravest sort only, so that a habit is not reported once a week.

use std::collections::BTreeMap;

use ledger_core::id::AccountId;
use ledger_core::time::MINUTE_MS;

use super::observed::{Observed, Service};
use super::rules::VerifierBurst;
use super::statistics::{Peers, count, percent_of};
use super::{Found, Subject, counted, instant, minutes, percent};

type Batch<'a, 'b> = Vec<&'a Service<'b>>;

/// A batch that stands out.
struct Burst<'s, 'a, 'b> {
    services: &'s [&'a Service<'b>],
    /// Faster than anybody reads.
    is_unread: bool,
    /// The few people it is about, if it is.
    servers: Vec<AccountId>,
    share_percent: u64,
    a_minute: u64,
    threshold: u64,
}

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
        let bursts: Vec<Burst<'_, '_, '_>> = batches
            .iter()
            .filter_map(|batch| judge(rule, habit, batch))
            .collect();
        found.extend(tell(observed, *verifier, habit, bursts));
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

fn judge<'s, 'a, 'b>(
    rule: &VerifierBurst,
    habit: u64,
    batch: &'s [&'a Service<'b>],
) -> Option<Burst<'s, 'a, 'b>> {
    let size = count(batch.len());
    let a_minute = pace(batch);
    let is_unread = a_minute >= rule.unread_a_minute_count;
    let least = if is_unread {
        rule.unread_count
    } else {
        rule.burst_count
    };
    let threshold = least.max(habit.saturating_mul(rule.own_usual_percent) / 100);
    if size < threshold || a_minute < rule.hurried_a_minute_count {
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
    let share_percent = percent_of(most.iter().map(|(n, _)| n).sum(), size);
    let is_extreme = size >= habit.saturating_mul(rule.own_extreme_percent) / 100;
    let is_about_few = share_percent >= rule.few_servers_percent;
    if !is_about_few && !is_extreme && !is_unread {
        return None;
    }
    if !is_about_few {
        most.clear();
    }
    Some(Burst {
        services: batch,
        is_unread,
        servers: most.into_iter().map(|(_, server)| server).collect(),
        share_percent,
        a_minute,
        threshold,
    })
}

/// Verifications a minute, by the pause in the middle of all pauses: some long ones make nobody slow.
fn pace(batch: &[&Service<'_>]) -> u64 {
    let pauses = batch.windows(2).map(|pair| {
        let [earlier, later] = [pair[0], pair[1]].map(|it| it.verification.event.time_ms);
        later.since_ms(earlier)
    });
    MINUTE_MS / Peers::new(pauses).median().max(1)
}

/// All bursts of a verifier, or only those nobody can have read if there are any.
fn tell(
    observed: &Observed<'_>,
    verifier: AccountId,
    habit: u64,
    mut bursts: Vec<Burst<'_, '_, '_>>,
) -> Option<Found> {
    let is_unread = bursts.iter().any(|it| it.is_unread);
    bursts.retain(|it| it.is_unread || !is_unread);
    let largest = bursts.iter().max_by_key(|it| it.services.len())?;
    let (first, last) = (largest.services.first()?, largest.services.last()?);
    let (first_ms, last_ms) = (
        first.verification.event.time_ms,
        last.verification.event.time_ms,
    );
    let services = || bursts.iter().flat_map(|it| it.services).copied();
    let mut subjects = observed.verifier_subjects(verifier, services());
    let servers = bursts.iter().flat_map(|it| &it.servers);
    subjects.extend(servers.map(|server| Subject::Account(*server)));
    let size = count(largest.services.len());
    Some(Found {
        subjects: subjects.into_iter().collect(),
        figures: vec![
            counted("verifications", size),
            counted("usual_verifications", habit),
            counted("bursts", count(bursts.len())),
            minutes("burst_length", last_ms.since_ms(first_ms) / MINUTE_MS),
            counted("verifications_a_minute", largest.a_minute),
            percent("few_servers", largest.share_percent),
            instant("began", first_ms),
        ],
        evidence: services().map(Service::verdict).collect(),
        reached: (size, largest.threshold),
        mild: !is_unread,
    })
}
