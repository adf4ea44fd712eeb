//! A map that remembers earlier values, so that a reader sees it as it was at one moment while a writer goes on.
//!
//! Each value carries the moment (a height, or a count of batches) from which it is in force. A reader at moment `at` sees
//! of each key the newest value that is not later. What always holds: moments of one key only grow, and no reader ever
//! sees a part of what one [`Versions::write`] wrote without the rest, because it reads at an earlier moment.
//!
//! Keys are hashed, which is several times faster than searching among a hundred thousand long keys in order, above all
//! for those that are not here. Beside that stands the order of the keys that are read as ranges; most of what a block
//! changes, such as the nodes of the state tree, is not ([`key::stands_alone`]).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use foldhash::fast::RandomState;
use ledger_core::codec;
use ledger_core::id::TransactionId;
use ledger_core::state::RecordBytes;

use super::cache::CachedView;
use super::content::{Content, ENTRY_OVERHEAD_BYTES, Value};
use super::engine::Visit;
use super::key::{self, Key};
use super::remembered::{Remembered, Written};
use super::search::Search;
use crate::storage::StorageError;

/// A key and what is written under it.
pub type Entry = (Key, Value);

/// What a block changes.
#[derive(Debug, Default)]
pub struct Changes<'a> {
    /// Keys to write or delete.
    pub entries: Vec<Entry>,
    /// Ids to remember, with their hours.
    pub remembered: &'a [(u64, TransactionId)],
    /// Hours to forget, after that.
    pub forgotten_hours: &'a [u64],
}

#[derive(Debug)]
struct Version {
    from: u64,
    value: Value,
}

impl Version {
    fn length(&self) -> usize {
        self.value.as_ref().map_or(0, Content::length)
    }
}

/// The versions of a key. Most keys have one.
#[derive(Debug)]
struct Chain {
    newest: Version,
    /// None in most: a table with less in each place is a smaller table.
    earlier: Option<Box<Earlier>>,
}

/// The oldest first.
#[derive(Debug, Default)]
struct Earlier(Vec<Version>);

impl Chain {
    const fn of(newest: Version) -> Chain {
        Chain {
            newest,
            earlier: None,
        }
    }

    fn seen(&self, at: u64) -> Option<&Version> {
        if self.newest.from <= at {
            return Some(&self.newest);
        }
        let earlier = self.earlier.as_ref()?;
        earlier.0.iter().rev().find(|version| version.from <= at)
    }

    /// Puts `version` above the others, and drops those that no reader at `oldest` or later sees; how many bytes those had.
    fn push(&mut self, version: Version, oldest: u64) -> usize {
        if self.newest.from == version.from || (version.from <= oldest && self.earlier.is_none()) {
            return std::mem::replace(&mut self.newest, version).length();
        }
        let before = std::mem::replace(&mut self.newest, version);
        let earlier = &mut self.earlier.get_or_insert_default().0;
        earlier.push(before);
        // One is seen by nobody once the next one is in force for the oldest reader.
        let successors = earlier.iter().skip(1).chain([&self.newest]);
        let unseen = successors.take_while(|next| next.from <= oldest).count();
        let dropped = earlier
            .drain(..unseen)
            .map(|version| version.length())
            .sum();
        if earlier.is_empty() {
            self.earlier = None;
        }
        dropped
    }
}

#[derive(Debug, Default)]
struct Inner {
    /// Looked up, and sorted before anything is told of all of them.
    chains: HashMap<Key, Chain, RandomState>,
    /// Those of the keys that do not [stand alone](key::stands_alone).
    ordered: BTreeSet<Key>,
    remembered: Remembered,
    bytes: usize,
}

/// A map with earlier values.
#[derive(Debug, Default)]
pub struct Versions {
    inner: RwLock<Inner>,
}

/// What the map knows of a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// This value, or that it is deleted.
    Value(Value),
    /// Nothing: look below.
    Nothing,
}

impl Versions {
    /// An empty map with room for as many keys as `other` has: a table that grows is moved as a whole each time.
    pub fn as_large_as(other: &Versions) -> Versions {
        let keys = other.read().chains.len();
        let inner = Inner {
            chains: HashMap::with_capacity_and_hasher(keys, RandomState::default()),
            ..Inner::default()
        };
        Versions {
            inner: RwLock::new(inner),
        }
    }

