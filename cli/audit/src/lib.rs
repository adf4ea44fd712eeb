//! What an auditor computes from the blocks, believing nobody.
//!
//! - [`source`] is where blocks come from: a node, or files.
//! - [`booked`] is a block as the book keeps it, executed again here.
//!
//! Nothing here writes to a terminal.

pub mod booked;
pub mod source;

pub use booked::BookedBlock;
pub use source::{BlockSource, SourceError};
