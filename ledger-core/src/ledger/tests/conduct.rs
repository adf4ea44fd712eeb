//! What parties report of each other: absence and ratings.

use super::check;

const PEOPLE: &str = "chen opens at xuanwu -> ok
    cao opens at gulou -> ok
    wang opens at jiangbei -> ok
    cao is granted 300
    ";

fn with(script: &str) {
    check(&format!("{PEOPLE}{script}"));
}

#[test]
fn a_provider_who_does_not_come_is_counted_and_the_minutes_return() {
    with(
        "cao posts 60 in gulou as o1 -> ok
        chen accepts o1 -> ok
        chen is serving 1
        chen reports provider absent from o1 -> signature_missing
        wang reports provider absent from o1 -> signature_missing
        cao reports provider absent from o1 -> ok
        o1 is no_show
        chen missed 1 order
        cao missed 0 orders
        chen is serving 0
        cao has 300
        cao holds 0
        cao keeps 0 orders
        cao reports provider absent from o1 -> order_status
        chen starts o1 -> order_status",
    );
}

#[test]
fn a_recipient_who_does_not_come_is_counted() {
    with(
        "cao posts 60 in gulou as o1 -> ok
        chen accepts o1 -> ok
        cao reports recipient absent from o1 -> signature_missing
        chen reports recipient absent from o1 -> ok
        cao missed 1 order
        chen missed 0 orders
        cao has 300",
    );
}

#[test]
fn staff_who_serve_the_people_report_an_absence() {
    for staff in ["social@gulou/1", "clerk@gulou/1/2", "registrar@gulou"] {
        for side in ["provider", "recipient"] {
            with(&format!(
                "cao posts 60 in gulou as o1 -> ok
                chen accepts o1 -> ok
                {staff} reports {side} absent from o1 -> ok"
            ));
        }
    }
    with(
        "cao posts 60 in gulou as o1 -> ok
        chen accepts o1 -> ok
        social@xuanwu/1 reports provider absent from o1 -> signature_missing
        treasurer@gulou/1 reports provider absent from o1 -> signature_missing",
    );
}

#[test]
fn a_proxy_reports_for_the_recipient_but_not_against_itself() {
    with(
        "cao appoints wang for orders 600 until +30 -> ok
        cao appoints chen for orders 600 until +30 -> ok
        cao posts 60 in gulou as o1 -> ok
        chen accepts o1 -> ok
        chen reports provider absent from o1 -> proxy_is_party
        wang reports provider absent from o1 -> ok",
    );
}

#[test]
fn an_absence_is_reported_from_the_windows_start_until_the_lapse() {
    with(
        "gulou sets order_lapse_ms to 3600000 from +0 -> ok
        cao posts 60 in gulou as o1 window +60..+120 -> ok
        cao posts 60 in gulou as o2 window +60..+120 -> ok
        cao reports provider absent from o1 -> order_not_ready
        chen accepts o1 -> ok
        chen accepts o2 -> ok
        cao reports provider absent from o1 -> window_not_begun
        60 minutes pass
        cao reports provider absent from o1 -> ok
        120 minutes pass
        cao reports provider absent from o2 -> order_status
        o2 is lapsed
        chen missed 1 order",
    );
}

#[test]
fn the_member_who_was_to_serve_is_the_absent_one() {
    with(
        "team opens as group at gulou -> ok
        team adds chen,wang -> ok
        cao posts 60 in gulou as o1 -> ok
        team accepts o1 with chen -> ok
        team is serving 1
        chen is serving 1
        cao reports provider absent from o1 -> ok
        chen missed 1 order
        team missed 0 orders
        team is serving 0
        chen is serving 0",
    );
}

#[test]
fn each_side_is_rated_once_by_the_other() {
    with(
        "chen serves 60 for cao in gulou as o1 -> completed
        cao rates provider of o1 with 0 -> stars
        cao rates provider of o1 with 6 -> stars
        chen rates provider of o1 with 5 -> signature_missing
        wang rates provider of o1 with 5 -> signature_missing
        cao rates recipient of o1 with 5 -> signature_missing
        cao rates provider of o1 with 5 -> ok
        chen is rated 5 by 1
        cao rates provider of o1 with 4 -> rated_already
        social@gulou/1 approves 60 of o1 -> ok
        cao rates provider of o1 with 4 -> rated_already
        3 days pass
        cao rates provider of o1 with 4 -> rated_already
        chen rates recipient of o1 with 2 -> ok
        cao is rated 2 by 1
        chen rates recipient of o1 with 2 -> rated_already
        chen serves 60 for cao in gulou as o2 -> settled
        cao rates provider of o2 with 3 -> ok
        chen is rated 8 by 2",
    );
}

#[test]
fn a_proxy_rates_for_the_recipient_but_not_itself() {
    with(
        "cao appoints wang for orders 600 until +30 -> ok
        cao appoints chen for orders 600 until +30 -> ok
        chen serves 60 for cao in gulou as o1 -> settled
        chen rates provider of o1 with 5 -> proxy_is_party
        wang rates provider of o1 with 5 -> ok",
    );
}

#[test]
fn ratings_of_a_group_count_for_the_group() {
    with(
        "team opens as group at gulou -> ok
        team adds chen,wang -> ok
        team records 60 for cao in gulou as o1 -60..+0 with chen -> ok
        cao rates provider of o1 with 5 -> ok
        team is rated 5 by 1
        chen is rated 0 by 0
        team rates recipient of o1 with 5 -> signature_missing
        wang rates recipient of o1 with 5 -> signature_missing
        chen rates recipient of o1 with 4 -> ok",
    );
}

#[test]
fn only_a_service_that_is_done_is_rated_and_only_while_it_is_remembered() {
    with(
        "cao rates provider of o1 with 5 -> order_unknown
        cao posts 60 in gulou as o1 -> ok
        cao rates provider of o1 with 5 -> order_not_ready
        chen accepts o1 -> ok
        cao rates provider of o1 with 5 -> order_not_ready
        chen starts o1 -> ok
        cao rates provider of o1 with 5 -> order_not_ready
        chen completes o1 -60..+0 -> ok
        social@gulou/1 rejects o1 as not_served -> ok
        cao rates provider of o1 with 5 -> order_status
        chen serves 60 for cao in gulou as o2 -> settled
        396 days pass
        cao rates provider of o2 with 5 -> ok
        1 day passes
        chen rates recipient of o2 with 5 -> order_unknown
        o2 is forgotten",
    );
}

#[test]
fn a_closed_account_is_not_rated() {
    with(
        "chen serves 60 for cao in gulou as o1 -> settled
        chen closes for donation -> ok
        cao rates provider of o1 with 5 -> account_closed",
    );
}
