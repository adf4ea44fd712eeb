//! Opening everything a node keeps, checking that the parts fit together, and what remains to be done before it can serve.

use std::sync::Arc;

use ledger_core::id::{ChainId, Height};

use super::blocks::{self, BlockStore, CommittedBlock, MemoryBlocks};
use super::last_signed::LastSignedStore;
use super::memory_disk::MemoryDisk;
use super::state::StateStore;
use super::state::memory::MemoryEngine;
use super::wal::file::MemoryLogFile;
use super::wal::{TornTail, Wal};
use super::{StorageError, state};

/// Which database holds the derived state. Blocks are always in redb.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// redb.
    #[default]
    Redb,
}

/// Everything a node keeps.
pub struct Storage {
    /// The blocks.
    pub blocks: Arc<dyn BlockStore>,
    /// The derived state.
    pub state: Arc<StateStore>,
    /// The consensus log.
    pub wal: Wal,
    /// The record of the last signature.
    pub last_signed: LastSignedStore,
}

/// Everything a node keeps, and what was met on the way.
pub struct Opened {
    /// Everything a node keeps.
    pub storage: Storage,
    /// The state that was thrown away to be rebuilt, and why.
    pub discarded: Option<Discarded>,
    /// The end of the consensus log that a crash tore off.
    pub torn_tail: Option<TornTail>,
}

/// A derived state that was thrown away.
#[derive(Clone, Debug)]
pub struct Discarded {
    /// Why.
    pub reason: StorageError,
}

impl Storage {
    /// Opens what is on a disk in memory, for the chain `chain_id`.
    ///
    /// # Errors
    /// As on a real disk.
    pub fn open_memory(disk: &Arc<MemoryDisk>, chain_id: ChainId) -> Result<Opened, StorageError> {
        let engine = MemoryEngine::open(Arc::clone(disk));
        let log = MemoryLogFile::new(Arc::clone(disk));
        let (wal, torn_tail) = Wal::open(Box::new(log), chain_id, [0; 16])?;
        let storage = Storage {
            blocks: Arc::new(MemoryBlocks::new(Arc::clone(disk), chain_id)),
            state: Arc::new(StateStore::open(Box::new(engine), chain_id, None)?),
            wal,
            last_signed: LastSignedStore::in_memory(Arc::clone(disk)),
        };
        Ok(Opened {
            storage,
            discarded: None,
            torn_tail,
        })
    }

    /// The blocks the state lacks, in order: after a crash, or all of them after the state was thrown away. Each is to be
    /// applied and committed to the state. Commit genesis first when the state has no label.
    pub fn replay(&self) -> Replay {
        let next = self
            .state
            .label()
            .map_or(Height::GENESIS.next(), |label: state::Label| {
                label.height.next()
            });
        Replay {
            blocks: Arc::clone(&self.blocks),
            next,
            last: blocks::tip_height(self.blocks.as_ref()),
        }
    }
}

/// Stored blocks, in order.
pub struct Replay {
    blocks: Arc<dyn BlockStore>,
    next: Height,
    last: Height,
}

impl Replay {
    /// How many blocks are left.
    pub const fn remaining(&self) -> u64 {
        self.last.next().0.saturating_sub(self.next.0)
    }
}

impl Iterator for Replay {
    type Item = Result<CommittedBlock, StorageError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.next > self.last {
            return None;
        }
        let height = self.next;
        self.next = height.next();
        // No block below the tip is ever missing: the store reports a gap as damage.
        self.blocks.block(height).transpose()
    }
}
