//! Block time, days and months.
//!
//! Rules know only block time: milliseconds since 1970-01-01T00:00Z, as [`TimestampMs`]. Days and months are those of
//! a fixed offset, a genesis parameter (UTC+8 for every Chinese city); see [`Calendar`].

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::codec;

/// Milliseconds in a second.
pub const SECOND_MS: u64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE_MS: u64 = 60_000;
/// Milliseconds in an hour.
pub const HOUR_MS: u64 = 3_600_000;
/// Milliseconds in a day.
pub const DAY_MS: u64 = 86_400_000;

/// Milliseconds since 1970-01-01T00:00Z.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct TimestampMs(pub u64);

impl TimestampMs {
    /// This instant and `duration_ms` more; the last representable instant when that does not fit.
    #[must_use]
    pub const fn plus_ms(self, duration_ms: u64) -> TimestampMs {
        TimestampMs(self.0.saturating_add(duration_ms))
    }

    /// Milliseconds from `earlier` to this instant; 0 when `earlier` is later.
    pub const fn since_ms(self, earlier: TimestampMs) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This instant less `duration_ms`; the first instant when that would be before it.
    #[must_use]
    pub const fn minus_ms(self, duration_ms: u64) -> TimestampMs {
        TimestampMs(self.0.saturating_sub(duration_ms))
    }

    /// Hours since 1970-01-01T00:00Z, rounded up: the group in which an expiry is remembered.
    pub const fn hour_ceiling(self) -> u64 {
        self.0.div_ceil(HOUR_MS)
    }
}

impl fmt::Display for TimestampMs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A calendar day: days since 1970-01-01, shown as `2026-11-22`.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize,
)]
pub struct Day(pub u32);

/// A calendar month: `year × 12 + month − 1`, shown as `2026-11`.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, BorshSerialize, BorshDeserialize,
)]
pub struct Month(pub u32);

/// A day or month that does not exist, or is not written `YYYY-MM-DD` or `YYYY-MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the form 2026-11-22 (or a month of the form 2026-11)")]
pub struct DateError;

impl Day {
    /// The day after.
    #[must_use]
    pub const fn next(self) -> Day {
        Day(self.0.saturating_add(1))
    }

    /// The day `days` later.
    #[must_use]
    pub const fn plus_days(self, days: u32) -> Day {
        Day(self.0.saturating_add(days))
    }

    /// Year, month (1–12) and day of the month (1–31).
    ///
    /// Source: H. Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
    pub fn civil(self) -> (u32, u32, u32) {
        #![expect(
            clippy::arithmetic_side_effects,
            reason = "every intermediate value is below 2^34, in 64 bits"
        )]
        let shifted = u64::from(self.0) + 719_468;
        let era = shifted / 146_097;
        let day_of_era = shifted % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
        let month = if month_shifted < 10 {
            month_shifted + 3
        } else {
            month_shifted - 9
        };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        let narrow =
            |value: u64| u32::try_from(value).expect("the year of a 32-bit day fits 32 bits");
        (narrow(year), narrow(month), narrow(day))
    }

    /// The day of a civil date from 1970 to the last day that a [`Day`] can hold, in the year 11761191: whatever day is
    /// written on the ledger, its text can be read back.
    ///
    /// # Errors
    /// When the date does not exist or lies outside those years.
    pub fn from_civil(year: u32, month: u32, day: u32) -> Result<Day, DateError> {
        #![expect(
            clippy::arithmetic_side_effects,
            reason = "the year is at least 1970 and every intermediate value is below 2^42, in 64 bits"
        )]
        if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(DateError);
        }
        let shifted_year = u64::from(if month <= 2 { year - 1 } else { year });
        let era = shifted_year / 400;
        let year_of_era = shifted_year % 400;
        let month_shifted = u64::from(if month > 2 { month - 3 } else { month + 9 });
        let day_of_year = (153 * month_shifted + 2) / 5 + u64::from(day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = u32::try_from(era * 146_097 + day_of_era - 719_468).map_err(|_| DateError)?;
        // 31 February and its like come back as another date.
        if Day(days).civil() == (year, month, day) {
            Ok(Day(days))
        } else {
            Err(DateError)
        }
    }

    /// The month this day lies in.
    pub fn month(self) -> Month {
        let (year, month, _) = self.civil();
        Month(
            year.saturating_mul(12)
                .saturating_add(month.saturating_sub(1)),
        )
    }
}

