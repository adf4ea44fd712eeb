//! The interface against a state in memory and a replica that is a channel.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec;
use ledger_core::genesis::{
    GENESIS_VERSION, Genesis, GenesisAccount, GenesisOrganisation, GenesisStaff,
};
use ledger_core::hash::Hash;
use ledger_core::id::{OrganisationId, StaffId};
use ledger_core::ledger::{NothingVerified, Rejection, Tip, build_block};
use ledger_core::message::check;
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::organisation::{Level, Role, StaffRecord};
use ledger_core::signature::SecretKey;
use ledger_core::time::{Calendar, TimestampMs};
use ledger_core::transaction::government::{AdvanceTime, RegisterOrganisation};
use ledger_core::transaction::{
    Envelope, Operation, SealedEnvelope, SignedBy, Signer, TRANSACTION_VERSION, Transaction,
};
use ledger_core::validator::{Validator, ValidatorSet};
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tower::ServiceExt;

use super::status::readiness;
use super::submissions::{Fate, Known, Submissions};
use super::{Api, SubmissionRequest, ToReplica, router};
use crate::replica::{Accepted, MempoolStatus, Status, SubmitError};
use crate::storage::{CommittedBlock, MemoryDisk, Storage};

const CITY: OrganisationId = OrganisationId(320_100);
pub(crate) const NOW_MS: u64 = 1_800_000_000_000;

pub(crate) fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32])
}

pub(crate) fn genesis() -> Genesis {
    let organisation = |id, parent: Option<u64>, level, threshold| GenesisOrganisation {
        organisation: OrganisationId(id),
        parent: parent.map(OrganisationId),
        level,
        threshold,
    };
    let account = GenesisAccount {
        identity: Hash([1; 32]),
        home: OrganisationId(320_102_001),
        key: key(1).public_key(),
    };
    let person = account.id();
    Genesis {
        version: GENESIS_VERSION,
        purpose: ChainPurpose::Test,
        calendar: Calendar::CHINA,
        time_ms: TimestampMs(NOW_MS),
        organisations: vec![
            organisation(320_100, None, Level::City, 1),
            organisation(320_102, Some(320_100), Level::District, 0),
            organisation(320_102_001, Some(320_102), Level::Street, 0),
        ],
        accounts: vec![account],
        staff: vec![GenesisStaff {
            staff: administrator(),
            record: StaffRecord {
                key: key(2).public_key(),
                roles: vec![Role::Administrator],
                person,
            },
        }],
        policies: Vec::new(),
        catalogue: Vec::new(),
        validators: ValidatorSet::new(vec![Validator {
            organisation: OrganisationId(320_102_001),
            consensus_key: key(3).public_key(),
            peer_key: key(4).public_key(),
            power: 1,
        }])
        .unwrap(),
    }
}

fn administrator() -> StaffId {
    StaffId {
        organisation: CITY,
        number: 1,
    }
}

fn signed(operation: Operation) -> SealedEnvelope {
    let transaction = Transaction {
        chain_id: genesis().chain_id(),
        version: TRANSACTION_VERSION,
        signer: Signer::Staff(administrator()),
        valid_until_ms: TimestampMs(NOW_MS + 1_000_000),
        nonce: [7; 16],
        operation,
    };
    let signature = transaction.sign(&key(2));
    SealedEnvelope::new(Envelope::new(
        transaction,
        [SignedBy {
            signer: Signer::Staff(administrator()),
            signature,
        }],
    ))
}

fn register() -> SealedEnvelope {
    signed(Operation::RegisterOrganisation(RegisterOrganisation {
        organisation: OrganisationId(320_104),
        parent: CITY,
        level: Level::District,
    }))
}

struct Fixture {
    api: Api,
    to_replica: mpsc::Receiver<ToReplica>,
}

fn idle_status() -> Status {
    let genesis = genesis();
    Status {
        chain_id: genesis.chain_id(),
        height: Default::default(),
        block_id: Default::default(),
        time_ms: genesis.time_ms,
        last_commit_ms: None,
        catching_up: false,
        idle: true,
        round: None,
        peers: Vec::new(),
        quorum_height: Default::default(),
        quorum_connected: true,
        mempool: MempoolStatus::default(),
        validators: Arc::new(genesis.validators.clone()),
        address: genesis.validators.as_slice()[0].address(),
        in_set: true,
        voting: true,
        evidence: Arc::default(),
    }
}

