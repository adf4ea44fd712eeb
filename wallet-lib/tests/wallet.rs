//! A wallet in a city: created, opened an account for, restored, paid, spent from, locked, and lied to.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail loudly, like the tests"
)]

use std::sync::Arc;

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, ItemCode, OrderId, ServiceCode};
use ledger_core::message::Language;
use ledger_core::record::account::Item;
use ledger_core::record::budget::{PoolId, PoolKind};
use ledger_core::record::order::{OrderStatus, Payer, Side};
use ledger_core::transaction::Signer;
use ledger_core::transaction::account::OpenAccount;
use ledger_core::transaction::recovery::SetGuardians;
use ledger_core::transaction::service::OrderTerms;
use serde_json::json;
use timebank_wallet::client::OrderScope;
use timebank_wallet::keystore::{Cost, KeySource, Password};
use timebank_wallet::mnemonic::WordCount;
use timebank_wallet::trial::{DISTRICT, STREET, TrialCity, account, genesis, key, staff};
use timebank_wallet::wallet::{Ground, NewWallet, Service};
use timebank_wallet::{Document, Error, MemoryStorage, Mnemonic, Storage, Wallet};

const MINUTE_MS: u64 = 60_000;

fn ground(city: &TrialCity, storage: &Arc<MemoryStorage>) -> Ground {
    let clock = city.clone();
    Ground::new(genesis(), Arc::clone(storage) as Arc<dyn Storage>)
        .node(city.clone())
        .clock(move || clock.time_ms())
}

fn new() -> NewWallet {
    NewWallet::new("correct horse", "me").cost(Cost::LEAST)
}

fn storage() -> Arc<MemoryStorage> {
    Arc::new(MemoryStorage::default())
}

/// A new wallet with an account of its own.
fn opened(city: &TrialCity, name: &str) -> (Wallet, Mnemonic, AccountId) {
    let (wallet, words) = Wallet::create(
        ground(city, &storage()),
        Language::Chinese,
        WordCount::Twelve,
        &new(),
    )
    .unwrap();
    let id = open_account(city, &wallet, "me", name);
    (wallet, words, id)
}

fn open_account(city: &TrialCity, wallet: &Wallet, label: &str, name: &str) -> AccountId {
    let identity = timebank_wallet::commitment::identity(
        &timebank_wallet::commitment::Salt([7; 32]),
        name.as_bytes(),
    );
    let document = wallet
        .open_account(label, staff("registrar"), STREET, identity, None)
        .unwrap();
    city.open_account(&document);
    wallet.attach_opened(label, &document).unwrap()
}

/// An hour's service for `mother`, paid by a budget line, recorded and not signed by her yet.
fn hour(city: &TrialCity, wallet: &Wallet) -> Document {
    let service = Service {
        recipient: account("mother"),
        service: ServiceCode(1),
        district: DISTRICT,
        start_ms: city.time_ms().minus_minutes(60),
        end_ms: city.time_ms(),
        minutes: Minutes(60),
        payer: Payer::Budget(city.open_budget(10_000)),
        evidence: Hash::ZERO,
    };
    wallet.record_service("me", service).unwrap()
}

/// Earns an hour.
fn earn(city: &TrialCity, wallet: &Wallet) -> OrderId {
    let mut document = hour(city, wallet);
    city.co_sign(&mut document, "mother");
    let order = OrderId::derive(wallet.submit(&document).unwrap().id);
    city.verify(order, 60);
    city.pass_days(4);
    order
}

trait Before {
    fn minus_minutes(self, minutes: u64) -> Self;
}

