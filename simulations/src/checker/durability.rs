//! What was acknowledged stays, and no transaction applies twice.
//!
//! A node acknowledges a block by saying that it is committed: whoever waits for a transaction hears then that it is final.
//! From that moment the block is in that node's store, after every crash and for ever; only a disk that was replaced is
//! excused, and one that took the newest block and never wrote it. In the end every honest node has all of it.

use std::collections::BTreeMap;

use ledger_core::block::Block;
use ledger_core::id::{BlockId, Height, TransactionId};
use timebank_node::storage::blocks::tip_height;

use super::{Checker, Scene};
use crate::cluster::Cluster;
use crate::cluster::seen::Seen;

/// What honest nodes acknowledged.
#[derive(Debug, Default)]
pub struct Durability {
    blocks: BTreeMap<Height, BlockId>,
    transactions: BTreeMap<TransactionId, Height>,
    /// The highest block each node acknowledged.
    acknowledged: BTreeMap<usize, Height>,
}

impl Checker for Durability {
    fn name(&self) -> &'static str {
        "durability"
    }

    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String> {
        match seen {
            Seen::Committed { node, committed } if scene.is_honest(*node) => {
                self.acknowledge(&committed.block)?;
                let height = committed.block.header.height;
                let highest = self.acknowledged.entry(*node).or_default();
                *highest = height.max(*highest);
                self.check_held(scene, *node, height)
            }
            // A node that stopped itself right away is looked at when it is up again.
            Seen::Started { node } if scene.is_honest(*node) => {
                match self.acknowledged.get(node).copied() {
                    Some(height) => self.check_held(scene, *node, height),
                    None => Ok(()),
                }
            }
            Seen::Restored { node } => {
                self.acknowledged.remove(node);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self, scene: Scene<'_>) -> Result<(), String> {
        for node in scene.honest() {
            self.check_whole_store(scene.cluster, node)?;
        }
        Ok(())
    }
}

impl Durability {
    fn acknowledge(&mut self, block: &Block) -> Result<(), String> {
        let height = block.header.height;
        if self.blocks.contains_key(&height) {
            return Ok(());
        }
        self.blocks.insert(height, block.id());
        for sealed in &block.transactions {
            if let Some(before) = self.transactions.insert(sealed.id(), height) {
                return Err(format!(
                    "transaction {} applies at height {before} and at {height}",
                    sealed.id()
                ));
            }
        }
        Ok(())
    }

    /// The block at `height` is in the node's store, unless the node is down.
    fn check_held(&self, scene: Scene<'_>, node: usize, height: Height) -> Result<(), String> {
        let Some(replica) = scene.cluster.replica(node) else {
            return Ok(());
        };
        let header = match replica.blocks().header(height) {
            Ok(header) => header,
            // Its disk fails, and says so to whoever reads first; what it holds is seen when it is mended.
            Err(_) if scene.plan.disk_fails(node) => return Ok(()),
            Err(error) => return Err(format!("node {node}: {error}")),
        };
        let held = header.map(|header| header.id());
        let acknowledged = self.blocks.get(&height).copied();
        if held == acknowledged {
            return Ok(());
        }
        // When a disk says that it wrote the newest block and did not, nothing is left that could tell. It is decided or fetched
        // again, and looked at with that and in the end.
        let newest_only = tip_height(replica.blocks().as_ref()).next() == height;
        if held.is_none() && newest_only && scene.plan.loses_block(node) {
            return Ok(());
        }
        Err(format!(
            "node {node} acknowledged block {acknowledged:?} at height {height}, and its store holds {held:?} there"
        ))
    }

    /// Everything any honest node acknowledged is in this node's store and in its index, once and where it was.
    fn check_whole_store(&self, cluster: &Cluster, node: usize) -> Result<(), String> {
        let Some(replica) = cluster.replica(node) else {
            return Err(format!("node {node} is down in the end"));
        };
        let error = |error| format!("node {node}: {error}");
        let blocks = replica.blocks();
        let tip = tip_height(blocks.as_ref());
        let mut found = 0;
        for (height, acknowledged) in self.blocks.range(..=tip) {
            let stored = blocks.block(*height).map_err(error)?;
            let Some(stored) = stored else {
                return Err(format!("node {node} lacks block {height} below its tip"));
            };
            let id = stored.block.id();
            if id != *acknowledged {
                return Err(format!(
                    "node {node} has block {id} at height {height}, acknowledged was {acknowledged}"
                ));
            }
            for sealed in &stored.block.transactions {
                if self.transactions.get(&sealed.id()) != Some(height) {
                    return Err(format!(
                        "node {node} has transaction {} at height {height}, acknowledged elsewhere",
                        sealed.id()
                    ));
                }
                found += 1;
            }
        }
        let index = replica.state().snapshot();
        let mut wanted = 0;
        for (id, height) in &self.transactions {
            if *height > tip {
                continue;
            }
            wanted += 1;
            let place = index.transaction(*id).map_err(error)?;
            if place.as_ref().map(|place| place.height) != Some(*height) {
                return Err(format!(
                    "node {node}: the index has transaction {id}, acknowledged at height {height}, at {place:?}"
                ));
            }
        }
        if found != wanted {
            return Err(format!(
                "node {node} has {found} transactions in its blocks up to {tip}, acknowledged were {wanted}"
            ));
        }
        let highest = self.blocks.last_key_value().map(|(height, _)| *height);
        if highest.is_some_and(|highest| tip < highest) {
            return Err(format!(
                "node {node} ends at height {tip}, and {highest:?} was acknowledged"
            ));
        }
        Ok(())
    }
}

/// Checks all nodes that are up.
///
/// # Errors
/// Says which transaction is lost or doubled.
pub fn check(cluster: &Cluster) -> Result<(), String> {
    for node in 0..cluster.len() {
        let Some(replica) = cluster.replica(node) else {
            continue;
        };
        let mut found = BTreeMap::new();
        let tip = replica.status().height;
        for height in 1..=tip.0 {
            let stored = replica
                .blocks()
                .block(Height(height))
                .map_err(|error| format!("node {node}: {error}"))?
                .ok_or_else(|| format!("node {node} lacks block {height}"))?;
            for sealed in &stored.block.transactions {
                if let Some(before) = found.insert(sealed.id(), height) {
                    return Err(format!(
                        "node {node}: transaction {} applies at height {before} and at {height}",
                        sealed.id()
                    ));
                }
            }
        }
        for (id, (height, block_id)) in &cluster.records.acknowledged {
            if *height <= tip && found.get(id) != Some(&height.0) {
                return Err(format!(
                    "node {node}: transaction {id}, acknowledged in block {block_id} at height {height}, is not there"
                ));
            }
        }
    }
    Ok(())
}
