//! Reversals: what is taken back, who is made whole, who waits, and what is owed since.

use super::check;
use super::city::City;
use crate::amount::Minutes;
use crate::id::OrderId;
use crate::record::order::{OrderRecord, REVERSIBLE_MS};
use crate::record::reserve::{CLAIMS_SERVED_MAX, ReserveClaim, ReserveQueue};
use crate::state::StateKey;

/// Chen of Gulou and Cao of Xuanwu, who has 600 and a son, and a reserve of `reserve` min in Gulou.
fn with_reserve(reserve: u64, script: &str) -> String {
    format!(
        "chen opens at gulou -> ok
        cao opens at xuanwu -> ok
        wang opens at jiangbei -> ok
        cao is granted 600
        budget fund opens for fund of 6000 in nanjing until +400 -> ok
        pool gulou:reserve gets {reserve} from fund by treasurer@nanjing, treasurer2@nanjing -> ok
        budget winter opens for service of 6000 in nanjing until +400 -> ok
        {script}"
    )
}

fn check_with_reserve(reserve: u64, script: &str) {
    check(&with_reserve(reserve, script));
}

#[test]
fn what_is_spendable_goes_back_to_the_payer() {
    check_with_reserve(
        1,
        "chen serves 60 for cao in gulou as o1 -> settled
        chen gave 60
        o1 is reversed -> ok
        o1 is reversed
        chen has 0
        chen owes 0
        chen gave 0
        cao has 600
        cao has 60 earned for ever
        pool gulou:reserve has 1
        o1 is reversed -> order_status
        40 days pass
        flow from xuanwu to gulou in month -1 is 60
        flow back from xuanwu to gulou in month -1 is 60
        net of gulou in month -1 is 0",
    );
}

#[test]
fn the_reserve_advances_what_the_provider_lacks_and_is_repaid_from_all_that_comes_in() {
    check_with_reserve(
        600,
        "chen serves 60 for cao in gulou as o1 -> settled
        chen donates 45 to gulou:donation -> ok
        o1 is reversed -> ok
        chen has 0
        chen owes 45 to gulou:reserve
        cao has 600
        pool gulou:reserve has 555
        chen links wang as sibling -> ok
        wang is granted 20
        wang gives chen 20 -> ok
        chen has 0
        chen owes 25
        pool gulou:reserve has 575
        budget alms opens for grant of 600 in gulou until +30 -> ok
        chen belongs to P01
        alms grants 30 to chen of P01 until +3 -> ok
        chen owes 0
        chen has 5 until +3
        pool gulou:reserve has 600
        supply voided is 0",
    );
}

#[test]
fn what_the_reserve_lacks_is_queued_and_never_minted() {
    check_with_reserve(
        20,
        "li opens at gulou -> ok
        li is granted 60
        chen serves 60 for cao in gulou as o1 -> settled
        chen serves 60 for li in gulou as o2 -> settled
        chen donates 120 to jiangbei:donation -> ok
        o1 is reversed -> ok
        cao has 560
        pool gulou:reserve has 0
        40 min wait for gulou:reserve
        chen owes 60 to gulou:reserve
        o2 is reversed -> ok
        li has 0
        2 claims wait for gulou:reserve
        100 min wait for gulou:reserve
        chen owes 120
        // Half of Cao's comes in, then the rest of it and a part of Li's: first in, first out.
        pool gulou:reserve gets 20 from fund by treasurer@nanjing, treasurer2@nanjing -> ok
        cao has 580
        2 claims wait for gulou:reserve
        pool gulou:reserve gets 30 from fund by treasurer@nanjing, treasurer2@nanjing -> ok
        cao has 600
        li has 10
        1 claim waits for gulou:reserve
        50 min wait for gulou:reserve
        pool gulou:reserve has 0
        // What Chen repays serves the queue as well, and the pool keeps the rest.
        chen serves 60 for cao in jiangbei as o3 budget winter -> settled
        li has 60
        0 claims wait for gulou:reserve
        pool gulou:reserve has 10
        chen owes 60
        chen has 0",
    );
}

