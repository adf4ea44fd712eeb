//! The redb file below the log of rows: what was merged into it, and how far that went.

use std::path::Path;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::state::RecordBytes;
use redb::{ReadOnlyTable, TableDefinition, WriteTransaction};

use super::engine::{EngineView, Visit, gather};
use crate::storage::StorageError;
use crate::storage::identity::Identity;
use crate::storage::redb_file::{Content, RedbFile, RedbOptions};
use crate::storage::volume::{FilePlace, Volume};

/// How much of the database is kept in memory, in bytes.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

const STATE: TableDefinition<&[u8], &[u8]> = TableDefinition::new("state");
/// How far the log is merged: one [`Merging`].
const MERGING: TableDefinition<&str, &[u8]> = TableDefinition::new("merging");
const MERGING_KEY: &str = "merging";
const MERGING_BYTES_MAX: usize = 64;

/// How many rows are written as one part: if each changes a page of its own, of 4 KiB, they fill a quarter of the
/// database's memory.
const fn part_rows(cache_bytes: usize) -> usize {
    cache_bytes / 4 / 4_096
}

/// A part is full when its values have so many bytes.
const PART_BYTES: usize = CACHE_BYTES / 4;

/// A key and its value, or that it has none.
type RowToWrite<'k> = (&'k [u8], Option<Vec<u8>>);

/// Which log belongs to the database, and how far it is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Merging {
    /// What the frames of the log are sealed with.
    pub(super) salt: [u8; 16],
    /// The rows up to this frame of the log are all in the database.
    pub(super) merged: u64,
    /// No row of a later frame than this is.
    pub(super) begun: u64,
}

/// A redb file with rows of the derived state.
pub(super) struct RedbBase {
    file: Arc<RedbFile>,
    part_rows: usize,
}

/// The file as it was when a read began; redb keeps the pages it needs until it is dropped.
struct RedbView {
    file: Arc<RedbFile>,
    table: ReadOnlyTable<&'static [u8], &'static [u8]>,
}

impl RedbBase {
    /// Opens the file at `place`, or makes it.
    ///
    /// # Errors
    /// When the file belongs to another chain, is of another format, is damaged, or the disk fails or is full.
    pub(super) fn open(place: &FilePlace, identity: Identity) -> Result<RedbBase, StorageError> {
        let options = RedbOptions {
            content: Content::State,
            identity,
            cache_bytes: CACHE_BYTES,
        };
        let salt = place.draw_salt()?;
        let merging = Merging {
            salt,
            merged: 0,
            begun: 0,
        };
        let file = RedbFile::open(place, options, |transaction| {
            transaction.open_table(STATE)?;
            put(transaction, &merging)
        })?;
        Ok(RedbBase {
            file: Arc::new(file),
            part_rows: part_rows(place.volume().cache_bytes(CACHE_BYTES)).max(1),
        })
    }

    /// How far it is.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn merging(&self) -> Result<Merging, StorageError> {
        let bytes = self.file.read(None, |transaction| {
            let table = transaction.open_table(MERGING)?;
            Ok(table.get(MERGING_KEY)?.map(|found| found.value().to_vec()))
        })?;
        let decoded = bytes.and_then(|bytes| codec::decode(&bytes, MERGING_BYTES_MAX).ok());
        decoded.ok_or_else(|| self.damaged("it does not say how far its log is merged".to_string()))
    }

    /// Writes rows of the round that `merging` says was begun, part by part; the next [`Self::mark`] makes them durable.
    ///
    /// # Errors
    /// The first of `rows`; when the disk fails or is full, or what it holds is damaged.
    pub(super) fn write<'k>(
        &self,
        merging: &Merging,
        rows: impl Iterator<Item = Result<RowToWrite<'k>, StorageError>>,
    ) -> Result<(), StorageError> {
        let mut part = Vec::new();
        let mut bytes = 0_usize;
        for row in rows {
            let (key, value) = row?;
            bytes = bytes.saturating_add(value.as_ref().map_or(0, Vec::len));
            part.push((key, value));
            if part.len() >= self.part_rows || bytes >= PART_BYTES {
                self.write_part(merging, &part)?;
                part.clear();
                bytes = 0;
            }
        }
        if part.is_empty() {
            return Ok(());
        }
        self.write_part(merging, &part)
    }

    fn write_part(&self, merging: &Merging, rows: &[RowToWrite<'_>]) -> Result<(), StorageError> {
        self.file.write_part(|transaction| {
            // A part is durable before its round is marked when the file is closed in order: it says itself that it was begun.
            put(transaction, merging)?;
            let mut table = transaction.open_table(STATE)?;
            for (key, value) in rows {
                match value {
                    Some(value) => table.insert(key, value.as_slice())?,
                    None => table.remove(key)?,
                };
            }
            Ok(())
        })
    }

    /// Makes what was written durable, with `merging`.
    ///
    /// # Errors
    /// As of [`Self::write`].
    pub(super) fn mark(&self, merging: &Merging) -> Result<(), StorageError> {
        self.file.write(|transaction| put(transaction, merging))
    }

    /// The database as it is now.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn view(&self) -> Result<Arc<dyn EngineView>, StorageError> {
        let table = self
            .file
            .read(None, |transaction| Ok(transaction.open_table(STATE)?))?;
        Ok(Arc::new(RedbView {
            file: Arc::clone(&self.file),
            table,
        }))
    }

    /// How many bytes the file has.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn length(&self) -> Result<u64, StorageError> {
        self.file.length()
    }

    /// The volume it is on.
    pub(super) fn volume(&self) -> &dyn Volume {
        self.file.volume()
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// That it is damaged, and why.
    pub(super) fn damaged(&self, reason: String) -> StorageError {
        self.file.damaged(None, reason)
    }
}

fn put(transaction: &WriteTransaction, merging: &Merging) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(MERGING)?;
    table.insert(MERGING_KEY, codec::encode(merging).as_slice())?;
    Ok(())
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
        gather(self, from, to, limit)
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
