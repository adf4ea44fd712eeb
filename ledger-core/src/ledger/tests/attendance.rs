//! Training and campaigns.

use super::check;
use super::city::City;
use crate::transaction::attendance::PARTICIPANTS_MAX;

/// Snow: three campaigns of a thousand people on a line that covers 2,500 of them.
#[test]
fn a_line_for_two_thousand_five_hundred_leaves_five_hundred_honorary() {
    let mut city = City::new();
    city.play(
        "snow[1-3000] live at gulou
        budget snow opens for campaign of 300000 in gulou until +30 -> ok
        5 hours pass
        campaign of snow[1-1000] in gulou -120..+0 for 120 from snow -> ok
        campaign of snow[1001-2000] in gulou -120..+0 for 120 from snow -> ok
        campaign of snow[2001-3000] in gulou -120..+0 for 120 from snow -> ok
        supply campaign is 300000
        supply spendable is 300000",
    );
    let mut honorary = 0;
    for number in 1..=3_000 {
        let record = city.account(&format!("snow{number}"));
        let credited = record.spendable().expect("few minutes").0;
        let expected = if number <= 2_500 {
            (120, 0, 120)
        } else {
            (0, 120, 0)
        };
        let found = (credited, record.honorary.0, record.service_given.0);
        assert_eq!(found, expected, "snow{number}");
        honorary += record.honorary.0;
    }
    assert_eq!(honorary, 60_000);
    city.check_supply();
}

#[test]
fn a_training_credits_its_percentage_and_counts_in_full() {
    check(
        "chen opens at gulou -> ok
        cao opens at xuanwu -> ok
        budget school opens for training of 90 in nanjing until +30 -> ok
        gulou sets training_creditable_percent to 33 from +0 -> ok
        3 hours pass
        training of chen,cao in gulou -90..-30 for 60 from school -> ok
        chen has 19
        cao has 19
        chen trained for 60
        chen gave 0
        supply training is 38
        training of chen in gulou -170..-100 for 60 from school -> ok
        cao trained for 60
        chen trained for 120
        3 hours pass
        training of chen,cao in xuanwu -60..+0 for 60 from school -> budget_exceeded
        chen has 38",
    );
}

#[test]
fn nobody_is_at_two_places_at_once() {
    check(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok
        cao is granted 60
        budget snow opens for campaign of 3000 in nanjing until +30 -> ok
        budget school opens for training of 3000 in nanjing until +30 -> ok
        chen serves 60 for cao in gulou -> completed
        campaign of cao,chen in xuanwu -90..+0 for 90 from snow -> service_overlaps
        campaign of cao in xuanwu -90..+0 for 90 from snow -> ok
        training of cao in gulou -30..+0 for 30 from school -> service_overlaps
        training of cao,chen in gulou -150..-120 for 30 from school -> ok",
    );
}

#[test]
fn attendance_counts_against_the_daily_limit() {
    check(
        "chen opens at gulou -> ok
        cao opens at xuanwu -> ok
        xuanwu sets daily_limit to 120 from +0 -> ok
        budget snow opens for campaign of 3000 in nanjing until +30 -> ok
        20:00 strikes
        campaign of chen,cao in gulou -180..+0 for 180 from snow -> daily_limit
        campaign of chen in gulou -180..+0 for 180 from snow -> ok
        campaign of cao in gulou -180..+0 for 120 from snow -> ok
        chen has 180
        cao has 120",
    );
}

#[test]
fn an_attendance_has_its_form() {
    let mut city = City::new();
    city.play(
        "chen opens at gulou -> ok
        budget snow opens for campaign of 30000 in gulou until +60 -> ok
        2 days pass
        campaign of nobody in gulou -60..+0 for 60 from snow -> participants_count
        campaign of chen,chen in gulou -60..+0 for 60 from snow -> participant_twice
        campaign of chen in gulou/1 -60..+0 for 60 from snow by administrator@gulou, social@gulou -> order_district
        campaign of chen in gulou -60..+0 for 0 from snow -> minutes_zero
        campaign of chen in gulou -60..+0 for 50 from snow -> quantum
        campaign of chen in gulou -60..-60 for 60 from snow -> service_empty
        campaign of chen in gulou -60..+30 for 60 from snow -> service_in_future
        campaign of chen in gulou -1441..+0 for 60 from snow -> attendance_length
        campaign of chen in gulou -60..-1 for 60 from snow -> claim_exceeds_service
        campaign of gone in gulou -60..+0 for 60 from snow -> account_unknown
        training of chen in gulou -60..+0 for 60 from snow -> budget_purpose
        campaign of chen in xuanwu -60..+0 for 60 from snow -> attendance_budget_scope
        campaign of chen in gulou -60..+0 for 60 from none -> budget_unknown
        32 days pass
        campaign of chen in gulou -44700..-44640 for 60 from snow -> backdating
        rice registers at gulou -> ok
        campaign of rice in gulou -60..+0 for 60 from snow -> not_a_person",
    );
    let many = PARTICIPANTS_MAX + 1;
    city.play(&format!(
        "snow[1-{many}] live at gulou
        campaign of snow[1-{many}] in gulou -60..+0 for 60 from snow -> participants_count"
    ));
}

#[test]
fn two_different_people_who_did_not_take_part_attest() {
    check(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok
        budget snow opens for campaign of 3000 in nanjing until +30 -> ok
        2 hours pass
        campaign of chen in gulou -60..+0 for 60 from snow by cao -> attendance_unverified
        campaign of chen in gulou -60..+0 for 60 from snow by cao, social@xuanwu -> attendance_unverified
        campaign of chen in gulou -60..+0 for 60 from snow by social@gulou -> attendance_unverified
        gulou sets staff 7=social:social@gulou threshold 2 -> ok
        campaign of chen in gulou -60..+0 for 60 from snow by social@gulou, #7@gulou -> same_person
        campaign of chen,cao in gulou -60..+0 for 60 from snow by cao, social@gulou/1/1 -> attendance_party
        campaign of chen,social@gulou in gulou -60..+0 for 60 from snow -> attendance_party
        campaign of chen in gulou -60..+0 for 60 from snow by cao, social@gulou, social@gulou/1 -> signature_unneeded
        chen links social@gulou as sibling -> ok
        campaign of cao,chen in gulou -60..+0 for 60 from snow -> attendance_kin
        campaign of chen in gulou -60..+0 for 60 from snow by cao, social@gulou/1/1 -> ok
        chen has 60",
    );
}

#[test]
fn an_empty_line_still_honours() {
    check(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok
        budget snow opens for campaign of 100 in nanjing until +30 -> ok
        2 hours pass
        campaign of chen,cao in gulou -60..+0 for 60 from snow -> ok
        chen has 60
        cao has 0
        cao is honoured with 60
        cao gave 0
        supply campaign is 60",
    );
}
