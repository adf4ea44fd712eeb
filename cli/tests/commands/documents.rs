//! Documents that travel between people and collect signatures.

use serde_json::json;
use timebank::exit;

use crate::desk::Desk;
use timebank_wallet::trial;

fn open_account_document(desk: &Desk) -> String {
    let holder = trial::key("wang").public_key();
    timebank_wallet::key::save(&trial::key("wang"), &desk.path("wang.key")).unwrap();
    let identity = "7c".repeat(32);
    let written = desk.json(&format!(
        "account open --home 320102005 --identity {identity} --holder-key {holder} %registrar --document ~open.json"
    ));
    written["creates"]["account"].as_str().unwrap().to_owned()
}

#[test]
fn an_account_is_opened_by_three_people_on_copies_of_one_document() {
    let desk = Desk::new();
    let account = open_account_document(&desk);
    std::fs::copy(desk.path("open.json"), desk.path("copy.json")).unwrap();
    desk.json("sign ~open.json --yes %registry");
    desk.json("sign ~copy.json --yes --sign-as key=~wang.key");
    let merged = desk.json("doc merge ~open.json ~copy.json");
    assert_eq!(merged["signatures"].as_array().unwrap().len(), 3);
    let submitted = desk.json("submit ~open.json");
    assert_eq!(submitted["state"], "applied");
    assert_eq!(submitted["created"]["account"], json!(account));
    let shown = desk.json(&format!("account show {account}"));
    assert_eq!(shown["verified"], json!(true));
    // Submitting again is safe, and says that nothing is left to do.
    assert_eq!(desk.run("submit ~open.json").code, exit::REFUSED);
}

#[test]
fn a_document_says_what_it_asks_for_and_who_signs() {
    let mut desk = Desk::new();
    open_account_document(&desk);
    let english = desk.run("doc show ~open.json");
    assert!(english.out.contains("open account"), "{}", english.out);
    assert!(
        english
            .out
            .contains("To be signed by: registrar, identity registry"),
        "{}",
        english.out
    );
    assert!(english.out.contains("320102005/1"), "{}", english.out);
    desk.language = "zh";
    let chinese = desk.run("doc show ~open.json");
    assert!(
        chinese.out.contains("开户") && chinese.out.contains("身份登记处"),
        "{}",
        chinese.out
    );
}

#[test]
fn nobody_signs_before_it_was_shown_and_confirmed() {
    let mut desk = Desk::new();
    open_account_document(&desk);
    let signatures = |desk: &Desk| {
        let shown = desk.json("doc show ~open.json");
        shown["signatures"].as_array().unwrap().len()
    };
    // Nobody sits there.
    let printed = desk.run("sign ~open.json %registry");
    assert_eq!(printed.code, exit::USAGE, "{printed:?}");
    assert!(printed.err.contains("--yes"), "{}", printed.err);
    desk.answers(&["no"]);
    let printed = desk.run("sign ~open.json %registry");
    assert_eq!(printed.code, exit::FAILURE, "{printed:?}");
    assert_eq!(signatures(&desk), 1);
    desk.language = "zh";
    desk.shown();
    desk.answers(&["是"]);
    desk.json("sign ~open.json %registry");
    let shown = desk.shown();
    assert!(shown.contains("开户"), "{shown}");
    assert_eq!(signatures(&desk), 2);
}

#[test]
fn an_altered_document_is_not_signed() {
    let desk = Desk::new();
    desk.json("gift @mother 60 --document ~gift.json");
    let text = std::fs::read_to_string(desk.path("gift.json")).unwrap();
    std::fs::write(
        desk.path("gift.json"),
        text.replace("\"minutes\": 60", "\"minutes\": 6"),
    )
    .unwrap();
    let printed = desk.run("sign ~gift.json --yes");
    assert_eq!(printed.code, exit::FAILURE);
    assert!(printed.err.contains("operation.minutes"), "{}", printed.err);
    assert!(printed.err.contains("Do not sign"), "{}", printed.err);
}

