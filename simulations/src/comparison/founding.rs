//! The small city in which ledger and model are compared: three districts, few offices, people who hold several posts.
//!
//! Kinds differ in policy, so that every limit is hit by somebody within fifty operations.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use ledger_core::amount::Minutes;
use ledger_core::genesis::{
    GENESIS_VERSION, Genesis, GenesisAccount, GenesisOrganisation, GenesisPolicy, GenesisService,
    GenesisStaff,
};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{AccountId, OrganisationId, ProgrammeCode, ServiceCode, StaffId};
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::{CatalogueEntry, PolicyParameter, PolicyValue};
use ledger_core::signature::{PublicKey, SecretKey};
use ledger_core::time::{Calendar, DAY_MS, HOUR_MS, TimestampMs};
use ledger_core::validator::{Validator, ValidatorSet};

/// The city.
pub const CITY: OrganisationId = OrganisationId(320_100);
/// Its districts.
pub const DISTRICTS: [OrganisationId; 3] = [
    OrganisationId(320_102),
    OrganisationId(320_106),
    OrganisationId(320_111),
];
/// Its streets: two in the first two districts, one in the third.
pub const STREETS: [OrganisationId; 5] = [
    OrganisationId(320_102_001),
    OrganisationId(320_102_002),
    OrganisationId(320_106_001),
    OrganisationId(320_106_002),
    OrganisationId(320_111_001),
];
/// Its service points: two in the first street, one in two others.
pub const POINTS: [OrganisationId; 4] = [
    OrganisationId(320_102_001_001),
    OrganisationId(320_102_001_002),
    OrganisationId(320_106_001_001),
    OrganisationId(320_111_001_001),
];
/// How many people live in the city who are not there for the sake of a post alone.
pub const RESIDENTS: usize = 8;
/// How many kinds of city there are.
pub const KINDS: u64 = 8;
/// How many keys people of the comparison have to choose from.
pub const KEYS: usize = 160;

/// Sunday 22 February 2026, 09:00 in Nanjing: a month ends soon.
pub const START_MS: u64 = 1_771_722_000_000;

/// Public keys anybody may have; those of the founding people come first.
pub static KEY_RING: LazyLock<Vec<PublicKey>> = LazyLock::new(|| {
    (0..KEYS)
        .map(|number| ring_secret(number).public_key())
        .collect()
});

/// The secret keys of the ring.
static SECRETS: LazyLock<BTreeMap<PublicKey, SecretKey>> = LazyLock::new(|| {
    (0..KEYS)
        .map(|number| (KEY_RING[number], ring_secret(number)))
        .collect()
});

/// The secret key of a public one, if it is of the ring.
pub fn secret_of(key: &PublicKey) -> Option<&'static SecretKey> {
    SECRETS.get(key)
}

fn ring_secret(number: usize) -> SecretKey {
    let seed = blake3::derive_key("timebank comparison keys", &number.to_le_bytes());
    SecretKey::from_seed(&seed)
}

/// Everybody who is there in the beginning.
pub static FOUNDERS: LazyLock<BTreeSet<AccountId>> =
    LazyLock::new(|| (0..founding_people()).map(person).collect());

/// The commitment of the founding person `number`.
pub fn identity(number: usize) -> Hash {
    hash(Domain::Identity, &[b"person", &number.to_le_bytes()])
}

/// The account of the founding person `number`: residents first, then those with posts.
pub fn person(number: usize) -> AccountId {
    AccountId::from_seed(&identity(number))
}

/// Who works where: organisation, roles, number of the founding person.
fn posts() -> Vec<(OrganisationId, Vec<Role>, usize)> {
    let mut posts = vec![
        (CITY, vec![Role::Administrator], 8),
        (CITY, vec![Role::Administrator], 9),
        (CITY, vec![Role::Registrar, Role::Treasurer], 10),
        (CITY, vec![Role::Treasurer], 11),
        (CITY, vec![Role::IdentityRegistry], 12),
        (CITY, vec![Role::Arbiter], 13),
        (CITY, vec![Role::Arbiter, Role::Auditor], 14),
        (CITY, vec![Role::Auditor], 15),
        // A resident who also works for the city.
        (CITY, vec![Role::SocialWorker, Role::Arbiter], 7),
    ];
    for (index, district) in DISTRICTS.into_iter().enumerate() {
        let first = 16 + 4 * index;
        posts.extend([
            (district, vec![Role::Administrator, Role::Treasurer], first),
            (district, vec![Role::Registrar, Role::Treasurer], first + 1),
            (district, vec![Role::SocialWorker], first + 2),
            (district, vec![Role::Arbiter, Role::Auditor], first + 3),
            // The same human under two numbers.
            (district, vec![Role::SocialWorker], first + 3),
        ]);
    }
    for (index, street) in STREETS.into_iter().enumerate() {
        let first = 28 + 2 * index;
        posts.extend([
            (
                street,
                vec![Role::Administrator, Role::Registrar, Role::Arbiter],
                first,
            ),
            (
                street,
                vec![Role::Clerk, Role::SocialWorker, Role::Treasurer],
                first + 1,
            ),
            (street, vec![Role::SocialWorker], index % RESIDENTS),
        ]);
    }
    for (index, point) in POINTS.into_iter().enumerate() {
        posts.extend([
            (point, vec![Role::Clerk], 28 + 2 * index),
            (point, vec![Role::Registrar, Role::SocialWorker], 38 + index),
        ]);
    }
    posts
}

fn home_of(number: usize) -> OrganisationId {
    STREETS[number % STREETS.len()]
}

