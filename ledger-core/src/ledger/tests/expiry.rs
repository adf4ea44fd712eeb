//! Minutes past their last day: gone for every rule at once, whether or not the chain has come to their due entry.

use super::check;
use super::city::City;
use crate::amount::Minutes;
use crate::codec;
use crate::receipt::{Cause, Entry, Owner};
use crate::record::lot::LOTS_MAX;
use crate::state::{DueEntry, DueWork, StateKey};
use crate::time::{Calendar, Day, TimestampMs};

/// Cao of P01 and the line alms.
const ALMS: &str = "cao opens at gulou -> ok
    cao belongs to P01
    chen opens at gulou -> ok
    budget alms opens for grant of 100000 in gulou until +400 -> ok
    ";

fn check_alms(script: &str) {
    check(&format!("{ALMS}{script}"));
}

#[test]
fn minutes_are_there_on_their_last_day_and_expired_on_the_next() {
    check_alms(
        "alms grants 60 to cao of P01 until +1 -> ok
        alms grants 40 to cao of P01 until +2 -> ok
        alms grants 20 to cao of P01 -> ok
        23:59 strikes
        cao has 120
        23:59 strikes
        cao has 120
        1 minute passes
        cao has 60
        supply expired is 60
        24 hours pass
        cao has 20
        supply expired is 100
        30 days pass
        cao has 20
        supply grant is 120",
    );
}

/// The last millisecond of the last day, and the first of the next.
#[test]
fn a_day_ends_at_midnight_to_the_millisecond() {
    let mut city = City::new();
    city.play(&format!(
        "{ALMS}alms grants 60 to cao of P01 until +0 -> ok"
    ));
    let midnight = Calendar::CHINA.end_of(city.today());
    let mut on_the_last_day = city.clone();
    on_the_last_day.now_ms = midnight.minus_ms(1);
    on_the_last_day.play("cao donates 60 to gulou:donation -> ok");
    city.now_ms = midnight;
    city.play(
        "cao donates 1 to gulou:donation -> insufficient_minutes
        supply expired is 60",
    );
}

#[test]
fn the_chain_expires_once_for_each_day_and_posts_it() {
    let mut city = City::new();
    city.play(&format!(
        "{ALMS}alms grants 60 to cao of P01 until +0 -> ok
        alms grants 30 to cao of P01 until +0 -> ok
        alms grants 10 to cao of P01 until +1 -> ok
        00:00 strikes"
    ));
    let day = Day(city.today().0 - 1);
    let cao = city.account_id("cao");
    city.block(&[]);
    let receipts: Vec<_> = city
        .receipts
        .iter()
        .filter(|receipt| matches!(receipt.cause, Cause::Expiry(..)))
        .collect();
    assert_eq!(receipts.len(), 1);
    assert_eq!(receipts[0].cause, Cause::Expiry(cao, day));
    let [posting] = receipts[0].postings.as_slice() else {
        panic!("one posting: {receipts:?}");
    };
    assert_eq!(posting.owner, Owner::Account(cao));
    let minutes = Minutes(90);
    assert_eq!(posting.entry, Entry::Expired { day, minutes });
}

/// What was spent has nothing left to expire, and its due entry finds nothing.
#[test]
fn spent_minutes_do_not_expire() {
    check_alms(
        "alms grants 60 to cao of P01 until +1 -> ok
        cao donates 60 to gulou:donation -> ok
        3 days pass
        supply expired is 0
        pool gulou:donation has 60",
    );
}

#[test]
fn held_minutes_pay_after_their_last_day() {
    check_alms(
        "alms grants 60 to cao of P01 until +1 -> ok
        chen serves 60 for cao in gulou as o1 -> settled
        cao has 0
        cao holds 0
        chen has 60
        supply expired is 0",
    );
}

#[test]
fn a_release_expires_what_is_past_its_last_day_and_gives_back_the_rest() {
    check_alms(
        "alms grants 45 to cao of P01 until +1 -> ok
        alms grants 30 to cao of P01 until +9 -> ok
        alms grants 60 to cao of P01 -> ok
        cao posts 105 in gulou as o1 -> ok
        cao has 30
        2 days pass
        cao holds 105
        supply expired is 0
        cao cancels o1 -> ok
        cao holds 0
        cao has 90
        supply expired is 45
        9 days pass
        cao has 60
        supply expired is 75",
    );
}

/// Released after midnight, expired lots must not merge with living ones when there are too many.
#[test]
fn a_release_into_a_full_account_revives_nothing() {
    let mut city = City::new();
    city.play(&format!(
        "{ALMS}alms grants 45 to cao of P01 until +0 -> ok
        cao posts 45 in gulou as o1 -> ok"
    ));
    for day in 1..=LOTS_MAX {
        city.play(&format!(
            "alms grants 1 to cao of P01 until +{} -> ok",
            day + 5
        ));
    }
    city.play(
        "cao keeps 64 lots
        1 day passes
        cao cancels o1 -> ok
        cao has 64
        cao keeps 64 lots
        supply expired is 45",
    );
}

