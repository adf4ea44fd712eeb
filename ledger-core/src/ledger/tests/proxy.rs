//! Proxies, seen through redemption: what they may do, how much, and until when.

use super::check;
use super::city::City;

/// A merchant in Gulou with an item of 60 minutes, and Cao, keyless, with 3,000 minutes.
const SHOP: &str = "rice registers at gulou -> ok
    rice lists I01=60 I02=600 -> ok
    cao opens keyless at gulou -> ok
    cao is granted 3000";

fn check_shop(script: &str) {
    let mut city = City::new();
    city.play(SHOP);
    city.play(script);
}

#[test]
fn a_person_appoints_people_and_clerks_of_their_home() {
    check(
        "chen opens at gulou -> ok
        wang opens at xuanwu -> ok
        cao opens keyless at gulou -> ok
        chen appoints wang for both 600 until +30 -> ok
        chen appoints clerk@gulou/1 for orders 600 until +0 -> ok
        chen appoints clerk@gulou/2/1 for orders 600 until +30 -> clerk_not_entitled
        chen appoints clerk@gulou/1/1 for orders 600 until +30 -> ok
        chen appoints clerk@xuanwu/1 for orders 600 until +30 -> clerk_not_entitled
        chen appoints registrar@gulou/1 for orders 600 until +30 -> clerk_not_entitled
        chen appoints #99@gulou/1 for orders 600 until +30 -> staff_unknown
        chen appoints nobody for orders 600 until +30 -> account_unknown
        chen appoints chen for orders 600 until +30 -> proxy_self
        chen appoints cao for orders 600 until +30 -> proxy_keyless
        chen appoints wang for both 600 until -1 -> day_past
        chen appoints wang for both 600 until +30 by wang -> signature_missing
        chen keeps 3 proxies
        nobody appoints wang for both 600 until +30 by wang -> account_unknown
        rice registers at gulou -> ok
        rice appoints wang for both 600 until +30 -> not_a_person
        chen appoints rice for both 600 until +30 -> not_a_person",
    );
}

#[test]
fn proxies_are_few() {
    check(
        "chen opens at gulou -> ok
        wang opens at gulou -> ok
        li opens at gulou -> ok
        gulou sets proxies_max to 2 from +0 -> ok
        chen appoints wang for orders 600 until +30 -> ok
        chen appoints li for orders 600 until +30 -> ok
        chen appoints clerk@gulou/1 for orders 600 until +30 -> proxies_max
        chen appoints li for both 300 until +60 -> ok
        chen keeps 2 proxies
        chen revokes li -> ok
        chen appoints clerk@gulou/1 for orders 600 until +30 -> ok",
    );
}

#[test]
fn a_keyless_persons_proxy_is_appointed_by_two_who_are_not_it() {
    check(
        "cao opens keyless at gulou -> ok
        cao appoints clerk@gulou/1 for orders 600 until +30 by registrar@gulou/1 -> role_missing
        cao appoints clerk@gulou/1 for orders 600 until +30 by registrar@gulou/1, social@xuanwu/1 -> role_missing
        gulou/1 sets staff 7=social:clerk@gulou/1 8=social:registrar@gulou/1 threshold 1 -> ok
        cao appoints clerk@gulou/1 for orders 600 until +30 by registrar@gulou/1, #7@gulou/1 -> same_person
        cao appoints clerk@gulou/1 for orders 600 until +30 by registrar@gulou/1, #8@gulou/1 -> same_person
        cao appoints clerk@gulou/1 for orders 600 until +30 by registrar@gulou/1, social@gulou -> ok",
    );
}

#[test]
fn nobody_stands_guardian_for_themselves() {
    // Li, keyless, works as a registrar: the staff entry has a key, the account has none.
    check(
        "li opens keyless at gulou -> ok
        gulou/1 sets staff 7=registrar:li threshold 1 -> ok
        li appoints clerk@gulou/1 for orders 600 until +30 by #7@gulou/1, social@gulou/1 -> same_person
        li appoints clerk@gulou/1 for orders 600 until +30 by registrar@gulou/1, social@gulou/1 -> ok
        li revokes clerk@gulou/1 by #7@gulou/1, social@gulou/1 -> same_person",
    );
}

