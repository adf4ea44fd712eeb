//! The result file: every line of an import with what became of it, for a spreadsheet program.

use std::path::Path;

use ledger_core::message::Language;
use timebank_print::sheet::sheet;

use super::files::Files;
use super::outcome::{LineReport, Report};
use super::sentence::explain;
use super::{ImportError, Outcome};

/// Its columns.
pub const COLUMNS: [&str; 12] = [
    "line",
    "record_no",
    "state",
    "code",
    "sentence_zh",
    "remedy_zh",
    "sentence_en",
    "remedy_en",
    "transaction",
    "account",
    "order",
    "height",
];

/// Writes the result file in one step, replacing an earlier one.
///
/// # Errors
/// When it cannot be written.
pub fn write(files: &dyn Files, path: &Path, report: &Report) -> Result<(), ImportError> {
    files
        .replace(path, &to_csv(report))
        .map_err(|source| ImportError::File {
            path: path.to_owned(),
            source,
        })
}

/// The result file's bytes.
pub fn to_csv(report: &Report) -> Vec<u8> {
    sheet(&COLUMNS, report.lines.iter().map(row)).into_bytes()
}

fn row(line: &LineReport) -> [String; 12] {
    let outcome: &Outcome = &line.outcome;
    let zh = explain(line.line, outcome, Language::Chinese);
    let en = explain(line.line, outcome, Language::English);
    let made = outcome.made();
    let text = |value: Option<String>| value.unwrap_or_default();
    [
        line.line.to_string(),
        line.number.clone(),
        outcome.state().word().to_owned(),
        outcome.code().to_owned(),
        zh.message,
        text(zh.remedy),
        en.message,
        text(en.remedy),
        text(made.map(|it| it.transaction.to_string())),
        text(made.and_then(|it| it.account).map(|it| it.to_string())),
        text(made.and_then(|it| it.order).map(|it| it.to_string())),
        text(outcome.height().map(|it| it.0.to_string())),
    ]
}
