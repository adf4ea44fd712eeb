//! The plug is pulled at every step of an import, before, in the middle of and after what the step does; the next import goes
//! on. Every good line is on the ledger once, every bad one is named.

use std::collections::BTreeSet;

use ledger_core::hash::Hash;
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::time::HOUR_MS;
use ledger_core::transaction::Operation;

use super::city::{Left, Office, Plug, states};
use crate::import::journal::{Journal, JournalError};
use crate::import::{Kind, Mode, Report};

/// The first day of the trial city is 2026-11-22.
const SERVICES: &str = "record_no,date,start,end,minutes,service,district,recipient,provider,social_worker,payer\n\
    1,2026-11-20,09:00,10:00,60,S01,320102,mother,li,320102005/2,budget\n\
    2,2026-11-20,9h,10:00,60,S01,320102,mother,li,320102005/2,budget\n\
    3,2026-11-20,09:30,10:30,60,S01,320102,mother,li,320102005/2,budget\n\
    4,2026-11-20,10:00,11:00,60,S01,320102,mother,li,320102005/2,budget\n\
    5,2026-11-20,09:00,10:00,60,S01,320102,mother,chen,320102005/2,budget\n\
    6,2026-11-21,09:00,10:00,60,S01,320102,mother,chen,320102005/2,budget\n";
const TRAINING: &str = "record_no,date,start,end,minutes,district,participant,organiser,social_worker\n\
    T1,2026-11-20,09:00,10:00,60,320102,chen,320102005/3,320102005/2\n\
    T1,2026-11-20,09:00,10:00,60,320102,li,320102005/3,320102005/2\n\
    T2,2026-11-20,09:30,10:30,60,320102,chen,320102005/3,320102005/2\n\
    T2,2026-11-20,09:30,10:30,60,320102,mother,320102005/3,320102005/2\n\
    T3,2026-11-21,09:30,10:30,60,320102,mother,320102005/3,320102005/2\n\
    T3,2026-11-21,09:30,10:30,60,320102,nobody,320102005/3,320102005/2\n\
    T4,2026-11-21,14:00,15:00,60,320102,li,320102005/3,320102005/2\n";
const GRANTS: &str = "record_no,account,programme,minutes,treasurer1,treasurer2\n\
    G1,chen,P07,60,320100/3,320100/4\n\
    G2,mother,P07,60,320100/3,320100/4\n\
    G3,li,P07,60,320100/3,320100/4\n\
    G4,chen,P07,90,320100/3,320100/4\n\
    G5,mother,P07,0,320100/3,320100/4\n\
    G6,mother,P07,ten,320100/3,320100/4\n\
    G7,chen,P07,60,320100/3,320100/4\n";

fn accounts() -> String {
    let mut text = "record_no,home,key,identity,registrar,registry,social_worker\n".to_owned();
    let staff = "320102005/1,320100/2";
    let lines = [
        ("A1", "320102005", 1, "320102005/2"),
        ("A2", "320102005", 2, "320102005/2"),
        ("A3", "320102005", 1, "320102005/2"),
        ("A4", "320102", 4, "320102005/2"),
        ("A5", "320102005", 5, ""),
        ("A6", "320102005", 6, "320102005/2"),
    ];
    for (number, home, identity, social) in lines {
        let identity = Hash([identity; 32]);
        text.push_str(&format!(
            "{number},{home},keyless,{identity},{staff},{social}\n"
        ));
    }
    text
}

/// A file, the budget line it needs, and the lines of it that cannot be on the ledger with why.
struct Case {
    kind: Kind,
    text: String,
    purpose: BudgetPurpose,
    minutes: u64,
    bad: &'static [(u64, &'static str)],
    /// How many transactions the good lines become.
    transactions: usize,
}

