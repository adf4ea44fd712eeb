//! Clearing: an auditor recomputes a month from the blocks alone and confirms it.

use serde_json::json;
use timebank::exit;

use crate::desk::{Desk, open_budget};

/// A service in the district's own streets, and the month after it.
fn city_after_a_month() -> Desk {
    let desk = Desk::new();
    let budget = open_budget(&desk);
    let evidence = "77".repeat(32);
    let recorded = desk.json(&format!(
        "service record --recipient @mother --provider @li --service S01 --district 320106 \
         --start \"2026-11-20 09:00\" --end \"2026-11-20 10:00\" --minutes 60 --payer budget:{budget} \
         --evidence {evidence} %li %mother"
    ));
    let order = recorded["created"]["order"].as_str().unwrap();
    desk.json(&format!("order verify {order} --approve 60 %social"));
    desk.json("time advance \"2026-11-26 08:00\" %admin");
    desk.city.pass_a_block();
    desk.json("time advance \"2026-12-01 08:00\" %admin");
    desk.city.pass_a_block();
    desk
}

#[test]
fn an_auditor_recomputes_a_month_and_confirms_it() {
    let desk = city_after_a_month();
    let shown = desk.json("audit clearing 2026-11");
    assert_eq!(shown["agrees"], json!(true), "{shown}");
    assert_eq!(shown["hash"], shown["recorded_hash"]);
    // Mother, at home in the first district, was served in the second; the line minted for Li, at home in the first.
    let net = |index: usize| shown["clearing"]["districts"][index]["net"].clone();
    assert_eq!([net(0), net(1), net(2)], [json!(0), json!(-60), json!(60)]);
    assert_eq!(shown["clearing"]["districts"][1]["closing"], json!(60));
    assert_eq!(desk.json("clearing")[0]["cosignatures"], json!(0));
    desk.json("audit clearing 2026-11 --cosign %auditor");
    let listed = desk.json("clearing");
    assert_eq!(listed[0]["cosignatures"], json!(1));
    assert_eq!(listed[0]["hash"], shown["hash"]);
    // Once each.
    let again = desk.run("audit clearing 2026-11 --cosign %auditor");
    assert_eq!(again.code, exit::REFUSED, "{}", again.err);
    // The table, in both languages.
    for (language, agrees) in [
        ("en", "the chain has recorded the same"),
        ("zh", "与链上的记录相同"),
    ] {
        let desk = Desk {
            language,
            ..city_after_a_month()
        };
        let printed = desk.run("audit clearing 2026-11");
        assert_eq!(printed.code, exit::OK, "{}", printed.err);
        assert!(printed.out.contains(agrees), "{}", printed.out);
    }
}

#[test]
fn a_month_that_is_not_over_has_no_clearing() {
    let desk = city_after_a_month();
    let printed = desk.run("audit clearing 2026-12");
    assert_eq!(printed.code, exit::NOT_FOUND, "{}", printed.err);
    let printed = desk.run("audit clearing 2026-13");
    assert_eq!(printed.code, exit::USAGE, "{}", printed.err);
}

#[test]
fn an_auditor_notices_blocks_that_are_not_the_chains() {
    let desk = city_after_a_month();
    desk.city.lose_a_transaction_after(1);
    let printed = desk.run("audit clearing 2026-11 --cosign %auditor");
    assert_eq!(printed.code, exit::VERIFICATION, "{}", printed.err);
    assert!(printed.err.contains("block 2"), "{}", printed.err);
    // Nobody whom the auditor trusts: there is nothing to begin with.
    let printed = desk.run("audit clearing 2026-11 --profile nobody");
    assert_ne!(printed.code, exit::OK);
}
