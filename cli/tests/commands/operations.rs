//! Every command that asks for an operation: what it asks for, and how that reads in both languages.
//!
//! Documents are written and shown, not submitted: what the rules make of them is the ledger's business and tested there.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use timebank::exit;

use crate::desk::Desk;
use timebank_wallet::trial::{account, key};

/// Fits any place that takes an order's or a budget line's id.
fn order() -> String {
    ledger_core::id::OrderId([7; 20]).to_string()
}

fn line() -> String {
    ledger_core::id::BudgetId([8; 20]).to_string()
}

/// A command line, the kind of operation it asks for, and some of its fields.
fn commands() -> Vec<(String, &'static str, Value)> {
    let (order, line) = (order(), line());
    let new_key = key("new").public_key();
    let (chen, mother, li) = (account("chen"), account("mother"), account("li"));
    let mut both = [mother, li];
    both.sort();
    let start = json!(1_795_222_800_000_u64);
    let attended = json!({"attendance": {"district": "tbo1", "start_ms": start, "minutes": 120,
                                         "participants": [mother, li]}});
    let grantees = json!({"grantees": {"programme": "P07", "accounts": both, "minutes": 600, "expiry": "2027-12-31"}});
    vec![
        ("account open --home 320102005 --identity IDENTITY --holder-key KEY --guardian @mother".into(), "open_account",
         json!({"legal_guardian": mother})),
        ("account legal-guardian @li --guardian @mother".into(), "set_legal_guardian",
         json!({"account": li, "guardian": mother})),
        ("account legal-guardian @li --of-age".into(), "set_legal_guardian", json!({"guardian": null})),
        ("group open --home 320102005 --group-key KEY".into(), "open_group", json!({"key": new_key})),
        ("group set-members @chen --add @li --add @mother --remove @chen".into(), "set_members",
         json!({"group": chen, "add": both, "remove": [chen]})),
        ("group set-members @chen --add-file ~people.csv".into(), "set_members", json!({"add": both, "remove": []})),
        ("account set-programmes @li P12 P07".into(), "set_programmes", json!({"programmes": ["P07", "P12"]})),
        ("account set-programmes @li --none".into(), "set_programmes", json!({"programmes": []})),
        ("account move --to 320106001".into(), "move_home", json!({"account": chen})),
        ("account freeze @li".into(), "freeze", json!({"account": li})),
        ("account unfreeze @li".into(), "unfreeze", json!({"account": li})),
        (format!("account close @li --rest kin:{mother}"), "close_account", json!({"rest": {"kin": mother}})),
        (format!("account close @li --rest estate:{mother}"), "close_account", json!({"rest": {"estate": mother}})),
        ("account close @li --rest donation".into(), "close_account", json!({"rest": "donation"})),
        ("recovery set-guardians --guardian @mother --guardian 320102005 --threshold 2 --delay 96".into(), "set_guardians",
         json!({"account": chen, "threshold": 2, "delay_ms": 345_600_000})),
        ("recovery set-guardians --none".into(), "set_guardians", json!({"guardians": [], "threshold": 0})),
        ("recovery start @li --new-key KEY".into(), "start_recovery", json!({"account": li, "new_key": new_key})),
        ("recovery cancel".into(), "cancel_recovery", json!({"account": chen})),
        ("recovery finish @li".into(), "finish_recovery", json!({"account": li})),
        (format!("order accept {order} --provider @chen --member @li"), "accept_order",
         json!({"provider": chen, "member": li})),
        (format!("service record --recipient @mother --provider @chen --member @li --service S01 --district 320102 \
                  --start \"2026-11-21 09:00\" --end \"2026-11-21 10:00\" --minutes 60 --payer {line} --evidence IDENTITY"),
         "record_service", json!({"member": li, "start_ms": start})),
        (format!("order no-show {order} provider"), "report_no_show", json!({"absent": "provider"})),
        (format!("order rate {order} recipient 5"), "rate_order", json!({"rated": "recipient", "stars": 5})),
        (format!("dispute open {order}"), "open_dispute", json!({"order": order})),
        (format!("dispute resolve {order} --provider-gets 30"), "resolve_dispute", json!({"provider_minutes": 30})),
        (format!("dispute appeal {order}"), "appeal", json!({"order": order})),
        (format!("dispute reverse {order} --reason stolen-key"), "reverse_order", json!({"reason": "stolen_key"})),
        (format!("training record @mother @li --district 320102 --start \"2026-11-21 09:00\" --end \"2026-11-21 11:00\" \
                  --minutes 120 --budget {line}"), "record_training", attended.clone()),
        (format!("campaign record --file ~people.csv --district 320102 --start \"2026-11-21 09:00\" \
                  --end \"2026-11-21 11:00\" --minutes 120 --budget {line}"), "record_campaign", attended),
        (format!("budget grant {line} @mother @li --programme P07 --minutes 600 --expiry 2027-12-31"), "grant",
         grantees.clone()),
        ("pool spend 320102:donation --file ~people.csv --programme P07 --minutes 600 --expiry 2027-12-31".into(),
         "spend_pool", grantees),
        ("merchant settle @chen 480".into(), "settle_merchant", json!({"merchant": chen, "minutes": 480})),
        ("upgrade schedule 2 --from-day 2027-01-01".into(), "schedule_upgrade",
         json!({"version": 2, "from_day": "2027-01-01"})),
    ]
}

