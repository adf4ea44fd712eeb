//! What was dropped or refused, counted and told of now and then: a flood of it must not become a flood of the log.

use std::time::Duration;

use tokio::time::Instant;

/// Drops are told of at most once in so long.
const TELL_INTERVAL: Duration = Duration::from_secs(1);

/// How many were dropped since that was last told.
#[derive(Debug, Default)]
pub(crate) struct Drops {
    untold: usize,
    told_at: Option<Instant>,
}

impl Drops {
    /// Counts drops.
    pub(crate) const fn count(&mut self, dropped: usize) {
        self.untold = self.untold.saturating_add(dropped);
    }

    /// How many to tell of, when there are any and the last ones were not told of just now. They count as told then.
    pub(crate) fn take_due(&mut self, now: impl FnOnce() -> Instant) -> Option<usize> {
        if self.untold == 0 {
            return None;
        }
        let now = now();
        let is_due = self
            .told_at
            .is_none_or(|told_at| now.duration_since(told_at) >= TELL_INTERVAL);
        is_due.then(|| {
            self.told_at = Some(now);
            std::mem::take(&mut self.untold)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_drop_is_told_at_once_and_the_next_ones_together() {
        let start = Instant::now();
        let at = |ms| move || start + Duration::from_millis(ms);
        let mut drops = Drops::default();
        assert_eq!(drops.take_due(at(0)), None);
        drops.count(1);
        assert_eq!(drops.take_due(at(0)), Some(1));
        for ms in 1..1_000 {
            drops.count(2);
            assert_eq!(drops.take_due(at(ms)), None);
        }
        assert_eq!(drops.take_due(at(1_000)), Some(1_998));
        assert_eq!(drops.take_due(at(9_000)), None);
    }
}
