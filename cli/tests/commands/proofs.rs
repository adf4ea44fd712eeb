//! Proofs for others, checked offline; and checkpoints.

use serde_json::{Value, json};
use timebank::exit;

use crate::desk::{Desk, Printed, link_kin, open_budget};

/// Checks a proof as somebody who has nothing but the genesis document.
fn verify(desk: &Desk, file: &str) -> Printed {
    desk.run(&format!(
        "--profile nobody verify ~{file} --genesis ~genesis.json"
    ))
}

#[test]
fn a_balance_is_proven_to_somebody_who_asks_no_node() {
    let mut desk = Desk::new();
    link_kin(&desk);
    let written = desk.json("prove account @mother --to ~balance.tbproof");
    assert_eq!(written["height"], json!(2));
    desk.json("prove account --to ~own.tbproof");
    desk.city.go_away();
    for (language, words) in [
        (
            "en",
            ["Proven:", "spendable (min)", "decided by 4 of 4 validators"],
        ),
        ("zh", ["已证明", "可用", "由 4 名验证人中的 4 名签名"]),
    ] {
        desk.language = language;
        let printed = verify(&desk, "balance.tbproof");
        assert_eq!(printed.code, exit::OK, "{printed:?}");
        for word in words {
            assert!(printed.out.contains(word), "{word}: {}", printed.out);
        }
    }
    let shown = desk.json("--profile nobody verify ~own.tbproof --genesis ~genesis.json");
    assert_eq!(shown["blocks"][0]["facts"][0]["kind"], json!("account"));
    assert_eq!(
        shown["blocks"][0]["facts"][0]["account"],
        json!(timebank_wallet::trial::account("chen"))
    );
}

#[test]
fn orders_transactions_and_entries_are_proven() {
    let desk = Desk::new();
    link_kin(&desk);
    let budget = open_budget(&desk);
    let posted = desk.json(&format!(
        "order post --service S01 --district 320102 --from \"2026-11-22 08:00\" --to \"2026-11-23 12:00\" \
         --minutes 60 --payer {budget} --recipient @mother %mother"
    ));
    let order = posted["created"]["order"].as_str().unwrap();
    let transaction = posted["id"].as_str().unwrap();
    desk.json(&format!("prove order {order} --to ~order.tbproof"));
    desk.json(&format!("prove tx {transaction} --to ~tx.tbproof"));
    desk.json("prove posting 0 @mother --to ~entry.tbproof");
    let beyond = desk.run("prove posting 99 @mother --to ~none.tbproof");
    assert_eq!(beyond.code, exit::NOT_FOUND, "{beyond:?}");
    desk.city.go_away();
    for (file, kind, word) in [
        ("order", "order", "posted"),
        ("tx", "transaction", "post order"),
        ("entry", "posting", "kin"),
    ] {
        let printed = verify(&desk, &format!("{file}.tbproof"));
        assert_eq!(printed.code, exit::OK, "{printed:?}");
        assert!(printed.out.contains(word), "{word}: {}", printed.out);
        let shown = desk.json(&format!(
            "--profile nobody verify ~{file}.tbproof --genesis ~genesis.json"
        ));
        let facts = shown["blocks"][0]["facts"].as_array().unwrap();
        assert!(facts.iter().any(|fact| fact["kind"] == kind), "{facts:?}");
    }
}

#[test]
fn a_proof_with_any_byte_altered_is_refused_and_the_broken_link_is_named() {
    let mut desk = Desk::new();
    desk.json("prove account @mother --to ~balance.tbproof");
    let good = std::fs::read(desk.path("balance.tbproof")).unwrap();
    let step = good.len() / 40;
    for at in (0..good.len()).step_by(step) {
        let mut bad = good.clone();
        bad[at] ^= 4;
        std::fs::write(desk.path("bad.tbproof"), &bad).unwrap();
        let printed = verify(&desk, "bad.tbproof");
        assert_eq!(printed.code, exit::VERIFICATION, "byte {at}: {printed:?}");
        assert!(
            printed.err.contains("Broken link: the file"),
            "byte {at}: {}",
            printed.err
        );
    }
    // With the checksum made anew the inner links break, each with a name of its own.
    let mut links = std::collections::BTreeSet::new();
    for at in (8..good.len() - 32).step_by(step / 3) {
        let mut bad = good[..good.len() - 32].to_vec();
        bad[at] ^= 4;
        let checksum = ledger_core::hash::hash(ledger_core::hash::Domain::ProofBundle, &[&bad]);
        bad.extend_from_slice(checksum.as_bytes());
        std::fs::write(desk.path("bad.tbproof"), &bad).unwrap();
        let printed =
            desk.run("--profile nobody verify ~bad.tbproof --genesis ~genesis.json -o json");
        assert_eq!(printed.code, exit::VERIFICATION, "byte {at}: {printed:?}");
        let error: Value = serde_json::from_str(&printed.err).unwrap();
        let code = error["error"]["code"].as_str().unwrap().to_owned();
        let message = error["error"]["message"].as_str().unwrap();
        assert!(
            !message.contains("proof_"),
            "a link without words: {message}"
        );
        links.insert(code);
    }
    assert!(links.len() > 3, "{links:?}");
    desk.language = "zh";
    let chinese = verify(&desk, "bad.tbproof");
    assert!(chinese.err.contains("断开的一环"), "{}", chinese.err);
    assert!(!chinese.err.contains("proof_"), "{}", chinese.err);
}

