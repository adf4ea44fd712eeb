//! What a wallet remembers: how far it has read, what histories it has proven, and for how long it believes.

use std::sync::{Arc, Mutex};

use ledger_core::block::Header;
use ledger_core::proof::{Checkpoint, CheckpointBody, CheckpointKeys};
use ledger_core::time::DAY_MS;
use ledger_core::transaction::Signer;
use ledger_core::transaction::government::AdvanceTime;
use serde_json::json;
use timebank_wallet::client::{Request, Response, Transport, TransportError};
use timebank_wallet::nodes::LieKind;
use timebank_wallet::verify::Trust;
use timebank_wallet::{Client, FileStorage, Freshness, MemoryStorage, Storage};

use crate::stage::{Node, Stage, VALIDATORS, link, said, submit};
use timebank_wallet::trial::{TrialCity, account, genesis, set_of, staff};

fn opened(city: &TrialCity, storage: Arc<dyn Storage>) -> Trust {
    let city = city.clone();
    let trust = Trust::open(storage, &genesis()).unwrap();
    trust.with_clock(move || city.time_ms())
}

fn now(city: &TrialCity) -> Freshness {
    Freshness {
        now_ms: city.time_ms(),
        age_ms_max: 60_000,
    }
}

/// While an answer is under way, a block comes and another read of the wallet overtakes this one.
struct Overtaken {
    city: TrialCity,
    trust: Arc<Trust>,
}

impl Transport for Overtaken {
    fn request(&self, request: &Request) -> Result<Response, TransportError> {
        let answer = self.city.request(request);
        self.city.pass_a_block();
        let other = Client::new(self.city.clone(), Arc::clone(&self.trust));
        other.account(account("li"), now(&self.city)).unwrap();
        answer
    }
}

#[test]
fn two_honest_reads_that_cross_are_both_believed() {
    let city = TrialCity::new();
    let trust = Arc::new(opened(&city, Arc::new(MemoryStorage::new())));
    let overtaken = Overtaken {
        city: city.clone(),
        trust: Arc::clone(&trust),
    };
    let client = Client::new(overtaken, Arc::clone(&trust));
    let read = client.account(account("chen"), now(&city)).unwrap();
    assert!(read.height < trust.seen());
}

#[test]
fn a_wallet_that_starts_again_does_not_go_back() {
    let city = TrialCity::new();
    let folder = tempfile::tempdir().unwrap();
    let storage = || Arc::new(FileStorage::open(folder.path().join("wallet")).unwrap());
    let path = format!("/v1/accounts/{}?proof=true", account("chen"));
    let old = said(&city, &path);
    city.pass_a_block();
    let first = Client::new(city.clone(), opened(&city, storage()));
    let newest = first.account(account("chen"), now(&city)).unwrap();
    drop(first);
    let again = Client::new(city.clone(), opened(&city, storage()));
    assert_eq!(again.seen(), newest.height);
    city.spoil(move |_, answer| *answer = old.clone());
    let error = again.account(account("chen"), now(&city)).unwrap_err();
    assert_eq!(error.code(), "went_back");
}

#[test]
fn kept_trust_that_is_damaged_is_reported_and_left_alone() {
    let city = TrialCity::new();
    let storage = Arc::new(MemoryStorage::new());
    let client = Client::new(city.clone(), opened(&city, storage.clone()));
    client.account(account("chen"), now(&city)).unwrap();
    let name = storage.names("trust-").unwrap().remove(0);
    let right = storage.load(&name).unwrap().unwrap();
    let wrong = right[..right.len() - 1].to_vec();
    storage.store(&name, &wrong).unwrap();
    let error = Trust::open(storage.clone(), &genesis()).unwrap_err();
    assert_eq!(error.code(), "stored_damaged");
    assert_eq!(storage.load(&name).unwrap().unwrap(), wrong);
}

/// Notes what is asked.
#[derive(Clone)]
struct Noting(TrialCity, Arc<Mutex<Vec<String>>>);

impl Transport for Noting {
    fn request(&self, request: &Request) -> Result<Response, TransportError> {
        self.1.lock().unwrap().push(request.path.clone());
        self.0.request(request)
    }
}