/// A pool that has minutes while somebody waits cannot be: the next reversal finds the queue empty or the pool.
#[test]
fn a_reversal_waits_behind_those_who_wait_already() {
    check_with_reserve(
        1,
        "chen serves 60 for cao in gulou as o1 -> settled
        chen serves 45 for cao in gulou as o2 -> settled
        chen donates 105 to gulou:donation -> ok
        o1 is reversed -> ok
        o2 is reversed -> ok
        pool gulou:reserve has 0
        2 claims wait for gulou:reserve
        104 min wait for gulou:reserve
        cao has 496",
    );
}

#[test]
fn minted_minutes_are_voided_now_or_when_they_come_in() {
    check_with_reserve(
        100,
        "chen serves 60 for cao in gulou as o1 budget winter service S02 -> settled
        chen has 90
        chen donates 50 to gulou:donation -> ok
        o1 is reversed -> ok
        chen has 0
        chen owes 50 to nobody
        cao has 600
        supply voided is 40
        supply service is 90
        budget winter has 0 reserved 90 used
        pool gulou:reserve has 100
        chen serves 30 for cao in gulou as o2 -> settled
        chen owes 20
        supply voided is 70
        chen serves 30 for cao in gulou as o3 -> settled
        chen owes 0
        chen has 10
        supply voided is 90",
    );
}

/// Debts are repaid pool by pool in order of their codes, and what is owed to nobody last.
#[test]
fn reserve_pools_are_repaid_before_what_is_voided() {
    check_with_reserve(
        100,
        "pool xuanwu:reserve gets 100 from fund by treasurer@nanjing, treasurer2@nanjing -> ok
        chen serves 60 for cao in jiangbei as o1 budget winter -> settled
        chen serves 60 for cao in gulou as o2 -> settled
        chen serves 60 for cao in xuanwu as o3 -> settled
        chen donates 180 to gulou:donation -> ok
        o1 is reversed -> ok
        o2 is reversed -> ok
        o3 is reversed -> ok
        chen owes 60 to nobody
        chen owes 60 to gulou:reserve
        chen owes 60 to xuanwu:reserve
        chen serves 90 for cao in gulou as o4 -> settled
        // Xuanwu's code is the lowest.
        chen owes 0 to xuanwu:reserve
        chen owes 30 to gulou:reserve
        chen owes 60 to nobody
        chen serves 90 for cao in gulou as o5 -> settled
        chen owes 0
        chen has 0
        supply voided is 60",
    );
}

#[test]
fn kin_who_paid_are_made_whole_and_past_their_cap() {
    check_with_reserve(
        1,
        "daughter opens at gulou -> ok
        daughter is granted 60
        daughter links cao as parent -> ok
        daughter allows cao 60 until +30 -> ok
        chen serves 60 for cao in gulou as o1 payer daughter -> settled
        daughter has 0
        nanjing sets cap to 0 from +0 -> ok
        o1 is reversed -> ok
        daughter has 60
        daughter is honoured with 0
        cao has 600",
    );
}

/// The capped part went to the donation pool, and is owed all the same.
#[test]
fn the_overflow_is_taken_back_too() {
    check_with_reserve(
        100,
        "gulou sets cap to 40 from +0 -> ok
        chen serves 60 for cao in gulou as o1 -> settled
        chen has 40
        pool gulou:donation has 20
        chen is honoured with 20
        o1 is reversed -> ok
        chen has 0
        chen owes 20 to gulou:reserve
        chen is honoured with 20
        cao has 600
        pool gulou:reserve has 80
        pool gulou:donation has 20",
    );
}

/// What a multiplier of nothing paid is nothing, but it counted as service.
#[test]
fn service_that_paid_nothing_counts_no_more() {
    check_with_reserve(
        100,
        "nanjing sets S03 to 15..480x0 from +0 -> ok
        chen serves 60 for cao in gulou as o1 budget winter service S03 -> settled
        chen has 0
        chen gave 60
        o1 is reversed -> ok
        chen gave 0
        chen owes 0
        supply voided is 0",
    );
}

