//! Submissions a node must refuse, over HTTP, to four real nodes: each gets its stable code, in two languages and with a
//! way out; no node dies of it; what is good goes through; the roots stay equal.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use ledger_core::amount::Minutes;
use ledger_core::codec;
use ledger_core::genesis::GenesisAccount;
use ledger_core::id::{AccountId, ChainId, TransactionId};
use ledger_core::record::budget::{BudgetPurpose, PoolId, PoolKind};
use ledger_core::time::{Calendar, HOUR_MS, TimestampMs};
use ledger_core::transaction::account::RotateKey;
use ledger_core::transaction::government::OpenBudget;
use ledger_core::transaction::value::Donate;
use ledger_core::transaction::{
    ENVELOPE_BYTES_MAX, Envelope, Operation, SealedEnvelope, SignedBy, Signer, VALIDITY_MS_MAX,
};
use serde_json::json;
use support::{Answer, OFFICES, Trial, registrar, registry};
use timebank_node::api::BODY_BYTES_MAX;
use timebank_testnet::city::{self, CITY, Person, Signatory};
use timebank_testnet::driver::{account_of, city_treasurers};
use timebank_wallet::client::Content;

/// One bad submission: what it is, the body, the status and the stable code of the answer.
struct Case {
    what: &'static str,
    body: Vec<u8>,
    status: u16,
    code: &'static str,
}

impl Case {
    /// That the ledger refuses.
    fn refused(what: &'static str, body: impl Into<Vec<u8>>, code: &'static str) -> Case {
        Case {
            what,
            body: body.into(),
            status: 422,
            code,
        }
    }
}

/// Checks what every refusal has: status, code, and what happened and what to do in both languages.
fn assert_refusal(what: &str, answer: &Answer, status: u16, code: &str) {
    let found = (answer.status, answer.code());
    assert_eq!(found, (status, code), "{what}: {}", answer.body);
    for field in ["message_en", "message_zh", "remedy_en", "remedy_zh"] {
        let text = answer.body["error"][field].as_str().unwrap_or_default();
        assert!(!text.is_empty(), "{what}: no {field}: {}", answer.body);
        assert!(
            !text.contains("{$"),
            "{what}: {field} lacks a value: {text}"
        );
    }
}

#[test]
fn every_bad_submission_gets_its_code_and_the_nodes_go_on_in_agreement() {
    let mut trial = Trial::prepare("bad input");
    trial.start();
    let mut cases = malformed(&mut trial);
    cases.extend(forged(&mut trial));
    cases.extend(against_the_rules(&mut trial));
    for (number, case) in cases.iter().enumerate() {
        let answer = trial.submit(number % OFFICES, &case.body);
        assert_refusal(case.what, &answer, case.status, case.code);
    }
    let json = |value: serde_json::Value| serde_json::to_vec(&value).unwrap();
    for (what, body) in [
        ("JSON cut off", b"{\"envelope\": {".to_vec()),
        ("JSON without an envelope", json(json!({ "envelope": 7 }))),
        ("a number beyond 64 bits", beyond_64_bits(&mut trial)),
    ] {
        let answer = trial.post(0, "/v1/transactions", Content::Json, &body);
        assert_refusal(what, &answer, 400, "body_malformed");
    }
    let batch = "/v1/transactions/batch";
    let answer = trial.post(0, batch, Content::Borsh, &[255; 9]);
    assert_refusal("a batch cut off", &answer, 400, "body_malformed");
    for index in 0..OFFICES {
        let good = trial.apply_one(index);
        trial.assert_applied_everywhere(&good);
    }
}

