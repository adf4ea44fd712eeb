//! What an auditor computes from the blocks, believing nobody.
//!
//! - [`source`] is where blocks come from: a node, or files.
//! - [`booked`] is a block as the book keeps it, executed again here.
//! - [`facts`] is what happened, order by order and account by account.
//!
//! Nothing here writes to a terminal.

pub mod booked;
pub mod facts;
pub mod source;

pub use booked::BookedBlock;
pub use facts::{Facts, FactsError};
pub use source::{BlockSource, SourceError};
