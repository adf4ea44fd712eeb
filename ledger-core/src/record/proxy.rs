//! Proxies: who may act for a principal, in what and how far.

use std::fmt;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::codec;
use crate::id::{AccountId, IdError, StaffId};
use crate::record::kin::MonthlyUse;
use crate::time::{Day, TimestampMs};

/// Who acts: a person or a clerk.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum ProxyHolder {
    /// A person, by account.
    Account(AccountId),
    /// A clerk, by staff entry.
    Clerk(StaffId),
}

impl fmt::Display for ProxyHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProxyHolder::Account(account) => fmt::Display::fmt(account, f),
            ProxyHolder::Clerk(clerk) => fmt::Display::fmt(clerk, f),
        }
    }
}

impl fmt::Debug for ProxyHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ProxyHolder {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.contains('/') {
            text.parse().map(ProxyHolder::Clerk)
        } else {
            text.parse().map(ProxyHolder::Account)
        }
    }
}

codec::serde_as_text!(ProxyHolder);

/// In what a proxy may act.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ProxyScope {
    /// Orders only: posting, check-in, completion, cancelling, kin links.
    Orders,
    /// Redemption only.
    Redemption,
    /// Both.
    OrdersAndRedemption,
}

impl ProxyScope {
    /// Whether orders are inside.
    pub const fn covers_orders(self) -> bool {
        matches!(self, ProxyScope::Orders | ProxyScope::OrdersAndRedemption)
    }

    /// Whether redemption is inside.
    pub const fn covers_redemption(self) -> bool {
        matches!(
            self,
            ProxyScope::Redemption | ProxyScope::OrdersAndRedemption
        )
    }
}

/// A proxy.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ProxyRecord {
    /// The human who was appointed. A staff number that passes to somebody else does not take its proxies along.
    pub person: AccountId,
    /// In what it may act.
    pub scope: ProxyScope,
    /// How much it may commit in a calendar month.
    pub minutes_per_month: Minutes,
    /// The last day.
    pub last_day: Day,
    /// From when it acts.
    pub active_from_ms: TimestampMs,
    /// What it committed.
    pub used: MonthlyUse,
}
