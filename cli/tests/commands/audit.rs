//! The auditor's replay: into a book that is gone on with, out of another book's blocks, and against validators who hold
//! another record than the rules give.

use ledger_core::codec;
use ledger_core::record::account::AccountRecord;
use ledger_core::state::StateKey;
use serde_json::json;
use timebank::exit;
use timebank_wallet::trial::account;

use crate::desk::Desk;

fn desk_after(blocks: u32) -> Desk {
    let desk = Desk::new();
    for _ in 1..blocks {
        desk.city.pass_a_block();
    }
    desk
}

#[test]
fn a_replay_agrees_with_the_node_and_goes_on_where_the_book_ended() {
    let desk = desk_after(5);
    let first = desk.json("audit replay --to-height 3");
    assert_eq!(
        (&first["height"], &first["blocks_executed"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(first["agrees"], json!(true));
    let rest = desk.json("audit replay");
    assert_eq!(
        (&rest["height"], &rest["blocks_executed"]),
        (&json!(5), &json!(2))
    );
    assert_eq!(rest["agrees"], json!(true));
    // The book has it, so nobody needs to be asked; and it does not go back.
    let back = desk.run("audit replay --to-height 4");
    assert_eq!(back.code, exit::USAGE, "{}", back.err);
    let state = desk.folder.path().join("state/timebank/chen/book");
    let other = desk.folder.path().join("other");
    let (from, to) = (state.display(), other.display());
    let copied = desk.json(&format!("audit replay --from-export {from} --book {to}"));
    assert_eq!(copied["state_root"], rest["state_root"]);
    assert_eq!(copied["agrees"], json!(null));
}

#[test]
fn a_record_that_the_validators_altered_is_shown_with_both_values() {
    let desk = desk_after(3);
    let key = StateKey::Account(account("chen"));
    let bytes = desk.city.record(&key).unwrap();
    let mut record: AccountRecord = codec::decode(&bytes, 1 << 20).unwrap();
    record.service_given.0 += 90;
    desk.city.alter_record(&key, Some(codec::encode(&record)));
    desk.city.pass_a_block();
    desk.city.pass_a_block();
    let printed = desk.run("audit replay -o json");
    assert_eq!(printed.code, exit::VERIFICATION, "{}", printed.err);
    let found: serde_json::Value = serde_json::from_str(&printed.out).unwrap();
    assert_eq!(
        (&found["height"], &found["field"]),
        (&json!(4), &json!("state_root"))
    );
    let record = &found["located"]["records"][0];
    assert_eq!(
        record["record"],
        json!(format!("Account {}", account("chen")))
    );
    let field = json!({"field": "service_given", "ours": 0, "theirs": 90});
    assert_eq!(record["fields"], json!([field]));
    for (language, parts) in [("en", "comes to something else"), ("zh", "执行的结果不同")] {
        let printed = desk.run(&format!("audit replay --lang {language}"));
        assert!(printed.out.contains(parts), "{}", printed.out);
        assert!(printed.out.contains("service_given"), "{}", printed.out);
    }
    // The book stands before the block that parts, and says so again.
    let again = desk.run("audit replay");
    assert_eq!(again.code, exit::VERIFICATION);
}

#[test]
fn a_book_is_taken_as_it_is_when_nobody_answers() {
    let desk = desk_after(2);
    desk.json("audit replay");
    desk.city.go_away();
    let printed = desk.run("audit replay");
    assert_eq!(printed.code, exit::NETWORK, "{}", printed.err);
    let printed = desk.run("audit clearing 2026-11 --offline");
    assert_eq!(printed.code, exit::NOT_FOUND, "{}", printed.err);
    let nobody = desk.run("audit replay --profile nobody");
    assert_eq!(nobody.code, exit::USAGE, "{}", nobody.err);
}
