//! A CSV file as a spreadsheet program writes it, read line by line and by the names of its columns.
//!
//! Every line is read by itself: one that cannot be used is named by its number with what is wrong, and the others are
//! still offered. What always holds: the header names every column that is needed and none that is not known; a file that is
//! too long is refused as a whole, never read in part.

use std::io::Read;
use std::str::FromStr;

use ledger_core::time::{Calendar, Day, MINUTE_MS, TimestampMs};

use super::{FILE_BYTES_MAX, LINES_MAX, LineError, LineProblem, problem};

/// One line, by the names of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its line in the file, counted from 1.
    pub line: u64,
    columns: Columns,
    fields: Vec<String>,
}

/// Which field of a line is which column.
type Columns = std::sync::Arc<Vec<(&'static str, usize)>>;

impl Row {
    /// What stands in `column`; nothing when the file lacks it.
    pub fn text(&self, column: &str) -> &str {
        let place = self.columns.iter().find(|(name, _)| *name == column);
        place.map_or("", |(_, index)| self.fields[*index].as_str())
    }

    /// What stands in `column`, read as a `T`.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse<T: FromStr>(&self, column: &'static str) -> Result<T, LineProblem> {
        let text = self.text(column);
        text.parse().map_err(|_| unreadable(column, text))
    }

    /// [`Self::parse`], for a column that may be empty.
    ///
    /// # Errors
    /// When something stands there and is no `T`.
    pub fn optional<T: FromStr>(&self, column: &'static str) -> Result<Option<T>, LineProblem> {
        match self.text(column) {
            "" => Ok(None),
            _ => self.parse(column).map(Some),
        }
    }

    /// A number of the office's own: anything but nothing.
    ///
    /// # Errors
    /// When nothing stands there.
    pub fn number(&self, column: &'static str) -> Result<String, LineProblem> {
        match self.text(column) {
            "" => Err(unreadable(column, "")),
            text => Ok(text.to_owned()),
        }
    }

    /// When something began and ended, from the columns `date`, `start` and `end`: an end before the start is on the next
    /// day.
    ///
    /// # Errors
    /// When one of them cannot be read, or both times are the same.
    pub fn interval(&self, calendar: Calendar) -> Result<(TimestampMs, TimestampMs), LineProblem> {
        let day: Day = self.parse("date")?;
        let start_ms = self.instant("start", day, calendar)?;
        let end_ms = self.instant("end", day, calendar)?;
        match end_ms.cmp(&start_ms) {
            std::cmp::Ordering::Equal => Err(LineProblem::RecordTimes),
            std::cmp::Ordering::Less => Ok((start_ms, self.instant("end", day.next(), calendar)?)),
            std::cmp::Ordering::Greater => Ok((start_ms, end_ms)),
        }
    }

    fn instant(
        &self,
        column: &'static str,
        day: Day,
        calendar: Calendar,
    ) -> Result<TimestampMs, LineProblem> {
        let text = self.text(column);
        let unreadable = || unreadable(column, text);
        let (hour, minute) = text.split_once(':').ok_or_else(unreadable)?;
        let number =
            |text: &str, below: u64| text.parse::<u64>().ok().filter(|number| *number < below);
        let hour = number(hour, 24).ok_or_else(unreadable)?;
        let minute = number(minute, 60).ok_or_else(unreadable)?;
        Ok(calendar
            .start_of(day)
            .plus_ms((hour * 60 + minute) * MINUTE_MS))
    }
}

/// That `value` cannot stand in `column`.
pub fn unreadable(column: &'static str, value: &str) -> LineProblem {
    LineProblem::RecordColumn {
        column,
        value: value.to_owned(),
    }
}

