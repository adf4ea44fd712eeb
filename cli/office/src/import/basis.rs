//! The state an import is checked on, and the blocks in which it looks for what became of its transactions.
//!
//! Either the office's own book, or the chain replayed in memory for this import: both execute every block again and believe
//! no node.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use ledger_core::audit::{Audit, AuditError};
use ledger_core::genesis::{Genesis, GenesisError};
use ledger_core::id::{Height, TransactionId};
use ledger_core::ledger::Tip;
use ledger_core::state::StateView;
use timebank_audit::{ArchiveError, BlockSource, Book, BookError, SourceError};

/// Why there is no state.
#[derive(Debug, thiserror::Error)]
pub enum BasisError {
    /// No blocks came.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Blocks are not the chain's.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The genesis document cannot begin a chain.
    #[error("the genesis document cannot begin a chain: {0}")]
    Genesis(#[from] GenesisError),
    /// The book's.
    #[error(transparent)]
    Book(#[from] BookError),
    /// The blocks kept in the book.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// A state that is followed up to the newest block.
pub trait Basis {
    /// Follows the chain to its newest block; hears of the heights reached.
    ///
    /// # Errors
    /// When blocks cannot be had, or are not the chain's.
    fn follow(&mut self, progress: &mut dyn FnMut(Height)) -> Result<(), BasisError>;

    /// The state after the newest block.
    fn view(&self) -> &dyn StateView;

    /// The newest block.
    fn tip(&self) -> Tip;

    /// In which blocks above `above` those of `ids` are that are in any.
    ///
    /// # Errors
    /// When the blocks cannot be read.
    fn applied(
        &self,
        ids: &BTreeSet<TransactionId>,
        above: Height,
    ) -> Result<BTreeMap<TransactionId, Height>, BasisError>;
}

/// The office's own book, with the place its blocks come from.
#[derive(Debug)]
pub struct Booked<S> {
    book: Book,
    source: S,
}

impl<S: BlockSource> Booked<S> {
    /// `book`, followed from `source`.
    pub const fn new(book: Book, source: S) -> Booked<S> {
        Booked { book, source }
    }
}

impl<S: BlockSource> Basis for Booked<S> {
    fn follow(&mut self, progress: &mut dyn FnMut(Height)) -> Result<(), BasisError> {
        self.book.follow(&mut self.source, None, &mut |it| {
            progress(it.height);
            ControlFlow::Continue(())
        })?;
        Ok(())
    }

    fn view(&self) -> &dyn StateView {
        self.book.state()
    }

    fn tip(&self) -> Tip {
        *self.book.tip()
    }

    fn applied(
        &self,
        ids: &BTreeSet<TransactionId>,
        above: Height,
    ) -> Result<BTreeMap<TransactionId, Height>, BasisError> {
        let mut found = BTreeMap::new();
        if ids.is_empty() {
            return Ok(found);
        }
        for booked in self.book.blocks(above)? {
            let block = booked?.block;
            let height = block.header.height;
            let here = block.transactions.iter().map(|sealed| sealed.id());
            found.extend(here.filter(|id| ids.contains(id)).map(|id| (id, height)));
        }
        Ok(found)
    }
}

/// The chain replayed in memory.
pub struct Replayed<S> {
    source: S,
    genesis: Genesis,
    audit: Audit,
    applied: BTreeMap<TransactionId, Height>,
}

impl<S> std::fmt::Debug for Replayed<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replayed({})", self.audit.height())
    }
}

impl<S: BlockSource> Replayed<S> {
    /// Before the first block.
    ///
    /// # Errors
    /// When the document cannot begin a chain.
    pub fn begin(genesis: &Genesis, source: S) -> Result<Replayed<S>, BasisError> {
        Ok(Replayed {
            source,
            genesis: genesis.clone(),
            audit: Audit::begin(genesis)?,
            applied: BTreeMap::new(),
        })
    }
}

impl<S: BlockSource> Basis for Replayed<S> {
    fn follow(&mut self, progress: &mut dyn FnMut(Height)) -> Result<(), BasisError> {
        loop {
            let part = self.source.above(self.audit.height())?;
            if part.is_empty() {
                return Ok(());
            }
            for (block, certificate) in &part {
                self.audit.follow(block, certificate)?;
                let height = block.header.height;
                let ids = block
                    .transactions
                    .iter()
                    .map(|sealed| (sealed.id(), height));
                self.applied.extend(ids);
            }
            progress(self.audit.height());
        }
    }

    fn view(&self) -> &dyn StateView {
        self.audit.state()
    }

    fn tip(&self) -> Tip {
        Tip {
            chain_id: self.genesis.chain_id(),
            height: self.audit.height(),
            block_id: self.audit.block_id(),
            time_ms: self.audit.time_ms(),
        }
    }

    fn applied(
        &self,
        ids: &BTreeSet<TransactionId>,
        _above: Height,
    ) -> Result<BTreeMap<TransactionId, Height>, BasisError> {
        let found = ids
            .iter()
            .filter_map(|id| Some((*id, *self.applied.get(id)?)));
        Ok(found.collect())
    }
}
