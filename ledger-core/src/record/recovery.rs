//! Guardians of an account, and the recovery they may start when its key is lost.

use std::fmt;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::codec;
use crate::id::{AccountId, IdError, OrganisationId};
use crate::signature::PublicKey;
use crate::time::{DAY_MS, TimestampMs};

/// The most guardians of one account.
pub const GUARDIANS_MAX: usize = 8;
/// The longest a recovery waits: 30 days.
pub const RECOVERY_DELAY_MS_MAX: u64 = 30 * DAY_MS;
/// How long those who started a recovery that was cancelled may not start another: 30 days.
pub const RECOVERY_PAUSE_MS: u64 = 30 * DAY_MS;
/// The most pauses on record for one account; the one that ends first makes room.
pub const PAUSES_MAX: usize = 32;

/// Who helps when a key is lost: a person, or an office, for which one of its registrars signs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum Guardian {
    /// A person, by account.
    Account(AccountId),
    /// An office.
    Office(OrganisationId),
}

impl fmt::Display for Guardian {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Guardian::Account(account) => fmt::Display::fmt(account, f),
            Guardian::Office(office) => fmt::Display::fmt(office, f),
        }
    }
}

impl fmt::Debug for Guardian {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Guardian {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Guardian, IdError> {
        match text.parse() {
            Ok(account) => Ok(Guardian::Account(account)),
            Err(_) => text.parse().map(Guardian::Office),
        }
    }
}

codec::serde_as_text!(Guardian);

/// The guardians of an account and what they are at.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct RecoveryRecord {
    /// Sorted, each once, at most [`GUARDIANS_MAX`].
    pub guardians: Vec<Guardian>,
    /// How many of them start a recovery.
    pub threshold: u8,
    /// How long a recovery waits.
    pub delay_ms: u64,
    /// The one that waits now.
    pub ongoing: Option<OngoingRecovery>,
    /// Who may not start another for a while, sorted by end, at most [`PAUSES_MAX`].
    pub paused: Vec<RecoveryPause>,
}

impl RecoveryRecord {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.guardians.is_empty() && self.ongoing.is_none() && self.paused.is_empty()
    }

    /// Until when `initiator` may not start a recovery; none when it may.
    pub fn paused_until_ms(&self, initiator: Guardian, now_ms: TimestampMs) -> Option<TimestampMs> {
        let mut pauses = self.paused.iter().rev();
        let pause = pauses.find(|pause| pause.initiator == initiator)?;
        (now_ms < pause.until_ms).then_some(pause.until_ms)
    }

    /// Pauses those who started a recovery that was cancelled at `now_ms`.
    pub fn pause(&mut self, initiators: &[Guardian], now_ms: TimestampMs) {
        self.forget_pauses(now_ms);
        self.paused
            .retain(|pause| !initiators.contains(&pause.initiator));
        let until_ms = now_ms.plus_ms(RECOVERY_PAUSE_MS);
        self.paused
            .extend(initiators.iter().map(|initiator| RecoveryPause {
                initiator: *initiator,
                until_ms,
            }));
        let excess = self.paused.len().saturating_sub(PAUSES_MAX);
        self.paused.drain(..excess);
    }

    /// Forgets the pauses that have ended at `now_ms`.
    pub fn forget_pauses(&mut self, now_ms: TimestampMs) {
        self.paused.retain(|pause| now_ms < pause.until_ms);
    }
}

/// A recovery that waits for its delay to pass.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct OngoingRecovery {
    /// The key from the end of the delay on.
    pub new_key: PublicKey,
    /// When the delay ends.
    pub finishes_ms: TimestampMs,
    /// Whether the old key may stop it: not when an arbiter stands behind it.
    pub cancellable: bool,
    /// Whose signatures started it: people, and offices for which somebody signed.
    pub initiators: Vec<Guardian>,
}

/// That somebody may not start a recovery for a while.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RecoveryPause {
    /// Who.
    pub initiator: Guardian,
    /// Until when.
    pub until_ms: TimestampMs,
}
