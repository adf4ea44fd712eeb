//! The lines of an explanation, and the words for each kind of value.
//!
//! What always holds: two different values of one kind have two different texts.

use std::fmt::Display;

use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, OrganisationId, ProgrammeCode, StaffId};
use ledger_core::message::{Arguments, Catalogue, Language};
use ledger_core::record::budget::{PoolId, PoolKind};
use ledger_core::record::order::Payer;
use ledger_core::record::proxy::ProxyHolder;
use ledger_core::record::recovery::Guardian;
use ledger_core::time::{Calendar, DAY_MS, Day, HOUR_MS, MINUTE_MS, Month, SECOND_MS, TimestampMs};
use ledger_core::transaction::Signer;
use serde::Serialize;

use super::Line;
use crate::message::catalogue;

/// An explanation in the making.
pub(crate) struct Sheet {
    catalogue: &'static Catalogue,
    calendar: Calendar,
    lines: Vec<Line>,
    warnings: Vec<String>,
    arguments: Arguments,
    sentence: Option<&'static str>,
}

impl Sheet {
    pub(crate) fn new(language: Language, calendar: Calendar) -> Sheet {
        Sheet {
            catalogue: catalogue(language),
            calendar,
            lines: Vec::new(),
            warnings: Vec::new(),
            arguments: Arguments::NONE,
            sentence: None,
        }
    }

    /// Takes the message `explain-<name>` for the sentence, in place of the one for the operation's kind.
    pub(crate) const fn says(&mut self, name: &'static str) {
        self.sentence = Some(name);
    }

    /// What signing does: the message `explain-<kind>` unless another was named. It may show the lines so far, each under
    /// its label's name.
    pub(crate) fn sentence(&self, kind: &str) -> String {
        self.message(self.sentence.unwrap_or(kind), &self.arguments)
    }

    pub(crate) fn finish(self) -> (Vec<Line>, Vec<String>) {
        (self.lines, self.warnings)
    }

    /// A line under the label `explain-label-<name>`.
    pub(crate) fn line(&mut self, name: &str, text: impl Into<String>) {
        let text = text.into();
        self.arguments = std::mem::take(&mut self.arguments).text(name, &text);
        let label = self.message(&format!("label-{name}"), &Arguments::NONE);
        self.lines.push(Line { label, text });
    }

    /// The warning `explain-warning-<name>`.
    pub(crate) fn warn(&mut self, name: &str) {
        let text = self.message(&format!("warning-{name}"), &self.arguments);
        self.warnings.push(text);
    }

    /// The message `explain-<name>`.
    pub(crate) fn message(&self, name: &str, arguments: &Arguments) -> String {
        self.catalogue.render(&format!("explain-{name}"), arguments)
    }

    // ---- lines --------------------------------------------------------------------------------------------------

    /// What shows itself: an id, a code, a hash, a number.
    pub(crate) fn plain(&mut self, name: &str, value: impl Display) {
        self.line(name, value.to_string());
    }

    pub(crate) fn account(&mut self, name: &str, account: AccountId) {
        self.plain(name, account);
    }

    pub(crate) fn office(&mut self, name: &str, office: OrganisationId) {
        // The division code, as people know it.
        self.plain(name, office.0);
    }

    pub(crate) fn minutes(&mut self, name: &str, minutes: Minutes) {
        self.line(name, self.duration(minutes));
    }

    pub(crate) fn instant(&mut self, name: &str, instant: TimestampMs) {
        self.line(name, self.moment(instant));
    }

    pub(crate) fn day(&mut self, name: &str, day: Day) {
        self.line(name, self.date(day));
    }

    pub(crate) fn month(&mut self, name: &str, month: Month) {
        self.plain(name, month);
    }

    /// A word of the rules: the message `word-…`.
    pub(crate) fn word(&mut self, name: &str, value: &impl Serialize) {
        self.line(name, self.word_of(value));
    }

