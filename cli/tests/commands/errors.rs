//! Exit codes and messages, in both languages.

use timebank::exit;

use crate::desk::{Desk, link_kin};

#[test]
fn every_sort_of_failure_has_its_own_exit_code() {
    let desk = Desk::new();
    let code = |line: &str| {
        let printed = desk.run(line);
        assert!(
            printed.out.is_empty() || printed.code == exit::OK,
            "{printed:?}"
        );
        printed.code
    };
    assert_eq!(code("status"), exit::OK);
    assert_eq!(code("--version"), exit::OK);
    assert_eq!(code("gift --help"), exit::OK);
    assert_eq!(code("gift @mother sixty"), exit::USAGE);
    assert_eq!(code("gift"), exit::USAGE);
    assert_eq!(code(""), exit::USAGE);
    assert_eq!(code("account"), exit::USAGE);
    assert_eq!(code("--profile stranger status"), exit::USAGE);
    assert_eq!(code("key show ~missing.key"), exit::FAILURE);
    assert_eq!(code("doc show ~missing.json"), exit::FAILURE);
    assert_eq!(
        code(&format!("tx show {}", "ab".repeat(32))),
        exit::NOT_FOUND
    );
    assert_eq!(
        code("account show tba1qyqszqgpqyqszqgpqyqszqgpqyqszqgpxktld7"),
        exit::USAGE
    );
    assert_eq!(code("block show 99"), exit::NOT_FOUND);
    assert_eq!(code("gift @mother 60"), exit::REFUSED);
    desk.city.certify_as(&["one", "two"]);
    desk.city.pass_a_block();
    assert_eq!(code("account show"), exit::VERIFICATION);
    assert_eq!(code("account show --unverified"), exit::OK);
    desk.city.go_away();
    assert_eq!(code("status"), exit::NETWORK);
}

#[test]
fn an_unknown_account_is_proven_not_to_exist() {
    let desk = Desk::new();
    let nobody = ledger_core::id::AccountId([5; 20]);
    let printed = desk.run(&format!("account show {nobody}"));
    assert_eq!(printed.code, exit::NOT_FOUND, "{printed:?}");
    assert!(printed.err.contains(&nobody.to_string()), "{printed:?}");
}

#[test]
fn a_refusal_names_the_rule_with_its_numbers_and_a_way_out_in_both_languages() {
    let mut desk = Desk::new();
    link_kin(&desk);
    let english = desk.run("gift @mother 60");
    assert_eq!(english.code, exit::REFUSED);
    assert!(
        english.err.starts_with("Refused by the ledger: "),
        "{}",
        english.err
    );
    assert!(
        english.err.contains("has 0 min available"),
        "{}",
        english.err
    );
    assert!(english.err.contains("\nHint: "), "{}", english.err);
    desk.language = "zh_CN.UTF-8";
    let chinese = desk.run("gift @mother 60");
    assert!(chinese.err.starts_with("账本拒绝："), "{}", chinese.err);
    assert!(chinese.err.contains("可用 0 分钟"), "{}", chinese.err);
    assert!(chinese.err.contains("\n办法："), "{}", chinese.err);
    let asked = desk.run("gift @mother 60 --lang en");
    assert_eq!(asked.err, english.err);
}

#[test]
fn programs_get_errors_as_json() {
    let desk = Desk::new();
    let refused = desk.run("gift @mother 60 -o json");
    let error: serde_json::Value = serde_json::from_str(&refused.err).unwrap();
    assert_eq!(error["error"]["kind"], "refused");
    assert_eq!(error["error"]["code"], "kin_unknown");
    assert_eq!(error["error"]["exit_code"], 4);
    assert!(error["error"]["details"]["account"].is_string());
    let usage = desk.run("gift @mother sixty -o json");
    let error: serde_json::Value = serde_json::from_str(&usage.err).unwrap();
    assert_eq!(error["error"]["code"], "usage_value");
}

#[test]
fn a_value_that_cannot_be_read_says_what_was_expected() {
    let mut desk = Desk::new();
    desk.language = "zh_CN.UTF-8";
    let printed = desk.run("gift @mother sixty");
    assert!(printed.err.contains("分钟数，非负整数"), "{}", printed.err);
    let printed = desk.run("time advance tomorrow");
    assert!(printed.err.contains("不是时间"), "{}", printed.err);
    let printed = desk.run("order post --service X --district 320102 --from a --to b --minutes 60");
    assert!(printed.err.contains("S01"), "{}", printed.err);
}

#[cfg(unix)]
#[test]
fn a_key_file_that_others_can_read_is_refused_with_the_remedy() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let file = desk.path("chen.key");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let printed = desk.run("gift @mother 60");
    assert_eq!(printed.code, exit::FAILURE);
    assert!(
        printed.err.contains("0644") && printed.err.contains("chmod 600"),
        "{}",
        printed.err
    );
}

