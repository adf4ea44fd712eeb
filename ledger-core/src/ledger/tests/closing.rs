//! Closing accounts: who signs, what stands in the way, and where the minutes go.

use super::check;
use super::city::City;
use crate::amount::Minutes;
use crate::record::account::{Clawback, ClawbackTo};
use crate::record::daily_count::DailyCount;
use crate::record::kin::KinRecord;
use crate::record::organisation::StaffRecord;
use crate::state::StateKey;

const PEOPLE: &str = "chen opens at gulou -> ok
    cao opens at gulou -> ok
    li opens at xuanwu -> ok
    cao is granted 3600
    chen links cao as parent -> ok
    ";

fn city(script: &str) -> City {
    let mut city = City::new();
    city.play(&format!("{PEOPLE}{script}"));
    city
}

#[test]
fn holder_and_registrar_close_an_account_in_favour_of_kin() {
    let city = city(
        "cao closes for kin chen by cao -> role_missing
        cao closes for kin chen by registrar@gulou/1 -> role_missing
        cao closes for kin chen by cao, registrar@gulou/2 -> role_missing
        cao closes for kin chen by cao, registrar@gulou/1, arbiter@gulou/1 -> signature_unneeded
        cao closes for kin li -> kin_unknown
        cao closes for kin nobody -> kin_unknown
        cao closes for estate li -> estate_after_death
        cao closes for estate cao -> rest_to_itself
        nobody closes for donation by registrar@gulou/1, arbiter@gulou/1 -> account_unknown
        cao closes for kin chen -> ok
        cao is closed
        cao has 0
        chen has 3600",
    );
    city.check_supply();
    let begun = city.account("cao").transactions_begun;
    assert_eq!(begun, DailyCount::default());
}

#[test]
fn registrar_and_arbiter_close_an_account_after_death() {
    let city = city(
        "ma opens keyless at gulou -> ok
        cao closes for estate li by arbiter@gulou/1 -> role_missing
        cao closes for estate li by registrar@gulou/1, arbiter@xuanwu/1 -> role_missing
        gulou/1 sets staff 7=registrar+arbiter:registrar@gulou/1 8=arbiter:li threshold 1 -> ok
        cao closes for estate li by registrar@gulou/1, #7@gulou/1 -> same_person
        cao closes for estate li by registrar@gulou/1, #8@gulou/1 -> same_person
        cao closes for estate nobody by registrar@gulou/1, arbiter@gulou/1 -> account_unknown
        cao closes for estate ma by registrar@gulou/1, arbiter@gulou/1 -> ok
        ma has 3600
        ma closes for donation by registrar@gulou/1, arbiter@gulou/1 -> ok
        pool gulou:donation has 3600",
    );
    city.check_supply();
}

#[test]
fn whoever_signs_as_staff_inherits_nothing_and_closes_no_account_of_their_own() {
    city(
        "gulou/1 sets staff 7=registrar:chen threshold 1 -> ok
        cao closes for kin chen by cao, #7@gulou/1 -> same_person
        cao closes for kin chen by #7@gulou/1, arbiter@gulou/1 -> same_person
        xuanwu/1 sets staff 7=registrar:li threshold 1 -> ok
        li closes for donation by li, #7@xuanwu/1 -> staff_entries
        cao closes for kin chen -> ok",
    );
}

#[test]
fn the_rest_goes_to_nobody_who_is_closed_and_an_estate_to_nobody_frozen() {
    city(
        "chen closes for donation -> ok
        cao closes for kin chen -> account_closed
        li is frozen -> ok
        cao closes for estate li by registrar@gulou/1, arbiter@gulou/1 -> account_frozen
        li is unfrozen -> ok
        rice registers at gulou -> ok
        cao closes for estate rice by registrar@gulou/1, arbiter@gulou/1 -> not_a_person
        cao closes for estate li by registrar@gulou/1, arbiter@gulou/1 -> ok
        li has 3600",
    );
}

#[test]
fn a_frozen_account_is_closed_by_registrar_and_arbiter_only() {
    city(
        "cao is frozen -> ok
        cao closes for kin chen -> account_frozen
        chen is frozen -> ok
        cao closes for kin chen by registrar@gulou/1, arbiter@gulou/1 -> ok
        chen has 3600",
    );
}