/// Bytes that are no envelope.
fn malformed(trial: &mut Trial) -> Vec<Case> {
    let code = "envelope_malformed";
    let good = trial.opening(0);
    let bytes = good.bytes();
    let unsorted = Envelope {
        transaction: good.transaction().clone(),
        signatures: good.envelope().signatures.iter().rev().copied().collect(),
    };
    let unsigned = Envelope::new(good.transaction().clone(), []);
    let mut other_version = good.transaction().clone();
    other_version.version += 1;
    let other_version = Envelope::new(other_version, good.envelope().signatures.clone());
    let too_long = Case {
        what: "longer than any body",
        body: vec![0; BODY_BYTES_MAX + 1],
        status: 413,
        code: "body_too_long",
    };
    vec![
        Case::refused("nothing", [], code),
        Case::refused("one byte missing", &bytes[..bytes.len() - 1], code),
        Case::refused("half of it missing", &bytes[..bytes.len() / 2], code),
        Case::refused("a byte too many", [bytes, &[0]].concat(), code),
        Case::refused("the same twice", [bytes, bytes].concat(), code),
        Case::refused("ones", [255; 4_096], code),
        Case::refused("oversized", vec![0; ENVELOPE_BYTES_MAX + 1], code),
        Case::refused("signatures out of order", codec::encode(&unsorted), code),
        Case::refused("no signatures", codec::encode(&unsigned), code),
        Case::refused("another version", codec::encode(&other_version), code),
        too_long,
    ]
}

/// Envelopes whose transaction or signatures are not what they should be.
fn forged(trial: &mut Trial) -> Vec<Case> {
    let now_ms = trial.driver.now_ms();
    let good = trial.opening(0);
    let people = [&registrar(0), &registry()];
    let of_chain = |chain_id: ChainId, valid_until_ms: TimestampMs| {
        let operation = good.transaction().operation.clone();
        let mut signatory = Signatory::new(chain_id, "forged");
        signatory
            .seal(operation, &people, valid_until_ms)
            .bytes()
            .to_vec()
    };
    let chain_id = good.transaction().chain_id;
    let soon_ms = now_ms.plus_ms(HOUR_MS);
    let late_ms = now_ms.plus_ms(VALIDITY_MS_MAX + HOUR_MS);
    let mut changed = good.transaction().clone();
    changed.valid_until_ms = soon_ms;
    let changed = Envelope::new(changed, good.envelope().signatures.clone());
    vec![
        Case::refused(
            "wrong chain",
            of_chain(ChainId::default(), soon_ms),
            "wrong_chain",
        ),
        Case::refused("expired", of_chain(chain_id, TimestampMs(1)), "expired"),
        Case::refused(
            "valid for too long",
            of_chain(chain_id, late_ms),
            "valid_too_long",
        ),
        Case::refused(
            "changed after signing",
            codec::encode(&changed),
            "signature_wrong",
        ),
        Case::refused(
            "one signature wrong",
            wrongly_signed(&good).bytes(),
            "signature_wrong",
        ),
        Case::refused(
            "the holder's signature missing",
            of_chain(chain_id, soon_ms),
            "signature_missing",
        ),
        Case::refused(
            "a signature nobody needs",
            with_another(&good, &city_treasurers()[0]).bytes(),
            "signature_unneeded",
        ),
    ]
}

/// Rightly signed by people who may not, or for what cannot be.
fn against_the_rules(trial: &mut Trial) -> Vec<Case> {
    let last_day = Calendar::CHINA.day(trial.driver.now_ms()).plus_days(30);
    let budget = |minutes| {
        Operation::OpenBudget(OpenBudget {
            scope: CITY,
            purpose: BudgetPurpose::Service,
            minutes: Minutes(minutes),
            last_day,
        })
    };
    let [one, other] = city_treasurers();
    let opening = trial.opening(0).transaction().operation.clone();
    let Operation::OpenAccount(open) = &opening else {
        panic!("{opening:?} opens no account");
    };
    let holder = Person::bare("resident 3 of 0");
    assert_eq!(open.key, Some(holder.key.public_key()));
    let donor = a_founder(trial.network.genesis().accounts.first().unwrap());
    let Signer::Account(from) = donor.signer else {
        panic!("{donor:?} has no account");
    };
    let donation = |minutes| {
        Operation::Donate(Donate {
            from,
            pool: PoolId {
                organisation: CITY,
                kind: PoolKind::Donation,
            },
            minutes: Minutes(minutes),
        })
    };
    let driver = &mut trial.driver;
    let mut seal = |operation, people: &[&Person]| driver.seal(operation, people).bytes().to_vec();
    let elsewhere = [&registrar(1), &registry(), &holder];
    let clerks = [&registrar(0), &registry()];
    vec![
        Case::refused(
            "a registrar of another street",
            seal(opening, &elsewhere),
            "role_missing",
        ),
        Case::refused(
            "one treasurer for two",
            seal(budget(60), &[&one]),
            "role_missing",
        ),
        Case::refused(
            "registrars for treasurers",
            seal(budget(60), &clerks),
            "role_missing",
        ),
        Case::refused(
            "a budget of all minutes there can be",
            seal(budget(u64::MAX), &[&one, &other]),
            "budget_line_max",
        ),
        Case::refused(
            "a budget of nothing",
            seal(budget(0), &[&one, &other]),
            "minutes_zero",
        ),
        Case::refused(
            "a gift of all minutes there can be",
            seal(donation(u64::MAX), &[&donor]),
            "insufficient_minutes",
        ),
        Case::refused(
            "another's minutes",
            seal(donation(1), &[&one]),
            "signature_missing",
        ),
    ]
}

