//! Every type of record of the state, as databases hold them and nodes prove them, and the keys they stand under.

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::amount::Minutes;
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
use ledger_core::state::key::{
    DueEntry, district_of_month_key, districts_of_month_key, evidence_of_key, order_of_key,
    organisation_of_key, service_of_key, service_year_of_key, staff_of_key,
};
use ledger_core::state::overlay::RECORD_BYTES_MAX;
use ledger_core::time::TimestampMs;

use super::world::{OFFICE, TOWN};
use super::{Allowance, Outcome, Target, decoded, outcome};

/// The longest key, in bytes.
const KEY_BYTES_MAX: usize = 64;
/// How many records of one kind are samples.
const SAMPLES_MAX: usize = 6;

/// The target.
pub static TARGET: Target = Target {
    name: "record",
    run,
    samples,
    length_max: 16 * 1024,
    inputs: 8_000,
    allowance: Allowance {
        bytes_per_byte: 12,
        bytes: 32 * 1024,
    },
};

/// Reads `data` as the length of a key in one byte, the key, and the record under it.
pub fn run(data: &[u8]) -> Outcome {
    let Some((length, rest)) = data.split_first() else {
        return Outcome::Refused;
    };
    let length = usize::from(*length).min(rest.len()).min(KEY_BYTES_MAX);
    let (key, record) = rest.split_at(length);
    read_key(key);
    match key.first() {
        Some(tag) => read_record(*tag, record),
        None => Outcome::Refused,
    }
}

/// Whatever stands in a key, those who list keys find in it what it says, or nothing.
fn read_key(key: &[u8]) {
    let found = [
        organisation_of_key(key).is_some(),
        staff_of_key(key).is_some(),
        service_of_key(key).is_some(),
        order_of_key(key).is_some(),
        evidence_of_key(key).is_some(),
        districts_of_month_key(key).is_some(),
        district_of_month_key(key).is_some(),
        service_year_of_key(key).is_some(),
    ];
    let kinds = found.iter().filter(|it| **it).count();
    assert!(kinds <= 1, "a key of {kinds} kinds: {key:?}");
    let named = StateKey::of_bytes(key);
    assert!(kinds == 0 || named.is_some(), "no key: {key:?}");
}

fn read<T: BorshSerialize + BorshDeserialize>(record: &[u8]) -> Outcome {
    outcome(decoded::<T>(record, RECORD_BYTES_MAX).as_ref())
}

/// By the first byte of its key ([`ledger_core::state::StateKey`]).
fn read_record(tag: u8, record: &[u8]) -> Outcome {
    match tag {
        0 => read::<ChainRecord>(record),
        1 => read::<ValidatorsRecord>(record),
        2 => read::<SupplyRecord>(record),
        3 => read::<OrganisationRecord>(record),
        4 => read::<StaffRecord>(record),
        5 => read::<PolicyHistory>(record),
        6 => read::<CatalogueHistory>(record),
        7 => read::<AccountRecord>(record),
        8 => read::<AccountId>(record),
        9 => read::<KinRecord>(record),
        10 => read::<ProxyRecord>(record),
        11 => read::<ItemCatalogue>(record),
        12 => read::<BudgetRecord>(record),
        13 => read::<PoolRecord>(record),
        14 => read::<OrderRecord>(record),
        15 => read::<ProviderDay>(record),
        16 | 25 => read::<Minutes>(record),
        17 => read::<DailyCount>(record),
        18 => read::<RememberedHour>(record),
        19 => read::<EvidenceRecord>(record),
        20 => read::<DueEntry>(record),
        21 => read::<Members>(record),
        22 => read::<RecoveryRecord>(record),
        23 => read::<UpgradeRecord>(record),
        24 => read::<Flow>(record),
        26 => read::<DistrictMonth>(record),
        27 => read::<ClearingRecord>(record),
        28 => read::<ClearingCosignatures>(record),
        29 => read::<ReserveQueue>(record),
        30 => read::<ReserveClaim>(record),
        31 => read::<MonthEnd>(record),
        32 => read::<TimestampMs>(record),
        33 => read::<Membership>(record),
        34 => read::<ServiceRecord>(record),
        35 => read::<ServiceYear>(record),
        _ => Outcome::Refused,
    }
}

/// Records of each kind that ever stood in the town's state, those of different lengths first.
pub fn samples() -> Vec<Vec<u8>> {
    let mut by_kind = std::collections::BTreeMap::<u8, Vec<Vec<u8>>>::new();
    let genesis = OFFICE.genesis.writes();
    let written = TOWN.blocks.iter().map(|it| &it.writes).chain(&genesis);
    for (key, value) in written.flat_map(|it| &it.records) {
        let Some(value) = value else { continue };
        let length = u8::try_from(key.len()).expect("keys are short");
        let samples = by_kind.entry(key[0]).or_default();
        let sample = [&[length][..], key, value].concat();
        if samples.len() < SAMPLES_MAX && samples.iter().all(|it| it.len() != sample.len()) {
            samples.push(sample);
        }
    }
    by_kind.into_values().flatten().collect()
}
