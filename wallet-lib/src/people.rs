//! Lists of people: CSV files that name one person a line, for grants, trainings, campaigns and groups.
//!
//! A line is an account id, or a number of the office's roster. A first line `account` or `number` is a heading; lines that
//! begin with `#` are comments. What always holds: a list names nobody twice, and the first line that cannot be used is named.

use std::collections::BTreeSet;
use std::io::Read;

use ledger_core::id::AccountId;

use crate::records::{FILE_BYTES_MAX, LineError, LineProblem, Roster};

/// Headings a list may begin with.
const HEADINGS: [&str; 2] = ["account", "number"];

/// Reads a list, in its order.
///
/// # Errors
/// For the first line that cannot be used.
pub fn read(input: impl Read, roster: &Roster) -> Result<Vec<AccountId>, LineError> {
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .flexible(true)
        .has_headers(false)
        .comment(Some(b'#'))
        .from_reader(input.take(FILE_BYTES_MAX));
    let mut seen = BTreeSet::new();
    let mut people = Vec::new();
    for (index, row) in reader.records().enumerate() {
        let row = row.map_err(|error| LineError {
            line: error.position().map_or(1, csv::Position::line),
            problem: LineProblem::RecordColumns,
        })?;
        let line = row.position().map_or(1, csv::Position::line);
        let wrong = |problem| LineError { line, problem };
        let [text] = row.iter().collect::<Vec<&str>>()[..] else {
            return Err(wrong(LineProblem::RecordColumns));
        };
        // A spreadsheet may put a byte order mark before the first column.
        let text = text.trim_start_matches('\u{feff}');
        if index == 0 && HEADINGS.contains(&text) {
            continue;
        }
        let value = || text.to_owned();
        let person = roster.account(text).ok_or_else(|| {
            wrong(LineProblem::RecordPerson {
                column: "account",
                value: value(),
            })
        })?;
        if !seen.insert(person) {
            return Err(wrong(LineProblem::RecordPersonTwice { value: value() }));
        }
        people.push(person);
    }
    Ok(people)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEN: AccountId = AccountId([1; 20]);
    const LI: AccountId = AccountId([2; 20]);

    fn list(text: &str) -> Result<Vec<AccountId>, LineError> {
        let mut roster = Roster::default();
        roster.add("V1".to_owned(), CHEN);
        read(text.as_bytes(), &roster)
    }

    #[test]
    fn people_are_read_by_id_or_by_roster_number_in_the_order_of_the_file() {
        let text = format!("\u{feff}account\n# the first row\n{LI}\nV1\n");
        assert_eq!(list(&text), Ok(vec![LI, CHEN]));
        assert_eq!(list("V1\r\n"), Ok(vec![CHEN]));
        assert_eq!(list(""), Ok(Vec::new()));
    }

    #[test]
    fn the_line_of_a_stranger_and_of_a_repetition_is_named() {
        let stranger = list("V1\nV9\n").unwrap_err();
        assert_eq!(stranger.line, 2);
        assert!(matches!(stranger.problem, LineProblem::RecordPerson { .. }));
        let twice = list(&format!("V1\n{CHEN}\n")).unwrap_err();
        assert_eq!(
            (twice.line, twice.problem.code()),
            (2, "record_person_twice")
        );
        let columns = list("V1,V2\n").unwrap_err();
        assert_eq!(columns.problem, LineProblem::RecordColumns);
    }
}
