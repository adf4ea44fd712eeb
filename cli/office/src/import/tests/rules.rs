//! What a dry run refuses, as the ledger would, and who signs.

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::message::{Language, check};
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::record::proxy::{ProxyHolder, ProxyScope};
use ledger_core::transaction::Signer;
use ledger_core::transaction::account::AppointProxy;
use timebank_wallet::Document;
use timebank_wallet::trial::{self, STREET, account, staff};

use super::city::{Office, Plug, of, states};
use crate::import::sentence::{self, explain};
use crate::import::{Kind, Mode, Outcome, Report};

const HEADER: &str =
    "record_no,date,start,end,minutes,service,district,recipient,provider,social_worker,payer";

fn dry(office: &Office, kind: Kind, text: &str) -> Report {
    office
        .import(kind, text, Mode::DryRun, &Plug::never())
        .unwrap()
}

#[test]
fn a_dry_run_sees_what_the_lines_above_did_and_leaves_nothing_behind() {
    let office = Office::new(BudgetPurpose::Service, 180);
    // The budget line holds three hours.
    let text = format!(
        "{HEADER}\n\
         1,2026-11-20,09:00,10:00,60,S01,320102,mother,li,320102005/2,budget\n\
         2,2026-11-20,09:45,10:45,60,S01,320102,mother,li,320102005/2,budget\n\
         3,2026-11-20,11:00,12:00,60,S01,320102,mother,li,320102005/2,budget\n\
         4,2026-11-20,13:00,14:30,90,S01,320102,mother,li,320102005/2,budget\n\
         5,2026-11-20,13:00,13:30,30,S01,320102,mother,chen,320102005/2,budget\n\
         6,2026-11-20,15:00,15:10,10,S01,320102,mother,chen,320102005/2,budget\n\
         7,2026-11-20,15:00,16:00,60,S09,320102,mother,chen,320102005/2,budget\n\
         8,2026-09-20,15:00,16:00,15,S01,320102,mother,chen,320102005/2,budget\n\
         9,2026-11-20,15:00,16:00,15,S01,320102,chen,chen,320102005/2,budget\n\
         10,2026-11-20,17:00,18:00,60,S01,320102,mother,chen,320102005/2,recipient\n"
    );
    let report = dry(&office, Kind::Services, &text);
    let codes: Vec<String> = states(&report).into_iter().map(|it| it.2).collect();
    assert_eq!(
        codes,
        [
            "import_ready",
            "service_overlaps",
            "import_ready",
            "budget_exceeded",
            "import_ready",
            "quantum",
            "service_unknown",
            "backdating",
            "provider_is_recipient",
            "insufficient_minutes",
        ]
    );
    assert_eq!(office.on_ledger(Kind::Services).len(), 0);
    assert!(
        office.disk.bytes("journal").is_empty(),
        "{:?}",
        office.disk.names()
    );
    assert!(office.disk.bytes("salts.csv").is_empty());
    for line in &report.lines {
        for language in Language::ALL {
            let said = explain(line.line, &line.outcome, language);
            assert!(!said.message.contains('{') && !said.message.is_empty());
        }
    }
}

#[test]
fn a_record_waits_for_the_signature_of_somebody_who_is_away() {
    let mut office = Office::new(BudgetPurpose::Service, 600);
    office.away = vec!["chen"];
    let text = format!(
        "{HEADER}\n\
         1,2026-11-20,09:00,10:00,60,S01,320102,mother,chen,320102005/2,budget\n"
    );
    let report = office.imported(Kind::Services, &text);
    let Outcome::Unsigned {
        missing,
        document: Some(path),
        ..
    } = &report.lines[0].outcome
    else {
        panic!("{report:?}");
    };
    assert_eq!(missing, &[Signer::Account(of("chen"))]);
    let name = path.display().to_string();
    assert!(
        name.starts_with("out/1-") && name.ends_with(".json"),
        "{name}"
    );
    // It travels to Chen's phone, who signs it, and comes back under another name.
    let mut document = Document::read(&office.disk.bytes(&name)).unwrap();
    document
        .sign(Signer::Account(of("chen")), &trial::key("chen"))
        .unwrap();
    office
        .disk
        .put("out/from-chen.json", document.to_json().into_bytes());
    office.disk.put("out/strange.json", b"{}".to_vec());
    let report = office.imported(Kind::Services, &text);
    assert_eq!(states(&report)[0].1, "applied");
    assert_eq!(report.strange.len(), 1);
    assert_eq!(
        office.imported(Kind::Services, &text).lines[0]
            .outcome
            .state()
            .word(),
        "before"
    );
}

