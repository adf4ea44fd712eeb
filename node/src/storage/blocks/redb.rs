//! Blocks in a redb file: one durable commit a block.
//!
//! Header, certificate and transactions of a block are three records, so that a header is read without its transactions. The
//! small two lie side by side in one table, so that a commit rewrites as few pages as can be. Each begins with a checksum over what it is, its height and its content: a record that does not fit is
//! damage with a height, whatever happened to it.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::{BLOCK_BYTES_MAX, Block, Header};
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec;
use ledger_core::id::{ChainId, Height};
use ledger_core::ledger::Tip;
use ledger_core::transaction::SealedEnvelope;
use redb::{ReadableTable, TableDefinition};

use super::{BlockStore, CommittedBlock, check_next};
use crate::storage::StorageError;
use crate::storage::directory::{BLOCKS_FILE, Directory};
use crate::storage::redb_file::{Content, RedbFile, RedbOptions};

/// The format of the block database this build writes, and the only one it reads.
pub const BLOCKS_FORMAT: u32 = 2;
/// Blocks are read seldom: a small cache is enough.
const CACHE_BYTES: usize = 16 * 1024 * 1024;
const CHECKSUM_BYTES: usize = 16;
/// The longest header or certificate, in bytes: a bound against damage.
const SMALL_BYTES_MAX: usize = 64 * 1024;
/// The longest list of transactions: a block's, with room for its length.
const TRANSACTIONS_BYTES_MAX: usize = BLOCK_BYTES_MAX + 1024;

/// By height, and by which of the two.
const HEADERS_AND_CERTIFICATES: TableDefinition<(u64, u8), &[u8]> =
    TableDefinition::new("headers and certificates");
const TRANSACTIONS: TableDefinition<(u64, u8), &[u8]> = TableDefinition::new("transactions");

/// A record of a block.
#[derive(Clone, Copy)]
struct Kind {
    table: TableDefinition<'static, (u64, u8), &'static [u8]>,
    /// Its place among the records of a height in its table.
    place: u8,
    name: &'static str,
    bytes_max: usize,
}

const HEADER: Kind = Kind {
    table: HEADERS_AND_CERTIFICATES,
    place: 0,
    name: "header",
    bytes_max: SMALL_BYTES_MAX,
};
const CERTIFICATE: Kind = Kind {
    table: HEADERS_AND_CERTIFICATES,
    place: 1,
    name: "certificate",
    bytes_max: SMALL_BYTES_MAX,
};
const TRANSACTION_LIST: Kind = Kind {
    table: TRANSACTIONS,
    place: 0,
    name: "list of transactions",
    bytes_max: TRANSACTIONS_BYTES_MAX,
};

/// Blocks in a redb file.
pub struct RedbBlocks {
    file: RedbFile,
    chain_id: ChainId,
    tip: RwLock<Option<Tip>>,
    /// Held while a block is appended.
    appending: Mutex<()>,
}

impl RedbBlocks {
    /// Opens the blocks of `chain_id` in `directory`, or makes the file, and reads the newest.
    ///
    /// # Errors
    /// When the file belongs to another chain, is of another format, is damaged, or the disk fails or is full.
    pub fn open(directory: &Directory, chain_id: ChainId) -> Result<RedbBlocks, StorageError> {
        let options = RedbOptions {
            content: Content::Blocks,
            chain_id,
            format: BLOCKS_FORMAT,
            cache_bytes: CACHE_BYTES,
        };
        let file = RedbFile::open(&directory.place(BLOCKS_FILE), options, |transaction| {
            transaction.open_table(HEADERS_AND_CERTIFICATES)?;
            transaction.open_table(TRANSACTIONS)?;
            Ok(())
        })?;
        let newest = file.read(None, |transaction| {
            let headers = transaction.open_table(HEADERS_AND_CERTIFICATES)?;
            Ok(headers.last()?.map(|(place, _)| Height(place.value().0)))
        })?;
        let blocks = RedbBlocks {
            file,
            chain_id,
            tip: RwLock::new(None),
            appending: Mutex::new(()),
        };
        if let Some(height) = newest {
            // The newest block is read as a whole, so that damage to it is known before anything is built on it.
            let stored = blocks.read_block(height)?;
            blocks.set_tip(Tip::of(&stored.block.header));
        }
        Ok(blocks)
    }

