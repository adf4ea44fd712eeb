//! The genesis of the city under test: three districts, two streets in each, two service points in each street, and the
//! staff of all of them.

use super::names::{
    CITY, DISTRICTS, identity, organisation, public, role, staff, staff_name, staff_secret,
    validators,
};
use crate::amount::Minutes;
use crate::genesis::{
    GENESIS_VERSION, Genesis, GenesisAccount, GenesisError, GenesisOrganisation, GenesisPolicy,
    GenesisService, GenesisStaff,
};
use crate::id::{OrganisationId, ServiceCode};
use crate::record::chain::ChainPurpose;
use crate::record::organisation::{Level, Role, StaffRecord};
use crate::record::policy::{CatalogueEntry, PolicyParameter, PolicyValue};
use crate::time::{Calendar, Day, HOUR_MS, TimestampMs};
use crate::validator::ValidatorSet;

/// How many streets a district has, and how many service points a street.
const CHILDREN: u64 = 2;

/// Staff titles of an organisation of each level, as in [`staff`].
fn titles(level: Level) -> &'static [&'static str] {
    match level {
        Level::City => &[
            "administrator",
            "administrator2",
            "administrator3",
            "registrar",
            "social",
            "treasurer",
            "treasurer2",
            "arbiter",
            "arbiter2",
            "auditor",
            "auditor2",
            "registry",
        ],
        Level::District => &[
            "administrator",
            "administrator2",
            "registrar",
            "social",
            "treasurer",
            "treasurer2",
            "arbiter",
            "arbiter2",
            "auditor",
        ],
        Level::Street => &[
            "administrator",
            "registrar",
            "registrar2",
            "clerk",
            "social",
            "social2",
            "treasurer",
            "treasurer2",
            "arbiter",
            "arbiter2",
        ],
        Level::ServicePoint => &["clerk", "social", "social2"],
    }
}

fn genesis_organisations() -> Vec<GenesisOrganisation> {
    let listed = |organisation, parent, level, threshold| GenesisOrganisation {
        organisation,
        parent,
        level,
        threshold,
    };
    let mut list = vec![listed(CITY, None, Level::City, 2)];
    for (_, code) in DISTRICTS {
        let district = OrganisationId(code);
        list.push(listed(district, Some(CITY), Level::District, 2));
        for number in 1..=CHILDREN {
            let street = OrganisationId(code * 1_000 + number);
            list.push(listed(street, Some(district), Level::Street, 1));
            for number in 1..=CHILDREN {
                let point = OrganisationId(street.0 * 1_000 + number);
                list.push(listed(point, Some(street), Level::ServicePoint, 0));
            }
        }
    }
    list
}

/// The city as it is before the first block, on a test chain.
pub(super) fn genesis() -> Genesis {
    let organisations = genesis_organisations();
    let (mut accounts, mut entries) = (Vec::new(), Vec::new());
    for listed in &organisations {
        let code = listed.organisation.0;
        // Whoever works in a street or for it lives there, others in the first street of the district or of Gulou.
        let home = match listed.level {
            Level::City => organisation("gulou/1"),
            Level::District => OrganisationId(code * 1_000 + 1),
            Level::Street => listed.organisation,
            Level::ServicePoint => OrganisationId(code / 1_000),
        };
        for title in titles(listed.level) {
            let staff = staff(&format!("{title}@{code}")).expect("a name of staff");
            let (name, key) = (staff_name(staff), staff_secret(staff).public_key());
            let account = GenesisAccount {
                identity: identity(&name),
                home,
                key,
            };
            let title = title.trim_end_matches(|it: char| it.is_ascii_digit());
            let record = StaffRecord {
                key,
                roles: vec![role(title)],
                person: account.id(),
            };
            accounts.push(account);
            entries.push(GenesisStaff { staff, record });
        }
    }
    let standard = CatalogueEntry {
        minutes_min: Minutes(15),
        minutes_max: Minutes(480),
        multiplier_percent: 100,
    };
    let service = |code, multiplier_percent| GenesisService {
        code: ServiceCode(code),
        entry: CatalogueEntry {
            multiplier_percent,
            ..standard
        },
    };
    Genesis {
        version: GENESIS_VERSION,
        purpose: ChainPurpose::Test,
        calendar: Calendar::CHINA,
        time_ms: start(),
        organisations,
        accounts,
        staff: entries,
        policies: Vec::new(),
        catalogue: vec![service(1, 100), service(2, 150)],
        validators: ValidatorSet::new(validators(&["v1=10", "v2=10", "v3=10", "v4=10"]))
            .expect("four validators"),
    }
}

