//! What a command prints: one result, as a table for people or as JSON for programs.
//!
//! A result is JSON first; the table shows parts of it under labels of the catalogue, with offices by division code,
//! instants by the city's clocks, and words of the rules in the reader's language.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use ledger_core::message::{Arguments, Catalogue, Language};
use ledger_core::time::{Calendar, DAY_MS, TimestampMs};
use serde::Serialize;
use serde_json::Value;

use crate::arguments::Format;
use crate::exit;
use crate::sentence::catalogue;

/// Numbers above this in a `_ms` field are instants, below it lengths of time: 1980.
const INSTANT_MS_MIN: u64 = 3_652 * DAY_MS;

/// A result.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    json: Value,
    parts: Vec<Part>,
    exit_code: u8,
}

#[derive(Clone, Debug)]
enum Part {
    /// A sentence of the catalogue.
    Sentence(&'static str, Arguments),
    /// Labels and values, one a line.
    Fields(Vec<(String, Value)>),
    /// Rows under the labels of their columns.
    Rows {
        columns: Vec<&'static str>,
        rows: Vec<Vec<Value>>,
    },
    /// Exactly this.
    Verbatim(String),
}

impl Output {
    /// A result that is `value` for programs, and what is added for people.
    pub(crate) fn of<T: Serialize>(value: &T) -> Output {
        Output {
            json: serde_json::to_value(value).expect("results have text keys only"),
            parts: Vec::new(),
            exit_code: exit::OK,
        }
    }

    /// Text that is the same in every format.
    pub(crate) fn verbatim(text: String) -> Output {
        Output {
            json: Value::Null,
            parts: vec![Part::Verbatim(text)],
            exit_code: exit::OK,
        }
    }

    /// With a sentence.
    #[must_use]
    pub(crate) fn say(mut self, id: &'static str, arguments: Arguments) -> Output {
        self.parts.push(Part::Sentence(id, arguments));
        self
    }

    /// With text that is not a table, for people.
    #[must_use]
    pub(crate) fn text_block(mut self, text: String) -> Output {
        self.parts.push(Part::Verbatim(text));
        self
    }

    /// With labelled values; `null` ones are left out.
    #[must_use]
    pub(crate) fn fields<'l>(
        mut self,
        fields: impl IntoIterator<Item = (&'l str, Value)>,
    ) -> Output {
        let fields = fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(label, value)| (label.to_owned(), value));
        self.parts.push(Part::Fields(fields.collect()));
        self
    }

    /// With every value in a JSON object, nested ones under their own names.
    #[must_use]
    pub(crate) fn flattened<T: Serialize>(mut self, value: &T) -> Output {
        let json = serde_json::to_value(value).expect("results have text keys only");
        let mut fields = Vec::new();
        flatten("", &json, &mut fields);
        self.parts.push(Part::Fields(fields));
        self
    }

