//! Asking, and a whole service from budget to payment, through the commands.

use serde_json::json;
use timebank::exit;

use crate::desk::{Desk, link_kin, open_budget};
use timebank_wallet::trial::account;

#[test]
fn a_service_from_paper_is_recorded_verified_and_shown() {
    let desk = Desk::new();
    let budget = open_budget(&desk);
    let evidence = "77".repeat(32);
    let recorded = desk.json(&format!(
        "service record --recipient @mother --provider @li --service S01 --district 320102 \
         --start \"2026-11-20 09:00\" --end \"2026-11-20 10:00\" --minutes 60 --payer budget:{budget} \
         --evidence {evidence} %li %mother"
    ));
    let order = recorded["created"]["order"].as_str().unwrap();
    assert_eq!(
        desk.json("order list --status completed")[0]["id"],
        json!(order)
    );
    desk.json(&format!("order verify {order} --approve 60 %social"));
    let shown = desk.json(&format!("order show {order}"));
    assert_eq!(
        (&shown["status"], &shown["verified"]),
        (&json!("verified"), &json!(true))
    );
    desk.json("time advance \"2026-11-26 08:00\" %admin");
    desk.city.pass_a_block();
    assert_eq!(
        desk.json(&format!("order show {order}"))["status"],
        "settled"
    );
    let li = desk.json("account show @li");
    assert_eq!(li["spendable"], json!(60));
    let supply = desk.json("supply");
    assert_eq!(
        (&supply["issued"], &supply["accounted"]),
        (&json!(60), &json!(60))
    );
    let line = desk.json(&format!("budget show {budget}"));
    assert_eq!(line["budget"]["used"], json!(60));
    let history = desk.json("account history @li");
    assert!(
        !history["postings"].as_array().unwrap().is_empty(),
        "{history}"
    );
}

#[test]
fn an_order_goes_through_its_life() {
    let desk = Desk::new();
    let budget = open_budget(&desk);
    let posted = desk.json(&format!(
        "order post --service S01 --district 320102 --from \"2026-11-22 08:00\" --to \"2026-11-23 12:00\" \
         --minutes 60 --payer {budget} --recipient @mother %mother"
    ));
    let order = posted["created"]["order"].as_str().unwrap();
    assert_eq!(
        desk.json("order list --status posted --district 320102")[0]["id"],
        json!(order)
    );
    desk.json(&format!("order accept {order} --provider @li %li"));
    desk.json(&format!("order start {order} %li %mother"));
    assert_eq!(
        desk.json(&format!("order show {order}"))["status"],
        "started"
    );
    desk.json("time advance \"2026-11-23 12:00\" %admin");
    let evidence = "77".repeat(32);
    desk.json(&format!(
        "order complete {order} --start \"2026-11-23 09:00\" --end \"2026-11-23 10:00\" --evidence {evidence} %li %mother"
    ));
    desk.json(&format!(
        "order verify {order} --reject wrong-times %social"
    ));
    assert_eq!(
        desk.json(&format!("order show {order}"))["status"],
        "rejected"
    );
    let orders = desk.json("account orders @li");
    assert_eq!(orders["verified"], json!(true));
    assert_eq!(orders["orders"].as_array().unwrap().len(), 1);
    let told = desk.json("account orders @li --unverified");
    assert_eq!(told.as_array().unwrap().len(), 1);
}

