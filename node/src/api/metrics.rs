//! Figures for Prometheus.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::{Api, ApiError};

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/metrics", get(metrics))
}

async fn metrics(State(api): State<Api>) -> Result<impl IntoResponse, ApiError> {
    let text = render(&api).map_err(|error| ApiError::Storage {
        reason: error.to_string(),
    })?;
    Ok((
        [(
            header::CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        text,
    ))
}

/// Every figure is read from the status when it is asked for: nothing is counted twice.
fn render(api: &Api) -> Result<String, std::fmt::Error> {
    let status = api.current();
    let pending = api.state.pending();
    let now_ms = (api.clock)();
    let commit_age_ms = status
        .last_commit_ms
        .map_or(0, |committed| now_ms.saturating_sub(committed));
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let figures: [(&str, &str, u64); 16] = [
        (
            "height",
            "Height of the newest committed block",
            status.height.0,
        ),
        (
            "quorum_height",
            "Greatest height a quorum has reached, as far as known",
            status.quorum_height.0,
        ),
        (
            "block_time_ms",
            "Block time of the newest block",
            status.time_ms.0,
        ),
        (
            "commit_age_ms",
            "Milliseconds since this node last committed a block in this run",
            commit_age_ms,
        ),
        (
            "round",
            "Round consensus works at",
            status.round.map_or(0, |(_, round)| u64::from(round)),
        ),
        (
            "idle",
            "1 while consensus waits for something to do",
            u64::from(status.idle),
        ),
        (
            "catching_up",
            "1 while blocks are fetched from a peer",
            u64::from(status.catching_up),
        ),
        (
            "voting",
            "1 while this node votes",
            u64::from(status.in_set && status.voting),
        ),
        ("peers", "Connected peers", count(status.peers.len())),
        (
            "validators",
            "Validators of the next block",
            count(status.validators.as_slice().len()),
        ),
        (
            "mempool_transactions",
            "Transactions ready for a block",
            count(status.mempool.ready),
        ),
        (
            "mempool_waiting",
            "Transactions that wait for another",
            count(status.mempool.waiting),
        ),
        (
            "mempool_verifying",
            "Transactions under signature verification",
            count(status.mempool.verifying),
        ),
        (
            "mempool_bytes",
            "Bytes in the mempool",
            count(status.mempool.bytes),
        ),
        (
            "state_pending_blocks",
            "Committed blocks whose state is not durable yet",
            pending.blocks,
        ),
        (
            "equivocations",
            "Equivocations seen in this run",
            count(status.evidence.len()),
        ),
    ];
    let mut registry = Registry::with_prefix("timebank");
    for (name, help, value) in figures {
        let gauge: Gauge = Gauge::default();
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(name, help, gauge);
    }
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}
