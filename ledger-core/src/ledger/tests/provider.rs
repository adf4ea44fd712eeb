//! Who serves: groups and their members, minors, frozen and closed accounts; what payment counts for whom.

use super::check;

const PEOPLE: &str = "chen opens at xuanwu -> ok
    cao opens at gulou -> ok
    wang opens at jiangbei -> ok
    cao is granted 300
    wang is granted 300
    ";

/// With a team of Chen and Wang at home in Gulou.
fn with_team(script: &str) {
    check(&format!(
        "{PEOPLE}team opens as group at gulou/2 -> ok
        team adds chen,wang -> ok
        {script}"
    ));
}

fn with(script: &str) {
    check(&format!("{PEOPLE}{script}"));
}

#[test]
fn a_member_serves_and_the_group_is_paid() {
    with_team(
        "cao posts 60 in gulou as o1 -> ok
        team accepts o1 with chen -> ok
        team is serving 1
        chen is serving 1
        wang is serving 0
        chen starts o1 -> ok
        1 hour passes
        chen completes o1 -60..+0 -> ok
        chen claims 60 on +0
        team claims 0 on +0
        social@gulou/1 approves 60 of o1 -> ok
        3 days pass
        team has 60
        team gave 60
        chen has 0
        chen gave 60
        team is serving 0
        chen is serving 0
        o1 paid 60 at gulou",
    );
}

#[test]
fn a_group_names_the_member_who_serves_and_both_sign() {
    with_team(
        "hua opens at gulou -> ok
        cao posts 60 in gulou as o1 -> ok
        team accepts o1 -> member_missing
        team accepts o1 with hua -> not_a_member
        team accepts o1 with nobody by team -> account_unknown
        chen accepts o1 with wang -> member_unneeded
        team accepts o1 with chen by team -> signature_missing
        team accepts o1 with chen by chen -> signature_missing
        team accepts o1 with chen -> ok
        // Who serves checks in, completes and withdraws; the group alone does not.
        wang starts o1 -> signature_missing
        team starts o1 -> signature_missing
        team cancels o1 -> signature_missing
        chen cancels o1 -> ok
        o1 is posted
        team is serving 0
        chen is serving 0
        team records 60 for cao in gulou as o2 -60..+0 with chen by chen, cao -> signature_missing
        team records 60 for cao in gulou as o2 -60..+0 with chen by team, cao -> signature_missing
        team records 60 for cao in gulou as o2 -60..+0 -> member_missing
        team records 60 for cao in gulou as o2 -60..+0 with chen -> ok
        team is serving 1",
    );
}

#[test]
fn limits_and_intervals_are_those_of_the_member() {
    with_team(
        "12:00 strikes
        wang posts 60 in gulou as o1 -> ok
        team accepts o1 with wang -> provider_is_recipient
        team accepts o1 with chen -> ok
        chen completes o1 -60..+0 -> ok
        chen records 60 for cao in gulou as o2 -90..-30 -> service_overlaps
        team records 60 for cao in gulou as o2 -90..-30 with chen -> service_overlaps
        // Two members serve at the same time.
        team records 60 for cao in gulou as o2 -90..-30 with wang -> ok
        chen served wang 60 since -0
        wang served cao 60 since -0
        xuanwu sets daily_limit to 60 from +0 -> ok
        team records 60 for cao in gulou as o3 -180..-120 with chen -> daily_limit",
    );
}

#[test]
fn who_posted_does_not_serve_for_a_group() {
    with_team(
        "cao appoints wang for orders 600 until +30 -> ok
        cao posts 60 in gulou as o1 by wang -> ok
        team accepts o1 with wang -> provider_is_poster
        team accepts o1 with chen -> ok",
    );
}

