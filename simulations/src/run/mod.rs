//! One run: plays a plan on a cluster while every checker watches.
//!
//! First things go wrong as the plan says, under load. Then everything is healed but what Byzantine nodes do, the chain must
//! move again, and load goes on until enough was applied. A run fails by the first promise that is broken, when it panics,
//! when a fault of the plan never happened, or when it stays below what a run must reach.

mod endings;
mod inflict;
mod outcome;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ledger_core::id::Height;
use timebank_node::planted::unplanted;
use timebank_node::storage::blocks::tip_height;

pub use outcome::{Failure, Outcome};

use crate::checker::{self, Checker, Scene};
use crate::city;
use crate::client::residents::Residents;
use crate::client::{self, Client};
use crate::clock::MS_US;
use crate::cluster::Cluster;
use crate::cluster::seen::Seen;
use crate::cluster::settings::ClusterSettings;
use crate::counters::Counters;
use crate::plan::{Load, Plan};
use crate::timeline::Timeline;
use crate::workload::{Openings, Town, Workload};
use inflict::Inflictor;

/// How long faults may go on that found nothing to hit in their time, in virtual milliseconds.
const MORE_FAULTS_MS_MAX: u64 = 60_000;
/// How long the load may go on after the faults, in virtual milliseconds.
const LOAD_MS_MAX: u64 = 240_000;
/// How long everything may take to settle at the end, in virtual milliseconds.
const SETTLE_MS_MAX: u64 = 60_000;
/// How long the nodes have to agree on a height after everything was healed, in virtual milliseconds. Consensus time-outs
/// grow with each round that failed, and clocks that were ahead have put the chain's time ahead.
const HEAL_MS_MAX: u64 = 120_000;

/// Everything that takes part in a run.
struct Run<'a> {
    plan: &'a Plan,
    suspects: BTreeSet<usize>,
    cluster: Cluster,
    city: Box<dyn Workload>,
    residents: Residents,
    clients: Vec<Box<dyn Client>>,
    inflictor: Inflictor,
    checkers: Vec<Box<dyn Checker>>,
    followed: Height,
    counters: Counters,
    timeline: &'a RefCell<Timeline>,
}

/// Plays a plan.
pub fn play(plan: &Plan) -> Outcome {
    play_and_tell(plan, &RefCell::new(Timeline::off()))
}

/// Plays a plan and writes down what happens.
pub fn play_and_tell(plan: &Plan, timeline: &RefCell<Timeline>) -> Outcome {
    let mut run = Run::new(plan, timeline);
    let failure = match catch_unwind(AssertUnwindSafe(|| run.play())) {
        Ok(outcome) => outcome.err(),
        Err(reason) => Some(run.failure("no panic", &panic_text(reason.as_ref()))),
    };
    run.outcome(failure)
}

/// What a panic says.
fn panic_text(reason: &(dyn std::any::Any + Send)) -> String {
    reason
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| reason.downcast_ref::<&str>().map(|it| (*it).to_owned()))
        .unwrap_or_default()
}

