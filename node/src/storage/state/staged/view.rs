//! Rows as they were at one moment: those of the log above those of the database.

use std::hash::BuildHasher;
use std::iter::Peekable;
use std::sync::Arc;

use foldhash::fast::RandomState;
use ledger_core::state::RecordBytes;

use super::run::{Slices, Stack};
use super::sorted::{Found, Merged};
use crate::storage::StorageError;
use crate::storage::state::engine::{EngineView, Visit, gather};

/// Runs above a database.
pub(super) struct StagedView {
    /// Of the young round.
    pub(super) young: Stack,
    /// What is left of the old one.
    pub(super) old: Slices,
    pub(super) below: Arc<dyn EngineView>,
    pub(super) hasher: RandomState,
}

impl EngineView for StagedView {
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        let hash = self.hasher.hash_one(key);
        let mut young = self.young.iter();
        let found = young
            .find_map(|run| run.find(key, hash))
            .or_else(|| self.old.find(key, hash));
        match found {
            Some(found) => found.value(),
            None => self.below.read(key),
        }
    }

    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<RecordBytes>, StorageError> {
        gather(self, from, to, limit)
    }

    fn visit(
        &self,
        from: &[u8],
        to: &[u8],
        visitor: &mut dyn FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<(), StorageError> {
        let young = self.young.iter();
        let young = young.map(|run| (run.rows(), run.rows().range(from, to)));
        let mut above = Above {
            rows: Merged::of_parts(young.chain(self.old.range(from, to))).peekable(),
            visitor,
            outcome: Ok(Visit::GoOn),
        };
        self.below.visit(from, to, &mut |key, value| {
            above.show_below(key);
            let is_hidden = above.hides(key);
            if !is_hidden {
                above.show(key, value);
            }
            above.verdict()
        })?;
        above.show_rest();
        above.outcome.map(|_| ())
    }
}

/// What lies above a database that is visited in order.
struct Above<'v, 'r> {
    rows: Peekable<Merged<'r>>,
    visitor: &'v mut dyn FnMut(&[u8], &[u8]) -> Visit,
    /// What the visitor wants, or why it cannot be shown more.
    outcome: Result<Visit, StorageError>,
}

impl Above<'_, '_> {
    const fn verdict(&self) -> Visit {
        match self.outcome {
            Ok(Visit::GoOn) => Visit::GoOn,
            Ok(Visit::Stop) | Err(_) => Visit::Stop,
        }
    }

    /// Shows the rows before `key`, as long as they are wanted.
    fn show_below(&mut self, key: &[u8]) {
        while self.verdict() == Visit::GoOn
            && let Some(row) = self.rows.next_if(|row| row.key() < key)
        {
            self.show_row(row);
        }
    }

    /// Whether the row under `key` hides what the database has; it is shown then, if it is wanted.
    fn hides(&mut self, key: &[u8]) -> bool {
        let Some(row) = self.rows.next_if(|row| row.key() == key) else {
            return false;
        };
        self.show_row(row);
        true
    }

    fn show_rest(&mut self) {
        while self.verdict() == Visit::GoOn
            && let Some(row) = self.rows.next()
        {
            self.show_row(row);
        }
    }

    fn show_row(&mut self, row: Found<'_>) {
        if self.verdict() == Visit::Stop {
            return;
        }
        match row.value() {
            Ok(Some(value)) => self.show(row.key(), &value),
            Ok(None) => {}
            Err(error) => self.outcome = Err(error),
        }
    }

    fn show(&mut self, key: &[u8], value: &[u8]) {
        if self.verdict() == Visit::GoOn {
            self.outcome = Ok((self.visitor)(key, value));
        }
    }
}
