//! The Merkle bucket tree over the records: its root is the state root in every header (ADR 0005;
//! `docs/state-tree.md` is its specification).
//!
//! A binary tree over the bits of the hashes of the keys. A subtree of at most [`BUCKET_ENTRIES_MAX`] records is one
//! bucket, a sorted list of key hash and value hash; a larger one is an inner node over its two halves. So
//!
//! - the shape, and with it the root, depends on the records alone, never on the order or the batches they came in;
//! - nobody can make one bucket grow: what fills it splits it;
//! - a bucket can never be taken for an inner node or the other way round: they are hashed under different domains;
//! - an update reads and hashes only what lies on the way to a changed record, and each such node once.
//!
//! An inner node also holds the number of records below it, to know when to become a bucket again. The count is a
//! function of the records and is not hashed: no proof needs it, and an inner node stays one hash block long.
//!
//! Each file here knows those before it alone: `path`, `hashing`, `node`, `branch` (how nodes are stored), `reading`; then
//! `merge`, `ahead`, `changed` and `update`, which change the tree, and `proof`, which proves from it.

mod ahead;
mod branch;
mod changed;
mod hashing;
mod merge;
mod node;
mod path;
mod proof;
mod reading;
mod update;

#[cfg(test)]
mod tests;

pub use branch::{BRANCH_LEVELS, Branch, Bucket, Entry, Stored};
pub use hashing::{empty_hash, key_hash, value_hash};
pub use node::{BUCKET_ENTRIES_MAX, Node};
pub use path::{DEPTH_MAX, NodePath, NodePathError, Side};
pub use proof::{TREE_PROOF_BYTES_MAX, TreeProof, TreeProofError, prove};
pub(super) use reading::node_at;
pub use reading::root;
pub use update::{TreeUpdate, update};
