//! What became of the transactions handed in through this node, and who waits to hear it.
//!
//! The runtime tells it what the replica says: taken in, dropped, committed. Handlers wait on it. What always holds: at
//! most [`REMEMBERED_MAX`] transactions are remembered, the oldest forgotten first; at most [`WAITERS_MAX`] requests wait.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ledger_core::id::{Height, TransactionId};
use ledger_core::receipt::{Cause, Receipt};
use lru::LruCache;
use tokio::sync::oneshot;

use crate::replica::SubmitError;

/// The most transactions whose fate is remembered.
pub const REMEMBERED_MAX: NonZeroUsize =
    NonZeroUsize::new(100_000).expect("the bound is above zero");
/// The most requests that wait for a transaction's fate.
pub const WAITERS_MAX: usize = 20_000;

/// What became of a transaction.
#[derive(Clone, Debug)]
pub enum Fate {
    /// It is in a decided block.
    Applied {
        /// At this height.
        height: Height,
        /// What it did; shared, because many may wait for one transaction and a receipt may be long.
        receipt: Arc<Receipt>,
    },
    /// It was taken in, and refused afterwards.
    Dropped(SubmitError),
}

/// What is known of a transaction handed in here that no block holds.
#[derive(Clone, Debug)]
pub enum Known {
    /// It is in the mempool.
    Pending,
    /// It was refused after it was taken in.
    Dropped(SubmitError),
}

/// The fates of transactions handed in here.
#[derive(Debug)]
pub struct Submissions {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    known: LruCache<TransactionId, Known>,
    waiters: BTreeMap<TransactionId, Vec<oneshot::Sender<Fate>>>,
    waiting: usize,
}

impl Default for Submissions {
    fn default() -> Self {
        let inner = Inner {
            known: LruCache::new(REMEMBERED_MAX),
            waiters: BTreeMap::new(),
            waiting: 0,
        };
        Submissions {
            inner: Mutex::new(inner),
        }
    }
}

impl Submissions {
    /// Notes that the replica has taken `id` in.
    pub fn accepted(&self, id: TransactionId) {
        self.lock().known.put(id, Known::Pending);
    }

    /// Notes that `id` has left the mempool without being committed.
    pub fn dropped(&self, id: TransactionId, reason: SubmitError) {
        let mut inner = self.lock();
        inner.known.put(id, Known::Dropped(reason.clone()));
        inner.tell(id, &Fate::Dropped(reason));
    }

    /// Notes that the block at `height` with these receipts is committed and visible in the state.
    pub fn committed(&self, height: Height, receipts: &[Receipt]) {
        let mut inner = self.lock();
        for receipt in receipts {
            let Cause::Transaction(id) = receipt.cause else {
                continue;
            };
            inner.known.pop(&id);
            if inner.waiters.contains_key(&id) {
                let receipt = Arc::new(receipt.clone());
                inner.tell(id, &Fate::Applied { height, receipt });
            }
        }
    }

    /// What is known of `id`, when no block holds it.
    pub fn known(&self, id: TransactionId) -> Option<Known> {
        self.lock().known.get(&id).cloned()
    }

    /// Receives the fate of `id` from now on; none when too many wait. Ask before handing it in, so as to miss nothing.
    pub fn wait(&self, id: TransactionId) -> Option<oneshot::Receiver<Fate>> {
        let mut inner = self.lock();
        if inner.waiting >= WAITERS_MAX {
            inner.forget_the_gone();
            if inner.waiting >= WAITERS_MAX {
                return None;
            }
        }
        let (sender, receiver) = oneshot::channel();
        inner.waiters.entry(id).or_default().push(sender);
        inner.waiting = inner.waiting.saturating_add(1);
        Some(receiver)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // What the lock protects is changed in single steps, so a panic elsewhere leaves nothing half done.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn tell(&mut self, id: TransactionId, fate: &Fate) {
        let senders = self.waiters.remove(&id).unwrap_or_default();
        self.waiting = self.waiting.saturating_sub(senders.len());
        for sender in senders {
            // Whoever stopped waiting does not want to know.
            let _ = sender.send(fate.clone());
        }
    }

    /// Removes waiters whose requests ended.
    fn forget_the_gone(&mut self) {
        self.waiters.retain(|_, senders| {
            senders.retain(|sender| !sender.is_closed());
            !senders.is_empty()
        });
        self.waiting = self.waiters.values().map(Vec::len).sum();
    }
}
