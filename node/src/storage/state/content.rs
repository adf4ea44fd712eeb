//! What is stored under a key, as it is held in memory.
//!
//! A node of the state tree is held as such: it is replaced a dozen times in memory for each time it is written to disk, and
//! each time it would be encoded and decoded again. All else is bytes.

use std::borrow::Cow;
use std::sync::Arc;

use ledger_core::codec;
use ledger_core::state::tree::Stored;

/// About what a key and a place for its value take of memory beside their bytes: a slot of a hash map, the allocation of the
/// value with its reference counts, and a place in an order.
pub const ENTRY_OVERHEAD_BYTES: usize = 160;

/// What is stored under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A bucket or a branch of the state tree.
    Node(Stored),
}

/// A value, or that there is none.
pub type Value = Option<Content>;

impl Content {
    /// As it lies on disk.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Content::Bytes(bytes) => Cow::Borrowed(bytes),
            Content::Node(stored) => Cow::Owned(codec::encode(stored)),
        }
    }

    /// About how many bytes it takes.
    pub fn length(&self) -> usize {
        match self {
            Content::Bytes(bytes) => bytes.len(),
            Content::Node(stored) => stored.length(),
        }
    }
}

impl From<&[u8]> for Content {
    fn from(bytes: &[u8]) -> Content {
        Content::Bytes(bytes.into())
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Content {
        Content::Bytes(bytes.into())
    }
}