    /// Writes `changes`, in force from `moment`. No reader reads at a moment before `oldest`: what only such a one would see
    /// is dropped where it is met.
    pub fn write(&self, moment: u64, oldest: u64, changes: Changes<'_>) {
        let mut inner = self.lock();
        for (key, value) in changes.entries {
            inner.insert(key, value, moment, oldest);
        }
        for (hour, id) in changes.remembered {
            let added = inner.remembered.remember(*hour, *id, moment);
            inner.bytes = inner.bytes.saturating_add(added);
        }
        for hour in changes.forgotten_hours {
            inner.remembered.forget(*hour, moment);
        }
    }

    /// What a reader at `at` sees of `key`.
    pub fn find(&self, key: &[u8], at: u64) -> Found {
        let inner = self.read();
        if let Some(version) = inner.chains.get(key).and_then(|chain| chain.seen(at)) {
            return Found::Value(version.value.clone());
        }
        Found::Nothing
    }

    /// [`Self::find`] for the records that `search` still looks for.
    pub(super) fn search(&self, search: &mut Search, at: u64) {
        let inner = self.read();
        search.look(|key| {
            let version = inner.chains.get(key)?.seen(at)?;
            Some(&version.value)
        });
    }

    /// Whether a reader at `at` sees that `id` is remembered for `hour`; none when what lies below must be asked.
    pub fn is_remembered(&self, hour: u64, id: TransactionId, at: u64) -> Option<bool> {
        self.read().remembered.find(hour, id, at)
    }

    /// Has `view`, the newest of the database, meet the hours of the ids it is about to take over; those of them it has ids
    /// of already.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn meet_hours(&self, view: &CachedView) -> Result<BTreeSet<u64>, StorageError> {
        let hours: Vec<u64> = self.read().remembered.hours().collect();
        view.meet(hours.into_iter())
    }

    /// Tells `written` that the database has taken over the ids held here.
    pub(super) fn written_to(&self, written: &Written) {
        written.advance(&self.read().remembered);
    }

    /// What a reader at `at` sees of the keys `from ≤ key < to`, in order, deletions included, until `limit` of them have a
    /// value. Keys that stand alone are not told: nothing scans those.
    pub fn range(&self, from: &[u8], to: &[u8], at: u64, limit: usize) -> Vec<Entry> {
        if from >= to {
            return Vec::new();
        }
        let inner = self.read();
        let mut found = Vec::new();
        let mut live = 0;
        for key in inner.ordered_range(from, to) {
            if live == limit {
                break;
            }
            if let Some(version) = inner.chains.get(key).and_then(|chain| chain.seen(at)) {
                live += usize::from(version.value.is_some());
                found.push((key.clone(), version.value.clone()));
            }
        }
        found
    }

    /// What a reader at `at` sees here of records, by their names.
    pub(super) fn records(&self, at: u64) -> BTreeMap<Vec<u8>, Value> {
        let inner = self.read();
        let chains = inner.chains.iter();
        chains
            .filter_map(|(key, chain)| {
                let name = key::name_of_record(key)?;
                Some((name.to_vec(), chain.seen(at)?.value.clone()))
            })
            .collect()
    }

    /// The newest value of every key, and what a database that has ids of the hours `open` has to learn of hours: what to
    /// persist, in order.
    pub fn newest(&self, open: &BTreeSet<u64>) -> Vec<Entry> {
        let inner = self.read();
        let chains = inner.chains.iter();
        let marks = inner.remembered.marks(open).map(|(hour, since)| {
            let since = since.map(|moment| Content::from(codec::encode(&moment)));
            (key::remembered_hour(hour), since)
        });
        let mut entries: Vec<Entry> = chains
            .map(|(key, chain)| (key.clone(), chain.newest.value.clone()))
            .collect();
        entries.extend(marks);
        entries.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        entries
    }

    /// About how many bytes of memory it takes.
    pub fn bytes(&self) -> usize {
        self.read().bytes
    }

    // A panic elsewhere cannot leave this map half written: nothing in these functions panics between two changes.
    fn lock(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn insert(&mut self, key: Key, value: Value, moment: u64, oldest: u64) {
        let version = Version {
            from: moment,
            value,
        };
        let length = version.length();
        let (added, dropped) = match self.chains.get_mut(&*key) {
            Some(chain) => (length, chain.push(version, oldest)),
            None => {
                if !key::stands_alone(&key) {
                    self.ordered.insert(key.clone());
                }
                let added = key.len().saturating_add(ENTRY_OVERHEAD_BYTES);
                self.chains.insert(key, Chain::of(version));
                (added.saturating_add(length), 0)
            }
        };
        self.bytes = self.bytes.saturating_add(added).saturating_sub(dropped);
    }

    fn ordered_range(&self, from: &[u8], to: &[u8]) -> impl Iterator<Item = &Key> {
        let bounds = (Bound::Included(from), Bound::Excluded(to));
        self.ordered.range::<[u8], _>(bounds)
    }
}

