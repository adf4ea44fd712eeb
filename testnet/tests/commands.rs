//! The commands and a real node understand each other: every query, over HTTP, checked against proofs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;

use ledger_core::amount::Minutes;
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::transaction::Operation;
use ledger_core::transaction::government::OpenBudget;
use support::Trial;
use timebank::{Environment, exit, run_in};
use timebank_testnet::city::CITY;
use timebank_testnet::driver::{budget_of, city_treasurers};
use timebank_wallet::verify::read_genesis;

/// Runs a command; its exit code and what it printed.
fn timebank(environment: &Environment, line: &str) -> (u8, String) {
    let words = std::iter::once("timebank").chain(line.split_whitespace());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run_in(words.map(Into::into), environment, &mut out, &mut err);
    out.extend(err);
    (code, String::from_utf8(out).unwrap())
}

#[test]
fn every_query_of_the_commands_is_answered_by_a_real_node_and_checked() {
    let mut trial = Trial::prepare("commands");
    trial.start();
    let treasurers = city_treasurers();
    let opened = trial
        .driver
        .apply(
            0,
            Operation::OpenBudget(OpenBudget {
                scope: CITY,
                purpose: BudgetPurpose::Fund,
                minutes: Minutes(600),
                last_day: "2099-12-31".parse().unwrap(),
            }),
            &[&treasurers[0], &treasurers[1]],
        )
        .unwrap();
    let budget = budget_of(opened);
    let document = trial.network.home(0).join("genesis.json");
    let genesis = read_genesis(&std::fs::read_to_string(&document).unwrap()).unwrap();
    let account = genesis.accounts[0].id();
    let environment = Environment {
        variables: BTreeMap::from([("LANG".to_owned(), "zh_CN.UTF-8".to_owned())]),
        ..Environment::of_process()
    };
    let options = format!(
        "--node {} --genesis {}",
        trial.network.url(0),
        document.display()
    );
    let queries = [
        "status".to_owned(),
        format!("account show {account}"),
        format!("account show {account} --unverified"),
        format!("account history {account}"),
        format!("account history {account} --unverified"),
        format!("account orders {account}"),
        "order list".to_owned(),
        "order list --status posted --district 320102".to_owned(),
        "org list".to_owned(),
        "org show 320100".to_owned(),
        "policy list".to_owned(),
        "policy list --district 320102 --day 2026-12-01".to_owned(),
        "catalogue list".to_owned(),
        "validators list".to_owned(),
        "evidence list".to_owned(),
        "supply".to_owned(),
        "supply --unverified".to_owned(),
        "block show".to_owned(),
        "block show 1".to_owned(),
        format!("tx show {opened}"),
        format!("budget show {budget}"),
        "pool show 320100:donation".to_owned(),
    ];
    for query in &queries {
        for format in ["table", "json"] {
            let (code, printed) = timebank(&environment, &format!("{options} {query} -o {format}"));
            assert_eq!(code, exit::OK, "{query}: {printed}");
        }
    }
    let nobody = ledger_core::id::AccountId([9; 20]);
    let order = ledger_core::id::OrderId([9; 20]);
    for unknown in [
        format!("account show {nobody}"),
        format!("order show {order}"),
        format!("merchant items {nobody}"),
        format!("tx show {}", "ab".repeat(32)),
        "block show 999999".to_owned(),
        "org show 999999".to_owned(),
    ] {
        let (code, printed) = timebank(&environment, &format!("{options} {unknown}"));
        assert_eq!(code, exit::NOT_FOUND, "{unknown}: {printed}");
    }
}

#[test]
fn a_short_measurement_counts_everything_on_all_nodes_and_leaves_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("load.json");
    let said = std::process::Command::new(env!("CARGO_BIN_EXE_timebank-testnet"))
        .args(["--lang", "en", "bench", "--mix", "gifts", "--rate", "20"])
        .args(["--seconds", "2", "--accounts", "100", "--pairs", "50", "-o"])
        .arg(&file)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{text}");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(report["kind"], "load");
    let run = &report["runs"][0]["result"];
    // Four seconds of lead-in and two of window, at 20 a second.
    assert_eq!(run["sent"], 120, "{text}");
    assert_eq!(run["applied"], 120, "{text}");
    assert!(run["each"]["processor_us"].as_f64().unwrap() > 0.0);
}