fn organisations() -> Vec<GenesisOrganisation> {
    let listed = |organisation, parent, level, threshold| GenesisOrganisation {
        organisation,
        parent,
        level,
        threshold,
    };
    let above = |organisation: OrganisationId| OrganisationId(organisation.0 / 1_000);
    let mut list = vec![listed(CITY, None, Level::City, 2)];
    list.extend(DISTRICTS.map(|it| listed(it, Some(CITY), Level::District, 1)));
    list.extend(STREETS.map(|it| listed(it, Some(above(it)), Level::Street, 1)));
    list.extend(POINTS.map(|it| listed(it, Some(above(it)), Level::ServicePoint, 0)));
    list
}

/// The policy of a city of this kind, where it is not the default.
fn policy(kind: u64) -> Vec<(PolicyParameter, u64)> {
    use PolicyParameter as P;
    let mut values = vec![
        (P::Cap, 600),
        (P::DailyLimit, 240),
        (P::OpenOrdersMax, 3),
        (P::KinMax, 4),
        (P::ProxiesMax, 2),
        (P::PairMonthlyLimit, 240),
        (P::DualVerificationAbove, 90),
        (P::ProxyMonthlyLimit, 180),
    ];
    let more: &[(P, u64)] = match kind {
        0 => &[],
        1 => &[
            (P::EarnedExpiryDays, 20),
            (P::TrainingCreditablePercent, 50),
            (P::GroupMaySpend, 1),
            (P::RedemptionThreshold, 120),
        ],
        2 => &[
            (P::PersonTransactionsPerDay, 4),
            (P::StaffTransactionsPerDay, 6),
            (P::BackdatingDays, 2),
            (P::OrderLapseMs, 6 * HOUR_MS),
        ],
        3 => &[
            (P::DisputeWindowMs, 2 * HOUR_MS),
            (P::AppealWindowMs, DAY_MS),
            (P::RecoveryDelayMs, HOUR_MS),
        ],
        4 => &[
            (P::Quantum, 30),
            (P::EarnedExpiryDays, 3),
            (P::DisputeWindowMs, HOUR_MS),
            (P::AppealWindowMs, 0),
        ],
        5 => &[
            (P::DisputeWindowMs, 0),
            (P::OrderLapseMs, 0),
            (P::TrainingCreditablePercent, 33),
            (P::BackdatingDays, 365),
        ],
        6 => &[
            (P::Quantum, 1),
            (P::DualVerificationAbove, 0),
            (P::GroupMaySpend, 1),
            (P::DisputeWindowMs, 3 * HOUR_MS),
        ],
        _ => &[
            (P::DisputeWindowMs, HOUR_MS),
            (P::AppealWindowMs, HOUR_MS),
            (P::EarnedExpiryDays, 40),
            (P::BackdatingDays, 60),
        ],
    };
    values.retain(|(parameter, _)| more.iter().all(|(other, _)| other != parameter));
    values.extend_from_slice(more);
    // Caps low enough to be reached by one or two services.
    if kind % 2 == 1 {
        values[0].1 = 300;
    }
    values
}

fn founding_staff() -> Vec<GenesisStaff> {
    let mut entries = Vec::new();
    for (index, (organisation, roles, number)) in posts().into_iter().enumerate() {
        let before = entries
            .iter()
            .filter(|it: &&GenesisStaff| it.staff.organisation == organisation)
            .count();
        entries.push(GenesisStaff {
            staff: StaffId {
                organisation,
                number: u32::try_from(before + 1).expect("few posts"),
            },
            record: StaffRecord {
                key: KEY_RING[founding_people() + index],
                roles,
                person: person(number),
            },
        });
    }
    entries
}

/// How many people there are in the beginning.
pub fn founding_people() -> usize {
    38 + POINTS.len()
}

/// The city before its first block.
pub fn genesis(kind: u64) -> Genesis {
    let service = |code, minutes_max, multiplier_percent| GenesisService {
        code: ServiceCode(code),
        entry: CatalogueEntry {
            minutes_min: Minutes(15),
            minutes_max: Minutes(minutes_max),
            multiplier_percent,
        },
    };
    let mut policies: Vec<GenesisPolicy> = policy(kind)
        .into_iter()
        .map(|(parameter, number)| GenesisPolicy {
            parameter,
            value: PolicyValue::Number(number),
        })
        .collect();
    if kind == 6 {
        policies.push(GenesisPolicy {
            parameter: PolicyParameter::RedemptionProgrammes,
            value: PolicyValue::Programmes(vec![ProgrammeCode(1), ProgrammeCode(2)]),
        });
    }
    Genesis {
        version: GENESIS_VERSION,
        purpose: if kind == 2 {
            ChainPurpose::Production
        } else {
            ChainPurpose::Test
        },
        calendar: Calendar::CHINA,
        time_ms: TimestampMs(START_MS),
        organisations: organisations(),
        accounts: (0..founding_people())
            .map(|number| GenesisAccount {
                identity: identity(number),
                home: home_of(number),
                key: KEY_RING[number],
            })
            .collect(),
        staff: founding_staff(),
        policies,
        catalogue: vec![
            service(1, 240, 100),
            service(2, 120, 150),
            service(3, 90, 33),
        ],
        validators: ValidatorSet::new(vec![Validator {
            organisation: STREETS[0],
            consensus_key: KEY_RING[KEYS - 1],
            peer_key: KEY_RING[KEYS - 2],
            power: 1,
        }])
        .expect("one validator is a set"),
    }
}
