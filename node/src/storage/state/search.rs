//! Records that are looked for together.
//!
//! What a block looks at lies all over memory, where no cache of the processor holds it. Looked for one by one, with a lock
//! taken and a copy made between, each is waited for by itself. Here one step is taken for all records before the next, and a
//! lock once for all, so that the processor waits for many at once.

use std::hint::black_box;

use ledger_core::state::KeyBytes;

use super::content::{Content, Value};
use super::key::{self, Key};
use crate::storage::StorageError;

/// What a processor reads of memory at once, in bytes.
const CACHE_LINE_BYTES: usize = 64;

/// Records that are looked for, first in one place and then in the next. Each is called by its place among them.
pub(super) struct Search {
    keys: Vec<Key>,
    /// What was found, by place.
    found: Vec<Option<Vec<u8>>>,
    /// The places of those of which nothing is known yet.
    open: Vec<usize>,
}

impl Search {
    /// For the records under these keys.
    pub(super) fn of(keys: &[KeyBytes]) -> Search {
        Search {
            keys: keys.iter().map(|key| key::record(key)).collect(),
            found: vec![None; keys.len()],
            open: (0..keys.len()).collect(),
        }
    }

    /// Takes what is `known` of the keys still looked for: the value under one, or that there is none; none leaves it to be
    /// looked for.
    pub(super) fn look<'v>(&mut self, known: impl Fn(&[u8]) -> Option<&'v Value>) {
        let open = std::mem::take(&mut self.open);
        self.look_for(open, known);
    }

    /// [`Self::look`] for those at `places` alone, which are no longer among those still looked for.
    pub(super) fn look_for<'v>(
        &mut self,
        places: Vec<usize>,
        known: impl Fn(&[u8]) -> Option<&'v Value>,
    ) {
        let keys = places.iter().map(|place| &self.keys[*place]);
        let values: Vec<Option<&'v Value>> = keys.map(|key| known(key)).collect();
        let contents = values.iter().copied().flatten().filter_map(Option::as_ref);
        let lines = contents.flat_map(lines);
        black_box(lines.fold(0, |sum: u8, byte| sum.wrapping_add(*byte)));
        for (place, value) in places.into_iter().zip(values) {
            match value {
                Some(value) => self.found[place] = bytes_of(value.as_ref()),
                None => self.open.push(place),
            }
        }
    }

    /// Takes out the places of those still looked for, by the part that `part` says of their keys: to be
    /// [looked for](Self::look_for) there.
    pub(super) fn parts<const N: usize>(
        &mut self,
        part: impl Fn(&[u8]) -> usize,
    ) -> [Vec<usize>; N] {
        let mut parts: [Vec<usize>; N] = std::array::from_fn(|_| Vec::new());
        for place in std::mem::take(&mut self.open) {
            parts[part(&self.keys[place])].push(place);
        }
        parts
    }

    /// Has `read` read those still looked for, in order of their keys and each key once.
    ///
    /// # Errors
    /// The first of `read`.
    pub(super) fn read_rest(
        &mut self,
        mut read: impl FnMut(&[u8]) -> Result<Value, StorageError>,
    ) -> Result<(), StorageError> {
        let mut open = std::mem::take(&mut self.open);
        open.sort_unstable_by(|one, other| self.keys[*one].cmp(&self.keys[*other]));
        let mut last: Option<usize> = None;
        for place in open {
            let key = &self.keys[place];
            let same = last.filter(|last| self.keys[*last] == *key);
            self.found[place] = match same {
                Some(same) => self.found[same].clone(),
                None => bytes_of(read(key)?.as_ref()),
            };
            last = Some(place);
        }
        Ok(())
    }

    /// What was found, in the order of the keys; none for what was not.
    pub(super) fn into_found(self) -> Vec<Option<Vec<u8>>> {
        self.found
    }
}

/// A byte of each line of memory that `content` lies in.
fn lines(content: &Content) -> impl Iterator<Item = &u8> {
    let bytes: &[u8] = match content {
        Content::Bytes(bytes) => bytes,
        // No record is one.
        Content::Node(_) => &[],
    };
    bytes.iter().step_by(CACHE_LINE_BYTES)
}

fn bytes_of(content: Option<&Content>) -> Option<Vec<u8>> {
    content.map(|content| content.bytes().into_owned())
}
