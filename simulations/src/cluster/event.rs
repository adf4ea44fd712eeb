//! What happens to a cluster, one event after another in the order of virtual time.

use timebank_node::replica::{ReplicaInput, RequestFailure, RequestId, TimerKey};

use super::Cluster;
use super::delivery::REQUEST_TIMEOUT_US;
use super::seen::Seen;

/// What happens next.
#[derive(Debug)]
pub(super) enum Event {
    Input {
        to: usize,
        life: u64,
        input: ReplicaInput,
    },
    Timer {
        node: usize,
        life: u64,
        key: TimerKey,
        number: u64,
    },
    RequestTimeout {
        node: usize,
        life: u64,
        id: RequestId,
    },
    Flush {
        node: usize,
        life: u64,
    },
    /// Blocks are moved from the journal into their database, at any time between two flushes.
    Settle {
        node: usize,
        life: u64,
    },
    /// A Byzantine node may do something of itself.
    Act {
        node: usize,
        life: u64,
    },
    /// A Byzantine node starts again.
    Restart {
        node: usize,
    },
}

impl Event {
    const fn node(&self) -> usize {
        match self {
            Event::Input { to: node, .. }
            | Event::Timer { node, .. }
            | Event::RequestTimeout { node, .. }
            | Event::Flush { node, .. }
            | Event::Settle { node, .. }
            | Event::Act { node, .. }
            | Event::Restart { node } => *node,
        }
    }
}

impl Cluster {
    pub(super) fn happen(&mut self, event: Event) {
        let node = event.node();
        if let Some(until_us) = self.nodes[node].paused_until_us {
            let now_us = self.clock.now_us();
            if now_us < until_us {
                self.clock.schedule(until_us - now_us, event);
                return;
            }
            self.nodes[node].paused_until_us = None;
        }
        let life = self.nodes[node].life;
        match event {
            Event::Input {
                life: of, input, ..
            } if of == life => self.receive(node, input),
            Event::Timer {
                life: of,
                key,
                number,
                ..
            } if of == life && self.nodes[node].take_timer(key, number) => {
                self.give(node, ReplicaInput::Timer(key));
            }
            Event::RequestTimeout { life: of, id, .. }
                if of == life && self.nodes[node].requests.remove(&id).is_some() =>
            {
                let response = ReplicaInput::Response {
                    id,
                    outcome: Err(RequestFailure::Timeout),
                    took_ms: REQUEST_TIMEOUT_US / 1_000,
                };
                self.give(node, response);
            }
            Event::Flush { life: of, .. } if of == life => self.flush(node),
            Event::Settle { life: of, .. } if of == life => self.settle(node),
            Event::Act { life: of, .. } if of == life => self.act(node),
            Event::Restart { .. } if self.nodes[node].replica.is_none() => self.start(node),
            // Meant for an earlier life, or settled meanwhile.
            _ => {}
        }
    }

    fn receive(&mut self, node: usize, mut input: ReplicaInput) {
        if let ReplicaInput::Response {
            id,
            outcome,
            took_ms,
        } = &mut input
        {
            let Some(since_us) = self.nodes[node].requests.remove(id) else {
                return;
            };
            *took_ms = (self.clock.now_us() - since_us) / 1_000;
            let outcome = outcome.as_ref().map(Vec::len).map_err(|error| *error);
            self.see(Seen::Heard { node, outcome });
        }
        self.give(node, input);
    }
}
