//! What the whole chain shares: its city, calendar and purpose, its validators, and the offences on record.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::id::{Height, OrganisationId};
use crate::time::{Calendar, Day, TimestampMs};
use crate::validator::ValidatorSet;

/// The most former validator sets on record: one for each hour of the 24 in which a change bounds the next.
pub const RECENT_SETS_MAX: usize = 24;

/// Whether time may be moved by a transaction.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ChainPurpose {
    /// Real hours of real people.
    Production,
    /// Trials; `AdvanceTime` is allowed.
    Test,
}

/// The chain's parameters.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ChainRecord {
    /// The city at the top of the tree of organisations.
    pub city: OrganisationId,
    /// By which instants become days.
    pub calendar: Calendar,
    /// Production or test.
    pub purpose: ChainPurpose,
    /// The next block's time is at least this.
    pub time_floor_ms: TimestampMs,
}

/// The validator set in force from the next block on, and those of the last 24 hours.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ValidatorsRecord {
    /// In force from the next block on.
    pub current: ValidatorSet,
    /// The height of the block that last changed it; 0 when it is the genesis set.
    pub changed_at: Height,
    /// Former sets that were in force within 24 hours of the last change, oldest first; at most [`RECENT_SETS_MAX`].
    pub recent: Vec<RetiredSet>,
}

/// A set that is no longer in force.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RetiredSet {
    /// The block time at which it was replaced.
    pub until_ms: TimestampMs,
    /// The set.
    pub set: ValidatorSet,
}

/// That a validator signed two conflicting votes.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct EvidenceRecord {
    /// The office the validator belongs to.
    pub organisation: OrganisationId,
    /// The block that recorded it.
    pub recorded_at: Height,
    /// The two values voted for, each a block id or none for nil.
    pub values: [Option<Hash>; 2],
}

/// One expiry hour of remembered transaction ids.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct RememberedHour {
    /// How many ids.
    pub count: u64,
    /// `H(running ‖ id)` over them in order of application.
    pub running: Hash,
}

/// The version of the rules a chain begins with.
pub const GENESIS_RULES_VERSION: u16 = 1;

/// The newest version of the rules this build knows.
pub const RULES_VERSION: u16 = 1;

/// Which version of the rules is in force, and which follows it from a day on.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct UpgradeRecord {
    /// The version before [`Self::from_day`].
    pub before: u16,
    /// The version from then on.
    pub version: u16,
    /// The first day on which it acts.
    pub from_day: Day,
}

impl UpgradeRecord {
    /// The version in force on `day`.
    pub fn version_on(&self, day: Day) -> u16 {
        if day < self.from_day {
            self.before
        } else {
            self.version
        }
    }
}
