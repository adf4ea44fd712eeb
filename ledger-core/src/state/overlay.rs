//! A read view with changes on top: what a block under execution sees.
//!
//! Changes are made in two layers. A transaction writes into the upper one, which is kept when it applies and dropped
//! when it is refused, so a refused transaction leaves nothing behind.
//!
//! A record is read from the view below at most once, and what is written stays as it is until the block is done: the
//! rules of one transaction look at the same few records again and again, and only what a block leaves behind is encoded,
//! once. What is remembered is bounded by what the rules of one block may touch; an overlay never outlives its block.

use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use borsh::{BorshDeserialize, BorshSerialize};

use super::{FixedHasher, RecordBytes, RecordChanges, StateError, StateKey, StateView};
use crate::codec;
use crate::id::TransactionId;
use crate::planted::{self, Planted};

/// The longest record, in bytes: a bound against damage, far above what any rule writes.
pub const RECORD_BYTES_MAX: usize = 1 << 20;

/// Anything that can be kept under a [`StateKey`].
pub trait Record: BorshSerialize + BorshDeserialize + Clone + 'static {}

impl<T: BorshSerialize + BorshDeserialize + Clone + 'static> Record for T {}

/// A [`Record`] of a type that only those know who wrote or read it.
trait Stored {
    fn encoded(&self) -> Vec<u8>;
    fn into_any(self: Rc<Self>) -> Rc<dyn Any>;
}

impl<T: Record> Stored for T {
    fn encoded(&self) -> Vec<u8> {
        codec::encode(self)
    }

    fn into_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

/// A record; none where there is none.
type Value = Option<Rc<dyn Stored>>;

/// What is known of the record under one key.
#[derive(Default)]
struct Slot {
    /// What the block found; none until somebody asks.
    found: Option<Value>,
    /// What was written and kept.
    kept: Option<Value>,
    /// What was written since.
    open: Option<Value>,
}

impl Slot {
    fn newest(&self) -> Option<&Value> {
        self.open
            .as_ref()
            .or(self.kept.as_ref())
            .or(self.found.as_ref())
    }
}

/// Only ever asked for single keys.
type Slots = HashMap<StateKey, Slot, FixedHasher>;

/// A state view with a block's changes on top.
pub struct Overlay<'a> {
    base: &'a dyn StateView,
    slots: RefCell<Slots>,
    /// Keys written since the last call of `keep` or `discard`, each once.
    open: Vec<StateKey>,
    /// Keys written and kept, in the order of their bytes.
    changed: BTreeMap<Vec<u8>, StateKey>,
    remembered: BTreeSet<(u64, TransactionId)>,
    forgotten_hours: Vec<u64>,
}

