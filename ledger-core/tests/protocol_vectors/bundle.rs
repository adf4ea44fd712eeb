//! The chain, the checkpoint and the proof file whose bytes `docs/protocol.md` shows: a city with two administrators and an
//! auditor, a checkpoint, a change of the validator set, and a block of which everything is claimed that can be.

use std::collections::BTreeMap;

use ledger_core::block::{HEADER_VERSION, Header, list};
use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::codec::encode;
use ledger_core::genesis::{Genesis, GenesisAccount, GenesisOrganisation, GenesisStaff};
use ledger_core::hash::{Domain, Hash, hash_of};
use ledger_core::id::{AccountId, BlockId, Height, OrganisationId, StaffId};
use ledger_core::proof::{
    BlockClaim, BlockProof, CHECKPOINT_VERSION, Checkpoint, CheckpointBody, CheckpointKeys, Clock,
    ListPath, ProofBundle, SetChange, TrustChain,
};
use ledger_core::receipt::{Cause, Entry, Owner, Posting, Receipt};
use ledger_core::record::account::{AccountRecord, History};
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::signature::{Purpose, SecretKey};
use ledger_core::state::tree::{key_hash, prove, update};
use ledger_core::state::{MemoryState, StateKey, StateView, StateWrites};
use ledger_core::time::{DAY_MS, TimestampMs};
use ledger_core::transaction::{Envelope, SignedBy, Signer, Transaction};
use ledger_core::validator::{ValidatorAddress, ValidatorSet};

use super::{ACCOUNT, donate, key, samples};

const CITY: OrganisationId = OrganisationId(320_100);
const OTHER: AccountId = AccountId([0xbb; 20]);

fn staff(number: u32) -> StaffId {
    StaffId {
        organisation: CITY,
        number,
    }
}

/// The key of staff entry 1, 2 or 3.
fn staff_key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[0x20 + number; 32])
}

fn identity(number: u8) -> Hash {
    Hash([0x30 + number; 32])
}

/// The smallest city that can make checkpoints, with the validators of the certificate's vectors.
pub(crate) fn genesis() -> Genesis {
    let (district, street) = (OrganisationId(320_102), OrganisationId(320_102_001));
    let office = |organisation, parent, level, threshold| GenesisOrganisation {
        organisation,
        parent,
        level,
        threshold,
    };
    let entry = |number: u8, role| GenesisStaff {
        staff: staff(u32::from(number)),
        record: StaffRecord {
            key: staff_key(number).public_key(),
            roles: vec![role],
            person: AccountId::from_seed(&identity(number)),
        },
    };
    let genesis = Genesis {
        purpose: ChainPurpose::Production,
        organisations: vec![
            office(CITY, None, Level::City, 2),
            office(district, Some(CITY), Level::District, 0),
            office(street, Some(district), Level::Street, 0),
        ],
        accounts: (1..=3)
            .map(|number| GenesisAccount {
                identity: identity(number),
                home: street,
                key: staff_key(number).public_key(),
            })
            .collect(),
        staff: vec![
            entry(1, Role::Administrator),
            entry(2, Role::Administrator),
            entry(3, Role::Auditor),
        ],
        catalogue: Vec::new(),
        validators: samples::set(),
        ..samples::genesis()
    };
    genesis.state().unwrap();
    genesis
}

/// The set without its validator with the greatest consensus key.
fn next_set() -> ValidatorSet {
    let mut validators: Vec<_> = samples::set().into();
    validators.pop();
    ValidatorSet::new(validators).unwrap()
}

/// The block at `height`, so many days after the genesis document, by this set since then.
fn header(height: u64, set: &ValidatorSet, next: &ValidatorSet, since: u64) -> Header {
    let genesis = genesis();
    Header {
        version: HEADER_VERSION,
        chain_id: genesis.chain_id(),
        height: Height(height),
        time_ms: genesis.time_ms.plus_ms(height * DAY_MS),
        parent: BlockId(Hash([0x01; 32])),
        proposer: ValidatorAddress::of(&key().public_key()),
        transactions_root: list::root(&envelope_hashes()),
        receipts_root: list::root(&receipt_hashes()),
        state_root: state().root(),
        validators_hash: set.set_hash(),
        next_validators_hash: next.set_hash(),
        last_set_change: Height(since),
    }
}

/// By the first three validators of the set, in order of address.
fn certificate(header: &Header, set: &ValidatorSet) -> CommitCertificate {
    let mut certificate = CommitCertificate {
        height: header.height,
        round: 0,
        block_id: header.id(),
        signatures: Vec::new(),
    };
    let mut signatures: Vec<CommitSignature> = (1..=4)
        .map(|seed| SecretKey::from_seed(&[seed; 32]))
        .filter(|key| {
            set.by_address(&ValidatorAddress::of(&key.public_key()))
                .is_some()
        })
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
    signatures.truncate(3);
    certificate.signatures = signatures;
    certificate
}

