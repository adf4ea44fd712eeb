//! A witness among honest, forking, forging, rewriting, sleeping and broken nodes.

use std::sync::{Arc, Mutex};

use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::proof::{Checkpoint, CheckpointBody, CheckpointKeys};
use ledger_core::record::kin::Relation;
use ledger_core::signature::Purpose;
use ledger_core::transaction::account::LinkKin;
use ledger_core::transaction::government::{AdvanceTime, SetValidators};
use ledger_core::transaction::{Operation, Signer};
use ledger_core::validator::ValidatorAddress;
use serde_json::{Value, json};
use timebank_wallet::answer::Progress;
use timebank_wallet::client::{Patience, Request, Response, TransportError};
use timebank_wallet::trial::{TrialCity, account, genesis, key, set_of, staff};
use timebank_wallet::{Document, TransactionBuilder, builder};

use super::*;

mod checkpoints;

/// Changes what a node answers, given the path and the status.
type Alter = Arc<dyn Fn(&str, &mut u16, &mut Vec<u8>) + Send + Sync>;

/// A node of a city, which a test may let serve another city or alter its answers.
#[derive(Clone)]
struct Node(Arc<Mutex<(TrialCity, Option<Alter>)>>);

impl Node {
    fn of(city: &TrialCity) -> Node {
        Node(Arc::new(Mutex::new((city.clone(), None))))
    }

    fn serve(&self, city: &TrialCity) {
        self.0.lock().unwrap().0 = city.clone();
    }

    fn alter(&self, alter: impl Fn(&str, &mut u16, &mut Vec<u8>) + Send + Sync + 'static) {
        self.0.lock().unwrap().1 = Some(Arc::new(alter));
    }

    fn alter_json(&self, alter: impl Fn(&str, &mut Value) + Send + Sync + 'static) {
        self.alter(move |path, _, body| {
            if let Ok(mut answer) = serde_json::from_slice(body) {
                alter(path, &mut answer);
                *body = answer.to_string().into_bytes();
            }
        });
    }

    fn be_honest(&self) {
        self.0.lock().unwrap().1 = None;
    }

    fn watched(&self, name: &str) -> Watched<Node> {
        Watched {
            name: name.to_owned(),
            client: Client::without_trust(self.clone()),
        }
    }
}

impl Transport for Node {
    fn request(&self, request: &Request) -> Result<Response, TransportError> {
        let (city, alter) = self.0.lock().unwrap().clone();
        let mut response = city.request(request)?;
        if let Some(alter) = alter {
            alter(&request.path, &mut response.status, &mut response.body);
        }
        Ok(response)
    }
}

fn submit(city: &TrialCity, operation: impl Into<Operation>, signers: &[(Signer, &str)]) {
    submit_to(&[city], operation, signers);
}

/// The same transaction to several cities.
fn submit_to(cities: &[&TrialCity], operation: impl Into<Operation>, signers: &[(Signer, &str)]) {
    let city = cities[0];
    let builder = TransactionBuilder::new(genesis().chain_id(), signers[0].0, city.time_ms());
    let keys: Vec<_> = signers
        .iter()
        .map(|(signer, it)| (*signer, key(it)))
        .collect();
    let pairs: Vec<_> = keys.iter().map(|(signer, key)| (*signer, key)).collect();
    let envelope = builder::seal(builder.build(operation).unwrap(), &pairs);
    let patience = Patience::Final { timeout_ms: 1_000 };
    for city in cities {
        Client::without_trust((*city).clone())
            .submit(&envelope, patience)
            .unwrap();
    }
}

fn link(city: &TrialCity, kin: &str) {
    let operation = LinkKin {
        account: account("chen"),
        kin: account(kin),
        relation: Relation::Parent,
    };
    let signers = [
        (Signer::Account(account("chen")), "chen"),
        (Signer::Account(account(kin)), kin),
        (Signer::Staff(staff("registrar")), "registrar"),
    ];
    submit(city, operation, &signers);
}

fn blocks(city: &TrialCity, count: u64) {
    for _ in 0..count {
        city.pass_a_block();
    }
}

const FIVE: [&str; 5] = ["one", "two", "three", "four", "five"];

fn change_set(cities: &[&TrialCity]) {
    let operation = SetValidators {
        validators: set_of(&FIVE).as_slice().to_vec(),
    };
    let admin = [(Signer::Staff(staff("admin")), "admin")];
    submit_to(cities, operation, &admin);
    for city in cities {
        city.certify_as(&FIVE);
    }
}

