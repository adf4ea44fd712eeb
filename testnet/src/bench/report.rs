//! What a measurement leaves behind: a JSON file that says what was run, where, on which commit, and what came of it.
//!
//! The results page is made of these files and of nothing else. Files of the simulator have the same form, with `kind` `sizes`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use ledger_core::time::{Calendar, TimestampMs};
use serde::{Deserialize, Serialize};

use super::results::RunResult;

/// A file of results.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Report {
    /// Where and how it was taken.
    pub(super) taken: Taken,
    /// What came of it.
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

/// Where and how figures were taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Taken {
    /// The command, without the folder of the program.
    pub(super) command: String,
    /// The commit of the working directory; `-dirty` when something was changed since.
    pub(super) commit: String,
    /// The day it began, in city time.
    pub(super) day: String,
    /// How long it took altogether, in seconds.
    pub(super) seconds: u64,
    /// On what.
    pub(super) machine: Machine,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Machine {
    /// What its processor calls itself.
    pub(super) processor: String,
    /// Cores this program may use.
    pub(super) cores: usize,
    /// Its memory, in MB.
    pub(super) memory_mb: u64,
    /// The system.
    pub(super) system: String,
}

/// What came of a measurement.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// The knee and the levels of each mix, or single rates.
    Load(Load),
    /// This network and PostgreSQL in turns.
    Postgres(Postgres),
}

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

/// What `bench --vs-postgres` measures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Postgres {
    /// Accounts each of the two has.
    pub(super) accounts: usize,
    /// Which PostgreSQL.
    pub(super) version: String,
    /// This network, turn by turn.
    pub(super) ours: Vec<RunResult>,
    /// Double entries a second of PostgreSQL, turn by turn.
    pub(super) theirs: Vec<f64>,
    /// The median of ours divided by that of theirs.
    pub(super) ratio: f64,
}

impl Taken {
    /// What can be said at the beginning: the time is filled in by [`write`].
    pub(super) fn now(now_ms: TimestampMs) -> Taken {
        let words: Vec<String> = std::env::args_os()
            .skip(1)
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        Taken {
            command: format!("timebank-testnet {}", words.join(" ")),
            commit: commit(),
            day: Calendar::CHINA.day(now_ms).to_string(),
            seconds: 0,
            machine: Machine::this(),
        }
    }
}

impl Machine {
    fn this() -> Machine {
        let line = |path: &str, name: &str| -> Option<String> {
            let text = fs::read_to_string(path).ok()?;
            let line = text.lines().find(|line| line.starts_with(name))?;
            let (_, value) = line.split_once(':')?;
            Some(value.trim().to_owned())
        };
        let memory_kb = line("/proc/meminfo", "MemTotal")
            .and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok());
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Machine {
            processor: line("/proc/cpuinfo", "model name").unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_mb: memory_kb.unwrap_or(0) / 1_000,
            system: format!("{} {}", std::env::consts::OS, release.trim()),
        }
    }
}

fn commit() -> String {
    let said = Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=12"])
        .output();
    let known = said.ok().filter(|said| said.status.success());
    known.map_or_else(
        || "unknown".to_owned(),
        |said| String::from_utf8_lossy(&said.stdout).trim().to_owned(),
    )
}

/// Writes a report to `path`.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(path: &Path, report: &Report) -> Result<()> {
    let text = serde_json::to_string_pretty(report).context("a report as JSON")?;
    fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
}
