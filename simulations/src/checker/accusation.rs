//! No evidence against an honest node is ever on the chain. (That no honest node raises the alarm about one is checked in
//! `halts.rs`.)

use ledger_core::transaction::Operation;

use super::{Checker, Scene};
use crate::cluster::seen::Seen;

/// Looks for evidence against honest nodes in every block.
#[derive(Debug, Default)]
pub struct Accusation;

impl Checker for Accusation {
    fn name(&self) -> &'static str {
        "accusation"
    }

    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String> {
        let Seen::Committed { node, committed } = seen else {
            return Ok(());
        };
        if !scene.is_honest(*node) {
            return Ok(());
        }
        let accused = committed
            .block
            .transactions
            .iter()
            .filter_map(|sealed| match &sealed.transaction().operation {
                Operation::SubmitEvidence(it) => Some(it.evidence.first.vote.validator),
                _ => None,
            })
            .find(|validator| scene.is_honest_validator(validator));
        match accused {
            Some(validator) => Err(format!(
                "block {} applies evidence against validator {validator}, which is honest",
                committed.block.header.height
            )),
            None => Ok(()),
        }
    }
}
