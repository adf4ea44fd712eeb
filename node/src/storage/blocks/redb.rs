//! The database of blocks: those that were moved there from the journal, many in one durable commit.
//!
//! Header and certificate of a block lie side by side in one table and its transactions in another, so that a header is read
//! without its transactions.

use std::sync::Arc;

use ledger_core::id::{ChainId, Height};
use redb::{ReadableTable, TableDefinition};

use super::record::{Kind, SealedBlock};
use crate::storage::StorageError;
use crate::storage::directory::{BLOCKS_FILE, Directory};
use crate::storage::identity::Identity;
use crate::storage::redb_file::{Content, RedbFile, RedbOptions};

/// The format of the block database this build writes, and the only one it reads. Since 3 the newest blocks are in the
/// journal beside it, so that a build that does not know of that must not open it.
pub const BLOCKS_FORMAT: u32 = 3;
/// Blocks are read seldom: a small cache is enough.
const CACHE_BYTES: usize = 16 * 1024 * 1024;

type Table = TableDefinition<'static, (u64, u8), &'static [u8]>;

/// By height, and by which of the two.
const HEADERS_AND_CERTIFICATES: Table = TableDefinition::new("headers and certificates");
const TRANSACTIONS: Table = TableDefinition::new("transactions");

const KINDS: [Kind; 3] = [Kind::Header, Kind::Certificate, Kind::Transactions];

/// The table of a record, and its place among the records of a height there.
const fn place_of(kind: Kind) -> (Table, u8) {
    match kind {
        Kind::Header => (HEADERS_AND_CERTIFICATES, 0),
        Kind::Certificate => (HEADERS_AND_CERTIFICATES, 1),
        Kind::Transactions => (TRANSACTIONS, 0),
    }
}

/// Blocks in a redb file.
pub(super) struct BlockDatabase {
    file: RedbFile,
}

impl BlockDatabase {
    /// Opens the blocks of `chain_id` in `directory`, or makes the file.
    ///
    /// # Errors
    /// When the file belongs to another chain, is of another format, is damaged, or the disk fails or is full.
    pub(super) fn open(
        directory: &Directory,
        chain_id: ChainId,
    ) -> Result<BlockDatabase, StorageError> {
        let options = RedbOptions {
            content: Content::Blocks,
            identity: Identity {
                format: BLOCKS_FORMAT,
                chain_id,
            },
            cache_bytes: CACHE_BYTES,
        };
        let file = RedbFile::open(&directory.place(BLOCKS_FILE), options, |transaction| {
            transaction.open_table(HEADERS_AND_CERTIFICATES)?;
            transaction.open_table(TRANSACTIONS)?;
            Ok(())
        })?;
        Ok(BlockDatabase { file })
    }

    /// The height of the newest block here; none when there is none.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn newest(&self) -> Result<Option<Height>, StorageError> {
        self.file.read(None, |transaction| {
            let headers = transaction.open_table(HEADERS_AND_CERTIFICATES)?;
            Ok(headers.last()?.map(|(place, _)| Height(place.value().0)))
        })
    }

    /// Stores `blocks`, durably and as one.
    ///
    /// # Errors
    /// When the disk fails or is full; then none of them is stored, and nothing more will be.
    pub(super) fn store(&self, blocks: &[Arc<SealedBlock>]) -> Result<(), StorageError> {
        self.file.write(|transaction| {
            let mut small = transaction.open_table(HEADERS_AND_CERTIFICATES)?;
            let mut large = transaction.open_table(TRANSACTIONS)?;
            for block in blocks {
                for kind in KINDS {
                    let table = match kind {
                        Kind::Header | Kind::Certificate => &mut small,
                        Kind::Transactions => &mut large,
                    };
                    table.insert((block.height.0, place_of(kind).1), block.record(kind))?;
                }
            }
            Ok(())
        })
    }

    /// A record of the block at `height`, unchecked; none when there is none.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn record(
        &self,
        kind: Kind,
        height: Height,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let (table, place) = place_of(kind);
        self.file.read(Some(height), |transaction| {
            let table = transaction.open_table(table)?;
            Ok(table
                .get((height.0, place))?
                .map(|record| record.value().to_vec()))
        })
    }

    /// That the block at `height` is damaged: kept as the store's failure.
    pub(super) fn damaged(&self, height: Height, reason: String) -> StorageError {
        self.file.damaged(Some(height), reason)
    }

    /// Keeps `error` as the store's first failure, unless there was one; that one.
    pub(super) fn keep(&self, error: StorageError) -> StorageError {
        self.file.keep(error)
    }

    /// Fails if anything failed before.
    ///
    /// # Errors
    /// The first failure.
    pub(super) fn check(&self) -> Result<(), StorageError> {
        self.file.check()
    }
}
