//! What can go wrong in a run, and when.

use std::fmt;

use timebank_node::storage::DiskFile;

use crate::byzantine::BehaviourKind;
use crate::counters::FaultKind;

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Messages suffer, so many of a thousand: one of loss, duplication, reordering and delay.
    Messages {
        /// Which.
        kind: FaultKind,
        /// How many of a thousand.
        per_mille: u64,
    },
    /// The network is divided: one of halves, ring, bridge, one-way, isolated proposer and flapping. The numbers of the
    /// nodes are shuffled by `shuffle`.
    Partition {
        /// Which.
        kind: FaultKind,
        /// Decides who is where.
        shuffle: u64,
    },
    /// A node crashes and starts again in the end.
    Crash {
        /// Which.
        node: usize,
    },
    /// All nodes crash at once, and start one by one in the end.
    CrashAll,
    /// All nodes crash at once, and start one by one in the end; the log of one is gone.
    LostLog {
        /// Which.
        node: usize,
    },
    /// In the end, when everything is healed, each node in turn misses some blocks, and nothing happens after them. It has
    /// no time of its own.
    MissedEnd,
    /// In the end, when everything is healed, no message brings transactions any more. It has no time of its own.
    LostTransactions,
    /// A node stands still.
    Pause {
        /// Which.
        node: usize,
    },
    /// A node's clock is off: within bounds or beyond.
    Skew {
        /// Which.
        node: usize,
        /// Ahead, or behind when negative, in milliseconds.
        ahead_ms: i64,
        /// Faster by so many millionths, or slower.
        drift_ppm: i64,
    },
    /// A node's disk fails: full, or it refuses.
    Disk {
        /// Which.
        node: usize,
        /// One of full disk and disk error.
        kind: FaultKind,
        /// Decides in which way.
        choice: u64,
    },
    /// A node crashes at a write or sync, and of what was not synced any part survives.
    CrashAtWrite {
        /// Which.
        node: usize,
        /// After so many operations of its disk.
        operations: u64,
    },
    /// A node crashes, and again while it recovers.
    CrashInRecovery {
        /// Which.
        node: usize,
        /// How often in a row.
        depth: u64,
        /// After so many operations of its disk each time.
        operations: u64,
    },
    /// A write of a node is lost or goes astray, and the node is restarted later.
    Astray {
        /// Which.
        node: usize,
        /// Lost or misdirected.
        kind: FaultKind,
        /// Which file.
        file: DiskFile,
        /// Which of its writes from then on.
        nth: u64,
    },
    /// A bit of the derived state changes on the disk, and the node is restarted.
    Rot {
        /// Which.
        node: usize,
        /// Decides which bit.
        choice: u64,
    },
    /// A backup of a node is made in the beginning and restored in the end.
    OldBackup {
        /// Which.
        node: usize,
    },
    /// A copy of a node runs beside it, with the same keys.
    TwinKey {
        /// Which.
        node: usize,
    },
    /// A node is Byzantine, from the beginning to the end of the run.
    Corrupt {
        /// Which.
        node: usize,
        /// How.
        behaviour: BehaviourKind,
    },
    /// Clients that are no residents: retry, flood, malformed submission, malformed message, or the city's administrators,
    /// who change the set of validators.
    Client {
        /// How.
        kind: FaultKind,
        /// At which node, or as which peer.
        node: usize,
    },
}

impl Fault {
    /// What is counted when it happens.
    pub const fn kind(&self) -> FaultKind {
        match self {
            Fault::Messages { kind, .. }
            | Fault::Partition { kind, .. }
            | Fault::Disk { kind, .. }
            | Fault::Astray { kind, .. }
            | Fault::Client { kind, .. } => *kind,
            Fault::Crash { .. } => FaultKind::Crash,
            Fault::CrashAll => FaultKind::CrashAll,
            Fault::LostLog { .. } => FaultKind::LostLog,
            Fault::MissedEnd => FaultKind::MissedEnd,
            Fault::LostTransactions => FaultKind::LostTransactions,
            Fault::Pause { .. } => FaultKind::Pause,
            Fault::Skew { ahead_ms, .. } => {
                if ahead_ms.unsigned_abs() > SKEW_WITHIN_MS_MAX {
                    FaultKind::SkewBeyond
                } else {
                    FaultKind::SkewWithin
                }
            }
            Fault::CrashAtWrite { .. } => FaultKind::CrashAtWrite,
            Fault::CrashInRecovery { .. } => FaultKind::CrashInRecovery,
            Fault::Rot { .. } => FaultKind::Rot,
            Fault::OldBackup { .. } => FaultKind::OldBackup,
            Fault::TwinKey { .. } => FaultKind::TwinKey,
            Fault::Corrupt { .. } => FaultKind::Byzantine,
        }
    }

