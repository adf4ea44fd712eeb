//! Lists of orders by status, district and escalation.

use axum::http::StatusCode;
use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, OrderId, ServiceCode};
use ledger_core::record::lot::Lots;
use ledger_core::record::order::{
    Claim, CopiedTerms, EndedOrder, OpenOrder, OrderRecord, OrderStage, OrderStatus, Payer,
    Provider, Ratings,
};
use ledger_core::state::StateKey;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::Signer;

use super::{DISTRICT, Fixture, NOW_MS, fixture_with, get};

const ELDER: AccountId = AccountId([1; 20]);
const VOLUNTEER: AccountId = AccountId([2; 20]);
const PROVIDER: Provider = Provider {
    account: VOLUNTEER,
    server: VOLUNTEER,
};

fn id(byte: u8) -> OrderId {
    OrderId([byte; 20])
}

fn completed(escalated: bool) -> OrderRecord {
    let claim = Claim {
        provider: PROVIDER,
        start_ms: TimestampMs(NOW_MS),
        end_ms: TimestampMs(NOW_MS + 3_600_000),
        minutes: Minutes(60),
        evidence: Hash::ZERO,
    };
    OrderRecord::Open(Box::new(OpenOrder {
        recipient: ELDER,
        poster: Signer::Account(ELDER),
        poster_person: ELDER,
        service: ServiceCode(1),
        district: DISTRICT,
        window_start_ms: TimestampMs(NOW_MS),
        window_end_ms: TimestampMs(NOW_MS + 1),
        minutes: Minutes(60),
        payer: Payer::Recipient,
        held: Lots::new(),
        terms: CopiedTerms {
            quantum: Minutes(15),
            multiplier_percent: 100,
            minutes_min: Minutes(15),
            minutes_max: Minutes(240),
            backdating_days: 30,
            dual_verification_above: Minutes(480),
            dispute_window_ms: 1,
            appeal_window_ms: 1,
            lapse_ms: 1,
        },
        clerks: Vec::new(),
        ratings: Ratings::default(),
        stage: OrderStage::Completed {
            claim,
            escalates_ms: TimestampMs(NOW_MS),
            escalated,
        },
    }))
}

fn ended(status: OrderStatus) -> OrderRecord {
    OrderRecord::Ended(EndedOrder {
        status,
        ended_ms: TimestampMs(NOW_MS),
        recipient: ELDER,
        provider: Some(PROVIDER),
        payer: Payer::Recipient,
        service: ServiceCode(1),
        district: DISTRICT,
        minutes: Minutes::ZERO,
        paid: None,
    })
}

#[tokio::test]
async fn orders_are_listed_by_status_district_and_escalation() {
    let Fixture { api, .. } = fixture_with(|state| {
        state.put(&StateKey::Order(id(1)), &completed(false));
        state.put(&StateKey::Order(id(2)), &completed(true));
        state.put(&StateKey::Order(id(3)), &ended(OrderStatus::NoShow));
        state.put(&StateKey::Order(id(4)), &ended(OrderStatus::Reversed));
    });
    for (query, listed) in [
        ("", vec![1, 2]),
        ("?escalated=true", vec![2]),
        ("?escalated=true&district=320102", vec![2]),
        ("?escalated=true&district=320106", vec![]),
        ("?escalated=false", vec![1, 2]),
        ("?status=completed", vec![1, 2]),
        ("?status=no_show", vec![3]),
        ("?status=reversed", vec![4]),
        ("?status=disputed", vec![]),
    ] {
        let (status, answer) = get(&api, &format!("/v1/orders{query}")).await;
        assert_eq!(status, StatusCode::OK, "{query}: {answer}");
        let items = answer["items"].as_array().unwrap().iter();
        let ids: Vec<&str> = items.map(|item| item["id"].as_str().unwrap()).collect();
        let expected: Vec<String> = listed.iter().map(|byte| id(*byte).to_string()).collect();
        assert_eq!(ids, expected, "{query}");
    }
    let (_, order) = get(&api, &format!("/v1/orders/{}", id(2))).await;
    let stage = &order["order"]["open"]["stage"]["completed"];
    assert_eq!(stage["escalated"], true);
    assert_eq!(stage["claim"]["provider"]["server"], VOLUNTEER.to_string());
}