#[test]
fn one_lot_too_many_lengthens_the_soonest_and_each_still_expires_on_its_day() {
    let mut city = City::new();
    city.play(ALMS);
    for day in 1..=LOTS_MAX + 1 {
        city.play(&format!("alms grants 1 to cao of P01 until +{day} -> ok"));
    }
    city.play(
        "cao keeps 64 lots
        cao has 2 until +2
        2 days pass
        cao has 65
        1 day passes
        cao has 63
        supply expired is 2
        1 day passes
        cao has 62
        70 days pass
        cao has 0
        supply expired is 65",
    );
}

/// Every rule that looks at spendable minutes, in a block whose due work is not done: minutes are gone all the same.
#[test]
fn minutes_past_their_day_are_gone_although_the_due_entry_waits() {
    let rules = [
        ("cao posts 60 in gulou as o1", "insufficient_minutes"),
        ("cao donates 60 to gulou:donation", "insufficient_minutes"),
        ("cao gives chen 60", "insufficient_minutes"),
        ("cao redeems I01 for 60 at rice", "redemption_threshold"),
        ("cao donates 30 to gulou:donation", "ok"),
    ];
    for (said, outcome) in rules {
        let mut city = City::new();
        city.play(&format!(
            "{ALMS}rice registers at gulou -> ok
            rice lists I01=60 -> ok
            cao links chen as child -> ok
            nanjing sets redemption_threshold to 60 from +1 -> ok
            alms grants 60 to cao of P01 until +0 -> ok
            alms grants 30 to cao of P01 -> ok
            00:00 strikes"
        ));
        city.forget_expiries();
        city.play(&format!("{said} -> {outcome}"));
        let left = if outcome == "ok" { 0 } else { 90 };
        let spendable = city.account("cao").spendable().unwrap();
        assert_eq!(
            spendable,
            Minutes(left),
            "{said}: a refusal leaves no trace"
        );
    }
}

/// Room under the cap is made by what has expired.
#[test]
fn expired_minutes_make_room_under_the_cap() {
    let mut city = City::new();
    city.play(&format!(
        "{ALMS}chen is granted 600
        nanjing sets cap to 600 from +0 -> ok
        chen links cao as child -> ok
        alms grants 570 to cao of P01 until +0 -> ok
        00:00 strikes"
    ));
    city.forget_expiries();
    city.play(
        "chen gives cao 60 -> ok
        cao has 60
        cao is honoured with 0
        supply expired is 570",
    );
}

#[test]
fn earned_minutes_expire_where_policy_says_so_and_gifts_do_not() {
    check_alms(
        "li opens at xuanwu -> ok
        gulou sets earned_expiry_days to 10 from +0 -> ok
        cao is granted 600
        cao links chen as child -> ok
        cao gives chen 20 -> ok
        chen serves 60 for cao in gulou as o1 -> settled
        chen has 60 earned until +10
        chen has 20 earned for ever
        li serves 60 for cao in gulou as o2 -> settled
        li has 60 earned for ever
        cao has 460
        11 days pass
        chen has 20
        li has 60
        supply expired is 60",
    );
}

#[test]
fn an_earlier_last_day_of_earned_minutes_acts_for_what_is_earned_from_then_on() {
    check_alms(
        "cao is granted 600
        nanjing sets earned_expiry_days to 30 from +0 -> ok
        chen serves 60 for cao in gulou as o1 -> settled
        chen has 60 earned until +30
        gulou sets earned_expiry_days to 31 from +0 -> policy_looser
        gulou sets earned_expiry_days to 0 from +0 -> policy_looser
        gulou sets earned_expiry_days to 5 from +0 -> ok
        chen serves 60 for cao in gulou as o2 -> settled
        chen has 60 earned until +5
        chen has 60 earned until +27
        chen has 120",
    );
}

/// A grant is spent before what was earned, on the same last day.
#[test]
fn what_lasts_shortest_is_spent_first() {
    check_alms(
        "gulou sets earned_expiry_days to 10 from +0 -> ok
        li opens at gulou -> ok
        li is granted 60
        cao serves 60 for li in gulou as o1 -> settled
        alms grants 60 to cao of P01 until +10 -> ok
        alms grants 60 to cao of P01 until +20 -> ok
        alms grants 60 to cao of P01 -> ok
        cao donates 75 to gulou:donation -> ok
        cao has 45 earned until +10
        cao has 60 until +20
        cao donates 60 to gulou:donation -> ok
        cao has 45 until +20
        cao has 60 granted for ever",
    );
}

impl City {
    /// Takes every expiry from the due queue, as if a backlog of other work stood before them.
    fn forget_expiries(&mut self) {
        let (from, to) = StateKey::due_range(TimestampMs(u64::MAX));
        let keys: Vec<_> = self
            .state
            .records()
            .filter(|(key, _)| *key >= from.as_slice() && *key < to.as_slice())
            .map(|(_, value)| codec::decode(value, value.len()).expect("a due entry"))
            .filter(|entry: &DueEntry| matches!(entry.work, DueWork::Expire(..)))
            .map(StateKey::Due)
            .collect();
        assert!(!keys.is_empty(), "an expiry was queued");
        self.arrange(|state| keys.iter().for_each(|key| state.delete(key)));
    }
}
