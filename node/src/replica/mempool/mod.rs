//! Transactions on their way into a block.
//!
//! Three bounded, fair pools: `ready` ones would apply to the newest state; `waiting` ones name something that is not there
//! yet; `keyless` ones wait for the very key that must have signed them, so that nobody knows yet who really signed, and
//! they must not take the room of those that are known to be genuine.
//!
//! What always holds: an envelope is in at most one pool, under its own hash, so a bad envelope never blocks another one
//! of the same transaction; bounds hold by count and bytes, for everything and for each signer; nothing that was taken in
//! leaves without being named to the caller, who tells whoever submitted it.

mod pool;
mod verified;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use ledger_core::hash::Hash;
use ledger_core::id::{Height, TransactionId};
use ledger_core::ledger::Rejection;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::SealedEnvelope;

pub use pool::{
    ALTERNATIVES_MAX, BlockBounds, DISPLACING_MAX, Entry, NoRoom, Origin, Pool, PoolBounds,
    SIGNER_SHARE, TURN_TRANSACTIONS, Waits,
};
pub use verified::{VERIFIED_SIGNATURES_MAX, VerifiedCache};

use super::Load;
use super::input::SubmitError;

/// Bounds of the mempool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MempoolConfig {
    /// Of transactions that are ready.
    pub ready: PoolBounds,
    /// Of genuine transactions that wait.
    pub waiting: PoolBounds,
    /// Of transactions that wait for a signer's key.
    pub keyless: PoolBounds,
}

impl Default for MempoolConfig {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        let bounds = |count_max, bytes_max| PoolBounds {
            count_max,
            bytes_max,
        };
        MempoolConfig {
            ready: bounds(20_000, 32 * MIB),
            waiting: bounds(10_000, 16 * MIB),
            keyless: bounds(5_000, 8 * MIB),
        }
    }
}

/// Whether all signatures of an envelope were verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signatures {
    /// All are right.
    Verified,
    /// A signer has no key on the ledger yet.
    KeyUnknown,
}

/// Transactions on their way into a block.
#[derive(Debug)]
pub struct Mempool {
    ready: Pool,
    waiting: Pool,
    keyless: Pool,
    /// Ready ones that a block under construction refused: left out until they are judged against a committed state.
    set_aside: BTreeSet<Hash>,
    /// The waiting and keyless ones, the longest not tried first. May name envelopes that have left.
    to_retry: VecDeque<Hash>,
    next_sequence: u64,
}

impl Mempool {
    /// An empty mempool.
    pub fn new(config: &MempoolConfig) -> Mempool {
        Mempool {
            ready: Pool::new(config.ready),
            waiting: Pool::new(config.waiting),
            keyless: Pool::new(config.keyless),
            set_aside: BTreeSet::new(),
            to_retry: VecDeque::new(),
            next_sequence: 0,
        }
    }

    /// Transactions that are ready.
    pub fn ready_count(&self) -> usize {
        self.ready.len()
    }

    /// Transactions that wait.
    pub fn waiting_count(&self) -> usize {
        self.waiting.len().saturating_add(self.keyless.len())
    }

    /// Bytes of all of them.
    pub fn bytes(&self) -> usize {
        self.pools()
            .iter()
            .fold(0, |sum, pool| sum.saturating_add(pool.bytes()))
    }

    /// How full it is.
    pub fn loads(&self) -> Vec<Load> {
        let names = [
            ("ready", "bytes ready"),
            ("waiting", "bytes waiting"),
            ("keyless", "bytes keyless"),
        ];
        let mut loads = Vec::new();
        for (pool, (count, bytes)) in self.pools().into_iter().zip(names) {
            let bounds = pool.bounds();
            loads.push(Load::new(count, pool.len(), bounds.count_max));
            loads.push(Load::new(bytes, pool.bytes(), bounds.bytes_max));
        }
        let (waiting, keyless) = (self.waiting.bounds(), self.keyless.bounds());
        let retried = waiting.count_max.saturating_add(keyless.count_max);
        loads.extend([
            Load::new("set aside", self.set_aside.len(), self.ready.len()),
            Load::new(
                "to retry",
                self.to_retry.len(),
                retry_bound(retried).saturating_add(1),
            ),
        ]);
        loads
    }

