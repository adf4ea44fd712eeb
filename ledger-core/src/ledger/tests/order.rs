//! The life of an order: every transition it can make, and each rule of accepting, starting and cancelling.

use super::check;

/// Chen serves, Cao is served and has 300; Wang is Cao's daughter and has 300.
const PEOPLE: &str = "chen opens at xuanwu -> ok
    cao opens at gulou -> ok
    wang opens at jiangbei -> ok
    cao is granted 300
    wang is granted 300
    wang links cao as parent -> ok
    ";

/// A keyless elder and her clerk at the first service point of Gulou's first street.
const ELDER: &str = "elder opens keyless at gulou -> ok
    chen opens at gulou -> ok
    elder is granted 600
    elder appoints clerk@gulou/1/1 for orders 600 until +30 -> ok
    25 hours pass
    ";

fn with(people: &str, script: &str) {
    check(&format!("{people}{script}"));
}

#[test]
fn the_whole_life_of_an_order_the_recipient_pays() {
    with(
        PEOPLE,
        "cao posts 60 in gulou as o1 -> ok
        o1 is posted
        cao has 240
        cao holds 60
        cao keeps 1 order
        chen accepts o1 -> ok
        o1 is accepted
        chen starts o1 -> ok
        o1 is started
        1 hour passes
        chen completes o1 -60..+0 -> ok
        o1 is completed
        social@gulou/1 approves 60 of o1 -> ok
        o1 is verified
        cao holds 60
        chen has 0
        3 days pass
        o1 is settled
        cao holds 0
        cao has 240
        cao keeps 0 orders
        chen has 60
        chen gave 60
        supply service is 0
        supply held is 0",
    );
}

#[test]
fn one_line_is_the_whole_life_of_an_order() {
    with(
        PEOPLE,
        "chen serves 60 for cao in gulou -> settled
        chen has 60
        cao has 240",
    );
}

#[test]
fn a_provider_is_a_person_other_than_recipient_and_poster() {
    with(
        PEOPLE,
        "chen accepts o1 -> order_unknown
        cao posts 60 in gulou as o1 -> ok
        cao accepts o1 -> provider_is_recipient
        chen accepts o1 by wang -> signature_missing
        rice registers at gulou -> ok
        rice accepts o1 -> not_a_person
        impostor accepts o1 -> signer_unknown
        impostor accepts o1 by chen -> account_unknown
        cao appoints wang for orders 600 until +30 -> ok
        cao posts 60 in gulou as o2 by wang -> ok
        wang accepts o2 -> provider_is_poster
        chen accepts o2 -> ok
        wang accepts o1 -> ok",
    );
}

#[test]
fn the_person_behind_the_clerk_who_posted_does_not_serve() {
    with(
        ELDER,
        "elder posts 60 in gulou as o1 by clerk@gulou/1/1 -> ok
        clerk@gulou/1/1 accepts o1 -> provider_is_poster
        chen accepts o1 -> ok",
    );
}

#[test]
fn an_accepted_order_is_not_accepted_again_until_the_provider_withdraws() {
    with(
        PEOPLE,
        "cao posts 60 in gulou as o1 -> ok
        chen accepts o1 -> ok
        wang accepts o1 -> order_status
        chen cancels o1 -> ok
        o1 is posted
        cao holds 60
        wang accepts o1 -> ok",
    );
}

#[test]
fn check_in_takes_the_provider_and_somebody_for_the_recipient() {
    with(
        PEOPLE,
        "cao posts 60 in gulou as o1 -> ok
        chen starts o1 -> order_not_ready
        chen accepts o1 -> ok
        chen starts o1 by chen -> signature_missing
        chen starts o1 by cao -> signature_missing
        chen starts o1 by chen, wang -> signature_missing
        chen starts o1 by chen, social@gulou/1 -> signature_missing
        chen starts o1 by chen, social@xuanwu/1/1 -> signature_missing
        chen starts o1 by chen, social@gulou/2/2 -> ok
        chen starts o1 -> order_status",
    );
}

#[test]
fn a_provider_does_not_check_in_for_the_recipient() {
    with(
        PEOPLE,
        "cao posts 60 in gulou as o1 -> ok
        clerk@gulou/1/1 accepts o1 by chen -> signature_missing
        gulou/1/1 sets staff 7=clerk:chen threshold 0 by administrator@gulou/1 -> ok
        chen accepts o1 -> ok
        chen starts o1 by chen, #7@gulou/1/1 -> same_person
        cao appoints chen for orders 600 until +30 -> ok
        chen starts o1 by chen -> proxy_is_party
        chen starts o1 -> ok",
    );
}

