//! Screening: what stands out in the auditor's book, by the built-in rules and by one's own.

use serde_json::json;
use timebank::exit;
use timebank_wallet::trial::account;

use crate::desk::{Desk, open_budget};

/// Li serves mother on two days and shows the same piece of evidence twice.
fn city_with_a_copy() -> Desk {
    let desk = Desk::new();
    let budget = open_budget(&desk);
    for day in ["2026-11-19", "2026-11-20"] {
        let recorded = desk.json(&format!(
            "service record --recipient @mother --provider @li --service S01 --district 320106 \
             --start \"{day} 09:00\" --end \"{day} 10:00\" --minutes 60 --payer budget:{budget} \
             --evidence {} %li %mother",
            "77".repeat(32)
        ));
        let order = recorded["created"]["order"].as_str().unwrap();
        desk.json(&format!("order verify {order} --approve 60 %social"));
    }
    desk
}

#[test]
fn a_copy_of_evidence_is_found_and_the_exit_code_says_so() {
    let desk = city_with_a_copy();
    let printed = desk.run("audit run -o json");
    assert_eq!(printed.code, exit::FINDINGS, "{}", printed.err);
    assert_eq!(exit::FINDINGS, 11);
    let result: serde_json::Value = serde_json::from_str(&printed.out).unwrap();
    let findings = result["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{result:#}");
    let finding = &findings[0];
    assert_eq!(finding["rule"], json!("repeated_evidence"));
    assert_eq!(
        finding["subjects"],
        json!([{"account": account("li").to_string()}])
    );
    // The entries are in the book: each names its block and its transaction.
    let evidence = finding["evidence"].as_array().unwrap();
    assert_eq!(evidence.len(), 2);
    for entry in evidence {
        let transaction = entry["event"]["cause"]["transaction"].as_str().unwrap();
        let found = desk.json(&format!("tx show {transaction}"));
        assert_eq!(found["height"], entry["event"]["height"], "{found:#}");
    }
    assert_eq!(finding["version"], json!(2));
    assert_eq!(result["from"], json!("2026-11-19"), "the first service");
}

#[test]
fn people_read_what_was_found_and_what_to_ask_in_both_languages() {
    for (language, name, ask) in [
        ("en", "One piece of evidence", "Ask for the evidence itself"),
        ("zh", "多次服务用同一份证据", "请索取证据本身"),
    ] {
        let desk = Desk {
            language,
            ..city_with_a_copy()
        };
        let printed = desk.run("audit run");
        assert_eq!(printed.code, exit::FINDINGS, "{}", printed.err);
        for part in [name, ask, &account("li").to_string()] {
            assert!(printed.out.contains(part), "{part}: {}", printed.out);
        }
    }
}

#[test]
fn a_city_in_order_gives_code_zero_and_so_does_another_persons_account() {
    let desk = Desk::new();
    let printed = desk.run("audit run");
    assert_eq!(printed.code, exit::OK, "{}", printed.err);
    assert!(printed.out.contains("proves nothing"), "{}", printed.out);
    let desk = city_with_a_copy();
    let about = desk.json("audit run --about @mother");
    assert_eq!(about["findings"], json!([]));
    let about = desk.run("audit run --about @li");
    assert_eq!(about.code, exit::FINDINGS);
}

#[test]
fn ones_own_rules_begin_from_the_printed_ones() {
    let desk = city_with_a_copy();
    let printed = desk.run("audit run --show-rules");
    assert_eq!(printed.code, exit::OK);
    let (_, after) = printed
        .out
        .split_once("id = \"repeated_evidence\"")
        .unwrap();
    let own = after.replacen("services_count = 2", "services_count = 3", 1);
    let own = printed.out.replace(after, &own);
    std::fs::write(desk.path("own.toml"), own).unwrap();
    desk.json("audit run --rules ~own.toml");
    std::fs::write(desk.path("own.toml"), "form = 1\nversion = 1\nrule = []\n").unwrap();
    let refused = desk.run("audit run --rules ~own.toml");
    assert_eq!(refused.code, exit::USAGE);
    assert!(refused.err.contains("0 rules"), "{}", refused.err);
}

#[test]
fn days_outside_of_the_period_are_not_looked_at() {
    let desk = city_with_a_copy();
    desk.json("audit run --from 2026-11-21");
    let refused = desk.run("audit run --from 2026-11-21 --to 2026-11-20");
    assert_eq!(refused.code, exit::USAGE, "{}", refused.err);
}

#[test]
fn a_report_is_signed_by_an_auditor_and_checked_from_its_folder() {
    let desk = city_with_a_copy();
    let printed = desk.run("audit run --report ~report %auditor");
    assert_eq!(printed.code, exit::FINDINGS, "{}", printed.err);
    assert!(printed.out.contains("signed manifest"), "{}", printed.out);
    let page = std::fs::read_to_string(desk.path("report/report.en.html")).unwrap();
    assert!(page.contains(&account("li").to_string()));
    let verified = desk.run("verify ~report/manifest.json --genesis ~genesis.json");
    assert_eq!(verified.code, exit::OK, "{} {}", verified.out, verified.err);

    let page = page.replacen(&account("li").to_string(), &account("chen").to_string(), 1);
    std::fs::write(desk.path("report/report.en.html"), page).unwrap();
    let altered = desk.run("verify ~report/manifest.json --genesis ~genesis.json");
    assert_eq!(altered.code, exit::VERIFICATION, "{}", altered.out);
}

#[test]
fn nobody_but_an_auditor_signs_a_report() {
    let desk = city_with_a_copy();
    let refused = desk.run("audit run --report ~report %clerk");
    assert_eq!(refused.code, exit::USAGE, "{}", refused.err);
    let unsigned = desk.run("audit run --report ~report");
    assert_eq!(unsigned.code, exit::FINDINGS, "{}", unsigned.err);
    assert!(unsigned.out.contains("no signature"), "{}", unsigned.out);
    assert!(!desk.path("report/auditor.tbproof").exists());
}