#[test]
fn the_configuration_is_checked_and_named() {
    let desk = Desk::new();
    let unknown = desk.run("--profile stranger status");
    assert!(unknown.err.contains("chen, nobody"), "{}", unknown.err);
    std::fs::write(
        desk.path("odd.toml"),
        "default = \"a\"\n[profile.a]\nnode = \"x\"\n",
    )
    .unwrap();
    let odd = desk.run("--config ~odd.toml status");
    assert_eq!(odd.code, exit::USAGE);
    assert!(
        odd.err.contains("line 3") && odd.err.contains("nodes"),
        "{}",
        odd.err
    );
    let missing = desk.run("--config ~none.toml status");
    assert_eq!(missing.code, exit::USAGE);
    std::fs::remove_file(desk.path("timebank/config.toml")).unwrap();
    let unset = desk.run("status");
    assert!(unset.err.contains("--node"), "{}", unset.err);
    assert_eq!(desk.run("status --node http://trial").code, exit::OK);
}

#[test]
fn without_a_genesis_document_nothing_is_believed() {
    let desk = Desk::new();
    let printed = desk.run("--profile nobody account show @chen");
    assert_eq!(printed.code, exit::USAGE);
    assert!(printed.err.contains("--genesis"), "{}", printed.err);
    let told = desk.run("--profile nobody account show @chen --unverified");
    assert_eq!(told.code, exit::OK);
    assert!(told.out.contains("one node's word"), "{}", told.out);
}

#[test]
fn an_old_proof_needs_permission() {
    let mut desk = Desk::new();
    desk.late_ms = 25 * ledger_core::time::HOUR_MS;
    let old = desk.run("account show");
    assert_eq!(old.code, exit::VERIFICATION);
    assert!(
        old.err.contains("25 h") && old.err.contains("--max-age"),
        "{}",
        old.err
    );
    assert_eq!(desk.run("account show --max-age 26").code, exit::OK);
}

#[test]
fn a_node_that_lies_about_a_balance_is_found_out() {
    let mut desk = Desk::new();
    desk.city.spoil(|_, answer| {
        answer["account"]["held"] = serde_json::json!(90_000);
        if let Some(value) = answer.pointer_mut("/proof/value") {
            *value = serde_json::json!(value.as_str().unwrap().replacen("00", "01", 1));
        }
    });
    let english = desk.run("account show");
    assert_eq!(english.code, exit::VERIFICATION);
    assert!(
        english.err.contains("not in the proven state"),
        "{}",
        english.err
    );
    desk.language = "zh";
    let chinese = desk.run("account show");
    assert!(chinese.err.starts_with("核对未通过"), "{}", chinese.err);
}

#[test]
fn a_transaction_that_is_not_final_in_time_says_how_to_go_on() {
    let desk = Desk::new();
    desk.city.stall(true);
    let printed = desk.run("kin link @mother parent %chen %mother %registrar --wait 1");
    assert_eq!(printed.code, exit::NETWORK);
    assert!(printed.err.contains("tx show"), "{}", printed.err);
}

#[test]
fn help_is_in_the_readers_language() {
    let mut desk = Desk::new();
    let english = desk.run("order post --help");
    assert!(english.out.contains("Post a service order") && english.out.contains("Examples:"));
    desk.language = "zh_CN.UTF-8";
    let chinese = desk.run("order post --help");
    assert!(
        chinese.out.contains("发布服务订单") && chinese.out.contains("示例："),
        "{}",
        chinese.out
    );
    let order = |line: &str, names: [&str; 3]| {
        let shown = desk.run(line).out;
        let places = names.map(|name| shown.find(&format!("\n  {name}")));
        assert!(
            places.is_sorted() && places[0].is_some(),
            "{names:?}: {shown}"
        );
    };
    order("redeem --help", ["<MERCHANT>", "<ITEM>", "<MINUTES>"]);
    order("policy set --help", ["<SCOPE>", "<PARAMETER>", "<VALUE>"]);
    let incomplete = desk.run("order");
    assert_eq!(incomplete.code, exit::USAGE);
    assert!(incomplete.err.contains("命令"), "{}", incomplete.err);
}

#[test]
fn a_genesis_file_that_is_none_is_named() {
    let desk = Desk::new();
    std::fs::write(desk.path("odd.json"), "{}").unwrap();
    let odd = desk.run("account show --genesis ~odd.json");
    assert_eq!(odd.code, exit::FAILURE);
    assert!(
        odd.err.contains("odd.json") && odd.err.contains("genesis document"),
        "{}",
        odd.err
    );
}

#[test]
fn completions_are_printed_for_every_shell() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let printed = desk.run(&format!("completions {shell}"));
        assert_eq!(printed.code, exit::OK);
        assert!(printed.out.contains("timebank"), "{shell}");
    }
    assert_eq!(desk.run("completions csh").code, exit::USAGE);
}
