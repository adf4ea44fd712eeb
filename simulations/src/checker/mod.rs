//! What must hold of every run, one property a file.
//!
//! A checker sees everything that happens, as it happens, and says at once what does not hold. It judges the nodes that are
//! honest by plan; what it may look at is a [`Scene`]. The functions `check` look at a whole cluster instead, for tests that
//! drive one by hand.

pub mod accusation;
pub mod agreement;
pub mod audit;
pub mod bounds;
pub mod clocks;
pub mod conservation;
pub mod durability;
pub mod fate;
pub mod halts;
pub mod liveness;
mod sets;
pub mod signer;
pub mod validity;
pub mod verified_reads;

use std::collections::BTreeSet;

use ledger_core::validator::ValidatorAddress;

use crate::city;
use crate::clock::MS_US;
use crate::cluster::Cluster;
use crate::cluster::seen::Seen;
use crate::plan::Plan;

/// What a checker may look at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// All nodes.
    pub cluster: &'a Cluster,
    /// What the run is to contain.
    pub plan: &'a Plan,
    /// The nodes that may lie: Byzantine ones, and those whose memory of what they signed is not their own.
    pub suspects: &'a BTreeSet<usize>,
}

impl Scene<'_> {
    /// Whether promises are kept to and by this node.
    pub fn is_honest(&self, node: usize) -> bool {
        !self.suspects.contains(&self.cluster.identity(node))
    }

    /// Whether a validator is an honest node.
    pub fn is_honest_validator(&self, validator: &ValidatorAddress) -> bool {
        city::node_of_validator(validator, self.plan.nodes)
            .is_some_and(|node| !self.suspects.contains(&node))
    }

    /// The honest nodes, up or down.
    pub fn honest(&self) -> impl Iterator<Item = usize> {
        (0..self.cluster.len()).filter(|node| self.is_honest(*node))
    }

    /// Virtual milliseconds since the start.
    pub const fn now_ms(&self) -> u64 {
        self.cluster.now_us() / MS_US
    }
}

/// One property of every run.
pub trait Checker {
    /// Its name in summaries.
    fn name(&self) -> &'static str;

    /// Something happened. Called for everything, so it must be cheap.
    ///
    /// # Errors
    /// Says what does not hold.
    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String>;

    /// The run is over: everything was healed and had time to settle.
    ///
    /// # Errors
    /// Says what does not hold.
    fn finish(&mut self, scene: Scene<'_>) -> Result<(), String> {
        let _ = scene;
        Ok(())
    }
}

/// Every checker, for a run of `plan`.
pub fn all(plan: &Plan) -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(accusation::Accusation),
        Box::new(agreement::Agreement::default()),
        Box::new(clocks::Clocks::default()),
        Box::new(signer::Signer::default()),
        Box::new(durability::Durability::default()),
        Box::new(fate::Fate::default()),
        Box::new(halts::Halts::new(plan)),
        Box::new(validity::Validity::default()),
        Box::new(conservation::Conservation),
        Box::new(audit::Audited),
        Box::new(bounds::Bounds::default()),
        Box::new(liveness::Liveness::default()),
        Box::new(verified_reads::VerifiedReads::default()),
    ]
}

/// Checks everything that must hold of a cluster at any time.
///
/// # Errors
/// Says what does not hold.
pub fn check(cluster: &Cluster) -> Result<(), String> {
    agreement::check(cluster)?;
    durability::check(cluster)
}
