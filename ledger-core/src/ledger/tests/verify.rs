//! Verification: who may verify, how much counts, and what becomes of the rest.

use super::check;

const PEOPLE: &str = "chen opens at xuanwu -> ok
    cao opens at gulou -> ok
    wang opens at jiangbei -> ok
    cao is granted 3600
    wang is granted 3600
    ";

/// With o1, 60 minutes Chen served for Cao in Jiangbei, to be verified.
fn with_service(script: &str) {
    check(&format!(
        "{PEOPLE}chen records 60 for cao in jiangbei as o1 -90..-30 -> ok
        {script}"
    ));
}

#[test]
fn a_social_worker_who_serves_the_home_or_the_district_verifies() {
    for verifier in [
        "social@gulou/1",
        "social@gulou/1/2",
        "social@gulou",
        "social@jiangbei",
        "social@jiangbei/2",
        "social@jiangbei/2/1",
    ] {
        with_service(&format!("{verifier} approves 60 of o1 -> ok"));
    }
    for other in [
        "social@xuanwu",
        "social@gulou/2",
        "social@gulou/2/1",
        "clerk@gulou/1",
        "registrar@gulou/1",
    ] {
        with_service(&format!(
            "{other} approves 60 of o1 -> verifier_missing
            {other} rejects o1 as not_served -> verifier_missing"
        ));
    }
    with_service("cao approves 60 of o1 -> verifier_missing");
}

#[test]
fn only_a_completed_order_is_verified_and_only_once() {
    with_service(
        "cao posts 60 in gulou as o2 -> ok
        social@gulou/1 approves 60 of o2 -> order_not_ready
        chen accepts o2 -> ok
        social@gulou/1 approves 60 of o2 -> order_not_ready
        chen starts o2 -> ok
        social@gulou/1 rejects o2 as not_served -> order_not_ready
        social@gulou/1 approves 60 of o3 -> order_unknown
        social@gulou/1 approves 60 of o1 -> ok
        social@gulou/1 approves 60 of o1 -> order_status
        social@gulou/1 rejects o1 as not_served -> order_status
        3 days pass
        social@gulou/1 approves 60 of o1 -> order_status",
    );
}

#[test]
fn approved_minutes_follow_the_quantum_and_the_claim() {
    with_service(
        "social@gulou/1 approves 0 of o1 -> minutes_zero
        social@gulou/1 approves 50 of o1 -> quantum
        social@gulou/1 approves 75 of o1 -> approved_exceeds_claim
        social@gulou/1 approves 45 of o1 -> ok
        cao holds 45
        cao has 3555
        chen claims 45 on +0",
    );
}

#[test]
fn of_ninety_held_and_seventy_five_approved_fifteen_return() {
    // A daughter has 3,600 and 90 are held for a parent.
    check(&format!(
        "{PEOPLE}wang links cao as parent -> ok
        cao posts 90 in gulou as o1 payer wang by cao, wang -> ok
        wang has 3510
        chen accepts o1 -> ok
        chen starts o1 -> ok
        90 minutes pass
        chen completes o1 -90..+0 -> ok
        social@gulou/1 approves 75 of o1 -> ok
        wang has 3525
        wang holds 75
        3 days pass
        wang has 3525
        wang holds 0
        chen has 75"
    ));
}

#[test]
fn a_rejected_service_is_released_and_its_interval_freed() {
    with_service(
        "social@gulou/1 rejects o1 as wrong_times -> ok
        o1 is rejected
        cao has 3600
        cao holds 0
        cao keeps 0 orders
        chen claims 0 on +0
        chen records 60 for wang in gulou as o2 -90..-30 -> ok
        3 days pass
        chen has 0
        chen gave 0",
    );
}

#[test]
fn a_rejected_service_across_midnight_frees_both_days_and_leaves_others() {
    check(&format!(
        "{PEOPLE}00:30 strikes
        chen records 60 for cao in gulou as o1 -60..+0 -> ok
        chen records 30 for wang in gulou as o2 -90..-60 -> ok
        social@gulou/1 rejects o1 as wrong_provider -> ok
        chen claims 30 on -1
        chen claims 0 on +0
        chen records 60 for cao in gulou as o3 -60..+0 -> ok"
    ));
}

#[test]
fn a_rejected_service_gives_the_budget_line_back_its_reserve() {
    check(&format!(
        "{PEOPLE}budget winter opens for service of 90 in gulou until +30 -> ok
        chen records 60 for cao in gulou as o1 -90..-30 service S02 budget winter -> ok
        budget winter has 90 reserved 0 used
        social@gulou/1 rejects o1 as evidence_insufficient -> ok
        budget winter has 0 reserved 0 used
        chen records 60 for cao in gulou as o2 -90..-30 service S02 budget winter -> ok
        social@gulou/1 approves 45 of o2 -> ok
        budget winter has 67 reserved 0 used"
    ));
}

