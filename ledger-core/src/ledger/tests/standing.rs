//! Programmes, moving house, freezing, and what closed and frozen accounts may still do.

use super::check;
use super::city::{City, home};
use crate::id::ProgrammeCode;
use crate::receipt::Entry;
use crate::transaction::Operation;

const PEOPLE: &str = "chen opens at gulou -> ok
    cao opens at gulou -> ok
    cao is granted 3600
    ";

fn city(script: &str) -> City {
    let mut city = City::new();
    city.play(&format!("{PEOPLE}{script}"));
    city
}

#[test]
fn a_registrar_and_a_social_worker_set_programmes() {
    let mut city = city(
        "chen enrols in P01,P02 -> ok
        chen enrols in P01 by registrar@gulou/1 -> role_missing
        chen enrols in P01 by social@gulou/1, chen -> role_missing
        chen enrols in P01 by registrar@gulou/2, social@gulou/1 -> role_missing
        chen enrols in P01 by registrar@gulou/1, social@gulou/1/1 -> role_missing
        chen enrols in P02,P01 -> programmes_order
        chen enrols in P01,P01 -> programmes_order
        nobody enrols in P01 -> account_unknown
        gulou/1 sets staff 7=registrar+social:chen threshold 1 -> ok
        chen enrols in P01 by #7@gulou/1, social@gulou/1 -> same_person
        chen enrols in P01 by registrar@gulou, social@gulou -> ok
        chen enrols in nothing -> ok",
    );
    assert!(city.account("chen").programmes.is_empty());
    let mut draft = city.draft("chen enrols in P01");
    let Operation::SetProgrammes(operation) = &mut draft.operation else {
        panic!("it sets programmes")
    };
    operation.programmes = (1..=65).map(ProgrammeCode).collect();
    assert_eq!(city.outcome(&draft), "programmes_max");
}

#[test]
fn an_account_moves_with_its_minutes_to_another_street() {
    let mut city = city(
        "cao posts 60 in gulou as o1 -> ok
        cao moves to xuanwu by cao -> role_missing
        cao moves to xuanwu by registrar@xuanwu/1 -> signature_missing
        cao moves to xuanwu by cao, registrar@gulou/1 -> role_missing
        cao moves to xuanwu by cao, registrar@xuanwu/2 -> role_missing
        cao moves to gulou -> home_unchanged
        cao moves to 320106 by cao, registrar@gulou -> home_not_a_street
        cao moves to 320199/1 by cao, registrar@nanjing -> organisation_unknown
        nobody moves to xuanwu by registrar@xuanwu/1 -> account_unknown
        rice registers at gulou -> ok
        rice moves to xuanwu -> merchant_stays
        xuanwu/1 sets staff 7=registrar:cao threshold 1 -> ok
        cao moves to xuanwu by cao, #7@xuanwu/1 -> same_person
        cao moves to xuanwu -> ok
        cao is at home in xuanwu/1
        cao has 3540
        cao holds 60",
    );
    let moved = Entry::HomeMoved {
        from: home("gulou"),
        to: home("xuanwu"),
        minutes: crate::amount::Minutes(3_600),
    };
    assert_eq!(city.receipts.last().unwrap().postings[0].entry, moved);
    city.play(
        "cao moves to xuanwu/2 -> ok
        cao cancels o1 -> ok
        cao has 3600",
    );
    city.check_supply();
}

#[test]
fn the_new_street_and_the_old_one_move_a_keyless_person() {
    check(
        "li opens keyless at gulou -> ok
        li moves to xuanwu by registrar@xuanwu/1 -> role_missing
        li moves to xuanwu by registrar@xuanwu/1, social@xuanwu/1 -> role_missing
        gulou/1 sets staff 7=social:registrar@xuanwu/1 threshold 1 -> ok
        li moves to xuanwu by registrar@xuanwu/1, #7@gulou/1 -> same_person
        li moves to xuanwu -> ok
        li is at home in xuanwu",
    );
}

