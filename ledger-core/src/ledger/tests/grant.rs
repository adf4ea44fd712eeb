//! Grants from lines and pools, and the settling of what merchants are owed.

use super::check;
use super::city::City;

/// Cao and Chen of Gulou belong to P01, Wang of Xuanwu as well, Li of Gulou does not.
const PEOPLE: &str = "cao opens at gulou -> ok
    chen opens at gulou -> ok
    li opens at gulou -> ok
    wang opens at xuanwu -> ok
    cao belongs to P01
    chen belongs to P01,P02
    wang belongs to P01
    ";

fn check_grants(script: &str) {
    check(&format!("{PEOPLE}{script}"));
}

#[test]
fn a_line_grants_to_people_of_a_programme_and_mints() {
    check_grants(
        "budget alms opens for grant of 300 in gulou until +30 -> ok
        alms grants 60 to cao,chen of P01 until +10 -> ok
        alms grants 45 to cao of P01 -> ok
        cao has 105
        cao has 60 until +10
        cao has 45 granted for ever
        chen has 60
        supply grant is 165
        budget alms has 0 reserved 165 used
        alms grants 60 to cao,chen,wang of P01 -> budget_exceeded
        alms grants 135 to chen of P02 -> ok
        alms grants 1 to chen of P02 -> budget_exceeded",
    );
}

#[test]
fn a_list_of_grantees_is_taken_as_a_whole_or_refused_as_a_whole() {
    check_grants(
        "budget alms opens for grant of 6000 in gulou until +30 -> ok
        alms grants 60 to cao,li of P01 -> programme_missing
        alms grants 60 to cao,wang of P01 -> grantee_outside_scope
        alms grants 60 to cao,nobody of P01 -> account_unknown
        alms grants 60 to cao,cao of P01 -> grantees_order
        alms grants 0 to cao of P01 -> minutes_zero
        alms grants 60 to cao of P01 until -1 -> day_past
        alms grants 60 to , of P01 -> grantees_count
        cao has 0
        alms grants 60 to cao of P01 until +0 -> ok
        cao has 60
        wang belongs to P03
        cao belongs to P02
        alms grants 60 to cao of P01 -> programme_missing",
    );
}

#[test]
fn a_thousand_people_are_granted_to_at_once_and_no_more() {
    let mut city = City::new();
    city.play("budget alms opens for grant of 60 in gulou until +30 -> ok");
    let names = |count: usize| -> String {
        let names: Vec<_> = (0..count).map(|number| format!("p{number}")).collect();
        names.join(",")
    };
    // None of them has an account, so the last rule that refuses is not the one of the count.
    for (count, outcome) in [(1_000, "budget_exceeded"), (1_001, "grantees_count")] {
        let people = names(count);
        city.play(&format!("alms grants 60 to {people} of P01 -> {outcome}"));
    }
}

#[test]
fn grantees_are_people_whose_accounts_are_not_closed() {
    check_grants(
        "budget alms opens for grant of 600 in gulou until +30 -> ok
        rice registers at gulou -> ok
        rice belongs to P01
        alms grants 60 to rice of P01 -> not_a_person
        cao is frozen -> ok
        alms grants 60 to cao of P01 -> ok
        chen closes for donation -> ok
        alms grants 60 to chen of P01 -> account_closed",
    );
}

#[test]
fn two_treasurers_who_cover_the_scope_grant_from_a_line_of_that_purpose() {
    check_grants(
        "budget alms opens for grant of 600 in gulou until +30 -> ok
        budget fund opens for fund of 600 in gulou until +30 -> ok
        budget old opens for grant of 600 in gulou until +2 -> ok
        fund grants 60 to cao of P01 -> budget_purpose
        none grants 60 to cao of P01 -> budget_unknown
        alms grants 60 to cao of P01 by treasurer@gulou -> role_missing
        alms grants 60 to cao of P01 by treasurer@gulou, treasurer@gulou/1 -> role_missing
        alms grants 60 to cao of P01 by treasurer@nanjing, treasurer2@gulou -> ok
        2 days pass
        old grants 60 to cao of P01 -> ok
        1 day passes
        old grants 60 to cao of P01 -> budget_expired",
    );
}

