//! The errors that are planted, and what a run must contain so that each can show: the kinds of faults and of Byzantine
//! behaviour. The rest of a run, and its checkers, are the same as always.

use ledger_core::planted as ledger;
use timebank_node::planted as node;
use timebank_simulations::byzantine::BehaviourKind;
use timebank_simulations::counters::FaultKind;
use timebank_simulations::plan::{Load, Menu};
use timebank_simulations::run::{Failure, Outcome};

/// An error in the chain or in the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// In the ledger's part of the chain.
    Chain(ledger::Planted),
    /// In the node.
    Node(node::Planted),
}

impl Error {
    /// All that are noticed.
    pub(crate) fn all() -> Vec<Error> {
        let chain = ledger::Planted::CHAIN.into_iter().map(Error::Chain);
        let node = node::Planted::ALL.into_iter().map(Error::Node);
        chain.chain(node).collect()
    }

    /// Those that no run has shown yet.
    pub(crate) fn unseen() -> Vec<Error> {
        let node = node::Planted::UNSEEN.into_iter().map(Error::Node);
        node.collect()
    }

    /// Its name, as in the code.
    pub(crate) fn name(self) -> String {
        match self {
            Error::Chain(error) => format!("{error:?}"),
            Error::Node(error) => format!("{error:?}"),
        }
    }

    /// What `run` does with this error planted in the thread that calls.
    pub(crate) fn planted<T>(self, run: impl FnOnce() -> T) -> T {
        match self {
            Error::Chain(error) => ledger::plant(Some(error)),
            Error::Node(error) => node::plant(Some(error)),
        }
        let outcome = run();
        ledger::plant(None);
        node::plant(None);
        outcome
    }

    /// What a run must contain so that it can show.
    pub(crate) fn menu(self) -> Menu {
        let wanted = match self {
            Error::Chain(error) => of_chain(error),
            Error::Node(error) => of_node(error),
        };
        Menu {
            nodes: Some(4),
            load: Some(wanted.load),
            kinds: wanted.kinds.to_vec(),
            behaviours: wanted.behaviours.to_vec(),
            only: true,
            short: true,
        }
    }
}

/// What a run must contain.
struct Wanted {
    load: Load,
    kinds: &'static [FaultKind],
    behaviours: &'static [BehaviourKind],
}

const fn town(kinds: &'static [FaultKind], behaviours: &'static [BehaviourKind]) -> Wanted {
    Wanted {
        load: Load::Town,
        kinds,
        behaviours,
    }
}

const fn openings(kinds: &'static [FaultKind], behaviours: &'static [BehaviourKind]) -> Wanted {
    Wanted {
        load: Load::Openings,
        kinds,
        behaviours,
    }
}

fn of_chain(error: ledger::Planted) -> Wanted {
    use BehaviourKind as Liar;
    use FaultKind as Kind;
    use ledger::Planted;
    match error {
        Planted::CertificateOneSignerShort => openings(SYNCING, &[Liar::PoisonedBlocks]),
        Planted::RepeatedSignerCounted => openings(SYNCING, &[Liar::RepeatedSigners]),
        Planted::SignatureMemoUnkeyed => town(&[], &[Liar::InvalidBody]),
        Planted::EvidenceUnsigned => openings(&[], &[Liar::Framing]),
        Planted::ValidatorsOneHeightLate => openings(&[Kind::SetChange, Kind::SetChange], &[]),
        Planted::OverlayLeaked => town(&[Kind::Loss], &[]),
        Planted::DuplicateInBlock => town(&[], &[Liar::InvalidBody]),
        Planted::StateRootUnchecked
        | Planted::ReceiptsRootUnchecked
        | Planted::NextValidatorsUnchecked => openings(&[], &[Liar::InvalidBody]),
        Planted::ChainIdUnsigned
        | Planted::MapOrderHashed
        | Planted::DueWorkSkippedBuilding
        | Planted::TimeStandsStill => town(&[], &[]),
        rule => unreachable!("{rule:?} is in the rules, and the model is compared with them"),
    }
}

/// Nodes fall behind and fetch blocks.
const SYNCING: &[FaultKind] = &[
    FaultKind::Crash,
    FaultKind::Crash,
    FaultKind::Flapping,
    FaultKind::Loss,
];
/// Nodes crash between any two operations of their disks, and all at once.
const CRASHES: &[FaultKind] = &[
    FaultKind::CrashAtWrite,
    FaultKind::CrashAtWrite,
    FaultKind::CrashAtWrite,
    FaultKind::CrashAtWrite,
    FaultKind::Crash,
    FaultKind::CrashInRecovery,
];
/// Nodes crash while they wait for bodies that were lost.
const LOSSY_CRASHES: &[FaultKind] = &[
    FaultKind::Loss,
    FaultKind::Loss,
    FaultKind::Loss,
    FaultKind::Crash,
    FaultKind::Crash,
    FaultKind::Crash,
    FaultKind::Crash,
    FaultKind::Crash,
    FaultKind::Crash,
    FaultKind::Crash,
    FaultKind::Crash,
];
const ALL_CRASH: &[FaultKind] = &[
    FaultKind::CrashAll,
    FaultKind::CrashAll,
    FaultKind::CrashAll,
    FaultKind::Loss,
];

