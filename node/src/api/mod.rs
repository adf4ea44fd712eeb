//! The HTTP interface: JSON for everyone, borsh bytes for what is signed. `docs/api.md` is its description for people; the
//! OpenAPI document is generated from the code and served at `/v1/openapi.json`.
//!
//! What always holds: nothing here changes the ledger; a submission goes to the replica through a bounded channel; what
//! is read comes from one snapshot, so that a record, its proof and the header they belong to fit together; every body,
//! page and wait has a bound.

pub mod accounts;
pub mod blocks;
pub mod chain;
pub mod checkpoint;
pub mod clearing;
pub mod error;
pub mod metrics;
pub mod money;
pub mod openapi;
pub mod orders;
pub mod organisations;
pub mod paging;
pub mod policies;
pub mod proofs;
pub mod request;
pub mod service_records;
pub mod state;
pub mod status;
pub mod submissions;
pub mod transactions;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use ledger_core::genesis::Genesis;
use ledger_core::id::TransactionId;
use ledger_core::transaction::SealedEnvelope;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::replica::{Accepted, ClientAddress, Status, SubmitError};
use crate::storage::state::StateSnapshot;
use crate::storage::{BlockStore, StateStore};
pub use error::ApiError;
pub use submissions::Submissions;

/// The longest body of an ordinary request, in bytes.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// The longest a request may take, waiting for finality included.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(65);
/// The most submissions on their way to the replica.
pub const SUBMISSIONS_QUEUED_MAX: usize = 256;

/// What the handlers tell the replica.
#[derive(Debug)]
pub enum ToReplica {
    /// Take these in.
    Submit(SubmissionRequest),
    /// Whoever handed this in does not want it to wait for another any longer.
    Withdraw(TransactionId),
}

/// Transactions on their way to the replica, and where its answers go, in the same order.
#[derive(Debug)]
pub struct SubmissionRequest {
    /// Who hands them in.
    pub client: ClientAddress,
    /// The transactions.
    pub envelopes: Vec<Arc<SealedEnvelope>>,
    /// Receives one answer for each.
    pub answers: oneshot::Sender<Vec<Result<Accepted, SubmitError>>>,
}

/// The node's clock: milliseconds since 1970-01-01T00:00Z.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// What the handlers read from and write to.
#[derive(Clone)]
pub struct Api {
    /// The genesis document.
    pub genesis: Arc<Genesis>,
    /// The blocks.
    pub blocks: Arc<dyn BlockStore>,
    /// The state and the index.
    pub state: Arc<StateStore>,
    /// What the replica last said of itself.
    pub status: watch::Receiver<Arc<Status>>,
    /// To the replica.
    pub to_replica: mpsc::Sender<ToReplica>,
    /// What became of transactions handed in here.
    pub submissions: Arc<Submissions>,
    /// The node's clock.
    pub clock: Clock,
    /// Where the office puts the city's checkpoints.
    pub checkpoint: PathBuf,
}

impl Api {
    /// Reads from one snapshot, on a thread that may wait for the disk.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Api, &StateSnapshot) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let api = self.clone();
        let reading = tokio::task::spawn_blocking(move || work(&api, &api.state.snapshot()));
        reading.await.map_err(|_| ApiError::Stopping)?
    }

    /// What the replica last said of itself.
    fn current(&self) -> Arc<Status> {
        Arc::clone(&self.status.borrow())
    }
}

/// All routes, with the OpenAPI document they generate.
fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(openapi::document())
        .merge(status::routes())
        .merge(transactions::routes())
        .merge(blocks::routes())
        .merge(accounts::routes())
        .merge(service_records::routes())
        .merge(orders::routes())
        .merge(organisations::routes())
        .merge(chain::routes())
        .merge(checkpoint::routes())
        .merge(clearing::routes())
        .merge(money::routes())
        .merge(policies::routes())
        .merge(state::routes())
}

/// The whole interface as a service.
pub fn router(api: Api) -> Router {
    let (router, document) = routes().split_for_parts();
    router
        .merge(metrics::routes())
        .merge(openapi::routes(document))
        .fallback(|uri: axum::http::Uri| async move { ApiError::not_found("path", uri.path()) })
        .method_not_allowed_fallback(
            |method: axum::http::Method, uri: axum::http::Uri| async move {
                ApiError::MethodNotAllowed {
                    method: method.to_string(),
                    path: uri.path().to_owned(),
                }
            },
        )
        .with_state(api)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            REQUEST_TIMEOUT,
        ))
        .layer(CorsLayer::permissive())
        .layer(CatchPanicLayer::new())
}

/// Serves on `listener` until `stop` changes; then finishes the requests under way.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    api: Api,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let stopped = async move {
        // An error means that the one who could say so is gone: stop as well.
        let _ = stop.wait_for(|stop| *stop).await;
    };
    axum::serve(
        listener,
        router(api).into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(stopped)
    .await
}

#[cfg(test)]
mod tests;