#[test]
fn a_document_for_another_chain_is_not_signed() {
    let desk = Desk::new();
    let mut genesis = trial::genesis();
    genesis.time_ms = genesis.time_ms.plus_ms(1);
    std::fs::write(
        desk.path("other.json"),
        serde_json::to_string(&genesis).unwrap(),
    )
    .unwrap();
    desk.json(
        "gift @mother 60 --document ~gift.json --genesis ~other.json --valid-until 2026-11-25",
    );
    let printed = desk.run("sign ~gift.json --yes");
    assert_eq!(printed.code, exit::FAILURE);
    assert!(printed.err.contains("another chain"), "{}", printed.err);
}

#[test]
fn a_document_can_be_written_without_a_node() {
    let desk = Desk::new();
    desk.city.go_away();
    let written =
        desk.json("gift @mother 60 --document ~gift.json --valid-until \"2026-11-25 18:00\"");
    assert_eq!(
        written["transaction"]["valid_until_ms"],
        json!(1_795_600_800_000_u64)
    );
    assert_eq!(
        desk.run("gift @mother 60 --document ~gift.json").code,
        exit::NETWORK
    );
}

#[test]
fn a_wrong_signature_can_be_taken_out() {
    let desk = Desk::new();
    open_account_document(&desk);
    desk.json("sign ~open.json --yes %registry --sign-as key=~wang.key");
    // Someone signs as the social worker, which opening with a key has no use for.
    desk.json("sign ~open.json --yes %social");
    let refused = desk.run("submit ~open.json");
    assert_eq!(refused.code, exit::REFUSED);
    assert!(refused.err.contains("320102005/2"), "{}", refused.err);
    desk.json("doc unsign ~open.json 320102005/2");
    assert_eq!(
        desk.run("doc unsign ~open.json 320102005/2").code,
        exit::FAILURE
    );
    assert_eq!(desk.json("submit ~open.json")["state"], "applied");
}

#[test]
fn a_keyless_account_and_its_proxy() {
    let desk = Desk::new();
    let identity = "8d".repeat(32);
    let opened = desk.json(&format!(
        "account open --home 320102005 --identity {identity} --keyless %registrar %social %registry"
    ));
    let elder = opened["created"]["account"].as_str().unwrap();
    let appointed = desk.json(&format!(
        "proxy appoint 320102005/3 --principal {elder} --scope orders --monthly 600 --last-day 2027-11-22 %registrar %social"
    ));
    assert_eq!(appointed["state"], "applied");
    let shown = desk.json(&format!("account show {elder}"));
    assert_eq!(shown["account"]["key"], json!(null));
    assert_eq!(shown["account"]["proxies"], json!(1));
}

#[test]
fn a_document_travels_as_qr_codes() {
    let mut desk = Desk::new();
    open_account_document(&desk);
    desk.json("sign ~open.json --yes --sign-as key=~wang.key");
    let codes = desk.json("doc qr ~open.json");
    let parts = codes["parts"].as_array().unwrap();
    assert!(parts.len() > 1, "{codes}");
    let lines: Vec<&str> = parts
        .iter()
        .rev()
        .filter_map(|part| part.as_str())
        .collect();
    desk.input = lines.join("\n").into_bytes();
    desk.json("doc scan ~scanned.json");
    let read = |name: &str| std::fs::read_to_string(desk.path(name)).unwrap();
    assert_eq!(read("open.json"), read("scanned.json"));
    // A scanner's lines can be signed straight away.
    desk.json("sign - --yes --to ~signed.json %registry");
    assert_eq!(
        desk.json("doc show ~signed.json")["signatures"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    desk.json("doc qr ~open.json --svg ~open.svg");
    assert!(read("open.svg").contains("<svg"));
    let shown = desk.run("doc qr ~open.json");
    assert!(
        shown.out.contains('▀') && shown.out.contains("1 of"),
        "{}",
        shown.out
    );
    desk.input = lines[1..].join("\n").into_bytes();
    let missing = desk.run("doc scan ~half.json");
    assert_eq!(missing.code, exit::FAILURE);
    assert!(missing.err.contains("missing"), "{}", missing.err);
}
