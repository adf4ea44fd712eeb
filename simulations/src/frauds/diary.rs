//! When people are busy, and what they have: the generator's own notes, so that what it writes is what could have happened.

use std::collections::BTreeMap;

use ledger_core::time::{Calendar, MINUTE_MS, Month, TimestampMs};

use super::city::{Who, at, day_of};

/// What a person may earn for one day by the default policy, in minutes: who keeps to the rules never goes beyond.
const DAILY_MINUTES_MAX: u64 = 480;
/// What a provider may earn with one recipient in a month by the default policy, in minutes.
const PAIR_MINUTES_MAX: u64 = 3_600;

/// What honest people need from one place to the next.
const TRAVEL_MS: u64 = 20 * MINUTE_MS;

/// When people serve and are served.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diary {
    serving: BTreeMap<(Who, u32), Vec<(u64, u64)>>,
    served: BTreeMap<(Who, u32), Vec<(u64, u64)>>,
    /// Minutes of a provider for a recipient in a month.
    pairs: BTreeMap<(Who, Who, Month), u64>,
}

fn minutes_on(day: u32, spans: &[(u64, u64)]) -> u64 {
    let (first, end) = (at(day, 0), at(day + 1, 0));
    let within = spans
        .iter()
        .map(|(start, until)| until.min(&end).saturating_sub(*start.max(&first)));
    within.sum::<u64>() / MINUTE_MS
}

fn is_free(spans: Option<&Vec<(u64, u64)>>, start_ms: u64, end_ms: u64) -> bool {
    let overlaps = |(start, end): &(u64, u64)| *start < end_ms && start_ms < *end;
    spans.is_none_or(|spans| !spans.iter().any(overlaps))
}

impl Diary {
    /// Whether `provider` can serve then without breaking a rule.
    pub(crate) fn can_serve(&self, provider: Who, start_ms: u64, end_ms: u64) -> bool {
        days(start_ms, end_ms).all(|day| {
            let spans = self.serving.get(&(provider, day));
            let more = minutes_on(day, &[(start_ms, end_ms)]);
            let already = spans.map_or(0, |spans| minutes_on(day, spans));
            is_free(spans, start_ms, end_ms) && already + more <= DAILY_MINUTES_MAX
        })
    }

    /// Whether nobody serves `recipient` then.
    fn can_be_served(&self, recipient: Who, start_ms: u64, end_ms: u64) -> bool {
        days(start_ms, end_ms)
            .all(|day| is_free(self.served.get(&(recipient, day)), start_ms, end_ms))
    }

    /// Whether both have time then, and may meet so often.
    pub(crate) fn can_meet(
        &self,
        provider: Who,
        recipient: Who,
        start_ms: u64,
        end_ms: u64,
    ) -> bool {
        let pair = (provider, recipient, month(start_ms));
        let already = self.pairs.get(&pair).copied().unwrap_or(0);
        let more = (end_ms - start_ms) / MINUTE_MS;
        already + more <= PAIR_MINUTES_MAX
            && self.can_serve(provider, start_ms, end_ms)
            && self.can_be_served(recipient, start_ms, end_ms)
    }

    /// How often `recipient` is served from day `first` to day `last`.
    pub(crate) fn visits(&self, recipient: Who, first: u32, last: u32) -> usize {
        let days = self.served.range((recipient, first)..=(recipient, last));
        days.map(|(_, spans)| spans.len()).sum()
    }

    /// Whether `provider` serves on no day after `day`, as far as is planned.
    pub(crate) fn is_idle_after(&self, provider: Who, day: u32) -> bool {
        self.serving
            .range((provider, day + 1)..=(provider, u32::MAX))
            .next()
            .is_none()
    }

    /// Whether `provider` has time to come from the last and to go on to the next.
    pub(crate) fn can_travel(&self, provider: Who, start_ms: u64, end_ms: u64) -> bool {
        let (start_ms, end_ms) = (start_ms - TRAVEL_MS, end_ms + TRAVEL_MS);
        days(start_ms, end_ms)
            .all(|day| is_free(self.serving.get(&(provider, day)), start_ms, end_ms))
    }

    /// `provider` serves `recipient` then.
    pub(crate) fn meet(&mut self, provider: Who, recipient: Who, start_ms: u64, end_ms: u64) {
        self.serves(provider, start_ms, end_ms);
        for day in days(start_ms, end_ms) {
            let spans = self.served.entry((recipient, day)).or_default();
            spans.push((start_ms, end_ms));
        }
        let pair = (provider, recipient, month(start_ms));
        *self.pairs.entry(pair).or_default() += (end_ms - start_ms) / MINUTE_MS;
    }

    /// `provider` serves then.
    pub(crate) fn serves(&mut self, provider: Who, start_ms: u64, end_ms: u64) {
        for day in days(start_ms, end_ms) {
            let spans = self.serving.entry((provider, day)).or_default();
            spans.push((start_ms, end_ms));
        }
    }
}

fn month(at_ms: u64) -> Month {
    Calendar::CHINA.month(TimestampMs(at_ms))
}

fn days(start_ms: u64, end_ms: u64) -> impl Iterator<Item = u32> {
    day_of(start_ms)..=day_of(end_ms - 1)
}

/// What somebody has: minutes with the first and the last day on which they can be spent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Purse {
    lots: Vec<Lot>,
}

#[derive(Clone, Copy, Debug)]
struct Lot {
    from_day: u32,
    last_day: u32,
    minutes: u64,
}

impl Purse {
    /// Minutes come in.
    pub(crate) fn put(&mut self, minutes: u64, from_day: u32, last_day: u32) {
        self.lots.push(Lot {
            from_day,
            last_day,
            minutes,
        });
        self.lots.sort_by_key(|lot| lot.last_day);
    }

    /// What can be spent on `day`.
    pub(crate) fn on(&self, day: u32) -> u64 {
        let live = self
            .lots
            .iter()
            .filter(|lot| lot.from_day <= day && day <= lot.last_day);
        live.map(|lot| lot.minutes).sum()
    }

    /// Spends, soonest expiry first; says whether there was enough.
    pub(crate) fn take(&mut self, minutes: u64, day: u32) -> bool {
        if self.on(day) < minutes {
            return false;
        }
        let mut left = minutes;
        for lot in &mut self.lots {
            if lot.from_day <= day && day <= lot.last_day {
                let part = left.min(lot.minutes);
                lot.minutes -= part;
                left -= part;
            }
        }
        self.lots.retain(|lot| lot.minutes > 0);
        true
    }
}
