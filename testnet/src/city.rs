//! A trial city: its genesis document and the keys of everybody in it.
//!
//! Every key derives from a label, so that any tool of this crate can sign for anyone of the trial city without a key
//! store. That is what makes it a trial: a real city's keys are made by those who hold them and never leave them.

use std::collections::BTreeMap;

use ledger_core::amount::Minutes;
use ledger_core::genesis::{
    GENESIS_VERSION, Genesis, GenesisAccount, GenesisOrganisation, GenesisPolicy, GenesisService,
    GenesisStaff,
};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{AccountId, ChainId, OrganisationId, ServiceCode, StaffId};
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::CatalogueEntry;
use ledger_core::signature::SecretKey;
use ledger_core::time::{Calendar, TimestampMs};
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use ledger_core::validator::{Validator, ValidatorSet};

/// The trial city's division code: Nanjing's (GB/T 2260).
pub const CITY: OrganisationId = OrganisationId(320_100);

/// Services of the trial city's catalogue: code, shortest and longest in minutes.
pub const SERVICES: [(u16, u64, u64); 8] = [
    (1, 15, 240), // companionship
    (2, 15, 240), // housework
    (3, 15, 180), // meals
    (4, 15, 240), // going out
    (5, 15, 120), // haircut and washing
    (6, 15, 240), // escort to hospital
    (7, 15, 120), // reading and lessons
    (8, 15, 240), // small repairs
];

/// The key that belongs to `label` in the trial city.
pub fn key(label: &str) -> SecretKey {
    SecretKey::from_seed(&blake3::derive_key(
        "timebank testnet keys",
        label.as_bytes(),
    ))
}

/// The commitment the trial registry makes for `label`. A real one is salted and its salt kept in a vault.
pub fn identity(label: &str) -> Hash {
    hash(Domain::Identity, &[label.as_bytes()])
}

/// Somebody of the trial city with a key: how to name the signer, and what to sign with.
#[derive(Clone, Debug)]
pub struct Person {
    /// As whom they sign.
    pub signer: Signer,
    /// With what.
    pub key: SecretKey,
}

impl Person {
    /// The holder of `account`, whose key belongs to `label`.
    pub fn holder(account: AccountId, label: &str) -> Person {
        Person {
            signer: Signer::Account(account),
            key: key(label),
        }
    }

    /// A bare key, for one who has no account yet.
    pub fn bare(label: &str) -> Person {
        let key = key(label);
        Person {
            signer: Signer::Key(key.public_key()),
            key,
        }
    }

    /// The staff entry `staff` of a trial city.
    pub fn staff(staff: StaffId) -> Person {
        Person {
            signer: Signer::Staff(staff),
            key: key(&staff_label(staff)),
        }
    }
}

fn staff_label(staff: StaffId) -> String {
    format!("staff {} {}", staff.organisation.0, staff.number)
}

/// A staff number of an organisation.
pub const fn staff_id(organisation: OrganisationId, number: u32) -> StaffId {
    StaffId {
        organisation,
        number,
    }
}

/// Staff numbers of the city.
pub mod city_staff {
    /// Two administrators, both needed.
    pub const ADMINISTRATORS: [u32; 2] = [1, 2];
    /// The identity registry.
    pub const REGISTRY: u32 = 3;
    /// A registrar.
    pub const REGISTRAR: u32 = 4;
    /// Two treasurers.
    pub const TREASURERS: [u32; 2] = [5, 6];
    /// Two arbiters, the second for appeals.
    pub const ARBITERS: [u32; 2] = [7, 8];
    /// An auditor.
    pub const AUDITOR: u32 = 9;
}

/// Staff numbers of a street office.
pub mod street_staff {
    use ledger_core::record::organisation::Role;

    /// The administrator.
    pub const ADMINISTRATOR: u32 = 1;
    /// The registrar.
    pub const REGISTRAR: u32 = 2;
    /// The social worker who verifies.
    pub const SOCIAL_WORKER: u32 = 3;
    /// Another, for what needs two.
    pub const SECOND_SOCIAL_WORKER: u32 = 4;
    /// The clerk who acts for people without a phone.
    pub const CLERK: u32 = 5;
    /// The treasurer.
    pub const TREASURER: u32 = 6;

    /// Every number with its role.
    pub const ALL: [(u32, Role); 6] = [
        (ADMINISTRATOR, Role::Administrator),
        (REGISTRAR, Role::Registrar),
        (SOCIAL_WORKER, Role::SocialWorker),
        (SECOND_SOCIAL_WORKER, Role::SocialWorker),
        (CLERK, Role::Clerk),
        (TREASURER, Role::Treasurer),
    ];
}

