//! The state after one block, for reading, whatever happens to the store meanwhile.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::id::TransactionId;
use ledger_core::state::key::is_listed;
use ledger_core::state::tree::{NodePath, Stored};
use ledger_core::state::{KeyBytes, RecordBytes, StateError, StateView};

use super::cache::CachedView;
use super::content::{Content, Value};
use super::fault::Fault;
use super::key;
use super::label::{Label, moment_at, moment_of};
use super::readers::Reader;
use super::search::Search;
use super::versions::{Found, Merge, Versions, count_deletions, lay_over};
use crate::storage::StorageError;

/// The state and index after one block. Reads look at what waits in memory first, then at what is being written, then at
/// the database as it was when the snapshot was taken.
pub struct StateSnapshot {
    pub(super) label: Option<Label>,
    pub(super) active: Arc<Versions>,
    pub(super) frozen: Option<Arc<Versions>>,
    pub(super) view: Arc<CachedView>,
    pub(super) path: Arc<Path>,
    pub(super) fault: Arc<Fault>,
    /// Keeps the values this snapshot sees from being dropped.
    pub(super) _reader: Reader,
}

impl StateSnapshot {
    /// Which state this is; none before genesis was committed.
    pub const fn label(&self) -> Option<Label> {
        self.label
    }

    /// Every record, in order of key, those too that no listing has: for whoever checks a whole state, and as large as that.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub fn records(&self) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, StorageError> {
        let mut records = BTreeMap::new();
        let visited = self.view.visit_records(&mut |name, value| {
            records.insert(name.to_vec(), value.to_vec());
        });
        visited.map_err(|error| self.fault.note(error))?;
        let at = moment_of(self.label);
        for layer in [self.frozen.as_deref(), Some(self.active.as_ref())] {
            let Some(layer) = layer else { continue };
            for (name, value) in layer.records(at) {
                match value {
                    Some(value) => records.insert(name, value.bytes().into_owned()),
                    None => records.remove(&name),
                };
            }
        }
        Ok(records)
    }

    fn layers(&self) -> impl Iterator<Item = &Versions> {
        std::iter::once(self.active.as_ref()).chain(self.frozen.as_deref())
    }

    pub(super) fn find(&self, key: &[u8]) -> Result<Value, StorageError> {
        let at = moment_of(self.label);
        for layer in self.layers() {
            if let Found::Value(value) = layer.find(key, at) {
                return Ok(value);
            }
        }
        self.view.find(key).map_err(|error| self.fault.note(error))
    }

    pub(super) fn range(
        &self,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<RecordBytes>, StorageError> {
        if from >= to || limit == 0 {
            return Ok(Vec::new());
        }
        let at = moment_of(self.label);
        let mut above = self.active.range(from, to, at, limit);
        if let Some(frozen) = &self.frozen {
            // Deletions may hide as many below, so that many more are read.
            let wanted = limit.saturating_add(count_deletions(&above));
            above = lay_over(above, frozen.range(from, to, at, wanted));
        }
        let mut merge = Merge::new(above, limit);
        self.view
            .visit(from, to, &mut |key, value| merge.take(key, value))
            .map_err(|error| self.fault.note(error))?;
        Ok(merge.finish())
    }

    /// Whether the database holds that `id` is remembered for `hour`.
    fn is_written(&self, hour: u64, id: TransactionId) -> Result<bool, StorageError> {
        let found = self.view.hour_and_place(hour, id);
        let Some((since, place)) = found.map_err(|error| self.fault.note(error))? else {
            return Ok(false);
        };
        let since: u64 = self.decode(
            &since.bytes(),
            size_of::<u64>(),
            "since when an hour is remembered",
        )?;
        Ok(since <= moment_at(self.location(&place.bytes())?.height))
    }

    pub(super) fn decode<T: BorshSerialize + BorshDeserialize>(
        &self,
        bytes: &[u8],
        length_max: usize,
        what: &str,
    ) -> Result<T, StorageError> {
        codec::decode(bytes, length_max)
            .map_err(|error| self.damaged(format!("{what} cannot be read: {error}")))
    }

    pub(super) fn damaged(&self, reason: String) -> StorageError {
        self.fault.note(StorageError::StateDamaged {
            path: self.path.to_path_buf(),
            reason,
        })
    }
}

impl StateView for StateSnapshot {
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateError> {
        let found = self.find(&key::record(key))?;
        Ok(found.map(|content| content.bytes().into_owned()))
    }

    fn read_all(&self, keys: &[KeyBytes]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        let mut search = Search::of(keys);
        let at = moment_of(self.label);
        for layer in self.layers() {
            layer.search(&mut search, at);
        }
        let read = self.view.search(&mut search);
        read.map_err(|error| self.fault.note(error))?;
        Ok(search.into_found())
    }

    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<RecordBytes>, StateError> {
        if !is_listed(from, to) {
            return Err(StateError {
                reason: format!(
                    "records from {} to {} cannot be listed: some of these kinds are only looked up",
                    hex::encode(from),
                    hex::encode(to)
                ),
            });
        }
        let found = self.range(&key::record(from), &key::record(to), limit)?;
        Ok(found.into_iter().map(key::strip).collect())
    }

    fn is_remembered(&self, hour: u64, id: TransactionId) -> Result<bool, StateError> {
        let at = moment_of(self.label);
        for layer in self.layers() {
            if let Some(found) = layer.is_remembered(hour, id, at) {
                return Ok(found);
            }
        }
        Ok(self.is_written(hour, id)?)
    }

    fn stored(&self, path: &NodePath) -> Result<Option<Cow<'_, Stored>>, StateError> {
        match self.find(&key::node(path))? {
            None => Ok(None),
            Some(Content::Node(stored)) => Ok(Some(Cow::Owned(stored))),
            Some(Content::Bytes(_)) => Err(self
                .damaged(format!("what lies at {path} is no node"))
                .into()),
        }
    }
}
