//! Every block that an honest node commits is what its header says, and no transaction is in two of them.
//!
//! That a block executes, and gives the roots its header names, the city's witness shows, once for every height
//! (`workload/town/witness.rs`). Here what each single node holds is looked at: the transactions it stored with a header, and
//! the receipts it hands out for them.

use std::collections::BTreeMap;

use ledger_core::block::{Block, list};
use ledger_core::hash::Hash;
use ledger_core::id::{Height, TransactionId};
use ledger_core::ledger::transactions_root;
use ledger_core::receipt::{Cause, Receipt};
use timebank_node::replica::Committed;

use super::{Checker, Scene};
use crate::cluster::seen::Seen;

/// Where every transaction applied, by the first honest node that committed it.
#[derive(Debug, Default)]
pub struct Validity {
    applied: BTreeMap<TransactionId, Height>,
    noted: Height,
}

impl Checker for Validity {
    fn name(&self) -> &'static str {
        "validity"
    }

    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String> {
        let Seen::Committed { node, committed } = seen else {
            return Ok(());
        };
        if !scene.is_honest(*node) {
            return Ok(());
        }
        let height = committed.block.header.height;
        check(committed).map_err(|what| format!("node {node}, block {height}: {what}"))?;
        if height <= self.noted {
            return Ok(());
        }
        self.noted = height;
        for sealed in &committed.block.transactions {
            if let Some(before) = self.applied.insert(sealed.id(), height) {
                return Err(format!(
                    "transaction {} applied in block {before} and again in block {height}",
                    sealed.id()
                ));
            }
        }
        Ok(())
    }
}

/// Checks that transactions and receipts are those the header names.
fn check(committed: &Committed) -> Result<(), String> {
    let Block {
        header,
        transactions,
    } = &*committed.block;
    let root = transactions_root(transactions);
    if root != header.transactions_root {
        return Err(format!(
            "its transactions have the root {root}, its header names {}",
            header.transactions_root
        ));
    }
    let leaves: Vec<Hash> = committed
        .receipts
        .iter()
        .map(Receipt::receipt_hash)
        .collect();
    let root = list::root(&leaves);
    if root != header.receipts_root {
        return Err(format!(
            "the node hands out receipts with the root {root}, the header names {}",
            header.receipts_root
        ));
    }
    // The chain's own work comes first, then every transaction in its place.
    let own = committed.receipts.len().checked_sub(transactions.len());
    let own = own.ok_or("fewer receipts than transactions")?;
    let answered = committed.receipts.iter().skip(own).map(|it| it.cause);
    let asked = transactions.iter().map(|it| Cause::Transaction(it.id()));
    if answered.eq(asked) {
        Ok(())
    } else {
        Err("its receipts are not those of its transactions, in order".to_owned())
    }
}
