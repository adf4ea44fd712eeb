//! The generated city: its organisations, its staff and its people, before anything happens.
//!
//! Who lives where and as what is drawn from the seed alone, so a city with planted frauds and the clean one of the same
//! seed have the same people. Keys derive from names.

use ledger_core::amount::Minutes;
use ledger_core::genesis::{
    GENESIS_VERSION, Genesis, GenesisAccount, GenesisOrganisation, GenesisService, GenesisStaff,
};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{AccountId, OrganisationId, ServiceCode, StaffId};
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::CatalogueEntry;
use ledger_core::signature::SecretKey;
use ledger_core::time::{Calendar, DAY_MS, MINUTE_MS, TimestampMs};
use ledger_core::transaction::Signer;
use ledger_core::validator::{Validator, ValidatorSet};

use crate::random::Random;

/// The first day: 2026-01-01 by the clocks of the city.
const FIRST_DAY_MS: u64 = 1_767_196_800_000;

const CITY: OrganisationId = OrganisationId(320_100);
/// Validators of the generated city; none of them ever fails.
pub(crate) const VALIDATORS: u64 = 4;

/// Kinds of service, by what they are called in the catalogue below.
pub(crate) mod service {
    /// Company.
    pub(crate) const COMPANY: u16 = 1;
    /// Housework.
    pub(crate) const HOUSEWORK: u16 = 2;
    /// A meal brought.
    pub(crate) const MEAL: u16 = 3;
    /// To the hospital and back.
    pub(crate) const ESCORT: u16 = 6;
    /// Lessons, and care of children after school.
    pub(crate) const LESSON: u16 = 7;
    /// A repair.
    pub(crate) const REPAIR: u16 = 8;
    /// Watching by a sick-bed at night.
    pub(crate) const NIGHT_WATCH: u16 = 9;
}

/// Code, shortest and longest in minutes.
const CATALOGUE: [(u16, u64, u64); 7] = [
    (service::COMPANY, 15, 240),
    (service::HOUSEWORK, 15, 240),
    (service::MEAL, 15, 120),
    (service::ESCORT, 30, 300),
    (service::LESSON, 30, 180),
    (service::REPAIR, 15, 240),
    (service::NIGHT_WATCH, 120, 480),
];

/// How large a generated city is, and for how long it is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Districts.
    pub districts: usize,
    /// Streets of a district.
    pub streets: usize,
    /// People who hold accounts, staff aside.
    pub people: usize,
    /// Days from the first to the last service.
    pub days: u32,
    /// Planted frauds of each kind: each one less blatant than the one before it, and then from the beginning again.
    pub cases: usize,
}

impl Size {
    /// The city whose figures the manual shows: a year.
    pub const FULL: Size = Size {
        districts: 6,
        streets: 3,
        people: 2_000,
        days: 365,
        cases: 3,
    };
    /// A city that a test can live through: eight months of three districts.
    pub const SMALL: Size = Size {
        districts: 3,
        streets: 2,
        people: 330,
        days: 240,
        cases: 1,
    };
}

/// Somebody who works for the city.
#[derive(Clone, Debug)]
pub(crate) struct Staff {
    pub(crate) id: StaffId,
    pub(crate) account: AccountId,
    pub(crate) key: SecretKey,
}

impl Staff {
    pub(crate) const fn signer(&self) -> Signer {
        Signer::Staff(self.id)
    }
}

/// A street with its office and its two service points.
#[derive(Clone, Debug)]
pub(crate) struct Street {
    pub(crate) id: OrganisationId,
    pub(crate) district: usize,
    pub(crate) registrar: Staff,
    /// One in a small street, up to three in others.
    pub(crate) social_workers: Vec<Staff>,
    /// One at each service point.
    pub(crate) clerks: Vec<Staff>,
}

/// What somebody does in the time bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Is served.
    Elder,
    /// Serves now and then.
    Volunteer,
    /// Brings meals on working days.
    MealRider,
    /// Serves on some weekends and whole weeks of the holidays, with a team.
    Student,
    /// A retired teacher who looks after children after school.
    Teacher,
    /// Watches by sick-beds at night.
    NightWatch,
    /// Has parents to care for, and serves others so that they are served.
    Child,
    /// Helps a neighbour, who helps back.
    Neighbour,
}

/// Somebody of the city, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Who(pub(crate) usize);

