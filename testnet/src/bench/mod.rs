//! `timebank-testnet bench`: what a network of four processes on this machine can do, measured with open-loop load.
//!
//! ```text
//! prepare: genesis with the accounts, kin, minutes
//! knee:    rates rise until the network does not keep up; the greatest that it kept up with, found by halving
//! levels:  20 %, 50 % and 80 % of the knee, longer
//! ```
//!
//! Only transactions count that all nodes give back from their blocks. Nothing is asserted about speed. With
//! `--vs-postgres` the network at full load and PostgreSQL run in turns.

mod arrivals;
mod mixes;
mod postgres;
mod read_back;
mod results;
mod usage;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use ledger_core::genesis::{Genesis, GenesisAccount, GenesisPolicy};
use ledger_core::id::Height;
use ledger_core::message::Arguments;
use ledger_core::record::policy::{PolicyParameter, PolicyValue};
use ledger_core::time::TimestampMs;
use serde_json::{Value, json};

use crate::city;
use crate::driver::Driver;
use crate::network::Network;
use crate::say::{Voice, grouped};
use mixes::{Mix, People, label};
use results::{Asked, RunResult};

const OFFICES: usize = 4;
const START_TIMEOUT: Duration = Duration::from_secs(120);
/// The rate the search begins with, in transactions a second.
const RATE_FIRST: u32 = 500;
/// The greatest rate that is tried.
const RATE_MAX: u32 = 64_000;
/// How often the gap between a rate that was kept up with and one that was not is halved.
const HALVINGS: u32 = 3;
/// Shares of the knee that are measured, in percent.
const LEVELS: [u32; 3] = [20, 50, 80];
/// Runs of each side when two systems are compared.
const TURNS: usize = 3;

