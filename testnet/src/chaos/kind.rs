//! The kinds of faults, by the words the command line knows them by.

use std::fmt;
use std::str::FromStr;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// SIGKILL, of one node, of two, or of all at once; sometimes again while it recovers.
    Kill,
    /// SIGSTOP, and SIGCONT a while later.
    Pause,
    /// A node cut off from the others, or one half from the other.
    Partition,
    /// A line that delays, holds bytes back and breaks connections.
    Slow,
    /// Every node stopped as a service manager would, and started again, one after the other.
    Rolling,
    /// A node that loses its whole data directory.
    Wipe,
    /// A node whose volume fills up.
    Disk,
}

impl Kind {
    /// Every kind, in the order in which they are injected.
    pub(super) const ALL: [Kind; 7] = [
        Kind::Kill,
        Kind::Pause,
        Kind::Partition,
        Kind::Slow,
        Kind::Rolling,
        Kind::Wipe,
        Kind::Disk,
    ];

    /// The word of the command line.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Kind::Kill => "kill",
            Kind::Pause => "pause",
            Kind::Partition => "partition",
            Kind::Slow => "slow",
            Kind::Rolling => "rolling",
            Kind::Wipe => "wipe",
            Kind::Disk => "disk",
        }
    }

    /// How often it is injected: kills as asked, in a rolling restart every node, the others a few times, or, in a short
    /// trial, each variant once.
    pub(super) const fn times(self, nodes: usize, kill_rounds: usize, length: Length) -> usize {
        match (self, length) {
            (Kind::Kill, _) => kill_rounds,
            (Kind::Pause | Kind::Partition, Length::Usual) => 6,
            (Kind::Pause | Kind::Partition, Length::Short) => 3,
            (Kind::Slow | Kind::Wipe, Length::Usual) => 2,
            (Kind::Slow | Kind::Wipe, Length::Short) | (Kind::Disk, _) => 1,
            (Kind::Rolling, _) => nodes,
        }
    }
}

/// How much a trial does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Each variant of a fault several times.
    Usual,
    /// Each variant once.
    Short,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that is no kind of fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{word}` is no kind of fault; there are kill, pause, partition, slow, rolling, wipe and disk"
)]
pub(super) struct UnknownKind {
    word: String,
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Kind, UnknownKind> {
        Kind::ALL
            .into_iter()
            .find(|kind| kind.word() == word)
            .ok_or_else(|| UnknownKind {
                word: word.to_owned(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known_by_its_word() {
        for kind in Kind::ALL {
            assert_eq!(kind.word().parse(), Ok(kind));
        }
        let error = "quake".parse::<Kind>().unwrap_err().to_string();
        for kind in Kind::ALL {
            assert!(error.contains(kind.word()), "{error}");
        }
    }
}
