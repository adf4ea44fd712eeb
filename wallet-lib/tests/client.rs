//! The client against the real ledger: what is believed, and how each broken link of a proof is named.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail loudly, like the tests"
)]

use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, Height, OrderId, TransactionId};
use ledger_core::proof::{Clock, Fact, ProofBundle, TrustChain};
use ledger_core::receipt::Owner;
use ledger_core::record::kin::Relation;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::account::LinkKin;
use ledger_core::transaction::government::SetValidators;
use ledger_core::transaction::{Envelope, Operation, SealedEnvelope, Signer};
use serde_json::json;
use timebank_wallet::client::{
    BatchOutcome, OrderFilter, Patience, ReadError, Request, Transport, UnprovenError,
};
use timebank_wallet::trial::{TrialCity, account, genesis, key, set_of, staff};
use timebank_wallet::verify::Trust;
use timebank_wallet::{Client, Error, Freshness, Kind, TransactionBuilder, builder};

const WAIT: Patience = Patience::Final { timeout_ms: 1_000 };

/// `operation`, signed by people and staff of the city: the first asks.
fn envelope(
    city: &TrialCity,
    operation: impl Into<Operation>,
    signers: &[(Signer, &str)],
) -> Envelope {
    let chain_id = genesis().chain_id();
    let builder = TransactionBuilder::new(chain_id, signers[0].0, city.time_ms());
    let keys: Vec<_> = signers
        .iter()
        .map(|(signer, name)| (*signer, key(name)))
        .collect();
    let pairs: Vec<_> = keys.iter().map(|(signer, key)| (*signer, key)).collect();
    builder::seal(builder.build(operation).unwrap(), &pairs)
}

fn client(city: &TrialCity) -> Client<TrialCity> {
    Client::new(city.clone(), trust(city))
}

/// Trust in the city's first validators, by the city's clock.
fn trust(city: &TrialCity) -> Trust {
    let clock = city.clone();
    Trust::genesis(&genesis()).with_clock(move || clock.time_ms())
}

fn now(city: &TrialCity) -> Freshness {
    Freshness {
        now_ms: city.time_ms(),
        age_ms_max: 60_000,
    }
}

fn link(city: &TrialCity, one: &str, other: &str) -> Envelope {
    let operation = LinkKin {
        account: account(one),
        kin: account(other),
        relation: Relation::Parent,
    };
    let signers = [
        (Signer::Account(account(one)), one),
        (Signer::Account(account(other)), other),
        (Signer::Staff(staff("registrar")), "registrar"),
    ];
    envelope(city, operation, &signers)
}

#[test]
fn a_balance_is_proven_against_the_genesis_validators() {
    let city = TrialCity::new();
    let chen = client(&city).account(account("chen"), now(&city)).unwrap();
    assert_eq!(chen.value.key, Some(key("chen").public_key()));
    assert_eq!((chen.height, chen.time_ms), (Height(1), city.time_ms()));
    assert_eq!(
        client(&city)
            .account_unverified(account("chen"))
            .unwrap()
            .account,
        chen.value
    );
}

#[test]
fn that_there_is_no_such_account_is_proven_too() {
    let city = TrialCity::new();
    let nobody = AccountId([9; 20]);
    let ask = || client(&city).account(nobody, now(&city)).unwrap_err();
    assert_eq!(ask().kind(), Kind::NotFound);
    city.spoil(|_, answer| answer["proof"] = json!(null));
    assert_eq!(ask().code(), "proof_missing");
}

type Spoil = fn(&mut serde_json::Value);

/// What a wallet makes of an answer changed on its way.
fn verdict(spoil: impl Fn(&mut serde_json::Value) + Send + 'static) -> Error {
    let city = TrialCity::new();
    client(&city)
        .submit(&link(&city, "chen", "mother"), WAIT)
        .unwrap();
    city.spoil(move |_, answer| spoil(answer));
    client(&city)
        .account(account("chen"), now(&city))
        .unwrap_err()
}