/// What is past its last day is not there to be recovered.
#[test]
fn expired_minutes_are_not_recovered() {
    check_with_reserve(
        100,
        "gulou sets earned_expiry_days to 2 from +0 -> ok
        chen serves 60 for cao in gulou as o1 -> settled
        3 days pass
        supply expired is 60
        o1 is reversed -> ok
        chen owes 60
        cao has 600
        pool gulou:reserve has 40",
    );
}

#[test]
fn a_closed_payer_is_made_whole_through_the_donation_pool_of_its_home() {
    check_with_reserve(
        30,
        "chen serves 60 for cao in gulou as o1 -> settled
        chen donates 30 to gulou:donation -> ok
        cao closes for donation -> ok
        cao is closed
        pool xuanwu:donation has 540
        o1 is reversed -> ok
        cao has 0
        pool xuanwu:donation has 600
        pool gulou:reserve has 0
        chen owes 30",
    );
}

#[test]
fn a_frozen_provider_gives_back_and_repays() {
    check_with_reserve(
        100,
        "chen serves 60 for cao in gulou as o1 -> settled
        chen serves 60 for cao in gulou as o2 -> settled
        chen donates 90 to gulou:donation -> ok
        chen is frozen -> ok
        chen donates 1 to gulou:donation -> account_frozen
        o1 is reversed -> ok
        chen owes 30
        chen serves 60 for cao in gulou as o3 -> settled
        chen owes 0
        chen has 30",
    );
}

#[test]
fn the_interval_and_the_pairs_month_are_free_again() {
    check_with_reserve(
        100,
        "nanjing sets pair_monthly_limit to 60 from +0 -> ok
        chen serves 60 for cao in gulou as o1 -> settled
        chen served cao 60 since -3
        chen records 60 for cao in gulou as o2 -4380..-4320 -> service_overlaps
        chen records 60 for cao in gulou as o2 -4500..-4440 -> pair_monthly_limit
        o1 is reversed -> ok
        chen served cao 0 since -3
        chen records 60 for cao in gulou as o2 -4380..-4320 -> ok",
    );
}

#[test]
fn a_member_served_for_its_group_no_more() {
    check_with_reserve(
        100,
        "hua opens at gulou -> ok
        team opens as group at gulou -> ok
        team adds hua,chen -> ok
        cao posts 60 in gulou as o1 -> ok
        team accepts o1 with hua -> ok
        hua starts o1 -> ok
        1 hour passes
        hua completes o1 -60..+0 -> ok
        social@gulou/1 approves 60 of o1 -> ok
        3 days pass
        team has 60
        team gave 60
        hua gave 60
        o1 is reversed -> ok
        team has 0
        team gave 0
        hua gave 0
        hua owes 0
        cao has 600",
    );
}

#[test]
fn an_arbiter_and_a_treasurer_of_the_district_or_above_reverse() {
    check_with_reserve(
        100,
        "chen serves 60 for cao in gulou as o1 -> settled
        o1 is reversed by arbiter@gulou -> role_missing
        o1 is reversed by treasurer@gulou -> role_missing
        o1 is reversed by arbiter@gulou, treasurer@gulou/1 -> role_missing
        o1 is reversed by arbiter@gulou/1, treasurer@gulou -> role_missing
        o1 is reversed by arbiter@xuanwu, treasurer@gulou -> role_missing
        gulou sets staff 60=treasurer:arbiter@gulou 61=arbiter:social@gulou/1 62=arbiter:chen threshold 2 -> ok
        gulou sets staff 63=arbiter:cao 64=arbiter:wang threshold 2 -> ok
        o1 is reversed by arbiter@gulou, #60@gulou -> same_person
        o1 is reversed by #61@gulou, treasurer@gulou -> arbiter_verified
        o1 is reversed by #62@gulou, treasurer@gulou -> arbiter_is_party
        o1 is reversed by #63@gulou, treasurer@gulou -> arbiter_is_party
        chen links wang as sibling -> ok
        o1 is reversed by #64@gulou, treasurer@gulou -> arbiter_is_kin
        o1 is reversed by arbiter@nanjing, treasurer@nanjing -> ok",
    );
}