    /// `value` in the words of `text`; nothing in the words of `explain-<absent>`.
    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        absent: &str,
        value: Option<T>,
        text: impl FnOnce(&Sheet, T) -> String,
    ) {
        let shown = match value {
            Some(value) => text(self, value),
            None => self.message(absent, &Arguments::NONE),
        };
        self.line(name, shown);
    }

    /// A list, one on each line behind how many there are.
    pub(crate) fn list<T>(&mut self, name: &str, items: &[T], text: impl Fn(&Sheet, &T) -> String) {
        let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
        let heading = self.message("count", &Arguments::NONE.number("count", count));
        let items = items.iter().map(|item| text(self, item));
        let shown: Vec<String> = std::iter::once(heading).chain(items).collect();
        self.line(name, shown.join("\n"));
    }

    pub(crate) fn payer(&mut self, payer: Payer) {
        let text = match payer {
            Payer::Recipient => self.message("payer-recipient", &Arguments::NONE),
            Payer::Kin(kin) => self.message("payer-kin", &Arguments::NONE.text("kin", kin)),
            Payer::Budget(budget) => {
                self.message("payer-budget", &Arguments::NONE.text("budget", budget))
            }
        };
        self.line("payer", text);
    }

    pub(crate) fn pool(&mut self, pool: PoolId) {
        let PoolId { organisation, kind } = pool;
        let name = match kind {
            PoolKind::Donation => "pool-donation",
            PoolKind::Grant => "pool-grant",
            PoolKind::Reserve => "pool-reserve",
        };
        let arguments = Arguments::NONE.text("office", organisation.0);
        let text = self.message(name, &arguments);
        self.line("pool", text);
    }

    // ---- texts --------------------------------------------------------------------------------------------------

    /// A unit variant by its word.
    pub(crate) fn word_of(&self, value: &impl Serialize) -> String {
        let json = serde_json::to_value(value).unwrap_or_default();
        let name = json.as_str().unwrap_or_default();
        self.catalogue
            .render(&format!("word-{name}"), &Arguments::NONE)
    }

    pub(crate) fn words_of(&self, values: &[impl Serialize]) -> String {
        let words: Vec<String> = values.iter().map(|value| self.word_of(value)).collect();
        words.join(&self.message("separator", &Arguments::NONE))
    }

    pub(crate) fn staff(&self, staff: StaffId) -> String {
        let StaffId {
            organisation,
            number,
        } = staff;
        let arguments = Arguments::NONE
            .text("office", organisation.0)
            .text("number", number);
        self.message("staff", &arguments)
    }

    pub(crate) fn signer(&self, signer: Signer) -> String {
        match signer {
            Signer::Account(account) => account.to_string(),
            Signer::Staff(staff) => self.staff(staff),
            Signer::Key(key) => self.message("key", &Arguments::NONE.text("key", key)),
        }
    }

    pub(crate) fn proxy(&self, proxy: ProxyHolder) -> String {
        match proxy {
            ProxyHolder::Account(account) => account.to_string(),
            ProxyHolder::Clerk(staff) => self.staff(staff),
        }
    }

    pub(crate) fn guardian(&self, guardian: Guardian) -> String {
        match guardian {
            Guardian::Account(account) => account.to_string(),
            Guardian::Office(OrganisationId(code)) => {
                self.message("office", &Arguments::NONE.text("office", code))
            }
        }
    }

    pub(crate) fn programmes(&self, programmes: &[ProgrammeCode]) -> String {
        if programmes.is_empty() {
            return self.message("none", &Arguments::NONE);
        }
        let codes: Vec<String> = programmes.iter().map(ToString::to_string).collect();
        codes.join(&self.message("separator", &Arguments::NONE))
    }

    /// `90 min (1 h 30 min)`.
    pub(crate) fn duration(&self, Minutes(minutes): Minutes) -> String {
        let (hours, rest) = (minutes / 60, minutes % 60);
        let name = match (hours, rest) {
            (0, _) => "minutes",
            (_, 0) => "minutes-hours",
            _ => "minutes-hours-rest",
        };
        let arguments = Arguments::NONE
            .text("minutes", minutes)
            .text("hours", hours)
            .text("rest", rest);
        self.message(name, &arguments)
    }

    /// `2026-11-22 (Sunday) 14:05`, with seconds and thousandths when there are any.
    pub(crate) fn moment(&self, instant: TimestampMs) -> String {
        let day = self.calendar.day(instant);
        if day == Day(u32::MAX) {
            // Beyond the last day that has a name; the ledger refuses it.
            let arguments = Arguments::NONE.text("instant_ms", instant);
            return self.message("instant-far", &arguments);
        }
        let since_midnight_ms = instant.since_ms(self.calendar.start_of(day));
        // The first day of all begins before the first instant, by the calendar's offset.
        let since_midnight_ms = match day {
            Day(0) => instant.0 + u64::from(self.calendar.offset_minutes) * MINUTE_MS,
            _ => since_midnight_ms,
        };
        let (hours, minutes) = (
            since_midnight_ms / HOUR_MS,
            since_midnight_ms % HOUR_MS / MINUTE_MS,
        );
        let (seconds, thousandths) = (
            since_midnight_ms % MINUTE_MS / SECOND_MS,
            since_midnight_ms % SECOND_MS,
        );
        let mut time = format!("{hours:02}:{minutes:02}");
        if seconds != 0 || thousandths != 0 {
            time.push_str(&format!(":{seconds:02}"));
        }
        if thousandths != 0 {
            time.push_str(&format!(".{thousandths:03}"));
        }
        let arguments = Arguments::NONE
            .text("date", self.date(day))
            .text("time", time);
        self.message("instant", &arguments)
    }

    /// `2026-11-22 (Sunday)`.
    pub(crate) fn date(&self, day: Day) -> String {
        // 1 January 1970 was a Thursday, the fourth day from Sunday.
        let weekday = (u64::from(day.0) + 4) % 7;
        let weekday = self.message(&format!("weekday-{weekday}"), &Arguments::NONE);
        let arguments = Arguments::NONE.text("date", day).text("weekday", weekday);
        self.message("day", &arguments)
    }

    /// `3 days 12 hours`, down to the millisecond.
    pub(crate) fn span(&self, span_ms: u64) -> String {
        let units = [
            ("days", span_ms / DAY_MS),
            ("hours", span_ms % DAY_MS / HOUR_MS),
            ("minutes", span_ms % HOUR_MS / MINUTE_MS),
            ("seconds", span_ms % MINUTE_MS / SECOND_MS),
            ("thousandths", span_ms % SECOND_MS),
        ];
        let shown: Vec<String> = units
            .into_iter()
            .filter(|(name, count)| *count != 0 || (span_ms == 0 && *name == "seconds"))
            .map(|(name, count)| {
                let arguments = Arguments::NONE.number("count", count);
                self.message(&format!("span-{name}"), &arguments)
            })
            .collect();
        shown.join(" ")
    }

    /// Where dates and times come from.
    pub(crate) fn offset(&self) -> String {
        let minutes = self.calendar.offset_minutes;
        let offset = match minutes % 60 {
            0 => format!("UTC+{}", minutes / 60),
            rest => format!("UTC+{}:{rest:02}", minutes / 60),
        };
        self.message("offset", &Arguments::NONE.text("offset", offset))
    }
}
