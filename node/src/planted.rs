//! Errors that can be planted in the node, to see that the simulator's checkers notice each of them.
//!
//! As in the ledger ([`ledger_core::planted`]): without the feature `planted-errors` there are none and [`is`] is a
//! constant; with it they sleep until a thread plants one, and a release binary cannot be built at all. A replica is
//! driven by one thread, so what that thread plants is in every replica it drives and in no other.

#[cfg(all(feature = "planted-errors", not(debug_assertions)))]
compile_error!("the feature planted-errors is for tests only and never part of a release build");

/// A way in which the node can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// More than a third of the votes decides.
    QuorumOfThird,
    /// A peer's bundle of votes passes with one vote too few.
    BundleOneVoteShort,
    /// A vote that is twice in a peer's bundle counts twice.
    RepeatedVoteCounted,
    /// Votes of peers count without a look at their signature.
    VoteUnverified,
    /// A vote that was verified once passes with any signature.
    VoteMemoUnkeyed,
    /// A peer's word that a height is decided is believed without proof.
    DecisionUnproven,
    /// After a restart what others had said is forgotten, and with it the lock.
    LockForgotten,
    /// A message leaves before what it says is on disk.
    VoteBeforeSync,
    /// The consensus log is not synced.
    LogUnsynced,
    /// The record of the last signature is not written.
    RecordUnwritten,
    /// The record of the last signature is written and not heeded.
    RecordUnheeded,
    /// A node without a record votes at once.
    ObservingSkipped,
    /// After a restart the verdict that the crash cut off is not asked for again.
    VerdictNotAskedAgain,
    /// A message that was lost is never sent again.
    RebroadcastSilenced,
    /// The clock's bound counts for blocks that are proposed again.
    ClockBoundOnReproposal,
    /// A block may have any time.
    ClockUnchecked,
    /// A block that is voted for is not logged.
    BlockUnlogged,
    /// What executing one proposal gave is committed with another one.
    ExecutionMixedUp,
    /// A list of envelopes is believed to be the block's.
    BodyUnmatched,
    /// Clients hear of a block before it is stored.
    AcknowledgedEarly,
    /// A block is stored and not synced.
    BlockUnsynced,
    /// The state's label is on disk before what belongs to it.
    LabelFirst,
    /// Ids of applied transactions do not reach the state.
    AppliedIdNotStored,
    /// Stored blocks above the state are not applied at the start.
    ReplaySkipped,
    /// Blocks of a peer are taken without proof that they were decided.
    SyncedBlockUnproven,
    /// The transactions of a peer's block are not compared with its header.
    SyncedBodyUnchecked,
    /// Peers that ask for blocks get those after the one they asked for.
    ServedFromNext,
    /// A peer that did not help once is never asked again.
    ShunnedForEver,
    /// The timer that starts block sync is set once and never again.
    SyncTimerSticks,
    /// A peer that has begun a height does not wake this node.
    PeerAheadIgnored,
    /// An envelope that fails keeps out every other one of its transaction.
    BadEnvelopeBlocksId,
    /// The mempool takes whatever comes.
    MempoolUnbounded,
    /// What had to give way in the mempool leaves it without a word.
    DroppedSilently,
}

impl Planted {
    /// Those that the simulator notices.
    pub const ALL: [Planted; 30] = [
        Planted::QuorumOfThird,
        Planted::BundleOneVoteShort,
        Planted::RepeatedVoteCounted,
        Planted::VoteUnverified,
        Planted::VoteMemoUnkeyed,
        Planted::DecisionUnproven,
        Planted::LockForgotten,
        Planted::VoteBeforeSync,
        Planted::LogUnsynced,
        Planted::RecordUnwritten,
        Planted::RecordUnheeded,
        Planted::ObservingSkipped,
        Planted::RebroadcastSilenced,
        Planted::ClockBoundOnReproposal,
        Planted::ClockUnchecked,
        Planted::BlockUnlogged,
        Planted::ExecutionMixedUp,
        Planted::BodyUnmatched,
        Planted::AcknowledgedEarly,
        Planted::BlockUnsynced,
        Planted::ReplaySkipped,
        Planted::SyncedBlockUnproven,
        Planted::SyncedBodyUnchecked,
        Planted::ServedFromNext,
        Planted::SyncTimerSticks,
        Planted::PeerAheadIgnored,
        Planted::BadEnvelopeBlocksId,
        Planted::AppliedIdNotStored,
        Planted::MempoolUnbounded,
        Planted::DroppedSilently,
    ];

    /// Those that no run of the simulator has shown yet; whoever adds a behaviour, a fault or a checker tries them again.
    pub const UNSEEN: [Planted; 3] = [
        Planted::VerdictNotAskedAgain,
        Planted::LabelFirst,
        Planted::ShunnedForEver,
    ];
}

/// Whether this error is planted: never.
#[cfg(not(feature = "planted-errors"))]
pub(crate) const fn is(_: Planted) -> bool {
    false
}

/// What `run` does with the right code, whatever is planted here or in the ledger: for whoever judges.
#[cfg(not(feature = "planted-errors"))]
pub fn unplanted<T>(run: impl FnOnce() -> T) -> T {
    ledger_core::planted::unplanted(run)
}

#[cfg(feature = "planted-errors")]
pub(crate) use switch::is;
#[cfg(feature = "planted-errors")]
pub use switch::{plant, unplanted};

#[cfg(feature = "planted-errors")]
mod switch {
    use std::cell::Cell;

    use super::Planted;

    thread_local! {
        static PLANTED: Cell<Option<Planted>> = const { Cell::new(None) };
    }

    /// Plants an error in the node as this thread runs it, in place of any other; none takes it out.
    pub fn plant(error: Option<Planted>) {
        PLANTED.set(error);
    }

    /// Whether this error is planted.
    pub(crate) fn is(error: Planted) -> bool {
        PLANTED.get() == Some(error)
    }

    /// What `run` does with the right code, whatever is planted here or in the ledger: for whoever judges.
    pub fn unplanted<T>(run: impl FnOnce() -> T) -> T {
        /// Plants again what was planted, even after a panic.
        struct Again(Option<Planted>);

        impl Drop for Again {
            fn drop(&mut self) {
                PLANTED.set(self.0);
            }
        }

        let _again = Again(PLANTED.take());
        ledger_core::planted::unplanted(run)
    }
}
