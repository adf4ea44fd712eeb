//! Changes to the records of one bucket, whatever becomes of it.

use std::sync::Arc;

use super::branch::{Bucket, Entry};
use super::hashing::HashedChange;

/// A bucket's entries after changes.
pub(super) enum Merged {
    /// The same keys, with other values.
    Same(Bucket),
    /// Other keys: any number.
    Other(Vec<Entry>),
}

/// `entries` with `changes`, both sorted; none when that is no different.
pub(super) fn merge(entries: &[Entry], changes: &[HashedChange]) -> Option<Merged> {
    let mut bucket: Option<Arc<[Entry]>> = None;
    for (key, value) in changes {
        match (entries.binary_search_by_key(key, |(key, _)| *key), value) {
            (Ok(index), Some(value)) => {
                if entries[index].1 != *value {
                    let bucket = bucket.get_or_insert_with(|| entries.into());
                    // Nobody else has it yet.
                    if let Some(bucket) = Arc::get_mut(bucket) {
                        bucket[index].1 = *value;
                    }
                }
            }
            (Err(_), None) => {}
            (Ok(_), None) | (Err(_), Some(_)) => {
                return Some(Merged::Other(merge_keys(entries, changes)));
            }
        }
    }
    bucket.map(|entries| Merged::Same(Bucket(entries)))
}

/// [`merge`] where the keys change as well.
fn merge_keys(entries: &[Entry], changes: &[HashedChange]) -> Vec<Entry> {
    let mut merged = Vec::with_capacity(entries.len().saturating_add(changes.len()));
    let mut rest = entries.iter().peekable();
    for (key, value) in changes {
        while let Some(entry) = rest.next_if(|entry| entry.0 < *key) {
            merged.push(*entry);
        }
        rest.next_if(|entry| entry.0 == *key);
        if let Some(value) = value {
            merged.push((*key, *value));
        }
    }
    merged.extend(rest);
    merged
}
