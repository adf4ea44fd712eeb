//! An ordered map that remembers earlier values, so that a reader sees it as it was at one moment while a writer goes on.
//!
//! Each value carries the moment (a height, or a count of batches) from which it is in force. A reader at moment `at` sees
//! of each key the newest value that is not later. What always holds: moments of one key only grow, and no reader ever
//! sees a part of what one [`Versions::write`] wrote without the rest, because it reads at an earlier moment.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use ledger_core::state::RecordBytes;

use super::engine::Batch;

/// A value, or that there is none.
pub type Value = Option<Arc<[u8]>>;

/// Keys `from ≤ key < to`.
pub type KeyRange = (Vec<u8>, Vec<u8>);

/// A key and what is written under it.
pub type Entry = (Vec<u8>, Value);

#[derive(Debug)]
struct Version {
    from: u64,
    value: Value,
}

#[derive(Debug, Default)]
struct Inner {
    keys: BTreeMap<Vec<u8>, Vec<Version>>,
    /// Ranges deleted as a whole, `(from, to, moment)`: keys the map does not hold are gone as well.
    cleared: Vec<(Vec<u8>, Vec<u8>, u64)>,
    moment: u64,
    bytes: usize,
}

/// An ordered map with earlier values.
#[derive(Debug, Default)]
pub struct Versions {
    inner: RwLock<Inner>,
}

/// What the map knows of a key.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// This value, or that it is deleted.
    Value(Value),
    /// Nothing: look below.
    Nothing,
}

impl Versions {
    /// Writes `entries` and then deletes the ranges `cleared`, all in force from `moment`.
    pub fn write(&self, moment: u64, entries: Vec<Entry>, cleared: Vec<KeyRange>) {
        let mut inner = self.lock();
        for (key, value) in entries {
            inner.insert(key, value, moment);
        }
        for (from, to) in cleared {
            let held: Vec<_> = inner
                .keys
                .range(from.clone()..to.clone())
                .map(|(key, _)| key.clone())
                .collect();
            for key in held {
                inner.insert(key, None, moment);
            }
            inner.cleared.push((from, to, moment));
        }
    }

    /// Drops the earlier values of the keys of `entries` and of those in the ranges `cleared`, and the keys among them that
    /// are deleted: for when every reader reads at the newest moment.
    pub fn prune(&self, entries: &[Entry], cleared: &[KeyRange]) {
        let mut inner = self.lock();
        for (key, _) in entries {
            inner.prune_key(key);
        }
        for (from, to) in cleared {
            let held: Vec<_> = inner
                .keys
                .range(from.clone()..to.clone())
                .map(|(key, _)| key.clone())
                .collect();
            for key in held {
                inner.prune_key(&key);
            }
        }
        inner.cleared.clear();
    }

    /// The newest moment at which anything was written.
    pub fn moment(&self) -> u64 {
        self.read().moment
    }

    /// Drops everything.
    pub fn clear(&self) {
        *self.lock() = Inner::default();
    }

    /// What a reader at `at` sees of `key`.
    pub fn find(&self, key: &[u8], at: u64) -> Found {
        let inner = self.read();
        if let Some(version) = inner.keys.get(key).and_then(|versions| seen(versions, at)) {
            return Found::Value(version.value.clone());
        }
        let cleared = inner.cleared.iter().any(|(from, to, moment)| {
            *moment <= at && from.as_slice() <= key && key < to.as_slice()
        });
        if cleared {
            Found::Value(None)
        } else {
            Found::Nothing
        }
    }

    /// What a reader at `at` sees of the keys `from ≤ key < to`, in order, deletions included, until `limit` of them have a
    /// value. Ranges deleted as a whole are not told: nothing scans those.
    pub fn range(&self, from: &[u8], to: &[u8], at: u64, limit: usize) -> Vec<Entry> {
        if from >= to {
            return Vec::new();
        }
        let inner = self.read();
        let mut found = Vec::new();
        let mut live = 0;
        for (key, versions) in inner.keys.range::<[u8], _>((
            std::ops::Bound::Included(from),
            std::ops::Bound::Excluded(to),
        )) {
            if live == limit {
                break;
            }
            if let Some(version) = seen(versions, at) {
                live += usize::from(version.value.is_some());
                found.push((key.clone(), version.value.clone()));
            }
        }
        found
    }

    /// The newest value of every key, and the ranges deleted as a whole: what to persist.
    pub fn newest(&self) -> Batch {
        let inner = self.read();
        let entries = inner.keys.iter().filter_map(|(key, versions)| {
            let newest = versions.last()?;
            Some((key.clone(), newest.value.clone()))
        });
        let cleared = inner.cleared.iter();
        Batch {
            entries: entries.collect(),
            cleared: cleared
                .map(|(from, to, _)| (from.clone(), to.clone()))
                .collect(),
        }
    }

    /// Bytes of keys and values held, about.
    pub fn bytes(&self) -> usize {
        self.read().bytes
    }

    // A panic elsewhere cannot leave this map half written: nothing in these functions panics between two changes.
    fn lock(&self) -> RwLockWriteGuard<'_, Inner> {
        self.inner.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self) -> RwLockReadGuard<'_, Inner> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn insert(&mut self, key: Vec<u8>, value: Value, moment: u64) {
        let length = value.as_ref().map_or(0, |value| value.len());
        self.bytes = self.bytes.saturating_add(key.len()).saturating_add(length);
        self.moment = self.moment.max(moment);
        let versions = self.keys.entry(key).or_default();
        match versions.last_mut() {
            Some(newest) if newest.from == moment => newest.value = value,
            _ => versions.push(Version {
                from: moment,
                value,
            }),
        }
    }

    fn prune_key(&mut self, key: &[u8]) {
        let Some(versions) = self.keys.get_mut(key) else {
            return;
        };
        let earlier = versions.len().saturating_sub(1);
        versions.drain(..earlier);
        if versions.iter().all(|version| version.value.is_none()) {
            self.keys.remove(key);
        }
    }
}

fn seen(versions: &[Version], at: u64) -> Option<&Version> {
    versions.iter().rev().find(|version| version.from <= at)
}

/// The first `limit` records of a lower layer under the changes of an upper one. `below(n)` gives the first `n` records of
/// the lower layer; more than `limit` are asked for where the upper layer's deletions may hide some.
///
/// # Errors
/// When `below` fails.
pub fn merge<E>(
    above: Vec<Entry>,
    limit: usize,
    below: impl FnOnce(usize) -> Result<Vec<RecordBytes>, E>,
) -> Result<Vec<RecordBytes>, E> {
    let hidden = above.iter().filter(|(_, value)| value.is_none()).count();
    let below = below(limit.saturating_add(hidden))?;
    let mut merged: BTreeMap<Vec<u8>, Option<Vec<u8>>> = below
        .into_iter()
        .map(|(key, value)| (key, Some(value)))
        .collect();
    merged.extend(
        above
            .into_iter()
            .map(|(key, value)| (key, value.map(|value| value.to_vec()))),
    );
    Ok(merged
        .into_iter()
        .filter_map(|(key, value)| value.map(|value| (key, value)))
        .take(limit)
        .collect())
}