#[test]
fn each_broken_link_of_a_proof_is_named() {
    let cases: [(&str, Spoil); 8] = [
        ("proof_missing", |answer| answer["proof"] = json!(null)),
        ("proof_tree", |answer| {
            let value = answer["proof"]["value"].as_str().unwrap();
            answer["proof"]["value"] = json!(format!("{value}00"));
        }),
        ("proof_tree", |answer| {
            answer["proof"]["tree_proof"]["bucket"][0][1] = json!(Hash::ZERO);
        }),
        ("certificate_other_block", |answer| {
            let time = &mut answer["proof"]["header"]["time_ms"];
            *time = json!(time.as_u64().unwrap() + 1);
        }),
        ("certificate_no_quorum", |answer| {
            let signatures = &mut answer["proof"]["certificate"]["signatures"];
            signatures.as_array_mut().unwrap().truncate(2);
        }),
        ("certificate_signature", |answer| {
            let signatures = &mut answer["proof"]["certificate"]["signatures"];
            signatures[1]["signature"] = signatures[0]["signature"].clone();
        }),
        ("other_chain", |answer| {
            answer["proof"]["header"]["chain_id"] = json!(Hash::ZERO);
        }),
        ("proof_set_changes", |answer| {
            answer["proof"]["header"]["last_set_change"] = json!(1);
            answer["changes"] = json!([]);
        }),
    ];
    for (code, spoil) in cases {
        let error = verdict(spoil);
        assert_eq!(
            (error.code(), error.kind()),
            (code, Kind::Verification),
            "{error}"
        );
    }
}

#[test]
fn the_proof_of_another_account_is_refused() {
    let city = TrialCity::new();
    let other = client(&city).account_unverified(account("li")).unwrap();
    let other = serde_json::to_value(other).unwrap();
    city.spoil(move |_, answer| *answer = other.clone());
    assert_eq!(
        client(&city).account(account("chen"), now(&city)),
        Err(UnprovenError::OtherRecord {}.into())
    );
}

#[test]
fn a_certificate_by_strangers_is_refused() {
    let city = TrialCity::new();
    // Strangers who keep the set's name in the header, but sign themselves.
    city.certify_as(&["one", "stranger", "spectre", "shade"]);
    city.pass_a_block();
    let error = client(&city)
        .account(account("chen"), now(&city))
        .unwrap_err();
    assert_eq!(error.code(), "certificate_foreign_signer", "{error}");
}

#[test]
fn an_old_proof_is_refused_by_its_age() {
    let city = TrialCity::new();
    let late = Freshness {
        now_ms: city.time_ms().plus_ms(60_001),
        age_ms_max: 60_000,
    };
    assert_eq!(
        client(&city).account(account("chen"), late),
        Err(UnprovenError::Stale {
            time_ms: city.time_ms(),
            age_ms: 60_001,
            age_ms_max: 60_000
        }
        .into())
    );
    let early = Freshness {
        now_ms: TimestampMs(0),
        age_ms_max: 0,
    };
    assert!(client(&city).account(account("chen"), early).is_ok());
}

#[test]
fn reads_do_not_go_back() {
    let city = TrialCity::new();
    let wallet = client(&city);
    let id = account("chen");
    let old = city
        .request(&Request::get(format!("/v1/accounts/{id}?proof=true")))
        .unwrap();
    let old: serde_json::Value = serde_json::from_slice(&old.body).unwrap();
    let before = wallet.account(id, now(&city)).unwrap();
    city.pass_a_block();
    let after = wallet.account(id, now(&city)).unwrap();
    assert!(after.height > before.height);
    // A node that lags: what it says was right, and is well proven.
    city.spoil(move |_, answer| *answer = old.clone());
    assert_eq!(
        wallet.account(id, now(&city)),
        Err(Error::WentBack {
            height: before.height,
            seen: after.height
        })
    );
    assert_eq!(wallet.seen(), after.height);
    // Another wallet has not seen better.
    assert_eq!(client(&city).account(id, now(&city)), Ok(before));
}

