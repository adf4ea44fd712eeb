//! Service done and reported: what may be claimed, by whom, how far back, how much.

use super::check;

const PEOPLE: &str = "chen opens at xuanwu -> ok
    cao opens at gulou -> ok
    wang opens at jiangbei -> ok
    cao is granted 30000
    wang is granted 3000
    ";

fn with_people(script: &str) {
    check(&format!("{PEOPLE}{script}"));
}

/// With order o1 of 60 minutes accepted by Chen.
fn with_order(script: &str) {
    check(&format!(
        "{PEOPLE}cao posts 60 in gulou as o1 window -43200..+1440 -> ok
        chen accepts o1 -> ok
        {script}"
    ));
}

#[test]
fn an_accepted_order_is_completed_with_or_without_check_in() {
    with_order(
        "chen completes o1 -60..+0 -> ok
        cao posts 60 in gulou as o2 -> ok
        chen completes o2 -150..-90 -> order_not_ready
        chen accepts o2 -> ok
        chen starts o2 -> ok
        chen completes o2 -150..-90 -> ok
        chen completes o2 -150..-90 -> order_status
        40 days pass
        o1 is completed
        o2 is completed",
    );
}

#[test]
fn provider_and_recipient_sign_the_completion() {
    with_order(
        "chen completes o1 -60..+0 by chen -> signature_missing
        chen completes o1 -60..+0 by cao -> signature_missing
        chen completes o1 -60..+0 by wang, cao -> signature_missing
        chen completes o1 -60..+0 by chen, social@gulou/1/1 -> signature_missing
        cao appoints wang for orders 600 until +30 -> ok
        chen completes o1 -60..+0 by chen, wang -> ok",
    );
}

#[test]
fn a_provider_does_not_sign_for_the_recipient() {
    with_order(
        "cao appoints chen for orders 600 until +30 -> ok
        chen completes o1 -60..+0 by chen -> proxy_is_party
        gulou/1/1 sets staff 7=clerk:chen threshold 0 by administrator@gulou/1 -> ok
        cao appoints #7@gulou/1/1 for orders 600 until +30 -> ok
        chen completes o1 -60..+0 by chen, #7@gulou/1/1 -> proxy_is_party
        chen records 60 for cao in gulou as o2 -60..+0 by chen -> proxy_is_party
        chen completes o1 -60..+0 -> ok",
    );
}

#[test]
fn a_service_begins_before_it_ends_and_is_over() {
    with_order(
        "chen completes o1 -60..-60 -> service_empty
        chen completes o1 -30..-60 -> service_empty
        chen completes o1 -30..+30 -> service_in_future
        chen completes o1 -60..+0 -> ok",
    );
}

#[test]
fn a_service_is_reported_within_the_back_dating_limit() {
    check(&format!(
        "{PEOPLE}12:00 strikes
        cao posts 60 in gulou as o1 window -43200..+1440 -> ok
        chen accepts o1 -> ok
        chen records 60 for cao in gulou as o2 -43921..-43861 -> backdating
        chen records 60 for cao in gulou as o2 -43920..-43860 -> ok
        gulou sets backdating_days to 2 from +0 -> ok
        chen records 60 for cao in gulou as o3 -3601..-3541 -> backdating
        chen records 60 for cao in gulou as o3 -3599..-3539 -> ok
        chen completes o1 -43200..-43140 -> ok"
    ));
}

#[test]
fn a_service_is_as_long_as_its_code_allows() {
    with_people(
        "nanjing sets S03 to 30..90x100 from +0 -> ok
        cao posts 60 in gulou as o1 service S03 -> ok
        chen accepts o1 -> ok
        chen completes o1 -91..+0 -> service_length
        chen completes o1 -29..+0 -> service_length
        chen completes o1 -90..+0 -> ok
        chen claims 60 on +0",
    );
}

