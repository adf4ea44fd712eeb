//! Runs a cluster under load from a seed, and prints what the run comes to; or compares the ledger with the model.

use std::cell::RefCell;
use std::ops::Range;
use std::process::ExitCode;

use clap::Parser;
use timebank_simulations::comparison::{self, shrink};
use timebank_simulations::plan::Plan;
use timebank_simulations::run;
use timebank_simulations::timeline::Timeline;

/// Runs a cluster of real replicas over virtual time, network and disks.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Determines the whole run.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Faults of the plan that are left out, by number.
    #[arg(long, value_delimiter = ',')]
    without: Vec<usize>,
    /// Prints so many of the last lines of what happened.
    #[arg(long, default_value_t = 0)]
    timeline: usize,
    /// Compares the ledger with the model instead, over the histories of many seeds.
    #[arg(long)]
    compare: bool,
    /// The seeds, `A..B` without B.
    #[arg(long, default_value = "0..100000", value_parser = seed_range)]
    seeds: Range<u64>,
    /// How many transactions each history that is compared puts at least.
    #[arg(long, default_value_t = comparison::run::OPERATIONS, requires = "compare")]
    operations: usize,
}

fn seed_range(text: &str) -> Result<Range<u64>, String> {
    let parsed = text.split_once("..").and_then(|(first, end)| {
        let range = first.parse().ok()?..end.parse().ok()?;
        (!range.is_empty()).then_some(range)
    });
    parsed.ok_or_else(|| format!("{text:?} is not a range of seeds such as 0..1000"))
}

/// Compares ledger and model over many histories; in each that shows a disagreement, the shortest one.
fn compare(arguments: &Arguments) -> Result<String, String> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let outcome = comparison::run::run(arguments.seeds.clone(), arguments.operations, threads);
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

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = if arguments.compare {
        compare(&arguments)
    } else {
        run(&arguments)
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

#[expect(clippy::print_stdout, reason = "the program's output")]
fn emit(text: &str) {
    println!("{text}");
}

fn run(arguments: &Arguments) -> Result<String, String> {
    let plan = Plan::of(arguments.seed).without(&arguments.without.iter().copied().collect());
    let timeline = RefCell::new(Timeline::keeping(arguments.timeline));
    let outcome = run::play_and_tell(&plan, &timeline);
    for line in timeline.borrow().lines() {
        emit(line);
    }
    for it in &plan.faults {
        emit(&it.to_string());
    }
    let text = serde_json::to_string_pretty(&outcome).expect("figures and texts are JSON");
    if outcome.failure.is_none() {
        Ok(text)
    } else {
        Err(text)
    }
}
