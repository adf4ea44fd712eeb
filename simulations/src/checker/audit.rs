//! At the end an auditor who believes nobody reads all blocks of an honest node: every certificate is right, every block
//! executes again from the genesis document on, the postings add up to the supply and to what the districts cleared, and
//! what comes out is, record by record, what the node's state store holds.

use std::collections::BTreeMap;

use ledger_core::audit::Audit;
use ledger_core::id::Height;
use ledger_core::planted::unplanted;
use ledger_core::time::Month;
use timebank_node::replica::Replica;

use super::conservation::records;
use super::{Checker, Scene};
use crate::cluster::seen::Seen;

/// Audits one honest node, which the plan's seed chooses.
#[derive(Debug, Default)]
pub struct Audited;

impl Checker for Audited {
    fn name(&self) -> &'static str {
        "audit"
    }

    fn observe(&mut self, _: Scene<'_>, _: &Seen) -> Result<(), String> {
        Ok(())
    }

    fn finish(&mut self, scene: Scene<'_>) -> Result<(), String> {
        let up: Vec<(usize, &Replica)> = scene
            .honest()
            .filter_map(|node| Some((node, scene.cluster.replica(node)?)))
            .collect();
        let count = u64::try_from(up.len()).expect("a cluster is small");
        let chosen = scene.plan.seed.checked_rem(count);
        let chosen = chosen.ok_or("no honest node is up to be audited")?;
        let (node, replica) = up[usize::try_from(chosen).expect("it is below a length")];
        unplanted(|| audit(scene, replica, node)).map_err(|what| format!("node {node}: {what}"))
    }
}

fn audit(scene: Scene<'_>, replica: &Replica, node: usize) -> Result<(), String> {
    let genesis = scene.cluster.genesis();
    let mut audit = Audit::begin(genesis).map_err(|error| error.to_string())?;
    let blocks = replica.blocks();
    let height = replica.status().height;
    while audit.height() < height {
        let next = audit.height().next();
        let committed = blocks.block(next).map_err(|error| error.to_string())?;
        let committed = committed.ok_or_else(|| format!("block {next} is not in its store"))?;
        audit
            .follow(&committed.block, &committed.certificate)
            .map_err(|error| error.to_string())?;
    }
    check_months(&audit, genesis.calendar.month(genesis.time_ms))?;
    check_records(&audit, replica, node, height)
}

/// Every month that is over: what the postings come to, and what the chain recorded.
fn check_months(audit: &Audit, first: Month) -> Result<(), String> {
    let last = audit.calendar().month(audit.time_ms());
    for month in (first.0..last.0).map(Month) {
        let audited = audit.month(month).map_err(|error| error.to_string())?;
        // None while its close waits its turn behind other work.
        let Some((audited, recorded)) = audited.and_then(|it| Some((it.recomputed, it.recorded?)))
        else {
            continue;
        };
        if audited != recorded {
            return Err(format!(
                "the clearing of {month}: the postings come to {audited:?}, the chain recorded {recorded:?}"
            ));
        }
    }
    Ok(())
}

fn check_records(
    audit: &Audit,
    replica: &Replica,
    node: usize,
    height: Height,
) -> Result<(), String> {
    let state = replica.state();
    let label = state.label().ok_or("it has no state")?;
    let root = audit.state().root();
    if label.height != height || label.root != root {
        return Err(format!(
            "its state is of height {} with the root {}; executed again, block {height} gives {root}",
            label.height, label.root
        ));
    }
    let stored = records(&state.snapshot(), node)?;
    let executed: BTreeMap<&[u8], &[u8]> = audit.state().records().collect();
    let differs = stored
        .iter()
        .find(|(key, value)| executed.get(key.as_slice()).copied() != value.as_deref());
    if let Some((key, _)) = differs {
        return Err(format!("its record {key:02x?} is not what executing gives"));
    }
    if stored.len() != executed.len() {
        return Err(format!(
            "it stores {} records where executing gives {}",
            stored.len(),
            executed.len()
        ));
    }
    Ok(())
}
