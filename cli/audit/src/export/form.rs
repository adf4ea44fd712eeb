//! The two forms of a table: CSV for spreadsheet programs, and JSON Lines for programs.
//!
//! CSV is UTF-8 with a byte order mark, lines end in CR LF, and cells are quoted as RFC 4180 says. A cell that a spreadsheet
//! program would take for a formula is written with an apostrophe before it. No cell holds the end of a line, so that every
//! row is one line in both forms, and can be named by its number.

use serde_json::{Map, Value};
use timebank_print::sheet::begins_like_a_formula;

use super::table::{Row, Table, text};

/// What a CSV file begins with, so that spreadsheet programs take it for UTF-8.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The most rows of one CSV file: spreadsheet programs show a little more than a million.
pub const CSV_ROWS_MAX: u64 = 1_000_000;

/// A form of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// CSV.
    Csv,
    /// JSON Lines.
    JsonLines,
}

impl Form {
    /// Both.
    pub const ALL: [Form; 2] = [Form::Csv, Form::JsonLines];

    /// How the names of its files end.
    pub const fn extension(self) -> &'static str {
        match self {
            Form::Csv => "csv",
            Form::JsonLines => "jsonl",
        }
    }

    /// The name of the `part`th file of `table`, from 1. JSON Lines have one.
    pub fn file_name(self, table: Table, part: u64) -> String {
        let (name, extension) = (table.name(), self.extension());
        match part {
            1 => format!("{name}.{extension}"),
            part => format!("{name}-{part}.{extension}"),
        }
    }

    /// What each file begins with.
    pub fn beginning(self, table: Table) -> Vec<u8> {
        match self {
            Form::Csv => {
                let names = table.columns().iter().map(|name| (*name).to_owned());
                [BYTE_ORDER_MARK, line_of(names).as_bytes()].concat()
            }
            Form::JsonLines => Vec::new(),
        }
    }

    /// A row as a line, with its end.
    pub fn line(self, table: Table, row: &Row) -> String {
        match self {
            Form::Csv => line_of(row.cells.iter().map(csv_cell)),
            Form::JsonLines => {
                let named = table.columns().iter().zip(&row.cells);
                let object: Map<String, Value> = named
                    .map(|(name, value)| ((*name).to_owned(), value.clone()))
                    .collect();
                format!("{}\n", Value::Object(object))
            }
        }
    }

    /// What a reader of this form finds in the cells of `row`.
    pub fn cells(self, row: &Row) -> Vec<Value> {
        match self {
            Form::Csv => row
                .cells
                .iter()
                .map(|value| Value::String(csv_cell(value)))
                .collect(),
            Form::JsonLines => row.cells.clone(),
        }
    }

    /// The cells of a line without its end.
    ///
    /// # Errors
    /// What is wrong with it, for developers.
    pub fn read(self, table: Table, line: &str) -> Result<Vec<Value>, String> {
        match self {
            Form::Csv => {
                let mut reader = csv::ReaderBuilder::new()
                    .has_headers(false)
                    .flexible(true)
                    .from_reader(line.as_bytes());
                let mut record = csv::StringRecord::new();
                reader
                    .read_record(&mut record)
                    .map_err(|error| error.to_string())?;
                let (count, expected) = (record.len(), table.columns().len());
                match count == expected {
                    true => Ok(record.iter().map(Value::from).collect()),
                    false => Err(format!("{count} cells in place of {expected}")),
                }
            }
            Form::JsonLines => {
                let mut object: Map<String, Value> =
                    serde_json::from_str(line).map_err(|error| error.to_string())?;
                let mut cells = Vec::new();
                for name in table.columns() {
                    cells.push(object.remove(*name).ok_or(format!("no field {name}"))?);
                }
                match object.keys().next() {
                    None => Ok(cells),
                    Some(name) => Err(format!("a field too many, {name}")),
                }
            }
        }
    }
}

/// A line of CSV.
fn line_of(cells: impl Iterator<Item = String>) -> String {
    let quoted: Vec<String> = cells.map(quoted).collect();
    format!("{}\r\n", quoted.join(","))
}

/// A cell as RFC 4180 writes it.
fn quoted(cell: String) -> String {
    match cell.contains([',', '"', '\r', '\n', ' ', '\'']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}

/// A value as the text of a cell: safe from being taken for a formula, and without the end of a line.
pub fn csv_cell(value: &Value) -> String {
    let text = text(value).replace(['\r', '\n'], " ");
    match begins_like_a_formula(&text) && !value.is_number() {
        true => format!("'{text}"),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_spreadsheet_would_take_for_a_formula_is_text() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "=cmd|' /C calc'!A0",
            "＝1",
        ] {
            let cell = csv_cell(&json!(text));
            assert!(cell.starts_with('\''), "{cell}");
            assert!(cell.ends_with(text), "{cell}");
        }
        assert_eq!(csv_cell(&json!("\r=1")), " =1");
        assert_eq!(csv_cell(&json!(-60)), "-60");
        assert_eq!(csv_cell(&json!({"a": "=1"})), "{\"a\":\"=1\"}");
        assert_eq!(csv_cell(&Value::Null), "");
    }

    #[test]
    fn every_cell_comes_back_from_both_forms() {
        let odd = [
            "",
            "a,b",
            "\"",
            "a\"b",
            "=1",
            "'",
            " a ",
            "名",
            "-",
            "a'b",
            "{\"a\":[1,2]}",
        ];
        for form in Form::ALL {
            for text in odd {
                let mut cells = vec![json!(text); Table::Blocks.columns().len()];
                cells[0] = json!(u64::MAX);
                let row = Row {
                    height: None,
                    item: String::new(),
                    cells,
                };
                let line = form.line(Table::Blocks, &row);
                let read = form.read(Table::Blocks, line.trim_end_matches(['\r', '\n']));
                assert_eq!(read.unwrap(), form.cells(&row), "{text:?} in {form:?}");
                assert_eq!(line.matches('\n').count(), 1);
            }
        }
    }
}
