//! `timebank-testnet bench`: what a network of processes on this machine can do, measured with open-loop load.
//!
//! ```text
//! prepare: genesis with the accounts, kin, minutes
//! knee:    rates rise until the network does not keep up; the greatest that it kept up with (knee.rs)
//! levels:  20 %, 50 % and 80 % of the knee
//! ```
//!
//! Only transactions count that all nodes give back from their blocks. Nothing is asserted about speed.
//!
//! | file | subject |
//! |---|---|
//! | `people.rs`, `flood.rs`, `parallel.rs` | who takes part, and how they are made quickly |
//! | `mixes.rs`, `arrivals.rs` | what is sent, and when |
//! | `usage.rs`, `read_back.rs`, `results.rs` | what is seen of it, and what that comes to |
//! | `measure.rs`, `knee.rs` | one run, and which rates are run |
//! | `compare.rs`, `postgres.rs` | PostgreSQL in turns |
//! | `report.rs` | the JSON files |

mod arrivals;
mod compare;
mod flood;
mod knee;
mod measure;
mod mixes;
mod parallel;
mod people;
mod postgres;
mod read_back;
mod report;
mod results;
mod usage;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use ledger_core::message::Arguments;
use ledger_core::time::TimestampMs;

use crate::say::Voice;
use measure::{Bench, Size};
use mixes::Mix;
use report::{LevelRun, Load, Outcome, Report, Taken};
use results::RunResult;

/// Offices of a network, each with a node.
const OFFICES: usize = 4;
/// Shares of the knee that are measured, in percent.
const LEVELS: [u32; 3] = [20, 50, 80];

/// The command line.
pub(crate) fn command(voice: &Voice) -> Command {
    let about = |id: &str| voice.text(id, &Arguments::NONE);
    Command::new("bench")
        .about(about("about-bench"))
        .long_about(about("about-bench-long"))
        .arg(
            Arg::new("mix")
                .long("mix")
                .value_parser(Mix::ALL.map(Mix::name))
                .action(ArgAction::Append)
                .help(about("about-bench-mix")),
        )
        .arg(number("pairs", "5000", about("about-bench-pairs")))
        .arg(number("seconds", "30", about("about-bench-seconds")))
        .arg(number("accounts", "100000", about("about-bench-accounts")))
        .arg(rate(voice))
        .arg(output(voice))
        .arg(
            Arg::new("vs-postgres")
                .long("vs-postgres")
                .action(ArgAction::SetTrue)
                .help(about("about-bench-vs-postgres")),
        )
}

fn number(name: &'static str, default: &'static str, about: String) -> Arg {
    Arg::new(name)
        .long(name)
        .default_value(default)
        .value_parser(value_parser!(u32).range(1..=1_000_000))
        .help(about)
}

fn rate(voice: &Voice) -> Arg {
    Arg::new("rate")
        .long("rate")
        .value_parser(value_parser!(u32).range(1..=i64::from(knee::RATE_MAX)))
        .help(voice.text("about-bench-rate", &Arguments::NONE))
}

fn output(voice: &Voice) -> Arg {
    Arg::new("output")
        .long("output")
        .short('o')
        .value_parser(value_parser!(PathBuf))
        .help(voice.text("about-bench-output", &Arguments::NONE))
}

/// A number of the command line.
fn asked(matches: &ArgMatches, name: &str) -> u32 {
    *matches.get_one::<u32>(name).expect("it has a default")
}

/// What was asked for.
struct Options {
    mixes: Vec<Mix>,
    size: Size,
    window: Duration,
    rate: Option<u32>,
}

impl Options {
    fn of(matches: &ArgMatches) -> Result<Options> {
        let mixes: Vec<Mix> = match matches.get_many::<String>("mix") {
            None => Mix::ALL.to_vec(),
            Some(names) => names.filter_map(|name| name.parse().ok()).collect(),
        };
        let pairs = usize::try_from(asked(matches, "pairs"))?;
        Ok(Options {
            mixes,
            size: Size {
                offices: OFFICES,
                accounts: usize::try_from(asked(matches, "accounts"))?.max(2 * pairs),
                pairs,
            },
            window: Duration::from_secs(asked(matches, "seconds").into()),
            rate: matches.get_one::<u32>("rate").copied(),
        })
    }
}