impl<'a> Run<'a> {
    fn new(plan: &'a Plan, timeline: &'a RefCell<Timeline>) -> Run<'a> {
        let validators = city::validators(0..plan.nodes);
        let city: Box<dyn Workload> = match plan.load {
            Load::Town => Box::new(Town::found(plan.seed, &validators)),
            Load::Openings => Box::new(Openings::new(plan.nodes, plan.nodes)),
        };
        let mut settings = ClusterSettings::new(plan.seed, plan.nodes);
        settings.network.latency_us = plan.latency_us.clone();
        settings.mempool_max = plan.mempool_max;
        let mut cluster = Cluster::founded_but_down(settings, city.genesis().clone());
        cluster.watch();
        let clients = client::others(plan, city.genesis());
        Run {
            plan,
            suspects: plan.suspects(),
            cluster,
            city,
            residents: Residents::new(plan),
            clients,
            inflictor: Inflictor::new(plan),
            checkers: checker::all(plan),
            followed: Height::GENESIS,
            counters: Counters::new(),
            timeline,
        }
    }

    fn play(&mut self) -> Result<(), Failure> {
        for node in 0..self.plan.nodes {
            self.cluster.start(node);
        }
        self.look()?;
        self.until(self.plan.faults_ms, |_| false)?;
        self.until(self.plan.faults_ms + MORE_FAULTS_MS_MAX, |run| {
            run.inflictor.is_done()
        })?;
        self.inflictor.heal(&mut self.cluster);
        self.tell("healed");
        self.look()?;
        self.recover()?;
        self.until(self.now_ms() + LOAD_MS_MAX, |run| {
            run.height() >= run.plan.heights_min
                && run.residents.applied() >= run.plan.transactions_min
        })?;
        self.end_badly()?;
        self.settle()?;
        self.city
            .finish()
            .map_err(|broken| self.failure(broken.promise, &broken.what))?;
        if let Err(failure) = self.finish() {
            // Damage tells whoever reads it first: then an operator does what the node says, and it must be whole.
            if !self.restart_damaged() {
                return Err(failure);
            }
            self.look()?;
            self.settle()?;
            self.finish()?;
        }
        self.enough()
    }

    /// What operators do about nodes whose files turn out to be damaged where the plan damaged them: a state is built anew
    /// at the next start, blocks are set aside and fetched from the peers. Whether there are any.
    fn restart_damaged(&mut self) -> bool {
        let mut damaged = false;
        for node in 0..self.plan.nodes {
            let Some(replica) = self.cluster.replica(node) else {
                continue;
            };
            let blocks = replica.blocks();
            let lost = self.plan.disk_fails(node)
                && (1..=tip_height(blocks.as_ref()).0)
                    .any(|height| blocks.block(Height(height)).is_err());
            let stale = self.plan.damages_state(node) && replica.state().health().is_err();
            if lost || stale {
                damaged = true;
                self.cluster.crash(node, 0);
            }
            if lost && self.cluster.disk(node).set_aside().is_ok() {
                self.cluster.see(Seen::Restored { node });
            }
            if lost || stale {
                self.cluster.start(node);
            }
        }
        damaged
    }

    fn finish(&mut self) -> Result<(), Failure> {
        for index in 0..self.checkers.len() {
            let scene = scene(&self.cluster, self.plan, &self.suspects);
            let checked = unplanted(|| self.checkers[index].finish(scene));
            checked.map_err(|what| self.failure(self.checkers[index].name(), &what))?;
        }
        Ok(())
    }

    /// After everything is healed, every honest node commits a block that is new, in bounded time.
    fn recover(&mut self) -> Result<(), Failure> {
        let from = self.height();
        let until_ms = self.now_ms() + HEAL_MS_MAX;
        if self.until(until_ms, |run| run.lowest() > from)? {
            return Ok(());
        }
        let what = format!(
            "{HEAL_MS_MAX} ms after everything was healed at height {from} the nodes are at {:?}",
            self.heights()
        );
        Err(self.failure("liveness", &what))
    }

    /// Without new load every honest node gets to the same height.
    fn settle(&mut self) -> Result<(), Failure> {
        let until_us = (self.now_ms() + SETTLE_MS_MAX) * MS_US;
        while self.lowest() < self.height() {
            if !self.cluster.step(until_us) {
                let what = format!(
                    "{SETTLE_MS_MAX} ms after the load ended the nodes are at {:?}",
                    self.heights()
                );
                return Err(self.failure("liveness", &what));
            }
            self.look()?;
        }
        Ok(())
    }

    /// What a run must reach.
    fn enough(&self) -> Result<(), Failure> {
        let (heights, applied) = (self.height(), self.residents.applied());
        let (heights_min, transactions_min) = (self.plan.heights_min, self.plan.transactions_min);
        if heights < heights_min || applied < transactions_min {
            let what = format!(
                "{heights} heights and {applied} transactions; a run must reach {heights_min} and {transactions_min}"
            );
            return Err(self.failure("enough", &what));
        }
        let counters = self.all_counters();
        let idle = self
            .plan
            .kinds()
            .into_iter()
            .find(|kind| counters.of(*kind) == 0);
        if let Some(kind) = idle {
            let what = format!("{kind} is in the plan and never happened");
            return Err(self.failure("faults happen", &what));
        }
        let misdeeds = self.cluster.misdeeds();
        let behaviours = self.plan.behaviours();
        let idle = behaviours.iter().find(|kind| !misdeeds.contains_key(kind));
        if let Some(kind) = idle {
            let what = format!(
                "the behaviour {} is in the plan and did nothing",
                kind.name()
            );
            return Err(self.failure("faults happen", &what));
        }
        Ok(())
    }

    /// Lets everything happen until `done` or `until_ms`; whether it was done.
    fn until(&mut self, until_ms: u64, done: impl Fn(&Run<'_>) -> bool) -> Result<bool, Failure> {
        loop {
            if done(self) {
                return Ok(true);
            }
            let now_ms = self.now_ms();
            if now_ms >= until_ms {
                return Ok(false);
            }
            let told = self.inflictor.act(&mut self.cluster, now_ms);
            told.iter().for_each(|line| self.tell(line));
            self.let_clients_act(now_ms);
            self.look()?;
            let clients = self.clients.iter().filter_map(|client| client.next_ms());
            let next_ms = clients
                .chain(self.residents.next_ms())
                .chain(self.inflictor.next_ms())
                .min()
                .unwrap_or(until_ms)
                .clamp(now_ms + 1, until_ms);
            while self.cluster.step(next_ms * MS_US) {
                self.look()?;
            }
        }
    }

    fn let_clients_act(&mut self, now_ms: u64) {
        let city = self.city.as_mut();
        if self.residents.next_ms().is_some_and(|at| at <= now_ms) {
            self.residents
                .act(&mut self.cluster, city, &mut self.counters);
        }
        for client in &mut self.clients {
            if client.next_ms().is_some_and(|at| at <= now_ms) {
                client.act(&mut self.cluster, city, &mut self.counters);
            }
        }
    }

    /// Shows everybody what has happened.
    fn look(&mut self) -> Result<(), Failure> {
        loop {
            let all = self.cluster.take_seen();
            if all.is_empty() {
                return Ok(());
            }
            for seen in &all {
                self.show(seen)?;
            }
        }
    }

    fn show(&mut self, seen: &Seen) -> Result<(), Failure> {
        let now_ms = self.now_ms();
        self.timeline.borrow_mut().note(now_ms, seen);
        self.inflictor.observe(seen, now_ms);
        self.residents.hear(seen);
        self.clients.iter_mut().for_each(|client| client.hear(seen));
        let scene = scene(&self.cluster, self.plan, &self.suspects);
        for checker in &mut self.checkers {
            let checked = unplanted(|| checker.observe(scene, seen));
            checked.map_err(|what| Failure {
                promise: checker.name().to_owned(),
                what,
                at_ms: now_ms,
            })?;
        }
        if let Seen::Committed { node, committed } = seen
            && !self.suspects.contains(&self.cluster.identity(*node))
            && committed.block.header.height == self.followed.next()
        {
            self.followed = committed.block.header.height;
            self.city
                .follow(&committed.block)
                .map_err(|broken| self.failure(broken.promise, &broken.what))?;
        }
        Ok(())
    }

    fn tell(&self, line: &str) {
        let now_ms = self.now_ms();
        self.timeline.borrow_mut().tell(now_ms, line);
    }

    fn now_ms(&self) -> u64 {
        self.cluster.now_us() / MS_US
    }

    fn heights(&self) -> BTreeMap<usize, u64> {
        let honest = (0..self.plan.nodes).filter(|node| !self.suspects.contains(node));
        honest
            .map(|node| (node, self.cluster.height(node).0))
            .collect()
    }

    fn height(&self) -> u64 {
        self.heights().values().copied().max().unwrap_or(0)
    }

    fn lowest(&self) -> u64 {
        self.heights().values().copied().min().unwrap_or(0)
    }

    fn failure(&self, promise: &str, what: &str) -> Failure {
        Failure {
            promise: promise.to_owned(),
            what: what.to_owned(),
            at_ms: self.now_ms(),
        }
    }

    fn all_counters(&self) -> Counters {
        let mut counters = self.inflictor.all_counters(&self.cluster);
        counters.join(&self.counters);
        for times in self.cluster.misdeeds().values() {
            counters.add(crate::counters::FaultKind::Byzantine, *times);
        }
        counters
    }

    fn outcome(&self, failure: Option<Failure>) -> Outcome {
        let counters = self.all_counters();
        let misdeeds = self.cluster.misdeeds().iter();
        Outcome {
            seed: self.plan.seed,
            nodes: self.plan.nodes,
            heights: self.height(),
            transactions: self.residents.applied(),
            virtual_ms: self.now_ms(),
            faults: counters
                .iter()
                .map(|(kind, times)| (kind.name().to_owned(), times))
                .collect(),
            misdeeds: misdeeds
                .map(|(kind, times)| (kind.name().to_owned(), *times))
                .collect(),
            trace: self.cluster.trace_hash(),
            failure,
        }
    }
}

const fn scene<'a>(
    cluster: &'a Cluster,
    plan: &'a Plan,
    suspects: &'a BTreeSet<usize>,
) -> Scene<'a> {
    Scene {
        cluster,
        plan,
        suspects,
    }
}
