//! Whole clusters of the real node logic in one process, under faults, driven by a seed.
//!
//! What runs here is [`timebank_node::replica::Replica`], the same code as in production, over disks in memory, a virtual
//! network and a virtual clock. The same seed gives the same run to the last bit, which the trace hash shows, so whatever
//! a seed finds can be looked at again.

pub mod bytes;
pub mod byzantine;
pub mod checker;
pub mod city;
pub mod client;
pub mod clock;
pub mod cluster;
pub mod comparison;
pub mod counters;
pub mod fleet;
pub mod frauds;
pub mod network;
pub mod plan;
pub mod random;
pub mod report;
pub mod run;
pub mod scale;
pub mod sizes;
pub mod timeline;
pub mod workload;
