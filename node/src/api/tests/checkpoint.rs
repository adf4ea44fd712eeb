//! Tests of the checkpoints that an office serves.

use axum::http::StatusCode;
use ledger_core::block::{HEADER_VERSION, Header};
use ledger_core::genesis::{Genesis, GenesisStaff};
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, BlockId, Height, StaffId};
use ledger_core::proof::{CHECKPOINT_VERSION, Checkpoint, CheckpointBody, CheckpointKeys};
use ledger_core::record::organisation::{Role, StaffRecord};
use ledger_core::signature::SecretKey;

use super::{fixture, get};

fn key(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

fn staff(genesis: &Genesis, number: u8) -> StaffId {
    StaffId {
        organisation: genesis.city().unwrap(),
        number: u32::from(number),
    }
}

/// The same city with an administrator 91, and an auditor 92.
fn with_signers(mut genesis: Genesis) -> Genesis {
    let city = genesis.city().unwrap();
    genesis
        .staff
        .retain(|entry| entry.staff.organisation != city);
    genesis.organisations[0].threshold = 1;
    for (number, role) in [(91, Role::Administrator), (92, Role::Auditor)] {
        let entry = GenesisStaff {
            staff: staff(&genesis, number),
            record: StaffRecord {
                key: key(number).public_key(),
                roles: vec![role],
                person: AccountId([number; 20]),
            },
        };
        genesis.staff.push(entry);
    }
    genesis
}

/// A checkpoint of a block at `height`, signed by these.
fn checkpoint(genesis: &Genesis, height: u64, signers: &[u8]) -> Checkpoint {
    let set = genesis.validators.clone();
    let header = Header {
        version: HEADER_VERSION,
        chain_id: genesis.chain_id(),
        height: Height(height),
        time_ms: genesis.time_ms.plus_ms(height),
        parent: BlockId(Hash::ZERO),
        proposer: set.as_slice()[0].address(),
        transactions_root: Hash::ZERO,
        receipts_root: Hash::ZERO,
        state_root: Hash::ZERO,
        validators_hash: set.set_hash(),
        next_validators_hash: set.set_hash(),
        last_set_change: Height::GENESIS,
    };
    let body = CheckpointBody {
        version: CHECKPOINT_VERSION,
        chain_id: genesis.chain_id(),
        header,
        set,
        keys: CheckpointKeys::of_genesis(genesis),
    };
    let signatures: Vec<_> = signers
        .iter()
        .map(|number| body.sign(staff(genesis, *number), &key(*number)))
        .collect();
    Checkpoint::new(body, signatures)
}

#[tokio::test]
async fn serves_what_the_office_put_there_and_nothing_a_wallet_would_take_for_a_lie() {
    let mut api = fixture().api;
    let genesis = with_signers((*api.genesis).clone());
    api.genesis = std::sync::Arc::new(genesis.clone());
    let directory = tempfile::tempdir().unwrap();
    api.checkpoint = directory.path().join("checkpoint.json");
    let (status, body) = get(&api, "/v1/checkpoint").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");

    let (first, second) = (
        checkpoint(&genesis, 7, &[91, 92]),
        checkpoint(&genesis, 9, &[91, 92]),
    );
    let one = serde_json::to_value(&first).unwrap();
    let several = serde_json::json!({ "checkpoints": [&first, &second] });
    for (text, expected) in [
        (&one, serde_json::json!({ "checkpoints": [&first] })),
        (&several, several.clone()),
    ] {
        std::fs::write(&api.checkpoint, text.to_string()).unwrap();
        assert_eq!(
            get(&api, "/v1/checkpoint").await,
            (StatusCode::OK, expected)
        );
    }

    let out_of_order = serde_json::json!({ "checkpoints": [&second, &first] });
    let unsigned = serde_json::to_value(checkpoint(&genesis, 9, &[91])).unwrap();
    for text in [
        "{".to_owned(),
        "{\"checkpoints\": []}".to_owned(),
        unsigned.to_string(),
        out_of_order.to_string(),
    ] {
        std::fs::write(&api.checkpoint, text).unwrap();
        let (status, body) = get(&api, "/v1/checkpoint").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{body}");
        assert_eq!(body["error"]["code"], "storage_failed");
    }
}