/// A witness, its folder, and everything it told.
struct Scene {
    folder: tempfile::TempDir,
    witness: Option<Witness>,
    told: Vec<Event>,
    now_ms: TimestampMs,
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let mut scene = Scene {
            folder,
            witness: None,
            told: Vec::new(),
            // Months after the city's own time, as on a test chain.
            now_ms: TimestampMs(1_800_000_000_000),
        };
        scene.start();
        scene
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("witness")
    }

    /// Ends the witness if there is one, and starts it again.
    fn start(&mut self) {
        self.witness = None;
        self.witness = Some(Witness::open(&self.path(), &genesis(), Limits::default()).unwrap());
    }

    fn witness(&mut self) -> &mut Witness {
        self.witness.as_mut().unwrap()
    }

    /// A round, five seconds after the last; what was told, but for beginnings.
    fn round(&mut self, nodes: &[Watched<Node>]) -> Vec<What> {
        self.now_ms = self.now_ms.plus_ms(5_000);
        let (now_ms, mut told) = (self.now_ms, Vec::new());
        self.witness()
            .round(nodes, now_ms, &mut |event| told.push(event.clone()))
            .unwrap();
        self.told.extend(told.clone());
        let told = told.into_iter().map(|event| event.what);
        told.filter(|what| !matches!(what, What::Began { .. }))
            .collect()
    }
}

fn contradiction(told: &[What]) -> &Contradiction {
    match told {
        [What::Fork(it) | What::Rewritten(it) | What::Forged(it)] => it,
        other => panic!("{other:?}"),
    }
}

/// The certificate of `signers` for the block of `header`.
fn certify(header: &ledger_core::block::Header, signers: &[&str]) -> CommitCertificate {
    let mut certificate = CommitCertificate {
        height: header.height,
        round: 0,
        block_id: header.id(),
        signatures: Vec::new(),
    };
    let sign = |name: &&str| {
        let validator = ValidatorAddress::of(&key(name).public_key());
        let vote = certificate.vote(header.chain_id, validator);
        let signature = key(name).sign(Purpose::Vote, &vote.signed_bytes());
        CommitSignature {
            validator,
            signature,
        }
    };
    let mut signatures: Vec<CommitSignature> = signers.iter().map(sign).collect();
    signatures.sort_by_key(|commit| commit.validator);
    certificate.signatures = signatures;
    certificate
}

/// Each document is accepted by the ledger of `city`, once.
fn assert_accepted(city: &TrialCity, documents: &[PathBuf]) {
    let client = Client::without_trust(city.clone());
    for path in documents {
        let document = Document::load(path).unwrap();
        let envelope = document.into_envelope().unwrap();
        let patience = Patience::Final { timeout_ms: 1_000 };
        let submission = client.submit(&envelope, patience).unwrap();
        assert!(matches!(submission.progress, Progress::Applied { .. }));
    }
}

#[test]
fn it_keeps_every_header_across_changes_of_the_set_and_goes_on_after_a_kill() {
    let city = TrialCity::new();
    let node = Node::of(&city);
    let mut scene = Scene::new();
    blocks(&city, 5);
    assert_eq!(scene.round(&[node.watched("a")]), []);
    change_set(&[&city]);
    blocks(&city, 3);
    let told = scene.round(&[node.watched("a")]);
    let set_changed = What::SetChanged {
        height: Height(7),
        validators: 5,
    };
    assert_eq!(told, [set_changed]);
    assert_eq!(scene.witness().head().0, Height(10));
    scene.start();
    blocks(&city, 2);
    assert_eq!(scene.round(&[node.watched("a")]), []);
    for height in 1..=12 {
        let seen = scene.witness().seen_at(Height(height)).unwrap().unwrap();
        let shown = Client::without_trust(city.clone())
            .block_unverified(Height(height))
            .unwrap();
        assert_eq!(seen.header, shown.block.header);
        assert_eq!(seen.next.is_some(), height == 7);
    }
    // As if it had been killed before trust was kept, once or ever.
    scene.witness = None;
    std::fs::remove_file(scene.path().join(TRUST)).unwrap();
    scene.start();
    let (head, trusted) = (scene.witness().head(), scene.witness().trust.head());
    assert_eq!(head, (trusted.height, trusted.block_id));
    assert_eq!(head.0, Height(12));
    assert_eq!(scene.witness().alarms(), 0);
}

