//! What the replica asks of the runtime. The runtime carries effects out strictly in the order they are given.

use std::sync::Arc;

use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::genesis::GenesisError;
use ledger_core::id::{BlockId, Height, TransactionId};
use ledger_core::receipt::Receipt;
use ledger_core::signature::{PublicKey, Purpose, Signature, SignatureCheck, verify_batch};
use ledger_core::state::StateError;
use ledger_core::time::Day;
use ledger_core::transaction::SealedEnvelope;
use ledger_core::validator::ValidatorAddress;

use super::input::{Accepted, BatchId, InboundRequestId, RequestId, SubmitError, Ticket};
use super::messages::Topic;
use crate::consensus::{self, ObservingReason, TimeoutKey};
use crate::storage::StorageError;

/// Which timer; setting one that runs already starts it anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimerKey {
    /// A timeout of consensus.
    Consensus(TimeoutKey),
    /// Committed changes of the derived state are made durable.
    FlushState,
    /// The next announcement of this node's height.
    Status,
    /// The head of the due queue falls due, or a heartbeat block is wanted.
    Wake,
    /// Transactions that wait are tried again.
    RetryWaiting,
    /// Own transactions that are still not committed are sent to the peers again.
    Resend,
    /// Signatures of those who have brought wrong ones have their next turn.
    VerifySuspects,
    /// The bodies of a proposal are asked of another peer.
    FetchBodies,
    /// A height seen at a peer is fetched if consensus has not decided it by now.
    Sync,
}

/// Something an operator should know; the node goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Alarm {
    /// A proposal did not execute as its header says.
    #[error("block {block_id} proposed at height {height} by {proposer} is invalid: {reason}")]
    InvalidProposal {
        /// The height.
        height: Height,
        /// The proposal.
        block_id: BlockId,
        /// Who proposed it.
        proposer: ValidatorAddress,
        /// What is wrong.
        reason: String,
    },
    /// Building a block failed: a rule of this build is wrong. The transaction at fault is kept out from now on.
    #[error(
        "a block could not be built at height {height}: {reason}; transaction {culprit:?} is kept out from now on"
    )]
    BuildFailed {
        /// The height.
        height: Height,
        /// What is wrong.
        reason: String,
        /// The transaction at fault; none when even a block without transactions fails.
        culprit: Option<TransactionId>,
    },
    /// A validator has signed two votes that exclude each other.
    #[error(
        "validator {validator} voted twice at height {height}, round {round}; its office must find out who else has its key"
    )]
    Equivocation {
        /// Who.
        validator: ValidatorAddress,
        /// The height.
        height: Height,
        /// The round.
        round: u32,
    },
    /// Votes signed with this node's key arrive that this node has not sent.
    #[error("another node votes with this node's key at height {height}; stop one of them at once")]
    KeyUsedElsewhere {
        /// The height.
        height: Height,
    },
    /// A peer served blocks that are not the chain's.
    #[error("peer {peer} served a bad block at height {height}: {reason}")]
    BadBlockServed {
        /// The peer.
        peer: PublicKey,
        /// The height.
        height: Height,
        /// What is wrong.
        reason: String,
    },
    /// This node is in the validator set and does not vote.
    #[error("this validator does not vote at height {height}: {reason:?}")]
    Observing {
        /// The height.
        height: Height,
        /// Why.
        reason: ObservingReason,
    },
    /// The city has announced a version of the rules that this program does not know: it will stop itself on that day.
    #[error(
        "version {version} of the rules counts from {from_day} on, and this program knows version {known}; install a newer one before that day"
    )]
    UpgradeAhead {
        /// The version to come.
        version: u16,
        /// The newest this program knows.
        known: u16,
        /// The first day on which it counts.
        from_day: Day,
    },
    /// Consensus found itself in contradiction and is silent for the rest of the height.
    #[error("consensus is silent at this height: {0}")]
    Consensus(consensus::Fault),
}

