//! Keeps what another command printed: the tables of the core's benchmarks, say, or how long a replay took.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::say::Voice;

/// What `bench record` keeps of another command.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    /// Seconds it took.
    pub(super) seconds: f64,
    /// The lines of the tables it printed, in Markdown.
    pub(super) tables: Vec<String>,
    /// The last line it printed.
    pub(super) last: String,
}

/// Runs `words`, shows what it prints, and keeps its tables and its last line.
///
/// # Errors
/// When it cannot be run, or fails.
pub(super) fn run(words: &[String], voice: &Voice) -> Result<Record> {
    let (program, arguments) = words.split_first().context("no command is given")?;
    let began = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| program.clone())?;
    let out = child.stdout.take().context("a command without output")?;
    let mut lines = Vec::new();
    for line in BufReader::new(out).lines() {
        let line = line?;
        voice.line(&line);
        lines.push(line);
    }
    let status = child.wait()?;
    ensure!(status.success(), "{program}: {status}");
    Ok(kept(&lines, began.elapsed().as_secs_f64()))
}

fn kept(lines: &[String], seconds: f64) -> Record {
    let is_row = |line: &&String| line.starts_with('|') && line.trim_end().ends_with('|');
    let last = lines.iter().rev().find(|line| !line.trim().is_empty());
    Record {
        seconds: (seconds * 10.0).round() / 10.0,
        tables: lines.iter().filter(is_row).cloned().collect(),
        last: last.cloned().unwrap_or_default(),
    }
}

impl Record {
    /// The last cell of the row whose first cells are `cells`, as a number.
    pub(super) fn figure(&self, cells: &[&str]) -> Option<f64> {
        self.tables.iter().find_map(|row| {
            let found: Vec<&str> = row
                .trim()
                .trim_matches('|')
                .split('|')
                .map(str::trim)
                .collect();
            if !found.starts_with(cells) {
                return None;
            }
            found.last()?.parse().ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_the_last_line_are_kept() {
        let lines = [
            "Compiling",
            "| a | b |",
            "|---|---|",
            "| one | 0.47 |",
            "done in 3 s",
            "",
        ];
        let record = kept(&lines.map(ToOwned::to_owned), 3.25);
        assert_eq!(record.tables.len(), 3);
        assert_eq!(record.last, "done in 3 s");
        assert_eq!(record.figure(&["one"]), Some(0.47));
        assert_eq!(record.figure(&["a"]), None);
        assert_eq!(record.figure(&["two"]), None);
    }
}