/// A resident.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) life: Life,
    pub(crate) street: usize,
    /// The day the account is opened, counted from the first.
    pub(crate) opened_day: u32,
    /// None for those without a phone, for whom a clerk acts.
    pub(crate) key: Option<SecretKey>,
    /// Which of the street's clerks acts for one without a phone.
    pub(crate) clerk: usize,
    /// How often: services a month for elders and volunteers.
    pub(crate) a_month: u64,
    /// Zero until the account is opened.
    pub(crate) account: AccountId,
    pub(crate) name: String,
}

/// Organisations, staff and people.
#[derive(Clone, Debug)]
pub(crate) struct City {
    pub(crate) genesis: Genesis,
    pub(crate) districts: Vec<OrganisationId>,
    pub(crate) streets: Vec<Street>,
    pub(crate) treasurers: Vec<Staff>,
    pub(crate) registry: Staff,
    pub(crate) people: Vec<Person>,
    pub(crate) size: Size,
}

/// The instant `minute` minutes after midnight of day `day`, both counted from 0, in the city's time.
pub(crate) fn at(day: u32, minute: u64) -> u64 {
    FIRST_DAY_MS + u64::from(day) * DAY_MS + minute * MINUTE_MS
}

/// The day on which `at_ms` lies, counted from the first.
pub(crate) fn day_of(at_ms: u64) -> u32 {
    u32::try_from(at_ms.saturating_sub(FIRST_DAY_MS) / DAY_MS).unwrap_or(u32::MAX)
}

/// The day of the week of day `day`: 0 is Monday. The first day is a Thursday.
pub(crate) const fn weekday(day: u32) -> u32 {
    (day + 3) % 7
}

/// Everybody's key derives from their name.
pub(crate) fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(&blake3::derive_key(
        "timebank keys of the generated city",
        name.as_bytes(),
    ))
}

/// The commitment the registry makes; a real one is salted.
pub(crate) fn identity(name: &str) -> Hash {
    hash(Domain::Identity, &[b"generated city: ", name.as_bytes()])
}

/// The sequence of chance of one thing, so that what happens to it hardly depends on what happens to others.
pub(crate) fn chance(seed: u64, of: &str) -> Random {
    let mixed = hash(Domain::Identity, &[&seed.to_be_bytes(), of.as_bytes()]);
    let (first, _) = mixed.0.split_at(8);
    Random::new(u64::from_be_bytes(first.try_into().expect("8 bytes")))
}

/// The district `index`, counted from 0.
const fn district_id(index: u64) -> OrganisationId {
    OrganisationId(CITY.0 + 2 + index)
}

/// The street `number` of a district, counted from 1.
const fn street_id(district: OrganisationId, number: u64) -> OrganisationId {
    OrganisationId(district.0 * 1_000 + number)
}

/// Collects the staff of the genesis document.
struct Founders {
    accounts: Vec<GenesisAccount>,
    staff: Vec<GenesisStaff>,
    home: OrganisationId,
}

impl Founders {
    fn appoint(&mut self, organisation: OrganisationId, number: u32, role: Role) -> Staff {
        let name = format!("staff {} {number}", organisation.0);
        let account = GenesisAccount {
            identity: identity(&name),
            home: self.home,
            key: key(&format!("holder {name}")).public_key(),
        };
        let appointed = Staff {
            id: StaffId {
                organisation,
                number,
            },
            account: account.id(),
            key: key(&name),
        };
        self.staff.push(GenesisStaff {
            staff: appointed.id,
            record: StaffRecord {
                key: appointed.key.public_key(),
                roles: vec![role],
                person: appointed.account,
            },
        });
        self.accounts.push(account);
        appointed
    }
}

