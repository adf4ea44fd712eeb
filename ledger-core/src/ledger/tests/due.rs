//! What the chain does by itself: how much of it in a block, in which order, and that it cannot be refused.

use super::city::{City, secret};
use crate::amount::Minutes;
use crate::id::{AccountId, OrderId};
use crate::ledger::apply::DUE_WORK_MAX;
use crate::ledger::{ApplyError, BlockError, NothingVerified, Rejection, build_block, next_due};
use crate::receipt::Cause;
use crate::record::lot::{LOTS_MAX, Source};
use crate::record::order::OrderStatus;
use crate::state::{DueEntry, DueWork, StateKey};
use crate::time::{DAY_MS, Day, MINUTE_MS, Month, TimestampMs};
use crate::validator::ValidatorAddress;

const PEOPLE: &str = "chen opens at xuanwu -> ok
    cao opens at gulou -> ok
    cao is granted 3600
    budget winter opens for service of 30000 in gulou until +30 -> ok
    ";

/// Orders lapse at the end of their window, and pay as soon as they are verified.
const AT_ONCE: &str = "nanjing sets order_lapse_ms to 0 from +0 -> ok
    nanjing sets dispute_window_ms to 0 from +0 -> ok
    ";

fn city(script: &str) -> City {
    let mut city = City::new();
    city.play(&format!("{PEOPLE}{script}"));
    city
}

/// What the chain did by itself in the last block, but forgetting ids.
fn done(city: &City) -> Vec<Cause> {
    let causes = city.receipts.iter().map(|receipt| receipt.cause);
    causes
        .filter(|cause| !matches!(cause, Cause::Transaction(_) | Cause::Forgetting(_)))
        .collect()
}

/// Makes an empty block at `minute` minutes after the whole minute of the last one.
fn empty_block_in(city: &mut City, minutes: u64) {
    let minute_ms = city.tip.time_ms.0 / MINUTE_MS * MINUTE_MS;
    city.now_ms.0 = minute_ms + minutes * MINUTE_MS;
    city.block(&[]);
}

#[test]
fn a_block_does_exactly_the_first_thousand_pieces_of_work_in_order() {
    let mut city = city(&format!(
        "{AT_ONCE}nanjing sets open_orders_max to 1000 from +0 -> ok
        nanjing sets person_transactions_per_day to 10000 from +0 -> ok
        wang opens at gulou -> ok
        hua opens at gulou -> ok
        1 minute passes
        "
    ));
    let lines: Vec<String> = (0..1_005)
        .map(|number| {
            let name = ["cao", "wang", "hua"][number % 3];
            format!("{name} posts 15 in gulou as o{number} window -5..+5 budget winter by {name}")
        })
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert!(city.attempt(&lines).iter().all(Option::is_none));
    city.play("budget winter has 15075 reserved 0 used");
    let mut ids: Vec<OrderId> = city.names.orders.values().copied().collect();
    ids.sort();
    let lapses: Vec<Cause> = ids.iter().map(|id| Cause::Lapse(*id)).collect();
    let last = ids[DUE_WORK_MAX];
    let name = city.names.orders.iter().find(|(_, id)| **id == last);
    let name = name.expect("named above").0.clone();

    // The block in which everything falls due does a thousand; what waits its turn counts as done all the same.
    let minute_ms = city.tip.time_ms.0 / MINUTE_MS * MINUTE_MS;
    city.now_ms.0 = minute_ms + 5 * MINUTE_MS;
    let refused = city.attempt(&[
        &format!("chen accepts {name}"),
        "cao posts 15 in gulou as late window -5..+5",
    ]);
    assert!(matches!(refused[0], Some(Rejection::OrderLapsed { order, .. }) if order == last));
    assert_eq!(refused[1], None);
    assert_eq!(done(&city), lapses[..DUE_WORK_MAX]);
    assert_eq!(city.status_of(&name), OrderStatus::Posted);
    city.play(&format!(
        "chen accepts {name} -> order_status
        budget winter has 0 reserved 0 used
        late is posted"
    ));
}

/// Gives the chain so much to do that nothing else has its turn for `blocks` blocks.
fn keep_busy(city: &mut City, blocks: u64) {
    city.arrange(|state| {
        for hour in 0..blocks * 1_000 {
            let due_ms = TimestampMs(hour);
            let work = DueWork::Forget(hour);
            let entry = DueEntry { due_ms, work };
            state.store(&StateKey::Due(entry), &entry);
        }
    });
}

