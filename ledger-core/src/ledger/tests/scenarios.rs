//! The acceptance scenarios of domain.md, section 7, as far as the operations of this step go; numbers to the minute.

use super::check;

/// 8. Love Card.
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

/// 9, the second half: spendable only once the redemption programme is met.
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