#[test]
fn what_is_beyond_the_heirs_cap_goes_to_the_heirs_donation_pool() {
    let city = city(
        "li is granted 89970
        cao closes for estate li by registrar@gulou/1, arbiter@gulou/1 -> ok
        li has 90000
        li is honoured with 3570
        pool xuanwu:donation has 3570",
    );
    city.check_supply();
}

#[test]
fn recipient_payer_and_provider_of_an_open_order_stay() {
    city(
        "cao posts 60 in gulou as o1 -> ok
        cao closes for donation -> orders_open
        cao cancels o1 -> ok
        chen posts 60 in gulou as o2 payer cao by chen, cao -> ok
        chen closes for donation -> orders_open
        cao closes for donation -> orders_open
        chen cancels o2 -> ok
        cao closes for donation -> ok
        chen closes for donation -> ok",
    );
}

#[test]
fn a_merchant_is_paid_before_it_closes() {
    city(
        "rice registers at gulou -> ok
        rice lists I01=60 -> ok
        cao redeems I01 for 60 at rice -> ok
        rice closes for donation -> merchant_owed
        bread registers at gulou -> ok
        bread lists I01=60 -> ok
        bread closes for donation -> ok
        cao redeems I01 for 60 at bread -> account_closed",
    );
}

#[test]
fn an_account_that_owes_minutes_stays() {
    let mut city = city("");
    let mut record = city.account("cao");
    record.clawback.push(Clawback {
        to: ClawbackTo::Void,
        minutes: Minutes(60),
    });
    let key = StateKey::Account(city.account_id("cao"));
    city.arrange(|state| state.store(&key, &record));
    city.play("cao closes for donation -> clawback_due");
}

#[test]
fn an_account_under_recovery_stays() {
    city(
        "cao is recovered to blue -> ok
        cao closes for donation -> recovery_running
        cao closes for donation by registrar@gulou/1, arbiter@gulou/1 -> recovery_running
        cao cancels recovery -> ok
        cao closes for donation -> ok",
    );
}

#[test]
fn staff_leave_their_offices_before_their_account_is_closed() {
    // Else the account of an administrator could be closed by the staff of a street, and the city not meet its threshold.
    let city = city(
        "nanjing sets staff 7=administrator:cao 8=auditor:cao threshold 2 -> ok
        cao closes for kin chen -> staff_entries
        cao closes for kin chen by registrar@gulou/1, arbiter@gulou/1 -> staff_entries
        nanjing sets staff 7=gone 8=auditor:chen threshold 2 -> ok
        chen closes for donation -> staff_entries
        cao closes for kin chen -> ok",
    );
    assert_eq!(city.account("chen").staff_entries, 1);
}

#[test]
fn every_founding_staff_entry_is_counted() {
    let city = City::new();
    let (from, to) = StateKey::staff_range(super::city::CITY);
    let entries = crate::state::StateView::scan(&city.state, &from, &to, 100).expect("readable");
    assert!(!entries.is_empty());
    for (_, value) in entries {
        let entry: StaffRecord = crate::codec::decode(&value, value.len()).expect("an entry");
        let record: crate::record::account::AccountRecord = city
            .load(&StateKey::Account(entry.person))
            .expect("a person");
        assert_eq!(record.staff_entries, 1);
    }
}

#[test]
fn a_closed_groups_members_and_a_closed_merchants_items_are_forgotten() {
    let mut city = city(
        "team opens as group at gulou -> ok
        team adds chen -> ok
        team closes for kin chen -> kin_unknown
        team closes for donation -> ok
        team adds cao -> account_closed",
    );
    let members = StateKey::Members(city.account_id("team"));
    assert_eq!(city.load::<crate::record::account::Members>(&members), None);
    // A link to a closed account remains until the other side ends it.
    city.play("cao closes for kin chen -> ok");
    let link = StateKey::Kin(city.account_id("chen"), city.account_id("cao"));
    assert!(city.load::<KinRecord>(&link).is_some());
}

#[test]
fn a_minors_account_is_closed_with_its_guardian() {
    check(
        "ma opens at gulou -> ok
        kid opens at gulou under ma -> ok
        ma links kid as child -> ok
        kid closes for kin ma -> signature_missing
        kid closes for kin ma by kid, ma, registrar@gulou/1 -> ok",
    );
}
