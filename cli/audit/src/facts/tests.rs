//! Facts of a small city, from blocks that the real ledger executed.

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{Height, OrderId, ServiceCode};
use ledger_core::ledger::{NothingVerified, Tip, apply_block};
use ledger_core::record::account::{AccountRecord, Item};
use ledger_core::record::kin::Relation;
use ledger_core::record::order::{OrderStatus, Payer};
use ledger_core::record::policy::PolicyParameter;
use ledger_core::state::{MemoryState, Overlay, StateKey};
use ledger_core::time::MINUTE_MS;
use ledger_core::transaction::service::{
    AcceptOrder, CancelOrder, CompleteOrder, OrderTerms, PostOrder, RecordService,
};
use ledger_core::transaction::value::{Gift, Redeem};
use ledger_core::transaction::{Operation, Signer};
use timebank_wallet::Client;
use timebank_wallet::trial::{DISTRICT, STREET, TrialCity, account, genesis, staff};

use super::{Facts, FactsError, Origin};
use crate::booked::BookedBlock;

/// Every block of the city, executed again, and the state at the end.
fn booked(city: &TrialCity) -> (Vec<BookedBlock>, MemoryState) {
    let genesis = genesis();
    let client = Client::without_trust(city.clone());
    let mut state = genesis.state().unwrap();
    let mut tip = Tip::genesis(genesis.chain_id(), genesis.time_ms);
    let mut blocks = Vec::new();
    loop {
        let more = client.archive_unverified(tip.height).unwrap();
        if more.is_empty() {
            return (blocks, state);
        }
        for (block, certificate) in more {
            let execution = apply_block(&state, &tip, &block, &NothingVerified).unwrap();
            state.apply(&execution.writes);
            tip = Tip::of(&block.header);
            blocks.push(BookedBlock {
                block,
                certificate,
                receipts: execution.receipts,
            });
        }
    }
}

fn facts(city: &TrialCity) -> (Facts, MemoryState) {
    let (blocks, state) = booked(city);
    let mut facts = Facts::begin(&genesis());
    for block in &blocks {
        facts.follow(block).unwrap();
    }
    (facts, state)
}

fn person(name: &str) -> (Signer, &str) {
    (Signer::Account(account(name)), name)
}

fn post(city: &TrialCity, minutes: u64, payer: Payer) -> OrderId {
    let now = city.time_ms();
    let terms = OrderTerms {
        recipient: account("mother"),
        service: ServiceCode(1),
        district: DISTRICT,
        window_start_ms: now.minus_ms(240 * MINUTE_MS),
        window_end_ms: now.plus_ms(240 * MINUTE_MS),
        minutes: Minutes(minutes),
        payer,
    };
    OrderId::derive(city.perform(PostOrder { terms }, &[person("mother")]))
}

fn accept(city: &TrialCity, order: OrderId, who: &str) {
    let operation = AcceptOrder {
        order,
        provider: account(who),
        member: None,
    };
    city.perform(operation, &[person(who)]);
}

fn complete(city: &TrialCity, order: OrderId, who: &str, minutes: u64) {
    let end_ms = city.time_ms();
    let operation = CompleteOrder {
        order,
        start_ms: end_ms.minus_ms(minutes * MINUTE_MS),
        end_ms,
        evidence: Hash([9; 32]),
    };
    city.perform(operation, &[person(who), person("mother")]);
}

/// Chen serves `minutes` for mother, paid by a budget line, until it is settled.
fn serve(city: &TrialCity, who: &str, minutes: u64) -> OrderId {
    let order = post(city, minutes, Payer::Budget(city.open_budget(minutes)));
    accept(city, order, who);
    complete(city, order, who, minutes);
    city.verify(order, minutes);
    city.pass_days(4);
    order
}

