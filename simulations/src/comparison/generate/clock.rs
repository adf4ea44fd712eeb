//! How time moves between blocks: seconds mostly, hours, days, months, and to just before or after something falls due.

use ledger_core::time::{Calendar, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, TimestampMs};

use super::super::ledger::Ledger;
use super::Generator;

impl Generator {
    /// When the next block is to be made.
    pub(crate) fn next_time(&mut self, ledger: &Ledger) -> TimestampMs {
        let now_ms = ledger.tip().time_ms;
        let random = &mut self.random;
        let today = Calendar::CHINA.day(now_ms);
        match random.below(1_000) {
            0..300 => now_ms.plus_ms(SECOND_MS),
            300..560 => now_ms.plus_ms(random.below(90) * MINUTE_MS),
            560..740 => now_ms.plus_ms(random.below(8) * HOUR_MS + 1),
            740..820 => now_ms.plus_ms(random.below(4) * DAY_MS + random.below(DAY_MS)),
            820..930 => ledger.next_due().map_or(now_ms, |due| {
                // Not centuries, should that ever be all that is due.
                let due = due.min(now_ms.plus_ms(40 * DAY_MS));
                match random.below(4) {
                    0 => due.minus_ms(1),
                    1 => due,
                    _ => due.plus_ms(random.below(2) * SECOND_MS + 1),
                }
            }),
            930..960 => {
                let end = Calendar::CHINA.end_of(today);
                if random.happens(500) {
                    end
                } else {
                    end.minus_ms(1)
                }
            }
            960..980 => {
                let month = today.month();
                let mut day = today;
                while day.month() == month {
                    day = day.next();
                }
                let first = Calendar::CHINA.start_of(day);
                if random.happens(600) {
                    first
                } else {
                    first.minus_ms(1)
                }
            }
            980..994 => now_ms.plus_ms((5 + random.below(30)) * DAY_MS),
            994..998 => now_ms.plus_ms((30 + random.below(90)) * DAY_MS),
            _ => now_ms.plus_ms((300 + random.below(120)) * DAY_MS),
        }
    }
}