#[test]
fn only_one_process_witnesses_with_a_folder_and_only_one_chain() {
    let scene = Scene::new();
    let open = |genesis: &Genesis| Witness::open(&scene.path(), genesis, Limits::default());
    let error = open(&genesis()).unwrap_err();
    assert!(matches!(error, WitnessError::InUse { .. }), "{error}");
    let path = scene.path();
    let mut scene = scene;
    scene.round(&[]);
    scene.witness = None;
    let mut other = genesis();
    other.time_ms = other.time_ms.plus_ms(1);
    let error = Witness::open(&path, &other, Limits::default()).unwrap_err();
    assert!(matches!(error, WitnessError::OtherChain { .. }), "{error}");
}

#[test]
fn a_fork_is_told_where_it_begins_with_evidence_that_the_ledger_accepts() {
    let (city, other) = (TrialCity::new(), TrialCity::new());
    change_set(&[&city, &other]);
    blocks(&city, 6);
    blocks(&other, 6);
    link(&city, "mother");
    link(&other, "li");
    blocks(&city, 9);
    blocks(&other, 7);
    let nodes = [
        Node::of(&city).watched("honest"),
        Node::of(&other).watched("forked"),
    ];
    let mut scene = Scene::new();
    let told = scene.round(&nodes);
    let [What::SetChanged { .. }, What::Fork(fork)] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!((fork.node.as_str(), fork.height), ("forked", Height(9)));
    assert_eq!(fork.undecided, None);
    assert_eq!((fork.double_signers.len(), fork.documents.len()), (5, 5));
    // Whoever opens the case finds the same.
    let case: Case = serde_json::from_slice(&std::fs::read(&fork.case).unwrap()).unwrap();
    assert_eq!(case.double_signers().len(), 5);
    assert_eq!(case.ours, Some(fork.ours));
    assert_eq!(case.theirs.unwrap().header.id(), fork.theirs);
    // Told once; and it stays with what it saw first, while both branches grow.
    blocks(&city, 1);
    blocks(&other, 5);
    assert_eq!(scene.round(&nodes), []);
    assert_eq!(scene.witness().head().0, Height(19));
    assert_accepted(&city, &fork.documents);
    let other = fork.documents.clone();
    // The same offence is not taken twice.
    let again = Document::load(&other[0]).unwrap().into_envelope().unwrap();
    let client = Client::without_trust(city.clone());
    assert!(client.submit(&again, Patience::Accepted).is_err());
}

#[test]
fn a_node_that_goes_over_to_another_chain_has_rewritten_it() {
    let (city, other) = (TrialCity::new(), TrialCity::new());
    blocks(&city, 4);
    blocks(&other, 2);
    link(&other, "li");
    blocks(&other, 9);
    let node = Node::of(&city);
    let mut scene = Scene::new();
    assert_eq!(scene.round(&[node.watched("a")]), []);
    node.serve(&other);
    scene.start();
    let told = scene.round(&[node.watched("a")]);
    let rewritten = contradiction(&told);
    assert!(matches!(told[0], What::Rewritten(_)));
    assert_eq!(rewritten.height, Height(4));
    assert_eq!(rewritten.documents.len(), 4);
    assert_accepted(&other, &rewritten.documents);
    assert_eq!(scene.witness().head().0, Height(5));
}

#[test]
fn one_old_block_rewritten_is_found_in_time_and_its_only_signer_accused() {
    let city = TrialCity::new();
    blocks(&city, 20);
    let node = Node::of(&city);
    let mut scene = Scene::new();
    assert_eq!(scene.round(&[node.watched("a")]), []);
    node.alter_json(|path, answer| {
        if path == "/v1/blocks/6" {
            let mut header: ledger_core::block::Header =
                serde_json::from_value(answer["block"]["header"].clone()).unwrap();
            header.time_ms = header.time_ms.plus_ms(1);
            answer["certificate"] = json!(certify(&header, &["two"]));
            answer["block"]["header"] = json!(header);
        }
    });
    let mut told = Vec::new();
    for _ in 0..21 {
        told.extend(scene.round(&[node.watched("a")]));
    }
    let rewritten = contradiction(&told);
    assert!(matches!(told[0], What::Rewritten(_)));
    assert_eq!(rewritten.height, Height(6));
    assert!(rewritten.undecided.is_some());
    let two = ValidatorAddress::of(&key("two").public_key());
    assert_eq!(rewritten.double_signers, [two]);
    assert_accepted(&city, &rewritten.documents);
}

