//! Honest people: they submit what they want done at some node, and submit it again elsewhere until they hear that it is
//! final, or that it will never be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger_core::id::TransactionId;
use ledger_core::transaction::SealedEnvelope;
use timebank_node::replica::{SubmitError, Ticket};

use super::Client;
use crate::clock::MS_US;
use crate::cluster::Cluster;
use crate::cluster::seen::Seen;
use crate::counters::Counters;
use crate::plan::Plan;
use crate::random::Random;
use crate::workload::Workload;

/// How long somebody waits for a receipt before submitting again, in virtual milliseconds.
const RETRY_MS: u64 = 4_000;
/// How often; after that they give up.
const TRIES_MAX: u32 = 40;
/// Above so many open transactions nobody begins another.
const OPEN_MAX: usize = 400;

/// Something somebody wants done.
#[derive(Debug)]
struct Wish {
    envelope: Arc<SealedEnvelope>,
    retry_ms: u64,
    tries: u32,
}

/// Honest people.
#[derive(Debug)]
pub struct Residents {
    nodes: usize,
    burst: usize,
    pause_ms: u64,
    next_ms: Option<u64>,
    open: BTreeMap<TransactionId, Wish>,
    asked: BTreeMap<Ticket, TransactionId>,
    random: Random,
    /// What nodes told them is final.
    final_ids: BTreeSet<TransactionId>,
}

impl Residents {
    /// Those of `plan`.
    pub fn new(plan: &Plan) -> Residents {
        Residents {
            nodes: plan.nodes,
            burst: plan.burst,
            pause_ms: plan.pause_ms,
            next_ms: Some(0),
            open: BTreeMap::new(),
            asked: BTreeMap::new(),
            random: Random::new(plan.seed ^ 0x5245_5349_4445),
            final_ids: BTreeSet::new(),
        }
    }

    /// How many transactions they were told are final.
    pub fn applied(&self) -> u64 {
        u64::try_from(self.final_ids.len()).unwrap_or(u64::MAX)
    }

    fn submit(&mut self, cluster: &mut Cluster, envelope: &Arc<SealedEnvelope>) {
        // Somewhere where somebody answers; nobody else's API takes anything.
        for _ in 0..self.nodes {
            let node = self.random.index(self.nodes);
            if cluster.replica(node).is_some() {
                let ticket = cluster.submit(node, Arc::clone(envelope));
                self.asked.insert(ticket, envelope.id());
                return;
            }
        }
    }
}

impl Client for Residents {
    fn next_ms(&self) -> Option<u64> {
        self.next_ms
    }

    fn act(&mut self, cluster: &mut Cluster, city: &mut dyn Workload, _: &mut Counters) {
        let now_ms = cluster.now_us() / MS_US;
        self.next_ms = Some(now_ms + self.pause_ms);
        let late: Vec<TransactionId> = self
            .open
            .iter()
            .filter(|(_, wish)| wish.retry_ms <= now_ms)
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            let Some(wish) = self.open.get_mut(&id) else {
                continue;
            };
            wish.tries += 1;
            wish.retry_ms = now_ms + RETRY_MS;
            if wish.tries > TRIES_MAX {
                self.open.remove(&id);
                continue;
            }
            let envelope = Arc::clone(&wish.envelope);
            self.submit(cluster, &envelope);
        }
        if self.open.len() >= OPEN_MAX {
            return;
        }
        let chain_ms = (0..self.nodes)
            .filter_map(|node| cluster.status(node))
            .map(|status| status.time_ms.0)
            .max();
        let at_ms = chain_ms.unwrap_or_default().max(true_ms(now_ms));
        for envelope in city.draft(at_ms, self.burst) {
            self.submit(cluster, &envelope);
            let wish = Wish {
                envelope,
                retry_ms: now_ms + RETRY_MS,
                tries: 0,
            };
            self.open.insert(wish.envelope.id(), wish);
        }
    }

    fn hear(&mut self, seen: &Seen) {
        match seen {
            Seen::Committed { committed, .. } => {
                for sealed in &committed.block.transactions {
                    if self.open.remove(&sealed.id()).is_some() {
                        self.final_ids.insert(sealed.id());
                    }
                }
            }
            Seen::Answered { ticket, answer, .. } => {
                let id = self.asked.remove(ticket);
                if let (Some(id), Err(SubmitError::Rejected(_))) = (id, answer) {
                    self.open.remove(&id);
                }
            }
            Seen::Dropped {
                id,
                reason: SubmitError::Rejected(_),
                ..
            } => {
                self.open.remove(id);
            }
            _ => {}
        }
    }
}

/// The time when the simulation has run for so long, in milliseconds since 1970.
const fn true_ms(now_ms: u64) -> u64 {
    crate::city::START_MS + 1 + now_ms
}
