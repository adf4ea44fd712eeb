//! Guardians, and keys that were lost.

use super::check;
use super::city::City;
use crate::ledger::next_due;
use crate::receipt::Cause;
use crate::record::recovery::{Guardian, PAUSES_MAX, RecoveryPause, RecoveryRecord};
use crate::state::{DueEntry, DueWork, StateKey};
use crate::time::{DAY_MS, HOUR_MS, TimestampMs};
use crate::transaction::Operation;

const PEOPLE: &str = "cao opens at gulou -> ok
    cao is granted 600
    wang opens at gulou -> ok
    li opens at xuanwu -> ok
    hua opens at gulou -> ok
    ";

fn city(script: &str) -> City {
    let mut city = City::new();
    city.play(&format!("{PEOPLE}{script}"));
    city
}

fn record(city: &City, name: &str) -> Option<RecoveryRecord> {
    city.load(&StateKey::Recovery(city.account_id(name)))
}

#[test]
fn the_holder_chooses_guardians() {
    city(
        "ma opens keyless at gulou -> ok
        kid opens at gulou under hua -> ok
        rice registers at gulou -> ok
        cao trusts 2 of wang,li,gulou/2 after 72 hours by wang -> signature_missing
        cao trusts 0 of wang after 72 hours -> guardian_threshold
        cao trusts 2 of wang after 72 hours -> guardian_threshold
        cao trusts 1 of nothing after 72 hours -> guardian_threshold
        cao trusts 1 of wang,wang after 72 hours -> guardians_order
        cao trusts 1 of a,b,c,d,e,f,g,h,i after 72 hours -> guardians_max
        cao trusts 1 of wang after 71 hours -> recovery_delay
        cao trusts 1 of wang after 721 hours -> recovery_delay
        cao trusts 1 of cao after 72 hours -> guardian_self
        cao trusts 1 of ma after 72 hours -> guardian_keyless
        cao trusts 1 of kid after 72 hours -> guardian_minor
        cao trusts 1 of rice after 72 hours -> not_a_person
        cao trusts 1 of nobody after 72 hours -> account_unknown
        cao trusts 1 of gulou/9 after 72 hours -> organisation_unknown
        wang is frozen -> ok
        cao trusts 1 of wang after 72 hours -> account_frozen
        wang is unfrozen -> ok
        ma trusts 1 of wang after 72 hours by registrar@gulou/1, social@gulou/1 -> signature_missing
        nobody trusts 1 of wang after 72 hours by wang -> account_unknown
        nanjing sets recovery_delay_ms to 345600000 from +0 -> ok
        cao trusts 1 of wang after 72 hours -> recovery_delay
        cao trusts 2 of wang,li,gulou/2 after 30 days -> ok
        cao trusts 1 of wang after 4 days -> ok
        cao trusts nobody -> ok",
    );
}

#[test]
fn nothing_is_kept_of_an_account_without_guardians() {
    let mut city = city("cao trusts 1 of wang after 72 hours -> ok");
    assert!(record(&city, "cao").is_some());
    city.play("cao trusts nobody -> ok");
    assert_eq!(record(&city, "cao"), None);
}

#[test]
fn a_delay_beside_no_guardians_is_none() {
    // A pause keeps the record, and with it whatever delay stands in it.
    let city = city(
        "cao trusts 1 of wang after 72 hours -> ok
        cao is recovered to blue by wang, registrar@gulou/1, key:blue -> ok
        cao cancels recovery -> ok
        cao trusts nobody after 9999999 hours -> ok
        cao is recovered to blue by registrar@gulou, arbiter@nanjing, key:blue -> ok
        3 days pass
        cao signs with blue",
    );
    assert!(record(&city, "cao").is_some_and(|it| it.delay_ms == 0));
}

