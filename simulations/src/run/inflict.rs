//! Brings the faults of a plan about, and ends them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use timebank_node::consensus::proposer;
use timebank_node::replica::Fault as Halt;
use timebank_node::storage::{DiskFault, DiskFile, MemoryDisk, StorageError};

use crate::city;
use crate::cluster::Cluster;
use crate::cluster::seen::Seen;
use crate::counters::{Counters, FaultKind};
use crate::network::HELD_UP_MS_MAX;
use crate::plan::Plan;
use crate::plan::fault::{Fault, Scheduled};
use crate::random::Random;

/// How long a node that stopped itself stays down before its operator starts it again, in virtual milliseconds.
const OPERATOR_MS: u64 = 1_500;
/// How often a node that flaps is cut off and joined again.
const FLAPS: u64 = 20;
/// How many times in a row an operator starts a node that does not come up.
const STARTS_MAX: u64 = 40;

/// How often a fault comes that finds nothing to hit.
const TRIES_MAX: u64 = 12;
/// How often one looks whether a write that is to go astray was written, in virtual milliseconds.
const WRITE_MS: u64 = 1_000;

/// The files of the derived state.
const STATE_FILES: [DiskFile; 3] = [
    DiskFile::State,
    DiskFile::StateLog,
    DiskFile::SecondStateLog,
];

/// What happens at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Moment {
    Begin(usize),
    End(usize),
    Flap(usize, u64),
    Operator(usize),
}

/// The faults of a run.
pub(super) struct Inflictor {
    faults: BTreeMap<usize, Scheduled>,
    /// By virtual milliseconds.
    agenda: BTreeSet<(u64, Moment)>,
    /// Nodes that are held down by faults under way.
    held_down: BTreeMap<usize, usize>,
    backups: BTreeMap<usize, Arc<MemoryDisk>>,
    twins: BTreeMap<usize, usize>,
    starts: BTreeMap<usize, u64>,
    /// How often a fault came and found nothing to hit.
    tries: BTreeMap<usize, u64>,
    /// Nodes whose disk is to fail after some operations.
    armed: BTreeMap<usize, u64>,
    nodes: usize,
    random: Random,
    /// What happened so far, besides what network and disks count.
    pub(super) counters: Counters,
}

impl Inflictor {
    pub(super) fn new(plan: &Plan) -> Inflictor {
        let faults: BTreeMap<usize, Scheduled> = plan
            .faults
            .iter()
            .map(|it| (it.number, it.clone()))
            .collect();
        let mut agenda = BTreeSet::new();
        let timed =
            |it: &Scheduled| !matches!(it.fault, Fault::MissedEnd | Fault::LostTransactions);
        for (number, it) in faults.iter().filter(|(_, it)| timed(it)) {
            agenda.insert((it.at_ms, Moment::Begin(*number)));
            if it.lasts_ms < u64::MAX {
                agenda.insert((it.at_ms + it.lasts_ms, Moment::End(*number)));
            }
        }
        Inflictor {
            faults,
            agenda,
            held_down: BTreeMap::new(),
            backups: BTreeMap::new(),
            twins: BTreeMap::new(),
            starts: BTreeMap::new(),
            tries: BTreeMap::new(),
            armed: BTreeMap::new(),
            nodes: plan.nodes,
            random: Random::new(plan.seed ^ 0x0046_4155_4c54),
            counters: Counters::new(),
        }
    }

    /// When something is to be done next.
    pub(super) fn next_ms(&self) -> Option<u64> {
        self.agenda.first().map(|(at_ms, _)| *at_ms)
    }

