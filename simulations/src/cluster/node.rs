//! One simulated node: a replica that may be down, its disk, its clock, its timers and its open requests.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger_core::genesis::Genesis;
use ledger_core::signature::PublicKey;
use timebank_node::consensus::LastSigned;
use timebank_node::replica::{Replica, ReplicaConfig, RequestId, TimerKey};
use timebank_node::storage::{MemoryDisk, Storage, Survival};

use crate::city;
use crate::clock::MS_US;

/// A simulated node.
pub(super) struct Node {
    /// Whose keys it runs with: its own number, unless it is a second node with another's keys.
    pub(super) identity: usize,
    /// How the others know it.
    pub(super) peer_key: PublicKey,
    pub(super) disk: Arc<MemoryDisk>,
    /// None while it is down.
    pub(super) replica: Option<Replica>,
    /// Counts its starts: what was meant for an earlier life does not reach a later one.
    pub(super) life: u64,
    /// Milliseconds by which its clock is ahead of the simulation's; behind when negative.
    pub(super) ahead_ms: i64,
    /// How much faster its clock runs, in millionths; slower when negative.
    pub(super) drift_ppm: i64,
    /// It takes no input before this time.
    pub(super) paused_until_us: Option<u64>,
    /// It crashes instead of carrying out the effect after so many.
    pub(super) effects_left: Option<u64>,
    /// Effects carried out so far.
    pub(super) effects_done: u64,
    pub(super) requests: BTreeMap<RequestId, u64>,
    timers: BTreeMap<TimerKey, u64>,
    timers_set: u64,
}

impl Node {
    /// A node with an empty disk and a new key.
    pub(super) fn new(identity: usize, genesis: &Genesis) -> Node {
        let disk = MemoryDisk::new();
        let opened =
            Storage::open_memory(&disk, genesis.chain_id()).expect("an empty disk in memory opens");
        opened
            .storage
            .last_signed
            .store(&LastSigned::NOTHING.encode())
            .expect("an empty disk in memory takes a record");
        Node::on(disk, identity)
    }

    /// A node on what `disk` holds, with the keys of the node `identity`.
    pub(super) fn on(disk: Arc<MemoryDisk>, identity: usize) -> Node {
        Node {
            identity,
            peer_key: city::peer(identity),
            disk,
            replica: None,
            life: 0,
            ahead_ms: 0,
            drift_ppm: 0,
            paused_until_us: None,
            effects_left: None,
            effects_done: 0,
            requests: BTreeMap::new(),
            timers: BTreeMap::new(),
            timers_set: 0,
        }
    }

    /// The time by its clock, in milliseconds since 1970, when the simulation has run for `now_us`.
    pub(super) fn now_ms(&self, now_us: u64) -> u64 {
        let true_ms = city::START_MS + 1 + now_us / MS_US;
        let drifted_ms = i128::from(now_us / MS_US) * i128::from(self.drift_ppm) / 1_000_000;
        let ahead_ms = i64::try_from(drifted_ms)
            .unwrap_or_default()
            .saturating_add(self.ahead_ms);
        true_ms.saturating_add_signed(ahead_ms)
    }

    /// Opens the replica over what the disk holds; why the derived state was thrown away, if it was.
    ///
    /// # Errors
    /// What the storage says.
    pub(super) fn open(
        &mut self,
        config: ReplicaConfig,
        genesis: &Genesis,
    ) -> Result<Option<String>, timebank_node::replica::Fault> {
        let opened = Storage::open_memory(&self.disk, genesis.chain_id())?;
        self.life += 1;
        self.replica = Some(Replica::open(config, genesis.clone(), opened.storage)?);
        Ok(opened.discarded)
    }

    /// The process is gone, at once, with the machine. What was written and not synced is torn by `torn_bytes`, or lost if
    /// that is 0.
    pub(super) fn kill(&mut self, torn_bytes: usize) {
        // First, so that the stores cannot close their files in order when they are dropped.
        self.disk.crash(Survival::of(torn_bytes as u64));
        self.replica = None;
        self.effects_left = None;
        self.paused_until_us = None;
        self.timers.clear();
        self.requests.clear();
    }

    /// A timer starts; the number tells it from an earlier one with the same key.
    pub(super) fn set_timer(&mut self, key: TimerKey) -> u64 {
        self.timers_set += 1;
        self.timers.insert(key, self.timers_set);
        self.timers_set
    }

    pub(super) fn cancel_timer(&mut self, key: TimerKey) {
        self.timers.remove(&key);
    }

    /// Whether the timer that runs out is the one that counts.
    pub(super) fn take_timer(&mut self, key: TimerKey, number: u64) -> bool {
        if self.timers.get(&key) != Some(&number) {
            return false;
        }
        self.timers.remove(&key);
        true
    }

    /// How many timers run.
    pub(super) fn timers(&self) -> usize {
        self.timers.len()
    }
}
