//! How a disk in memory fails, and what it counts of that.

use std::io;
use std::path::Path;

use rustix::io::Errno;

use crate::storage::volume::BESIDE_SUFFIX;

/// A file that a fault is about, from the moment it is made, before it gets its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiskFile {
    /// The block database.
    Blocks,
    /// The first file of the block journal. A wrong write that is to happen to it happens to whichever of the two is written.
    Journal,
    /// The second file of the block journal.
    SecondJournal,
    /// The database of the derived state.
    State,
    /// The first file of the log above it. A wrong write that is to happen to it happens to whichever of the two is written.
    StateLog,
    /// The second file of that log.
    SecondStateLog,
    /// The consensus log.
    Wal,
    /// The record of the last signature.
    LastSigned,
}

impl DiskFile {
    /// All of them.
    pub const ALL: [DiskFile; 8] = [
        DiskFile::Blocks,
        DiskFile::Journal,
        DiskFile::SecondJournal,
        DiskFile::State,
        DiskFile::StateLog,
        DiskFile::SecondStateLog,
        DiskFile::Wal,
        DiskFile::LastSigned,
    ];

    /// Which file `path` is, or will be once it is renamed.
    pub(super) fn at(path: &Path) -> Option<DiskFile> {
        let text = path.to_str()?;
        let named = Path::new(text.strip_suffix(BESIDE_SUFFIX).unwrap_or(text));
        DiskFile::ALL.into_iter().find(|file| file.path() == named)
    }

    /// Whether a wrong write that is to happen to `wanted` happens to this.
    fn is_meant_by(self, wanted: DiskFile) -> bool {
        self == wanted
            || matches!(
                (self, wanted),
                (DiskFile::SecondJournal, DiskFile::Journal)
                    | (DiskFile::SecondStateLog, DiskFile::StateLog)
            )
    }
}

/// How a disk in memory fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskFault {
    /// No space is left: nothing more is written.
    Full,
    /// The disk holds so many bytes. A write that does not fit is cut where the space ends.
    Space {
        /// The size of the disk; see [`super::MemoryDisk::bytes`].
        bytes: u64,
    },
    /// Writes are taken, but a sync fails, and what it was to make durable never will be.
    SyncFails,
    /// Nothing can be read.
    ReadFails,
    /// So many more writes, syncs and changes of names work; then everything fails. Simulations stop a node between any
    /// two of them, and crash it then.
    After(u64),
    /// The write to `file` after the next `nth` ones is acknowledged, and its bytes never arrive. Happens once.
    LostWrite {
        /// The file.
        file: DiskFile,
        /// How many writes to it arrive first.
        nth: u64,
    },
    /// The bytes of the write to `file` after the next `nth` ones arrive elsewhere in the same file. Happens once.
    Misdirected {
        /// The file.
        file: DiskFile,
        /// How many writes to it arrive first.
        nth: u64,
    },
}

/// What a crash leaves of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survival {
    /// Nothing: only what was synced.
    Synced,
    /// Everything: the process was killed, and the machine runs on.
    Everything,
    /// Each page by itself is there, is not, or is torn between sectors; of the changes of names, the first few are there.
    Torn {
        /// Decides about each.
        seed: u64,
    },
}

impl Survival {
    /// Torn by `seed`, or for 0 only what was synced.
    pub const fn of(seed: u64) -> Survival {
        match seed {
            0 => Survival::Synced,
            seed => Survival::Torn { seed },
        }
    }
}

/// How often each kind of fault has happened on a disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskCounts {
    /// Pages not synced before a crash of which some sectors are there and some are not.
    pub torn: u64,
    /// Pages not synced before a crash that are gone.
    pub dropped: u64,
    /// Changes of names not synced before a crash that did not happen.
    pub names_dropped: u64,
    /// Acknowledged writes that never arrived.
    pub lost: u64,
    /// Writes that arrived elsewhere.
    pub misdirected: u64,
    /// Flipped bits.
    pub rotted: u64,
    /// Failed syncs.
    pub sync_failed: u64,
    /// Failed reads.
    pub read_failed: u64,
    /// Operations refused after those that [`DiskFault::After`] allowed.
    pub stopped: u64,
    /// Writes refused because no space was left.
    pub full: u64,
}