#[test]
fn principal_proxy_or_guardians_end_a_proxy() {
    check(
        "chen opens at gulou -> ok
        wang opens at gulou -> ok
        cao opens keyless at gulou -> ok
        chen revokes wang -> proxy_unknown
        chen appoints wang for orders 600 until +30 -> ok
        chen revokes wang by wang -> ok
        chen appoints wang for orders 600 until +30 -> ok
        chen revokes wang by registrar@gulou/1, social@gulou/1 -> signature_missing
        chen revokes wang by chen, wang -> signature_unneeded
        chen revokes wang -> ok
        chen keeps 0 proxies
        cao appoints clerk@gulou/1 for orders 600 until +30 -> ok
        cao revokes clerk@gulou/1 by registrar@gulou/1 -> role_missing
        cao revokes clerk@gulou/1 -> ok
        cao appoints clerk@gulou/1 for orders 600 until +30 -> ok
        cao revokes clerk@gulou/1 by clerk@gulou/1 -> ok
        cao keeps 0 proxies",
    );
}

#[test]
fn a_keyless_persons_proxy_acts_after_a_day_within_its_scope_and_time() {
    check_shop(
        "chen opens at gulou -> ok
        cao appoints chen for both 600 until +5 -> ok
        cao appoints clerk@gulou/1 for orders 600 until +5 -> ok
        23 hours pass
        cao redeems I01 for 60 at rice by chen, rice -> proxy_not_active
        1 hour passes
        cao redeems I01 for 60 at rice by chen, rice -> ok
        cao redeems I01 for 60 at rice by clerk@gulou/1, rice -> proxy_scope
        cao redeems I01 for 60 at rice by clerk@gulou/2, rice -> signature_missing
        cao redeems I01 for 60 at rice by rice -> signature_missing
        cao redeems I01 for 60 at rice by chen, clerk@gulou/1, rice -> signature_unneeded
        4 days pass
        cao redeems I01 for 60 at rice by chen, rice -> ok
        1 day passes
        cao redeems I01 for 60 at rice by chen, rice -> proxy_expired
        cao has 2880",
    );
}

#[test]
fn a_proxy_commits_no_more_than_its_months_limit() {
    check_shop(
        "chen opens at gulou -> ok
        cao appoints chen for redemption 120 until +60 -> ok
        24 hours pass
        cao redeems I01 for 60 at rice by chen, rice -> ok
        cao appoints chen for redemption 110 until +60 -> ok
        24 hours pass
        cao redeems I01 for 60 at rice by chen, rice -> proxy_limit
        cao appoints chen for redemption 9000 until +60 -> ok
        24 hours pass
        cao redeems I02 for 600 at rice by chen, rice -> ok
        cao redeems I02 for 600 at rice by chen, rice -> proxy_limit
        rice lists I01=60 I02=600 I03=18446744073709551615 -> ok
        cao redeems I03 for 18446744073709551615 at rice by chen, rice -> number_overflow
        31 days pass
        cao redeems I02 for 600 at rice by chen, rice -> ok
        gulou sets proxy_monthly_limit to 630 from +0 -> ok
        cao redeems I01 for 60 at rice by chen, rice -> proxy_limit
        cao has 1740",
    );
}

#[test]
fn a_clerk_who_lost_the_role_no_longer_acts() {
    check_shop(
        "cao appoints clerk@gulou/1 for both 600 until +30 -> ok
        24 hours pass
        gulou/1 sets staff 21=social:clerk@gulou/1 threshold 1 -> ok
        cao redeems I01 for 60 at rice by clerk@gulou/1, rice -> clerk_not_entitled
        gulou/1 sets staff 21=gone threshold 1 -> ok
        cao redeems I01 for 60 at rice by clerk@gulou/1, rice -> signer_unknown
        cao revokes clerk@gulou/1 -> ok",
    );
}