#[test]
fn as_many_guardians_as_agreed_give_a_new_key_after_the_delay() {
    let mut city = city(
        "cao trusts 2 of wang,li,hua after 4 days -> ok
        cao is recovered to blue by wang, key:blue -> recovery_support
        cao is recovered to blue by registrar@gulou/1, key:blue -> recovery_support
        cao is recovered to blue by registrar@gulou/1, arbiter@gulou/1, key:blue -> recovery_support
        cao is recovered to blue by wang, li -> signature_missing
        cao is recovered to weak by wang, li -> key_refused
        cao is recovered to cao by wang, li, key:cao -> key_unchanged
        nobody is recovered to blue by wang, li, key:blue -> account_unknown
        cao is recovered to blue by wang, li, hua, key:blue -> signature_unneeded
        cao is recovered to blue by wang, li, key:blue -> ok
        95 hours pass
        cao signs with cao
        cao donates 1 to gulou:donation -> ok
        1 hour passes
        cao signs with blue
        cao donates 1 to gulou:donation by cao~cao -> signature_wrong
        cao donates 1 to gulou:donation -> ok
        cao trusts 1 of wang after 72 hours -> ok",
    );
    assert_eq!(record(&city, "cao").unwrap().ongoing, None);
    city.play("cao finishes recovery -> recovery_none");
}

#[test]
fn a_registrar_and_one_guardian_are_enough() {
    city(
        "cao trusts 3 of wang,li,hua after 72 hours -> ok
        cao is recovered to blue by wang, registrar@xuanwu/1, key:blue -> recovery_support
        cao is recovered to blue by wang, clerk@gulou/1, key:blue -> recovery_support
        cao is recovered to blue by registrar@gulou/1, registrar2@gulou/1, key:blue -> recovery_support
        cao is recovered to blue by wang, registrar@gulou/1, key:blue -> ok
        3 days pass
        cao signs with blue
        wang trusts 1 of cao after 72 hours -> ok
        wang is recovered to green by cao, registrar@gulou, key:green -> ok",
    );
}

#[test]
fn without_guardians_a_registrar_and_an_arbiter_help() {
    let city = city(
        "cao is recovered to blue by registrar@gulou/1, key:blue -> role_missing
        cao is recovered to blue by arbiter@gulou/1, key:blue -> role_missing
        cao is recovered to blue by wang, li, key:blue -> role_missing
        cao is recovered to blue by registrar@gulou/1, arbiter@gulou/2, key:blue -> role_missing
        cao is recovered to blue by registrar@gulou/1, arbiter@gulou/1, wang, key:blue -> signature_unneeded
        cao is recovered to blue by registrar@gulou, arbiter@nanjing, key:blue -> ok
        3 days pass
        cao signs with blue",
    );
    assert_eq!(record(&city, "cao"), None);
}

#[test]
fn a_person_without_a_key_gets_one_and_staff_object_for_it() {
    city(
        "ma opens keyless at gulou -> ok
        ma is recovered to phone -> ok
        ma cancels recovery by registrar@gulou/1 -> role_missing
        gulou/1 sets staff 7=social:ma threshold 1 -> ok
        ma cancels recovery by registrar@gulou/1, #7@gulou/1 -> same_person
        ma cancels recovery by registrar@gulou/1, social@gulou/1 -> ok
        ma is recovered to phone -> recovery_paused
        ma is recovered to phone by registrar2@gulou/1, arbiter2@gulou/1, key:phone -> ok
        3 days pass
        ma signs with phone
        ma trusts 1 of wang after 72 hours -> ok",
    );
}

#[test]
fn those_who_start_a_recovery_are_different_people_and_not_the_holder() {
    city(
        "gulou/1 sets staff 7=registrar:wang 8=registrar:cao 9=arbiter:registrar@gulou/1 10=registrar+arbiter:hua threshold 1 -> ok
        cao is recovered to blue by registrar@gulou/1, #9@gulou/1, key:blue -> same_person
        cao is recovered to blue by #8@gulou/1, arbiter@gulou/1, key:blue -> same_person
        cao is recovered to blue by #10@gulou/1, key:blue -> role_missing
        cao trusts 2 of wang,li,gulou/1,gulou/2 after 72 hours -> ok
        cao is recovered to blue by wang, #7@gulou/1, key:blue -> same_person
        cao is recovered to blue by li, #8@gulou/1, key:blue -> same_person
        cao is recovered to blue by registrar@gulou/2, #7@gulou/1, key:blue -> ok",
    );
}