impl DiskCounts {
    /// Both together.
    #[must_use]
    pub const fn plus(self, other: DiskCounts) -> DiskCounts {
        DiskCounts {
            torn: self.torn + other.torn,
            dropped: self.dropped + other.dropped,
            names_dropped: self.names_dropped + other.names_dropped,
            lost: self.lost + other.lost,
            misdirected: self.misdirected + other.misdirected,
            rotted: self.rotted + other.rotted,
            sync_failed: self.sync_failed + other.sync_failed,
            read_failed: self.read_failed + other.read_failed,
            stopped: self.stopped + other.stopped,
            full: self.full + other.full,
        }
    }

    /// Each kind with its name, for summaries.
    pub const fn named(&self) -> [(&'static str, u64); 10] {
        [
            ("torn", self.torn),
            ("dropped", self.dropped),
            ("names_dropped", self.names_dropped),
            ("lost", self.lost),
            ("misdirected", self.misdirected),
            ("rotted", self.rotted),
            ("sync_failed", self.sync_failed),
            ("read_failed", self.read_failed),
            ("stopped", self.stopped),
            ("full", self.full),
        ]
    }
}

/// What somebody wants of the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// To read.
    Read,
    /// To write, or to let a file grow.
    Write,
    /// To cut a file, or to change a name: needs no space.
    Change,
    /// To sync a file or directory.
    Sync,
}

/// Fails as `fault` says; counts it, and counts [`DiskFault::After`] down.
pub(super) fn check(
    fault: &mut DiskFault,
    counts: &mut DiskCounts,
    operation: Operation,
) -> io::Result<()> {
    let (error, count) = match (fault, operation) {
        (DiskFault::Full, Operation::Write) => (Errno::NOSPC, &mut counts.full),
        (DiskFault::SyncFails, Operation::Sync) => (Errno::IO, &mut counts.sync_failed),
        (DiskFault::ReadFails, Operation::Read) => (Errno::IO, &mut counts.read_failed),
        (DiskFault::After(0), _) => (Errno::IO, &mut counts.stopped),
        (DiskFault::After(left), operation) if operation != Operation::Read => {
            *left -= 1;
            return Ok(());
        }
        _ => return Ok(()),
    };
    *count += 1;
    Err(error.into())
}

/// What becomes of the bytes of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// They arrive.
    Arrive,
    /// They are lost.
    Lost,
    /// They arrive elsewhere.
    Misdirected,
}

/// What becomes of a write to `file`, and counts down to what is to happen to a later one.
pub(super) fn fate(
    faults: &mut Vec<DiskFault>,
    counts: &mut DiskCounts,
    file: Option<DiskFile>,
) -> Fate {
    let mut happens = Fate::Arrive;
    faults.retain_mut(|fault| {
        let (concerned, nth, fate) = match fault {
            DiskFault::LostWrite { file, nth } => (file, nth, Fate::Lost),
            DiskFault::Misdirected { file, nth } => (file, nth, Fate::Misdirected),
            _ => return true,
        };
        if !file.is_some_and(|file| file.is_meant_by(*concerned)) {
            return true;
        }
        if *nth > 0 || happens != Fate::Arrive {
            *nth = nth.saturating_sub(1);
            return true;
        }
        happens = fate;
        false
    });
    match happens {
        Fate::Arrive => {}
        Fate::Lost => counts.lost += 1,
        Fate::Misdirected => counts.misdirected += 1,
    }
    happens
}

/// Mixes numbers into one: what a seed decides about a place.
pub(super) fn hash(numbers: &[u64]) -> u64 {
    let mut bytes = Vec::with_capacity(numbers.len() * 8);
    for number in numbers {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    twox_hash::XxHash3_64::oneshot(&bytes)
}

/// As a number to be mixed.
pub(super) fn number_of(path: &Path) -> u64 {
    twox_hash::XxHash3_64::oneshot(path.as_os_str().as_encoded_bytes())
}
