//! What a node keeps on disk: blocks, derived state, the consensus log, and the record of its last signature.
//!
//! The blocks are the truth (ADR 0004): each is durable in a journal first, and moved into a database with many others. The state is derived from them, written lazily, and thrown away when damaged. The
//! consensus log ([`wal`]) holds what this node said about the height under way, and is synced before it says it.
//!
//! What always holds: one process uses a data directory; every file names the chain it belongs to; nothing read from a
//! disk is believed before it is checked; a damaged block is an error with its height and never an answer; whatever
//! failed to be written stops its store for good.

pub mod blocks;
mod checked_file;
pub mod directory;
mod error;
mod frame;
mod identity;
pub mod last_signed;
mod lengths;
mod locks;
mod memory_disk;
mod open;
mod redb_file;
mod round_file;
pub mod state;
mod volume;
pub mod wal;

pub use blocks::{BlockStore, CommittedBlock, TornBlock};
pub use error::StorageError;
pub use last_signed::{LastSignedFound, LastSignedStore};
pub use memory_disk::{DiskCounts, DiskFault, DiskFile, MemoryDisk, Survival};
pub use open::{Engine, Opened, Replay, Storage};
pub use state::{Label, Pending, StateSnapshot, StateStore};
pub use wal::{TornTail, Wal};

#[cfg(test)]
mod tests;
