//! Whole stories across several operations, their numbers to the minute.

use super::check;

/// Lesson by proxy: an elder without a phone, a clerk who posts, a verifier from elsewhere.
#[test]
fn a_clerk_posts_for_an_elder_and_another_service_point_verifies() {
    check(
        "elder opens keyless at gulou -> ok
        chen opens at xuanwu -> ok
        elder is granted 600
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
        chen has 60",
    );
}

/// Haizhu haircut, up to the training.
#[test]
fn nine_hours_served_buy_nothing_for_ten() {
    let hour = "chen serves 60 for cao in gulou -> settled\n";
    check(&format!(
        "chen opens at gulou -> ok
        cao opens at gulou -> ok
        cao is granted 600
        shop registers at gulou -> ok
        shop lists I01=600 -> ok
        {}
        chen has 540
        chen redeems I01 for 600 at shop -> insufficient_minutes
        {hour}
        chen redeems I01 for 600 at shop -> ok
        chen has 0
        supply redeemed is 600",
        hour.repeat(9),
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
        rice is owed 480",
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
