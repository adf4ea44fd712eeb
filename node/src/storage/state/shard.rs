//! Entries that are kept while they are asked for: a part of the cache.
//!
//! Bounded by bytes: when it is full, a hand goes round the entries and takes out those that nobody asked for since it came by
//! last (second chance). All of the room is used before anything leaves it, so that a city whose records just fit stays in it.
//! What leaves follows from what was done alone, not from how keys are hashed: the map keeps its entries in an order.

use std::cell::Cell;

use foldhash::fast::RandomState;
use indexmap::IndexMap;

use super::content::{Content, ENTRY_OVERHEAD_BYTES, Value};
use super::key::Key;

/// What is known of some keys.
#[derive(Debug)]
pub(super) struct Shard {
    /// The number of the newest batch.
    pub(super) batch: u64,
    entries: IndexMap<Key, Known, RandomState>,
    /// Which entry is looked at next when there is no room.
    hand: usize,
    /// About the bytes that the entries take.
    bytes: usize,
    /// About the most they may take.
    bytes_max: usize,
}

#[derive(Debug)]
struct Known {
    /// The batch that brought it.
    since: u64,
    value: Value,
    /// Whether anybody asked for it since the hand came by.
    is_used: Cell<bool>,
}

impl Shard {
    /// Empty, before the first batch, for about so many bytes.
    pub(super) fn new(bytes_max: usize) -> Shard {
        Shard {
            batch: 0,
            entries: IndexMap::default(),
            hand: 0,
            bytes: 0,
            bytes_max,
        }
    }

    /// What a view after batch `at` sees of `key`; none when that is not known.
    pub(super) fn find(&self, key: &[u8], at: u64) -> Option<&Value> {
        let known = self.entries.get(key)?;
        known.is_used.set(true);
        (known.since <= at).then_some(&known.value)
    }

    /// Keeps what batch `since` brought.
    pub(super) fn insert(&mut self, key: Key, since: u64, value: Value) {
        let length = key.len();
        let known = Known {
            since,
            value,
            is_used: Cell::new(false),
        };
        self.bytes = self.bytes.saturating_add(known.bytes(length));
        let (place, replaced) = self.entries.insert_full(key, known);
        if let Some(replaced) = replaced {
            self.bytes = self.bytes.saturating_sub(replaced.bytes(length));
            // What comes again is in use.
            self.entries[place].is_used.set(true);
        }
        while self.bytes > self.bytes_max && self.entries.len() > 1 {
            self.look_at_next();
        }
    }

    /// Takes out the entry the hand is at, or gives it a second chance. The last entry, which may just have come, takes the place
    /// of one taken out, and is never looked at where it is: its turn is when the hand has been round.
    fn look_at_next(&mut self) {
        if self.hand.saturating_add(1) >= self.entries.len() {
            self.hand = 0;
        }
        let known = &self.entries[self.hand];
        if !known.is_used.replace(false)
            && let Some((key, known)) = self.entries.swap_remove_index(self.hand)
        {
            self.bytes = self.bytes.saturating_sub(known.bytes(key.len()));
        }
        self.hand = self.hand.saturating_add(1);
    }

    /// Nothing is known of `key` any more.
    pub(super) fn forget(&mut self, key: &[u8]) {
        if let Some(known) = self.entries.swap_remove(key) {
            self.bytes = self.bytes.saturating_sub(known.bytes(key.len()));
        }
    }
}

