//! When the nodes have nothing left to do.
//!
//! | kind | what holds then |
//! |---|---|
//! | settled | no transaction waits, and all nodes stand at one height |
//! | settled durably | the same, and the state of every block is on disk |
//!
//! A flush of the state comes up to half a minute after the last block. What it costs belongs to the run that made the blocks,
//! so runs whose cost is kept begin and end with a network that has settled durably.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ledger_core::id::Height;
use timebank_wallet::client::{Request, Transport};
use timebank_wallet::http::HttpTransport;

use super::knee::Length;
use super::measure::{Bench, POLL_INTERVAL};
use super::usage;
use crate::network::Network;

/// How long a network may take to finish what it was given.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(120);
/// Pause between two looks at whether the state is durable: seldom, as answering is in the cost of the run before.
const DURABLE_INTERVAL: Duration = Duration::from_millis(500);
/// The figure of a node's metrics that counts committed blocks whose state waits in memory. Those of a flush under way are not
/// in it.
const WAITING_FIGURE: &str = "timebank_state_pending_blocks";
/// A node that writes nothing for so long, and works little, has no flush under way.
const CALM: Duration = Duration::from_secs(1);
/// Processor time of that in which it works little.
const CALM_PROCESSOR_MAX: Duration = Duration::from_millis(100);

impl Bench {
    /// Waits until no node has anything left to do; the height all stand at.
    ///
    /// # Errors
    /// When that takes too long.
    pub(super) fn settle(&self) -> Result<Height> {
        let deadline = Instant::now() + SETTLE_TIMEOUT;
        loop {
            let mut heights = Vec::with_capacity(self.network.len());
            let mut busy = false;
            for index in 0..self.network.len() {
                let status = self.driver.client(index).status()?;
                let mempool = &status.mempool;
                busy |= !status.idle || mempool.transactions + mempool.waiting > 0;
                heights.push(status.height);
            }
            if !busy && heights.windows(2).all(|pair| pair[0] == pair[1]) {
                return Ok(heights.first().copied().unwrap_or(Height::GENESIS));
            }
            if Instant::now() >= deadline {
                bail!(
                    "after {} s the nodes still have something to do; they stand at {heights:?}",
                    SETTLE_TIMEOUT.as_secs()
                );
            }
            thread::sleep(POLL_INTERVAL);
        }
    }

    /// Waits until no node has anything left to do and the state of every block is durable on all of them; the height all
    /// stand at.
    ///
    /// # Errors
    /// When that takes too long.
    pub(super) fn settle_durably(&self) -> Result<Height> {
        let deadline = Instant::now() + SETTLE_TIMEOUT;
        loop {
            let height = self.settle()?;
            let waiting = (0..self.network.len())
                .map(|index| waiting_blocks(&self.network, index))
                .collect::<Result<Vec<u64>>>()?;
            if waiting.iter().all(|blocks| *blocks == 0) && is_calm(&self.network)? {
                return Ok(height);
            }
            if Instant::now() >= deadline {
                bail!(
                    "after {} s the state is not durable on every node; of so many blocks it waits: {waiting:?}",
                    SETTLE_TIMEOUT.as_secs()
                );
            }
            thread::sleep(DURABLE_INTERVAL);
        }
    }

    /// Waits as a run of this length needs it: durably unless it is a short one, of which no cost is kept.
    ///
    /// # Errors
    /// When that takes too long.
    pub(super) fn settle_for(&self, length: Length) -> Result<Height> {
        match length {
            Length::Short => self.settle(),
            Length::Full => self.settle_durably(),
        }
    }
}

/// Of how many committed blocks the state waits in the memory of the node at `index`.
///
/// # Errors
/// When it does not answer, or without that figure.
pub(super) fn waiting_blocks(network: &Network, index: usize) -> Result<u64> {
    let transport = HttpTransport::new([network.url(index)]);
    let response = transport.request(&Request::get("/metrics".to_owned()))?;
    figure(&String::from_utf8_lossy(&response.body), WAITING_FIGURE)
        .with_context(|| format!("node {} does not tell {WAITING_FIGURE}", index + 1))
}

/// The figure called `name` of what a node tells as metrics.
fn figure(metrics: &str, name: &str) -> Option<u64> {
    metrics.lines().find_map(|line| {
        let (found, value) = line.split_once(' ')?;
        (found == name).then(|| value.trim().parse().ok()).flatten()
    })
}

/// Whether no node writes anything or works much while this looks on.
fn is_calm(network: &Network) -> Result<bool> {
    let before = usage::of_all(network)?;
    thread::sleep(CALM);
    let after = usage::of_all(network)?;
    Ok(before.iter().zip(&after).all(|(before, after)| {
        before.disk_bytes == after.disk_bytes
            && after.processor.saturating_sub(before.processor) <= CALM_PROCESSOR_MAX
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_read_by_its_whole_name() {
        let metrics = "# HELP timebank_state_pending_blocks Committed blocks.\n\
                       # TYPE timebank_state_pending_blocks gauge\n\
                       timebank_state_pending_blocks_more 3\n\
                       timebank_state_pending_blocks 17\n\
                       # EOF\n";
        assert_eq!(figure(metrics, WAITING_FIGURE), Some(17));
        assert_eq!(figure(metrics, "timebank_height"), None);
    }
}
