//! What is hashed of the tree: keys, values, buckets and inner nodes, each under a domain of its own.

use crate::hash::{Domain, Hash, hash, hasher};

/// A key hash and the hash of the value it has afterwards; none deletes.
pub(super) type HashedChange = (Hash, Option<Hash>);

/// The hash of a record's key.
pub fn key_hash(key: &[u8]) -> Hash {
    hash(Domain::StateKey, &[key])
}

/// The hash of a record's value.
pub fn value_hash(value: &[u8]) -> Hash {
    hash(Domain::StateValue, &[value])
}

/// The hash of a tree, or half of one, without records.
pub fn empty_hash() -> Hash {
    hash(Domain::StateEmpty, &[])
}

/// The hash of a bucket of these entries.
pub(super) fn bucket_hash(entries: &[(Hash, Hash)]) -> Hash {
    let mut bucket = hasher(Domain::StateBucket);
    for (key, value) in entries {
        bucket.update(key.as_bytes()).update(value.as_bytes());
    }
    Hash(*bucket.finalize().as_bytes())
}

/// The hash of an inner node over halves of these hashes.
pub(super) fn inner_hash(left: &Hash, right: &Hash) -> Hash {
    hash(Domain::StateNode, &[left.as_bytes(), right.as_bytes()])
}