#[test]
fn what_waits_its_turn_to_be_paid_is_neither_disputed_nor_appealed() {
    let mut city = city(
        "chen serves 60 for cao in gulou as o1 -> verified
        chen serves 60 for cao in gulou as o2 -> verified
        cao disputes o2 -> ok
        arbiter@gulou gives chen 30 of o2 -> ok",
    );
    keep_busy(&mut city, 3);
    city.now_ms = city.tip.time_ms.plus_ms(3 * DAY_MS);
    city.play("cao disputes o1 -> dispute_window_over && social@gulou/1 disputes o1 -> dispute_window_over && cao cancels o1 -> order_status");
    city.now_ms = city.tip.time_ms.plus_ms(4 * DAY_MS);
    city.play(
        "chen appeals o2 -> appeal_window_over && arbiter2@gulou gives chen 60 of o2 -> order_status
        o1 is verified
        o2 is resolved
        // Ratings are for done services, paid or not.
        cao rates provider of o1 with 5 -> ok
        1 minute passes
        o1 is settled
        o2 is settled
        chen has 90
        cao rates provider of o1 with 5 -> rated_already",
    );
}

#[test]
fn what_waits_its_turn_to_be_forgotten_is_forgotten() {
    let mut city = city(
        "chen serves 60 for cao in gulou as o1 -> settled
        social@gulou/1 is called worker
        worker links chen as sibling by worker, chen, registrar@gulou/1 -> ok
        chen serves 60 for cao in gulou as o2 -> completed
        worker unlinks chen -> ok
        30 days pass",
    );
    keep_busy(&mut city, 4);
    city.now_ms = city.tip.time_ms.plus_ms(366 * DAY_MS);
    city.play("social@gulou/1 approves 60 of o2 -> verifier_is_kin");
    city.now_ms = city.tip.time_ms.plus_ms(DAY_MS);
    city.play(
        "cao rates provider of o1 with 5 -> order_unknown && chen disputes o1 -> order_unknown
        o1 is settled
        social@gulou/1 approves 60 of o2 -> ok
        1 minute passes
        o1 is forgotten",
    );
}

#[test]
fn an_absence_is_not_reported_of_an_order_that_waits_its_turn_to_lapse() {
    let mut city = city(&format!(
        "{AT_ONCE}cao posts 60 in gulou as o1 window -5..+6 -> ok
        chen accepts o1 -> ok"
    ));
    keep_busy(&mut city, 2);
    let minute_ms = city.tip.time_ms.0 / MINUTE_MS * MINUTE_MS;
    city.now_ms.0 = minute_ms + 6 * MINUTE_MS;
    city.play(
        "cao reports provider absent from o1 -> order_lapsed
        chen missed 0 orders
        1 minute passes
        o1 is lapsed",
    );
}

#[test]
fn work_of_one_instant_is_done_in_the_order_of_its_kinds() {
    let [one, other] = [1, 2].map(|byte| OrderId([byte; 20]));
    let [person, kin] = [1, 2].map(|byte| AccountId([byte; 20]));
    let pool = super::city::pool("gulou:reserve");
    let works = [
        DueWork::Settle(one),
        DueWork::Settle(other),
        DueWork::Lapse(one),
        DueWork::Forget(7),
        DueWork::Forget(300),
        DueWork::Expire(person, Day(7)),
        DueWork::Expire(person, Day(300)),
        DueWork::Recover(person),
        DueWork::SettleDecision(one),
        DueWork::Escalate(one),
        DueWork::ForgetOrder(one),
        DueWork::ForgetDay(person, Day(300)),
        DueWork::CloseMonth(Month(24_000)),
        DueWork::ServeReserve(pool),
        DueWork::ForgetKin(person, kin),
    ];
    let mut keys = Vec::new();
    for due_ms in [255, 256] {
        let due_ms = TimestampMs(due_ms);
        keys.extend(works.map(|work| StateKey::Due(DueEntry { due_ms, work }).to_bytes()));
    }
    assert!(keys.is_sorted(), "the order of keys is the order of work");
}

#[test]
fn an_order_that_waits_its_turn_to_lapse_can_do_nothing_else() {
    // More lapses fall due before those of o1 to o3 than two blocks do.
    let mut city = city(&format!(
        "{AT_ONCE}cao posts 60 in gulou as o1 window -5..+6 -> ok
        cao posts 60 in gulou as o2 window -5..+6 -> ok
        chen accepts o2 -> ok
        cao posts 60 in gulou as o3 window -5..+6 -> ok"
    ));
    keep_busy(&mut city, 2);
    let minute_ms = city.tip.time_ms.0 / MINUTE_MS * MINUTE_MS;
    city.now_ms.0 = minute_ms + 6 * MINUTE_MS;
    city.play(
        "chen accepts o1 -> order_lapsed && chen starts o2 -> order_lapsed && chen completes o2 -15..+0 -> order_lapsed && cao cancels o1 -> order_lapsed && chen cancels o2 -> order_lapsed && cao cancels o2 -> order_lapsed
        cao cancels o3 -> order_lapsed
        cao cancels o3 -> order_status
        o1 is lapsed
        o2 is lapsed
        o3 is lapsed
        cao has 3600",
    );
}