/// The entries of a lower layer under those of an upper one, both in order.
pub fn lay_over(upper: Vec<Entry>, lower: Vec<Entry>) -> Vec<Entry> {
    let mut merged = Vec::with_capacity(upper.len().saturating_add(lower.len()));
    let mut lower = lower.into_iter().peekable();
    for entry in upper {
        while let Some(below) = lower.next_if(|below| below.0 < entry.0) {
            merged.push(below);
        }
        lower.next_if(|below| below.0 == entry.0);
        merged.push(entry);
    }
    merged.extend(lower);
    merged
}

/// How many of `entries` delete.
pub fn count_deletions(entries: &[Entry]) -> usize {
    entries.iter().filter(|(_, value)| value.is_none()).count()
}

/// The first `limit` records of a database under the changes above it. It is told of the database's records one by one, in
/// order, so that of a long row of deleted ones nothing is kept.
#[derive(Debug)]
pub struct Merge {
    above: std::iter::Peekable<std::vec::IntoIter<Entry>>,
    limit: usize,
    merged: Vec<RecordBytes>,
}

impl Merge {
    /// With these changes, in order.
    pub fn new(above: Vec<Entry>, limit: usize) -> Merge {
        Merge {
            above: above.into_iter().peekable(),
            limit,
            merged: Vec::new(),
        }
    }

    /// The database's next record; whether more are wanted.
    pub fn take(&mut self, key: &[u8], value: &[u8]) -> Visit {
        while !self.is_full()
            && let Some((above, changed)) = self.above.next_if(|(above, _)| **above < *key)
        {
            self.emit(above, changed);
        }
        if !self.is_full() {
            match self.above.next_if(|(above, _)| **above == *key) {
                Some((above, changed)) => self.emit(above, changed),
                None => self.merged.push((key.to_vec(), value.to_vec())),
            }
        }
        if self.is_full() {
            Visit::Stop
        } else {
            Visit::GoOn
        }
    }

    /// What there is, when the database has no more records or none are wanted.
    pub fn finish(mut self) -> Vec<RecordBytes> {
        while !self.is_full()
            && let Some((above, changed)) = self.above.next()
        {
            self.emit(above, changed);
        }
        self.merged
    }

    fn is_full(&self) -> bool {
        self.merged.len() >= self.limit
    }

