//! The block store: a journal for the newest blocks, a database for all others, and the newest in memory for whoever reads.
//!
//! What always holds: every block up to the tip is in the journal or in the database, durably, and no frame of the journal is
//! written over before its block is in the database. A block that waits is read from memory, where it lies as it
//! was written; it leaves memory after the database has it, so a reader finds it in the one or the other.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::Header;
use ledger_core::certificate::CommitCertificate;
use ledger_core::id::{ChainId, Height};
use ledger_core::ledger::Tip;

use super::journal::{FoundBlock, Journal, ROUND_BYTES_MAX, TornBlock};
use super::record::{Kind, SealedBlock};
use super::redb::BlockDatabase;
use super::{BlockStore, CommittedBlock, check_next};
use crate::storage::StorageError;
use crate::storage::directory::Directory;
use crate::storage::locks::lock;
use crate::storage::state::Share;

/// Blocks are settled when a round has so many bytes: of small blocks, which take a page each, as many as the state waits for.
const DUE_BYTES: u64 = 8 * 1024 * 1024;
const _: () = assert!(DUE_BYTES < ROUND_BYTES_MAX);
/// About the most bytes that are moved in one commit: the sync of a larger one would hold up the journal's.
const COMMIT_BYTES: usize = 1024 * 1024;

/// Blocks in a journal and a database.
pub struct JournaledBlocks {
    chain_id: ChainId,
    database: BlockDatabase,
    /// Held while a block is appended, and for the turn of a round.
    journal: Mutex<Journal>,
    waiting: RwLock<Waiting>,
    /// Held while blocks are settled: one round at a time. Taken before `journal`.
    settling: Mutex<()>,
}

/// What is in memory.
#[derive(Default)]
struct Waiting {
    tip: Option<Tip>,
    /// The blocks up to the tip that are not in the database, oldest first. At most two rounds of the journal.
    blocks: VecDeque<Arc<SealedBlock>>,
}

impl Waiting {
    fn block(&self, height: Height) -> Option<&Arc<SealedBlock>> {
        let first = self.blocks.front()?.height;
        let index = usize::try_from(height.0.checked_sub(first.0)?).ok()?;
        self.blocks.get(index)
    }
}

impl JournaledBlocks {
    /// Opens the blocks of `chain_id` in `directory`, or makes the files; what the journal holds and the database does not is moved
    /// there. Also what a crash left of a block that was never acknowledged, if anything.
    ///
    /// # Errors
    /// When a file belongs to another chain, is of another format, is damaged, or the disk fails or is full.
    pub fn open(
        directory: &Directory,
        chain_id: ChainId,
    ) -> Result<(JournaledBlocks, Option<TornBlock>), StorageError> {
        let database = BlockDatabase::open(directory, chain_id)?;
        let stored = database.newest()?;
        let (journal, found) = Journal::open(directory, chain_id, stored)?;
        let blocks = JournaledBlocks {
            chain_id,
            database,
            journal: Mutex::new(journal),
            waiting: RwLock::default(),
            settling: Mutex::new(()),
        };
        if let Some(height) = stored {
            // The newest block is read as a whole, so that damage to it is known before anything is built on it.
            let newest = blocks.read_block(height)?;
            blocks.write_waiting(|waiting| waiting.tip = Some(Tip::of(&newest.block.header)));
        }
        blocks.adopt(found.blocks)?;
        Ok((blocks, found.torn))
    }

    /// Takes over the blocks of the journal that the database lacks.
    fn adopt(&self, mut found: BTreeMap<Height, FoundBlock>) -> Result<(), StorageError> {
        let damaged = |path: PathBuf, height, reason| StorageError::BlockDamaged {
            path,
            height,
            reason,
        };
        loop {
            let tip = self.tip();
            let height = tip.map_or(Height::GENESIS, |tip| tip.height).next();
            let Some((above, next)) = found.range(height..).next() else {
                break;
            };
            if *above > height {
                let reason = format!("it is not in the journal, which has block {above}");
                return Err(damaged(
                    lock(&self.journal).path_below(next),
                    height,
                    reason,
                ));
            }
            let path = lock(&self.journal).path_of(next);
            let opened = next.block.open();
            let block = opened.map_err(|reason| damaged(path.clone(), height, reason))?;
            let tip = check_next(self.chain_id, tip, &block)
                .map_err(|error| damaged(path, height, error.to_string()))?;
            if let Some(taken) = found.remove(&height) {
                self.wait(tip, Arc::new(taken.block));
            }
        }
        // If we crash here, or before all are moved, the journal still has them: nothing was appended to it.
        self.move_into_database()
    }

    fn wait(&self, tip: Tip, block: Arc<SealedBlock>) {
        self.write_waiting(|waiting| {
            waiting.blocks.push_back(block);
            waiting.tip = Some(tip);
        });
    }

