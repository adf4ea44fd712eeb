//! `chaos`: real node processes under load, and everything that happens to processes, networks and disks.
//!
//! One process watches ([`outside`]), one does the work in as strong a [`shelter`] as the system allows: it connects the nodes
//! ([`wiring`]), sets [`clients`] to work, injects [`faults`] one after the other, waits each time until the network has
//! recovered, and in the end reads every block of every node ([`check`]). What always holds: a trial ends by itself within its
//! time; whatever a fault did is undone when it has failed; nothing outside of the trial's own directory, processes and
//! namespaces is touched.

mod check;
mod clients;
mod faults;
mod interrupt;
mod kind;
mod leftovers;
mod memory;
mod options;
mod outside;
mod proxy;
mod shelter;
mod summary;
mod switch;
mod trial;
mod wiring;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use ledger_core::amount::Minutes;
use ledger_core::id::{Height, TransactionId};
use ledger_core::message::Arguments;
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::Operation;
use ledger_core::transaction::government::OpenBudget;
use timebank_node::config::CONFIG_FILE;

use self::clients::Clients;
use self::interrupt::Interrupt;
use self::kind::Kind;
use self::memory::{MemoryWatch, NODE_MEMORY_BYTES_MAX};
use self::options::{Inside, Options};
use self::shelter::Shelter;
use self::summary::Summary;
use self::trial::{LeftOut, Tally, Trial};
use self::wiring::Wiring;
use crate::city::{self, CITY};
use crate::demo::today;
use crate::driver::{Driver, budget_of, city_treasurers};
use crate::nanjing::Random;
use crate::network::{self, Network};
use crate::say::{Voice, count};

pub(crate) use self::options::command;

/// How long the nodes may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// Minutes the load may take in all.
const BUDGET: Minutes = Minutes(1 << 32);
/// The exit code when everything is right and something asked for was left out, with `--require-all`.
const INCOMPLETE: u8 = 3;
/// What stands in the nodes' configuration beside their places: on one machine messages take less than a millisecond, and
/// with timeouts a third as long as by default a silent proposer costs a round of kills a third as much.
const TIMEOUTS: &str = "\n[consensus]\npropose_timeout_ms = 300\nprevote_timeout_ms = 150\n\
                        precommit_timeout_ms = 150\nrebroadcast_interval_ms = 300\n";
/// What a node writes when it meets an error of its own.
const PANIC: &str = "panicked at";

/// Runs the command `matches`; `arguments` are those of this process, its name first.
///
/// # Errors
/// When the trial cannot begin.
pub(crate) fn run(
    matches: &ArgMatches,
    arguments: &[OsString],
    voice: &mut Voice,
) -> Result<ExitCode> {
    let options = Options::of(matches);
    let Some(inside) = options.inside else {
        return outside::watch(&options, arguments, voice);
    };
    inside
        .shelter
        .check(std::process::id())
        .map_err(anyhow::Error::msg)?;
    // In this order: the end of the one that watches is a signal to stop, and must not end this process unheard.
    let interrupt = Interrupt::listen()?;
    network::stop_with_parent();
    let summary = work(&options, inside, interrupt, voice);
    summary.print(voice);
    Ok(if !summary.faults.is_empty() {
        ExitCode::FAILURE
    } else if options.require_all && summary.is_incomplete() {
        ExitCode::from(INCOMPLETE)
    } else {
        ExitCode::SUCCESS
    })
}

/// Runs the trial, and tells how it went, also when it broke off.
fn work(options: &Options, inside: Inside, interrupt: Interrupt, voice: &mut Voice) -> Summary {
    let mut summary = Summary::default();
    for kind in &options.kinds {
        let tally = Tally {
            asked: kind.times(options.nodes, options.kill_rounds, options.length),
            ..Tally::default()
        };
        summary.tallies.insert(*kind, tally);
    }
    if inside.shelter == Shelter::Open
        && let Some(disk) = summary.tallies.get_mut(&Kind::Disk)
    {
        disk.left_out = Some(LeftOut::Mount);
    }
    let outcome = begin(options, inside, interrupt, &mut summary, voice);
    if let Err(error) = outcome {
        summary.faults.push(format!("{error:#}"));
    }
    for (node, bytes) in &summary.peaks {
        if *bytes > NODE_MEMORY_BYTES_MAX {
            summary.faults.push(format!(
                "node {} used {bytes} bytes of memory; at most {NODE_MEMORY_BYTES_MAX} are allowed",
                node + 1
            ));
        }
    }
    summary
}

