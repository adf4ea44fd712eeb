//! Why a block does not extend the chain, or could not be applied.

use super::invariants::Imbalance;
use super::rejection::Rejection;
use crate::block::{BLOCK_BYTES_MAX, BLOCK_LISTED_MAX, BLOCK_TRANSACTIONS_MAX};
use crate::id::TransactionId;
use crate::state::{DueEntry, StateError};
use crate::time::TimestampMs;

/// Why a block does not extend the chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// A field of the header is not what it must be.
    #[error("the header's {field} is wrong")]
    Header {
        /// Which.
        field: HeaderField,
    },
    /// Block time is not after the parent's, or below the floor.
    #[error("block time {time_ms} is below {least_ms}")]
    Time {
        /// The header's.
        time_ms: TimestampMs,
        /// The least allowed.
        least_ms: TimestampMs,
    },
    /// From the block's day on, a version of the rules counts that this program does not know: nothing is known about the
    /// block, and a node must stop rather than vote on it.
    #[error(
        "version {required} of the rules counts from this block's day on, and this program knows version {known}; install a newer one"
    )]
    VersionUnknown {
        /// The version that counts.
        required: u16,
        /// The newest this program knows.
        known: u16,
    },
    /// Too many transactions.
    #[error("{count} transactions; at most {BLOCK_TRANSACTIONS_MAX} are allowed")]
    TooManyTransactions {
        /// How many.
        count: usize,
    },
    /// Too many people in the lists of its transactions.
    #[error(
        "{count} participants and grantees in its transactions; at most {BLOCK_LISTED_MAX} are allowed"
    )]
    TooManyListed {
        /// How many.
        count: usize,
    },
    /// Too many bytes.
    #[error("{bytes} bytes of transactions; at most {BLOCK_BYTES_MAX} are allowed")]
    TooLong {
        /// How many.
        bytes: usize,
    },
    /// A transaction does not apply.
    #[error("transaction {id} at index {index} does not apply: {rejection}")]
    Transaction {
        /// Its place in the block.
        index: usize,
        /// Its id.
        id: TransactionId,
        /// Why.
        rejection: Box<Rejection>,
    },
    /// Automatic work was refused: a rule is wrong, for everything the work needs is set aside when it is queued.
    #[error("automatic work {entry:?} was refused: {rejection}")]
    DueWork {
        /// The work.
        entry: DueEntry,
        /// Why.
        rejection: Box<Rejection>,
    },
    /// The books do not balance afterwards.
    #[error("the books do not balance: {0}")]
    Imbalance(#[from] Imbalance),
}

/// The fields of a header that execution determines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderField {
    /// The version.
    Version,
    /// The chain id.
    ChainId,
    /// The height.
    Height,
    /// The parent.
    Parent,
    /// The proposer, who must be a validator.
    Proposer,
    /// The transactions root.
    TransactionsRoot,
    /// The receipts root.
    ReceiptsRoot,
    /// The state root.
    StateRoot,
    /// The hash of the validators.
    ValidatorsHash,
    /// The hash of the next validators.
    NextValidatorsHash,
    /// The height of the last change of validators.
    LastSetChange,
}

impl std::fmt::Display for HeaderField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            HeaderField::Version => "version",
            HeaderField::ChainId => "chain_id",
            HeaderField::Height => "height",
            HeaderField::Parent => "parent",
            HeaderField::Proposer => "proposer",
            HeaderField::TransactionsRoot => "transactions_root",
            HeaderField::ReceiptsRoot => "receipts_root",
            HeaderField::StateRoot => "state_root",
            HeaderField::ValidatorsHash => "validators_hash",
            HeaderField::NextValidatorsHash => "next_validators_hash",
            HeaderField::LastSetChange => "last_set_change",
        })
    }
}

/// Why a block could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The block is invalid.
    #[error(transparent)]
    Invalid(#[from] BlockError),
    /// The state could not be read; nothing is known about the block.
    #[error(transparent)]
    State(#[from] StateError),
}
