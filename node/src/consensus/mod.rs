//! The consensus host: Tendermint (Buchman, Kwon, Milosevic, "The latest gossip on BFT consensus", arXiv 1807.04938)
//! as inputs in, effects out. Malachite's core decides what the protocol does (ADR 0001); this module wraps it so that
//! the node and the simulator drive the same code. It has no clock, no socket and no file.
//!
//! # The protocol between host and owner
//!
//! [`Host::handle`] takes one [`HostInput`] and returns [`HostEffect`]s. The owner (the replica) **carries them out one
//! by one, in order, before it gives the next input**. The rules:
//!
//! 1. **Write before you speak.** Whatever the host signs is appended to the write-ahead log and synced before it is
//!    broadcast, and before [`HostEffect::Decided`]. What others signed that led to a decision need not be synced: the
//!    owner stores block and certificate durably before it tells anybody of the decision. `WalAppend`, `WalSync`
//!    or `RecordLastSigned` that fails **must stop the process**: going on could contradict what was said before.
//!    The core's own loop only logs such a failure, which is why no I/O happens inside of it.
//! 2. **Heights.** `StartHeight` begins a height; each height is started at most once by one host, and heights only
//!    grow. A decision ends a height: `Decided` is the last effect of its call, all timeouts are cancelled, and from
//!    then on the host is silent until the next `StartHeight`, but for answers to validators that lag. The owner
//!    commits the block, resets the log to the next height and starts it: at once, or, when there is nothing to do,
//!    later. In that case it says so by `AwaitHeight`, and `PeerAhead` wakes it when somebody else has begun.
//! 3. **Proposing.** `BuildBlock` asks for a block; the answer is `Propose`. After a crash the host may ask for the
//!    same height and round again only if no answer had reached the log; otherwise it proposes the logged header
//!    itself. A block that was proposed must therefore be rebuilt or found again by its id. `Broadcast` of our own
//!    proposal is the moment to send the block's body along; `Restream` asks for the body of an earlier block again.
//! 4. **Checking.** `CheckBlock` names a header whose proposal is genuine. The owner fetches the body, executes it and
//!    answers `BlockChecked`. The verdict is logged and never asked for again. The bound on a header's time by the
//!    node's own clock is judged once, by the time `CheckBlock` was given, and reported as `OutOfTime`; the host applies
//!    it to first proposals only: it is waived for a proposal with a proof of lock, after a replay, and as soon as a
//!    quorum has prevoted for the block.
//! 5. **Decisions.** `Decided` proves, by a verified certificate, that a block is decided. Usually the block was checked
//!    before; after lost messages it may be unknown, and the owner fetches it as in block sync.
//! 6. **Sync.** Blocks that arrive with certificates by block sync do not pass through the host. The owner verifies and
//!    commits them itself and starts the height after the last one. That leaves the height in progress without a vote,
//!    which is always safe, and its log entries are dropped by the reset.
//! 7. **Crash.** The owner gives `StartHeight` the log's entries for that height. The host replays them, repeats what it
//!    had said, word for word, and goes on. The log may end anywhere; it must not have holes.
//! 8. **Who may vote.** A host without a fresh last-signed record observes ([`signing_guard`]), and one that finds
//!    itself in contradiction falls silent for the height and says so by [`HostEffect::Fault`].
//!
//! # What always holds
//!
//! - The host never signs two different messages for one height, round and step.
//! - No message of ours is in an effect before the `WalSync` that follows its `WalAppend`.
//! - Nothing a peer sends makes the host panic or grow beyond the named bounds.
//! - The same inputs give the same effects.
//! - Certificates in `Decided` are sorted by validator, each validator once; two nodes may hold different ones for one
//!   block, so none may be hashed into state.

mod context;
mod convert;
mod evidence;
mod future;
mod host;
mod loads;
mod peers;
mod shell;
mod signing;
pub mod signing_guard;
mod speech;
#[cfg(test)]
mod tests;
mod timeouts;
mod wal;
mod wire;