fn of_node(error: node::Planted) -> Wanted {
    use BehaviourKind as Liar;
    use FaultKind as Kind;
    use node::Planted;
    match error {
        Planted::QuorumOfThird => openings(&[Kind::Halves, Kind::Halves], &[]),
        Planted::RepeatedVoteCounted | Planted::DecisionUnproven => {
            openings(SYNCING, &[Liar::RepeatedSigners])
        }
        Planted::BundleOneVoteShort | Planted::VoteMemoUnkeyed => {
            openings(&[Kind::Loss, Kind::Loss], &[Liar::FlawedCertificates])
        }
        Planted::VoteUnverified => openings(SYNCING, &[Liar::Framing]),
        Planted::LockForgotten | Planted::LogUnsynced | Planted::BlockUnlogged => {
            openings(ALL_CRASH, &[])
        }
        Planted::VerdictNotAskedAgain => openings(LOSSY_CRASHES, &[Liar::HiddenLock]),
        Planted::VoteBeforeSync => openings(CRASHES, &[]),
        Planted::LabelFirst => openings(&[Kind::CrashAtWrite; 12], &[]),
        Planted::AcknowledgedEarly => openings(
            &[
                Kind::FullDisk,
                Kind::DiskError,
                Kind::CrashAtWrite,
                Kind::CrashAtWrite,
            ],
            &[],
        ),
        Planted::BlockUnsynced | Planted::ReplaySkipped => openings(CRASHES, &[]),
        Planted::ObservingSkipped => openings(&[Kind::OldBackup, Kind::LostWrite, Kind::Loss], &[]),
        Planted::RecordUnwritten | Planted::RecordUnheeded => openings(
            &[Kind::LostLog, Kind::LostLog, Kind::LostLog, Kind::Loss],
            &[],
        ),
        Planted::RebroadcastSilenced => {
            openings(&[Kind::Loss, Kind::Loss, Kind::Crash, Kind::Halves], &[])
        }
        Planted::ClockUnchecked => openings(&[Kind::SkewBeyond, Kind::SkewBeyond], &[]),
        Planted::ClockBoundOnReproposal => openings(
            &[
                Kind::SkewBeyond,
                Kind::SkewBeyond,
                Kind::SkewBeyond,
                Kind::SkewBeyond,
                Kind::SkewBeyond,
                Kind::SkewBeyond,
            ],
            &[Liar::HiddenLock],
        ),
        Planted::ExecutionMixedUp => openings(&[Kind::Loss, Kind::Delay], &[Liar::LateRelease]),
        Planted::BodyUnmatched => openings(
            &[Kind::Loss, Kind::Loss, Kind::Reorder],
            &[Liar::ForeignBodies],
        ),
        Planted::AppliedIdNotStored => town(&[Kind::Loss, Kind::Crash], &[]),
        Planted::SyncedBlockUnproven | Planted::SyncedBodyUnchecked => {
            openings(SYNCING, &[Liar::PoisonedBlocks])
        }
        Planted::ServedFromNext => openings(SYNCING, &[]),
        Planted::ShunnedForEver => openings(
            &[
                Kind::Loss,
                Kind::Loss,
                Kind::Loss,
                Kind::Flapping,
                Kind::Flapping,
                Kind::Flapping,
                Kind::MissedEnd,
            ],
            &[],
        ),
        Planted::SyncTimerSticks => openings(&[Kind::Loss, Kind::Flapping, Kind::MissedEnd], &[]),
        Planted::PeerAheadIgnored => openings(&[Kind::LostTransactions], &[]),
        Planted::BadEnvelopeBlocksId => openings(&[], &[Liar::PoisonedEnvelope]),
        Planted::MempoolUnbounded | Planted::DroppedSilently => openings(&[Kind::Flood], &[]),
    }
}

/// The promise that a run broke, if any: that a fault of the plan found nothing to hit, or that little was reached, says
/// nothing about the code.
pub(crate) fn broken_promise(outcome: Outcome) -> Option<Failure> {
    let of_the_run = ["enough", "faults happen"];
    outcome
        .failure
        .filter(|failure| !of_the_run.contains(&failure.promise.as_str()))
}