    /// Does what is to be done by `now_ms`; what it did, to be read.
    pub(super) fn act(&mut self, cluster: &mut Cluster, now_ms: u64) -> Vec<String> {
        let mut told = Vec::new();
        while let Some((at_ms, moment)) = self.agenda.first().copied() {
            if at_ms > now_ms {
                break;
            }
            self.agenda.pop_first();
            match moment {
                Moment::Begin(number) => {
                    let it = self.faults[&number].clone();
                    told.push(format!("begins {it}"));
                    self.begin(cluster, &it, now_ms);
                }
                Moment::End(number) if self.waits_for_its_write(cluster, number) => {
                    self.agenda.insert((now_ms + WRITE_MS, Moment::End(number)));
                }
                Moment::End(number) => {
                    let it = self.faults[&number].clone();
                    told.push(format!("ends   {it}"));
                    self.end(cluster, &it);
                    self.once_more(cluster, &it, now_ms);
                }
                Moment::Flap(number, left) => self.flap(cluster, number, left, now_ms),
                Moment::Operator(node) => self.operate(cluster, node),
            }
        }
        self.arm_again(cluster);
        told
    }

    /// A disk that is to fail after some operations may have been mended for the sake of another fault meanwhile.
    fn arm_again(&self, cluster: &Cluster) {
        for (node, operations) in &self.armed {
            let disk = cluster.disk(*node);
            if disk.fault().is_none() && cluster.replica(*node).is_some() {
                disk.set_fault(Some(DiskFault::After(*operations)));
            }
        }
    }

    /// Whether nothing is to be done any more.
    pub(super) fn is_done(&self) -> bool {
        self.agenda.is_empty() && self.armed.is_empty()
    }

    /// Whether a write that is to be lost or to go astray has not been written yet.
    fn waits_for_its_write(&self, cluster: &Cluster, number: usize) -> bool {
        match self.faults[&number].fault {
            Fault::Astray { node, .. } => is_astray(cluster.disk(node)),
            _ => false,
        }
    }

    /// A fault that found nothing to hit comes again: every message was cut already, say, or the node was down.
    fn once_more(&mut self, cluster: &Cluster, it: &Scheduled, now_ms: u64) {
        let kind = it.fault.kind();
        let waits = kind == FaultKind::CrashAtWrite || matches!(it.fault, Fault::Client { .. });
        if waits || self.all_counters(cluster).of(kind) > 0 {
            return;
        }
        let tries = self.tries.entry(it.number).or_default();
        *tries += 1;
        if *tries < TRIES_MAX {
            let (begin, end) = (Moment::Begin(it.number), Moment::End(it.number));
            self.agenda.insert((now_ms + 1, begin));
            self.agenda.insert((now_ms + 1 + it.lasts_ms, end));
        }
    }

    /// Everything that happened so far.
    pub(super) fn all_counters(&self, cluster: &Cluster) -> Counters {
        let mut counters = self.counters.clone();
        counters.join(cluster.network_counters());
        for node in 0..cluster.len() {
            counters.join(&of_disk(cluster.disk(node)));
        }
        counters
    }

    /// Looks at what happened: somebody has to start again a node that stopped itself.
    pub(super) fn observe(&mut self, seen: &Seen, now_ms: u64) {
        match seen {
            Seen::Halted { node, .. } => {
                if self.armed.remove(node).is_some() {
                    self.counters.count(FaultKind::CrashAtWrite);
                }
                self.agenda
                    .insert((now_ms + OPERATOR_MS, Moment::Operator(*node)));
            }
            Seen::Committed { node, .. } => {
                self.starts.remove(node);
            }
            _ => {}
        }
    }

    /// Ends everything that goes wrong but what Byzantine nodes do, and starts every node.
    pub(super) fn heal(&mut self, cluster: &mut Cluster) {
        let open: Vec<Scheduled> = self.faults.values().cloned().collect();
        for it in open {
            if !matches!(it.fault, Fault::Corrupt { .. }) {
                self.end(cluster, &it);
            }
        }
        self.agenda.clear();
        self.held_down.clear();
        self.armed.clear();
        cluster.network().heal();
        for node in 0..self.nodes {
            cluster.disk(node).set_fault(None);
            self.operate(cluster, node);
        }
        cluster.see(Seen::Healed);
    }