impl Month {
    /// The month after.
    #[must_use]
    pub const fn next(self) -> Month {
        Month(self.0.saturating_add(1))
    }

    /// The month before.
    #[must_use]
    pub const fn previous(self) -> Month {
        Month(self.0.saturating_sub(1))
    }

    /// Its first day; the last day that a [`Day`] can hold for a month beyond all days.
    pub fn first_day(self) -> Day {
        let (year, month) = (self.0 / 12, (self.0 % 12).saturating_add(1));
        Day::from_civil(year, month, 1).unwrap_or(Day(u32::MAX))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Day {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Day, DateError> {
        let mut parts = text
            .splitn(3, '-')
            .map(|part| part.parse::<u32>().map_err(|_| DateError));
        let mut next = || parts.next().ok_or(DateError)?;
        Day::from_civil(next()?, next()?, next()?)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}",
            self.0 / 12,
            (self.0 % 12).saturating_add(1)
        )
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Month {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Month, DateError> {
        let (year, month) = text.split_once('-').ok_or(DateError)?;
        let year: u32 = year.parse().map_err(|_| DateError)?;
        let month: u32 = month.parse().map_err(|_| DateError)?;
        Ok(Day::from_civil(year, month, 1)?.month())
    }
}

codec::serde_as_text!(Day);
codec::serde_as_text!(Month);

/// The fixed offset from UTC by which instants become days.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Calendar {
    /// Minutes east of Greenwich; 480 for UTC+8.
    pub offset_minutes: u16,
}

impl Calendar {
    /// China Standard Time, UTC+8.
    pub const CHINA: Calendar = Calendar {
        offset_minutes: 480,
    };

    /// The day in which `instant` lies.
    pub fn day(self, instant: TimestampMs) -> Day {
        let local_ms = instant.0.saturating_add(self.offset_ms());
        Day(u32::try_from(local_ms / DAY_MS).unwrap_or(u32::MAX))
    }

    /// The first instant of `day`.
    pub fn start_of(self, day: Day) -> TimestampMs {
        TimestampMs(
            u64::from(day.0)
                .saturating_mul(DAY_MS)
                .saturating_sub(self.offset_ms()),
        )
    }

    /// The first instant after `day`.
    pub fn end_of(self, day: Day) -> TimestampMs {
        self.start_of(day.next())
    }

    /// The first instant after `month`.
    pub fn end_of_month(self, month: Month) -> TimestampMs {
        self.start_of(month.next().first_day())
    }

    /// The month in which `instant` lies.
    pub fn month(self, instant: TimestampMs) -> Month {
        self.day(instant).month()
    }

    /// `instant` by the clocks of the city, to the second: `2026-11-22 14:05:00`.
    pub fn show(self, instant: TimestampMs) -> String {
        let day = self.day(instant);
        let seconds = instant.0.saturating_add(self.offset_ms()) % DAY_MS / SECOND_MS;
        let (minutes, second) = (seconds / 60, seconds % 60);
        let (hour, minute) = (minutes / 60, minutes % 60);
        format!("{day} {hour:02}:{minute:02}:{second:02}")
    }