#[test]
fn only_what_was_paid_is_reversed() {
    check_with_reserve(
        100,
        "o9 is reversed -> order_unknown
        chen serves 60 for cao in gulou as o1 -> verified
        o1 is reversed -> order_not_ready
        chen disputes o1 -> ok
        arbiter@gulou gives chen 0 of o1 -> ok
        7 days pass
        o1 is settled
        o1 is reversed -> reversal_nothing_paid
        cao posts 60 in gulou as o2 -> ok
        cao cancels o2 -> ok
        o2 is reversed -> order_status",
    );
}

#[test]
fn a_split_is_taken_back_as_far_as_it_was_paid() {
    check_with_reserve(
        100,
        "chen serves 60 for cao in gulou as o1 -> verified
        chen disputes o1 -> ok
        arbiter@gulou gives chen 45 of o1 -> ok
        7 days pass
        chen has 45
        cao has 555
        o1 is reversed by arbiter@gulou, treasurer@gulou -> ok
        chen has 0
        cao has 600
        chen gave 0",
    );
}

/// To the millisecond.
#[test]
fn an_order_can_be_reversed_for_365_days() {
    let mut city = City::new();
    city.play(&with_reserve(
        100,
        "chen serves 60 for cao in gulou as o1 -> settled",
    ));
    let key = StateKey::Order(city.order_id("o1"));
    let Some(OrderRecord::Ended(ended)) = city.load(&key) else {
        panic!("o1 has ended");
    };
    let last_ms = ended.ended_ms.plus_ms(REVERSIBLE_MS);
    let mut late = city.clone();
    city.now_ms = last_ms;
    city.play("o1 is reversed -> ok");
    late.now_ms = last_ms.plus_ms(1);
    late.play("o1 is reversed -> reversal_too_late");
}

/// No payment serves more than its share of a long queue; blocks go on until nobody waits who could be served.
#[test]
fn a_long_queue_is_served_in_portions() {
    let waiting = 2 * u64::try_from(CLAIMS_SERVED_MAX).unwrap() + 50;
    let mut city = City::new();
    city.play(&with_reserve(1, "pool gulou:reserve has 1"));
    let pool = super::city::pool("gulou:reserve");
    let account = city.account_id("cao");
    let queue = ReserveQueue {
        first: 0,
        next: waiting,
        minutes: Minutes(2 * waiting),
    };
    city.arrange(|state| {
        state.store(&StateKey::ReserveQueue(pool), &queue);
        for number in 0..waiting {
            let claim = ReserveClaim {
                account,
                order: OrderId([0; 20]),
                minutes: Minutes(2),
            };
            state.store(&StateKey::ReserveClaim(pool, number), &claim);
        }
    });
    let gets = "from fund by treasurer@nanjing, treasurer2@nanjing -> ok";
    city.play(&format!(
        "pool gulou:reserve gets 449 {gets}
        cao has 800
        150 claims wait for gulou:reserve
        pool gulou:reserve has 250
        1 minute passes
        cao has 1000
        50 claims wait for gulou:reserve
        1 minute passes
        cao has 1050
        25 claims wait for gulou:reserve
        pool gulou:reserve has 0
        1 day passes
        25 claims wait for gulou:reserve
        pool gulou:reserve gets 100 {gets}
        cao has 1100
        0 claims wait for gulou:reserve
        pool gulou:reserve has 50"
    ));
    let due = crate::ledger::next_due(&city.state).unwrap();
    assert!(
        due.is_none_or(|due| due > city.block_time()),
        "nothing is left to do"
    );
}
