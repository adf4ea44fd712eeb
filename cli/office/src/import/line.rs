//! The lines of the five kinds of file, and what each asks of the ledger (`docs/csv.md`).
//!
//! A line stands for itself: it has a number of the office's own, and what it asks for concerns one account. Lines that ask
//! for the same (an attendance sheet, a list of grantees) are put into one transaction later, by [`super::plan`].

use std::collections::BTreeSet;
use std::io::Read;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, BudgetId, StaffId};
use ledger_core::signature::PublicKey;
use ledger_core::time::Calendar;
use ledger_core::transaction::account::OpenAccount;
use ledger_core::transaction::attendance::{Attendance, RecordCampaign, RecordTraining};
use ledger_core::transaction::service::RecordService;
use ledger_core::transaction::value::{Grant, Grantees};
use ledger_core::transaction::{Operation, Signer};
use timebank_wallet::records::sheet::{self, Row, unreadable};
use timebank_wallet::records::{LineError, LineProblem, Reading, Roster, problem};

/// What stands in the column `key` for a person without a phone.
pub const KEYLESS: &str = "keyless";

/// What a file is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// People who get an account.
    Accounts,
    /// Services recorded on paper.
    Services,
    /// Attendances at trainings.
    Training,
    /// Attendances at campaigns.
    Campaigns,
    /// Minutes granted to people of a programme.
    Grants,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 5] = [
        Kind::Accounts,
        Kind::Services,
        Kind::Training,
        Kind::Campaigns,
        Kind::Grants,
    ];

    /// Its name: in the journal, in file names and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Accounts => "accounts",
            Kind::Services => "services",
            Kind::Training => "training",
            Kind::Campaigns => "campaigns",
            Kind::Grants => "grants",
        }
    }

    /// The columns its file needs, and those it may have besides.
    pub const fn columns(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Kind::Accounts => (
                &[
                    "record_no",
                    "home",
                    "key",
                    "identity",
                    "registrar",
                    "registry",
                ],
                &["social_worker", "guardian"],
            ),
            Kind::Services => (
                &timebank_wallet::records::COLUMNS,
                &timebank_wallet::records::COLUMNS_MORE,
            ),
            Kind::Training | Kind::Campaigns => (
                &[
                    "record_no",
                    "date",
                    "start",
                    "end",
                    "minutes",
                    "district",
                    "participant",
                    "organiser",
                    "social_worker",
                ],
                &["budget"],
            ),
            Kind::Grants => (
                &[
                    "record_no",
                    "account",
                    "programme",
                    "minutes",
                    "treasurer1",
                    "treasurer2",
                ],
                &["budget", "expiry"],
            ),
        }
    }
}

/// A line that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its line in the file, counted from 1.
    pub line: u64,
    /// The office's own number.
    pub number: String,
    /// What it asks for, as if it were alone: of a list of people it names one. A service lacks its evidence commitment.
    pub operation: Operation,
    /// Who signs, by the file; who asks comes first. For a service this is completed by [`super::plan`].
    pub signers: Vec<Signer>,
    /// Who signs in the recipient's stead, by the file.
    pub clerk: Option<Signer>,
}

impl Line {
    /// By what it is known for good: its number, and in a list of people the person too.
    pub fn key(&self) -> LineKey {
        let person = match &self.operation {
            Operation::RecordTraining(it) => it.attendance.participants.first(),
            Operation::RecordCampaign(it) => it.attendance.participants.first(),
            _ => None,
        };
        LineKey {
            number: self.number.clone(),
            person: person.copied(),
        }
    }
}

/// By what a line is known for good, in all files of its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct LineKey {
    /// The office's own number.
    pub number: String,
    /// The participant, where a number stands for a whole sheet.
    pub person: Option<AccountId>,
}

