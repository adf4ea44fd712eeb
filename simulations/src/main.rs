//! Plays runs from their seeds, one or many; compares the ledger with the model; measures a large city.

use std::cell::RefCell;
use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use timebank_audit::screening::Rules;
use timebank_simulations::comparison::{self, shrink};
use timebank_simulations::frauds::{self, Size};
use timebank_simulations::plan::Plan;
use timebank_simulations::timeline::Timeline;
use timebank_simulations::{fleet, report, run, scale, sizes};

/// Plays whole cities of real replicas over virtual time, network and disks, and checks that every promise is kept.
///
/// One seed: `--seed 7`. Many, a process each: `--seeds 0..1000`. A failing run is repeated with the command that is
/// printed with it.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    instead: Option<Instead>,
    /// Plays the run of this seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Faults of the plan that are left out, by number.
    #[arg(long, value_delimiter = ',')]
    without: Vec<usize>,
    /// Prints so many of the last lines of what happened.
    #[arg(long, default_value_t = 0)]
    timeline: usize,
    /// Prints the outcome as JSON.
    #[arg(long)]
    json: bool,
    /// Plays the runs of many seeds, `A..B` without B, in a process each.
    #[arg(long, value_parser = seed_range)]
    seeds: Option<Range<u64>>,
    /// How many processes at a time; as many as there are cores if it is left out.
    #[arg(long)]
    processes: Option<usize>,
    /// Begins no further seed when all processes together took so many seconds.
    #[arg(long)]
    budget_seconds: Option<u64>,
    /// Begins further seeds after one has failed, and shrinks none.
    #[arg(long)]
    keep_going: bool,
    /// Compares the ledger with the model instead, over the histories of `--seeds`.
    #[arg(long)]
    compare: bool,
    /// How many transactions each history that is compared puts at least.
    #[arg(long, default_value_t = comparison::run::OPERATIONS, requires = "compare")]
    operations: usize,
    /// Measures a city of so many validators over long links instead, with all of them and with a third minus one dead.
    #[arg(long)]
    scale: Option<usize>,
}

/// What else this program can do.
#[derive(Debug, Subcommand)]
enum Instead {
    /// Lives through a generated city twice, clean and with frauds of every kind planted, screens both as an auditor would,
    /// and prints what was found of what was planted.
    Frauds(FraudsArguments),
    /// Measures cities of so many validators over near and far links, with all of them and with as many dead as may be, and
    /// prints a table: simulated time, messages and bytes of a height.
    Sizes(SizesArguments),
}

#[derive(Debug, Args)]
struct SizesArguments {
    /// How many validators, with commas between them.
    #[arg(long, value_delimiter = ',', default_values_t = [4, 7, 16, 31, 100])]
    nodes: Vec<usize>,
    /// What is random depends on it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Writes the figures as JSON to this file, for the results page (docs/results.md).
    #[arg(long, short)]
    output: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct FraudsArguments {
    /// The city of this seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A smaller city, in seconds.
    #[arg(long)]
    small: bool,
    /// The auditor's own rules; those of this build if it is left out.
    #[arg(long)]
    rules: Option<PathBuf>,
    /// Prints every finding that accuses honest people, and every fraud with the rules that found it.
    #[arg(long)]
    details: bool,
    /// Writes both cities as auditors' books with their genesis documents and labels into this folder instead, which must
    /// not be there yet.
    #[arg(long, conflicts_with_all = ["rules", "details"])]
    write: Option<PathBuf>,
}

/// How often many runs tell how far they are.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(10);
/// The histories that are compared when no seeds are given.
const COMPARED: Range<u64> = 0..100_000;

fn seed_range(text: &str) -> Result<Range<u64>, String> {
    let parsed = text.split_once("..").and_then(|(first, end)| {
        let range = first.parse().ok()?..end.parse().ok()?;
        (!range.is_empty()).then_some(range)
    });
    parsed.ok_or_else(|| format!("{text:?} is not a range of seeds such as 0..1000"))
}

fn processes(arguments: &Arguments) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    arguments.processes.unwrap_or(cores)
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.instead {
        Some(Instead::Frauds(frauds)) => frauds_of(frauds).map_err(|error| format!("{error:#}")),
        Some(Instead::Sizes(asked)) => sizes_of(asked).map_err(|error| format!("{error:#}")),
        None if arguments.compare => compare(&arguments),
        None => match (arguments.scale, &arguments.seeds) {
            (Some(nodes), _) => measure(arguments.seed, nodes),
            (None, Some(seeds)) => run_many(&arguments, seeds.clone()),
            (None, None) => run_one(&arguments),
        },
    };
    match outcome {
        Ok(report) => {
            emit(&report);
            ExitCode::SUCCESS
        }
        Err(report) => {
            emit(&report);
            ExitCode::FAILURE
        }
    }
}

