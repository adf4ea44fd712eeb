//! Handing transactions in, one by one and in batches, and waiting for them.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::ledger::Rejection;
use ledger_core::receipt::{Cause, Receipt};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::Operation;
use ledger_core::transaction::government::AdvanceTime;
use tokio::sync::mpsc;

use super::super::submissions::{Fate, Known, Submissions, WAITERS_MAX};
use super::super::{SubmissionRequest, ToReplica};
use super::{Fixture, NOW_MS, ask, commit, fixture, get, register, signed};
use crate::replica::{Accepted, ClientAddress, SubmitError};

fn post(path: &str, content_type: &str, body: Vec<u8>) -> Request<Body> {
    Request::post(path)
        .header(header::CONTENT_TYPE, content_type)
        .body(body.into())
        .unwrap()
}

fn submission(asked: ToReplica) -> SubmissionRequest {
    match asked {
        ToReplica::Submit(request) => request,
        ToReplica::Withdraw(id) => panic!("{id} was withdrawn"),
    }
}

/// A replica that gives every submission the same answer, and says how many it got.
fn answering(
    mut requests: mpsc::Receiver<ToReplica>,
    answer: Result<Accepted, SubmitError>,
) -> tokio::task::JoinHandle<usize> {
    tokio::spawn(async move {
        let mut count = 0;
        while let Some(asked) = requests.recv().await {
            let request = submission(asked);
            count += request.envelopes.len();
            request
                .answers
                .send(vec![answer.clone(); request.envelopes.len()])
                .unwrap();
        }
        count
    })
}

#[tokio::test]
async fn a_transaction_goes_to_the_replica_and_its_receipt_comes_back() {
    let Fixture { api, to_replica } = fixture();
    let envelope = register();
    let id = envelope.id();
    let mut to_replica = to_replica;
    let replica = tokio::spawn(async move {
        for answer in [
            Ok(Accepted::Pending),
            Err(SubmitError::Rejected(Rejection::AlreadyApplied)),
        ] {
            let request = submission(to_replica.recv().await.unwrap());
            request.answers.send(vec![answer]).unwrap();
        }
    });
    let body = envelope.bytes().to_vec();
    let (status, answer) = ask(
        &api,
        post("/v1/transactions", "application/octet-stream", body.clone()),
    )
    .await;
    assert_eq!(
        (status, answer["state"].as_str()),
        (StatusCode::ACCEPTED, Some("accepted"))
    );
    api.submissions.accepted(id);
    let (status, answer) = get(&api, &format!("/v1/transactions/{id}")).await;
    assert_eq!(
        (status, answer["state"].as_str()),
        (StatusCode::OK, Some("accepted"))
    );

    commit(&api, envelope);
    let (status, answer) = get(&api, &format!("/v1/transactions/{id}")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (answer["state"].as_str(), answer["height"].as_u64()),
        (Some("applied"), Some(1))
    );
    assert_eq!(
        answer["envelope"]["transaction"]["operation"]["kind"],
        "register_organisation"
    );
    // Handing it in again is safe and says where it is.
    let (status, answer) = ask(
        &api,
        post("/v1/transactions", "application/octet-stream", body),
    )
    .await;
    assert_eq!(
        (status, answer["height"].as_u64()),
        (StatusCode::OK, Some(1))
    );
    assert!(answer["receipt"].is_object());
    replica.await.unwrap();
}

