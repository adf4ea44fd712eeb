//! A flush, and the settling of blocks before it, on a thread of its own, behind everything else that wants a processor.
//!
//! A flush is long and nobody waits for it, while a vote is short and everybody does. With equal claims to a processor a
//! flush holds up consensus for as long as it lasts, above all where several nodes share a machine and flush at the
//! same height.

use std::io;
use std::sync::Arc;
use std::thread;

use super::StateStore;
use crate::storage::{BlockStore, StorageError};

/// How far behind, as `nice` counts: enough that whatever wakes goes first, and little enough that a node with all
/// processors busy still flushes faster than blocks arrive (a third of a processor's share beside one busy thread).
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

impl StateStore {
    /// [`BlockStore::settle`] of `blocks` and then [`Self::flush`], on a thread of their own and of low priority, which then calls
    /// `done`.
    ///
    /// # Errors
    /// When the system has no thread to spare. Nothing is lost then: what waits goes on waiting, and when there is too
    /// much of it a commit flushes by itself.
    pub fn flush_aside(
        self: &Arc<StateStore>,
        blocks: Arc<dyn BlockStore>,
        done: impl FnOnce(Result<(), StorageError>) + Send + 'static,
    ) -> io::Result<()> {
        let state = Arc::clone(self);
        let spawned = thread::Builder::new()
            .name("state flush".to_string())
            .spawn(move || {
                step_back();
                done(blocks.settle().and_then(|()| state.flush()));
            });
        spawned.map(drop)
    }
}

/// Lowers the priority of this thread alone, as Linux does when it is told a thread's id.
#[cfg(target_os = "linux")]
fn step_back() {
    let lowered = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICENESS);
    if let Err(error) = lowered {
        tracing::debug!(%error, "the flush keeps its priority");
    }
}

/// Elsewhere a priority belongs to the whole process, and is left alone.
#[cfg(not(target_os = "linux"))]
fn step_back() {}
