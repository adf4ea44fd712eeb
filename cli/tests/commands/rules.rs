//! What people do at counters and desks, through the commands and the real rules: standing, groups, recovery, grants,
//! trainings, campaigns, no-shows, ratings, disputes, reversal, merchants.

use serde_json::json;
use timebank::exit;

use crate::desk::{Desk, open_budget};
use timebank_wallet::trial::{account, key};

fn budget(desk: &Desk, purpose: &str, minutes: u64) -> String {
    let opened = desk.json(&format!(
        "budget open 320102 --purpose {purpose} --minutes {minutes} --last-day 2027-12-31 %treasurer1 %treasurer2"
    ));
    opened["created"]["budget"].as_str().unwrap().to_owned()
}

/// Li serves the mother for an hour two days ago, recorded from paper and verified; the order.
fn verified_order(desk: &Desk) -> String {
    let line = open_budget(desk);
    let evidence = "77".repeat(32);
    let recorded = desk.json(&format!(
        "service record --recipient @mother --provider @li --service S01 --district 320102 \
         --start \"2026-11-20 09:00\" --end \"2026-11-20 10:00\" --minutes 60 --payer {line} --evidence {evidence} %li %mother"
    ));
    let order = recorded["created"]["order"].as_str().unwrap().to_owned();
    desk.json(&format!("order verify {order} --approve 60 %social"));
    order
}

fn status(desk: &Desk, order: &str) -> String {
    let shown = desk.json(&format!("order show {order}"));
    shown["status"].as_str().unwrap().to_owned()
}

fn spendable(desk: &Desk, name: &str) -> u64 {
    desk.json(&format!("account show @{name}"))["spendable"]
        .as_u64()
        .unwrap()
}

#[test]
fn an_account_is_frozen_and_thawed_moved_and_closed() {
    let mut desk = Desk::new();
    desk.json("account freeze @li %registrar %arbiter");
    assert_eq!(
        desk.json("account show @li")["account"]["status"],
        json!("frozen")
    );
    desk.language = "zh";
    let shown = desk.run("account show @li");
    assert!(shown.out.contains("已冻结"), "{}", shown.out);
    desk.json("account unfreeze @li %registrar %arbiter");
    desk.json("account move @li --to 320106001 %li %other_registrar");
    let moved = desk.json("account show @li");
    assert_eq!(moved["account"]["status"], json!("active"));
    let office = ledger_core::id::OrganisationId(320_106_001);
    assert_eq!(moved["account"]["home"], json!(office));
    desk.json("account close @li --rest donation %other_registrar %li");
    assert_eq!(
        desk.json("account show @li")["account"]["status"],
        json!("closed")
    );
    let again = desk.run("account close @li --rest donation %other_registrar %li");
    assert_eq!(again.code, exit::REFUSED);
    let history = desk.run("account history @li");
    for word in ["账户冻结", "账户解冻", "迁移", "注销"] {
        assert!(history.out.contains(word), "{word}: {}", history.out);
    }
}

#[test]
fn a_child_has_a_legal_guardian_until_it_is_of_age() {
    let desk = Desk::new();
    let child = key("child");
    timebank_wallet::key::save(&child, &desk.path("child.key")).unwrap();
    let identity = "6e".repeat(32);
    let opened = desk.json(&format!(
        "account open --home 320102005 --identity {identity} --holder-key {} --guardian @mother \
         %registrar %registry %mother --sign-as key=~child.key",
        child.public_key()
    ));
    let minor = opened["created"]["account"].as_str().unwrap();
    let shown = desk.json(&format!("account show {minor}"));
    assert_eq!(shown["account"]["legal_guardian"], json!(account("mother")));
    desk.json(&format!(
        "account legal-guardian {minor} --of-age %registrar %registry"
    ));
    let shown = desk.json(&format!("account show {minor}"));
    assert_eq!(shown["account"]["legal_guardian"], json!(null));
}

