//! That a transaction applies at most once, to the millisecond, and that a refused one consumes nothing.

use std::sync::Arc;

use super::check;
use super::city::{City, Draft, seal};
use crate::ledger::Rejection;
use crate::receipt::Cause;
use crate::record::chain::RememberedHour;
use crate::state::{StateKey, StateView};
use crate::time::{HOUR_MS, TimestampMs};
use crate::transaction::{SealedEnvelope, Transaction, VALIDITY_MS_MAX};

const PEOPLE: &str = "chen opens at xuanwu -> ok
    cao opens at gulou -> ok
    cao is granted 3600
    ";

fn city() -> City {
    let mut city = City::new();
    city.play(PEOPLE);
    city
}

/// The transaction of `draft` that is valid until then.
fn transaction(city: &mut City, draft: &Draft, valid_until_ms: TimestampMs) -> Transaction {
    Transaction {
        valid_until_ms,
        ..city.transaction(draft)
    }
}

/// Cao donates a minute, valid until then.
fn donation(city: &mut City, valid_until_ms: TimestampMs) -> Arc<SealedEnvelope> {
    let draft = city.draft("cao donates 1 to gulou:donation");
    let transaction = transaction(city, &draft, valid_until_ms);
    seal(transaction, &draft.parties)
}

/// Submits `sealed` in a block at `time_ms`; the code of the rejection, or `ok`.
fn submit(city: &mut City, time_ms: TimestampMs, sealed: &Arc<SealedEnvelope>) -> &'static str {
    city.now_ms = time_ms;
    assert_eq!(city.block_time(), time_ms, "time moves forward only");
    let refused = city.block(&[Arc::clone(sealed)]);
    refused.get(&sealed.id()).map_or("ok", Rejection::code)
}

/// The first whole hour at least a minute ahead.
fn next_hour(city: &City) -> TimestampMs {
    let hours = city.block_time().plus_ms(60_000).hour_ceiling();
    TimestampMs(hours * HOUR_MS)
}

#[test]
fn an_id_is_remembered_to_the_millisecond_its_transaction_is_valid() {
    let hour_ms = next_hour(&city());
    for valid_until_ms in [
        hour_ms.minus_ms(1),
        hour_ms,
        hour_ms.plus_ms(1),
        hour_ms.plus_ms(HOUR_MS),
    ] {
        let mut city = city();
        let now_ms = city.block_time();
        let sealed = donation(&mut city, valid_until_ms);
        assert_eq!(submit(&mut city, now_ms, &sealed), "ok");
        for (time_ms, expected) in [
            (now_ms.plus_ms(1), "already_applied"),
            (valid_until_ms.minus_ms(2), "already_applied"),
            (valid_until_ms.minus_ms(1), "already_applied"),
            (valid_until_ms, "already_applied"),
            (valid_until_ms.plus_ms(1), "expired"),
            (valid_until_ms.plus_ms(HOUR_MS), "expired"),
        ] {
            assert_eq!(submit(&mut city, time_ms, &sealed), expected, "{time_ms}");
        }
        city.play("pool gulou:donation has 1");
    }
}

#[test]
fn a_transaction_may_apply_for_the_first_time_in_its_last_millisecond() {
    let hour_ms = next_hour(&city());
    for valid_until_ms in [hour_ms.minus_ms(1), hour_ms, hour_ms.plus_ms(1)] {
        let mut city = city();
        let sealed = donation(&mut city, valid_until_ms);
        assert_eq!(submit(&mut city, valid_until_ms, &sealed), "ok");
        let next_ms = valid_until_ms.plus_ms(1);
        assert_eq!(submit(&mut city, next_ms, &sealed), "expired");
    }
}

#[test]
fn an_hour_is_forgotten_once_nothing_in_it_is_valid() {
    let mut city = city();
    let hour_ms = next_hour(&city);
    let hour = hour_ms.0 / HOUR_MS;
    let now_ms = city.block_time();
    let key = StateKey::RememberedHour(hour);
    let sealed = donation(&mut city, hour_ms);
    assert_eq!(submit(&mut city, now_ms, &sealed), "ok");
    let other = donation(&mut city, hour_ms.minus_ms(HOUR_MS / 2));
    assert_eq!(submit(&mut city, now_ms.plus_ms(1), &other), "ok");
    city.now_ms = hour_ms;
    city.block(&[]);
    let record: Option<RememberedHour> = city.load(&key);
    assert_eq!(record.map(|record| record.count), Some(2));
    assert!(city.state.is_remembered(hour, sealed.id()).unwrap());
    city.now_ms = hour_ms.plus_ms(1);
    city.block(&[]);
    assert_eq!(city.load::<RememberedHour>(&key), None);
    assert!(!city.state.is_remembered(hour, sealed.id()).unwrap());
    assert_eq!(city.receipts[0].cause, Cause::Forgetting(hour));
}

