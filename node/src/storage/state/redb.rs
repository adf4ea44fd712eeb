//! The derived state in a redb file.

use std::path::Path;
use std::sync::Arc;

use ledger_core::id::ChainId;
use ledger_core::state::RecordBytes;
use redb::{ReadOnlyTable, TableDefinition};

use super::STATE_FORMAT;
use super::engine::{Batch, EngineView, OlderReaders, StateEngine, Visit};
use crate::storage::StorageError;
use crate::storage::redb_file::{Content, RedbFile, RedbOptions};
use crate::storage::volume::FilePlace;

/// How much of the database is kept in memory, in bytes.
const CACHE_BYTES: usize = 128 * 1024 * 1024;

const STATE: TableDefinition<&[u8], &[u8]> = TableDefinition::new("state");

/// A redb file with the derived state.
pub(in crate::storage) struct RedbEngine {
    file: Arc<RedbFile>,
}

/// The file as it was when a read began; redb keeps the pages it needs until it is dropped.
struct RedbView {
    file: Arc<RedbFile>,
    table: ReadOnlyTable<&'static [u8], &'static [u8]>,
}

impl RedbEngine {
    /// Opens the state of `chain_id` in the file at `place`, or makes it.
    ///
    /// # Errors
    /// When the file belongs to another chain, is of another format, is damaged, or the disk fails or is full.
    pub(in crate::storage) fn open(
        place: &FilePlace,
        chain_id: ChainId,
    ) -> Result<RedbEngine, StorageError> {
        let options = RedbOptions {
            content: Content::State,
            chain_id,
            format: STATE_FORMAT,
            cache_bytes: CACHE_BYTES,
        };
        let file = RedbFile::open(place, options, |transaction| {
            transaction.open_table(STATE)?;
            Ok(())
        })?;
        Ok(RedbEngine {
            file: Arc::new(file),
        })
    }
}

impl StateEngine for RedbEngine {
    fn view(&self) -> Result<Arc<dyn EngineView>, StorageError> {
        let table = self
            .file
            .read(None, |transaction| Ok(transaction.open_table(STATE)?))?;
        Ok(Arc::new(RedbView {
            file: Arc::clone(&self.file),
            table,
        }))
    }

    fn persist(&self, batch: &Batch, _: OlderReaders) -> Result<(), StorageError> {
        self.file.write(|transaction| {
            let mut table = transaction.open_table(STATE)?;
            for (from, to) in batch.cleared() {
                table.retain_in::<&[u8], _>(from.as_slice()..to.as_slice(), |_, _| false)?;
            }
            for (key, value) in &batch.entries {
                match value {
                    Some(value) => table.insert(&**key, value.bytes().as_ref())?,
                    None => table.remove(&**key)?,
                };
            }
            Ok(())
        })
    }

    fn path(&self) -> &Path {
        self.file.path()
    }
}

impl EngineView for RedbView {
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.file.check()?;
        match self.table.get(key) {
            Ok(found) => Ok(found.map(|value| value.value().to_vec())),
            Err(error) => Err(self.file.failed(None, error.into())),
        }
    }

    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<RecordBytes>, StorageError> {
        self.file.check()?;
        let scanned = || {
            let mut found = Vec::new();
            for record in self.table.range::<&[u8]>(from..to)?.take(limit) {
                let (key, value) = record?;
                found.push((key.value().to_vec(), value.value().to_vec()));
            }
            Ok(found)
        };
        scanned().map_err(|error: redb::StorageError| self.file.failed(None, error.into()))
    }

    fn visit(
        &self,
        from: &[u8],
        to: &[u8],
        visitor: &mut dyn FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<(), StorageError> {
        self.file.check()?;
        let mut visited = || {
            for record in self.table.range::<&[u8]>(from..to)? {
                let (key, value) = record?;
                if visitor(key.value(), value.value()) == Visit::Stop {
                    break;
                }
            }
            Ok(())
        };
        visited().map_err(|error: redb::StorageError| self.file.failed(None, error.into()))
    }
}
