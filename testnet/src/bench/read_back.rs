//! What counts: transactions that all nodes give back from their blocks.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use ledger_core::id::{BlockId, Height, TransactionId};

use crate::network::{Doors, NodeClient};

/// What the nodes hold of a run.
#[derive(Debug, Default)]
pub(super) struct ReadBack {
    /// Transactions that are in a block of every node.
    pub(super) applied: HashSet<TransactionId>,
    /// Blocks made meanwhile.
    pub(super) blocks: u64,
    /// The times of those with transactions, in milliseconds by the nodes' clocks, in order.
    pub(super) busy_ms: Vec<u64>,
}

impl ReadBack {
    /// The longest time between two blocks with transactions.
    pub(super) fn longest_gap(&self) -> Duration {
        let gaps = self.busy_ms.windows(2);
        let longest = gaps.map(|pair| pair[1].saturating_sub(pair[0])).max();
        Duration::from_millis(longest.unwrap_or(0))
    }
}

/// A block as one node gives it back: its id, and a digest of the ids of its transactions.
type Held = (BlockId, blake3::Hash);

/// Reads every block above `after` up to `until`, which all have reached, from every node.
///
/// # Errors
/// When a node does not answer, or two nodes hold different blocks.
pub(super) fn read(doors: &Doors, after: Height, until: Height) -> Result<ReadBack> {
    let clients: Vec<NodeClient> = (0..doors.len()).map(|index| doors.client(index)).collect();
    let (first, others) = clients.split_first().context("no nodes")?;
    let mut read = ReadBack::default();
    let (of_first, of_others) = thread::scope(|scope| {
        let others: Vec<_> = others
            .iter()
            .map(|client| scope.spawn(move || read_node(client, after, until, |_, _| {})))
            .collect();
        let of_first = read_node(first, after, until, |time_ms, ids| {
            read.blocks += 1;
            if !ids.is_empty() {
                read.busy_ms.push(time_ms);
                read.applied.extend(ids);
            }
        });
        let of_others: Vec<Result<Vec<Held>>> = others
            .into_iter()
            .map(|reader| reader.join().expect("a reader does not panic"))
            .collect();
        (of_first, of_others)
    });
    let of_first = of_first?;
    for (index, held) in of_others.into_iter().enumerate() {
        let held = held.with_context(|| format!("node {}", index + 2))?;
        let first_different = of_first
            .iter()
            .zip(&held)
            .position(|(one, other)| one != other);
        ensure!(
            first_different.is_none() && held.len() == of_first.len(),
            "nodes 1 and {} hold different blocks {} above height {after}",
            index + 2,
            first_different.unwrap_or(held.len().min(of_first.len())) + 1
        );
    }
    Ok(read)
}

/// Every block of one node above `after`, up to `until`; `see` is told the time and the transactions of each.
fn read_node(
    client: &NodeClient,
    after: Height,
    until: Height,
    mut see: impl FnMut(u64, &[TransactionId]),
) -> Result<Vec<Held>> {
    let mut held = Vec::new();
    let mut height = after;
    while height < until {
        let part = client.archive_unverified(height)?;
        ensure!(
            !part.is_empty(),
            "it ends at height {height}, below {until}"
        );
        for (block, _) in part {
            if block.header.height > until {
                return Ok(held);
            }
            height = block.header.height;
            let ids: Vec<TransactionId> = block
                .transactions
                .iter()
                .map(|sealed| sealed.id())
                .collect();
            let mut digest = blake3::Hasher::new();
            for id in &ids {
                digest.update(id.0.as_bytes());
            }
            held.push((block.id(), digest.finalize()));
            see(block.header.time_ms.0, &ids);
        }
    }
    Ok(held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_gap_is_between_neighbours() {
        let gap = |busy_ms: &[u64]| {
            let read = ReadBack {
                busy_ms: busy_ms.to_vec(),
                ..ReadBack::default()
            };
            read.longest_gap().as_millis()
        };
        assert_eq!(gap(&[]), 0);
        assert_eq!(gap(&[5]), 0);
        assert_eq!(gap(&[5, 10, 110, 120]), 100);
    }
}
