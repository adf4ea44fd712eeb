//! Claimed intervals: they never overlap, and bound what counts in a day and for a pair in a month.

use crate::id::{AccountId, OrderId};
use crate::model::Model;
use crate::order::Claim;
use crate::policy::Parameter;
use crate::refusal::Refusal;
use crate::service::Interval;
use crate::time::{DAY_MS, Day, MINUTE_MS, Milliseconds, Minutes};

impl Model {
    /// Whether somebody may claim to have been there.
    pub(crate) fn check_claim(
        &self,
        server: AccountId,
        recipient: Option<AccountId>,
        claim: Claim,
    ) -> Result<(), Refusal> {
        // "A provider's service, training and campaign intervals [start, end) never overlap, in any district, back-dated
        // ones included."
        let empty = std::collections::BTreeMap::new();
        let intervals = self.intervals.get(&server).unwrap_or(&empty);
        let before_end = intervals.range(..claim.end_ms).next_back();
        if before_end.is_some_and(|(_, earlier)| earlier.end_ms > claim.start_ms) {
            return Err(Refusal::Overlap);
        }
        // "Daily earned minutes ≤ the daily limit"; "minutes that cross midnight are split".
        let district = self.home_district(server);
        let limit = self.number(Parameter::DailyLimit, district);
        for (day, minutes) in self.by_day(claim.start_ms, claim.minutes) {
            if minutes > 0 && self.claimed_on(server, day) + minutes > limit {
                return Err(Refusal::DailyLimit);
            }
        }
        // "per-pair monthly limit"; "the month is that of the day the service began".
        if let Some(recipient) = recipient {
            let key = (server, recipient, self.calendar.month(claim.start_ms));
            let used = self.pairs.get(&key).copied().unwrap_or(0);
            if used + claim.minutes > self.number(Parameter::PairMonthlyLimit, district) {
                return Err(Refusal::PairLimit);
            }
        }
        Ok(())
    }

    /// "Minutes count from the start: those before midnight for the first day."
    fn by_day(&self, start_ms: Milliseconds, minutes: Minutes) -> [(Day, Minutes); 2] {
        let day = self.calendar.day(start_ms);
        let before_midnight = (self.calendar.start_of(day + 1) - start_ms) / MINUTE_MS;
        let first = minutes.min(before_midnight);
        [(day, first), (day + 1, minutes - first)]
    }

    fn claimed_on(&self, server: AccountId, day: Day) -> Minutes {
        let Some(intervals) = self.intervals.get(&server) else {
            return 0;
        };
        // No interval is longer than a day.
        let from_ms = self.calendar.start_of(day).saturating_sub(DAY_MS);
        let touching = intervals.range(from_ms..self.calendar.start_of(day + 1));
        touching
            .flat_map(|(start_ms, it)| self.by_day(*start_ms, it.minutes))
            .filter(|(on, _)| *on == day)
            .map(|(_, minutes)| minutes)
            .sum()
    }

    /// Enters a checked claim.
    pub(crate) fn enter_claim(
        &mut self,
        server: AccountId,
        recipient: Option<AccountId>,
        claim: Claim,
    ) {
        let interval = Interval {
            end_ms: claim.end_ms,
            minutes: claim.minutes,
        };
        let intervals = self.intervals.entry(server).or_default();
        intervals.insert(claim.start_ms, interval);
        if let Some(recipient) = recipient {
            let month = self.calendar.month(claim.start_ms);
            *self.pairs.entry((server, recipient, month)).or_insert(0) += claim.minutes;
        }
    }

    /// "A rejected claim is freed entirely; an approved one counts for what was approved", and stays claimed from start to
    /// end.
    pub(crate) fn reduce_claim(&mut self, id: OrderId, minutes: Minutes) {
        let order = self.known_order(id);
        let (Some(server), Some(claim)) = (order.server, order.claim) else {
            return;
        };
        let recipient = order.recipient;
        order.claim = (minutes > 0).then_some(Claim { minutes, ..claim });
        if let Some(intervals) = self.intervals.get_mut(&server) {
            if minutes == 0 {
                intervals.remove(&claim.start_ms);
            } else if let Some(interval) = intervals.get_mut(&claim.start_ms) {
                interval.minutes = minutes;
            }
        }
        let month = self.calendar.month(claim.start_ms);
        if let Some(used) = self.pairs.get_mut(&(server, recipient, month)) {
            *used = used.saturating_sub(claim.minutes - minutes);
        }
    }
}