#[test]
fn a_staff_number_that_passes_to_another_does_not_take_its_proxies_along() {
    check_shop(
        "cao appoints clerk@gulou/1 for both 600 until +30 -> ok
        24 hours pass
        cao redeems I02 for 600 at rice by clerk@gulou/1, rice -> ok
        gulou/1 sets staff 21=clerk:registrar@gulou/2 threshold 1 -> ok
        cao redeems I01 for 60 at rice by clerk@gulou/1, rice -> proxy_person
        cao appoints clerk@gulou/1 for both 600 until +30 -> ok
        cao keeps 1 proxy
        24 hours pass
        cao redeems I01 for 60 at rice by clerk@gulou/1, rice -> ok
        gulou/1 sets staff 21=clerk:registrar@gulou/2:blue threshold 1 -> ok
        cao redeems I01 for 60 at rice by clerk@gulou/1~blue, rice -> ok",
    );
}

#[test]
fn ending_and_renewing_a_proxy_gives_nothing_back() {
    check_shop(
        "chen opens at gulou -> ok
        li opens at gulou -> ok
        li is granted 600
        li appoints chen for redemption 120 until +60 -> ok
        li redeems I01 for 60 at rice by chen, rice -> ok
        li revokes chen -> ok
        li appoints chen for redemption 120 until +60 -> ok
        li redeems I01 for 60 at rice by chen, rice -> ok
        li revokes chen by chen -> ok
        li appoints chen for both 120 until +60 -> ok
        li redeems I01 for 60 at rice by chen, rice -> proxy_limit
        li revokes chen -> ok
        31 days pass
        li appoints chen for redemption 120 until +60 -> ok
        li redeems I01 for 60 at rice by chen, rice -> ok
        li redeems I01 for 60 at rice by chen, rice -> ok
        li redeems I01 for 60 at rice by chen, rice -> proxy_limit",
    );
}

#[test]
fn a_staff_number_that_comes_back_brings_its_use_along() {
    check_shop(
        "cao appoints clerk@gulou/1 for both 60 until +30 -> ok
        24 hours pass
        cao redeems I01 for 60 at rice by clerk@gulou/1, rice -> ok
        gulou/1 sets staff 21=clerk:registrar@gulou/2 threshold 1 -> ok
        cao appoints clerk@gulou/1 for both 60 until +30 -> ok
        gulou/1 sets staff 21=clerk:clerk@gulou/1 threshold 1 -> ok
        cao appoints clerk@gulou/1 for both 60 until +30 -> ok
        24 hours pass
        cao redeems I01 for 60 at rice by clerk@gulou/1, rice -> proxy_limit",
    );
}

#[test]
fn limits_that_were_used_and_ended_are_few_in_a_month() {
    let mut city = City::new();
    city.play(SHOP);
    city.play("li opens at gulou -> ok\nli is granted 600\nrice lists I01=1 -> ok");
    for number in 0..32 {
        city.play(&format!(
            "p{number} opens at gulou -> ok
            li appoints p{number} for both 10 until +60 -> ok
            li redeems I01 for 1 at rice by p{number}, rice -> ok
            li revokes p{number} -> ok"
        ));
    }
    city.play(
        "last opens at gulou -> ok
        li appoints last for both 10 until +60 -> ended_uses_max
        li appoints p7 for both 10 until +60 -> ok
        li appoints last for both 10 until +60 -> ok
        li revokes p7 -> ok
        li revokes last -> ok
        li appoints last for both 10 until +60 -> ended_uses_max
        31 days pass
        li appoints last for both 10 until +60 -> ok",
    );
    assert!(city.account("li").ended_uses.is_empty());
}
