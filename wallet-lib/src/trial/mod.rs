//! A city on one machine for tests of wallets and commands: the real ledger behind the wallet's transport, without a node.
//!
//! Every envelope that arrives is checked and put into a block of its own by the real rules; four validators certify it.
//! Answers are those of `docs/api.md`. Tests spoil answers on their way with [`TrialCity::spoil`] to see what a wallet makes
//! of them.

#![expect(
    clippy::unwrap_used,
    reason = "it fails loudly, like the tests it is for"
)]

mod answers;
mod offices;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::transport::{Method, Request, Response, Transport, TransportError};
use ledger_core::amount::Minutes;
use ledger_core::block::Block;
use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::genesis::{
    GENESIS_VERSION, Genesis, GenesisAccount, GenesisOrganisation, GenesisService, GenesisStaff,
};
use ledger_core::hash::{Domain, Hash, hash};
use ledger_core::id::{AccountId, OrganisationId, ServiceCode, StaffId};
use ledger_core::ledger::{
    NothingVerified, Refusal, Tip, build_block, check_transaction, least_time,
};
use ledger_core::message::{Language, rejections};
use ledger_core::proof::SetChange;
use ledger_core::receipt::{Owner, Posting, Receipt};
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::record::policy::CatalogueEntry;
use ledger_core::signature::{Purpose, SecretKey};
use ledger_core::state::{MemoryState, RecordChanges, StateKey, StateView, StateWrites, tree};
use ledger_core::time::{Calendar, TimestampMs};
use ledger_core::transaction::SealedEnvelope;
use ledger_core::validator::{Validator, ValidatorAddress, ValidatorSet};
use serde_json::{Value, json};

/// The city.
pub const CITY: OrganisationId = OrganisationId(320_100);
/// Its district.
pub const DISTRICT: OrganisationId = OrganisationId(320_102);
/// The district's street office.
pub const STREET: OrganisationId = OrganisationId(320_102_005);
/// Another district of the city.
pub const OTHER_DISTRICT: OrganisationId = OrganisationId(320_106);
/// Its street office.
pub const OTHER_STREET: OrganisationId = OrganisationId(320_106_001);
/// When the chain begins: 2026-11-22 08:00 in the city.
pub const BEGIN_MS: TimestampMs = TimestampMs(1_795_305_600_000);

/// Everybody's key derives from their name.
pub fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(&hash(Domain::Identity, &[b"key of ", name.as_bytes()]).0)
}

/// The account of one of the founders (see `STAFF`) or of `chen`, `mother` and `li`, people who have one from the beginning.
pub fn account(name: &str) -> AccountId {
    AccountId::from_seed(&identity(name))
}

/// The staff entry of one of the founders.
pub fn staff(name: &str) -> StaffId {
    let (_, organisation, number, _) = *STAFF
        .iter()
        .find(|(staff, ..)| *staff == name)
        .expect("one of the founders");
    StaffId {
        organisation,
        number,
    }
}

fn identity(name: &str) -> Hash {
    hash(Domain::Identity, &[name.as_bytes()])
}

const STAFF: [(&str, OrganisationId, u32, Role); 11] = [
    ("admin", CITY, 1, Role::Administrator),
    ("registry", CITY, 2, Role::IdentityRegistry),
    ("treasurer1", CITY, 3, Role::Treasurer),
    ("treasurer2", CITY, 4, Role::Treasurer),
    ("city_arbiter", CITY, 5, Role::Arbiter),
    ("auditor", CITY, 6, Role::Auditor),
    ("arbiter", DISTRICT, 1, Role::Arbiter),
    ("other_registrar", OTHER_STREET, 1, Role::Registrar),
    ("registrar", STREET, 1, Role::Registrar),
    ("social", STREET, 2, Role::SocialWorker),
    ("clerk", STREET, 3, Role::Clerk),
];
const PEOPLE: [&str; 3] = ["chen", "mother", "li"];

fn validator_set(names: &[&str]) -> ValidatorSet {
    let mut validators: Vec<Validator> = names
        .iter()
        .map(|name| Validator {
            organisation: STREET,
            consensus_key: key(name).public_key(),
            peer_key: key(&format!("peer of {name}")).public_key(),
            power: 1,
        })
        .collect();
    validators.sort_by_key(|validator| validator.consensus_key);
    ValidatorSet::new(validators).unwrap()
}

const VALIDATORS: [&str; 4] = ["one", "two", "three", "four"];