#[test]
fn an_office_signs_by_a_registrar_of_its_own() {
    let city = city(
        "cao trusts 2 of wang,xuanwu/1 after 72 hours -> ok
        cao is recovered to blue by wang, registrar@xuanwu, key:blue -> recovery_support
        cao is recovered to blue by wang, social@xuanwu/1, key:blue -> recovery_support
        cao is recovered to blue by wang, registrar@xuanwu/1, key:blue -> ok",
    );
    let ongoing = record(&city, "cao").unwrap().ongoing.unwrap();
    let mut expected = vec![
        Guardian::Account(city.account_id("wang")),
        Guardian::Account(city.account_id("registrar@xuanwu/1")),
        Guardian::Office(super::city::organisation("xuanwu/1")),
    ];
    expected.sort();
    assert_eq!(ongoing.initiators, expected);
    assert!(ongoing.cancellable);
}

#[test]
fn the_old_key_cancels_and_those_who_started_pause() {
    city(
        "cao trusts 2 of wang,li,hua after 72 hours -> ok
        cao cancels recovery -> recovery_none
        cao is recovered to blue by wang, li, key:blue -> ok
        cao cancels recovery by wang -> signature_missing
        cao cancels recovery by registrar@gulou/1, social@gulou/1 -> signature_missing
        cao cancels recovery -> ok
        cao signs with cao
        cao is recovered to blue by wang, li, key:blue -> recovery_paused
        cao is recovered to blue by wang, hua, key:blue -> recovery_paused
        cao is recovered to blue by wang, registrar@gulou/1, key:blue -> recovery_paused
        gulou/1 sets staff 7=registrar:wang threshold 1 -> ok
        cao is recovered to blue by hua, #7@gulou/1, key:blue -> recovery_paused
        cao trusts nobody -> ok
        cao is recovered to blue by #7@gulou/1, arbiter@gulou/1, key:blue -> recovery_paused
        cao trusts 1 of wang after 72 hours -> ok
        cao is recovered to blue by wang, key:blue -> recovery_paused
        hua is recovered to green by #7@gulou/1, arbiter@gulou/1, key:green -> ok
        cao trusts 2 of wang,li,hua after 72 hours -> ok
        cao is recovered to blue by hua, registrar@gulou/1, key:blue -> ok
        cao cancels recovery -> ok
        30 days pass
        cao is recovered to blue by wang, li, key:blue -> ok",
    );
}

#[test]
fn an_office_that_pauses_does_so_whichever_registrar_signs() {
    city(
        "cao trusts 1 of gulou/2,wang after 72 hours -> ok
        cao is recovered to blue by registrar@gulou/2, key:blue -> ok
        cao cancels recovery -> ok
        cao is recovered to blue by registrar2@gulou/2, key:blue -> recovery_paused
        cao is recovered to blue by registrar@gulou/1, registrar2@gulou/2, key:blue -> recovery_paused
        cao is recovered to blue by wang, key:blue -> ok",
    );
}

#[test]
fn a_pause_ends_to_the_millisecond() {
    let mut city = city(
        "cao trusts 1 of wang after 72 hours -> ok
        cao is recovered to blue by wang, key:blue -> ok
        cao cancels recovery -> ok",
    );
    let until_ms = record(&city, "cao").unwrap().paused[0].until_ms;
    assert_eq!(until_ms, city.tip.time_ms.plus_ms(30 * DAY_MS));
    city.now_ms = until_ms.minus_ms(1);
    city.play("cao is recovered to blue by wang, key:blue -> recovery_paused");
    city.now_ms = until_ms;
    city.play("cao is recovered to blue by wang, key:blue -> ok");
    assert_eq!(record(&city, "cao").unwrap().paused, []);
}

