//! What a transaction costs as the city grows, and how a node starts with so many accounts.
//!
//! One network is measured, grown and measured again. Accounts are opened by transactions, as a real city's are, and all of
//! them take part: gifts go round all pairs, so that a larger city finds less of what it needs in any cache.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::knee::Length;
use super::measure::Bench;
use super::mixes::Mix;
use super::results::RunResult;
use super::start::{self, Start};
use crate::say::Voice;

/// What `bench growth` measures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Growth {
    /// The network at each size.
    pub(super) stages: Vec<Stage>,
}

/// The network at one size.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stage {
    /// Accounts.
    pub(super) accounts: usize,
    /// At the fixed rate.
    pub(super) result: RunResult,
    /// At the knee; none when it was not asked for.
    pub(super) knee: Option<RunResult>,
    /// Starts of a node.
    pub(super) starts: Vec<Start>,
}

/// What `bench validators` measures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Validators {
    /// One network each.
    pub(super) runs: Vec<NodesRun>,
}

/// A network of so many nodes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct NodesRun {
    /// Nodes, each a process.
    pub(super) nodes: usize,
    /// What came of it.
    pub(super) result: RunResult,
}

/// Whether the knee is looked for at every size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knees {
    /// Yes.
    Sought,
    /// No.
    LeftOut,
}

/// Measures `bench`, which has the first of `sizes`, at each of them.
///
/// # Errors
/// When a node fails.
pub(super) fn run(
    bench: &mut Bench,
    sizes: &[usize],
    rate: u32,
    knees: Knees,
    voice: &mut Voice,
) -> Result<Growth> {
    let mut stages = Vec::new();
    let mut accounts = sizes.first().copied().unwrap_or(0);
    for size in sizes {
        bench.grow(size.saturating_sub(accounts) / 2, voice)?;
        accounts = *size;
        let result = bench.once(Mix::Gifts, rate, Length::Full, voice)?;
        let knee = match knees {
            Knees::Sought => Some(bench.knee(Mix::Gifts, voice)?),
            Knees::LeftOut => None,
        };
        let starts = start::measure(bench, rate, voice)?;
        stages.push(Stage {
            accounts,
            result,
            knee,
            starts,
        });
    }
    Ok(Growth { stages })
}

/// The same load over networks of so many real nodes, one network after another.
///
/// # Errors
/// When a node fails.
pub(super) fn validators(
    sizes: &[usize],
    rate: u32,
    voice: &mut Voice,
    mut prepare: impl FnMut(usize, &mut Voice) -> Result<Bench>,
) -> Result<Validators> {
    let mut runs = Vec::new();
    for size in sizes {
        let mut bench = prepare(*size, voice)?;
        let result = bench.once(Mix::Gifts, rate, Length::Full, voice)?;
        bench.stop()?;
        runs.push(NodesRun {
            nodes: *size,
            result,
        });
    }
    Ok(Validators { runs })
}
