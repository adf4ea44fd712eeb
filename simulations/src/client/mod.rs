//! Who uses the nodes' APIs in a run, one kind of client a file.
//!
//! Residents are always there; the others are faults of the plan.

pub mod residents;

use crate::cluster::Cluster;
use crate::cluster::seen::Seen;
use crate::counters::Counters;
use crate::workload::Workload;

/// Somebody who uses the nodes' APIs.
pub trait Client {
    /// When it does something next, in virtual milliseconds since the start; none: never again.
    fn next_ms(&self) -> Option<u64>;

    /// Its time has come.
    fn act(&mut self, cluster: &mut Cluster, city: &mut dyn Workload, counters: &mut Counters);

    /// Something happened.
    fn hear(&mut self, seen: &Seen);
}