#[test]
fn a_group_gets_members_and_serves() {
    let desk = Desk::new();
    let team = key("team");
    timebank_wallet::key::save(&team, &desk.path("team.key")).unwrap();
    let opened = desk.json(&format!(
        "group open --home 320102005 --group-key {} %registrar %social --sign-as key=~team.key",
        team.public_key()
    ));
    let group = opened["created"]["account"].as_str().unwrap();
    let nobody = desk.json(&format!("group members {group}"));
    assert_eq!(nobody["members"], json!([]));
    assert_eq!(desk.run("group members @li").code, exit::NOT_FOUND);
    desk.json(&format!(
        "group set-members {group} --add @li --add @chen --sign-as {group}=~team.key %registrar"
    ));
    let members = desk.json(&format!("group members {group}"));
    assert_eq!(members["members"].as_array().unwrap().len(), 2);
    assert_eq!(members["verified"], json!(true));
    let line = open_budget(&desk);
    let posted = desk.json(&format!(
        "order post --service S01 --district 320102 --from \"2026-11-22 08:00\" --to \"2026-11-23 12:00\" \
         --minutes 60 --payer {line} --recipient @mother %mother"
    ));
    let order = posted["created"]["order"].as_str().unwrap();
    desk.json(&format!(
        "order accept {order} --provider {group} --member @li --sign-as {group}=~team.key %li"
    ));
    let shown = desk.json(&format!("order show {order}"));
    let provider = &shown["order"]["open"]["stage"]["accepted"]["provider"];
    assert_eq!(
        provider,
        &json!({"account": group, "server": account("li")})
    );
    let table = desk.run(&format!("order show {order}"));
    assert!(table.out.contains("who serves"), "{}", table.out);
}

#[test]
fn a_lost_key_is_recovered_at_the_counter() {
    let desk = Desk::new();
    let new_key = key("mother's new");
    timebank_wallet::key::save(&new_key, &desk.path("new.key")).unwrap();
    desk.json(&format!(
        "recovery start @mother --new-key {} %registrar %arbiter --sign-as key=~new.key",
        new_key.public_key()
    ));
    let shown = desk.json("recovery show @mother");
    assert_eq!(shown["verified"], json!(true));
    assert_eq!(
        shown["recovery"]["ongoing"]["new_key"],
        json!(new_key.public_key())
    );
    let early = desk.run("recovery finish @mother %registrar");
    assert_eq!(early.code, exit::REFUSED);
    desk.json("time advance \"2026-11-26 08:00\" %admin");
    desk.city.pass_a_block();
    let mother = desk.json("account show @mother");
    assert_eq!(mother["account"]["key"], json!(new_key.public_key()));
    let unset = desk.run("recovery show @li");
    assert_eq!(unset.code, exit::NOT_FOUND, "{unset:?}");
}

#[test]
fn guardians_are_chosen_and_a_recovery_is_cancelled() {
    let desk = Desk::new();
    desk.json("recovery set-guardians --guardian @mother --guardian @li --threshold 2");
    let shown = desk.json("recovery show");
    assert_eq!(shown["recovery"]["threshold"], json!(2));
    let new_key = key("thief");
    timebank_wallet::key::save(&new_key, &desk.path("new.key")).unwrap();
    desk.json(&format!(
        "recovery start @chen --new-key {} %mother %li --sign-as key=~new.key",
        new_key.public_key()
    ));
    let shown = desk.run("recovery show");
    assert!(shown.out.contains("old key may cancel"), "{}", shown.out);
    desk.json("recovery cancel");
    let paused = desk.run("recovery show");
    assert!(
        paused.out.contains("May not start a recovery"),
        "{}",
        paused.out
    );
}

#[test]
fn a_programme_is_granted_from_a_line_and_from_a_pool() {
    let desk = Desk::new();
    for name in ["mother", "li"] {
        desk.json(&format!(
            "account set-programmes @{name} P07 %registrar %social"
        ));
    }
    let line = budget(&desk, "grant", 1_200);
    let list = format!("{}\n{}\n", account("mother"), account("li"));
    std::fs::write(desk.path("elders.csv"), list).unwrap();
    desk.json(&format!(
        "budget grant {line} --file ~elders.csv --programme P07 --minutes 600 --expiry 2027-12-31 %treasurer1 %treasurer2"
    ));
    assert_eq!(spendable(&desk, "mother"), 600);
    desk.json("donate 320102:donation 60 --from @mother %mother");
    desk.json(
        "pool spend 320102:donation @li --programme P07 --minutes 60 %treasurer1 %treasurer2",
    );
    assert_eq!(spendable(&desk, "li"), 660);
    let shown = desk.run("account show @li");
    assert!(shown.out.contains("2027-12-31"), "{}", shown.out);
    let over = desk.run(&format!(
        "budget grant {line} @li --programme P07 --minutes 600 %treasurer1 %treasurer2"
    ));
    assert_eq!(over.code, exit::REFUSED);
}

