//! Budget lines, which bound what may be minted, and the pools of an organisation.

use std::fmt;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::{AmountError, Minutes};
use crate::codec;
use crate::id::{IdError, OrganisationId};
use crate::record::account::History;
use crate::time::Day;

/// What a budget line may mint for.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum BudgetPurpose {
    /// Service orders.
    Service,
    /// Filling pools.
    Fund,
    /// Grants to people of a programme.
    Grant,
    /// Training.
    Training,
    /// Campaigns.
    Campaign,
}

/// The most minutes of one budget line: above 70 million hours, and so far below what all lines together may have that no
/// two treasurers can use that up.
pub const LINE_MINUTES_MAX: Minutes = Minutes(1 << 32);

/// A budget line. `reserved + used ≤ minutes` always.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct BudgetRecord {
    /// The organisation whose people and orders it may pay for.
    pub scope: OrganisationId,
    /// What it may mint for.
    pub purpose: BudgetPurpose,
    /// How much in all.
    pub minutes: Minutes,
    /// Reserved for open orders.
    pub reserved: Minutes,
    /// Minted.
    pub used: Minutes,
    /// The last day on which it may be used.
    pub last_day: Day,
}

impl BudgetRecord {
    /// What is neither reserved nor used.
    ///
    /// # Errors
    /// When the line is overdrawn, which no rule allows.
    pub fn available(&self) -> Result<Minutes, AmountError> {
        self.minutes.minus(self.reserved)?.minus(self.used)
    }
}

/// What a pool is for.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum PoolKind {
    /// Donations and overflow.
    Donation,
    /// Grants to people.
    Grant,
    /// Reserve that makes the innocent whole.
    Reserve,
}

/// A pool of an organisation, shown as `tbo1…:donation`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct PoolId {
    /// Whose.
    pub organisation: OrganisationId,
    /// What for.
    pub kind: PoolKind,
}

impl fmt::Display for PoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            PoolKind::Donation => "donation",
            PoolKind::Grant => "grant",
            PoolKind::Reserve => "reserve",
        };
        write!(f, "{}:{kind}", self.organisation)
    }
}

impl fmt::Debug for PoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PoolId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<PoolId, IdError> {
        let (organisation, kind) = text.split_once(':').ok_or(IdError::Length)?;
        let kind = match kind {
            "donation" => PoolKind::Donation,
            "grant" => PoolKind::Grant,
            "reserve" => PoolKind::Reserve,
            _ => return Err(IdError::Checksum),
        };
        Ok(PoolId {
            organisation: organisation.parse()?,
            kind,
        })
    }
}

codec::serde_as_text!(PoolId);

/// What a pool holds.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct PoolRecord {
    /// Minutes in it.
    pub minutes: Minutes,
    /// The chain over every posting that touched it.
    pub history: History,
}

impl PoolRecord {
    /// A pool nothing has touched yet.
    pub const EMPTY: PoolRecord = PoolRecord {
        minutes: Minutes::ZERO,
        history: History::EMPTY,
    };
}
