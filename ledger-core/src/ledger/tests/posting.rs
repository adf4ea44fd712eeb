//! Posting: what an order must be, who posts it, who pays, and what is set aside for it.

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
fn a_budget_line_reserves_and_mints() {
    with(
        PEOPLE,
        "budget winter opens for service of 100 in gulou until +30 -> ok
        chen serves 60 for cao in gulou as o1 budget winter -> verified
        budget winter has 60 reserved 0 used
        cao has 300
        cao posts 45 in gulou as o2 budget winter -> budget_exceeded
        3 days pass
        budget winter has 0 reserved 60 used
        o1 is settled
        chen has 60
        supply service is 60",
    );
}

#[test]
fn a_multiplier_applies_where_minutes_are_minted_only_and_is_reserved_beforehand() {
    with(
        PEOPLE,
        "budget winter opens for service of 67 in gulou until +30 -> ok
        nanjing sets quantum to 15 from +1 -> ok
        cao posts 60 in gulou as o1 service S02 budget winter -> budget_exceeded
        cao posts 45 in gulou as o1 service S02 budget winter -> ok
        budget winter has 67 reserved 0 used
        chen accepts o1 -> ok
        45 minutes pass
        chen completes o1 -45..+0 -> ok
        social@gulou/1 approves 15 of o1 -> ok
        budget winter has 22 reserved 0 used
        3 days pass
        budget winter has 0 reserved 22 used
        chen has 22
        chen gave 15
        chen serves 60 for cao in gulou service S02 -> settled
        chen has 82
        cao has 240",
    );
}

#[test]
fn a_budget_line_pays_within_its_scope_purpose_and_days() {
    with(
        PEOPLE,
        "budget far opens for service of 600 in jiangbei until +30 -> ok
        cao posts 60 in gulou as o1 budget far -> budget_outside_scope
        cao posts 60 in jiangbei as o1 budget far -> ok
        budget near opens for service of 600 in gulou/1 until +1 -> ok
        cao posts 60 in jiangbei as o2 budget near -> ok
        budget pools opens for fund of 600 in gulou until +30 -> ok
        cao posts 60 in gulou as o3 budget pools -> budget_purpose
        cao posts 60 in gulou as o3 budget none -> budget_unknown
        2 days pass
        cao posts 60 in gulou as o3 budget near -> budget_expired
        cao cancels o2 -> ok
        budget near has 0 reserved 0 used",
    );
}

#[test]
fn kin_pay_with_their_signature_or_inside_their_allowance() {
    with(
        PEOPLE,
        "cao posts 60 in gulou as o1 payer wang -> allowance_missing
        cao posts 60 in gulou as o1 payer wang by cao, wang -> ok
        wang holds 60
        cao holds 0
        wang allows cao 90 until +30 -> ok
        cao posts 60 in gulou as o2 payer wang -> ok
        cao posts 45 in gulou as o3 payer wang -> allowance_exceeded
        cao posts 45 in gulou as o3 payer wang by cao, wang -> ok
        cao cancels o2 -> ok
        cao posts 45 in gulou as o4 payer wang -> allowance_exceeded
        cao posts 30 in gulou as o4 payer wang -> ok
        chen links cao as sibling -> ok
        cao posts 60 in gulou as o5 payer chen by cao, chen -> insufficient_minutes
        wang unlinks cao -> ok
        cao posts 15 in gulou as o5 payer wang by cao, wang -> kin_unknown",
    );
}

#[test]
fn an_order_its_kin_pays_is_settled_after_the_link_ended() {
    with(
        PEOPLE,
        "wang allows cao 90 until +30 -> ok
        chen serves 60 for cao in gulou as o1 payer wang -> verified
        wang unlinks cao -> ok
        3 days pass
        o1 is settled
        wang has 240
        wang holds 0
        chen has 60",
    );
}

#[test]
fn the_payer_must_have_the_minutes() {
    with(
        PEOPLE,
        "cao posts 315 in gulou as o1 -> insufficient_minutes
        cao posts 300 in gulou as o1 -> ok
        cao posts 15 in gulou as o2 -> insufficient_minutes
        cao cancels o1 -> ok
        cao has 300
        cao posts 15 in gulou as o2 -> ok",
    );
}

