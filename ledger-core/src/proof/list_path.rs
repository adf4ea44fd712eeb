//! That a transaction or a receipt is in a block: the hashes beside the way from a leaf to the root of a list.
//!
//! Each step says on which side its hash stands, so neither the leaf's number nor the list's length is needed, and nothing
//! in a path can change without leading elsewhere. What a path does not say is therefore which place in the list it is.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::block::list;
use crate::hash::{Domain, Hash, hash};

/// The most steps of a path: no list is longer than 2^64.
const STEPS_MAX: usize = 64;

/// A hash beside the way to the root.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ListStep {
    /// It stands on the left, the way comes from the right.
    Left(Hash),
    /// It stands on the right, the way comes from the left.
    Right(Hash),
}

/// The way from a leaf to the root of a list, from the bottom up (`docs/protocol.md`, "Blocks").
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListPath(pub Vec<ListStep>);

impl ListPath {
    /// The path of the leaf at `index`; none beyond the end of the list.
    pub fn of(leaves: &[Hash], index: usize) -> Option<ListPath> {
        if index >= leaves.len() {
            return None;
        }
        let mut steps = Vec::new();
        let (mut part, mut index) = (leaves, index);
        while part.len() > 1 {
            let split = list::split_point(part.len());
            let (left, right) = part.split_at(split);
            if index < split {
                steps.push(ListStep::Right(list::root(right)));
                part = left;
            } else {
                steps.push(ListStep::Left(list::root(left)));
                part = right;
                index = index.saturating_sub(split);
            }
        }
        steps.reverse();
        Some(ListPath(steps))
    }

    /// The root it leads to from `leaf`; none when it has two forms or is longer than any list allows.
    pub fn root(&self, leaf: Hash) -> Option<Hash> {
        if self.0.len() > STEPS_MAX {
            return None;
        }
        let mut current = hash(Domain::ListLeaf, &[leaf.as_bytes()]);
        for step in &self.0 {
            let (left, right) = match step {
                // Of two equal halves the way comes from the left, or a path could be turned around unnoticed.
                ListStep::Left(sibling) if *sibling == current => return None,
                ListStep::Left(sibling) => (*sibling, current),
                ListStep::Right(sibling) => (current, *sibling),
            };
            current = hash(Domain::ListNode, &[left.as_bytes(), right.as_bytes()]);
        }
        Some(current)
    }
}
