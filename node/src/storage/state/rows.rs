//! What lies in the database for what is stored, and where: rows.
//!
//! A database writes pages, and a page holds rows whose keys are neighbours. In a city of a million no two accounts that change
//! in one batch are neighbours, so what a batch writes is one page for each row it changes; and what costs is the
//! number of rows that do not lie together, not their bytes. So what changes together stands together:
//!
//! - A record that is only looked up by its key ([`stands_alone`]) stands under the first bytes of its key's hash. So the records
//!   of one bucket of the state tree are a range of rows, and the bucket, a list of their hashes, follows from them: it has no
//!   row, and is made when it is asked for and not in memory.
//! - A record that is also listed stands under its key, for the listings. In the range of its bucket stands the hash
//!   of its value.
//! - The end of an account's history stands behind the account's record.
//!
//! All else, branches of the state tree too, stands under its own key.
//!
//! What always holds: the rows of a batch say the same as its entries. A bucket is made from the database as one view shows it;
//! a layer above that changed one of its records holds the bucket as well, so that nobody asks here for that one.

use std::path::Path;
use std::sync::Arc;

use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::state::tree::{
    BUCKET_ENTRIES_MAX, Bucket, Entry, NodePath, Stored, key_hash, value_hash,
};

use super::content::{Content, Value};
use super::engine::{Batch, EngineView, Visit};
use super::key::{self, Key, Record};
use super::{StorageError, versions};

/// The longest encoding of what is stored of the tree, in bytes: far above what the tree writes, a bound against damage.
const NODE_BYTES_MAX: usize = 1 << 20;

/// The rows that say what `entries` say, in order.
pub(super) fn batch_of(entries: &[versions::Entry]) -> Batch {
    let mut rows = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        if let Some(path) = key::path_of_node(key) {
            // Only where a branch may begin can there be a row, and a bucket in its place takes it away.
            if path.is_top() {
                let branch = value.as_ref().filter(|value| !is_bucket(value));
                rows.push((key.clone(), branch.cloned()));
            }
            continue;
        }
        if let Some(Record::Listed(name)) = key::record_of(key) {
            let hash = value.as_ref().map(|value| value_hash(&value.bytes()));
            let hash = hash.map(|hash| Content::from(&hash.as_bytes()[..]));
            rows.push((key::by_hash(&key_hash(name), key), hash));
        }
        let row = place_of(key).unwrap_or_else(|| key.clone());
        rows.push((row, value.clone()));
    }
    rows.sort_unstable_by(|left, right| left.0.cmp(&right.0));
    Batch { entries: rows }
}

const fn is_bucket(content: &Content) -> bool {
    matches!(content, Content::Node(Stored::Bucket(_)))
}

/// Where what is stored under `key` stands; none when that is under the key itself.
fn place_of(key: &[u8]) -> Option<Key> {
    let hash = match key::record_of(key) {
        Some(Record::Alone(name)) => key_hash(name),
        Some(Record::Listed(_)) => return None,
        None => key_hash(&key::account_of_history_end(key)?.bytes()),
    };
    Some(key::by_hash(&hash, key))
}

/// A database at one moment, by what is stored in it.
pub(super) struct Rows {
    view: Arc<dyn EngineView>,
    /// Where it lies, for errors.
    path: Arc<Path>,
}

impl Rows {
    /// Those that `view` shows of the database at `path`.
    pub(super) const fn new(view: Arc<dyn EngineView>, path: Arc<Path>) -> Rows {
        Rows { view, path }
    }

