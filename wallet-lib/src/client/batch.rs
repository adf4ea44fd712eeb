//! Submitting many envelopes at once: for offices and tools that have many, with one answer for each.

use ledger_core::codec;
use ledger_core::id::{Height, TransactionId};
use ledger_core::transaction::SealedEnvelope;
use serde::{Deserialize, Serialize};

use super::submit::NOT_FINAL_YET;
use super::{Client, Patience};
use crate::error::{Error, Refusal};
use crate::transport::{ANSWER_MS_MAX, Content, Method, Request, Transport, json};

/// The most envelopes of one batch.
pub const BATCH_TRANSACTIONS_MAX: usize = 1_000;
/// The longest encoding of a batch, in bytes.
pub const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What became of one envelope of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchItem {
    /// Its id; none when the node could not read it.
    #[serde(default)]
    pub id: Option<TransactionId>,
    /// The block it is in, once it is in a decided one.
    #[serde(default)]
    pub height: Option<Height>,
    /// Why it is not in a block: refused by the ledger, or for want of room or time.
    #[serde(default)]
    pub error: Option<Refusal>,
}

/// What became of one envelope of a batch, told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchOutcome<'i> {
    /// In a decided block.
    Applied(Height),
    /// Checked by the node and in its pool.
    Accepted,
    /// Refused by the ledger; nothing was consumed.
    Refused(&'i Refusal),
    /// The node had no room for it; handing it in again is safe.
    NotTaken(&'i Refusal),
}

/// The codes by which a node says that it has no room now, or cannot serve (`docs/api.md`, "Errors").
const NOT_TAKEN: [&str; 5] = [
    "mempool_signer_full",
    "mempool_full",
    "not_ready",
    "storage_failed",
    "stopping",
];

impl BatchItem {
    /// What became of the envelope.
    pub fn outcome(&self) -> BatchOutcome<'_> {
        match (&self.error, self.height) {
            (Some(error), _) if error.code == NOT_FINAL_YET => BatchOutcome::Accepted,
            (Some(error), _) if NOT_TAKEN.contains(&error.code.as_str()) => {
                BatchOutcome::NotTaken(error)
            }
            (Some(error), _) => BatchOutcome::Refused(error),
            (None, Some(height)) => BatchOutcome::Applied(height),
            (None, None) => BatchOutcome::Accepted,
        }
    }
}

impl<T: Transport> Client<T> {
    /// Submits `envelopes`, at most [`BATCH_TRANSACTIONS_MAX`] with [`BATCH_BYTES_MAX`] bytes; one item for each, in order. One
    /// that is refused does not keep the others out. Repeating is safe.
    ///
    /// # Errors
    /// When the node does not answer for every envelope.
    pub fn submit_batch(
        &self,
        envelopes: &[&SealedEnvelope],
        patience: Patience,
    ) -> Result<Vec<BatchItem>, Error> {
        let (path, waited_ms) = match patience {
            Patience::Accepted => ("/v1/transactions/batch".to_owned(), 0),
            Patience::Final { timeout_ms } => (
                format!("/v1/transactions/batch?wait=finality&timeout_ms={timeout_ms}"),
                timeout_ms,
            ),
        };
        let bodies: Vec<&[u8]> = envelopes.iter().map(|sealed| sealed.bytes()).collect();
        let request = Request {
            method: Method::Post,
            path,
            accept: Content::Json,
            body: Some((Content::Borsh, codec::encode(&bodies))),
            timeout_ms: ANSWER_MS_MAX.saturating_add(waited_ms),
        };
        let response = self.ask(&request)?;
        let node = response.node.clone();
        let items: Vec<BatchItem> = json(response)?;
        let ours = items.len() == envelopes.len()
            && items
                .iter()
                .zip(envelopes)
                .all(|(item, sealed)| item.id.is_none_or(|id| id == sealed.id()));
        if ours {
            Ok(items)
        } else {
            let reason = "it does not answer for the envelopes that were sent".to_owned();
            Err(Error::AnswerMalformed { node, reason })
        }
    }
}
