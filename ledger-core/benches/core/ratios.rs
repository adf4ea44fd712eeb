//! What is printed at the end: each figure as a share of its own limit, from the medians criterion has just written.

use std::path::PathBuf;

/// A benchmark's group and name.
type Bench<'a> = (&'a str, &'a str);

/// One line of the table.
struct Line {
    what: String,
    work: usize,
    figure: PathBuf,
    limit: PathBuf,
    limit_name: String,
}

/// The table to be.
#[derive(Default)]
pub(crate) struct Ratios(Vec<Line>);

impl Ratios {
    /// That `figure` and `limit` do the same `work`: transactions, signatures, keys.
    pub(crate) fn add(&mut self, what: &str, work: usize, figure: Bench<'_>, limit: Bench<'_>) {
        self.0.push(Line {
            what: what.to_owned(),
            work,
            figure: estimates(figure),
            limit: estimates(limit),
            limit_name: limit.1.to_owned(),
        });
    }

    /// Prints the lines whose benchmarks have run.
    pub(crate) fn print(&self) {
        println!("\n| what | µs for one | its limit | µs for one | share of the limit's speed |");
        println!("|---|---|---|---|---|");
        for line in &self.0 {
            let (Some(figure), Some(limit)) = (median_ns(&line.figure), median_ns(&line.limit))
            else {
                continue;
            };
            let work = f64::from(u32::try_from(line.work).unwrap_or(u32::MAX));
            println!(
                "| {} | {:.2} | {} | {:.2} | {:.4} |",
                line.what,
                figure / work / 1_000.0,
                line.limit_name,
                limit / work / 1_000.0,
                limit / figure,
            );
        }
    }
}

/// Where criterion keeps what it found out about a benchmark.
fn estimates((group, name): Bench<'_>) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target")),
        PathBuf::from,
    );
    let safe = |name: &str| name.replace(['/', '\\', '?', '"', '<', '>', ':', '*', '|'], "_");
    // What stands before and after the slash of an id has a folder each.
    let folder = target.join("criterion").join(safe(group));
    let folder = name
        .split('/')
        .fold(folder, |folder, part| folder.join(safe(part)));
    folder.join("new").join("estimates.json")
}

fn median_ns(estimates: &PathBuf) -> Option<f64> {
    let text = std::fs::read_to_string(estimates).ok()?;
    let estimates: serde_json::Value = serde_json::from_str(&text).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}