#[test]
fn changes_of_the_validator_set_are_followed_page_by_page() {
    let city = TrialCity::new();
    let change = |names: &[&str]| {
        let operation = SetValidators {
            validators: set_of(names).as_slice().to_vec(),
        };
        let admin = Signer::Staff(staff("admin"));
        let sealed = envelope(&city, operation, &[(admin, "admin")]);
        client(&city).submit(&sealed, WAIT).unwrap();
    };
    // Less than a third at a time.
    change(&["one", "two", "three", "four", "five"]);
    city.certify_as(&["one", "two", "three", "four", "five"]);
    city.pass_a_block();
    let after_one = client(&city);
    assert!(after_one.account(account("chen"), now(&city)).is_ok());
    change(&["one", "two", "three", "four", "six"]);
    city.certify_as(&["one", "two", "three", "four", "six"]);
    city.pass_a_block();
    // One wallet follows the second change from the first, another both from genesis.
    assert!(after_one.account(account("chen"), now(&city)).is_ok());
    assert!(client(&city).account(account("chen"), now(&city)).is_ok());
    // An older block is still checked against the set of its time.
    assert!(client(&city).block(Some(Height(2))).is_ok());
    city.spoil(|path, answer| {
        if path.contains("changes") {
            answer["changes"][0]["next"] = serde_json::to_value(set_of(&["shade"])).unwrap();
        }
    });
    assert_eq!(
        client(&city).account(account("chen"), now(&city)),
        Err(UnprovenError::NextSet { height: Height(2) }.into())
    );
}

#[test]
fn a_history_is_complete_and_in_order_or_refused() {
    let city = TrialCity::new();
    for kin in ["mother", "li", "social", "clerk", "registry"] {
        client(&city)
            .submit(&link(&city, "chen", kin), WAIT)
            .unwrap();
    }
    let history = client(&city).history(account("chen"), now(&city)).unwrap();
    assert_eq!(history.value.len(), 5);
    city.spoil(|path, answer| {
        if let Some(postings) = answer["postings"].as_array_mut()
            && path.contains("from=2")
        {
            postings.swap(0, 1);
        }
    });
    assert_eq!(
        client(&city).history(account("chen"), now(&city)),
        Err(ReadError::HistoryReordered { length: 5 }.into())
    );
    city.spoil(|_, answer| {
        if let Some(postings) = answer["postings"].as_array_mut() {
            postings.clear();
        }
    });
    assert_eq!(
        client(&city).history(account("chen"), now(&city)),
        Err(ReadError::HistoryWithheld {
            shown: 0,
            length: 5
        }
        .into())
    );
}

#[test]
fn a_block_and_its_transactions_are_checked_as_a_whole() {
    let city = TrialCity::new();
    let sealed = link(&city, "chen", "mother");
    client(&city).submit(&sealed, WAIT).unwrap();
    let id = sealed.transaction.id();
    let applied = client(&city).transaction(id).unwrap();
    assert_eq!(applied.height, Height(2));
    assert_eq!(applied.value.envelope.envelope(), &sealed);
    assert_eq!(applied.value.receipt.postings.len(), 2);
    let latest = client(&city).block(None).unwrap();
    assert_eq!(latest.value.block.transactions.len(), 1);
    city.spoil(|_, answer| {
        if let Some(signatures) = answer.pointer_mut("/block/transactions/0/signatures") {
            signatures.as_array_mut().unwrap().pop();
        }
    });
    assert_eq!(
        client(&city).transaction(id),
        Err(Error::BlockAltered {
            height: Height(2),
            part: "transactions".into()
        })
    );
    city.spoil(|_, answer| {
        if let Some(posting) = answer.pointer_mut("/receipts/0/postings") {
            posting.as_array_mut().unwrap().pop();
        }
    });
    assert_eq!(
        client(&city).block(None).unwrap_err().code(),
        "block_altered"
    );
    city.spoil(|_, answer| {
        if let Some(index) = answer.get_mut("index") {
            *index = json!(1);
        }
    });
    assert_eq!(
        client(&city).transaction(id).unwrap_err().code(),
        "transaction_misplaced"
    );
}

