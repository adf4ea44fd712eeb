//! No block is of a time that the clocks of too many speak against.
//!
//! A block whose time lies further ahead than a validator allows by its clock gets no vote of that validator, the first time
//! it is proposed. So a decided block is one that a quorum allowed: nodes that may lie, nodes whose clock was ever so far
//! ahead, and nodes that started since the block before, which take up what was said before their crash. The least time that
//! the rules allow is always allowed: administrators may put the chain's time ahead of every clock.
//!
//! And the clocks speak once: a block that comes again with a proof of lock was accepted by a quorum, and no honest node
//! refuses it for its time. Whether it votes for it depends on much else, so what it wrote into its log is looked at whenever
//! it votes for no block after the first round.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::certificate::VoteStep;
use ledger_core::id::Height;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::Operation;
use timebank_node::consensus::{ConsensusMessage, is_late_judgement_of_time};
use timebank_node::replica::messages::ValidatorMessage;
use timebank_node::replica::{Committed, ReplicaConfig};

use super::{Checker, Scene};
use crate::city;
use crate::cluster::seen::Seen;

/// No vote is longer.
const VOTE_BYTES_MAX: usize = 512;

/// What the clocks have shown, and the time of the chain.
#[derive(Debug, Default)]
pub struct Clocks {
    /// The latest time that each node's clock ever showed.
    latest_ms: BTreeMap<usize, u64>,
    looked_at_us: u64,
    /// Nodes that started since the newest block.
    started: BTreeSet<usize>,
    height: Height,
    /// The least time of the next block.
    least_ms: TimestampMs,
}

impl Checker for Clocks {
    fn name(&self) -> &'static str {
        "clocks"
    }

    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String> {
        let now_us = scene.cluster.now_us();
        if now_us > self.looked_at_us {
            self.looked_at_us = now_us;
            for node in 0..scene.cluster.len() {
                let latest_ms = self.latest_ms.entry(node).or_default();
                *latest_ms = (*latest_ms).max(scene.cluster.now_ms(node));
            }
        }
        match seen {
            Seen::Started { node } => {
                self.started.insert(*node);
                Ok(())
            }
            Seen::Said { node, bytes, .. }
                if bytes.len() <= VOTE_BYTES_MAX
                    && scene.is_honest(*node)
                    && is_late_nil(bytes) =>
            {
                check_log(scene, *node)
            }
            Seen::Committed { node, committed }
                if scene.is_honest(*node)
                    && committed.block.header.height == self.height.next() =>
            {
                self.check(scene, committed)
            }
            _ => Ok(()),
        }
    }
}

/// Whether somebody votes for no block after the first round.
fn is_late_nil(bytes: &[u8]) -> bool {
    let Ok(ValidatorMessage::Consensus(message)) = ValidatorMessage::decode(bytes) else {
        return false;
    };
    match *message {
        ConsensusMessage::Vote(signed) => {
            let vote = signed.vote;
            vote.step == VoteStep::Prevote && vote.round > 0 && vote.block_id.is_none()
        }
        _ => false,
    }
}

/// The log of a node refuses no block for its time that came with a proof of lock.
fn check_log(scene: Scene<'_>, node: usize) -> Result<(), String> {
    // What is wrong with a log that cannot be read is said by the node itself.
    let entries = scene.cluster.replica(node).map(|replica| replica.logged());
    let Some(Ok(entries)) = entries else {
        return Ok(());
    };
    if entries.iter().any(|entry| is_late_judgement_of_time(entry)) {
        return Err(format!(
            "node {node} refuses a block for its time that came again with a proof of lock"
        ));
    }
    Ok(())
}

impl Clocks {
    fn check(&mut self, scene: Scene<'_>, committed: &Committed) -> Result<(), String> {
        let header = &committed.block.header;
        let (height, time_ms) = (header.height, header.time_ms);
        let allowing = (0..scene.plan.nodes)
            .filter(|node| self.allows(scene, *node, time_ms))
            .count();
        let quorum = scene.plan.nodes * 2 / 3 + 1;
        if allowing < quorum {
            return Err(format!(
                "block {height} is of {time_ms:?}, which {allowing} of {} nodes allow by their clocks, and {quorum} must: {:?}",
                scene.plan.nodes, self.latest_ms
            ));
        }
        self.height = height;
        self.started.clear();
        let advanced = committed.block.transactions.iter().filter_map(|sealed| {
            match &sealed.transaction().operation {
                Operation::AdvanceTime(operation) => Some(operation.to_ms),
                _ => None,
            }
        });
        let least_ms = advanced.max().unwrap_or_default();
        self.least_ms = self.least_ms.max(least_ms).max(time_ms.plus_ms(1));
        Ok(())
    }

    fn allows(&self, scene: Scene<'_>, node: usize, time_ms: TimestampMs) -> bool {
        let ahead_ms_max = ReplicaConfig::new(city::consensus_key(node)).clock_ahead_ms_max;
        let latest_ms = self.latest_ms.get(&node).copied().unwrap_or_default();
        !scene.is_honest(node)
            || time_ms <= self.least_ms
            || self.started.contains(&node)
            || time_ms <= TimestampMs(latest_ms).plus_ms(ahead_ms_max)
    }
}
