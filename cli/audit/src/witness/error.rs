//! Why a witness cannot go on.

use std::io;
use std::path::{Path, PathBuf};

use ledger_core::genesis::GenesisError;
use ledger_core::id::ChainId;

/// Why a witness cannot go on. What nodes do is never among it: that is what a witness tells of.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// Another process has the folder open.
    #[error("another process witnesses with {}; wait for it, or name another folder", folder.display())]
    InUse {
        /// Where.
        folder: PathBuf,
    },
    /// The folder is of another chain.
    #[error("{} is of chain {actual}, not of {expected}; name another folder", folder.display())]
    OtherChain {
        /// Where.
        folder: PathBuf,
        /// The chain of the genesis document.
        expected: ChainId,
        /// What the folder says.
        actual: ChainId,
    },
    /// The genesis document cannot begin a chain.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The system refuses.
    #[error("cannot {action} {}: {source}", path.display())]
    System {
        /// What was to be done.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What was kept is not what was written.
    #[error("{} is damaged: {reason}; keep it for whoever looks into that, and name another folder to begin anew", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The wallet's storage fails.
    #[error(transparent)]
    Storage(#[from] timebank_wallet::Error),
}

impl WitnessError {
    pub(super) fn reading(path: &Path, source: io::Error) -> WitnessError {
        WitnessError::system("read", path, source)
    }

    pub(super) fn writing(path: &Path, source: io::Error) -> WitnessError {
        WitnessError::system("write", path, source)
    }

    pub(super) fn system(action: &'static str, path: &Path, source: io::Error) -> WitnessError {
        WitnessError::System {
            action,
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn damaged(path: &Path, reason: impl Into<String>) -> WitnessError {
        WitnessError::Damaged {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }
}