#[test]
fn two_offices_cannot_spend_the_same_minutes() {
    // An elder with 60, two orders of 45 in one block.
    with(
        ELDER,
        "cao opens at gulou -> ok
        cao is granted 60
        cao posts 45 in gulou as o1 -> ok && cao posts 45 in xuanwu as o2 -> insufficient_minutes
        cao has 15
        cao holds 45",
    );
}

#[test]
fn minutes_follow_the_quantum_and_the_bounds_of_the_code() {
    with(
        PEOPLE,
        "cao posts 0 in gulou as o1 -> minutes_zero
        cao posts 50 in gulou as o1 -> quantum
        nanjing sets S03 to 30..60x100 from +0 -> ok
        cao posts 15 in gulou as o1 service S03 -> order_minutes
        cao posts 75 in gulou as o1 service S03 -> order_minutes
        cao posts 60 in gulou as o1 service S03 -> ok
        cao posts 60 in gulou as o2 service S09 -> service_unknown
        nanjing retires S03 from +1 -> ok
        1 day passes
        cao posts 60 in gulou as o2 service S03 -> service_unknown
        gulou sets quantum to 30 from +0 -> ok
        cao posts 45 in gulou as o2 -> quantum
        cao posts 45 in xuanwu as o2 -> ok",
    );
}

#[test]
fn an_order_takes_place_in_a_district() {
    with(
        PEOPLE,
        "cao posts 60 in gulou/1 as o1 -> order_district
        cao posts 60 in nanjing as o1 -> order_district
        cao posts 60 in 320199 as o1 -> organisation_unknown",
    );
}

#[test]
fn a_window_begins_before_it_ends_not_too_far_off_nor_too_long() {
    with(
        PEOPLE,
        "cao posts 15 in gulou as o1 window +60..+60 -> window_empty
        cao posts 15 in gulou as o1 window +60..+0 -> window_empty
        cao posts 15 in gulou as o1 window -60..+0 -> window_past
        cao posts 15 in gulou as o1 window -60..+1 -> ok
        cao posts 15 in gulou as o2 window +0..+44641 -> window_length
        cao posts 15 in gulou as o2 window +0..+44640 -> ok
        cao posts 15 in gulou as o3 window +527030..+527041 -> window_too_far
        cao posts 15 in gulou as o3 window +527030..+527040 -> ok",
    );
}

#[test]
fn orders_are_posted_for_people_by_themselves_or_a_proxy() {
    with(
        PEOPLE,
        "cao posts 60 in gulou as o1 by chen -> signature_missing
        cao posts 60 in gulou as o1 by wang -> signature_missing
        li posts 60 in gulou as o1 by chen -> account_unknown
        rice registers at gulou -> ok
        rice posts 60 in gulou as o1 -> not_a_person
        cao appoints wang for redemption 600 until +30 -> ok
        cao posts 60 in gulou as o1 by wang -> proxy_scope
        cao appoints wang for orders 90 until +30 -> ok
        cao posts 60 in gulou as o1 by wang -> ok
        cao posts 45 in gulou as o2 by wang -> proxy_limit
        cao posts 30 in gulou as o2 by wang -> ok
        cao posts 30 in gulou as o3 -> ok
        cao posts 30 in gulou as o4 by cao, wang -> signature_unneeded",
    );
}

#[test]
fn a_clerk_posts_for_an_elder_within_the_proxy() {
    with(
        ELDER,
        "elder posts 60 in gulou as o1 by clerk@gulou/1/2 -> signature_missing
        elder posts 60 in gulou as o1 by clerk@gulou/1/1 -> ok
        elder holds 60
        elder posts 480 in gulou as o2 by clerk@gulou/1/1 -> ok
        elder posts 75 in gulou as o3 by clerk@gulou/1/1 -> proxy_limit",
    );
}

#[test]
fn whoever_pays_acts_as_proxy_only_where_nobody_else_is_left() {
    with(
        ELDER,
        "wang opens at gulou -> ok
        wang is granted 600
        wang links elder as parent by wang, clerk@gulou/1/1, registrar@gulou/1 -> ok
        elder appoints wang for orders 60 until +30 -> ok
        24 hours pass
        elder posts 60 in gulou as o1 payer wang by wang -> ok
        elder posts 60 in gulou as o2 payer wang by wang -> proxy_limit
        elder posts 60 in gulou as o2 payer wang by wang, clerk@gulou/1/1 -> ok
        elder posts 60 in gulou as o3 by wang, clerk@gulou/1/1 -> proxy_limit",
    );
}

