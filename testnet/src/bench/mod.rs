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
//! | `arguments.rs` | what can be asked for |
//! | `people.rs`, `flood.rs`, `parallel.rs` | who takes part, and how they are made quickly |
//! | `mixes.rs`, `arrivals.rs` | what is sent, and when |
//! | `usage.rs`, `read_back.rs`, `results.rs` | what is seen of it, and what that comes to |
//! | `measure.rs`, `quiet.rs`, `knee.rs`, `load.rs` | one run, what it waits for, and which rates are run |
//! | `compare.rs`, `postgres.rs` | PostgreSQL in turns |
//! | `growth.rs`, `start.rs`, `soak.rs`, `trend.rs` | larger cities, starts, larger networks, long runs |
//! | `columns.rs` | the columns of tables of runs |
//! | `report.rs`, `record.rs`, `page/` | the JSON files, and the results page that is made of them |

mod arguments;
mod arrivals;
mod columns;
mod compare;
mod flood;
mod growth;
mod knee;
mod load;
mod measure;
mod mixes;
mod page;
mod parallel;
mod people;
mod postgres;
mod quiet;
mod read_back;
mod record;
mod report;
mod results;
mod soak;
mod start;
mod trend;
mod usage;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::ArgMatches;
use ledger_core::message::Arguments;
use ledger_core::time::TimestampMs;

use crate::say::Voice;
pub(crate) use arguments::command;
use arguments::{OFFICES, Options, asked, asked_sizes};
use columns::show;
use growth::Knees;
use measure::{Bench, Size};
use mixes::Mix;
use report::{Outcome, Report, Taken};
use results::RunResult;
use soak::Soak;

/// Runs what of `timebank-testnet bench` needs no network; none when it does.
///
/// # Errors
/// When a file is missing or malformed, or the command to be recorded fails.
pub(crate) fn run_aside(
    matches: &ArgMatches,
    now_ms: TimestampMs,
    voice: &mut Voice,
) -> Option<Result<()>> {
    match matches.subcommand()? {
        ("page", matches) => {
            let docs = matches
                .get_one::<PathBuf>("docs")
                .expect("it has a default");
            Some(page::run(docs, voice))
        }
        ("record", matches) => {
            let words: Vec<String> = matches
                .get_many::<String>("command")
                .expect("clap asks for it")
                .cloned()
                .collect();
            let taken = Taken {
                command: report::command_line(&words),
                ..Taken::now(now_ms)
            };
            let recorded = record::run(&words, voice);
            Some(recorded.and_then(|it| keep(matches, taken, Outcome::Record(it), voice)))
        }
        _ => None,
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
    let taken = Taken::now(now_ms).in_folder(directory);
    let (matches, outcome) = match matches.subcommand() {
        Some(("growth", matches)) => (matches, grow(matches, directory, now_ms, voice)?),
        Some(("validators", matches)) => (matches, networks(matches, directory, now_ms, voice)?),
        Some(("soak", matches)) => (matches, soak(matches, directory, now_ms, voice)?),
        _ => (
            matches,
            mixes_or_postgres(matches, directory, now_ms, voice)?,
        ),
    };
    keep(matches, taken, outcome, voice)
}

/// Writes what came of it where it was asked for.
fn keep(matches: &ArgMatches, taken: Taken, outcome: Outcome, voice: &Voice) -> Result<()> {
    let Some(path) = matches.get_one::<PathBuf>("output") else {
        return Ok(());
    };
    let seconds = voice.elapsed().as_secs();
    let taken = Taken { seconds, ..taken };
    report::write(path, &Report { taken, outcome })?;
    voice.say(
        "bench-written",
        &Arguments::NONE.text("path", path.display()),
    );
    Ok(())
}

/// The city at each size.
fn grow(
    matches: &ArgMatches,
    directory: &Path,
    now_ms: TimestampMs,
    voice: &mut Voice,
) -> Result<Outcome> {
    let sizes = asked_sizes(matches, "accounts")?;
    let window = Duration::from_secs(asked(matches, "seconds").into());
    let size = Size::of_pairs(OFFICES, sizes.first().copied().unwrap_or_default());
    let mut bench = Bench::prepare(directory, size, window, now_ms, voice)?;
    let knees = match matches.get_flag("no-knee") {
        true => Knees::LeftOut,
        false => Knees::Sought,
    };
    let growth = growth::run(&mut bench, &sizes, asked(matches, "rate"), knees, voice)?;
    let all: Vec<&RunResult> = growth.stages.iter().map(|stage| &stage.result).collect();
    show(&all, voice);
    bench.stop()?;
    Ok(Outcome::Growth(growth))
}

/// Networks of so many nodes, one after another.
fn networks(
    matches: &ArgMatches,
    directory: &Path,
    now_ms: TimestampMs,
    voice: &mut Voice,
) -> Result<Outcome> {
    let sizes = asked_sizes(matches, "nodes")?;
    let accounts = usize::try_from(asked(matches, "accounts"))?;
    let window = Duration::from_secs(asked(matches, "seconds").into());
    let prepare = |nodes: usize, voice: &mut Voice| {
        let directory = directory.join(format!("nodes-{nodes}"));
        let size = Size::of_pairs(nodes, accounts);
        Bench::prepare(&directory, size, window, now_ms, voice)
    };
    let validators = growth::validators(&sizes, asked(matches, "rate"), voice, prepare)?;
    let all: Vec<&RunResult> = validators.runs.iter().map(|run| &run.result).collect();
    show(&all, voice);
    Ok(Outcome::Validators(validators))
}

/// A long run at a share of the knee, or at the rate asked for.
fn soak(
    matches: &ArgMatches,
    directory: &Path,
    now_ms: TimestampMs,
    voice: &mut Voice,
) -> Result<Outcome> {
    let options = Options::of(matches)?;
    let mix = *matches.get_one::<Mix>("mix").expect("it has a default");
    let mut bench = Bench::prepare(directory, options.size, options.window, now_ms, voice)?;
    let (knee, rate) = match options.rate {
        Some(rate) => (None, rate),
        None => {
            let knee = bench.knee(mix, voice)?.offered;
            (Some(knee), (knee * asked(matches, "percent") / 100).max(1))
        }
    };
    let length = Duration::from_secs(60 * u64::from(asked(matches, "minutes")));
    let (result, samples) = soak::run(&mut bench, mix, rate, length, voice)?;
    show(&[&result], voice);
    let soak = Soak::of(options.size.accounts, knee, result, samples);
    soak.tell(voice);
    bench.stop()?;
    Ok(Outcome::Soak(Box::new(soak)))
}

/// The knee and the levels of each mix, or PostgreSQL in turns.
fn mixes_or_postgres(
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
        // As many as PostgreSQL has, and all take part there as here.
        options.size = Size::of_pairs(OFFICES, compare::ACCOUNTS);
    }
    let mut bench = Bench::prepare(directory, options.size, options.window, now_ms, voice)?;
    let outcome = match programs {
        Some(programs) => Outcome::Postgres(compare::run(
            &mut bench,
            &programs,
            directory,
            options.size.accounts,
            options.rate,
            voice,
        )?),
        None => Outcome::Load(load::run(&mut bench, &options, voice)?),
    };
    bench.stop()?;
    Ok(outcome)
}
