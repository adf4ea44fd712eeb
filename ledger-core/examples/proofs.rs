//! How large the proof of a balance is, and how long checking it takes.
//!
//! `cargo run --release -p ledger-core --example proofs [RECORDS_MAX]`
//!
//! For 4, 31 and 100 validators and states of ten thousand and a million records: a `.tbproof` file with one account, signed
//! by all validators and by no more than a quorum; then the same after a change of the validator set, and over a
//! checkpoint. Checked is the file as it is read from disk, by somebody who holds the genesis document. Nothing is asserted
//! about the time.

#![expect(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    reason = "a measurement that a person reads"
)]

use std::time::{Duration, Instant};

use ledger_core::block::{HEADER_VERSION, Header};
use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::codec::encode;
use ledger_core::genesis::{GENESIS_VERSION, Genesis, GenesisOrganisation, GenesisStaff};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{AccountId, BlockId, Height, OrganisationId, StaffId};
use ledger_core::proof::{
    BlockProof, CHECKPOINT_VERSION, Checkpoint, CheckpointBody, CheckpointKeys, Clock, ProofBundle,
    RecordProof, SetChange, TrustChain,
};
use ledger_core::record::account::{AccountKind, AccountRecord};
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::signature::{Purpose, SecretKey};
use ledger_core::state::tree::{prove, update};
use ledger_core::state::{MemoryState, RecordChanges, StateKey, StateWrites};
use ledger_core::time::{Calendar, DAY_MS, TimestampMs};
use ledger_core::validator::{Validator, ValidatorAddress, ValidatorSet};

/// How often each check is timed.
const RUNS: usize = 101;
const CITY: OrganisationId = OrganisationId(320_100);
const ACCOUNT: AccountId = AccountId([0xaa; 20]);

/// A secret key by name and number.
fn secret(name: &str, number: usize) -> SecretKey {
    let seed = hash(
        Domain::Genesis,
        &[name.as_bytes(), number.to_string().as_bytes()],
    );
    SecretKey::from_seed(seed.as_bytes())
}

/// A validator set and the keys it signs with.
struct Office {
    keys: Vec<SecretKey>,
    set: ValidatorSet,
}

impl Office {
    /// `count` validators of one power, the first of which is new when the set is `changed`.
    fn of(count: usize, changed: bool) -> Office {
        let keys: Vec<SecretKey> = (0..count)
            .map(|number| match (number, changed) {
                (0, true) => secret("changed", 0),
                _ => secret("consensus", number),
            })
            .collect();
        let mut validators: Vec<Validator> = (0..)
            .zip(&keys)
            .map(|(number, key)| Validator {
                organisation: CITY,
                consensus_key: key.public_key(),
                peer_key: secret("peer", number).public_key(),
                power: 1,
            })
            .collect();
        validators.sort_by_key(|validator| validator.consensus_key);
        let set = ValidatorSet::new(validators).expect("the keys are different");
        Office { keys, set }
    }

    fn certify(&self, header: &Header) -> CommitCertificate {
        let mut certificate = CommitCertificate {
            height: header.height,
            round: 0,
            block_id: header.id(),
            signatures: Vec::new(),
        };
        let mut signatures: Vec<CommitSignature> = self
            .keys
            .iter()
            .map(|key| {
                let validator = ValidatorAddress::of(&key.public_key());
                let vote = certificate.vote(header.chain_id, validator);
                CommitSignature {
                    validator,
                    signature: key.sign(Purpose::Vote, &vote.signed_bytes()),
                }
            })
            .collect();
        signatures.sort_by_key(|commit| commit.validator);
        certificate.signatures = signatures;
        certificate
    }
}

fn staff(number: u32) -> StaffId {
    StaffId {
        organisation: CITY,
        number,
    }
}

/// A city with three administrators, two of whom sign, and an auditor.
fn genesis(office: &Office) -> Genesis {
    let entry = |number: u8, role| GenesisStaff {
        staff: staff(u32::from(number)),
        record: StaffRecord {
            key: secret("staff", usize::from(number)).public_key(),
            roles: vec![role],
            person: AccountId([number; 20]),
        },
    };
    Genesis {
        version: GENESIS_VERSION,
        purpose: ChainPurpose::Production,
        calendar: Calendar::CHINA,
        time_ms: TimestampMs(0),
        organisations: vec![GenesisOrganisation {
            organisation: CITY,
            parent: None,
            level: Level::City,
            threshold: 2,
        }],
        accounts: Vec::new(),
        staff: vec![
            entry(1, Role::Administrator),
            entry(2, Role::Administrator),
            entry(3, Role::Administrator),
            entry(4, Role::Auditor),
        ],
        policies: Vec::new(),
        catalogue: Vec::new(),
        validators: office.set.clone(),
    }
}

/// A state of so many records, one of which is the account.
fn state(records: usize) -> MemoryState {
    let account = AccountRecord::new(
        AccountKind::Person {
            identity: Hash([1; 32]),
        },
        OrganisationId(320_102_001),
        OrganisationId(320_102),
        Some(secret("holder", 0).public_key()),
    );
    let mut changes: RecordChanges = (1..records)
        .map(|number| (number.to_be_bytes().to_vec(), Some(vec![1])))
        .collect();
    changes.insert(
        StateKey::Account(ACCOUNT).to_bytes(),
        Some(encode(&account)),
    );
    let mut state = MemoryState::default();
    let tree = update(&state, &changes).expect("a state in memory can be read");
    state.apply(&StateWrites {
        records: changes,
        tree,
        ..StateWrites::default()
    });
    state
}