#[test]
fn a_replayed_transaction_is_answered_with_where_it_applied_and_applies_once() {
    let mut trial = Trial::prepare("replayed");
    trial.start();
    let sealed = trial.opening(0);
    let first = trial.submit_final(0, sealed.bytes());
    assert_eq!((first.status, first.state()), (200, "applied"));
    let (height, root) = trial.agree();
    for index in 0..OFFICES {
        for answer in [
            trial.submit(index, sealed.bytes()),
            trial.submit_final(index, sealed.bytes()),
        ] {
            assert_eq!(answer.status, 200, "{}", answer.body);
            assert_eq!(answer.body, first.body, "node {}", index + 1);
        }
    }
    // Another envelope of the same transaction is the same transaction.
    let answer = trial.submit(1, wrongly_signed(&sealed).bytes());
    assert_eq!(answer.body, first.body);
    assert_eq!(trial.agree(), (height, root), "a replay made a block");
}

#[test]
fn a_poisoned_envelope_does_not_keep_the_good_one_of_the_same_transaction_out() {
    let mut trial = Trial::prepare("poisoned");
    trial.start();
    let treasurer = &city_treasurers()[0];
    // What a relay can do to an envelope on its way: spoil a signature, or add one that is wrong, unneeded or of somebody
    // whom the ledger does not know (which a node keeps for a while, in case that somebody appears).
    type Poison = fn(&SealedEnvelope, &Person, u8) -> SealedEnvelope;
    let poisons: [(Poison, &[&str]); 4] = [
        (|good, _, _| wrongly_signed(good), &["signature_wrong"]),
        (
            |good, treasurer, _| with_another(good, treasurer),
            &["signature_unneeded"],
        ),
        (
            |good, treasurer, _| wrongly_signed(&with_another(good, treasurer)),
            &["signature_wrong"],
        ),
        (
            |good, _, byte| with_another(good, &stranger(byte)),
            &["", "mempool_signer_full"],
        ),
    ];
    for (poison, codes) in poisons {
        for (poisoned_at, good_at) in [(0, 0), (0, 1), (2, 1)] {
            let good = trial.opening(0);
            for byte in 0..8 {
                let answer = trial.submit(poisoned_at, poison(&good, treasurer, byte).bytes());
                assert!(codes.contains(&answer.code()), "{}", answer.body);
                assert_ne!(answer.state(), "applied");
            }
            let answer = trial.submit_final(good_at, good.bytes());
            assert_eq!(answer.state(), "applied", "{}", answer.body);
            trial.assert_applied_everywhere(&good);
        }
    }
}

#[test]
fn whoever_waits_for_a_good_envelope_does_not_hear_of_a_poisoned_ones_end() {
    let mut trial = Trial::prepare("waiting");
    trial.start();
    let opening = trial.opening(0);
    let holder = Person::holder(account_of(opening.id()), "resident 1 of 0");
    let Signer::Account(account) = holder.signer else {
        panic!("{holder:?} has no account");
    };
    let new_key = Person::bare("the new key of resident 1");
    let rotate = Operation::RotateKey(RotateKey {
        account,
        new_key: new_key.key.public_key(),
    });
    // Nobody can say yet which of the two is right: the account's key comes with its opening.
    let good = trial.driver.seal(rotate, &[&holder, &new_key]);
    let mut poisoned = good.envelope().clone();
    poisoned.signatures[0].signature = poisoned.signatures[1].signature;
    let poisoned = SealedEnvelope::new(poisoned);
    assert_eq!(trial.submit(0, poisoned.bytes()).status, 202);
    let answer = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| trial.submit_final(0, good.bytes()));
        trial.wait_for_mempool(0, |mempool| mempool.waiting == 2);
        assert_eq!(trial.submit_final(0, opening.bytes()).state(), "applied");
        waiting.join().unwrap()
    });
    assert_eq!(answer.state(), "applied", "{}", answer.body);
    trial.assert_applied_everywhere(&good);
}

