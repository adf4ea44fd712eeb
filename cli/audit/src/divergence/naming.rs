//! What a key names and a record says, for people; and where two records differ.

use std::collections::BTreeSet;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::amount::Minutes;
use ledger_core::codec;
use ledger_core::id::AccountId;
use ledger_core::record::account::{AccountRecord, ItemCatalogue, Members};
use ledger_core::record::budget::{BudgetRecord, PoolRecord};
use ledger_core::record::chain::{
    ChainRecord, EvidenceRecord, RememberedHour, UpgradeRecord, ValidatorsRecord,
};
use ledger_core::record::clearing::{
    ClearingCosignatures, ClearingRecord, DistrictMonth, Flow, MonthEnd,
};
use ledger_core::record::daily_count::DailyCount;
use ledger_core::record::kin::KinRecord;
use ledger_core::record::membership::Membership;
use ledger_core::record::order::{OrderRecord, ProviderDay};
use ledger_core::record::organisation::{OrganisationRecord, StaffRecord};
use ledger_core::record::policy::{CatalogueHistory, PolicyHistory};
use ledger_core::record::proxy::ProxyRecord;
use ledger_core::record::recovery::RecoveryRecord;
use ledger_core::record::reserve::{ReserveClaim, ReserveQueue};
use ledger_core::record::service_record::{ServiceRecord, ServiceYear};
use ledger_core::record::supply::SupplyRecord;
use ledger_core::state::StateKey;
use ledger_core::state::overlay::RECORD_BYTES_MAX;
use ledger_core::time::TimestampMs;
use serde::Serialize;
use serde_json::Value;

/// The deepest nesting that is compared field by field.
const DEPTH_MAX: usize = 16;
/// The most fields that are named.
const FIELDS_MAX: usize = 100;

/// A field that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldDifference {
    /// Its path; empty for the whole.
    pub field: String,
    /// Here; null when there is none.
    pub ours: Value,
    /// There.
    pub theirs: Value,
}

/// What the key names: the kind of record, as in `docs/protocol.md`, and of whom or what.
pub fn record_name(key: &[u8]) -> String {
    let Some(named) = StateKey::of_bytes(key) else {
        return hex::encode(key);
    };
    match named {
        StateKey::Chain => "Chain".to_owned(),
        StateKey::Validators => "Validators".to_owned(),
        StateKey::Supply => "Supply".to_owned(),
        StateKey::Upgrade => "Upgrade".to_owned(),
        StateKey::Organisation(id) => format!("Organisation {id}"),
        StateKey::Staff(id) => format!("Staff {id}"),
        StateKey::Policy(scope, parameter) => format!("Policy {scope} {parameter:?}"),
        StateKey::Catalogue(code) => format!("Catalogue {code}"),
        StateKey::Account(id) => format!("Account {id}"),
        StateKey::Identity(commitment) => format!("Identity {commitment}"),
        StateKey::Kin(account, kin) => format!("Kin {account} {kin}"),
        StateKey::PastKin(account, kin) => format!("PastKin {account} {kin}"),
        StateKey::Proxy(principal, holder) => format!("Proxy {principal} {holder:?}"),
        StateKey::Items(merchant) => format!("Items {merchant}"),
        StateKey::Budget(id) => format!("Budget {id}"),
        StateKey::Pool(id) => format!("Pool {id}"),
        StateKey::Order(id) => format!("Order {id}"),
        StateKey::ProviderDay(provider, day) => format!("ProviderDay {provider} {day}"),
        StateKey::PairMonth(provider, recipient, month) => {
            format!("PairMonth {provider} {recipient} {month}")
        }
        StateKey::SignerDay(counted) => format!("SignerDay {}", counted.signer()),
        StateKey::Members(group) => format!("Members {group}"),
        StateKey::Recovery(account) => format!("Recovery {account}"),
        StateKey::Flow(month, from, to) => format!("Flow {month} {from} {to}"),
        StateKey::HomeMoves(month, from, to) => format!("HomeMoves {month} {from} {to}"),
        StateKey::DistrictMonth(month, district) => format!("DistrictMonth {month} {district}"),
        StateKey::Clearing(month) => format!("Clearing {month}"),
        StateKey::ClearingCosignatures(month) => format!("ClearingCosignatures {month}"),
        StateKey::MonthEnd(month) => format!("MonthEnd {month}"),
        StateKey::ReserveQueue(pool) => format!("ReserveQueue {pool}"),
        StateKey::ReserveClaim(pool, number) => format!("ReserveClaim {pool} {number}"),
        StateKey::Membership(account) => format!("Membership {account}"),
        StateKey::ServiceRecord(account) => format!("ServiceRecord {account}"),
        StateKey::ServiceYear(account, year) => format!("ServiceYear {account} {year}"),
        // What is left names moments and votes, which have no shorter form.
        other => format!("{other:?}"),
    }
}