#[test]
fn pauses_are_bounded_and_the_one_that_ends_first_makes_room() {
    let account = |number: u8| Guardian::Account(crate::id::AccountId([number; 20]));
    let mut record = RecoveryRecord::default();
    for number in 0..40 {
        record.pause(&[account(number)], TimestampMs(u64::from(number)));
    }
    assert_eq!(record.paused.len(), PAUSES_MAX);
    assert!(
        record
            .paused_until_ms(account(7), TimestampMs(40))
            .is_none()
    );
    assert!(
        record
            .paused_until_ms(account(8), TimestampMs(40))
            .is_some()
    );
    // Who is paused again is paused once, and longer.
    record.pause(&[account(8)], TimestampMs(100));
    let paused: Vec<&RecoveryPause> = record.paused.iter().collect();
    assert_eq!(
        paused
            .iter()
            .filter(|it| it.initiator == account(8))
            .count(),
        1
    );
    let until_ms = TimestampMs(100 + 30 * DAY_MS);
    assert_eq!(
        record.paused_until_ms(account(8), TimestampMs(100)),
        Some(until_ms)
    );
}

#[test]
fn one_more_arbiter_keeps_the_old_key_from_cancelling() {
    city(
        "cao trusts 2 of wang,li after 72 hours -> ok
        cao is recovered to blue by wang, li, arbiter@xuanwu/1, key:blue -> signature_unneeded
        cao is recovered to blue by wang, li, arbiter@gulou/1, key:blue -> ok
        cao cancels recovery -> recovery_confirmed
        3 days pass
        cao signs with blue
        hua is recovered to green by registrar@gulou/1, arbiter@gulou/1, arbiter2@gulou/1, key:green -> ok
        hua cancels recovery -> recovery_confirmed
        li is recovered to red by registrar@xuanwu/1, arbiter@xuanwu/1, key:red -> ok
        li cancels recovery -> ok
        wang trusts 1 of hua after 72 hours -> ok
        gulou/1 sets staff 7=arbiter:hua threshold 1 -> ok
        wang is recovered to pink by hua, #7@gulou/1, key:pink -> signature_unneeded
        wang is recovered to pink by hua, registrar@gulou/1, arbiter@gulou, key:pink -> ok
        wang cancels recovery -> recovery_confirmed",
    );
}

#[test]
fn an_arbiter_beside_guardians_enough_is_beyond_them_even_where_the_own_office_is_a_guardian_too() {
    city(
        "gulou/1 sets staff 7=registrar+arbiter:wang threshold 1 -> ok
        cao trusts 1 of gulou/1,gulou/2 after 72 hours -> ok
        cao is recovered to blue by #7@gulou/1, registrar@gulou/2, key:blue -> ok
        cao cancels recovery -> recovery_confirmed",
    );
}

#[test]
fn whoever_has_two_roles_fills_the_one_that_is_left() {
    city(
        "gulou/1 sets staff 7=registrar+arbiter:wang threshold 1 -> ok
        cao is recovered to blue by registrar@gulou/1, #7@gulou/1, key:blue -> ok
        hua is recovered to green by #7@gulou/1, arbiter@gulou/1, key:green -> ok
        li trusts 1 of hua after 72 hours -> ok
        xuanwu/1 sets staff 7=registrar+arbiter:wang threshold 1 -> ok
        li is recovered to red by hua, #7@xuanwu/1, registrar@xuanwu/1, key:red -> ok
        li cancels recovery -> recovery_confirmed",
    );
}