#[test]
fn a_flood_by_one_signer_does_not_keep_anothers_transaction_out() {
    /// What the mempools hold; one signer may have a quarter.
    const MEMPOOL_TRANSACTIONS: usize = 40;
    const FLOOD: usize = 60;
    let mut trial = Trial::prepare("flood");
    for index in 0..OFFICES {
        let path = trial.network.home(index).join("node.toml");
        let configuration = std::fs::read_to_string(&path).unwrap();
        let bound = format!("\n[mempool]\ntransactions_max = {MEMPOOL_TRANSACTIONS}\n");
        std::fs::write(&path, configuration + &bound).unwrap();
    }
    trial.start();
    // Without a quorum nothing is decided, so what is taken in stays.
    trial.network.kill(2).unwrap();
    trial.network.kill(3).unwrap();
    let mut taken_in = Vec::new();
    for _ in 0..FLOOD {
        let sealed = trial.opening(0);
        let answer = trial.submit(0, sealed.bytes());
        if answer.status == 202 {
            taken_in.push(sealed);
        } else {
            assert_refusal("one too many", &answer, 429, "mempool_signer_full");
        }
    }
    assert_eq!(taken_in.len(), MEMPOOL_TRANSACTIONS / 4);
    let other = trial.opening(1);
    assert_eq!(trial.submit(0, other.bytes()).status, 202);
    let elsewhere = trial.opening(2);
    assert_eq!(trial.submit(1, elsewhere.bytes()).status, 202);
    trial.network.start_all().unwrap();
    trial.network.wait_ready(support::PATIENCE).unwrap();
    for sealed in taken_in.iter().chain([&other, &elsewhere]) {
        let answer = trial.submit_final(0, sealed.bytes());
        assert_eq!(answer.state(), "applied", "{}", answer.body);
    }
    trial.assert_applied_everywhere(&other);
}

/// With one signature that is another's.
fn wrongly_signed(good: &SealedEnvelope) -> SealedEnvelope {
    let mut envelope = good.envelope().clone();
    let count = envelope.signatures.len();
    envelope.signatures[count - 1].signature = envelope.signatures[0].signature;
    SealedEnvelope::new(envelope)
}

/// With the right signature of one more.
fn with_another(good: &SealedEnvelope, person: &Person) -> SealedEnvelope {
    let transaction = good.transaction().clone();
    let another = SignedBy {
        signer: person.signer,
        signature: transaction.sign(&person.key),
    };
    let signatures = good.envelope().signatures.iter().copied();
    SealedEnvelope::new(Envelope::new(transaction, signatures.chain([another])))
}

/// Somebody with an account the ledger does not know.
fn stranger(byte: u8) -> Person {
    let account = AccountId::derive(TransactionId(city::identity(&format!("nobody {byte}"))));
    Person::holder(account, "nobody")
}

/// The person of an account of the genesis document, who signs with a key of their own.
fn a_founder(account: &GenesisAccount) -> Person {
    let person = Person::holder(account.id(), "person behind staff 320100 1");
    assert_eq!(person.key.public_key(), account.key);
    person
}

/// A submission as JSON with one more than the greatest number of 64 bits in it.
fn beyond_64_bits(trial: &mut Trial) -> Vec<u8> {
    let [one, other] = city_treasurers();
    let last_day = Calendar::CHINA.day(trial.driver.now_ms());
    let open = OpenBudget {
        scope: CITY,
        purpose: BudgetPurpose::Service,
        minutes: Minutes(u64::MAX),
        last_day,
    };
    let sealed = trial
        .driver
        .seal(Operation::OpenBudget(open), &[&one, &other]);
    let text = json!({ "envelope": sealed.envelope() }).to_string();
    let greatest = u64::MAX.to_string();
    assert!(text.contains(&greatest), "{text}");
    text.replace(&greatest, "18446744073709551616").into_bytes()
}
