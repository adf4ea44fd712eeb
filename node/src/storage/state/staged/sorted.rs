//! Where rows lie in the log, in order of key.

use std::borrow::Borrow;
use std::ops::Range;
use std::sync::Arc;

use super::log::{Place, Places, RowFile};
use crate::storage::StorageError;

/// The bytes that nearly every key has at the most. What is not needed of them is given back.
const KEY_BYTES: usize = 48;

/// Keys and places of rows of one round, in order of key, each key once.
pub(super) struct SortedRows {
    file: Arc<RowFile>,
    /// The round they were written in.
    round: u64,
    /// All keys, one after the other.
    keys: Vec<u8>,
    /// Where each ends.
    key_ends: Vec<u32>,
    places: Places,
}

impl SortedRows {
    /// None of the round `round` of `file` yet; about so many are to come.
    pub(super) fn new(file: &Arc<RowFile>, round: u64, capacity: usize) -> SortedRows {
        SortedRows {
            file: Arc::clone(file),
            round,
            keys: Vec::with_capacity(capacity.saturating_mul(KEY_BYTES)),
            key_ends: Vec::with_capacity(capacity),
            places: Places::with_capacity(capacity),
        }
    }

    /// None of the same round yet.
    pub(super) fn empty(&self, capacity: usize) -> SortedRows {
        SortedRows::new(&self.file, self.round, capacity)
    }

    /// What rows of one round say together.
    fn merged(newer: &SortedRows, older: &SortedRows) -> SortedRows {
        let mut rows = newer.empty(newer.len().max(older.len()));
        rows.extend(Merged::of([newer, older].into_iter()));
        rows
    }

    /// One more, after all others in order of key.
    pub(super) fn push(&mut self, key: &[u8], place: Place) {
        self.keys.extend_from_slice(key);
        let key_end = u32::try_from(self.keys.len()).expect("the keys of a round are below 4 GiB");
        self.key_ends.push(key_end);
        self.places.push(place);
    }

    /// More, after all others; what is not needed of memory is given back.
    pub(super) fn extend<'r>(&mut self, rows: impl Iterator<Item = Found<'r>>) {
        for row in rows {
            self.push(row.key(), row.place());
        }
        self.shrink();
    }

    /// Gives back what it does not need of memory.
    pub(super) fn shrink(&mut self) {
        self.keys.shrink_to_fit();
        self.key_ends.shrink_to_fit();
        self.places.shrink_to_fit();
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.key_ends.len()
    }

    /// The key of the row with this number.
    pub(super) fn key(&self, number: usize) -> &[u8] {
        let start = match number.checked_sub(1) {
            Some(before) => self.key_ends[before] as usize,
            None => 0,
        };
        &self.keys[start..self.key_ends[number] as usize]
    }

    /// The last key.
    pub(super) fn last_key(&self) -> Option<&[u8]> {
        Some(self.key(self.len().checked_sub(1)?))
    }

    /// The row with this number.
    pub(super) const fn row(&self, number: usize) -> Found<'_> {
        Found { rows: self, number }
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = Found<'_>> {
        (0..self.len()).map(|number| self.row(number))
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

/// One of them.
#[derive(Clone, Copy)]
pub(super) struct Found<'r> {
    rows: &'r SortedRows,
    number: usize,
}

impl<'r> Found<'r> {
    /// Those it is one of.
    pub(super) const fn rows(&self) -> &'r SortedRows {
        self.rows
    }

    /// Its key.
    pub(super) fn key(&self) -> &'r [u8] {
        self.rows.key(self.number)
    }

    /// Where it lies in the file.
    fn place(&self) -> Place {
        self.rows.places.get(self.number)
    }

    /// Its value, read from the file; none when it says that there is none.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn value(&self) -> Result<Option<Vec<u8>>, StorageError> {
        let rows = self.rows;
        rows.file.read_row(rows.round, self.key(), self.place())
    }
}

/// Rows of several in order of key; of those under one key the newest.
pub(super) struct Merged<'r> {
    /// The newest first.
    cursors: Vec<(&'r SortedRows, Range<usize>)>,
}

impl<'r> Merged<'r> {
    /// Of these, the newest first.
    pub(super) fn of(all: impl Iterator<Item = &'r SortedRows>) -> Merged<'r> {
        Merged::of_parts(all.map(|rows| (rows, 0..rows.len())))
    }

    /// Of these parts, the newest first.
    pub(super) fn of_parts(
        parts: impl Iterator<Item = (&'r SortedRows, Range<usize>)>,
    ) -> Merged<'r> {
        Merged {
            cursors: parts.filter(|(_, range)| !range.is_empty()).collect(),
        }
    }
}

impl<'r> Iterator for Merged<'r> {
    type Item = Found<'r>;

    fn next(&mut self) -> Option<Found<'r>> {
        let heads = self.cursors.iter();
        let heads = heads.filter(|(_, range)| range.start < range.end);
        // Of equal keys the first counts.
        let least = heads
            .map(|(rows, range)| rows.row(range.start))
            .min_by(|one, other| one.key().cmp(other.key()))?;
        for (rows, range) in &mut self.cursors {
            if range.start < range.end && rows.key(range.start) == least.key() {
                range.next();
            }
        }
        Some(least)
    }
}

/// Rows are merged with those of before unless those are more than so many times as many: so there are few to look in, and none is
/// merged often.
const RATIO: usize = 2;

/// Takes of `before`, the newest first, those that `rows`, which are newer, are to be merged with; what they say together.
pub(super) fn absorb<R: Borrow<SortedRows>>(
    before: &mut Vec<R>,
    mut rows: SortedRows,
) -> SortedRows {
    while let Some(newest) = before.first()
        && newest.borrow().len() <= rows.len().saturating_mul(RATIO)
    {
        rows = SortedRows::merged(&rows, newest.borrow());
        before.remove(0);
    }
    rows
}