#[test]
fn while_a_recovery_runs_nothing_changes_what_it_will_do() {
    city(
        "cao trusts 2 of wang,li after 72 hours -> ok
        cao is recovered to blue by wang, li, key:blue -> ok
        cao is recovered to green by wang, li, key:green -> recovery_running
        cao rotates to green -> recovery_running
        cao trusts nobody -> recovery_running
        cao trusts 1 of hua after 72 hours -> recovery_running
        wang closes for donation -> ok
        li trusts 1 of cao after 72 hours -> ok
        nanjing sets recovery_delay_ms to 864000000 from +0 -> ok
        cao is frozen -> ok
        cao moves to xuanwu -> account_frozen
        3 days pass
        cao signs with blue
        cao is frozen",
    );
}

#[test]
fn in_one_block_the_first_comes_first() {
    city(
        "cao trusts 2 of wang,li,hua after 72 hours -> ok
        cao is recovered to blue by wang, li, key:blue -> ok && cao rotates to green -> recovery_running && cao is recovered to pink by hua, registrar@gulou/1, key:pink -> recovery_running && cao trusts nobody -> recovery_running
        cao cancels recovery -> ok && cao rotates to green -> ok && cao cancels recovery by cao -> signer_unknown
        cao signs with green
        cao trusts 1 of hua after 72 hours -> ok && cao is recovered to blue by hua, key:blue -> ok
        wang rotates to x -> ok && wang trusts nobody by wang -> signer_unknown
        hua trusts 1 of li after 72 hours -> ok && hua closes for donation -> ok && hua is recovered to red by li, key:red -> account_closed",
    );
}

#[test]
fn the_old_key_undoes_nothing_in_the_block_in_which_the_recovery_ends() {
    let mut city = city(
        "cao trusts 1 of wang after 72 hours -> ok
        cao is recovered to blue by wang, key:blue -> ok",
    );
    let due_ms = record(&city, "cao").unwrap().ongoing.unwrap().finishes_ms;
    city.now_ms = due_ms;
    // The keys of the parent block say that the thief's signature is right.
    city.play(
        "cao rotates to thief -> signer_unknown && cao trusts 1 of li after 72 hours -> signer_unknown && cao donates 600 to gulou:donation -> signer_unknown && cao cancels recovery -> signer_unknown
        cao signs with blue
        cao has 600",
    );
}

#[test]
fn a_recovery_that_waits_its_turn_can_only_be_finished() {
    let mut city = city(
        "cao trusts 1 of wang after 72 hours -> ok
        cao is recovered to blue by wang, key:blue -> ok
        hua is recovered to green -> ok",
    );
    let finishes_ms = record(&city, "hua").unwrap().ongoing.unwrap().finishes_ms;
    city.play("cao finishes recovery -> recovery_waits");
    // More work falls due before than three blocks do.
    city.arrange(|state| {
        for hour in 0..5_500 {
            let due_ms = TimestampMs(hour);
            let work = DueWork::Forget(hour);
            let entry = DueEntry { due_ms, work };
            state.store(&StateKey::Due(entry), &entry);
        }
    });
    city.now_ms = finishes_ms;
    city.play(
        "cao cancels recovery -> recovery_over && cao rotates to thief -> recovery_running && cao trusts nobody -> recovery_running
        cao closes for donation -> recovery_running
        cao is recovered to pink by wang, key:pink -> recovery_running
        cao finishes recovery by wang, li -> signature_unneeded
        cao finishes recovery by li -> ok && cao finishes recovery by hua -> recovery_none && cao rotates to thief -> signer_unknown
        cao signs with blue
        hua signs with hua
        1 hour passes
        hua signs with green",
    );
    assert!(next_due(&city.state).unwrap() > Some(city.tip.time_ms));
}

