//! A database view that remembers what was read from it.
//!
//! A transaction reads the same few records again and again: when it arrives, when it is tried, when a block is built and
//! when one is checked; and everybody reads the chain's record, the policies and the staff. A view never changes, so
//! what it said once it says for ever; it is dropped when the next batch is in the database. Two generations, as in
//! the mempool's memory of signatures: when the younger is full it becomes the older one. The sets are asked, never
//! iterated.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use ledger_core::state::RecordBytes;

use super::engine::{EngineView, Visit};
use super::key;
use crate::storage::StorageError;

/// The most records remembered, in both generations together.
const REMEMBERED_RECORDS_MAX: usize = 32_768;
/// The longest value remembered, in bytes: with the bound above at most 64 MiB, in practice a tenth of it.
const REMEMBERED_VALUE_BYTES_MAX: usize = 2_048;

type Generation = HashMap<Vec<u8>, Option<Arc<[u8]>>>;

/// A view with a memory.
pub(super) struct RememberingView {
    view: Arc<dyn EngineView>,
    memory: RwLock<Memory>,
}

#[derive(Default)]
struct Memory {
    younger: Generation,
    older: Generation,
}

impl RememberingView {
    pub(super) fn new(view: Arc<dyn EngineView>) -> RememberingView {
        RememberingView {
            view,
            memory: RwLock::default(),
        }
    }

    fn recall(&self, key: &[u8]) -> Option<Option<Arc<[u8]>>> {
        let memory = self.memory.read().unwrap_or_else(PoisonError::into_inner);
        let found = memory.younger.get(key).or_else(|| memory.older.get(key));
        found.cloned()
    }

    fn remember(&self, key: &[u8], value: Option<&[u8]>) {
        if value.is_some_and(|value| value.len() > REMEMBERED_VALUE_BYTES_MAX) {
            return;
        }
        let mut memory = self.memory.write().unwrap_or_else(PoisonError::into_inner);
        if memory.younger.len() >= REMEMBERED_RECORDS_MAX / 2 {
            memory.older = std::mem::take(&mut memory.younger);
        }
        memory.younger.insert(key.to_vec(), value.map(Arc::from));
    }
}

impl EngineView for RememberingView {
    fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        // A node of the tree is read once, just before it is replaced.
        if key::is_node(key) {
            return self.view.read(key);
        }
        if let Some(known) = self.recall(key) {
            return Ok(known.map(|value| value.to_vec()));
        }
        let value = self.view.read(key)?;
        self.remember(key, value.as_deref());
        Ok(value)
    }

    fn scan(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<RecordBytes>, StorageError> {
        self.view.scan(from, to, limit)
    }

    fn visit(
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
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Holds the keys that begin with 1, and counts how often it is asked.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl EngineView for Counting {
        fn read(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok((key.first() == Some(&1)).then(|| key.to_vec()))
        }

        fn scan(&self, _: &[u8], _: &[u8], _: usize) -> Result<Vec<RecordBytes>, StorageError> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn what_was_read_is_not_asked_for_again_whether_it_is_there_or_not() {
        let counting = Arc::new(Counting::default());
        let view = RememberingView::new(Arc::clone(&counting) as Arc<dyn EngineView>);
        for _ in 0..3 {
            assert_eq!(view.read(&[1, 7]).unwrap(), Some(vec![1, 7]));
            assert_eq!(view.read(&[4, 7]).unwrap(), None);
        }
        assert_eq!(counting.0.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn no_more_is_remembered_than_allowed() {
        let view = RememberingView::new(Arc::new(Counting::default()));
        for number in 0..u32::try_from(3 * REMEMBERED_RECORDS_MAX).unwrap() {
            let key = [&[1], number.to_be_bytes().as_slice()].concat();
            assert_eq!(view.read(&key).unwrap(), Some(key));
        }
        let memory = view.memory.read().unwrap();
        assert!(memory.younger.len() + memory.older.len() <= REMEMBERED_RECORDS_MAX);
    }
}
