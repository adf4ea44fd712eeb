//! Conservation, checked after every block from the records themselves and independently of the rules.
//!
//! Beyond the equation of conservation, each total of the supply must move exactly as the records it sums up: accounts, pools, and
//! budget lines, which alone allow minting; and what accounts hold and lines have reserved must move exactly as what open
//! orders may still pay. What reversals leave behind, and what leaves the supply, is checked in `debts.rs`; that each account's
//! membership says what the account says, in `membership.rs`, and its service record what it counts, in `service_record.rs`. What clearing has counted for each district moves exactly as
//! what the district's people and pools have.

mod debts;
mod membership;
mod service_record;

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};

use super::clearing::district_of;
use crate::amount::{AmountError, Minutes};
use crate::codec;
use crate::id::{AccountId, OrganisationId};
use crate::planted::{self, Planted};
use crate::receipt::Receipt;
use crate::record::account::AccountRecord;
use crate::record::budget::{BudgetPurpose, BudgetRecord, PoolId, PoolRecord};
use crate::record::clearing::{ClearingRecord, DistrictMonth};
use crate::record::order::OrderRecord;
use crate::record::service_record::{ServiceRecord, ServiceYear};
use crate::record::supply::SupplyRecord;
use crate::state::key::{
    account_of_key, account_of_membership_key, account_of_service_record_key,
    account_of_service_year_key, district_of_month_key, is_budget_key, is_clearing_key,
    is_order_key, pool_of_claim_key, pool_of_key, pool_of_queue_key,
};
use crate::state::overlay::RECORD_BYTES_MAX;
use crate::state::{Overlay, StateError, StateKey};

/// How the books disagree. Never the fault of a transaction: a rule is wrong, or the state was damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Imbalance {
    /// What was issued is not what there is.
    #[error("issued {issued} min, accounted for {accounted} min")]
    Conservation {
        /// Everything ever issued.
        issued: Minutes,
        /// Everything there is.
        accounted: Minutes,
    },
    /// A total did not move with the records it sums up.
    #[error("the total of minutes {total} moved by {recorded} min, the records by {actual} min")]
    Total {
        /// Which.
        total: &'static str,
        /// By how much the total moved.
        recorded: i128,
        /// By how much the records moved.
        actual: i128,
    },
    /// What clearing counted for a district did not move with what its people and pools have.
    #[error(
        "clearing counts that district {district} moved by {counted} min, what its people and pools have by {actual} min"
    )]
    District {
        /// Which; the city for its own pools.
        district: OrganisationId,
        /// By how much clearing says it moved.
        counted: i128,
        /// By how much the records moved.
        actual: i128,
    },
    /// A budget line has promised and minted more than it has.
    #[error("a budget line of {minutes} min has {reserved} min reserved and {used} min used")]
    Overdrawn {
        /// What it has.
        minutes: Minutes,
        /// What is reserved.
        reserved: Minutes,
        /// What is used.
        used: Minutes,
    },
    /// A membership does not say what the account says.
    #[error("the membership of {account} is not what its account says")]
    Membership {
        /// Whose.
        account: AccountId,
    },
    /// A service record does not say what the account counts, or its years do not add up to it.
    #[error("the service record of {account} is not what its account and its years say")]
    ServiceRecord {
        /// Whose.
        account: AccountId,
    },
    /// A sum does not fit.
    #[error("a sum does not fit")]
    Overflow,
}

impl From<AmountError> for Imbalance {
    fn from(_: AmountError) -> Imbalance {
        Imbalance::Overflow
    }
}