/// The genesis document.
pub fn genesis() -> Genesis {
    let organisation = |organisation, parent, level, threshold| GenesisOrganisation {
        organisation,
        parent,
        level,
        threshold,
    };
    Genesis {
        version: GENESIS_VERSION,
        purpose: ChainPurpose::Test,
        calendar: Calendar::CHINA,
        time_ms: BEGIN_MS,
        organisations: vec![
            organisation(CITY, None, Level::City, 1),
            organisation(DISTRICT, Some(CITY), Level::District, 0),
            organisation(STREET, Some(DISTRICT), Level::Street, 0),
            organisation(OTHER_DISTRICT, Some(CITY), Level::District, 0),
            organisation(OTHER_STREET, Some(OTHER_DISTRICT), Level::Street, 0),
        ],
        accounts: STAFF
            .iter()
            .map(|(name, ..)| *name)
            .chain(PEOPLE)
            .map(|name| GenesisAccount {
                identity: identity(name),
                home: STREET,
                key: key(name).public_key(),
            })
            .collect(),
        staff: STAFF
            .iter()
            .map(|(name, organisation, number, role)| GenesisStaff {
                staff: StaffId {
                    organisation: *organisation,
                    number: *number,
                },
                record: StaffRecord {
                    key: key(name).public_key(),
                    roles: vec![*role],
                    person: account(name),
                },
            })
            .collect(),
        policies: Vec::new(),
        catalogue: vec![GenesisService {
            code: ServiceCode(1),
            entry: CatalogueEntry {
                minutes_min: Minutes(15),
                minutes_max: Minutes(240),
                multiplier_percent: 100,
            },
        }],
        validators: validator_set(&VALIDATORS),
    }
}

/// Changes an answer on its way: gets the request's path and the answer's JSON.
pub type Spoiler = Box<dyn Fn(&str, &mut Value) + Send>;

/// The city behind a transport.
#[derive(Clone)]
pub struct TrialCity(Arc<Mutex<Inside>>);

struct Inside {
    genesis: Genesis,
    state: MemoryState,
    tip: Tip,
    signers: Vec<&'static str>,
    blocks: Vec<(Block, CommitCertificate, Vec<Receipt>)>,
    changes: Vec<SetChange>,
    postings: BTreeMap<AccountId, Vec<Posting>>,
    spoiler: Option<Spoiler>,
    reachable: bool,
    stalled: bool,
    altered_after: Option<u64>,
}

impl Default for TrialCity {
    fn default() -> TrialCity {
        TrialCity::new()
    }
}

impl TrialCity {
    /// Just founded, with one empty block.
    pub fn new() -> TrialCity {
        let genesis = genesis();
        let mut inside = Inside {
            state: genesis.state().unwrap(),
            tip: Tip::genesis(genesis.chain_id(), genesis.time_ms),
            genesis,
            signers: VALIDATORS.to_vec(),
            blocks: Vec::new(),
            changes: Vec::new(),
            postings: BTreeMap::new(),
            spoiler: None,
            reachable: true,
            stalled: false,
            altered_after: None,
        };
        inside.add_block(&[]);
        TrialCity(Arc::new(Mutex::new(inside)))
    }

    /// Every answer passes through `spoiler` from now on.
    pub fn spoil(&self, spoiler: impl Fn(&str, &mut Value) + Send + 'static) {
        self.0.lock().unwrap().spoiler = Some(Box::new(spoiler));
    }

    /// Whether transactions are only accepted, and no block comes to be.
    pub fn stall(&self, stalled: bool) {
        self.0.lock().unwrap().stalled = stalled;
    }

    /// Nobody answers any more.
    pub fn go_away(&self) {
        self.0.lock().unwrap().reachable = false;
    }

    /// The archive hands out the block after `height` with a transaction missing.
    pub fn lose_a_transaction_after(&self, height: u64) {
        self.0.lock().unwrap().altered_after = Some(height);
    }

    /// All nodes and validators hold `value` under `key` from now on, whatever the rules say.
    pub fn alter_record(&self, key: &StateKey, value: Option<Vec<u8>>) {
        let mut inside = self.0.lock().unwrap();
        let records = RecordChanges::from([(key.to_bytes(), value)]);
        let tree = tree::update(&inside.state, &records).unwrap();
        let altered = StateWrites {
            records,
            tree,
            ..StateWrites::default()
        };
        inside.state.apply(&altered);
    }

    /// The record under `key`.
    pub fn record(&self, key: &StateKey) -> Option<Vec<u8>> {
        self.0.lock().unwrap().state.read(&key.to_bytes()).unwrap()
    }

