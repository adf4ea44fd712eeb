//! Paper records: the CSV file a street office keeps of services, and its roster of people (`docs/csv.md`).
//!
//! Every line is read by itself: one that cannot be used is named by its number with what is wrong, and the others are
//! still offered. Nothing of a roster goes to the ledger.

pub mod sheet;

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, BudgetId, OrderId, OrganisationId, ServiceCode, StaffId};
use ledger_core::record::order::Payer;
use ledger_core::time::Calendar;
use ledger_core::transaction::Signer;
use ledger_core::transaction::service::RecordService;
use serde::Serialize;

use crate::commitment::Salt;
use crate::error::Error;
use sheet::{Row, unreadable};

/// The most lines of one file.
pub const LINES_MAX: u64 = 100_000;
/// The longest file, in bytes.
pub const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The columns a record file needs.
pub const COLUMNS: [&str; 11] = [
    "record_no",
    "date",
    "start",
    "end",
    "minutes",
    "service",
    "district",
    "recipient",
    "provider",
    "social_worker",
    "payer",
];
/// The columns a record file may have besides: the member who served for a group, and who signs in the recipient's stead.
pub const COLUMNS_MORE: [&str; 2] = ["member", "clerk"];

/// One paper record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperRecord {
    /// Its line in the file, counted from 1.
    pub line: u64,
    /// The office's own number for it.
    pub number: String,
    /// Who is to verify it.
    pub social_worker: StaffId,
    /// Who signs in the recipient's stead, a clerk or another proxy.
    pub clerk: Option<Signer>,
    /// What is asked of the ledger, but for the evidence commitment.
    pub service: RecordService,
}

/// A line that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("line {line}: {}", self.problem.code())]
pub struct LineError {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong.
    #[serde(flatten)]
    pub problem: LineProblem,
}

/// What is wrong with a line. The codes are stable; people read a message catalogue's sentence under them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum LineProblem {
    /// The first line is not the header, or the file cannot be read at all.
    RecordHeader,
    /// The header lacks a column.
    RecordHeaderLacks {
        /// Which.
        column: &'static str,
    },
    /// The header names a column twice, or one that is not known.
    RecordHeaderColumn {
        /// Which.
        value: String,
    },
    /// The file is too long.
    RecordFileTooLong {
        /// The most bytes it may have.
        limit: u64,
    },
    /// The file has too many lines.
    RecordTooManyLines {
        /// How many it may have.
        limit: u64,
    },
    /// Too few or too many columns, or quotes that do not end.
    RecordColumns,
    /// A column cannot be read.
    RecordColumn {
        /// Which.
        column: &'static str,
        /// What it says.
        value: String,
    },
    /// A person is not in the roster.
    RecordPerson {
        /// Which column.
        column: &'static str,
        /// What it says.
        value: String,
    },
    /// The service ends before it begins.
    RecordTimes,
    /// Another line has this number.
    RecordNumberTwice {
        /// The number.
        value: String,
    },
    /// Another line names this person.
    RecordPersonTwice {
        /// What it says.
        value: String,
    },
}

impl LineProblem {
    /// Every code with the names of its fields.
    pub const FIELDS: &'static [(&'static str, &'static [&'static str])] = &[
        ("record_header", &["line"]),
        ("record_header_lacks", &["line", "column"]),
        ("record_header_column", &["line", "value"]),
        ("record_file_too_long", &["line", "limit"]),
        ("record_too_many_lines", &["line", "limit"]),
        ("record_columns", &["line"]),
        ("record_column", &["line", "column", "value"]),
        ("record_person", &["line", "column", "value"]),
        ("record_times", &["line"]),
        ("record_number_twice", &["line", "value"]),
        ("record_person_twice", &["line", "value"]),
    ];

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            LineProblem::RecordHeader => "record_header",
            LineProblem::RecordHeaderLacks { .. } => "record_header_lacks",
            LineProblem::RecordHeaderColumn { .. } => "record_header_column",
            LineProblem::RecordFileTooLong { .. } => "record_file_too_long",
            LineProblem::RecordTooManyLines { .. } => "record_too_many_lines",
            LineProblem::RecordColumns => "record_columns",
            LineProblem::RecordColumn { .. } => "record_column",
            LineProblem::RecordPerson { .. } => "record_person",
            LineProblem::RecordTimes => "record_times",
            LineProblem::RecordNumberTwice { .. } => "record_number_twice",
            LineProblem::RecordPersonTwice { .. } => "record_person_twice",
        }
    }
}

/// The office's own numbers for people, and their accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    accounts: BTreeMap<String, AccountId>,
}

impl Roster {
    /// Reads a roster: CSV with the columns `number,account`.
    ///
    /// # Errors
    /// For the first line that cannot be used.
    pub fn read(input: impl Read) -> Result<Roster, LineError> {
        let mut roster = Roster::default();
        for row in sheet::rows(input, &["number", "account"], &[])? {
            let row = row?;
            let line = row.line;
            let number = row.text("number").to_owned();
            let id = row.parse("account").map_err(|error| problem(line, error))?;
            if roster.accounts.insert(number.clone(), id).is_some() {
                return Err(problem(
                    line,
                    LineProblem::RecordNumberTwice { value: number },
                ));
            }
        }
        Ok(roster)
    }

