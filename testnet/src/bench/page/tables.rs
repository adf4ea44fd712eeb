//! The tables of the results page, each made of one file of results.

use std::fmt::Write;

use ledger_core::message::Arguments;

use super::goals::GOALS;
use super::{Ending, Results};
use crate::bench::columns::{Column, NONE, RUN_COLUMNS, fixed, megabytes};
use crate::bench::compare::Postgres;
use crate::bench::growth::{Growth, NodesRun, Stage, Validators};
use crate::bench::load::Load;
use crate::bench::report::{Outcome, Sizes, SizesRow, Taken};
use crate::bench::results::RunResult;
use crate::bench::soak::Soak;
use crate::say::{Voice, count, grouped};

/// Where the share of the knee stands among [`RUN_COLUMNS`].
const PERCENT_PLACE: usize = 1;

/// A table of Markdown.
struct Table<'v> {
    voice: &'v Voice,
    text: String,
}

impl<'v> Table<'v> {
    fn new(voice: &'v Voice, heads: &[&str]) -> Table<'v> {
        let cells: Vec<String> = heads
            .iter()
            .map(|id| voice.text(id, &Arguments::NONE))
            .collect();
        let mut table = Table {
            voice,
            text: String::new(),
        };
        table.row(&cells);
        table.text.push_str(&"|---".repeat(heads.len()));
        table.text.push_str("|\n");
        table
    }

    /// Of these columns, with a row for each of `rows`.
    fn of<Row>(
        voice: &'v Voice,
        columns: &[Column<Row>],
        rows: impl IntoIterator<Item = Row>,
    ) -> Table<'v> {
        let heads: Vec<&str> = columns.iter().map(|(head, _)| *head).collect();
        let mut table = Table::new(voice, &heads);
        for row in rows {
            let cells: Vec<String> = columns.iter().map(|(_, cell)| cell(&row)).collect();
            table.row(&cells);
        }
        table
    }

    fn row(&mut self, cells: &[String]) {
        writeln!(self.text, "| {} |", cells.join(" | ")).expect("writing to memory cannot fail");
    }

    /// Below the table: when, on which commit and with which command it was taken, and beside which `other` program.
    fn taken(mut self, taken: &Taken, other: Option<&str>) -> String {
        let machine = taken.machine.as_ref().map_or_else(String::new, |machine| {
            let said = Arguments::NONE
                .text("processor", &machine.processor)
                .text("cores", machine.cores)
                .text("memory", grouped(machine.memory_mb))
                .text("system", &machine.system);
            let said = self.voice.text("page-machine", &said);
            let Some(file_system) = &machine.file_system else {
                return said;
            };
            let said = Arguments::NONE
                .text("machine", said)
                .text("file_system", file_system);
            self.voice.text("page-machine-files", &said)
        });
        let said = Arguments::NONE
            .text("day", &taken.day)
            .text("commit", &taken.commit)
            .text("seconds", grouped(taken.seconds))
            .text("command", &taken.command)
            .text("machine", machine);
        self.text.push('\n');
        let mut below = self.voice.text("page-taken", &said);
        if let Some(other) = other {
            let said = Arguments::NONE.text("taken", below).text("program", other);
            below = self.voice.text("page-beside", &said);
        }
        self.text.push_str(&below);
        self.text.push('\n');
        self.text
    }
}

/// The table called `name`; none when there is no such table.
pub(super) fn table(name: &str, results: &Results, voice: &Voice) -> Option<String> {
    let missing = || {
        let said = Arguments::NONE.text("file", format!("docs/results/{name}.json"));
        voice.text("page-missing", &said) + "\n"
    };
    if name == "goals" {
        return Some(goals(results, voice));
    }
    if !super::FILES.contains(&name) {
        return None;
    }
    let Some(report) = results.report(name) else {
        return Some(missing());
    };
    let table = match &report.outcome {
        Outcome::Load(load) => load_table(voice, load),
        Outcome::Postgres(postgres) => postgres_table(voice, postgres),
        Outcome::Growth(growth) => growth_table(voice, growth),
        Outcome::Validators(validators) => validators_table(voice, validators),
        Outcome::Sizes(sizes) => sizes_table(voice, sizes),
        Outcome::Soak(soak) => soak_table(voice, soak),
        Outcome::Record(record) => Table {
            voice,
            text: match record.tables.is_empty() {
                true => format!("`{}`\n", record.last),
                false => record.tables.join("\n") + "\n",
            },
        },
    };
    let other = match &report.outcome {
        Outcome::Postgres(postgres) => Some(postgres.version.as_str()),
        _ => None,
    };
    Some(table.taken(&report.taken, other))
}

