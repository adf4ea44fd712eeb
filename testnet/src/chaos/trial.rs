//! A trial under way: the nodes, how they are connected, the load, and the waits every fault is made of.
//!
//! What always holds: every wait has a bound and ends at once when a node has ended by itself, when a client met something
//! that must not be, or when the trial was asked to stop; a fault counts only when the network has recovered from it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use ledger_core::id::Height;
use ledger_core::message::Arguments;

use super::check;
use super::clients::{Clients, ImpatientClient};
use super::interrupt::Interrupt;
use super::kind::Kind;
use super::memory::MemoryWatch;
use super::wiring::Wiring;
use crate::nanjing::Random;
use crate::network::Network;
use crate::say::{Voice, count};

/// How long the network may take to be whole again after a fault has ended.
pub(super) const RECOVERY_MAX: Duration = Duration::from_secs(60);
/// How long the rest may take to acknowledge something while no more nodes are away than may be.
const PROGRESS_MAX: Duration = Duration::from_secs(60);
/// The pause between two looks.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// How often a fault was injected, and how it went.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    /// How often it was to be injected.
    pub(super) asked: usize,
    /// How long the network took to recover, each time.
    pub(super) recoveries: Vec<Duration>,
    /// Why some of it was left out.
    pub(super) left_out: Option<LeftOut>,
}

/// Why a fault was not injected as often as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeftOut {
    /// No volume may be mounted here.
    Mount,
    /// The trial's time was up.
    Time,
}

/// The nodes under load. Fields are dropped in this order: clients, then nodes, then their connections.
pub(super) struct Trial<'v> {
    pub(super) clients: Clients,
    pub(super) network: Network,
    pub(super) wiring: Wiring,
    pub(super) memory: MemoryWatch,
    pub(super) random: Random,
    pub(super) interrupt: Interrupt,
    pub(super) voice: &'v mut Voice,
    /// When no further fault begins.
    pub(super) deadline: Instant,
    pub(super) tallies: BTreeMap<Kind, Tally>,
    /// One of each node, kept so that connections are.
    pub(super) observers: Vec<ImpatientClient>,
    /// The greatest height any node was seen at.
    pub(super) highest: Height,
}