#[test]
fn a_document_that_somebody_else_handed_in_is_not_made_again() {
    let mut office = Office::new(BudgetPurpose::Service, 600);
    office.away = vec!["chen"];
    let text = format!(
        "{HEADER}\n\
         1,2026-11-20,09:00,10:00,60,S01,320102,mother,chen,320102005/2,budget\n"
    );
    let report = office.imported(Kind::Services, &text);
    let Outcome::Unsigned {
        document: Some(path),
        ..
    } = &report.lines[0].outcome
    else {
        panic!("{report:?}");
    };
    let mut document = Document::read(&office.disk.bytes(&path.display().to_string())).unwrap();
    document
        .sign(Signer::Account(of("chen")), &trial::key("chen"))
        .unwrap();
    office.city.hand_in(document);
    let report = office.imported(Kind::Services, &text);
    assert_eq!(states(&report)[0].1, "before");
    assert_eq!(office.on_ledger(Kind::Services).len(), 1);
}

#[test]
fn a_clerk_signs_for_a_person_without_a_phone() {
    let office = Office::new(BudgetPurpose::Service, 600);
    let accounts = format!(
        "record_no,home,key,identity,registrar,registry,social_worker\n\
         A1,{},keyless,{},320102005/1,320100/2,320102005/2\n",
        STREET.0,
        Hash([1; 32])
    );
    let report = office.imported(Kind::Accounts, &accounts);
    let elder = report.lines[0].outcome.made().unwrap().account.unwrap();
    let services = format!(
        "{HEADER},clerk\n\
         1,2026-11-22,06:00,07:00,60,S01,320102,{elder},chen,320102005/2,budget,320102005/3\n"
    );
    let refused = dry(&office, Kind::Services, &services);
    assert_eq!(states(&refused)[0].2, "signature_missing");
    let appoint = AppointProxy {
        principal: elder,
        proxy: ProxyHolder::Clerk(staff("clerk")),
        scope: ProxyScope::Orders,
        minutes_per_month: Minutes(600),
        last_day: "2027-11-01".parse().unwrap(),
    };
    let signers = ["registrar", "social"].map(|name| (Signer::Staff(staff(name)), name));
    office.city.perform(appoint, &signers);
    let early = dry(&office, Kind::Services, &services);
    assert_eq!(states(&early)[0].2, "proxy_not_active");
    office.city.pass_days(1);
    let report = office.imported(Kind::Services, &services);
    assert_eq!(states(&report)[0].1, "applied", "{report:?}");
}

#[test]
fn a_person_with_a_phone_signs_the_opening_of_an_account_with_the_new_key() {
    let office = Office::new(BudgetPurpose::Service, 600);
    let key = office.new_phone("wang").public_key();
    let stranger = trial::key("zhao").public_key();
    let text = format!(
        "record_no,home,key,identity,registrar,registry\n\
         A1,{0},{key},{1},320102005/1,320100/2\n\
         A2,{0},{stranger},{2},320102005/1,320100/2\n\
         A3,{0},{key},{3},320106001/1,320100/2\n",
        STREET.0,
        Hash([1; 32]),
        Hash([2; 32]),
        Hash([3; 32])
    );
    let report = office.imported(Kind::Accounts, &text);
    let states = states(&report);
    assert_eq!(states[0].1, "applied");
    assert_eq!(states[1].1, "document");
    assert_eq!(states[2].1, "refused", "{states:?}");
}

