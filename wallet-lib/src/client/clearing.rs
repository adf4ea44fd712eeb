//! Clearing between districts: what a node says of a closed month, and the same computed from the blocks alone.

use ledger_core::audit::{Audit, AuditedMonth};
use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec;
use ledger_core::genesis::Genesis;
use ledger_core::id::Height;
use ledger_core::time::Month;

use super::Client;
use crate::answer::{ClearingAnswer, ClearingListed, Page};
use crate::error::Error;
use crate::transport::{ANSWER_BYTES_MAX, Content, Request, Transport};

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
        let request = Request {
            accept: Content::Borsh,
            ..Request::get(format!("/v1/archive?after={after}"))
        };
        let response = self.ask(&request)?;
        codec::decode(&response.body, ANSWER_BYTES_MAX).map_err(|error| Error::AnswerMalformed {
            node: response.node,
            reason: error.to_string(),
        })
    }

    /// A month recomputed from the blocks alone, from the genesis document on: every certificate checked, every block
    /// executed again, and the month's figures added up from transactions and postings. `progress` hears of the heights
    /// reached.
    ///
    /// # Errors
    /// [`Error::OtherChain`] when the document is not the trusted chain's; [`Error::MonthNotOver`] when the chain has not
    /// closed the month; [`Error::AuditFailed`] when blocks are not the chain's, or do not add up.
    pub fn audit_month(
        &self,
        genesis: &Genesis,
        month: Month,
        mut progress: impl FnMut(Height),
    ) -> Result<AuditedMonth, Error> {
        if let Some(expected) = self.trusted_chain()
            && expected != genesis.chain_id()
        {
            let actual = genesis.chain_id();
            return Err(Error::OtherChain { expected, actual });
        }
        let mut audit = Audit::begin(genesis).map_err(|error| Error::GenesisMalformed {
            reason: error.to_string(),
        })?;
        loop {
            let part = self.archive_unverified(audit.height())?;
            let ended = part.is_empty();
            for (block, certificate) in &part {
                audit
                    .follow(block, certificate)
                    .map_err(|error| Error::AuditFailed {
                        height: block.header.height,
                        reason: error.to_string(),
                    })?;
                let found = audit.month(month).map_err(|error| Error::AuditFailed {
                    height: block.header.height,
                    reason: error.to_string(),
                })?;
                // The chain may close a month some blocks after it is over.
                if let Some(found) = found.filter(|found| found.recorded.is_some()) {
                    return Ok(found);
                }
            }
            progress(audit.height());
            if ended {
                let height = audit.height();
                return Err(Error::MonthNotOver { month, height });
            }
        }
    }
}