fn cases() -> [Case; 5] {
    let case = |kind, text: String, purpose, minutes, bad, transactions| Case {
        kind,
        text,
        purpose,
        minutes,
        bad,
        transactions,
    };
    let sheets: &[(u64, &str)] = &[(4, "service_overlaps"), (7, "record_person")];
    [
        case(
            Kind::Accounts,
            accounts(),
            BudgetPurpose::Service,
            60,
            &[
                (4, "identity_taken"),
                (5, "home_not_a_street"),
                (6, "record_column"),
            ],
            3,
        ),
        case(
            Kind::Services,
            SERVICES.to_owned(),
            BudgetPurpose::Service,
            6_000,
            &[(3, "record_column"), (4, "service_overlaps")],
            4,
        ),
        case(
            Kind::Training,
            TRAINING.to_owned(),
            BudgetPurpose::Training,
            600,
            sheets,
            4,
        ),
        case(
            Kind::Campaigns,
            TRAINING.to_owned(),
            BudgetPurpose::Campaign,
            600,
            sheets,
            4,
        ),
        case(
            Kind::Grants,
            GRANTS.to_owned(),
            BudgetPurpose::Grant,
            600,
            &[
                (4, "programme_missing"),
                (6, "minutes_zero"),
                (7, "record_column"),
            ],
            3,
        ),
    ]
}

fn office(case: &Case) -> Office {
    let office = Office::new(case.purpose, case.minutes);
    office.enrol(&["chen", "mother"]);
    office
}

/// Whether every line ended as it should; none is left for later.
fn check(case: &Case, office: &Office, report: &Report, of: &str) {
    for (line, state, code) in states(report) {
        match case.bad.iter().find(|(bad, _)| *bad == line) {
            Some((_, why)) => assert_eq!(code, *why, "{of}: line {line}"),
            None => assert!(
                matches!(state, "applied" | "before"),
                "{of}: line {line} is {state}: {code}"
            ),
        }
    }
    let operations = office.on_ledger(case.kind);
    assert_eq!(operations.len(), case.transactions, "{of}: {operations:?}");
    let mut people = BTreeSet::new();
    for operation in &operations {
        let people_once = match operation {
            Operation::RecordService(it) => people.insert((it.provider, it.start_ms.0)),
            Operation::OpenAccount(it) => {
                let mut id = [0; 20];
                id.copy_from_slice(&it.identity.0[..20]);
                people.insert((ledger_core::id::AccountId(id), 0))
            }
            Operation::RecordTraining(it) => it
                .attendance
                .participants
                .iter()
                .all(|person| people.insert((*person, it.attendance.start_ms.0))),
            Operation::RecordCampaign(it) => it
                .attendance
                .participants
                .iter()
                .all(|person| people.insert((*person, it.attendance.start_ms.0))),
            _ => true,
        };
        assert!(people_once, "{of}: {operation:?} is there twice");
    }
    let good = report.lines.len() - case.bad.len();
    let listed: usize = operations.iter().map(|it| it.listed().max(1)).sum();
    assert_eq!(listed, good, "{of}: as many as there are good lines");
}

#[test]
fn whatever_step_an_import_is_killed_at_the_next_one_posts_every_good_line_once() {
    let mut table = Vec::new();
    for case in cases() {
        let whole = office(&case);
        let plug = Plug::never();
        let report = whole
            .import(case.kind, &case.text, Mode::CarryOut, &plug)
            .unwrap();
        check(&case, &whole, &report, case.kind.name());
        let steps = plug.log();
        table.push((case.kind.name(), steps.join("; ")));
        for (step, name) in steps.iter().enumerate() {
            for left in [Left::Nothing, Left::Half, Left::All] {
                let of = format!(
                    "{} killed at {step} ({}), {left:?} left",
                    case.kind.name(),
                    name
                );
                let office = office(&case);
                let plug = Plug::pulled_at(step, left);
                let killed = office.import(case.kind, &case.text, Mode::CarryOut, &plug);
                assert!(killed.is_err(), "{of}: {killed:?}");
                let report = office.imported(case.kind, &case.text);
                check(&case, &office, &report, &of);
                if left != Left::All {
                    continue;
                }
                let again = office.imported(case.kind, &case.text);
                check(&case, &office, &again, &of);
                let good = |state: &str| states(&again).iter().filter(|it| it.1 == state).count();
                assert_eq!(
                    good("applied"),
                    0,
                    "{of}: nothing is left for a third import"
                );
            }
        }
    }
    let services = &table[1].1;
    assert_eq!(
        services,
        "append salts.csv; append journal; append journal; submit; submit; append journal; replace result.csv",
        "the steps at which an import of services can be killed (docs/csv.md)"
    );
}

