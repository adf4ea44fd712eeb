//! The small city of the simulations: one district, one street office a node, and enough staff to sign.

use std::sync::{Arc, Mutex, PoisonError};

use ledger_core::genesis::{
    GENESIS_VERSION, Genesis, GenesisAccount, GenesisOrganisation, GenesisStaff,
};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{AccountId, ChainId, OrganisationId, StaffId};
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::signature::{PublicKey, SecretKey};
use ledger_core::time::{Calendar, Day, HOUR_MS, TimestampMs};
use ledger_core::transaction::account::OpenAccount;
use ledger_core::transaction::government::{AdvanceTime, ScheduleUpgrade, SetValidators};
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use ledger_core::validator::{Validator, ValidatorAddress, ValidatorSet};

/// When simulations begin: 2026-03-01T00:00Z.
pub const START_MS: u64 = 1_772_323_200_000;

const CITY: OrganisationId = OrganisationId(320_100);
const DISTRICT: OrganisationId = OrganisationId(320_102);
const ADMINISTRATORS: [u32; 2] = [1, 2];
const REGISTRY: u32 = 3;
/// Registrars of a street.
pub const REGISTRARS: u32 = 4;

/// The street office of node `index`.
pub const fn street(index: usize) -> OrganisationId {
    OrganisationId(320_102_001 + index as u64)
}

fn key(label: &str) -> SecretKey {
    SecretKey::from_seed(&blake3::derive_key(
        "timebank simulation keys",
        label.as_bytes(),
    ))
}

/// The consensus key of node `index`.
pub fn consensus_key(index: usize) -> SecretKey {
    key(&format!("consensus {index}"))
}

/// The key by which node `index` is known in the network.
pub fn peer_key(index: usize) -> SecretKey {
    key(&format!("peer {index}"))
}

/// How node `index` is known in the network: the public half of [`peer_key`], worked out once.
pub fn peer(index: usize) -> PublicKey {
    with_peers(index + 1, |peers| peers[index])
}

/// Which of `nodes` nodes is known in the network as `peer`.
pub fn node_of(peer: &PublicKey, nodes: usize) -> Option<usize> {
    with_peers(nodes, |peers| peers.iter().position(|key| key == peer))
}

fn with_peers<T>(nodes: usize, look: impl FnOnce(&[PublicKey]) -> T) -> T {
    static PEERS: Mutex<Vec<PublicKey>> = Mutex::new(Vec::new());
    let mut peers = PEERS.lock().unwrap_or_else(PoisonError::into_inner);
    while peers.len() < nodes {
        let next = peers.len();
        peers.push(peer_key(next).public_key());
    }
    look(&peers[..nodes])
}

/// Which of `nodes` nodes signs in consensus as `validator`.
pub fn node_of_validator(validator: &ValidatorAddress, nodes: usize) -> Option<usize> {
    static ADDRESSES: Mutex<Vec<ValidatorAddress>> = Mutex::new(Vec::new());
    let mut addresses = ADDRESSES.lock().unwrap_or_else(PoisonError::into_inner);
    while addresses.len() < nodes {
        let next = addresses.len();
        addresses.push(ValidatorAddress::of(&consensus_key(next).public_key()));
    }
    addresses[..nodes].iter().position(|it| it == validator)
}

fn staff_key(staff: StaffId) -> SecretKey {
    key(&format!("staff {} {}", staff.organisation.0, staff.number))
}

/// The secret key of a staff entry, if `registered` is the one it has in the beginning.
pub fn secret_of(staff: StaffId, registered: &PublicKey) -> Option<SecretKey> {
    let key = staff_key(staff);
    (key.public_key() == *registered).then_some(key)
}

const fn staff_id(organisation: OrganisationId, number: u32) -> StaffId {
    StaffId {
        organisation,
        number,
    }
}

/// The validators with these indices.
pub fn validators(indices: impl IntoIterator<Item = usize>) -> Vec<Validator> {
    let mut validators: Vec<Validator> = indices
        .into_iter()
        .map(|index| Validator {
            organisation: street(index),
            consensus_key: consensus_key(index).public_key(),
            peer_key: peer_key(index).public_key(),
            power: 1,
        })
        .collect();
    validators.sort_by_key(|validator| validator.consensus_key);
    validators
}

/// A city of `streets` street offices, the first `voting` of which run validators.
pub fn genesis(streets: usize, voting: usize) -> Genesis {
    let organisation = |organisation, parent, level, threshold| GenesisOrganisation {
        organisation,
        parent,
        level,
        threshold,
    };
    let mut organisations = vec![
        organisation(CITY, None, Level::City, 2),
        organisation(DISTRICT, Some(CITY), Level::District, 0),
    ];
    let mut posts: Vec<(StaffId, Role)> = ADMINISTRATORS
        .map(|number| (staff_id(CITY, number), Role::Administrator))
        .to_vec();
    posts.push((staff_id(CITY, REGISTRY), Role::IdentityRegistry));
    for index in 0..streets {
        organisations.push(organisation(
            street(index),
            Some(DISTRICT),
            Level::Street,
            0,
        ));
        posts.extend(
            (1..=REGISTRARS).map(|number| (staff_id(street(index), number), Role::Registrar)),
        );
    }
    let mut accounts = Vec::new();
    let mut staff = Vec::new();
    for (id, role) in posts {
        let label = format!("person {} {}", id.organisation.0, id.number);
        let account = GenesisAccount {
            identity: hash(Domain::Identity, &[label.as_bytes()]),
            home: street(0),
            key: key(&label).public_key(),
        };
        staff.push(GenesisStaff {
            staff: id,
            record: StaffRecord {
                key: staff_key(id).public_key(),
                roles: vec![role],
                person: account.id(),
            },
        });
        accounts.push(account);
    }
    Genesis {
        version: GENESIS_VERSION,
        purpose: ChainPurpose::Test,
        calendar: Calendar::CHINA,
        time_ms: TimestampMs(START_MS),
        organisations,
        accounts,
        staff,
        policies: Vec::new(),
        catalogue: Vec::new(),
        validators: ValidatorSet::new(validators(0..voting))
            .expect("the simulations' validators are in order"),
    }
}