#[test]
fn a_frozen_account_does_everything_but_spend() {
    city(
        "chen links cao as parent -> ok
        cao posts 60 in gulou as before -> ok
        cao is frozen by registrar@gulou/1 -> role_missing
        cao is frozen by arbiter@gulou/1 -> role_missing
        cao is frozen by registrar@gulou/2, arbiter@gulou/1 -> role_missing
        cao is unfrozen -> not_frozen
        gulou/1 sets staff 7=registrar+arbiter:registrar@gulou/1 8=arbiter:cao threshold 1 -> ok
        cao is frozen by registrar@gulou/1, #7@gulou/1 -> same_person
        cao is frozen -> ok
        cao is frozen
        cao is frozen -> frozen_already
        cao gives chen 60 -> account_frozen
        cao donates 60 to gulou:donation -> account_frozen
        cao posts 60 in gulou as o1 -> account_frozen
        chen posts 60 in gulou as o1 payer cao by chen, cao -> account_frozen
        cao allows chen 60 until +30 -> ok
        cao appoints chen for orders 60 until +30 -> ok
        cao cancels before -> ok
        cao has 3600
        cao moves to gulou/2 -> account_frozen
        cao unlinks chen -> ok
        cao rotates to blue -> ok
        cao is unfrozen by registrar@gulou/1, #8@gulou/1 -> same_person
        cao is unfrozen by registrar@gulou/2, arbiter@gulou/1 -> role_missing
        cao is unfrozen -> ok
        cao is active
        cao donates 60 to gulou:donation -> ok
        cao has 3540",
    );
}

#[test]
fn nobody_unfreezes_their_own_account() {
    city(
        "gulou/1 sets staff 7=arbiter:cao 8=registrar:cao threshold 1 -> ok
        cao is frozen -> ok
        cao is unfrozen by registrar@gulou/1, #7@gulou/1 -> same_person
        cao is unfrozen by #8@gulou/1, arbiter@gulou/1 -> same_person
        cao is unfrozen by arbiter@gulou, registrar@gulou -> ok",
    );
}

#[test]
fn what_is_closed_signs_nothing_and_is_party_to_nothing_new() {
    city(
        "li opens at gulou -> ok
        chen closes for donation -> ok
        chen is closed
        chen donates 1 to gulou:donation -> account_closed
        chen rotates to blue -> account_closed
        chen trusts nobody -> account_closed
        chen closes for donation -> account_closed
        chen closes for donation by registrar@gulou/1, arbiter@gulou/1 -> account_closed
        chen moves to xuanwu by registrar@xuanwu/1, social@xuanwu/1 -> account_closed
        chen is frozen -> account_closed
        chen is unfrozen -> account_closed
        chen enrols in P01 -> account_closed
        chen is put under li -> account_closed
        chen is recovered to blue -> account_closed
        li links chen as spouse by li, registrar@gulou/1 -> account_closed
        li appoints chen for orders 60 until +30 -> account_closed
        li trusts 1 of chen after 72 hours -> account_closed
        li is put under chen by registrar@gulou/1, registry@nanjing -> account_closed
        kid opens at gulou under chen by registrar@gulou/1, registry@nanjing, key:kid -> account_closed
        gulou/1 sets staff 7=clerk:chen threshold 1 -> account_closed
        chen opens at gulou -> identity_taken",
    );
}

#[test]
fn an_allowance_for_closed_kin_can_only_be_ended() {
    city(
        "chen links cao as parent -> ok
        cao allows chen 60 until +30 -> ok
        chen closes for kin cao -> ok
        cao allows chen 90 until +30 -> account_closed
        cao allows chen 0 until +30 -> ok
        cao unlinks chen -> ok
        cao keeps 0 kin",
    );
}

#[test]
fn a_keyless_person_whose_account_is_closed_is_no_longer_acted_for() {
    city(
        "li opens keyless at gulou -> ok
        li appoints chen for both 60 until +30 -> ok
        24 hours pass
        chen links li as parent by chen, registrar@gulou/1 -> proxy_is_party
        cao links li as parent by cao, chen, registrar@gulou/1 -> ok
        li closes for donation by registrar@gulou/1, arbiter@gulou/1 -> ok
        li unlinks cao by chen -> account_closed
        li appoints cao for orders 60 until +30 -> account_closed
        li revokes chen by chen -> ok
        cao unlinks li -> ok",
    );
}
