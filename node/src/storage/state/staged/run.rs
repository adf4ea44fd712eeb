//! A sorted run: where the rows of some batches lie in the log, in order of key.
//!
//! It holds no values. A run never changes: who reads goes on reading the runs it began with, and two runs that lie above each
//! other are merged into a third.

use std::fmt;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::log::{Place, Places, RowFile};

/// Where rows lie.
pub(super) struct Run {
    file: Arc<RowFile>,
    /// The round they were written in.
    round: u64,
    /// All keys, one after the other.
    keys: Vec<u8>,
    /// Where each ends.
    key_ends: Vec<u32>,
    places: Places,
    /// The numbers of the rows by the hashes of their keys: several times faster than a search among the keys, above all for one
    /// that is not here.
    by_hash: HashTable<u32>,
    hasher: RandomState,
}

impl Run {
    /// Of no rows of the round `round` of `file` yet; about so many are to come.
    pub(super) fn new(
        file: &Arc<RowFile>,
        round: u64,
        hasher: &RandomState,
        capacity: usize,
    ) -> Run {
        Run {
            file: Arc::clone(file),
            round,
            keys: Vec::new(),
            key_ends: Vec::with_capacity(capacity),
            places: Places::with_capacity(capacity),
            by_hash: HashTable::with_capacity(capacity),
            hasher: hasher.clone(),
        }
    }

    /// What runs of one round, the newest first, say together.
    fn merged(newest: &Run, older: &Run) -> Run {
        let mut run = newest.empty(newest.len().max(older.len()));
        for row in Merged::of([newest, older].into_iter().map(|run| (run, 0..run.len()))) {
            run.push(row.key(), row.place());
        }
        run.shrink();
        run
    }

    /// One of the same round without rows.
    fn empty(&self, capacity: usize) -> Run {
        Run::new(&self.file, self.round, &self.hasher, capacity)
    }

    /// One more, after all others in order of key.
    pub(super) fn push(&mut self, key: &[u8], place: Place) {
        let number = u32::try_from(self.len()).expect("a run has fewer than 2^32 rows");
        self.keys.extend_from_slice(key);
        let key_end = u32::try_from(self.keys.len()).expect("the keys of a run are below 4 GiB");
        self.key_ends.push(key_end);
        self.places.push(place);
        let (keys, key_ends, hasher) = (&self.keys, &self.key_ends, &self.hasher);
        let rehash = |number: &u32| hasher.hash_one(key_at(keys, key_ends, *number as usize));
        self.by_hash
            .insert_unique(hasher.hash_one(key), number, rehash);
    }

    /// Gives back what it does not need of memory.
    pub(super) fn shrink(&mut self) {
        self.keys.shrink_to_fit();
        self.key_ends.shrink_to_fit();
        self.places.shrink_to_fit();
    }

    /// How many rows it has.
    pub(super) const fn len(&self) -> usize {
        self.key_ends.len()
    }

    /// The last key in order.
    pub(super) fn last_key(&self) -> Option<&[u8]> {
        Some(self.key(self.len().checked_sub(1)?))
    }

    /// All of them, in order of key.
    pub(super) fn rows(&self) -> impl Iterator<Item = Found<'_>> {
        (0..self.len()).map(|number| self.row(number))
    }

    fn key(&self, number: usize) -> &[u8] {
        key_at(&self.keys, &self.key_ends, number)
    }

    /// The row under `key`, whose hash is `hash` by the hasher of all runs.
    pub(super) fn find(&self, key: &[u8], hash: u64) -> Option<Found<'_>> {
        let same = |number: &u32| self.key(*number as usize) == key;
        let number = self.by_hash.find(hash, same)?;
        Some(self.row(*number as usize))
    }

    /// The row with this number, in order of key.
    fn row(&self, number: usize) -> Found<'_> {
        Found { run: self, number }
    }

    /// The numbers of the rows with `from ≤ key < to`.
    pub(super) fn range(&self, from: &[u8], to: &[u8]) -> Range<usize> {
        let first = self.count_below(from);
        first..self.count_below(to).max(first)
    }

    fn count_below(&self, bound: &[u8]) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.key(middle) < bound {
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        low
    }
}

fn key_at<'k>(keys: &'k [u8], key_ends: &[u32], number: usize) -> &'k [u8] {
    let start = match number.checked_sub(1) {
        Some(before) => key_ends[before] as usize,
        None => 0,
    };
    &keys[start..key_ends[number] as usize]
}

