//! Whole stories across several operations, their numbers to the minute.

use super::check;

/// Lesson by proxy: an elder without a phone, a clerk who posts, a verifier from elsewhere.
#[test]
fn a_clerk_posts_for_an_elder_and_another_service_point_verifies() {
    check(
        "elder opens keyless at gulou -> ok
        chen opens at xuanwu -> ok
        elder enrols in P01 -> ok
        budget alms opens for grant of 600 in gulou until +30 -> ok
        alms grants 600 to elder of P01 until +30 -> ok
        elder appoints clerk@gulou/1/1 for orders 600 until +90 -> ok
        24 hours pass
        elder posts 60 in gulou as lesson by clerk@gulou/1/1 -> ok
        elder has 540
        elder holds 60
        chen accepts lesson -> ok
        chen starts lesson by chen, clerk@gulou/1/1 -> ok
        60 minutes pass
        chen completes lesson -60..+0 by chen, clerk@gulou/1/1 -> ok
        gulou/1 sets staff 7=social:clerk@gulou/1/1 threshold 1 -> ok
        #7@gulou/1 approves 60 of lesson -> verifier_is_party
        social@gulou/1/1 approves 60 of lesson -> verifier_same_organisation
        social@gulou/1/2 approves 60 of lesson -> ok
        elder holds 60
        3 days pass
        elder has 540
        elder holds 0
        chen has 60
        // The last day of the grant is 26 days on, a day and three days after it was given.
        elder has 540 until +26
        26 days pass
        elder has 540
        1 day passes
        elder has 0
        supply expired is 540
        supply grant is 600
        chen has 60",
    );
}

/// Moving house: the balance moves along, and what is paid afterwards stays within the new district.
#[test]
fn a_volunteer_moves_house_and_pays_for_a_parent() {
    check(
        "wang opens at jiangbei -> ok
        mother opens at xuanwu -> ok
        chen opens at xuanwu -> ok
        wang is granted 3600
        wang links mother as parent -> ok
        wang moves to xuanwu -> ok
        wang has 3600
        mother posts 90 in xuanwu as o1 payer wang by mother, wang -> ok
        wang has 3510
        wang holds 90
        chen accepts o1 -> ok
        chen starts o1 -> ok
        90 minutes pass
        chen completes o1 -90..+0 -> ok
        social@xuanwu/1 approves 75 of o1 -> ok
        wang has 3525
        3 days pass
        wang has 3525
        wang holds 0
        chen has 75
        o1 paid 75 at xuanwu
        31 days pass
        moves from jiangbei to xuanwu in month -1 are 3600
        flow from jiangbei to xuanwu in month -1 is 0
        flow from xuanwu to xuanwu in month -1 is 75
        net of jiangbei in month -1 is 0
        net of xuanwu in month -1 is 0",
    );
}

/// Three districts: who paid where, and what their districts' people gave more than they took.
#[test]
fn three_districts_clear_what_their_people_paid_for() {
    check(
        "a opens at gulou -> ok
        b opens at xuanwu -> ok
        c opens at jiangbei -> ok
        chen opens at gulou -> ok
        a is granted 300
        b is granted 300
        c is granted 300
        chen serves 120 for a in xuanwu as ab -> settled
        chen serves 90 for b in jiangbei as bc -> settled
        chen serves 30 for c in gulou as ca -> settled
        chen serves 60 for a in jiangbei as ac -> settled
        ab paid 120 at gulou
        bc paid 90 at xuanwu
        ca paid 30 at jiangbei
        ac paid 60 at gulou
        31 days pass
        flow from gulou to xuanwu in month -1 is 120
        flow from xuanwu to jiangbei in month -1 is 90
        flow from jiangbei to gulou in month -1 is 30
        flow from gulou to jiangbei in month -1 is 60
        net of gulou in month -1 is -150
        net of xuanwu in month -1 is 30
        net of jiangbei in month -1 is 120",
    );
}

/// Haizhu haircut.
#[test]
fn nine_hours_served_and_one_of_training_buy_a_haircut() {
    check(&format!(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok
        cao is granted 600
        shop registers at gulou -> ok
        shop lists I01=600 -> ok
        gulou sets redemption_threshold to 600 from +0 -> ok
        budget school opens for training of 600 in gulou until +60 -> ok
        {}
        chen has 540
        chen redeems I01 for 600 at shop -> redemption_threshold
        training of chen in gulou -90..-30 for 60 from school -> ok
        chen has 600
        chen gave 540
        chen trained for 60
        chen redeems I01 for 600 at shop -> ok
        chen has 0
        supply training is 60
        supply redeemed is 600",
        "chen serves 60 for cao in gulou -> settled\n".repeat(9),
    ));
}

