//! What counts: transactions that all four nodes give back from their blocks.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use ledger_core::id::{Height, TransactionId};

use crate::network::Network;

/// What the nodes hold of a run.
#[derive(Debug, Default)]
pub(super) struct ReadBack {
    /// Transactions that are in a block of every node.
    pub(super) applied: BTreeSet<TransactionId>,
    /// Blocks made meanwhile.
    pub(super) blocks: u64,
    /// The longest time between two of those blocks that hold transactions.
    pub(super) longest_gap: Duration,
}

/// Reads every block above `after` from every node, up to the height all have.
///
/// # Errors
/// When a node does not answer, or two nodes hold different blocks.
pub(super) fn read(network: &Network, after: Height) -> Result<ReadBack> {
    let mut least = u64::MAX;
    for index in 0..network.len() {
        least = least.min(network.client(index).status()?.height.0);
    }
    let mut of_first = Vec::new();
    let mut read = ReadBack::default();
    for index in 0..network.len() {
        let client = network.client(index);
        let mut height = after;
        let mut ids = BTreeSet::new();
        let mut place = 0;
        let mut busy_ms = None;
        while height.0 < least {
            let part = client.archive_unverified(height)?;
            ensure!(
                !part.is_empty(),
                "node {} ends at height {height}",
                index + 1
            );
            for (block, _) in part
                .into_iter()
                .filter(|(block, _)| block.header.height.0 <= least)
            {
                height = block.header.height;
                let id = block.id();
                if index == 0 {
                    of_first.push(id);
                    read.blocks += 1;
                    let time_ms = block.header.time_ms.0;
                    if !block.transactions.is_empty() {
                        let gap = time_ms.saturating_sub(busy_ms.unwrap_or(time_ms));
                        read.longest_gap = read.longest_gap.max(Duration::from_millis(gap));
                        busy_ms = Some(time_ms);
                    }
                }
                ensure!(
                    of_first.get(place) == Some(&id),
                    "nodes 1 and {} hold different blocks at height {height}",
                    index + 1
                );
                place += 1;
                ids.extend(block.transactions.iter().map(|sealed| sealed.id()));
            }
        }
        read.applied = match index {
            0 => ids,
            _ => read.applied.intersection(&ids).copied().collect(),
        };
    }
    Ok(read)
}