    /// These validators certify from now on. They are the set only if the ledger says so.
    pub fn certify_as(&self, names: &[&'static str]) {
        self.0.lock().unwrap().signers = names.to_vec();
    }

    /// An empty block.
    pub fn pass_a_block(&self) {
        self.0.lock().unwrap().add_block(&[]);
    }

    /// The last block's time.
    pub fn time_ms(&self) -> TimestampMs {
        self.0.lock().unwrap().tip.time_ms
    }
}

/// The set of the validators with these names.
pub fn set_of(names: &[&str]) -> ValidatorSet {
    validator_set(names)
}

impl Transport for TrialCity {
    fn request(&self, request: &Request) -> Result<Response, TransportError> {
        let mut inside = self.0.lock().unwrap();
        if !inside.reachable {
            return Err(TransportError {
                node: "trial".to_owned(),
                reason: "nobody there".to_owned(),
            });
        }
        if let Some(after) = request.path.strip_prefix("/v1/archive?after=") {
            return Ok(inside.archive(after.parse().unwrap()));
        }
        if let Some(path) = request.path.strip_prefix("/v1/state/tree?path=") {
            return Ok(inside.node(path));
        }
        if let Some(key) = request.path.strip_prefix("/v1/state/record?key=") {
            return Ok(inside.record(key));
        }
        let (status, mut answer) = match (request.method, &request.body) {
            (Method::Get, _) => inside.get(&request.path),
            (Method::Post, Some((_, bytes))) if request.path.contains("/batch") => {
                inside.submit_batch(bytes)
            }
            (Method::Post, Some((_, bytes))) => inside.submit(bytes),
            (Method::Post, None) => (400, problem("body_malformed", &json!({}))),
        };
        if let Some(spoiler) = &inside.spoiler {
            spoiler(&request.path, &mut answer);
        }
        Ok(Response {
            node: "trial".to_owned(),
            status,
            retry_after_s: None,
            body: serde_json::to_vec(&answer).unwrap(),
        })
    }
}

fn problem(code: &str, details: &Value) -> Value {
    json!({"error": {"code": code, "message_en": code, "message_zh": code, "remedy_en": "", "remedy_zh": "",
                     "details": details}})
}

fn not_found(kind: &str, id: &str) -> (u16, Value) {
    (404, problem("not_found", &json!({"kind": kind, "id": id})))
}

impl Inside {
    fn add_block(&mut self, transactions: &[Arc<SealedEnvelope>]) {
        let time_ms = least_time(&self.state, &self.tip).unwrap().plus_ms(1_000);
        let proposer = ValidatorAddress::of(&key(self.signers[0]).public_key());
        let built = build_block(
            &self.state,
            &self.tip,
            proposer,
            time_ms,
            transactions,
            &NothingVerified,
        )
        .unwrap();
        assert_eq!(built.refused, [], "checked before");
        let header = built.block.header.clone();
        let certificate = self.certify(&built.block);
        self.state.apply(&built.execution.writes);
        for posting in built.execution.receipts.iter().flat_map(|it| &it.postings) {
            if let Owner::Account(account) = posting.owner {
                self.postings
                    .entry(account)
                    .or_default()
                    .push(posting.clone());
            }
        }
        if header.next_validators_hash != header.validators_hash {
            self.changes.push(SetChange {
                header: header.clone(),
                certificate: certificate.clone(),
                next: built.execution.next_validators.clone(),
            });
        }
        self.tip = Tip::of(&header);
        self.blocks
            .push((built.block, certificate, built.execution.receipts));
    }

    fn certify(&self, block: &Block) -> CommitCertificate {
        let mut certificate = CommitCertificate {
            height: block.header.height,
            round: 0,
            block_id: block.id(),
            signatures: Vec::new(),
        };
        let mut signatures: Vec<_> = self
            .signers
            .iter()
            .map(|name| {
                let validator = ValidatorAddress::of(&key(name).public_key());
                let vote = certificate.vote(self.tip.chain_id, validator);
                CommitSignature {
                    validator,
                    signature: key(name).sign(Purpose::Vote, &vote.signed_bytes()),
                }
            })
            .collect();
        signatures.sort_by_key(|signature| signature.validator);
        certificate.signatures = signatures;
        certificate
    }

    fn submit(&mut self, bytes: &[u8]) -> (u16, Value) {
        let sealed = match SealedEnvelope::decode(bytes) {
            Ok(sealed) => Arc::new(sealed),
            Err(_) => return (400, problem("body_malformed", &json!({}))),
        };
        let time_ms = least_time(&self.state, &self.tip).unwrap().plus_ms(1_000);
        match check_transaction(&self.state, &self.tip, time_ms, &sealed, &NothingVerified) {
            Ok(()) => {}
            Err(Refusal::Rejected(rejection)) => {
                let say = |language| rejections(language).explain_rejection(&rejection);
                let (en, zh) = (say(Language::English), say(Language::Chinese));
                let error = json!({"error": {
                    "code": rejection.code(),
                    "message_en": en.message, "remedy_en": en.remedy.unwrap(),
                    "message_zh": zh.message, "remedy_zh": zh.remedy.unwrap(),
                    "details": serde_json::to_value(&rejection).unwrap(),
                }});
                return (422, error);
            }
            Err(Refusal::State(error)) => unreachable!("a state in memory fails: {error}"),
        }
        if self.stalled {
            return (504, problem("not_final_yet", &json!({"timeout_ms": 0})));
        }
        self.add_block(std::slice::from_ref(&sealed));
        let (block, _, receipts) = self.blocks.last().unwrap();
        let answer = json!({"id": sealed.id(), "state": "applied", "height": block.header.height,
                            "receipt": receipts.last().unwrap()});
        (200, answer)
    }

    fn submit_batch(&mut self, bytes: &[u8]) -> (u16, Value) {
        let bodies: Vec<Vec<u8>> = borsh::from_slice(bytes).unwrap();
        let items: Vec<Value> = bodies
            .iter()
            .map(|body| match self.submit(body) {
                (200, answer) => answer,
                (_, problem) => json!({"error": problem["error"]}),
            })
            .collect();
        (200, json!(items))
    }
}
