//! Closed months, and the archive an auditor reads.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{Height, StaffId};
use ledger_core::record::clearing::{ClearingCosignatures, ClearingRecord};
use ledger_core::state::StateKey;
use ledger_core::time::Month;
use tower::ServiceExt;

use super::{CITY, Fixture, commit, fixture, fixture_with, genesis, get, register, router};

fn closed(month: Month) -> ClearingRecord {
    ClearingRecord {
        month,
        height: Height(7),
        state_root: Hash([7; 32]),
        flows: Vec::new(),
        moves: Vec::new(),
        districts: Vec::new(),
    }
}

#[tokio::test]
async fn closed_months_are_listed_with_those_who_confirmed_them() {
    let [first, second]: [Month; 2] = ["2026-11", "2026-12"].map(|text| text.parse().unwrap());
    let auditor = StaffId {
        organisation: CITY,
        number: 61,
    };
    let person = genesis().accounts[0].id();
    let Fixture { api, .. } = fixture_with(|state| {
        state.put(&StateKey::Clearing(second), &closed(second));
        state.put(&StateKey::Clearing(first), &closed(first));
        let auditors = vec![(auditor, person)];
        let cosigned = ClearingCosignatures { auditors };
        state.put(&StateKey::ClearingCosignatures(first), &cosigned);
    });
    let (status, answer) = get(&api, "/v1/clearing").await;
    assert_eq!(status, StatusCode::OK);
    let items = answer["items"].as_array().unwrap();
    let listed: Vec<_> = items
        .iter()
        .map(|item| {
            (
                item["month"].as_str().unwrap(),
                item["cosignatures"].as_u64(),
            )
        })
        .collect();
    assert_eq!(listed, [("2026-11", Some(1)), ("2026-12", Some(0))]);
    let (status, answer) = get(&api, "/v1/clearing/2026-11").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["hash"], closed(first).clearing_hash().to_string());
    assert_eq!(answer["clearing"]["height"], 7);
    assert_eq!(answer["cosignatures"][0]["auditor"], auditor.to_string());
    assert_eq!(answer["cosignatures"][0]["person"], person.to_string());
    let (status, answer) = get(&api, "/v1/clearing/2027-01").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(answer["error"]["code"], "not_found");
    let (status, _) = get(&api, "/v1/clearing/2027-13").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_archive_is_read_part_by_part_to_its_end() {
    let Fixture { api, .. } = fixture();
    let part = async |after: u64| -> Vec<(Block, CommitCertificate)> {
        let request = Request::get(format!("/v1/archive?after={after}"));
        let request = request.body(Body::empty()).unwrap();
        let response = router(api.clone()).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let body = response.into_body();
        let bytes = axum::body::to_bytes(body, 10_000_000).await.unwrap();
        codec::decode(&bytes, bytes.len()).unwrap()
    };
    assert_eq!(part(0).await, []);
    let block = commit(&api, register());
    let found = part(0).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, block);
    assert_eq!(found[0].1.block_id, block.id());
    assert_eq!(part(1).await, []);
    assert_eq!(part(u64::MAX).await, []);
}