fn fixture() -> Fixture {
    let genesis = genesis();
    let disk = Arc::new(MemoryDisk::default());
    let storage = Storage::open_memory(&disk, genesis.chain_id())
        .unwrap()
        .storage;
    storage
        .state
        .commit_genesis(&genesis.writes().unwrap())
        .unwrap();
    let (sender, to_replica) = mpsc::channel(4);
    let (_, status) = watch::channel(Arc::new(idle_status()));
    let api = Api {
        genesis: Arc::new(genesis),
        blocks: storage.blocks,
        state: storage.state,
        status,
        to_replica: sender,
        submissions: Arc::new(Submissions::default()),
        clock: Arc::new(|| NOW_MS + 5_000),
    };
    Fixture { api, to_replica }
}

/// Commits a block with `envelope`, the first of the chain.
fn commit(api: &Api, envelope: SealedEnvelope) -> Block {
    let tip = Tip::genesis(api.genesis.chain_id(), api.genesis.time_ms);
    let proposer = api.genesis.validators.as_slice()[0].address();
    let snapshot = api.state.snapshot();
    let candidates = [Arc::new(envelope)];
    let time_ms = TimestampMs(NOW_MS + 1_000);
    let built = build_block(
        &snapshot,
        &tip,
        proposer,
        time_ms,
        &candidates,
        &NothingVerified,
    )
    .unwrap();
    assert!(built.refused.is_empty(), "{:?}", built.refused);
    let block = built.block.clone();
    let certificate = CommitCertificate {
        height: block.header.height,
        round: 0,
        block_id: block.id(),
        signatures: Vec::new(),
    };
    api.blocks
        .append(&CommittedBlock {
            block: Arc::new(block.clone()),
            certificate,
        })
        .unwrap();
    api.state
        .commit(&block, &built.execution.receipts, &built.execution.writes)
        .unwrap();
    api.submissions.committed(
        block.header.height,
        block.transactions.iter().map(|sealed| sealed.id()),
    );
    block
}

async fn ask(api: &Api, request: Request<Body>) -> (StatusCode, Value) {
    let response = router(api.clone()).oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 10_000_000)
        .await
        .unwrap();
    (
        status,
        serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    )
}

async fn get(api: &Api, path: &str) -> (StatusCode, Value) {
    ask(api, Request::get(path).body(Body::empty()).unwrap()).await
}

fn post(path: &str, content_type: &str, body: Vec<u8>) -> Request<Body> {
    Request::post(path)
        .header(header::CONTENT_TYPE, content_type)
        .body(body.into())
        .unwrap()
}

fn submission(asked: ToReplica) -> SubmissionRequest {
    match asked {
        ToReplica::Submit(request) => request,
        ToReplica::Withdraw(id) => panic!("{id} was withdrawn"),
    }
}

/// A replica that gives every submission the same answer, and says how many it got.
fn answering(
    mut requests: mpsc::Receiver<ToReplica>,
    answer: Result<Accepted, SubmitError>,
) -> tokio::task::JoinHandle<usize> {
    tokio::spawn(async move {
        let mut count = 0;
        while let Some(asked) = requests.recv().await {
            let request = submission(asked);
            count += request.envelopes.len();
            request
                .answers
                .send(vec![answer.clone(); request.envelopes.len()])
                .unwrap();
        }
        count
    })
}

#[tokio::test]
async fn an_unknown_thing_is_named_in_both_languages() {
    let Fixture { api, .. } = fixture();
    let (status, body) = get(&api, &format!("/v1/transactions/{}", Hash::ZERO)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(body["error"]["code"], "not_found");
    assert_eq!(body["error"]["details"]["kind"], "transaction");
    assert!(
        body["error"]["message_en"]
            .as_str()
            .unwrap()
            .contains(&Hash::ZERO.to_string())
    );
    assert!(
        body["error"]["message_zh"]
            .as_str()
            .unwrap()
            .contains("这里没有")
    );
    assert!(body["error"]["remedy_zh"].as_str().is_some());
    let (status, body) = get(&api, "/v1/nothing").await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (StatusCode::NOT_FOUND, Some("not_found"))
    );
    let (status, body) = get(&api, "/v1/accounts/nonsense").await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("request_malformed"))
    );
    let (status, body) = get(&api, "/v1/orders?limit=many").await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("request_malformed"))
    );
}

