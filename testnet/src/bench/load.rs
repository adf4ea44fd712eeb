//! What a network keeps up with, and how it answers below: for each mix the knee, and runs at shares of it.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::arguments::Options;
use super::columns::show;
use super::knee::Length;
use super::measure::Bench;
use super::results::RunResult;
use crate::say::Voice;

/// Shares of the knee that are measured, in percent.
const LEVELS: [u32; 3] = [20, 50, 80];

/// What `bench` measures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Load {
    /// Accounts the city has.
    pub(super) accounts: usize,
    /// The run of full length that confirmed the knee, for each mix it was looked for.
    pub(super) knees: Vec<RunResult>,
    /// Runs at shares of the knee, or at the rate asked for.
    pub(super) runs: Vec<LevelRun>,
}

/// A run at a share of the knee.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LevelRun {
    /// Of the knee, in percent; none when the rate was asked for.
    pub(super) percent: Option<u32>,
    /// What came of it.
    pub(super) result: RunResult,
}

/// Every mix: its knee and its levels, or the one rate asked for.
///
/// # Errors
/// When a node fails, nodes hold different blocks, or the ledger refuses a gift.
pub(super) fn run(bench: &mut Bench, options: &Options, voice: &mut Voice) -> Result<Load> {
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
            let result = bench.once(*mix, rate, Length::Full, voice)?;
            load.runs.push(LevelRun { percent, result });
        }
    }
    let all: Vec<&RunResult> = load
        .knees
        .iter()
        .chain(load.runs.iter().map(|run| &run.result))
        .collect();
    show(&all, voice);
    Ok(load)
}