    /// The node whose keys may say contradictory things because of it: it counts against the f that may lie.
    pub const fn suspect(&self) -> Option<usize> {
        match self {
            Fault::Corrupt { node, .. } | Fault::TwinKey { node } => Some(*node),
            // What the log or the record acknowledged and lost, the node has said and does not know of.
            Fault::Astray {
                node,
                file: DiskFile::Wal | DiskFile::LastSigned,
                ..
            } => Some(*node),
            _ => None,
        }
    }
}

impl Fault {
    /// The node whose disk fails, if one does.
    pub const fn disk_of(&self) -> Option<usize> {
        match self {
            Fault::Disk { node, .. }
            | Fault::CrashAtWrite { node, .. }
            | Fault::CrashInRecovery { node, .. }
            | Fault::Astray { node, .. }
            | Fault::Rot { node, .. } => Some(*node),
            _ => None,
        }
    }

    /// The node that is silent for a while after everything was healed because of it: it does not know what it has signed
    /// and observes until two more heights are decided. It counts with the suspects against the f without which the chain
    /// must move, and is honest all the same.
    pub const fn observer(&self) -> Option<usize> {
        match self {
            Fault::OldBackup { node }
            | Fault::LostLog { node }
            | Fault::Astray {
                node,
                file: DiskFile::Blocks | DiskFile::Journal | DiskFile::SecondJournal,
                ..
            } => Some(*node),
            _ => None,
        }
    }
}

/// A clock that is off by no more than this is within what proposals may be.
pub const SKEW_WITHIN_MS_MAX: u64 = 4_000;

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind();
        match self {
            Fault::Messages { per_mille, .. } => write!(f, "{kind} of {per_mille} in 1000"),
            Fault::Partition { shuffle, .. } => write!(f, "{kind} (shuffle {shuffle})"),
            Fault::CrashAll | Fault::MissedEnd | Fault::LostTransactions => write!(f, "{kind}"),
            Fault::Crash { node }
            | Fault::Pause { node }
            | Fault::OldBackup { node }
            | Fault::LostLog { node }
            | Fault::TwinKey { node }
            | Fault::Client { node, .. } => write!(f, "{kind} at node {node}"),
            Fault::Skew {
                node,
                ahead_ms,
                drift_ppm,
            } => write!(
                f,
                "{kind}: node {node} by {ahead_ms} ms and {drift_ppm} in a million"
            ),
            Fault::Disk { node, choice, .. } | Fault::Rot { node, choice } => {
                write!(f, "{kind} at node {node} (choice {choice})")
            }
            Fault::Astray {
                node, file, nth, ..
            } => write!(f, "{kind}: node {node}, write {nth} to {file:?}"),
            Fault::CrashAtWrite { node, operations } => {
                write!(f, "{kind}: node {node} after {operations} operations")
            }
            Fault::CrashInRecovery {
                node,
                depth,
                operations,
            } => write!(
                f,
                "{kind}: node {node}, {depth} times after {operations} operations"
            ),
            Fault::Corrupt { node, behaviour } => {
                write!(f, "{kind}: node {node} by {}", behaviour.name())
            }
        }
    }
}

/// A fault and its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheduled {
    /// Its number in the plan, by which it can be left out.
    pub number: usize,
    /// When it begins, in virtual milliseconds.
    pub at_ms: u64,
    /// How long it lasts.
    pub lasts_ms: u64,
    /// What.
    pub fault: Fault,
}

impl fmt::Display for Scheduled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, at, fault) = (self.number, seconds(self.at_ms), &self.fault);
        match self.at_ms.checked_add(self.lasts_ms) {
            Some(end_ms) if end_ms < u64::MAX => {
                write!(
                    f,
                    "{number:>3}. {at:>7.3} s to {:>7.3} s: {fault}",
                    seconds(end_ms)
                )
            }
            _ => write!(f, "{number:>3}. {at:>7.3} s to the end:  {fault}"),
        }
    }
}

/// Seconds, to be read.
#[expect(clippy::cast_precision_loss, reason = "a figure to be read")]
pub(crate) fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}