/// What a trial city is founded with.
#[derive(Clone, Debug)]
pub struct Founding {
    /// Districts.
    pub districts: Vec<OrganisationId>,
    /// Streets and the districts they lie in; the first `offices` of them run nodes.
    pub streets: Vec<(OrganisationId, OrganisationId)>,
    /// Service points and the streets they belong to.
    pub points: Vec<(OrganisationId, OrganisationId)>,
    /// Whether the streets have their staff from the start.
    pub street_staff: StreetStaff,
    /// Whether the catalogue is there from the start.
    pub catalogue: InitialCatalogue,
    /// Where policy differs from the defaults.
    pub policies: Vec<GenesisPolicy>,
    /// How many offices run nodes.
    pub offices: usize,
    /// The time before the first block.
    pub time_ms: TimestampMs,
}

/// Whether a trial city's streets have their staff from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreetStaff {
    /// Yes.
    Founding,
    /// No: transactions appoint them.
    Later,
}

/// Whether a trial city has its catalogue from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitialCatalogue {
    /// Yes: [`SERVICES`].
    Founding,
    /// No: transactions set it.
    Later,
}

/// The consensus key of the node of office `index`, counted from 0.
pub fn consensus_key(index: usize) -> SecretKey {
    key(&format!("consensus key of office {index}"))
}

/// The key by which the node of office `index` is known in the network.
pub fn peer_key(index: usize) -> SecretKey {
    key(&format!("peer key of office {index}"))
}

/// The district of the city [`small`] founds.
pub const SMALL_DISTRICT: OrganisationId = OrganisationId(320_102);

/// The street whose office runs the node at `index` in the city [`small`] founds.
///
/// # Panics
/// When the index is no street number.
pub fn small_street(index: usize) -> OrganisationId {
    let number = u64::try_from(index).expect("an index fits into 64 bits");
    OrganisationId(SMALL_DISTRICT.0 * 1_000 + 1 + number)
}

/// The genesis document of one district with `offices` streets that all have their staff, each with a node.
pub fn small(offices: usize, time_ms: TimestampMs) -> Genesis {
    Founding {
        districts: vec![SMALL_DISTRICT],
        streets: (0..offices)
            .map(|index| (small_street(index), SMALL_DISTRICT))
            .collect(),
        points: Vec::new(),
        street_staff: StreetStaff::Founding,
        catalogue: InitialCatalogue::Founding,
        policies: Vec::new(),
        offices,
        time_ms,
    }
    .genesis()
}

impl Founding {
    /// The genesis document.
    pub fn genesis(&self) -> Genesis {
        let mut founders = Founders {
            accounts: Vec::new(),
            staff: Vec::new(),
            home: self.streets[0].0,
        };
        founders.city();
        if self.street_staff == StreetStaff::Founding {
            for (street, _) in &self.streets {
                founders.home = *street;
                for (number, role) in street_staff::ALL {
                    founders.appoint(staff_id(*street, number), vec![role]);
                }
            }
        }
        let street_threshold = u8::from(self.street_staff == StreetStaff::Founding);
        let organisation = |organisation, parent, level, threshold| GenesisOrganisation {
            organisation,
            parent,
            level,
            threshold,
        };
        let mut organisations = vec![organisation(CITY, None, Level::City, 2)];
        organisations.extend(
            self.districts
                .iter()
                .map(|id| organisation(*id, Some(CITY), Level::District, 0)),
        );
        organisations.extend(
            self.streets.iter().map(|(id, parent)| {
                organisation(*id, Some(*parent), Level::Street, street_threshold)
            }),
        );
        organisations.extend(
            self.points
                .iter()
                .map(|(id, parent)| organisation(*id, Some(*parent), Level::ServicePoint, 0)),
        );
        let catalogue = match self.catalogue {
            InitialCatalogue::Founding => SERVICES
                .map(|(code, ..)| GenesisService {
                    code: ServiceCode(code),
                    entry: catalogue_entry(code),
                })
                .to_vec(),
            InitialCatalogue::Later => Vec::new(),
        };
        Genesis {
            version: GENESIS_VERSION,
            purpose: ChainPurpose::Test,
            calendar: Calendar::CHINA,
            time_ms: self.time_ms,
            organisations,
            accounts: founders.accounts,
            staff: founders.staff,
            policies: self.policies.clone(),
            catalogue,
            validators: self.validators(),
        }
    }

    fn validators(&self) -> ValidatorSet {
        let mut validators: Vec<Validator> = (0..self.offices)
            .map(|index| Validator {
                organisation: self.streets[index].0,
                consensus_key: consensus_key(index).public_key(),
                peer_key: peer_key(index).public_key(),
                power: 1,
            })
            .collect();
        validators.sort_by_key(|validator| validator.consensus_key);
        ValidatorSet::new(validators).expect("a trial city's validators are in order")
    }
}