#[test]
fn an_order_is_told_from_posting_to_payment() {
    let city = TrialCity::new();
    let id = serve(&city, "chen", 60);
    let (facts, _) = facts(&city);
    let order = &facts.orders[&id];
    assert_eq!(order.origin, Origin::Posted);
    assert_eq!(order.status, OrderStatus::Settled);
    assert_eq!(order.recipient_home, STREET);
    assert_eq!(order.poster_person, account("mother"));
    assert_eq!(order.server(), Some(account("chen")));
    assert_eq!((order.backdating_days, order.quantum), (30, Minutes(15)));
    assert_eq!(order.claim.unwrap().minutes, Minutes(60));
    assert_eq!((order.served, order.paid), (Minutes(60), Minutes(60)));
    let verification = order.verification.as_ref().unwrap();
    assert_eq!(verification.verdict, Ok(Minutes(60)));
    assert_eq!(verification.verifiers[0].staff, staff("social"));
    assert_eq!(verification.verifiers[0].person, account("social"));
    let heights = [
        order.posted.height,
        order.accepted.unwrap().height,
        order.completed.unwrap().height,
        verification.event.height,
        order.ended.unwrap().height,
    ];
    assert!(heights.is_sorted_by(|a, b| a < b), "{heights:?}");
    assert!(order.is_approved() && order.is_minted());
}

#[test]
fn a_provider_who_withdraws_leaves_the_order_open() {
    let city = TrialCity::new();
    let order = post(&city, 60, Payer::Budget(city.open_budget(60)));
    accept(&city, order, "chen");
    city.perform(CancelOrder { order }, &[person("chen")]);
    let (before, _) = facts(&city);
    let found = &before.orders[&order];
    assert_eq!(found.status, OrderStatus::Posted);
    assert_eq!((found.provider, found.withdrawals), (None, 1));
    city.perform(CancelOrder { order }, &[person("mother")]);
    let (after, _) = facts(&city);
    assert_eq!(after.orders[&order].status, OrderStatus::Cancelled);
    assert!(after.orders[&order].ended.is_some());
}

#[test]
fn an_order_that_nobody_accepts_lapses() {
    let city = TrialCity::new();
    let order = post(&city, 60, Payer::Budget(city.open_budget(60)));
    city.pass_days(32);
    let (facts, _) = facts(&city);
    assert_eq!(facts.orders[&order].status, OrderStatus::Lapsed);
}

#[test]
fn balances_are_those_of_the_state() {
    let city = TrialCity::new();
    serve(&city, "chen", 240);
    city.link_kin((account("chen"), "chen"), (account("li"), "li"));
    let gift = Gift {
        from: account("chen"),
        to: account("li"),
        minutes: Minutes(90),
    };
    city.perform(gift, &[person("chen")]);
    let item = ledger_core::id::ItemCode(1);
    let items = vec![Item {
        code: item,
        minutes: Minutes(30),
    }];
    let merchant = city.open_shop("shop", items);
    let redeem = Redeem {
        holder: account("li"),
        merchant,
        item,
        minutes: Minutes(30),
    };
    let shop = (Signer::Account(merchant), "shop");
    city.perform(redeem, &[person("li"), shop]);
    post_for(&city, "chen", Minutes(45));

    let (facts, state) = facts(&city);
    let records = Overlay::new(&state);
    for (id, known) in &facts.accounts {
        let record: AccountRecord = records.load(&StateKey::Account(*id)).unwrap().unwrap();
        assert_eq!(known.spendable, record.spendable().unwrap().0, "{id}");
        assert_eq!(known.held, record.held.0, "{id}");
        assert_eq!(known.home(), record.home, "{id}");
    }
    assert_eq!(facts.accounts[&account("chen")].held, 45);
    assert_eq!(facts.gifts[0].minutes, 90);
    assert_eq!(facts.redemptions[0].merchant, merchant);
    let (chen, li) = (account("chen"), account("li"));
    let link = facts.kin[&(chen.min(li), chen.max(li))];
    let seen_from_first = if chen < li {
        Relation::Parent
    } else {
        Relation::Child
    };
    assert_eq!(link.relation, seen_from_first);
    assert!(facts.were_kin(li, chen, city.time_ms()));
}