/// What is needed to read a file.
#[derive(Clone, Debug)]
pub struct Ground<'r> {
    /// The office's people.
    pub roster: &'r Roster,
    /// By which dates and times become instants.
    pub calendar: Calendar,
    /// The budget line of lines that name none.
    pub budget: Option<BudgetId>,
}

/// The lines of a file: each as what it asks for, or what is wrong with it.
pub type Lines = Vec<Result<Line, LineError>>;

/// Reads a file of `kind`.
///
/// # Errors
/// When its header is not that of such a file, or it is too long.
pub fn read(kind: Kind, ground: &Ground<'_>, input: impl Read) -> Result<Lines, LineError> {
    let asked: Asked = match kind {
        Kind::Services => return Ok(without_repetitions(services(ground, input)?)),
        Kind::Accounts => |ground, row| ground.account(row),
        Kind::Training => |ground, row| ground.training(row),
        Kind::Campaigns => |ground, row| ground.campaign(row),
        Kind::Grants => |ground, row| ground.grant(row),
    };
    let (needed, known) = kind.columns();
    let rows = sheet::rows(input, needed, known)?.into_iter();
    let lines = rows.map(|row| row.and_then(|row| ground.line(&row, asked)));
    Ok(without_repetitions(lines.collect()))
}

/// What a line asks for and who signs it.
type Asked = fn(&Ground<'_>, &Row) -> Result<(Operation, Vec<Signer>), LineProblem>;

/// The later of two lines with one key is named.
fn without_repetitions(lines: Lines) -> Lines {
    let mut seen = BTreeSet::new();
    let once = lines.into_iter().map(|line| {
        let line = line?;
        let key = line.key();
        if seen.insert(key.clone()) {
            return Ok(line);
        }
        Err(problem(
            line.line,
            match key.person {
                None => LineProblem::RecordNumberTwice { value: key.number },
                Some(person) => LineProblem::RecordPersonTwice {
                    value: person.to_string(),
                },
            },
        ))
    });
    once.collect()
}

fn services(ground: &Ground<'_>, input: impl Read) -> Result<Lines, LineError> {
    let reading = Reading {
        roster: ground.roster,
        calendar: ground.calendar,
        budget: ground.budget,
    };
    let records = reading.read(input)?.into_iter();
    Ok(records
        .map(|record| {
            let record = record?;
            Ok(Line {
                line: record.line,
                number: record.number,
                signers: vec![Signer::Account(record.service.provider)],
                operation: record.service.into(),
                clerk: record.clerk,
            })
        })
        .collect())
}

impl Ground<'_> {
    fn line(&self, row: &Row, asked: Asked) -> Result<Line, LineError> {
        let wrong = |error| problem(row.line, error);
        let (operation, signers) = asked(self, row).map_err(wrong)?;
        Ok(Line {
            line: row.line,
            number: row.number("record_no").map_err(wrong)?,
            operation,
            signers,
            clerk: None,
        })
    }

    fn training(&self, row: &Row) -> Result<(Operation, Vec<Signer>), LineProblem> {
        let (attendance, signers) = self.attendance(row)?;
        Ok((RecordTraining { attendance }.into(), signers))
    }

    fn campaign(&self, row: &Row) -> Result<(Operation, Vec<Signer>), LineProblem> {
        let (attendance, signers) = self.attendance(row)?;
        Ok((RecordCampaign { attendance }.into(), signers))
    }

    /// The registrar asks. A person with a phone signs with the new key; for one without, a social worker stands in.
    fn account(&self, row: &Row) -> Result<(Operation, Vec<Signer>), LineProblem> {
        let key: Option<PublicKey> = match row.text("key") {
            KEYLESS => None,
            _ => Some(row.parse("key")?),
        };
        let guardian = match row.text("guardian") {
            "" => None,
            text => Some(self.roster.person("guardian", text)?),
        };
        let mut signers = vec![staff(row, "registrar")?, staff(row, "registry")?];
        signers.push(match key {
            Some(key) => Signer::Key(key),
            None => staff(row, "social_worker")?,
        });
        signers.extend(guardian.map(Signer::Account));
        let operation = OpenAccount {
            home: row.parse("home")?,
            key,
            identity: row.parse("identity")?,
            legal_guardian: guardian,
        };
        Ok((operation.into(), signers))
    }

    fn attendance(&self, row: &Row) -> Result<(Attendance, Vec<Signer>), LineProblem> {
        let (start_ms, end_ms) = row.interval(self.calendar)?;
        let text = row.text("organiser");
        let organiser = match text.parse::<StaffId>() {
            Ok(staff) => Signer::Staff(staff),
            Err(_) => Signer::Account(self.roster.person("organiser", text)?),
        };
        let attendance = Attendance {
            district: row.parse("district")?,
            start_ms,
            end_ms,
            participants: vec![self.roster.person("participant", row.text("participant"))?],
            minutes: Minutes(row.parse("minutes")?),
            budget: self.budget(row)?,
        };
        Ok((attendance, vec![organiser, staff(row, "social_worker")?]))
    }

    fn grant(&self, row: &Row) -> Result<(Operation, Vec<Signer>), LineProblem> {
        let operation = Grant {
            budget: self.budget(row)?,
            grantees: Grantees {
                programme: row.parse("programme")?,
                accounts: vec![self.roster.person("account", row.text("account"))?],
                minutes: Minutes(row.parse("minutes")?),
                expiry: row.optional("expiry")?,
            },
        };
        let signers = vec![staff(row, "treasurer1")?, staff(row, "treasurer2")?];
        Ok((operation.into(), signers))
    }

    fn budget(&self, row: &Row) -> Result<BudgetId, LineProblem> {
        let named: Option<BudgetId> = row.optional("budget")?;
        named
            .or(self.budget)
            .ok_or_else(|| unreadable("budget", ""))
    }
}

