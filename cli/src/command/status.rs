//! How a node stands.

use clap::Args;
use serde_json::json;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Status {}

pub(crate) fn run(session: &Session<'_>) -> Result<Output, Failure> {
    let status = session.client()?.status()?;
    // What has begun is the version in force.
    let upgrade = status
        .upgrade
        .filter(|upgrade| upgrade.version != status.rules);
    Ok(Output::of(&status).fields([
        ("chain_id", json!(status.chain_id)),
        ("purpose", json!(status.purpose)),
        ("height", json!(status.height)),
        ("block_id", json!(status.block_id)),
        ("time_ms", json!(status.time_ms)),
        ("state_root", json!(status.state_root)),
        ("catching_up", json!(status.catching_up)),
        ("validators", json!(status.validators)),
        ("peers", json!(status.peers)),
        ("mempool_transactions", json!(status.mempool.transactions)),
        ("mempool_waiting", json!(status.mempool.waiting)),
        ("version", json!(status.version)),
        ("rules", json!(status.rules)),
        ("next_rules", json!(upgrade.map(|it| it.version))),
        ("from_day", json!(upgrade.map(|it| it.from_day))),
    ]))
}
