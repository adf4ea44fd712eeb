//! What can go wrong below the ledger: the disk, the files on it, and calls that would break their order.
//!
//! Every variant names the file, what happened and what the operator can do. Errors can be cloned, because the first
//! one of a store is kept and given again to every later caller: a store that failed once never pretends to be well.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::state::StateError;

use crate::message::Message;

/// Why the storage could not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StorageError {
    /// The system refused a file operation.
    #[error(
        "cannot {action} {}: {source}; check that the disk works and that the node may write there, then start the node again",
        path.display()
    )]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// No space is left. Everything acknowledged so far is safe.
    #[error(
        "no space left to {action} {}: {source}; nothing acknowledged is lost: free space or enlarge the volume, then start the node again",
        path.display()
    )]
    DiskFull {
        /// The file or directory.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: Arc<io::Error>,
    },
    /// Another process uses the data directory.
    #[error(
        "{} is used by another process; stop that node, or give this one a data directory of its own",
        path.display()
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The file belongs to another chain.
    #[error(
        "{} belongs to chain {actual}, but the genesis document makes chain {expected}; use the right genesis document or another data directory",
        path.display()
    )]
    WrongChain {
        /// The file.
        path: PathBuf,
        /// The chain of the genesis document.
        expected: ChainId,
        /// The chain of the file.
        actual: ChainId,
    },
    /// The file is of a format this build does not read.
    #[error(
        "{} has storage format {actual}, and this build reads format {expected}; run the release that wrote it, or resync into an empty directory",
        path.display()
    )]
    WrongFormat {
        /// The file.
        path: PathBuf,
        /// What this build reads.
        expected: u32,
        /// What the file says.
        actual: u32,
    },
    /// The record of one block is damaged.
    #[error(
        "the block database {} is damaged at height {height}: {reason}; the node does not serve damaged blocks: check the disk, then run it once with --resync to set the file aside and fetch the blocks from its peers",
        path.display()
    )]
    BlockDamaged {
        /// The file.
        path: PathBuf,
        /// The block.
        height: Height,
        /// What does not fit.
        reason: String,
    },
    /// The block database as a whole is damaged.
    #[error(
        "the block database {} is damaged: {reason}; check the disk, then run the node once with --resync to set the file aside and fetch the blocks from its peers",
        path.display()
    )]
    BlocksDamaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The derived state is damaged; it is thrown away and rebuilt from the blocks.
    #[error(
        "the state database {} is damaged: {reason}; start the node again: it rebuilds the state from its blocks by itself",
        path.display()
    )]
    StateDamaged {
        /// The file or directory.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// A block or state that does not follow what is stored.
    #[error(
        "height {actual} was to be stored, but {expected} comes next; this is a bug of the caller"
    )]
    NotNext {
        /// What would come next.
        expected: Height,
        /// What was given.
        actual: Height,
    },
    /// A block whose parent, or certificate, is for another block.
    #[error("block {block_id} at height {height} {fault}; this is a bug of the caller")]
    Mismatch {
        /// The height.
        height: Height,
        /// The block.
        block_id: BlockId,
        /// What does not fit.
        fault: &'static str,
    },
    /// The consensus WAL is damaged before its end, where no crash can have torn it.
    #[error(
        "the consensus log {} is damaged at byte {offset}: {reason}; votes this node sent may be lost with it: check the disk, then run the node once with --resync, which sets the log aside and makes the node observe before it votes again",
        path.display()
    )]
    WalDamaged {
        /// The file.
        path: PathBuf,
        /// Where, in bytes from the start.
        offset: u64,
        /// What does not fit.
        reason: &'static str,
    },
    /// One height has filled the consensus WAL.
    #[error(
        "the consensus log {} would grow to {bytes} bytes at height {height}, more than the {bytes_max} allowed; the network cannot decide this height: see why its validators do not agree",
        path.display()
    )]
    WalFull {
        /// The file.
        path: PathBuf,
        /// The height.
        height: Height,
        /// What it would grow to.
        bytes: u64,
        /// The bound.
        bytes_max: u64,
    },
    /// The WAL was used after a failure.
    #[error(
        "the consensus log {} failed before and takes no more entries; the node must stop",
        path.display()
    )]
    WalStopped {
        /// The file.
        path: PathBuf,
    },
}

impl StorageError {
    /// An error of the system, told apart by whether space ran out.
    pub fn io(path: &Path, action: &'static str, source: io::Error) -> StorageError {
        let (path, source) = (path.to_path_buf(), Arc::new(source));
        match source.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => StorageError::DiskFull {
                path,
                action,
                source,
            },
            _ => StorageError::Io {
                path,
                action,
                source,
            },
        }
    }

    /// What to say to the operator.
    pub fn message(&self) -> Message {
        match self {
            StorageError::Io {
                path,
                action,
                source,
            } => Message::new("storage_io")
                .path("path", path)
                .text("action", action)
                .text("reason", source),
            StorageError::DiskFull {
                path,
                action,
                source,
            } => Message::new("storage_full")
                .path("path", path)
                .text("action", action)
                .text("reason", source),
            StorageError::Locked { path } => Message::new("storage_locked").path("path", path),
            StorageError::WrongChain {
                path,
                expected,
                actual,
            } => Message::new("storage_wrong_chain")
                .path("path", path)
                .text("expected", expected)
                .text("actual", actual),
            StorageError::WrongFormat {
                path,
                expected,
                actual,
            } => Message::new("storage_wrong_format")
                .path("path", path)
                .number("expected", *expected)
                .number("actual", *actual),
            StorageError::BlockDamaged {
                path,
                height,
                reason,
            } => Message::new("storage_block_damaged")
                .path("path", path)
                .text("height", height)
                .text("reason", reason),
            StorageError::BlocksDamaged { path, reason } => Message::new("storage_blocks_damaged")
                .path("path", path)
                .text("reason", reason),
            StorageError::StateDamaged { path, reason } => Message::new("storage_state_damaged")
                .path("path", path)
                .text("reason", reason),
            StorageError::WalDamaged {
                path,
                offset,
                reason,
            } => Message::new("storage_wal_damaged")
                .path("path", path)
                .text("offset", offset)
                .text("reason", reason),
            StorageError::WalFull {
                path,
                height,
                bytes,
                bytes_max,
            } => Message::new("storage_wal_full")
                .path("path", path)
                .text("height", height)
                .text("bytes", bytes)
                .text("bytes_max", bytes_max),
            StorageError::NotNext { .. }
            | StorageError::Mismatch { .. }
            | StorageError::WalStopped { .. } => Message::new("storage_bug").text("reason", self),
        }
    }

    /// Whether the derived state is to be thrown away and rebuilt.
    pub const fn asks_for_rebuild(&self) -> bool {
        matches!(self, StorageError::StateDamaged { .. })
    }
}

impl From<StorageError> for StateError {
    fn from(error: StorageError) -> StateError {
        StateError {
            reason: error.to_string(),
        }
    }
}
