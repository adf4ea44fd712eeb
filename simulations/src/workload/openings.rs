//! The smallest load: every transaction opens an account. For measuring consensus, where the rules do not matter.

use std::sync::Arc;

use ledger_core::block::Block;
use ledger_core::genesis::Genesis;
use ledger_core::transaction::SealedEnvelope;

use super::{Broken, Workload};
use crate::city::{self, Office, REGISTRARS};

/// Opens one account after another.
#[derive(Debug)]
pub struct Openings {
    genesis: Genesis,
    office: Office,
    streets: usize,
    opened: u64,
}

impl Openings {
    /// In a city of `streets` street offices, the first `voting` of which run validators.
    pub fn new(streets: usize, voting: usize) -> Openings {
        let genesis = city::genesis(streets, voting);
        Openings {
            office: Office::new(genesis.chain_id()),
            genesis,
            streets,
            opened: 0,
        }
    }
}

impl Workload for Openings {
    fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    fn follow(&mut self, _: &Block) -> Result<(), Broken> {
        Ok(())
    }

    fn draft(&mut self, now_ms: u64, count: usize) -> Vec<Arc<SealedEnvelope>> {
        (0..count)
            .map(|_| {
                self.opened += 1;
                let street = usize::try_from(self.opened).unwrap_or(0) % self.streets;
                let registrar = 1 + u32::try_from(self.opened).unwrap_or(0) % REGISTRARS;
                let label = format!("resident {}", self.opened);
                self.office.open_account(&label, street, registrar, now_ms)
            })
            .collect()
    }
}
