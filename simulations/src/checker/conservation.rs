//! "issued = Σ spendable + Σ held + Σ pools + redeemed + expired + voided": no minute appears or disappears.
//!
//! The city's witness adds up the books after every block; here, at the end, it is done with what each honest node has stored.

use ledger_core::state::RecordChanges;
use timebank_node::storage::StateSnapshot;

use super::{Checker, Scene};
use crate::cluster::seen::Seen;
use crate::comparison::books::Books;
use crate::comparison::sums::add_up;

/// Adds up the books of every honest node.
#[derive(Debug, Default)]
pub struct Conservation;

impl Checker for Conservation {
    fn name(&self) -> &'static str {
        "conservation"
    }

    fn observe(&mut self, _: Scene<'_>, _: &Seen) -> Result<(), String> {
        Ok(())
    }

    fn finish(&mut self, scene: Scene<'_>) -> Result<(), String> {
        for node in scene.honest() {
            let Some(replica) = scene.cluster.replica(node) else {
                continue;
            };
            let mut books = Books::new(scene.cluster.genesis());
            books.follow(&records(&replica.state().snapshot(), node)?);
            let redeemed = books.supply.redeemed.0;
            add_up(&books, redeemed).map_err(|what| format!("node {node}: {what}"))?;
        }
        Ok(())
    }
}

/// Every record of a node's state.
///
/// # Errors
/// When it cannot be read.
pub(super) fn records(state: &StateSnapshot, node: usize) -> Result<RecordChanges, String> {
    let found = state
        .records()
        .map_err(|error| format!("node {node}: {error}"))?;
    if found.is_empty() {
        return Err(format!("node {node} has no records"));
    }
    Ok(found
        .into_iter()
        .map(|(key, value)| (key, Some(value)))
        .collect())
}
