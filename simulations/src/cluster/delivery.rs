//! Messages, requests and responses on their way from one node to another.

use std::sync::Arc;

use ledger_core::signature::PublicKey;
use timebank_node::replica::messages::{REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX};
use timebank_node::replica::{InboundRequestId, ReplicaInput, RequestFailure, RequestId, Topic};

use super::event::Event;
use super::seen::Seen;
use super::{Cluster, Passing};

/// How long a request waits for its response, in microseconds.
pub(super) const REQUEST_TIMEOUT_US: u64 = 5_000_000;
/// How soon a node learns that a peer cannot be reached, in microseconds.
const UNREACHABLE_US: u64 = 1_000;

impl Cluster {
    /// Gives `to` a request of `from` at once.
    pub fn ask(&mut self, from: usize, to: usize, bytes: Vec<u8>) {
        let id = InboundRequestId(self.number());
        let life = self.nodes[from].life;
        // The asker waits for no answer, so it has no request with this id.
        self.inbound.insert(id, (from, life, RequestId(u64::MAX)));
        let from = self.peer_key(from);
        self.give(to, ReplicaInput::Request { from, id, bytes });
    }

    /// How the others know a node.
    pub fn peer_key(&self, node: usize) -> PublicKey {
        self.nodes[node].peer_key
    }

    /// The nodes known as `peer`: one, or two while it has a twin.
    pub(super) fn nodes_of(&self, peer: &PublicKey) -> Vec<usize> {
        let of = |node: &usize| self.nodes[*node].peer_key == *peer;
        (0..self.nodes.len()).filter(of).collect()
    }

    pub(super) fn publish(&mut self, node: usize, topic: Topic, bytes: Vec<u8>) {
        self.note(node, b"publish", &bytes);
        *self.records.messages.entry(topic).or_default() += 1;
        self.said(node, topic, &bytes);
        let identity = self.nodes[node].identity;
        for to in 0..self.nodes.len() {
            if self.nodes[to].identity != identity {
                self.send_message(node, to, topic, bytes.clone());
            }
        }
    }

    pub(super) fn said(&mut self, node: usize, topic: Topic, bytes: &[u8]) {
        if self.watched && topic == Topic::Consensus {
            let bytes = Arc::new(bytes.to_vec());
            self.see(Seen::Said { node, topic, bytes });
        }
    }

    pub(super) fn send_message(&mut self, from: usize, to: usize, topic: Topic, bytes: Vec<u8>) {
        assert!(
            bytes.len() <= topic.bytes_max(),
            "a message keeps its bound"
        );
        let input = ReplicaInput::Message {
            from: self.peer_key(from),
            topic,
            bytes,
        };
        self.send(from, to, input);
    }

    /// Sends `input`, unless the sender's behaviour sends something else.
    fn send(&mut self, from: usize, to: usize, input: ReplicaInput) {
        for (to, input) in self.speak(from, to, input) {
            self.transmit(from, to, input);
        }
    }

    /// Puts `input` on its way.
    pub(super) fn transmit(&mut self, from: usize, to: usize, input: ReplicaInput) {
        match &input {
            ReplicaInput::Message { topic, bytes, .. } => {
                let traffic = self.records.traffic.entry(*topic).or_default();
                traffic.count(bytes.len());
            }
            ReplicaInput::Response {
                outcome: Ok(bytes), ..
            } => self.records.responses.count(bytes.len()),
            _ => {}
        }
        let arrivals = self.network.arrivals(from, to);
        if brings_transactions(&input) && self.network.loses_transactions() {
            return;
        }
        let passing = Passing {
            from,
            to,
            input: &input,
        };
        if !self.filter.as_mut().is_none_or(|filter| filter(passing)) {
            return;
        }
        for latency_us in arrivals {
            self.schedule_input(latency_us, to, input.clone());
        }
    }

    pub(super) fn send_request(
        &mut self,
        node: usize,
        peer: &PublicKey,
        id: RequestId,
        bytes: Vec<u8>,
    ) {
        assert!(
            bytes.len() <= REQUEST_BYTES_MAX,
            "a request keeps its bound"
        );
        self.records.requests += 1;
        let now_us = self.clock.now_us();
        self.nodes[node].requests.insert(id, now_us);
        let life = self.nodes[node].life;
        self.clock
            .schedule(REQUEST_TIMEOUT_US, Event::RequestTimeout { node, life, id });
        let reachable: Vec<usize> = self
            .nodes_of(peer)
            .into_iter()
            .filter(|to| self.nodes[*to].replica.is_some())
            .collect();
        let Some(to) = reachable.first().copied() else {
            let response = response_to(id, Err(RequestFailure::Unreachable));
            self.schedule_input(UNREACHABLE_US, node, response);
            return;
        };
        let inbound = InboundRequestId(self.number());
        self.inbound.insert(inbound, (node, life, id));
        let from = self.peer_key(node);
        let input = ReplicaInput::Request {
            from,
            id: inbound,
            bytes,
        };
        self.send(node, to, input);
    }

    pub(super) fn respond(&mut self, node: usize, id: InboundRequestId, bytes: Option<Vec<u8>>) {
        let length = bytes.as_ref().map_or(0, Vec::len);
        assert!(length <= RESPONSE_BYTES_MAX, "an answer keeps its bound");
        if let Some((to, response)) = self.response(id, bytes) {
            self.send(node, to, response);
        }
    }

    /// Answers a request past the sender's behaviour.
    pub(super) fn answer(&mut self, node: usize, id: InboundRequestId, bytes: Option<Vec<u8>>) {
        if let Some((to, response)) = self.response(id, bytes) {
            self.transmit(node, to, response);
        }
    }

    fn response(
        &mut self,
        id: InboundRequestId,
        bytes: Option<Vec<u8>>,
    ) -> Option<(usize, ReplicaInput)> {
        let (to, life, id) = self.inbound.remove(&id)?;
        let outcome = bytes.ok_or(RequestFailure::Unreachable);
        (self.nodes[to].life == life).then(|| (to, response_to(id, outcome)))
    }
}

/// What came of a request; how long it took is known when it is there.
const fn response_to(id: RequestId, outcome: Result<Vec<u8>, RequestFailure>) -> ReplicaInput {
    ReplicaInput::Response {
        id,
        outcome,
        took_ms: 0,
    }
}

/// Whether a message brings transactions to a mempool.
const fn brings_transactions(input: &ReplicaInput) -> bool {
    matches!(
        input,
        ReplicaInput::Message {
            topic: Topic::Transactions,
            ..
        }
    )
}