#[test]
fn kin_who_pay_sign_unless_their_allowance_covers_it() {
    let mut office = Office::new(BudgetPurpose::Grant, 600);
    office.enrol(&["chen"]);
    let grant = "record_no,account,programme,minutes,treasurer1,treasurer2\n\
                 G1,chen,P07,300,320100/3,320100/4\n";
    assert_eq!(
        states(&office.imported(Kind::Grants, grant))[0].1,
        "applied"
    );
    office
        .city
        .link_kin((account("chen"), "chen"), (account("mother"), "mother"));
    office.away = vec!["chen"];
    let text = format!(
        "{HEADER}\n\
         1,2026-11-20,09:00,10:00,60,S01,320102,mother,li,320102005/2,kin:chen\n"
    );
    let report = office.imported(Kind::Services, &text);
    assert_eq!(states(&report)[0].1, "document");
    let allowance = ledger_core::transaction::account::SetKinAllowance {
        payer: account("chen"),
        kin: account("mother"),
        minutes_per_month: Minutes(120),
        last_day: "2027-11-01".parse().unwrap(),
    };
    office
        .city
        .perform(allowance, &[(Signer::Account(account("chen")), "chen")]);
    let report = office.imported(Kind::Services, &text);
    assert_eq!(states(&report)[0].1, "applied", "{report:?}");
}

#[test]
fn a_sheet_whose_budget_line_is_too_small_is_refused_as_a_whole_with_why() {
    let office = Office::new(BudgetPurpose::Training, 90);
    let text = "record_no,date,start,end,minutes,district,participant,organiser,social_worker\n\
                T1,2026-11-20,09:00,10:00,60,320102,chen,320102005/3,320102005/2\n\
                T1,2026-11-20,09:00,10:00,60,320102,li,320102005/3,320102005/2\n";
    let report = dry(&office, Kind::Training, text);
    let codes: Vec<String> = states(&report).into_iter().map(|it| it.2).collect();
    assert_eq!(codes, ["budget_exceeded", "budget_exceeded"]);
}

#[test]
fn both_languages_say_the_same_and_every_outcome_has_its_sentence() {
    let differences = check::differences(sentence::CHINESE, sentence::ENGLISH);
    assert_eq!(differences, Vec::<String>::new());
    let definitions = check::definitions(sentence::ENGLISH).unwrap();
    for code in [
        "import_applied",
        "import_before",
        "import_accepted",
        "import_ready",
        "import_document",
        "import_unsigned",
        "import_not_taken",
        "import_number_taken",
        "import_still_open",
        "import_unclear",
        "import_contradicted",
    ] {
        assert!(definitions.contains_key(code), "{code}");
    }
}

#[test]
fn the_result_file_opens_in_a_spreadsheet_and_runs_nothing() {
    let office = Office::new(BudgetPurpose::Service, 600);
    let text = format!(
        "{HEADER}\n\
         =1+1,2026-11-20,09:00,10:00,60,S01,320102,mother,li,320102005/2,budget\n\
         2,2026-11-20,09:00,10:00,60,S01,320102,mother,li,320102005/2,budget\n"
    );
    office.imported(Kind::Services, &text);
    let bytes = office.disk.bytes("result.csv");
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(
        text.starts_with("\u{feff}line,record_no,state,code,"),
        "{text}"
    );
    let rows: Vec<&str> = text.trim_end().split("\r\n").collect();
    assert_eq!(rows.len(), 3);
    assert!(
        rows[1].starts_with("2,'=1+1,applied,import_applied,已记入区块"),
        "{}",
        rows[1]
    );
    assert!(
        rows[2].starts_with("3,2,refused,service_overlaps,"),
        "{}",
        rows[2]
    );
}