use ledger_core::block::Header;
use ledger_core::certificate::{CommitCertificate, Evidence};
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::signature::SecretKey;
use ledger_core::validator::{ValidatorAddress, ValidatorSet};

pub use context::proposer;
pub use host::Host;
pub use signing_guard::{LastSigned, ObservingReason, SignedStep};
pub use timeouts::{TimeoutConfig, TimeoutKey, TimeoutKind};
pub use wal::{WAL_ENTRY_BYTES_MAX, is_late_judgement_of_time, latest_signed};
pub use wire::{
    ConsensusMessage, MESSAGE_BYTES_MAX, MessageError, PolkaCertificate, Proposal, ROUND_MAX,
    RoundCertificate, RoundCertificateKind, RoundVote, SignedProposal,
};

/// What a host is made of.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// The chain.
    pub chain_id: ChainId,
    /// This node's consensus key; a node that is no validator follows with it, and signs nothing.
    pub key: SecretKey,
    /// How long the host waits for what.
    pub timeouts: TimeoutConfig,
    /// The fresh last-signed record of this key, if there is one; see [`signing_guard`].
    pub last_signed: Option<LastSigned>,
    /// The certificate of the last committed block, if there is one: with it a restarted node can still answer
    /// validators that lag by that block.
    pub last_commit: Option<CommitCertificate>,
}

/// Whether the owner wants this node to vote at a height, if it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Participation {
    /// Vote, if in the validator set and if the last-signed record allows it.
    Vote,
    /// Follow without a word.
    Observe,
}

/// The owner's verdict on a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, borsh::BorshSerialize, borsh::BorshDeserialize)]
pub enum BlockValidity {
    /// The body is here and executes to what the header says.
    Valid,
    /// It does not, or breaks a rule: vote nil.
    Invalid,
    /// Valid, but its time lay outside the bound by this node's clock when `CheckBlock` was given. Vote nil, unless a
    /// quorum has found otherwise or the question is a late one; the host knows.
    OutOfTime,
}

/// What goes into the host.
#[derive(Clone, Debug)]
pub enum HostInput {
    /// The height before `height` is committed and there is nothing to do yet; `validators` will decide it. Messages
    /// for it are verified and kept, and answered by [`HostEffect::PeerAhead`]. Only for a height with an empty log.
    AwaitHeight {
        /// The height that will be started next.
        height: Height,
        /// Its validators.
        validators: ValidatorSet,
    },
    /// Begins a height.
    StartHeight {
        /// Higher than every height started before.
        height: Height,
        /// Its validators.
        validators: ValidatorSet,
        /// The log's entries for this height, oldest first; empty but for the first height after a crash.
        wal: Vec<Vec<u8>>,
        /// Whether to vote.
        participation: Participation,
    },
    /// From a peer, decoded; signatures not yet checked.
    Message(ConsensusMessage),
    /// Several at once: signatures are checked in one batch, otherwise the same as one after another.
    Messages(Vec<ConsensusMessage>),
    /// The answer to [`HostEffect::CheckBlock`].
    BlockChecked {
        /// The height.
        height: Height,
        /// The block.
        block_id: BlockId,
        /// The verdict. It is final at this height.
        validity: BlockValidity,
    },
    /// The answer to [`HostEffect::BuildBlock`]. Too late an answer is ignored.
    Propose {
        /// The height that was asked for.
        height: Height,
        /// The round that was asked for.
        round: u32,
        /// The header; its proposer is this node. The body is at hand.
        header: Header,
    },
    /// The time of [`HostEffect::ScheduleTimeout`] has passed.
    TimeoutElapsed(TimeoutKey),
}