/// Monday 2 March 2026, 09:00 in Nanjing.
fn start() -> TimestampMs {
    let day: Day = "2026-03-02".parse().expect("a day");
    Calendar::CHINA.start_of(day).plus_ms(9 * HOUR_MS)
}

/// Three administrators of the city are to sign, and two of them are one human.
fn one_administrator_twice(genesis: &mut Genesis) {
    genesis.organisations[0].threshold = 3;
    genesis.staff[1].record.person = genesis.staff[0].record.person;
}

fn a_quantum_of_nothing(genesis: &mut Genesis) {
    genesis.policies.push(GenesisPolicy {
        parameter: PolicyParameter::Quantum,
        value: PolicyValue::Number(0),
    });
}

/// A change that spoils a genesis, and the error it must meet.
type Spoil = (fn(&mut Genesis), fn(&GenesisError) -> bool);

#[test]
fn a_genesis_that_is_not_in_order_founds_nothing() {
    use GenesisError as E;
    assert!(genesis().state().is_ok());
    let spoilt: [Spoil; 16] = [
        (
            |it| it.version = 2,
            |e| matches!(e, E::Version { version: 2 }),
        ),
        (|it| it.organisations.clear(), |e| matches!(e, E::City)),
        (|it| it.organisations.swap(0, 1), |e| matches!(e, E::City)),
        (
            |it| it.organisations.swap(1, 2),
            |e| matches!(e, E::Organisation { .. }),
        ),
        (
            |it| it.organisations[2].level = Level::District,
            |e| matches!(e, E::Organisation { .. }),
        ),
        (
            |it| it.organisations.push(it.organisations[1].clone()),
            |e| matches!(e, E::Organisation { .. }),
        ),
        (
            |it| it.organisations[0].threshold = 4,
            |e| matches!(e, E::Threshold { people: 3, .. }),
        ),
        (
            |it| it.organisations[0].threshold = 0,
            |e| matches!(e, E::Threshold { people: 3, .. }),
        ),
        (one_administrator_twice, |e| {
            matches!(
                e,
                E::Threshold {
                    people: 2,
                    threshold: 3,
                    ..
                }
            )
        }),
        (
            |it| it.accounts[0].home = CITY,
            |e| matches!(e, E::Account { .. }),
        ),
        (
            |it| it.accounts.push(it.accounts[0].clone()),
            |e| matches!(e, E::Account { .. }),
        ),
        (
            |it| it.accounts[0].key = public("weak"),
            |e| matches!(e, E::Key { .. }),
        ),
        (
            |it| it.staff.push(it.staff[0].clone()),
            |e| matches!(e, E::Staff { .. }),
        ),
        (
            |it| it.staff[0].record.roles.push(Role::Administrator),
            |e| matches!(e, E::Staff { .. }),
        ),
        (
            |it| it.catalogue[0].entry.minutes_min = Minutes(0),
            |e| matches!(e, E::Service { .. }),
        ),
        (a_quantum_of_nothing, |e| matches!(e, E::Policy { .. })),
    ];
    for (index, (spoil, is_expected)) in spoilt.into_iter().enumerate() {
        let mut genesis = genesis();
        spoil(&mut genesis);
        let error = genesis.state().expect_err("it is spoilt");
        assert!(is_expected(&error), "{index}: {error}");
    }
}