#[tokio::test]
async fn waiting_for_finality_ends_with_the_receipt_a_refusal_or_the_time() {
    let Fixture {
        api,
        mut to_replica,
    } = fixture();
    let envelope = register();
    let id = envelope.id();
    let committing = api.clone();
    let committed = envelope.clone();
    let replica = tokio::spawn(async move {
        let request = submission(to_replica.recv().await.unwrap());
        request.answers.send(vec![Ok(Accepted::Pending)]).unwrap();
        commit(&committing, committed);
        let request = submission(to_replica.recv().await.unwrap());
        request.answers.send(vec![Ok(Accepted::Pending)]).unwrap();
        committing.submissions.dropped(
            request.envelopes[0].id(),
            SubmitError::Rejected(Rejection::MinutesZero),
        );
        let request = submission(to_replica.recv().await.unwrap());
        request.answers.send(vec![Ok(Accepted::Pending)]).unwrap();
    });
    let path = "/v1/transactions?wait=finality&timeout_ms=200";
    let body = serde_json::to_vec(&serde_json::json!({ "envelope": envelope.envelope() })).unwrap();
    let (status, answer) = ask(&api, post(path, "application/json", body)).await;
    assert_eq!(
        (status, answer["id"].as_str()),
        (StatusCode::OK, Some(id.to_string().as_str()))
    );
    assert!(answer["receipt"].is_object());

    let advance = |to_ms| {
        signed(Operation::AdvanceTime(AdvanceTime {
            to_ms: TimestampMs(to_ms),
        }))
        .bytes()
        .to_vec()
    };
    let (status, answer) = ask(
        &api,
        post(path, "application/octet-stream", advance(NOW_MS + 7)),
    )
    .await;
    assert_eq!(
        (status, answer["error"]["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("minutes_zero"))
    );
    let (status, answer) = ask(
        &api,
        post(path, "application/octet-stream", advance(NOW_MS + 8)),
    )
    .await;
    assert_eq!(
        (status, answer["error"]["code"].as_str()),
        (StatusCode::GATEWAY_TIMEOUT, Some("not_final_yet"))
    );
    replica.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_another_is_withdrawn_when_its_client_wants_an_answer() {
    let Fixture {
        api,
        mut to_replica,
    } = fixture();
    let fates = Arc::clone(&api.submissions);
    let replica = tokio::spawn(async move {
        let request = submission(to_replica.recv().await.unwrap());
        let waiting = Accepted::Waiting {
            rejection: Rejection::MinutesZero,
        };
        request.answers.send(vec![Ok(waiting)]).unwrap();
        match to_replica.recv().await.unwrap() {
            ToReplica::Withdraw(id) => {
                fates.dropped(id, SubmitError::Rejected(Rejection::MinutesZero))
            }
            ToReplica::Submit(request) => panic!("{request:?}"),
        }
    });
    let path = "/v1/transactions?wait=finality&timeout_ms=60000";
    let body = register().bytes().to_vec();
    let (status, answer) = ask(&api, post(path, "application/octet-stream", body)).await;
    assert_eq!(
        (status, answer["error"]["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("minutes_zero"))
    );
    replica.await.unwrap();
}

#[tokio::test]
async fn a_batch_keeps_its_order_and_one_bad_envelope_does_not_keep_the_others_out() {
    let Fixture { api, to_replica } = fixture();
    let _replica = answering(to_replica, Ok(Accepted::Pending));
    let good = register();
    let batch = codec::encode(&vec![vec![1, 2, 3], good.bytes().to_vec()]);
    let (status, answer) = ask(
        &api,
        post("/v1/transactions/batch", "application/octet-stream", batch),
    )
    .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer[0]["error"]["code"], "envelope_malformed");
    assert_eq!(answer[1]["state"], "accepted");
    assert_eq!(answer[1]["id"], good.id().to_string());
    let (status, _) = ask(
        &api,
        post(
            "/v1/transactions/batch",
            "application/octet-stream",
            vec![9; 9],
        ),
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn malformed_long_and_refused_bodies_have_clear_errors() {
    let Fixture { api, to_replica } = fixture();
    let _replica = answering(
        to_replica,
        Err(SubmitError::Rejected(Rejection::MinutesZero)),
    );
    let path = "/v1/transactions";
    let mut trailing = register().bytes().to_vec();
    trailing.push(0);
    for (content_type, body, status, code) in [
        (
            "application/octet-stream",
            Vec::new(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "envelope_malformed",
        ),
        (
            "application/octet-stream",
            trailing,
            StatusCode::UNPROCESSABLE_ENTITY,
            "envelope_malformed",
        ),
        (
            "application/octet-stream",
            vec![0; 70_000],
            StatusCode::UNPROCESSABLE_ENTITY,
            "envelope_malformed",
        ),
        (
            "application/octet-stream",
            vec![0; 300_000],
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_long",
        ),
        (
            "application/json",
            b"{".to_vec(),
            StatusCode::BAD_REQUEST,
            "body_malformed",
        ),
        (
            "application/octet-stream",
            register().bytes().to_vec(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "minutes_zero",
        ),
    ] {
        let (answered, body) = ask(&api, post(path, content_type, body)).await;
        assert_eq!(
            (answered, body["error"]["code"].as_str()),
            (status, Some(code))
        );
    }
}

#[test]
fn whoever_waits_hears_the_fate_and_the_gone_make_room() {
    let submissions = Submissions::default();
    let id = |byte| ledger_core::id::TransactionId(Hash([byte; 32]));
    let mut heard = submissions.wait(id(1)).unwrap();
    submissions.accepted(id(1));
    assert!(matches!(submissions.known(id(1)), Some(Known::Pending)));
    let receipt = Receipt {
        cause: Cause::Transaction(id(1)),
        postings: Vec::new(),
    };
    submissions.committed(ledger_core::id::Height(4), &[receipt]);
    assert!(matches!(heard.try_recv(), Ok(Fate::Applied { height, .. }) if height.0 == 4));
    assert!(submissions.known(id(1)).is_none());
    let held: Vec<_> = (0..WAITERS_MAX)
        .map(|_| submissions.wait(id(2)).unwrap())
        .collect();
    assert!(submissions.wait(id(3)).is_none());
    drop(held);
    assert!(submissions.wait(id(3)).is_some());
}

/// As whose a transaction is handed in that comes over a connection from `connected`, with these headers.
async fn client_of(connected: &str, forwarded_for: &[&str]) -> ClientAddress {
    let Fixture {
        api,
        mut to_replica,
    } = fixture();
    let mut request = post(
        "/v1/transactions",
        "application/octet-stream",
        codec::encode(&register()),
    );
    for value in forwarded_for {
        let headers = request.headers_mut();
        headers.append("x-forwarded-for", value.parse().unwrap());
    }
    let connected: SocketAddr = connected.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(connected));
    let replica = tokio::spawn(async move {
        let request = submission(to_replica.recv().await.unwrap());
        let answers = vec![Ok(Accepted::Pending); request.envelopes.len()];
        request.answers.send(answers).unwrap();
        request.client
    });
    let (status, body) = ask(&api, request).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{body}");
    replica.await.unwrap()
}

#[tokio::test]
async fn only_a_proxy_on_this_machine_is_believed_about_whom_it_calls_for() {
    let at = |address: &str| ClientAddress::from(address.parse::<IpAddr>().unwrap());
    let stranger = client_of("198.51.100.7:4000", &["10.0.0.1"]).await;
    assert_eq!(stranger, at("198.51.100.7"));
    let proxied = client_of("127.0.0.1:4000", &["10.0.0.1", "10.0.0.2, 203.0.113.9"]).await;
    assert_eq!(
        proxied,
        at("203.0.113.9"),
        "what its caller wrote is not believed"
    );
    let written = [
        ("203.0.113.9:51000", "203.0.113.9"),
        ("10.0.0.1,[2001:db8::7]:443", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[::ffff:203.0.113.9]:443", "203.0.113.9"),
    ];
    for (text, address) in written {
        let named = client_of("127.0.0.1:4000", &[text]).await;
        assert_eq!(named, at(address), "{text}");
    }
    for text in ["?", "[203.0.113.9]", "[2001:db8::7", "203.0.113.9:x", ""] {
        let unnamed = client_of("[::1]:4000", &[text]).await;
        assert_eq!(unnamed, at("::1"), "{text}");
    }
    assert_eq!(client_of("127.0.0.1:4000", &[]).await, ClientAddress::LOCAL);
    let neighbours = [
        "[2001:db8::1]:1",
        "[2001:db8:0:ff::ffff:2]:2",
        "[::ffff:10.0.0.1]:3",
    ];
    let [one, other, mapped] = neighbours;
    assert_eq!(client_of(one, &[]).await, client_of(other, &[]).await);
    assert_ne!(at("2001:db8::1"), at("2001:db8:0:100::1"));
    assert_eq!(client_of(mapped, &[]).await, at("10.0.0.1"));
}