/// Those of one mix together, in the order in which the mixes were measured, and then by their share of the knee.
fn load_table<'v>(voice: &'v Voice, load: &Load) -> Table<'v> {
    let knees = load.knees.iter().map(|knee| (Some(100), knee));
    let runs = load.runs.iter().map(|run| (run.percent, &run.result));
    let mut all: Vec<(Option<u32>, &RunResult)> = knees.chain(runs).collect();
    let order: Vec<String> = all.iter().map(|(_, run)| run.mix.clone()).collect();
    let place = |run: &RunResult| order.iter().position(|mix| *mix == run.mix);
    all.sort_by_key(|(percent, run)| (place(run), *percent));
    runs_table(voice, &all)
}

fn postgres_table<'v>(voice: &'v Voice, postgres: &Postgres) -> Table<'v> {
    let heads = [
        "page-turn",
        "bench-column-offered",
        "page-ours",
        "page-kept-up",
        "page-theirs",
        "page-ratio",
    ];
    let mut table = Table::new(voice, &heads);
    let text = |id: &str| voice.text(id, &Arguments::NONE);
    for (turn, (ours, theirs)) in postgres.ours.iter().zip(&postgres.theirs).enumerate() {
        let kept_up = if ours.kept_up() {
            "page-yes"
        } else {
            "page-no"
        };
        table.row(&[
            (turn + 1).to_string(),
            ours.offered.to_string(),
            fixed(ours.finalised, 0),
            text(kept_up),
            fixed(*theirs, 0),
            fixed(ours.finalised / theirs.max(1.0), 2),
        ]);
    }
    let [ours, theirs] = postgres.medians();
    table.row(&[
        text("page-median"),
        NONE.to_owned(),
        fixed(ours, 0),
        NONE.to_owned(),
        fixed(theirs, 0),
        fixed(postgres.ratio, 2),
    ]);
    table
}

fn validators_table<'v>(voice: &'v Voice, validators: &Validators) -> Table<'v> {
    fn transactions(result: &RunResult) -> f64 {
        result.applied as f64 / result.blocks.max(1) as f64
    }
    let columns: [Column<&NodesRun>; 8] = [
        ("page-nodes", |run| run.nodes.to_string()),
        ("bench-column-offered", |run| run.result.offered.to_string()),
        ("bench-column-finalised", |run| {
            fixed(run.result.finalised, 0)
        }),
        ("bench-column-p50", |run| {
            fixed(run.result.latency_ms.p50, 1)
        }),
        ("bench-column-p99", |run| {
            fixed(run.result.latency_ms.p99, 1)
        }),
        ("page-transactions-height", |run| {
            fixed(transactions(&run.result), 1)
        }),
        ("page-bytes-height", |run| {
            let each = run.result.each.network_bytes;
            each.map_or_else(
                || NONE.to_owned(),
                |each| fixed(each * transactions(&run.result), 0),
            )
        }),
        ("bench-column-processor", |run| {
            fixed(run.result.each.processor_us, 0)
        }),
    ];
    Table::of(voice, &columns, &validators.runs)
}

fn sizes_table<'v>(voice: &'v Voice, sizes: &Sizes) -> Table<'v> {
    let columns: [Column<&SizesRow>; 9] = [
        ("page-nodes", |row| row.nodes.to_string()),
        ("page-dead", |row| row.dead.to_string()),
        ("page-links", |row| {
            format!("{}–{}", row.link_ms_min, row.link_ms_max)
        }),
        ("page-height-ms", |row| fixed(row.height_ms, 0)),
        ("bench-column-p50", |row| row.finality_ms_p50.to_string()),
        ("bench-column-p99", |row| row.finality_ms_p99.to_string()),
        ("page-transactions-height", |row| fixed(row.transactions, 1)),
        ("page-messages-height", |row| fixed(row.messages, 0)),
        ("page-sent-height", |row| fixed(row.bytes_each, 0)),
    ];
    Table::of(voice, &columns, &sizes.rows)
}

/// The figures to reach, the ratios first.
fn goals(results: &Results, voice: &Voice) -> String {
    let heads = [
        "page-times-must",
        "page-times-aim",
        "page-figure",
        "page-measured",
        "page-must",
        "page-aim",
        "page-command",
    ];
    let mut table = Table::new(voice, &heads);
    for goal in &GOALS {
        let found = goal.measured(results);
        let measured = found.map(|(figure, _)| figure);
        let times = |bound: f64| {
            measured.map_or_else(
                || NONE.to_owned(),
                |figure| fixed(goal.times(figure, bound), 2),
            )
        };
        let report = found.and_then(|(_, file)| results.report(file));
        let command = report.map_or_else(
            || NONE.to_owned(),
            |report| format!("`{}`", report.taken.command),
        );
        let is_short = measured.is_some_and(|figure| goal.times(figure, goal.must) < 1.0);
        let bold = if is_short { "**" } else { "" };
        table.row(&[
            format!("{bold}{}{bold}", times(goal.must)),
            times(goal.aim),
            voice.text(goal.name, &Arguments::NONE),
            measured.map_or_else(|| NONE.to_owned(), |figure| fixed(figure, goal.digits)),
            goal.must.to_string(),
            goal.aim.to_string(),
            command,
        ]);
    }
    table.text
}