/// The lines of a CSV file after its header, which must name the columns `needed` and may name those that are `known`, in any
/// order.
///
/// # Errors
/// When the header does not, or the file is longer than [`FILE_BYTES_MAX`] or has more than [`LINES_MAX`] lines.
pub fn rows(
    input: impl Read,
    needed: &[&'static str],
    known: &[&'static str],
) -> Result<Vec<Result<Row, LineError>>, LineError> {
    let mut bytes = Vec::new();
    let read = input
        .take(FILE_BYTES_MAX.saturating_add(1))
        .read_to_end(&mut bytes);
    read.map_err(|_| problem(1, LineProblem::RecordHeader))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
        let limit = FILE_BYTES_MAX;
        return Err(problem(1, LineProblem::RecordFileTooLong { limit }));
    }
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(bytes.as_slice());
    let columns = columns(&mut reader, needed, known)?;
    let count = reader.headers().map_or(0, csv::StringRecord::len);
    let mut rows = Vec::new();
    let mut line = 1;
    for row in reader.into_records() {
        if u64::try_from(rows.len()).unwrap_or(u64::MAX) >= LINES_MAX {
            let limit = LINES_MAX;
            return Err(problem(line, LineProblem::RecordTooManyLines { limit }));
        }
        let (position, fields) = match &row {
            Ok(row) => (row.position(), row.iter().map(str::to_owned).collect()),
            Err(error) => (error.position(), Vec::new()),
        };
        line = position.map_or(line + 1, |position| line_of(&bytes, position));
        rows.push(match fields.len() == count {
            true => Ok(Row {
                line,
                columns: columns.clone(),
                fields,
            }),
            false => Err(problem(line, LineProblem::RecordColumns)),
        });
    }
    Ok(rows)
}

/// The line of what stands at `position`: the reader counts a remark or an empty line above a row as a part of the row.
fn line_of(bytes: &[u8], position: &csv::Position) -> u64 {
    let at = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = bytes.get(at..).unwrap_or_default();
    let above = rest
        .split(|byte| *byte == b'\n')
        .take_while(|text| text.starts_with(b"#") || text.trim_ascii().is_empty())
        .count();
    // At the end of the file the last piece is empty and no line.
    position
        .line()
        .saturating_add(u64::try_from(above).unwrap_or(u64::MAX))
}

/// Which field is which column, by the header.
fn columns(
    reader: &mut csv::Reader<&[u8]>,
    needed: &[&'static str],
    known: &[&'static str],
) -> Result<Columns, LineError> {
    let headers = reader
        .headers()
        .map_err(|_| problem(1, LineProblem::RecordHeader))?;
    let mut columns: Vec<(&'static str, usize)> = Vec::new();
    for (index, name) in headers.iter().enumerate() {
        // A spreadsheet may put a byte order mark before the first column.
        let name = name.trim_start_matches('\u{feff}');
        let column = needed.iter().chain(known).find(|known| **known == name);
        let column = column.filter(|column| !columns.iter().any(|(seen, _)| seen == *column));
        let Some(column) = column else {
            let value = name.to_owned();
            return Err(problem(1, LineProblem::RecordHeaderColumn { value }));
        };
        columns.push((column, index));
    }
    for column in needed {
        if !columns.iter().any(|(seen, _)| seen == column) {
            return Err(problem(1, LineProblem::RecordHeaderLacks { column }));
        }
    }
    Ok(columns.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<(u64, &'static str)> {
        match rows(text.as_bytes(), &["a", "b"], &["c"]) {
            Err(error) => vec![(error.line, error.problem.code())],
            Ok(rows) => rows
                .iter()
                .map(|row| match row {
                    Ok(row) => (row.line, "fine"),
                    Err(error) => (error.line, error.problem.code()),
                })
                .collect(),
        }
    }

    #[test]
    fn columns_stand_in_any_order_and_those_that_are_not_needed_may_be_left_out() {
        let read = rows("\u{feff}b,c,a\n1,2,3\n".as_bytes(), &["a", "b"], &["c"]).unwrap();
        let row = read[0].as_ref().unwrap();
        assert_eq!(
            (row.text("a"), row.text("b"), row.text("c")),
            ("3", "1", "2")
        );
        let read = rows("a,b\n1,\n".as_bytes(), &["a", "b"], &["c"]).unwrap();
        let row = read[0].as_ref().unwrap();
        assert_eq!(row.text("c"), "");
        assert_eq!(row.optional::<u64>("b"), Ok(None));
        assert_eq!(row.number("b").unwrap_err().code(), "record_column");
    }

    #[test]
    fn a_header_that_lacks_a_column_or_names_a_strange_one_is_refused_by_its_name() {
        assert_eq!(codes("a\n1\n"), [(1, "record_header_lacks")]);
        assert_eq!(codes("a,b,phone\n1,2,3\n"), [(1, "record_header_column")]);
        assert_eq!(codes("a,b,a\n1,2,3\n"), [(1, "record_header_column")]);
        assert_eq!(codes(""), [(1, "record_header_lacks")]);
        assert_eq!(
            codes("a,b\n1,2\n1\n# 3\n1,2,3\n4,5\n"),
            [
                (2, "fine"),
                (3, "record_columns"),
                (5, "record_columns"),
                (6, "fine")
            ]
        );
    }

    #[test]
    fn a_file_with_too_many_lines_is_refused_as_a_whole() {
        let lines = usize::try_from(LINES_MAX).unwrap();
        let text = format!("a,b\n{}", "1,2\n".repeat(lines));
        assert_eq!(
            rows(text.as_bytes(), &["a", "b"], &[]).unwrap().len(),
            lines
        );
        assert_eq!(codes(&format!("{text}1,2\n"))[0].1, "record_too_many_lines");
        let long = usize::try_from(FILE_BYTES_MAX).unwrap();
        let text = format!("a,b\n{}", " ".repeat(long));
        assert_eq!(codes(&text)[0].1, "record_file_too_long");
    }
}