#[test]
fn a_refusal_carries_code_numbers_and_both_languages() {
    let city = TrialCity::new();
    let sealed = link(&city, "chen", "mother");
    client(&city).submit(&sealed, WAIT).unwrap();
    let again = link(&city, "chen", "mother");
    let error = client(&city).submit(&again, WAIT).unwrap_err();
    assert_eq!(error.kind(), Kind::Refused);
    let Error::Refused { refusal } = error else {
        panic!("{error}")
    };
    assert_eq!(refusal.code, "kin_linked");
    assert_eq!(refusal.details["account"], json!(account("chen")));
    assert!(refusal.message_zh.contains("亲属") && refusal.message_en.contains("kin"));
}

#[test]
fn a_transaction_that_is_not_in_a_block_in_time_may_be_submitted_again() {
    let city = TrialCity::new();
    let sealed = link(&city, "chen", "mother");
    city.stall(true);
    assert_eq!(
        client(&city).submit(&sealed, WAIT),
        Err(Error::NotFinal {
            id: sealed.transaction.id(),
            waited_ms: 1_000
        })
    );
    let batch = || {
        let sealed = SealedEnvelope::new(sealed.clone());
        let items = client(&city).submit_batch(&[&sealed], WAIT).unwrap();
        items[0].clone()
    };
    assert_eq!(batch().outcome(), BatchOutcome::Accepted);
    city.stall(false);
    assert_eq!(batch().outcome(), BatchOutcome::Applied(Height(2)));
    assert!(matches!(batch().outcome(), BatchOutcome::Refused(_)));
}

#[test]
fn what_is_not_there_is_not_found_and_who_is_not_there_is_unreachable() {
    let city = TrialCity::new();
    let client = client(&city);
    assert_eq!(
        client.transaction_unverified(TransactionId(Hash::ZERO)),
        Err(Error::NotFound {
            thing: "transaction".into(),
            id: Hash::ZERO.to_string()
        })
    );
    assert_eq!(
        client
            .order(OrderId([7; 20]), now(&city))
            .unwrap_err()
            .kind(),
        Kind::NotFound
    );
    city.go_away();
    assert_eq!(client.status().unwrap_err().kind(), Kind::Network);
}

#[test]
fn a_node_of_another_chain_is_noticed_at_once() {
    let city = TrialCity::new();
    city.spoil(|_, answer| answer["chain_id"] = json!(Hash::ZERO));
    assert_eq!(client(&city).status().unwrap_err().code(), "other_chain");
}

#[test]
fn without_a_genesis_document_nothing_is_believed() {
    let city = TrialCity::new();
    let client = Client::without_trust(city.clone());
    assert!(client.status().is_ok());
    assert!(client.account_unverified(account("chen")).is_ok());
    assert_eq!(
        client.account(account("chen"), now(&city)),
        Err(Error::TrustMissing {})
    );
}

#[test]
fn an_answer_that_is_not_what_was_agreed_is_an_error_of_the_node() {
    let city = TrialCity::new();
    city.spoil(|_, answer| *answer = json!({"hello": 1}));
    let error = client(&city).status().unwrap_err();
    assert_eq!(error.code(), "answer_malformed");
    let error = client(&city)
        .transaction_unverified(TransactionId(Hash::ZERO))
        .unwrap_err();
    assert_eq!(error.code(), "node_failed");
}

#[test]
fn the_supply_and_the_listings_are_read() {
    let city = TrialCity::new();
    let client = client(&city);
    let supply = client.supply(now(&city)).unwrap().value;
    assert_eq!(supply.issued(), supply.accounted());
    assert_eq!(client.supply_unverified().unwrap().supply, supply);
    assert_eq!(client.organisations(None).unwrap().items.len(), 5);
    assert_eq!(
        client
            .organisation(timebank_wallet::trial::STREET)
            .unwrap()
            .staff
            .len(),
        3
    );
    assert_eq!(
        client.validators().unwrap().validators.current,
        set_of(&["one", "two", "three", "four"])
    );
    assert_eq!(client.evidence(None).unwrap().items, []);
    assert_eq!(
        client.orders(OrderFilter::default(), None).unwrap().items,
        []
    );
    let sealed = link(&city, "chen", "mother");
    let submission = client.submit(&sealed, WAIT).unwrap();
    assert_eq!(client.progress(submission.id), Ok(submission));
    let blocks = client.blocks(None).unwrap().items;
    assert_eq!((blocks.len(), blocks[0].transactions), (2, 1));
    let commitment = genesis().accounts[0].identity;
    assert_eq!(
        client.identity(commitment).unwrap().account,
        genesis().accounts[0].id()
    );
    assert_eq!(
        client.identity(Hash::ZERO).unwrap_err().kind(),
        Kind::NotFound
    );
    assert_eq!(client.catalogue(None).unwrap().items.len(), 1);
    assert_eq!(client.policies(None, None).unwrap().values.len(), 21);
    assert_eq!(client.policy_history(None).unwrap().services.len(), 1);
}

