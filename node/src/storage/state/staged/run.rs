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
use crate::storage::lengths::to_u64;

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

/// Runs that follow each other in order of key: the rows of a round, in pieces that leave memory one by one, each far from the one
/// before. Rows of one kind stand together, and a row of one kind may have a page of the database to itself where hundreds of
/// another share one: so every stretch of a round costs about the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Slices(Vec<Slice>);

#[derive(Clone, Debug)]
struct Slice {
    /// The slices leave in order of this.
    turn: u64,
    run: Arc<Run>,
}

/// The turn of the slice with this number: multiples of the golden section of 2^64, whose smallest, however many, lie evenly
/// among the numbers.
const fn turn(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Slice {
    fn first_key(&self) -> &[u8] {
        self.run.rows.key(0)
    }
}

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
            slices.push(Slice {
                turn: turn(to_u64(slices.len())),
                run: Arc::new(Run::of(slice, hasher)),
            });
        }
        Slices(slices)
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The `count` whose turn it is, and the others.
    pub(super) fn split(&self, count: usize) -> (Slices, Slices) {
        let mut turns: Vec<u64> = self.0.iter().map(|slice| slice.turn).collect();
        turns.sort_unstable();
        let (due, left) = (self.0.iter().cloned())
            .partition(|slice| turns.get(count).is_none_or(|first| slice.turn < *first));
        (Slices(due), Slices(left))
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Run> {
        self.0.iter().map(|slice| &*slice.run)
    }

    /// As [`Run::find`].
    pub(super) fn find(&self, key: &[u8], hash: u64) -> Option<Found<'_>> {
        let after = (self.0).partition_point(|slice| slice.first_key() <= key);
        self.0[..after].last()?.run.find(key, hash)
    }

    /// The parts with `from ≤ key < to`.
    pub(super) fn range(
        &self,
        from: &[u8],
        to: &[u8],
    ) -> impl Iterator<Item = (&SortedRows, Range<usize>)> {
        let first = (self.0).partition_point(|slice| slice.first_key() <= from);
        let end = self.0.partition_point(|slice| slice.first_key() < to);
        let first = first.saturating_sub(1).min(end);
        let within = self.0[first..end].iter();
        within.map(move |slice| (&slice.run.rows, slice.run.rows.range(from, to)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::turn;

    /// However many slices there are, eight that leave after each other come from every quarter of them.
    #[test]
    fn slices_that_leave_after_each_other_lie_far_apart() {
        for count in 8..=64 {
            let mut numbers: Vec<u64> = (0..count).collect();
            numbers.sort_by_key(|number| turn(*number));
            for eight in numbers.windows(8) {
                let quarters: BTreeSet<u64> = eight.iter().map(|it| it * 4 / count).collect();
                assert_eq!(quarters.len(), 4, "{eight:?} of {count}");
            }
        }
    }
}
