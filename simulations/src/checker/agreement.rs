//! No two nodes have different blocks at one height, and the state of each is the one its newest block names.

use std::collections::BTreeMap;

use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};

use super::{Checker, Scene};
use crate::cluster::Cluster;
use crate::cluster::seen::Seen;

/// The block that the first honest node to commit one has at each height, and the state after it.
#[derive(Debug, Default)]
pub struct Agreement {
    first: BTreeMap<Height, (usize, BlockId, Hash)>,
}

impl Checker for Agreement {
    fn name(&self) -> &'static str {
        "agreement"
    }

    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String> {
        let Seen::Committed { node, committed } = seen else {
            return Ok(());
        };
        if !scene.is_honest(*node) {
            return Ok(());
        }
        let header = &committed.block.header;
        let (id, height) = (header.id(), header.height);
        let (other, known, root) =
            *self
                .first
                .entry(height)
                .or_insert((*node, id, header.state_root));
        if known != id {
            return Err(format!(
                "at height {height} node {other} has block {known} and node {node} block {id}"
            ));
        }
        // The node's own state, which is not what the header says but what the node keeps.
        let label = scene
            .cluster
            .replica(*node)
            .and_then(|replica| replica.state().label());
        match label {
            Some(label) if label.height == height && label.root != root => Err(format!(
                "node {node} has state root {} after block {height}, whose header names {root}",
                label.root
            )),
            _ => Ok(()),
        }
    }

    fn finish(&mut self, scene: Scene<'_>) -> Result<(), String> {
        for node in scene.honest() {
            check_state(scene.cluster, node)?;
        }
        Ok(())
    }
}

/// Checks all nodes that are up.
///
/// # Errors
/// Says where they differ.
pub fn check(cluster: &Cluster) -> Result<(), String> {
    let highest = (0..cluster.len())
        .map(|node| cluster.height(node))
        .max()
        .unwrap_or_default();
    for height in 1..=highest.0 {
        let mut first: Option<(usize, _)> = None;
        for node in 0..cluster.len() {
            let Some(replica) = cluster.replica(node) else {
                continue;
            };
            let header = replica
                .blocks()
                .header(Height(height))
                .map_err(|error| format!("node {node}: {error}"))?;
            let Some(header) = header else { continue };
            match &first {
                None => first = Some((node, header.id())),
                Some((_, id)) if *id == header.id() => {}
                Some((other, id)) => {
                    return Err(format!(
                        "at height {height} node {other} has block {id} and node {node} block {}",
                        header.id()
                    ));
                }
            }
        }
    }
    for node in 0..cluster.len() {
        check_state(cluster, node)?;
    }
    Ok(())
}

fn check_state(cluster: &Cluster, node: usize) -> Result<(), String> {
    let Some(replica) = cluster.replica(node) else {
        return Ok(());
    };
    let height = replica.status().height;
    let label = replica.state().label();
    let Some(label) = label else {
        return Err(format!("node {node} has no state"));
    };
    if label.height != height {
        return Err(format!(
            "node {node} is at height {height} and its state at {}",
            label.height
        ));
    }
    let header = replica
        .blocks()
        .header(height)
        .map_err(|error| format!("node {node}: {error}"))?;
    match header {
        Some(header) if header.state_root != label.root => Err(format!(
            "node {node} has state root {} after block {height}, whose header names {}",
            label.root, header.state_root
        )),
        _ => Ok(()),
    }
}