    /// Adds a person.
    pub fn add(&mut self, number: String, account: AccountId) {
        self.accounts.insert(number, account);
    }

    /// The account `text` names: an office's number, or an account id itself.
    pub fn account(&self, text: &str) -> Option<AccountId> {
        self.accounts
            .get(text)
            .copied()
            .or_else(|| text.parse().ok())
    }

    /// The account that `text`, which stands in `column`, names.
    ///
    /// # Errors
    /// When it names none.
    pub fn person(&self, column: &'static str, text: &str) -> Result<AccountId, LineProblem> {
        let unknown = || LineProblem::RecordPerson {
            column,
            value: text.to_owned(),
        };
        self.account(text).ok_or_else(unknown)
    }
}

/// What is needed to read a record file.
#[derive(Clone, Debug)]
pub struct Reading<'r> {
    /// The office's people.
    pub roster: &'r Roster,
    /// By which dates and times become instants.
    pub calendar: Calendar,
    /// The budget line a payer of `budget` means.
    pub budget: Option<BudgetId>,
}

impl Reading<'_> {
    /// Reads a record file: each line as a record, or what is wrong with it.
    ///
    /// # Errors
    /// When the header is not that of a record file.
    pub fn read(&self, input: impl Read) -> Result<Vec<Result<PaperRecord, LineError>>, LineError> {
        let mut seen = std::collections::BTreeSet::new();
        let read = sheet::rows(input, &COLUMNS, &COLUMNS_MORE)?
            .into_iter()
            .map(|row| {
                let row = row?;
                let wrong = |error| problem(row.line, error);
                let record = self.record(&row).map_err(wrong)?;
                if seen.insert(record.number.clone()) {
                    Ok(record)
                } else {
                    let value = record.number;
                    Err(wrong(LineProblem::RecordNumberTwice { value }))
                }
            });
        Ok(read.collect())
    }

    fn record(&self, row: &Row) -> Result<PaperRecord, LineProblem> {
        let (start_ms, end_ms) = row.interval(self.calendar)?;
        let member = match row.text("member") {
            "" => None,
            text => Some(self.person("member", text)?),
        };
        Ok(PaperRecord {
            line: row.line,
            number: row.number("record_no")?,
            social_worker: row.parse::<StaffId>("social_worker")?,
            clerk: row.optional("clerk")?,
            service: RecordService {
                recipient: self.person("recipient", row.text("recipient"))?,
                provider: self.person("provider", row.text("provider"))?,
                service: row.parse::<ServiceCode>("service")?,
                district: row.parse::<OrganisationId>("district")?,
                start_ms,
                end_ms,
                minutes: Minutes(row.parse("minutes")?),
                payer: self.payer(row.text("payer"))?,
                evidence: Hash::ZERO,
                member,
            },
        })
    }

    fn person(&self, column: &'static str, text: &str) -> Result<AccountId, LineProblem> {
        self.roster.person(column, text)
    }

    fn payer(&self, text: &str) -> Result<Payer, LineProblem> {
        match text.split_once(':') {
            None if text == "recipient" => Ok(Payer::Recipient),
            None if text == "budget" => self
                .budget
                .map(Payer::Budget)
                .ok_or_else(|| unreadable("payer", text)),
            Some(("budget", line)) => line
                .parse()
                .map(Payer::Budget)
                .map_err(|_| unreadable("payer", text)),
            Some(("kin", person)) => self.person("payer", person).map(Payer::Kin),
            _ => Err(unreadable("payer", text)),
        }
    }
}

/// A line of an office's vault: the record's number, the order it becomes, and the salt of its evidence commitment.
pub fn vault_line(number: &str, order: OrderId, salt: &Salt) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fields = [number, &order.to_string(), &hex::encode(salt.0)];
    writer
        .write_record(fields)
        .and_then(|()| writer.flush().map_err(csv::Error::from))
        .expect("writing to memory cannot fail");
    let bytes = writer
        .into_inner()
        .expect("everything has been written to memory");
    String::from_utf8(bytes).expect("CSV of text is text")
}

/// Adds `lines` to the vault file at `path`, which only its owner can read, and syncs them.
///
/// # Errors
/// When the file cannot be written.
pub fn add_to_vault(path: &Path, lines: &str) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
        .open(path)
        .and_then(|mut file| {
            file.write_all(lines.as_bytes())?;
            file.sync_all()
        })
        .map_err(|error| Error::FileUnwritable {
            path: path.to_owned(),
            reason: error.to_string(),
        })
}