#[test]
fn no_party_verifies() {
    // The social worker of Gulou's first street is provider, recipient, poster in turn.
    check(&format!(
        "{PEOPLE}social@gulou/1 is granted 600
        social@gulou/1 is called worker
        worker records 60 for cao in gulou as o1 -90..-30 -> ok
        social@gulou/1 approves 60 of o1 -> verifier_is_party
        social@gulou/1 rejects o1 as not_served -> verifier_is_party
        social2@gulou/1 approves 60 of o1 -> ok
        chen records 60 for worker in gulou as o2 -90..-30 -> ok
        social@gulou/1 approves 60 of o2 -> verifier_is_party
        cao appoints worker for orders 600 until +30 -> ok
        chen records 60 for cao in gulou as o3 -160..-100 by chen, worker -> ok
        social@gulou/1 approves 60 of o3 -> verifier_is_party
        social2@gulou/1 approves 60 of o3 -> ok"
    ));
}

#[test]
fn staff_who_checked_in_do_not_verify_but_their_colleagues_do() {
    check(&format!(
        "{PEOPLE}cao posts 60 in gulou as o1 -> ok
        chen accepts o1 -> ok
        chen starts o1 by chen, social@gulou/1/1 -> ok
        60 minutes pass
        chen completes o1 -60..+0 -> ok
        social@gulou/1/1 approves 60 of o1 -> verifier_is_party
        social2@gulou/1/1 approves 60 of o1 -> ok"
    ));
}

#[test]
fn neither_the_clerk_nor_a_colleague_verifies_what_the_clerk_posted() {
    // The minutes are arranged instead of granted.
    check(
        "elder opens keyless at gulou -> ok
        chen opens at gulou -> ok
        elder is granted 600
        elder appoints clerk@gulou/1/1 for orders 600 until +30 -> ok
        25 hours pass
        gulou/1/2 sets staff 7=social:clerk@gulou/1/1 threshold 0 by administrator@gulou/1 -> ok
        elder posts 60 in gulou as o1 by clerk@gulou/1/1 -> ok
        chen accepts o1 -> ok
        chen starts o1 by chen, clerk@gulou/1/1 -> ok
        60 minutes pass
        chen completes o1 -60..+0 by chen, clerk@gulou/1/1 -> ok
        clerk@gulou/1/1 approves 60 of o1 -> verifier_missing
        #7@gulou/1/2 approves 60 of o1 -> verifier_is_party
        social@gulou/1/1 approves 60 of o1 -> verifier_same_organisation
        social@gulou/1/2 approves 60 of o1 -> ok
        3 days pass
        elder has 540
        chen has 60",
    );
}

#[test]
fn a_clerk_who_only_signed_the_completion_binds_the_service_point_too() {
    check(
        "elder opens keyless at gulou -> ok
        chen opens at gulou -> ok
        wang opens at gulou -> ok
        elder is granted 600
        elder appoints wang for orders 600 until +30 -> ok
        elder appoints clerk@gulou/1/1 for orders 600 until +30 -> ok
        25 hours pass
        elder posts 60 in gulou as o1 by wang -> ok
        chen accepts o1 -> ok
        60 minutes pass
        chen completes o1 -60..+0 by chen, clerk@gulou/1/1 -> ok
        social@gulou/1/1 approves 60 of o1 -> verifier_same_organisation
        social@gulou/1 approves 60 of o1 -> ok",
    );
}

#[test]
fn kin_of_the_provider_do_not_verify() {
    with_service(
        "social@gulou/1 is called worker
        worker links chen as sibling by worker, chen, registrar@gulou/1 -> ok
        social@gulou/1 approves 60 of o1 -> verifier_is_kin
        social@gulou approves 60 of o1 -> ok",
    );
}

#[test]
fn kin_at_any_time_since_the_service_began_do_not_verify() {
    with_service(
        "social@gulou/1 is called worker
        worker links chen as sibling by worker, chen, registrar@gulou/1 -> ok
        worker unlinks chen -> ok
        social@gulou/1 approves 60 of o1 -> verifier_is_kin
        // Who was no kin any more when the service began is independent.
        2 hours pass
        chen records 60 for cao in jiangbei as o2 -90..-30 -> ok
        social@gulou/1 approves 60 of o2 -> ok
        // What ended last counts.
        worker links chen as sibling by worker, chen, registrar@gulou/1 -> ok
        1 day passes
        chen records 60 for cao in jiangbei as o3 -90..-30 -> ok
        chen unlinks worker -> ok
        social@gulou/1 approves 60 of o3 -> verifier_is_kin
        social2@gulou/1 approves 60 of o3 -> ok",
    );
}

#[test]
fn the_end_of_a_link_is_forgotten_in_time() {
    with_service(
        "social@gulou/1 is called worker
        worker links chen as sibling by worker, chen, registrar@gulou/1 -> ok
        worker unlinks chen -> ok
        30 days pass
        worker links chen as sibling by worker, chen, registrar@gulou/1 -> ok
        worker unlinks chen -> ok
        396 days pass
        social@gulou/1 approves 60 of o1 -> verifier_is_kin
        1 day passes
        social@gulou/1 approves 60 of o1 -> ok",
    );
}

