//! The pictures of the results page, each made of one file of results.

use ledger_core::message::Arguments;

use super::Results;
use super::svg::{Across, Picture, Series};
use crate::bench::load::Load;
use crate::bench::report::{Outcome, SizesRow};
use crate::bench::results::RunResult;
use crate::bench::soak::{Sample, Soak};
use crate::say::{Voice, count, grouped};

/// Every picture there are figures for, with its name.
pub(super) fn all(results: &Results, voice: &Voice) -> Vec<(String, String)> {
    let mut pictures = Vec::new();
    let mut add = |name: &str, picture: Picture| pictures.push((name.to_owned(), picture.svg()));
    let text = |id: &str| voice.text(id, &Arguments::NONE);
    if let Some(Outcome::Load(load)) = results.outcome("load") {
        add("load", of_load(load, &text));
    }
    if let Some(Outcome::Postgres(postgres)) = results.outcome("postgres") {
        let ours = postgres.ours.iter().map(|run| run.finalised).collect();
        let names = (1..=postgres.theirs.len()).map(|turn| turn.to_string());
        add(
            "postgres",
            Picture {
                title: text("page-picture-postgres"),
                across_label: text("page-turn"),
                up_label: text("page-each-second"),
                across: Across::Names(names.collect()),
                series: vec![
                    bars(text("page-ours"), ours),
                    bars(text("page-theirs"), postgres.theirs.clone()),
                ],
            },
        );
    }
    if let Some(Outcome::Growth(growth)) = results.outcome("growth") {
        let stages = &growth.stages;
        let cost = stages.iter().map(|stage| stage.result.each.processor_us);
        let names = stages.iter().map(|stage| grouped(count(stage.accounts)));
        add(
            "growth",
            Picture {
                title: text("page-picture-growth"),
                across_label: text("page-accounts"),
                up_label: text("bench-column-processor"),
                across: Across::Names(names.collect()),
                series: vec![bars(text("bench-column-processor"), cost.collect())],
            },
        );
    }
    if let Some(Outcome::Sizes(sizes)) = results.outcome("simulated") {
        let rows: Vec<_> = sizes.rows.iter().filter(|row| row.dead == 0).collect();
        let name =
            |row: &&SizesRow| format!("{} ({}–{} ms)", row.nodes, row.link_ms_min, row.link_ms_max);
        let kilobytes = rows.iter().map(|row| row.bytes_each / 1_000.0).collect();
        add(
            "simulated",
            Picture {
                title: text("page-picture-simulated"),
                across_label: text("page-nodes"),
                up_label: text("page-kilobytes"),
                across: Across::Names(rows.iter().map(name).collect()),
                series: vec![bars(text("page-kilobytes"), kilobytes)],
            },
        );
    }
    if let Some(Outcome::Soak(soak)) = results.outcome("soak") {
        let memory = |sample: &Sample| sample.memory;
        let disk = |sample: &Sample| sample.disk;
        add(
            "memory",
            over_time(soak, &text, "page-picture-memory", memory),
        );
        add("disk", over_time(soak, &text, "page-picture-disk", disk));
    }
    pictures
}

fn bars(name: String, values: Vec<f64>) -> Series {
    let place = |(place, value): (usize, f64)| (place as f64, value);
    Series {
        name,
        points: values.into_iter().enumerate().map(place).collect(),
    }
}

/// Latencies of gifts over the share of the knee.
fn of_load(load: &Load, text: &impl Fn(&str) -> String) -> Picture {
    let is_gifts = |run: &&RunResult| run.mix == "gifts";
    let levels = load
        .runs
        .iter()
        .filter_map(|run| Some((f64::from(run.percent?), &run.result)));
    let knees = load.knees.iter().map(|run| (100.0, run));
    let runs: Vec<(f64, &RunResult)> = levels
        .chain(knees)
        .filter(|(_, run)| is_gifts(run))
        .collect();
    let line = |id: &str, of: fn(&RunResult) -> f64| Series {
        name: text(id),
        points: runs
            .iter()
            .map(|(percent, run)| (*percent, of(run)))
            .collect(),
    };
    Picture {
        title: text("page-picture-load"),
        across_label: text("page-percent"),
        up_label: text("page-milliseconds"),
        across: Across::Numbers,
        series: vec![
            line("bench-column-p50", |run| run.latency_ms.p50),
            line("bench-column-p99", |run| run.latency_ms.p99),
            line("bench-column-p999", |run| run.latency_ms.p999),
        ],
    }
}

/// A soak's samples in MB over minutes.
fn over_time(
    soak: &Soak,
    text: &impl Fn(&str) -> String,
    title: &str,
    of: fn(&Sample) -> u64,
) -> Picture {
    let point = |sample: &Sample| (sample.second / 60.0, of(sample) as f64 / 1e6);
    Picture {
        title: text(title),
        across_label: text("page-soak-minutes"),
        up_label: "MB".to_owned(),
        across: Across::Numbers,
        series: vec![Series {
            name: text(title),
            points: soak.samples.iter().map(point).collect(),
        }],
    }
}