#[test]
fn the_chain_finishes_to_the_millisecond_and_says_so() {
    let mut city = city("cao is recovered to blue -> ok");
    let account = city.account_id("cao");
    let due_ms = record(&city, "cao").unwrap().ongoing.unwrap().finishes_ms;
    assert_eq!(due_ms, city.tip.time_ms.plus_ms(72 * HOUR_MS));
    city.now_ms = due_ms.minus_ms(1);
    city.play(
        "cao finishes recovery by wang -> recovery_waits && cao donates 1 to gulou:donation -> ok",
    );
    city.now_ms = due_ms;
    city.block(&[]);
    let causes: Vec<Cause> = city.receipts.iter().map(|it| it.cause).collect();
    assert!(causes.contains(&Cause::Recovery(account)));
    city.play("cao signs with blue");
}

#[test]
fn the_stricter_of_two_delays_counts() {
    let mut city = city(
        "cao trusts 1 of wang after 4 days -> ok
        nanjing sets recovery_delay_ms to 864000000 from +0 -> ok
        cao is recovered to blue by wang, key:blue -> ok",
    );
    let due_ms = record(&city, "cao").unwrap().ongoing.unwrap().finishes_ms;
    assert_eq!(due_ms, city.tip.time_ms.plus_ms(10 * DAY_MS));
    city.play("10 days pass\ncao signs with blue");
}

#[test]
fn guardians_whose_accounts_are_closed_help_nobody_and_stand_in_nobodys_way() {
    city(
        "cao trusts 2 of wang,hua after 72 hours -> ok
        wang closes for donation -> ok
        cao is recovered to blue by hua, key:blue -> recovery_support
        cao is recovered to blue by wang, hua, key:blue -> account_closed
        cao is recovered to blue by registrar@gulou/1, arbiter@gulou/1, key:blue -> recovery_support
        hua closes for donation -> ok
        cao is recovered to blue by registrar@gulou/1, key:blue -> role_missing
        cao is recovered to blue by registrar@gulou/1, arbiter@gulou/1, key:blue -> ok",
    );
}

#[test]
fn a_registrar_and_a_friend_do_not_take_an_account_over_unnoticed() {
    // The registrar needs a guardian the holder chose, the holder has three days to object, and then both pause.
    city(
        "cao trusts 2 of wang,li after 72 hours -> ok
        cao is recovered to thief by hua, registrar@gulou/1, key:thief -> recovery_support
        cao is recovered to thief by wang, registrar@gulou/1, key:thief -> ok
        2 days pass
        cao cancels recovery -> ok
        cao is recovered to thief by wang, registrar@gulou/1, key:thief -> recovery_paused
        cao is recovered to thief by li, registrar@gulou/1, key:thief -> recovery_paused
        cao has 600",
    );
}

#[test]
fn a_start_is_signed_for_one_account_and_applies_once() {
    let mut city = city("cao trusts 1 of wang after 72 hours -> ok");
    let draft = city.draft("cao is recovered to blue by wang, key:blue");
    let sealed = city.seal(&draft);
    assert!(city.block(std::slice::from_ref(&sealed)).is_empty());
    city.play("cao cancels recovery -> ok");
    let refused = city.block(std::slice::from_ref(&sealed));
    assert_eq!(refused[&sealed.id()].code(), "already_applied");
}

#[test]
fn any_account_or_member_of_staff_finishes_but_a_bare_key_does_not() {
    check(
        "cao opens at gulou -> ok
        wang opens at gulou -> ok
        nanjing sets recovery_delay_ms to 0 from +0 -> ok
        cao is recovered to blue -> ok && cao finishes recovery by key:blue -> signer_not_entitled && cao finishes recovery by wang, key:blue -> signature_unneeded && cao finishes recovery by clerk@xuanwu/1 -> ok
        cao signs with blue",
    );
}

#[test]
fn guardians_are_sorted() {
    let mut city = city("");
    let mut draft = city.draft("cao trusts 1 of wang,li after 72 hours");
    let Operation::SetGuardians(operation) = &mut draft.operation else {
        panic!("it sets guardians")
    };
    operation.guardians.reverse();
    assert_eq!(city.outcome(&draft), "guardians_order");
}
