//! The description of the interface, and that every path of it answers.

use axum::http::StatusCode;

use super::{Fixture, commit, fixture, genesis, get, register};

#[tokio::test]
async fn every_documented_path_is_in_the_openapi_document_and_the_other_way_round() {
    let Fixture { api, .. } = fixture();
    let (status, document) = get(&api, "/v1/openapi.json").await;
    assert_eq!(status, StatusCode::OK);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let generated: std::collections::BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/api.md");
    let text = std::fs::read_to_string(path).unwrap();
    for path in &generated {
        assert!(
            text.contains(path.as_str()),
            "docs/api.md does not mention {path}"
        );
    }
    for (_, rest) in text
        .match_indices("`GET /v1/")
        .map(|(at, _)| text[at + 5..].split_once('`').unwrap_or_default())
        .map(|(path, _)| ((), path))
    {
        let path = rest.split('?').next().unwrap();
        assert!(
            path == "/v1/blocks/latest" || generated.contains(path),
            "{path} is documented, but not there"
        );
    }
}

#[tokio::test]
async fn everything_else_answers() {
    let Fixture { api, .. } = fixture();
    commit(&api, register());
    for path in [
        "/livez",
        "/readyz",
        "/metrics",
        "/",
        "/v1/blocks",
        "/v1/blocks/1",
        "/v1/blocks/latest",
        "/v1/organisations",
        "/v1/organisations/320100",
        "/v1/validators",
        "/v1/validators/changes",
        "/v1/evidence",
        "/v1/supply?proof=true",
        "/v1/policies",
        "/v1/policies?district=320102&day=2027-01-01",
        "/v1/catalogue",
        "/v1/orders",
        "/v1/orders?status=posted&district=320102",
        "/v1/orders?status=disputed&escalated=true",
        "/v1/policies/history",
        "/v1/policies/history?district=320102",
        "/v1/pools/320102:donation",
        "/v1/pools/320102:reserve/queue",
    ] {
        let (status, body) = get(&api, path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
    }
    let (_, organisations) = get(&api, "/v1/organisations").await;
    assert_eq!(organisations["items"].as_array().unwrap().len(), 4);
    let (_, city) = get(&api, "/v1/organisations/320100").await;
    assert_eq!(city["staff"][0]["entry"]["roles"][0], "administrator");
    let account = genesis().accounts[0].id();
    for path in ["history", "orders"] {
        let (status, _) = get(&api, &format!("/v1/accounts/{account}/{path}")).await;
        assert_eq!(status, StatusCode::OK);
    }
}