impl fmt::Debug for Run {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Run({} rows)", self.len())
    }
}

/// A row of a run.
#[derive(Clone, Copy)]
pub(super) struct Found<'r> {
    run: &'r Run,
    number: usize,
}

impl<'r> Found<'r> {
    /// Its key.
    pub(super) fn key(&self) -> &'r [u8] {
        self.run.key(self.number)
    }

    /// Where it lies in the file.
    pub(super) fn place(&self) -> Place {
        self.run.places.get(self.number)
    }

    /// Its value, read from the file; none when it says that there is none.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn value(&self) -> Result<Option<Vec<u8>>, crate::storage::StorageError> {
        let run = self.run;
        run.file.read_row(run.round, self.key(), self.place())
    }
}

/// The rows of several runs in order of key; of those under one key the newest.
pub(super) struct Merged<'r> {
    /// The newest first.
    cursors: Vec<(&'r Run, Range<usize>)>,
}

impl<'r> Merged<'r> {
    /// Of these parts of runs, the newest run first.
    pub(super) fn of(parts: impl Iterator<Item = (&'r Run, Range<usize>)>) -> Merged<'r> {
        Merged {
            cursors: parts.filter(|(_, range)| !range.is_empty()).collect(),
        }
    }
}

impl<'r> Iterator for Merged<'r> {
    type Item = Found<'r>;

    fn next(&mut self) -> Option<Found<'r>> {
        let heads = self.cursors.iter().filter_map(|(run, range)| {
            let mut rest = range.clone();
            Some(run.row(rest.next()?))
        });
        // Of equal keys the first counts.
        let least = heads.min_by(|one, other| one.key().cmp(other.key()))?;
        for (run, range) in &mut self.cursors {
            if range.start < range.end && run.key(range.start) == least.key() {
                range.next();
            }
        }
        Some(least)
    }
}

/// A run is merged with the one before it unless that has more than so many times its rows.
const RUN_RATIO: usize = 2;

/// Puts `run` above the others of its round, the newest first, and keeps them few.
pub(super) fn stack(runs: &mut Vec<Arc<Run>>, run: Run) {
    if run.len() == 0 {
        return;
    }
    runs.insert(0, Arc::new(run));
    while let [newest, before, ..] = runs.as_slice()
        && before.len() <= newest.len().saturating_mul(RUN_RATIO)
    {
        let merged = Run::merged(newest, before);
        runs.splice(..2, [Arc::new(merged)]);
    }
}

/// Runs that follow each other in order of key: the rows of a round, in pieces that leave memory one by one.
#[derive(Clone, Default)]
pub(super) struct Slices(Vec<Arc<Run>>);

impl Slices {
    /// What runs of one round, the newest first, say together, in about `count` pieces.
    pub(super) fn of(runs: &[Arc<Run>], count: usize) -> Slices {
        let rows: usize = runs.iter().map(|run| run.len()).sum();
        let length = rows.div_ceil(count.max(1)).max(1);
        let mut merged = Merged::of(runs.iter().map(|run| (&**run, 0..run.len()))).peekable();
        let mut slices = Vec::new();
        while let Some(first) = merged.peek() {
            let mut slice = first.run.empty(length);
            for row in merged.by_ref().take(length) {
                slice.push(row.key(), row.place());
            }
            slice.shrink();
            slices.push(Arc::new(slice));
        }
        Slices(slices)
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Those after the first `count`.
    pub(super) fn after(&self, count: usize) -> Slices {
        Slices(self.0.iter().skip(count).map(Arc::clone).collect())
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Run>> {
        self.0.iter()
    }

    /// As [`Run::find`].
    pub(super) fn find(&self, key: &[u8], hash: u64) -> Option<Found<'_>> {
        let after = self.0.partition_point(|run| run.key(0) <= key);
        self.0[..after].last()?.find(key, hash)
    }

    /// The parts of runs with `from ≤ key < to`.
    pub(super) fn range(
        &self,
        from: &[u8],
        to: &[u8],
    ) -> impl Iterator<Item = (&Run, Range<usize>)> {
        let first = self.0.partition_point(|run| run.key(0) <= from);
        let end = self.0.partition_point(|run| run.key(0) < to);
        let first = first.saturating_sub(1).min(end);
        let within = self.0[first..end].iter();
        within.map(move |run| (&**run, run.range(from, to)))
    }
}
