//! The columns of tables of runs, the same for whoever watches and for the results page.

use ledger_core::message::Arguments;

use super::results::RunResult;
use crate::say::{Voice, count, grouped};

/// What stands for a figure that was not taken.
pub(super) const NONE: &str = "–";

/// A column: the message that heads it, and what stands in a row.
pub(super) type Column<Row> = (&'static str, fn(&Row) -> String);

/// What is said of a run.
pub(super) const RUN_COLUMNS: [Column<RunResult>; 14] = [
    ("bench-column-mix", |run| run.mix.clone()),
    ("bench-column-offered", |run| run.offered.to_string()),
    ("bench-column-finalised", |run| fixed(run.finalised, 0)),
    ("bench-column-lost", |run| grouped(count(run.lost()))),
    ("bench-column-p50", |run| fixed(run.latency_ms.p50, 1)),
    ("bench-column-p99", |run| fixed(run.latency_ms.p99, 1)),
    ("bench-column-p999", |run| fixed(run.latency_ms.p999, 1)),
    ("bench-column-held", |run| fixed(run.held_ms.p99, 1)),
    ("bench-column-gap", |run| run.longest_gap_ms.to_string()),
    ("bench-column-processor", |run| {
        fixed(run.each.processor_us, 0)
    }),
    ("bench-column-driver", |run| fixed(run.driver_us, 0)),
    ("bench-column-network", |run| {
        let bytes = run.each.network_bytes;
        bytes.map_or_else(|| NONE.to_owned(), |bytes| fixed(bytes, 0))
    }),
    ("bench-column-disk", |run| fixed(run.each.disk_bytes, 0)),
    ("bench-column-memory", |run| megabytes(run.resident_bytes)),
];

/// With so many digits behind the point.
pub(super) fn fixed(value: f64, digits: usize) -> String {
    format!("{value:.digits$}")
}

/// In MB.
pub(super) fn megabytes(bytes: u64) -> String {
    grouped(bytes / 1_000_000)
}

/// Shows `runs` to whoever watches.
pub(super) fn show(runs: &[&RunResult], voice: &Voice) {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::ASCII_MARKDOWN);
    table.set_header(RUN_COLUMNS.map(|(head, _)| voice.text(head, &Arguments::NONE)));
    for run in runs {
        table.add_row(RUN_COLUMNS.map(|(_, cell)| cell(run)));
    }
    voice.line(&table.to_string());
}