#[test]
fn a_guardian_who_is_served_too_is_posted_for_by_the_proxy_who_signed() {
    with(
        PEOPLE,
        "ming opens at gulou under cao -> ok
        cao appoints wang for orders 120 until +30 -> ok
        cao posts 30 in gulou as o1 by cao, wang -> signature_unneeded
        ming records 60 for cao in gulou as o1 -60..+0 by ming, cao, wang -> ok
        cao posts 75 in gulou as o2 by wang -> proxy_limit
        ming records 60 for cao in gulou as o2 -180..-120 by ming, cao -> ok
        cao posts 60 in gulou as o3 by wang -> ok",
    );
}

#[test]
fn open_orders_are_limited_and_every_end_makes_room() {
    with(
        PEOPLE,
        "nanjing sets open_orders_max to 2 from +0 -> ok
        cao posts 15 in gulou as o1 -> ok
        cao posts 15 in gulou as o2 -> ok
        cao posts 15 in gulou as o3 -> open_orders_max
        chen records 15 for cao in gulou as o3 -60..-45 -> open_orders_max
        cao cancels o1 -> ok
        cao keeps 1 order
        chen records 15 for cao in gulou as o3 -60..-45 -> ok
        social@gulou/1 rejects o3 as not_served -> ok
        cao keeps 1 order
        32 days pass
        o2 is lapsed
        cao keeps 0 orders
        chen serves 15 for cao in gulou -> settled
        cao keeps 0 orders",
    );
}

#[test]
fn terms_are_those_of_the_day_of_posting() {
    with(
        PEOPLE,
        "cao posts 45 in gulou as o1 -> ok
        chen accepts o1 -> ok
        gulou sets quantum to 60 from +0 -> ok
        gulou sets dispute_window_ms to 2592000000 from +0 -> ok
        45 minutes pass
        chen completes o1 -45..+0 -> ok
        social@gulou/1 approves 45 of o1 -> ok
        3 days pass
        o1 is settled",
    );
}

#[test]
fn what_is_promised_is_paid_whatever_becomes_of_the_promise() {
    // The budget line's last day, the code and the provider's cap change between verification and payment.
    with(
        PEOPLE,
        "chen is granted 200
        budget winter opens for service of 60 in gulou until +1 -> ok
        chen serves 60 for cao in gulou as o1 budget winter -> verified
        nanjing retires S01 from +1 -> ok
        xuanwu sets cap to 100 from +1 -> ok
        3 days pass
        o1 is settled
        budget winter has 0 reserved 60 used
        chen has 200
        chen is honoured with 60
        pool xuanwu:donation has 60",
    );
}

#[test]
fn a_code_may_mint_nothing_and_still_count_as_service() {
    with(
        PEOPLE,
        "nanjing sets S03 to 15..60x0 from +0 -> ok
        budget winter opens for service of 15 in gulou until +30 -> ok
        chen serves 60 for cao in gulou service S03 budget winter -> settled
        budget winter has 0 reserved 0 used
        chen has 0
        chen gave 60
        supply service is 0
        chen serves 60 for cao in gulou service S03 -> settled
        chen has 60",
    );
}

#[test]
fn kin_who_pay_may_serve() {
    with(
        PEOPLE,
        "wang allows cao 60 until +30 -> ok
        wang serves 60 for cao in gulou payer wang -> settled
        wang has 300
        wang gave 60
        supply spendable is 600",
    );
}

#[test]
fn a_window_counts_to_the_millisecond() {
    with(
        PEOPLE,
        "12:00 strikes
        cao posts 15 in gulou as o1 window -60..+0 -> ok
        12:00 strikes
        cao posts 15 in gulou as o2 window +527010..+527040 -> ok
        12:00 strikes
        cao posts 15 in gulou as o3 window +60..+120 -> ok
        chen accepts o3 -> ok
        13:00 strikes
        chen starts o3 -> ok
        14:15 strikes
        chen completes o3 -15..+0 -> outside_window
        chen completes o3 -76..-61 -> outside_window
        wang serves 15 for cao in gulou -> settled
        12:00 strikes
        cao posts 15 in gulou as o4 window -30..+30 -> ok
        chen accepts o4 -> ok
        chen completes o4 -30..-15 -> ok",
    );
}