#[test]
fn members_of_the_group_that_served_do_not_verify() {
    check(&format!(
        "{PEOPLE}team opens as group at gulou -> ok
        social@gulou/1 is called worker
        team adds chen,worker -> ok
        team records 60 for cao in gulou as o1 -90..-30 with chen -> ok
        social@gulou/1 approves 60 of o1 -> verifier_is_party
        social@gulou approves 60 of o1 -> ok"
    ));
}

#[test]
fn a_legal_guardian_of_either_side_does_not_verify() {
    for (minor, rejection) in [("chen", "verifier_is_kin"), ("cao", "verifier_is_guardian")] {
        with_service(&format!(
            "social@gulou/1 is called worker
            {minor} is put under worker -> ok
            social@gulou/1 approves 60 of o1 -> {rejection}
            social@gulou/1 rejects o1 as not_served -> {rejection}
            social@gulou approves 60 of o1 -> ok"
        ));
    }
    with_service(
        "social@gulou/1 is called worker
        cao is put under worker -> ok
        social@gulou/1 approves 60 of o1 -> verifier_is_guardian",
    );
}

#[test]
fn above_the_dual_threshold_two_different_social_workers_verify() {
    check(&format!(
        "{PEOPLE}gulou sets dual_verification_above to 60 from +0 -> ok
        chen records 60 for cao in gulou as o1 -60..+0 -> ok
        chen records 75 for cao in gulou as o2 -150..-75 -> ok
        gulou/2 sets staff 7=social:social@gulou/1 threshold 1 -> ok
        social@gulou/1 approves 60 of o2 -> second_verifier_missing
        social@gulou/1 rejects o2 as not_served -> second_verifier_missing
        social@gulou/1 approves 75 of o2 by social@gulou/1, #7@gulou/2 -> same_person
        social@gulou/1 approves 75 of o2 by social@gulou/1, social@xuanwu -> second_verifier_missing
        social@gulou/1 approves 75 of o2 by social@gulou/1, social@gulou/2, social2@gulou/2 -> signature_unneeded
        social@gulou/1 approves 75 of o2 by social@gulou/1, social@gulou/2 -> ok
        social@gulou/1 approves 60 of o1 by social@gulou/1, social@gulou/2 -> signature_unneeded
        social@gulou/1 approves 60 of o1 -> ok"
    ));
}

#[test]
fn the_second_social_worker_is_independent_too() {
    check(&format!(
        "{PEOPLE}gulou sets dual_verification_above to 60 from +0 -> ok
        social2@gulou/1 is called worker
        worker records 75 for cao in gulou as o1 -75..+0 -> ok
        social@gulou/1 approves 75 of o1 by social@gulou/1, social2@gulou/1 -> verifier_is_party
        social@gulou/1 approves 75 of o1 by social@gulou/1, social@gulou -> ok"
    ));
}

#[test]
fn earnings_beyond_the_cap_go_to_the_donation_pool_and_count_as_honorary() {
    check(&format!(
        "{PEOPLE}chen is granted 89970
        chen serves 60 for cao in gulou -> settled
        chen has 90000
        chen is honoured with 30
        chen gave 60
        pool xuanwu:donation has 30
        budget winter opens for service of 600 in gulou until +30 -> ok
        chen serves 60 for cao in gulou budget winter -> settled
        chen has 90000
        chen is honoured with 90
        pool xuanwu:donation has 90
        supply service is 60"
    ));
}

#[test]
fn a_release_goes_past_the_cap() {
    check(&format!(
        "{PEOPLE}cao posts 60 in gulou as o1 -> ok
        cao is granted 86400
        chen serves 60 for cao in gulou -> settled
        chen gave 60
        cao cancels o1 -> ok
        cao has 89940
        cao is granted 600
        cao posts 60 in gulou as o2 -> ok
        cao cancels o2 -> ok
        cao has 90540"
    ));
}

#[test]
fn held_minutes_count_towards_the_cap() {
    check(&format!(
        "{PEOPLE}chen is granted 89970
        chen posts 300 in gulou as o1 -> ok
        chen serves 60 for cao in gulou -> settled
        chen has 89700
        chen holds 300
        chen is honoured with 30
        pool xuanwu:donation has 30"
    ));
}

#[test]
fn hours_served_are_redeemed_for_a_haircut() {
    // 9 hours served buy nothing for 600, the tenth does.
    check(&format!(
        "{PEOPLE}rice registers at gulou -> ok
        rice lists I01=600 -> ok
        chen serves 480 for cao in gulou -> settled
        chen serves 60 for cao in gulou -> settled
        chen has 540
        chen redeems I01 for 600 at rice -> insufficient_minutes
        chen serves 60 for cao in gulou -> settled
        chen redeems I01 for 600 at rice -> ok
        chen has 0
        supply redeemed is 600"
    ));
}