    fn begin(&mut self, cluster: &mut Cluster, it: &Scheduled, now_ms: u64) {
        match &it.fault {
            Fault::Messages { kind, per_mille } => set_messages(cluster, *kind, *per_mille),
            Fault::Partition { kind, shuffle } => {
                self.divide(cluster, it.number, *kind, *shuffle, now_ms);
            }
            Fault::Crash { node } => self.hold_down(cluster, *node),
            Fault::CrashAll => {
                self.counters.count(FaultKind::CrashAll);
                for node in 0..self.nodes {
                    self.hold_down(cluster, node);
                }
            }
            Fault::LostLog { node } => {
                self.counters.count(FaultKind::LostLog);
                for node in 0..self.nodes {
                    self.hold_down(cluster, node);
                }
                cluster.disk(*node).discard_wal();
            }
            Fault::Pause { node } => {
                self.counters.count(FaultKind::Pause);
                cluster.pause(*node, it.lasts_ms);
            }
            Fault::Skew {
                node,
                ahead_ms,
                drift_ppm,
            } => {
                self.counters.count(it.fault.kind());
                cluster.set_ahead_ms(*node, *ahead_ms);
                cluster.set_drift_ppm(*node, *drift_ppm);
            }
            Fault::Disk { node, kind, choice } => {
                self.counters.count(*kind);
                let fault = match (kind, choice % 2) {
                    (FaultKind::FullDisk, 0) => DiskFault::Full,
                    // A little is left: a write may get half of what it needs.
                    (FaultKind::FullDisk, _) => DiskFault::Space {
                        bytes: cluster.disk(*node).bytes() + choice % 50_000,
                    },
                    (_, 0) => DiskFault::SyncFails,
                    _ => DiskFault::ReadFails,
                };
                cluster.disk(*node).set_fault(Some(fault));
            }
            Fault::CrashAtWrite { node, operations } => {
                self.armed.insert(*node, *operations);
                cluster
                    .disk(*node)
                    .set_fault(Some(DiskFault::After(*operations)));
            }
            Fault::CrashInRecovery {
                node,
                depth,
                operations,
            } => self.crash_in_recovery(cluster, *node, *depth, *operations),
            Fault::Corrupt { node, behaviour } => cluster.corrupt(*node, *behaviour),
            Fault::OldBackup { node } => {
                let copy = cluster.disk(*node).copy();
                self.backups.insert(it.number, copy);
            }
            Fault::TwinKey { node } => {
                let copy = cluster.disk(*node).clone_whole();
                let twin = cluster.add_twin(*node, copy);
                self.counters.count(FaultKind::TwinKey);
                self.twins.insert(it.number, twin);
                cluster.start(twin);
            }
            Fault::Astray {
                node,
                kind,
                file,
                nth,
            } => {
                let (file, nth) = (*file, *nth);
                cluster.disk(*node).set_fault(Some(match kind {
                    FaultKind::LostWrite => DiskFault::LostWrite { file, nth },
                    _ => DiskFault::Misdirected { file, nth },
                }));
            }
            Fault::Rot { node, choice } => {
                self.hold_down(cluster, *node);
                let place = usize::try_from(*choice).unwrap_or(0) % STATE_FILES.len();
                // An empty disk has nothing that could rot; then it comes again.
                cluster.disk(*node).rot(STATE_FILES[place], *choice);
            }
            Fault::Client { .. } | Fault::MissedEnd | Fault::LostTransactions => {}
        }
    }

