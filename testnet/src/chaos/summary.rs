//! What a trial prints in the end: a row for each kind of fault, what became of the load, memory, and one last line.

use std::collections::BTreeMap;
use std::time::Duration;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use ledger_core::message::Arguments;

use super::check::Figures;
use super::kind::Kind;
use super::memory::NODE_MEMORY_BYTES_MAX;
use super::trial::{LeftOut, Tally};
use crate::say::{Voice, count, grouped};

const MIB: u64 = 1024 * 1024;

/// Everything there is to say in the end.
#[derive(Debug, Default)]
pub(super) struct Summary {
    /// By kind of fault.
    pub(super) tallies: BTreeMap<Kind, Tally>,
    /// What became of the load, once it was checked.
    pub(super) figures: Option<Figures>,
    /// The most memory each node has used, in bytes.
    pub(super) peaks: BTreeMap<usize, u64>,
    /// What is not as it must be.
    pub(super) faults: Vec<String>,
}

impl Summary {
    /// Whether anything that was asked for was left out.
    pub(super) fn is_incomplete(&self) -> bool {
        self.tallies.values().any(|tally| tally.left_out.is_some())
    }

    /// Prints everything.
    pub(super) fn print(&self, voice: &Voice) {
        voice.line("");
        voice.line(&self.table(voice));
        for (kind, tally) in &self.tallies {
            if let Some(left_out) = tally.left_out {
                let reason = match left_out {
                    LeftOut::Mount => "chaos-left-out-mount",
                    LeftOut::Time => "chaos-left-out-time",
                };
                let arguments = Arguments::NONE
                    .text("kind", title(voice, *kind))
                    .number("times", count(tally.recoveries.len()))
                    .number("asked", count(tally.asked))
                    .text("reason", voice.text(reason, &Arguments::NONE));
                voice.say("chaos-left-out", &arguments);
            }
        }
        if let Some(figures) = self.figures {
            let arguments = Arguments::NONE
                .text("submitted", grouped(count(figures.submitted)))
                .text("acknowledged", grouped(count(figures.acknowledged)))
                .text("once", grouped(count(figures.applied_once)))
                .number("lost", count(figures.lost))
                .number("doubled", count(figures.doubled))
                .text("blocks", grouped(count(figures.blocks)));
            voice.say("chaos-transactions", &arguments);
        }
        let peaks: Vec<String> = self
            .peaks
            .values()
            .map(|bytes| (bytes / MIB).to_string())
            .collect();
        let arguments = Arguments::NONE
            .text("peaks", peaks.join(", "))
            .number("most", NODE_MEMORY_BYTES_MAX / MIB);
        voice.say("chaos-memory", &arguments);
        for fault in &self.faults {
            voice.say("chaos-fault", &Arguments::NONE.text("reason", fault));
        }
        let injected: usize = self
            .tallies
            .values()
            .map(|tally| tally.recoveries.len())
            .sum();
        let last = if !self.faults.is_empty() {
            "chaos-failed"
        } else if self.is_incomplete() {
            "chaos-incomplete"
        } else {
            "chaos-passed"
        };
        let arguments = Arguments::NONE
            .number("injected", count(injected))
            .number("faults", count(self.faults.len()))
            .number("seconds", voice.elapsed().as_secs());
        voice.say(last, &arguments);
    }

    fn table(&self, voice: &Voice) -> String {
        let mut table = Table::new();
        table
            .load_style(NOTHING)
            .force_no_tty()
            .set_content_arrangement(ContentArrangement::Disabled);
        let column = |id: &str| voice.text(id, &Arguments::NONE);
        table.set_header([
            column("chaos-column-kind"),
            column("chaos-column-times"),
            column("chaos-column-median"),
            column("chaos-column-longest"),
        ]);
        for (kind, tally) in &self.tallies {
            let mut recoveries = tally.recoveries.clone();
            recoveries.sort_unstable();
            let median = recoveries.get(recoveries.len() / 2);
            table.add_row([
                Cell::new(title(voice, *kind)),
                Cell::new(format!("{} / {}", recoveries.len(), tally.asked)),
                Cell::new(seconds(median)),
                Cell::new(seconds(recoveries.last())),
            ]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table.trim_fmt()
    }
}

/// What a kind of fault is called.
pub(super) fn title(voice: &Voice, kind: Kind) -> String {
    voice.text(&format!("chaos-kind-{kind}"), &Arguments::NONE)
}

fn seconds(time: Option<&Duration>) -> String {
    time.map_or_else(
        || "–".to_owned(),
        |time| format!("{:.2} s", time.as_secs_f32()),
    )
}
