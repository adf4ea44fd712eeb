//! Blocks in memory, on a [`MemoryDisk`]: for simulation and tests. An append is durable at once, as on a real disk.

use std::sync::Arc;

use ledger_core::block::Header;
use ledger_core::certificate::CommitCertificate;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::ledger::Tip;

use super::{BlockStore, CommittedBlock, check_next};
use crate::storage::{MemoryDisk, StorageError};

/// Blocks on a disk in memory.
pub struct MemoryBlocks {
    disk: Arc<MemoryDisk>,
    chain_id: ChainId,
}

impl MemoryBlocks {
    /// The blocks of `chain_id` on `disk`.
    pub const fn new(disk: Arc<MemoryDisk>, chain_id: ChainId) -> MemoryBlocks {
        MemoryBlocks { disk, chain_id }
    }

    fn at<T>(&self, height: Height, pick: impl FnOnce(&CommittedBlock) -> T) -> Option<T> {
        let index = usize::try_from(height.0.checked_sub(1)?).ok()?;
        self.disk.blocks().get(index).map(pick)
    }
}

impl BlockStore for MemoryBlocks {
    fn append(&self, block: &CommittedBlock) -> Result<(), StorageError> {
        check_next(self.chain_id, self.tip(), block)?;
        self.disk.check_write("append a block to")?;
        self.disk.blocks().push(block.clone());
        Ok(())
    }

    fn tip(&self) -> Option<Tip> {
        let blocks = self.disk.blocks();
        blocks.last().map(|newest| Tip::of(&newest.block.header))
    }

    fn block(&self, height: Height) -> Result<Option<CommittedBlock>, StorageError> {
        Ok(self.at(height, CommittedBlock::clone))
    }

    fn header(&self, height: Height) -> Result<Option<Header>, StorageError> {
        Ok(self.at(height, |stored| stored.block.header.clone()))
    }

    fn certificate(&self, height: Height) -> Result<Option<CommitCertificate>, StorageError> {
        Ok(self.at(height, |stored| stored.certificate.clone()))
    }

    fn height_of(&self, id: BlockId) -> Result<Option<Height>, StorageError> {
        Ok(self.disk.blocks().height_of(id))
    }
}
