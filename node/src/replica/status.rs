//! What a node tells about itself: a snapshot for the API, metrics and logs.

use std::sync::Arc;

use ledger_core::certificate::Evidence;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::signature::PublicKey;
use ledger_core::time::TimestampMs;
use ledger_core::validator::{ValidatorAddress, ValidatorSet};

/// What is known of a connected peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerStatus {
    /// Its key.
    pub peer: PublicKey,
    /// Its validator address, while it is in the set.
    pub validator: Option<ValidatorAddress>,
    /// The height it last announced; none before its first announcement.
    pub height: Option<Height>,
}

/// How full the mempool is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MempoolStatus {
    /// Transactions ready for a block.
    pub ready: usize,
    /// Transactions that wait for another.
    pub waiting: usize,
    /// Transactions whose signatures are under verification.
    pub verifying: usize,
    /// Bytes of the ready and the waiting.
    pub bytes: usize,
}

/// A snapshot of the replica.
#[derive(Clone, Debug)]
pub struct Status {
    /// The chain.
    pub chain_id: ChainId,
    /// The newest committed block's height; 0 for genesis.
    pub height: Height,
    /// Its id; zero for genesis.
    pub block_id: BlockId,
    /// Its block time.
    pub time_ms: TimestampMs,
    /// When this node committed it, by the node's clock; none before the first commit of this run.
    pub last_commit_ms: Option<u64>,
    /// Whether blocks are being fetched from a peer.
    pub catching_up: bool,
    /// Whether consensus waits for something to do.
    pub idle: bool,
    /// The height and round consensus works at; none while it pauses.
    pub round: Option<(Height, u32)>,
    /// The connected peers, by key.
    pub peers: Vec<PeerStatus>,
    /// The greatest height that peers with a quorum of the power, this node included, have reached.
    pub quorum_height: Height,
    /// Whether this node and its connected peers hold a quorum of the power.
    pub quorum_connected: bool,
    /// How full the mempool is.
    pub mempool: MempoolStatus,
    /// The validators of the next block.
    pub validators: Arc<ValidatorSet>,
    /// This node's address.
    pub address: ValidatorAddress,
    /// Whether this node is in the set.
    pub in_set: bool,
    /// Whether this node votes; false while it observes after a start without a fresh record of what it last signed.
    pub voting: bool,
    /// Equivocations this node saw since its start, oldest first.
    pub evidence: Arc<Vec<Evidence>>,
}
