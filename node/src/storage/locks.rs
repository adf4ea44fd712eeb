//! How the locks of the stores are taken.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Takes a lock, also after a panic elsewhere while it was held: that leaves nothing half done, because what these locks
/// protect is changed in one step.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