#[test]
fn the_hours_hash_commits_to_its_ids_in_order() {
    let run = |swapped: bool| {
        let mut city = city();
        let hour_ms = next_hour(&city);
        let mut pair = [donation(&mut city, hour_ms), donation(&mut city, hour_ms)];
        if swapped {
            pair.swap(0, 1);
        }
        assert!(city.block(&pair).is_empty());
        let record: Option<RememberedHour> =
            city.load(&StateKey::RememberedHour(hour_ms.0 / HOUR_MS));
        record.expect("two ids are remembered")
    };
    let (one, other) = (run(false), run(true));
    assert_eq!((one.count, other.count), (2, 2));
    assert_ne!(one.running, other.running);
}

#[test]
fn a_transaction_applies_once_within_a_block_too() {
    let mut city = city();
    let valid_until_ms = next_hour(&city);
    let sealed = donation(&mut city, valid_until_ms);
    let refused = city.block(&[Arc::clone(&sealed), Arc::clone(&sealed)]);
    assert_eq!(refused[&sealed.id()], Rejection::AlreadyApplied);
    city.play("pool gulou:donation has 1");
}

#[test]
fn another_set_of_signatures_is_the_same_transaction() {
    let mut city = city();
    let valid_until_ms = next_hour(&city);
    let draft = city.draft("cao donates 1 to gulou:donation");
    let transaction = transaction(&mut city, &draft, valid_until_ms);
    let good = seal(transaction.clone(), &draft.parties);
    let mut parties = draft.parties.clone();
    parties.push(city.party("chen"));
    let relayed = seal(transaction, &parties);
    let now_ms = city.block_time();
    // A relay's addition is refused, and stands in the way of nothing.
    assert_eq!(submit(&mut city, now_ms, &relayed), "signature_unneeded");
    assert_eq!(submit(&mut city, now_ms.plus_ms(1), &good), "ok");
    assert_eq!(
        submit(&mut city, now_ms.plus_ms(2), &relayed),
        "already_applied"
    );
}

#[test]
fn a_transaction_is_valid_for_thirty_one_days_at_most() {
    let mut city = city();
    let now_ms = city.block_time();
    let longest = donation(&mut city, now_ms.plus_ms(VALIDITY_MS_MAX));
    let longer = donation(&mut city, now_ms.plus_ms(VALIDITY_MS_MAX + 1));
    assert_eq!(submit(&mut city, now_ms, &longer), "valid_too_long");
    assert_eq!(submit(&mut city, now_ms.plus_ms(1), &longer), "ok");
    assert_eq!(submit(&mut city, now_ms.plus_ms(2), &longest), "ok");
}

#[test]
fn a_transaction_for_another_chain_is_refused() {
    let mut city = city();
    let draft = city.draft("cao donates 1 to gulou:donation");
    let valid_until_ms = next_hour(&city);
    let mut transaction = transaction(&mut city, &draft, valid_until_ms);
    transaction.chain_id = crate::id::ChainId::default();
    let sealed = seal(transaction, &draft.parties);
    let now_ms = city.block_time();
    assert_eq!(submit(&mut city, now_ms, &sealed), "wrong_chain");
}

#[test]
fn a_refused_transaction_consumes_nothing_and_may_apply_later() {
    let mut city = city();
    city.play("nanjing sets person_transactions_per_day to 2 from +0 -> ok");
    let draft = city.draft("chen donates 60 to gulou:donation");
    let valid_until_ms = city.block_time().plus_ms(HOUR_MS);
    let transaction = transaction(&mut city, &draft, valid_until_ms);
    let sealed = seal(transaction, &draft.parties);
    for _ in 0..5 {
        let now_ms = city.block_time();
        assert_eq!(submit(&mut city, now_ms, &sealed), "insufficient_minutes");
    }
    city.play("chen is granted 120");
    let now_ms = city.block_time();
    assert_eq!(submit(&mut city, now_ms, &sealed), "ok");
    city.play(
        "chen donates 30 to gulou:donation -> ok
        chen donates 30 to gulou:donation -> transactions_per_day
        chen has 30
        1 day passes
        chen donates 30 to gulou:donation -> ok",
    );
}

#[test]
fn the_limit_of_transactions_counts_who_asks_not_who_cosigns() {
    check(&format!(
        "{PEOPLE}nanjing sets person_transactions_per_day to 1 from +0 -> ok
        cao posts 15 in gulou as o1 -> ok
        cao posts 15 in gulou as o2 -> transactions_per_day
        chen accepts o1 -> ok
        chen starts o1 -> transactions_per_day
        chen starts o1 by cao, chen -> transactions_per_day
        1 day passes
        chen starts o1 -> ok"
    ));
}
