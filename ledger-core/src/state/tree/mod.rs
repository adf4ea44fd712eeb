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

mod ahead;
mod branch;
mod proof;
mod update;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};

pub use branch::{BRANCH_LEVELS, Branch, Bucket, Entry, Stored};
pub use proof::{TREE_PROOF_BYTES_MAX, TreeProof, TreeProofError, prove};
pub use update::update;

use self::branch::half_place;
use super::{StateError, StateView};
use crate::hash::{Domain, Hash, hash, hasher};

/// The most entries in a bucket.
pub const BUCKET_ENTRIES_MAX: usize = 32;
/// The number of bits of a key hash: no node lies deeper.
pub const DEPTH_MAX: u16 = 256;

/// The place of a node: the first `length` bits of the key hashes below it, the other bits zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct NodePath {
    /// How many bits.
    pub length: u16,
    /// The bits, most significant first.
    pub bits: [u8; 32],
}

// The first bits are as good as random, and paths that agree in 64 bits are too dear to find to be many. So few bytes are
// enough to tell paths apart in a map.
impl std::hash::Hash for NodePath {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.bits;
        let first = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        state.write_u64(first ^ u64::from(self.length).rotate_right(16));
    }
}

/// One half of an inner node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The key hashes whose next bit is 0.
    Left,
    /// The key hashes whose next bit is 1.
    Right,
}

impl Side {
    /// The other half.
    const fn other(self) -> Side {
        match self {
            Side::Left => Side::Right,
            Side::Right => Side::Left,
        }
    }

    /// The half that a key hash belongs to, `depth` bits below the root.
    fn of(key: &Hash, depth: u16) -> Side {
        let byte = key.0.get(usize::from(depth >> 3)).copied().unwrap_or(0);
        if byte & bit_mask(depth) == 0 {
            Side::Left
        } else {
            Side::Right
        }
    }
}

/// The mask of bit `index`, within its byte; the most significant bit of a byte comes first.
fn bit_mask(index: u16) -> u8 {
    0x80_u8.rotate_right(u32::from(index & 7))
}

/// The mask of the bits before bit `index`, within its byte.
fn head_mask(index: u16) -> u8 {
    !0xff_u8.checked_shr(u32::from(index & 7)).unwrap_or(0)
}

impl NodePath {
    /// The whole tree.
    pub const ROOT: NodePath = NodePath {
        length: 0,
        bits: [0; 32],
    };

    /// The path of `length` bits, at most [`DEPTH_MAX`], on the way to a record with this key hash.
    pub fn of(key: &Hash, length: u16) -> NodePath {
        let mut bits = key.0;
        let whole = usize::from(length >> 3);
        for (index, byte) in bits.iter_mut().enumerate().skip(whole) {
            *byte &= if index == whole { head_mask(length) } else { 0 };
        }
        NodePath { length, bits }
    }

    /// The path of a half of the node at this path, which is less than [`DEPTH_MAX`] long.
    pub fn child(&self, side: Side) -> NodePath {
        let mut bits = self.bits;
        if side == Side::Right
            && let Some(byte) = bits.get_mut(usize::from(self.length >> 3))
        {
            *byte |= bit_mask(self.length);
        }
        NodePath {
            length: self.length.saturating_add(1),
            bits,
        }
    }

    /// Whether a record with this key hash lies below this path.
    pub fn covers(&self, key: &Hash) -> bool {
        let whole = usize::from(self.length >> 3).min(32);
        let (path_head, path_tail) = self.bits.split_at(whole);
        let (key_head, key_tail) = key.0.split_at(whole);
        let mask = head_mask(self.length);
        path_head == key_head
            && match (path_tail.first(), key_tail.first()) {
                (Some(path), Some(key)) => path & mask == key & mask,
                _ => true,
            }
    }
}

/// Why a text is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a path is its length in bits, a colon and its bits as hex, the rest of the last byte zero: 12:abc0"
)]
pub struct NodePathError;

impl fmt::Display for NodePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = usize::from(self.length).div_ceil(8);
        let bits = self.bits.get(..bytes).unwrap_or(&self.bits);
        write!(f, "{}:{}", self.length, hex::encode(bits))
    }
}

impl FromStr for NodePath {
    type Err = NodePathError;

    fn from_str(text: &str) -> Result<NodePath, NodePathError> {
        let (length, bits) = text.split_once(':').ok_or(NodePathError)?;
        let length: u16 = length.parse().map_err(|_| NodePathError)?;
        let given = hex::decode(bits).map_err(|_| NodePathError)?;
        let mut bits = [0; 32];
        let place = bits.get_mut(..given.len()).ok_or(NodePathError)?;
        place.copy_from_slice(&given);
        let path = NodePath { length, bits };
        // Exact: no bit beyond the length, no byte too many or too few.
        match length <= DEPTH_MAX
            && NodePath::of(&Hash(bits), length) == path
            && path.to_string() == text
        {
            true => Ok(path),
            false => Err(NodePathError),
        }
    }
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
fn bucket_misfit(entries: &[(Hash, Hash)], path: &NodePath) -> Option<&'static str> {
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

/// What an update changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeUpdate {
    /// The new root.
    pub root: Hash,
    /// What changes of what is stored, each path once and in order; none deletes.
    pub nodes: Vec<(NodePath, Option<Stored>)>,
}

/// The hash of a record's key.
pub fn key_hash(key: &[u8]) -> Hash {
    hash(Domain::StateKey, &[key])
}

