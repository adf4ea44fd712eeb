//! What is asked of the model: a transaction without its bytes.

use crate::id::{Key, Signer, TransactionId};
use crate::operation::Operation;
use crate::time::Milliseconds;

/// One signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedBy {
    /// Who signs.
    pub signer: Signer,
    /// The key it was made with, where whoever drives the model knows it; none says "made with the signer's key".
    pub key: Option<Key>,
}

impl From<Signer> for SignedBy {
    fn from(signer: Signer) -> SignedBy {
        SignedBy { signer, key: None }
    }
}

/// A transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its id.
    pub id: TransactionId,
    /// Who signed, the transaction's own signer first.
    pub signatures: Vec<SignedBy>,
    /// Until when it may apply.
    pub valid_until_ms: Milliseconds,
    /// What it asks for.
    pub operation: Operation,
}