impl Before for ledger_core::time::TimestampMs {
    fn minus_minutes(self, minutes: u64) -> Self {
        Self(self.0 - minutes * MINUTE_MS)
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> &'static str {
    result.unwrap_err().code()
}

#[test]
fn a_new_wallet_opens_an_account_earns_and_spends() {
    let city = TrialCity::new();
    let (wallet, _, id) = opened(&city, "wang");
    assert_eq!(wallet.balance("me").unwrap().value.spendable, Minutes(0));
    let order = earn(&city, &wallet);
    let balance = wallet.balance("me").unwrap();
    assert_eq!(balance.value.spendable, Minutes(60));
    assert_eq!(balance.value.service_given, Minutes(60));
    assert!(wallet.age_ms(&balance) < MINUTE_MS, "proven just now");
    assert_eq!(
        wallet.order(order).unwrap().value.status(),
        OrderStatus::Settled
    );
    assert!(!wallet.history("me").unwrap().value.is_empty());

    let rice = Item {
        code: ItemCode(1),
        minutes: Minutes(40),
    };
    let shop = city.open_shop("shop", vec![rice]);
    let mut document = wallet.redeem("me", shop, rice.code, rice.minutes).unwrap();
    document.sign(Signer::Account(shop), &key("shop")).unwrap();
    wallet.submit(&document).unwrap();
    assert_eq!(wallet.balance("me").unwrap().value.spendable, Minutes(20));

    let pool = PoolId {
        organisation: DISTRICT,
        kind: PoolKind::Donation,
    };
    wallet
        .submit(&wallet.donate("me", pool, Minutes(5)).unwrap())
        .unwrap();
    let gift = wallet.gift("me", account("mother"), Minutes(15)).unwrap();
    assert_eq!(code(wallet.submit(&gift)), "refused", "she is no kin yet");
    let transaction = wallet.transaction(document.transaction().id()).unwrap();
    assert_eq!(transaction.value.envelope.id(), document.transaction().id());
    assert_eq!(wallet.account("me").unwrap().value.history.length, {
        let postings = wallet.history("me").unwrap().value;
        u64::try_from(postings.len()).unwrap()
    });
    assert_eq!(wallet.account_id("me").unwrap(), id);
}

#[test]
fn a_service_goes_through_all_its_steps_signed_by_both() {
    let city = TrialCity::new();
    let (chen, _, chen_id) = opened(&city, "wang");
    let (mother, _, mother_id) = opened(&city, "zhao");
    let terms = OrderTerms {
        recipient: mother_id,
        service: ServiceCode(1),
        district: DISTRICT,
        window_start_ms: city.time_ms(),
        window_end_ms: city.time_ms().plus_ms(3 * 3_600_000),
        minutes: Minutes(60),
        payer: Payer::Budget(city.open_budget(600)),
    };
    let posted = mother.post_order("me", terms).unwrap();
    let order = OrderId::derive(mother.submit(&posted).unwrap().id);
    chen.submit(&chen.accept_order("me", order).unwrap())
        .unwrap();
    // The document travels as text; each reads what it says before signing.
    let both_sign = |document: Document| {
        let mut copy = Document::from_json(&document.to_json()).unwrap();
        let explanation = mother.explain(&copy, Language::Chinese).unwrap();
        mother.sign("me", &mut copy, &explanation).unwrap();
        chen.submit(&copy).unwrap();
    };
    both_sign(chen.start_order("me", order).unwrap());
    let open = chen.orders("me", OrderScope::Open).unwrap().value.open;
    assert_eq!(open.len(), 1);
    let start_ms = city.time_ms();
    city.pass_minutes(31);
    let half_an_hour = start_ms.plus_ms(30 * MINUTE_MS);
    let times = (start_ms, half_an_hour);
    both_sign(chen.complete_order("me", order, times, Hash::ZERO).unwrap());
    city.verify(order, 30);
    city.pass_days(4);
    assert_eq!(chen.balance("me").unwrap().value.spendable, Minutes(30));
    let stars = mother.rate_order("me", order, Side::Provider, 5).unwrap();
    mother.submit(&stars).unwrap();
    assert_eq!(chen.account_of(chen_id).unwrap().value.rating.count, 1);
}

#[test]
fn words_and_account_bring_a_wallet_back() {
    let city = TrialCity::new();
    let (wallet, words, id) = opened(&city, "wang");
    let sheet = wallet.recovery_sheet().unwrap();
    assert!(sheet.contains(&id.to_string()), "{}", *sheet);
    // The first part of the sheet is the words, as they were written.
    let (words_written, _) = sheet.split_once("\n\n").unwrap();
    let read = Mnemonic::parse(words_written).unwrap();
    assert_eq!(read, words);
    let other = storage();
    let restored = Wallet::restore(ground(&city, &other), &read, &new()).unwrap();
    assert_eq!(code(restored.balance("me")), "account_unattached");
    restored.attach("me", id).unwrap();
    assert_eq!(
        restored.entry("me").unwrap().public_key,
        wallet.entry("me").unwrap().public_key
    );
    earn(&city, &restored);
    assert_eq!(wallet.balance("me").unwrap().value.spendable, Minutes(60));
    // What was noted is kept.
    drop(restored);
    let again = Wallet::open(ground(&city, &other)).unwrap();
    assert_eq!(again.balance("me").unwrap().value.spendable, Minutes(60));
}

#[test]
fn words_that_are_not_the_accounts_are_found_out() {
    let city = TrialCity::new();
    let (_, _, id) = opened(&city, "wang");
    let words = Mnemonic::generate(Language::Chinese, WordCount::Twelve).unwrap();
    let wallet = Wallet::restore(ground(&city, &storage()), &words, &new()).unwrap();
    assert_eq!(code(wallet.attach("me", id)), "key_not_on_record");
    assert_eq!(code(wallet.attach("me", AccountId([9; 20]))), "not_found");
    assert_eq!(wallet.entry("me").unwrap().account, None);
}

#[test]
fn the_key_of_a_second_account_is_found_wherever_it_is_among_the_words() {
    let city = TrialCity::new();
    let (wallet, words, _) = opened(&city, "wang");
    wallet.add_account("mother").unwrap();
    let mother = open_account(&city, &wallet, "mother", "zhao");
    let restored = Wallet::restore(ground(&city, &storage()), &words, &new()).unwrap();
    let entry = restored.attach("me", mother).unwrap();
    let own = wallet.entry("mother").unwrap();
    assert_eq!(
        (entry.source, entry.public_key),
        (own.source, own.public_key)
    );
}

#[test]
fn a_replaced_key_is_taken_into_use_once_it_is_on_record() {
    let city = TrialCity::new();
    let (wallet, words, id) = opened(&city, "wang");
    let before = wallet.entry("me").unwrap();
    let document = wallet.rotate_key("me").unwrap();
    assert_eq!(wallet.entry("me").unwrap(), before);
    wallet.submit(&document).unwrap();
    let after = wallet.attach("me", id).unwrap();
    assert_ne!(after.public_key, before.public_key);
    assert!(matches!(after.source, KeySource::Derived(path) if path.key == 1));
    earn(&city, &wallet);
    // And the words alone lead to it.
    let restored = Wallet::restore(ground(&city, &storage()), &words, &new()).unwrap();
    assert_eq!(restored.attach("me", id).unwrap().source, after.source);
}

#[test]
fn a_locked_wallet_reads_and_does_not_sign() {
    let city = TrialCity::new();
    let stored = storage();
    let (wallet, words) = Wallet::create(
        ground(&city, &stored),
        Language::English,
        WordCount::TwentyFour,
        &new(),
    )
    .unwrap();
    assert_eq!(words.count(), WordCount::TwentyFour);
    open_account(&city, &wallet, "me", "wang");
    drop(wallet);
    assert!(Wallet::exists(&*stored).unwrap());
    let wallet = Wallet::open(ground(&city, &stored)).unwrap();
    assert!(wallet.balance("me").is_ok());
    let give = || wallet.gift("me", account("mother"), Minutes(1));
    assert_eq!(code(give()), "keystore_locked");
    assert_eq!(code(wallet.words()), "keystore_locked");
    assert_eq!(code(wallet.unlock(&"wrong horse".into())), "password_wrong");
    let (old, next) = (
        Password::from("correct horse"),
        Password::from("battery staple"),
    );
    wallet.change_password(&old, &next, Cost::LEAST).unwrap();
    wallet.lock();
    assert_eq!(code(wallet.unlock(&old)), "password_wrong");
    wallet.unlock(&next).unwrap();
    assert!(give().is_ok());
    let second = Wallet::create(
        ground(&city, &stored),
        Language::English,
        WordCount::Twelve,
        &new(),
    );
    assert_eq!(code(second), "keystore_exists");
}

#[test]
fn a_watching_wallet_reads_and_has_nothing_to_sign_with() {
    let city = TrialCity::new();
    let wallet = Wallet::create_watching(ground(&city, &storage())).unwrap();
    wallet.watch("mother", account("mother")).unwrap();
    assert_eq!(
        wallet.balance("mother").unwrap().value.spendable,
        Minutes(0)
    );
    assert!(!wallet.has_secrets());
    assert_eq!(
        code(wallet.gift("mother", account("chen"), Minutes(1))),
        "keystore_watches"
    );
}

#[test]
fn nothing_is_signed_that_was_not_explained() {
    let city = TrialCity::new();
    let (chen, _, _) = opened(&city, "wang");
    let wallet = Wallet::create_watching(ground(&city, &storage())).unwrap();
    wallet.watch("mother", account("mother")).unwrap();
    let shown = hour(&city, &chen);
    let mut other = hour(&city, &chen);
    let explanation = chen.explain(&shown, Language::English).unwrap();
    assert_eq!(
        code(chen.sign("me", &mut other, &explanation)),
        "document_unexplained"
    );
    let mut foreign = shown.transaction().clone();
    foreign.chain_id = ledger_core::id::ChainId(Hash::ZERO);
    let mut foreign = Document::new(foreign);
    assert_eq!(
        code(chen.explain(&foreign, Language::English)),
        "document_chain"
    );
    assert_eq!(
        code(chen.sign("me", &mut foreign, &explanation)),
        "document_chain"
    );
    assert_eq!(code(chen.submit(&foreign)), "document_chain");
}

#[test]
fn an_account_is_not_opened_for_another_key() {
    let city = TrialCity::new();
    let stored = storage();
    let (wallet, _) = Wallet::create(
        ground(&city, &stored),
        Language::Chinese,
        WordCount::Twelve,
        &new(),
    )
    .unwrap();
    let open = |key| OpenAccount {
        home: STREET,
        key: Some(key),
        identity: Hash::ZERO,
        legal_guardian: None,
    };
    let registrar = Signer::Staff(staff("registrar"));
    let mut wrong = wallet
        .document_by(registrar, open(key("thief").public_key()))
        .unwrap();
    let explanation = wallet.explain(&wrong, Language::Chinese).unwrap();
    assert_eq!(
        code(wallet.sign("me", &mut wrong, &explanation)),
        "document_other_key"
    );
    let own = wallet.entry("me").unwrap().public_key.unwrap();
    let mut right = wallet.document_by(registrar, open(own)).unwrap();
    let explanation = wallet.explain(&right, Language::Chinese).unwrap();
    wallet.sign("me", &mut right, &explanation).unwrap();
    assert!(right.signatures().contains_key(&Signer::Key(own)));
}

#[test]
fn an_office_key_signs_as_staff() {
    let city = TrialCity::new();
    let (wallet, _, _) = opened(&city, "wang");
    wallet.import("desk", &key("social"), None).unwrap();
    let signer = Signer::Staff(staff("social"));
    let mut document = wallet
        .document_by(
            signer,
            ledger_core::transaction::service::StartOrder {
                order: OrderId([1; 20]),
            },
        )
        .unwrap();
    let explanation = wallet.explain(&document, Language::English).unwrap();
    wallet
        .sign_as(signer, "desk", &mut document, &explanation)
        .unwrap();
    assert_eq!(
        document.signatures()[&signer].key,
        key("social").public_key()
    );
}

#[test]
fn a_lost_phone_is_replaced_with_guardians() {
    let city = TrialCity::new();
    let (old, _, id) = opened(&city, "wang");
    assert_eq!(old.recovery("me").unwrap(), None);
    let guardians = SetGuardians {
        account: id,
        guardians: {
            use ledger_core::record::recovery::Guardian;
            let mut all = vec![
                Guardian::Account(account("chen")),
                Guardian::Account(account("mother")),
            ];
            all.sort();
            all
        },
        threshold: 2,
        delay_ms: 72 * 3_600_000,
    };
    old.submit(&old.set_guardians("me", guardians).unwrap())
        .unwrap();
    let (new_phone, _) = Wallet::create(
        ground(&city, &storage()),
        Language::Chinese,
        WordCount::Twelve,
        &new(),
    )
    .unwrap();
    let helper = Signer::Account(account("chen"));
    let mut document = new_phone.start_recovery("me", id, helper).unwrap();
    for name in ["chen", "mother"] {
        city.co_sign(&mut document, name);
    }
    new_phone.submit(&document).unwrap();
    assert!(old.recovery("me").unwrap().unwrap().value.ongoing.is_some());
    assert_eq!(code(new_phone.attach("me", id)), "key_not_on_record");
    city.pass_days(4);
    new_phone.attach("me", id).unwrap();
    earn(&city, &new_phone);
}

#[test]
fn a_proof_file_of_a_balance_is_checked_without_the_wallet() {
    use ledger_core::proof::{Clock, Fact, ProofBundle, TrustChain};
    let city = TrialCity::new();
    let (wallet, _, id) = opened(&city, "wang");
    let order = earn(&city, &wallet);
    let trust = TrustChain::genesis(&genesis());
    let clock = Clock::at(city.time_ms());
    let facts = |file: Vec<u8>| {
        let bundle = ProofBundle::from_file(&file).unwrap();
        bundle
            .verify(&trust, clock)
            .unwrap()
            .facts()
            .cloned()
            .collect::<Vec<Fact>>()
    };
    let record = wallet.account("me").unwrap().value;
    let facts_of_account = facts(wallet.prove_account(id).unwrap());
    assert!(
        matches!(&facts_of_account[..], [Fact::Account { record: Some(proven), .. }] if **proven == record),
        "{facts_of_account:?}"
    );
    assert_eq!(facts(wallet.prove_order(order).unwrap()).len(), 1);
    assert!(!facts(wallet.prove_posting(id, 0).unwrap()).is_empty());
}

#[test]
fn a_card_answers_a_question_and_needs_the_key() {
    use timebank_wallet::card::{CardLimits, CardReader};
    let city = TrialCity::new();
    let (wallet, _, id) = opened(&city, "wang");
    let merchant = Wallet::create_watching(ground(&city, &storage())).unwrap();
    let trust = merchant.client().trust().unwrap();
    let mut reader = CardReader::new(CardLimits::default());
    let question = reader.ask(merchant.chain_id(), merchant.now_ms()).unwrap();
    wallet.card_proof("me").unwrap();
    city.go_away();
    let card = wallet.answer_card("me", &question).unwrap();
    let clock = trust.clock_at(merchant.now_ms());
    let member = reader.check(&trust.chain(), clock, &card).unwrap();
    assert_eq!((member.account, member.home), (id, STREET));
    wallet.lock();
    assert_eq!(code(wallet.show_card("me")), "keystore_locked");
}

#[test]
fn a_node_that_shows_another_balance_is_not_believed() {
    let city = TrialCity::new();
    let (wallet, _, _) = opened(&city, "wang");
    city.spoil(|path, answer| {
        if path.starts_with("/v1/accounts/") {
            let value = answer["proof"]["value"].as_str().unwrap_or_default();
            answer["proof"]["value"] = json!(format!("{value}00"));
        }
    });
    assert_eq!(code(wallet.balance("me")), "proof_tree");
    assert_eq!(wallet.client().lies().unwrap().len(), 1);
}

#[test]
fn a_grown_old_proof_is_not_shown_as_a_balance() {
    let city = TrialCity::new();
    let later = city.clone();
    let hour_later = Ground::new(genesis(), storage() as Arc<dyn Storage>)
        .node(city.clone())
        .clock(move || later.time_ms().plus_ms(3_600_000))
        .age_ms_max(MINUTE_MS);
    let wallet = Wallet::create_watching(hour_later).unwrap();
    wallet.watch("mother", account("mother")).unwrap();
    assert_eq!(code(wallet.balance("mother")), "proof_stale");
}
