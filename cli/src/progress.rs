//! How far a long command has come, on standard error.
//!
//! At a terminal one line is written over several times a second; elsewhere a line is added every few seconds, so that a log
//! stays short. What is said there is never a part of the result.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ledger_core::message::Arguments;

use crate::sentence::catalogue;
use crate::session::Session;

/// How often a line at a terminal is written over.
const WATCHED_EVERY: Duration = Duration::from_millis(250);
/// How often a line is added elsewhere.
const UNWATCHED_EVERY: Duration = Duration::from_secs(5);

/// The line of one command.
pub(crate) struct ProgressLine<'s, 'e> {
    session: &'s Session<'e>,
    shown: Cell<Option<Instant>>,
    began: Instant,
    interrupted: Arc<AtomicBool>,
}

impl<'s, 'e> ProgressLine<'s, 'e> {
    /// Of a command that begins now. From now on Ctrl-C asks it to end where it can be gone on with.
    pub(crate) fn begin(session: &'s Session<'e>) -> ProgressLine<'s, 'e> {
        ProgressLine {
            session,
            shown: Cell::new(None),
            began: Instant::now(),
            interrupted: (session.environment().interruption)(),
        }
    }

    /// Whether whoever started the command wants it to end.
    pub(crate) fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }

    /// Shows the sentence `id`, unless one was shown a moment ago.
    pub(crate) fn show(&self, id: &str, about: impl FnOnce() -> Arguments) {
        let environment = self.session.environment();
        let every = match environment.watched {
            true => WATCHED_EVERY,
            false => UNWATCHED_EVERY,
        };
        let last = self.shown.get().unwrap_or(self.began);
        if last.elapsed() < every {
            return;
        }
        self.shown.set(Some(Instant::now()));
        let text = catalogue(self.session.language()).render(id, &about());
        (environment.notice)(&match environment.watched {
            true => format!("\r\u{1b}[K{text}"),
            false => format!("{text}\n"),
        });
    }

    /// Says the sentence `id` at once, on a line of its own.
    pub(crate) fn say(&self, id: &str, about: &Arguments) {
        let text = catalogue(self.session.language()).render(id, about);
        self.clear();
        (self.session.environment().notice)(&format!("{text}\n"));
    }

    fn clear(&self) {
        if self.session.environment().watched && self.shown.take().is_some() {
            (self.session.environment().notice)("\r\u{1b}[K");
        }
    }
}

impl Drop for ProgressLine<'_, '_> {
    fn drop(&mut self) {
        self.clear();
    }
}