#[tokio::test]
async fn genesis_is_served_and_hashes_to_the_chain_id() {
    let Fixture { api, .. } = fixture();
    let (status, body) = get(&api, "/v1/genesis").await;
    assert_eq!(status, StatusCode::OK);
    let served: Genesis = serde_json::from_value(body).unwrap();
    assert_eq!(served.chain_id(), genesis().chain_id());
    let (_, status) = get(&api, "/v1/status").await;
    assert_eq!(status["chain_id"], genesis().chain_id().to_string());
    assert_eq!(
        (status["height"].as_u64(), status["now_ms"].as_u64()),
        (Some(0), Some(NOW_MS + 5_000))
    );
}

#[tokio::test]
async fn every_documented_path_is_in_the_openapi_document_and_the_other_way_round() {
    let Fixture { api, .. } = fixture();
    let (status, document) = get(&api, "/v1/openapi.json").await;
    assert_eq!(status, StatusCode::OK);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let generated: std::collections::BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/api.md");
    let text = std::fs::read_to_string(path).unwrap();
    for path in &generated {
        assert!(
            text.contains(path.as_str()),
            "docs/api.md does not mention {path}"
        );
    }
    for (_, rest) in text
        .match_indices("`GET /v1/")
        .map(|(at, _)| text[at + 5..].split_once('`').unwrap_or_default())
        .map(|(path, _)| ((), path))
    {
        let path = rest.split('?').next().unwrap();
        assert!(
            path == "/v1/blocks/latest" || generated.contains(path),
            "{path} is documented, but not there"
        );
    }
}

#[tokio::test]
async fn a_transaction_goes_to_the_replica_and_its_receipt_comes_back() {
    let Fixture { api, to_replica } = fixture();
    let envelope = register();
    let id = envelope.id();
    let answered = answering(to_replica, Ok(Accepted::Pending));
    let body = envelope.bytes().to_vec();
    let (status, answer) = ask(
        &api,
        post("/v1/transactions", "application/octet-stream", body.clone()),
    )
    .await;
    assert_eq!(
        (status, answer["state"].as_str()),
        (StatusCode::ACCEPTED, Some("accepted"))
    );
    api.submissions.accepted(id);
    let (status, answer) = get(&api, &format!("/v1/transactions/{id}")).await;
    assert_eq!(
        (status, answer["state"].as_str()),
        (StatusCode::OK, Some("accepted"))
    );

    commit(&api, envelope);
    let (status, answer) = get(&api, &format!("/v1/transactions/{id}")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (answer["state"].as_str(), answer["height"].as_u64()),
        (Some("applied"), Some(1))
    );
    assert_eq!(
        answer["envelope"]["transaction"]["operation"]["kind"],
        "register_organisation"
    );
    // Handing it in again is safe and says where it is; the replica is not asked.
    let (status, answer) = ask(
        &api,
        post("/v1/transactions", "application/octet-stream", body),
    )
    .await;
    assert_eq!(
        (status, answer["height"].as_u64()),
        (StatusCode::OK, Some(1))
    );
    drop(api);
    assert_eq!(answered.await.unwrap(), 1);
}

