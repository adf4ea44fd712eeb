//! The derived state in a redb file.

use std::path::Path;
use std::sync::Arc;

use ledger_core::id::ChainId;
use ledger_core::state::RecordBytes;
use redb::{ReadOnlyTable, Table, TableDefinition};

use super::STATE_FORMAT;
use super::engine::{Batch, EngineView, OlderReaders, StateEngine, Visit};
use super::key;
use super::versions::Entry;
use crate::storage::StorageError;
use crate::storage::identity::Identity;
use crate::storage::redb_file::{Content, RedbFile, RedbOptions};
use crate::storage::volume::FilePlace;

/// How much of the database is kept in memory, in bytes.
const CACHE_BYTES: usize = 128 * 1024 * 1024;

type StateTable<'t> = Table<'t, &'static [u8], &'static [u8]>;

const STATE: TableDefinition<&[u8], &[u8]> = TableDefinition::new("state");

/// How many entries of a batch are written as one part: if each changes a page of its own, of 4 KiB, they fill a quarter of the
/// database's memory.
const fn part_entries(cache_bytes: usize) -> usize {
    cache_bytes / 4 / 4_096
}

/// What stands in place of the label while a batch is written in parts: no label.
const UNFINISHED: &[u8] = &[];

/// A redb file with the derived state.
pub(in crate::storage) struct RedbEngine {
    file: Arc<RedbFile>,
    part_entries: usize,
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
            identity: Identity {
                format: STATE_FORMAT,
                chain_id,
            },
            cache_bytes: CACHE_BYTES,
        };
        let file = RedbFile::open(place, options, |transaction| {
            transaction.open_table(STATE)?;
            Ok(())
        })?;
        Ok(RedbEngine {
            file: Arc::new(file),
            part_entries: part_entries(place.volume().cache_bytes(CACHE_BYTES)).max(1),
        })
    }
}

impl RedbEngine {
    /// Persists a batch that has this label and these other entries.
    fn persist_in_parts(&self, label: &Entry, others: &[Entry]) -> Result<(), StorageError> {
        self.file.write_part(|transaction| {
            let mut table = transaction.open_table(STATE)?;
            table.insert(&*label.0, UNFINISHED)?;
            Ok(())
        })?;
        // If we crash from here on, the database is as before the batch. If it is closed instead, because the disk was full,
        // say, and is not any more, the parts are in it and no label: it is thrown away and made again from the blocks.
        for part in others.chunks(self.part_entries) {
            self.file
                .write_part(|transaction| write(&mut transaction.open_table(STATE)?, part))?;
        }
        self.file
            .write(|transaction| write(&mut transaction.open_table(STATE)?, [label]))
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
        match batch.entries.split_first() {
            Some((label, others))
                if *label.0 == *key::label() && others.len() > self.part_entries =>
            {
                self.persist_in_parts(label, others)
            }
            _ => self
                .file
                .write(|transaction| write(&mut transaction.open_table(STATE)?, &batch.entries)),
        }
    }

    fn path(&self) -> &Path {
        self.file.path()
    }
}

fn write<'a>(
    table: &mut StateTable<'_>,
    entries: impl IntoIterator<Item = &'a Entry>,
) -> Result<(), redb::Error> {
    for (key, value) in entries {
        match value {
            Some(value) => table.insert(&**key, value.bytes().as_ref())?,
            None => table.remove(&**key)?,
        };
    }
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

#[cfg(test)]
mod tests {
    use ledger_core::hash::Hash;

    use super::super::content::Content;
    use super::super::key::Key;
    use super::*;
    use crate::storage::memory_disk::{self, DiskFault, MemoryDisk};

    const ENTRIES: u16 = 100;

    fn open(disk: &Arc<MemoryDisk>) -> Result<RedbEngine, StorageError> {
        let place = memory_disk::lock(disk)?.place("state.redb");
        RedbEngine::open(&place, ChainId(Hash([7; 32])))
    }

    /// A label that says `value`, and many entries that say the same.
    fn batch(value: u8) -> Batch {
        let content = Some(Content::from(&[value; 300][..]));
        let label = (key::label(), content.clone());
        let others = (0..ENTRIES).map(|number| {
            let [high, low] = number.to_be_bytes();
            (Key::from(&[1, high, low][..]), content.clone())
        });
        Batch {
            entries: std::iter::once(label).chain(others).collect(),
        }
    }

    /// What the label says; none when it says that there is none.
    fn label(engine: &RedbEngine) -> Option<u8> {
        let label = engine.view().unwrap().read(&key::label()).unwrap();
        label.unwrap().first().copied()
    }

    #[test]
    fn a_batch_of_many_parts_is_there_whole_or_its_label_is_not() {
        let before = MemoryDisk::new();
        let engine = open(&before).unwrap();
        assert!(batch(1).entries.len() > 4 * engine.part_entries);
        engine.persist(&batch(1), OlderReaders::None).unwrap();
        drop(engine);
        for after in 0.. {
            let disk = before.clone_whole();
            let engine = open(&disk).unwrap();
            disk.set_fault(Some(DiskFault::After(after)));
            let persisted = engine.persist(&batch(2), OlderReaders::None);
            // There is space again by the time the database is closed.
            disk.set_fault(None);
            drop(engine);
            let engine = open(&disk).unwrap();
            let said = label(&engine);
            if persisted.is_ok() {
                assert_eq!(said, Some(2));
                return;
            }
            let Some(said) = said else {
                continue;
            };
            let records = engine.view().unwrap().scan(&[1], &[2], usize::MAX).unwrap();
            assert_eq!(records.len(), usize::from(ENTRIES));
            assert!(records.iter().all(|(_, value)| value[0] == said));
        }
    }
}
