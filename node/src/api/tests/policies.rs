//! What policy and catalogue were, are and will be.

use axum::http::StatusCode;
use ledger_core::amount::Minutes;
use ledger_core::id::ServiceCode;
use ledger_core::record::policy::{
    CatalogueEntry, CatalogueHistory, PolicyEntry, PolicyHistory, PolicyParameter, PolicyValue,
};
use ledger_core::state::StateKey;
use ledger_core::time::Day;

use super::{CITY, DISTRICT, Fixture, fixture_with, get};

#[tokio::test]
async fn the_history_names_every_value_its_day_and_who_set_it() {
    let history = |value: u64, day: u32| PolicyHistory {
        entries: vec![PolicyEntry {
            from_day: Day(day),
            value: Some(PolicyValue::Number(value)),
        }],
    };
    let mut city = history(480, 20_000);
    city.entries.push(PolicyEntry {
        from_day: Day(30_000),
        value: None,
    });
    let service = CatalogueHistory {
        entries: vec![
            (
                Day(20_000),
                Some(CatalogueEntry {
                    minutes_min: Minutes(15),
                    minutes_max: Minutes(240),
                    multiplier_percent: 150,
                }),
            ),
            (Day(30_000), None),
        ],
    };
    let parameter = PolicyParameter::DailyLimit;
    let Fixture { api, .. } = fixture_with(|state| {
        state.put(&StateKey::Policy(CITY, parameter), &city);
        state.put(
            &StateKey::Policy(DISTRICT, parameter),
            &history(240, 20_001),
        );
        state.put(&StateKey::Catalogue(ServiceCode(7)), &service);
    });
    let (status, answer) = get(&api, "/v1/policies/history?district=320102").await;
    assert_eq!(status, StatusCode::OK);
    let parameters = answer["parameters"].as_array().unwrap();
    assert_eq!(parameters.len(), PolicyParameter::ALL.len());
    let daily = parameters
        .iter()
        .find(|it| it["parameter"] == "daily_limit")
        .unwrap();
    assert_eq!(daily["direction"], "lower");
    assert_eq!(daily["default"]["number"], 480);
    assert_eq!(daily["bounds"], serde_json::json!([0, 1_440]));
    let history = daily["history"].as_array().unwrap();
    assert_eq!(history.len(), 3);
    assert_eq!(history[0]["scope"], CITY.to_string());
    assert!(history[1]["value"].is_null(), "withdrawn");
    assert_eq!(history[2]["scope"], DISTRICT.to_string());
    assert_eq!(history[2]["value"]["number"], 240);
    assert_eq!(history[2]["from_day"], Day(20_001).to_string());
    let service = &answer["services"][0];
    assert_eq!(service["code"], "S07");
    assert_eq!(service["history"][0]["entry"]["multiplier_percent"], 150);
    assert!(service["history"][1]["entry"].is_null(), "retired");
    let (_, city) = get(&api, "/v1/policies/history").await;
    let daily = &city["parameters"][1];
    assert_eq!(daily["history"].as_array().unwrap().len(), 2);
}
