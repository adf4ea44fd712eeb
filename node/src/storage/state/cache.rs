//! What the database holds, as far as it was read or written lately, and a view of the database that looks here first.
//!
//! A transaction reads the same few records again and again: when it arrives, when it is tried, when a block is built and
//! when one is checked; everybody reads the chain's record, the policies and the staff; and each change of the tree reads
//! the nodes near its root. The cache lives as long as the store and outlasts flushes: what a flush writes is taken over.
//!
//! Each entry carries the number of the batch that brought it into the database. What always holds: an entry from batch `n`
//! is what every view from `n` on sees until a later batch replaces the entry; a view from before `n` does not see it, and
//! reads the database as it was; what such an old view reads is not kept. So a snapshot never sees a later batch.
//!
//! Bounded by bytes: when a part is full, a hand goes round its entries and takes out those that nobody asked for since it
//! came by last (second chance). All of the room is used, so that a city whose records just fit stays in it.
//!
//! Nodes of the state tree have room of their own: reading a bucket anew is two dozen reads of rows, and records, of which a
//! city has more, would push it out.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use ledger_core::id::TransactionId;

use super::content::{Content, ENTRY_OVERHEAD_BYTES, Value};
use super::engine::Visit;
use super::key::{self, Key};
use super::remembered::Written;
use super::rows::Rows;
use super::search::Search;
use super::versions::Entry;
use crate::storage::StorageError;
use crate::storage::locks::lock;

/// About the most bytes of memory that nodes of the state tree take here, keys and tables included.
const NODE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// About the most bytes of memory that all else takes.
const OTHER_BYTES_MAX: usize = 80 * 1024 * 1024;
/// The longest value kept, in bytes.
const CACHED_VALUE_BYTES_MAX: usize = 4_096;
/// Parts with a lock each that nodes have, and as many that all else has.
const PARTS: usize = 16;
/// Parts in all; those of nodes come after the others.
const SHARDS: usize = PARTS * 2;

/// What the database holds, as far as it is known.
#[derive(Debug)]
pub(super) struct Cache {
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Debug)]
struct Shard {
    /// The number of the newest batch.
    batch: u64,
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

impl Default for Cache {
    fn default() -> Cache {
        Cache {
            shards: std::array::from_fn(|shard| {
                let bytes_max = if shard < PARTS {
                    OTHER_BYTES_MAX
                } else {
                    NODE_BYTES_MAX
                };
                Mutex::new(Shard::new(bytes_max / PARTS))
            }),
        }
    }
}

impl Cache {
    /// What a view after batch `at` sees of `key`; none when that is not known.
    fn find(&self, key: &[u8], at: u64) -> Option<Value> {
        self.shard(key).find(key, at).cloned()
    }

    /// [`Self::find`] for the records that `search` still looks for.
    fn search(&self, search: &mut Search, at: u64) {
        let parts: [Vec<usize>; SHARDS] = search.parts(shard_of);
        for (shard, places) in self.shards.iter().zip(parts) {
            if places.is_empty() {
                continue;
            }
            let shard = lock(shard);
            let open = search.look_for(places, |key| shard.find(key, at));
            search.put_back(open);
        }
    }

    /// Keeps what a view after batch `at` read, unless there is a later batch.
    fn keep(&self, key: &[u8], value: Value, at: u64) {
        if value
            .as_ref()
            .is_some_and(|value| value.length() > CACHED_VALUE_BYTES_MAX)
        {
            return;
        }
        let mut shard = self.shard(key);
        if shard.batch == at {
            shard.insert(key.into(), at, value);
        }
    }

    /// Takes over what a batch of these entries has brought into the database, before anybody gets a view after it; the batch's
    /// number.
    pub(super) fn advance(&self, entries: Vec<Entry>) -> u64 {
        let mut number = 0;
        // From here on nothing is kept that was read before the batch.
        for shard in &self.shards {
            let mut shard = lock(shard);
            shard.batch = shard.batch.saturating_add(1);
            number = shard.batch;
        }
        for (key, value) in entries {
            let mut shard = self.shard(&key);
            if key::is_read_again(&key)
                && value
                    .as_ref()
                    .is_some_and(|value| value.length() <= CACHED_VALUE_BYTES_MAX)
            {
                shard.insert(key, number, value);
            } else {
                shard.forget(&key);
            }
        }
        number
    }

    fn shard(&self, key: &[u8]) -> MutexGuard<'_, Shard> {
        lock(&self.shards[shard_of(key)])
    }
}

/// Which part has this key.
fn shard_of(key: &[u8]) -> usize {
    // What follows tag and kind is a hash or the bits of one, as good as random, in nearly all keys that are kept: the same
    // in every process, so that the same life reads the same from its disk.
    let bytes = key.iter().skip(2).take(4);
    let sum = bytes.fold(0, |sum, byte| sum ^ usize::from(*byte));
    let part = sum % PARTS;
    if key::is_node(key) {
        PARTS + part
    } else {
        part
    }
}