/// What the record under `key` says; its bytes as hex where this program does not know its kind.
pub(super) fn record_value(key: &[u8], bytes: &[u8]) -> Value {
    let Some(named) = StateKey::of_bytes(key) else {
        return Value::String(hex::encode(bytes));
    };
    match named {
        StateKey::Chain => json_of::<ChainRecord>(bytes),
        StateKey::Validators => json_of::<ValidatorsRecord>(bytes),
        StateKey::Supply => json_of::<SupplyRecord>(bytes),
        StateKey::Organisation(_) => json_of::<OrganisationRecord>(bytes),
        StateKey::Staff(_) => json_of::<StaffRecord>(bytes),
        StateKey::Policy(..) => json_of::<PolicyHistory>(bytes),
        StateKey::Catalogue(_) => json_of::<CatalogueHistory>(bytes),
        StateKey::Account(_) => json_of::<AccountRecord>(bytes),
        StateKey::Identity(_) => json_of::<AccountId>(bytes),
        StateKey::Kin(..) => json_of::<KinRecord>(bytes),
        StateKey::Proxy(..) => json_of::<ProxyRecord>(bytes),
        StateKey::Items(_) => json_of::<ItemCatalogue>(bytes),
        StateKey::Budget(_) => json_of::<BudgetRecord>(bytes),
        StateKey::Pool(_) => json_of::<PoolRecord>(bytes),
        StateKey::Order(_) => json_of::<OrderRecord>(bytes),
        StateKey::ProviderDay(..) => json_of::<ProviderDay>(bytes),
        StateKey::PairMonth(..) | StateKey::HomeMoves(..) => json_of::<Minutes>(bytes),
        StateKey::SignerDay(_) => json_of::<DailyCount>(bytes),
        StateKey::RememberedHour(_) => json_of::<RememberedHour>(bytes),
        StateKey::Evidence(..) => json_of::<EvidenceRecord>(bytes),
        StateKey::Members(_) => json_of::<Members>(bytes),
        StateKey::Recovery(_) => json_of::<RecoveryRecord>(bytes),
        StateKey::Upgrade => json_of::<UpgradeRecord>(bytes),
        StateKey::Flow(..) => json_of::<Flow>(bytes),
        StateKey::DistrictMonth(..) => json_of::<DistrictMonth>(bytes),
        StateKey::Clearing(_) => json_of::<ClearingRecord>(bytes),
        StateKey::ClearingCosignatures(_) => json_of::<ClearingCosignatures>(bytes),
        StateKey::ReserveQueue(_) => json_of::<ReserveQueue>(bytes),
        StateKey::ReserveClaim(..) => json_of::<ReserveClaim>(bytes),
        StateKey::MonthEnd(_) => json_of::<MonthEnd>(bytes),
        StateKey::PastKin(..) => json_of::<TimestampMs>(bytes),
        StateKey::Membership(_) => json_of::<Membership>(bytes),
        StateKey::ServiceRecord(_) => json_of::<ServiceRecord>(bytes),
        StateKey::ServiceYear(..) => json_of::<ServiceYear>(bytes),
        _ => Value::String(hex::encode(bytes)),
    }
}

fn json_of<R: BorshSerialize + BorshDeserialize + Serialize>(bytes: &[u8]) -> Value {
    match codec::decode::<R>(bytes, RECORD_BYTES_MAX) {
        Ok(record) => to_json(&record),
        // Whoever altered it may have left no record at all.
        Err(_) => Value::String(hex::encode(bytes)),
    }
}

/// Anything of the ledger as JSON.
pub(super) fn to_json<R: Serialize>(value: &R) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// The fields in which the two differ, in order.
pub(super) fn differing_fields(ours: &Value, theirs: &Value) -> Vec<FieldDifference> {
    let mut found = Vec::new();
    compare("", ours, theirs, DEPTH_MAX, &mut found);
    found
}

fn compare(
    path: &str,
    ours: &Value,
    theirs: &Value,
    depth: usize,
    found: &mut Vec<FieldDifference>,
) {
    if ours == theirs || found.len() >= FIELDS_MAX {
        return;
    }
    let at = |part: &str| match path.is_empty() {
        true => part.to_owned(),
        false => format!("{path}.{part}"),
    };
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) if depth > 0 => {
            let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
            for name in names {
                let side = |fields: &serde_json::Map<String, Value>| {
                    fields.get(name).cloned().unwrap_or(Value::Null)
                };
                compare(&at(name), &side(ours), &side(theirs), depth - 1, found);
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if depth > 0 => {
            for index in 0..ours.len().max(theirs.len()) {
                let side = |items: &[Value]| items.get(index).cloned().unwrap_or(Value::Null);
                compare(
                    &at(&index.to_string()),
                    &side(ours),
                    &side(theirs),
                    depth - 1,
                    found,
                );
            }
        }
        _ => found.push(FieldDifference {
            field: path.to_owned(),
            ours: ours.clone(),
            theirs: theirs.clone(),
        }),
    }
}
