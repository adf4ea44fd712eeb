//! Honest nodes think well of each other and of themselves: none stops, warns of another, keeps one away or puts a
//! transaction into quarantine, but for what its plan did to it.
//!
//! Full disks and errors stop a node while they last. Damage is another thing: whatever a crash leaves, no file may be found
//! damaged unless the disk really forgot or changed something, and no derived state thrown away.
//!
//! Each of these is how the node's own checks speak up. Under at most f liars and broken disks they must be silent about
//! honest nodes, so whatever they say about one is an error in the node, found by the node itself.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::validator::ValidatorAddress;
use timebank_node::consensus;
use timebank_node::replica::{Alarm, Fault, SubmitError};
use timebank_node::storage::StorageError;

use super::{Checker, Scene};
use crate::city;
use crate::cluster::seen::Seen;
use crate::plan::Plan;
use crate::plan::fault;

/// How long after a disk was mended an operation that had begun before may still fail, in virtual milliseconds.
const AFTERMATH_MS: u64 = 5_000;

/// When a disk fails, by the plan.
#[derive(Clone, Copy, Debug)]
struct Failing {
    node: usize,
    from_ms: u64,
    until: Until,
}

/// How long a disk may make its node stop.
#[derive(Clone, Copy, Debug)]
enum Until {
    /// Until then, in virtual milliseconds.
    Ms(u64),
    /// It waits for its moment until everything is healed.
    Healed,
    /// Damage shows whenever somebody reads it.
    TheEnd,
}

/// What the plan does to disks.
#[derive(Debug)]
pub struct Halts {
    /// When which disk fails: it may stop its node.
    failing: Vec<Failing>,
    healed_ms: Option<u64>,
    /// When each node started last.
    started_ms: BTreeMap<usize, u64>,
    /// Nodes whose log is lost as a whole. Their record says so: they observe, and never try to sign anything it forbids.
    log_lost: BTreeSet<usize>,
    /// Nodes that lose what was acknowledged to be on disk: their log, their record or their blocks may be old.
    disk_forgets: BTreeSet<usize>,
}

impl Halts {
    /// For a run of `plan`.
    pub fn new(plan: &Plan) -> Halts {
        let mut halts = Halts {
            failing: Vec::new(),
            healed_ms: None,
            started_ms: BTreeMap::new(),
            log_lost: BTreeSet::new(),
            disk_forgets: BTreeSet::new(),
        };
        for it in &plan.faults {
            let until = match &it.fault {
                fault::Fault::Disk { .. } => {
                    let end_ms = it.at_ms.saturating_add(it.lasts_ms);
                    Until::Ms(end_ms.saturating_add(AFTERMATH_MS))
                }
                fault::Fault::CrashInRecovery { .. } => {
                    Until::Ms(it.at_ms.saturating_add(AFTERMATH_MS))
                }
                fault::Fault::CrashAtWrite { .. } => Until::Healed,
                fault::Fault::Rot { .. } => Until::TheEnd,
                fault::Fault::Astray { node, .. } => {
                    halts.disk_forgets.insert(*node);
                    Until::TheEnd
                }
                fault::Fault::OldBackup { node } => {
                    halts.disk_forgets.insert(*node);
                    continue;
                }
                fault::Fault::LostLog { node } => {
                    halts.log_lost.insert(*node);
                    continue;
                }
                _ => continue,
            };
            let failing = it.fault.disk_of().map(|node| Failing {
                node,
                from_ms: it.at_ms,
                until,
            });
            halts.failing.extend(failing);
        }
        halts
    }

    /// Whether a node's disk may make it stop at `now_ms`: it failed in this life of the node. Whoever reads for wallets may be
    /// told of an error first, and the node hears of it with its next write, however late that is.
    fn disk_fails(&self, node: usize, now_ms: u64) -> bool {
        let started_ms = self.started_ms.get(&node).copied().unwrap_or_default();
        let lasts = |it: &Failing| match it.until {
            Until::Ms(until_ms) => started_ms <= until_ms,
            Until::Healed => {
                let healed_ms = self.healed_ms.unwrap_or(u64::MAX);
                started_ms <= healed_ms.saturating_add(AFTERMATH_MS)
            }
            Until::TheEnd => true,
        };
        let of_node = self.failing.iter().filter(|it| it.node == node);
        of_node.filter(|it| it.from_ms <= now_ms).any(lasts)
    }