#[test]
fn what_is_claimed_follows_the_quantum_and_neither_exceeds_the_order_nor_the_service() {
    with_people(
        "nanjing sets S03 to 5..480x100 from +0 -> ok
        cao posts 60 in gulou as o1 service S03 -> ok
        chen accepts o1 -> ok
        chen completes o1 -14..+0 -> service_below_quantum
        chen completes o1 -59..+0 -> ok
        chen claims 45 on +0
        cao posts 60 in gulou as o2 service S03 -> ok
        chen accepts o2 -> ok
        chen completes o2 -180..-60 -> ok
        chen claims 105 on +0
        social@gulou/1 approves 60 of o1 -> approved_exceeds_claim
        social@gulou/1 approves 45 of o1 -> ok
        cao has 29895",
    );
}

#[test]
fn a_service_begins_within_the_orders_window() {
    with_people(
        "2 days pass
        cao posts 60 in gulou as o1 window -600..+60 -> ok
        chen accepts o1 -> ok
        chen completes o1 -660..-600 -> outside_window
        90 minutes pass
        chen completes o1 -29..+0 -> outside_window
        chen completes o1 -31..+0 -> ok
        chen claims 30 on +0",
    );
}

#[test]
fn intervals_of_a_provider_never_overlap_in_any_district() {
    with_order(
        "chen completes o1 -120..-60 -> ok
        wang posts 60 in xuanwu as o2 -> ok
        chen accepts o2 -> ok
        chen completes o2 -61..+0 -> service_overlaps
        chen completes o2 -180..-119 -> service_overlaps
        chen completes o2 -110..-70 -> service_overlaps
        chen completes o2 -130..-50 -> service_overlaps
        chen records 30 for wang in jiangbei as o3 -100..-70 -> service_overlaps
        chen completes o2 -60..+0 -> ok
        chen records 60 for wang in jiangbei as o3 -180..-120 -> ok",
    );
}

#[test]
fn intervals_across_midnight_meet_those_of_both_days() {
    with_people(
        "00:30 strikes
        chen records 60 for cao in gulou as o1 -60..+0 -> ok
        chen claims 30 on -1
        chen claims 30 on +0
        chen records 15 for wang in xuanwu as o2 -75..-59 -> service_overlaps
        chen records 15 for wang in xuanwu as o2 -15..+0 -> service_overlaps
        chen records 15 for wang in xuanwu as o2 -75..-60 -> ok
        chen claims 45 on -1",
    );
}

#[test]
fn minutes_across_midnight_are_split_from_the_start() {
    with_people(
        "00:40 strikes
        cao posts 60 in gulou as o1 -> ok
        chen accepts o1 -> ok
        // From 23:10 on: 60 of 90 minutes count, the first 50 of them before midnight.
        chen completes o1 -90..+0 -> ok
        chen claims 50 on -1
        chen claims 10 on +0
        social@gulou/1 approves 45 of o1 -> ok
        chen claims 45 on -1
        chen claims 0 on +0
        chen records 15 for wang in gulou as o2 -20..-5 -> service_overlaps",
    );
}

#[test]
fn each_day_has_its_limit_by_the_providers_home_district() {
    with_people(
        "12:00 strikes
        chen records 240 for cao in gulou as o1 -240..+0 -> ok
        xuanwu sets daily_limit to 300 from +0 -> ok
        chen records 75 for wang in gulou as o2 -330..-255 -> daily_limit
        chen records 60 for wang in gulou as o2 -330..-270 -> ok
        chen records 15 for wang in gulou as o3 -700..-685 -> daily_limit
        // Yesterday has a limit of its own.
        chen records 300 for wang in gulou as o3 -1040..-740 -> ok
        chen records 15 for cao in gulou as o4 -1080..-1065 -> daily_limit",
    );
}