/// The city of `size` that `seed` determines.
pub(crate) fn found(seed: u64, size: Size) -> City {
    let mut random = chance(seed, "streets");
    let organisation = |organisation, parent, level, threshold| GenesisOrganisation {
        organisation,
        parent,
        level,
        threshold,
    };
    let mut organisations = vec![organisation(CITY, None, Level::City, 1)];
    let mut founders = Founders {
        accounts: Vec::new(),
        staff: Vec::new(),
        home: street_id(district_id(0), 1),
    };
    founders.appoint(CITY, 1, Role::Administrator);
    let registry = founders.appoint(CITY, 2, Role::IdentityRegistry);
    let treasurers = [3, 4].map(|number| founders.appoint(CITY, number, Role::Treasurer));
    founders.appoint(CITY, 5, Role::Auditor);
    let (mut districts, mut streets) = (Vec::new(), Vec::new());
    for district in 0..size.districts {
        let home = district_id(district as u64);
        districts.push(home);
        organisations.push(organisation(home, Some(CITY), Level::District, 0));
        for number in 1..=size.streets as u64 {
            let id = street_id(home, number);
            founders.home = id;
            let points = [1, 2].map(|point| OrganisationId(id.0 * 1_000 + point));
            organisations.push(organisation(id, Some(home), Level::Street, 0));
            for point in points {
                organisations.push(organisation(point, Some(id), Level::ServicePoint, 0));
            }
            // In a small street one social worker verifies everything.
            let workers = 1 + u32::try_from(random.below(3)).unwrap_or(0);
            streets.push(Street {
                id,
                district,

                registrar: founders.appoint(id, 1, Role::Registrar),
                social_workers: (0..workers)
                    .map(|worker| founders.appoint(id, 2 + worker, Role::SocialWorker))
                    .collect(),
                clerks: points
                    .iter()
                    .map(|point| founders.appoint(*point, 1, Role::Clerk))
                    .collect(),
            });
        }
    }
    let people = settle(seed, size, streets.len());
    let genesis = Genesis {
        version: GENESIS_VERSION,
        purpose: ChainPurpose::Test,
        calendar: Calendar::CHINA,
        time_ms: TimestampMs(FIRST_DAY_MS),
        organisations,
        accounts: founders.accounts,
        staff: founders.staff,
        policies: Vec::new(),
        catalogue: CATALOGUE.map(service_of).to_vec(),
        validators: validators(street_id(district_id(0), 1)),
    };
    City {
        genesis,
        districts,
        streets,
        treasurers: treasurers.to_vec(),
        registry,
        people,
        size,
    }
}

fn service_of((code, least, most): (u16, u64, u64)) -> GenesisService {
    GenesisService {
        code: ServiceCode(code),
        entry: CatalogueEntry {
            minutes_min: Minutes(least),
            minutes_max: Minutes(most),
            multiplier_percent: 100,
        },
    }
}

/// The consensus key of a validator.
pub(crate) fn consensus_key(index: u64) -> SecretKey {
    key(&format!("consensus {index}"))
}

fn validators(organisation: OrganisationId) -> ValidatorSet {
    let mut validators: Vec<Validator> = (0..VALIDATORS)
        .map(|index| Validator {
            organisation,
            consensus_key: consensus_key(index).public_key(),
            peer_key: key(&format!("peer {index}")).public_key(),
            power: 1,
        })
        .collect();
    validators.sort_by_key(|validator| validator.consensus_key);
    ValidatorSet::new(validators).expect("four validators in order")
}

/// What of a thousand people do.
const LIVES: [(Life, u64); 8] = [
    (Life::Elder, 370),
    (Life::Volunteer, 250),
    (Life::MealRider, 12),
    (Life::Student, 130),
    (Life::Teacher, 18),
    (Life::NightWatch, 15),
    (Life::Child, 145),
    (Life::Neighbour, 60),
];

fn settle(seed: u64, size: Size, streets: usize) -> Vec<Person> {
    let mut random = chance(seed, "people");
    let mut people = Vec::with_capacity(size.people);
    for number in 0..size.people {
        // Every life has its share in every stretch of the list, so that small cities have all of them too.
        let place = (number as u64 * 1_000 / size.people as u64 * 617 + 13) % 1_000;
        let mut below = 0;
        let life = LIVES
            .iter()
            .find(|(_, share)| {
                below += share;
                place < below
            })
            .map_or(Life::Volunteer, |(life, _)| *life);
        // Most are there from the beginning; a fifth joins during the first half of the time.
        let opened_day = if random.happens(800) {
            1 + u32::try_from(random.below(12)).unwrap_or(0)
        } else {
            1 + u32::try_from(random.below(u64::from(size.days) / 2)).unwrap_or(0)
        };
        let name = format!("person {number}");
        let keyless = life == Life::Elder && random.happens(400);
        // Some streets are three times as large as others.
        let street = random.index(streets * 2) % (streets + streets / 2) % streets;
        let a_month = match life {
            Life::Elder => 1 + random.below(3) + if random.happens(200) { 3 } else { 0 },
            Life::Volunteer => 2 + random.below(6) + if random.happens(150) { 8 } else { 0 },
            _ => 2 + random.below(3),
        };
        people.push(Person {
            life,
            street,
            opened_day,
            key: (!keyless).then(|| key(&name)),
            clerk: random.index(2),
            a_month,
            account: AccountId([0; 20]),
            name,
        });
    }
    people
}