    fn pools(&self) -> [&Pool; 3] {
        [&self.ready, &self.waiting, &self.keyless]
    }

    fn pools_mut(&mut self) -> [&mut Pool; 3] {
        [&mut self.ready, &mut self.waiting, &mut self.keyless]
    }

    /// The envelope with this hash.
    pub fn body(&self, envelope_hash: &Hash) -> Option<&Arc<SealedEnvelope>> {
        self.pools()
            .into_iter()
            .find_map(|pool| pool.entry(envelope_hash))
            .map(|entry| &entry.sealed)
    }

    /// Makes this node answerable for an envelope that a peer brought; the envelope, when it was not before and is ready, so
    /// that others may be told of it.
    pub fn take_over(&mut self, envelope_hash: &Hash) -> Option<Arc<SealedEnvelope>> {
        for pool in [&mut self.waiting, &mut self.keyless] {
            pool.take_over(envelope_hash);
        }
        self.ready.take_over(envelope_hash)
    }

    /// When the envelope with this hash arrived, by the node's clock.
    pub fn arrived_ms(&self, envelope_hash: &Hash) -> Option<u64> {
        self.pools()
            .into_iter()
            .find_map(|pool| pool.entry(envelope_hash))
            .map(|entry| entry.arrived_ms)
    }

    /// Whether an envelope of this transaction is held.
    pub fn contains_id(&self, id: &TransactionId) -> bool {
        self.pools().into_iter().any(|pool| pool.contains_id(id))
    }

    /// The envelopes of this transaction that are ready.
    pub fn ready_alternatives(&self, id: &TransactionId) -> Vec<Arc<SealedEnvelope>> {
        self.ready.alternatives(id)
    }

    /// A place in the order of arrival, for an envelope that has just arrived.
    pub fn next_sequence(&mut self) -> u64 {
        let sequence = self.next_sequence;
        self.next_sequence = sequence.saturating_add(1);
        sequence
    }