impl Known {
    /// About the bytes it takes with a key of this length.
    fn bytes(&self, key_length: usize) -> usize {
        let length = self.value.as_ref().map_or(0, Content::length);
        length
            .saturating_add(key_length)
            .saturating_add(ENTRY_OVERHEAD_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The bytes of an entry of [`keep`] with an empty value.
    const SMALL: usize = ENTRY_OVERHEAD_BYTES + 2;

    fn key(number: u16) -> [u8; 2] {
        number.to_be_bytes()
    }

    fn keep(shard: &mut Shard, number: u16, length: usize) {
        let value = Content::from(vec![0; length]);
        shard.insert(Key::from(&key(number)[..]), 0, Some(value));
    }

    fn is_known(shard: &Shard, number: u16) -> bool {
        shard.find(&key(number), 0).is_some()
    }

    fn keys(shard: &Shard) -> Vec<Vec<u8>> {
        shard.entries.keys().map(|key| key.to_vec()).collect()
    }

    #[derive(Clone, Debug)]
    enum Deed {
        Keep(u16, usize),
        Ask(u16),
        Forget(u16),
    }

    fn deeds() -> impl Strategy<Value = Vec<Deed>> {
        let deed = prop_oneof![
            4 => (0..60_u16, 0..200_usize).prop_map(|(key, length)| Deed::Keep(key, length)),
            2 => (0..60_u16).prop_map(Deed::Ask),
            1 => (0..60_u16).prop_map(Deed::Forget),
        ];
        prop::collection::vec(deed, 1..400)
    }

    fn act(shard: &mut Shard, deed: &Deed) {
        match *deed {
            Deed::Keep(number, length) => keep(shard, number, length),
            Deed::Ask(number) => {
                is_known(shard, number);
            }
            Deed::Forget(number) => shard.forget(&key(number)),
        }
    }

    proptest! {
        #[test]
        fn the_bytes_are_those_of_the_entries_and_within_the_bound(deeds in deeds()) {
            let mut shard = Shard::new(20 * SMALL);
            for deed in &deeds {
                act(&mut shard, deed);
                let entries = shard.entries.iter();
                let bytes: usize = entries.map(|(key, known)| known.bytes(key.len())).sum();
                prop_assert_eq!(shard.bytes, bytes);
                prop_assert!(bytes <= shard.bytes_max);
                if let Deed::Forget(number) = *deed {
                    prop_assert!(!is_known(&shard, number));
                }
            }
        }

        #[test]
        fn what_is_kept_follows_from_what_was_done_not_from_hashes(deeds in deeds()) {
            // Each has a seed of its own.
            let mut shards = [Shard::new(20 * SMALL), Shard::new(20 * SMALL)];
            for deed in &deeds {
                for shard in &mut shards {
                    act(shard, deed);
                }
                prop_assert_eq!(keys(&shards[0]), keys(&shards[1]));
            }
        }
    }

    #[test]
    fn what_just_fits_stays_however_often_it_is_written() {
        let mut shard = Shard::new(100 * SMALL);
        for _ in 0..5 {
            for number in 0..100 {
                keep(&mut shard, number, 0);
            }
        }
        assert!((0..100).all(|number| is_known(&shard, number)));
    }

    #[test]
    fn what_nobody_asked_for_leaves_first() {
        let mut shard = Shard::new(100 * SMALL);
        for number in 0..100 {
            keep(&mut shard, number, 0);
        }
        for number in (0..100).step_by(2) {
            assert!(is_known(&shard, number));
        }
        for number in 100..140 {
            keep(&mut shard, number, 0);
        }
        let left = |numbers: &mut dyn Iterator<Item = u16>| {
            numbers.filter(|number| is_known(&shard, *number)).count()
        };
        assert_eq!(left(&mut (0..100).step_by(2)), 50);
        assert_eq!(left(&mut (1..100).step_by(2)), 10);
        assert_eq!(left(&mut (100..140)), 40);
    }

    #[test]
    fn where_all_is_in_use_a_newcomer_still_finds_room() {
        let mut shard = Shard::new(100 * SMALL);
        for number in 0..100 {
            keep(&mut shard, number, 0);
            assert!(is_known(&shard, number));
        }
        keep(&mut shard, 100, 0);
        assert!(is_known(&shard, 100));
        assert_eq!(shard.entries.len(), 100);
    }
}
