//! What this program says, in Chinese or English, and how often; and the numbers it says.

use std::io::Write;
use std::time::{Duration, Instant};

use ledger_core::message::{Arguments, Catalogue, Language};
use timebank_wallet::error::Refusal;

/// How often progress is shown at most.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(1_500);

/// Says things to whoever runs the program.
pub struct Voice {
    catalogue: Catalogue,
    last_progress: Option<Instant>,
    began: Instant,
}

impl Voice {
    /// In `language`.
    pub fn new(language: Language) -> Voice {
        let source = match language {
            Language::Chinese => include_str!("../messages/zh.ftl"),
            Language::English => include_str!("../messages/en.ftl"),
        };
        let catalogue = Catalogue::new(language, &[source])
            .expect("the built-in catalogue is checked by the tests");
        Voice {
            catalogue,
            last_progress: None,
            began: Instant::now(),
        }
    }

    /// The language spoken.
    pub const fn language(&self) -> Language {
        self.catalogue.language()
    }

    /// The message `id`.
    pub fn text(&self, id: &str, arguments: &Arguments) -> String {
        self.catalogue.render(id, arguments)
    }

    /// Says the message `id`.
    pub fn say(&self, id: &str, arguments: &Arguments) {
        self.line(&self.text(id, arguments));
    }

    /// Begins a step: the message `id` with the seconds since the start before it.
    pub fn step(&self, id: &str, arguments: &Arguments) {
        self.line(&format!(
            "[{:>5.1} s] {}",
            self.began.elapsed().as_secs_f32(),
            self.text(id, arguments)
        ));
    }

    /// Says the message `id`, unless progress was shown just before.
    pub fn progress(&mut self, id: &str, arguments: impl FnOnce() -> Arguments) {
        if self
            .last_progress
            .is_none_or(|last| last.elapsed() >= PROGRESS_INTERVAL)
        {
            self.last_progress = Some(Instant::now());
            self.step(id, &arguments());
        }
    }

    /// Writes a line as it is.
    pub fn line(&self, text: &str) {
        // Whoever closed the other end of a pipe does not want to read on.
        let _ = writeln!(std::io::stdout(), "{text}");
    }

    /// A refusal's code, and its reason in the language spoken.
    pub fn refusal(&self, refusal: &Refusal) -> Arguments {
        let reason = match self.catalogue.language() {
            Language::Chinese => &refusal.message_zh,
            Language::English => &refusal.message_en,
        };
        Arguments::NONE
            .text("code", &refusal.code)
            .text("reason", reason)
    }

    /// How long this program has run.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

/// A count as messages take it.
pub fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A count to calculate with.
pub(crate) const fn real_count(count: usize) -> f64 {
    count as f64
}

/// A whole number to calculate with; exact up to 2^53.
pub(crate) const fn real(number: u64) -> f64 {
    number as f64
}

/// A number with its thousands set apart.
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

#[cfg(test)]
mod tests {
    use super::*;
    use ledger_core::message::check;

    #[test]
    fn the_messages_are_the_same_in_both_languages() {
        let (chinese, english) = (
            include_str!("../messages/zh.ftl"),
            include_str!("../messages/en.ftl"),
        );
        assert_eq!(check::differences(chinese, english), Vec::<String>::new());
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            ["7", "1,000", "3,227,415"],
            [7, 1_000, 3_227_415]
                .map(grouped)
                .each_ref()
                .map(String::as_str)
        );
    }
}
