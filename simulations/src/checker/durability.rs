//! What was acknowledged stays, and no transaction applies twice.

use std::collections::BTreeMap;

use ledger_core::id::Height;

use crate::cluster::Cluster;

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
