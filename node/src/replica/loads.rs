//! How full everything is that a replica keeps: queues, caches, buffers. Each has a bound, whatever peers and clients do.

use super::Replica;
use super::sync::{PEER_ANSWERS_MAX, REMEMBERED_PEERS_MAX};

/// One of the places where a node keeps things, how much is there, and how much can be there at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// What is kept there.
    pub name: &'static str,
    /// How many, or how many bytes.
    pub held: usize,
    /// The most.
    pub bound: usize,
}

impl Load {
    /// `held` of `bound`.
    pub const fn new(name: &'static str, held: usize, bound: usize) -> Load {
        Load { name, held, bound }
    }

    /// Whether no more is there than may be.
    pub const fn is_within(&self) -> bool {
        self.held <= self.bound
    }
}

impl Replica {
    /// Everything this replica and its consensus host keep beside the ledger itself.
    pub fn loads(&self) -> Vec<Load> {
        let validators = self.validators.as_slice().len();
        let peers = self.peers.len();
        let mut loads = self.mempool.loads();
        loads.push(self.verified.load());
        loads.extend(self.admission.loads());
        loads.extend(self.proposals.loads());
        loads.extend(self.gathering.loads(validators.saturating_add(peers)));
        loads.push(Load::new(
            "blocks asked for",
            usize::from(self.sync.is_active()),
            PEER_ANSWERS_MAX,
        ));
        loads.push(Load::new(
            "peers that left",
            self.departed.len(),
            REMEMBERED_PEERS_MAX,
        ));
        loads.push(self.sync.load());
        loads.push(self.sightings.load());
        let in_mempool = self.mempool.ready_count() + self.mempool.waiting_count();
        let held = in_mempool + self.admission.verifying_count();
        loads.extend([
            // Each is of a transaction that is held.
            Load::new("ends not told yet", self.untold.len(), held),
            // Emptied in every call: what is left is lost.
            Load::new("left verification", self.admission.left.len(), 0),
            Load::new("effects", self.effects.len(), 0),
            Load::new("outbox", self.outbox.len(), 0),
            Load::new("inputs of the host", self.host_inputs.len(), 0),
            // One of each kind in the round in progress, and the one that repeats our votes.
            Load::new(
                "consensus timers",
                self.consensus_timers.len(),
                CONSENSUS_TIMERS_MAX,
            ),
        ]);
        loads.extend(self.host.loads());
        loads
    }
}

/// Timers of consensus that run at a time.
const CONSENSUS_TIMERS_MAX: usize = 8;
