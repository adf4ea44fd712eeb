//! What an auditor computes from the blocks, believing nobody.
//!
//! - [`source`] is where blocks come from: a node, or files.
//! - [`booked`] is a block as the book keeps it, executed again here.
//! - [`facts`] is what happened, order by order and account by account.
//! - [`archive`] is booked blocks in files.
//! - [`book`] is the auditor's own book: a folder with the archive and the state it leads to, gone on with at any time.
//! - [`report`] is the auditor's report, for people and spreadsheet programs.
//! - [`manifest`] lists the files of a report or an export with their hashes, for an auditor to sign.
//! - [`export`] writes the book's blocks as tables and files; [`difference`] compares such a folder with the chain.
//! - [`witness`] follows the headers of several nodes, and keeps what contradicts them.
//! - [`screening`] says what of it an auditor should look at.
//! - [`divergence`] says where a certified block and its execution here part.
//!
//! Nothing here writes to a terminal.

pub mod archive;
pub mod book;
pub mod booked;
pub mod difference;
pub mod divergence;
pub mod export;
pub mod facts;
pub mod manifest;
pub mod report;
pub mod screening;
pub mod source;
mod whole_file;
pub mod witness;

pub use archive::ArchiveError;
pub use book::{Book, BookError};
pub use booked::BookedBlock;
pub use facts::{Facts, FactsError};
pub use manifest::Manifest;
pub use source::{ArchiveSource, BlockSource, SourceError};
pub use witness::{Witness, WitnessError};