    /// What is stored under `key`. A bucket is made of its records: there is none where there are no records, or more than one
    /// holds.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn read(&self, key: &[u8]) -> Result<Value, StorageError> {
        let Some(path) = key::path_of_node(key) else {
            let place = place_of(key);
            let found = self.view.read(place.as_deref().unwrap_or(key))?;
            return Ok(found.map(Content::from));
        };
        if path.is_top()
            && let Some(bytes) = self.view.read(key)?
        {
            let stored = codec::decode(&bytes, NODE_BYTES_MAX).map_err(|error| {
                self.damaged(format!("the state tree at {path} cannot be read: {error}"))
            })?;
            return Ok(Some(Content::Node(stored)));
        }
        let bucket = self.bucket(&path)?;
        Ok(bucket.map(|bucket| Content::Node(Stored::Bucket(bucket))))
    }

    /// The bucket of the records under `path`.
    fn bucket(&self, path: &NodePath) -> Result<Option<Bucket>, StorageError> {
        let mut entries: Vec<Entry> = Vec::with_capacity(BUCKET_ENTRIES_MAX.saturating_add(1));
        let mut malformed = false;
        let (from, to) = key::rows_under(path);
        self.view.visit(&from, &to, &mut |row, value| {
            let (name, hash) = match key::record_of_row(row) {
                Some(Record::Alone(name)) => (name, value_hash(value)),
                Some(Record::Listed(name)) => match value.try_into() {
                    Ok(hash) => (name, Hash(hash)),
                    Err(_) => {
                        malformed = true;
                        return Visit::Stop;
                    }
                },
                None => return Visit::GoOn,
            };
            let key = key_hash(name);
            // Rows tell apart fewer bits than a path may have.
            if path.covers(&key) {
                entries.push((key, hash));
            }
            if entries.len() > BUCKET_ENTRIES_MAX {
                Visit::Stop
            } else {
                Visit::GoOn
            }
        })?;
        if malformed {
            return Err(self.damaged("the hash of a record's value is malformed".to_string()));
        }
        if entries.is_empty() || entries.len() > BUCKET_ENTRIES_MAX {
            return Ok(None);
        }
        entries.sort_unstable_by_key(|(key, _)| *key);
        Ok(Some(Bucket::of(&entries)))
    }

    fn damaged(&self, reason: String) -> StorageError {
        StorageError::StateDamaged {
            path: self.path.to_path_buf(),
            reason,
        }
    }

    /// Shows `visitor` every record, those that stand alone after the others.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn visit_records(
        &self,
        visitor: &mut dyn FnMut(&[u8], &[u8]),
    ) -> Result<(), StorageError> {
        let (from, to) = key::records();
        self.view.visit(&from, &to, &mut |row, value| {
            if let Some(name) = key::name_of_record(row) {
                visitor(name, value);
            }
            Visit::GoOn
        })?;
        let (from, to) = key::rows_under(&NodePath::ROOT);
        self.view.visit(&from, &to, &mut |row, value| {
            if let Some(Record::Alone(name)) = key::record_of_row(row) {
                visitor(name, value);
            }
            Visit::GoOn
        })
    }

    /// Shows `visitor` what is stored under keys `from ≤ key < to`, none of which stands alone, in order, until it has seen
    /// enough.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn visit(
        &self,
        from: &[u8],
        to: &[u8],
        visitor: &mut dyn FnMut(&[u8], &[u8]) -> Visit,
    ) -> Result<(), StorageError> {
        self.view.visit(from, to, visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ledger_core::id::{AccountId, OrderId};
    use ledger_core::receipt::Owner;
    use ledger_core::state::tree::{DEPTH_MAX, update};
    use ledger_core::state::{MemoryState, RecordBytes, RecordChanges, StateKey, StateView};

    use super::*;

    /// A database that is a map.
    #[derive(Default)]
    struct Table(BTreeMap<Vec<u8>, Vec<u8>>);

    impl Table {
        fn write(&mut self, rows: Batch) {
            for (key, value) in rows.entries {
                match value {
                    Some(value) => self.0.insert(key.to_vec(), value.bytes().into_owned()),
                    None => self.0.remove(&*key),
                };
            }
        }
    }

    impl EngineView for Table {
        fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
            Ok(self.0.get(key).cloned())
        }

        fn scan(
            &self,
            from: &[u8],
            to: &[u8],
            limit: usize,
        ) -> Result<Vec<RecordBytes>, StorageError> {
            let range = self.0.range(from.to_vec()..to.to_vec()).take(limit);
            Ok(range
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect())
        }
    }

    fn account(number: u64) -> AccountId {
        AccountId::from_seed(&key_hash(&number.to_be_bytes()))
    }

    fn key(number: u64) -> StateKey {
        match number % 3 {
            0 => StateKey::Order(OrderId(account(number).0)),
            _ => StateKey::Account(account(number)),
        }
    }

    #[test]
    fn every_node_of_the_tree_comes_back_from_rows_and_buckets_take_none() {
        let mut state = MemoryState::default();
        let mut table = Table::default();
        // It grows, shrinks to a single bucket, and to nothing.
        for numbers in [0..700, 40..90, 20..690, 40..90, 690..700, 0..20] {
            let changes: RecordChanges = numbers
                .map(|number| {
                    let key = key(number).to_bytes();
                    let value = state.read(&key).unwrap().is_none().then(|| vec![7; 9]);
                    (key, value)
                })
                .collect();
            let tree = update(&state, &changes).unwrap();
            let records = changes
                .iter()
                .map(|(name, value)| (key::record(name), value.as_deref().map(Content::from)));
            let nodes = tree
                .nodes
                .iter()
                .map(|(path, stored)| (key::node(path), stored.clone().map(Content::Node)));
            table.write(batch_of(&records.chain(nodes).collect::<Vec<_>>()));
            state.apply(&ledger_core::state::StateWrites {
                records: changes,
                tree,
                ..Default::default()
            });
            let rows = Rows::new(Arc::new(Table(table.0.clone())), Path::new("state").into());
            let mut branches = 0;
            for (path, stored) in state.nodes() {
                branches += usize::from(matches!(stored, Stored::Branch(_)));
                let read = rows.read(&key::node(path)).unwrap().unwrap();
                let expected = ledger_core::codec::encode(stored);
                assert_eq!(*read.bytes(), *expected, "{path}");
            }
            let kept = table
                .0
                .keys()
                .filter(|key| key::path_of_node(key).is_some())
                .count();
            assert_eq!(kept, branches);
        }
        assert!(table.0.is_empty(), "{:?}", table.0);
    }

    #[test]
    fn the_range_of_a_path_has_the_rows_of_its_records_and_no_others() {
        let hashes: Vec<Hash> = (0..200_u64).map(|it| key_hash(&it.to_le_bytes())).collect();
        let record = key::record(b"name");
        for length in 0..=DEPTH_MAX {
            for inside in &hashes[..3] {
                let path = NodePath::of(inside, length);
                let (from, to) = key::rows_under(&path);
                for hash in &hashes {
                    let row = key::by_hash(hash, &record);
                    let is_within = *from <= *row && *row < *to;
                    assert_eq!(is_within, path.covers(hash), "{path} {hash}");
                }
            }
        }
    }

    #[test]
    fn an_account_stands_beside_the_end_of_its_history() {
        let id = account(4);
        let record = key::record(&StateKey::Account(id).bytes());
        let end = key::history_end(&Owner::Account(id));
        let entries = [record, end].map(|key| (key, Some(Content::from(&[1][..]))));
        let rows = batch_of(&entries).entries;
        let hash = key_hash(&StateKey::Account(id).bytes());
        let (from, to) = key::rows_under(&NodePath::of(&hash, 64));
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|(row, _)| *from <= **row && **row < *to));
    }
}