#[test]
fn trainings_and_campaigns_are_recorded() {
    let desk = Desk::new();
    let (training, campaign) = (
        budget(&desk, "training", 600),
        budget(&desk, "campaign", 120),
    );
    desk.json(&format!(
        "training record @mother @li --district 320102 --start \"2026-11-20 09:00\" --end \"2026-11-20 11:00\" \
         --minutes 120 --budget {training} %chen %social"
    ));
    let mother = desk.json("account show @mother");
    assert_eq!(
        (&mother["spendable"], &mother["account"]["training_given"]),
        (&json!(120), &json!(120))
    );
    desk.json(&format!(
        "campaign record @li @mother --district 320102 --start \"2026-11-21 06:00\" --end \"2026-11-21 08:00\" \
         --minutes 120 --budget {campaign} %chen %social"
    ));
    assert_eq!(spendable(&desk, "li"), 240);
    let mother = desk.json("account show @mother");
    assert_eq!(mother["account"]["honorary"], json!(120), "beyond the line");
    let history = desk.run("account history @li");
    assert!(history.out.contains("campaign"), "{}", history.out);
}

#[test]
fn who_does_not_come_is_reported_and_who_served_is_rated() {
    let mut desk = Desk::new();
    let line = open_budget(&desk);
    let posted = desk.json(&format!(
        "order post --service S01 --district 320102 --from \"2026-11-22 08:00\" --to \"2026-11-23 12:00\" \
         --minutes 60 --payer {line} --recipient @mother %mother"
    ));
    let missed = posted["created"]["order"].as_str().unwrap();
    desk.json(&format!("order accept {missed} --provider @li %li"));
    desk.json(&format!("order no-show {missed} provider %mother"));
    assert_eq!(status(&desk, missed), "no_show");
    assert_eq!(
        desk.json("order list --status no-show")[0]["id"],
        json!(missed)
    );
    let served = verified_order(&desk);
    desk.json(&format!("order rate {served} provider 5 %mother"));
    let li = desk.json("account show @li");
    assert_eq!(li["account"]["no_shows"], json!(1));
    assert_eq!(li["account"]["rating"], json!({"count": 1, "stars": 5}));
    assert!(desk.run("account show @li").out.contains("5.0 (1)"));
    desk.language = "zh";
    let shown = desk.run(&format!("order show {missed}"));
    assert!(shown.out.contains("有人未到"), "{}", shown.out);
}

#[test]
fn a_dispute_is_decided_appealed_and_paid() {
    let desk = Desk::new();
    let order = verified_order(&desk);
    desk.json(&format!("dispute open {order} %mother"));
    assert_eq!(status(&desk, &order), "disputed");
    desk.json(&format!(
        "dispute resolve {order} --provider-gets 30 %arbiter"
    ));
    assert_eq!(status(&desk, &order), "resolved");
    let shown = desk.run(&format!("order show {order}"));
    assert!(
        shown.out.contains("provider gets") && shown.out.contains("can be appealed"),
        "{}",
        shown.out
    );
    desk.json(&format!("dispute appeal {order} %li"));
    desk.json(&format!(
        "dispute resolve {order} --provider-gets 45 %city_arbiter"
    ));
    desk.city.pass_a_block();
    assert_eq!(status(&desk, &order), "settled");
    assert_eq!(spendable(&desk, "li"), 45);
}

#[test]
fn what_an_order_paid_is_taken_back() {
    let mut desk = Desk::new();
    let order = verified_order(&desk);
    desk.json("time advance \"2026-11-26 08:00\" %admin");
    desk.city.pass_a_block();
    assert_eq!(status(&desk, &order), "settled");
    desk.json(&format!(
        "dispute reverse {order} --reason not-served %city_arbiter %treasurer1"
    ));
    assert_eq!(status(&desk, &order), "reversed");
    assert_eq!(spendable(&desk, "li"), 0);
    desk.language = "zh";
    let history = desk.run("account history @li");
    assert!(history.out.contains("收回"), "{}", history.out);
}

