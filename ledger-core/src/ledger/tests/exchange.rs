//! Gifts, donations, merchants, redemption.

use super::check;
use super::city::City;
use crate::amount::Minutes;
use crate::record::lot::{LOTS_MAX, Source};
use crate::time::Day;

#[test]
fn a_gift_goes_to_linked_kin() {
    check(
        "chen opens at gulou -> ok
        cao opens at xuanwu -> ok
        rice registers at gulou -> ok
        chen is granted 100
        chen gives cao 60 -> kin_unknown
        chen gives chen 60 -> kin_unknown
        chen gives nobody 60 -> account_unknown
        chen gives rice 60 -> not_a_person
        rice gives chen 60 -> not_a_person
        chen links cao as parent -> ok
        chen gives cao 60 by cao -> signature_missing
        chen gives cao 0 -> minutes_zero
        chen gives cao 101 -> insufficient_minutes
        chen gives cao 60 -> ok
        chen has 40
        cao has 60
        cao gives chen 60 -> ok
        supply spendable is 100
        cao unlinks chen -> ok
        chen gives cao 60 -> kin_unknown",
    );
}

#[test]
fn what_exceeds_the_cap_goes_to_the_home_districts_donation_pool() {
    check(
        "chen opens at gulou -> ok
        cao opens at xuanwu -> ok
        chen links cao as parent -> ok
        chen is granted 60
        cao is granted 89970
        chen gives cao 60 -> ok
        cao has 90000
        cao is honoured with 30
        pool xuanwu:donation has 30
        pool gulou:donation has 0
        xuanwu sets cap to 100 from +0 -> ok
        cao gives chen 100 -> ok
        chen gives cao 100 -> ok
        cao has 89900
        cao is honoured with 130
        pool xuanwu:donation has 130",
    );
}

#[test]
fn an_account_with_every_kind_of_lot_still_receives() {
    let mut city = City::new();
    city.play(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok
        chen links cao as parent -> ok
        chen is granted 60",
    );
    for index in 0..u32::try_from(LOTS_MAX).unwrap() {
        let expiry = Day(city.today().0 + 100 + index);
        city.endow("cao", Minutes(1), Source::Granted, Some(expiry));
    }
    city.play("chen gives cao 60 -> ok\n cao has 124");
    assert_eq!(city.account("cao").lots.as_slice().len(), LOTS_MAX);
}

#[test]
fn a_donation_goes_to_a_donation_pool() {
    check(
        "chen opens at gulou -> ok
        chen is granted 100
        rice registers at gulou -> ok
        chen donates 60 to gulou:reserve -> pool_not_donation
        chen donates 60 to 320199:donation -> organisation_unknown
        chen donates 0 to gulou:donation -> minutes_zero
        chen donates 101 to gulou:donation -> insufficient_minutes
        chen donates 60 to gulou:donation by registrar@gulou/1 -> signature_missing
        rice donates 60 to gulou:donation -> not_a_person
        chen donates 60 to xuanwu/2:donation -> ok
        chen has 40
        pool xuanwu/2:donation has 60
        supply pools is 60",
    );
}

#[test]
fn two_treasurers_register_a_merchant() {
    check(
        "rice registers at gulou by treasurer@gulou, key:rice -> role_missing
        rice registers at gulou by treasurer@gulou, treasurer2@gulou -> signature_missing
        rice registers at gulou by key:rice, treasurer@gulou, treasurer2@gulou -> signer_not_entitled
        rice registers at gulou by treasurer@xuanwu, treasurer2@xuanwu, key:rice -> role_missing
        weak registers at gulou by treasurer@gulou, treasurer2@gulou -> key_refused
        rice registers at 320106 -> home_not_a_street
        rice registers at gulou by treasurer@nanjing, treasurer@gulou/1, key:rice -> ok
        rice is owed 0",
    );
}

#[test]
fn merchant_and_treasurer_set_the_items() {
    check(
        "chen opens at gulou -> ok
        rice registers at gulou -> ok
        rice lists I01=480 by rice -> role_missing
        rice lists I01=480 by rice, treasurer@xuanwu -> role_missing
        rice lists I01=480 by treasurer@gulou, treasurer2@gulou -> signature_missing
        chen lists I01=480 -> not_a_merchant
        nobody lists I01=480 by treasurer@gulou -> account_unknown
        rice lists I02=480 I01=60 -> items_order
        rice lists I01=480 I01=60 -> items_order
        rice lists I01=480 I02=0 -> item_price_zero
        rice lists I01=480 I02=60 -> ok
        rice lists -> ok",
    );
    let many: Vec<_> = (1..=201).map(|code| format!("I{code:03}=1")).collect();
    let mut city = City::new();
    city.play("rice registers at gulou -> ok");
    city.play(&format!("rice lists {} -> items_max", many.join(" ")));
    city.play(&format!("rice lists {} -> ok", many[..200].join(" ")));
}

