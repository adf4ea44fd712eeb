//! A large city: how long finality takes over long links, and how much is sent, with everybody there and with some dead.

use std::fmt;
use std::ops::Range;

use ledger_core::id::TransactionId;

use crate::clock::MS_US;
use crate::cluster::Cluster;
use crate::cluster::records::Traffic;
use crate::cluster::settings::ClusterSettings;
use crate::random::Random;
use crate::workload::{Openings, Workload};

/// How long a link may be, one way, in milliseconds.
pub const LINK_MS: Range<u64> = 20..150;
/// The same, of offices of one city.
pub const NEAR_MS: Range<u64> = 1..5;
/// How many blocks are measured.
const BLOCKS: u64 = 20;
/// How many transactions are submitted for each.
const BURST: usize = 20;
/// How long a transaction may take, in virtual milliseconds.
const PATIENCE_MS: u64 = 120_000;

/// What a large city comes to.
#[derive(Clone, Debug)]
pub struct Scale {
    /// How many validators.
    pub nodes: usize,
    /// How many of them are dead.
    pub dead: usize,
    /// From submission until the node that was asked has committed, in virtual milliseconds, in order.
    pub finality_ms: Vec<u64>,
    /// Blocks made.
    pub blocks: u64,
    /// How long those took altogether, in virtual milliseconds.
    pub elapsed_ms: u64,
    /// How long links are, one way, in milliseconds.
    pub link_ms: Range<u64>,
    /// What was sent for them, all nodes together.
    pub sent: Traffic,
}

impl Scale {
    /// The latency that so many of a hundred transactions do not exceed.
    pub fn percentile(&self, per_cent: usize) -> u64 {
        let last = self.finality_ms.len().saturating_sub(1);
        self.finality_ms
            .get(last * per_cent / 100)
            .copied()
            .unwrap_or(0)
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blocks = self.blocks.max(1);
        let living = u64::try_from(self.nodes - self.dead).unwrap_or(1).max(1);
        write!(
            f,
            "{} validators, {} dead, links of {} to {} ms: finality p50 {} ms, p99 {} ms over {} transactions in {} blocks; {} messages and {} KiB sent a block by all, {} KiB by each living node",
            self.nodes,
            self.dead,
            self.link_ms.start,
            self.link_ms.end,
            self.percentile(50),
            self.percentile(99),
            self.finality_ms.len(),
            self.blocks,
            self.sent.messages / blocks,
            self.sent.bytes / blocks / 1024,
            self.sent.bytes / blocks / 1024 / living,
        )
    }
}

/// Measures a city of `nodes` validators, `dead` of which never answer, over links as long as `link_ms` says.
///
/// # Errors
/// When a transaction takes too long.
pub fn measure(
    seed: u64,
    nodes: usize,
    dead: usize,
    link_ms: &Range<u64>,
) -> Result<Scale, String> {
    let mut random = Random::new(seed);
    let mut city = Openings::new(nodes, nodes);
    let settings = ClusterSettings::new(seed, nodes);
    let mut cluster = Cluster::founded_but_down(settings, city.genesis().clone());
    for one in 0..nodes {
        for other in one + 1..nodes {
            let link_us = MS_US * (link_ms.start + random.below(link_ms.end - link_ms.start));
            // A tenth of jitter.
            let latency_us = link_us..link_us + link_us / 10;
            cluster.network().set_distance(one, other, latency_us);
        }
    }
    let mut order: Vec<usize> = (0..nodes).collect();
    random.shuffle(&mut order);
    let living = &order[dead..];
    for node in living {
        cluster.start(*node);
    }
    cluster.run_for(2_000);
    let sent_before = sent(&cluster);
    let mut finality_ms = Vec::new();
    let from = highest(&cluster, living);
    let from_us = cluster.now_us();
    while highest(&cluster, living) < from + BLOCKS {
        let node = living[random.index(living.len())];
        let drafted = city.draft(cluster.now_ms(node), BURST);
        let ids: Vec<TransactionId> = drafted.iter().map(|envelope| envelope.id()).collect();
        let begun_us = cluster.now_us();
        for envelope in drafted {
            cluster.submit(node, envelope);
        }
        let there = |cluster: &Cluster| {
            cluster.replica(node).is_some_and(|replica| {
                let state = replica.state().snapshot();
                let found = |id: &TransactionId| matches!(state.transaction(*id), Ok(Some(_)));
                ids.iter().all(found)
            })
        };
        if !cluster.run_until(PATIENCE_MS, there) {
            return Err(format!(
                "{} transactions at node {node} of {nodes} with {dead} dead are not final after {PATIENCE_MS} ms at height {}",
                ids.len(),
                highest(&cluster, living)
            ));
        }
        let took_ms = (cluster.now_us() - begun_us) / MS_US;
        finality_ms.extend(ids.iter().map(|_| took_ms));
    }
    finality_ms.sort_unstable();
    let sent_after = sent(&cluster);
    Ok(Scale {
        nodes,
        dead,
        finality_ms,
        blocks: highest(&cluster, living) - from,
        elapsed_ms: (cluster.now_us() - from_us) / MS_US,
        link_ms: link_ms.clone(),
        sent: Traffic {
            messages: sent_after.messages - sent_before.messages,
            bytes: sent_after.bytes - sent_before.bytes,
        },
    })
}

fn highest(cluster: &Cluster, living: &[usize]) -> u64 {
    let heights = living.iter().map(|node| cluster.height(*node).0);
    heights.max().unwrap_or(0)
}

/// Everything that left so far, towards all receivers.
fn sent(cluster: &Cluster) -> Traffic {
    let of_topics = cluster.records.traffic.values();
    of_topics.fold(cluster.records.responses, |all, traffic| Traffic {
        messages: all.messages + traffic.messages,
        bytes: all.bytes + traffic.bytes,
    })
}
