//! What an office makes of the book: statements, demand, and who could take on an order.

use serde_json::{Value, json};
use timebank::exit;
use timebank_wallet::service_record::Certificate;

use crate::desk::{Desk, open_budget};

/// Li serves Mother twice and both are settled; a third wish of hers waits. The month is over.
fn city_at_work() -> (Desk, String) {
    let desk = Desk::new();
    let budget = open_budget(&desk);
    let evidence = "77".repeat(32);
    for day in ["20", "21"] {
        let recorded = desk.json(&format!(
            "service record --recipient @mother --provider @li --service S01 --district 320102 \
             --start \"2026-11-{day} 09:00\" --end \"2026-11-{day} 10:00\" --minutes 60 --payer budget:{budget} \
             --evidence {evidence} %li %mother"
        ));
        let order = recorded["created"]["order"].as_str().unwrap();
        desk.json(&format!("order verify {order} --approve 60 %social"));
    }
    desk.json("time advance \"2026-11-26 08:00\" %admin");
    desk.city.pass_a_block();
    let posted = desk.json(&format!(
        "order post --service S01 --district 320102 --from \"2026-12-02 08:00\" --to \"2026-12-02 12:00\" \
         --minutes 60 --payer budget:{budget} --recipient @mother %mother"
    ));
    desk.json("time advance \"2026-12-01 08:00\" %admin");
    desk.city.pass_a_block();
    let order = posted["created"]["order"].as_str().unwrap().to_owned();
    (desk, order)
}

