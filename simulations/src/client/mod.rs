//! Who uses the nodes' APIs in a run, one kind of client a file.
//!
//! Residents and wallets are always there; the others are faults of the plan.
//!
//! | file | who |
//! |---|---|
//! | `residents.rs` | honest people who want things done |
//! | `reader.rs` | wallets that check what they are told |
//! | `retrier.rs` | somebody who submits the same again and again, everywhere |
//! | `flood.rs` | far more than a mempool holds |
//! | `malformed.rs` | bytes that are nothing |
//! | `administrators.rs` | the city, which changes the set of validators |
//! | `stranger.rs` | a registered peer that is no node of the city |

pub mod administrators;
pub mod flood;
pub mod malformed;
pub mod reader;
pub mod residents;
pub mod retrier;
pub mod stranger;

use ledger_core::genesis::Genesis;

use crate::cluster::Cluster;
use crate::cluster::seen::Seen;
use crate::counters::{Counters, FaultKind};
use crate::plan::Plan;
use crate::plan::fault::{Fault, Scheduled};
use crate::random::Random;
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

/// Everybody but the residents, in a run of `plan` on the chain of `genesis`.
pub fn others(plan: &Plan, genesis: &Genesis) -> Vec<Box<dyn Client>> {
    let mut clients: Vec<Box<dyn Client>> = vec![Box::new(reader::Reader::new(plan, genesis))];
    for it in &plan.faults {
        let Fault::Client { kind, node } = it.fault else {
            continue;
        };
        let part = Part::new(plan, it, node);
        match kind {
            FaultKind::Retry => clients.push(Box::new(retrier::Retrier::new(part))),
            FaultKind::Flood => clients.push(Box::new(flood::Flood::new(part, genesis))),
            FaultKind::MalformedSubmission => {
                clients.push(Box::new(malformed::Submissions::new(part, genesis)));
            }
            FaultKind::SetChange => {
                clients.push(Box::new(administrators::Administrators::new(part)));
            }
            _ => clients.push(Box::new(malformed::Messages::new(part))),
        }
    }
    clients
}

/// How much longer a client stays for each time it finds no node up, in virtual milliseconds.
const NOBODY_UP_MS: u64 = 1_000;

/// What a client that is a fault has of the plan.
#[derive(Debug)]
pub struct Part {
    /// Its number in the plan: strangers are told apart by it.
    number: usize,
    /// At which node above all.
    node: usize,
    nodes: usize,
    next_ms: u64,
    until_ms: u64,
    random: Random,
}

impl Part {
    /// Of the fault `it` of `plan`.
    pub fn new(plan: &Plan, it: &Scheduled, node: usize) -> Part {
        let number = u64::try_from(it.number).unwrap_or(0);
        Part {
            number: it.number,
            node,
            nodes: plan.nodes,
            next_ms: it.at_ms,
            until_ms: it.at_ms.saturating_add(it.lasts_ms),
            random: Random::new(plan.seed ^ (number << 32) ^ 0x434c_4945_4e54),
        }
    }

    const fn next_ms(&self) -> Option<u64> {
        if self.next_ms < self.until_ms {
            Some(self.next_ms)
        } else {
            None
        }
    }

    /// Comes again `pause_ms` after `now_ms`.
    const fn pause(&mut self, now_ms: u64, pause_ms: u64) {
        self.next_ms = now_ms + pause_ms;
    }

    /// Some node that is up, the one of the plan more often than others.
    fn node_up(&mut self, cluster: &Cluster) -> Option<usize> {
        if self.random.happens(500) && cluster.replica(self.node).is_some() {
            return Some(self.node);
        }
        let up: Vec<usize> = (0..self.nodes)
            .filter(|node| cluster.replica(*node).is_some())
            .collect();
        if up.is_empty() {
            // Whoever finds nobody stays that much longer; after everything is healed somebody is there.
            self.until_ms = self.until_ms.saturating_add(NOBODY_UP_MS);
        }
        (!up.is_empty()).then(|| up[self.random.index(up.len())])
    }
}

/// The time of the chain or of the simulation, whichever is later, in milliseconds since 1970.
fn chain_ms(cluster: &Cluster, nodes: usize) -> u64 {
    let true_ms = crate::city::START_MS + 1 + cluster.now_us() / crate::clock::MS_US;
    let statuses = (0..nodes).filter_map(|node| cluster.status(node));
    let newest_ms = statuses.map(|status| status.time_ms.0).max();
    newest_ms.unwrap_or_default().max(true_ms)
}