#[test]
fn a_newest_block_that_nobody_decided_is_a_forgery() {
    let city = TrialCity::new();
    blocks(&city, 20);
    let (honest, forger) = (Node::of(&city), Node::of(&city));
    forger.alter_json(|path, answer| {
        if path == "/v1/blocks/21" {
            let mut header: ledger_core::block::Header =
                serde_json::from_value(answer["block"]["header"].clone()).unwrap();
            header.time_ms = header.time_ms.plus_ms(1);
            answer["certificate"] = json!(certify(&header, &["two"]));
            answer["block"]["header"] = json!(header);
        }
    });
    let mut scene = Scene::new();
    let told = scene.round(&[honest.watched("a"), forger.watched("b")]);
    assert!(matches!(told.as_slice(), [What::Forged(_)]), "{told:?}");
    let forged = contradiction(&told);
    assert_eq!((forged.node.as_str(), forged.height), ("b", Height(21)));
    assert_accepted(&city, &forged.documents);
}

#[test]
fn a_block_that_is_not_what_it_says_is_not_taken_and_the_next_node_has_the_right_one() {
    let city = TrialCity::new();
    link(&city, "mother");
    blocks(&city, 2);
    let mut scene = Scene::new();
    let liar = Node::of(&city);
    city.lose_a_transaction_after(1);
    let told = scene.round(&[liar.watched("liar")]);
    let [
        What::BadBlock {
            node,
            height,
            reason,
            case,
        },
    ] = told.as_slice()
    else {
        panic!("{told:?}");
    };
    assert_eq!((node.as_str(), *height), ("liar", Height(2)));
    assert!(reason.contains("transactions"), "{reason}");
    assert!(
        std::fs::read_to_string(case)
            .unwrap()
            .contains("certificate")
    );
    assert_eq!(scene.witness().head().0, Height(1));
    city.lose_a_transaction_after(u64::MAX - 1);
    // A certificate that is short of a signature.
    let (few, right) = (Node::of(&city), Node::of(&city));
    few.alter(|path, _, body| {
        if path.starts_with("/v1/archive") {
            let mut part: Vec<(ledger_core::block::Block, CommitCertificate)> =
                borsh::from_slice(body).unwrap();
            for (_, certificate) in &mut part {
                certificate.signatures.truncate(2);
            }
            *body = borsh::to_vec(&part).unwrap();
        }
    });
    let told = scene.round(&[few.watched("few"), right.watched("right")]);
    assert!(
        matches!(&told[0], What::BadBlock { node, .. } if node == "few"),
        "{told:?}"
    );
    assert_eq!(scene.witness().head().0, Height(4));
}

#[test]
fn a_change_of_the_set_that_is_withheld_stops_that_node_and_no_other() {
    let city = TrialCity::new();
    change_set(&[&city]);
    blocks(&city, 2);
    let (hiding, right) = (Node::of(&city), Node::of(&city));
    hiding.alter_json(|path, answer| {
        if path.contains("/validators/changes") {
            answer["changes"] = json!([]);
        }
    });
    let mut scene = Scene::new();
    let told = scene.round(&[hiding.watched("hiding")]);
    assert!(matches!(
        &told[0],
        What::BadBlock {
            height: Height(2),
            ..
        }
    ));
    hiding.alter_json(|path, answer| {
        if path.contains("/validators/changes") {
            answer["changes"][0]["next"] = json!(set_of(&["shade"]));
        }
    });
    scene.round(&[hiding.watched("hiding")]);
    assert_eq!(scene.witness().head().0, Height(1));
    scene.round(&[hiding.watched("hiding"), right.watched("right")]);
    assert_eq!(scene.witness().head().0, Height(4));
}

