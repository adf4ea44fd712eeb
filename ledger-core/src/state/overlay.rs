//! A read view with changes on top: what a block under execution sees.
//!
//! Changes are made in two layers. A transaction writes into the upper one, which is kept when it applies and dropped
//! when it is refused, so a refused transaction leaves nothing behind.

use std::collections::BTreeSet;

use borsh::{BorshDeserialize, BorshSerialize};

use super::{RecordBytes, RecordChanges, StateError, StateKey, StateView};
use crate::codec;
use crate::id::TransactionId;
use crate::planted::{self, Planted};

/// The longest record, in bytes: a bound against damage, far above what any rule writes.
pub const RECORD_BYTES_MAX: usize = 1 << 20;

/// A state view with a block's changes on top.
pub struct Overlay<'a> {
    base: &'a dyn StateView,
    block: RecordChanges,
    transaction: RecordChanges,
    remembered: BTreeSet<(u64, TransactionId)>,
    forgotten_hours: Vec<u64>,
}

impl<'a> Overlay<'a> {
    /// `base` without changes.
    pub fn new(base: &'a dyn StateView) -> Overlay<'a> {
        Overlay {
            base,
            block: RecordChanges::new(),
            transaction: RecordChanges::new(),
            remembered: BTreeSet::new(),
            forgotten_hours: Vec::new(),
        }
    }

    /// The view below all changes.
    pub fn base(&self) -> &'a dyn StateView {
        self.base
    }

    /// The record under `key`.
    ///
    /// # Errors
    /// When the storage fails, or what it holds is not a `T`.
    pub fn load<T: BorshSerialize + BorshDeserialize>(
        &self,
        key: &StateKey,
    ) -> Result<Option<T>, StateError> {
        let bytes = key.to_bytes();
        let written = self
            .transaction
            .get(&bytes)
            .or_else(|| self.block.get(&bytes));
        match written {
            Some(Some(value)) => decode_record(key, value).map(Some),
            Some(None) => Ok(None),
            None => self
                .base
                .read(&bytes)?
                .map(|value| decode_record(key, &value))
                .transpose(),
        }
    }

    /// The record under `key` before any change of this block.
    ///
    /// # Errors
    /// When the storage fails, or what it holds is not a `T`.
    pub fn load_before<T: BorshSerialize + BorshDeserialize>(
        &self,
        key: &StateKey,
    ) -> Result<Option<T>, StateError> {
        self.base
            .read(&key.to_bytes())?
            .map(|value| decode_record(key, &value))
            .transpose()
    }

    /// Writes a record.
    pub fn store<T: BorshSerialize>(&mut self, key: &StateKey, record: &T) {
        self.transaction
            .insert(key.to_bytes(), Some(codec::encode(record)));
    }

    /// Deletes a record.
    pub fn delete(&mut self, key: &StateKey) {
        self.transaction.insert(key.to_bytes(), None);
    }

    /// Up to `limit` records with `from ≤ key < to`, in order of key, changes included.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        limit: usize,
    ) -> Result<Vec<RecordBytes>, StateError> {
        let mut changes = RecordChanges::new();
        for layer in [&self.block, &self.transaction] {
            changes.extend(
                layer
                    .range(from.to_vec()..to.to_vec())
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
        }
        // Deleted records may hide as many below, so that many more are read.
        let hidden = changes.values().filter(|value| value.is_none()).count();
        let below = self.base.scan(from, to, limit.saturating_add(hidden))?;
        let mut merged: RecordChanges = below
            .into_iter()
            .map(|(key, value)| (key, Some(value)))
            .collect();
        merged.extend(changes);
        Ok(merged
            .into_iter()
            .filter_map(|(key, value)| value.map(|value| (key, value)))
            .take(limit)
            .collect())
    }

    /// Whether transaction `id`, which expires within `hour`, has applied.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn is_remembered(&self, hour: u64, id: TransactionId) -> Result<bool, StateError> {
        let in_block =
            self.remembered.contains(&(hour, id)) && !planted::is(Planted::DuplicateInBlock);
        Ok(in_block || self.base.is_remembered(hour, id)?)
    }

    /// Remembers that transaction `id`, which expires within `hour`, has applied. Call it when it is kept.
    pub fn remember(&mut self, hour: u64, id: TransactionId) {
        self.remembered.insert((hour, id));
    }

    /// Forgets the ids that expired within `hour`.
    pub fn forget_hour(&mut self, hour: u64) {
        self.forgotten_hours.push(hour);
    }

    /// Keeps what was written since the last call of this or [`Self::discard`].
    pub fn keep(&mut self) {
        // Not `append`, which rebuilds the whole map and makes a block's work grow with the square of its length.
        self.block.extend(std::mem::take(&mut self.transaction));
    }

    /// Drops what was written since the last call of this or [`Self::keep`].
    pub fn discard(&mut self) {
        if planted::is(Planted::OverlayLeaked) {
            return self.keep();
        }
        self.transaction.clear();
    }

    /// Records changed so far and kept, by key; none is a deletion.
    pub fn changed(&self) -> &RecordChanges {
        &self.block
    }

    /// Everything kept: records, remembered ids, forgotten hours.
    pub fn into_changes(self) -> (RecordChanges, Vec<(u64, TransactionId)>, Vec<u64>) {
        (
            self.block,
            self.remembered.into_iter().collect(),
            self.forgotten_hours,
        )
    }
}

fn decode_record<T: BorshSerialize + BorshDeserialize>(
    key: &StateKey,
    bytes: &[u8],
) -> Result<T, StateError> {
    codec::decode(bytes, RECORD_BYTES_MAX).map_err(|error| StateError {
        reason: format!("the record under {key:?} is damaged: {error}"),
    })
}