fn runs_table<'v>(voice: &'v Voice, all: &[(Option<u32>, &RunResult)]) -> Table<'v> {
    let mut heads = RUN_COLUMNS.map(|(head, _)| head).to_vec();
    heads.insert(PERCENT_PLACE, "page-percent");
    let mut table = Table::new(voice, &heads);
    for (percent, run) in all {
        let mut cells = RUN_COLUMNS.map(|(_, cell)| cell(run)).to_vec();
        let percent = percent.map_or_else(|| NONE.to_owned(), |percent| percent.to_string());
        cells.insert(PERCENT_PLACE, percent);
        table.row(&cells);
    }
    table
}

/// A stage, and what a transaction cost in the first.
type Compared<'g> = (&'g Stage, f64);

fn growth_table<'v>(voice: &'v Voice, growth: &Growth) -> Table<'v> {
    fn start((stage, _): &Compared<'_>, after: Ending) -> String {
        let start = stage.starts.iter().find(|start| start.after == after);
        start.map_or_else(
            || NONE.to_owned(),
            |start| {
                let memory = megabytes(start.resident_bytes);
                format!("{} / {memory}", fixed(start.serves_ms as f64 / 1_000.0, 1))
            },
        )
    }
    let columns: [Column<Compared<'_>>; 9] = [
        ("page-accounts", |(stage, _)| grouped(count(stage.accounts))),
        ("page-cost-times", |(stage, first)| {
            let cost = stage.result.each.processor_us;
            fixed(cost / first.max(f64::MIN_POSITIVE), 2)
        }),
        ("bench-column-processor", |(stage, _)| {
            fixed(stage.result.each.processor_us, 0)
        }),
        ("page-knee", |(stage, _)| {
            let knee = stage.knee.as_ref();
            knee.map_or_else(|| NONE.to_owned(), |knee| knee.offered.to_string())
        }),
        ("bench-column-p50", |(stage, _)| {
            fixed(stage.result.latency_ms.p50, 1)
        }),
        ("bench-column-disk", |(stage, _)| {
            fixed(stage.result.each.disk_bytes, 0)
        }),
        ("bench-column-memory", |(stage, _)| {
            megabytes(stage.result.resident_bytes)
        }),
        ("page-start-stop", |row| start(row, Ending::Stop)),
        ("page-start-kill", |row| start(row, Ending::Kill)),
    ];
    let stages = &growth.stages;
    let first = stages.first().map_or(0.0, |it| it.result.each.processor_us);
    Table::of(voice, &columns, stages.iter().map(|it| (it, first)))
}

fn soak_table<'v>(voice: &'v Voice, soak: &Soak) -> Table<'v> {
    let mut table = Table::new(voice, &["page-figure", "page-measured"]);
    let mb = |bytes: f64| fixed(bytes / 1e6, 1);
    let result = &soak.result;
    let knee = soak
        .knee
        .map_or_else(|| NONE.to_owned(), |knee| knee.to_string());
    for (id, value) in [
        ("page-soak-minutes", fixed(result.seconds / 60.0, 1)),
        ("page-knee", knee),
        ("bench-column-offered", result.offered.to_string()),
        ("bench-column-finalised", fixed(result.finalised, 0)),
        ("page-soak-applied", grouped(count(result.applied))),
        ("page-soak-lost", grouped(count(result.lost()))),
        ("bench-column-p50", fixed(result.latency_ms.p50, 1)),
        ("bench-column-p99", fixed(result.latency_ms.p99, 1)),
        ("bench-column-p999", fixed(result.latency_ms.p999, 1)),
        ("bench-column-gap", result.longest_gap_ms.to_string()),
        ("page-soak-memory-max", mb(soak.memory_max as f64)),
        ("page-soak-memory-slope", mb(soak.memory.slope * 3_600.0)),
        ("page-soak-memory-deviation", mb(soak.memory.deviation)),
        ("page-soak-disk-slope", mb(soak.disk.slope * 3_600.0)),
        ("page-soak-disk-deviation", mb(soak.disk.deviation)),
        ("page-soak-disk-each", fixed(soak.disk_each, 0)),
        ("page-soak-written-each", fixed(result.each.disk_bytes, 0)),
        ("bench-column-processor", fixed(result.each.processor_us, 0)),
    ] {
        table.row(&[voice.text(id, &Arguments::NONE), value]);
    }
    table
}
