//! Blocks and their headers.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::hash::{Domain, Hash, hash_of};
use crate::id::{BlockId, ChainId, Height};
use crate::time::TimestampMs;
use crate::transaction::SealedEnvelope;
use crate::validator::ValidatorAddress;

/// The header format this build writes and the only one it reads.
pub const HEADER_VERSION: u16 = 1;
/// The most transactions in a block.
pub const BLOCK_TRANSACTIONS_MAX: usize = 10_000;
/// The most people whom the lists of a block's transactions name: participants and grantees. Each costs about what a
/// transaction of its own would.
pub const BLOCK_LISTED_MAX: usize = 10_000;
/// The longest encoding of a block, in bytes.
pub const BLOCK_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What validators sign for.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct Header {
    /// [`HEADER_VERSION`].
    pub version: u16,
    /// The chain.
    pub chain_id: ChainId,
    /// One more than the parent's.
    pub height: Height,
    /// Block time; later than the parent's.
    pub time_ms: TimestampMs,
    /// The parent block; zero for the first.
    pub parent: BlockId,
    /// Who built it.
    pub proposer: ValidatorAddress,
    /// Over the hashes of the envelopes, signatures included, in order.
    pub transactions_root: Hash,
    /// Over the hashes of the receipts: the automatic ones, then one for each transaction.
    pub receipts_root: Hash,
    /// The state after this block.
    pub state_root: Hash,
    /// The validators of this block.
    pub validators_hash: Hash,
    /// The validators of the next block.
    pub next_validators_hash: Hash,
    /// The height of the last block, before this one, that changed the set for its successor; 0 when it is the genesis set.
    pub last_set_change: Height,
}

impl Header {
    /// The block's id.
    pub fn id(&self) -> BlockId {
        BlockId(hash_of(Domain::Header, self))
    }
}

/// A header and the transactions under it, in order of application.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// The transactions. Shared, so that no body is ever cloned.
    pub transactions: Vec<Arc<SealedEnvelope>>,
}

impl Block {
    /// The block's id.
    pub fn id(&self) -> BlockId {
        self.header.id()
    }
}

pub mod list {
    //! RFC 6962-shaped Merkle trees over lists of hashes, under our own domains.

    use crate::hash::{Domain, Hash, hash};

    /// The root of a list (RFC 6962, section 2.1, with domains in place of prefix bytes).
    pub fn root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => hash(Domain::ListEmpty, &[]),
            [leaf] => hash(Domain::ListLeaf, &[leaf.as_bytes()]),
            many => {
                let (left, right) = many.split_at(split_point(many.len()));
                hash(
                    Domain::ListNode,
                    &[root(left).as_bytes(), root(right).as_bytes()],
                )
            }
        }
    }

    /// The largest power of two below `length`, which is at least 2.
    pub(crate) fn split_point(length: usize) -> usize {
        length.div_ceil(2).next_power_of_two()
    }

    /// The audit path of the leaf at `index`, from the bottom up (RFC 6962, section 2.1.1); none beyond the end.
    pub fn prove(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
        if index >= leaves.len() {
            return None;
        }
        let mut path = Vec::new();
        let (mut part, mut index) = (leaves, index);
        while part.len() > 1 {
            let split = split_point(part.len());
            let (left, right) = part.split_at(split);
            if index < split {
                path.push(root(right));
                part = left;
            } else {
                path.push(root(left));
                part = right;
                index = index.saturating_sub(split);
            }
        }
        path.reverse();
        Some(path)
    }

    /// Whether `path` proves that the leaf at `index` of a list of `length` leaves is `leaf` (RFC 9162, section 2.1.3.2).
    pub fn verify(list_root: Hash, length: u64, index: u64, leaf: Hash, path: &[Hash]) -> bool {
        if index >= length {
            return false;
        }
        let (mut node, mut last) = (index, length.saturating_sub(1));
        let mut current = hash(Domain::ListLeaf, &[leaf.as_bytes()]);
        for sibling in path {
            if last == 0 {
                return false;
            }
            if node & 1 == 1 || node == last {
                current = hash(Domain::ListNode, &[sibling.as_bytes(), current.as_bytes()]);
                while node & 1 == 0 && node != 0 {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                current = hash(Domain::ListNode, &[current.as_bytes(), sibling.as_bytes()]);
            }
            node >>= 1;
            last >>= 1;
        }
        last == 0 && current == list_root
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn to_u64(value: usize) -> u64 {
            value.try_into().unwrap()
        }

        #[test]
        fn every_leaf_of_every_small_list_is_proved_and_no_other() {
            for length in 1..40usize {
                let leaves: Vec<Hash> = (0..length)
                    .map(|i| hash(Domain::Envelope, &[&i.to_le_bytes()]))
                    .collect();
                let list_root = root(&leaves);
                for index in 0..length {
                    let path = prove(&leaves, index).unwrap();
                    let check =
                        |i: usize, leaf| verify(list_root, to_u64(length), to_u64(i), leaf, &path);
                    assert!(check(index, leaves[index]));
                    assert!(!check(index, Hash::ZERO));
                    assert!(
                        (0..length)
                            .filter(|other| *other != index)
                            .all(|other| !check(other, leaves[index]))
                    );
                }
                assert_eq!(prove(&leaves, length), None);
            }
        }
    }
}