#[test]
fn a_node_that_fails_to_say_who_the_new_validators_are_is_away_and_not_accused() {
    let city = TrialCity::new();
    change_set(&[&city]);
    blocks(&city, 2);
    let node = Node::of(&city);
    node.alter(|path, status, body| {
        if path.contains("/validators/changes") {
            *status = 500;
            *body = b"{}".to_vec();
        }
    });
    let mut scene = Scene::new();
    let told = scene.round(&[node.watched("busy")]);
    assert!(
        matches!(told.as_slice(), [What::NodeAway { .. }]),
        "{told:?}"
    );
    assert_eq!(scene.witness().head().0, Height(1));
    node.be_honest();
    let told = scene.round(&[node.watched("busy")]);
    assert!(
        told.iter().any(|it| matches!(it, What::NodeBack { .. })),
        "{told:?}"
    );
    assert_eq!(scene.witness().head().0, Height(4));
}

#[test]
fn silence_gaps_and_nodes_that_leave_return_lag_and_go_back_are_noticed() {
    let city = TrialCity::new();
    blocks(&city, 6);
    let mut scene = Scene::new();
    let (node, second) = (Node::of(&city), Node::of(&city));
    let nodes = [node.watched("a"), second.watched("b")];
    scene.round(&nodes);
    let codes = |told: &[What]| -> Vec<&'static str> { told.iter().map(What::code).collect() };
    // Silence, once, and its end.
    scene.now_ms = scene.now_ms.plus_ms(3 * HOUR_MS);
    assert_eq!(codes(&scene.round(&nodes)), ["silent"]);
    assert_eq!(codes(&scene.round(&nodes)), [""; 0]);
    city.pass_a_block();
    assert_eq!(codes(&scene.round(&nodes)), ["resumed"]);
    // A gap in the chain's own time.
    let to_ms = city.time_ms().plus_ms(5 * HOUR_MS);
    submit(
        &city,
        AdvanceTime { to_ms },
        &[(Signer::Staff(staff("admin")), "admin")],
    );
    city.pass_a_block();
    assert_eq!(codes(&scene.round(&nodes)), ["gap"]);
    // Away, told once, and back.
    second.alter(|_, status, body| (*status, *body) = (503, b"{}".to_vec()));
    assert_eq!(codes(&scene.round(&nodes)), ["node_away"]);
    assert_eq!(codes(&scene.round(&nodes)), [""; 0]);
    second.be_honest();
    assert_eq!(codes(&scene.round(&nodes)), ["node_back"]);
    // Behind what it had shown, and staying there.
    second.alter_json(|path, answer| {
        if path == "/v1/status" {
            answer["height"] = json!(3);
        }
    });
    assert_eq!(codes(&scene.round(&nodes)), ["node_went_back"]);
    let mut told = Vec::new();
    for _ in 0..5 {
        told.extend(scene.round(&nodes));
    }
    assert_eq!(codes(&told), ["node_behind"]);
    // Another chain.
    second.alter_json(|path, answer| {
        if path == "/v1/status" {
            answer["chain_id"] = json!("7".repeat(64));
        }
    });
    assert_eq!(codes(&scene.round(&nodes)), ["other_chain"]);
    // Everything is on record, one line each.
    let lines = std::fs::read_to_string(scene.path().join("events.jsonl")).unwrap();
    let written: Vec<Event> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(written, scene.told);
    // Being away oneself is told when beginning again.
    scene.now_ms = scene.now_ms.plus_ms(7 * HOUR_MS);
    scene.start();
    scene.round(&nodes);
    let began = scene.told.iter().rev().find_map(|event| match event.what {
        What::Began { away_ms, .. } => Some(away_ms),
        _ => None,
    });
    assert_eq!(began, Some(Some(7 * HOUR_MS + 5_000)));
}

#[test]
fn kept_headers_that_were_changed_are_named() {
    let city = TrialCity::new();
    blocks(&city, 5);
    let mut scene = Scene::new();
    scene.round(&[Node::of(&city).watched("a")]);
    scene.witness = None;
    let path = scene
        .path()
        .join("headers")
        .join(format!("{:020}.headers", 1));
    let right = std::fs::read(&path).unwrap();
    for at in (0..right.len()).step_by(97) {
        let mut wrong = right.clone();
        wrong[at] ^= 1;
        std::fs::write(&path, wrong).unwrap();
        let opened = Witness::open(&scene.path(), &genesis(), Limits::default());
        assert!(
            matches!(opened, Err(WitnessError::Damaged { .. })),
            "byte {at}: {opened:?}"
        );
        std::fs::write(&path, &right).unwrap();
    }
}
