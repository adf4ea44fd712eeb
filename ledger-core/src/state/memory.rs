//! A whole state in memory: for genesis, tests, audits, simulation, and measurements.
//!
//! Records and nodes are found by hash: a search among millions of keys would wait for memory at every step. The keys are
//! kept in order besides, for ranges.

use std::borrow::{Borrow, Cow};
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash as Hashed, Hasher};
use std::hint::black_box;
use std::ops::{Bound, Deref};

use super::tree::{self, NodePath, Stored};
use super::{
    KeyBytes, RecordBytes, RecordChanges, SeededHasher, StateError, StateView, StateWrites,
};
use crate::hash::Hash;
use crate::id::TransactionId;

/// What a processor reads of memory at once, in bytes.
const CACHE_LINE_BYTES: usize = 64;

/// The key of a record, in place where it is as short as those the rules make: what is found by hash is compared without
/// another look at memory elsewhere.
#[derive(Clone, Debug)]
enum RecordKey {
    Here(KeyBytes),
    Elsewhere(Box<[u8]>),
}

impl RecordKey {
    fn of(key: &[u8]) -> RecordKey {
        match KeyBytes::of(key) {
            Some(short) => RecordKey::Here(short),
            None => RecordKey::Elsewhere(key.into()),
        }
    }
}

impl Deref for RecordKey {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            RecordKey::Here(key) => key,
            RecordKey::Elsewhere(key) => key,
        }
    }
}

impl Borrow<[u8]> for RecordKey {
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl PartialEq for RecordKey {
    fn eq(&self, other: &RecordKey) -> bool {
        **self == **other
    }
}

impl Eq for RecordKey {}

impl PartialOrd for RecordKey {
    fn partial_cmp(&self, other: &RecordKey) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for RecordKey {
    fn cmp(&self, other: &RecordKey) -> Ordering {
        (**self).cmp(&**other)
    }
}

// As that of the bytes, by which a key is looked for.
impl Hashed for RecordKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

/// A state in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryState {
    records: HashMap<RecordKey, Vec<u8>, SeededHasher>,
    /// The keys of the records.
    keys: BTreeSet<RecordKey>,
    remembered: BTreeSet<(u64, TransactionId)>,
    nodes: HashMap<NodePath, Stored, SeededHasher>,
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
        let kept = |(path, node): (NodePath, Option<Stored>)| node.map(|node| (path, node));
        state.nodes = update.nodes.into_iter().filter_map(kept).collect();
        for (key, value) in changes {
            state.put(&key, value);
        }
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
            self.put(key, value.clone());
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

    /// Writes or deletes a record, beside the tree.
    fn put(&mut self, key: &[u8], value: Option<Vec<u8>>) {
        match value {
            Some(value) => match self.records.get_mut(key) {
                Some(place) => *place = value,
                None => {
                    let key = RecordKey::of(key);
                    self.keys.insert(key.clone());
                    self.records.insert(key, value);
                }
            },
            None => {
                self.keys.remove(key);
                self.records.remove(key);
            }
        }
    }

    /// All records, in order of key.
    pub fn records(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.keys.iter().map(|key| self.record(key))
    }

    fn record<'s>(&'s self, key: &'s [u8]) -> (&'s [u8], &'s [u8]) {
        (key, &self.records[key])
    }

    /// All that is stored of the tree, in no order.
    pub fn nodes(&self) -> impl Iterator<Item = (&NodePath, &Stored)> {
        self.nodes.iter()
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

    fn read_all(&self, keys: &[KeyBytes]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        // One step for all keys before the next: so the processor waits for many at once.
        let found: Vec<Option<&Vec<u8>>> =
            keys.iter().map(|key| self.records.get(&**key)).collect();
        let lines = found
            .iter()
            .flatten()
            .flat_map(|value| value.iter().step_by(CACHE_LINE_BYTES));
        black_box(lines.fold(0, |sum: u8, byte| sum.wrapping_add(*byte)));
        Ok(found.into_iter().map(Option::<&Vec<u8>>::cloned).collect())
    }

    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<RecordBytes>, StateError> {
        let bounds = (Bound::Included(from), Bound::Excluded(to));
        let range = self.keys.range::<[u8], _>(bounds);
        Ok(range
            .take(limit)
            .map(|key| self.record(key))
            .map(|(key, value)| (key.to_vec(), value.to_vec()))
            .collect())
    }

    fn is_remembered(&self, hour: u64, id: TransactionId) -> Result<bool, StateError> {
        Ok(self.remembered.contains(&(hour, id)))
    }

    fn stored(&self, path: &NodePath) -> Result<Option<Cow<'_, Stored>>, StateError> {
        Ok(self.nodes.get(path).map(Cow::Borrowed))
    }
}
