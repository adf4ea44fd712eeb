//! Disputes, decisions, appeals: who may, when, and what is paid in the end.

use super::check;

const PEOPLE: &str = "chen opens at xuanwu -> ok
    cao opens at gulou -> ok
    wang opens at jiangbei -> ok
    cao is granted 300
    wang is granted 300
    ";

/// With o1, 90 minutes Chen served for Cao in Gulou of which 75 were approved.
fn with(script: &str) {
    check(&format!(
        "{PEOPLE}chen serves 90 for cao in gulou as o1 -> completed
        social@gulou/1 approves 75 of o1 -> ok
        {script}"
    ));
}

#[test]
fn a_disputed_order_is_not_paid_until_it_is_decided() {
    with(
        "chen disputes o1 -> ok
        o1 is disputed
        400 days pass
        o1 is disputed
        cao holds 75
        arbiter@gulou gives chen 30 of o1 -> ok
        o1 is resolved
        cao holds 75
        chen has 0
        7 days pass
        o1 is settled
        chen has 30
        chen gave 30
        cao has 270
        cao holds 0
        cao keeps 0 orders
        chen is serving 0
        o1 paid 30 at gulou",
    );
}

#[test]
fn parties_and_staff_open_a_dispute() {
    for who in [
        "chen",
        "cao",
        "social@gulou/1",
        "clerk@gulou/1/1",
        "registrar@gulou",
    ] {
        with(&format!("{who} disputes o1 -> ok"));
    }
    with(
        "wang disputes o1 -> signature_missing
        arbiter@gulou disputes o1 -> signature_missing
        social@xuanwu/1 disputes o1 -> signature_missing
        cao appoints wang for orders 600 until +30 -> ok
        wang disputes o1 -> ok
        chen disputes o1 -> order_status",
    );
}

#[test]
fn kin_who_pay_open_a_dispute_and_appeal() {
    check(&format!(
        "{PEOPLE}wang links cao as parent -> ok
        cao posts 60 in gulou as o1 payer wang by cao, wang -> ok
        chen accepts o1 -> ok
        chen completes o1 -60..+0 -> ok
        social@gulou/1 approves 60 of o1 -> ok
        wang disputes o1 -> ok
        arbiter@gulou gives chen 60 of o1 -> ok
        wang appeals o1 -> ok
        arbiter@nanjing gives chen 15 of o1 -> ok
        o1 is resolved
        1 minute passes
        o1 is settled
        wang has 285
        chen has 15
        o1 paid 15 at jiangbei"
    ));
}

#[test]
fn a_dispute_is_opened_before_its_window_ends() {
    with(
        "4319 minutes pass
        o1 is verified
        cao disputes o1 -> ok",
    );
    with(
        "3 days pass
        o1 is settled
        cao disputes o1 -> order_status",
    );
}

#[test]
fn a_decision_follows_the_quantum_and_the_approval() {
    with(
        "arbiter@gulou gives chen 30 of o1 -> order_not_ready
        cao disputes o1 -> ok
        arbiter@gulou gives chen 40 of o1 -> quantum
        arbiter@gulou gives chen 90 of o1 -> split_exceeds_approval
        social@gulou gives chen 30 of o1 -> role_missing
        arbiter@xuanwu gives chen 30 of o1 -> role_missing
        arbiter@gulou/1 gives chen 30 of o1 -> role_missing
        arbiter@gulou gives chen 75 of o1 by arbiter@gulou, arbiter2@gulou -> signature_unneeded
        arbiter@gulou gives chen 75 of o1 -> ok
        arbiter@gulou gives chen 60 of o1 -> order_status
        7 days pass
        chen has 75
        cao has 225",
    );
}

#[test]
fn a_decision_for_nothing_returns_everything_and_frees_the_interval() {
    with(
        "chen rates recipient of o1 with 1 -> ok
        cao disputes o1 -> ok
        arbiter@nanjing gives chen 0 of o1 -> ok
        chen claims 75 on +0
        chen records 15 for wang in gulou as o2 -30..-15 -> service_overlaps
        7 days pass
        o1 is settled
        chen has 0
        chen gave 0
        cao has 300
        cao rates provider of o1 with 1 -> ok
        chen rates recipient of o1 with 1 -> rated_already
        chen served cao 0 since -7
        chen claims 0 on -7
        chen records 15 for wang in gulou as o2 -10110..-10095 -> ok",
    );
}

