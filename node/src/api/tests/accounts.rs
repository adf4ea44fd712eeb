//! Accounts: their standing, what they show to strangers, members of groups, guardians.

use axum::http::StatusCode;
use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, ServiceCode};
use ledger_core::proof::RecordProof;
use ledger_core::record::account::{AccountKind, AccountRecord, AccountStatus, Members};
use ledger_core::record::membership::Membership;
use ledger_core::record::recovery::{Guardian, OngoingRecovery, RecoveryRecord};
use ledger_core::record::service_record::{ServiceRecord, ServiceYear};
use ledger_core::state::StateKey;
use ledger_core::time::TimestampMs;

use super::{Fixture, STREET, commit, fixture, fixture_with, genesis, get, key, register};
use crate::api::service_records::ServiceRecordAnswer;

fn member() -> AccountId {
    genesis().accounts[0].id()
}

const GROUP: AccountId = AccountId([4; 20]);
const EMPTY_GROUP: AccountId = AccountId([5; 20]);

fn standing() -> Fixture {
    let mut frozen = AccountRecord::new(
        AccountKind::Person {
            identity: ledger_core::hash::Hash([8; 32]),
        },
        STREET,
        super::DISTRICT,
        None,
    );
    frozen.status = AccountStatus::Frozen;
    frozen.legal_guardian = Some(member());
    frozen.no_shows = 2;
    let group = AccountRecord::new(
        AccountKind::Group,
        STREET,
        super::DISTRICT,
        Some(key(9).public_key()),
    );
    let recovery = RecoveryRecord {
        guardians: vec![Guardian::Account(GROUP), Guardian::Office(STREET)],
        threshold: 2,
        delay_ms: 259_200_000,
        ongoing: Some(OngoingRecovery {
            new_key: key(5).public_key(),
            finishes_ms: TimestampMs(super::NOW_MS + 1),
            cancellable: true,
            initiators: vec![Guardian::Office(STREET)],
        }),
        paused: Vec::new(),
    };
    let members = Members {
        members: vec![member()],
    };
    fixture_with(|state| {
        state.put(&StateKey::Account(AccountId([3; 20])), &frozen);
        state.put(&StateKey::Account(GROUP), &group);
        state.put(&StateKey::Account(EMPTY_GROUP), &group);
        state.put(&StateKey::Members(GROUP), &members);
        state.put(&StateKey::Recovery(member()), &recovery);
    })
}

#[tokio::test]
async fn an_account_says_what_it_may_do_and_whose_signature_it_needs() {
    let Fixture { api, .. } = standing();
    let frozen = AccountId([3; 20]);
    let (status, answer) = get(&api, &format!("/v1/accounts/{frozen}")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["account"]["status"], "frozen");
    assert_eq!(answer["account"]["legal_guardian"], member().to_string());
    assert_eq!(answer["account"]["no_shows"], 2);
}

#[tokio::test]
async fn the_members_of_a_group_are_listed() {
    let Fixture { api, .. } = standing();
    let (status, answer) = get(&api, &format!("/v1/accounts/{GROUP}/members")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["members"][0], member().to_string());
    let (_, nobody) = get(&api, &format!("/v1/accounts/{EMPTY_GROUP}/members")).await;
    assert_eq!(nobody["members"], serde_json::json!([]));
    let (status, answer) = get(&api, &format!("/v1/accounts/{}/members", member())).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(answer["error"]["details"]["kind"], "members");
}

