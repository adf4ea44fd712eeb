//! Services in two districts with no time to get from one to the other.
//!
//! The ledger refuses intervals that overlap, so that somebody who is in two places at once shows by intervals that touch.
//! Once is a watch that is wrong, or a street at a boundary.

use super::observed::{Observed, Service};
use super::rules::TwoPlacesAtOnce;
use super::statistics::count;
use super::{Found, Subject, counted, minutes};
use ledger_core::time::MINUTE_MS;

pub(crate) fn find(observed: &Observed<'_>, rule: &TwoPlacesAtOnce) -> Vec<Found> {
    let mut found = Vec::new();
    for (server, services) in observed.servers() {
        let gap_ms = |pair: &[&Service<'_>]| {
            let (before, after) = (pair[0].claim.end_ms, pair[1].claim.start_ms);
            after.since_ms(before)
        };
        let changes: Vec<&[&Service<'_>]> = services
            .windows(2)
            .filter(|pair| pair[0].order.district != pair[1].order.district)
            .filter(|pair| gap_ms(pair) < rule.gap_minutes.saturating_mul(MINUTE_MS))
            .collect();
        let times = count(changes.len());
        if times < rule.changes_count {
            continue;
        }
        let shortest = changes.iter().map(|pair| gap_ms(pair)).min().unwrap_or(0);
        let involved = || changes.iter().flat_map(|pair| pair.iter());
        found.push(Found {
            subjects: vec![Subject::Account(server)],
            figures: vec![
                counted("changes", times),
                minutes("shortest_gap", shortest / MINUTE_MS),
            ],
            evidence: involved().map(|service| service.report()).collect(),
            reached: (times, rule.changes_count),
            mild: false,
        });
    }
    found
}
