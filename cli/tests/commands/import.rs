//! A street office's CSV file: mistakes by line number, the rest goes ahead.

use serde_json::{Value, json};
use timebank::exit;

use crate::desk::{Desk, open_budget};
use timebank_wallet::trial::account;

const HEADER: &str =
    "record_no,date,start,end,minutes,service,district,recipient,provider,social_worker,payer";

fn write(desk: &Desk, lines: &[&str]) {
    let text = format!("{HEADER}\n{}\n", lines.join("\n"));
    std::fs::write(desk.path("records.csv"), text).unwrap();
    let roster = format!(
        "number,account\nE1,{}\nV1,{}\nV2,{}\n",
        account("mother"),
        account("li"),
        account("chen")
    );
    std::fs::write(desk.path("roster.csv"), roster).unwrap();
}

/// Key files named after their accounts, as at a counter.
fn counter(desk: &Desk, names: &[&str]) {
    std::fs::create_dir_all(desk.path("keys")).unwrap();
    for name in names {
        let to = desk.path(&format!("keys/{}.key", account(name)));
        std::fs::copy(desk.path(&format!("{name}.key")), to).unwrap();
    }
}

fn states(report: &Value) -> Vec<(u64, String)> {
    let lines = report["lines"].as_array().unwrap().iter();
    lines
        .map(|line| {
            let state = line["state"].as_str().unwrap().to_owned();
            (line["line"].as_u64().unwrap(), state)
        })
        .collect()
}

