//! A registered peer that is no node of the city: an observer's machine, say, in the wrong hands.
//!
//! Nodes take its messages and requests as they take any peer's, and never reach it.

use std::collections::BTreeSet;

use ledger_core::signature::PublicKey;
use timebank_node::replica::{InboundRequestId, ReplicaInput, Topic};

use crate::city;
use crate::cluster::Cluster;
use crate::cluster::seen::Seen;

/// Inbound requests of strangers are numbered from here down: nobody waits for their answers.
const REQUESTS_FROM: u64 = u64::MAX;

/// A registered peer that is no node.
#[derive(Debug)]
pub struct Stranger {
    key: PublicKey,
    connected: BTreeSet<usize>,
    requests: u64,
}

impl Stranger {
    /// The stranger with this number, in a city of `nodes` nodes.
    pub fn new(nodes: usize, number: usize) -> Stranger {
        Stranger {
            key: city::peer_key(nodes + 1_000 + number).public_key(),
            connected: BTreeSet::new(),
            requests: 0,
        }
    }

    /// Takes note of nodes that forget it.
    pub fn hear(&mut self, seen: &Seen) {
        if let Seen::Crashed { node } | Seen::Started { node } = seen {
            self.connected.remove(node);
        }
    }

    /// Says something to a node.
    pub fn say(&mut self, cluster: &mut Cluster, node: usize, topic: Topic, mut bytes: Vec<u8>) {
        // The transport takes no more.
        bytes.truncate(topic.bytes_max());
        self.connect(cluster, node);
        let from = self.key;
        cluster.give(node, ReplicaInput::Message { from, topic, bytes });
    }

    /// Asks a node something.
    pub fn ask(&mut self, cluster: &mut Cluster, node: usize, bytes: Vec<u8>) {
        self.connect(cluster, node);
        self.requests += 1;
        let (from, id) = (self.key, InboundRequestId(REQUESTS_FROM - self.requests));
        cluster.give(node, ReplicaInput::Request { from, id, bytes });
    }

    fn connect(&mut self, cluster: &mut Cluster, node: usize) {
        if self.connected.insert(node) {
            cluster.give(node, ReplicaInput::PeerConnected(self.key));
        }
    }
}
