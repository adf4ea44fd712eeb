//! Operations of the city and its offices: organisations, staff, policy, catalogue, validators, budgets, evidence, upgrades,
//! clearing.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::amount::Minutes;
use crate::certificate::Evidence;
use crate::hash::Hash;
use crate::id::{BudgetId, OrganisationId, ServiceCode};
use crate::record::budget::{BudgetPurpose, PoolId};
use crate::record::organisation::{Level, StaffRecord};
use crate::record::policy::{CatalogueEntry, PolicyParameter, PolicyValue};
use crate::time::{Day, Month, TimestampMs};
use crate::validator::Validator;

/// The most staff entries one [`SetStaff`] changes.
pub const STAFF_CHANGES_MAX: usize = 100;

/// Registers an organisation below `parent`. Signed by the parent's administrators, to its threshold.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RegisterOrganisation {
    /// Its division code, not in use yet.
    pub organisation: OrganisationId,
    /// The organisation it belongs to.
    pub parent: OrganisationId,
    /// One level below the parent's.
    pub level: Level,
}

/// Sets or removes staff entries. Signed by the administrators of the organisation or of its parent, to the threshold
/// of the one whose administrators sign.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SetStaff {
    /// The organisation.
    pub organisation: OrganisationId,
    /// At most [`STAFF_CHANGES_MAX`], sorted by number, each number once.
    pub changes: Vec<StaffChange>,
    /// How many administrators sign for the organisation from now on; 0 only while it has none.
    pub threshold: u8,
}

/// One entry of [`SetStaff`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct StaffChange {
    /// The staff number.
    pub number: u32,
    /// The entry from now on; none removes it.
    pub entry: Option<StaffRecord>,
}

/// Sets a policy parameter from a day on, or withdraws what the scope had set; never backwards. Signed by the city's administrators to their threshold, or by
/// a district's to theirs when it tightens the city's value.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SetPolicy {
    /// The city or the district it is for.
    pub scope: OrganisationId,
    /// Which parameter.
    pub parameter: PolicyParameter,
    /// Its value; none withdraws the scope's own from that day on: the city's counts in a district again, and the default
    /// in the city.
    pub value: Option<PolicyValue>,
    /// The first day on which it acts; today at the earliest.
    pub from_day: Day,
}

/// Sets or retires a service code from a day on. Signed by the city's administrators, to their threshold.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SetCatalogue {
    /// The code.
    pub code: ServiceCode,
    /// Its bounds and multiplier; none retires it.
    pub entry: Option<CatalogueEntry>,
    /// The first day on which it acts; today at the earliest.
    pub from_day: Day,
}

/// Replaces the validator set: block `h` acts from `h + 1`. Signed by the city's administrators, to their threshold.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SetValidators {
    /// The whole new set, sorted by consensus key, each key once.
    pub validators: Vec<Validator>,
}

/// Opens a budget line. Signed by two treasurers of the scope or above it who are different people.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct OpenBudget {
    /// The organisation whose people and orders it may pay for.
    pub scope: OrganisationId,
    /// What it may mint for.
    pub purpose: BudgetPurpose,
    /// How much.
    pub minutes: Minutes,
    /// The last day on which it may be used.
    pub last_day: Day,
}

/// Mints from a budget line into a pool. Signed by two treasurers of the line's scope or above it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct FundPool {
    /// The line, of purpose `Fund`.
    pub budget: BudgetId,
    /// The pool, of an organisation the line's scope covers.
    pub pool: PoolId,
    /// How much.
    pub minutes: Minutes,
}

/// Two conflicting signed votes of one validator. Signed by anyone's bare key.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct SubmitEvidence {
    /// The proof.
    pub evidence: Evidence,
}

/// Raises the floor of the next block's time, on test chains only. Signed by the city's administrators, to their
/// threshold.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct AdvanceTime {
    /// The next block's time is at least this.
    pub to_ms: TimestampMs,
}

/// Announces from which day on blocks follow a newer version of the rules. Signed by the city's administrators, to their
/// threshold. A node that does not know the version stops before it votes on the first block of that day.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ScheduleUpgrade {
    /// The version, above the one in force.
    pub version: u16,
    /// The first day on which it acts; tomorrow at the earliest.
    pub from_day: Day,
}

/// Confirms a month's clearing, recomputed from the blocks. Signed by an auditor.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct CosignClearing {
    /// The month.
    pub month: Month,
    /// The hash of the clearing record the auditor arrived at.
    pub hash: Hash,
}