#[test]
fn mistakes_are_named_by_line_and_the_rest_is_submitted() {
    let desk = Desk::new();
    let budget = open_budget(&desk);
    counter(&desk, &["mother", "li"]);
    write(
        &desk,
        &[
            "1,2026-11-20,09:00,10:00,60,S01,320102,E1,V1,320102005/2,budget",
            "2,2026-11-20,9h,10:00,60,S01,320102,E1,V1,320102005/2,budget",
            "3,2026-11-20,10:00,11:00,60,S01,320102,E7,V1,320102005/2,budget",
            "4,2026-11-20,10:00,11:00",
            "5,2026-11-20,09:30,10:30,60,S01,320102,E1,V1,320102005/2,budget",
            "6,2026-11-20,11:00,12:00,60,S01,320102,E1,V2,320102005/2,budget",
            "7,2026-11-20,12:00,13:00,60,S01,320102,E1,V1,320102005/2,budget",
        ],
    );
    std::fs::create_dir(desk.path("out")).unwrap();
    let line = format!(
        "--profile wang import services ~records.csv --roster ~roster.csv --budget {budget} --keys ~keys --documents ~out"
    );
    let printed = desk.run(&format!("{line} -o json"));
    assert_eq!(printed.code, exit::FAILURE, "{}", printed.err);
    let report: Value = serde_json::from_str(&printed.out).unwrap();
    let expected = [
        (2, "applied"),
        (3, "malformed"),
        (4, "malformed"),
        (5, "malformed"),
        (6, "refused"),
        (7, "document"),
        (8, "applied"),
    ];
    assert_eq!(
        states(&report),
        expected.map(|(line, state)| (line, state.to_owned()))
    );
    assert!(
        report["lines"][1]["details"]
            .as_str()
            .unwrap()
            .contains("start")
    );
    assert!(
        report["lines"][4]["details"]
            .as_str()
            .unwrap()
            .contains("overlap"),
        "{report}"
    );
    // The document waits for Chen's signature; laid back, it is complete and taken up by the next import.
    let out = std::fs::read_dir(desk.path("out")).unwrap();
    let documents: Vec<_> = out.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(documents.len(), 1);
    let document = documents[0].to_str().unwrap();
    let signed = desk.json(&format!("sign ~out/{document} --yes %chen"));
    assert_eq!(signed["signatures"].as_array().unwrap().len(), 2);
    let printed = desk.run(&format!("{line} -o json"));
    let report: Value = serde_json::from_str(&printed.out).unwrap();
    let expected = [
        (2, "before"),
        (3, "malformed"),
        (4, "malformed"),
        (5, "malformed"),
        (6, "refused"),
        (7, "applied"),
        (8, "before"),
    ];
    assert_eq!(
        states(&report),
        expected.map(|(line, state)| (line, state.to_owned()))
    );
    let result = std::fs::read_to_string(desk.path("records.result.csv")).unwrap();
    assert_eq!(result.lines().count(), 8);
    assert_eq!(
        desk.json("order list --status completed")
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[test]
fn the_salts_are_kept_where_only_the_office_reads_them() {
    let desk = Desk::new();
    let budget = open_budget(&desk);
    counter(&desk, &["mother", "li"]);
    write(
        &desk,
        &["G-1,2026-11-20,09:00,10:00,60,S01,320102,E1,V1,320102005/2,budget"],
    );
    let line = format!(
        "--profile wang import services ~records.csv --roster ~roster.csv --budget {budget} --keys ~keys"
    );
    let report = desk.json(&line);
    let order = report["lines"][0]["order"].as_str().unwrap().to_owned();
    let vault = std::fs::read_to_string(desk.path("records.salts.csv")).unwrap();
    let fields: Vec<&str> = vault.trim().split(',').collect();
    assert_eq!((fields[0], fields[1]), ("G-1", order.as_str()));
    let salt = timebank_wallet::commitment::Salt(hex_bytes(fields[2]));
    let shown = desk.json(&format!("order show {order}"));
    let evidence = timebank_wallet::commitment::evidence(&salt, b"G-1");
    assert_eq!(
        shown["order"]["open"]["stage"]["completed"]["claim"]["evidence"],
        json!(evidence)
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(desk.path("records.salts.csv"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

fn hex_bytes(text: &str) -> [u8; 32] {
    text.parse::<ledger_core::hash::Hash>().unwrap().0
}

#[test]
fn a_file_can_be_checked_without_anything_being_signed() {
    let mut desk = Desk::new();
    desk.language = "zh_CN.UTF-8";
    write(
        &desk,
        &[
            "1,2026-11-20,09:00,10:00,60,S01,320102,E1,V1,320102005/2,recipient",
            "1,2026-11-20,11:00,12:00,60,S01,320102,E1,V1,320102005/2,recipient",
        ],
    );
    let printed = desk.run("import services ~records.csv --roster ~roster.csv --dry-run");
    assert_eq!(printed.code, exit::FAILURE);
    assert!(
        printed.out.contains("第 3 行") && printed.out.contains("重复"),
        "{}",
        printed.out
    );
    assert!(!desk.path("records.salts.csv").exists());
}

#[test]
fn lines_without_the_keys_and_without_a_folder_are_said_to_lack_signatures() {
    let desk = Desk::new();
    let budget = open_budget(&desk);
    write(
        &desk,
        &["1,2026-11-20,09:00,10:00,60,S01,320102,E1,V1,320102005/2,budget"],
    );
    let line = format!(
        "--profile wang import services ~records.csv --roster ~roster.csv --budget {budget} -o json"
    );
    let printed = desk.run(&line);
    assert_eq!(printed.code, exit::FAILURE, "{}", printed.err);
    let report: Value = serde_json::from_str(&printed.out).unwrap();
    assert_eq!(states(&report), [(2, "unsigned".to_owned())]);
    assert!(
        report["lines"][0]["details"]
            .as_str()
            .unwrap()
            .contains(&account("li").to_string())
    );
}

#[test]
fn without_a_genesis_document_nothing_is_checked_and_that_is_said() {
    let desk = Desk::new();
    let budget = open_budget(&desk);
    counter(&desk, &["mother", "li"]);
    write(
        &desk,
        &[
            "1,2026-11-20,09:00,10:00,60,S01,320102,E1,V1,320102005/2,budget",
            "2,2026-11-20,09:30,10:30,60,S01,320102,E1,V1,320102005/2,budget",
        ],
    );
    let line = format!(
        "--profile nobody import services ~records.csv --roster ~roster.csv --budget {budget} --keys ~keys"
    );
    assert_eq!(desk.run(&line).code, exit::USAGE);
    let printed = desk.run(&format!("{line} --no-check"));
    assert_eq!(printed.code, exit::REFUSED, "{}", printed.err);
    assert!(printed.out.contains("the node's word"), "{}", printed.out);
    let again = desk.run(&format!("{line} --no-check -o json"));
    let report: Value = serde_json::from_str(&again.out).unwrap();
    let expected = [(2, "before".to_owned()), (3, "refused".to_owned())];
    assert_eq!(states(&report), expected);
}

#[test]
fn accounts_are_opened_for_people_without_a_phone_and_grants_given_to_them_once() {
    let desk = Desk::new();
    let identity = |digit: &str| digit.repeat(64);
    let people = format!(
        "record_no,home,key,identity,registrar,registry,social_worker\n\
         A1,320102005,keyless,{},320102005/1,320100/2,320102005/2\n\
         A2,320102005,keyless,{},320102005/1,320100/2,320102005/2\n\
         A3,320102005,keyless,{},320102005/1,320100/2,\n",
        identity("1"),
        identity("2"),
        identity("3")
    );
    std::fs::write(desk.path("people.csv"), people).unwrap();
    let line = "--profile wang import accounts ~people.csv %registrar %registry %social -o json";
    let printed = desk.run(line);
    assert_eq!(printed.code, exit::FAILURE, "{}", printed.err);
    let report: Value = serde_json::from_str(&printed.out).unwrap();
    let expected = [(2, "applied"), (3, "applied"), (4, "malformed")];
    assert_eq!(
        states(&report),
        expected.map(|(line, state)| (line, state.to_owned()))
    );
    let mut grants = "record_no,account,programme,minutes,treasurer1,treasurer2\n".to_owned();
    for index in 0..2 {
        let account = report["lines"][index]["account"].as_str().unwrap();
        desk.json(&format!(
            "account set-programmes {account} P07 %registrar %social"
        ));
        grants.push_str(&format!("G{index},{account},P07,60,320100/3,320100/4\n"));
    }
    std::fs::write(desk.path("grants.csv"), grants).unwrap();
    let opened = desk.json(
        "budget open 320100 --purpose grant --minutes 600 --last-day 2027-12-31 %treasurer1 %treasurer2",
    );
    let budget = opened["created"]["budget"].as_str().unwrap();
    let line = format!(
        "--profile wang import grants ~grants.csv --budget {budget} %treasurer1 %treasurer2"
    );
    for state in ["applied", "before"] {
        let report = desk.json(&line);
        assert_eq!(report["counts"][state], 2, "{report}");
        let left = desk.json(&format!("budget show {budget}"));
        assert_eq!(left["budget"]["used"], 120);
    }
}

#[test]
fn a_journal_in_use_or_of_another_chain_is_refused() {
    let desk = Desk::new();
    write(
        &desk,
        &["1,2026-11-20,09:00,10:00,60,S01,320102,E1,V1,320102005/2,recipient"],
    );
    let line =
        "--profile wang import services ~records.csv --roster ~roster.csv --dry-run --journal ~j";
    let held = std::fs::File::create(desk.path("j")).unwrap();
    held.try_lock().unwrap();
    let printed = desk.run(line);
    assert_eq!(printed.code, exit::FAILURE);
    assert!(printed.err.contains("Another import"), "{}", printed.err);
    drop(held);
    std::fs::write(desk.path("j"), "something else").unwrap();
    let printed = desk.run(line);
    assert_eq!(printed.code, exit::FAILURE);
    assert!(printed.err.contains("no journal"), "{}", printed.err);
    let kept = std::fs::read_to_string(desk.path("j")).unwrap();
    assert_eq!(
        kept, "something else",
        "nothing is cut off a file that is no journal"
    );
}

#[test]
fn a_file_with_another_header_is_refused() {
    let desk = Desk::new();
    std::fs::write(desk.path("records.csv"), "name,phone\n").unwrap();
    let printed = desk.run("import services ~records.csv");
    assert_eq!(printed.code, exit::FAILURE);
    assert!(
        printed.err.contains("records.csv") && printed.err.contains("line 1"),
        "{}",
        printed.err
    );
}
