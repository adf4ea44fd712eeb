//! No two nodes have different blocks at one height, and the state of each is the one its newest block names.

use ledger_core::id::Height;

use crate::cluster::Cluster;

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
