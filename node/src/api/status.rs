//! What the node says of itself, and the genesis document.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::ledger::{Tip, least_time, next_due, required_version};
use ledger_core::message::Arguments;
use ledger_core::record::chain::{ChainPurpose, UpgradeRecord};
use ledger_core::state::StateKey;
use ledger_core::time::TimestampMs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::NotReady;
use super::proofs::load;
use super::{Api, ApiError};
use crate::replica::Status;

/// How far a ready node may be behind a quorum, in blocks.
pub const READY_BLOCKS_BEHIND_MAX: u64 = 2;
/// How long ago a ready node's last commit may be while there is something to do, in milliseconds.
pub const READY_COMMIT_AGE_MS_MAX: u64 = 30_000;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(status))
        .routes(routes!(genesis))
        .routes(routes!(livez))
        .routes(routes!(readyz))
}

/// How full the mempool is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MempoolAnswer {
    /// Transactions ready for a block.
    pub transactions: usize,
    /// Transactions that wait for another.
    pub waiting: usize,
    /// Transactions whose signatures are under verification.
    pub verifying: usize,
    /// Bytes of the first two.
    pub bytes: usize,
}

/// What the node says of itself.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StatusAnswer {
    /// The chain.
    #[schema(value_type = String)]
    pub chain_id: ChainId,
    /// `production` or `test`.
    #[schema(value_type = String)]
    pub purpose: ChainPurpose,
    /// The newest block; 0 before the first.
    #[schema(value_type = u64)]
    pub height: Height,
    /// Its id.
    #[schema(value_type = String)]
    pub block_id: BlockId,
    /// Its time.
    pub time_ms: u64,
    /// The time this node would give a block now.
    pub now_ms: u64,
    /// When the next work of the chain itself falls due; none while there is none.
    pub next_due_ms: Option<u64>,
    /// The state's root after it.
    #[schema(value_type = String)]
    pub state_root: Hash,
    /// Whether blocks are being fetched from a peer.
    pub catching_up: bool,
    /// Whether consensus waits for something to do.
    pub idle: bool,
    /// Whether this node is a validator that votes.
    pub voting: bool,
    /// Validators of the next block.
    pub validators: usize,
    /// Connected peers.
    pub peers: usize,
    /// The greatest height that a quorum has reached, as far as this node knows.
    #[schema(value_type = u64)]
    pub quorum_height: Height,
    /// How full the mempool is.
    pub mempool: MempoolAnswer,
    /// The node's version.
    pub version: String,
    /// The version of the rules a block of the time `now_ms` follows.
    pub rules: u16,
    /// The last change of version that was announced: from which version, to which, on which day.
    #[schema(value_type = Option<Object>)]
    pub upgrade: Option<UpgradeRecord>,
}

/// The node's height, time, peers and mempool.
#[utoipa::path(get, path = "/v1/status", tag = "node", responses((status = 200, body = StatusAnswer)))]
async fn status(State(api): State<Api>) -> Result<Json<StatusAnswer>, ApiError> {
    let current = api.current();
    let clock_ms = (api.clock)();
    api.read(move |api, snapshot| {
        let label = snapshot.label().ok_or(ApiError::NoBlockYet)?;
        let time_ms = match api.blocks.header(label.height)? {
            Some(header) => header.time_ms,
            None => api.genesis.time_ms,
        };
        let tip = Tip {
            chain_id: current.chain_id,
            height: label.height,
            block_id: label.block_id,
            time_ms,
        };
        let now_ms = clock_ms.max(least_time(snapshot, &tip)?.0);
        Ok(Json(StatusAnswer {
            chain_id: current.chain_id,
            purpose: api.genesis.purpose,
            height: label.height,
            block_id: label.block_id,
            time_ms: time_ms.0,
            now_ms,
            next_due_ms: next_due(snapshot)?.map(|due| due.0),
            state_root: label.root,
            catching_up: current.catching_up,
            idle: current.idle,
            voting: current.voting,
            validators: current.validators.as_slice().len(),
            peers: current.peers.len(),
            quorum_height: current.quorum_height,
            mempool: MempoolAnswer {
                transactions: current.mempool.ready,
                waiting: current.mempool.waiting,
                verifying: current.mempool.verifying,
                bytes: current.mempool.bytes,
            },
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: required_version(snapshot, TimestampMs(now_ms))?,
            upgrade: load(snapshot, &StateKey::Upgrade)?,
        }))
    })
    .await
}

/// Whether the client asked for borsh bytes.
pub(super) fn wants_bytes(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("application/octet-stream"))
}

/// Bytes as an answer.
pub(super) fn bytes_answer(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}

/// The genesis document, whose hash is the chain id: JSON, or borsh with `Accept: application/octet-stream`.
#[utoipa::path(get, path = "/v1/genesis", tag = "node", responses((status = 200, body = Object)))]
async fn genesis(State(api): State<Api>, headers: HeaderMap) -> Response {
    if wants_bytes(&headers) {
        bytes_answer(codec::encode(api.genesis.as_ref()))
    } else {
        Json(api.genesis.as_ref()).into_response()
    }
}

/// 200 while the process runs.
#[utoipa::path(get, path = "/livez", tag = "node", responses((status = 200)))]
async fn livez() -> StatusCode {
    StatusCode::OK
}

/// 200 when connected to a quorum, within two blocks of the height a quorum reports, and with a commit in the last 30 s or
/// nothing to do.
#[utoipa::path(get, path = "/readyz", tag = "node", responses(
    (status = 200), (status = 503, body = super::error::ErrorAnswer)
))]
async fn readyz(State(api): State<Api>) -> Result<StatusCode, ApiError> {
    let current = api.current();
    let now_ms = (api.clock)();
    let due = api.read(|_, snapshot| Ok(next_due(snapshot)?)).await?;
    let work_waits = current.mempool.ready > 0 || due.is_some_and(|due| due.0 <= now_ms);
    readiness(&current, now_ms, work_waits).map_err(ApiError::NotReady)?;
    Ok(StatusCode::OK)
}

/// Why a node with this status is not ready, if it is not. `work_waits`: a transaction or due entry waits for a block.
pub(super) fn readiness(current: &Status, now_ms: u64, work_waits: bool) -> Result<(), NotReady> {
    if !current.quorum_connected {
        return Err(NotReady("ready_peers", Arguments::NONE));
    }
    let (height, quorum_height) = (current.height.0, current.quorum_height.0);
    if height.saturating_add(READY_BLOCKS_BEHIND_MAX) < quorum_height {
        let arguments = Arguments::NONE
            .number("height", height)
            .number("quorum_height", quorum_height);
        return Err(NotReady("ready_behind", arguments));
    }
    // Before the first commit of a run nothing is known of a stall; the height was checked above.
    let age_ms = current
        .last_commit_ms
        .map_or(0, |committed| now_ms.saturating_sub(committed));
    if work_waits && !current.idle && age_ms > READY_COMMIT_AGE_MS_MAX {
        return Err(NotReady(
            "ready_stalled",
            Arguments::NONE.number("seconds", age_ms / 1_000),
        ));
    }
    Ok(())
}