#[tokio::test]
async fn guardians_and_a_recovery_under_way_are_shown() {
    let Fixture { api, .. } = standing();
    let (status, answer) = get(&api, &format!("/v1/accounts/{}/recovery", member())).await;
    assert_eq!(status, StatusCode::OK);
    let recovery = &answer["recovery"];
    assert_eq!(recovery["guardians"][0], GROUP.to_string());
    assert_eq!(recovery["ongoing"]["cancellable"], true);
    let (status, _) = get(&api, &format!("/v1/accounts/{GROUP}/recovery")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn membership_is_proven_and_so_is_its_absence_and_neither_shows_anything_else() {
    let Fixture { api, .. } = fixture();
    let block = commit(&api, register());
    let proven = |answer: &serde_json::Value, id: AccountId| {
        let proof: RecordProof = serde_json::from_value(answer["proof"].clone()).unwrap();
        let key = StateKey::Membership(id).to_bytes();
        let root = block.header.state_root;
        proof
            .tree_proof
            .verify_record(root, &key, proof.value.as_deref())
            .unwrap();
        (proof.key == key).then_some(proof.value)
    };
    let path = |id: AccountId| format!("/v1/accounts/{id}/membership?proof=true");
    let (status, answer) = get(&api, &path(member())).await;
    assert_eq!(status, StatusCode::OK);
    let founder = genesis().accounts[0].clone();
    let expected = Membership {
        key: founder.key,
        home: founder.home,
    };
    assert_eq!(answer["membership"], serde_json::json!(expected));
    let value = ledger_core::codec::encode(&expected);
    assert_eq!(proven(&answer, member()), Some(Some(value)));
    assert!(answer.get("account").is_none());

    let stranger = AccountId([9; 20]);
    let (status, answer) = get(&api, &path(stranger)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(answer["error"]["details"]["kind"], "membership");
    assert_eq!(proven(&answer, stranger), Some(None));
}

#[tokio::test]
async fn what_somebody_gave_is_proven_by_year_under_one_block_and_so_is_that_there_is_nothing() {
    let (given, year) = (
        ServiceRecord {
            served: Minutes(90),
            ..ServiceRecord::default()
        },
        |minutes| {
            let mut year = ServiceYear::default();
            year.change(3, |month| {
                month.add_service(ServiceCode(1), Minutes(minutes));
            });
            year
        },
    );
    let Fixture { api, .. } = fixture_with(|state| {
        state.put(&StateKey::ServiceRecord(member()), &given);
        for (number, minutes) in [(2024, 15), (2025, 30), (2026, 45)] {
            state.put(&StateKey::ServiceYear(member(), number), &year(minutes));
        }
        // Of another person, beside it in the tree of keys.
        state.put(&StateKey::ServiceYear(GROUP, 2025), &year(15));
    });
    let block = commit(&api, register());
    let path =
        |id: AccountId, query: &str| format!("/v1/accounts/{id}/service-record?proof=true{query}");
    let (status, answer) = get(&api, &path(member(), "&from=2025&to=2025")).await;
    assert_eq!(status, StatusCode::OK);
    let answer: ServiceRecordAnswer = serde_json::from_value(answer).unwrap();
    assert_eq!(answer.service_record, given);
    let [shown] = &answer.years[..] else {
        panic!("one year was asked for: {:?}", answer.years)
    };
    assert_eq!((shown.year, &shown.service_year), (2025, &year(30)));
    let expected = [
        (answer.proof, StateKey::ServiceRecord(member())),
        (answer.membership_proof, StateKey::Membership(member())),
        (shown.proof.clone(), StateKey::ServiceYear(member(), 2025)),
    ];
    for (proof, key) in expected {
        let proof = proof.unwrap();
        assert_eq!(proof.header, block.header);
        assert!(proof.record(&key).unwrap().is_some());
    }
    let (_, all) = get(&api, &path(member(), "")).await;
    assert_eq!(all["years"].as_array().unwrap().len(), 3);

    let stranger = AccountId([9; 20]);
    let (status, answer) = get(&api, &path(stranger, "")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(answer["error"]["details"]["kind"], "service_record");
    let proof: RecordProof = serde_json::from_value(answer["proof"].clone()).unwrap();
    assert_eq!(
        proof.record(&StateKey::ServiceRecord(stranger)).unwrap(),
        None
    );
}

#[tokio::test]
async fn only_merchants_have_items() {
    let Fixture { api, .. } = standing();
    for other in [GROUP, member()] {
        let (status, answer) = get(&api, &format!("/v1/accounts/{other}/items")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(answer["error"]["details"]["kind"], "merchant");
    }
}
