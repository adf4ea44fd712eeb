//! Folders that an auditor signed, checked by somebody who has only the genesis document.

use std::collections::BTreeSet;

use ledger_core::audit::Audit;
use ledger_core::id::Height;
use timebank::exit;
use timebank_audit::manifest::{
    AUDITOR_PROOF_NAME, About, MANIFEST_NAME, MadeOf, ManifestBody, auditor_proof,
};
use timebank_wallet::Client;
use timebank_wallet::trial;

use crate::desk::{Desk, Printed, link_kin};

const FILE: &str = "postings.csv";

/// A folder `export` on the desk, about all blocks of its city, signed by `signer` with their key.
fn hand_over(desk: &Desk, signer: &str) {
    let client = Client::without_trust(desk.city.clone());
    let mut audit = Audit::begin(&trial::genesis()).unwrap();
    let mut last = None;
    loop {
        let blocks = client.archive_unverified(audit.height()).unwrap();
        for (block, certificate) in &blocks {
            audit.follow(block, certificate).unwrap();
        }
        last = blocks.into_iter().last().or(last);
        if audit.time_ms() == desk.city.time_ms() {
            break;
        }
    }
    let (block, certificate) = last.unwrap();
    let folder = desk.path("export");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(FILE), "a,b\r\n1,2\r\n").unwrap();
    let about = About {
        chain_id: trial::genesis().chain_id(),
        from_height: Height(1),
        height: audit.height(),
        block_id: audit.block_id(),
        made_of: MadeOf::Export,
    };
    let body = ManifestBody::over(&folder, about, &BTreeSet::from([FILE.to_owned()])).unwrap();
    let signer_id = trial::staff(signer);
    body.signed(signer_id, &trial::key(signer))
        .write(&folder)
        .unwrap();
    let header = &block.header;
    let proof = auditor_proof(audit.state(), header, &certificate, Vec::new(), signer_id).unwrap();
    std::fs::write(folder.join(AUDITOR_PROOF_NAME), proof.to_file()).unwrap();
}

fn verify(desk: &Desk) -> Printed {
    desk.run(&format!(
        "--profile nobody verify ~export/{MANIFEST_NAME} --genesis ~genesis.json"
    ))
}

/// Refused for what is not as it was signed, with these words.
fn refused(printed: &Printed, words: &str) {
    assert_eq!(printed.code, exit::VERIFICATION, "{printed:?}");
    assert!(printed.err.contains(words), "{words}: {}", printed.err);
}

#[test]
fn a_signed_folder_is_checked_offline_in_both_languages() {
    let mut desk = Desk::new();
    link_kin(&desk);
    hand_over(&desk, "auditor");
    desk.city.go_away();
    for (language, words) in [
        ("en", ["In order:", "320100/6", "what it is", "export"]),
        ("zh", ["完好", "320100/6", "内容", "导出"]),
    ] {
        desk.language = language;
        let printed = verify(&desk);
        assert_eq!(printed.code, exit::OK, "{printed:?}");
        for word in words {
            assert!(printed.out.contains(word), "{word}: {}", printed.out);
        }
    }
    desk.language = "en";
    std::fs::write(desk.path("export/more.csv"), "").unwrap();
    let printed = verify(&desk);
    assert!(
        printed.out.contains("not vouched for: more.csv"),
        "{printed:?}"
    );
}

#[test]
fn a_folder_that_was_touched_is_refused_and_the_file_is_named() {
    let desk = Desk::new();
    hand_over(&desk, "auditor");
    std::fs::write(desk.path("export/postings.csv"), "a,b\r\n1,3\r\n").unwrap();
    refused(
        &verify(&desk),
        "postings.csv is not the file that was signed",
    );
    std::fs::write(desk.path("export/postings.csv"), "a,b\r\n").unwrap();
    refused(&verify(&desk), "postings.csv has 5 bytes; 10 were signed");
    hand_over(&desk, "auditor");
    let path = desk.path("export/manifest.json");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"export\"", "\"report\"")).unwrap();
    refused(
        &verify(&desk),
        "The signature under the manifest is not that of 320100/6",
    );
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["signature"] = serde_json::Value::Null;
    std::fs::write(&path, json.to_string()).unwrap();
    refused(&verify(&desk), "nobody signed it");
}

#[test]
fn only_an_auditor_of_the_chain_is_believed() {
    let desk = Desk::new();
    hand_over(&desk, "registrar");
    refused(&verify(&desk), "320102005/1, who signed, is no auditor");
    std::fs::remove_file(desk.path("export/auditor.tbproof")).unwrap();
    refused(
        &verify(&desk),
        "nothing shows that this key is an auditor's",
    );
    hand_over(&desk, "auditor");
    let proof = desk.path("export/auditor.tbproof");
    let kept = std::fs::read(&proof).unwrap();
    std::fs::remove_file(&proof).unwrap();
    let printed = verify(&desk);
    assert_eq!(printed.code, exit::OK, "{printed:?}");
    assert!(printed.out.contains("the genesis document names the key"));
    // A proof of an earlier block proves nothing of this one.
    desk.city.pass_a_block();
    hand_over(&desk, "auditor");
    std::fs::write(&proof, kept).unwrap();
    refused(
        &verify(&desk),
        "auditor.tbproof is about block 1, the manifest about block 2",
    );
}