/// The command line.
pub(crate) fn command(voice: &Voice) -> Command {
    let about = |id: &str| voice.text(id, &Arguments::NONE);
    Command::new("bench")
        .about(about("about-bench"))
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
        .arg(
            Arg::new("rate")
                .long("rate")
                .value_parser(value_parser!(u32).range(1..=i64::from(RATE_MAX)))
                .help(about("about-bench-rate")),
        )
        .arg(
            Arg::new("output")
                .long("output")
                .short('o')
                .value_parser(value_parser!(PathBuf))
                .help(about("about-bench-output")),
        )
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

/// What was asked for.
struct Options {
    mixes: Vec<Mix>,
    pairs: usize,
    accounts: usize,
    length: Duration,
    rate: Option<u32>,
    output: Option<PathBuf>,
    with_postgres: bool,
}

impl Options {
    fn of(matches: &ArgMatches) -> Result<Options> {
        let asked = |name: &str| *matches.get_one::<u32>(name).expect("it has a default");
        let mixes: Vec<Mix> = match matches.get_many::<String>("mix") {
            None => Mix::ALL.to_vec(),
            Some(names) => names.filter_map(|name| name.parse().ok()).collect(),
        };
        let pairs = usize::try_from(asked("pairs"))?;
        Ok(Options {
            mixes,
            pairs,
            accounts: usize::try_from(asked("accounts"))?.max(2 * pairs),
            length: Duration::from_secs(asked("seconds").into()),
            rate: matches.get_one::<u32>("rate").copied(),
            output: matches.get_one::<PathBuf>("output").cloned(),
            with_postgres: matches.get_flag("vs-postgres"),
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
    let options = Options::of(matches)?;
    let programs = match (options.with_postgres, postgres::find()) {
        (true, None) => bail!(voice.text("bench-postgres-missing", &Arguments::NONE)),
        (_, programs) => programs.filter(|_| options.with_postgres),
    };
    voice.step(
        "bench-prepare",
        &Arguments::NONE
            .text("accounts", grouped(count(options.accounts)))
            .text("pairs", grouped(count(options.pairs))),
    );
    let genesis = genesis(options.accounts, options.pairs, now_ms);
    let mut network = Network::prepare(directory, &std::env::current_exe()?, genesis, OFFICES)?;
    network.start_all()?;
    network.wait_ready(START_TIMEOUT)?;
    let mut driver = Driver::new(&network, "bench");
    let people = People::prepare(&mut driver, options.pairs)?;
    let mut bench = Bench {
        network: &network,
        driver,
        people,
        length: options.length,
    };
    let outcome = match programs {
        Some(programs) => bench.compare(&programs, directory, voice)?,
        None => bench.measure(&options, voice)?,
    };
    if let Some(path) = &options.output {
        let text = format!("{outcome:#}\n");
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    for index in 0..network.len() {
        network.stop(index)?;
    }
    Ok(())
}

/// A city with so many accounts, among them the pairs of the bench.
fn genesis(accounts: usize, pairs: usize, time_ms: TimestampMs) -> Genesis {
    let mut genesis = city::small(OFFICES, time_ms);
    let home = city::small_street(0);
    let account = |label: String| GenesisAccount {
        identity: city::identity(&label),
        home,
        key: city::key(&label).public_key(),
    };
    let of_pairs =
        (0..pairs).flat_map(|number| ["elder", "volunteer"].map(|kind| label(kind, number)));
    let others = (0..accounts.saturating_sub(2 * pairs)).map(|number| label("resident", number));
    genesis.accounts.extend(of_pairs.chain(others).map(account));
    for (parameter, value) in [
        (PolicyParameter::StaffTransactionsPerDay, 10_000_000),
        (PolicyParameter::PersonTransactionsPerDay, 100_000),
    ] {
        let value = PolicyValue::Number(value);
        genesis
            .policies
            .retain(|policy| policy.parameter != parameter);
        genesis.policies.push(GenesisPolicy { parameter, value });
    }
    genesis
}

/// A network under measurement.
struct Bench<'a> {
    network: &'a Network,
    driver: Driver,
    people: People,
    length: Duration,
}

impl Bench<'_> {
    /// Every mix: its knee and its levels, or the one rate asked for.
    fn measure(&mut self, options: &Options, voice: &mut Voice) -> Result<Value> {
        let mut all = Vec::new();
        let mut knees = Vec::new();
        for mix in &options.mixes {
            if let Some(rate) = options.rate {
                all.push(self.once(*mix, rate, self.length, voice)?);
                continue;
            }
            let knee = self.knee(*mix, voice)?;
            knees.push((mix.name(), knee.clone()));
            let rate = knee.offered;
            all.push(knee);
            for level in LEVELS {
                let rate = (rate * level / 100).max(1);
                all.push(self.once(*mix, rate, self.length, voice)?);
            }
        }
        table(&all, voice);
        Ok(json!({"machine": machine(), "accounts": options.accounts, "runs": all, "knees": knees}))
    }

    /// The greatest rate the network kept up with.
    fn knee(&mut self, mix: Mix, voice: &mut Voice) -> Result<RunResult> {
        let short = self.length.min(Duration::from_secs(10));
        let mut kept: Option<RunResult> = None;
        let mut rate = RATE_FIRST;
        let mut lost = RATE_MAX;
        while rate < RATE_MAX {
            let result = self.once(mix, rate, short, voice)?;
            if !result.kept_up() {
                lost = rate;
                break;
            }
            kept = Some(result);
            rate = rate.saturating_mul(2);
        }
        for _ in 0..HALVINGS {
            let low = kept.as_ref().map_or(0, |kept| kept.offered);
            let middle = low.midpoint(lost).max(1);
            let result = self.once(mix, middle, short, voice)?;
            if result.kept_up() {
                kept = Some(result);
            } else {
                lost = middle;
            }
        }
        kept.context("the network kept up with no rate that was tried")
    }

    /// One run: made and signed, sent at its time, read back.
    fn once(
        &mut self,
        mix: Mix,
        rate: u32,
        length: Duration,
        voice: &mut Voice,
    ) -> Result<RunResult> {
        let now_ms = self.driver.refresh_time(0)?;
        let arrivals = self.people.arrivals(mix, rate, length, now_ms)?;
        let after = self.settled_height()?;
        let before = usage::of_all(self.network)?;
        let sent = arrivals::send(self.network, &arrivals)?;
        self.settled_height()?;
        let used = usage::mean_between(&before, &usage::of_all(self.network)?);
        let read = read_back::read(self.network, after)?;
        let asked = Asked {
            mix: mix.name(),
            rate,
            length,
            warm_up: (mixes::STEP * 3).min(length / 2),
        };
        let result = RunResult::of(asked, &sent, &read, used);
        voice.step("bench-run", &arguments_of(&result));
        Ok(result)
    }

    /// The height all nodes have reached, once they stand at the same.
    fn settled_height(&self) -> Result<Height> {
        let mut greatest = 0;
        for index in 0..self.network.len() {
            greatest = greatest.max(self.network.client(index).status()?.height.0);
        }
        for index in 0..self.network.len() {
            let client = self.network.client(index);
            while client.status()?.height.0 < greatest {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        Ok(Height(greatest))
    }

    /// The network with as much as it can take, and PostgreSQL, in turns.
    fn compare(&mut self, programs: &Path, directory: &Path, voice: &mut Voice) -> Result<Value> {
        let knee = self.knee(Mix::Gifts, voice)?;
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let server = postgres::Server::start(programs, &directory.join("postgres"))?;
        for turn in 1..=TURNS {
            let result = self.once(Mix::Gifts, knee.offered, self.length, voice)?;
            let rate = server.measure(self.length)?;
            voice.step(
                "bench-turn",
                &Arguments::NONE
                    .number("turn", count(turn))
                    .text("ours", shown(result.finalised))
                    .text("theirs", shown(rate)),
            );
            ours.push(result);
            theirs.push(rate);
        }
        let of_ours = median(ours.iter().map(|result| result.finalised).collect());
        let of_theirs = median(theirs.clone());
        let ratio = of_ours / of_theirs.max(1.0);
        voice.say(
            "bench-ratio",
            &Arguments::NONE
                .text("ours", shown(of_ours))
                .text("theirs", shown(of_theirs))
                .text("ratio", format!("{ratio:.2}")),
        );
        Ok(json!({"machine": machine(), "ours": ours, "postgres": theirs, "ratio": ratio}))
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn shown(value: f64) -> String {
    format!("{value:.0}")
}

fn arguments_of(result: &RunResult) -> Arguments {
    Arguments::NONE
        .text("mix", result.mix)
        .text("offered", grouped(u64::from(result.offered)))
        .text("finalised", shown(result.finalised))
        .text("p50", format!("{:.1}", result.latency_ms.p50))
        .text("p99", format!("{:.1}", result.latency_ms.p99))
        .text("lost", grouped(count(result.sent - result.applied)))
}

/// All runs, for people.
fn table(all: &[RunResult], voice: &Voice) {
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
        "bench-column-network",
        "bench-column-disk",
        "bench-column-memory",
    ];
    table.set_header(heads.map(|id| voice.text(id, &Arguments::NONE)));
    for result in all {
        let network = result.each.network_bytes;
        table.add_row([
            result.mix.to_owned(),
            result.offered.to_string(),
            shown(result.finalised),
            format!("{:.1}", result.latency_ms.p50),
            format!("{:.1}", result.latency_ms.p99),
            format!("{:.1}", result.latency_ms.p999),
            result.longest_gap_ms.to_string(),
            shown(result.each.processor_us),
            network.map_or_else(|| "–".to_owned(), shown),
            shown(result.each.disk_bytes),
            (result.resident_bytes / 1_000_000).to_string(),
        ]);
    }
    voice.line(&table.to_string());
}

/// What the figures were taken on.
fn machine() -> Value {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        line.split_once(':').map(|(_, name)| name.trim().to_owned())
    });
    json!({"cores": cores, "processor": model})
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