/// Makes transactions of one chain.
#[derive(Clone, Debug)]
pub struct Office {
    chain_id: ChainId,
    made: u64,
}

impl Office {
    /// For `chain_id`.
    pub const fn new(chain_id: ChainId) -> Office {
        Office { chain_id, made: 0 }
    }

    /// `operation`, asked for by the first of `signers` and signed by all.
    pub fn seal(
        &mut self,
        operation: Operation,
        signers: &[(Signer, SecretKey)],
        valid_until_ms: TimestampMs,
    ) -> Arc<SealedEnvelope> {
        self.made += 1;
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&self.made.to_be_bytes());
        let transaction = Transaction {
            chain_id: self.chain_id,
            version: TRANSACTION_VERSION,
            signer: signers[0].0,
            valid_until_ms,
            nonce,
            operation,
        };
        let signatures: Vec<SignedBy> = signers
            .iter()
            .map(|(signer, key)| SignedBy {
                signer: *signer,
                signature: transaction.sign(key),
            })
            .collect();
        Arc::new(SealedEnvelope::new(Envelope::new(transaction, signatures)))
    }

    fn by_staff(staff: &[StaffId]) -> Vec<(Signer, SecretKey)> {
        staff
            .iter()
            .map(|id| (Signer::Staff(*id), staff_key(*id)))
            .collect()
    }

    /// Opens the account of the person called `label`, at node `index`'s street, asked for by its registrar `registrar`.
    pub fn open_account(
        &mut self,
        label: &str,
        index: usize,
        registrar: u32,
        now_ms: u64,
    ) -> Arc<SealedEnvelope> {
        let home = street(index);
        let holder = key(&format!("holder {label}"));
        let mut signers = Self::by_staff(&[staff_id(home, registrar), staff_id(CITY, REGISTRY)]);
        signers.push((Signer::Key(holder.public_key()), holder.clone()));
        let operation = Operation::OpenAccount(OpenAccount {
            home,
            key: Some(holder.public_key()),
            identity: hash(Domain::Identity, &[label.as_bytes()]),
            legal_guardian: None,
        });
        self.seal(operation, &signers, TimestampMs(now_ms + HOUR_MS))
    }

    /// Replaces the key of the account that `opened` opens: its new holder is the person called `to`.
    pub fn rotate_key(
        &mut self,
        opened: &SealedEnvelope,
        from: &str,
        to: &str,
        now_ms: u64,
    ) -> Arc<SealedEnvelope> {
        let account = AccountId::derive(opened.id());
        let (old, new) = (key(&format!("holder {from}")), key(&format!("holder {to}")));
        let new_key = new.public_key();
        let operation =
            Operation::RotateKey(ledger_core::transaction::account::RotateKey { account, new_key });
        let signers = [(Signer::Account(account), old), (Signer::Key(new_key), new)];
        self.seal(operation, &signers, TimestampMs(now_ms + HOUR_MS))
    }

    /// Moves time.
    pub fn advance_time(&mut self, to_ms: TimestampMs, now_ms: u64) -> Arc<SealedEnvelope> {
        let signers = Self::by_staff(&ADMINISTRATORS.map(|number| staff_id(CITY, number)));
        let operation = Operation::AdvanceTime(AdvanceTime { to_ms });
        self.seal(operation, &signers, TimestampMs(now_ms + HOUR_MS))
    }

    /// Announces a version of the rules.
    pub fn schedule_upgrade(
        &mut self,
        version: u16,
        from_day: Day,
        now_ms: u64,
    ) -> Arc<SealedEnvelope> {
        let signers = Self::by_staff(&ADMINISTRATORS.map(|number| staff_id(CITY, number)));
        let operation = Operation::ScheduleUpgrade(ScheduleUpgrade { version, from_day });
        self.seal(operation, &signers, TimestampMs(now_ms + HOUR_MS))
    }

    /// Replaces the validators.
    pub fn set_validators(
        &mut self,
        indices: impl IntoIterator<Item = usize>,
        now_ms: u64,
    ) -> Arc<SealedEnvelope> {
        let signers = Self::by_staff(&ADMINISTRATORS.map(|number| staff_id(CITY, number)));
        let operation = Operation::SetValidators(SetValidators {
            validators: validators(indices),
        });
        self.seal(operation, &signers, TimestampMs(now_ms + HOUR_MS))
    }

    /// The commitment of the person called `label`.
    pub fn identity(label: &str) -> Hash {
        hash(Domain::Identity, &[label.as_bytes()])
    }
}
