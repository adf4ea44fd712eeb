//! Records with their proofs.

use axum::http::StatusCode;

use super::{Fixture, commit, fixture, genesis, get, register};

#[tokio::test]
async fn a_record_and_its_proof_come_from_one_block() {
    let Fixture { api, .. } = fixture();
    let id = genesis().accounts[0].id();
    let (status, answer) = get(&api, &format!("/v1/accounts/{id}?proof=true")).await;
    assert_eq!(
        (status, answer["error"]["code"].as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, Some("no_block_yet"))
    );
    let block = commit(&api, register());
    let (status, answer) = get(&api, &format!("/v1/accounts/{id}?proof=true")).await;
    assert_eq!(status, StatusCode::OK);
    let proof: ledger_core::proof::RecordProof =
        serde_json::from_value(answer["proof"].clone()).unwrap();
    assert_eq!(proof.header, block.header);
    let key = ledger_core::state::StateKey::Account(id).to_bytes();
    let value = proof.value.clone().unwrap();
    proof
        .tree_proof
        .verify_record(block.header.state_root, &key, Some(&value))
        .unwrap();
    // What is not there is proved as well.
    let absent = ledger_core::id::AccountId([9; 20]);
    let (status, answer) = get(&api, &format!("/v1/accounts/{absent}?proof=true")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let proof: ledger_core::proof::RecordProof =
        serde_json::from_value(answer["proof"].clone()).unwrap();
    let key = ledger_core::state::StateKey::Account(absent).to_bytes();
    proof
        .tree_proof
        .verify_record(block.header.state_root, &key, None)
        .unwrap();
}