    /// Moves what waits now, in commits of a bounded size.
    fn move_into_database(&self) -> Result<(), StorageError> {
        let mut left = self.read_waiting().blocks.len();
        while left > 0 {
            let mut bytes = 0_usize;
            let waiting = self.read_waiting();
            let piece: Vec<Arc<SealedBlock>> = waiting
                .blocks
                .iter()
                .take(left)
                .take_while(|block| {
                    let begun = bytes > 0;
                    bytes = bytes.saturating_add(block.bytes());
                    !begun || bytes <= COMMIT_BYTES
                })
                .cloned()
                .collect();
            drop(waiting);
            self.database.store(&piece)?;
            // If we crash here, the database has what the journal has too.
            left = left.saturating_sub(piece.len());
            self.write_waiting(|waiting| drop(waiting.blocks.drain(..piece.len())));
        }
        Ok(())
    }

    /// Whether a block at `height` is stored.
    fn holds(&self, height: Height) -> bool {
        height > Height::GENESIS && self.tip().is_some_and(|tip| height <= tip.height)
    }

    fn read_block(&self, height: Height) -> Result<CommittedBlock, StorageError> {
        // Taken once, so that all three records come from the same place.
        let waiting = self.waiting_block(height);
        let read = |kind| self.bytes(kind, height, waiting.as_deref());
        let sealed = SealedBlock {
            height,
            header: read(Kind::Header)?,
            certificate: read(Kind::Certificate)?,
            transactions: read(Kind::Transactions)?,
        };
        let opened = sealed.open();
        opened.map_err(|reason| self.database.damaged(height, reason))
    }

    fn record<T: BorshSerialize + BorshDeserialize>(
        &self,
        kind: Kind,
        height: Height,
    ) -> Result<T, StorageError> {
        let waiting = self.waiting_block(height);
        let bytes = self.bytes(kind, height, waiting.as_deref())?;
        let opened = kind.open(height, &bytes);
        opened.map_err(|reason| self.database.damaged(height, reason))
    }

    /// A record of `height`, from the block that waits or from the database.
    fn bytes(
        &self,
        kind: Kind,
        height: Height,
        waiting: Option<&SealedBlock>,
    ) -> Result<Vec<u8>, StorageError> {
        self.database.check()?;
        if let Some(block) = waiting {
            return Ok(block.record(kind).to_vec());
        }
        let found = self.database.record(kind, height)?;
        found.ok_or_else(|| {
            let reason = format!("its {} is missing", kind.name());
            self.database.damaged(height, reason)
        })
    }

    fn waiting_block(&self, height: Height) -> Option<Arc<SealedBlock>> {
        self.read_waiting().block(height).cloned()
    }

    fn read_waiting(&self) -> RwLockReadGuard<'_, Waiting> {
        self.waiting.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_waiting<T>(&self, change: impl FnOnce(&mut Waiting) -> T) -> T {
        change(&mut self.waiting.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl BlockStore for JournaledBlocks {
    fn append(&self, block: &CommittedBlock) -> Result<(), StorageError> {
        let sealed = Arc::new(SealedBlock::of(block));
        let round = lock(&self.journal).round_bytes();
        if round >= ROUND_BYTES_MAX {
            self.settle()?;
        }
        let mut journal = lock(&self.journal);
        self.database.check()?;
        let tip = check_next(self.chain_id, self.tip(), block)?;
        let appended = journal.append(&sealed);
        appended.map_err(|error| self.database.keep(error))?;
        // If we crash here, the block is stored and nobody was told: the node finds it at the next start.
        self.wait(tip, sealed);
        Ok(())
    }

    fn tip(&self) -> Option<Tip> {
        self.read_waiting().tip
    }

    fn block(&self, height: Height) -> Result<Option<CommittedBlock>, StorageError> {
        self.holds(height)
            .then(|| self.read_block(height))
            .transpose()
    }

    fn header(&self, height: Height) -> Result<Option<Header>, StorageError> {
        self.holds(height)
            .then(|| self.record(Kind::Header, height))
            .transpose()
    }

    fn certificate(&self, height: Height) -> Result<Option<CommitCertificate>, StorageError> {
        self.holds(height)
            .then(|| self.record(Kind::Certificate, height))
            .transpose()
    }

    fn is_settling_due_at(&self, share: Share) -> bool {
        lock(&self.journal).round_bytes() >= share.of(DUE_BYTES)
    }

    fn settle(&self) -> Result<(), StorageError> {
        let _settling = lock(&self.settling);
        self.database.check()?;
        {
            let mut journal = lock(&self.journal);
            if journal.round_bytes() == 0 {
                return Ok(());
            }
            // The round before this one was moved as a whole, or this store would have failed: its file is free.
            journal.turn_over();
        }
        // If we crash here, or at any time before all are moved, the file of the round that ended has them.
        self.move_into_database()
    }
}