/// Three postings of the account: it was opened, rated, and earned.
fn postings() -> Vec<Posting> {
    let earned = samples::earned();
    let posting = |height, entry| Posting {
        height: Height(height),
        entry,
        ..earned.clone()
    };
    let rated = match earned.cause {
        Cause::Settlement(order) => Entry::Rated { order, stars: 5 },
        _ => Entry::Opened,
    };
    vec![posting(1, Entry::Opened), posting(5, rated), earned.clone()]
}

fn account() -> AccountRecord {
    let mut account = samples::account();
    account.history = postings().iter().fold(History::EMPTY, |history, posting| {
        history.with(posting).unwrap()
    });
    account
}

/// Two records: the account and the supply.
fn state() -> MemoryState {
    let records = BTreeMap::from([
        (
            StateKey::Supply.to_bytes(),
            Some(encode(&samples::supply())),
        ),
        (
            StateKey::Account(ACCOUNT).to_bytes(),
            Some(encode(&account())),
        ),
    ]);
    let mut state = MemoryState::default();
    let tree = update(&state, &records).unwrap();
    state.apply(&StateWrites {
        records,
        tree,
        ..StateWrites::default()
    });
    state
}

/// The block's transactions: three donations with the nonces 00…00, 01…01 and 02…02.
fn envelopes() -> Vec<Envelope> {
    (0..3)
        .map(|nonce| {
            let transaction = Transaction {
                chain_id: genesis().chain_id(),
                nonce: [nonce; 16],
                ..donate()
            };
            let signature = transaction.sign(&key());
            let signer = Signer::Account(ACCOUNT);
            Envelope::new(transaction, [SignedBy { signer, signature }])
        })
        .collect()
}

fn envelope_hashes() -> Vec<Hash> {
    envelopes()
        .iter()
        .map(|envelope| hash_of(Domain::Envelope, envelope))
        .collect()
}

/// The block's receipts: the settlement's, and one for each transaction, without postings.
fn receipts() -> Vec<Receipt> {
    let settlement = Receipt {
        cause: samples::earned().cause,
        postings: vec![samples::earned()],
    };
    let of_transactions = envelopes().into_iter().map(|envelope| Receipt {
        cause: Cause::Transaction(envelope.transaction.id()),
        postings: Vec::new(),
    });
    std::iter::once(settlement).chain(of_transactions).collect()
}

fn receipt_hashes() -> Vec<Hash> {
    receipts().iter().map(Receipt::receipt_hash).collect()
}

/// Of the block at height 40, by both administrators and the auditor; who signs the next one stays the same.
pub(crate) fn checkpoint() -> Checkpoint {
    let genesis = genesis();
    let set = genesis.validators.clone();
    let body = CheckpointBody {
        version: CHECKPOINT_VERSION,
        chain_id: genesis.chain_id(),
        header: header(40, &set, &set, 0),
        set,
        keys: CheckpointKeys::of_genesis(&genesis),
    };
    let signatures: Vec<_> = (1..=3)
        .map(|number| body.sign(staff(u32::from(number)), &staff_key(number)))
        .collect();
    Checkpoint::new(body, signatures)
}

fn claims() -> Vec<BlockClaim> {
    let state = state();
    let proof = |key: &[u8]| prove(&state, key).unwrap();
    let [present, absent] = [ACCOUNT, OTHER].map(|account| StateKey::Account(account).to_bytes());
    let owner = Owner::Account(ACCOUNT);
    vec![
        BlockClaim::Record {
            value: state.read(&present).unwrap().unwrap(),
            tree_proof: proof(&present),
            key: present,
        },
        BlockClaim::Absence {
            key_hash: key_hash(&absent),
            tree_proof: proof(&absent),
            key: absent,
        },
        BlockClaim::Transaction {
            envelope: Box::new(envelopes().remove(1)),
            path: ListPath::of(&envelope_hashes(), 1).unwrap(),
        },
        BlockClaim::Receipt {
            receipt: receipts().remove(0),
            path: ListPath::of(&receipt_hashes(), 0).unwrap(),
        },
        BlockClaim::postings(owner, History::EMPTY, &postings(), |position| position == 1).unwrap(),
    ]
}

/// The checkpoint, a change of the set at height 42, and a block at height 43 with a claim of each kind. Checked here as
/// somebody with nothing but the genesis document would, so that the document never shows a file that proves nothing.
pub(crate) fn bundle() -> ProofBundle {
    let (first, second) = (samples::set(), next_set());
    let changing = header(42, &first, &second, 0);
    let change = SetChange {
        certificate: certificate(&changing, &first),
        header: changing,
        next: second.clone(),
    };
    let header = header(43, &second, &second, 42);
    let block = BlockProof {
        certificate: certificate(&header, &second),
        header: header.clone(),
        claims: claims(),
    };
    let genesis = genesis();
    let bundle = ProofBundle::new(
        genesis.chain_id(),
        vec![checkpoint()],
        vec![change],
        vec![block],
    );
    let trust = TrustChain::genesis(&genesis);
    let clock = Clock::at(header.time_ms);
    let verified = bundle.verify(&trust, clock).unwrap();
    assert_eq!(verified.facts().count(), 5);
    let late = Clock::at(TimestampMs(header.time_ms.0 + 60 * DAY_MS));
    assert!(bundle.verify(&trust, late).is_err());
    bundle
}