fn begin(
    options: &Options,
    inside: Inside,
    interrupt: Interrupt,
    summary: &mut Summary,
    voice: &mut Voice,
) -> Result<()> {
    let began = Instant::now();
    let directory = leftovers::directory(inside.process);
    let welcome = Arguments::NONE
        .number("nodes", count(options.nodes))
        .number("seed", options.seed)
        .text("directory", directory.display());
    voice.say("chaos-welcome", &welcome);
    let (wiring, sites) = match inside.shelter {
        Shelter::Network => Wiring::in_namespaces(options.nodes, options.seed)?,
        Shelter::Private | Shelter::Open => {
            Wiring::on_loopback(options.nodes, inside.process, options.seed)?
        }
    };
    let now_ms = TimestampMs(timebank_node::runtime::now_ms());
    let genesis = city::small(options.nodes, now_ms);
    let program = std::env::current_exe()?;
    let mut network = Network::prepare_at(&directory, &program, genesis, sites)?;
    for index in 0..network.len() {
        let path = network.home(index).join(CONFIG_FILE);
        let mut file = File::options().append(true).open(path)?;
        file.write_all(TIMEOUTS.as_bytes())?;
    }
    network.start_all()?;
    network.wait_ready(START_TIMEOUT)?;
    let opened = found(&network)?;
    let memory = MemoryWatch::begin();
    for index in 0..network.len() {
        if let Some(process) = network.process_id(index) {
            memory.follow(index, process);
        }
    }
    let mut trial = Trial {
        clients: Clients::begin(&network, budget_of(opened), now_ms),
        observers: (0..network.len())
            .map(|index| clients::impatient(&network, index))
            .collect(),
        network,
        wiring,
        memory,
        random: Random::new(options.seed),
        interrupt,
        voice,
        deadline: began + options.time,
        tallies: std::mem::take(&mut summary.tallies),
        highest: Height(1),
    };
    let outcome = inject_all(&mut trial).and_then(|()| finish(&mut trial, opened, summary));
    summary.peaks = trial.memory.peaks();
    summary.tallies = std::mem::take(&mut trial.tallies);
    outcome
}

/// Opens the budget line that the load takes its minutes from.
fn found(network: &Network) -> Result<TransactionId> {
    let mut driver = Driver::new(network, "founding");
    let now_ms = driver.refresh_time(0)?;
    let [one, other] = city_treasurers();
    let open = OpenBudget {
        scope: CITY,
        purpose: BudgetPurpose::Fund,
        minutes: BUDGET,
        last_day: today(now_ms).plus_days(365),
    };
    let opened = driver.apply(0, Operation::OpenBudget(open), &[&one, &other])?;
    Ok(opened)
}

fn inject_all(trial: &mut Trial<'_>) -> Result<()> {
    let kinds: Vec<Kind> = trial
        .tallies
        .iter()
        .filter(|(_, tally)| tally.left_out.is_none())
        .map(|(kind, _)| *kind)
        .collect();
    for kind in kinds {
        let title = summary::title(trial.voice, kind);
        let asked = count(trial.tallies.entry(kind).or_default().asked);
        let arguments = Arguments::NONE.text("kind", title).number("asked", asked);
        trial.voice.step("chaos-begin", &arguments);
        faults::inject(trial, kind).with_context(|| format!("while injecting `{kind}`"))?;
    }
    Ok(())
}

/// Sends the clients home, waits until everything rests, checks everything, and stops the nodes in order.
fn finish(trial: &mut Trial<'_>, opened: TransactionId, summary: &mut Summary) -> Result<()> {
    trial.voice.step("chaos-checking", &Arguments::NONE);
    trial.clients.stop()?;
    trial.check()?;
    let height = trial.settle()?;
    let entries: BTreeMap<_, _> = trial.clients.book().entries();
    let founding = BTreeSet::from([opened]);
    let (figures, faults) = check::everything(
        &trial.network,
        height,
        &entries,
        &founding,
        &trial.interrupt,
    )?;
    if figures.acknowledged == 0 {
        bail!("nothing was acknowledged: the load did not reach the nodes");
    }
    summary.figures = Some(figures);
    summary.faults.extend(faults);
    for index in 0..trial.nodes() {
        trial.stop(index)?;
        let log = fs::read(trial.network.log_path(index))?;
        let log = String::from_utf8_lossy(&log);
        if let Some(line) = log.lines().find(|line| line.contains(PANIC)) {
            summary
                .faults
                .push(format!("node {} panicked: {line}", index + 1));
        }
    }
    Ok(())
}
