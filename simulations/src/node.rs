//! One simulated node: a replica that may be down, its disk, its timers and its open requests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger_core::genesis::Genesis;
use timebank_node::consensus::LastSigned;
use timebank_node::replica::{Replica, ReplicaConfig, RequestId, TimerKey};
use timebank_node::storage::{MemoryDisk, Storage};

/// A simulated node.
pub(crate) struct Node {
    pub(crate) disk: Arc<MemoryDisk>,
    /// None while it is down.
    pub(crate) replica: Option<Replica>,
    /// Counts its starts: what was meant for an earlier life does not reach a later one.
    pub(crate) life: u64,
    /// Milliseconds by which its clock is ahead of the simulation's.
    pub(crate) ahead_ms: u64,
    /// It crashes instead of carrying out the effect after so many.
    pub(crate) effects_left: Option<u64>,
    /// Effects carried out so far.
    pub(crate) effects_done: u64,
    pub(crate) requests: BTreeSet<RequestId>,
    timers: BTreeMap<TimerKey, u64>,
    timers_set: u64,
}

impl Node {
    /// A node with an empty disk and a new key.
    pub(crate) fn new(genesis: &Genesis) -> Node {
        let disk = MemoryDisk::new();
        let opened =
            Storage::open_memory(&disk, genesis.chain_id()).expect("an empty disk in memory opens");
        opened
            .storage
            .last_signed
            .store(&LastSigned::NOTHING.encode())
            .expect("an empty disk in memory takes a record");
        Node {
            disk,
            replica: None,
            life: 0,
            ahead_ms: 0,
            effects_left: None,
            effects_done: 0,
            requests: BTreeSet::new(),
            timers: BTreeMap::new(),
            timers_set: 0,
        }
    }

    /// Opens the replica over what the disk holds.
    ///
    /// # Errors
    /// What the storage says.
    pub(crate) fn open(
        &mut self,
        config: ReplicaConfig,
        genesis: &Genesis,
    ) -> Result<(), timebank_node::replica::Fault> {
        let opened = Storage::open_memory(&self.disk, genesis.chain_id())?;
        self.life += 1;
        self.replica = Some(Replica::open(config, genesis.clone(), opened.storage)?);
        Ok(())
    }

    /// The process is gone, at once. Of what was written and not synced the first `torn_bytes` are left.
    pub(crate) fn kill(&mut self, torn_bytes: usize) {
        self.replica = None;
        self.effects_left = None;
        self.timers.clear();
        self.requests.clear();
        self.disk.crash(torn_bytes);
    }

    /// A timer starts; the number tells it from an earlier one with the same key.
    pub(crate) fn set_timer(&mut self, key: TimerKey) -> u64 {
        self.timers_set += 1;
        self.timers.insert(key, self.timers_set);
        self.timers_set
    }

    pub(crate) fn cancel_timer(&mut self, key: TimerKey) {
        self.timers.remove(&key);
    }

    /// Whether the timer that runs out is the one that counts.
    pub(crate) fn take_timer(&mut self, key: TimerKey, number: u64) -> bool {
        if self.timers.get(&key) != Some(&number) {
            return false;
        }
        self.timers.remove(&key);
        true
    }
}
