//! What a run is to contain: the city, its network, what goes wrong, all of it drawn from one seed.
//!
//! A plan is data. The same plan gives the same run, and a plan without some of its faults is a plan: that is how a failing
//! run is shrunk.

mod draw;
pub mod fault;

use std::collections::BTreeSet;
use std::ops::Range;

use timebank_node::storage::DiskFile;

use crate::byzantine::BehaviourKind;
use crate::counters::FaultKind;
use fault::{Fault, Scheduled};

/// What a run must reach at least, unless it is a short one; one that stays below fails.
pub const HEIGHTS_MIN: u64 = 100;
/// The same for applied transactions.
pub const TRANSACTIONS_MIN: u64 = 1_000;

/// What is submitted in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// Everything that happens in a town, whose administrators advance its time ahead of all clocks, so that much falls due.
    Town,
    /// Accounts are opened, and blocks have the time of the clocks.
    Openings,
}

/// What a run is to contain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where it was drawn from.
    pub seed: u64,
    /// How many nodes, all of them validators.
    pub nodes: usize,
    /// How long a message takes on a good day, in microseconds.
    pub latency_us: Range<u64>,
    /// How long things go wrong, in virtual milliseconds.
    pub faults_ms: u64,
    /// What is submitted.
    pub load: Load,
    /// How many transactions are submitted at a time.
    pub burst: usize,
    /// How long it is from one time to the next, in virtual milliseconds.
    pub pause_ms: u64,
    /// How many transactions each part of a node's mempool holds at most; none: as many as by default.
    pub mempool_max: Option<usize>,
    /// How many heights must be reached at least.
    pub heights_min: u64,
    /// The same for applied transactions.
    pub transactions_min: u64,
    /// What goes wrong, by number.
    pub faults: Vec<Scheduled>,
}

/// What the drawing of a plan is limited to.
#[derive(Clone, Debug, Default)]
pub struct Menu {
    /// How many nodes; none: drawn.
    pub nodes: Option<usize>,
    /// What is submitted; none: drawn.
    pub load: Option<Load>,
    /// Kinds of faults that are surely in it. Others may be as well, unless `only`.
    pub kinds: Vec<FaultKind>,
    /// Behaviours that are surely in it, as far as f allows, one node each.
    pub behaviours: Vec<BehaviourKind>,
    /// Nothing else goes wrong, but what a behaviour needs to be seen.
    pub only: bool,
    /// The run is a short one, which need not reach what others must.
    pub short: bool,
}

impl Plan {
    /// The plan of `seed`.
    pub fn of(seed: u64) -> Plan {
        Plan::focused(seed, &Menu::default())
    }

    /// The plan of `seed` with what `menu` asks for.
    pub fn focused(seed: u64, menu: &Menu) -> Plan {
        draw::draw(seed, menu)
    }

    /// How many nodes may lie.
    pub const fn faulty_max(&self) -> usize {
        self.nodes.saturating_sub(1) / 3
    }

    /// The plan without some of its faults; the others keep their numbers.
    #[must_use]
    pub fn without(mut self, numbers: &BTreeSet<usize>) -> Plan {
        self.faults
            .retain(|scheduled| !numbers.contains(&scheduled.number));
        self
    }

    /// The nodes whose keys may say contradictory things: promises are kept to all others.
    pub fn suspects(&self) -> BTreeSet<usize> {
        self.faults
            .iter()
            .filter_map(|scheduled| scheduled.fault.suspect())
            .collect()
    }

    /// How many nodes count against the f without which the chain must move again: suspects and observers.
    pub fn unreliable(&self) -> usize {
        let observers = self.faults.iter().filter_map(|it| it.fault.observer());
        let mut all = self.suspects();
        all.extend(observers);
        all.len()
    }

    /// Whether the disk of `node` fails, by any fault.
    pub fn disk_fails(&self, node: usize) -> bool {
        let mut disks = self.faults.iter().filter_map(|it| it.fault.disk_of());
        disks.any(|of| of == node)
    }

    /// Whether the disk of `node` damages its derived state.
    pub fn damages_state(&self, node: usize) -> bool {
        self.faults.iter().any(|it| match it.fault {
            Fault::Astray {
                node: of,
                file: DiskFile::State | DiskFile::StateLog | DiskFile::SecondStateLog,
                ..
            }
            | Fault::Rot { node: of, .. } => of == node,
            _ => false,
        })
    }

    /// Whether a write to the journal of `node`'s blocks is lost or goes astray.
    pub fn loses_block(&self, node: usize) -> bool {
        self.faults.iter().any(|it| {
            matches!(
                it.fault,
                Fault::Astray {
                    node: of,
                    file: DiskFile::Journal | DiskFile::SecondJournal,
                    ..
                } if of == node
            )
        })
    }

    /// The behaviours of its Byzantine nodes.
    pub fn behaviours(&self) -> BTreeSet<BehaviourKind> {
        let behaviours = self.faults.iter().filter_map(|it| match it.fault {
            Fault::Corrupt { behaviour, .. } => Some(behaviour),
            _ => None,
        });
        behaviours.collect()
    }

    /// The kinds of faults that must happen in the run.
    pub fn kinds(&self) -> BTreeSet<FaultKind> {
        self.faults.iter().map(|it| it.fault.kind()).collect()
    }
}
