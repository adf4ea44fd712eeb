//! One commitment to evidence for several services.
//!
//! A commitment is salted: two different pieces of evidence never have the same one, and the same piece committed twice
//! should not either. So a repetition is a copy. People who served at the same time may share one piece, the sheet of a team
//! that went out together, and a service that was rejected may be reported again with the same; neither counts. A commitment
//! of zeroes says that there is none.

use std::collections::BTreeMap;

use ledger_core::hash::Hash;
use ledger_core::id::OrderId;
use ledger_core::record::order::OrderStatus;

use super::observed::Observed;
use super::rules::RepeatedEvidence;
use super::statistics::count;
use super::{Evidence, Found, Subject, counted, minutes};
use crate::facts::{ClaimFacts, Event, OrderFacts};

/// A service that was reported, verified or not yet.
#[derive(Clone, Copy)]
struct Reported<'a> {
    id: OrderId,
    order: &'a OrderFacts,
    claim: ClaimFacts,
    event: Event,
}

impl Reported<'_> {
    /// Two people who served at the same time may be on one sheet or picture; nobody serves twice at once.
    fn is_same_occasion(&self, other: &Reported<'_>) -> bool {
        self.claim.start_ms < other.claim.end_ms && other.claim.start_ms < self.claim.end_ms
    }
}

pub(crate) fn find(observed: &Observed<'_>, rule: &RepeatedEvidence) -> Vec<Found> {
    let mut by_commitment: BTreeMap<Hash, Vec<Reported<'_>>> = BTreeMap::new();
    for (id, order) in &observed.facts.orders {
        let (Some(claim), Some(event)) = (order.claim, order.completed) else {
            continue;
        };
        let taken_back = matches!(
            order.status,
            OrderStatus::Rejected | OrderStatus::Reversed | OrderStatus::Cancelled
        );
        let calendar = observed.facts.calendar;
        if taken_back
            || claim.evidence == Hash::ZERO
            || !observed.period.has(calendar, claim.start_ms)
        {
            continue;
        }
        by_commitment
            .entry(claim.evidence)
            .or_default()
            .push(Reported {
                id: *id,
                order,
                claim,
                event,
            });
    }
    by_commitment
        .into_values()
        .filter_map(|reported| judge(rule, &reported))
        .collect()
}

fn judge(rule: &RepeatedEvidence, reported: &[Reported<'_>]) -> Option<Found> {
    let mut occasions: Vec<&Reported<'_>> = Vec::new();
    for it in reported {
        if !occasions.iter().any(|known| known.is_same_occasion(it)) {
            occasions.push(it);
        }
    }
    let times = count(occasions.len());
    if times < rule.services_count {
        return None;
    }
    let mut subjects = Vec::new();
    for it in reported {
        subjects.extend(it.order.server().map(Subject::Account));
    }
    let mut distinct = subjects.clone();
    distinct.sort_unstable();
    distinct.dedup();
    Some(Found {
        figures: vec![
            counted("services_with_it", count(reported.len())),
            counted("occasions", times),
            counted("servers", count(distinct.len())),
            minutes(
                "minutes_in_all",
                reported.iter().map(|it| it.claim.minutes.0).sum(),
            ),
        ],
        subjects,
        evidence: reported
            .iter()
            .map(|it| Evidence {
                event: it.event,
                order: Some(it.id),
            })
            .collect(),
        reached: (times, rule.services_count),
        mild: false,
    })
}
