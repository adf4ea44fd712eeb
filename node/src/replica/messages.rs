//! What replicas say to each other: borsh, strict and bounded, and never trusted.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::BLOCK_BYTES_MAX;
use ledger_core::transaction::SealedEnvelope;

/// Bytes of one request: the hashes of all envelopes of the largest block, and room for what goes with them.
pub const REQUEST_BYTES_MAX: usize = 512 * 1024;
/// Bytes of one response: the largest block with its certificate, and room for what goes with them.
pub const RESPONSE_BYTES_MAX: usize = BLOCK_BYTES_MAX + 1024 * 1024;

/// The kinds of message that go to all peers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Proposals, votes and what else consensus needs.
    Consensus,
    /// Groups of transactions.
    Transactions,
    /// What a node says about itself, its height above all.
    Status,
}

impl Topic {
    /// The most bytes a message of this kind has.
    pub const fn bytes_max(self) -> usize {
        match self {
            // A proposal names up to 10,000 envelopes by hashes of 32 bytes, and carries its newest bodies along.
            Topic::Consensus => 512 * 1024,
            // Four times the largest envelope.
            Topic::Transactions => 256 * 1024,
            Topic::Status => 4 * 1024,
        }
    }
}

/// Transactions on their way to every mempool, [`Topic::Transactions`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TransactionGroup {
    /// In the order in which the sender took them in.
    pub envelopes: Vec<Arc<SealedEnvelope>>,
}
