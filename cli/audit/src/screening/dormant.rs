//! Accounts that were silent for long and then emptied.
//!
//! Retired people save for years and then spend; they do it order by order. Somebody who has got hold of another's account
//! empties it at once, often after a new key, a new proxy, or by way of kin who were linked just before. So a fresh change
//! lowers every threshold.

use ledger_core::id::AccountId;
use ledger_core::receipt::Entry;
use ledger_core::time::{DAY_MS, TimestampMs};

use super::observed::Observed;
use super::rules::DormantDrained;
use super::statistics::percent_of;
use super::{Evidence, Found, Subject, counted, days, instant, minutes, percent};
use crate::facts::{AccountFacts, Event, Holder, Movement};

/// What left an account by its holder's will, or what passed for it.
struct Outflow<'a> {
    movement: &'a Movement,
    minutes: u64,
    receiver: Option<AccountId>,
}

/// How silent and how empty.
struct Limits {
    dormant_days: u64,
    drain_days: u64,
    drained_percent: u64,
}

pub(crate) fn find(observed: &Observed<'_>, rule: &DormantDrained) -> Vec<Found> {
    let people = observed.facts.accounts.iter();
    people
        .filter(|(_, known)| matches!(known.holder, Holder::Person | Holder::Keyless))
        .filter_map(|(account, known)| judge(observed, rule, *account, known))
        .collect()
}

/// The first time an account was silent and then emptied.
fn judge(
    observed: &Observed<'_>,
    rule: &DormantDrained,
    account: AccountId,
    known: &AccountFacts,
) -> Option<Found> {
    let outflows: Vec<Outflow<'_>> = known.movements.iter().filter_map(outflow).collect();
    let mut lively: Vec<TimestampMs> = outflows
        .iter()
        .map(|it| it.movement.event.time_ms)
        .collect();
    lively.extend(&known.active);
    lively.push(known.began_ms());
    lively.sort_unstable();
    let plain = Limits {
        dormant_days: rule.dormant_days,
        drain_days: rule.drain_days,
        drained_percent: rule.drained_percent,
    };
    let fresh = Limits {
        dormant_days: rule.fresh_dormant_days,
        drain_days: rule.fresh_drain_days,
        drained_percent: rule.fresh_drained_percent,
    };
    lively.windows(2).find_map(|pair| {
        let (silent, awake) = (pair[0], pair[1]);
        let silence = awake.since_ms(silent) / DAY_MS;
        [(&plain, Fresh::NotAsked), (&fresh, Fresh::Needed)]
            .into_iter()
            .filter(|(limits, _)| silence >= limits.dormant_days)
            .find_map(|(limits, freshness)| {
                let drained = Drained::after(&outflows, awake, limits.drain_days)?;
                let changes = changes(observed, rule, (account, known), awake, &drained);
                let share = percent_of(drained.minutes, drained.before);
                let wanting = freshness == Fresh::Needed && changes.is_empty();
                let unusual = drained.minutes >= rule.drained_minutes
                    && share >= limits.drained_percent
                    && !wanting
                    && observed.has(drained.first().movement.event);
                unusual.then(|| drained.found(account, silence, share, awake, &changes, limits))
            })
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fresh {
    Needed,
    NotAsked,
}

fn outflow(movement: &Movement) -> Option<Outflow<'_>> {
    let (minutes, receiver) = match &movement.entry {
        Entry::GiftSent { to, minutes } => (*minutes, Some(*to)),
        Entry::Redeemed {
            merchant, minutes, ..
        } => (*minutes, Some(*merchant)),
        Entry::Held { minutes, .. } | Entry::Donated { minutes, .. } => (*minutes, None),
        _ => return None,
    };
    Some(Outflow {
        movement,
        minutes: minutes.0,
        receiver,
    })
}

/// What left within some days.
struct Drained<'a> {
    flows: Vec<&'a Outflow<'a>>,
    minutes: u64,
    before: u64,
}

impl<'a> Drained<'a> {
    fn after(
        outflows: &'a [Outflow<'a>],
        awake: TimestampMs,
        drain_days: u64,
    ) -> Option<Drained<'a>> {
        let until = awake.plus_ms(drain_days.saturating_mul(DAY_MS));
        let flows: Vec<&Outflow<'_>> = outflows
            .iter()
            .filter(|it| (awake..=until).contains(&it.movement.event.time_ms))
            .collect();
        let before = flows.first()?.movement.spendable_before;
        Some(Drained {
            minutes: flows.iter().map(|it| it.minutes).sum(),
            before,
            flows,
        })
    }

    fn first(&self) -> &Outflow<'a> {
        self.flows[0]
    }

    fn found(
        &self,
        account: AccountId,
        silence: u64,
        share: u64,
        awake: TimestampMs,
        changes: &[Event],
        limits: &Limits,
    ) -> Found {
        let mut subjects = vec![Subject::Account(account)];
        let receivers = self.flows.iter().filter_map(|it| it.receiver);
        subjects.extend(receivers.map(Subject::Account));
        let entries = self.flows.iter().map(|it| it.movement.event);
        Found {
            subjects,
            figures: vec![
                days("silent", silence),
                minutes("drained", self.minutes),
                percent("drained_share", share),
                counted(
                    "outflows",
                    u64::try_from(self.flows.len()).unwrap_or(u64::MAX),
                ),
                counted(
                    "fresh_changes",
                    u64::try_from(changes.len()).unwrap_or(u64::MAX),
                ),
                instant("awoke", awake),
            ],
            evidence: entries
                .chain(changes.iter().copied())
                .map(|event| Evidence { event, order: None })
                .collect(),
            reached: (silence, limits.dormant_days),
            mild: false,
        }
    }
}

/// New keys and proxies of the account, and kin links of those who received, shortly before or during it.
fn changes(
    observed: &Observed<'_>,
    rule: &DormantDrained,
    (account, known): (AccountId, &AccountFacts),
    awake: TimestampMs,
    drained: &Drained<'_>,
) -> Vec<Event> {
    let since = awake.minus_ms(rule.fresh_days.saturating_mul(DAY_MS));
    let until = drained
        .flows
        .last()
        .map_or(awake, |it| it.movement.event.time_ms);
    let recent = |at: TimestampMs| (since..=until).contains(&at);
    let own = known.key_changes.iter().chain(&known.proxies_appointed);
    let mut changes: Vec<Event> = own.copied().filter(|it| recent(it.time_ms)).collect();
    for flow in &drained.flows {
        let Some(receiver) = flow.receiver else {
            continue;
        };
        let pair = (account.min(receiver), account.max(receiver));
        if let Some(link) = observed.facts.kin.get(&pair)
            && recent(link.linked.time_ms)
        {
            changes.push(link.linked);
        }
    }
    changes.sort_unstable();
    changes.dedup();
    changes
}
