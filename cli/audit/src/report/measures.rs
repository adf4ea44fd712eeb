//! Sums of a period: who served how much where and when, and how much each verifier looked at.
//!
//! What counts is what counts for screening: a service that social workers approved and nobody took back, in the period in
//! which it began.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::id::{AccountId, OrganisationId, StaffId};
use ledger_core::time::{HOUR_MS, MINUTE_MS, Month, TimestampMs};

use super::Audited;

/// Hours of a day.
pub(super) const HOURS: usize = 24;

/// What a verifier looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    /// Services verified, alone or with another.
    pub(super) services: u64,
    /// Minutes they approved by it.
    pub(super) minutes: u64,
}

/// Sums of a period.
#[derive(Clone, Debug, Default)]
pub(super) struct Measures {
    /// Services that count.
    pub(super) services: u64,
    /// Their minutes.
    pub(super) minutes: u64,
    /// Who served.
    pub(super) servers: BTreeSet<AccountId>,
    /// Who was served.
    pub(super) recipients: BTreeSet<AccountId>,
    /// Minutes by month and district.
    pub(super) served: BTreeMap<(Month, OrganisationId), u64>,
    /// Services by the hour in which they began, by the city's clocks.
    pub(super) hours: [u64; HOURS],
    /// By staff entry.
    pub(super) verifiers: BTreeMap<StaffId, Load>,
}

impl Measures {
    pub(super) fn of(audited: &Audited<'_>) -> Measures {
        let (calendar, period) = (audited.calendar, audited.period);
        let mut sums = Measures::default();
        for order in audited.facts.orders.values() {
            let (Some(claim), Some(minutes)) = (order.claim, order.approved()) else {
                continue;
            };
            let at = claim.start_ms;
            if !order.is_approved() || !period.has(calendar, at) {
                continue;
            }
            sums.services = sums.services.saturating_add(1);
            sums.minutes = sums.minutes.saturating_add(minutes.0);
            sums.servers.extend(order.server());
            sums.recipients.insert(order.recipient);
            let place = (calendar.month(at), order.district);
            let served = sums.served.entry(place).or_default();
            *served = served.saturating_add(minutes.0);
            let began = &mut sums.hours[hour(audited, at)];
            *began = began.saturating_add(1);
            for verifier in order.verification.iter().flat_map(|it| &it.verifiers) {
                let load = sums.verifiers.entry(verifier.staff).or_default();
                load.services = load.services.saturating_add(1);
                load.minutes = load.minutes.saturating_add(minutes.0);
            }
        }
        sums
    }

    /// The months of the period, first to last.
    pub(super) fn months(audited: &Audited<'_>) -> Vec<Month> {
        let (from, to) = (audited.period.from.month(), audited.period.to.month());
        let mut months = Vec::new();
        let mut month = from;
        while month <= to {
            months.push(month);
            month = month.next();
        }
        months
    }

    /// The districts in which there was service.
    pub(super) fn districts(&self) -> BTreeSet<OrganisationId> {
        self.served.keys().map(|(_, district)| *district).collect()
    }

    /// Minutes of a month, all districts together.
    pub(super) fn minutes_of(&self, month: Month) -> u64 {
        let of_month = self.served.iter().filter(|((of, _), _)| *of == month);
        of_month.fold(0, |sum: u64, (_, minutes)| sum.saturating_add(*minutes))
    }
}

/// The hour of the day by the city's clocks, 0 to 23.
fn hour(audited: &Audited<'_>, at: TimestampMs) -> usize {
    let offset_ms = u64::from(audited.calendar.offset_minutes) * MINUTE_MS;
    let hour = at.0.saturating_add(offset_ms) / HOUR_MS % 24;
    usize::try_from(hour).expect("less than 24")
}
