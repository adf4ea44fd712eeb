//! Many seeds, each in a process of its own, on all cores; the first failure shrunk to what is needed.
//!
//! A process per seed means that a run that panics, hangs or eats memory is one failed seed and nothing else. A failing run
//! is repeated without some of its faults, as long as it fails by the same promise.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::ops::Range;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::plan::Plan;
use crate::run::{Failure, Outcome};

/// How long one run may take, in real time, before its process is ended: one that hangs is a failure.
const RUN_MAX: Duration = Duration::from_secs(600);
/// How often a process is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
/// How often a failing run is repeated at most to shrink it.
const SHRINKING_RUNS_MAX: usize = 80;
/// So many lines of what happened are printed of a failing run.
const TIMELINE_LINES: usize = 150;
/// The name of the promise that a run comes to an end.
pub const ENDS: &str = "ends";

/// What many seeds came to.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Runs that were played to their end.
    pub runs: u64,
    /// Heights of all of them.
    pub heights: u64,
    /// Applied transactions of all of them.
    pub transactions: u64,
    /// Virtual milliseconds of all of them.
    pub virtual_ms: u64,
    /// Real time all processes took together.
    pub busy: Duration,
    /// How often which fault happened, by name, and in how many runs.
    pub faults: BTreeMap<String, (u64, u64)>,
    /// The same for Byzantine behaviours.
    pub misdeeds: BTreeMap<String, (u64, u64)>,
    /// Runs by how many nodes they had.
    pub sizes: BTreeMap<usize, u64>,
    /// The runs that failed, by seed.
    pub failures: BTreeMap<u64, Failure>,
}

impl Summary {
    fn add(&mut self, outcome: &Outcome) {
        self.runs += 1;
        self.heights += outcome.heights;
        self.transactions += outcome.transactions;
        self.virtual_ms += outcome.virtual_ms;
        *self.sizes.entry(outcome.nodes).or_default() += 1;
        for (all, of_run) in [
            (&mut self.faults, &outcome.faults),
            (&mut self.misdeeds, &outcome.misdeeds),
        ] {
            for (name, times) in of_run {
                let (total, runs) = all.entry(name.clone()).or_default();
                *total += times;
                *runs += 1;
            }
        }
        if let Some(failure) = &outcome.failure {
            self.failures.insert(outcome.seed, failure.clone());
        }
    }
}

/// How a fleet goes about it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The seeds.
    pub seeds: Range<u64>,
    /// How many processes at a time.
    pub processes: usize,
    /// No further seed is begun when all processes together took so long.
    pub budget: Option<Duration>,
    /// Further seeds are begun after a failure.
    pub keep_going: bool,
}

/// A process that plays one seed.
struct Player {
    seed: u64,
    child: Child,
    output: thread::JoinHandle<io::Result<String>>,
    begun: Instant,
}

impl Player {
    /// Plays the plan of `seed` without some of its faults.
    fn play(seed: u64, without: &BTreeSet<usize>) -> io::Result<Player> {
        let mut arguments = vec!["--seed".to_owned(), seed.to_string(), "--json".to_owned()];
        if !without.is_empty() {
            arguments.extend(["--without".to_owned(), list(without)]);
        }
        Player::begin(arguments, seed)
    }

    fn begin(
        arguments: impl IntoIterator<Item = impl AsRef<std::ffi::OsStr>>,
        seed: u64,
    ) -> io::Result<Player> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut stdout = child.stdout.take().expect("its output is piped");
        let output = thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).map(|_| text)
        });
        Ok(Player {
            seed,
            child,
            output,
            begun: Instant::now(),
        })
    }

    /// Whether it is over: at its end, or by its limit.
    fn is_over(&mut self) -> io::Result<bool> {
        if self.child.try_wait()?.is_some() {
            return Ok(true);
        }
        if self.begun.elapsed() < RUN_MAX {
            return Ok(false);
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(true)
    }

    /// What it has printed.
    fn text(self) -> String {
        let text = self.output.join().ok().and_then(Result::ok);
        text.unwrap_or_default()
    }

    fn outcome(self) -> Outcome {
        let (seed, begun) = (self.seed, self.begun);
        let text = self.text();
        serde_json::from_str(text.trim()).unwrap_or_else(|_| Outcome {
            seed,
            nodes: 0,
            heights: 0,
            transactions: 0,
            virtual_ms: 0,
            faults: BTreeMap::new(),
            misdeeds: BTreeMap::new(),
            trace: String::new(),
            failure: Some(Failure {
                promise: ENDS.to_owned(),
                what: format!(
                    "its process gave no outcome within {} s of at most {} s",
                    begun.elapsed().as_secs(),
                    RUN_MAX.as_secs()
                ),
                at_ms: 0,
            }),
        })
    }
}

