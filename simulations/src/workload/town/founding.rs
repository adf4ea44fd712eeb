//! The town before its first block: the small city of the comparison, with an office for every node of a cluster.

use ledger_core::genesis::{Genesis, GenesisOrganisation, GenesisPolicy};
use ledger_core::id::OrganisationId;
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::organisation::Level;
use ledger_core::record::policy::{PolicyParameter, PolicyValue};
use ledger_core::time::TimestampMs;
use ledger_core::validator::{Validator, ValidatorSet};

use crate::city::START_MS;
use crate::comparison::founding::{self, DISTRICTS};

/// Where a city limits how many transactions somebody begins in a day: low enough that some are refused, high enough that a
/// whole run of a cluster is no day's work for nothing.
const DAILY_LIMITS: [(PolicyParameter, u64); 2] = [
    (PolicyParameter::PersonTransactionsPerDay, 40),
    (PolicyParameter::StaffTransactionsPerDay, 400),
];

/// A city of this kind with `offices` and `validators`, whose time anybody may move who is its administrator.
pub(super) fn genesis(
    kind: u64,
    validators: &[Validator],
    offices: impl IntoIterator<Item = OrganisationId>,
) -> Genesis {
    let mut genesis = founding::genesis(kind);
    genesis.purpose = ChainPurpose::Test;
    genesis.time_ms = TimestampMs(START_MS);
    let running = validators.iter().map(|it| it.organisation);
    for office in running.chain(offices) {
        if genesis
            .organisations
            .iter()
            .all(|it| it.organisation != office)
        {
            genesis.organisations.push(GenesisOrganisation {
                organisation: office,
                parent: Some(district_of(office)),
                level: Level::Street,
                threshold: 0,
            });
        }
    }
    for (parameter, number) in DAILY_LIMITS {
        let limited = |it: &&mut GenesisPolicy| it.parameter == parameter;
        if let Some(policy) = genesis.policies.iter_mut().find(limited) {
            policy.value = PolicyValue::Number(number);
        }
    }
    genesis.validators =
        ValidatorSet::new(validators.to_vec()).expect("the validators of a cluster are a set");
    genesis
}

/// The district of a street by its division code, or the first one.
fn district_of(street: OrganisationId) -> OrganisationId {
    let above = OrganisationId(street.0 / 1_000);
    if DISTRICTS.contains(&above) {
        above
    } else {
        DISTRICTS[0]
    }
}
