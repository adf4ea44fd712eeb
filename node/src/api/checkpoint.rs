//! The city's checkpoints, from a file that the office puts there, for wallets whose trust has ended.
//!
//! The file is read at each request, so that a new one needs no restart, and checked against the genesis document before it
//! is served: a wallet would take a wrong one for a lie of this node.

use std::path::Path;

use axum::Json;
use axum::extract::State;
use ledger_core::proof::{
    BUNDLE_CHECKPOINTS_MAX, Checkpoint, Clock, DRIFT_MS_MAX, ProofError, TrustChain,
};
use ledger_core::time::TimestampMs;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Api, ApiError};

/// Bytes of the file: as many checkpoints as one proof may hold, each with 200 validators as JSON.
const CHECKPOINT_FILE_BYTES_MAX: u64 = 2 * 1024 * 1024;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(checkpoint))
}

/// The city's checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckpointsAnswer {
    /// The newest at the end; before it, oldest first, those that handed over to other keys, so that a wallet can follow.
    #[schema(value_type = Vec<Object>)]
    pub checkpoints: Vec<Checkpoint>,
}

/// What the file may hold: one checkpoint, as `timebank checkpoint` writes it, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum CheckpointFile {
    One(Box<Checkpoint>),
    Several { checkpoints: Vec<Checkpoint> },
}

/// The checkpoints that the office has put there.
#[utoipa::path(get, path = "/v1/checkpoint", tag = "chain",
    responses((status = 200, body = CheckpointsAnswer), (status = 404)))]
async fn checkpoint(State(api): State<Api>) -> Result<Json<CheckpointsAnswer>, ApiError> {
    api.read(|api, _| {
        let Some(checkpoints) = read(&api.checkpoint)? else {
            return Err(ApiError::not_found("checkpoint", "newest"));
        };
        check(api, &checkpoints).map_err(|error| unusable(&api.checkpoint, &error))?;
        Ok(Json(CheckpointsAnswer { checkpoints }))
    })
    .await
}

/// What the file holds; none when there is no file.
fn read(path: &Path) -> Result<Option<Vec<Checkpoint>>, ApiError> {
    use std::io::Read;
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path, &error)),
    };
    let mut text = String::new();
    file.take(CHECKPOINT_FILE_BYTES_MAX)
        .read_to_string(&mut text)
        .map_err(|error| unusable(path, &error))?;
    let read: CheckpointFile =
        serde_json::from_str(&text).map_err(|error| unusable(path, &error))?;
    Ok(Some(match read {
        CheckpointFile::One(checkpoint) => vec![*checkpoint],
        CheckpointFile::Several { checkpoints } => checkpoints,
    }))
}

/// Whether a wallet that holds the genesis document would believe them, one after another.
fn check(api: &Api, checkpoints: &[Checkpoint]) -> Result<(), ProofError> {
    let count = checkpoints.len();
    if count == 0 || count > BUNDLE_CHECKPOINTS_MAX {
        return Err(ProofError::Count {
            what: "checkpoints",
            count,
            least: 1,
            most: BUNDLE_CHECKPOINTS_MAX,
        });
    }
    let clock = Clock {
        now_ms: TimestampMs((api.clock)()),
        trusting_period_ms: u64::MAX,
        drift_ms_max: DRIFT_MS_MAX,
    };
    let mut trust = TrustChain::genesis(&api.genesis);
    for checkpoint in checkpoints {
        trust.renew(checkpoint, clock)?;
    }
    Ok(())
}

fn unusable(path: &Path, error: &dyn std::fmt::Display) -> ApiError {
    let reason = format!("the checkpoint file {}: {error}", path.display());
    tracing::warn!(reason, "the checkpoint file cannot be served");
    ApiError::Storage { reason }
}
