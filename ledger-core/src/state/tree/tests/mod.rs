//! What the tests share: nodes in memory, and the naive model, built from scratch for every comparison.

mod branches;
mod damage;
mod proofs;
mod updates;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

use super::branch::{Inner, Places};
use super::hashing::HashedChange;
use super::path::bit_mask;
use super::proof::prove_hashed;
use super::update::update_hashed;
use super::*;
use crate::hash::{Domain, Hash, hash};
use crate::id::TransactionId;
use crate::state::{RecordBytes, StateError, StateView};

/// Nodes in memory that remember which of them were read.
#[derive(Default)]
struct Nodes {
    stored: BTreeMap<NodePath, Stored>,
    read: RefCell<Vec<NodePath>>,
}

impl StateView for Nodes {
    fn read(&self, _key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        panic!("the tree never reads records")
    }

    fn scan(&self, _: &[u8], _: &[u8], _: usize) -> Result<Vec<RecordBytes>, StateError> {
        panic!("the tree never reads records")
    }

    fn is_remembered(&self, _hour: u64, _id: TransactionId) -> Result<bool, StateError> {
        panic!("the tree never reads remembered ids")
    }

    fn stored(&self, path: &NodePath) -> Result<Option<Cow<'_, Stored>>, StateError> {
        self.read.borrow_mut().push(*path);
        Ok(self.stored.get(path).map(Cow::Borrowed))
    }
}

impl Nodes {
    fn apply(&mut self, update: &TreeUpdate) {
        for (path, node) in &update.nodes {
            match node {
                Some(node) => self.stored.insert(*path, node.clone()),
                None => self.stored.remove(path),
            };
        }
    }
}

/// The root and all nodes of a tree with these entries, by the definition in `docs/state-tree.md`.
fn naive(entries: &BTreeMap<Hash, Hash>) -> (Hash, BTreeMap<NodePath, Node>) {
    fn subtree(
        entries: Vec<(Hash, Hash)>,
        path: String,
        nodes: &mut BTreeMap<NodePath, Node>,
    ) -> Hash {
        let (hash, node) = if entries.is_empty() {
            return hash(Domain::StateEmpty, &[]);
        } else if entries.len() <= 32 {
            let bytes: Vec<u8> = entries
                .iter()
                .flat_map(|(k, v)| [k.0, v.0].concat())
                .collect();
            (hash(Domain::StateBucket, &[&bytes]), Node::Bucket(entries))
        } else {
            let count = entries.len().try_into().unwrap();
            let (left, right) = entries
                .into_iter()
                .partition(|(key, _)| bits(key).as_bytes()[path.len()] == b'0');
            let left = subtree(left, format!("{path}0"), nodes);
            let right = subtree(right, format!("{path}1"), nodes);
            let hash = hash(Domain::StateNode, &[&left.0, &right.0]);
            (hash, Node::Inner { count, left, right })
        };
        nodes.insert(path_of(&path), node);
        hash
    }
    let mut nodes = BTreeMap::new();
    let entries = entries.iter().map(|(key, value)| (*key, *value)).collect();
    (subtree(entries, String::new(), &mut nodes), nodes)
}

/// How a tree of these nodes is stored: buckets by themselves, inner nodes in branches.
fn stored_as(nodes: &BTreeMap<NodePath, Node>) -> BTreeMap<NodePath, Stored> {
    let mut stored = BTreeMap::new();
    let mut branches: BTreeMap<NodePath, Places> = BTreeMap::new();
    for (path, node) in nodes {
        match node {
            Node::Bucket(entries) => {
                stored.insert(*path, Stored::Bucket(Bucket::of(entries)));
            }
            Node::Inner { count, left, right } => {
                let text = text_of(path);
                let (top, below) = text.split_at(text.len() & !3);
                // The place is what is below the top as a number, after a one.
                let place = usize::from_str_radix(&format!("1{below}"), 2).unwrap();
                branches.entry(path_of(top)).or_default()[place] = Some(Inner {
                    count: *count,
                    halves: [*left, *right],
                });
            }
        }
    }
    let branch = |(path, places)| (path, Stored::Branch(Branch::of(&places)));
    stored.extend(branches.into_iter().map(branch));
    stored
}

/// The bits of a path as text.
fn text_of(path: &NodePath) -> String {
    bits(&Hash(path.bits))[..usize::from(path.length)].to_owned()
}

/// The bits of a hash as text.
fn bits(key: &Hash) -> String {
    key.0.iter().map(|byte| format!("{byte:08b}")).collect()
}

fn path_of(text: &str) -> NodePath {
    let padded = format!("{text:0<256}");
    let bytes: Vec<u8> = padded
        .as_bytes()
        .chunks(8)
        .map(|byte| u8::from_str_radix(str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    NodePath {
        length: text.len().try_into().unwrap(),
        bits: bytes.try_into().unwrap(),
    }
}

/// A tree and the model beside it.
#[derive(Default)]
struct Pair {
    tree: Nodes,
    model: BTreeMap<Hash, Hash>,
    root: Hash,
}

impl Pair {
    /// Applies one batch to both and compares everything: not only the root, every stored node.
    fn apply(&mut self, changes: &[HashedChange]) {
        let update = update_hashed(&self.tree, changes.to_vec()).unwrap();
        assert!(
            update
                .nodes
                .is_sorted_by(|(left, _), (right, _)| left < right)
        );
        for (path, node) in &update.nodes {
            let stored = self.tree.stored.get(path);
            assert_ne!(stored, node.as_ref(), "{path:?} is written for nothing");
        }
        self.tree.apply(&update);
        self.root = update.root;
        for (key, value) in changes {
            match value {
                Some(value) => self.model.insert(*key, *value),
                None => self.model.remove(key),
            };
        }
        let (root, nodes) = naive(&self.model);
        assert_eq!(self.root, root);
        assert_eq!(self.tree.stored, stored_as(&nodes));
        for (path, node) in &nodes {
            assert_eq!(self.tree.node(path).unwrap().as_ref(), Some(node));
        }
    }
}

/// A key hash without a pattern.
fn scattered(number: u32) -> Hash {
    key_hash(&number.to_le_bytes())
}

/// A key hash that shares its first `bits` bits with all others made for the same number of bits, as nobody could find
/// by hashing.
fn clustered(bits: u16, number: u32) -> Hash {
    let (mut key, base) = (scattered(number), scattered(u32::MAX));
    for index in 0..bits {
        let mask = bit_mask(index);
        let byte = usize::from(index / 8);
        key.0[byte] = (key.0[byte] & !mask) | (base.0[byte] & mask);
    }
    key
}