/// What the owner has to do, strictly in order.
#[derive(Clone, Debug, PartialEq)]
pub enum HostEffect {
    /// Append an entry to the log of the height in progress. Failure must stop the process.
    WalAppend(Vec<u8>),
    /// Make every appended entry durable before going on. Failure must stop the process.
    WalSync,
    /// Replace the last-signed record, which lives outside the log and outside backups, by these bytes, durably and
    /// before going on. Once for each height in which this node signs anything. Failure must stop the process.
    RecordLastSigned(Vec<u8>),
    /// Send to every peer.
    Broadcast(ConsensusMessage),
    /// Send to one validator, or to every peer if there is no direct way.
    SendTo {
        /// To whom.
        validator: ValidatorAddress,
        /// What.
        message: ConsensusMessage,
    },
    /// Give back `TimeoutElapsed(key)` after `after`. A key that is already scheduled starts anew.
    ScheduleTimeout {
        /// The key.
        key: TimeoutKey,
        /// How long.
        after: std::time::Duration,
    },
    /// Forget one timeout, if it is scheduled.
    CancelTimeout(TimeoutKey),
    /// Forget every timeout.
    CancelAllTimeouts,
    /// A round has begun.
    RoundStarted {
        /// The height.
        height: Height,
        /// The round.
        round: u32,
        /// Whose turn it is to propose.
        proposer: ValidatorAddress,
    },
    /// Why this node, a validator that was told to vote, does not vote at this height.
    Observing {
        /// The height.
        height: Height,
        /// Why.
        reason: ObservingReason,
    },
    /// It is our turn: build a block and answer `Propose`, well within the propose timeout.
    BuildBlock {
        /// The height.
        height: Height,
        /// The round.
        round: u32,
    },
    /// Fetch and execute the block under this header and answer `BlockChecked`. Once for each block, and once more when
    /// a crash came before the answer, or when the block is proposed again before it.
    CheckBlock {
        /// The header, from a genuine proposal of the proposer of `round`.
        header: Header,
        /// The round of the proposal.
        round: u32,
        /// Its proof-of-lock round.
        valid_round: Option<u32>,
        /// Who proposed it.
        proposer: ValidatorAddress,
    },
    /// Send the body of an earlier block again: it is being re-proposed.
    Restream {
        /// The height.
        height: Height,
        /// The round of the re-proposal.
        round: u32,
        /// The round in which it had a quorum of prevotes.
        valid_round: Option<u32>,
        /// The block.
        block_id: BlockId,
    },
    /// A block is decided. The last effect of its call; the height is over.
    Decided {
        /// The proof.
        certificate: CommitCertificate,
    },
    /// A validator that can be trusted to be one has sent a message for `height`, which this host has not started: the
    /// awaited height is under way, or this node lags. Once for each height.
    PeerAhead {
        /// Who.
        validator: ValidatorAddress,
        /// The height of its message.
        height: Height,
    },
    /// A validator has contradicted itself, provably. May be repeated after a crash.
    Equivocation(Evidence),
    /// Something signed with our key that this host has not signed: a second node runs with it, or this node's log and
    /// record were lost. The host stays silent for the rest of the height. Once for each height.
    KeyUsedElsewhere {
        /// The height of the message.
        height: Height,
        /// Its round.
        round: u32,
        /// Its step.
        step: SignedStep,
        /// What was voted for or proposed; none is nil.
        block_id: Option<BlockId>,
    },
    /// Something that must not happen has happened. The host stays silent for the rest of the height; an operator must
    /// look.
    Fault(Fault),
}

/// What must not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The core asked for a signature that contradicts an earlier one. It was refused.
    #[error(
        "refused to sign a {step:?} for {wanted:?} at height {height} round {round}: it would contradict {last}"
    )]
    SigningRefused {
        /// The height.
        height: Height,
        /// The round.
        round: u32,
        /// The step.
        step: SignedStep,
        /// What was to be signed.
        wanted: Option<BlockId>,
        /// What was signed before.
        last: LastSigned,
    },
    /// An entry of the log passed its checksum but is none of this height.
    #[error("entry {index} of the log of height {height} cannot be read: {reason}")]
    WalEntry {
        /// The height.
        height: Height,
        /// Which entry, from 0.
        index: usize,
        /// Why.
        reason: String,
    },
    /// The core failed in a way that its contract excludes.
    #[error("the consensus core failed at height {height}: {reason}")]
    Core {
        /// The height.
        height: Height,
        /// What it said.
        reason: String,
    },
}
