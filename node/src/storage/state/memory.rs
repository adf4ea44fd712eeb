//! The derived state on a [`MemoryDisk`]: for simulation and tests.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ledger_core::state::RecordBytes;

use super::engine::{Batch, EngineView, OlderReaders, StateEngine};
use super::versions::{Found, Versions};
use crate::storage::{MemoryDisk, StorageError};

/// A database in memory.
pub(in crate::storage) struct MemoryEngine {
    disk: Arc<MemoryDisk>,
    /// How many batches this engine has persisted: the moment of the newest.
    batches: AtomicU64,
}

struct MemoryView {
    records: Arc<Versions>,
    at: u64,
}

impl MemoryEngine {
    /// What is on `disk`.
    pub(in crate::storage) fn open(disk: Arc<MemoryDisk>) -> MemoryEngine {
        // An engine opened earlier on the same disk may have counted on; no view of it lives when a node starts again.
        let batches = AtomicU64::new(disk.state().moment());
        MemoryEngine { disk, batches }
    }
}

impl StateEngine for MemoryEngine {
    fn view(&self) -> Result<Arc<dyn EngineView>, StorageError> {
        Ok(Arc::new(MemoryView {
            records: Arc::clone(self.disk.state()),
            at: self.batches.load(Ordering::Acquire),
        }))
    }

    fn persist(&self, batch: &Batch, older: OlderReaders) -> Result<(), StorageError> {
        self.disk.check_write("write the state to")?;
        let moment = self.batches.load(Ordering::Acquire).saturating_add(1);
        let records = self.disk.state();
        // Ranges first: a key of the batch inside one of them was written after it was cleared.
        // Earlier values are pruned below, when nobody reads them.
        records.write(moment, 0, Vec::new(), batch.cleared.clone());
        records.write(moment, 0, batch.entries.clone(), Vec::new());
        self.batches.store(moment, Ordering::Release);
        if older == OlderReaders::None {
            records.prune(&batch.entries, &batch.cleared);
        }
        Ok(())
    }

    fn path(&self) -> &Path {
        Path::new("(memory)")
    }
}

impl EngineView for MemoryView {
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(match self.records.find(key, self.at) {
            Found::Value(value) => value.map(|value| value.to_vec()),
            Found::Nothing => None,
        })
    }

    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<RecordBytes>, StorageError> {
        let found = self.records.range(from, to, self.at, limit);
        Ok(found
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?.to_vec())))
            .collect())
    }
}
