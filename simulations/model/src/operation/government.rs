//! Operations of the city and its offices.

use crate::genesis::{Level, StaffEntry};
use crate::id::{BudgetId, Commitment, OrganisationId, PoolId, ServiceCode};
use crate::policy::{CatalogueEntry, Parameter, Value};
use crate::time::{Day, Milliseconds, Minutes, Month};

/// Registers an organisation below `parent`. Signed by the parent's administrators, to its threshold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterOrganisation {
    /// Its id, not in use yet.
    pub organisation: OrganisationId,
    /// The one it belongs to.
    pub parent: OrganisationId,
    /// One level below the parent's.
    pub level: Level,
}

/// Sets or removes staff entries. Signed by the administrators of the organisation or of its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetStaff {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Sorted by number, each number once; none removes the entry.
    pub changes: Vec<(u32, Option<StaffEntry>)>,
    /// How many administrators sign from now on.
    pub threshold: u8,
}

/// Sets a policy parameter from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetPolicy {
    /// The city or a district.
    pub scope: OrganisationId,
    /// Which parameter.
    pub parameter: Parameter,
    /// Its value; none withdraws what the scope has set.
    pub value: Option<Value>,
    /// The first day on which it acts.
    pub from_day: Day,
}

/// Sets or retires a service code from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetCatalogue {
    /// The code.
    pub code: ServiceCode,
    /// Bounds and multiplier; none retires it.
    pub entry: Option<CatalogueEntry>,
    /// The first day on which it acts.
    pub from_day: Day,
}

/// Announces a version every node must know from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleUpgrade {
    /// The version.
    pub version: u32,
    /// The first day on which it is in force.
    pub from_day: Day,
}

/// What a budget line may mint for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Service orders.
    Service,
    /// Filling pools.
    Fund,
    /// Grants to people.
    Grant,
    /// Trainings.
    Training,
    /// Campaigns.
    Campaign,
}

/// Opens a budget line. Signed by two treasurers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenBudget {
    /// The id the line gets.
    pub budget: BudgetId,
    /// Whose people and orders it may pay for.
    pub scope: OrganisationId,
    /// What it may mint for.
    pub purpose: Purpose,
    /// How much.
    pub minutes: Minutes,
    /// The last day on which it may be used.
    pub last_day: Day,
}

/// Mints from a budget line into a pool. Signed by two treasurers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FundPool {
    /// The line, of purpose `Fund`.
    pub budget: BudgetId,
    /// The pool.
    pub pool: PoolId,
    /// How much.
    pub minutes: Minutes,
}

/// Raises the floor of the next block's time, on test chains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvanceTime {
    /// The next block's time is at least this.
    pub to_ms: Milliseconds,
}

/// An auditor's signature under a closed month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosignClearing {
    /// The month.
    pub month: Month,
    /// What the auditor's own computation gave.
    pub hash: Commitment,
}
