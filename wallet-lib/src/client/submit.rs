//! Submitting an envelope, and waiting until it is in a decided block.

use ledger_core::codec;
use ledger_core::id::TransactionId;
use ledger_core::transaction::Envelope;

use super::{Client, TransactionAnswer};
use crate::answer::{Progress, Submission};
use crate::error::Error;
use crate::transport::{ANSWER_MS_MAX, Content, Method, Request, Transport, json};

/// The longest a node holds an answer back, in milliseconds.
pub const WAIT_MS_MAX: u64 = 60_000;
/// The code by which a node says that it accepted a transaction and waited in vain for a decided block.
pub(super) const NOT_FINAL_YET: &str = "not_final_yet";

/// What to wait for after submitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Nothing: the node's check is enough.
    Accepted,
    /// That the transaction is in a decided block.
    Final {
        /// How long, in milliseconds.
        timeout_ms: u64,
    },
}

impl<T: Transport> Client<T> {
    /// Submits `envelope`; what became of it is the node's word ([`Self::submit_proven`] believes nobody). Repeating it is safe: a transaction applies at most once.
    ///
    /// # Errors
    /// [`Error::Refused`] when the ledger refuses it; [`Error::NotFinal`] when it was accepted and is not in a block in time.
    pub fn submit(&self, envelope: &Envelope, patience: Patience) -> Result<Submission, Error> {
        let Patience::Final { timeout_ms } = patience else {
            return self.post(envelope, None);
        };
        // The node holds the answer back, so this asks once for each full wait, and once for what is left.
        let mut left_ms = timeout_ms;
        loop {
            let wait_ms = left_ms.min(WAIT_MS_MAX);
            let submission = self.post(envelope, Some(wait_ms))?;
            left_ms = left_ms.saturating_sub(wait_ms);
            if submission.progress != Progress::Accepted {
                return Ok(submission);
            }
            if left_ms == 0 {
                return Err(Error::NotFinal {
                    id: submission.id,
                    waited_ms: timeout_ms,
                });
            }
        }
    }

    /// [`Self::submit`], with the word of the node that it was applied proven: height and receipt are those of a decided block
    /// that holds it.
    ///
    /// # Errors
    /// As for [`Self::submit`], and for [`Self::transaction`] when no node proves what one said.
    pub fn submit_proven(
        &self,
        envelope: &Envelope,
        patience: Patience,
    ) -> Result<Submission, Error> {
        let submission = self.submit(envelope, patience)?;
        if submission.progress == Progress::Accepted {
            return Ok(submission);
        }
        let id = submission.id;
        let applied = self.transaction(id)?;
        let (height, receipt) = (applied.height, applied.value.receipt);
        let progress = Progress::Applied { height, receipt };
        Ok(Submission { id, progress })
    }

    /// Where a transaction that was submitted is now, by the node's word.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the node does not know it, [`Error::Refused`] when it was refused after having been accepted.
    pub fn progress(&self, id: TransactionId) -> Result<Submission, Error> {
        let progress = match self.transaction_unverified(id)? {
            TransactionAnswer::Accepted { .. } => Progress::Accepted,
            TransactionAnswer::Applied {
                height, receipt, ..
            } => Progress::Applied { height, receipt },
        };
        Ok(Submission { id, progress })
    }

    fn post(&self, envelope: &Envelope, wait_ms: Option<u64>) -> Result<Submission, Error> {
        let (path, waited_ms) = match wait_ms {
            None => ("/v1/transactions".to_owned(), 0),
            Some(wait_ms) => (
                format!("/v1/transactions?wait=finality&timeout_ms={wait_ms}"),
                wait_ms,
            ),
        };
        let request = Request {
            method: Method::Post,
            path,
            accept: Content::Json,
            body: Some((Content::Borsh, codec::encode(envelope))),
            timeout_ms: ANSWER_MS_MAX.saturating_add(waited_ms),
        };
        let id = envelope.transaction.id();
        let response = match self.ask(&request) {
            Err(Error::NodeFailed { answer, .. }) if answer == NOT_FINAL_YET => {
                let progress = Progress::Accepted;
                return Ok(Submission { id, progress });
            }
            other => other?,
        };
        let node = response.node.clone();
        let submission: Submission = json(response)?;
        if submission.id == id {
            Ok(submission)
        } else {
            Err(Error::AnswerMalformed {
                node,
                reason: format!("it is about transaction {}", submission.id),
            })
        }
    }
}
