//! Virtual time: what happens next, in order.

use std::collections::BTreeMap;

/// Microseconds in a millisecond.
pub const MS_US: u64 = 1_000;

/// Events in order of time; those of one instant in the order in which they were scheduled.
#[derive(Debug)]
pub struct Clock<E> {
    now_us: u64,
    scheduled: u64,
    events: BTreeMap<(u64, u64), E>,
}

impl<E> Default for Clock<E> {
    fn default() -> Self {
        Clock {
            now_us: 0,
            scheduled: 0,
            events: BTreeMap::new(),
        }
    }
}

impl<E> Clock<E> {
    /// Microseconds since the start.
    pub const fn now_us(&self) -> u64 {
        self.now_us
    }

    /// How many events wait.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Lets `event` happen in `after_us`.
    pub fn schedule(&mut self, after_us: u64, event: E) {
        self.scheduled += 1;
        let at = self.now_us.saturating_add(after_us);
        self.events.insert((at, self.scheduled), event);
    }

    /// The next event, if it happens by `until_us`; time moves to it. Otherwise time moves to `until_us`.
    pub fn next_until(&mut self, until_us: u64) -> Option<E> {
        let next = self.events.first_key_value().map(|((at, _), _)| *at);
        if next.is_some_and(|at| at <= until_us) {
            let ((at, _), event) = self.events.pop_first()?;
            self.now_us = at;
            return Some(event);
        }
        self.now_us = self.now_us.max(until_us);
        None
    }
}
