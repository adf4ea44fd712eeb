//! Whoever was told that a transaction is taken in hears what became of it.
//!
//! A node that has said so commits the transaction, tells why it was dropped, or still holds it. Only a crash excuses it: what
//! is in no block is in memory alone, and whoever waits sees that the node is gone.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::id::TransactionId;
use timebank_node::replica::Ticket;

use super::{Checker, Scene};
use crate::cluster::seen::Seen;

/// How often open transactions are looked for, in virtual milliseconds.
const INTERVAL_MS: u64 = 1_000;
/// Submissions whose answer is awaited, at most: the oldest are forgotten.
const TICKETS_MAX: usize = 100_000;

/// What was taken in, and of whose end nothing was heard.
#[derive(Debug, Default)]
pub struct Fate {
    asked: BTreeMap<Ticket, TransactionId>,
    open: BTreeMap<usize, BTreeSet<TransactionId>>,
    /// Those that were not found the last time: the news of their end may have been on its way.
    missed: BTreeSet<(usize, TransactionId)>,
    next_ms: u64,
}

impl Checker for Fate {
    fn name(&self) -> &'static str {
        "fate"
    }

    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String> {
        match seen {
            Seen::Submitted {
                node,
                ticket,
                envelope,
            } if scene.is_honest(*node) => {
                self.asked.insert(*ticket, envelope.id());
                if self.asked.len() > TICKETS_MAX {
                    self.asked.pop_first();
                }
            }
            Seen::Answered {
                node,
                ticket,
                answer,
            } => {
                if let (Some(id), Ok(_)) = (self.asked.remove(ticket), answer) {
                    self.open.entry(*node).or_default().insert(id);
                }
            }
            Seen::Dropped { node, id, .. } => self.close(*node, id),
            Seen::Crashed { node } => {
                self.open.remove(node);
            }
            Seen::Committed { node, committed } => {
                for sealed in &committed.block.transactions {
                    self.close(*node, &sealed.id());
                }
            }
            _ => {}
        }
        if scene.now_ms() < self.next_ms {
            return Ok(());
        }
        self.next_ms = scene.now_ms() + INTERVAL_MS;
        self.look(scene)
    }

    fn finish(&mut self, scene: Scene<'_>) -> Result<(), String> {
        // Everything that happened was heard of by now.
        self.look(scene)?;
        self.look(scene)
    }
}

impl Fate {
    fn close(&mut self, node: usize, id: &TransactionId) {
        if let Some(open) = self.open.get_mut(&node) {
            open.remove(id);
        }
    }

    /// Nothing was missing twice.
    fn look(&mut self, scene: Scene<'_>) -> Result<(), String> {
        let mut missed = BTreeSet::new();
        for (node, open) in &self.open {
            let Some(replica) = scene.cluster.replica(*node) else {
                continue;
            };
            missed.extend(
                open.iter()
                    .filter(|id| !replica.holds(id))
                    .map(|id| (*node, *id)),
            );
        }
        if let Some((node, id)) = missed.intersection(&self.missed).next() {
            return Err(format!(
                "node {node} took in transaction {id}, holds it no more and never said what became of it"
            ));
        }
        self.missed = missed;
        Ok(())
    }
}
