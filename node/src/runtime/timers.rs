//! The replica's timers.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::replica::TimerKey;

/// Which timers run, and when each runs out. As many as the replica has keys: a few for itself, and one for each step and
/// round of the height in progress, which it cancels with the height.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: BTreeMap<TimerKey, Instant>,
}

impl Timers {
    /// Starts a timer, or starts it anew.
    pub(super) fn set(&mut self, key: TimerKey, after_ms: u64, now: Instant) {
        self.due.insert(key, now + Duration::from_millis(after_ms));
    }

    /// Stops a timer, if it runs.
    pub(super) fn cancel(&mut self, key: TimerKey) {
        self.due.remove(&key);
    }

    /// When the next one runs out.
    pub(super) fn next(&self) -> Option<Instant> {
        self.due.values().min().copied()
    }

    /// The one that ran out first, if any has.
    pub(super) fn due(&self, now: Instant) -> Option<TimerKey> {
        let (key, due) = self.due.iter().min_by_key(|(_, due)| **due)?;
        (*due <= now).then_some(*key)
    }

    /// Takes the one that ran out first, if any has.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<TimerKey> {
        let key = self.due(now)?;
        self.due.remove(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_run_out_in_order_and_a_new_start_replaces_the_old() {
        let start = Instant::now();
        let mut timers = Timers::default();
        timers.set(TimerKey::Status, 30, start);
        timers.set(TimerKey::Wake, 10, start);
        timers.set(TimerKey::Sync, 20, start);
        timers.set(TimerKey::Wake, 40, start);
        timers.cancel(TimerKey::Sync);
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(timers.next(), Some(at(30)));
        assert_eq!(timers.take_due(at(29)), None);
        assert_eq!(timers.due(at(50)), Some(TimerKey::Status));
        assert_eq!(timers.take_due(at(50)), Some(TimerKey::Status));
        assert_eq!(timers.take_due(at(50)), Some(TimerKey::Wake));
        assert_eq!(timers.take_due(at(50)), None);
        assert_eq!(timers.next(), None);
    }
}
