//! Requests over HTTP: any method, path, query, headers and body, to the node's real routes over the town's chain.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use ledger_core::codec::encode;
use ledger_core::id::OrderId;
use ledger_core::ledger::{Refusal, check_transaction};
use ledger_core::state::MemoryState;
use ledger_core::state::key::order_of_key;
use serde_json::{Value, json};
use timebank_node::api::{Api, SUBMISSIONS_QUEUED_MAX, Submissions, ToReplica, router};
use timebank_node::replica::{MempoolStatus, Status, SubmitError};
use timebank_node::storage::MemoryDisk;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tower::ServiceExt;

use super::disk::fill;
use super::files::Folder;
use super::world::{AllVerified, TOWN};
use super::{Allowance, BYTES_RESERVED, Outcome, Target};

/// How many of the town's blocks the node has.
const BLOCKS: usize = 160;
/// The longest answer, in bytes: a list of a thousand orders.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The most headers of a request.
const HEADERS_MAX: usize = 32;

/// The target.
pub static TARGET: Target = Target {
    name: "api",
    run,
    samples,
    length_max: 64 * 1024,
    inputs: 500,
    allowance: Allowance {
        bytes_per_byte: 48,
        // The longest lists of the town, as records, as values and as text.
        bytes: 4 * BYTES_RESERVED,
    },
};

/// A node that answers and decides nothing.
struct Service {
    runtime: Runtime,
    router: Router,
    /// What its answers are about.
    state: MemoryState,
}

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .max_blocking_threads(2)
        .build()
        .expect("the system has threads");
    let (storage, state) = fill(&MemoryDisk::new(), BLOCKS);
    let (sender, receiver) = mpsc::channel(SUBMISSIONS_QUEUED_MAX);
    runtime.spawn(refuse(receiver));
    let (_, status) = watch::channel(Arc::new(status()));
    let api = Api {
        genesis: Arc::new(TOWN.genesis.clone()),
        blocks: storage.blocks,
        state: storage.state,
        status,
        to_replica: sender,
        submissions: Arc::new(Submissions::default()),
        clock: Arc::new(|| TOWN.blocks[BLOCKS - 1].block.header.time_ms.0 + 5_000),
        checkpoint: checkpoint_file().to_owned(),
    };
    Service {
        runtime,
        router: router(api),
        state,
    }
});

/// Stands where the replica stands: refuses what breaks a rule, taking signatures for right, and has no room for the rest.
async fn refuse(mut submissions: mpsc::Receiver<ToReplica>) {
    let (state, tip) = &TOWN.before;
    while let Some(message) = submissions.recv().await {
        let ToReplica::Submit(request) = message else {
            continue;
        };
        let answers = request.envelopes.iter().map(|sealed| {
            match check_transaction(state, tip, TOWN.tip.time_ms, sealed, &AllVerified) {
                Err(Refusal::Rejected(rejection)) => Err(SubmitError::Rejected(rejection)),
                Err(Refusal::State(error)) => panic!("a state in memory fails: {error}"),
                Ok(()) => Err(SubmitError::GaveWay),
            }
        });
        // Whoever asked may be gone.
        let _ = request.answers.send(answers.collect());
    }
}

fn status() -> Status {
    let header = &TOWN.blocks[BLOCKS - 1].block.header;
    Status {
        chain_id: TOWN.chain_id(),
        height: header.height,
        block_id: header.id(),
        time_ms: header.time_ms,
        last_commit_ms: None,
        catching_up: false,
        idle: true,
        round: None,
        peers: Vec::new(),
        quorum_height: header.height,
        quorum_connected: true,
        mempool: MempoolStatus::default(),
        validators: Arc::new(TOWN.genesis.validators.clone()),
        address: TOWN.genesis.validators.as_slice()[0].address(),
        in_set: true,
        voting: true,
        evidence: Arc::default(),
    }
}

/// Where the node looks for its office's checkpoints: in a folder of its own, which is empty.
pub(super) fn checkpoint_file() -> &'static Path {
    static PLACE: LazyLock<(PathBuf, Folder)> = LazyLock::new(|| {
        let folder = Folder::new();
        (folder.path().join("checkpoint.json"), folder)
    });
    &PLACE.0
}

/// The state the node's answers are about.
pub(super) fn state() -> &'static MemoryState {
    &SERVICE.state
}

/// The answer to a request.
pub(super) fn ask(request: Request<Body>) -> (StatusCode, Vec<u8>) {
    let service = &*SERVICE;
    service.runtime.block_on(async {
        let answered = service.router.clone().oneshot(request).await;
        let response = answered.unwrap_or_else(|impossible| match impossible {});
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), ANSWER_BYTES_MAX).await;
        (status, body.expect("answers have a bound").to_vec())
    })
}

