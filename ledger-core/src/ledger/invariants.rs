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
use std::rc::Rc;

use super::clearing::district_of;
use crate::amount::{AmountError, Minutes};
use crate::id::{AccountId, OrganisationId};
use crate::planted::{self, Planted};
use crate::receipt::Receipt;
use crate::record::account::AccountRecord;
use crate::record::budget::{BudgetPurpose, BudgetRecord, PoolId, PoolRecord};
use crate::record::clearing::{ClearingRecord, DistrictMonth};
use crate::record::membership::Membership;
use crate::record::order::OrderRecord;
use crate::record::service_record::ServiceRecord;
use crate::record::supply::SupplyRecord;
use crate::state::{Overlay, Record, StateError, StateKey};

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
    let before: Option<Rc<SupplyRecord>> = state.share_before(&StateKey::Supply)?;
    let after: Option<Rc<SupplyRecord>> = state.share(&StateKey::Supply)?;
    let (before, after) = (
        before.map_or_else(SupplyRecord::default, |it| *it),
        after.map_or_else(SupplyRecord::default, |it| *it),
    );
    let mut moved = Moved::default();
    for key in state.changed() {
        if let StateKey::Budget(_) = key
            && let Some(overdrawn) = overdrawn(state, &key)?
        {
            return Ok(Err(overdrawn));
        }
        moved.change(state, &key)?;
    }
    moved.debts.receipts(receipts);
    Ok(compare(&before, &after, &moved)
        .and_then(|()| debts::compare(&before, &after, &moved.debts))
        .and_then(|()| compare_districts(&moved))
        .and_then(|()| moved.memberships.compare())
        .and_then(|()| moved.service_records.compare()))
}

/// A record before and after the block.
type Change<T> = (Option<Rc<T>>, Option<Rc<T>>);

/// The record under `key` before and after the block.
fn change<T: Record>(state: &Overlay<'_>, key: &StateKey) -> Result<Change<T>, StateError> {
    Ok((state.share_before(key)?, state.share(key)?))
}

/// What there is of `change`: as it was with −1, as it is with 1.
fn signs<T>(change: &Change<T>) -> impl Iterator<Item = (&T, i128)> {
    let before = change.0.as_deref().map(|record| (record, -1));
    let after = change.1.as_deref().map(|record| (record, 1));
    before.into_iter().chain(after)
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
    /// Sums up one record that the block changed, when it is of a kind that is summed up.
    fn change(&mut self, state: &Overlay<'_>, key: &StateKey) -> Result<(), StateError> {
        match *key {
            StateKey::Account(account) => self.accounts(account, &change(state, key)?)?,
            StateKey::Membership(account) => {
                let written: Option<Rc<Membership>> = state.share(key)?;
                self.memberships.written(account, written.as_deref());
            }
            StateKey::ServiceRecord(account) => {
                let records: Change<ServiceRecord> = change(state, key)?;
                for (record, sign) in signs(&records) {
                    self.service_records.record(account, record, sign);
                }
                self.service_records.written(account, records.1.as_deref());
            }
            StateKey::ServiceYear(account, _) => {
                for (year, sign) in signs(&change(state, key)?) {
                    self.service_records.year(account, year, sign);
                }
            }
            StateKey::Pool(pool) => {
                let district = district_of(state, pool.organisation)?.unwrap_or(pool.organisation);
                for (record, sign) in signs(&change(state, key)?) {
                    self.pool(pool, district, record, sign)?;
                }
            }
            StateKey::DistrictMonth(_, district) => {
                for (record, sign) in signs(&change(state, key)?) {
                    self.counter(district, record, sign)?;
                }
            }
            StateKey::Clearing(_) => {
                for (record, sign) in signs(&change(state, key)?) {
                    self.closed_month(record, sign)?;
                }
            }
            StateKey::Budget(_) => {
                for (record, sign) in signs(&change(state, key)?) {
                    self.budget(record, sign)?;
                }
            }
            StateKey::Order(_) => self.orders(&change(state, key)?)?,
            StateKey::ReserveQueue(pool) => {
                for (queue, sign) in signs(&change(state, key)?) {
                    self.debts.queue(pool, queue, sign);
                }
            }
            StateKey::ReserveClaim(pool, _) => {
                for (claim, sign) in signs(&change(state, key)?) {
                    self.debts.claim(pool, claim, sign);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn accounts(
        &mut self,
        account: AccountId,
        change: &Change<AccountRecord>,
    ) -> Result<(), StateError> {
        for (record, sign) in signs(change) {
            add(&mut self.spendable, record.spendable(), sign)?;
            add(&mut self.held, Ok(record.held), sign)?;
            let (actual, _) = self.districts.entry(record.home_district).or_default();
            add(actual, record.spendable(), sign)?;
            add(actual, Ok(record.held), sign)?;
            self.debts.account(record, sign);
        }
        let (before, after) = (change.0.as_deref(), change.1.as_deref());
        self.memberships.account(account, before, after);
        self.service_records.account(account, before, after);
        Ok(())
    }

    fn pool(
        &mut self,
        pool: PoolId,
        district: OrganisationId,
        record: &PoolRecord,
        sign: i128,
    ) -> Result<(), StateError> {
        add(&mut self.pools, Ok(record.minutes), sign)?;
        let (actual, _) = self.districts.entry(district).or_default();
        add(actual, Ok(record.minutes), sign)?;
        self.debts.pool(pool, record, sign);
        Ok(())
    }

    fn counter(
        &mut self,
        district: OrganisationId,
        record: &DistrictMonth,
        sign: i128,
    ) -> Result<(), StateError> {
        let (_, counted) = self.districts.entry(district).or_default();
        add(counted, Ok(record.received), sign)?;
        add(counted, Ok(record.left), sign.saturating_neg())
    }

    /// A month's record stands for the counters that were given up when it was closed.
    fn closed_month(&mut self, record: &ClearingRecord, sign: i128) -> Result<(), StateError> {
        for district in &record.districts {
            let (_, counted) = self.districts.entry(district.district).or_default();
            add(counted, Ok(district.closing), sign)?;
            add(counted, Ok(district.opening), sign.saturating_neg())?;
        }
        Ok(())
    }

    fn budget(&mut self, record: &BudgetRecord, sign: i128) -> Result<(), StateError> {
        let used = match record.purpose {
            BudgetPurpose::Service => &mut self.used_for_service,
            BudgetPurpose::Fund => &mut self.used_for_funds,
            BudgetPurpose::Grant => &mut self.used_for_grants,
            BudgetPurpose::Training => &mut self.used_for_training,
            BudgetPurpose::Campaign => &mut self.used_for_campaigns,
        };
        add(used, Ok(record.used), sign)?;
        add(&mut self.budgeted, Ok(record.minutes), sign)?;
        add(&mut self.reserved_on_lines, Ok(record.reserved), sign)
    }

    fn orders(&mut self, change: &Change<OrderRecord>) -> Result<(), StateError> {
        for (record, sign) in signs(change) {
            if let OrderRecord::Open(order) = record {
                add(&mut self.held_for_orders, order.held.total(), sign)?;
                add(&mut self.reserved_for_orders, order.reserved(), sign)?;
            }
        }
        self.debts.order(change.0.as_deref(), change.1.as_deref());
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

fn overdrawn(state: &Overlay<'_>, key: &StateKey) -> Result<Option<Imbalance>, StateError> {
    let Some(line) = state.share::<BudgetRecord>(key)? else {
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
