//! How nodes begin and end: starts, crashes, halts, pauses, other disks, and twins that run with the same keys.

use std::sync::Arc;

use timebank_node::replica::{Fault, ReplicaInput};
use timebank_node::storage::MemoryDisk;

use super::Cluster;
use super::node::Node;
use super::seen::Seen;
use crate::clock::MS_US;

/// How soon the peers of a node that crashes notice, in microseconds.
const DISCONNECTED_US: u64 = 500;
/// How soon after its start a node is connected: later than its peers notice the end of its life before.
const CONNECTED_US: u64 = 1_000;

impl Cluster {
    /// Starts a node that is down.
    pub fn start(&mut self, node: usize) {
        let identity = self.nodes[node].identity;
        let config = self.settings.config(identity);
        match self.nodes[node].open(config, &self.genesis) {
            Ok(None) => {}
            Ok(Some(reason)) => self.see(Seen::Discarded { node, reason }),
            Err(fault) => {
                self.halt(node, fault);
                return;
            }
        }
        self.note(node, b"start", &[]);
        self.see(Seen::Started { node });
        self.give(node, ReplicaInput::Start);
        if self.nodes[node].replica.is_none() {
            return;
        }
        self.begin_acting(node);
        for other in 0..self.nodes.len() {
            if other != node && self.nodes[other].replica.is_some() {
                self.connect(node, other);
                self.connect(other, node);
            }
        }
    }

    fn connect(&mut self, to: usize, peer: usize) {
        let key = self.peer_key(peer);
        self.schedule_input(CONNECTED_US, to, ReplicaInput::PeerConnected(key));
    }

    /// Kills a node. Of what it wrote and did not sync the first `torn_bytes` survive.
    pub fn crash(&mut self, node: usize, torn_bytes: usize) {
        self.nodes[node].kill(torn_bytes);
        self.note(node, b"crash", &[]);
        self.see(Seen::Crashed { node });
        let key = self.peer_key(node);
        let alive = |node: &usize| self.nodes[*node].replica.is_some();
        if self.nodes_of(&key).iter().any(alive) {
            // A peer is gone with the last connection to it, and this one's twin still has one.
            return;
        }
        for other in 0..self.nodes.len() {
            if other != node && self.nodes[other].replica.is_some() {
                self.schedule_input(DISCONNECTED_US, other, ReplicaInput::PeerDisconnected(key));
            }
        }
    }

    pub(super) fn halt(&mut self, node: usize, fault: Fault) {
        self.see(Seen::Halted {
            node,
            fault: fault.clone(),
        });
        self.records.halts.push((node, fault));
        self.crash(node, 0);
    }

    /// Puts another disk into a node that is down; the one it had.
    ///
    /// # Panics
    /// When the node is up.
    pub fn replace_disk(&mut self, node: usize, disk: Arc<MemoryDisk>) -> Arc<MemoryDisk> {
        assert!(self.nodes[node].replica.is_none(), "the node is up");
        self.see(Seen::Restored { node });
        std::mem::replace(&mut self.nodes[node].disk, disk)
    }

    /// Adds a second node with the keys of `identity` over what is on `disk`; it is down.
    pub fn add_twin(&mut self, identity: usize, disk: Arc<MemoryDisk>) -> usize {
        self.nodes.push(Node::on(disk, identity));
        self.nodes.len() - 1
    }

    /// Lets a node stand still for `ms` milliseconds; what comes to it meanwhile waits.
    pub fn pause(&mut self, node: usize, ms: u64) {
        let until_us = self.clock.now_us() + ms * MS_US;
        self.nodes[node].paused_until_us = Some(until_us);
    }
}
