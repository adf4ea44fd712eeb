//! A node that loses its whole data directory: it fetches every block from the others, observes first because it cannot know
//! what its key has signed, and then votes again.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use timebank_wallet::http::HttpTransport;

use super::super::check;
use super::super::kind::Kind;
use super::super::trial::Trial;

/// How long it may take until the node is seen among those who decide.
const VOTING_MAX: Duration = Duration::from_secs(60);

pub(super) fn round(trial: &mut Trial<'_>) -> Result<()> {
    trial.progress(1)?;
    let victim = trial.any_node();
    trial.kill(victim)?;
    let data = trial.network.home(victim).join("data");
    fs::remove_dir_all(&data).with_context(|| format!("cannot remove {}", data.display()))?;
    trial.progress(1)?;
    let since = Instant::now();
    trial.start(victim)?;
    trial.recover(Kind::Wipe, since)?;
    wait_for_vote(trial, victim)
}

/// Waits until a new block's certificate has the node's signature.
fn wait_for_vote(trial: &mut Trial<'_>, node: usize) -> Result<()> {
    let transports: Vec<HttpTransport> = (0..trial.nodes())
        .map(|index| HttpTransport::new([trial.network.url(index)]))
        .collect();
    let after = trial.highest;
    trial.wait(
        &format!("node {} does not vote again", node + 1),
        VOTING_MAX,
        |_| {
            // Each node keeps the signatures that reached it first, so each is asked.
            Ok(transports.iter().any(|transport| {
                check::read_block(transport, None).is_ok_and(|(block, certificate)| {
                    block.header.height > after && check::has_signed(&certificate, node)
                })
            }))
        },
    )?;
    Ok(())
}