/// An order that `name` posts and pays.
fn post_for(city: &TrialCity, name: &str, minutes: Minutes) {
    let now = city.time_ms();
    let terms = OrderTerms {
        recipient: account(name),
        service: ServiceCode(1),
        district: DISTRICT,
        window_start_ms: now,
        window_end_ms: now.plus_ms(60 * MINUTE_MS),
        minutes,
        payer: Payer::Recipient,
    };
    city.perform(PostOrder { terms }, &[person(name)]);
}

#[test]
fn a_paper_record_is_posted_and_completed_at_once() {
    let city = TrialCity::new();
    let end_ms = city.time_ms().minus_ms(3 * 24 * 60 * MINUTE_MS);
    let operation = Operation::RecordService(RecordService {
        recipient: account("mother"),
        provider: account("chen"),
        member: None,
        service: ServiceCode(1),
        district: DISTRICT,
        start_ms: end_ms.minus_ms(67 * MINUTE_MS),
        end_ms,
        minutes: Minutes(60),
        payer: Payer::Budget(city.open_budget(60)),
        evidence: Hash([1; 32]),
    });
    let transaction = city.perform(operation, &[person("chen"), person("mother")]);
    let (facts, _) = facts(&city);
    let order = &facts.orders[&OrderId::derive(transaction)];
    assert_eq!(order.origin, Origin::Recorded);
    assert_eq!(order.status, OrderStatus::Completed);
    assert_eq!(order.completed, Some(order.posted));
    assert_eq!(order.days_late(facts.calendar), Some(3));
    assert_eq!(order.claim.unwrap().minutes, Minutes(60));
}

#[test]
fn signing_is_a_sign_of_life_and_being_paid_is_none() {
    let city = TrialCity::new();
    serve(&city, "chen", 60);
    let (facts, _) = facts(&city);
    let chen = &facts.accounts[&account("chen")];
    assert_eq!(chen.active.len(), 2, "accepted and completed");
    assert_eq!(chen.movements.len(), 1, "paid");
    let paid_ms = chen.movements[0].event.time_ms;
    assert!(chen.last_active_before(paid_ms) < paid_ms);
    let li = &facts.accounts[&account("li")];
    assert_eq!(li.last_active_before(paid_ms), genesis().time_ms);
}

#[test]
fn blocks_out_of_order_are_refused() {
    let city = TrialCity::new();
    city.pass_a_block();
    let (blocks, _) = booked(&city);
    let mut facts = Facts::begin(&genesis());
    assert_eq!(
        facts.follow(&blocks[1]),
        Err(FactsError::Order {
            last: Height(0),
            given: Height(2)
        })
    );
    facts.follow(&blocks[0]).unwrap();
    facts.follow(&blocks[1]).unwrap();
}

#[test]
fn a_transaction_about_an_account_nobody_opened_is_refused() {
    let city = TrialCity::new();
    serve(&city, "chen", 60);
    let (blocks, _) = booked(&city);
    let mut other = genesis();
    other
        .accounts
        .retain(|listed| listed.id() != account("chen"));
    let mut facts = Facts::begin(&other);
    let error = blocks.iter().find_map(|block| facts.follow(block).err());
    assert!(
        matches!(error, Some(FactsError::Account { account: who, .. }) if who == account("chen"))
    );
}

#[test]
fn policy_is_the_tighter_of_the_citys_and_the_districts() {
    use ledger_core::record::policy::PolicyValue;
    use ledger_core::time::Day;
    let mut policies = super::PolicyFacts::begin(&genesis());
    let (parameter, city) = (PolicyParameter::DailyLimit, timebank_wallet::trial::CITY);
    let on = |policies: &super::PolicyFacts, day| policies.number(DISTRICT, parameter, Day(day));
    assert_eq!(on(&policies, 5), 480);
    policies.set(DISTRICT, parameter, Day(10), Some(PolicyValue::Number(120)));
    policies.set(city, parameter, Day(20), Some(PolicyValue::Number(90)));
    assert_eq!([on(&policies, 9), on(&policies, 10)], [480, 120]);
    assert_eq!(on(&policies, 20), 90, "the city became tighter");
    policies.set(city, parameter, Day(30), None);
    assert_eq!(on(&policies, 30), 120);
}
