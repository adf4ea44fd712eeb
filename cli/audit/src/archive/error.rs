//! Why an archive cannot be read or written.

use std::io;
use std::path::{Path, PathBuf};

use ledger_core::id::{ChainId, Height};

/// Why an archive cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The system refuses.
    #[error("cannot {action} {}: {source}", path.display())]
    System {
        /// What was to be done.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What a file holds is not what was written there.
    #[error(
        "{} is damaged at byte {offset}: {reason}; remove it and the segments after it, and their blocks are fetched again",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the damaged part begins.
        offset: u64,
        /// What is wrong.
        reason: String,
    },
    /// The snapshot is not as it was written.
    #[error("{} is damaged: {reason}", path.display())]
    SnapshotDamaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The blocks are another chain's.
    #[error("{} holds blocks of chain {actual}, not of {expected}", path.display())]
    OtherChain {
        /// The file.
        path: PathBuf,
        /// The chain looked for.
        expected: ChainId,
        /// The chain found.
        actual: ChainId,
    },
    /// The archive begins later, or lacks a segment in the middle.
    #[error("{} lacks block {height}; it goes on with block {next}", path.display())]
    Missing {
        /// The archive.
        path: PathBuf,
        /// The first block it lacks.
        height: Height,
        /// The next one it has.
        next: Height,
    },
    /// A block is longer than a frame may be.
    #[error("block {height} with what it did is {bytes} bytes long, at most {max} can be kept")]
    TooLong {
        /// Which.
        height: Height,
        /// How long.
        bytes: usize,
        /// The bound.
        max: u32,
    },
}

impl ArchiveError {
    pub(crate) fn reading(path: &Path, source: io::Error) -> ArchiveError {
        ArchiveError::system("read", path, source)
    }

    pub(crate) fn writing(path: &Path, source: io::Error) -> ArchiveError {
        ArchiveError::system("write", path, source)
    }

    pub(crate) fn system(action: &'static str, path: &Path, source: io::Error) -> ArchiveError {
        let path = path.to_owned();
        ArchiveError::System {
            action,
            path,
            source,
        }
    }

    pub(crate) fn damaged(path: &Path, offset: u64, reason: impl ToString) -> ArchiveError {
        ArchiveError::Damaged {
            path: path.to_owned(),
            offset,
            reason: reason.to_string(),
        }
    }
}
