//! The rows of a table and the lines of a file, brought into step by their keys.

use std::collections::VecDeque;

use ledger_core::id::Height;
use serde_json::Value;

use super::{Difference, DifferenceError, Differs, Found, Line, RowResult};
use crate::export::{Form, Row, Table};

/// How far is looked ahead, in rows and in lines, for where they are in step again.
const WINDOW: usize = 64;

/// Compares `lines` with the rows there should be.
pub(super) fn compare(
    table: Table,
    form: Form,
    rows: impl Iterator<Item = RowResult>,
    lines: impl Iterator<Item = Result<Line, DifferenceError>>,
    found: Found<'_>,
) -> Result<(), DifferenceError> {
    let mut rows = Ahead::new(rows);
    let mut lines = Ahead::new(lines);
    let file = form.file_name(table, 1);
    let mut place = (file, 0);
    loop {
        rows.fill(1)?;
        lines.fill(1)?;
        let is_in_step = match (rows.kept.front(), lines.kept.front()) {
            (None, None) => return Ok(()),
            (Some(row), Some(line)) => is_same(table, form, row, line),
            _ => false,
        };
        let (missing, added) = match is_in_step {
            true => (1, 1),
            false => {
                rows.fill(WINDOW)?;
                lines.fill(WINDOW)?;
                step(table, form, &rows.kept, &lines.kept)
            }
        };
        // As many as stand against each other are altered rows; what is left on one side is missing or added.
        for at in 0..missing.max(added) {
            let row = (at < missing).then(|| rows.kept.pop_front()).flatten();
            let line = (at < added).then(|| lines.kept.pop_front()).flatten();
            if let Some(line) = &line {
                place = (line.file.clone(), line.number);
            }
            match (row, line) {
                (Some(row), Some(line)) => fields(table, form, &row, &line, found),
                (Some(row), None) => found(Difference {
                    file: place.0.clone(),
                    line: Some(place.1),
                    byte: None,
                    height: row.height,
                    item: row.item,
                    what: Differs::Missing,
                }),
                (None, Some(line)) => found(added_line(table, line)),
                (None, None) => {}
            }
        }
    }
}

/// How many rows, and how many lines, stand before the next pair that belongs together; all that is kept when none does.
fn step(table: Table, form: Form, rows: &VecDeque<Row>, lines: &VecDeque<Line>) -> (usize, usize) {
    let mut best: Option<(usize, usize)> = None;
    for (at_row, row) in rows.iter().enumerate() {
        for (at_line, line) in lines.iter().enumerate() {
            let is_nearer = best.is_none_or(|(row, line)| at_row + at_line < row + line);
            if is_nearer && is_same(table, form, row, line) {
                best = Some((at_row, at_line));
            }
        }
    }
    best.unwrap_or((rows.len(), lines.len()))
}

/// Whether the line has the row's key.
fn is_same(table: Table, form: Form, row: &Row, line: &Line) -> bool {
    let Ok(cells) = &line.cells else {
        return false;
    };
    let count = table.key_columns();
    let key = Row {
        cells: row.cells[..count].to_vec(),
        ..row.clone()
    };
    form.cells(&key) == cells[..count]
}

/// Tells which fields of the line are not the row's.
fn fields(table: Table, form: Form, row: &Row, line: &Line, found: Found<'_>) {
    let mut tell = |what| {
        found(Difference {
            file: line.file.clone(),
            line: Some(line.number),
            byte: None,
            height: row.height,
            item: row.item.clone(),
            what,
        });
    };
    let cells = match &line.cells {
        Ok(cells) => cells,
        Err(reason) => {
            let reason = reason.clone();
            return tell(Differs::Malformed { reason });
        }
    };
    let expected = form.cells(row);
    for ((name, ours), theirs) in table.columns().iter().zip(&expected).zip(cells) {
        if ours != theirs {
            tell(Differs::Altered {
                field: (*name).to_owned(),
                chain: shown(ours),
                export: shown(theirs),
            });
        }
    }
}

fn added_line(table: Table, line: Line) -> Difference {
    let (height, item, what) = match line.cells {
        Err(reason) => (None, String::new(), Differs::Malformed { reason }),
        Ok(cells) => {
            let first = cells.first();
            let height = first.filter(|_| table != Table::Accounts).and_then(number);
            let key: Vec<String> = cells.iter().take(table.key_columns()).map(shown).collect();
            (height, key.join(" "), Differs::Added)
        }
    };
    Difference {
        file: line.file,
        line: Some(line.number),
        byte: None,
        height,
        item,
        what,
    }
}

fn number(value: &Value) -> Option<Height> {
    let number = value
        .as_u64()
        .or_else(|| value.as_str()?.trim_start_matches('\'').parse().ok());
    number.map(Height)
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What comes next, as far as it was looked at.
struct Ahead<I, T> {
    from: I,
    kept: VecDeque<T>,
}

impl<T, I: Iterator<Item = Result<T, DifferenceError>>> Ahead<I, T> {
    const fn new(from: I) -> Ahead<I, T> {
        Ahead {
            from,
            kept: VecDeque::new(),
        }
    }

    /// Looks at the next `count`, if there are so many.
    fn fill(&mut self, count: usize) -> Result<(), DifferenceError> {
        while self.kept.len() < count {
            match self.from.next() {
                Some(next) => self.kept.push_back(next?),
                None => return Ok(()),
            }
        }
        Ok(())
    }
}
