//! Reading the genesis document: JSON, bounded, checked, and of the chain the configuration names.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ledger_core::genesis::{GENESIS_BYTES_MAX, Genesis, GenesisError};
use ledger_core::id::ChainId;

use crate::message::Message;

/// Bytes of a genesis file: JSON takes about three times the bytes of the encoding.
pub const GENESIS_FILE_BYTES_MAX: usize = 4 * GENESIS_BYTES_MAX;

/// Why a genesis file is not used.
#[derive(Debug, thiserror::Error)]
pub enum GenesisFileError {
    /// The system refused.
    #[error("cannot read the genesis document {}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Longer than [`GENESIS_FILE_BYTES_MAX`].
    #[error("the genesis document {} has more than {GENESIS_FILE_BYTES_MAX} bytes", path.display())]
    TooLong {
        /// Where.
        path: PathBuf,
    },
    /// Not a genesis document.
    #[error("{} is no genesis document: {source}", path.display())]
    Malformed {
        /// Where.
        path: PathBuf,
        /// What the parser said, with line and column.
        source: serde_json::Error,
    },
    /// A document that cannot begin a chain.
    #[error("the genesis document {} cannot begin a chain: {source}", path.display())]
    Invalid {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        source: GenesisError,
    },
    /// The document of another chain.
    #[error("the genesis document {} makes chain {actual}, not {expected}", path.display())]
    WrongChain {
        /// Where.
        path: PathBuf,
        /// The chain of the configuration.
        expected: ChainId,
        /// The chain of the document.
        actual: ChainId,
    },
}

impl GenesisFileError {
    /// For people.
    pub fn message(&self) -> Message {
        match self {
            GenesisFileError::Io { path, source } => Message::new("genesis_unreadable")
                .path("path", path)
                .text("reason", source),
            GenesisFileError::TooLong { path } => Message::new("genesis_too_long")
                .path("path", path)
                .number("bytes_max", GENESIS_FILE_BYTES_MAX as u64),
            GenesisFileError::Malformed { path, source } => Message::new("genesis_malformed")
                .path("path", path)
                .text("reason", source),
            GenesisFileError::Invalid { path, source } => Message::new("genesis_invalid")
                .path("path", path)
                .text("reason", source),
            GenesisFileError::WrongChain {
                path,
                expected,
                actual,
            } => Message::new("genesis_wrong_chain")
                .path("path", path)
                .text("expected", expected)
                .text("actual", actual),
        }
    }
}

/// Reads and checks the genesis document at `path`; with `expected`, it must make that chain.
///
/// # Errors
/// See [`GenesisFileError`].
pub fn load(path: &Path, expected: Option<ChainId>) -> Result<Genesis, GenesisFileError> {
    let path_buf = || path.to_path_buf();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| {
            let bytes_max = GENESIS_FILE_BYTES_MAX as u64 + 1;
            file.take(bytes_max).read_to_end(&mut bytes)
        })
        .map_err(|source| GenesisFileError::Io {
            path: path_buf(),
            source,
        })?;
    if bytes.len() > GENESIS_FILE_BYTES_MAX {
        return Err(GenesisFileError::TooLong { path: path_buf() });
    }
    let genesis: Genesis =
        serde_json::from_slice(&bytes).map_err(|source| GenesisFileError::Malformed {
            path: path_buf(),
            source,
        })?;
    genesis
        .writes()
        .map_err(|source| GenesisFileError::Invalid {
            path: path_buf(),
            source,
        })?;
    let actual = genesis.chain_id();
    match expected {
        Some(expected) if expected != actual => Err(GenesisFileError::WrongChain {
            path: path_buf(),
            expected,
            actual,
        }),
        Some(_) | None => Ok(genesis),
    }
}