#[test]
fn an_order_nobody_verifies_is_listed_for_its_district() {
    let desk = Desk::new();
    let line = open_budget(&desk);
    let evidence = "77".repeat(32);
    desk.json(&format!(
        "service record --recipient @mother --provider @li --service S01 --district 320102 \
         --start \"2026-11-20 09:00\" --end \"2026-11-20 10:00\" --minutes 60 --payer {line} --evidence {evidence} %li %mother"
    ));
    let escalated = || desk.json("order list --escalated --district 320102");
    assert_eq!(escalated().as_array().unwrap().len(), 0);
    // Trust that nothing renews for a month ends.
    desk.json("time advance \"2026-12-08 08:00\" %admin");
    desk.city.pass_a_block();
    desk.json("account show @li");
    desk.json("time advance \"2026-12-23 08:00\" %admin");
    desk.city.pass_a_block();
    let listed = escalated();
    let order = listed[0]["id"].as_str().unwrap();
    let shown = desk.run(&format!("order show {order}"));
    assert!(shown.out.contains("district was told"), "{}", shown.out);
}

#[test]
fn a_merchant_is_paid_for_what_it_is_owed() {
    let desk = Desk::new();
    let shop = key("shop");
    timebank_wallet::key::save(&shop, &desk.path("shop.key")).unwrap();
    let registered = desk.json(&format!(
        "merchant register --home 320102005 --merchant-key {} %treasurer1 %treasurer2 --sign-as key=~shop.key",
        shop.public_key()
    ));
    let merchant = registered["created"]["account"].as_str().unwrap();
    desk.json(&format!(
        "merchant set-items {merchant} I03=480 --sign-as {merchant}=~shop.key %treasurer1"
    ));
    desk.json("account set-programmes @mother P07 %registrar %social");
    let line = budget(&desk, "grant", 600);
    desk.json(&format!(
        "budget grant {line} @mother --programme P07 --minutes 600 %treasurer1 %treasurer2"
    ));
    desk.json(&format!(
        "redeem {merchant} I03 480 --holder @mother %mother --sign-as {merchant}=~shop.key"
    ));
    desk.json(&format!(
        "merchant settle {merchant} 300 %treasurer1 %treasurer2 --sign-as {merchant}=~shop.key"
    ));
    let shown = desk.json(&format!("account show {merchant}"));
    assert_eq!(shown["account"]["kind"]["merchant"]["owed"], json!(180));
}

#[test]
fn an_upgrade_is_announced_and_shown() {
    let desk = Desk::new();
    desk.json("upgrade schedule 2 --from-day 2027-01-01 %admin");
    let shown = desk.json("status");
    assert_eq!(shown["rules"], json!(1));
    assert_eq!(
        shown["upgrade"],
        json!({"before": 1, "version": 2, "from_day": "2027-01-01"})
    );
    assert!(desk.run("status").out.contains("next rules"));
}

#[test]
fn policy_is_shown_with_its_history_and_the_multipliers() {
    let mut desk = Desk::new();
    desk.json("policy set 320100 daily_limit 240 --from-day 2026-12-01 %admin");
    desk.json("policy set 320100 daily_limit withdraw --from-day 2027-01-01 %admin");
    desk.json("catalogue set S09 --min 15 --max 240 --multiplier 150 --from-day 2026-12-01 %admin");
    let one = desk.json("policy show daily_limit");
    assert_eq!(one["parameters"].as_array().unwrap().len(), 1);
    let history = &one["parameters"][0]["history"];
    assert_eq!(history[0]["value"], json!({"number": 240}));
    assert_eq!(history[1]["value"], json!(null));
    let all = desk.run("policy show");
    for text in ["lower is tighter", "2026-12-01", "withdrawn", "150", "S09"] {
        assert!(all.out.contains(text), "{text}: {}", all.out);
    }
    desk.language = "zh";
    let all = desk.run("policy show");
    for text in ["越低越紧", "已撤回", "服务代码及其倍率"] {
        assert!(all.out.contains(text), "{text}: {}", all.out);
    }
}
