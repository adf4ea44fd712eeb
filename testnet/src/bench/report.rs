//! What a measurement leaves behind: a JSON file that says what was run, where, on which commit, and what came of it.
//!
//! The results page is made of these files and of nothing else. Files of the simulator have the same form, with `kind` `sizes`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use ledger_core::time::{Calendar, TimestampMs};
use serde::{Deserialize, Serialize};

use super::compare::Postgres;
use super::growth::{Growth, Validators};
use super::load::Load;
use super::record::Record;
use super::soak::Soak;

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
    /// On what; none when that makes no difference.
    pub(super) machine: Option<Machine>,
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
    /// The type of the file system the nodes' files were on; none when there were none, or it is not known.
    #[serde(default)]
    pub(super) file_system: Option<String>,
}

/// What came of a measurement.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Outcome {
    /// The knee and the levels of each mix, or single rates.
    Load(Load),
    /// This network and PostgreSQL in turns.
    Postgres(Postgres),
    /// Cost, memory and starts as the city grows.
    Growth(Growth),
    /// Networks of so many real nodes.
    Validators(Validators),
    /// A long run.
    Soak(Box<Soak>),
    /// Networks of so many nodes over a simulated clock, by `timebank-simulations sizes`.
    Sizes(Sizes),
    /// What another command printed.
    Record(Record),
}

/// What `timebank-simulations sizes` measures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sizes {
    /// One network each.
    pub(super) rows: Vec<SizesRow>,
}

/// A simulated network: the real node logic, a simulated clock and simulated links.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SizesRow {
    /// Validators.
    pub(super) nodes: usize,
    /// Of them, those that never answer.
    pub(super) dead: usize,
    /// How long links are at least, one way, in milliseconds.
    pub(super) link_ms_min: u64,
    /// How long links are at most, one way, in milliseconds.
    pub(super) link_ms_max: u64,
    /// From submission until the node that was asked has committed, in simulated milliseconds: the median.
    pub(super) finality_ms_p50: u64,
    /// The same: 99 of 100 are not above it.
    pub(super) finality_ms_p99: u64,
    /// Simulated milliseconds of one height.
    pub(super) height_ms: f64,
    /// Heights measured.
    pub(super) heights: u64,
    /// Transactions of one height.
    pub(super) transactions: f64,
    /// Messages of one height, of all nodes together.
    pub(super) messages: f64,
    /// Bytes of one height that one living node sends.
    pub(super) bytes_each: f64,
}

impl Taken {
    /// What can be said at the beginning: the time is filled in by [`write`].
    pub(super) fn now(now_ms: TimestampMs) -> Taken {
        let words: Vec<String> = std::env::args_os()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        Taken {
            command: command_line(&words),
            commit: commit(),
            day: Calendar::CHINA.day(now_ms).to_string(),
            seconds: 0,
            machine: Some(Machine::this()),
        }
    }

    /// The same, with the nodes' files in `folder`.
    pub(super) fn in_folder(mut self, folder: &Path) -> Taken {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
        // One that is still to be made is where the program stands, or below something that is there.
        let is_there = |folder: &&Path| folder.exists();
        let found = folder.ancestors().find(is_there).unwrap_or(Path::new("."));
        if let (Some(machine), Ok(found)) = (&mut self.machine, found.canonicalize()) {
            machine.file_system = file_system(&mounts, &found);
        }
        self
    }
}

/// The type of the file system `path` is on, as a table of mounts has it.
fn file_system(mounts: &str, path: &Path) -> Option<String> {
    let mounted = mounts.lines().filter_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        // Blanks are written so.
        let place = fields.next()?.replace("\\040", " ");
        path.starts_with(&place)
            .then_some((place.len(), fields.next()?))
    });
    // Of two at one place the later hides the earlier.
    let (_, name) = mounted.max_by_key(|(length, _)| *length)?;
    Some(name.to_owned())
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
            file_system: None,
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

/// `words` as they are typed: the program without its folder, and what holds a blank in quotes.
pub(super) fn command_line(words: &[String]) -> String {
    let mut line = Vec::with_capacity(words.len());
    for (index, word) in words.iter().enumerate() {
        let program = Path::new(word).file_name().filter(|_| index == 0);
        let word = program.map_or_else(|| word.into(), |name| name.to_string_lossy());
        line.push(match word.contains(' ') {
            true => format!("\"{word}\""),
            false => word.into_owned(),
        });
    }
    line.join(" ")
}

/// Writes a report to `path`.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(path: &Path, report: &Report) -> Result<()> {
    let text = serde_json::to_string_pretty(report).context("a report as JSON")?;
    fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
}

/// Reads a report.
///
/// # Errors
/// When there is none, or another form of it.
pub(super) fn read(path: &Path) -> Result<Report> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    serde_json::from_str(&text).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_on_the_nearest_mount() {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/b /tmp/my\\040disk xfs rw 0 0\n\
                      /dev/c /tm btrfs rw 0 0\n/dev/d / overlay rw 0 0\n";
        let found = |path: &str| file_system(mounts, Path::new(path)).unwrap();
        assert_eq!(found("/home/x"), "overlay");
        assert_eq!(found("/tmp/x"), "tmpfs");
        assert_eq!(found("/tmp/my disk/x"), "xfs");
        assert_eq!(file_system("", Path::new("/")), None);
    }

    #[test]
    fn a_command_is_kept_as_it_can_be_typed() {
        let words = ["target/release/timebank-testnet", "replay", "two words.csv"];
        let line = command_line(&words.map(ToOwned::to_owned));
        assert_eq!(line, "timebank-testnet replay \"two words.csv\"");
    }
}
