//! The first failure of the derived state: every later caller gets it again.

use std::sync::Mutex;

use crate::storage::StorageError;
use crate::storage::locks::lock;
use crate::storage::volume::FilePlace;

/// The first failure of a store, if there was one.
#[derive(Debug)]
pub(super) struct Fault {
    first: Mutex<Option<StorageError>>,
    /// Written when the state is damaged, so that the next start rebuilds it.
    marker: FilePlace,
}

impl Fault {
    /// None so far.
    pub(super) const fn new(marker: FilePlace) -> Fault {
        Fault {
            first: Mutex::new(None),
            marker,
        }
    }

    /// Keeps `error` as the first failure, unless there was one; that one.
    pub(super) fn note(&self, error: StorageError) -> StorageError {
        let mut first = lock(&self.first);
        if error.asks_for_rebuild() && first.is_none() {
            // Without the marker the next start would trust the database until it meets the damage again.
            if let Err(source) = self.marker.replace(error.to_string().as_bytes()) {
                tracing::error!(
                    path = %self.marker.path().display(), %source,
                    "cannot mark the state database as damaged; remove it by hand before the next start"
                );
            }
        }
        first.get_or_insert(error).clone()
    }

    /// Fails if anything failed before.
    ///
    /// # Errors
    /// The first failure.
    pub(super) fn check(&self) -> Result<(), StorageError> {
        lock(&self.first).clone().map_or(Ok(()), Err)
    }
}
