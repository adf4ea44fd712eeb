//! Who reads the state at which moment, so that values nobody reads any more can be dropped.
//!
//! What always holds: a [`Reader`] counts from when it is made until it is dropped. Whoever makes one does so under the same
//! lock under which it learns the moment, so that the oldest moment never falls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::storage::locks::lock;

/// How many read at each moment.
#[derive(Debug, Default)]
pub(super) struct Readers {
    moments: Mutex<BTreeMap<u64, usize>>,
}

/// One that reads at a moment.
#[derive(Debug)]
pub(super) struct Reader {
    readers: Arc<Readers>,
    at: u64,
}

impl Readers {
    /// One more that reads at `at`.
    pub(super) fn enter(self: &Arc<Self>, at: u64) -> Reader {
        let mut moments = lock(&self.moments);
        let count = moments.entry(at).or_default();
        *count = count.saturating_add(1);
        Reader {
            readers: Arc::clone(self),
            at,
        }
    }

    /// The earliest moment at which anyone reads; none when nobody does.
    pub(super) fn oldest(&self) -> Option<u64> {
        lock(&self.moments).first_key_value().map(|(at, _)| *at)
    }

    fn leave(&self, at: u64) {
        let mut moments = lock(&self.moments);
        if let Some(count) = moments.get_mut(&at) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                moments.remove(&at);
            }
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.readers.leave(self.at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_reader_counts_until_the_last_at_its_moment_is_gone() {
        let readers = Arc::new(Readers::default());
        assert_eq!(readers.oldest(), None);
        let (newer, first, second) = (readers.enter(7), readers.enter(5), readers.enter(5));
        drop(first);
        assert_eq!(readers.oldest(), Some(5));
        drop(second);
        assert_eq!(readers.oldest(), Some(7));
        drop(newer);
        assert_eq!(readers.oldest(), None);
    }
}