/// Why a node stops itself: going on could break a promise.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// The storage failed.
    #[error(transparent)]
    Storage(StorageError),
    /// The state could not be read.
    #[error("{reason}")]
    State {
        /// What the storage said, with path and remedy.
        reason: String,
    },
    /// The next block follows rules that this program does not know.
    #[error(
        "version {required} of the rules counts at height {height}, and this program knows version {known}; install a newer one"
    )]
    RulesUnknown {
        /// The height.
        height: Height,
        /// The version that counts.
        required: u16,
        /// The newest this program knows.
        known: u16,
    },
    /// A decided block does not execute: this build disagrees with a quorum about a rule, or the state is damaged.
    #[error(
        "decided block {block_id} at height {height} does not execute here: {reason}; compare this build's version with the other nodes', then start with --rebuild-state"
    )]
    DecidedBlockFails {
        /// The height.
        height: Height,
        /// The block.
        block_id: BlockId,
        /// What is wrong.
        reason: String,
    },
    /// Consensus decided a block this node has no body of, which its own rules exclude.
    #[error(
        "block {block_id} was decided at height {height}, but its body is not here; this is a bug"
    )]
    DecidedBlockMissing {
        /// The height.
        height: Height,
        /// The block.
        block_id: BlockId,
    },
    /// The genesis document cannot begin a chain.
    #[error("the genesis document is not valid: {0}")]
    Genesis(GenesisError),
    /// The state belongs to blocks that are not there.
    #[error(
        "the derived state is at height {state} and the blocks end at height {blocks}; remove the derived state, and it is rebuilt from the blocks"
    )]
    StateAhead {
        /// The state's height.
        state: Height,
        /// The newest block.
        blocks: Height,
    },
}

impl From<StorageError> for Fault {
    fn from(error: StorageError) -> Fault {
        Fault::Storage(error)
    }
}

impl From<StateError> for Fault {
    fn from(error: StateError) -> Fault {
        Fault::State {
            reason: error.reason,
        }
    }
}

/// A block that was committed just now: durable, and its effects in the state.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The block.
    pub block: Arc<Block>,
    /// Its certificate.
    pub certificate: Arc<CommitCertificate>,
    /// Its receipts: the automatic ones, then one for each transaction.
    pub receipts: Arc<Vec<Receipt>>,
}