fn files(written: &Value) -> Vec<String> {
    let files = written["files"].as_array().unwrap();
    let paths = files.iter().map(|file| file.as_str().unwrap());
    paths
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

#[test]
fn statements_of_an_account_and_a_district_are_proven_and_written_down() {
    let (desk, _) = city_at_work();
    let made = desk.json("statement account 2026-11 @li --to ~papers");
    let statement = &made["statement"];
    assert_eq!(statement["opening"]["spendable"], json!(0));
    assert_eq!(statement["received"], json!(120));
    assert_eq!(statement["closing"]["spendable"], json!(120));
    assert_eq!(statement["closing"]["service_given"], json!(120));
    let written = files(&made);
    assert_eq!(written.len(), 4);
    assert!(written[0].contains("账户月度对账单") && written[1].contains("Statement of account"));
    assert!(written[2].starts_with('\u{feff}'));
    // A month that goes on is provisional, and one to come is none.
    let printed = desk.run("statement account 2026-12 @li");
    assert!(
        printed.out.contains("The month is not over"),
        "{}",
        printed.out
    );
    let printed = desk.run("statement account 2027-02 @li");
    assert_eq!(printed.code, exit::USAGE, "{}", printed.err);
    let printed = desk.run("statement merchant 2026-11 @li");
    assert_eq!(printed.code, exit::USAGE, "{}", printed.err);

    let made = desk.json("statement district 2026-11 320102 --to ~papers");
    assert_eq!(made["statement"]["closing"], json!(120));
    assert_eq!(made["statement"]["clearing"]["agrees"], json!(true));
    assert_eq!(made["statement"]["services"][0]["orders"], json!(2));
    assert_eq!(files(&made).len(), 4);
    let printed = desk.run("statement district 2026-11 320102005");
    assert_eq!(printed.code, exit::USAGE, "{}", printed.err);
}

#[test]
fn demand_of_one_person_is_withheld_and_written_with_a_map() {
    let (mut desk, _) = city_at_work();
    let made = desk.json("demand --from 2026-11-30 --weeks 2 --to ~papers");
    let cells = made["cells"].as_array().unwrap();
    assert!(!cells.is_empty());
    assert!(
        cells.iter().all(|cell| cell["orders"].is_null()),
        "{cells:?}"
    );
    let paper = |name: &str| {
        let path = desk
            .path("papers")
            .join(format!("demand-2026-11-30.{name}"));
        std::fs::read_to_string(path).unwrap()
    };
    assert!(paper("zh.svg").starts_with("<svg") && paper("en.html").contains("withheld"));
    assert_eq!(paper("csv").lines().count(), 1 + cells.len());
    desk.language = "zh";
    let printed = desk.run("demand --offline --from 2026-11-30 --weeks 2");
    assert!(printed.out.contains("不公布"), "{}", printed.out);
    assert!(printed.out.contains("最后一周尚未结束"), "{}", printed.out);
    let printed = desk.run("demand --weeks 0");
    assert_eq!(printed.code, exit::USAGE, "{}", printed.err);
}

#[test]
fn an_open_order_is_matched_with_reasons_in_both_languages() {
    let (mut desk, order) = city_at_work();
    let found = desk.json(&format!("match {order}"));
    let able = found["able"].as_array().unwrap();
    assert_eq!(able.len(), 1);
    assert_eq!(
        able[0]["account"],
        json!(timebank_wallet::trial::account("li"))
    );
    for (language, reason) in [
        (
            "en",
            "+24 lives in the same street; +6 has done this service 2 times",
        ),
        ("zh", "+24 同街道; +6 做过此项服务 2 次"),
    ] {
        desk.language = language;
        let printed = desk.run(&format!("match {order} --offline"));
        assert_eq!(printed.code, exit::OK, "{}", printed.err);
        assert!(printed.out.contains(reason), "{}", printed.out);
    }
    desk.language = "en";
    desk.json("kin link @mother parent --account @li %li %mother %registrar");
    let printed = desk.run(&format!("match {order} --unable"));
    assert!(
        printed.out.contains("kin of the recipient"),
        "{}{}",
        printed.out,
        printed.err
    );
    std::fs::write(desk.path("mine.toml"), "version = 9").unwrap();
    let printed = desk.run(&format!("match {order} --scoring ~mine.toml"));
    assert_eq!(printed.code, exit::USAGE, "{}", printed.err);
    desk.json(&format!("order cancel {order} %mother"));
    let printed = desk.run(&format!("match {order}"));
    assert_eq!(printed.code, exit::USAGE, "{}", printed.err);
    assert!(printed.err.contains("cancelled"), "{}", printed.err);
}

#[test]
fn a_volunteer_makes_a_certificate_and_a_stranger_checks_file_and_paper_offline() {
    let (mut desk, _) = city_at_work();
    let make = "certificate make --from 2026-01 --to 2026-12 --as @li --key ~li.key";
    let made = desk.json(&format!(
        "{make} --for Jiangbei-Construction --page ~page.html ~certificate.json"
    ));
    assert_eq!(made["figures"]["served"], json!(120));
    assert_eq!(made["made_for"], json!("this_reader"));
    let page = std::fs::read_to_string(desk.path("page.html")).unwrap();
    assert!(page.contains("Certificate of Volunteer Service") && page.contains("2 h"));
    let chen = desk.run("certificate make --from 2026-01 --to 2026-12 ~chens.json");
    assert_eq!(chen.code, exit::NOT_FOUND, "{chen:?}");
    // From here on nobody has a network.
    desk.city.go_away();
    let stranger = "--profile nobody --genesis ~genesis.json verify";
    let verified = desk.json(&format!(
        "{stranger} ~certificate.json --for Jiangbei-Construction"
    ));
    assert_eq!(verified["figures"], made["figures"]);
    let unnamed = desk.run(&format!("{stranger} ~certificate.json"));
    assert_eq!(unnamed.code, exit::OK, "{unnamed:?}");
    assert!(unnamed.out.contains("made for one reader"), "{unnamed:?}");
    let other = desk.run(&format!("{stranger} ~certificate.json --for Somebody-Else"));
    assert_eq!(other.code, exit::VERIFICATION, "{other:?}");
    // The paper, as a scanner types it.
    let bytes = std::fs::read(desk.path("certificate.json")).unwrap();
    let certificate = Certificate::from_json(&bytes).unwrap();
    desk.input = certificate.qr_parts(500).unwrap().join("\n").into_bytes();
    assert_eq!(
        desk.json(&format!("{stranger} -"))["figures"],
        made["figures"]
    );
    desk.language = "zh";
    let shown = desk.run("certificate show ~certificate.json --page ~page.html");
    assert_eq!(shown.code, exit::OK, "{shown:?}");
    let page = std::fs::read_to_string(desk.path("page.html")).unwrap();
    assert!(page.contains("志愿服务记录证明"));
    // One figure altered.
    let text = String::from_utf8(bytes).unwrap();
    let altered = text.replacen("\"served\": 120", "\"served\": 1200", 1);
    assert_ne!(altered, text);
    std::fs::write(desk.path("altered.json"), altered).unwrap();
    let refused = desk.run(&format!("{stranger} ~altered.json"));
    assert_eq!(refused.code, exit::VERIFICATION, "{refused:?}");
    assert!(
        refused.err.contains("served") && refused.err.contains("1200"),
        "{refused:?}"
    );
}