#[test]
fn what_the_provider_does_not_get_counts_no_longer_against_its_limits() {
    with(
        "cao disputes o1 -> ok
        chen served cao 75 since -0
        arbiter@gulou gives chen 30 of o1 -> ok
        7 days pass
        chen served cao 30 since -7
        chen claims 30 on -7
        chen records 15 for wang in gulou as o2 -10110..-10095 -> service_overlaps",
    );
}

#[test]
fn a_budget_line_mints_what_was_decided_and_keeps_the_rest() {
    check(&format!(
        "{PEOPLE}budget winter opens for service of 600 in gulou until +30 -> ok
        chen records 60 for cao in gulou as o1 -60..+0 service S02 budget winter -> ok
        social@gulou/1 approves 60 of o1 -> ok
        cao disputes o1 -> ok
        arbiter@gulou gives chen 45 of o1 -> ok
        budget winter has 90 reserved 0 used
        7 days pass
        budget winter has 0 reserved 67 used
        chen has 67
        chen gave 45
        o1 paid 67 at gulou
        supply service is 67
        chen records 60 for cao in gulou as o2 -60..+0 service S02 budget winter -> ok
        social@gulou/1 approves 60 of o2 -> ok
        cao disputes o2 -> ok
        arbiter@gulou gives chen 0 of o2 -> ok
        7 days pass
        budget winter has 0 reserved 67 used
        chen has 67"
    ));
}

#[test]
fn one_appeal_leads_to_another_arbiter_of_the_city_who_decides_finally() {
    with(
        "chen disputes o1 -> ok
        chen appeals o1 -> order_not_ready
        arbiter@nanjing gives chen 30 of o1 -> ok
        social@gulou/1 appeals o1 -> signature_missing
        wang appeals o1 -> signature_missing
        chen appeals o1 -> ok
        o1 is disputed
        7 days pass
        o1 is disputed
        chen appeals o1 -> order_not_ready
        arbiter@gulou gives chen 30 of o1 -> role_missing
        arbiter@nanjing gives chen 30 of o1 -> arbiter_decided_before
        arbiter2@nanjing gives chen 60 of o1 -> ok && cao appeals o1 -> decision_final
        1 minute passes
        o1 is settled
        chen has 60
        cao has 240",
    );
}

#[test]
fn an_appeal_is_made_before_its_window_ends() {
    with(
        "chen disputes o1 -> ok
        arbiter@gulou gives chen 30 of o1 -> ok
        10079 minutes pass
        o1 is resolved
        cao appeals o1 -> ok",
    );
    with(
        "chen disputes o1 -> ok
        arbiter@gulou gives chen 30 of o1 -> ok
        7 days pass
        o1 is settled
        cao appeals o1 -> order_status",
    );
}

#[test]
fn the_appeal_window_is_that_of_the_order() {
    check(&format!(
        "{PEOPLE}chen serves 60 for cao in gulou as o1 -> verified
        cao disputes o1 -> ok
        gulou sets appeal_window_ms to 864000000 from +0 -> ok
        arbiter@gulou gives chen 60 of o1 -> ok
        7 days pass
        o1 is settled
        chen serves 60 for cao in gulou as o2 -> verified
        cao disputes o2 -> ok
        arbiter@gulou gives chen 60 of o2 -> ok
        9 days pass
        o2 is resolved
        1 day passes
        o2 is settled"
    ));
}

