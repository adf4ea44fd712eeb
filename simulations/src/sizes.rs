//! Cities of several sizes over near and far links: simulated time, messages and bytes of one height.
//!
//! The real node logic over a simulated clock, in one thread: times are those of links and of the protocol, and no processor
//! time is in them. The same seed gives the same figures on every machine. The JSON has the form of the other measurements'
//! (`testnet/src/bench/report.rs`), so that the results page can be made of it.

use std::fmt::Write;
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::{Context, anyhow};
use ledger_core::time::{Calendar, TimestampMs};
use serde::Serialize;
use serde_json::json;

use crate::scale::{self, LINK_MS, NEAR_MS, Scale};

/// Cities that were measured.
#[derive(Clone, Debug)]
pub struct Sizes {
    rows: Vec<Row>,
}

/// One city.
#[derive(Clone, Debug, Serialize)]
struct Row {
    nodes: usize,
    dead: usize,
    link_ms_min: u64,
    link_ms_max: u64,
    finality_ms_p50: u64,
    finality_ms_p99: u64,
    height_ms: f64,
    heights: u64,
    transactions: f64,
    messages: f64,
    bytes_each: f64,
}

impl Row {
    fn of(scale: &Scale) -> Row {
        let heights = scale.blocks.max(1) as f64;
        let living = (scale.nodes - scale.dead).max(1) as f64;
        // Two digits: more nobody reads, and the file stays short.
        let rounded = |value: f64| (value * 100.0).round() / 100.0;
        Row {
            nodes: scale.nodes,
            dead: scale.dead,
            link_ms_min: scale.link_ms.start,
            link_ms_max: scale.link_ms.end,
            finality_ms_p50: scale.percentile(50),
            finality_ms_p99: scale.percentile(99),
            height_ms: rounded(scale.elapsed_ms as f64 / heights),
            heights: scale.blocks,
            transactions: rounded(scale.finality_ms.len() as f64 / heights),
            messages: rounded(scale.sent.messages as f64 / heights),
            bytes_each: rounded(scale.sent.bytes as f64 / heights / living),
        }
    }

    fn line(&self) -> String {
        format!(
            "| {} | {} | {}–{} | {:.0} | {} | {} | {:.1} | {:.0} | {:.0} |",
            self.nodes,
            self.dead,
            self.link_ms_min,
            self.link_ms_max,
            self.height_ms,
            self.finality_ms_p50,
            self.finality_ms_p99,
            self.transactions,
            self.messages,
            self.bytes_each,
        )
    }
}

/// Measures a city of each of `nodes` validators over near and far links, whole and with as many dead as may be; `tell` hears
/// each line.
///
/// # Errors
/// When a transaction takes too long.
pub fn measure(seed: u64, nodes: &[usize], tell: impl Fn(&str)) -> anyhow::Result<Sizes> {
    let mut rows = Vec::new();
    for links in [NEAR_MS, LINK_MS] {
        for nodes in nodes {
            for dead in [0, nodes.saturating_sub(1) / 3] {
                let scale = scale::measure(seed, *nodes, dead, &links)
                    .map_err(|reason| anyhow!("{reason}"))?;
                let row = Row::of(&scale);
                tell(&row.line());
                rows.push(row);
            }
        }
    }
    Ok(Sizes { rows })
}

impl Sizes {
    /// The table, in Markdown.
    pub fn table(&self) -> String {
        let mut text = String::from(
            "| validators | dead | links, ms | ms a height | finality p50, ms | p99, ms | transactions a height | \
             messages a height | bytes a height and living node |\n|---|---|---|---|---|---|---|---|---|",
        );
        for row in &self.rows {
            write!(text, "\n{}", row.line()).expect("writing to memory cannot fail");
        }
        text
    }

    /// A file of results that took so long.
    ///
    /// # Errors
    /// When the system's clock is before 1970.
    pub fn report(&self, took: Duration) -> anyhow::Result<String> {
        let words: Vec<String> = std::env::args().skip(1).collect();
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let now_ms = TimestampMs(u64::try_from(now.as_millis())?);
        let report = json!({
            "taken": {
                "command": format!("timebank-simulations {}", words.join(" ")),
                "commit": commit(),
                "day": Calendar::CHINA.day(now_ms).to_string(),
                "seconds": took.as_secs(),
                "machine": null,
            },
            "kind": "sizes",
            "rows": self.rows,
        });
        let text = serde_json::to_string_pretty(&report).context("figures as JSON")?;
        Ok(text + "\n")
    }
}

/// The commit of the working directory; `-dirty` when something was changed since.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_city_has_a_line_for_each_kind_of_link_and_loss() {
        let sizes = measure(1, &[4], |_| {}).unwrap();
        let dead: Vec<usize> = sizes.rows.iter().map(|row| row.dead).collect();
        assert_eq!(dead, [0, 1, 0, 1]);
        for row in &sizes.rows {
            assert!(
                row.heights > 0 && row.messages > 0.0 && row.bytes_each > 0.0,
                "{row:?}"
            );
            // Nothing is final before a message has gone there and back.
            assert!(row.finality_ms_p50 >= 2 * row.link_ms_min, "{row:?}");
        }
        let report = sizes.report(Duration::from_secs(7)).unwrap();
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["rows"].as_array().map(Vec::len), Some(4));
        assert_eq!(report["kind"], "sizes");
    }
}
