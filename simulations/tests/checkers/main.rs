//! Every checker notices what it is there to notice, and is silent about what is right.

mod accusation;
mod agreement;
mod bounds;
mod clients;
mod durability;
mod fate;
mod halts;
mod liveness;
mod signer;
mod verified_reads;

use std::collections::BTreeSet;

use timebank_simulations::checker::{Checker, Scene};
use timebank_simulations::city::Office;
use timebank_simulations::cluster::Cluster;
use timebank_simulations::cluster::seen::Seen;
use timebank_simulations::cluster::settings::ClusterSettings;
use timebank_simulations::plan::fault::{Fault, Scheduled};
use timebank_simulations::plan::{Menu, Plan};

/// A city of four nodes in which nothing goes wrong but what a test does.
struct Stage {
    cluster: Cluster,
    office: Office,
    plan: Plan,
    suspects: BTreeSet<usize>,
}

impl Stage {
    /// All nodes are up.
    fn new() -> Stage {
        let mut stage = Stage::dark();
        for node in 0..stage.cluster.len() {
            stage.cluster.start(node);
        }
        stage
    }

    /// All nodes are up, and each part of their mempools holds no more than so many transactions.
    fn with_small_mempools(count_max: usize) -> Stage {
        let mut settings = ClusterSettings::new(7, 4);
        settings.mempool_max = Some(count_max);
        let mut stage = Stage::of(settings);
        for node in 0..stage.cluster.len() {
            stage.cluster.start(node);
        }
        stage
    }

    /// No node is up.
    fn dark() -> Stage {
        Stage::of(ClusterSettings::new(7, 4))
    }

    fn of(settings: ClusterSettings) -> Stage {
        let genesis = timebank_simulations::city::genesis(4, 4);
        let mut cluster = Cluster::founded_but_down(settings, genesis);
        cluster.watch();
        let menu = Menu {
            nodes: Some(4),
            only: true,
            ..Menu::default()
        };
        Stage {
            office: Office::new(cluster.genesis().chain_id()),
            cluster,
            plan: Plan::focused(7, &menu),
            suspects: BTreeSet::new(),
        }
    }

    /// The same with something in the plan.
    fn with(mut self, fault: Fault) -> Stage {
        self.plan.faults.push(Scheduled {
            number: self.plan.faults.len(),
            at_ms: 0,
            lasts_ms: 1_000,
            fault,
        });
        self.suspects = self.plan.suspects();
        self
    }

    /// Shows `seen` to a checker.
    fn show(&self, checker: &mut dyn Checker, seen: &Seen) -> Result<(), String> {
        checker.observe(self.scene(), seen)
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            cluster: &self.cluster,
            plan: &self.plan,
            suspects: &self.suspects,
        }
    }

    /// Somebody opens an account at each node.
    fn submit(&mut self, label: &str) {
        for node in 0..4 {
            let now_ms = self.cluster.now_ms(0);
            let label = format!("{label} {node}");
            let envelope = self.office.open_account(&label, node, 1, now_ms);
            self.cluster.submit(node, envelope);
        }
    }

    /// Lets `ms` milliseconds pass and shows a checker what happens, as `retell` tells it.
    fn play(
        &mut self,
        checker: &mut dyn Checker,
        ms: u64,
        mut retell: impl FnMut(Seen) -> Vec<Seen>,
    ) -> Result<(), String> {
        let until_us = self.cluster.now_us() + ms * 1_000;
        loop {
            for seen in self.cluster.take_seen() {
                for seen in retell(seen) {
                    self.show(checker, &seen)?;
                }
            }
            if !self.cluster.step(until_us) {
                return Ok(());
            }
        }
    }
}

/// Tells everything as it is.
fn truly(seen: Seen) -> Vec<Seen> {
    vec![seen]
}

/// A good minute: load, a crash, a restart, more load.
#[track_caller]
fn is_silent_about_a_good_run(checker: &mut dyn Checker, mut stage: Stage) {
    let mut outcome = Ok(());
    for part in 0..8 {
        stage.submit(&format!("part {part}"));
        outcome = outcome.and_then(|()| stage.play(checker, 1_500, truly));
        match part {
            2 => stage.cluster.crash(1, 0),
            4 => stage.cluster.start(1),
            _ => {}
        }
    }
    let outcome = outcome.and_then(|()| stage.play(checker, 30_000, truly));
    let finished = outcome.and_then(|()| checker.finish(stage.scene()));
    assert_eq!(finished, Ok(()));
    assert!(stage.cluster.height(1).0 > 8, "the chain grew");
}

/// `checker` complains of a run that is retold by `retell`, and says `why`.
#[track_caller]
fn complains(
    checker: &mut dyn Checker,
    mut stage: Stage,
    retell: impl FnMut(Seen) -> Vec<Seen>,
    why: &str,
) {
    stage.submit("somebody");
    let outcome = stage.play(checker, 5_000, retell);
    let outcome = outcome.and_then(|()| checker.finish(stage.scene()));
    let complaint = outcome.expect_err("the checker is silent");
    assert!(complaint.contains(why), "{complaint}");
}
