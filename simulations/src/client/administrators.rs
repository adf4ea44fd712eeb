//! The city's administrators, who leave a validator out of the set and take it back in, again and again.
//!
//! The set in force changes in the middle of everything else: certificates, proposers and quorums are of another set from one
//! height to the next. In the end the set is whole.

use super::{Client, Part, chain_ms};
use crate::city::Office;
use crate::clock::MS_US;
use crate::cluster::Cluster;
use crate::cluster::seen::Seen;
use crate::counters::{Counters, FaultKind};
use crate::workload::Workload;

/// The pause between two changes, in virtual milliseconds.
const PAUSE_MS: u64 = 800;

/// Changes the set of validators.
#[derive(Debug)]
pub struct Administrators {
    part: Part,
    office: Option<Office>,
    /// Whether everybody was in the set when they looked last.
    whole: bool,
}

impl Administrators {
    /// As `part` of a plan says.
    pub const fn new(part: Part) -> Administrators {
        Administrators {
            part,
            office: None,
            whole: true,
        }
    }
}

impl Client for Administrators {
    fn next_ms(&self) -> Option<u64> {
        match self.part.next_ms() {
            None if !self.whole => Some(self.part.next_ms),
            next_ms => next_ms,
        }
    }

    fn act(&mut self, cluster: &mut Cluster, _: &mut dyn Workload, counters: &mut Counters) {
        let now_ms = cluster.now_us() / MS_US;
        let over = now_ms >= self.part.until_ms;
        self.part.pause(now_ms, PAUSE_MS);
        let Some(node) = self.part.node_up(cluster) else {
            return;
        };
        let nodes = self.part.nodes;
        let in_force = cluster
            .status(node)
            .map_or(nodes, |it| it.validators.as_slice().len());
        self.whole = in_force == nodes;
        if over && self.whole {
            return;
        }
        let left_out = self.whole.then_some(self.part.node);
        let now_ms = chain_ms(cluster, nodes);
        let chain_id = cluster.genesis().chain_id();
        let office = self.office.get_or_insert_with(|| Office::new(chain_id));
        let wanted = (0..nodes).filter(|node| Some(*node) != left_out);
        let envelope = office.set_validators(wanted, now_ms);
        cluster.submit(node, envelope);
        // Until it is seen in force.
        self.whole = false;
        counters.count(FaultKind::SetChange);
    }

    fn hear(&mut self, _: &Seen) {}
}