/// Plays many seeds. `progress` hears of each that is over.
///
/// # Errors
/// When processes cannot be started.
pub fn run(settings: &Settings, mut progress: impl FnMut(&Summary)) -> io::Result<Summary> {
    let mut summary = Summary::default();
    let mut seeds = settings.seeds.clone();
    let mut players: Vec<Player> = Vec::new();
    loop {
        let spent = settings.budget.is_some_and(|budget| summary.busy >= budget);
        let failed = !summary.failures.is_empty() && !settings.keep_going;
        while players.len() < settings.processes.max(1) && !spent && !failed {
            let Some(seed) = seeds.next() else { break };
            players.push(Player::play(seed, &BTreeSet::new())?);
        }
        if players.is_empty() {
            return Ok(summary);
        }
        thread::sleep(LOOK_INTERVAL);
        let mut running = Vec::new();
        for mut player in players {
            if player.is_over()? {
                summary.busy += player.begun.elapsed();
                summary.add(&player.outcome());
                progress(&summary);
            } else {
                running.push(player);
            }
        }
        players = running;
    }
}

/// A failing run, with no more faults than it needs.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// Where its plan was drawn from.
    pub seed: u64,
    /// The faults it does without.
    pub without: BTreeSet<usize>,
    /// The faults that are left, to be read.
    pub faults: Vec<String>,
    /// What goes wrong.
    pub failure: Failure,
    /// The command that repeats it and tells its end.
    pub command: String,
    /// How often it was repeated.
    pub runs: usize,
    /// What happened in the end.
    pub timeline: String,
}

/// Leaves out of a failing run what it fails without.
///
/// # Errors
/// When processes cannot be started.
pub fn shrink(seed: u64, failure: &Failure) -> io::Result<Shrunk> {
    let plan = Plan::of(seed);
    let mut kept: Vec<usize> = plan.faults.iter().map(|it| it.number).collect();
    let all: BTreeSet<usize> = kept.iter().copied().collect();
    let mut failure = failure.clone();
    let mut runs = 0;
    // Halves, then quarters, and so on down to single faults.
    let mut portion = kept.len().div_ceil(2);
    while portion > 0 && runs < SHRINKING_RUNS_MAX {
        let mut first = 0;
        while first < kept.len() && runs < SHRINKING_RUNS_MAX {
            let end = (first + portion).min(kept.len());
            let less: Vec<usize> = [&kept[..first], &kept[end..]].concat();
            let without = all.iter().copied().filter(|it| !less.contains(it));
            let outcome = play(seed, &without.collect())?;
            runs += 1;
            match outcome.failure {
                Some(same) if same.promise == failure.promise => {
                    failure = same;
                    kept = less;
                }
                _ => first = end,
            }
        }
        portion = if portion == 1 { 0 } else { portion.div_ceil(2) };
    }
    let without: BTreeSet<usize> = all.into_iter().filter(|it| !kept.contains(it)).collect();
    let left = plan.without(&without);
    let mut arguments = format!("--seed {seed}");
    if !without.is_empty() {
        arguments += &format!(" --without {}", list(&without));
    }
    arguments += &format!(" --timeline {TIMELINE_LINES}");
    let mut telling = Player::begin(arguments.split(' '), seed)?;
    while !telling.is_over()? {
        thread::sleep(LOOK_INTERVAL);
    }
    Ok(Shrunk {
        seed,
        faults: left.faults.iter().map(ToString::to_string).collect(),
        without,
        failure,
        command: format!("cargo run --release -p timebank-simulations -- {arguments}"),
        runs,
        timeline: telling.text(),
    })
}

fn play(seed: u64, without: &BTreeSet<usize>) -> io::Result<Outcome> {
    let mut player = Player::play(seed, without)?;
    while !player.is_over()? {
        thread::sleep(LOOK_INTERVAL);
    }
    Ok(player.outcome())
}

fn list(numbers: &BTreeSet<usize>) -> String {
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    numbers.join(",")
}
