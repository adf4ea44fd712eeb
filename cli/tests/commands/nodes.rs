//! Several nodes, one of which lies.

use std::sync::Arc;

use serde_json::{Value, json};
use timebank::exit;

use crate::desk::Desk;

const SEVERAL: &str = "--node http://liar --node http://away --node http://one --node http://two";

/// A desk with a node that shows other balances.
fn desk_with_a_liar() -> Desk {
    let mut desk = Desk::new();
    desk.lie = Arc::new(|path, answer| {
        if path.starts_with("/v1/accounts/")
            && let Some(value) = answer.pointer_mut("/proof/value")
        {
            let text = value.as_str().unwrap().replacen("00", "01", 1);
            *value = json!(text);
        }
        // The supply, too, which is what nodes are compared by.
        if path.starts_with("/v1/supply")
            && let Some(value) = answer.pointer_mut("/proof/value")
        {
            let text = value.as_str().unwrap().replacen("00", "01", 1);
            *value = json!(text);
        }
    });
    desk
}

#[test]
fn an_honest_node_answers_and_the_one_that_lied_is_named_with_the_evidence() {
    let mut desk = desk_with_a_liar();
    let balance = desk.json(&format!("wallet balance @mother {SEVERAL}"));
    assert_eq!(balance["verified"], json!(true));
    let compared = desk.run(&format!("nodes {SEVERAL} -o json"));
    assert_eq!(compared.code, exit::VERIFICATION, "{compared:?}");
    let shown: Value = serde_json::from_str(&compared.out).unwrap();
    let state = |index: usize| shown["nodes"][index]["found"]["state"].clone();
    assert_eq!(
        [state(0), state(1), state(2), state(3)],
        [
            json!("lied"),
            json!("away"),
            json!("proven"),
            json!("proven")
        ]
    );
    assert_eq!(shown["forked"], json!(false));
    let lie = &shown["lies"][0];
    assert_eq!(lie["node"], json!("http://liar"));
    assert_eq!(lie["kind"], json!("altered_record"));
    let evidence = std::fs::read_to_string(lie["file"].as_str().unwrap()).unwrap();
    assert!(evidence.contains("/v1/"), "{evidence}");
    for (language, words) in [
        ("en", ["lied", "is not as proven", "no answer", "one chain"]),
        ("zh", ["说谎", "与证明不符", "没有应答", "同一条链"]),
    ] {
        desk.language = language;
        let printed = desk.run(&format!("nodes {SEVERAL}"));
        for word in words {
            assert!(printed.out.contains(word), "{word}: {}", printed.out);
        }
    }
}

#[test]
fn nodes_that_agree_are_no_liars() {
    let desk = Desk::new();
    let compared = desk.run("nodes --node http://one --node http://two");
    assert_eq!(compared.code, exit::OK, "{compared:?}");
    assert!(compared.out.contains("agree"), "{}", compared.out);
}

#[test]
fn a_liar_alone_is_not_believed() {
    let desk = desk_with_a_liar();
    let printed = desk.run("wallet balance @mother --node http://liar");
    assert_eq!(printed.code, exit::VERIFICATION, "{printed:?}");
}
