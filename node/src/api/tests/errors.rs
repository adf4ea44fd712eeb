//! Errors: their codes, status and sentences.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use ledger_core::hash::Hash;
use ledger_core::message::check;

use super::{Fixture, ask, fixture, get};

#[tokio::test]
async fn an_unknown_thing_is_named_in_both_languages() {
    let Fixture { api, .. } = fixture();
    let (status, body) = get(&api, &format!("/v1/transactions/{}", Hash::ZERO)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(body["error"]["code"], "not_found");
    assert_eq!(body["error"]["details"]["kind"], "transaction");
    assert!(
        body["error"]["message_en"]
            .as_str()
            .unwrap()
            .contains(&Hash::ZERO.to_string())
    );
    assert!(
        body["error"]["message_zh"]
            .as_str()
            .unwrap()
            .contains("这里没有")
    );
    assert!(body["error"]["remedy_zh"].as_str().is_some());
    assert!(
        body["error"]["message_zh"]
            .as_str()
            .unwrap()
            .contains("交易")
    );
    let (status, body) = get(&api, "/v1/nothing").await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (StatusCode::NOT_FOUND, Some("not_found"))
    );
    let (status, body) = get(&api, "/v1/accounts/nonsense").await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("request_malformed"))
    );
    // A name that is not even a text has its code, too.
    let (status, body) = get(&api, "/v1/accounts/%ff").await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("request_malformed"))
    );
    assert_eq!(body["error"]["details"]["part"], "path");
    let (status, body) = get(&api, "/v1/orders?limit=many").await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("request_malformed"))
    );
}

#[test]
fn the_messages_are_the_same_in_both_languages() {
    let chinese = include_str!("../../../messages/api.zh.ftl");
    let english = include_str!("../../../messages/api.en.ftl");
    assert_eq!(check::differences(chinese, english), Vec::<String>::new());
}

/// What the path does understand is in `Allow` (RFC 9110, section 15.5.6).
#[tokio::test]
async fn a_method_a_path_does_not_understand_is_refused_as_such() {
    let Fixture { api, .. } = fixture();
    for (method, path, allowed) in [
        ("DELETE", "/v1/orders", "GET,HEAD"),
        ("GET", "/v1/transactions", "POST"),
    ] {
        let request = || {
            let request = Request::builder().method(method).uri(path);
            request.body(Body::empty()).unwrap()
        };
        let response = tower::ServiceExt::oneshot(super::router(api.clone()), request())
            .await
            .unwrap();
        assert_eq!(response.headers()[header::ALLOW], allowed, "{path}");
        let (status, body) = ask(&api, request()).await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(body["error"]["code"], "method_not_allowed");
        assert_eq!(body["error"]["details"]["method"], method);
    }
}

#[tokio::test]
async fn the_part_that_cannot_be_understood_is_named_without_foreign_words() {
    let Fixture { api, .. } = fixture();
    for (path, part, value) in [
        ("/v1/accounts/nonsense", "path", "nonsense"),
        ("/v1/orders?limit=many", "query", "limit=many"),
        ("/v1/orders?after=there", "cursor", "there"),
        ("/v1/accounts/nonsense/orders", "path", "nonsense"),
        ("/v1/blocks?after=soon", "cursor", "soon"),
        ("/v1/policies?day=tomorrow", "query", "day=tomorrow"),
    ] {
        let (status, body) = get(&api, path).await;
        let error = &body["error"];
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(error["code"], "request_malformed", "{path}");
        assert_eq!(error["details"]["part"], part, "{path}");
        assert_eq!(error["details"]["value"], value, "{path}");
        assert!(error["details"]["reason"].is_string(), "{path}");
        let chinese = error["message_zh"].as_str().unwrap();
        let latin = chinese.replace(value, "");
        assert!(
            !latin.bytes().any(|byte| byte.is_ascii_alphabetic()),
            "{path}: {chinese}"
        );
    }
}