#[test]
fn a_minor_accepts_posts_and_records_with_its_guardian_beside_it() {
    with(
        "hua opens at gulou -> ok
        hua is granted 300
        hua is put under wang -> ok
        cao posts 60 in gulou as o1 -> ok
        hua accepts o1 -> signature_missing
        hua accepts o1 by wang -> signature_missing
        hua accepts o1 by hua, wang -> ok
        // Without the guardian: check-in, completion, withdrawal.
        hua starts o1 -> ok
        hua completes o1 -60..+0 -> ok
        social@gulou/1 approves 60 of o1 -> ok
        hua disputes o1 -> ok
        hua rates recipient of o1 with 5 -> ok
        hua posts 60 in gulou as o2 -> signature_missing
        hua posts 60 in gulou as o2 by hua, wang -> ok
        hua cancels o2 -> ok
        hua records 60 for cao in gulou as o3 -180..-120 -> signature_missing
        hua records 60 for cao in gulou as o3 -180..-120 by hua, cao, wang -> ok
        chen records 60 for hua in gulou as o4 -180..-120 -> signature_missing
        chen records 60 for hua in gulou as o4 -180..-120 by chen, hua, wang -> ok",
    );
}

#[test]
fn a_minors_proxy_needs_nobody_beside_it() {
    with(
        "hua opens at gulou -> ok
        hua is granted 300
        hua appoints chen for orders 600 until +30 -> ok
        hua is put under wang -> ok
        hua posts 60 in gulou as o1 by chen, wang -> signature_unneeded
        hua posts 60 in gulou as o1 by chen -> ok",
    );
}

#[test]
fn a_minor_who_pays_for_kin_signs_with_its_guardian() {
    with(
        "hua opens at gulou -> ok
        hua is granted 300
        hua links cao as grandparent -> ok
        hua allows cao 60 until +30 -> ok
        hua is put under wang -> ok
        cao posts 60 in gulou as o1 payer hua by cao, hua -> signature_missing
        cao posts 60 in gulou as o1 payer hua by cao, hua, wang -> ok
        cao posts 60 in gulou as o2 payer hua -> ok",
    );
}

#[test]
fn a_frozen_account_serves_and_is_served_but_does_not_spend() {
    with(
        "wang links cao as parent -> ok
        wang allows cao 300 until +30 -> ok
        budget winter opens for service of 600 in gulou until +30 -> ok
        cao posts 60 in gulou as o1 -> ok
        cao is frozen -> ok
        chen is frozen -> ok
        cao posts 60 in gulou as o2 -> account_frozen
        cao posts 60 in gulou as o2 budget winter -> ok
        cao posts 60 in gulou as o3 payer wang -> ok
        chen accepts o1 -> ok
        chen completes o1 -60..+0 -> ok
        social@gulou/1 approves 60 of o1 -> ok
        3 days pass
        chen has 60
        wang is frozen -> ok
        cao posts 60 in gulou as o4 payer wang -> account_frozen
        chen records 60 for cao in gulou as o5 -60..+0 -> account_frozen",
    );
}

#[test]
fn a_closed_account_is_party_to_nothing_new() {
    with_team(
        "hua opens at gulou -> ok
        hua links cao as sibling -> ok
        hua allows cao 300 until +30 -> ok
        elder opens keyless at gulou -> ok
        elder appoints clerk@gulou/1 for orders 600 until +30 -> ok
        budget winter opens for service of 600 in gulou until +30 -> ok
        25 hours pass
        cao posts 60 in gulou as o1 -> ok
        chen closes for donation -> ok
        elder closes for donation by registrar@gulou/1, arbiter@gulou/1 -> ok
        hua closes for donation -> ok
        chen accepts o1 -> account_closed
        team accepts o1 with chen by team, wang -> account_closed
        team accepts o1 with chen -> account_closed
        elder posts 60 in gulou as o2 budget winter by clerk@gulou/1 -> account_closed
        wang records 60 for elder in gulou as o2 -60..+0 budget winter by wang, clerk@gulou/1 -> account_closed
        cao posts 60 in gulou as o2 payer hua -> account_closed
        team closes for donation -> ok
        team accepts o1 with wang -> account_closed",
    );
}