impl Shard {
    fn new(bytes_max: usize) -> Shard {
        Shard {
            batch: 0,
            entries: IndexMap::default(),
            hand: 0,
            bytes: 0,
            bytes_max,
        }
    }

    fn find(&self, key: &[u8], at: u64) -> Option<&Value> {
        let known = self.entries.get(key)?;
        known.is_used.set(true);
        (known.since <= at).then_some(&known.value)
    }

    fn insert(&mut self, key: Key, since: u64, value: Value) {
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
            // Whoever wrote it anew had asked for it.
            self.entries[place].is_used.set(true);
        }
        while self.bytes > self.bytes_max && self.entries.len() > 1 {
            self.look_at_next();
        }
    }

    /// Takes out the entry the hand is at, or gives it a second chance. The last entry is the newest: it takes the place of the
    /// one taken out, and its turn is when the hand has been round.
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

    fn forget(&mut self, key: &[u8]) {
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

/// The database after one batch, seen through the cache.
pub(super) struct CachedView {
    rows: Rows,
    cache: Arc<Cache>,
    written: Arc<Written>,
    /// The number of that batch.
    at: u64,
}

impl CachedView {
    /// The database after batch `at`, as `rows` show it.
    pub(super) fn new(rows: Rows, cache: Arc<Cache>, written: Arc<Written>, at: u64) -> CachedView {
        CachedView {
            rows,
            cache,
            written,
            at,
        }
    }

    /// What is under `key`.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn find(&self, key: &[u8]) -> Result<Value, StorageError> {
        if let Some(known) = self.cache.find(key, self.at) {
            return Ok(known);
        }
        let value = self.rows.read(key)?;
        self.cache.keep(key, value.clone(), self.at);
        Ok(value)
    }

    /// [`Self::find`] for the records that `search` still looks for.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn search(&self, search: &mut Search) -> Result<(), StorageError> {
        self.cache.search(search, self.at);
        search.read_rest(|key| {
            let found = self.rows.read(key)?;
            self.cache.keep(key, found.clone(), self.at);
            Ok(found)
        })
    }

    /// What says whether `id` is remembered for `hour`, as it was written: from when on ids of that hour are, and where the
    /// transaction is. None when there is none of either, and so the id is not remembered.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn hour_and_place(
        &self,
        hour: u64,
        id: TransactionId,
    ) -> Result<Option<(Content, Content)>, StorageError> {
        if !self.written.may_hold(hour, id, self.at) {
            return Ok(None);
        }
        let Some(since) = self.find(&key::remembered_hour(hour))? else {
            return Ok(None);
        };
        // Hardly any id is found, and none is asked for again: none is kept.
        let place = self.rows.read(&key::transaction(id))?;
        Ok(place.map(|place| (since, place)))
    }

    /// Which of `hours` have ids in the database, of which this is the newest view. It is learnt of those that were not met
    /// yet.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn meet(
        &self,
        hours: impl Iterator<Item = u64>,
    ) -> Result<BTreeSet<u64>, StorageError> {
        let mut open = BTreeSet::new();
        for hour in hours {
            let empty = self.find(&key::remembered_hour(hour))?.is_none();
            if !self.written.is_met(hour) {
                self.written.meet(hour, empty, self.at);
            }
            if !empty {
                open.insert(hour);
            }
        }
        Ok(open)
    }

    /// Shows `visitor` every record.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn visit_records(
        &self,
        visitor: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), StorageError> {
        self.rows.visit_records(visitor)
    }

    /// Shows `visitor` the records with `from ≤ key < to`, in order, until it has seen enough.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn visit(
        &self,
        from: &[u8],
        to: &[u8],
        visitor: &mut dyn FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<(), StorageError> {
        self.rows.visit(from, to, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use ledger_core::hash::Hash;
    use ledger_core::state::tree::NodePath;
    use ledger_core::state::{KeyBytes, RecordBytes};

    use super::super::engine::EngineView;
    use super::*;

    /// Holds the keys that begin with 1, with the key as value, and counts how often it is asked.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl EngineView for Counting {
        fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok((key.first() == Some(&1)).then(|| key.to_vec()))
        }

        fn scan(&self, _: &[u8], _: &[u8], _: usize) -> Result<Vec<RecordBytes>, StorageError> {
            Ok(Vec::new())
        }
    }

    fn view(cache: &Arc<Cache>, at: u64) -> (Arc<Counting>, CachedView) {
        let counting = Arc::new(Counting::default());
        let below = Arc::clone(&counting) as Arc<dyn EngineView>;
        let rows = Rows::new(below, Path::new("state").into());
        (
            counting,
            CachedView::new(rows, Arc::clone(cache), Arc::default(), at),
        )
    }

    fn batch(entries: &[(&[u8], Option<&[u8]>)]) -> Vec<Entry> {
        let entries = entries.iter();
        entries
            .map(|(key, value)| (Key::from(*key), value.map(Content::from)))
            .collect()
    }

    #[test]
    fn what_was_read_is_not_asked_for_again_whether_it_is_there_or_not() {
        let (counting, view) = view(&Arc::default(), 0);
        for _ in 0..3 {
            let found = view.find(&[1, 3]).unwrap();
            assert_eq!(found, Some(Content::from(&[1, 3][..])));
            assert_eq!(view.find(&[4, 3]).unwrap(), None);
        }
        assert_eq!(counting.0.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_view_sees_the_batches_before_it_and_none_after_it() {
        let cache = Arc::default();
        let (_, before) = view(&cache, 0);
        assert!(before.find(&[1, 3]).unwrap().is_some());
        let number = cache.advance(batch(&[(&[1, 3], Some(b"new")), (&[1, 4], None)]));
        let (counting, after) = view(&cache, number);
        assert_eq!(
            after.find(&[1, 3]).unwrap(),
            Some(Content::from(&b"new"[..]))
        );
        assert_eq!(counting.0.load(Ordering::Relaxed), 0);
        // The old view reads what it had from its own database, and leaves nothing of it behind.
        for key in [[1, 3], [1, 4], [1, 5]] {
            let found = before.find(&key).unwrap();
            assert_eq!(found, Some(Content::from(&key[..])));
        }
        assert_eq!(cache.find(&[1, 4], number), None);
        assert_eq!(cache.find(&[1, 5], number), None);
        assert_eq!(
            after.find(&[1, 3]).unwrap(),
            Some(Content::from(&b"new"[..]))
        );
    }

    #[test]
    fn what_is_read_together_is_asked_for_once_and_kept_as_if_read_one_by_one() {
        let cache = Arc::default();
        let (counting, before) = view(&cache, 0);
        let keys = [5, 3, 4, 3].map(|last: u8| KeyBytes::of(&[last]).unwrap());
        let read = |view: &CachedView| {
            let mut search = Search::of(&keys);
            view.search(&mut search).unwrap();
            search.into_found()
        };
        let old = [5, 3, 4, 3].map(|last: u8| Some(vec![1, last]));
        assert_eq!(read(&before), old);
        assert_eq!(counting.0.load(Ordering::Relaxed), 3);
        assert_eq!(read(&before), old);
        before.find(&[1, 3]).unwrap();
        assert_eq!(counting.0.load(Ordering::Relaxed), 3);
        let number = cache.advance(batch(&[(&[1, 3], Some(b"new"))]));
        let (unasked, after) = view(&cache, number);
        let new = Some(b"new".to_vec());
        let now = [old[0].clone(), new.clone(), old[2].clone(), new];
        assert_eq!(read(&after), now);
        assert_eq!(unasked.0.load(Ordering::Relaxed), 0);
        // The old view reads what it had from its own database, and leaves nothing of it behind.
        assert_eq!(read(&before), old);
        assert_eq!(counting.0.load(Ordering::Relaxed), 4);
        assert_eq!(read(&after), now);
    }

    #[test]
    fn no_more_is_kept_than_allowed() {
        let cache: Arc<Cache> = Arc::default();
        let (_, view) = view(&cache, 0);
        for number in 0..800_000_u32 {
            view.find(&[&[1], number.to_be_bytes().as_slice()].concat())
                .unwrap();
        }
        let entries: usize = cache
            .shards
            .iter()
            .map(|shard| {
                let shard = lock(shard);
                shard.entries.len()
            })
            .sum();
        assert!(entries * (ENTRY_OVERHEAD_BYTES + 10) <= OTHER_BYTES_MAX);
        assert!((entries + 2_000) * (ENTRY_OVERHEAD_BYTES + 10) > OTHER_BYTES_MAX);
    }

    #[test]
    fn whoever_has_no_room_loses_what_nobody_asked_for() {
        let cache: Arc<Cache> = Arc::default();
        let (counting, view) = view(&cache, 0);
        let key = |number: u32| [&[1], number.to_be_bytes().as_slice()].concat();
        for number in 0..2_000_000_u32 {
            view.find(&key(number)).unwrap();
            view.find(&key(number % 1_000)).unwrap();
        }
        let asked = counting.0.load(Ordering::Relaxed);
        assert_eq!(asked, 2_000_000);
        // The last that came are there too.
        let recent =
            (1_900_000..2_000_000_u32).filter(|number| cache.find(&key(*number), 0).is_some());
        assert_eq!(recent.count(), 100_000);
    }

    #[test]
    fn nodes_of_the_tree_and_all_else_do_not_push_each_other_out() {
        let cache: Arc<Cache> = Arc::default();
        let (_, view) = view(&cache, 0);
        let path = NodePath::of(&Hash([9; 32]), 12);
        view.find(&key::node(&path)).unwrap();
        for number in 0..2_000_000_u32 {
            view.find(&[&[1], number.to_be_bytes().as_slice()].concat())
                .unwrap();
        }
        assert!(cache.find(&key::node(&path), 0).is_some());
    }
}