/// Prints the program's output. Whoever reads it may stop reading at any time.
fn emit(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints the program's progress.
fn tell(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn run_one(arguments: &Arguments) -> Result<String, String> {
    let plan = Plan::of(arguments.seed).without(&arguments.without.iter().copied().collect());
    let timeline = RefCell::new(Timeline::keeping(arguments.timeline));
    let outcome = run::play_and_tell(&plan, &timeline);
    timeline.borrow().lines().for_each(emit);
    let text = if arguments.json {
        serde_json::to_string(&outcome).map_err(|error| error.to_string())?
    } else {
        report::outcome(&plan, &outcome)
    };
    match outcome.failure {
        None => Ok(text),
        Some(_) => Err(text),
    }
}

fn run_many(arguments: &Arguments, seeds: Range<u64>) -> Result<String, String> {
    let settings = fleet::Settings {
        seeds,
        processes: processes(arguments),
        budget: arguments.budget_seconds.map(Duration::from_secs),
        keep_going: arguments.keep_going,
    };
    let mut told = Instant::now();
    let progress = |summary: &fleet::Summary| {
        if told.elapsed() >= PROGRESS_INTERVAL {
            told = Instant::now();
            tell(&report::progress(summary));
        }
    };
    let summary = fleet::run(&settings, progress)
        .map_err(|error| format!("a run could not be started: {error}"))?;
    let text = report::summary(&summary);
    let Some((seed, failure)) = summary.failures.first_key_value() else {
        return Ok(text);
    };
    // A run that does not end has nothing to be shrunk by in bounded time.
    if arguments.keep_going || failure.promise == fleet::ENDS {
        return Err(text);
    }
    tell("leaving out of the failing run what it fails without");
    let shrunk = fleet::shrink(*seed, failure)
        .map_err(|error| format!("{text}\nit could not be repeated: {error}"))?;
    Err(format!("{text}\n{}", report::shrunk(&shrunk)))
}

/// Compares ledger and model over many histories; in each that shows a disagreement, the shortest one.
fn compare(arguments: &Arguments) -> Result<String, String> {
    let seeds = arguments.seeds.clone().unwrap_or(COMPARED);
    let outcome = comparison::run::run(seeds, arguments.operations, processes(arguments));
    if outcome.failures.is_empty() {
        return Ok(outcome.tally.to_string());
    }
    let told: Vec<String> = outcome
        .failures
        .iter()
        .map(|it| shrink::tell(&shrink::shrink(it)))
        .collect();
    Err(format!("{}\n{}", outcome.tally, told.join("\n")))
}

/// Measures the screening on a generated city, or writes that city down.
fn frauds_of(arguments: &FraudsArguments) -> anyhow::Result<String> {
    let size = if arguments.small {
        Size::SMALL
    } else {
        Size::FULL
    };
    if let Some(folder) = &arguments.write {
        return frauds::keep::write(arguments.seed, size, folder);
    }
    let rules = match &arguments.rules {
        Some(file) => Rules::read(
            &std::fs::read_to_string(file)
                .with_context(|| format!("{} cannot be read", file.display()))?,
        )?,
        None => Rules::built_in(),
    };
    let measured = frauds::measure::measure(arguments.seed, size, &rules)?;
    let mut text = frauds::table::table(&measured);
    if arguments.details {
        text.push_str(&frauds::table::details(&measured));
    }
    Ok(text)
}

/// Measures cities of several sizes; each line is shown when it is there.
fn sizes_of(arguments: &SizesArguments) -> anyhow::Result<String> {
    let began = Instant::now();
    let sizes = sizes::measure(arguments.seed, &arguments.nodes, tell)?;
    if let Some(path) = &arguments.output {
        let report = sizes.report(began.elapsed())?;
        std::fs::write(path, report)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(sizes.table())
}

fn measure(seed: u64, nodes: usize) -> Result<String, String> {
    // A third minus one: the most that may be dead.
    let faulty_max = nodes.saturating_sub(1) / 3;
    let whole = scale::measure(seed, nodes, 0, &scale::LINK_MS)?;
    let reduced = scale::measure(seed, nodes, faulty_max, &scale::LINK_MS)?;
    Ok(format!("{whole}\n{reduced}"))
}