#[test]
fn a_person_is_proven_to_have_neither_members_nor_guardians() {
    let city = TrialCity::new();
    let client = client(&city);
    let asked = client.members(account("chen"), now(&city));
    assert_eq!(asked.unwrap_err().kind(), Kind::NotFound);
    assert_eq!(
        client
            .recovery(account("chen"), now(&city))
            .unwrap_err()
            .kind(),
        Kind::NotFound
    );
}

#[test]
fn what_is_proven_here_is_believed_by_whoever_has_the_genesis_document() {
    let city = TrialCity::new();
    let wallet = client(&city);
    for kin in ["mother", "li", "social"] {
        wallet.submit(&link(&city, "chen", kin), WAIT).unwrap();
    }
    let change = |names: &[&'static str]| {
        let operation = SetValidators {
            validators: set_of(names).as_slice().to_vec(),
        };
        let admin = Signer::Staff(staff("admin"));
        let sealed = envelope(&city, operation, &[(admin, "admin")]);
        client(&city).submit(&sealed, WAIT).unwrap();
        city.certify_as(names);
        city.pass_a_block();
    };
    change(&["one", "two", "three", "four", "five"]);
    change(&["one", "two", "three", "four", "six"]);
    let sealed = link(&city, "chen", "clerk");
    wallet.submit(&sealed, WAIT).unwrap();
    let (chen, id) = (account("chen"), sealed.transaction.id());
    let stranger = TrustChain::genesis(&genesis());
    let clock = Clock::at(city.time_ms());
    let facts = |bundle: Result<ProofBundle, Error>| -> Vec<Fact> {
        let file = bundle.unwrap().to_file();
        let verified = ProofBundle::verify_file(&file, &stranger, clock).unwrap();
        verified.facts().cloned().collect()
    };
    let record = wallet.account(chen, now(&city)).unwrap().value;
    let proven = Fact::Account {
        account: chen,
        record: Some(Box::new(record.clone())),
    };
    assert_eq!(
        facts(wallet.prove_account(chen, now(&city))),
        std::slice::from_ref(&proven)
    );
    let nobody = AccountId([9; 20]);
    let absent = Fact::Account {
        account: nobody,
        record: None,
    };
    assert_eq!(facts(wallet.prove_account(nobody, now(&city))), [absent]);
    let order = facts(wallet.prove_order(OrderId([9; 20]), now(&city)));
    assert!(matches!(order[..], [Fact::Order { record: None, .. }]));
    let transaction = facts(wallet.prove_transaction(id, now(&city)));
    let applied = wallet.transaction(id).unwrap().value;
    assert!(matches!(&transaction[0], Fact::Transaction { id: of, .. } if *of == id));
    assert_eq!(transaction[1], Fact::Receipt(applied.receipt));
    let history = wallet.history(chen, now(&city)).unwrap().value;
    let posting = facts(wallet.prove_posting(chen, 2, now(&city)));
    assert_eq!(posting[0], proven);
    assert_eq!(
        posting[1],
        Fact::Posting {
            owner: Owner::Account(chen),
            position: 2,
            posting: Box::new(history[2].clone())
        }
    );
    let beyond = wallet.prove_posting(chen, 4, now(&city)).unwrap_err();
    assert_eq!(beyond.kind(), Kind::NotFound);
}