/// What the catalogue says of service `code` of [`SERVICES`].
pub fn catalogue_entry(code: u16) -> CatalogueEntry {
    let (_, least, most) = SERVICES
        .into_iter()
        .find(|(known, ..)| *known == code)
        .expect("a code of the catalogue");
    CatalogueEntry {
        minutes_min: Minutes(least),
        minutes_max: Minutes(most),
        multiplier_percent: 100,
    }
}

struct Founders {
    accounts: Vec<GenesisAccount>,
    staff: Vec<GenesisStaff>,
    home: OrganisationId,
}

impl Founders {
    fn city(&mut self) {
        for number in city_staff::ADMINISTRATORS {
            self.appoint(staff_id(CITY, number), vec![Role::Administrator]);
        }
        self.appoint(
            staff_id(CITY, city_staff::REGISTRY),
            vec![Role::IdentityRegistry],
        );
        self.appoint(staff_id(CITY, city_staff::REGISTRAR), vec![Role::Registrar]);
        for number in city_staff::TREASURERS {
            self.appoint(staff_id(CITY, number), vec![Role::Treasurer]);
        }
        for number in city_staff::ARBITERS {
            self.appoint(staff_id(CITY, number), vec![Role::Arbiter]);
        }
        self.appoint(staff_id(CITY, city_staff::AUDITOR), vec![Role::Auditor]);
    }

    /// Adds a staff entry and the account of the person behind it.
    fn appoint(&mut self, staff: StaffId, roles: Vec<Role>) {
        let label = staff_label(staff);
        let account = GenesisAccount {
            identity: identity(&label),
            home: self.home,
            key: key(&format!("person behind {label}")).public_key(),
        };
        let person = account.id();
        self.accounts.push(account);
        self.staff.push(GenesisStaff {
            staff,
            record: StaffRecord {
                key: key(&label).public_key(),
                roles,
                person,
            },
        });
    }
}

/// Makes transactions of one chain, each with a nonce of its own.
#[derive(Clone, Debug)]
pub struct Signatory {
    chain_id: ChainId,
    label: String,
    made: u64,
}

impl Signatory {
    /// For `chain_id`; two signatories with different labels never make the same nonce.
    pub fn new(chain_id: ChainId, label: &str) -> Signatory {
        Signatory {
            chain_id,
            label: label.to_owned(),
            made: 0,
        }
    }

    /// `operation`, asked for by the first of `people` and signed by all, valid until `valid_until_ms`.
    pub fn seal(
        &mut self,
        operation: Operation,
        people: &[&Person],
        valid_until_ms: TimestampMs,
    ) -> SealedEnvelope {
        self.made += 1;
        let mut nonce = [0; 16];
        let mut hasher = blake3::Hasher::new_derive_key("timebank testnet nonces");
        hasher
            .update(self.label.as_bytes())
            .update(&self.made.to_le_bytes());
        hasher.finalize_xof().fill(&mut nonce);
        let transaction = Transaction {
            chain_id: self.chain_id,
            version: TRANSACTION_VERSION,
            signer: people[0].signer,
            valid_until_ms,
            nonce,
            operation,
        };
        let signatures: Vec<SignedBy> = people
            .iter()
            .map(|person| SignedBy {
                signer: person.signer,
                signature: transaction.sign(&person.key),
            })
            .collect();
        SealedEnvelope::new(Envelope::new(transaction, signatures))
    }
}

/// Everybody who has opened an account so far, by label.
pub type Residents = BTreeMap<String, AccountId>;

#[cfg(test)]
mod tests {
    use super::*;

    fn founding(street_staff: StreetStaff) -> Founding {
        let districts = vec![OrganisationId(320_102), OrganisationId(320_106)];
        Founding {
            streets: districts
                .iter()
                .map(|id| (OrganisationId(id.0 * 1_000 + 1), *id))
                .collect(),
            points: vec![(OrganisationId(320_102_001_001), OrganisationId(320_102_001))],
            districts,
            street_staff,
            catalogue: InitialCatalogue::Founding,
            policies: Vec::new(),
            offices: 2,
            time_ms: TimestampMs(1_000),
        }
    }

    #[test]
    fn a_trial_city_is_a_city() {
        for staff in [StreetStaff::Founding, StreetStaff::Later] {
            let genesis = founding(staff).genesis();
            genesis.state().unwrap();
            assert_eq!(genesis.chain_id(), founding(staff).genesis().chain_id());
        }
    }
}
