//! Files of offices: paper records, rosters and lists of people, as spreadsheets write them.

use std::collections::BTreeSet;

use ledger_core::id::{AccountId, BudgetId};
use ledger_core::time::Calendar;
use timebank_wallet::people;
use timebank_wallet::records::{COLUMNS, LineError, Reading, Roster};

use super::{Allowance, Outcome, Target};

/// The target.
pub static TARGET: Target = Target {
    name: "list",
    run,
    samples,
    length_max: 32 * 1024,
    inputs: 1_500,
    allowance: Allowance {
        // A line that is wrong becomes a problem that repeats what it says; one of a byte has the columns counted.
        bytes_per_byte: 320,
        bytes: 128 * 1024,
    },
};

fn roster() -> Roster {
    let mut roster = Roster::default();
    for (number, person) in [("E1", 1), ("V1", 2), ("V2", 3)] {
        roster.add(number.to_owned(), AccountId([person; 20]));
    }
    roster
}

fn check(error: &LineError) {
    assert!(error.line >= 1);
    assert!(!error.problem.code().is_empty());
    let details = serde_json::to_value(error).expect("a problem has text keys only");
    assert_eq!(details["code"], error.problem.code());
}

/// Reads `data` as a byte that says what it is, and a file.
pub fn run(data: &[u8]) -> Outcome {
    let Some((kind, text)) = data.split_first() else {
        return Outcome::Refused;
    };
    let taken = match kind {
        0 => read_records(text),
        1 => Roster::read(text).map(|_| ()),
        2 => people::read(text, &roster()).map(|people| {
            let distinct: BTreeSet<_> = people.iter().collect();
            assert_eq!(distinct.len(), people.len());
        }),
        _ => return Outcome::Refused,
    };
    match taken {
        Ok(()) => Outcome::Taken,
        Err(error) => {
            check(&error);
            Outcome::Refused
        }
    }
}

/// Numbers are there once, and lines in order.
fn read_records(text: &[u8]) -> Result<(), LineError> {
    let roster = roster();
    let reading = Reading {
        roster: &roster,
        calendar: Calendar::CHINA,
        budget: Some(BudgetId([9; 20])),
    };
    let mut numbers = BTreeSet::new();
    let mut line = 0;
    for record in reading.read(text)? {
        let at = match record {
            Ok(record) => {
                assert!(numbers.insert(record.number.clone()));
                assert!(record.service.start_ms <= record.service.end_ms);
                record.line
            }
            Err(error) => {
                check(&error);
                error.line
            }
        };
        assert!(at >= line, "line {at} after line {line}");
        line = at;
    }
    Ok(())
}

/// Files as `docs/csv.md` describes them, with what spreadsheets do to them.
pub fn samples() -> Vec<Vec<u8>> {
    let header = COLUMNS.join(",");
    let rows = "1,2026-11-02,09:30,10:30,60,S01,320102,E1,V1,320102001/3,budget\r\n\
                # a remark\n\
                \"2\",2026-11-02,23:30,00:30,60,S01,320102,E1,V1,320102001/3,kin:V1\n\
                3, 2026-11-03 ,\"11:30\",12:30,60,S02,320102,E1,V2,320102001/3,recipient\n\
                4,2026-11-31,xx,\n";
    let person = AccountId([7; 20]);
    [
        format!("\0{header}\n{rows}"),
        format!("\0\u{feff}{header}\r\n"),
        format!(
            "\x01number,account\nE1,{person}\nE2,{}\n",
            AccountId([8; 20])
        ),
        format!("\x02\u{feff}account\n# the first row\n{person}\nV1\n"),
        "\x02V1\r\nV2".to_owned(),
        "\x02".to_owned(),
    ]
    .map(String::into_bytes)
    .to_vec()
}
