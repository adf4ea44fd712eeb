//! Clearing between districts: what a node says of a closed month; and the blocks it can be computed from.

use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::id::Height;
use ledger_core::time::Month;

use super::Client;
use crate::answer::{ClearingAnswer, ClearingListed, Page};
use crate::error::Error;
use crate::transport::Transport;

impl<T: Transport> Client<T> {
    /// Every closed month, oldest first.
    ///
    /// # Errors
    /// The node's.
    pub fn clearings(&self) -> Result<Page<ClearingListed>, Error> {
        self.get("/v1/clearing")
    }

    /// A closed month and who confirmed it, by the node's word.
    ///
    /// # Errors
    /// [`Error::NotFound`] while the month is not closed.
    pub fn clearing_unverified(&self, month: Month) -> Result<ClearingAnswer, Error> {
        self.get(&format!("/v1/clearing/{month}"))
    }

    /// The blocks above `after` with their certificates, oldest first, by the node's word; not necessarily all, and none
    /// at the end of the chain.
    ///
    /// # Errors
    /// The node's.
    pub fn archive_unverified(
        &self,
        after: Height,
    ) -> Result<Vec<(Block, CommitCertificate)>, Error> {
        self.ask_bytes(format!("/v1/archive?after={after}"))
    }
}
