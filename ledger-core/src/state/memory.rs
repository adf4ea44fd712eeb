//! A whole state in memory: for genesis, tests, audits and simulation.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::{self, Node, NodePath};
use super::{RecordBytes, RecordChanges, StateError, StateView, StateWrites};
use crate::hash::Hash;
use crate::id::TransactionId;

/// A state in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryState {
    records: BTreeMap<Vec<u8>, Vec<u8>>,
    remembered: BTreeSet<(u64, TransactionId)>,
    nodes: BTreeMap<NodePath, Node>,
    root: Hash,
}

impl MemoryState {
    /// The state of these records and remembered ids. Its tree, and with it the root, is made anew from the records.
    pub fn of(
        records: impl IntoIterator<Item = RecordBytes>,
        remembered: impl IntoIterator<Item = (u64, TransactionId)>,
    ) -> MemoryState {
        let mut state = MemoryState::default();
        let changes: RecordChanges = records
            .into_iter()
            .map(|(key, value)| (key, Some(value)))
            .collect();
        let update = tree::update(&state, &changes)
            .expect("an empty state holds no node that could be damaged");
        state.root = update.root;
        let kept = |(path, node): (NodePath, Option<Node>)| node.map(|node| (path, node));
        state.nodes = update.nodes.into_iter().filter_map(kept).collect();
        let kept = |(key, value): (Vec<u8>, Option<Vec<u8>>)| value.map(|value| (key, value));
        state.records = changes.into_iter().filter_map(kept).collect();
        state.remembered = remembered.into_iter().collect();
        state
    }

    /// The root after the last applied writes; zero before any.
    pub const fn root(&self) -> Hash {
        self.root
    }

    /// Applies a block's writes.
    pub fn apply(&mut self, writes: &StateWrites) {
        for (key, value) in &writes.records {
            match value {
                Some(value) => self.records.insert(key.clone(), value.clone()),
                None => self.records.remove(key),
            };
        }
        self.remembered.extend(&writes.remembered);
        // Most blocks forget nothing, and then nothing needs to be looked through.
        if !writes.forgotten_hours.is_empty() {
            self.remembered
                .retain(|(hour, _)| !writes.forgotten_hours.contains(hour));
        }
        for (path, node) in &writes.tree.nodes {
            match node {
                Some(node) => self.nodes.insert(*path, node.clone()),
                None => self.nodes.remove(path),
            };
        }
        self.root = writes.tree.root;
    }

    /// All records, in order of key.
    pub fn records(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.records
            .iter()
            .map(|(key, value)| (key.as_slice(), value.as_slice()))
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// All transaction ids that are remembered, with their expiry hours, in order.
    pub fn remembered(&self) -> impl ExactSizeIterator<Item = (u64, TransactionId)> + '_ {
        self.remembered.iter().copied()
    }
}

impl StateView for MemoryState {
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.records.get(key).cloned())
    }

    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<RecordBytes>, StateError> {
        let range = self.records.range(from.to_vec()..to.to_vec());
        Ok(range
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect())
    }

    fn is_remembered(&self, hour: u64, id: TransactionId) -> Result<bool, StateError> {
        Ok(self.remembered.contains(&(hour, id)))
    }

    fn node(&self, path: &NodePath) -> Result<Option<Node>, StateError> {
        Ok(self.nodes.get(path).cloned())
    }
}
