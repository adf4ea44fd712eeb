//! Whether somebody is free: a time within an order's window that meets nothing served or promised, and no daily limit.
//!
//! What the ledger knows of a person's time are the intervals claimed and the orders accepted. An accepted order has a
//! window too, not a time: it is put as early as it fits, the most urgent first, as somebody with several promises would.

use std::collections::BTreeMap;

use ledger_core::amount::Minutes;
use ledger_core::time::{Calendar, Day, MINUTE_MS, TimestampMs};

/// A service that may begin within a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// It may begin from here on.
    pub from_ms: TimestampMs,
    /// It must begin before this.
    pub until_ms: TimestampMs,
    /// How long it takes.
    pub minutes: Minutes,
}

/// A person's time.
#[derive(Clone, Debug)]
pub struct Time {
    calendar: Calendar,
    /// Minutes that may be earned for one day.
    daily_limit: Minutes,
    /// Taken intervals, from and to (exclusive).
    taken: Vec<(TimestampMs, TimestampMs)>,
    /// Minutes that count for each day.
    counted: BTreeMap<Day, Minutes>,
}

impl Time {
    /// Nothing taken yet.
    pub const fn new(calendar: Calendar, daily_limit: Minutes) -> Time {
        Time {
            calendar,
            daily_limit,
            taken: Vec::new(),
            counted: BTreeMap::new(),
        }
    }

    /// With an interval that was served, of which `minutes` count on `day`. One that crosses midnight comes once for each.
    pub fn served(
        &mut self,
        day: Day,
        start_ms: TimestampMs,
        end_ms: TimestampMs,
        minutes: Minutes,
    ) {
        if !self.taken.contains(&(start_ms, end_ms)) {
            self.taken.push((start_ms, end_ms));
        }
        let counted = self.counted.entry(day).or_default();
        *counted = counted.saturating_plus(minutes);
    }

    /// With work that was promised, as early as it fits. What does not fit is nobody else's concern.
    pub fn promised(&mut self, mut promised: Vec<Work>) {
        promised.sort_by_key(|work| (work.until_ms, work.from_ms, work.minutes));
        for work in promised {
            if let Some(start_ms) = self.free_for(&work) {
                let end_ms = start_ms.plus_ms(work.minutes.0.saturating_mul(MINUTE_MS));
                let day = self.calendar.day(start_ms);
                self.served(day, start_ms, end_ms, work.minutes);
            }
        }
    }

    /// The first instant at which `work` may begin; none when there is none.
    pub fn free_for(&self, work: &Work) -> Option<TimestampMs> {
        let length_ms = work.minutes.0.saturating_mul(MINUTE_MS);
        let mut start_ms = work.from_ms;
        // Each turn leaves an interval or a day behind; there are finitely many.
        while start_ms < work.until_ms {
            let end_ms = start_ms.plus_ms(length_ms);
            let meets = |(from, to): &&(TimestampMs, TimestampMs)| *from < end_ms && start_ms < *to;
            if let Some((_, to)) = self.taken.iter().find(meets) {
                start_ms = *to;
                continue;
            }
            let day = self.calendar.day(start_ms);
            let counted = self.counted.get(&day).copied().unwrap_or_default();
            if counted.saturating_plus(work.minutes) <= self.daily_limit {
                return Some(start_ms);
            }
            start_ms = self.calendar.end_of(day);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> TimestampMs {
        Calendar::CHINA.parse(text).unwrap()
    }

    fn work(from: &str, until: &str, minutes: u64) -> Work {
        Work {
            from_ms: at(from),
            until_ms: at(until),
            minutes: Minutes(minutes),
        }
    }

    fn time(limit: u64, served: &[(&str, &str)]) -> Time {
        let mut time = Time::new(Calendar::CHINA, Minutes(limit));
        for (from, to) in served {
            let (from, to) = (at(from), at(to));
            let minutes = Minutes(to.since_ms(from) / MINUTE_MS);
            time.served(Calendar::CHINA.day(from), from, to, minutes);
        }
        time
    }

    #[test]
    fn the_first_gap_that_is_long_enough_is_found() {
        let time = time(
            480,
            &[
                ("2026-11-22 09:00", "2026-11-22 10:00"),
                ("2026-11-22 10:30", "2026-11-22 11:30"),
            ],
        );
        let wanted = work("2026-11-22 08:30", "2026-11-22 12:00", 60);
        assert_eq!(time.free_for(&wanted), Some(at("2026-11-22 11:30")));
        let short = work("2026-11-22 08:30", "2026-11-22 12:00", 30);
        assert_eq!(time.free_for(&short), Some(at("2026-11-22 08:30")));
        let late = work("2026-11-22 10:05", "2026-11-22 11:30", 60);
        assert_eq!(time.free_for(&late), None);
    }

    #[test]
    fn a_full_day_moves_it_to_the_next() {
        let time = time(120, &[("2026-11-22 09:00", "2026-11-22 10:30")]);
        let today = work("2026-11-22 14:00", "2026-11-22 18:00", 60);
        assert_eq!(time.free_for(&today), None);
        let tomorrow = work("2026-11-22 14:00", "2026-11-23 18:00", 60);
        assert_eq!(time.free_for(&tomorrow), Some(at("2026-11-23 00:00")));
        let never = work("2026-11-22 14:00", "2026-12-23 18:00", 121);
        assert_eq!(time.free_for(&never), None);
    }

    #[test]
    fn promises_keep_their_time_and_the_urgent_one_comes_first() {
        let mut time = time(480, &[]);
        time.promised(vec![
            work("2026-11-22 09:00", "2026-11-22 18:00", 60),
            work("2026-11-22 09:00", "2026-11-22 09:30", 60),
        ]);
        let wanted = work("2026-11-22 09:00", "2026-11-22 12:00", 30);
        assert_eq!(time.free_for(&wanted), Some(at("2026-11-22 11:00")));
    }
}