#[test]
fn no_verifier_party_or_kin_decides() {
    // The arbiter of Gulou is verifier, server, poster, clerk, payer in turn.
    let with = |script: &str| {
        check(&format!(
            "{PEOPLE}arbiter@gulou is called judge
            judge is granted 300
            {script}"
        ));
    };
    with(
        "gulou sets staff 7=social:judge threshold 2 -> ok
        chen serves 60 for cao in gulou as o1 -> completed
        #7@gulou approves 60 of o1 -> ok
        cao disputes o1 -> ok
        arbiter@gulou gives chen 30 of o1 -> arbiter_verified
        arbiter2@gulou gives chen 30 of o1 -> ok",
    );
    with(
        "judge serves 60 for cao in gulou as o1 -> verified
        cao disputes o1 -> ok
        arbiter@gulou gives judge 60 of o1 -> arbiter_is_party",
    );
    with(
        "chen serves 60 for judge in gulou as o1 -> verified
        judge disputes o1 -> ok
        arbiter@gulou gives chen 0 of o1 -> arbiter_is_party",
    );
    with(
        "cao appoints judge for orders 600 until +30 -> ok
        cao posts 60 in gulou as o1 by judge -> ok
        chen accepts o1 -> ok
        chen completes o1 -60..+0 -> ok
        social@gulou/1 approves 60 of o1 -> ok
        cao disputes o1 -> ok
        arbiter@gulou gives chen 30 of o1 -> arbiter_is_party",
    );
    with(
        "gulou/1/1 sets staff 7=clerk:judge threshold 0 by administrator@gulou/1 -> ok
        cao posts 60 in gulou as o1 -> ok
        chen accepts o1 -> ok
        chen starts o1 by chen, #7@gulou/1/1 -> ok
        chen completes o1 -60..+0 -> ok
        social@gulou/1 approves 60 of o1 -> ok
        cao disputes o1 -> ok
        arbiter@gulou gives chen 30 of o1 -> arbiter_is_party",
    );
    with(
        "judge links cao as sibling by judge, cao, registrar@gulou/1 -> ok
        cao posts 60 in gulou as o1 payer judge by cao, judge -> ok
        chen accepts o1 -> ok
        chen completes o1 -60..+0 -> ok
        social@gulou/1 approves 60 of o1 -> ok
        cao disputes o1 -> ok
        judge unlinks cao -> ok
        arbiter@gulou gives chen 30 of o1 -> arbiter_is_party",
    );
}

#[test]
fn kin_and_guardians_of_either_side_do_not_decide() {
    for side in ["chen", "cao"] {
        with(&format!(
            "arbiter@gulou is called judge
            {side} links judge as sibling by judge, {side}, registrar@gulou/1 -> ok
            {side} disputes o1 -> ok
            arbiter@gulou gives chen 30 of o1 -> arbiter_is_kin
            {side} unlinks judge -> ok
            arbiter@gulou gives chen 30 of o1 -> arbiter_is_kin
            arbiter2@gulou gives chen 30 of o1 -> ok"
        ));
        with(&format!(
            "arbiter@gulou is called judge
            {side} is put under judge -> ok
            {side} disputes o1 -> ok
            arbiter@gulou gives chen 30 of o1 -> arbiter_is_kin"
        ));
    }
}

#[test]
fn a_group_and_its_server_are_parties_and_its_members_do_not_decide() {
    check(&format!(
        "{PEOPLE}team opens as group at gulou -> ok
        arbiter@gulou is called judge
        team adds chen,judge -> ok
        team records 60 for cao in gulou as o1 -60..+0 with chen -> ok
        team records 60 for cao in gulou as o2 -120..-60 with chen -> ok
        social@gulou/1 approves 60 of o1 -> ok
        social@gulou/1 approves 60 of o2 -> ok
        judge disputes o1 -> signature_missing
        team disputes o1 -> ok
        chen disputes o2 -> ok
        arbiter@gulou gives team 30 of o1 -> arbiter_is_party
        arbiter2@gulou gives team 30 of o1 -> ok
        arbiter2@gulou gives team 30 of o2 -> ok
        chen appeals o1 -> ok
        team appeals o2 -> ok
        arbiter2@nanjing gives team 30 of o1 -> ok
        arbiter2@nanjing gives team 45 of o2 -> ok
        1 minute passes
        team has 75
        team gave 75
        chen has 0
        chen gave 75"
    ));
}
