//! The findings as tables for spreadsheet programs.
//!
//! Columns are named in English words without spaces, so that programs find them; names of rules stand in both languages.

use ledger_core::message::Language;
use timebank_print::sheet::sheet;

use super::{Audited, words};
use crate::screening::Finding;
use crate::screening::words::{figure_value, kind};

/// One line for each finding.
pub fn findings_csv(audited: &Audited<'_>) -> String {
    let header = [
        "finding",
        "rule",
        "rule_version",
        "rule_name_zh",
        "rule_name_en",
        "severity",
        "score_percent",
        "subjects",
        "figures",
        "entries",
    ];
    let rows = numbered(audited).map(|(number, finding)| {
        vec![
            number.to_string(),
            finding.rule.clone(),
            finding.version.to_string(),
            kind(Language::Chinese, finding.kind).name,
            kind(Language::English, finding.kind).name,
            finding.severity.name().to_owned(),
            finding.score.to_string(),
            joined(finding.subjects.iter().map(|it| words::subject(*it))),
            joined(finding.figures.iter().map(|it| {
                let value = figure_value(Language::English, it, audited.calendar);
                format!("{}={value}", it.name)
            })),
            finding.evidence_total.to_string(),
        ]
    });
    sheet(&header, rows)
}

/// One line for each entry that a finding rests on.
pub fn evidence_csv(audited: &Audited<'_>) -> String {
    let header = [
        "finding", "rule", "height", "time", "cause", "cause_id", "order",
    ];
    let rows = numbered(audited).flat_map(|(number, finding)| {
        finding.evidence.iter().map(move |entry| {
            let (cause, id) = words::cause(&entry.event.cause);
            vec![
                number.to_string(),
                finding.rule.clone(),
                entry.event.height.to_string(),
                audited.calendar.show(entry.event.time_ms),
                cause.to_owned(),
                id,
                entry
                    .order
                    .map(|order| order.to_string())
                    .unwrap_or_default(),
            ]
        })
    });
    sheet(&header, rows)
}

/// Every finding with its number, from 1, as in the pages.
pub(super) fn numbered<'a>(audited: &Audited<'a>) -> impl Iterator<Item = (u64, &'a Finding)> {
    (1_u64..).zip(audited.findings)
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("; ")
}