/// Reads `data` as `METHOD target`, headers one a line, an empty line, and a body.
fn request(data: &[u8]) -> Option<Request<Body>> {
    let end = data.windows(2).position(|it| it == b"\n\n");
    let (head, body) = match end {
        Some(end) => (&data[..end], &data[end + 2..]),
        None => (data, &[][..]),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let line = lines.next()?;
    let space = line.iter().position(|byte| *byte == b' ')?;
    let mut request = Request::builder()
        .method(Method::from_bytes(&line[..space]).ok()?)
        .uri(&line[space + 1..]);
    for line in lines.take(HEADERS_MAX) {
        let colon = line.iter().position(|byte| *byte == b':')?;
        request = request.header(&line[..colon], &line[colon + 1..]);
    }
    request.body(Body::from(body.to_vec())).ok()
}

/// Sends `data`. Nothing is an internal error, and every refusal says its code, what happened and what to do.
pub fn run(data: &[u8]) -> Outcome {
    let Some(request) = request(data) else {
        return Outcome::Refused;
    };
    let head = request.method() == Method::HEAD;
    let (status, body) = ask(request);
    assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "it panics");
    if status.is_success() {
        return Outcome::Taken;
    }
    assert!(!status.is_redirection() && !status.is_informational());
    if !head {
        let answer: Value = serde_json::from_slice(&body).unwrap_or_else(|_| {
            panic!(
                "{status} without a code: {}",
                String::from_utf8_lossy(&body)
            )
        });
        for field in ["code", "message_en", "message_zh", "remedy_en", "remedy_zh"] {
            let text = answer["error"][field].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{status} without {field}: {answer}");
        }
    }
    Outcome::Refused
}

/// An order there is.
pub(super) fn order() -> OrderId {
    let mut keys = state().records().map(|(key, _)| key);
    keys.find_map(order_of_key)
        .expect("the town has orders at any time")
}

/// Every path with values that exist, and transactions in both forms.
pub fn samples() -> Vec<Vec<u8>> {
    let account = TOWN.genesis.accounts[0].id();
    let identity = TOWN.genesis.accounts[0].identity;
    let city = TOWN.genesis.organisations[0].organisation;
    let envelope = TOWN.blocks[..BLOCKS]
        .iter()
        .flat_map(|it| &it.block.transactions)
        .next()
        .expect("the town has transactions");
    let (id, order) = (envelope.id(), order());
    let paths = [
        "/v1/status".to_owned(),
        "/v1/genesis".to_owned(),
        "/livez".to_owned(),
        "/metrics".to_owned(),
        "/v1/openapi.json".to_owned(),
        format!("/v1/transactions/{id}"),
        "/v1/blocks?limit=3&after=40".to_owned(),
        "/v1/blocks/latest".to_owned(),
        "/v1/blocks/7".to_owned(),
        "/v1/archive?after=150".to_owned(),
        "/v1/state/tree?path=3:a0".to_owned(),
        "/v1/state/record?key=00".to_owned(),
        format!("/v1/accounts/{account}?proof=true"),
        format!("/v1/accounts/{account}/history?from=0&limit=10"),
        format!("/v1/accounts/{account}/orders?limit=2"),
        format!("/v1/accounts/{account}/membership?proof=true"),
        format!("/v1/accounts/{account}/service-record?proof=true&from=2020&to=2030"),
        format!("/v1/identities/{identity}"),
        format!("/v1/orders/{order}?proof=true"),
        "/v1/orders?status=posted&escalated=false&limit=2".to_owned(),
        "/v1/organisations?limit=2".to_owned(),
        format!("/v1/organisations/{city}"),
        "/v1/validators".to_owned(),
        "/v1/validators/changes?after=0".to_owned(),
        "/v1/evidence".to_owned(),
        "/v1/supply?proof=true".to_owned(),
        "/v1/policies?day=2026-03-01&district=320102".to_owned(),
        "/v1/policies/history".to_owned(),
        "/v1/catalogue".to_owned(),
        "/v1/clearing".to_owned(),
    ];
    let mut samples: Vec<Vec<u8>> = paths
        .iter()
        .map(|path| format!("GET {path}\naccept:application/json").into_bytes())
        .collect();
    let json = json!({ "envelope": envelope.envelope() });
    let head = "POST /v1/transactions?wait=finality&timeout_ms=5\ncontent-type:";
    samples.push(format!("{head}application/json\n\n{json}").into_bytes());
    let octets = format!("{head}application/octet-stream\n\n").into_bytes();
    samples.push([&octets[..], envelope.bytes()].concat());
    let batch: Vec<&[u8]> = TOWN.envelopes().take(3).map(|it| it.bytes()).collect();
    let head = b"POST /v1/transactions/batch\ncontent-type:application/octet-stream\n\n";
    samples.push([&head[..], &encode(&batch)].concat());
    samples
}
