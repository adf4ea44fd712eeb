//! Proofs that a record is in the tree under a root, or that none is.
//!
//! A proof is the one bucket, or empty half, in which the record would have to be, and the hashes beside the way from
//! the root to it. Which way that is follows from the key alone, so a bucket of another place, or of the right place
//! shown at another depth, gives another root; and a bucket shows everything it holds, so it also proves absence.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::branch::{Entry, Stored, TOP};
use super::hashing::{bucket_hash, empty_hash, inner_hash, key_hash, value_hash};
use super::node::{BUCKET_ENTRIES_MAX, bucket_misfit};
use super::path::{DEPTH_MAX, NodePath, Side};
use super::reading::{Half, Standing, damaged, stored};
use crate::hash::Hash;
use crate::state::{StateError, StateView};

/// The longest encoding of a [`TreeProof`], in bytes.
pub const TREE_PROOF_BYTES_MAX: usize = 4 + 256 * 32 + 4 + BUCKET_ENTRIES_MAX * 64;

/// Proof of the value, or of the absence, of the record under a key.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct TreeProof {
    /// The hashes beside the way to the bucket, from the root down.
    pub siblings: Vec<Hash>,
    /// The whole bucket: pairs of key hash and value hash, sorted. Empty for an empty half or tree.
    pub bucket: Vec<(Hash, Hash)>,
}

/// Why a proof proves nothing, or not what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeProofError {
    /// The way is longer than a key hash.
    #[error("the proof is {count} levels deep, at most {DEPTH_MAX} are possible")]
    TooDeep {
        /// How many levels it has.
        count: usize,
    },
    /// The bucket is none that can stand where the key leads.
    #[error("the proof's bucket cannot be where the key leads: {reason}")]
    Bucket {
        /// Why not.
        reason: &'static str,
    },
    /// It belongs to another root, another key, or nothing.
    #[error("the proof leads to root {actual}, not {expected}")]
    Root {
        /// The root to prove against.
        expected: Hash,
        /// Where it leads.
        actual: Hash,
    },
    /// The record exists, with another value than claimed.
    #[error("the record's value has the hash {actual}, not {claimed}")]
    OtherValue {
        /// The hash of the value claimed.
        claimed: Hash,
        /// The hash proven.
        actual: Hash,
    },
    /// The record was claimed to exist and does not.
    #[error("there is no record under the key, but one was claimed")]
    Absent,
    /// The record was claimed not to exist and does.
    #[error(
        "there is a record under the key, but none was claimed; its value has the hash {actual}"
    )]
    Present {
        /// The hash of its value.
        actual: Hash,
    },
}

/// The proof for the record under `key` in the tree of `view`.
///
/// # Errors
/// When the storage fails, or what it holds is not a tree.
pub fn prove(view: &dyn StateView, key: &[u8]) -> Result<TreeProof, StateError> {
    prove_hashed(view, &key_hash(key))
}

/// [`prove`] for a key given by its hash.
pub(super) fn prove_hashed(view: &dyn StateView, key: &Hash) -> Result<TreeProof, StateError> {
    let empty = empty_hash();
    let mut siblings = Vec::new();
    let mut path = NodePath::ROOT;
    let mut branch = match stored(view, &path)?.as_deref() {
        Some(Stored::Branch(branch)) => branch.clone(),
        Some(Stored::Bucket(bucket)) => return Ok(proof(siblings, bucket.entries())),
        None => return Ok(proof(siblings, &[])),
    };
    let mut place = TOP;
    // It ends because no inner node fits at the last bit.
    loop {
        let side = Side::of(key, path.length);
        let half = |side| Half {
            branch: &branch,
            place,
            side,
        };
        let (next, sibling) = (half(side).hash(), half(side.other()).hash());
        siblings.extend(sibling);
        path = path.child(side);
        let below = half(side).read(view, &path, &empty)?;
        let is_named = |hash: Hash| match next == Some(&hash) {
            true => Ok(()),
            false => Err(damaged(&path, "its hash is not what its parent says")),
        };
        match below {
            Standing::Empty => return Ok(proof(siblings, &[])),
            Standing::Within(at) => {
                is_named(branch.inner_hash(at))?;
                place = at;
            }
            Standing::Stored(stored) => match stored.as_ref() {
                Stored::Bucket(bucket) => {
                    is_named(bucket_hash(bucket.entries()))?;
                    return Ok(proof(siblings, bucket.entries()));
                }
                Stored::Branch(other) => {
                    is_named(other.inner_hash(TOP))?;
                    (branch, place) = (other.clone(), TOP);
                }
            },
        }
    }
}

fn proof(siblings: Vec<Hash>, bucket: &[Entry]) -> TreeProof {
    TreeProof {
        siblings,
        bucket: bucket.to_vec(),
    }
}

impl TreeProof {
    /// What the tree with this `root` holds under `key`: the hash of the value, or none when that is proven absent.
    ///
    /// # Errors
    /// When this is no proof for that root and key.
    pub fn verify(&self, root: Hash, key: &[u8]) -> Result<Option<Hash>, TreeProofError> {
        self.verify_hashed(root, &key_hash(key))
    }

    /// [`Self::verify`] for a key given by its hash.
    pub(super) fn verify_hashed(
        &self,
        root: Hash,
        key: &Hash,
    ) -> Result<Option<Hash>, TreeProofError> {
        let count = self.siblings.len();
        let depth = u16::try_from(count)
            .ok()
            .filter(|depth| *depth <= DEPTH_MAX)
            .ok_or(TreeProofError::TooDeep { count })?;
        let mut current = if self.bucket.is_empty() {
            empty_hash()
        } else {
            let path = NodePath::of(key, depth);
            match bucket_misfit(&self.bucket, &path) {
                Some(reason) => return Err(TreeProofError::Bucket { reason }),
                None => bucket_hash(&self.bucket),
            }
        };
        for (depth, sibling) in (0..depth).zip(&self.siblings).rev() {
            current = match Side::of(key, depth) {
                Side::Left => inner_hash(&current, sibling),
                Side::Right => inner_hash(sibling, &current),
            };
        }
        if current != root {
            return Err(TreeProofError::Root {
                expected: root,
                actual: current,
            });
        }
        let found = self.bucket.binary_search_by_key(key, |(key, _)| *key);
        Ok(found
            .ok()
            .and_then(|index| self.bucket.get(index))
            .map(|(_, value)| *value))
    }

    /// Checks that the tree with this `root` holds exactly `value` under `key`, or nothing when `value` is none.
    ///
    /// # Errors
    /// When this is no proof for that root and key, or proves another value.
    pub fn verify_record(
        &self,
        root: Hash,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), TreeProofError> {
        match (self.verify(root, key)?, value.map(value_hash)) {
            (None, None) => Ok(()),
            (Some(actual), Some(claimed)) if actual == claimed => Ok(()),
            (Some(actual), Some(claimed)) => Err(TreeProofError::OtherValue { claimed, actual }),
            (Some(actual), None) => Err(TreeProofError::Present { actual }),
            (None, Some(_)) => Err(TreeProofError::Absent),
        }
    }
}
