//! Sorted runs: rows of some batches in order of key, to be looked up.
//!
//! A run holds no values, and never changes: who reads goes on reading the runs it began with.

use std::borrow::Borrow;
use std::fmt;
use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use super::sorted::{Found, Merged, SortedRows, absorb};

/// Rows, and the way to each.
pub(super) struct Run {
    rows: SortedRows,
    /// The numbers of the rows by the hashes of their keys: several times faster than a search among the keys, above all for one
    /// that is not here.
    by_hash: HashTable<u32>,
}

impl Run {
    fn of(rows: SortedRows, hasher: &RandomState) -> Run {
        let mut by_hash = HashTable::with_capacity(rows.len());
        let hash = |number: &u32| hasher.hash_one(rows.key(*number as usize));
        let count = u32::try_from(rows.len()).expect("a round has fewer than 2^32 rows");
        for number in 0..count {
            by_hash.insert_unique(hash(&number), number, hash);
        }
        Run { rows, by_hash }
    }

    /// How many rows it has.
    pub(super) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Its rows.
    pub(super) const fn rows(&self) -> &SortedRows {
        &self.rows
    }

    /// The row under `key`, whose hash is `hash` by the hasher of all runs.
    pub(super) fn find(&self, key: &[u8], hash: u64) -> Option<Found<'_>> {
        let same = |number: &u32| self.rows.key(*number as usize) == key;
        let number = self.by_hash.find(hash, same)?;
        Some(self.rows.row(*number as usize))
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Run({} rows)", self.len())
    }
}

/// Runs of one round above each other, the newest first, and few.
#[derive(Clone, Debug, Default)]
pub(super) struct Stack(Vec<Arc<Run>>);

impl Stack {
    /// Of these, the newest first.
    pub(super) fn of(all: Vec<SortedRows>, hasher: &RandomState) -> Stack {
        let runs = all.into_iter().map(|rows| Arc::new(Run::of(rows, hasher)));
        Stack(runs.collect())
    }

    /// Puts `rows` above the others.
    pub(super) fn push(&mut self, rows: SortedRows, hasher: &RandomState) {
        let rows = absorb(&mut self.0, rows);
        self.0.insert(0, Arc::new(Run::of(rows, hasher)));
    }

    /// All of them, the newest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Run> {
        self.0.iter().map(|run| &**run)
    }
}

impl Borrow<SortedRows> for Arc<Run> {
    fn borrow(&self) -> &SortedRows {
        &self.rows
    }
}

/// Runs that follow each other in order of key: the rows of a round, in pieces that leave memory one by one.
#[derive(Clone, Debug, Default)]
pub(super) struct Slices(Vec<Arc<Run>>);

impl Slices {
    /// What `all`, of one round and the newest first, say together, in about `count` pieces.
    pub(super) fn of(all: &[&SortedRows], count: usize, hasher: &RandomState) -> Slices {
        let rows: usize = all.iter().map(|rows| rows.len()).sum();
        let length = rows.div_ceil(count.max(1)).max(1);
        let mut merged = Merged::of(all.iter().copied()).peekable();
        let mut slices = Vec::new();
        while let Some(first) = merged.peek() {
            let mut slice = first.rows().empty(length);
            slice.extend(merged.by_ref().take(length));
            slices.push(Arc::new(Run::of(slice, hasher)));
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
    pub(super) fn iter(&self) -> impl Iterator<Item = &Run> {
        self.0.iter().map(|run| &**run)
    }

    /// As [`Run::find`].
    pub(super) fn find(&self, key: &[u8], hash: u64) -> Option<Found<'_>> {
        let after = self.0.partition_point(|run| run.rows.key(0) <= key);
        self.0[..after].last()?.find(key, hash)
    }

    /// The parts with `from ≤ key < to`.
    pub(super) fn range(
        &self,
        from: &[u8],
        to: &[u8],
    ) -> impl Iterator<Item = (&SortedRows, Range<usize>)> {
        let first = self.0.partition_point(|run| run.rows.key(0) <= from);
        let end = self.0.partition_point(|run| run.rows.key(0) < to);
        let first = first.saturating_sub(1).min(end);
        let within = self.0[first..end].iter();
        within.map(move |run| (&run.rows, run.rows.range(from, to)))
    }
}