impl Trial<'_> {
    /// How many nodes there are.
    pub(super) fn nodes(&self) -> usize {
        self.network.len()
    }

    /// How many nodes may be away without stopping the others.
    pub(super) fn may_be_away(&self) -> usize {
        (self.nodes() - 1) / 3
    }

    /// A node, by chance.
    pub(super) fn any_node(&mut self) -> usize {
        let count = count(self.nodes());
        usize::try_from(self.random.below(count)).expect("it is below a number of nodes")
    }

    /// `number` different nodes, by chance.
    pub(super) fn any_nodes(&mut self, number: usize) -> BTreeSet<usize> {
        let number = number.min(self.nodes());
        let mut chosen = BTreeSet::new();
        while chosen.len() < number {
            chosen.insert(self.any_node());
        }
        chosen
    }

    /// A length of time from `least_ms` to below `most_ms`, by chance.
    pub(super) fn any_time(&mut self, least_ms: u64, most_ms: u64) -> Duration {
        Duration::from_millis(least_ms + self.random.below(most_ms - least_ms))
    }

    /// Whether there is time for another fault.
    pub(super) fn has_time(&self) -> bool {
        Instant::now() < self.deadline
    }

    /// Starts the node at `index`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(&mut self, index: usize) -> Result<()> {
        self.network.start_with(index, &["--lang", "en"])?;
        if let Some(process) = self.network.process_id(index) {
            self.memory.follow(index, process);
        }
        Ok(())
    }

    /// Ends the node at `index` as a power cut would.
    ///
    /// # Errors
    /// When it does not run.
    pub(super) fn kill(&mut self, index: usize) -> Result<()> {
        self.memory.leave(index);
        self.network.kill(index)
    }

    /// Asks the node at `index` to stop, which it must do in order.
    ///
    /// # Errors
    /// When it does not.
    pub(super) fn stop(&mut self, index: usize) -> Result<()> {
        self.memory.leave(index);
        match self.network.stop(index)? {
            Some(0) => Ok(()),
            code => bail!(
                "node {} ended with {code:?} when asked to stop; the end of its log:\n{}",
                index + 1,
                self.network.log_tail(index)
            ),
        }
    }

    /// Goes on unless something has gone wrong in the background.
    ///
    /// # Errors
    /// When a node has ended by itself, a client met what must not be, or the trial was asked to stop.
    pub(super) fn check(&mut self) -> Result<()> {
        self.interrupt.check()?;
        self.clients.book().check()?;
        (0..self.nodes()).try_for_each(|index| self.network.check_alive(index))
    }

    /// Waits until `done`, and how long that took. `what` is said if it takes longer than `bound`.
    ///
    /// # Errors
    /// When it takes too long, or something has gone wrong in the background.
    pub(super) fn wait(
        &mut self,
        what: &str,
        bound: Duration,
        mut done: impl FnMut(&mut Self) -> Result<bool>,
    ) -> Result<Duration> {
        let began = Instant::now();
        loop {
            self.check()?;
            if done(self)? {
                return Ok(began.elapsed());
            }
            if began.elapsed() >= bound {
                bail!(
                    "{what}: not within {} s; the nodes stand thus:\n{}",
                    bound.as_secs(),
                    self.standing()
                );
            }
            std::thread::sleep(LOOK_INTERVAL);
        }
    }

    /// Does nothing for `time`, and notices if something goes wrong meanwhile.
    ///
    /// # Errors
    /// When it does.
    pub(super) fn rest(&mut self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        self.wait("a rest", time + RECOVERY_MAX, |_| {
            Ok(Instant::now() >= until)
        })?;
        Ok(())
    }

    /// Waits until `number` more transactions are acknowledged.
    ///
    /// # Errors
    /// When that takes too long.
    pub(super) fn progress(&mut self, number: usize) -> Result<()> {
        let before = self.clients.book().acknowledged();
        self.wait(
            "the network acknowledges nothing any more",
            PROGRESS_MAX,
            |trial| Ok(trial.clients.book().acknowledged() >= before + number),
        )?;
        Ok(())
    }

    /// Waits until every node is ready and has what any had, and the load goes on; that all have the same block there. The
    /// time since `since` counts as the recovery from a fault of `kind`.
    ///
    /// # Errors
    /// When it takes too long, or the nodes do not agree.
    pub(super) fn recover(&mut self, kind: Kind, since: Instant) -> Result<()> {
        let acknowledged = self.clients.book().acknowledged();
        let target = self.look_for_highest();
        let mut pending: BTreeSet<usize> = (0..self.nodes()).collect();
        self.wait(
            &format!("the network has not recovered ({kind})"),
            RECOVERY_MAX,
            |trial| {
                pending.retain(|index| !trial.is_up(*index, target));
                Ok(pending.is_empty() && trial.clients.book().acknowledged() > acknowledged)
            },
        )?;
        let took = since.elapsed();
        check::same_block(&self.network, target)?;
        self.tallies.entry(kind).or_default().recoveries.push(took);
        self.say_progress(kind, took);
        Ok(())
    }

    fn say_progress(&mut self, kind: Kind, took: Duration) {
        let tally = &self.tallies[&kind];
        let (times, asked) = (count(tally.recoveries.len()), count(tally.asked));
        let (acknowledged, height) = (self.clients.book().acknowledged(), self.highest);
        let title = self
            .voice
            .text(&format!("chaos-kind-{kind}"), &Arguments::NONE);
        self.voice.progress("chaos-progress", || {
            Arguments::NONE
                .text("kind", title)
                .number("times", times)
                .number("asked", asked)
                .text("seconds", format!("{:.2}", took.as_secs_f32()))
                .number("acknowledged", count(acknowledged))
                .number("height", height.0)
        });
    }

    /// Whether the node at `index` is ready and has reached `height`.
    fn is_up(&self, index: usize, height: Height) -> bool {
        let observer = &self.observers[index];
        observer
            .status()
            .is_ok_and(|status| status.height >= height)
            && observer.is_ready().unwrap_or(false)
    }

    /// The greatest height any node has been at, as far as can be told now; at least the first.
    pub(super) fn look_for_highest(&mut self) -> Height {
        for observer in &self.observers {
            if let Ok(status) = observer.status() {
                self.highest = self.highest.max(status.height);
            }
        }
        self.highest.max(Height(1))
    }

    /// Waits until all nodes rest at one height with one root; the height. The clients are to be away.
    ///
    /// # Errors
    /// When it takes too long.
    pub(super) fn settle(&mut self) -> Result<Height> {
        let mut height = Height::GENESIS;
        self.wait("the nodes do not come to rest", RECOVERY_MAX, |trial| {
            let mut seen = Vec::new();
            for observer in &trial.observers {
                let Ok(status) = observer.status() else {
                    return Ok(false);
                };
                let pool = status.mempool;
                if !status.idle || pool.transactions + pool.waiting > 0 {
                    return Ok(false);
                }
                seen.push((status.height, status.state_root));
            }
            height = seen.first().context("there are no nodes")?.0;
            Ok(seen.windows(2).all(|pair| pair[0] == pair[1]))
        })?;
        Ok(height)
    }

    /// What every node says of itself, one a line, with the end of its log.
    fn standing(&self) -> String {
        let lines = self.observers.iter().enumerate().map(|(index, observer)| {
            let node = index + 1;
            let log = self.network.log_tail(index);
            match observer.status() {
                Ok(status) => format!(
                    "node {node}: height {}, {} peers, catching up: {}, idle: {}, {} ready and {} waiting transactions\n{log}",
                    status.height,
                    status.peers,
                    status.catching_up,
                    status.idle,
                    status.mempool.transactions,
                    status.mempool.waiting
                ),
                Err(error) => format!("node {node}: {error}\n{log}"),
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