/// Checks conservation, the totals, what is set aside for orders, and debts, over everything `state` has changed and kept
/// and `receipts` posted about it.
///
/// # Errors
/// The outer one when the storage fails, the inner one when the books disagree.
pub fn check(
    state: &Overlay<'_>,
    receipts: &[Receipt],
) -> Result<Result<(), Imbalance>, StateError> {
    let before: SupplyRecord = state.load_before(&StateKey::Supply)?.unwrap_or_default();
    let after: SupplyRecord = state.load(&StateKey::Supply)?.unwrap_or_default();
    let mut moved = Moved::default();
    for (key, value) in state.changed() {
        let Some(kind) = Kind::of(state, key)? else {
            continue;
        };
        if kind == Kind::Budget
            && let Some(overdrawn) = overdrawn(value.as_deref())?
        {
            return Ok(Err(overdrawn));
        }
        let old = state.base().read(key)?;
        moved.record(kind, old.as_deref(), -1)?;
        moved.record(kind, value.as_deref(), 1)?;
        if let Kind::Membership(account) = kind {
            let written = decode(value.as_deref())?;
            moved.memberships.written(account, written);
        }
        if let Kind::ServiceRecord(account) = kind {
            let written = decode(value.as_deref())?;
            moved.service_records.written(account, written);
        }
        if kind == Kind::Order {
            moved
                .debts
                .order(decode(old.as_deref())?, decode(value.as_deref())?);
        }
    }
    moved.debts.receipts(receipts);
    Ok(compare(&before, &after, &moved)
        .and_then(|()| debts::compare(&before, &after, &moved.debts))
        .and_then(|()| compare_districts(&moved))
        .and_then(|()| moved.memberships.compare())
        .and_then(|()| moved.service_records.compare()))
}

/// What a record that is summed up is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Account(AccountId),
    /// What an account shows to strangers.
    Membership(AccountId),
    /// What a person has given.
    ServiceRecord(AccountId),
    /// What a person gave in a year.
    ServiceYear(AccountId),
    /// A pool, and the district it is counted under.
    Pool(PoolId, OrganisationId),
    /// What clearing counts of a district.
    Counter(OrganisationId),
    ClosedMonth,
    Budget,
    Order,
    /// The queue of a reserve pool.
    Queue(PoolId),
    /// One who waits for a reserve pool.
    Claim(PoolId),
}

impl Kind {
    fn of(state: &Overlay<'_>, key: &[u8]) -> Result<Option<Kind>, StateError> {
        Ok(if let Some(account) = account_of_key(key) {
            Some(Kind::Account(account))
        } else if let Some(account) = account_of_membership_key(key) {
            Some(Kind::Membership(account))
        } else if let Some(account) = account_of_service_record_key(key) {
            Some(Kind::ServiceRecord(account))
        } else if let Some(account) = account_of_service_year_key(key) {
            Some(Kind::ServiceYear(account))
        } else if is_order_key(key) {
            Some(Kind::Order)
        } else if let Some(pool) = pool_of_key(key) {
            let district = district_of(state, pool.organisation)?.unwrap_or(pool.organisation);
            Some(Kind::Pool(pool, district))
        } else if let Some(pool) = pool_of_queue_key(key) {
            Some(Kind::Queue(pool))
        } else if let Some(pool) = pool_of_claim_key(key) {
            Some(Kind::Claim(pool))
        } else if let Some(district) = district_of_month_key(key) {
            Some(Kind::Counter(district))
        } else if is_clearing_key(key) {
            Some(Kind::ClosedMonth)
        } else if is_budget_key(key) {
            Some(Kind::Budget)
        } else {
            None
        })
    }
}

/// By how much the records of a block moved, each kind summed up.
#[derive(Debug, Default)]
struct Moved {
    spendable: i128,
    held: i128,
    pools: i128,
    budgeted: i128,
    used_for_service: i128,
    used_for_funds: i128,
    used_for_grants: i128,
    used_for_training: i128,
    used_for_campaigns: i128,
    reserved_on_lines: i128,
    held_for_orders: i128,
    reserved_for_orders: i128,
    /// By district, what its people and pools have, and what clearing counted of it.
    districts: BTreeMap<OrganisationId, (i128, i128)>,
    debts: debts::Moved,
    memberships: membership::Moved,
    service_records: service_record::Moved,
}

