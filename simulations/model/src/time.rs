//! Instants, days and months. "Calendar: UTC+8 fixed (genesis parameter)."

/// Minutes, the only quantity on the ledger.
pub type Minutes = u64;
/// Milliseconds since 1970-01-01 UTC, or a length of time.
pub type Milliseconds = u64;
/// Days since 1970-01-01 of the city's calendar.
pub type Day = u32;
/// Months since the year 0 of the city's calendar: `year × 12 + month − 1`.
pub type Month = u32;

/// A minute.
pub const MINUTE_MS: Milliseconds = 60_000;
/// An hour.
pub const HOUR_MS: Milliseconds = 60 * MINUTE_MS;
/// A day.
pub const DAY_MS: Milliseconds = 24 * HOUR_MS;

/// By which instants become days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Minutes east of Greenwich; 480 for UTC+8.
    pub offset_minutes: u16,
}

impl Calendar {
    /// UTC+8.
    pub const CHINA: Calendar = Calendar {
        offset_minutes: 480,
    };

    /// The day of an instant.
    pub fn day(self, instant_ms: Milliseconds) -> Day {
        let local_ms = instant_ms.saturating_add(u64::from(self.offset_minutes) * MINUTE_MS);
        u32::try_from(local_ms / DAY_MS).unwrap_or(u32::MAX)
    }

    /// The first instant of a day.
    pub fn start_of(self, day: Day) -> Milliseconds {
        (u64::from(day) * DAY_MS).saturating_sub(u64::from(self.offset_minutes) * MINUTE_MS)
    }

    /// The month of an instant.
    pub fn month(self, instant_ms: Milliseconds) -> Month {
        month_of(self.day(instant_ms))
    }
}

/// The month a day belongs to.
pub fn month_of(day: Day) -> Month {
    let (year, month, _) = civil(day);
    year * 12 + month - 1
}

/// Year, month 1–12 and day of the month.
pub fn civil(day: Day) -> (u32, u32, u32) {
    let mut year = 1970;
    let mut left = day;
    // 400 years have 146,097 days whichever year they start in.
    year += left / 146_097 * 400;
    left %= 146_097;
    while left >= days_of_year(year) {
        left -= days_of_year(year);
        year += 1;
    }
    let mut month = 1;
    while left >= days_of_month(year, month) {
        left -= days_of_month(year, month);
        month += 1;
    }
    (year, month, left + 1)
}

/// The first day of a month.
pub fn first_day_of(month: Month) -> Day {
    let (year, month) = (month / 12, month % 12 + 1);
    let years: u32 = (1970..year).map(days_of_year).sum();
    let months: u32 = (1..month).map(|it| days_of_month(year, it)).sum();
    years + months
}

fn is_leap(year: u32) -> bool {
    (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
}

fn days_of_year(year: u32) -> u32 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_months_follow_the_civil_calendar() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(18_321), (2020, 2, 29));
        assert_eq!(civil(18_322), (2020, 3, 1));
        assert_eq!(month_of(18_321), 2020 * 12 + 1);
        for month in [1970 * 12, 2020 * 12 + 1, 2021 * 12 + 11, 2024 * 12 + 2] {
            let first = first_day_of(month);
            assert_eq!(month_of(first), month);
            assert_eq!(civil(first).2, 1);
        }
    }

    #[test]
    fn a_day_begins_at_16_o_clock_of_greenwich() {
        let china = Calendar::CHINA;
        assert_eq!(china.day(16 * HOUR_MS - 1), 0);
        assert_eq!(china.day(16 * HOUR_MS), 1);
        assert_eq!(china.start_of(1), 16 * HOUR_MS);
    }
}
