//! What a database must do to hold the derived state: read, scan, and replace many keys as one, durably.
//!
//! Everything else (layers, snapshots, labels, meanings of keys) lives once, above, in [`super::StateStore`].

use std::path::Path;
use std::sync::Arc;

use ledger_core::state::RecordBytes;

use super::content::Value;
use super::key::{self, Key};
use crate::storage::StorageError;

/// Rows to be made durable as one ([`super::rows`]).
#[derive(Debug, Default)]
pub struct Batch {
    /// Rows to write or delete, in order.
    pub entries: Vec<(Key, Value)>,
}

impl Batch {
    /// The label without what belongs to it.
    pub(super) fn label_alone(&self) -> Batch {
        let label = key::label();
        let entries = self.entries.iter().filter(|(key, _)| *key == label);
        Batch {
            entries: entries.cloned().collect(),
        }
    }
}

/// Whether whoever visits records wants to see the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    /// It does.
    GoOn,
    /// It has seen enough.
    Stop,
}

/// Records read at a time for a visit, by an engine that has no other way.
const VISIT_RECORDS: usize = 256;

/// Whether snapshots taken before a batch still read, which must not see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OlderReaders {
    /// There are none.
    None,
    /// There may be some.
    Some,
}

/// A database under the derived state.
pub trait StateEngine: Send + Sync {
    /// The database as it is now; it stays so while batches are persisted.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    fn view(&self) -> Result<Arc<dyn EngineView>, StorageError>;

    /// Makes `batch` durable: after a crash at any moment either all of it is there or nothing.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    fn persist(&self, batch: &Batch, older: OlderReaders) -> Result<(), StorageError>;

    /// The file or directory, for errors.
    fn path(&self) -> &Path;
}

/// A database at one moment.
pub trait EngineView: Send + Sync {
    /// The value under `key`.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError>;

    /// Up to `limit` records with `from ≤ key < to`, in order.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<RecordBytes>, StorageError>;

    /// Shows `visitor` the records with `from ≤ key < to`, in order, until it has seen enough.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    fn visit(
        &self,
        from: &[u8],
        to: &[u8],
        visitor: &mut dyn FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<(), StorageError> {
        let mut from = from.to_vec();
        loop {
            let records = self.scan(&from, to, VISIT_RECORDS)?;
            for (key, value) in &records {
                if visitor(key, value) == Visit::Stop {
                    return Ok(());
                }
            }
            match records.into_iter().nth(VISIT_RECORDS - 1) {
                None => return Ok(()),
                Some((last, _)) => from = last,
            }
            // The least key after the last one seen.
            from.push(0);
        }
    }
}

/// [`EngineView::scan`] for a database that shows its records one by one.
///
/// # Errors
/// Those of [`EngineView::visit`].
pub(super) fn gather(
    view: &dyn EngineView,
    from: &[u8],
    to: &[u8],
    limit: usize,
) -> Result<Vec<RecordBytes>, StorageError> {
    let mut found = Vec::new();
    if limit == 0 {
        return Ok(found);
    }
    view.visit(from, to, &mut |key, value| {
        found.push((key.to_vec(), value.to_vec()));
        if found.len() == limit {
            Visit::Stop
        } else {
            Visit::GoOn
        }
    })?;
    Ok(found)
}
