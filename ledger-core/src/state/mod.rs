//! The state: keyed records, remembered transaction ids, and the Merkle tree over the records.
//!
//! A [`StateView`] is anything that can be read: a store of a node, or a [`MemoryState`]. Executing a block never changes
//! a view; it yields [`StateWrites`], which a store applies as one.

pub mod key;
pub mod memory;
pub mod overlay;
pub mod tree;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use key::{DueEntry, DueWork, KeyBytes, StateKey};
pub use memory::MemoryState;
pub use overlay::{Overlay, Record};

use crate::id::TransactionId;
use tree::{Node, NodePath, Stored, TreeUpdate};

/// The state could not be read: the storage below failed. Never a property of a transaction or block.
#[derive(Debug, thiserror::Error)]
#[error("the state cannot be read: {reason}")]
pub struct StateError {
    /// What the storage said.
    pub reason: String,
}

/// How maps in the core hash that are only ever asked for single keys, so that nothing depends on their order nor on the
/// seed, which is another in each process: the signers in a block of a proposer that breaks the rules are bytes chosen at
/// will, and with a seed that is known they could all be made to collide.
type SeededHasher = foldhash::fast::RandomState;

/// A record as stored: key and value.
pub type RecordBytes = (Vec<u8>, Vec<u8>);

/// Changed records by key; none deletes.
pub type RecordChanges = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// The state after some block, for reading.
pub trait StateView {
    /// The record under `key`.
    ///
    /// # Errors
    /// When the storage fails.
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError>;

    /// The records under `keys`, in their order: for whoever knows beforehand what will be read. In a large state each
    /// record lies in memory that no cache holds, and a view that looks for all of them at once waits less.
    ///
    /// # Errors
    /// When the storage fails.
    fn read_all(&self, keys: &[KeyBytes]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        keys.iter().map(|key| self.read(key)).collect()
    }

    /// Up to `limit` records with `from ≤ key < to`, in order of key.
    ///
    /// # Errors
    /// When the storage fails, or when kinds that [stand alone](key::stands_alone) are in the range and the view does not keep
    /// those in order: a node's does not, a [`MemoryState`] does.
    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<RecordBytes>, StateError>;

    /// Whether transaction `id`, which expires within `hour`, has applied.
    ///
    /// # Errors
    /// When the storage fails.
    fn is_remembered(&self, hour: u64, id: TransactionId) -> Result<bool, StateError>;

    /// What is stored of the state tree under `path`, which is one that the tree above names: what is found under others
    /// means nothing. [`Self::node`] may be asked for any.
    ///
    /// # Errors
    /// When the storage fails, or what it holds is nothing that is stored of a tree.
    fn stored(&self, path: &NodePath) -> Result<Option<Cow<'_, Stored>>, StateError>;

    /// The node of the state tree at `path`.
    ///
    /// # Errors
    /// See [`Self::stored`].
    fn node(&self, path: &NodePath) -> Result<Option<Node>, StateError> {
        tree::node_at(|path| self.stored(path), path)
    }
}

/// Everything a block changes; applied as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateWrites {
    /// Records.
    pub records: RecordChanges,
    /// Ids to remember, with their expiry hour.
    pub remembered: Vec<(u64, TransactionId)>,
    /// Hours whose ids are forgotten.
    pub forgotten_hours: Vec<u64>,
    /// The tree's new root and what changes of what is stored of it.
    pub tree: TreeUpdate,
}