    fn end(&mut self, cluster: &mut Cluster, it: &Scheduled) {
        match &it.fault {
            Fault::Messages { kind, .. } => set_messages(cluster, *kind, 0),
            Fault::Partition { kind, .. } => cluster.network().mend(*kind),
            Fault::Crash { node } => self.let_up(cluster, *node),
            Fault::CrashAll | Fault::LostLog { .. } => {
                for node in 0..self.nodes {
                    self.let_up(cluster, node);
                }
            }
            Fault::Skew { node, .. } => {
                cluster.set_ahead_ms(*node, 0);
                cluster.set_drift_ppm(*node, 0);
            }
            Fault::Disk { node, .. } => {
                cluster.disk(*node).set_fault(None);
                self.operate(cluster, *node);
            }
            // It waits for its write, however long that takes.
            Fault::CrashAtWrite { .. } => {}
            // Only whoever reads the files again can notice.
            Fault::Astray { node, .. } => {
                cluster.disk(*node).set_fault(None);
                self.hold_down(cluster, *node);
                self.let_up(cluster, *node);
            }
            Fault::Rot { node, .. } => self.let_up(cluster, *node),
            Fault::OldBackup { node } => {
                if let Some(copy) = self.backups.remove(&it.number) {
                    self.counters.count(FaultKind::OldBackup);
                    cluster.crash(*node, 0);
                    let before = cluster.replace_disk(*node, copy);
                    self.counters.join(&of_disk(&before));
                    self.operate(cluster, *node);
                }
            }
            Fault::TwinKey { .. } => {
                if let Some(twin) = self.twins.remove(&it.number) {
                    cluster.crash(twin, 0);
                }
            }
            Fault::Pause { .. }
            | Fault::CrashInRecovery { .. }
            | Fault::Corrupt { .. }
            | Fault::Client { .. }
            | Fault::MissedEnd
            | Fault::LostTransactions => {}
        }
    }

    fn hold_down(&mut self, cluster: &mut Cluster, node: usize) {
        *self.held_down.entry(node).or_default() += 1;
        let status = cluster.status(node);
        if let Some(status) = status {
            self.counters.count(FaultKind::Crash);
            if status.round.is_some() {
                self.counters.count(FaultKind::LogReplay);
            }
            let torn_bytes = self.random.index(10_000);
            cluster.crash(node, torn_bytes);
        }
    }

    fn let_up(&mut self, cluster: &mut Cluster, node: usize) {
        let Some(holds) = self.held_down.get_mut(&node) else {
            return;
        };
        *holds -= 1;
        if *holds == 0 {
            self.held_down.remove(&node);
            self.operate(cluster, node);
        }
    }

    /// What an operator does about a node that is down: starts it, and where its blocks or its log are damaged, sets them
    /// aside first.
    fn operate(&mut self, cluster: &mut Cluster, node: usize) {
        if cluster.replica(node).is_some() || self.held_down.contains_key(&node) {
            return;
        }
        if node >= self.nodes && !self.twins.values().any(|twin| *twin == node) {
            return;
        }
        let starts = self.starts.entry(node).or_default();
        *starts += 1;
        if *starts > STARTS_MAX {
            return;
        }
        if last_halt(cluster, node).is_some_and(is_damage) {
            match cluster.disk(node).set_aside() {
                Ok(_) => cluster.see(Seen::Restored { node }),
                // Told as what it is: the operator's remedy does not work.
                Err(error) => {
                    let fault = error.into();
                    cluster.see(Seen::Halted { node, fault });
                    return;
                }
            }
        }
        // What was to make it crash has done so.
        if !is_astray(cluster.disk(node)) {
            cluster.disk(node).set_fault(None);
        }
        cluster.start(node);
    }

    fn crash_in_recovery(&mut self, cluster: &mut Cluster, node: usize, depth: u64, after: u64) {
        self.hold_down(cluster, node);
        for time in 0..depth {
            let operations = after + time;
            cluster
                .disk(node)
                .set_fault(Some(DiskFault::After(operations)));
            cluster.start(node);
            if cluster.replica(node).is_some() {
                // It had less to write than that: it crashes right after its start.
                cluster.crash(node, 0);
            }
            self.counters.count(FaultKind::CrashInRecovery);
        }
        cluster.disk(node).set_fault(None);
        self.let_up(cluster, node);
    }

