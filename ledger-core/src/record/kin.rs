//! Kin links and the allowances that go with them.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::time::{Day, Month};

/// What one person is to another.
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
pub enum Relation {
    /// Husband or wife.
    Spouse,
    /// Father or mother.
    Parent,
    /// Son or daughter.
    Child,
    /// Spouse of a son or daughter.
    ChildInLaw,
    /// Father or mother of the spouse.
    ParentInLaw,
    /// Brother or sister.
    Sibling,
    /// Grandfather or grandmother.
    Grandparent,
    /// Grandson or granddaughter.
    Grandchild,
}

impl Relation {
    /// What the first is to the second when the second is `self` to the first.
    #[must_use]
    pub const fn inverse(self) -> Relation {
        match self {
            Relation::Spouse => Relation::Spouse,
            Relation::Parent => Relation::Child,
            Relation::Child => Relation::Parent,
            Relation::ChildInLaw => Relation::ParentInLaw,
            Relation::ParentInLaw => Relation::ChildInLaw,
            Relation::Sibling => Relation::Sibling,
            Relation::Grandparent => Relation::Grandchild,
            Relation::Grandchild => Relation::Grandparent,
        }
    }
}

/// A link from one account to another; each link is stored in both directions.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct KinRecord {
    /// What the other is to this one.
    pub relation: Relation,
    /// How much of this account's minutes the other's orders may use.
    pub allowance: Option<Allowance>,
}

/// A monthly allowance and what was used of it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Allowance {
    /// How much in a calendar month.
    pub minutes_per_month: Minutes,
    /// The last day.
    pub last_day: Day,
    /// What was used.
    pub used: MonthlyUse,
}

/// Minutes used within one month; an earlier month's use no longer counts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct MonthlyUse {
    /// The month of the last use.
    pub month: Month,
    /// Minutes used in it.
    pub minutes: Minutes,
}

impl MonthlyUse {
    /// Nothing used yet.
    pub const NONE: MonthlyUse = MonthlyUse {
        month: Month(0),
        minutes: Minutes::ZERO,
    };

    /// Minutes used in `month`.
    pub fn in_month(&self, month: Month) -> Minutes {
        if self.month == month {
            self.minutes
        } else {
            Minutes::ZERO
        }
    }
}