#[test]
fn a_grant_beyond_the_cap_overflows_like_any_income() {
    check_grants(
        "budget alms opens for grant of 180000 in gulou until +30 -> ok
        alms grants 89970 to cao of P01 -> ok
        alms grants 60 to cao of P01 until +5 -> ok
        cao has 90000
        cao has 30 until +5
        cao is honoured with 30
        pool gulou:donation has 30",
    );
}

#[test]
fn a_pool_gives_to_people_of_a_programme_what_it_has() {
    check_grants(
        "budget fund opens for fund of 600 in gulou until +30 -> ok
        pool gulou:grant gets 300 from fund -> ok
        pool gulou/1:grant gets 30 from fund by treasurer@gulou, treasurer2@gulou -> ok
        gulou:grant gives 60 to cao,chen of P01 until +10 -> ok
        cao has 60 until +10
        pool gulou:grant has 180
        supply fund is 330
        supply grant is 0
        gulou:grant gives 60 to wang of P01 -> grantee_outside_scope
        gulou:grant gives 60 to li of P01 -> programme_missing
        gulou:grant gives 91 to cao,chen of P01 -> pool_insufficient
        gulou:grant gives 60 to cao of P01 by treasurer@gulou, treasurer@gulou/1 -> role_missing
        gulou/1:grant gives 30 to cao of P01 by treasurer@gulou/1, treasurer@gulou -> ok
        gulou:grant gives 90 to cao,chen of P01 -> ok
        pool gulou:grant has 0
        cao has 180",
    );
}

#[test]
fn donations_are_given_on_and_a_reserve_is_not() {
    check_grants(
        "budget fund opens for fund of 600 in nanjing until +30 -> ok
        pool gulou:reserve gets 600 from fund by treasurer@nanjing, treasurer2@nanjing -> ok
        li is granted 100
        li donates 100 to gulou:donation -> ok
        gulou:reserve gives 60 to cao of P01 -> pool_reserve
        gulou:donation gives 60 to cao of P01 -> ok
        cao has 60 granted for ever
        pool gulou:donation has 40
        320199:donation gives 60 to cao of P01 by treasurer@nanjing, treasurer2@nanjing -> organisation_unknown",
    );
}

/// What does not fit goes to the donation pool, even when it comes from there.
#[test]
fn a_pool_takes_back_the_overflow_of_what_it_gave() {
    check_grants(
        "gulou sets cap to 100 from +0 -> ok
        li is granted 1000
        li donates 1000 to gulou:donation -> ok
        gulou:donation gives 160 to cao,chen of P01 -> ok
        cao has 100
        cao is honoured with 60
        pool gulou:donation has 800",
    );
}

#[test]
fn a_merchant_is_settled_with_up_to_what_it_is_owed() {
    check(
        "cao opens at gulou -> ok
        cao is granted 600
        rice registers at gulou -> ok
        rice lists I01=480 -> ok
        rice is settled for 1 -> owed_exceeded
        cao redeems I01 for 480 at rice -> ok
        rice is settled for 0 -> minutes_zero
        rice is settled for 481 -> owed_exceeded
        rice is settled for 180 by treasurer@gulou, treasurer2@gulou -> signature_missing
        rice is settled for 180 by treasurer@gulou/1, rice -> role_missing
        rice is settled for 180 by treasurer@xuanwu, treasurer2@xuanwu, rice -> role_missing
        rice is settled for 180 -> ok
        rice is owed 300
        rice is settled for 300 by treasurer@gulou, treasurer@nanjing, rice -> ok
        rice is owed 0
        supply redeemed is 480
        cao is settled for 1 -> not_a_merchant",
    );
}
