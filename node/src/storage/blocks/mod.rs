//! The blocks and their certificates: the truth of a node. Everything else it keeps is derived from them.
//!
//! What always holds: heights run from 1 to the tip without a gap; each block's parent is the block below it; when
//! [`BlockStore::append`] returns, the block survives any crash; what is read back is what was appended, or an error that
//! names the height. No block is ever replaced by another or removed.
//!
//! A block is appended to the journal ([`journal`]), which is one write and one sync, and waits in memory until it is
//! *settled*: moved with many others into the database ([`redb`]). [`journaled`] puts the three together.

mod journal;
mod journaled;
mod record;
mod redb;

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::{Block, Header};
use ledger_core::certificate::CommitCertificate;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::ledger::Tip;

pub use self::journal::{JOURNAL_FORMAT, TornBlock};
pub use self::journaled::JournaledBlocks;
pub use self::redb::BLOCKS_FORMAT;

use super::StorageError;
use super::state::Share;

/// A decided block and what decided it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CommittedBlock {
    /// The block.
    pub block: Arc<Block>,
    /// A quorum's precommits for it.
    pub certificate: CommitCertificate,
}

/// Checks that `block` comes directly after `tip` on the same chain, and that its certificate is for it; the new tip. The
/// certificate's signatures are the caller's to check.
///
/// # Errors
/// [`StorageError::NotNext`] or [`StorageError::Mismatch`].
fn check_next(
    chain_id: ChainId,
    tip: Option<Tip>,
    block: &CommittedBlock,
) -> Result<Tip, StorageError> {
    let next = Tip::of(&block.block.header);
    let (expected, parent) = tip.map_or((Height::GENESIS.next(), BlockId::default()), |tip| {
        (tip.height.next(), tip.block_id)
    });
    let mismatch = |fault| StorageError::Mismatch {
        height: next.height,
        block_id: next.block_id,
        fault,
    };
    if next.height != expected {
        return Err(StorageError::NotNext {
            expected,
            actual: next.height,
        });
    }
    if next.chain_id != chain_id {
        return Err(mismatch("belongs to another chain"));
    }
    if block.block.header.parent != parent {
        return Err(mismatch("does not name the newest block as its parent"));
    }
    if block.certificate.height != next.height || block.certificate.block_id != next.block_id {
        return Err(mismatch("comes with a certificate for another block"));
    }
    Ok(next)
}

/// Blocks by height. Any thread may read while one appends.
pub trait BlockStore: Send + Sync {
    /// Stores the block after the tip. When this returns, the block survives any crash.
    ///
    /// # Errors
    /// When the block does not follow the tip, or the disk fails; then the block is not acknowledged, the store takes no
    /// more blocks, and the process must stop.
    fn append(&self, block: &CommittedBlock) -> Result<(), StorageError>;

    /// The newest block; none before the first.
    fn tip(&self) -> Option<Tip>;

    /// The block at `height` and its certificate; none above the tip and at genesis.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    fn block(&self, height: Height) -> Result<Option<CommittedBlock>, StorageError>;

    /// The header at `height`.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    fn header(&self, height: Height) -> Result<Option<Header>, StorageError>;

    /// The certificate at `height`.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    fn certificate(&self, height: Height) -> Result<Option<CommitCertificate>, StorageError>;

    /// Whether so much has been appended since the last [`Self::settle`] that it is time for another, for somebody who goes only
    /// this share of the way.
    fn is_settling_due_at(&self, share: Share) -> bool;

    /// Settles the blocks: moves what was appended to where it is kept for good. Appends and reads go on meanwhile; nothing
    /// depends on when this is called, and an append does it when nobody else has.
    ///
    /// # Errors
    /// When the disk fails or is full; then the store takes no more blocks, and the process must stop. No block is lost.
    fn settle(&self) -> Result<(), StorageError>;
}

/// The tip's height, or 0.
pub fn tip_height(blocks: &dyn BlockStore) -> Height {
    blocks.tip().map_or(Height::GENESIS, |tip| tip.height)
}
