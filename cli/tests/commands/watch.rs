//! A witness at the command line: what it finds, whom it tells, and what can be submitted.

use std::sync::Arc;

use ledger_core::block::Header;
use ledger_core::certificate::{CommitCertificate, CommitSignature};
use ledger_core::signature::Purpose;
use ledger_core::validator::ValidatorAddress;
use serde_json::{Value, json};
use timebank::exit;
use timebank_wallet::trial::key;

use crate::desk::Desk;

/// A desk whose node `http://liar` shows another newest block, which one validator signed.
fn desk_with_a_forger() -> Desk {
    let mut desk = Desk::new();
    for _ in 0..4 {
        desk.city.pass_a_block();
    }
    desk.lie = Arc::new(|path, answer| {
        if path == "/v1/blocks/5" {
            let mut header: Header =
                serde_json::from_value(answer["block"]["header"].clone()).unwrap();
            header.time_ms = header.time_ms.plus_ms(1);
            let validator = ValidatorAddress::of(&key("two").public_key());
            let mut certificate = CommitCertificate {
                height: header.height,
                round: 0,
                block_id: header.id(),
                signatures: Vec::new(),
            };
            let vote = certificate.vote(header.chain_id, validator);
            certificate.signatures.push(CommitSignature {
                validator,
                signature: key("two").sign(Purpose::Vote, &vote.signed_bytes()),
            });
            answer["block"]["header"] = json!(header);
            answer["certificate"] = json!(certificate);
        }
    });
    desk
}

const BOTH: &str = "--node http://one --node http://liar";

#[test]
fn a_forged_block_is_told_of_and_its_signer_put_on_record() {
    let desk = desk_with_a_forger();
    let watched = desk.run(&format!(
        "watch {BOTH} --rounds 2 --folder ~witness -o json"
    ));
    assert_eq!(watched.code, exit::VERIFICATION, "{watched:?}");
    let result: Value = serde_json::from_str(&watched.out).unwrap();
    assert_eq!(
        (&result["height"], &result["alarms"]),
        (&json!(5), &json!(1))
    );
    let events = std::fs::read_to_string(desk.path("witness/events.jsonl")).unwrap();
    let forged: Value = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .find(|event: &Value| event["event"] == json!("forged"))
        .unwrap();
    assert_eq!(forged["node"], json!("http://liar"));
    let document = forged["documents"][0].as_str().unwrap();
    let submitted = desk.json(&format!("submit {document}"));
    assert_eq!(submitted["state"], json!("applied"), "{submitted}");
    // Told once a day, and the next run goes on where this one was.
    let again = desk.run(&format!("watch {BOTH} --rounds 1 --folder ~witness"));
    assert_eq!(again.code, exit::OK, "{again:?}");
    for (language, words) in [("en", "ALARM"), ("zh", "警报")] {
        let mut desk = desk_with_a_forger();
        desk.language = language;
        let watched = desk.run(&format!("watch {BOTH} --stop-on-alarm"));
        assert_eq!(watched.code, exit::VERIFICATION, "{watched:?}");
        let notices = desk.notices();
        assert!(notices.contains(words), "{notices}");
        assert!(notices.contains("http://liar"), "{notices}");
    }
}

#[test]
fn the_alert_program_is_told_and_one_that_fails_stops_nothing() {
    use std::os::unix::fs::PermissionsExt;

    let desk = desk_with_a_forger();
    let program = desk.path("alert");
    let script = format!(
        "#!/bin/sh\necho \"$1\" > {0}/code\ncat > {0}/event\n",
        desk.folder.path().display()
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    desk.run(&format!("watch {BOTH} --rounds 1 --alert ~alert"));
    assert_eq!(
        std::fs::read_to_string(desk.path("code")).unwrap(),
        "forged\n"
    );
    let event: Value = serde_json::from_slice(&std::fs::read(desk.path("event")).unwrap()).unwrap();
    assert_eq!(event["severity"], json!("alarm"));
    let desk = desk_with_a_forger();
    let watched = desk.run(&format!("watch {BOTH} --rounds 1 --alert ~nowhere -o json"));
    assert_eq!(watched.code, exit::VERIFICATION, "{watched:?}");
    assert!(desk.notices().contains("nowhere"));
}

#[test]
fn an_auditor_cosigns_what_was_seen_and_nobody_else_does() {
    let desk = desk_with_a_forger();
    desk.json("checkpoint make --height 3 --to ~checkpoint.json");
    std::fs::create_dir(desk.path("checkpoints")).unwrap();
    std::fs::rename(
        desk.path("checkpoint.json"),
        desk.path("checkpoints/checkpoint.json"),
    )
    .unwrap();
    let watch = "watch --rounds 1 --cosign ~checkpoints --checkpoint-every 24";
    let refused = desk.run(&format!("{watch} %clerk"));
    assert_eq!(refused.code, exit::USAGE, "{refused:?}");
    let watched = desk.run(&format!("{watch} %auditor"));
    assert_eq!(watched.code, exit::OK, "{watched:?}");
    for file in ["checkpoint.json", "checkpoint-00000000000000000005.json"] {
        desk.json(&format!("checkpoint sign ~checkpoints/{file} --yes %admin"));
        let shown = desk.run(&format!("checkpoint show ~checkpoints/{file}"));
        assert!(shown.out.contains("Enough"), "{shown:?}");
    }
}

#[test]
fn a_folder_of_another_chain_or_without_a_genesis_document_is_refused() {
    let desk = Desk::new();
    desk.run("watch --rounds 1 --folder ~witness");
    let text = std::fs::read_to_string(desk.path("genesis.json")).unwrap();
    let mut genesis: Value = serde_json::from_str(&text).unwrap();
    genesis["time_ms"] = json!(genesis["time_ms"].as_u64().unwrap() + 1);
    std::fs::write(desk.path("other.json"), genesis.to_string()).unwrap();
    let other = desk.run("watch --rounds 1 --folder ~witness --genesis ~other.json");
    assert_eq!(other.code, exit::USAGE, "{other:?}");
    let without = desk.run("watch --rounds 1 --profile nobody");
    assert_eq!(without.code, exit::USAGE, "{without:?}");
}
