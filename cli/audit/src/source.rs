//! Where blocks come from.

use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::id::Height;
use timebank_wallet::{Client, Error};

use timebank_wallet::client::Transport;

/// Why no blocks came.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The node's fault, or the network's.
    #[error(transparent)]
    Node(#[from] Error),
}

/// A place that has blocks. Nothing it gives is believed.
pub trait BlockSource {
    /// Blocks above `after` with their certificates, oldest first; not necessarily all, and none at the end.
    ///
    /// # Errors
    /// When they cannot be had.
    fn above(&mut self, after: Height) -> Result<Vec<(Block, CommitCertificate)>, SourceError>;
}

/// A node's blocks.
impl<T: Transport> BlockSource for &Client<T> {
    fn above(&mut self, after: Height) -> Result<Vec<(Block, CommitCertificate)>, SourceError> {
        Ok(self.archive_unverified(after)?)
    }
}