#[test]
fn a_history_goes_on_from_what_was_proven_before() {
    let city = TrialCity::new();
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let wallet = || {
        let transport = Noting(city.clone(), Arc::clone(&asked));
        Client::new(transport, opened(&city, Arc::clone(&storage)))
    };
    let pages = || {
        let asked = std::mem::take(&mut *asked.lock().unwrap());
        asked
            .iter()
            .filter(|path| path.contains("/history"))
            .count()
    };
    for kin in ["mother", "li", "social"] {
        link(&city, kin);
    }
    assert_eq!(
        wallet()
            .history(account("chen"), now(&city))
            .unwrap()
            .value
            .len(),
        3
    );
    assert_eq!(pages(), 2);
    assert_eq!(
        wallet()
            .history(account("chen"), now(&city))
            .unwrap()
            .value
            .len(),
        3
    );
    assert_eq!(pages(), 0, "nothing is new");
    link(&city, "clerk");
    assert_eq!(
        wallet()
            .history(account("chen"), now(&city))
            .unwrap()
            .value
            .len(),
        4
    );
    assert_eq!(pages(), 1);
}

#[test]
fn a_history_that_does_not_continue_what_was_proven_is_named_and_nothing_is_reset() {
    let (city, other) = (TrialCity::new(), TrialCity::new());
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    link(&city, "mother");
    for kin in ["li", "social"] {
        link(&other, kin);
    }
    let wallet = Client::new(city.clone(), opened(&city, Arc::clone(&storage)));
    let proven = wallet.history(account("chen"), now(&city)).unwrap();
    // The head is forgotten, so that only the histories contradict each other.
    for name in storage.names("trust-").unwrap() {
        storage.remove(&name).unwrap();
    }
    let elsewhere = Client::new(other.clone(), opened(&other, Arc::clone(&storage)));
    let error = elsewhere.history(account("chen"), now(&other)).unwrap_err();
    assert_eq!(error.code(), "history_rewritten");
    assert_eq!(elsewhere.lies().unwrap()[0].kind, LieKind::HistoryRewritten);
    for name in storage.names("trust-").unwrap() {
        storage.remove(&name).unwrap();
    }
    let wallet = Client::new(city.clone(), opened(&city, storage));
    assert_eq!(wallet.history(account("chen"), now(&city)), Ok(proven));
}

/// The city's checkpoint at its newest block, signed by `signers`.
fn checkpoint(city: &TrialCity, signers: &[&str]) -> Checkpoint {
    let block = said(city, "/v1/blocks/latest");
    let header: Header = serde_json::from_value(block["block"]["header"].clone()).unwrap();
    let body = CheckpointBody {
        version: ledger_core::proof::CHECKPOINT_VERSION,
        chain_id: header.chain_id,
        header,
        set: set_of(&VALIDATORS),
        keys: CheckpointKeys::of_genesis(&genesis()),
    };
    let sign = |name: &&str| body.sign(staff(name), &timebank_wallet::trial::key(name));
    let signatures: Vec<_> = signers.iter().map(sign).collect();
    Checkpoint::new(body, signatures)
}

#[test]
fn trust_that_has_ended_begins_anew_with_the_citys_checkpoint_and_no_other() {
    let stage = Stage::new();
    let operation = AdvanceTime {
        to_ms: stage.city.time_ms().plus_ms(31 * DAY_MS),
    };
    submit(
        &stage.city,
        operation,
        &[(Signer::Staff(staff("admin")), "admin")],
    );
    stage.city.pass_a_block();
    let read = |alter| {
        let node = Node {
            name: "node",
            stage: &stage,
            alter,
        };
        let client = Client::new(node, stage.trust());
        let read = client.account(account("chen"), stage.now());
        (read.map(|it| it.value), client.lies().unwrap())
    };
    let (without, lies) = read(None);
    assert_eq!(
        (without.unwrap_err().code(), lies.len()),
        ("trust_expired", 0)
    );
    let (renewed, _) = read(Some(|stage, path, answer| {
        if path == "/v1/checkpoint" {
            answer.status = 200;
            let checkpoint = checkpoint(&stage.city, &["admin", "auditor"]);
            answer.body = json!({"checkpoints": [checkpoint]});
        }
    }));
    assert!(renewed.is_ok(), "{renewed:?}");
    let (forged, lies) = read(Some(|stage, path, answer| {
        if path == "/v1/checkpoint" {
            answer.status = 200;
            let checkpoint = checkpoint(&stage.city, &["admin"]);
            answer.body = json!({"checkpoints": [checkpoint]});
        }
    }));
    assert_eq!(forged.unwrap_err().code(), "proof_broken");
    assert_eq!(lies[0].kind, LieKind::ForgedCheckpoint);
}
