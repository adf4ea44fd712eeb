//! The result file: every line of an import with what became of it, for a spreadsheet program.

use std::path::Path;

use ledger_core::message::Language;

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

/// The result file: UTF-8 with a byte order mark, as spreadsheet programs like it.
pub fn to_csv(report: &Report) -> Vec<u8> {
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(&mut bytes);
    let rows = std::iter::once(COLUMNS.map(str::to_owned));
    for row in rows.chain(report.lines.iter().map(row)) {
        writer
            .write_record(row)
            .expect("writing to memory cannot fail");
    }
    writer.flush().expect("writing to memory cannot fail");
    drop(writer);
    bytes
}

fn row(line: &LineReport) -> [String; 12] {
    let outcome: &Outcome = &line.outcome;
    let zh = explain(line.line, outcome, Language::Chinese);
    let en = explain(line.line, outcome, Language::English);
    let made = outcome.made();
    let text = |value: Option<String>| value.unwrap_or_default();
    [
        line.line.to_string(),
        harmless(&line.number),
        outcome.state().word().to_owned(),
        outcome.code().to_owned(),
        harmless(&zh.message),
        harmless(&text(zh.remedy)),
        harmless(&en.message),
        harmless(&text(en.remedy)),
        text(made.map(|it| it.transaction.to_string())),
        text(made.and_then(|it| it.account).map(|it| it.to_string())),
        text(made.and_then(|it| it.order).map(|it| it.to_string())),
        text(outcome.height().map(|it| it.0.to_string())),
    ]
}

/// `text` as a spreadsheet program shows it and does not run it: what begins like a formula gets an apostrophe before it.
fn harmless(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}
