//! How long the host waits, and the keys by which its owner tells timeouts apart.
//!
//! No timeout lies on the normal path: with a live proposer and no loss, a height is decided by messages alone. A
//! timeout that is too short costs a round, one that is too long costs that time when a proposer is silent.

use std::time::Duration;

use arc_malachitebft_core_types::{LinearTimeouts, Round, Timeout, TimeoutKind as CoreTimeoutKind};
use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::id::Height;

/// The base of each timeout, what a round adds to it, and the cap.
///
/// The defaults suit a local network of machines with two slow cores: a block of ten thousand transactions is built,
/// sent and executed well within a second there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeoutConfig {
    /// Waiting for the proposal before prevoting nil.
    pub propose: Duration,
    /// What each round adds.
    pub propose_delta: Duration,
    /// Waiting, after a quorum of mixed prevotes, for a quorum of equal ones.
    pub prevote: Duration,
    /// What each round adds.
    pub prevote_delta: Duration,
    /// Waiting, after a quorum of mixed precommits, for a quorum of equal ones.
    pub precommit: Duration,
    /// What each round adds.
    pub precommit_delta: Duration,
    /// Waiting, after our last vote, before sending it again, and again. This is the only retransmission there is, and
    /// no round adds to it: as the other timeouts grow, each vote is sent more often within its round, so that a round
    /// succeeds at last, however many messages are lost.
    pub rebroadcast: Duration,
    /// The longest any of them gets.
    pub timeout_max: Duration,
}

impl Default for TimeoutConfig {
    fn default() -> Self {
        TimeoutConfig {
            propose: Duration::from_millis(1_000),
            propose_delta: Duration::from_millis(500),
            prevote: Duration::from_millis(500),
            prevote_delta: Duration::from_millis(250),
            precommit: Duration::from_millis(500),
            precommit_delta: Duration::from_millis(250),
            rebroadcast: Duration::from_millis(1_000),
            timeout_max: Duration::from_secs(20),
        }
    }
}

impl TimeoutConfig {
    /// How long `key` lasts.
    pub(crate) fn duration(&self, key: TimeoutKey) -> Duration {
        if key.kind == TimeoutKind::Rebroadcast {
            return self.rebroadcast;
        }
        LinearTimeouts {
            propose: self.propose,
            propose_delta: self.propose_delta,
            prevote: self.prevote,
            prevote_delta: self.prevote_delta,
            precommit: self.precommit,
            precommit_delta: self.precommit_delta,
            rebroadcast: self.rebroadcast,
            max_timeout: self.timeout_max,
        }
        .duration_for(key.to_core())
    }
}

/// What is waited for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub enum TimeoutKind {
    /// The proposal.
    Propose,
    /// Equal prevotes.
    Prevote,
    /// Equal precommits.
    Precommit,
    /// Sending votes again.
    Rebroadcast,
}

/// Names one timeout. The height is part of it, so that a timeout that fires after its height is over means nothing:
/// the core compares rounds only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct TimeoutKey {
    /// The height.
    pub height: Height,
    /// The round.
    pub round: u32,
    /// What is waited for.
    pub kind: TimeoutKind,
}

impl TimeoutKey {
    pub(crate) fn to_core(self) -> Timeout {
        let kind = match self.kind {
            TimeoutKind::Propose => CoreTimeoutKind::Propose,
            TimeoutKind::Prevote => CoreTimeoutKind::Prevote,
            TimeoutKind::Precommit => CoreTimeoutKind::Precommit,
            TimeoutKind::Rebroadcast => CoreTimeoutKind::Rebroadcast,
        };
        Timeout::new(Round::new(self.round), kind)
    }

    /// None for the finalisation timeout, which a height without a target time never has, and outside of rounds.
    pub(crate) fn from_core(height: Height, timeout: Timeout) -> Option<TimeoutKey> {
        let kind = match timeout.kind {
            CoreTimeoutKind::Propose => TimeoutKind::Propose,
            CoreTimeoutKind::Prevote => TimeoutKind::Prevote,
            CoreTimeoutKind::Precommit => TimeoutKind::Precommit,
            CoreTimeoutKind::Rebroadcast => TimeoutKind::Rebroadcast,
            CoreTimeoutKind::FinalizeHeight(_) => return None,
        };
        Some(TimeoutKey {
            height,
            round: timeout.round.as_u32()?,
            kind,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consensus::ROUND_MAX;

    #[test]
    fn timeouts_grow_with_the_round_up_to_the_cap() {
        let config = TimeoutConfig::default();
        let key = |round| TimeoutKey {
            height: Height(1),
            round,
            kind: TimeoutKind::Propose,
        };
        assert_eq!(config.duration(key(0)), Duration::from_millis(1_000));
        assert_eq!(config.duration(key(2)), Duration::from_millis(2_000));
        assert_eq!(config.duration(key(ROUND_MAX)), config.timeout_max);
    }
}
