//! A chain that one process builds, as a cluster without faults would: what does not apply yet waits.

use std::sync::Arc;

use ledger_core::block::Block;
use ledger_core::hash::Hash;
use ledger_core::ledger::{ApplyError, NothingVerified, Rejection, Tip, build_block, least_time};
use ledger_core::state::MemoryState;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::SealedEnvelope;
use ledger_core::validator::ValidatorAddress;
use timebank_simulations::city;
use timebank_simulations::workload::{Broken, Town, Workload};

/// How many nodes the cluster would have.
const NODES: usize = 4;
/// For so many blocks a transaction that does not apply waits.
const WAITS_BLOCKS: u64 = 10;
/// Time between two blocks, in milliseconds.
const BLOCK_MS: u64 = 1_000;

/// A chain and the town whose load it carries.
pub(crate) struct Chain {
    pub(crate) town: Town,
    state: MemoryState,
    tip: Tip,
    now_ms: u64,
    waiting: Vec<(Arc<SealedEnvelope>, u64)>,
    /// How many different transactions were submitted.
    pub(crate) submitted: u64,
    /// The rejections of transactions that were given up, by code.
    pub(crate) given_up: Vec<Rejection>,
}

impl Chain {
    pub(crate) fn new(seed: u64) -> Chain {
        Chain::of(Town::found(seed, &city::validators(0..NODES)))
    }

    /// One on which so many of a thousand transactions are wrong on purpose.
    pub(crate) fn with_wrong(seed: u64, per_mille: u64) -> Chain {
        let town = Town::found(seed, &city::validators(0..NODES));
        Chain::of(town.with_wrong_per_mille(per_mille))
    }

    fn of(town: Town) -> Chain {
        let genesis = town.genesis();
        let mut state = MemoryState::default();
        state.apply(&genesis.writes().expect("the town is in order"));
        Chain {
            tip: Tip::genesis(genesis.chain_id(), genesis.time_ms),
            now_ms: genesis.time_ms.0 + 1,
            state,
            town,
            waiting: Vec::new(),
            submitted: 0,
            given_up: Vec::new(),
        }
    }

    /// The hash of the last block.
    pub(crate) fn last(&self) -> Hash {
        self.tip.block_id.0
    }

    /// Drafts `count` transactions.
    pub(crate) fn draft(&mut self, count: usize) {
        self.now_ms += BLOCK_MS;
        let height = self.tip.height.0;
        for sealed in self.town.draft(self.now_ms, count) {
            if self.waiting.iter().all(|(it, _)| it.id() != sealed.id()) {
                self.submitted += 1;
                self.waiting.push((sealed, height));
            }
        }
    }

    /// Builds a block of all that wait.
    ///
    /// # Errors
    /// When the ledger finds its own books wrong.
    pub(crate) fn build(&mut self) -> Result<Block, ApplyError> {
        let height = self.tip.height.0;
        let least_ms = least_time(&self.state, &self.tip).expect("memory is readable");
        let time_ms = least_ms.max(TimestampMs(self.now_ms));
        let candidates: Vec<_> = self.waiting.iter().map(|(it, _)| Arc::clone(it)).collect();
        let proposer = ValidatorAddress::of(&city::consensus_key(0).public_key());
        let built = build_block(
            &self.state,
            &self.tip,
            proposer,
            time_ms,
            &candidates,
            &NothingVerified,
        )?;
        self.state.apply(&built.execution.writes);
        self.tip = Tip::of(&built.block.header);
        for (id, rejection) in built.refused {
            let since = self.waiting.iter().find(|(it, _)| it.id() == id);
            if since.is_some_and(|(_, since)| height >= since + WAITS_BLOCKS) {
                self.waiting.retain(|(it, _)| it.id() != id);
                self.given_up.push(rejection);
            }
        }
        let applied = &built.block.transactions;
        self.waiting
            .retain(|(it, _)| applied.iter().all(|applied| applied.id() != it.id()));
        Ok(built.block)
    }

    /// Drafts, builds a block and lets the town follow it.
    pub(crate) fn advance(&mut self, count: usize) -> Result<(), Broken> {
        self.draft(count);
        let block = self.build().expect("a proposer can build");
        self.town.follow(&block)
    }
}