#[test]
fn every_link_that_can_break_has_words() {
    let source = include_str!("../../../ledger-core/src/proof/error.rs");
    let codes: Vec<&str> = source
        .split('"')
        .filter(|text| {
            text.starts_with("proof_")
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        })
        .collect();
    assert!(codes.len() > 40, "{codes:?}");
    for catalogue in [
        include_str!("../../messages/en.ftl"),
        include_str!("../../messages/zh.ftl"),
    ] {
        for code in &codes {
            let word = format!("\nword-{code} = ");
            assert!(catalogue.contains(&word), "no words for {code}");
        }
    }
}

#[test]
fn a_proof_of_another_city_is_refused() {
    let desk = Desk::new();
    desk.json("prove account @mother --to ~balance.tbproof");
    let mut genesis = timebank_wallet::trial::genesis();
    genesis.time_ms = genesis.time_ms.plus_ms(1);
    let text = serde_json::to_string(&genesis).unwrap();
    std::fs::write(desk.path("other.json"), text).unwrap();
    let printed = desk.run("--profile nobody verify ~balance.tbproof --genesis ~other.json");
    assert_eq!(printed.code, exit::VERIFICATION, "{printed:?}");
    assert!(printed.err.contains("another chain"), "{}", printed.err);
}

#[test]
fn a_checkpoint_of_the_city_lets_old_trust_begin_anew() {
    let mut desk = Desk::new();
    desk.json("time advance \"2026-12-10 08:00\" %admin");
    desk.city.pass_a_block();
    desk.city.pass_a_block();
    desk.json("prove account @mother --to ~balance.tbproof");
    let fresh = verify(&desk, "balance.tbproof");
    assert_eq!(fresh.code, exit::OK, "{fresh:?}");
    // Five weeks after its time the genesis document alone convinces nobody.
    desk.json("time advance \"2026-12-30 08:00\" %admin");
    desk.city.pass_a_block();
    std::fs::remove_dir_all(desk.path("state/timebank/nobody")).unwrap();
    let expired = verify(&desk, "balance.tbproof");
    assert_eq!(expired.code, exit::VERIFICATION, "{expired:?}");
    assert!(expired.err.contains("checkpoint"), "{}", expired.err);
    desk.json("checkpoint make --height 3 --to ~city.tbcheckpoint");
    let unsigned = desk.run("checkpoint show ~city.tbcheckpoint");
    assert!(unsigned.out.contains("Not valid yet"), "{unsigned:?}");
    let stranger = desk.run("checkpoint sign ~city.tbcheckpoint --yes %registrar");
    assert_eq!(stranger.code, exit::USAGE, "{stranger:?}");
    desk.json("checkpoint sign ~city.tbcheckpoint --yes %admin");
    let half = desk.run("checkpoint show ~city.tbcheckpoint");
    assert!(half.out.contains("no auditor"), "{}", half.out);
    desk.answers(&["yes"]);
    desk.json("checkpoint sign ~city.tbcheckpoint %auditor");
    assert!(desk.shown().contains("320100/6"));
    desk.language = "zh";
    let enough = desk.run("checkpoint show ~city.tbcheckpoint");
    assert!(enough.out.contains("检查点有效"), "{enough:?}");
    // With it, the proof holds again; without a signature it does not.
    desk.city.go_away();
    let line = "--profile nobody verify ~balance.tbproof --genesis ~genesis.json";
    let again = desk.run(&format!("{line} --checkpoint ~city.tbcheckpoint"));
    assert_eq!(again.code, exit::OK, "{again:?}");
    let text = std::fs::read_to_string(desk.path("city.tbcheckpoint")).unwrap();
    let mut forged: Value = serde_json::from_str(&text).unwrap();
    forged["signatures"].as_array_mut().unwrap().pop();
    std::fs::write(desk.path("half.tbcheckpoint"), forged.to_string()).unwrap();
    let refused = desk.run(&format!("{line} --checkpoint ~half.tbcheckpoint"));
    assert_eq!(refused.code, exit::VERIFICATION, "{refused:?}");
    desk.json("--profile nobody checkpoint use ~city.tbcheckpoint --genesis ~genesis.json");
    let kept = desk.run(line);
    assert_eq!(kept.code, exit::OK, "{kept:?}");
}

#[test]
fn nobody_signs_a_checkpoint_that_their_node_does_not_prove() {
    let desk = Desk::new();
    desk.city.pass_a_block();
    desk.json("checkpoint make --to ~city.tbcheckpoint");
    let path = desk.path("city.tbcheckpoint");
    let mut forged: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    forged["body"]["header"]["time_ms"] = json!(1_795_305_600_001_u64);
    std::fs::write(&path, forged.to_string()).unwrap();
    let printed = desk.run("checkpoint sign ~city.tbcheckpoint --yes %admin");
    assert_eq!(printed.code, exit::VERIFICATION, "{printed:?}");
    assert!(
        printed.err.contains("Nothing was signed"),
        "{}",
        printed.err
    );
}