#[test]
fn holder_and_merchant_exchange_minutes_for_an_item_at_its_price() {
    check(
        "chen opens at gulou -> ok
        rice registers at xuanwu by treasurer@xuanwu, treasurer2@xuanwu, key:rice -> ok
        chen is granted 500
        chen redeems I01 for 480 at rice -> item_unknown
        rice lists I01=480 by rice, treasurer@xuanwu/1 -> ok
        chen redeems I01 for 470 at rice -> item_price
        chen redeems I02 for 480 at rice -> item_unknown
        chen redeems I01 for 480 at nobody by chen -> account_unknown
        chen redeems I01 for 480 at chen by chen -> not_a_merchant
        rice redeems I01 for 480 at rice by rice -> not_a_person
        chen redeems I01 for 480 at rice by chen -> signature_missing
        chen redeems I01 for 480 at rice by rice -> signature_missing
        chen redeems I01 for 480 at rice -> ok
        chen has 20
        rice is owed 480
        supply redeemed is 480
        supply spendable is 20
        chen redeems I01 for 480 at rice -> insufficient_minutes",
    );
}

#[test]
fn the_home_district_says_who_redeems_and_from_when() {
    check(
        "chen opens at gulou -> ok
        rice registers at xuanwu by treasurer@xuanwu, treasurer2@xuanwu, key:rice -> ok
        rice lists I01=60 by rice, treasurer@xuanwu -> ok
        chen is granted 600
        xuanwu sets redemption_threshold to 6000 from +0 -> ok
        chen redeems I01 for 60 at rice -> ok
        gulou sets redemption_threshold to 541 from +0 -> ok
        chen redeems I01 for 60 at rice -> redemption_threshold
        chen is granted 1
        chen redeems I01 for 60 at rice -> ok
        nanjing sets redemption_programmes to P01,P07 from +1 -> ok
        gulou sets redemption_programmes to P07 from +1 -> ok
        chen is granted 600
        chen redeems I01 for 60 at rice -> ok
        1 day passes
        chen redeems I01 for 60 at rice -> redemption_programme
        chen belongs to P01
        chen redeems I01 for 60 at rice -> redemption_programme
        chen belongs to P07
        chen redeems I01 for 60 at rice -> ok",
    );
}

/// A minor's signature under what takes its minutes away needs its legal guardian's beside it.
#[test]
fn a_minor_gives_donates_redeems_and_pays_together_with_its_guardian() {
    check(
        "ma opens at gulou -> ok
        ba opens at gulou -> ok
        kid opens at gulou under ma -> ok
        kid is granted 300
        kid links ba as parent by kid, ma, ba, registrar@gulou/1 -> ok
        rice registers at gulou -> ok
        rice lists I01=60 -> ok
        kid gives ba 60 by kid -> signature_missing
        kid gives ba 60 by kid, ba -> signature_missing
        kid gives ba 60 by ma -> signature_missing
        kid gives ba 60 by kid, ma -> ok
        kid donates 60 to gulou:donation by kid -> signature_missing
        kid donates 60 to gulou:donation by kid, ma -> ok
        kid redeems I01 for 60 at rice by kid, rice -> signature_missing
        kid redeems I01 for 60 at rice by kid, rice, ma -> ok
        ba posts 60 in gulou as o1 payer kid by ba, kid -> signature_missing
        ba posts 60 in gulou as o1 payer kid by ba, kid, ma -> ok
        kid allows ba 60 until +30 by kid, ma -> ok
        ba posts 60 in gulou as o2 payer kid by ba -> ok
        kid has 0
        kid holds 120
        ba gives kid 60 -> ok
        kid has 60",
    );
}

#[test]
fn a_frozen_account_gives_nothing_and_receives_and_a_frozen_merchant_sells_nothing() {
    check(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok
        chen is granted 300
        cao is granted 300
        chen links cao as sibling -> ok
        rice registers at gulou -> ok
        rice lists I01=60 -> ok
        chen is frozen -> ok
        chen gives cao 60 -> account_frozen
        chen donates 60 to gulou:donation -> account_frozen
        chen redeems I01 for 60 at rice -> account_frozen
        cao gives chen 60 -> ok
        chen has 360
        chen is unfrozen -> ok
        chen gives cao 60 -> ok
        rice is frozen -> ok
        cao redeems I01 for 60 at rice -> account_frozen
        rice lists I01=30 -> ok
        rice is unfrozen -> ok
        cao redeems I01 for 30 at rice -> ok
        rice is frozen -> ok
        rice is settled for 30 -> ok",
    );
}

#[test]
fn nobody_gives_to_a_closed_account_or_buys_of_a_closed_merchant() {
    check(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok
        chen is granted 300
        chen links cao as sibling -> ok
        rice registers at gulou -> ok
        rice lists I01=60 -> ok
        cao closes for donation -> ok
        rice closes for donation -> ok
        chen gives cao 60 -> account_closed
        cao gives chen 60 -> account_closed
        cao donates 60 to gulou:donation -> account_closed
        chen redeems I01 for 60 at rice -> account_closed
        rice lists I01=30 -> account_closed
        rice is settled for 1 -> account_closed",
    );
}