impl Moved {
    /// A record as it was (`sign` −1) or as it is (`sign` 1).
    fn record(&mut self, kind: Kind, bytes: Option<&[u8]>, sign: i128) -> Result<(), StateError> {
        match kind {
            Kind::Account(account) => self.account(account, bytes, sign),
            Kind::Membership(_) => Ok(()),
            Kind::ServiceRecord(account) => {
                if let Some(record) = decode::<ServiceRecord>(bytes)? {
                    self.service_records.record(account, &record, sign);
                }
                Ok(())
            }
            Kind::ServiceYear(account) => {
                if let Some(year) = decode::<ServiceYear>(bytes)? {
                    self.service_records.year(account, &year, sign);
                }
                Ok(())
            }
            Kind::Pool(pool, district) => self.pool(pool, district, bytes, sign),
            Kind::Counter(district) => self.counter(district, bytes, sign),
            Kind::ClosedMonth => self.closed_month(bytes, sign),
            Kind::Budget => self.budget(bytes, sign),
            Kind::Order => self.order(bytes, sign),
            Kind::Queue(pool) => self.debts.queue(pool, bytes, sign),
            Kind::Claim(pool) => self.debts.claim(pool, bytes, sign),
        }
    }

    fn account(
        &mut self,
        account: AccountId,
        bytes: Option<&[u8]>,
        sign: i128,
    ) -> Result<(), StateError> {
        if let Some(record) = decode::<AccountRecord>(bytes)? {
            add(&mut self.spendable, record.spendable(), sign)?;
            add(&mut self.held, Ok(record.held), sign)?;
            let (actual, _) = self.districts.entry(record.home_district).or_default();
            add(actual, record.spendable(), sign)?;
            add(actual, Ok(record.held), sign)?;
            self.debts.account(&record, sign);
            self.memberships.account(account, &record, sign);
            self.service_records.account(account, &record, sign);
        }
        Ok(())
    }

    fn pool(
        &mut self,
        pool: PoolId,
        district: OrganisationId,
        bytes: Option<&[u8]>,
        sign: i128,
    ) -> Result<(), StateError> {
        if let Some(record) = decode::<PoolRecord>(bytes)? {
            add(&mut self.pools, Ok(record.minutes), sign)?;
            let (actual, _) = self.districts.entry(district).or_default();
            add(actual, Ok(record.minutes), sign)?;
            self.debts.pool(pool, &record, sign);
        }
        Ok(())
    }

    fn counter(
        &mut self,
        district: OrganisationId,
        bytes: Option<&[u8]>,
        sign: i128,
    ) -> Result<(), StateError> {
        if let Some(record) = decode::<DistrictMonth>(bytes)? {
            let (_, counted) = self.districts.entry(district).or_default();
            add(counted, Ok(record.received), sign)?;
            add(counted, Ok(record.left), sign.saturating_neg())?;
        }
        Ok(())
    }

    /// A month's record stands for the counters that were given up when it was closed.
    fn closed_month(&mut self, bytes: Option<&[u8]>, sign: i128) -> Result<(), StateError> {
        if let Some(record) = decode::<ClearingRecord>(bytes)? {
            for district in &record.districts {
                let (_, counted) = self.districts.entry(district.district).or_default();
                add(counted, Ok(district.closing), sign)?;
                add(counted, Ok(district.opening), sign.saturating_neg())?;
            }
        }
        Ok(())
    }

    fn budget(&mut self, bytes: Option<&[u8]>, sign: i128) -> Result<(), StateError> {
        if let Some(record) = decode::<BudgetRecord>(bytes)? {
            let used = match record.purpose {
                BudgetPurpose::Service => &mut self.used_for_service,
                BudgetPurpose::Fund => &mut self.used_for_funds,
                BudgetPurpose::Grant => &mut self.used_for_grants,
                BudgetPurpose::Training => &mut self.used_for_training,
                BudgetPurpose::Campaign => &mut self.used_for_campaigns,
            };
            add(used, Ok(record.used), sign)?;
            add(&mut self.budgeted, Ok(record.minutes), sign)?;
            add(&mut self.reserved_on_lines, Ok(record.reserved), sign)?;
        }
        Ok(())
    }