/// One signature to verify. The message is shared, so that nothing is copied on the replica's thread.
#[derive(Clone, Debug)]
pub struct SignatureTask {
    /// The transaction it signs.
    pub envelope: Arc<SealedEnvelope>,
    /// The key.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

/// Signatures to verify together, away from the replica's thread.
#[derive(Clone, Debug)]
pub struct SignatureBatch {
    /// Names the batch in [`super::ReplicaInput::SignaturesVerified`].
    pub id: BatchId,
    /// The signatures.
    pub tasks: Vec<SignatureTask>,
    /// How to go about it.
    pub care: Care,
}

/// How a batch of signatures is verified. It never changes which of them are wrong, only what it costs to find out.
#[derive(Clone, Debug)]
pub enum Care {
    /// All at once, because nothing wrong is expected. Where that fails each part, and each signature of a part that fails:
    /// halving again and again would verify a signature ten times over when many are wrong.
    Together {
        /// After which task each part but the last ends, ascending: a part is of one source, so that what one source spoils
        /// costs the others one verification more.
        part_ends: Vec<usize>,
    },
    /// Each by itself: something wrong is expected, and a batch that fails is work for nothing.
    OneByOne,
}

impl SignatureBatch {
    /// The indices of the signatures that are wrong, ascending. Pure and slow (about 17 µs a signature, and 40 one by one): for
    /// a worker thread.
    pub fn find_wrong(&self) -> Vec<usize> {
        let messages: Vec<Vec<u8>> = self
            .tasks
            .iter()
            .map(|task| Purpose::Transaction.signing_bytes(task.envelope.signed_bytes()))
            .collect();
        let checks: Vec<SignatureCheck<'_>> = self
            .tasks
            .iter()
            .zip(&messages)
            .map(|(task, message)| SignatureCheck {
                key: task.key,
                signed_bytes: message,
                signature: task.signature,
            })
            .collect();
        let part_ends = match &self.care {
            Care::OneByOne => return find_wrong_one_by_one(&checks, 0),
            Care::Together { .. } if verify_batch(&checks) => return Vec::new(),
            Care::Together { part_ends } => part_ends,
        };
        let mut wrong = Vec::new();
        let mut start = 0;
        for end in part_ends.iter().copied().chain([checks.len()]) {
            let part = checks.get(start..end).unwrap_or_default();
            let is_whole = part.len() == checks.len();
            if is_whole || part.len() == 1 || !verify_batch(part) {
                wrong.extend(find_wrong_one_by_one(part, start));
            }
            start = start.max(end);
        }
        wrong
    }
}

/// The indices of the signatures that are wrong, when the first one's is `first`.
fn find_wrong_one_by_one(checks: &[SignatureCheck<'_>], first: usize) -> Vec<usize> {
    (first..)
        .zip(checks)
        .filter(|(_, check)| !check.key.verifies_raw(check.signed_bytes, &check.signature))
        .map(|(index, _)| index)
        .collect()
}

/// One thing for the runtime to do.
#[derive(Clone, Debug)]
pub enum ReplicaEffect {
    /// Send to every connected peer. Whatever had to be durable before is durable already.
    Publish {
        /// The kind of message.
        topic: Topic,
        /// The message, at most [`Topic::bytes_max`] bytes.
        bytes: Vec<u8>,
    },
    /// Send to one peer; drop it when the peer is not connected.
    Send {
        /// The peer's key.
        peer: PublicKey,
        /// The kind of message.
        topic: Topic,
        /// The message, at most [`Topic::bytes_max`] bytes.
        bytes: Vec<u8>,
    },
    /// Ask one peer; the outcome comes back as [`super::ReplicaInput::Response`] within a bounded time.
    SendRequest {
        /// The peer's key.
        peer: PublicKey,
        /// Names the request.
        id: RequestId,
        /// The request, at most [`super::messages::REQUEST_BYTES_MAX`] bytes.
        bytes: Vec<u8>,
    },
    /// Answer a peer.
    Respond {
        /// The request answered.
        id: InboundRequestId,
        /// The response, at most [`super::messages::RESPONSE_BYTES_MAX`] bytes; none refuses to answer.
        bytes: Option<Vec<u8>>,
    },
    /// Start a timer, replacing the one with this key.
    SetTimer {
        /// Which.
        key: TimerKey,
        /// Runs out after this many milliseconds.
        after_ms: u64,
    },
    /// Stop a timer, if it runs.
    CancelTimer(TimerKey),
    /// Verify signatures on another thread.
    VerifySignatures(SignatureBatch),
    /// Answer a submission.
    SubmitAnswer {
        /// Which.
        ticket: Ticket,
        /// Whether it was taken in.
        answer: Result<Accepted, SubmitError>,
    },
    /// A transaction that was taken in has left the mempool without being committed. Another envelope with the same id may
    /// still be there.
    Dropped {
        /// Which.
        id: TransactionId,
        /// Why.
        reason: SubmitError,
    },
    /// A block was committed.
    Committed(Committed),
    /// Settle the newest blocks with [`crate::storage::BlockStore::settle`], then make the derived state durable with
    /// [`crate::storage::StateStore::flush`], on another thread: nothing waits for it. A failure stops the process.
    FlushState,
    /// From now on these peers, and those of the configuration, may connect: the peer keys of the validators.
    SetAllowedPeers(Vec<PublicKey>),
    /// The peer sent what no honest node sends: close its connections and keep it away for a while.
    Penalise {
        /// The peer's key.
        peer: PublicKey,
        /// What it did.
        reason: String,
    },
    /// Tell the operator.
    Alarm(Alarm),
    /// Stop the process with this reason. No effect follows it.
    Halt(Fault),
}
