//! The state as it lies in the tree: its nodes and its records by their keys, for an auditor who looks for where the node's
//! state parts from the auditor's own. Each answer says of which height it is.

use axum::extract::State;
use axum::response::Response;
use ledger_core::codec;
use ledger_core::state::StateView;
use ledger_core::state::tree::NodePath;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::error::ErrorAnswer;
use super::proofs::height;
use super::request::{Asked, Part, malformed, parse};
use super::status::bytes_answer;
use super::{Api, ApiError};

/// The longest key of a record asked for, in bytes: far above what the ledger has.
const KEY_BYTES_MAX: usize = 256;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(node))
        .routes(routes!(record))
}

/// Which node.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NodeQuery {
    /// Its path: length in bits, a colon, the bits as hex, such as `12:abc0`; `0:` is the root.
    pub path: String,
}

/// A node of the state tree as bytes: borsh of `(height, node?)`.
#[utoipa::path(get, path = "/v1/state/tree", tag = "blocks", params(NodeQuery),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 400, body = ErrorAnswer)))]
async fn node(
    State(api): State<Api>,
    Asked(NodeQuery { path }): Asked<NodeQuery>,
) -> Result<Response, ApiError> {
    let path: NodePath = parse(&path)?;
    api.read(move |_, snapshot| {
        let node = StateView::node(snapshot, &path)?;
        Ok(bytes_answer(codec::encode(&(height(snapshot), node))))
    })
    .await
}

/// Which record.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RecordQuery {
    /// Its key's bytes as hex (`docs/protocol.md`, section "State keys").
    pub key: String,
}

/// A record's bytes by its key: borsh of `(height, bytes?)`.
#[utoipa::path(get, path = "/v1/state/record", tag = "blocks", params(RecordQuery),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 400, body = ErrorAnswer)))]
async fn record(
    State(api): State<Api>,
    Asked(RecordQuery { key }): Asked<RecordQuery>,
) -> Result<Response, ApiError> {
    let bytes = hex::decode(&key).map_err(|error| malformed(Part::Query, &key, error))?;
    if bytes.len() > KEY_BYTES_MAX {
        let reason = format!("a key has at most {KEY_BYTES_MAX} bytes");
        return Err(malformed(Part::Query, &key, reason));
    }
    api.read(move |_, snapshot| {
        let value = StateView::read(snapshot, &bytes)?;
        Ok(bytes_answer(codec::encode(&(height(snapshot), value))))
    })
    .await
}
