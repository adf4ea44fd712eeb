//! Kin links and allowances.

use super::check;
use super::city::City;
use crate::record::kin::{KinRecord, Relation};
use crate::state::StateKey;

#[test]
fn both_and_a_registrar_of_either_home_link_kin() {
    let mut city = City::new();
    city.play(
        "chen opens at gulou -> ok
        cao opens at xuanwu -> ok
        chen links cao as parent by chen, registrar@gulou/1 -> signature_missing
        chen links cao as parent by chen, cao -> role_missing
        chen links cao as parent by chen, cao, registrar@jiangbei/1 -> role_missing
        chen links cao as parent by chen, cao, registrar@gulou/2 -> role_missing
        chen links cao as parent by chen, cao, registrar@xuanwu/1 -> ok
        chen keeps 1 kin
        cao keeps 1 kin
        cao links chen as child -> kin_linked
        chen links cao as spouse -> kin_linked",
    );
    let link = |from, to| {
        let key = StateKey::Kin(city.account_id(from), city.account_id(to));
        let record: KinRecord = city.load(&key).expect("they are linked");
        record.relation
    };
    assert_eq!(link("chen", "cao"), Relation::Parent);
    assert_eq!(link("cao", "chen"), Relation::Child);
}

#[test]
fn only_two_people_are_kin() {
    check(
        "chen opens at gulou -> ok
        rice registers at gulou -> ok
        chen links chen as sibling by chen, registrar@gulou/1 -> kin_self
        chen links nobody as parent by chen, registrar@gulou/1 -> account_unknown
        chen links rice as parent -> not_a_person",
    );
}

#[test]
fn kin_are_few() {
    check(
        "chen opens at gulou -> ok
        cao opens at xuanwu -> ok
        li opens at xuanwu -> ok
        gulou sets kin_max to 1 from +0 -> ok
        chen links cao as parent -> ok
        chen links li as parent -> kin_max
        li links chen as child -> kin_max
        cao links li as spouse -> ok
        chen unlinks cao -> ok
        chen links li as parent -> ok",
    );
}

#[test]
fn a_keyless_side_is_signed_for_by_its_proxy_but_not_the_other_side() {
    check(
        "chen opens at gulou -> ok
        wang opens at gulou -> ok
        cao opens keyless at gulou -> ok
        cao appoints clerk@gulou/1 for orders 0 until +90 -> ok
        cao appoints chen for both 600 until +90 -> ok
        cao appoints wang for redemption 600 until +90 -> ok
        chen links cao as parent by chen, clerk@gulou/1, registrar@gulou/1 -> proxy_not_active
        24 hours pass
        chen links cao as parent by chen, registrar@gulou/1 -> proxy_is_party
        chen links cao as parent by chen, clerk@gulou/2, registrar@gulou/1 -> proxy_is_party
        wang links cao as parent by wang, registrar@gulou/1 -> proxy_scope
        wang links cao as parent by wang, chen, registrar@gulou/1 -> ok
        chen links cao as parent by chen, clerk@gulou/1, registrar@gulou/1 -> ok
        li opens at gulou -> ok
        li links cao as parent by li, registrar@gulou/1 -> signature_missing",
    );
}

#[test]
fn the_registrar_is_not_the_proxy() {
    check(
        "chen opens at gulou -> ok
        cao opens keyless at gulou -> ok
        cao appoints clerk@gulou/1 for orders 0 until +90 -> ok
        24 hours pass
        gulou/1 sets staff 7=registrar:clerk@gulou/1 threshold 1 -> ok
        chen links cao as parent by chen, clerk@gulou/1, #7@gulou/1 -> same_person
        chen links cao as parent by chen, clerk@gulou/1, registrar2@gulou/1 -> ok",
    );
}

#[test]
fn either_ends_a_link() {
    check(
        "chen opens at gulou -> ok
        cao opens keyless at gulou -> ok
        li opens at gulou -> ok
        cao appoints clerk@gulou/1 for orders 0 until +90 -> ok
        24 hours pass
        chen links cao as parent by chen, clerk@gulou/1, registrar@gulou/1 -> ok
        chen unlinks cao by li -> signature_missing
        chen unlinks cao by chen, clerk@gulou/1 -> signature_unneeded
        cao unlinks chen by clerk@gulou/1 -> ok
        chen keeps 0 kin
        cao keeps 0 kin
        cao unlinks chen by clerk@gulou/1 -> kin_unknown
        chen links cao as parent by chen, clerk@gulou/1, registrar@gulou/1 -> ok
        cao unlinks chen by chen -> ok
        chen links li as sibling -> ok
        chen unlinks li by chen, li -> signature_unneeded
        chen unlinks li by li -> ok",
    );
}

#[test]
fn the_payer_sets_an_allowance_for_kin() {
    check(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok
        chen allows cao 300 until +30 -> kin_unknown
        chen links cao as parent -> ok
        chen allows cao 300 until +30 by cao -> signature_missing
        chen allows cao 300 until -1 -> day_past
        chen allows cao 0 until +30 -> allowance_missing
        chen allows cao 300 until +0 -> ok
        chen allows cao 0 until -1 -> ok
        chen allows cao 0 until +0 -> allowance_missing",
    );
}

#[test]
fn an_allowance_is_good_through_its_last_day() {
    check(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok
        chen links cao as parent -> ok
        chen is granted 300
        chen allows cao 300 until +1 -> ok
        1 day passes
        cao posts 60 in gulou as o1 payer chen -> ok
        1 day passes
        cao posts 60 in gulou as o2 payer chen -> allowance_expired
        chen holds 60",
    );
}

#[test]
fn one_of_two_keyless_people_is_enough_to_end_their_link() {
    check(
        "cao opens keyless at gulou -> ok
        li opens keyless at gulou -> ok
        cao appoints clerk@gulou/1 for orders 0 until +1 -> ok
        li appoints clerk@gulou/1 for orders 0 until +90 -> ok
        24 hours pass
        cao links li as spouse by clerk@gulou/1, registrar@gulou/1 -> ok
        cao keeps 1 kin
        1 day passes
        li links cao as spouse by clerk@gulou/1, registrar@gulou/1 -> kin_linked
        cao unlinks li by clerk@gulou/1/1 -> signature_missing
        cao unlinks li by clerk@gulou/1 -> ok
        cao links li as spouse by clerk@gulou/1, registrar@gulou/1 -> proxy_expired",
    );
}

#[test]
fn ending_and_renewing_an_allowance_or_a_link_gives_nothing_back() {
    check(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok
        chen links cao as parent -> ok
        chen is granted 600
        chen allows cao 120 until +60 -> ok
        cao posts 60 in gulou as o1 payer chen -> ok
        chen allows cao 0 until +0 -> ok
        chen allows cao 120 until +60 -> ok
        cao posts 60 in gulou as o2 payer chen -> ok
        cao unlinks chen -> ok
        chen links cao as parent -> ok
        chen allows cao 120 until +60 -> ok
        cao posts 60 in gulou as o3 payer chen -> allowance_exceeded
        cao posts 60 in gulou as o3 payer chen by cao, chen -> ok
        chen allows cao 0 until +0 -> ok
        chen unlinks cao -> ok
        31 days pass
        chen links cao as parent -> ok
        chen allows cao 60 until +60 -> ok
        cao posts 60 in gulou as o4 payer chen -> ok",
    );
}
