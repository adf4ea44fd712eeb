//! The node's own state, the genesis document, readiness.

use axum::http::StatusCode;
use ledger_core::genesis::Genesis;
use ledger_core::record::chain::UpgradeRecord;
use ledger_core::state::StateKey;
use ledger_core::time::Day;

use super::super::status::readiness;
use super::{Fixture, NOW_MS, fixture, fixture_with, genesis, get, idle_status};

#[tokio::test]
async fn genesis_is_served_and_hashes_to_the_chain_id() {
    let Fixture { api, .. } = fixture();
    let (status, body) = get(&api, "/v1/genesis").await;
    assert_eq!(status, StatusCode::OK);
    let served: Genesis = serde_json::from_value(body).unwrap();
    assert_eq!(served.chain_id(), genesis().chain_id());
    let (_, status) = get(&api, "/v1/status").await;
    assert_eq!(status["chain_id"], genesis().chain_id().to_string());
    assert_eq!(
        (status["height"].as_u64(), status["now_ms"].as_u64()),
        (Some(0), Some(NOW_MS + 5_000))
    );
}

#[tokio::test]
async fn the_status_names_the_rules_in_force_and_the_next_ones() {
    let upgrade = UpgradeRecord {
        before: 1,
        version: 2,
        from_day: Day(30_000),
    };
    let Fixture { api, .. } = fixture_with(|state| state.put(&StateKey::Upgrade, &upgrade));
    let (_, status) = get(&api, "/v1/status").await;
    assert_eq!(status["rules"], 1);
    assert_eq!(status["upgrade"]["version"], 2);
    let Fixture { api, .. } = fixture();
    let (_, status) = get(&api, "/v1/status").await;
    assert_eq!(
        (&status["rules"], status["upgrade"].is_null()),
        (&1.into(), true)
    );
}

#[test]
fn readiness_needs_a_quorum_the_height_and_progress() {
    let mut status = idle_status();
    assert!(readiness(&status, 0, true).is_ok());
    status.quorum_height.0 = 3;
    assert_eq!(readiness(&status, 0, true).unwrap_err().0, "ready_behind");
    status.quorum_height.0 = 2;
    assert!(readiness(&status, 0, true).is_ok());
    status.idle = false;
    status.last_commit_ms = Some(1_000);
    assert_eq!(
        readiness(&status, 31_001, true).unwrap_err().0,
        "ready_stalled"
    );
    assert!(readiness(&status, 31_001, false).is_ok());
    status.quorum_connected = false;
    assert_eq!(readiness(&status, 0, true).unwrap_err().0, "ready_peers");
}