impl<'a> Overlay<'a> {
    /// `base` without changes.
    pub fn new(base: &'a dyn StateView) -> Overlay<'a> {
        Overlay {
            base,
            slots: RefCell::default(),
            open: Vec::new(),
            changed: BTreeMap::new(),
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
    pub fn load<T: Record>(&self, key: &StateKey) -> Result<Option<T>, StateError> {
        Ok(self.share(key)?.map(Rc::unwrap_or_clone))
    }

    /// [`Self::load`] for whoever only looks.
    ///
    /// # Errors
    /// When the storage fails, or what it holds is not a `T`.
    pub fn share<T: Record>(&self, key: &StateKey) -> Result<Option<Rc<T>>, StateError> {
        if let Some(value) = self.slots.borrow().get(key).and_then(Slot::newest) {
            return typed(key, value);
        }
        self.find(key)
    }

    /// The record under `key` before any change of this block.
    ///
    /// # Errors
    /// When the storage fails, or what it holds is not a `T`.
    pub fn share_before<T: Record>(&self, key: &StateKey) -> Result<Option<Rc<T>>, StateError> {
        let slots = self.slots.borrow();
        if let Some(value) = slots.get(key).and_then(|slot| slot.found.as_ref()) {
            return typed(key, value);
        }
        drop(slots);
        self.find(key)
    }

    /// Reads the record under `key` from the view below, and remembers it.
    fn find<T: Record>(&self, key: &StateKey) -> Result<Option<Rc<T>>, StateError> {
        let record: Option<T> = self
            .base
            .read(&key.to_bytes())?
            .map(|value| decode_record(key, &value))
            .transpose()?;
        let record = record.map(Rc::new);
        let value: Value = match &record {
            Some(record) => Some(Rc::<T>::clone(record)),
            None => None,
        };
        let mut slots = self.slots.borrow_mut();
        slots.entry(*key).or_default().found = Some(value);
        Ok(record)
    }

    /// Writes a record.
    pub fn store<T: Record>(&mut self, key: &StateKey, record: &T) {
        self.write(*key, Some(Rc::new(record.clone())));
    }

    /// Deletes a record.
    pub fn delete(&mut self, key: &StateKey) {
        self.write(*key, None);
    }

    fn write(&mut self, key: StateKey, value: Value) {
        let slot = self.slots.get_mut().entry(key).or_default();
        if slot.open.replace(value).is_none() {
            self.open.push(key);
        }
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
        let changes = self.changes_within(from, to);
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

    /// What was written with `from ≤ key < to`.
    fn changes_within(&self, from: &[u8], to: &[u8]) -> RecordChanges {
        let kept = self
            .changed
            .range(from.to_vec()..to.to_vec())
            .map(|(bytes, key)| (bytes.clone(), key));
        let open = self
            .open
            .iter()
            .map(|key| (key.to_bytes(), key))
            .filter(|(bytes, _)| from <= bytes.as_slice() && bytes.as_slice() < to);
        let slots = self.slots.borrow();
        kept.chain(open)
            .filter_map(|(bytes, key)| {
                let value = slots.get(key).and_then(Slot::newest)?;
                Some((bytes, value.as_ref().map(|record| record.encoded())))
            })
            .collect()
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
        let slots = self.slots.get_mut();
        for key in self.open.drain(..) {
            let slot = slots.entry(key).or_default();
            let written = slot.open.take();
            if slot.kept.is_none() && written.is_some() {
                self.changed.insert(key.to_bytes(), key);
            }
            slot.kept = written.or(slot.kept.take());
        }
    }

    /// Drops what was written since the last call of this or [`Self::keep`].
    pub fn discard(&mut self) {
        if planted::is(Planted::OverlayLeaked) {
            return self.keep();
        }
        let slots = self.slots.get_mut();
        for key in self.open.drain(..) {
            slots.entry(key).or_default().open = None;
        }
    }

    /// Whether the record under `key` was written and kept.
    pub fn is_changed(&self, key: &StateKey) -> bool {
        let slots = self.slots.borrow();
        slots.get(key).is_some_and(|slot| slot.kept.is_some())
    }

    /// The keys of all records written and kept so far, in the order of their bytes.
    pub fn changed(&self) -> impl Iterator<Item = &StateKey> {
        self.changed.values()
    }

    /// Everything kept: records, of which none is a deletion, remembered ids, forgotten hours.
    pub fn into_changes(self) -> (RecordChanges, Vec<(u64, TransactionId)>, Vec<u64>) {
        let slots = self.slots.into_inner();
        let records = self.changed.into_iter().map(|(bytes, key)| {
            let kept = slots.get(&key).and_then(|slot| slot.kept.as_ref());
            let value = kept.and_then(|value| value.as_ref().map(|record| record.encoded()));
            (bytes, value)
        });
        (
            records.collect(),
            self.remembered.into_iter().collect(),
            self.forgotten_hours,
        )
    }
}

/// `value` as a `T`: what it was written or read as, unless a key is used for two types, which encode alike then.
fn typed<T: Record>(key: &StateKey, value: &Value) -> Result<Option<Rc<T>>, StateError> {
    let Some(record) = value else {
        return Ok(None);
    };
    match Rc::clone(record).into_any().downcast() {
        Ok(record) => Ok(Some(record)),
        Err(_) => decode_record(key, &record.encoded()).map(|record| Some(Rc::new(record))),
    }
}

fn decode_record<T: Record>(key: &StateKey, bytes: &[u8]) -> Result<T, StateError> {
    codec::decode(bytes, RECORD_BYTES_MAX).map_err(|error| StateError {
        reason: format!("the record under {key:?} is damaged: {error}"),
    })
}
