//! Why a book cannot be opened or gone on with.

use std::path::PathBuf;

use ledger_core::audit::AuditError;
use ledger_core::block::{Block, Header};
use ledger_core::certificate::CommitCertificate;
use ledger_core::genesis::GenesisError;
use ledger_core::id::{ChainId, Height};
use ledger_core::ledger::{Execution, HeaderField};

use crate::archive::ArchiveError;
use crate::source::SourceError;

/// Why a book cannot be opened or gone on with.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// Another process has it open.
    #[error("another process has the book in {} open; wait for it, or name another folder", folder.display())]
    InUse {
        /// Where.
        folder: PathBuf,
    },
    /// It is of another chain.
    #[error("the book in {} is of chain {actual}, not of {expected}; name another folder", folder.display())]
    OtherChain {
        /// Where.
        folder: PathBuf,
        /// The chain of the genesis document.
        expected: ChainId,
        /// What the book says.
        actual: String,
    },
    /// The genesis document cannot begin a chain.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The folder cannot be read or written, or is damaged.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// No blocks came.
    #[error(transparent)]
    Source(SourceError),
    /// The source handed out another block than the next.
    #[error("block {actual} came where block {expected} should")]
    OutOfOrder {
        /// The next.
        expected: Height,
        /// What came.
        actual: Height,
    },
    /// A block is not the chain's, or does not add up.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A block is certified, and executing it comes to something else than its header says.
    #[error("executing block {} gives another {} than its certified header says", .0.height(), .0.field)]
    Diverged(Box<Divergence>),
    /// An earlier failure left the book apart from its files.
    #[error("the book failed before; open it again")]
    Failed,
}

/// A certified block whose execution here comes to something else than its header says.
#[derive(Clone, Debug)]
pub struct Divergence {
    /// The first field that differs.
    pub field: HeaderField,
    /// The block.
    pub block: Block,
    /// What decided it.
    pub certificate: CommitCertificate,
    /// The header that goes with what happened here.
    pub computed: Header,
    /// What happened here.
    pub execution: Execution,
}

impl Divergence {
    /// The height of the block.
    pub const fn height(&self) -> Height {
        self.block.header.height
    }
}
