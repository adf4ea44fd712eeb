//! How often each kind of fault really happened in a run.

use std::collections::BTreeMap;
use std::fmt;

/// Declares the kinds of faults with their names.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal)*) => {
        /// A kind of fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FaultKind { $($(#[$doc])* $kind,)* }

        impl FaultKind {
            /// All of them.
            pub const ALL: &[FaultKind] = &[$(FaultKind::$kind,)*];

            /// Its name in summaries and in arguments.
            pub const fn name(self) -> &'static str {
                match self { $(FaultKind::$kind => $name,)* }
            }
        }
    };
}

kinds! {
    /// A message is lost.
    Loss "loss"
    /// A message arrives twice.
    Duplicate "duplication"
    /// A message is overtaken.
    Reorder "reordering"
    /// A message is held up, for up to ten seconds.
    Delay "delay"
    /// A message between two halves of the network is lost.
    Halves "halves"
    /// Only neighbours in a ring hear each other.
    Ring "ring"
    /// Two halves hear each other through one node only.
    Bridge "bridge"
    /// One node hears another and is not heard by it.
    OneWay "one-way"
    /// Whoever proposes next is alone.
    IsolatedProposer "isolated-proposer"
    /// A node is cut off and joined again, quickly, many times.
    Flapping "flapping"
    /// Of what was written and not synced any part is there after a crash.
    TornWrite "torn-write"
    /// A write was acknowledged and never arrived.
    LostWrite "lost-write"
    /// A write arrived somewhere else.
    MisdirectedWrite "misdirected-write"
    /// A bit of the derived state changed on the disk.
    Rot "bit-rot"
    /// The disk refuses to read or to write.
    DiskError "disk-error"
    /// No space is left.
    FullDisk "full-disk"
    /// The node crashes at a write or sync.
    CrashAtWrite "crash-at-write"
    /// The node crashes while it recovers from a crash.
    CrashInRecovery "crash-in-recovery"
    /// A clock is off, within what proposals may be.
    SkewWithin "skew-within"
    /// A clock is off by more.
    SkewBeyond "skew-beyond"
    /// A node crashes.
    Crash "crash"
    /// All nodes crash at once.
    CrashAll "crash-all"
    /// All nodes crash at once, and the log of one is gone.
    LostLog "lost-log"
    /// A node misses the last blocks before everything becomes quiet.
    MissedEnd "missed-end"
    /// No message brings transactions any more.
    LostTransactions "lost-transactions"
    /// The city leaves a validator out and takes it back in.
    SetChange "set-change"
    /// A node stands still for a while.
    Pause "pause"
    /// A node starts from its log in the middle of a height.
    LogReplay "log-replay"
    /// A node is restored from an old backup.
    OldBackup "old-backup"
    /// A second node runs with the key of another.
    TwinKey "twin-key"
    /// A Byzantine node did what its behaviour is about.
    Byzantine "byzantine"
    /// A client submits again.
    Retry "retry"
    /// Clients submit far more than fits.
    Flood "flood"
    /// Bytes at the API that are no transaction.
    MalformedSubmission "malformed-submission"
    /// Bytes of a peer that are no message.
    MalformedMessage "malformed-message"
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How often what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters(BTreeMap<FaultKind, u64>);

impl Counters {
    /// Nothing happened.
    pub const fn new() -> Counters {
        Counters(BTreeMap::new())
    }

    /// It happened once more.
    pub fn count(&mut self, kind: FaultKind) {
        self.add(kind, 1);
    }

    /// It happened so many times more.
    pub fn add(&mut self, kind: FaultKind, times: u64) {
        *self.0.entry(kind).or_default() += times;
    }

    /// How often it happened.
    pub fn of(&self, kind: FaultKind) -> u64 {
        self.0.get(&kind).copied().unwrap_or(0)
    }

    /// Takes in what others counted.
    pub fn join(&mut self, other: &Counters) {
        for (kind, times) in &other.0 {
            self.add(*kind, *times);
        }
    }

    /// Everything that happened, in the order of the kinds.
    pub fn iter(&self) -> impl Iterator<Item = (FaultKind, u64)> {
        self.0.iter().map(|(kind, times)| (*kind, *times))
    }
}