/// The proof of the account, without a block.
struct Account {
    root: Hash,
    proof: RecordProof,
}

fn header(genesis: &Genesis, height: u64, set: &ValidatorSet, since: u64, root: Hash) -> Header {
    Header {
        version: HEADER_VERSION,
        chain_id: genesis.chain_id(),
        height: Height(height),
        time_ms: TimestampMs(height * DAY_MS),
        parent: BlockId(Hash::ZERO),
        proposer: set.as_slice()[0].address(),
        transactions_root: Hash::ZERO,
        receipts_root: Hash::ZERO,
        state_root: root,
        validators_hash: set.set_hash(),
        next_validators_hash: set.set_hash(),
        last_set_change: Height(since),
    }
}

/// Finds the account's proof in `state`; header and certificate are put in for each office.
fn account(state: &MemoryState, genesis: &Genesis, office: &Office) -> Account {
    let key = StateKey::Account(ACCOUNT).to_bytes();
    let root = state.root();
    let header = header(genesis, 1, &office.set, 0, root);
    let value = ledger_core::state::StateView::read(state, &key).expect("a state in memory");
    Account {
        root,
        proof: RecordProof {
            tree_proof: prove(state, &key).expect("a state in memory can be read"),
            key,
            value,
            certificate: office.certify(&header),
            header,
        },
    }
}

/// The block that proves the account, with as many signatures as a quorum needs, or all.
fn block(account: &Account, header: Header, office: &Office, all: bool) -> BlockProof {
    let certificate = office.certify(&header);
    BlockProof::from(RecordProof {
        certificate: if all {
            certificate
        } else {
            certificate.minimal(&office.set)
        },
        header,
        ..account.proof.clone()
    })
}

/// The median of [`RUNS`] checks of a file by whoever holds the genesis document.
fn time(bundle: &ProofBundle, genesis: &Genesis) -> (usize, Duration) {
    let file = bundle.to_file();
    let trust = TrustChain::genesis(genesis);
    let newest = bundle.blocks.last().expect("one block").header.time_ms;
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let begun = Instant::now();
            ProofBundle::verify_file(&file, &trust, Clock::at(newest)).expect("the file is right");
            begun.elapsed()
        })
        .collect();
    times.sort();
    (file.len(), times[RUNS / 2])
}

fn measure(state: &MemoryState, records: usize, validators: usize) {
    let (office, next) = (Office::of(validators, false), Office::of(validators, true));
    let genesis = genesis(&office);
    let account = account(state, &genesis, &office);
    let of_office = header(&genesis, 7, &office.set, 0, account.root);
    let chain_id = genesis.chain_id();
    let plain = |all| {
        let block = block(&account, of_office.clone(), &office, all);
        ProofBundle::new(chain_id, Vec::new(), Vec::new(), vec![block])
    };
    let mut changing = header(&genesis, 5, &office.set, 0, account.root);
    changing.next_validators_hash = next.set.set_hash();
    let change = SetChange {
        certificate: office.certify(&changing).minimal(&office.set),
        header: changing,
        next: next.set.clone(),
    };
    let after = header(&genesis, 7, &next.set, 5, account.root);
    let changed = ProofBundle::new(
        chain_id,
        Vec::new(),
        vec![change],
        vec![block(&account, after, &next, false)],
    );
    let body = CheckpointBody {
        version: CHECKPOINT_VERSION,
        chain_id,
        header: header(&genesis, 40, &office.set, 0, account.root),
        set: office.set.clone(),
        keys: CheckpointKeys::of_genesis(&genesis),
    };
    let signatures: Vec<_> = [1, 2, 4]
        .into_iter()
        .map(|number: u8| {
            let key = secret("staff", usize::from(number));
            body.sign(staff(u32::from(number)), &key)
        })
        .collect();
    let late = header(&genesis, 41, &office.set, 0, account.root);
    let renewed = ProofBundle::new(
        chain_id,
        vec![Checkpoint::new(body, signatures)],
        Vec::new(),
        vec![block(&account, late, &office, false)],
    );
    for (what, bundle) in [
        ("all signatures", plain(true)),
        ("a quorum's", plain(false)),
        ("a quorum's, after a change of the set", changed),
        ("a quorum's, over a checkpoint", renewed),
    ] {
        let (bytes, took) = time(&bundle, &genesis);
        let micros = (took.as_nanos() + 500) / 1_000;
        let (whole, thousandths) = (micros / 1_000, micros % 1_000);
        println!("| {validators} | {records} | {what} | {bytes} | {whole}.{thousandths:03} |");
    }
}

fn main() {
    let most = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(1_000_000);
    println!("| validators | records | file | bytes | check, ms (median of {RUNS}) |");
    println!("|---|---|---|---|---|");
    for records in [10_000, 1_000_000] {
        if records > most {
            continue;
        }
        let state = state(records);
        for validators in [4, 31, 100] {
            measure(&state, records, validators);
        }
    }
}