    fn divide(
        &mut self,
        cluster: &mut Cluster,
        number: usize,
        kind: FaultKind,
        shuffle: u64,
        now_ms: u64,
    ) {
        let nodes = self.nodes;
        let order = shuffled(nodes, shuffle);
        let place = |node: usize| order.iter().position(|it| *it == node).unwrap_or(0);
        let half = nodes / 2;
        match kind {
            FaultKind::Ring => cluster.network().cut_unless(nodes, kind, |one, other| {
                let apart = place(one).abs_diff(place(other));
                apart == 1 || apart == nodes - 1
            }),
            FaultKind::Bridge => cluster.network().cut_unless(nodes, kind, |one, other| {
                let (one, other) = (place(one), place(other));
                one == 0 || other == 0 || (one <= half) == (other <= half)
            }),
            FaultKind::OneWay => {
                // The first of the order hears the others, but half of them do not hear it.
                for to in order.iter().skip(1).step_by(2) {
                    cluster.network().cut(order[0], *to, kind);
                }
            }
            FaultKind::IsolatedProposer => {
                if let Some(alone) = next_proposer(cluster, nodes) {
                    cluster
                        .network()
                        .cut_unless(nodes, kind, |one, other| one != alone && other != alone);
                }
            }
            FaultKind::Flapping => {
                self.agenda
                    .insert((now_ms, Moment::Flap(number, 2 * FLAPS)));
            }
            _ => cluster.network().cut_unless(nodes, kind, |one, other| {
                (place(one) < half) == (place(other) < half)
            }),
        }
    }

    fn flap(&mut self, cluster: &mut Cluster, number: usize, left: u64, now_ms: u64) {
        let it = &self.faults[&number];
        let Fault::Partition { kind, shuffle } = it.fault else {
            return;
        };
        if left.is_multiple_of(2) && left > 0 {
            let alone = shuffled(self.nodes, shuffle)[0];
            cluster
                .network()
                .cut_unless(self.nodes, kind, |one, other| {
                    one != alone && other != alone
                });
        } else {
            cluster.network().mend(kind);
        }
        if left > 0 {
            let next_ms = now_ms + 1 + it.lasts_ms / (2 * FLAPS);
            self.agenda
                .insert((next_ms, Moment::Flap(number, left - 1)));
        }
    }
}

/// Whether a write to `disk` is still to be lost or to go astray.
fn is_astray(disk: &MemoryDisk) -> bool {
    matches!(
        disk.fault(),
        Some(DiskFault::LostWrite { .. } | DiskFault::Misdirected { .. })
    )
}

/// What happened to a disk, as faults.
fn of_disk(disk: &MemoryDisk) -> Counters {
    let counts = disk.counts();
    let mut counters = Counters::new();
    for (kind, times) in [
        (FaultKind::TornWrite, counts.torn),
        (FaultKind::LostWrite, counts.lost),
        (FaultKind::MisdirectedWrite, counts.misdirected),
        (FaultKind::Rot, counts.rotted),
    ] {
        if times > 0 {
            counters.add(kind, times);
        }
    }
    counters
}

/// Why a node stopped itself last.
fn last_halt(cluster: &Cluster, node: usize) -> Option<&Halt> {
    let mut halts = cluster.records.halts.iter().rev();
    halts.find(|(of, _)| *of == node).map(|(_, fault)| fault)
}

/// Whether only the peers can give back what is damaged.
const fn is_damage(fault: &Halt) -> bool {
    matches!(
        fault,
        Halt::Storage(
            StorageError::BlocksDamaged { .. }
                | StorageError::BlockDamaged { .. }
                | StorageError::WalDamaged { .. }
        )
    )
}

fn set_messages(cluster: &mut Cluster, kind: FaultKind, per_mille: u64) {
    let settings = cluster.network().settings();
    match kind {
        FaultKind::Loss => settings.loss_per_mille = per_mille,
        FaultKind::Duplicate => settings.twice_per_mille = per_mille,
        FaultKind::Reorder => settings.overtaken_per_mille = per_mille,
        _ => {
            settings.held_up_per_mille = per_mille / 4;
            settings.held_up_ms_max = HELD_UP_MS_MAX;
        }
    }
}

/// Who proposes first at the height after the highest.
fn next_proposer(cluster: &Cluster, nodes: usize) -> Option<usize> {
    let statuses = (0..nodes).filter_map(|node| cluster.status(node));
    let status = statuses.max_by_key(|status| status.height)?;
    let next = proposer(&status.validators, status.height.next().next(), 0);
    city::node_of(&next.peer_key, nodes)
}

/// The nodes in an order that `choice` determines.
fn shuffled(nodes: usize, choice: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..nodes).collect();
    Random::new(choice).shuffle(&mut order);
    order
}