#[tokio::test]
async fn waiting_for_finality_ends_with_the_receipt_a_refusal_or_the_time() {
    let Fixture {
        api,
        mut to_replica,
    } = fixture();
    let envelope = register();
    let id = envelope.id();
    let committing = api.clone();
    let committed = envelope.clone();
    let replica = tokio::spawn(async move {
        let request = submission(to_replica.recv().await.unwrap());
        request.answers.send(vec![Ok(Accepted::Pending)]).unwrap();
        commit(&committing, committed);
        let request = submission(to_replica.recv().await.unwrap());
        request.answers.send(vec![Ok(Accepted::Pending)]).unwrap();
        committing.submissions.dropped(
            request.envelopes[0].id(),
            SubmitError::Rejected(Rejection::MinutesZero),
        );
        let request = submission(to_replica.recv().await.unwrap());
        request.answers.send(vec![Ok(Accepted::Pending)]).unwrap();
    });
    let path = "/v1/transactions?wait=finality&timeout_ms=200";
    let body = serde_json::to_vec(&serde_json::json!({ "envelope": envelope.envelope() })).unwrap();
    let (status, answer) = ask(&api, post(path, "application/json", body)).await;
    assert_eq!(
        (status, answer["id"].as_str()),
        (StatusCode::OK, Some(id.to_string().as_str()))
    );
    assert!(answer["receipt"].is_object());

    let advance = |to_ms| {
        signed(Operation::AdvanceTime(AdvanceTime {
            to_ms: TimestampMs(to_ms),
        }))
        .bytes()
        .to_vec()
    };
    let (status, answer) = ask(
        &api,
        post(path, "application/octet-stream", advance(NOW_MS + 7)),
    )
    .await;
    assert_eq!(
        (status, answer["error"]["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("minutes_zero"))
    );
    let (status, answer) = ask(
        &api,
        post(path, "application/octet-stream", advance(NOW_MS + 8)),
    )
    .await;
    assert_eq!(
        (status, answer["error"]["code"].as_str()),
        (StatusCode::GATEWAY_TIMEOUT, Some("not_final_yet"))
    );
    replica.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_another_is_withdrawn_when_its_client_wants_an_answer() {
    let Fixture {
        api,
        mut to_replica,
    } = fixture();
    let fates = Arc::clone(&api.submissions);
    let replica = tokio::spawn(async move {
        let request = submission(to_replica.recv().await.unwrap());
        let waiting = Accepted::Waiting {
            rejection: Rejection::MinutesZero,
        };
        request.answers.send(vec![Ok(waiting)]).unwrap();
        match to_replica.recv().await.unwrap() {
            ToReplica::Withdraw(id) => {
                fates.dropped(id, SubmitError::Rejected(Rejection::MinutesZero))
            }
            ToReplica::Submit(request) => panic!("{request:?}"),
        }
    });
    let path = "/v1/transactions?wait=finality&timeout_ms=60000";
    let body = register().bytes().to_vec();
    let (status, answer) = ask(&api, post(path, "application/octet-stream", body)).await;
    assert_eq!(
        (status, answer["error"]["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("minutes_zero"))
    );
    replica.await.unwrap();
}

#[tokio::test]
async fn a_batch_keeps_its_order_and_one_bad_envelope_does_not_keep_the_others_out() {
    let Fixture { api, to_replica } = fixture();
    let _replica = answering(to_replica, Ok(Accepted::Pending));
    let good = register();
    let batch = codec::encode(&vec![vec![1, 2, 3], good.bytes().to_vec()]);
    let (status, answer) = ask(
        &api,
        post("/v1/transactions/batch", "application/octet-stream", batch),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer[0]["error"]["code"], "envelope_malformed");
    assert_eq!(answer[1]["state"], "accepted");
    assert_eq!(answer[1]["id"], good.id().to_string());
    let (status, _) = ask(
        &api,
        post(
            "/v1/transactions/batch",
            "application/octet-stream",
            vec![9; 9],
        ),
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn malformed_long_and_refused_bodies_have_clear_errors() {
    let Fixture { api, to_replica } = fixture();
    let _replica = answering(
        to_replica,
        Err(SubmitError::Rejected(Rejection::MinutesZero)),
    );
    let path = "/v1/transactions";
    let mut trailing = register().bytes().to_vec();
    trailing.push(0);
    for (content_type, body, status, code) in [
        (
            "application/octet-stream",
            Vec::new(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "envelope_malformed",
        ),
        (
            "application/octet-stream",
            trailing,
            StatusCode::UNPROCESSABLE_ENTITY,
            "envelope_malformed",
        ),
        (
            "application/octet-stream",
            vec![0; 70_000],
            StatusCode::UNPROCESSABLE_ENTITY,
            "envelope_malformed",
        ),
        (
            "application/octet-stream",
            vec![0; 300_000],
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_long",
        ),
        (
            "application/json",
            b"{".to_vec(),
            StatusCode::BAD_REQUEST,
            "body_malformed",
        ),
        (
            "application/octet-stream",
            register().bytes().to_vec(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "minutes_zero",
        ),
    ] {
        let (answered, body) = ask(&api, post(path, content_type, body)).await;
        assert_eq!(
            (answered, body["error"]["code"].as_str()),
            (status, Some(code))
        );
    }
}

#[tokio::test]
async fn a_record_and_its_proof_come_from_one_block() {
    let Fixture { api, .. } = fixture();
    let id = genesis().accounts[0].id();
    let (status, answer) = get(&api, &format!("/v1/accounts/{id}?proof=true")).await;
    assert_eq!(
        (status, answer["error"]["code"].as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, Some("no_block_yet"))
    );
    let block = commit(&api, register());
    let (status, answer) = get(&api, &format!("/v1/accounts/{id}?proof=true")).await;
    assert_eq!(status, StatusCode::OK);
    let proof: ledger_core::proof::RecordProof =
        serde_json::from_value(answer["proof"].clone()).unwrap();
    assert_eq!(proof.header, block.header);
    let key = ledger_core::state::StateKey::Account(id).to_bytes();
    let value = proof.value.clone().unwrap();
    proof
        .tree_proof
        .verify_record(block.header.state_root, &key, Some(&value))
        .unwrap();
    // What is not there is proved as well.
    let absent = ledger_core::id::AccountId([9; 20]);
    let (status, answer) = get(&api, &format!("/v1/accounts/{absent}?proof=true")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let proof: ledger_core::proof::RecordProof =
        serde_json::from_value(answer["proof"].clone()).unwrap();
    let key = ledger_core::state::StateKey::Account(absent).to_bytes();
    proof
        .tree_proof
        .verify_record(block.header.state_root, &key, None)
        .unwrap();
}

#[tokio::test]
async fn everything_else_answers() {
    let Fixture { api, .. } = fixture();
    commit(&api, register());
    for path in [
        "/livez",
        "/readyz",
        "/metrics",
        "/",
        "/v1/blocks",
        "/v1/blocks/1",
        "/v1/blocks/latest",
        "/v1/organisations",
        "/v1/organisations/320100",
        "/v1/validators",
        "/v1/validators/changes",
        "/v1/evidence",
        "/v1/supply?proof=true",
        "/v1/policies",
        "/v1/policies?district=320102&day=2027-01-01",
        "/v1/catalogue",
        "/v1/orders",
        "/v1/orders?status=posted&district=320102",
        "/v1/pools/320102:donation",
    ] {
        let (status, body) = get(&api, path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
    }
    let (_, organisations) = get(&api, "/v1/organisations").await;
    assert_eq!(organisations["items"].as_array().unwrap().len(), 4);
    let (_, city) = get(&api, "/v1/organisations/320100").await;
    assert_eq!(city["staff"][0]["entry"]["roles"][0], "administrator");
    let account = genesis().accounts[0].id();
    for path in ["history", "orders"] {
        let (status, _) = get(&api, &format!("/v1/accounts/{account}/{path}")).await;
        assert_eq!(status, StatusCode::OK);
    }
}

#[test]
fn readiness_needs_a_quorum_the_height_and_progress() {
    let mut status = idle_status();
    assert!(readiness(&status, 0, true).is_ok());
    status.quorum_height.0 = 3;
    assert_eq!(readiness(&status, 0, true).unwrap_err().0, "ready_behind");
    status.quorum_height.0 = 2;
    assert!(readiness(&status, 0, true).is_ok());
    status.idle = false;
    status.last_commit_ms = Some(1_000);
    assert_eq!(
        readiness(&status, 31_001, true).unwrap_err().0,
        "ready_stalled"
    );
    assert!(readiness(&status, 31_001, false).is_ok());
    status.quorum_connected = false;
    assert_eq!(readiness(&status, 0, true).unwrap_err().0, "ready_peers");
}

#[test]
fn whoever_waits_hears_the_fate_and_the_gone_make_room() {
    let submissions = Submissions::default();
    let id = |byte| ledger_core::id::TransactionId(Hash([byte; 32]));
    let mut heard = submissions.wait(id(1)).unwrap();
    submissions.accepted(id(1));
    assert!(matches!(submissions.known(id(1)), Some(Known::Pending)));
    submissions.committed(ledger_core::id::Height(4), [id(1)]);
    assert!(matches!(heard.try_recv(), Ok(Fate::Applied(height)) if height.0 == 4));
    assert!(submissions.known(id(1)).is_none());
    let held: Vec<_> = (0..super::submissions::WAITERS_MAX)
        .map(|_| submissions.wait(id(2)).unwrap())
        .collect();
    assert!(submissions.wait(id(3)).is_none());
    drop(held);
    assert!(submissions.wait(id(3)).is_some());
}

#[test]
fn the_messages_are_the_same_in_both_languages() {
    let chinese = include_str!("../../messages/api.zh.ftl");
    let english = include_str!("../../messages/api.en.ftl");
    assert_eq!(check::differences(chinese, english), Vec::<String>::new());
}
