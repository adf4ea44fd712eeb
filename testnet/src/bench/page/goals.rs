//! The figures the ledger must reach and should reach, and what the files of results say of each.

use std::ops::RangeInclusive;

use super::Results;
use crate::bench::report::Outcome;
use crate::bench::results::RunResult;

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Better {
    /// The higher.
    Higher,
    /// The lower.
    Lower,
}

/// A figure to reach.
pub(super) struct Goal {
    /// The message that names it.
    pub(super) name: &'static str,
    /// What must be reached.
    pub(super) must: f64,
    /// What is aimed at.
    pub(super) aim: f64,
    /// Which way is better.
    pub(super) better: Better,
    /// Digits behind the point.
    pub(super) digits: usize,
    /// Where it is read; of several that are there the worst counts.
    pub(super) readings: &'static [Reading],
}

/// A file of results, and how a figure is read from it: none when it is not there, or not what the figure is of.
type Reading = (&'static str, fn(&Results) -> Option<f64>);

/// A figure that was measured, and the file it is from.
pub(super) type Measured = (f64, &'static str);

impl Goal {
    /// How many times better `figure` is than `bound`: 1 and more is reached.
    pub(super) fn times(&self, figure: f64, bound: f64) -> f64 {
        match self.better {
            Better::Higher => figure / bound,
            Better::Lower => bound / figure.max(f64::MIN_POSITIVE),
        }
    }

    /// What the files say; none when none of them says anything.
    pub(super) fn measured(&self, results: &Results) -> Option<Measured> {
        let found = self
            .readings
            .iter()
            .filter_map(|(file, read)| Some((read(results)?, *file)));
        found.reduce(|worst, other| {
            let is_worse = match self.better {
                Better::Higher => other.0 < worst.0,
                Better::Lower => other.0 > worst.0,
            };
            if is_worse { other } else { worst }
        })
    }
}

/// How many accounts the large city has.
const MANY: usize = 1_000_000;
/// How many the small one.
const FEW: usize = 10_000;
/// Seconds of a run that is to be ten minutes long, at least.
const TEN_MINUTES_SECONDS_MIN: f64 = 599.0;
/// Shares of the knee that are half of it.
const HALF: RangeInclusive<f64> = 0.45..=0.55;
/// The mix the figures are of.
const GIFTS: &str = "gifts";

/// Every figure, in the order of the table.
pub(super) const GOALS: [Goal; 12] = [
    Goal {
        name: "page-goal-core",
        must: 0.45,
        aim: 0.6,
        better: Better::Higher,
        digits: 2,
        readings: &[("core", |results| {
            record(results, "core", &["gift among 1000000 accounts: whole"])
        })],
    },
    Goal {
        name: "page-goal-postgres",
        must: 1.0,
        aim: 3.0,
        better: Better::Higher,
        digits: 2,
        readings: &[("postgres", |results| match results.outcome("postgres")? {
            Outcome::Postgres(postgres) => Some(postgres.ratio),
            _ => None,
        })],
    },
    Goal {
        name: "page-goal-light",
        must: 40.0,
        aim: 15.0,
        better: Better::Lower,
        digits: 1,
        readings: &[("load", |results| Some(level(results, 20)?.latency_ms.p50))],
    },
    Goal {
        name: "page-goal-half",
        must: 150.0,
        aim: 60.0,
        better: Better::Lower,
        digits: 1,
        readings: &[
            ("load", |results| Some(level(results, 50)?.latency_ms.p99)),
            ("gaps", |results| Some(ten_minutes(results)?.latency_ms.p99)),
        ],
    },
    Goal {
        name: "page-goal-gap",
        must: 500.0,
        aim: 100.0,
        better: Better::Lower,
        digits: 0,
        readings: &[("gaps", |results| {
            Some(ten_minutes(results)?.longest_gap_ms as f64)
        })],
    },
    Goal {
        name: "page-goal-nanjing",
        must: 600.0,
        aim: 120.0,
        better: Better::Lower,
        digits: 0,
        readings: &[("nanjing", |results| match results.outcome("nanjing")? {
            Outcome::Record(record) => Some(record.seconds),
            _ => None,
        })],
    },
    Goal {
        name: "page-goal-memory",
        must: 700.0,
        aim: 400.0,
        better: Better::Lower,
        digits: 0,
        readings: &[("growth", |results| {
            let stage = stage(results, MANY)?;
            Some(stage.result.resident_bytes as f64 / 1e6)
        })],
    },
    Goal {
        name: "page-goal-start",
        must: 10.0,
        aim: 2.0,
        better: Better::Lower,
        digits: 1,
        readings: &[("growth", |results| start_of(results, super::Ending::Stop))],
    },
    Goal {
        name: "page-goal-start-killed",
        must: 10.0,
        aim: 2.0,
        better: Better::Lower,
        digits: 1,
        readings: &[("growth", |results| start_of(results, super::Ending::Kill))],
    },
    Goal {
        name: "page-goal-cost",
        must: 2.0,
        aim: 1.3,
        better: Better::Lower,
        digits: 2,
        readings: &[
            ("growth", |results| {
                let cost = |accounts| Some(stage(results, accounts)?.result.each.processor_us);
                Some(cost(MANY)? / cost(FEW)?)
            }),
            ("growth", |results| {
                let cost = |accounts| Some(stage(results, accounts)?.result.each.disk_bytes);
                Some(cost(MANY)? / cost(FEW)?)
            }),
        ],
    },
    Goal {
        name: "page-goal-proof-4",
        must: 1.0,
        aim: 0.3,
        better: Better::Lower,
        digits: 2,
        readings: &[("proofs", |results| {
            record(results, "proofs", &["4", "1000000", "all signatures"])
        })],
    },
    Goal {
        name: "page-goal-proof-100",
        must: 5.0,
        aim: 1.5,
        better: Better::Lower,
        digits: 2,
        readings: &[("proofs", |results| {
            record(results, "proofs", &["100", "1000000", "all signatures"])
        })],
    },
];

fn record(results: &Results, file: &str, cells: &[&str]) -> Option<f64> {
    match results.outcome(file)? {
        Outcome::Record(record) => record.figure(cells),
        _ => None,
    }
}

/// The long run at half the knee; none when it is not what it must be: ten minutes of gifts, at half the knee of its own or of
/// the file of rates, of which none was lost.
fn ten_minutes(results: &Results) -> Option<&RunResult> {
    let Outcome::Soak(soak) = results.outcome("gaps")? else {
        return None;
    };
    let result = &soak.result;
    let knee = soak.knee.or_else(|| knee(results))?;
    let share = f64::from(result.offered) / f64::from(knee.max(1));
    let is_so = result.mix == GIFTS
        && result.seconds >= TEN_MINUTES_SECONDS_MIN
        && result.applied == result.sent
        && HALF.contains(&share);
    is_so.then_some(result)
}

/// The knee of gifts.
fn knee(results: &Results) -> Option<u32> {
    let Outcome::Load(load) = results.outcome("load")? else {
        return None;
    };
    let found = load.knees.iter().find(|knee| knee.mix == GIFTS)?;
    Some(found.offered)
}

/// The run with gifts at so many percent of the knee.
fn level(results: &Results, percent: u32) -> Option<&RunResult> {
    let Outcome::Load(load) = results.outcome("load")? else {
        return None;
    };
    let found = load
        .runs
        .iter()
        .find(|run| run.percent == Some(percent) && run.result.mix == GIFTS)?;
    Some(&found.result)
}

fn stage(results: &Results, accounts: usize) -> Option<&super::Stage> {
    let Outcome::Growth(growth) = results.outcome("growth")? else {
        return None;
    };
    growth
        .stages
        .iter()
        .find(|stage| stage.accounts == accounts)
}

/// Seconds until a node of the large city served, after it had ended so.
fn start_of(results: &Results, after: super::Ending) -> Option<f64> {
    let starts = &stage(results, MANY)?.starts;
    let start = starts.iter().find(|start| start.after == after)?;
    Some(start.serves_ms as f64 / 1_000.0)
}