    fn emit(&mut self, key: Key, value: Value) {
        if let Some(value) = value {
            self.merged.push((key.to_vec(), value.bytes().into_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::hash::Hash;

    use super::*;

    const KEY: [u8; 2] = [1, 7];

    fn write(versions: &Versions, moment: u64, oldest: u64, value: &[u8]) {
        let changes = Changes {
            entries: vec![(Key::from(&KEY[..]), Some(Content::from(value)))],
            ..Changes::default()
        };
        versions.write(moment, oldest, changes);
    }

    fn seen(versions: &Versions, at: u64) -> Found {
        versions.find(&KEY, at)
    }

    fn value(bytes: &[u8]) -> Found {
        Found::Value(Some(Content::from(bytes)))
    }

    #[test]
    fn a_value_goes_once_every_reader_sees_a_later_one() {
        let versions = Versions::default();
        write(&versions, 1, 0, b"first");
        write(&versions, 2, 1, b"second");
        assert_eq!(seen(&versions, 1), value(b"first"));
        assert_eq!(versions.bytes(), KEY.len() + ENTRY_OVERHEAD_BYTES + 11);
        write(&versions, 3, 2, b"third");
        assert_eq!(seen(&versions, 1), Found::Nothing);
        assert_eq!(seen(&versions, 2), value(b"second"));
        assert_eq!(seen(&versions, 3), value(b"third"));
        assert_eq!(versions.bytes(), KEY.len() + ENTRY_OVERHEAD_BYTES + 11);
    }

    #[test]
    fn an_old_reader_keeps_every_value_after_its_own() {
        let versions = Versions::default();
        for moment in 1..=9 {
            write(
                &versions,
                moment,
                moment.min(4) - 1,
                &[u8::try_from(moment).unwrap()],
            );
        }
        assert_eq!(seen(&versions, 2), Found::Nothing);
        for moment in 3..=9 {
            let expected = value(&[u8::try_from(moment).unwrap()]);
            assert_eq!(seen(&versions, moment), expected);
        }
    }

    fn id(number: u8) -> TransactionId {
        TransactionId(Hash([number; 32]))
    }

    /// What a flush would write above a database that has ids of the hours `open`.
    fn marks(versions: &Versions, open: &[u64]) -> Vec<Entry> {
        versions.newest(&open.iter().copied().collect())
    }

    #[test]
    fn an_hour_costs_one_entry_when_it_is_opened_and_one_when_it_is_forgotten() {
        let versions = Versions::default();
        for moment in 3..=9 {
            let ids: Vec<_> = (0..20).map(|it| (7, id(20 * (moment - 3) + it))).collect();
            let changes = Changes {
                remembered: &ids,
                ..Changes::default()
            };
            versions.write(moment.into(), 0, changes);
        }
        let opened = Content::from(codec::encode(&3_u64));
        let key = key::remembered_hour(7);
        assert_eq!(marks(&versions, &[]), [(key.clone(), Some(opened))]);
        // A database that has some of its ids already learns of the others from the index alone.
        assert_eq!(marks(&versions, &[7]), []);
        let forget = |moment| {
            let changes = Changes {
                forgotten_hours: &[7],
                ..Changes::default()
            };
            versions.write(moment, 0, changes);
        };
        forget(10);
        assert_eq!(marks(&versions, &[7]), [(key.clone(), None)]);
        assert_eq!(marks(&versions, &[]), []);
        // No ledger does this.
        let again = Changes {
            remembered: &[(7, id(0))],
            ..Changes::default()
        };
        versions.write(11, 0, again);
        let opened = Content::from(codec::encode(&11_u64));
        assert_eq!(marks(&versions, &[7]), [(key, Some(opened))]);
    }

    #[test]
    fn upper_entries_hide_lower_ones() {
        let entry = |key: u8, value: Option<u8>| {
            let value = value.map(|byte| Content::from(&[byte][..]));
            (Key::from(&[key][..]), value)
        };
        let upper = vec![entry(2, None), entry(4, Some(1))];
        let lower = vec![
            entry(1, Some(9)),
            entry(2, Some(9)),
            entry(4, None),
            entry(5, None),
        ];
        let merged = lay_over(upper, lower);
        let expected = [
            entry(1, Some(9)),
            entry(2, None),
            entry(4, Some(1)),
            entry(5, None),
        ];
        assert_eq!(merged, expected);
        assert_eq!(count_deletions(&merged), 2);
    }

    #[test]
    fn a_long_row_of_deletions_is_passed_over_in_the_database() {
        let above: Vec<Entry> = (0..200u8)
            .map(|key| (Key::from(&[key][..]), None))
            .collect();
        let mut merge = Merge::new(above, 1);
        let visited = (0..=255u8)
            .take_while(|key| merge.take(&[*key], b"value") == Visit::GoOn)
            .count();
        assert_eq!(visited, 200);
        assert_eq!(merge.finish(), vec![(vec![200], b"value".to_vec())]);
    }
}