/// The hash of a record's value.
pub fn value_hash(value: &[u8]) -> Hash {
    hash(Domain::StateValue, &[value])
}

/// The root of the tree of `view`: the state root in the header of the block the view follows.
///
/// # Errors
/// When the storage fails.
pub fn root(view: &dyn StateView) -> Result<Hash, StateError> {
    let root = view.node(&NodePath::ROOT)?;
    Ok(root.map_or_else(empty_hash, |node| node.node_hash()))
}

/// The hash of a tree, or half of one, without records.
pub fn empty_hash() -> Hash {
    hash(Domain::StateEmpty, &[])
}

fn bucket_hash(entries: &[(Hash, Hash)]) -> Hash {
    let mut bucket = hasher(Domain::StateBucket);
    for (key, value) in entries {
        bucket.update(key.as_bytes()).update(value.as_bytes());
    }
    Hash(*bucket.finalize().as_bytes())
}

fn inner_hash(left: &Hash, right: &Hash) -> Hash {
    hash(Domain::StateNode, &[left.as_bytes(), right.as_bytes()])
}

fn count_of(entries: &[(Hash, Hash)]) -> u64 {
    u64::try_from(entries.len()).expect("a length in memory fits 64 bits")
}

fn count_max() -> u64 {
    u64::try_from(BUCKET_ENTRIES_MAX).expect("the constant fits 64 bits")
}

/// The node of the tree at `path`, out of what `stored` finds under paths.
pub(super) fn node_at<'v>(
    stored: impl Fn(&NodePath) -> Result<Option<Cow<'v, Stored>>, StateError>,
    path: &NodePath,
) -> Result<Option<Node>, StateError> {
    let top = path.top();
    let found = stored(&top)?;
    match found.as_deref() {
        Some(Stored::Branch(branch)) => match branch.inner(path.place()) {
            Some(inner) => Ok(Some(inner.into())),
            None => {
                let bucket = stored(path)?.filter(|stored| stored.is_bucket());
                Ok(bucket.as_deref().map(Node::from))
            }
        },
        Some(bucket) if top == *path => Ok(Some(bucket.into())),
        _ => Ok(None),
    }
}

/// One half of an inner node, in the branch in which that was read.
#[derive(Clone, Copy)]
struct Half<'b> {
    branch: &'b Branch,
    place: usize,
    side: Side,
}

impl<'b> Half<'b> {
    /// The hash by which the inner node names it; none when there is no inner node.
    fn hash(&self) -> Option<&'b Hash> {
        let inner = self.branch.inner(self.place)?;
        inner.halves.get(usize::from(self.side == Side::Right))
    }

    /// What stands there, at `path`.
    ///
    /// # Errors
    /// When the storage fails, or what it holds cannot stand there.
    fn read<'v>(
        &self,
        view: &'v dyn StateView,
        path: &NodePath,
        empty: &Hash,
    ) -> Result<Standing<'v>, StateError> {
        match self.whereabouts(empty) {
            Whereabouts::Nowhere => Ok(Standing::Empty),
            Whereabouts::Within(place) => Ok(Standing::Within(place)),
            Whereabouts::Below => match stored(view, path)? {
                Some(stored) => Ok(Standing::Stored(stored)),
                None => Err(damaged(path, "it is missing")),
            },
        }
    }

    /// Where what stands there is to be found.
    fn whereabouts(&self, empty: &Hash) -> Whereabouts {
        match half_place(self.place, self.side) {
            Some(place) if self.branch.inner(place).is_some() => Whereabouts::Within(place),
            _ if self.hash() == Some(empty) => Whereabouts::Nowhere,
            _ => Whereabouts::Below,
        }
    }
}

/// Where one half of an inner node is to be found.
enum Whereabouts {
    /// It has no record.
    Nowhere,
    /// It is the inner node at this place of the same branch.
    Within(usize),
    /// It is stored under its path.
    Below,
}

/// One half of an inner node.
enum Standing<'v> {
    /// No record.
    Empty,
    /// The inner node at this place of the same branch.
    Within(usize),
    /// A bucket, or the topmost inner node of a branch.
    Stored(Cow<'v, Stored>),
}

/// What is stored under `path`.
///
/// # Errors
/// When the storage fails, or what it holds cannot stand there.
fn stored<'v>(
    view: &'v dyn StateView,
    path: &NodePath,
) -> Result<Option<Cow<'v, Stored>>, StateError> {
    let stored = view.stored(path)?;
    match stored.as_ref().and_then(|stored| stored.misfit(path)) {
        None => Ok(stored),
        Some(reason) => Err(damaged(path, reason)),
    }
}

fn damaged(path: &NodePath, reason: &'static str) -> StateError {
    let bytes = usize::from(path.length).div_ceil(8).min(32);
    StateError {
        reason: format!(
            "the state tree is damaged at depth {}, path {}: {reason}; rebuild the state from the blocks",
            path.length,
            hex::encode(path.bits.get(..bytes).unwrap_or_default())
        ),
    }
}

/// `items`, sorted by key hash, in two halves by bit `depth` of the key hashes, whose earlier bits are the same.
fn split<T>(items: &[T], depth: u16, key: impl Fn(&T) -> &Hash) -> (&[T], &[T]) {
    let middle = items.partition_point(|item| Side::of(key(item), depth) == Side::Left);
    items.split_at(middle)
}
