//! Outcomes, to be read.

use std::fmt::Write;

use crate::fleet::{Shrunk, Summary};
use crate::plan::Plan;
use crate::plan::fault::seconds;
use crate::run::Outcome;

/// Milliseconds in an hour.
const HOUR_MS: u64 = 3_600_000;

/// One run.
pub fn outcome(plan: &Plan, outcome: &Outcome) -> String {
    let mut text = format!("seed {}: {} nodes\n", outcome.seed, outcome.nodes);
    for it in &plan.faults {
        text += &format!("{it}\n");
    }
    let _ = writeln!(
        text,
        "heights {}, transactions applied {}, virtual time {:.1} s\nfaults: {}\nmisdeeds: {}\ntrace {}",
        outcome.heights,
        outcome.transactions,
        seconds(outcome.virtual_ms),
        figures(outcome.faults.iter()),
        figures(outcome.misdeeds.iter()),
        outcome.trace
    );
    match &outcome.failure {
        None => text += "every promise was kept",
        Some(failure) => {
            let _ = write!(
                text,
                "FAILED at {:.3} s: {}: {}",
                seconds(failure.at_ms),
                failure.promise,
                failure.what
            );
        }
    }
    text
}

fn figures<'a>(counted: impl Iterator<Item = (&'a String, &'a u64)>) -> String {
    let figures: Vec<String> = counted
        .map(|(name, times)| format!("{name} {times}"))
        .collect();
    if figures.is_empty() {
        "none".to_owned()
    } else {
        figures.join(", ")
    }
}

/// One line about how far a fleet is.
pub fn progress(summary: &Summary) -> String {
    format!(
        "{} runs, {} failed, {} heights, {} transactions, {} virtual hours, {} s of processes",
        summary.runs,
        summary.failures.len(),
        summary.heights,
        summary.transactions,
        summary.virtual_ms / HOUR_MS,
        summary.busy.as_secs()
    )
}

/// Many seeds.
pub fn summary(summary: &Summary) -> String {
    let mut text = format!("{}\n\n", progress(summary));
    let sizes: Vec<String> = summary
        .sizes
        .iter()
        .map(|(nodes, runs)| format!("{nodes} nodes in {runs}"))
        .collect();
    let _ = writeln!(text, "sizes: {}\n", sizes.join(", "));
    for (title, counted) in [
        ("fault", &summary.faults),
        ("misdeed of Byzantine nodes", &summary.misdeeds),
    ] {
        let _ = writeln!(text, "| {title} | times | runs |\n|---|---:|---:|");
        for (name, (times, runs)) in counted {
            let _ = writeln!(text, "| {name} | {times} | {runs} |");
        }
        text.push('\n');
    }
    for (seed, failure) in &summary.failures {
        let _ = writeln!(
            text,
            "FAILED seed {seed} at {:.3} s: {}: {}",
            seconds(failure.at_ms),
            failure.promise,
            failure.what
        );
    }
    if summary.failures.is_empty() {
        text += "every promise was kept in every run";
    }
    text
}

/// A failing run, shrunk.
pub fn shrunk(shrunk: &Shrunk) -> String {
    format!(
        "{}\n\nseed {} fails with these faults, and was repeated {} times to leave out the others:\n{}\n{}: {}\nrepeat with: {}",
        shrunk.timeline,
        shrunk.seed,
        shrunk.runs,
        shrunk.faults.join("\n"),
        shrunk.failure.promise,
        shrunk.failure.what,
        shrunk.command
    )
}
