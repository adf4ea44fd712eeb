//! What happens in the simulated city: transactions to submit, and an independent witness of the blocks they end up in.

mod openings;
pub mod town;

use std::sync::Arc;

use ledger_core::block::Block;
use ledger_core::genesis::Genesis;
use ledger_core::transaction::SealedEnvelope;

pub use openings::Openings;
pub use town::Town;

/// A promise of the chain that a block broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which promise, by the name of its checker.
    pub promise: &'static str,
    /// What is wrong.
    pub what: String,
}

/// A city that goes about its business and keeps books of its own.
pub trait Workload {
    /// The document the chain begins with.
    fn genesis(&self) -> &Genesis;

    /// Takes note of a block that was committed: the first time any honest node commits one, in the order of heights.
    ///
    /// # Errors
    /// Which promise it breaks.
    fn follow(&mut self, block: &Block) -> Result<(), Broken>;

    /// The last block was followed: looks at the whole.
    ///
    /// # Errors
    /// Which promise is broken.
    fn finish(&self) -> Result<(), Broken> {
        Ok(())
    }

    /// About `count` transactions somebody may submit now, signed, valid for at least an hour from `now_ms`, the time of the
    /// chain or of the clocks, whichever is later. Now and then one is among them that must be refused.
    fn draft(&mut self, now_ms: u64, count: usize) -> Vec<Arc<SealedEnvelope>>;
}