    fn order(&mut self, bytes: Option<&[u8]>, sign: i128) -> Result<(), StateError> {
        if let Some(OrderRecord::Open(order)) = decode::<OrderRecord>(bytes)? {
            add(&mut self.held_for_orders, order.held.total(), sign)?;
            add(&mut self.reserved_for_orders, order.reserved(), sign)?;
        }
        Ok(())
    }
}

fn add(
    total: &mut i128,
    minutes: Result<Minutes, AmountError>,
    sign: i128,
) -> Result<(), StateError> {
    let minutes = minutes.map_err(|error| StateError {
        reason: error.to_string(),
    })?;
    *total = total.saturating_add(signed(minutes, sign));
    Ok(())
}

fn compare_districts(moved: &Moved) -> Result<(), Imbalance> {
    let wrong = moved
        .districts
        .iter()
        .find(|(_, (actual, counted))| actual != counted);
    match wrong {
        Some((district, (actual, counted))) => Err(Imbalance::District {
            district: *district,
            counted: *counted,
            actual: *actual,
        }),
        None => Ok(()),
    }
}

fn overdrawn(bytes: Option<&[u8]>) -> Result<Option<Imbalance>, StateError> {
    let Some(line) = decode::<BudgetRecord>(bytes)? else {
        return Ok(None);
    };
    // The comparison with the model is to notice this one, not this check.
    let noticed = line.available().is_err() && !planted::is(Planted::BudgetOverdrawn);
    Ok(noticed.then_some(Imbalance::Overdrawn {
        minutes: line.minutes,
        reserved: line.reserved,
        used: line.used,
    }))
}

fn decode<T: BorshSerialize + BorshDeserialize>(
    bytes: Option<&[u8]>,
) -> Result<Option<T>, StateError> {
    bytes
        .map(|bytes| codec::decode(bytes, RECORD_BYTES_MAX))
        .transpose()
        .map_err(|error| StateError {
            reason: error.to_string(),
        })
}

fn signed(minutes: Minutes, sign: i128) -> i128 {
    i128::from(minutes.0).saturating_mul(sign)
}

fn compare(before: &SupplyRecord, after: &SupplyRecord, moved: &Moved) -> Result<(), Imbalance> {
    let (issued, accounted) = (after.issued()?, after.accounted()?);
    if issued != accounted {
        return Err(Imbalance::Conservation { issued, accounted });
    }
    let difference = |old: Minutes, new: Minutes| signed(new, 1).saturating_add(signed(old, -1));
    for (total, recorded, actual) in [
        (
            "spendable",
            difference(before.spendable, after.spendable),
            moved.spendable,
        ),
        ("held", difference(before.held, after.held), moved.held),
        ("pools", difference(before.pools, after.pools), moved.pools),
        (
            "budgeted",
            difference(before.budgeted, after.budgeted),
            moved.budgeted,
        ),
        (
            "issued for service",
            difference(before.issued_service, after.issued_service),
            moved.used_for_service,
        ),
        (
            "issued into pools",
            difference(before.issued_fund, after.issued_fund),
            moved.used_for_funds,
        ),
        (
            "issued for grants",
            difference(before.issued_grant, after.issued_grant),
            moved.used_for_grants,
        ),
        (
            "issued for training",
            difference(before.issued_training, after.issued_training),
            moved.used_for_training,
        ),
        (
            "issued for campaigns",
            difference(before.issued_campaign, after.issued_campaign),
            moved.used_for_campaigns,
        ),
        ("held for orders", moved.held, moved.held_for_orders),
        (
            "reserved for orders",
            moved.reserved_on_lines,
            moved.reserved_for_orders,
        ),
    ] {
        if recorded != actual {
            return Err(Imbalance::Total {
                total,
                recorded,
                actual,
            });
        }
    }
    Ok(())
}
