//! The interface against a state in memory and a replica that is a channel: what the tests of each noun share.

mod accounts;
mod checkpoint;
mod clearing;
mod errors;
mod money;
mod openapi;
mod orders;
mod policies;
mod proofs;
mod state;
mod status;
mod transactions;

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec;
use ledger_core::id::OrganisationId;
use ledger_core::ledger::{NothingVerified, Tip, build_block};
use ledger_core::state::{MemoryState, RecordChanges, StateKey, tree};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::SealedEnvelope;
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tower::ServiceExt;

use super::submissions::Submissions;
use super::{Api, ToReplica, router};
use crate::replica::{MempoolStatus, Status};
use crate::storage::{CommittedBlock, MemoryDisk};
use crate::test_chain::{CITY, NOW_MS, genesis, key, open_storage, register, signed};

const DISTRICT: OrganisationId = OrganisationId(320_102);
const STREET: OrganisationId = OrganisationId(320_102_001);

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

/// Records beside those of the genesis document.
#[derive(Default)]
struct Beside(RecordChanges);

impl Beside {
    fn put<R: borsh::BorshSerialize>(&mut self, key: &StateKey, record: &R) {
        self.0.insert(key.to_bytes(), Some(codec::encode(record)));
    }
}

fn fixture() -> Fixture {
    fixture_with(|_| {})
}

/// A node before its first block, whose state holds what `put` puts into it.
fn fixture_with(put: impl FnOnce(&mut Beside)) -> Fixture {
    let mut beside = Beside::default();
    put(&mut beside);
    let genesis = genesis();
    let storage = open_storage(&MemoryDisk::new());
    let mut writes = genesis.writes().unwrap();
    writes.records.extend(beside.0);
    writes.tree = tree::update(&MemoryState::default(), &writes.records).unwrap();
    storage.state.commit_genesis(&writes).unwrap();
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
        checkpoint: std::path::PathBuf::from("no checkpoints here"),
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
    let receipts = &built.execution.receipts;
    api.state
        .commit(&block, receipts, &built.execution.writes)
        .unwrap();
    api.submissions.committed(block.header.height, receipts);
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