#[test]
fn a_service_across_midnight_counts_against_both_days() {
    with_people(
        "xuanwu sets daily_limit to 60 from +0 -> ok
        00:45 strikes
        chen records 15 for wang in gulou as o1 -15..+0 -> ok
        chen records 90 for cao in gulou as o2 -106..-16 -> daily_limit
        chen records 60 for cao in gulou as o2 -90..-30 -> ok
        chen claims 45 on -1
        chen claims 30 on +0",
    );
}

#[test]
fn what_one_serves_another_in_a_month_is_limited() {
    with_people(
        "xuanwu sets pair_monthly_limit to 120 from +0 -> ok
        chen records 75 for cao in gulou as o1 -75..+0 -> ok
        chen records 60 for cao in gulou as o2 -150..-90 -> pair_monthly_limit
        chen records 60 for wang in gulou as o2 -150..-90 -> ok
        chen records 45 for cao in gulou as o3 -200..-155 -> ok
        chen records 15 for cao in gulou as o4 -220..-205 -> pair_monthly_limit
        // The month of a service is that of its start: February.
        chen records 120 for cao in gulou as o4 -2000..-1880 -> ok
        // What is not approved counts no longer.
        social@gulou/1 approves 30 of o3 -> ok
        chen records 30 for cao in gulou as o5 -250..-220 -> pair_monthly_limit
        chen records 15 for cao in gulou as o5 -250..-235 -> ok
        social@gulou/1 rejects o1 as wrong_times -> ok
        chen records 75 for cao in gulou as o6 -75..+0 -> ok",
    );
}

#[test]
fn a_paper_record_posts_accepts_and_completes_in_one() {
    with_people(
        "chen records 60 for cao in gulou as o1 -90..-30 -> ok
        o1 is completed
        cao holds 60
        cao keeps 1 order
        social@gulou/1 approves 60 of o1 -> ok
        3 days pass
        o1 is settled
        chen has 60
        chen gave 60
        cao keeps 0 orders",
    );
}

#[test]
fn a_paper_record_keeps_the_rules_of_posting_and_accepting() {
    with_people(
        "chen records 60 for cao in gulou as o1 -90..-30 by chen -> signature_missing
        chen records 60 for cao in gulou as o1 -90..-30 by cao -> signature_missing
        chen records 0 for cao in gulou as o1 -90..-30 -> minutes_zero
        chen records 50 for cao in gulou as o1 -90..-30 -> quantum
        chen records 75 for cao in gulou as o1 -90..-30 -> claim_exceeds_service
        chen records 60 for cao in gulou/1 as o1 -90..-30 -> order_district
        chen records 60 for cao in gulou as o1 -90..-30 service S09 -> service_unknown
        chen records 60 for cao in gulou as o1 -90..-30 budget none -> budget_unknown
        chen records 60 for chen in gulou as o1 -90..-30 by chen -> insufficient_minutes
        cao records 60 for cao in gulou as o1 -90..-30 by cao -> provider_is_recipient
        chen records 60 for cao in gulou as o1 -90..-30 payer wang by chen, cao, wang -> kin_unknown
        wang links cao as parent -> ok
        wang records 60 for cao in gulou as o1 -90..-30 payer wang -> ok
        wang holds 60",
    );
}

#[test]
fn a_recipients_proxy_may_sign_a_paper_record_but_not_as_provider() {
    with_people(
        "cao appoints wang for orders 600 until +30 -> ok
        wang records 60 for cao in gulou as o1 -90..-30 by wang -> proxy_is_party
        chen records 60 for cao in gulou as o1 -90..-30 by chen, wang -> ok
        social@gulou/1 approves 60 of o1 -> ok",
    );
}

#[test]
fn an_order_past_its_lapse_is_not_completed() {
    with_people(
        "gulou sets order_lapse_ms to 0 from +0 -> ok
        cao posts 60 in gulou as o1 window -60..+10 -> ok
        chen accepts o1 -> ok
        11 minutes pass
        o1 is lapsed
        chen completes o1 -60..+0 -> order_status",
    );
}