#[test]
fn check_in_waits_for_the_window() {
    with(
        PEOPLE,
        "cao posts 60 in gulou as o1 window +60..+120 -> ok
        chen accepts o1 -> ok
        chen starts o1 -> window_not_begun
        1 hour passes
        chen starts o1 -> ok",
    );
}

#[test]
fn a_posted_order_is_cancelled_by_recipient_proxy_or_staff() {
    with(
        PEOPLE,
        "cao posts 60 in gulou as o1 -> ok
        chen cancels o1 -> signature_missing
        wang cancels o1 -> signature_missing
        social@xuanwu/1 cancels o1 -> signature_missing
        treasurer@gulou/1 cancels o1 -> signature_missing
        cao cancels o1 -> ok
        o1 is cancelled
        cao has 300
        cao cancels o1 -> order_status
        cao posts 60 in xuanwu as o2 -> ok
        registrar@xuanwu cancels o2 -> ok
        cao posts 60 in xuanwu as o3 -> ok
        clerk@gulou/1/2 cancels o3 -> ok
        cao appoints wang for orders 600 until +30 -> ok
        cao posts 60 in xuanwu as o4 -> ok
        wang cancels o4 -> ok
        cao has 300
        cao holds 0",
    );
}

#[test]
fn an_accepted_order_is_cancelled_by_recipient_or_staff_and_released() {
    with(
        PEOPLE,
        "cao posts 60 in gulou as o1 -> ok
        chen accepts o1 -> ok
        wang cancels o1 -> signature_missing
        cao cancels o1 -> ok
        o1 is cancelled
        cao has 300
        cao posts 60 in gulou as o2 -> ok
        chen accepts o2 -> ok
        social@gulou/1 cancels o2 -> ok
        cao has 300
        chen accepts o2 -> order_status",
    );
}

#[test]
fn a_started_order_is_cancelled_only_when_it_can_no_longer_be_completed() {
    with(
        PEOPLE,
        "cao posts 60 in gulou as o1 window +0..+600 -> ok
        chen accepts o1 -> ok
        chen starts o1 -> ok
        cao cancels o1 -> order_status
        chen cancels o1 -> order_status
        30 days pass
        cao cancels o1 -> order_status
        1 day passes
        o1 is started
        chen completes o1 -60..+0 -> outside_window
        cao holds 60
        chen cancels o1 -> signature_missing
        cao cancels o1 -> ok
        cao has 300
        cao keeps 0 orders",
    );
}

#[test]
fn a_completed_order_is_neither_cancelled_nor_lapses() {
    with(
        PEOPLE,
        "chen serves 60 for cao in gulou as o1 -> completed
        cao cancels o1 -> order_status
        60 days pass
        o1 is completed
        cao holds 60
        social@gulou/1 approves 60 of o1 -> ok
        cao cancels o1 -> order_status
        chen accepts o1 -> order_status
        chen starts o1 -> order_status
        chen completes o1 -60..+0 -> order_status
        3 days pass
        o1 is settled
        cao cancels o1 -> order_status",
    );
}

#[test]
fn what_nobody_starts_lapses_and_is_released() {
    with(
        PEOPLE,
        "gulou sets order_lapse_ms to 3600000 from +0 -> ok
        cao posts 60 in gulou as o1 window -60..+60 -> ok
        cao posts 60 in gulou as o2 window -60..+60 -> ok
        cao posts 60 in gulou as o3 window -60..+60 -> ok
        chen accepts o2 -> ok
        chen accepts o3 -> ok
        chen starts o3 -> ok
        119 minutes pass
        o1 is posted
        o2 is accepted
        2 minutes pass
        o1 is lapsed
        o2 is lapsed
        o3 is started
        cao has 240
        cao keeps 1 order
        chen completes o3 -121..-61 -> ok",
    );
}

#[test]
fn a_budget_line_gets_back_what_lapses_or_is_cancelled() {
    with(
        PEOPLE,
        "budget winter opens for service of 600 in gulou until +90 -> ok
        cao posts 60 in gulou as o1 service S02 budget winter -> ok
        cao posts 60 in gulou as o2 service S02 budget winter -> ok
        budget winter has 180 reserved 0 used
        cao cancels o1 -> ok
        budget winter has 90 reserved 0 used
        32 days pass
        o2 is lapsed
        budget winter has 0 reserved 0 used",
    );
}