    /// The instant `text` names by the clocks of the city: `2026-11-22`, `2026-11-22 14:05` or `2026-11-22 14:05:09`,
    /// with a space or a `T` between date and time.
    ///
    /// # Errors
    /// When it is not written so, or there is no such date or time.
    pub fn parse(self, text: &str) -> Result<TimestampMs, DateError> {
        let (date, time) = match text.split_once([' ', 'T']) {
            Some((date, time)) => (date, time),
            None => (text, "00:00"),
        };
        let day: Day = date.parse()?;
        let mut fields = [0u64; 3];
        let parts: Vec<&str> = time.split(':').collect();
        if !(2..=3).contains(&parts.len()) {
            return Err(DateError);
        }
        for ((field, part), limit) in fields.iter_mut().zip(parts).zip([24, 60, 60]) {
            let two_digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            *field = part
                .parse()
                .ok()
                .filter(|value| two_digits && *value < limit)
                .ok_or(DateError)?;
        }
        let [hour, minute, second] = fields;
        let since_midnight_ms = hour
            .saturating_mul(HOUR_MS)
            .saturating_add(minute.saturating_mul(MINUTE_MS))
            .saturating_add(second.saturating_mul(SECOND_MS));
        Ok(self.start_of(day).plus_ms(since_midnight_ms))
    }

    fn offset_ms(self) -> u64 {
        u64::from(self.offset_minutes).saturating_mul(MINUTE_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_dates_round_trip_over_two_centuries() {
        for day in 0..80_000 {
            let (year, month, date) = Day(day).civil();
            assert_eq!(Day::from_civil(year, month, date), Ok(Day(day)));
        }
        assert_eq!(Day(0).to_string(), "1970-01-01");
        assert_eq!(
            "2026-11-22".parse::<Day>().unwrap().to_string(),
            "2026-11-22"
        );
        assert_eq!(
            "2024-02-29".parse::<Day>().unwrap().month().to_string(),
            "2024-02"
        );
        assert_eq!("2023-02-29".parse::<Day>(), Err(DateError));
        assert_eq!("1969-12-31".parse::<Day>(), Err(DateError));
        let last = Day(u32::MAX);
        assert_eq!(last.to_string().parse::<Day>(), Ok(last));
        let beyond = format!("{}-01-01", u32::MAX);
        assert_eq!(beyond.parse::<Day>(), Err(DateError));
        assert_eq!("2026-1".parse::<Month>().unwrap().to_string(), "2026-01");
    }

    #[test]
    fn instants_are_read_and_shown_by_the_citys_clocks() {
        let read = |text: &str| Calendar::CHINA.parse(text);
        assert_eq!(Calendar::CHINA.show(TimestampMs(0)), "1970-01-01 08:00:00");
        let instant = read("2026-11-22 14:05").unwrap();
        assert_eq!(Calendar::CHINA.show(instant), "2026-11-22 14:05:00");
        assert_eq!(read("2026-11-22T14:05:00"), Ok(instant));
        assert_eq!(
            Calendar::CHINA.show(read("2026-11-22").unwrap()),
            "2026-11-22 00:00:00"
        );
        for wrong in [
            "2026-11-22 24:00",
            "2026-11-22 9:00",
            "2026-11-22 09",
            "2026-02-30 09:00",
            "09:00",
            "2026-11-22 09:00:00:00",
            "2026-11-22 +9:00",
        ] {
            assert_eq!(read(wrong), Err(DateError), "{wrong}");
        }
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        for text in ["2024-02", "2026-11", "2026-12"] {
            let month: Month = text.parse().unwrap();
            let end = Calendar::CHINA.end_of_month(month);
            assert_eq!(Calendar::CHINA.month(end), month.next());
            assert_eq!(Calendar::CHINA.month(end.minus_ms(1)), month);
            assert_eq!(month.next().previous(), month);
        }
    }

    #[test]
    fn a_day_begins_at_sixteen_hundred_utc_the_day_before() {
        let day = "2026-11-22".parse::<Day>().unwrap();
        let start = Calendar::CHINA.start_of(day);
        assert_eq!(Calendar::CHINA.day(start), day);
        assert_eq!(Calendar::CHINA.day(start.minus_ms(1)).next(), day);
        assert_eq!(Calendar::CHINA.end_of(day).since_ms(start), DAY_MS);
    }
}