    /// Takes in a transaction that would apply now. Gives back those that had to give way.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn insert_ready(&mut self, entry: Entry) -> Result<Vec<Entry>, SubmitError> {
        let entry = Entry {
            waits: None,
            ..entry
        };
        let evicted = self
            .ready
            .insert(entry)
            .map_err(|no_room| refusal(&self.ready, no_room))?;
        for entry in &evicted {
            self.set_aside.remove(&entry.sealed.envelope_hash());
        }
        Ok(evicted)
    }

    /// Takes in a transaction that waits, as judged against the state after `tried_at`. Gives back those that had to give
    /// way.
    ///
    /// # Errors
    /// When there is no room for it.
    pub fn insert_waiting(
        &mut self,
        entry: Entry,
        rejection: Rejection,
        tried_at: Height,
        signatures: Signatures,
    ) -> Result<Vec<Entry>, SubmitError> {
        let envelope_hash = entry.sealed.envelope_hash();
        let entry = Entry {
            waits: Some(Waits {
                rejection,
                tried_at,
            }),
            ..entry
        };
        let pool = match signatures {
            Signatures::Verified => &mut self.waiting,
            Signatures::KeyUnknown => &mut self.keyless,
        };
        let evicted = match pool.insert(entry) {
            Ok(evicted) => evicted,
            Err(no_room) => return Err(refusal(pool, no_room)),
        };
        self.to_retry.push_back(envelope_hash);
        self.forget_departed();
        Ok(evicted)
    }

    /// Keeps the queue within twice what it is about.
    fn forget_departed(&mut self) {
        let held = self.waiting_count();
        if self.to_retry.len() > retry_bound(held) {
            let (waiting, keyless) = (&self.waiting, &self.keyless);
            self.to_retry
                .retain(|hash| waiting.entry(hash).is_some() || keyless.entry(hash).is_some());
        }
    }

    /// Takes out up to `count_max` transactions that have waited since before block `tip`, to be judged anew.
    pub fn take_to_retry(&mut self, tip: Height, count_max: usize) -> Vec<Entry> {
        let mut taken = Vec::new();
        while taken.len() < count_max {
            let Some(envelope_hash) = self.to_retry.front().copied() else {
                break;
            };
            let entry = self
                .waiting
                .entry(&envelope_hash)
                .or_else(|| self.keyless.entry(&envelope_hash));
            let tried_now = entry
                .and_then(|entry| entry.waits.as_ref())
                .is_some_and(|waits| waits.tried_at >= tip);
            if tried_now {
                break;
            }
            self.to_retry.pop_front();
            taken.extend(
                self.waiting
                    .remove(&envelope_hash)
                    .or_else(|| self.keyless.remove(&envelope_hash)),
            );
        }
        taken
    }

    /// Candidates for a block within `bounds`, but at least one if there is any, fair between signers, each signer's in order
    /// of arrival. With another `turn` it is another's turn to list people, where there is no room for all of them.
    pub fn candidates(&self, bounds: &BlockBounds, turn: u64) -> Vec<Arc<SealedEnvelope>> {
        self.ready.choose(bounds, &self.set_aside, turn)
    }

    /// Leaves an envelope out of blocks until [`Self::take_set_aside`].
    pub fn set_aside(&mut self, envelope_hash: Hash) {
        if self.ready.entry(&envelope_hash).is_some() {
            self.set_aside.insert(envelope_hash);
        }
    }

    /// Takes out up to `count_max` of those that were set aside, to be judged against a committed state.
    pub fn take_set_aside(&mut self, count_max: usize) -> Vec<Entry> {
        let mut taken = Vec::new();
        while taken.len() < count_max
            && let Some(envelope_hash) = self.set_aside.pop_first()
        {
            taken.extend(self.ready.remove(&envelope_hash));
        }
        taken
    }

    /// Whether a transaction may be in the next block.
    pub fn has_candidates(&self) -> bool {
        self.ready.len() > self.set_aside.len()
    }

    /// The ready transactions that are not set aside, in order of arrival.
    pub fn ready_in_order(&self) -> impl Iterator<Item = &Entry> {
        self.ready
            .in_order()
            .filter(|entry| !self.set_aside.contains(&entry.sealed.envelope_hash()))
    }

    /// Takes an envelope out of whichever pool it is in.
    pub fn remove(&mut self, envelope_hash: &Hash) -> Option<Entry> {
        self.set_aside.remove(envelope_hash);
        self.pools_mut()
            .into_iter()
            .find_map(|pool| pool.remove(envelope_hash))
    }

    /// Takes out every envelope of a transaction that waits for another.
    pub fn remove_waiting(&mut self, id: &TransactionId) -> Vec<Entry> {
        let mut removed = self.waiting.remove_id(id);
        removed.extend(self.keyless.remove_id(id));
        removed
    }

    /// Takes out every envelope of a transaction that was committed.
    pub fn remove_committed(&mut self, id: &TransactionId) {
        let removed: Vec<Entry> = self
            .pools_mut()
            .into_iter()
            .flat_map(|pool| pool.remove_id(id))
            .collect();
        for entry in &removed {
            self.set_aside.remove(&entry.sealed.envelope_hash());
        }
    }

    /// Takes out every transaction that can apply no more after a block at `time_ms`.
    pub fn remove_expired(&mut self, time_ms: TimestampMs) -> Vec<Entry> {
        let expired: Vec<Entry> = self
            .pools_mut()
            .into_iter()
            .flat_map(|pool| pool.remove_expired(time_ms))
            .collect();
        for entry in &expired {
            self.set_aside.remove(&entry.sealed.envelope_hash());
        }
        expired
    }
}

/// How long the queue of those to be tried again may be, when so many are held.
const fn retry_bound(held: usize) -> usize {
    held.saturating_mul(2).saturating_add(64)
}

fn refusal(pool: &Pool, no_room: NoRoom) -> SubmitError {
    let bounds = pool.bounds();
    match no_room {
        NoRoom::Share { count, bytes } => SubmitError::SignerShare {
            count,
            count_max: bounds.share_count(),
            bytes,
            bytes_max: bounds.share_bytes(),
        },
        NoRoom::Alternatives => SubmitError::Alternatives {
            count_max: ALTERNATIVES_MAX,
        },
        NoRoom::Full => SubmitError::Full {
            count: pool.len(),
            count_max: bounds.count_max,
            bytes: pool.bytes(),
            bytes_max: bounds.bytes_max,
        },
    }
}
