//! Runs a cluster under load from a seed, and prints what the run comes to; or compares the ledger with the model.

use std::ops::Range;
use std::process::ExitCode;

use clap::Parser;
use timebank_simulations::checker;
use timebank_simulations::city::{Office, REGISTRARS};
use timebank_simulations::cluster::Cluster;
use timebank_simulations::comparison::{self, shrink};
use timebank_simulations::random::Random;
use timebank_simulations::settings::ClusterSettings;

/// Runs a cluster of real replicas over virtual time, network and disks.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Determines the whole run.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many nodes, all of them validators.
    #[arg(long, default_value_t = 4)]
    nodes: usize,
    /// How many heights to reach.
    #[arg(long, default_value_t = 100)]
    heights: u64,
    /// How many transactions are submitted at a time.
    #[arg(long, default_value_t = 1)]
    burst: u64,
    /// How many of a thousand messages are lost.
    #[arg(long, default_value_t = 0)]
    loss: u64,
    /// How many of a thousand submissions are followed by the crash of some node, or of all.
    #[arg(long, default_value_t = 0)]
    crashes: u64,
    /// Compares the ledger with the model instead, over the histories of many seeds.
    #[arg(long)]
    compare: bool,
    /// The seeds of the histories to compare, `A..B` without B.
    #[arg(long, default_value = "0..100000", value_parser = seed_range, requires = "compare")]
    seeds: Range<u64>,
    /// How many transactions each of them puts at least.
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

/// How long a client waits for its receipt before it submits again, in virtual milliseconds.
const RETRY_MS: u64 = 10_000;
/// How often it does before the run counts as stuck.
const TRIES_MAX: u32 = 12;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.compare {
        return match compare(&arguments) {
            Ok(report) => {
                emit(&report);
                ExitCode::SUCCESS
            }
            Err(report) => {
                emit(&report);
                ExitCode::FAILURE
            }
        };
    }
    match run(&arguments) {
        Ok(report) => {
            emit(&report);
            ExitCode::SUCCESS
        }
        Err(reason) => {
            emit(&format!(
                "{reason}\nrepeat with: --seed {} --nodes {} --heights {} --burst {} --loss {} --crashes {}",
                arguments.seed,
                arguments.nodes,
                arguments.heights,
                arguments.burst,
                arguments.loss,
                arguments.crashes
            ));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "the program's output")]
fn emit(text: &str) {
    println!("{text}");
}

fn run(arguments: &Arguments) -> Result<String, String> {
    let mut settings = ClusterSettings::new(arguments.seed, arguments.nodes);
    settings.network.loss_per_mille = arguments.loss;
    let mut cluster = Cluster::new(settings);
    let mut office = Office::new(cluster.genesis().chain_id());
    let mut random = Random::new(arguments.seed ^ 0x574f_524b);
    let nodes = cluster.len();
    let mut submitted = 0u64;
    while !cluster.all_at(arguments.heights) {
        let mut envelopes = Vec::new();
        for _ in 0..arguments.burst.max(1) {
            let node = random.index(nodes);
            let registrar = 1 + u32::try_from(random.below(u64::from(REGISTRARS))).unwrap_or(0);
            let label = format!("resident {submitted}");
            let envelope = office.open_account(&label, node, registrar, cluster.now_ms(node));
            submitted += 1;
            cluster.submit(node, envelope.clone());
            envelopes.push(envelope);
        }
        let ids: Vec<_> = envelopes.iter().map(|envelope| envelope.id()).collect();
        if random.happens(arguments.crashes) {
            cluster.run_for(random.below(10));
            let victims = match random.below(4) {
                0 => (0..nodes).collect(),
                _ => vec![random.index(nodes)],
            };
            for victim in &victims {
                cluster.crash(*victim, random.index(10_000));
            }
            cluster.run_for(random.below(500));
            for victim in victims {
                cluster.start(victim);
                cluster.run_for(random.below(20));
            }
        }
        // Who gets no receipt submits again: the node may have crashed with the transaction in its memory.
        let mut tries = 0;
        while !cluster.run_until(RETRY_MS, |cluster| cluster.all_have(&ids)) {
            tries += 1;
            if tries == TRIES_MAX {
                let heights: Vec<_> = (0..nodes).map(|node| cluster.height(node).0).collect();
                return Err(format!(
                    "stuck at heights {heights:?} after {submitted} transactions"
                ));
            }
            let node = random.index(nodes);
            for envelope in &envelopes {
                cluster.submit(node, envelope.clone());
            }
        }
        checker::check(&cluster)?;
    }
    if let Some((node, fault)) = cluster.records.halts.first() {
        return Err(format!("node {node} stopped itself: {fault}"));
    }
    Ok(format!(
        "seed {} heights {} transactions {} acknowledged {} trace {}",
        arguments.seed,
        arguments.heights,
        submitted,
        cluster.records.acknowledged.len(),
        cluster.trace_hash()
    ))
}
