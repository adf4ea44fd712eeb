//! Honest nodes think well of each other and of themselves: none stops, warns of another, keeps one away or puts a
//! transaction into quarantine, but for what its plan did to it.
//!
//! Each of these is how the node's own checks speak up. Under at most f liars and broken disks they must be silent about
//! honest nodes, so whatever they say about one is an error in the node, found by the node itself.

use std::collections::BTreeSet;

use ledger_core::validator::ValidatorAddress;
use timebank_node::consensus;
use timebank_node::replica::{Alarm, Fault, SubmitError};

use super::{Checker, Scene};
use crate::city;
use crate::cluster::seen::Seen;
use crate::plan::Plan;
use crate::plan::fault;

/// What the plan does to disks.
#[derive(Debug)]
pub struct Halts {
    /// Nodes whose disk fails, by the plan: it may stop them.
    disk_fails: BTreeSet<usize>,
    /// Nodes that lose what was acknowledged to be on disk: their log, their record or their blocks may be old.
    disk_forgets: BTreeSet<usize>,
}

impl Halts {
    /// For a run of `plan`.
    pub fn new(plan: &Plan) -> Halts {
        let faults = plan.faults.iter().map(|scheduled| &scheduled.fault);
        let mut halts = Halts {
            disk_fails: BTreeSet::new(),
            disk_forgets: BTreeSet::new(),
        };
        for it in faults {
            match it {
                fault::Fault::Disk { node, .. }
                | fault::Fault::CrashAtWrite { node, .. }
                | fault::Fault::CrashInRecovery { node, .. }
                | fault::Fault::Rot { node, .. } => {
                    halts.disk_fails.insert(*node);
                }
                fault::Fault::Astray { node, .. } => {
                    halts.disk_fails.insert(*node);
                    halts.disk_forgets.insert(*node);
                }
                fault::Fault::OldBackup { node } => {
                    halts.disk_forgets.insert(*node);
                }
                _ => {}
            }
        }
        halts
    }

    fn may_halt(&self, node: usize, fault: &Fault) -> bool {
        match fault {
            // Every record and every page has a checksum, so damage is an error of the storage.
            Fault::Storage(_) | Fault::State { .. } => self.disk_fails.contains(&node),
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
            Alarm::KeyUsedElsewhere { .. }
            | Alarm::Observing { .. }
            | Alarm::Consensus(
                consensus::Fault::WalEntry { .. } | consensus::Fault::SigningRefused { .. },
            ) => self.disk_forgets.contains(&node),
            Alarm::BuildFailed { .. } | Alarm::Consensus(consensus::Fault::Core { .. }) => false,
            Alarm::UpgradeAhead { .. } => true,
        }
    }
}

impl Checker for Halts {
    fn name(&self) -> &'static str {
        "halts"
    }

    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String> {
        match seen {
            Seen::Halted { node, fault }
                if scene.is_honest(*node) && !self.may_halt(*node, fault) =>
            {
                Err(format!("node {node} stops itself: {fault}"))
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