    /// Whether a node's disk may have damaged what is on it by `now_ms`.
    fn damages(&self, node: usize, now_ms: u64) -> bool {
        let mut failing = self.failing.iter();
        failing
            .any(|it| it.node == node && it.from_ms <= now_ms && matches!(it.until, Until::TheEnd))
    }

    fn may_halt(&self, node: usize, fault: &Fault, now_ms: u64) -> bool {
        match fault {
            // Every record and every page has a checksum, so damage is an error of the storage.
            Fault::Storage(error) if is_damage(error) => self.damages(node, now_ms),
            Fault::Storage(_) | Fault::State { .. } => self.disk_fails(node, now_ms),
            // The blocks lost their end, or an older part of the state was put back.
            Fault::StateAhead { .. } => self.disk_forgets.contains(&node),
            Fault::RulesUnknown { .. }
            | Fault::DecidedBlockFails { .. }
            | Fault::DecidedBlockMissing { .. }
            | Fault::Genesis(_) => false,
        }
    }

    fn may_warn(&self, scene: Scene<'_>, node: usize, alarm: &Alarm) -> bool {
        let is_honest = |validator: &ValidatorAddress| scene.is_honest_validator(validator);
        match alarm {
            Alarm::InvalidProposal { proposer, .. } => !is_honest(proposer),
            Alarm::Equivocation { validator, .. } => !is_honest(validator),
            Alarm::BadBlockServed { peer, .. } => {
                city::node_of(peer, scene.plan.nodes).is_none_or(|peer| !scene.is_honest(peer))
            }
            // A node that does not remember what it said hears of it from others, and is silent; without a record or
            // with a damaged log it does not vote to begin with.
            Alarm::KeyUsedElsewhere { .. } | Alarm::Observing { .. } => {
                self.disk_forgets.contains(&node) || self.log_lost.contains(&node)
            }
            Alarm::Consensus(
                consensus::Fault::WalEntry { .. } | consensus::Fault::SigningRefused { .. },
            ) => self.disk_forgets.contains(&node),
            Alarm::BuildFailed { .. } | Alarm::Consensus(consensus::Fault::Core { .. }) => false,
            Alarm::UpgradeAhead { .. } => true,
        }
    }
}

/// Whether an error says that what is on the disk is not what was written.
const fn is_damage(error: &StorageError) -> bool {
    matches!(
        error,
        StorageError::StateDamaged { .. }
            | StorageError::BlockDamaged { .. }
            | StorageError::BlocksDamaged { .. }
            | StorageError::WalDamaged { .. }
            | StorageError::WrongFormat { .. }
            | StorageError::WrongChain { .. }
    )
}

impl Checker for Halts {
    fn name(&self) -> &'static str {
        "halts"
    }

    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String> {
        match seen {
            Seen::Started { node } => {
                self.started_ms.insert(*node, scene.now_ms());
                Ok(())
            }
            Seen::Healed => {
                self.healed_ms = Some(scene.now_ms());
                Ok(())
            }
            Seen::Halted { node, fault }
                if scene.is_honest(*node) && !self.may_halt(*node, fault, scene.now_ms()) =>
            {
                Err(format!("node {node} stops itself: {fault}"))
            }
            Seen::Discarded { node, reason }
                if scene.is_honest(*node) && !self.damages(*node, scene.now_ms()) =>
            {
                Err(format!(
                    "node {node} throws its derived state away, which no disk damaged: {reason}"
                ))
            }
            Seen::Alarmed { node, alarm }
                if scene.is_honest(*node) && !self.may_warn(scene, *node, alarm) =>
            {
                Err(format!("node {node} warns: {alarm}"))
            }
            Seen::Penalised { by, peer, reason }
                if scene.is_honest(*by) && scene.is_honest(*peer) =>
            {
                Err(format!("node {by} keeps node {peer} away: {reason}"))
            }
            Seen::Answered {
                node,
                answer: Err(SubmitError::Quarantined),
                ..
            }
            | Seen::Dropped {
                node,
                reason: SubmitError::Quarantined,
                ..
            } if scene.is_honest(*node) => {
                Err(format!("node {node} keeps out a transaction for good"))
            }
            _ => Ok(()),
        }
    }
}