    fn set_tip(&self, tip: Tip) {
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = Some(tip);
    }

    /// Whether a block at `height` is stored.
    fn holds(&self, height: Height) -> bool {
        height > Height::GENESIS && self.tip().is_some_and(|tip| height <= tip.height)
    }

    fn read_block(&self, height: Height) -> Result<CommittedBlock, StorageError> {
        let header: Header = self.record(HEADER, height)?;
        let certificate: CommitCertificate = self.record(CERTIFICATE, height)?;
        let transactions: Vec<Arc<SealedEnvelope>> = self.record(TRANSACTION_LIST, height)?;
        if header.height != height || certificate.block_id != header.id() {
            return Err(self.damaged(height, "its header and certificate do not belong together"));
        }
        Ok(CommittedBlock {
            block: Arc::new(Block {
                header,
                transactions,
            }),
            certificate,
        })
    }

    fn record<T: BorshSerialize + BorshDeserialize>(
        &self,
        kind: Kind,
        height: Height,
    ) -> Result<T, StorageError> {
        let found = self.file.read(Some(height), |transaction| {
            let table = transaction.open_table(kind.table)?;
            Ok(table
                .get((height.0, kind.place))?
                .map(|record| record.value().to_vec()))
        })?;
        let Some(record) = found else {
            return Err(self.damaged(height, &format!("its {} is missing", kind.name)));
        };
        let content = record
            .split_at_checked(CHECKSUM_BYTES)
            .filter(|(sum, content)| *sum == checksum(kind, height, content))
            .map(|(_, content)| content)
            .ok_or_else(|| {
                self.damaged(
                    height,
                    &format!("its {} does not fit its checksum", kind.name),
                )
            })?;
        codec::decode(content, kind.bytes_max).map_err(|error| {
            self.damaged(
                height,
                &format!("its {} cannot be read: {error}", kind.name),
            )
        })
    }

    fn damaged(&self, height: Height, reason: &str) -> StorageError {
        self.file.damaged(Some(height), reason.to_string())
    }
}

impl BlockStore for RedbBlocks {
    fn append(&self, block: &CommittedBlock) -> Result<(), StorageError> {
        let _appending = self
            .appending
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let tip = check_next(self.chain_id, self.tip(), block)?;
        let Block {
            header,
            transactions,
        } = block.block.as_ref();
        let height = tip.height;
        let records = [
            (HEADER, seal(HEADER, height, header)),
            (CERTIFICATE, seal(CERTIFICATE, height, &block.certificate)),
            (
                TRANSACTION_LIST,
                seal(TRANSACTION_LIST, height, transactions),
            ),
        ];
        self.file.write(|transaction| {
            for (kind, record) in &records {
                let mut table = transaction.open_table(kind.table)?;
                table.insert((height.0, kind.place), record.as_slice())?;
            }
            Ok(())
        })?;
        // If we crash here, the block is stored and nobody was told: the node finds it at the next start.
        self.set_tip(tip);
        Ok(())
    }

    fn tip(&self) -> Option<Tip> {
        *self.tip.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn block(&self, height: Height) -> Result<Option<CommittedBlock>, StorageError> {
        self.holds(height)
            .then(|| self.read_block(height))
            .transpose()
    }

    fn header(&self, height: Height) -> Result<Option<Header>, StorageError> {
        self.holds(height)
            .then(|| self.record(HEADER, height))
            .transpose()
    }

    fn certificate(&self, height: Height) -> Result<Option<CommitCertificate>, StorageError> {
        self.holds(height)
            .then(|| self.record(CERTIFICATE, height))
            .transpose()
    }
}

fn seal<T: BorshSerialize>(kind: Kind, height: Height, value: &T) -> Vec<u8> {
    let content = codec::encode(value);
    let mut record = checksum(kind, height, &content).to_vec();
    record.extend_from_slice(&content);
    record
}

fn checksum(kind: Kind, height: Height, content: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(kind.name.as_bytes());
    hasher.update(&height.0.to_le_bytes());
    hasher.update(content);
    let mut checksum = [0; CHECKSUM_BYTES];
    checksum.copy_from_slice(&hasher.finalize().as_bytes()[..CHECKSUM_BYTES]);
    checksum
}
