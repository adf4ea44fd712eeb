//! A node of the tree as a proof or an auditor sees it, whatever it is stored in, and what a bucket may hold.

use borsh::{BorshDeserialize, BorshSerialize};

use super::hashing::{bucket_hash, inner_hash};
use super::path::NodePath;
use crate::hash::Hash;

/// The most entries in a bucket.
pub const BUCKET_ENTRIES_MAX: usize = 32;

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

impl Node {
    /// The hash by which the parent, or the header, names this node.
    pub fn node_hash(&self) -> Hash {
        match self {
            Node::Bucket(entries) => bucket_hash(entries),
            Node::Inner { left, right, .. } => inner_hash(left, right),
        }
    }
}

/// Why these entries are no bucket at `path`; none when they are.
pub(super) fn bucket_misfit(entries: &[(Hash, Hash)], path: &NodePath) -> Option<&'static str> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
        return Some("it is an empty bucket");
    };
    if entries.len() > BUCKET_ENTRIES_MAX {
        Some("it is a bucket with too many entries")
    } else if !entries.is_sorted_by(|left, right| left.0 < right.0) {
        Some("it is a bucket out of order")
    } else if !path.covers(&first.0) || !path.covers(&last.0) {
        // All lies between the first and the last, and what a path covers has no gaps.
        Some("it is a bucket with entries of another place")
    } else {
        None
    }
}

/// How many these are, as counts of records are kept.
pub(super) fn count_of(entries: &[(Hash, Hash)]) -> u64 {
    u64::try_from(entries.len()).expect("a length in memory fits 64 bits")
}

/// The most records a bucket has: an inner node has more.
pub(super) fn count_max() -> u64 {
    u64::try_from(BUCKET_ENTRIES_MAX).expect("the constant fits 64 bits")
}
