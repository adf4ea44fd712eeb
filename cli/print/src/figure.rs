//! Numbers for people: thousands apart, minutes as hours and minutes.
//!
//! What always holds: nothing is rounded. A number on paper is the number on the ledger.

use ledger_core::message::{Arguments, Language};

use crate::sentence::sentence;

/// `number` with its thousands apart: `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `number` with its thousands apart and a minus sign as typesetters have it.
pub fn signed(number: i64) -> String {
    format!("{}{}", sign(number), grouped(number.unsigned_abs()))
}

/// `minutes` as hours and minutes: `3 h 20 min`, `3 小时 20 分`.
pub fn hours(minutes: u64, language: Language) -> String {
    let (hours, rest) = (minutes / 60, minutes % 60);
    let id = match (hours, rest) {
        (0, _) => "print-minutes",
        (_, 0) => "print-hours",
        _ => "print-hours-rest",
    };
    let arguments = Arguments::NONE
        .text("minutes", minutes)
        .text("hours", grouped(hours))
        .text("rest", rest);
    sentence(language, id, &arguments)
}

/// [`hours`] of a difference, which may be below nothing.
pub fn signed_hours(minutes: i64, language: Language) -> String {
    format!(
        "{}{}",
        sign(minutes),
        hours(minutes.unsigned_abs(), language)
    )
}

const fn sign(number: i64) -> &'static str {
    if number < 0 { "\u{2212}" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(signed(-12_000), "\u{2212}12,000");
        assert_eq!(signed(i64::MIN), "\u{2212}9,223,372,036,854,775,808");
    }

    #[test]
    fn minutes_are_shown_as_hours_without_rounding() {
        let english = |minutes| hours(minutes, Language::English);
        assert_eq!(english(0), "0 min");
        assert_eq!(english(59), "59 min");
        assert_eq!(english(60), "1 h");
        assert_eq!(english(60_001), "1,000 h 1 min");
        assert_eq!(hours(200, Language::Chinese), "3 小时 20 分");
        assert_eq!(signed_hours(-90, Language::Chinese), "\u{2212}1 小时 30 分");
    }
}
