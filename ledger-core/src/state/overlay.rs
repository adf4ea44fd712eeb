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
use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::rc::Rc;

use borsh::{BorshDeserialize, BorshSerialize};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::{RecordBytes, RecordChanges, SeededHasher, StateError, StateKey, StateView};
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

/// What the block found under a key.
enum Found {
    /// Nobody asked yet.
    Unread,
    /// What was read ahead, and is decoded when somebody asks.
    Bytes(Option<Vec<u8>>),
    /// What it is.
    Record(Value),
}

/// What is known of the record under one key.
struct Slot {
    key: StateKey,
    found: Found,
    /// What was written and kept.
    kept: Option<Value>,
    /// What was written since.
    open: Option<Value>,
}

impl Slot {
    const fn of(key: StateKey) -> Slot {
        Slot {
            key,
            found: Found::Unread,
            kept: None,
            open: None,
        }
    }

    /// What was written last; none when nothing was.
    fn written(&self) -> Option<&Value> {
        self.open.as_ref().or(self.kept.as_ref())
    }

    /// The record as the block found it, read from `base` when nobody asked before.
    fn find<T: Record>(&mut self, base: &dyn StateView) -> Result<Option<Rc<T>>, StateError> {
        let record: Option<T> = match &self.found {
            Found::Record(value) => return typed(&self.key, value),
            Found::Bytes(bytes) => bytes.as_deref().map(|it| decode_record(&self.key, it)),
            Found::Unread => {
                let bytes = base.read(&self.key.bytes())?;
                bytes.map(|it| decode_record(&self.key, &it))
            }
        }
        .transpose()?;
        let record = record.map(Rc::new);
        self.found = Found::Record(match &record {
            Some(record) => Some(Rc::<T>::clone(record)),
            None => None,
        });
        Ok(record)
    }
}

/// What is known of all records: the slots in the order in which they were first asked for, and where each key's is. A place
/// takes little room, so that the table of them is near whenever a rule asks.
#[derive(Default)]
struct Slots {
    slots: Vec<Slot>,
    /// Only ever asked for single keys.
    places: HashTable<usize>,
    hasher: SeededHasher,
}

impl Slots {
    fn get(&self, key: &StateKey) -> Option<&Slot> {
        let is_that = |place: &usize| self.slots[*place].key == *key;
        let place = self.places.find(self.hasher.hash_one(key), is_that)?;
        Some(&self.slots[*place])
    }

    /// Where the slot of `key` is, which there is from now on.
    fn place(&mut self, key: &StateKey) -> usize {
        let Slots {
            slots,
            places,
            hasher,
        } = self;
        let is_that = |place: &usize| slots[*place].key == *key;
        let hash_again = |place: &usize| hasher.hash_one(slots[*place].key);
        match places.entry(hasher.hash_one(key), is_that, hash_again) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let next = slots.len();
                place.insert(next);
                slots.push(Slot::of(*key));
                next
            }
        }
    }

    /// Makes room for as many more slots.
    fn reserve(&mut self, more: usize) {
        let Slots {
            slots,
            places,
            hasher,
        } = self;
        slots.reserve(more);
        places.reserve(more, |place| hasher.hash_one(slots[*place].key));
    }

    fn slot(&mut self, key: &StateKey) -> &mut Slot {
        let place = self.place(key);
        &mut self.slots[place]
    }
}

/// A state view with a block's changes on top.
pub struct Overlay<'a> {
    base: &'a dyn StateView,
    slots: RefCell<Slots>,
    /// The places of the slots written since the last call of `keep` or `discard`, each once.
    open: Vec<usize>,
    /// The places of the slots written and kept, each once.
    changed: Vec<usize>,
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
            changed: Vec::new(),
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
        let mut slots = self.slots.borrow_mut();
        let slot = slots.slot(key);
        match slot.written() {
            Some(value) => typed(key, value),
            None => slot.find(self.base),
        }
    }

    /// The record under `key` before any change of this block.
    ///
    /// # Errors
    /// When the storage fails, or what it holds is not a `T`.
    pub fn share_before<T: Record>(&self, key: &StateKey) -> Result<Option<Rc<T>>, StateError> {
        self.slots.borrow_mut().slot(key).find(self.base)
    }

    /// Reads the records under `keys` all at once, for those who will ask for them. Whether it was called changes nothing but
    /// how long that takes.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn read_ahead(&self, keys: &[StateKey]) -> Result<(), StateError> {
        let mut slots = self.slots.borrow_mut();
        slots.reserve(keys.len());
        let mut places = Vec::with_capacity(keys.len());
        let mut wanted = Vec::with_capacity(keys.len());
        for key in keys {
            let place = slots.place(key);
            if matches!(slots.slots[place].found, Found::Unread) {
                places.push(place);
                wanted.push(key.bytes());
            }
        }
        let found = self.base.read_all(&wanted)?;
        for (place, bytes) in places.into_iter().zip(found) {
            slots.slots[place].found = Found::Bytes(bytes);
        }
        Ok(())
    }

    /// Writes a record.
    pub fn store<T: Record>(&mut self, key: &StateKey, record: &T) {
        self.put(key, record.clone());
    }

    /// [`Self::store`] for whoever needs the record no longer.
    pub fn put<T: Record>(&mut self, key: &StateKey, record: T) {
        self.write(key, Some(Rc::new(record)));
    }

    /// Deletes a record.
    pub fn delete(&mut self, key: &StateKey) {
        self.write(key, None);
    }

    fn write(&mut self, key: &StateKey, value: Value) {
        let slots = self.slots.get_mut();
        let place = slots.place(key);
        if slots.slots[place].open.replace(value).is_none() {
            self.open.push(place);
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
        let slots = self.slots.borrow();
        let places = self.changed.iter().chain(&self.open);
        places
            .filter_map(|place| {
                let slot = &slots.slots[*place];
                let key = slot.key.bytes();
                let within = from <= &*key && &*key < to;
                let value = slot.written().filter(|_| within)?;
                Some((key.to_vec(), value.as_ref().map(|record| record.encoded())))
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
        for place in self.open.drain(..) {
            let slot = &mut slots.slots[place];
            if let Some(written) = slot.open.take()
                && slot.kept.replace(written).is_none()
            {
                self.changed.push(place);
            }
        }
    }

    /// Drops what was written since the last call of this or [`Self::keep`].
    pub fn discard(&mut self) {
        if planted::is(Planted::OverlayLeaked) {
            return self.keep();
        }
        let slots = self.slots.get_mut();
        for place in self.open.drain(..) {
            slots.slots[place].open = None;
        }
    }

    /// Whether the record under `key` was written and kept.
    pub fn is_changed(&self, key: &StateKey) -> bool {
        let slots = self.slots.borrow();
        slots.get(key).is_some_and(|slot| slot.kept.is_some())
    }

    /// The keys of all records written and kept so far, in the order in which they first were.
    pub fn changed(&self) -> Vec<StateKey> {
        let slots = self.slots.borrow();
        let keys = self.changed.iter().map(|place| slots.slots[*place].key);
        keys.collect()
    }

    /// Everything kept: records, of which none is a deletion, remembered ids, forgotten hours.
    pub fn into_changes(self) -> (RecordChanges, Vec<(u64, TransactionId)>, Vec<u64>) {
        let slots = self.slots.into_inner();
        let records = self.changed.into_iter().map(|place| {
            let slot = &slots.slots[place];
            let kept = slot.kept.as_ref().and_then(Option::as_ref);
            (slot.key.to_bytes(), kept.map(|record| record.encoded()))
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