/// Runs `timebank-testnet bench` in `directory`.
///
/// # Errors
/// When a node fails, the ledger refuses something, or nodes hold different blocks.
pub(crate) fn run(
    matches: &ArgMatches,
    directory: &Path,
    now_ms: TimestampMs,
    voice: &mut Voice,
) -> Result<()> {
    let taken = Taken::now(now_ms);
    let outcome = load(matches, directory, now_ms, voice)?;
    if let Some(path) = matches.get_one::<PathBuf>("output") {
        let seconds = voice.elapsed().as_secs();
        report::write(
            path,
            &Report {
                taken: Taken { seconds, ..taken },
                outcome,
            },
        )?;
        voice.say(
            "bench-written",
            &Arguments::NONE.text("path", path.display()),
        );
    }
    Ok(())
}

/// The knee and the levels of each mix, or PostgreSQL in turns.
fn load(
    matches: &ArgMatches,
    directory: &Path,
    now_ms: TimestampMs,
    voice: &mut Voice,
) -> Result<Outcome> {
    let mut options = Options::of(matches)?;
    let programs = match (matches.get_flag("vs-postgres"), postgres::find()) {
        (false, _) => None,
        (true, Some(programs)) => Some(programs),
        (true, None) => bail!(voice.text("bench-postgres-missing", &Arguments::NONE)),
    };
    if programs.is_some() {
        // As many as PostgreSQL has, whatever was asked for.
        options.size.accounts = compare::ACCOUNTS.max(2 * options.size.pairs);
    }
    let mut bench = Bench::prepare(directory, options.size, options.window, now_ms, voice)?;
    let outcome = match programs {
        Some(programs) => Outcome::Postgres(compare::run(
            &mut bench,
            &programs,
            directory,
            options.rate,
            voice,
        )?),
        None => Outcome::Load(measure_mixes(&mut bench, &options, voice)?),
    };
    bench.stop()?;
    Ok(outcome)
}

/// Every mix: its knee and its levels, or the one rate asked for.
fn measure_mixes(bench: &mut Bench, options: &Options, voice: &mut Voice) -> Result<Load> {
    let mut load = Load {
        accounts: options.size.accounts,
        knees: Vec::new(),
        runs: Vec::new(),
    };
    for mix in &options.mixes {
        let rates: Vec<(Option<u32>, u32)> = match options.rate {
            Some(rate) => vec![(None, rate)],
            None => {
                let knee = bench.knee(*mix, voice)?;
                let rate = knee.offered;
                load.knees.push(knee);
                LEVELS
                    .map(|level| (Some(level), (rate * level / 100).max(1)))
                    .to_vec()
            }
        };
        for (percent, rate) in rates {
            let result = bench.once(*mix, rate, options.window, voice)?;
            load.runs.push(LevelRun { percent, result });
        }
    }
    let all: Vec<&RunResult> = load
        .knees
        .iter()
        .chain(load.runs.iter().map(|run| &run.result))
        .collect();
    table(&all, voice);
    Ok(load)
}

/// All runs, for people.
fn table(all: &[&RunResult], voice: &Voice) {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    let heads = [
        "bench-column-mix",
        "bench-column-offered",
        "bench-column-finalised",
        "bench-column-p50",
        "bench-column-p99",
        "bench-column-p999",
        "bench-column-gap",
        "bench-column-processor",
        "bench-column-driver",
        "bench-column-network",
        "bench-column-disk",
        "bench-column-memory",
    ];
    table.set_header(heads.map(|id| voice.text(id, &Arguments::NONE)));
    let whole = |value: f64| format!("{value:.0}");
    for result in all {
        let network = result.each.network_bytes;
        table.add_row([
            result.mix.clone(),
            result.offered.to_string(),
            whole(result.finalised),
            format!("{:.1}", result.latency_ms.p50),
            format!("{:.1}", result.latency_ms.p99),
            format!("{:.1}", result.latency_ms.p999),
            result.longest_gap_ms.to_string(),
            whole(result.each.processor_us),
            whole(result.driver_us),
            network.map_or_else(|| "–".to_owned(), whole),
            whole(result.each.disk_bytes),
            (result.resident_bytes / 1_000_000).to_string(),
        ]);
    }
    voice.line(&table.to_string());
}
