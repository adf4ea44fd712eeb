//! The Merkle bucket tree over the records (ADR 0005; `docs/state-tree.md` is its specification).

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};

use super::{RecordChanges, StateError, StateView};
use crate::hash::{Domain, Hash, hash, hasher};

/// The most entries in a bucket.
pub const BUCKET_ENTRIES_MAX: usize = 32;

/// The place of a node: the first `length` bits of the key hashes below it, the other bits zero.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct NodePath {
    /// How many bits.
    pub length: u16,
    /// The bits, most significant first.
    pub bits: [u8; 32],
}

/// A node of the tree.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Node {
    /// A leaf: sorted pairs of key hash and value hash.
    Bucket(Vec<(Hash, Hash)>),
    /// An inner node.
    Inner {
        /// Entries below it.
        count: u64,
        /// The hash of the child whose next bit is 0.
        left: Hash,
        /// The hash of the child whose next bit is 1.
        right: Hash,
    },
}

/// What an update changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeUpdate {
    /// The new root.
    pub root: Hash,
    /// Changed nodes; none deletes.
    pub nodes: BTreeMap<NodePath, Option<Node>>,
}

/// The hash of a record's key.
pub fn key_hash(key: &[u8]) -> Hash {
    hash(Domain::StateKey, &[key])
}

/// The hash of a record's value.
pub fn value_hash(value: &[u8]) -> Hash {
    hash(Domain::StateValue, &[value])
}

/// The tree after `records` changed.
///
/// # Errors
/// When the storage fails.
pub fn update(_view: &dyn StateView, records: &RecordChanges) -> Result<TreeUpdate, StateError> {
    let mut all = hasher(Domain::StateBucket);
    for (key, value) in records {
        all.update(key);
        all.update(value.as_deref().unwrap_or_default());
    }
    Ok(TreeUpdate {
        root: Hash(*all.finalize().as_bytes()),
        nodes: BTreeMap::new(),
    })
}
