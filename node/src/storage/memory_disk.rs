//! A disk in memory that forgets what was not synced: what a simulated node keeps across a crash.
//!
//! The stores opened on a [`MemoryDisk`] may be dropped at any moment, as a killed process drops its own; the disk stays
//! and the next [`crate::storage::Storage::open_memory`] finds what was durable. [`MemoryDisk::set_fault`] makes it fail like a real one.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ledger_core::id::{BlockId, Height};

use super::StorageError;
use super::blocks::CommittedBlock;
use super::state::versions::Versions;

/// The name under which a disk in memory appears in errors.
const NAME: &str = "(memory)";

/// How a disk in memory fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskFault {
    /// No space is left: nothing more is written.
    Full,
    /// Writes are taken, but a sync fails.
    SyncFails,
    /// So many more writes and syncs work; then all fail. Simulations stop a node between any two of them.
    After(u64),
}

/// A log file on a [`MemoryDisk`].
#[derive(Debug, Default)]
pub(super) struct MemoryLog {
    /// What a crash keeps.
    pub(super) synced: Vec<u8>,
    /// What was written since, at the end.
    pub(super) unsynced: Vec<u8>,
}

/// The blocks on a [`MemoryDisk`].
#[derive(Debug, Default)]
pub(super) struct MemoryChain {
    blocks: Vec<CommittedBlock>,
    heights: BTreeMap<BlockId, Height>,
}

impl MemoryChain {
    pub(super) fn push(&mut self, block: CommittedBlock) {
        let certificate = &block.certificate;
        self.heights
            .insert(certificate.block_id, certificate.height);
        self.blocks.push(block);
    }

    pub(super) fn last(&self) -> Option<&CommittedBlock> {
        self.blocks.last()
    }

    pub(super) fn get(&self, index: usize) -> Option<&CommittedBlock> {
        self.blocks.get(index)
    }

    pub(super) fn height_of(&self, id: BlockId) -> Option<Height> {
        self.heights.get(&id).copied()
    }
}

/// What a simulated node keeps across a crash.
#[derive(Debug, Default)]
pub struct MemoryDisk {
    blocks: Mutex<MemoryChain>,
    state: Arc<Versions>,
    log: Mutex<MemoryLog>,
    last_signed: Mutex<Option<Vec<u8>>>,
    fault: Mutex<Option<DiskFault>>,
}

impl MemoryDisk {
    /// An empty disk.
    pub fn new() -> Arc<MemoryDisk> {
        Arc::new(MemoryDisk::default())
    }

    /// Makes the disk fail from now on, or work again.
    pub fn set_fault(&self, fault: Option<DiskFault>) {
        *lock(&self.fault) = fault;
    }

    /// A crash: what was written and not synced is lost, but for its first `torn_bytes`.
    pub fn crash(&self, torn_bytes: usize) {
        let mut log = lock(&self.log);
        let mut torn = std::mem::take(&mut log.unsynced);
        torn.truncate(torn_bytes);
        log.synced.append(&mut torn);
    }

    /// Throws the derived state away, as damage does.
    pub fn discard_state(&self) {
        self.state.clear();
    }

    /// Throws the record of the last signature away, as restoring a backup does.
    pub fn discard_last_signed(&self) {
        *lock(&self.last_signed) = None;
    }

    /// Throws the consensus log away and puts another record of the last signature in place: what a Byzantine node does
    /// that wants to have said nothing. No fault of a disk does this.
    pub fn forget_signing(&self, record: &[u8]) {
        *lock(&self.log) = MemoryLog::default();
        *lock(&self.last_signed) = Some(super::last_signed::encode_in_memory(record));
    }

    pub(super) fn blocks(&self) -> MutexGuard<'_, MemoryChain> {
        lock(&self.blocks)
    }

    pub(super) fn state(&self) -> &Arc<Versions> {
        &self.state
    }

    pub(super) fn log(&self) -> MutexGuard<'_, MemoryLog> {
        lock(&self.log)
    }

    pub(super) fn last_signed(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        lock(&self.last_signed)
    }

    /// Fails when the disk is full or fails to sync: a durable write needs both.
    pub(super) fn check_write(&self, action: &'static str) -> Result<(), StorageError> {
        self.check_space(action)?;
        self.check_sync(action)
    }

    pub(super) fn check_space(&self, action: &'static str) -> Result<(), StorageError> {
        match self.count_down() {
            Some(DiskFault::Full) => Err(failure(action, io::ErrorKind::StorageFull)),
            Some(DiskFault::After(0)) => Err(failure(action, io::ErrorKind::Other)),
            _ => Ok(()),
        }
    }

    pub(super) fn check_sync(&self, action: &'static str) -> Result<(), StorageError> {
        match self.count_down() {
            Some(DiskFault::SyncFails | DiskFault::After(0)) => {
                Err(failure(action, io::ErrorKind::Other))
            }
            _ => Ok(()),
        }
    }

    /// The fault as it is for this operation.
    fn count_down(&self) -> Option<DiskFault> {
        let mut fault = lock(&self.fault);
        let now = *fault;
        if let Some(DiskFault::After(left)) = &mut *fault {
            *left = left.saturating_sub(1);
        }
        now
    }
}

fn failure(action: &'static str, kind: io::ErrorKind) -> StorageError {
    StorageError::io(Path::new(NAME), action, kind.into())
}

/// A panic elsewhere while a lock was held leaves whole values behind: each is changed in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