#[test]
fn a_transaction_and_its_block_are_shown_checked() {
    let desk = Desk::new();
    link_kin(&desk);
    let block = desk.json("block show");
    let id = desk.run("block show").out;
    assert!(id.contains("link kin"), "{id}");
    let transaction = block["block"]["transactions"][0]["transaction"].clone();
    assert_eq!(transaction["operation"]["kind"], "link_kin");
    let history = desk.json("account history");
    let id = history["postings"][0]["cause"]["transaction"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = desk.json(&format!("tx show {id}"));
    assert_eq!(
        (&shown["verified"], &shown["height"]),
        (&json!(true), &json!(2))
    );
}

#[test]
fn merchants_and_pools() {
    let desk = Desk::new();
    let shop = timebank_wallet::trial::key("shop");
    timebank_wallet::key::save(&shop, &desk.path("shop.key")).unwrap();
    let registered = desk.json(&format!(
        "merchant register --home 320102005 --merchant-key {} %treasurer1 %treasurer2 --sign-as key=~shop.key",
        shop.public_key()
    ));
    let merchant = registered["created"]["account"].as_str().unwrap();
    desk.json(&format!(
        "merchant set-items {merchant} I03=480 I01=60 --sign-as {merchant}=~shop.key %treasurer1"
    ));
    let items = desk.json(&format!("merchant items {merchant}"));
    assert_eq!(items["items"][1], json!({"code": "I03", "minutes": 480}));
    let opened = desk.json(
        "budget open 320102 --purpose fund --minutes 600 --last-day 2027-12-31 %treasurer1 %treasurer2",
    );
    let line = opened["created"]["budget"].as_str().unwrap();
    desk.json(&format!(
        "pool fund 320102:donation 300 --budget {line} %treasurer1 %treasurer2"
    ));
    assert_eq!(
        desk.json("pool show 320102:donation")["pool"]["minutes"],
        json!(300)
    );
    let over = desk.run(&format!(
        "pool fund 320102:donation 301 --budget {line} %treasurer1 %treasurer2"
    ));
    assert_eq!(over.code, exit::REFUSED);
}

#[test]
fn government_changes_are_submitted() {
    let desk = Desk::new();
    desk.json("org register 320102006 --parent 320102 --level street %admin --as 320100/1 --document ~org.json");
    desk.json("policy set 320100 daily_limit 240 --from-day 2026-12-01 %admin");
    desk.json("catalogue set S09 --min 15 --max 240 --from-day 2026-12-01 %admin");
    desk.json("catalogue set S09 --retire --from-day 2027-01-01 %admin");
    let key = timebank_wallet::trial::key("new clerk").public_key();
    desk.json(&format!(
        "staff set 320100 --threshold 1 --entry 9=clerk+auditor,{key},{} %admin",
        account("li")
    ));
    let city = desk.json("org show 320100");
    assert_eq!(city["staff"].as_array().unwrap().len(), 7);
    desk.json("staff set 320100 --threshold 1 --remove 9 %admin");
    let validators = timebank_wallet::trial::set_of(&["one", "two", "three", "four", "five"]);
    std::fs::write(
        desk.path("set.json"),
        serde_json::to_string(&validators).unwrap(),
    )
    .unwrap();
    desk.json("validators set ~set.json %admin");
    std::fs::write(desk.path("set.json"), "[]").unwrap();
    assert_eq!(
        desk.run("validators set ~set.json %admin").code,
        exit::FAILURE
    );
    let key = timebank_wallet::trial::key("chen's new").public_key();
    timebank_wallet::key::save(
        &timebank_wallet::trial::key("chen's new"),
        &desk.path("new.key"),
    )
    .unwrap();
    desk.json(&format!(
        "account rotate-key @chen --new-key {key} %chen --sign-as key=~new.key"
    ));
}

#[test]
fn kin_pay_for_each_other_and_part() {
    let desk = Desk::new();
    link_kin(&desk);
    desk.json("kin allow @mother --monthly 600 --last-day 2027-11-22");
    desk.json(
        "proxy appoint @mother --scope orders-and-redemption --monthly 60 --last-day 2027-11-22",
    );
    desk.json("proxy revoke @mother");
    desk.json("kin unlink @mother");
    assert_eq!(desk.run("kin unlink @mother").code, exit::REFUSED);
}

/// In Chinese no label of a field is left in the code's own words.
#[test]
fn listings_are_shown_with_labels_of_the_readers_language() {
    let mut desk = Desk::new();
    desk.language = "zh_CN.UTF-8";
    link_kin(&desk);
    let budget = open_budget(&desk);
    let lines = [
        "status",
        "account show",
        "account history",
        "account orders",
        "order list",
        "org list",
        "org show 320102005",
        "policy list",
        "catalogue list",
        "validators list",
        "evidence list",
        "supply",
        "block show",
        "pool show 320102:donation",
        "merchant items @chen",
        &format!("budget show {budget}"),
        "gift @mother 60 --document ~g.json",
        "kin allow @mother --monthly 600 --last-day 2027-11-22 --document ~g.json",
        "order post --service S01 --district 320102 --from 2026-11-23 --to 2026-11-24 --minutes 60 --document ~g.json",
        "redeem @mother I01 60 --document ~g.json",
        "time advance 2026-12-01 --document ~g.json",
        "policy set 320100 daily_limit 240 --from-day 2026-12-01 --document ~g.json",
    ];
    for line in lines {
        let printed = desk.run(line);
        assert_eq!(printed.code, exit::OK, "{line}: {}", printed.err);
        for shown in printed.out.lines() {
            let first = shown.split_whitespace().next().unwrap_or_default();
            let raw = !first.is_empty()
                && first
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(!raw, "{line}: {shown}\n{}", printed.out);
        }
    }
}

#[test]
fn an_expected_table() {
    let desk = Desk::new();
    let printed = desk.run("org list");
    expect_test::expect![[r#"
        organisation  level          parent  administrators  threshold
        320100        city           –                    1          1
        320102        district       320100               0          0
        320106        district       320100               0          0
        320102005     street office  320102               0          0
        320106001     street office  320106               0          0
    "#]]
    .assert_eq(&printed.out);
}