#[test]
fn work_that_comes_and_goes_within_a_block_is_done_or_not() {
    let mut city = city(&format!(
        "{AT_ONCE}12:00 strikes
        cao posts 15 in gulou as started window -5..+3 -> ok
        cao posts 15 in gulou as cancelled window -5..+3 -> ok
        cao posts 15 in gulou as lapsing window -5..+3 -> ok
        chen accepts started -> ok
        chen records 15 for cao in gulou as paying -15..+0 -> ok"
    ));
    empty_block_in(&mut city, 2);
    let verified = city.attempt(&[
        "chen starts started",
        "cao cancels cancelled",
        "cao posts 15 in gulou as late window -5..+1",
        "social@gulou/1 approves 15 of paying",
    ]);
    assert!(verified.iter().all(Option::is_none), "{verified:?}");
    // What a block's transactions queue is not done in that block, even when it is due at once.
    assert_eq!(done(&city), []);
    assert_eq!(next_due(&city.state).unwrap(), Some(city.tip.time_ms));
    empty_block_in(&mut city, 1);
    let mut lapses = [city.order_id("lapsing"), city.order_id("late")];
    lapses.sort();
    assert_eq!(
        done(&city),
        [
            Cause::Settlement(city.order_id("paying")),
            Cause::Lapse(lapses[0]),
            Cause::Lapse(lapses[1]),
        ]
    );
    city.play(
        "started is started
        cancelled is cancelled
        lapsing is lapsed
        late is lapsed
        paying is settled
        cao keeps 1 order
        1 day passes
        started is started",
    );
}

#[test]
fn a_block_at_the_millisecond_of_a_lapse_does_it_and_one_before_does_not() {
    let mut city = city(&format!(
        "{AT_ONCE}12:00 strikes
        cao posts 15 in gulou as o1 window -5..+1 -> ok"
    ));
    let due_ms = next_due(&city.state).unwrap().expect("a lapse is queued");
    assert_eq!(due_ms.0 % MINUTE_MS, 0);
    city.now_ms = due_ms.minus_ms(1);
    city.block(&[]);
    assert_eq!(city.status_of("o1"), OrderStatus::Posted);
    city.now_ms = due_ms;
    city.block(&[]);
    assert_eq!(city.status_of("o1"), OrderStatus::Lapsed);
}

#[test]
fn payment_finds_room_in_an_account_full_of_lots() {
    let mut city = city("chen serves 60 for cao in gulou as o1 -> verified");
    let today = city.today();
    for offset in 0..64 {
        let expiry = Some(today.plus_days(30 + offset));
        city.endow("chen", Minutes(10), Source::Granted, expiry);
    }
    assert_eq!(city.account("chen").lots.as_slice().len(), LOTS_MAX);
    city.play(
        "3 days pass
        o1 is settled
        chen has 700",
    );
    assert_eq!(city.account("chen").lots.as_slice().len(), LOTS_MAX);
    city.check_supply();
}

#[test]
fn a_release_finds_room_in_an_account_full_of_lots() {
    let mut city = city("cao posts 60 in gulou as o1 window -5..+5 -> ok");
    let today = city.today();
    city.play("cao posts 3540 in gulou as o2 -> order_minutes");
    for offset in 0..70 {
        let expiry = Some(today.plus_days(30 + offset));
        city.endow("cao", Minutes(10), Source::Granted, expiry);
    }
    city.play(
        "31 days pass
        o1 is lapsed
        cao has 4300
        cao holds 0",
    );
    assert_eq!(city.account("cao").lots.as_slice().len(), LOTS_MAX);
    city.check_supply();
}

#[test]
fn work_that_is_refused_makes_the_block_invalid_and_no_node_falls_over() {
    // No rule queues such work; it stands for a rule that is wrong.
    let mut city = city("cao posts 60 in gulou as o1 -> ok");
    let entry = DueEntry {
        due_ms: city.tip.time_ms,
        work: DueWork::Settle(city.order_id("o1")),
    };
    city.arrange(|state| state.store(&StateKey::Due(entry), &entry));
    let proposer = ValidatorAddress::of(&secret("v1").public_key());
    let time_ms = city.block_time();
    let built = build_block(
        &city.state,
        &city.tip,
        proposer,
        time_ms,
        &[],
        &NothingVerified,
    );
    let refused = match built {
        Err(ApplyError::Invalid(BlockError::DueWork { entry, rejection })) => {
            Some((entry, *rejection))
        }
        _ => None,
    };
    let rejection = Rejection::OrderNotReady {
        order: city.order_id("o1"),
        status: OrderStatus::Posted,
        needed: OrderStatus::Verified,
    };
    assert_eq!(refused, Some((entry, rejection)));
}