    /// With rows.
    #[must_use]
    pub(crate) fn rows(
        mut self,
        columns: &[&'static str],
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Output {
        let rows: Vec<Vec<Value>> = rows.into_iter().collect();
        self.parts.push(match rows.is_empty() {
            true => Part::Sentence("nothing", Arguments::NONE),
            false => Part::Rows {
                columns: columns.to_vec(),
                rows,
            },
        });
        self
    }

    /// With another exit code: the result is only a part of what was asked for.
    #[must_use]
    pub(crate) const fn exit(mut self, exit_code: u8) -> Output {
        self.exit_code = exit_code;
        self
    }

    /// The exit code.
    pub(crate) const fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// What people read.
    pub(crate) fn text(&self, language: Language) -> String {
        let mut text = Vec::new();
        self.print(Format::Table, language, &mut text)
            .expect("memory takes everything");
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Prints it.
    pub(crate) fn print(
        &self,
        format: Format,
        language: Language,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if let ([Part::Verbatim(text)], Value::Null) = (self.parts.as_slice(), &self.json) {
            return out.write_all(text.as_bytes());
        }
        match format {
            Format::Json => writeln!(out, "{:#}", self.json),
            Format::Table => {
                let catalogue = catalogue(language);
                for part in &self.parts {
                    match part {
                        Part::Sentence(id, arguments) => {
                            writeln!(out, "{}", catalogue.render(id, arguments))?;
                        }
                        Part::Fields(fields) => write_table(&field_table(fields, catalogue), out)?,
                        Part::Rows { columns, rows } => {
                            write_table(&row_table(columns, rows, catalogue), out)?;
                        }
                        Part::Verbatim(text) => out.write_all(text.as_bytes())?,
                    }
                }
                Ok(())
            }
        }
    }
}

fn write_table(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn empty_table() -> Table {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .force_no_tty()
        .set_content_arrangement(ContentArrangement::Disabled);
    table
}

fn field_table(fields: &[(String, Value)], catalogue: &Catalogue) -> Table {
    let mut table = empty_table();
    for (name, value) in fields {
        table.add_row([label(name, catalogue), present(name, value, catalogue)]);
    }
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 1));
    }
    table
}

fn row_table(columns: &[&'static str], rows: &[Vec<Value>], catalogue: &Catalogue) -> Table {
    let mut table = empty_table();
    table.set_header(columns.iter().map(|name| label(name, catalogue)));
    for row in rows {
        let cells = columns.iter().zip(row).map(|(name, value)| {
            let cell = Cell::new(present(name, value, catalogue));
            match value {
                Value::Number(_) if !name.ends_with("_ms") => {
                    cell.set_alignment(CellAlignment::Right)
                }
                _ => cell,
            }
        });
        table.add_row(cells.collect::<Vec<Cell>>());
    }
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 1));
    }
    table
}

/// The catalogue's label for a field; its last part's name where there is none.
fn label(name: &str, catalogue: &Catalogue) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    let id = format!("label-{last}");
    match catalogue.has(&id) {
        true => catalogue.render(&id, &Arguments::NONE),
        false => last.replace('_', " "),
    }
}

/// A value for people.
pub(crate) fn present(name: &str, value: &Value, catalogue: &Catalogue) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Bool(flag) => {
            let id = if *flag { "yes" } else { "no" };
            catalogue.render(id, &Arguments::NONE)
        }
        Value::Number(number) => match number.as_u64() {
            Some(instant) if name.ends_with("_ms") && instant >= INSTANT_MS_MIN => {
                Calendar::CHINA.show(TimestampMs(instant))
            }
            Some(span) if name.ends_with("_ms") => {
                catalogue.render("span", &Arguments::NONE.number("span_ms", span))
            }
            _ => number.to_string(),
        },
        Value::String(text) => {
            let word = format!("word-{text}");
            match catalogue.has(&word) {
                true => catalogue.render(&word, &Arguments::NONE),
                false => catalogue.render("office", &Arguments::NONE.text("office", text)),
            }
        }
        Value::Array(items) if items.is_empty() => "–".to_owned(),
        Value::Array(items) => {
            let shown = items.iter().map(|item| present(name, item, catalogue));
            shown.collect::<Vec<_>>().join(", ")
        }
        Value::Object(fields) => {
            let shown = fields.iter().map(|(name, value)| match fields.len() {
                // A length of time says so itself; else a variant and what it carries.
                1 if name.ends_with("_ms") => present(name, value, catalogue),
                // A policy's value is what its parameter's name says.
                1 if matches!(name.as_str(), "number" | "programmes") => {
                    present(name, value, catalogue)
                }
                1 => {
                    let kind = present("", &Value::String(name.clone()), catalogue);
                    format!("{kind} {}", present(name, value, catalogue))
                }
                _ => format!(
                    "{} {}",
                    label(name, catalogue),
                    present(name, value, catalogue)
                ),
            });
            shown.collect::<Vec<_>>().join("; ")
        }
    }
}

fn flatten(path: &str, value: &Value, fields: &mut Vec<(String, Value)>) {
    match value {
        // A variant and what it carries belong together.
        Value::Object(nested)
            if !path.is_empty() && nested.len() == 1 && !nested.values().any(Value::is_object) =>
        {
            fields.push((path.trim_start_matches('.').to_owned(), value.clone()));
        }
        Value::Object(nested) => {
            for (name, value) in nested {
                flatten(&format!("{path}.{name}"), value, fields);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for item in items {
                flatten(path, item, fields);
            }
        }
        _ => fields.push((path.trim_start_matches('.').to_owned(), value.clone())),
    }
}
