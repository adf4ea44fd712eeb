//! Where blocks come from.

use std::path::{Path, PathBuf};

use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::id::{ChainId, Height};
use timebank_wallet::{Client, Error};

use timebank_wallet::client::Transport;

use crate::archive::{ArchiveError, Blocks};

/// The most blocks of a part read from files.
const PART_BLOCKS_MAX: usize = 64;

/// Why no blocks came.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The node's fault, or the network's.
    #[error(transparent)]
    Node(#[from] Error),
    /// The files'.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// A place that has blocks. Nothing it gives is believed.
pub trait BlockSource {
    /// Blocks above `after` with their certificates, oldest first; not necessarily all, and none at the end.
    ///
    /// # Errors
    /// When they cannot be had.
    fn above(&mut self, after: Height) -> Result<Vec<(Block, CommitCertificate)>, SourceError>;

    /// The newest block it says it has; none when it does not say.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn newest(&mut self) -> Result<Option<Height>, SourceError> {
        Ok(None)
    }
}

/// A node's blocks.
impl<T: Transport> BlockSource for &Client<T> {
    fn above(&mut self, after: Height) -> Result<Vec<(Block, CommitCertificate)>, SourceError> {
        Ok(self.archive_unverified(after)?)
    }

    fn newest(&mut self) -> Result<Option<Height>, SourceError> {
        Ok(Some(self.status()?.height))
    }
}

/// The blocks of an archive: of another book, or of an export.
#[derive(Debug)]
pub struct ArchiveSource {
    folder: PathBuf,
    chain: ChainId,
    /// Where reading goes on, and from which height.
    reading: Option<(Height, Blocks)>,
}

impl ArchiveSource {
    /// Those that `folder` holds of `chain`.
    pub fn open(folder: &Path, chain: ChainId) -> ArchiveSource {
        ArchiveSource {
            folder: folder.to_owned(),
            chain,
            reading: None,
        }
    }
}

impl BlockSource for ArchiveSource {
    fn above(&mut self, after: Height) -> Result<Vec<(Block, CommitCertificate)>, SourceError> {
        let mut blocks = match self.reading.take() {
            Some((at, blocks)) if at == after => blocks,
            _ => Blocks::open(&self.folder, self.chain, after)?,
        };
        let mut part = Vec::new();
        for booked in blocks.by_ref().take(PART_BLOCKS_MAX) {
            let booked = booked?;
            part.push((booked.block, booked.certificate));
        }
        let at = part.last().map_or(after, |(block, _)| block.header.height);
        self.reading = Some((at, blocks));
        Ok(part)
    }
}
