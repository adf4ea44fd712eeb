//! Where the nodes of the tree stand: paths, bits of key hashes, and halves.

use std::fmt;
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::hash::Hash;

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
    pub(super) const fn other(self) -> Side {
        match self {
            Side::Left => Side::Right,
            Side::Right => Side::Left,
        }
    }

    /// The half that a key hash belongs to, `depth` bits below the root.
    pub(super) fn of(key: &Hash, depth: u16) -> Side {
        let byte = key.0.get(usize::from(depth >> 3)).copied().unwrap_or(0);
        if byte & bit_mask(depth) == 0 {
            Side::Left
        } else {
            Side::Right
        }
    }
}

/// The mask of bit `index`, within its byte; the most significant bit of a byte comes first.
pub(super) fn bit_mask(index: u16) -> u8 {
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

    /// The path of the node of which the one at this path is a half, and which half; none for the root.
    pub(super) fn parent(&self) -> Option<(NodePath, Side)> {
        let depth = self.length.checked_sub(1)?;
        let bits = Hash(self.bits);
        Some((NodePath::of(&bits, depth), Side::of(&bits, depth)))
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

/// `items`, sorted by key hash, in two halves by bit `depth` of the key hashes, whose earlier bits are the same.
pub(super) fn split<T>(items: &[T], depth: u16, key: impl Fn(&T) -> &Hash) -> (&[T], &[T]) {
    let middle = items.partition_point(|item| Side::of(key(item), depth) == Side::Left);
    items.split_at(middle)
}