/// Cap.
#[test]
fn the_cap_fills_and_the_rest_is_honorary() {
    check(
        "chen opens at jiangbei -> ok
        cao opens at gulou -> ok
        chen is granted 89970
        budget winter opens for service of 60 in gulou until +30 -> ok
        chen serves 60 for cao in gulou as o1 budget winter -> settled
        chen has 90000
        chen is honoured with 30
        chen gave 60
        pool jiangbei:donation has 30
        supply service is 60",
    );
}

/// An impostor has no account.
#[test]
fn an_impostor_accepts_nothing() {
    check(
        "cao opens at gulou -> ok
        cao is granted 60
        cao posts 60 in gulou as o1 -> ok
        impostor accepts o1 -> signer_unknown
        chen opens at gulou -> ok
        chen accepts o1 by chen~impostor -> signature_wrong",
    );
}

/// A stolen key: three services that never happened are taken back; who was paid in good faith keeps it.
#[test]
fn a_thiefs_services_are_reversed_and_the_elders_are_whole() {
    check(
        "zhao opens at gulou -> ok
        payee opens at xuanwu -> ok
        first opens at gulou -> ok
        second opens at gulou -> ok
        third opens at gulou -> ok
        first is granted 45
        second is granted 45
        third is granted 45
        budget fund opens for fund of 600 in gulou until +60 -> ok
        pool gulou:reserve gets 600 from fund -> ok
        nanjing sets S03 to 15..480x267 from +0 -> ok
        budget winter opens for service of 60 in gulou until +60 -> ok
        zhao serves 45 for first in gulou as o1 -> settled
        zhao serves 45 for second in gulou as o2 -> settled
        zhao serves 45 for third in gulou as o3 -> settled
        zhao has 135
        zhao gave 135
        payee serves 60 for zhao in gulou as o4 -> settled
        zhao has 75
        payee has 60
        o1 is reversed -> ok
        o2 is reversed -> ok
        o3 is reversed -> ok
        zhao has 0
        zhao owes 60
        zhao gave 0
        pool gulou:reserve has 540
        first has 45
        second has 45
        third has 45
        // With his key back, Zhao earns 40: a quarter of an hour of a code that counts 267 %.
        zhao serves 15 for first in gulou as o5 budget winter service S03 -> settled
        zhao owes 20
        zhao has 0
        pool gulou:reserve has 580
        payee has 60
        first has 45
        supply voided is 0",
    );
}

/// Love Card.
#[test]
fn daughter_and_son_in_law_give_and_the_mother_redeems_rice() {
    check(
        "mother opens at gulou -> ok
        daughter opens at gulou -> ok
        husband opens at xuanwu -> ok
        rice registers at gulou -> ok
        rice lists I01=480 I02=60 -> ok
        daughter is granted 300
        husband is granted 300
        daughter links mother as parent -> ok
        husband links mother as parent_in_law -> ok
        daughter gives mother 300 -> ok
        husband gives mother 300 -> ok
        mother has 600
        mother redeems I01 for 480 at rice -> ok
        mother has 120
        supply redeemed is 480
        rice is owed 480
        rice is settled for 480 -> ok
        rice is owed 0
        supply redeemed is 480",
    );
}

/// Spendable only once the redemption programme is met.
#[test]
fn stored_minutes_wait_for_the_redemption_programme() {
    check(
        "teacher opens at gulou -> ok
        rice registers at gulou -> ok
        rice lists I01=3600 -> ok
        nanjing sets redemption_programmes to P07 from +0 -> ok
        teacher is granted 3600
        teacher redeems I01 for 3600 at rice -> redemption_programme
        teacher belongs to P07
        teacher redeems I01 for 3600 at rice -> ok
        teacher has 0
        supply redeemed is 3600",
    );
}

/// What two offices post at once is held once, whichever comes first.
#[test]
fn an_elders_minutes_are_held_once() {
    let posts = [
        "elder posts 45 in gulou as o1 by clerk@gulou/1",
        "elder posts 45 in xuanwu as o2 by clerk@gulou/1/2",
    ];
    for [first, second] in [posts, [posts[1], posts[0]]] {
        check(&format!(
            "elder opens keyless at gulou -> ok
            elder is granted 60
            elder appoints clerk@gulou/1 for orders 600 until +90 -> ok
            elder appoints clerk@gulou/1/2 for orders 600 until +90 -> ok
            24 hours pass
            {first} -> ok && {second} -> insufficient_minutes
            elder has 15
            elder holds 45"
        ));
    }
}
