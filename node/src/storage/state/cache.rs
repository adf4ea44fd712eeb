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
//! Bounded by bytes (`shard.rs`). Nodes of the state tree have room of their own: reading a bucket anew is two dozen reads of
//! rows, and records, of which a city has more, would push it out. What is hardly asked for twice (where a transaction is,
//! receipts) is not kept, so that nobody who looks up many of them pushes out what blocks need.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

use ledger_core::id::TransactionId;

use super::content::{Content, Value};
use super::engine::Visit;
use super::key;
use super::remembered::Written;
use super::rows::Rows;
use super::search::Search;
use super::shard::Shard;
use super::versions::Entry;
use crate::storage::StorageError;
use crate::storage::locks::lock;

/// About the most bytes of memory that nodes of the state tree take here, keys and tables included.
const CACHED_NODES_BYTES_MAX: usize = 64 * 1024 * 1024;
/// About the most bytes of memory that all else takes.
const CACHED_OTHERS_BYTES_MAX: usize = 80 * 1024 * 1024;
/// The longest value kept, in bytes.
const CACHED_VALUE_BYTES_MAX: usize = 4_096;
/// Parts of each, with a lock each.
const SHARDS: usize = 16;

/// What the database holds, as far as it is known.
#[derive(Debug)]
pub(super) struct Cache {
    /// Nodes of the state tree.
    nodes: [Mutex<Shard>; SHARDS],
    others: [Mutex<Shard>; SHARDS],
}

impl Default for Cache {
    fn default() -> Cache {
        let shards =
            |bytes_max| std::array::from_fn(|_| Mutex::new(Shard::new(bytes_max / SHARDS)));
        Cache {
            nodes: shards(CACHED_NODES_BYTES_MAX),
            others: shards(CACHED_OTHERS_BYTES_MAX),
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
        for (shard, places) in self.others.iter().zip(parts) {
            if !places.is_empty() {
                let shard = lock(shard);
                search.look_for(places, |key| shard.find(key, at));
            }
        }
    }

    /// Keeps what a view after batch `at` read, unless there is a later batch.
    fn keep(&self, key: &[u8], value: Value, at: u64) {
        if key::is_read_again(key) && value.as_ref().is_none_or(is_short) {
            let mut shard = self.shard(key);
            if shard.batch == at {
                shard.insert(key.into(), at, value);
            }
        }
    }

    /// Takes over what a batch of these entries has brought into the database, before anybody gets a view after it; the batch's
    /// number.
    pub(super) fn advance(&self, entries: Vec<Entry>) -> u64 {
        let mut number = 0;
        // From here on nothing is kept that was read before the batch.
        for shard in self.nodes.iter().chain(&self.others) {
            let mut shard = lock(shard);
            shard.batch = shard.batch.saturating_add(1);
            number = shard.batch;
        }
        for (key, value) in entries {
            let mut shard = self.shard(&key);
            if key::is_read_again(&key) && value.as_ref().is_some_and(is_short) {
                shard.insert(key, number, value);
            } else {
                shard.forget(&key);
            }
        }
        number
    }

    fn shard(&self, key: &[u8]) -> MutexGuard<'_, Shard> {
        let shards = if key::is_node(key) {
            &self.nodes
        } else {
            &self.others
        };
        lock(&shards[shard_of(key)])
    }
}

fn is_short(value: &Content) -> bool {
    value.length() <= CACHED_VALUE_BYTES_MAX
}

/// Which part has this key.
fn shard_of(key: &[u8]) -> usize {
    // What follows tag and kind is a hash or the bits of one, as good as random, in nearly all keys that are kept: the same
    // in every process, so that the same life reads the same from its disk.
    let bytes = key.iter().skip(2).take(4);
    let sum = bytes.fold(0, |sum, byte| sum ^ usize::from(*byte));
    sum % SHARDS
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
    use super::super::key::Key;
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
            assert_eq!(view.find(&[8, 3]).unwrap(), None);
        }
        assert_eq!(counting.0.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_view_sees_the_batches_before_it_and_none_after_it() {
        let cache = Arc::default();
        let (_, before) = view(&cache, 0);
        for last in 3..=5 {
            assert!(before.find(&[1, last]).unwrap().is_some());
        }
        let long = [0; CACHED_VALUE_BYTES_MAX + 1];
        let number = cache.advance(batch(&[
            (&[1, 3], Some(b"new")),
            (&[1, 4], None),
            (&[1, 5], Some(&long)),
        ]));
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
    fn nodes_of_the_tree_and_all_else_do_not_push_each_other_out() {
        let node = key::node(&NodePath::of(&Hash([9; 32]), 12));
        let record = key::record(b"name");
        let long = Content::from(vec![7; CACHED_VALUE_BYTES_MAX]);
        let flood = |key: &dyn Fn(u32) -> Key| -> Vec<Entry> {
            let numbers = 0..40_000_u32;
            numbers.map(|it| (key(it), Some(long.clone()))).collect()
        };
        let records = flood(&|it| key::record(&it.to_be_bytes()));
        let nodes = flood(&|it| {
            let mut hash = Hash([0; 32]);
            hash.0[..4].copy_from_slice(&it.to_be_bytes());
            key::node(&NodePath::of(&hash, 32))
        });
        for (kept, others) in [(&node, records), (&record, nodes)] {
            let cache = Cache::default();
            let small = Some(Content::from(&b"small"[..]));
            cache.advance(vec![(kept.clone(), small.clone())]);
            let first = others[0].0.clone();
            let number = cache.advance(others);
            assert_eq!(cache.find(kept, number), Some(small));
            assert_eq!(cache.find(&first, number), None);
        }
    }

    #[test]
    fn what_is_hardly_asked_for_again_is_not_kept() {
        let cache = Arc::default();
        let (_, view) = view(&cache, 0);
        let place = key::transaction(TransactionId(Hash([3; 32])));
        assert_eq!(view.find(&place).unwrap(), None);
        assert_eq!(cache.find(&place, 0), None);
        let absent = key::node(&NodePath::ROOT);
        assert_eq!(view.find(&absent).unwrap(), None);
        assert_eq!(cache.find(&absent, 0), Some(None));
    }
}
