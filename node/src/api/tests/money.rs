//! Pools, and who waits for a reserve.

use axum::http::StatusCode;
use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, OrderId};
use ledger_core::record::budget::{PoolId, PoolKind};
use ledger_core::record::reserve::{ReserveClaim, ReserveQueue};
use ledger_core::state::StateKey;

use super::{DISTRICT, Fixture, fixture_with, get};

#[tokio::test]
async fn the_queue_of_a_reserve_is_shown_page_by_page_the_next_one_first() {
    let pool = PoolId {
        organisation: DISTRICT,
        kind: PoolKind::Reserve,
    };
    let claim = |byte: u8| ReserveClaim {
        account: AccountId([byte; 20]),
        order: OrderId([byte; 20]),
        minutes: Minutes(u64::from(byte)),
    };
    let queue = ReserveQueue {
        first: 4,
        next: 7,
        minutes: Minutes(15),
    };
    let Fixture { api, .. } = fixture_with(|state| {
        state.put(&StateKey::ReserveQueue(pool), &queue);
        for number in 4..7_u8 {
            state.put(
                &StateKey::ReserveClaim(pool, u64::from(number)),
                &claim(number),
            );
        }
    });
    let (status, answer) = get(&api, "/v1/pools/320102:reserve").await;
    assert_eq!(
        (status, answer["queued"].as_u64()),
        (StatusCode::OK, Some(15))
    );
    let (_, page) = get(&api, "/v1/pools/320102:reserve/queue?limit=2").await;
    let numbers = |page: &serde_json::Value| -> Vec<u64> {
        let items = page["items"].as_array().unwrap().iter();
        items.map(|item| item["number"].as_u64().unwrap()).collect()
    };
    assert_eq!(
        (numbers(&page), page["next"].as_str()),
        (vec![4, 5], Some("5"))
    );
    assert_eq!(
        page["items"][0]["claim"]["account"],
        AccountId([4; 20]).to_string()
    );
    let (_, rest) = get(&api, "/v1/pools/320102:reserve/queue?limit=2&after=5").await;
    assert_eq!((numbers(&rest), rest["next"].as_str()), (vec![6], None));
    let (_, empty) = get(&api, "/v1/pools/320102:donation/queue").await;
    assert_eq!(numbers(&empty), Vec::<u64>::new());
    let (status, _) = get(&api, "/v1/pools/320199:reserve/queue").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