fn prepared() -> Desk {
    let desk = Desk::new();
    let people = format!("account\n{}\n{}\n", account("mother"), account("li"));
    std::fs::write(desk.path("people.csv"), people).unwrap();
    desk
}

fn filled(line: &str) -> String {
    line.replace("KEY", &key("new").public_key().to_string())
        .replace("IDENTITY", &"7c".repeat(32))
}

/// Whether everything `expected` says is in `actual`; `tbo1` stands for any office.
fn holds(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => expected
            .iter()
            .all(|(name, value)| actual.get(name).is_some_and(|it| holds(it, value))),
        (Value::String(actual), Value::String(expected)) if expected == "tbo1" => {
            actual.starts_with("tbo1")
        }
        _ => actual == expected,
    }
}

#[test]
fn every_command_asks_for_what_it_says() {
    let desk = prepared();
    for (line, kind, expected) in commands() {
        let written = desk.json(&format!("{} --document ~asked.json", filled(&line)));
        let operation = &written["transaction"]["operation"];
        assert_eq!(operation["kind"], kind, "{line}");
        assert!(holds(operation, &expected), "{line}: {operation:#}");
    }
}

/// In neither language is a label, a word or a sentence left in the code's own words.
#[test]
fn every_document_reads_in_both_languages() {
    let mut desk = prepared();
    for language in ["zh_CN.UTF-8", "en"] {
        desk.language = language;
        for (line, kind, _) in commands() {
            let shown = desk.run(&format!("{} --document ~asked.json", filled(&line)));
            assert_eq!(shown.code, exit::OK, "{line}: {}", shown.err);
            for raw in [format!("operation_{kind}"), format!("signed_by_{kind}")] {
                assert!(!shown.out.contains(&raw), "{line}: {}", shown.out);
            }
            if language == "en" {
                continue;
            }
            for printed in shown.out.lines() {
                let first = printed.split_whitespace().next().unwrap_or_default();
                let raw = !first.is_empty()
                    && first
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
                assert!(!raw, "{line}: {printed}\n{}", shown.out);
            }
        }
    }
}

/// Whoever adds an operation adds a command for it, and its line above.
#[test]
fn every_operation_has_a_command() {
    // Asked for elsewhere in these tests, or by nobody at a desk.
    let elsewhere = [
        "register_organisation",
        "set_staff",
        "set_policy",
        "set_catalogue",
        "set_validators",
        "open_budget",
        "fund_pool",
        "rotate_key",
        "link_kin",
        "unlink_kin",
        "set_kin_allowance",
        "appoint_proxy",
        "revoke_proxy",
        "post_order",
        "start_order",
        "complete_order",
        "cancel_order",
        "verify_order",
        "gift",
        "donate",
        "register_merchant",
        "set_items",
        "redeem",
        "advance_time",
        // Validators' nodes submit evidence; auditors co-sign where they recompute: `timebank clearing`.
        "submit_evidence",
        "cosign_clearing",
    ];
    let here = commands().into_iter().map(|(_, kind, _)| kind);
    let covered: BTreeSet<&str> = here.chain(elsewhere).collect();
    let complaint =
        serde_json::from_value::<ledger_core::transaction::Operation>(json!({"kind": "?"}))
            .unwrap_err()
            .to_string();
    let (_, list) = complaint.split_once("expected ").unwrap();
    let kinds: BTreeSet<&str> = list.split('`').skip(1).step_by(2).collect();
    assert!(kinds.len() > 50, "{complaint}");
    assert_eq!(kinds, covered);
}

#[test]
fn lists_of_people_name_the_line_that_cannot_be_used() {
    let desk = prepared();
    let line = line();
    let grant = format!("budget grant {line} --programme P07 --minutes 600 --document ~g.json");
    let nobody = desk.run(&grant);
    assert_eq!(nobody.code, exit::USAGE);
    assert!(nobody.err.contains("No person is named"), "{}", nobody.err);
    std::fs::write(desk.path("people.csv"), "V1\nV2\nV1\n").unwrap();
    let roster = format!(
        "number,account\nV1,{}\nV2,{}\n",
        account("li"),
        account("mother")
    );
    std::fs::write(desk.path("roster.csv"), roster).unwrap();
    let stranger = desk.run(&format!("{grant} --file ~people.csv"));
    assert_eq!(stranger.code, exit::FAILURE);
    assert!(stranger.err.contains("line 1"), "{}", stranger.err);
    let twice = desk.run(&format!("{grant} --file ~people.csv --roster ~roster.csv"));
    assert!(
        twice.err.contains("line 3") && twice.err.contains("twice"),
        "{}",
        twice.err
    );
}

#[test]
fn a_document_says_when_a_minor_needs_the_guardian() {
    let mut desk = prepared();
    let order = order();
    let accept = desk.run(&format!("order accept {order} --document ~a.json"));
    assert!(accept.out.contains("legal guardian"), "{}", accept.out);
    desk.language = "zh";
    let dispute = desk.run(&format!("dispute open {order} --document ~a.json"));
    assert!(!dispute.out.contains("监护人"), "{}", dispute.out);
}