#[test]
fn a_journal_of_which_a_crash_left_any_part_opens_and_one_altered_in_its_middle_does_not() {
    let case = &cases()[1];
    let office = office(case);
    office.imported(case.kind, &case.text);
    let whole = office.disk.bytes("journal");
    let plug = Plug::never();
    let open = |bytes: &[u8]| {
        office.disk.put("journal", bytes.to_vec());
        let files = super::city::Wired {
            disk: office.disk.clone(),
            plug: plug.clone(),
        };
        let chain_id = timebank_wallet::trial::genesis().chain_id();
        Journal::open(&files, "journal".as_ref(), chain_id).map(|_| ())
    };
    for length in 0..=whole.len() {
        assert!(open(&whole[..length]).is_ok(), "{length} bytes");
    }
    // The first frame ends where its length says; what is altered up to there is damage, not a crash.
    let length = u32::from_le_bytes(whole[8..12].try_into().unwrap());
    let first = 8 + 16 + usize::try_from(length).unwrap();
    assert!(first < whole.len());
    for at in 0..first {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        assert!(
            matches!(open(&altered), Err(JournalError::Damaged { .. })),
            "byte {at}"
        );
    }
    let mut lengthened = whole.clone();
    lengthened.extend([0; 100]);
    open(&lengthened).unwrap();
    assert_eq!(office.disk.bytes("journal"), whole);
    assert!(open(b"record_no,date\n1,2026-11-20\n").is_err());
}

#[test]
fn a_transaction_whose_time_ran_out_is_made_again_only_when_the_blocks_do_not_have_it() {
    let case = &cases()[4];
    // Killed with the answer lost: the grants are on the ledger and the journal does not say so.
    let mut office = office(case);
    office.valid_for_ms = HOUR_MS;
    let submitted = 2;
    let plug = Plug::pulled_at(submitted, Left::All);
    assert!(
        office
            .import(case.kind, &case.text, Mode::CarryOut, &plug)
            .is_err()
    );
    let before = office.on_ledger(case.kind).len();
    assert!(before > 0);
    office.city.pass_days(2);
    // Without the blocks nobody can tell, and nothing is posted.
    office.booked = false;
    let report = office.imported(case.kind, &case.text);
    let unclear = states(&report)
        .iter()
        .filter(|it| it.1 == "unclear")
        .count();
    assert!(unclear > 0, "{report:?}");
    assert_eq!(office.on_ledger(case.kind).len(), before);
    office.booked = true;
    let report = office.imported(case.kind, &case.text);
    check(case, &office, &report, "after the time ran out");
}

#[test]
fn a_line_that_was_mended_after_a_dry_run_refused_it_goes_ahead_at_once() {
    let case = &cases()[4];
    let office = office(case);
    office.imported(case.kind, &case.text);
    office.enrol(&["li"]);
    let mended = case.text.replace("P07,0,", "P07,30,").replace("ten", "10");
    let report = office.imported(case.kind, &mended);
    let states: Vec<&str> = states(&report).iter().map(|it| it.1).collect();
    assert_eq!(
        states,
        [
            "before", "before", "applied", "before", "applied", "applied", "before"
        ]
    );
    assert_eq!(
        office
            .on_ledger(case.kind)
            .iter()
            .map(Operation::listed)
            .sum::<usize>(),
        7
    );
}

#[test]
fn a_number_that_stands_for_something_else_is_named_and_nothing_is_posted_under_it() {
    let case = &cases()[4];
    let office = office(case);
    office.imported(case.kind, &case.text);
    let other = case.text.replace("G1,chen,P07,60", "G1,chen,P07,75");
    let report = office.imported(case.kind, &other);
    assert_eq!(
        states(&report)[0],
        (2, "conflict", "import_number_taken".to_owned())
    );
    assert_eq!(office.on_ledger(case.kind).len(), case.transactions);
}