fn staff(row: &Row, column: &'static str) -> Result<Signer, LineProblem> {
    row.parse(column).map(Signer::Staff)
}

/// Whether `operation`, which may be for many people, asks for what `line` asks for.
pub fn covers(operation: &Operation, line: &Line) -> bool {
    let same_people = |all: &[AccountId], one: &[AccountId]| one.iter().all(|it| all.contains(it));
    let same_attendance = |all: &Attendance, one: &Attendance| {
        let terms = Attendance {
            participants: one.participants.clone(),
            ..all.clone()
        };
        terms == *one && same_people(&all.participants, &one.participants)
    };
    match (operation, &line.operation) {
        (Operation::RecordService(made), Operation::RecordService(asked)) => {
            let without_evidence = RecordService {
                evidence: Hash::ZERO,
                ..made.clone()
            };
            without_evidence == *asked
        }
        (Operation::RecordTraining(made), Operation::RecordTraining(asked)) => {
            same_attendance(&made.attendance, &asked.attendance)
        }
        (Operation::RecordCampaign(made), Operation::RecordCampaign(asked)) => {
            same_attendance(&made.attendance, &asked.attendance)
        }
        (Operation::Grant(made), Operation::Grant(asked)) => {
            let (all, one) = (&made.grantees, &asked.grantees);
            let terms = Grantees {
                accounts: one.accounts.clone(),
                ..all.clone()
            };
            made.budget == asked.budget
                && terms == *one
                && same_people(&all.accounts, &one.accounts)
        }
        (made, asked) => made == asked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: AccountId = AccountId([1; 20]);
    const BO: AccountId = AccountId([2; 20]);

    fn lines(kind: Kind, text: &str) -> Vec<Result<Line, (u64, &'static str)>> {
        let mut roster = Roster::default();
        roster.add("V1".to_owned(), ANNA);
        roster.add("V2".to_owned(), BO);
        let ground = Ground {
            roster: &roster,
            calendar: Calendar::CHINA,
            budget: Some(BudgetId([9; 20])),
        };
        let lines = read(kind, &ground, text.as_bytes()).unwrap().into_iter();
        lines
            .map(|line| line.map_err(|error| (error.line, error.problem.code())))
            .collect()
    }

    #[test]
    fn an_account_is_opened_with_a_key_or_for_a_person_without_a_phone() {
        let key = ledger_core::signature::SecretKey::from_seed(&[5; 32]).public_key();
        let text = format!(
            "record_no,home,key,identity,registrar,registry,social_worker,guardian\n\
             A1,320102005,{key},{0},320102005/1,320100/2,,\n\
             A2,320102005,keyless,{0},320102005/1,320100/2,320102005/2,\n\
             A3,320102005,keyless,{0},320102005/1,320100/2,,\n\
             A4,320102005,{key},{0},320102005/1,320100/2,,V1\n\
             A5,320102005,abc,{0},320102005/1,320100/2,,\n\
             A1,320102005,keyless,{0},320102005/1,320100/2,320102005/2,\n",
            Hash([3; 32])
        );
        let lines = lines(Kind::Accounts, &text);
        let signers = |index: usize| {
            let line: &Line = lines[index].as_ref().unwrap();
            line.signers.clone()
        };
        let staff = |text: &str| Signer::Staff(text.parse().unwrap());
        let offices = [staff("320102005/1"), staff("320100/2")];
        assert_eq!(signers(0), [offices[0], offices[1], Signer::Key(key)]);
        let social = staff("320102005/2");
        assert_eq!(signers(1), [offices[0], offices[1], social]);
        assert_eq!(lines[2].clone().unwrap_err(), (4, "record_column"));
        assert_eq!(signers(3)[3], Signer::Account(ANNA));
        assert_eq!(lines[4].clone().unwrap_err(), (6, "record_column"));
        assert_eq!(lines[5].clone().unwrap_err(), (7, "record_number_twice"));
    }

    #[test]
    fn a_sheet_names_each_participant_once() {
        let text = "record_no,date,start,end,minutes,district,participant,organiser,social_worker\n\
                    T1,2026-11-02,09:00,10:00,60,320102,V1,V2,320102005/2\n\
                    T1,2026-11-02,09:00,10:00,60,320102,V1,V2,320102005/2\n\
                    T2,2026-11-02,09:00,10:00,60,320102,V1,320102005/1,320102005/2\n\
                    T2,2026-11-02,09:00,10:00,60,320102,V2,nobody,320102005/2\n";
        let lines = lines(Kind::Training, text);
        let first = lines[0].clone().unwrap();
        assert_eq!(first.key().person, Some(ANNA));
        assert_eq!(first.signers[0], Signer::Account(BO));
        assert_eq!(lines[1].clone().unwrap_err(), (3, "record_person_twice"));
        assert!(matches!(
            lines[2].clone().unwrap().signers[0],
            Signer::Staff(_)
        ));
        assert_eq!(lines[3].clone().unwrap_err(), (5, "record_person"));
    }

    #[test]
    fn a_transaction_for_many_covers_each_line_that_asks_for_the_same() {
        let text = "record_no,account,programme,minutes,treasurer1,treasurer2,expiry\n\
                    G1,V1,P07,60,320100/3,320100/4,\n\
                    G2,V2,P07,60,320100/3,320100/4,\n\
                    G3,V2,P07,90,320100/3,320100/4,2027-12-31\n";
        let lines: Vec<Line> = lines(Kind::Grants, text)
            .into_iter()
            .map(Result::unwrap)
            .collect();
        let Operation::Grant(mut both) = lines[0].operation.clone() else {
            panic!("a grant");
        };
        both.grantees.accounts.push(BO);
        let both = Operation::Grant(both);
        assert!(covers(&both, &lines[0]) && covers(&both, &lines[1]));
        assert!(!covers(&both, &lines[2]));
        assert!(!covers(&lines[0].operation, &lines[1]));
    }
}