/// That something is wrong with a line.
pub const fn problem(line: u64, problem: LineProblem) -> LineError {
    LineError { line, problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger_core::time::MINUTE_MS;

    const ELDER: AccountId = AccountId([1; 20]);
    const VOLUNTEER: AccountId = AccountId([2; 20]);

    fn read(lines: &str) -> Vec<Result<PaperRecord, LineError>> {
        let mut roster = Roster::default();
        roster.add("E1".to_owned(), ELDER);
        roster.add("V1".to_owned(), VOLUNTEER);
        let budget = Some(BudgetId([3; 20]));
        let reading = Reading {
            roster: &roster,
            calendar: Calendar::CHINA,
            budget,
        };
        reading
            .read(format!("{}\n{lines}", COLUMNS.join(",")).as_bytes())
            .unwrap()
    }

    #[test]
    fn a_record_is_read_and_one_after_midnight_ends_the_next_day() {
        let records = read(
            "1,2026-11-02,09:30,10:30,60,S01,320102,E1,V1,320102001/3,budget\n\
             2,2026-11-02,23:30,00:30,60,S01,320102,E1,V1,320102001/3,kin:V1\n",
        );
        let first = records[0].clone().unwrap();
        assert_eq!(
            (first.line, first.service.recipient, first.service.provider),
            (2, ELDER, VOLUNTEER)
        );
        assert_eq!(first.service.payer, Payer::Budget(BudgetId([3; 20])));
        let day = Calendar::CHINA.start_of("2026-11-02".parse().unwrap());
        assert_eq!(first.service.start_ms.since_ms(day), 570 * MINUTE_MS);
        let second = records[1].clone().unwrap().service;
        assert_eq!(second.end_ms.since_ms(second.start_ms), 60 * MINUTE_MS);
        assert_eq!(second.payer, Payer::Kin(VOLUNTEER));
    }

    #[test]
    fn a_group_s_record_names_the_member_who_served_and_a_clerk_may_sign_for_the_recipient() {
        let mut roster = Roster::default();
        roster.add("E1".to_owned(), ELDER);
        roster.add("V1".to_owned(), VOLUNTEER);
        let reading = Reading {
            roster: &roster,
            calendar: Calendar::CHINA,
            budget: None,
        };
        let group = AccountId([4; 20]);
        let text = format!(
            "{},member,clerk\n\
             1,2026-11-02,09:30,10:30,60,S01,320102,E1,{group},320102001/3,recipient,V1,320102001/4\n\
             2,2026-11-02,09:30,10:30,60,S01,320102,E1,V1,320102001/3,recipient,,\n\
             3,2026-11-02,09:30,10:30,60,S01,320102,E1,{group},320102001/3,recipient,V9,\n",
            COLUMNS.join(",")
        );
        let records = reading.read(text.as_bytes()).unwrap();
        let first = records[0].clone().unwrap();
        assert_eq!(first.service.member, Some(VOLUNTEER));
        assert_eq!(first.clerk, Some("320102001/4".parse().unwrap()));
        let second = records[1].clone().unwrap();
        assert_eq!((second.service.member, second.clerk), (None, None));
        assert_eq!(
            records[2].clone().unwrap_err().problem.code(),
            "record_person"
        );
    }

    #[test]
    fn a_bad_line_is_named_and_the_others_are_offered() {
        let records = read(
            "1,2026-11-02,09:30,10:30,60,S01,320102,E1,V1,320102001/3,budget\n\
             2,2026-11-31,09:30,10:30,60,S01,320102,E1,V1,320102001/3,budget\n\
             3,2026-11-02,09:30\n\
             4,2026-11-02,09:30,10:30,60,S01,320102,E9,V1,320102001/3,budget\n\
             5,2026-11-02,09:30,09:30,60,S01,320102,E1,V1,320102001/3,budget\n\
             1,2026-11-02,11:30,12:30,60,S01,320102,E1,V1,320102001/3,budget\n\
             7,2026-11-02,11:30,12:30,60,S01,320102,E1,V1,320102001/3,cash\n\
             8,2026-11-02,13:30,14:30,60,S01,320102,E1,V1,320102001/3,recipient\n",
        );
        let codes: Vec<_> = records
            .iter()
            .map(|record| match record {
                Ok(record) => (record.line, "fine"),
                Err(error) => (error.line, error.problem.code()),
            })
            .collect();
        assert_eq!(
            codes,
            [
                (2, "fine"),
                (3, "record_column"),
                (4, "record_columns"),
                (5, "record_person"),
                (6, "record_times"),
                (7, "record_number_twice"),
                (8, "record_column"),
                (9, "fine"),
            ]
        );
    }

    #[test]
    fn a_file_with_another_header_is_refused() {
        let roster = Roster::default();
        let reading = Reading {
            roster: &roster,
            calendar: Calendar::CHINA,
            budget: None,
        };
        let error = reading.read("name,phone\n".as_bytes()).unwrap_err();
        let value = "name".to_owned();
        assert_eq!(error.problem, LineProblem::RecordHeaderColumn { value });
        assert_eq!(
            Roster::read("number,account\nE1,nobody\n".as_bytes())
                .unwrap_err()
                .line,
            2
        );
    }
}
