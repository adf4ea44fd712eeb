//! Budget lines and the filling of pools.

use super::check;
use super::city::City;
use crate::amount::Minutes;
use crate::record::budget::LINE_MINUTES_MAX;
use crate::record::supply::{BUDGETED_MAX, SupplyRecord};
use crate::state::StateKey;

#[test]
fn two_treasurers_who_are_different_people_open_a_budget() {
    check(
        "budget winter opens for service of 3000 in gulou until +30 by treasurer@gulou -> role_missing
        budget winter opens for service of 3000 in gulou until +30 by treasurer@gulou, treasurer@xuanwu -> role_missing
        budget winter opens for service of 3000 in gulou until +30 by treasurer@gulou, registrar@gulou -> role_missing
        gulou sets staff 49=treasurer:treasurer@gulou threshold 2 -> ok
        budget winter opens for service of 3000 in gulou until +30 by treasurer@gulou, #49@gulou -> same_person
        budget winter opens for service of 3000 in gulou until +30 by treasurer2@gulou, #49@gulou -> ok
        budget summer opens for service of 3000 in gulou until +30 by treasurer@gulou, treasurer@nanjing -> ok
        budget autumn opens for service of 3000 in gulou until +30 by treasurer@gulou, treasurer2@gulou, treasurer@nanjing -> signature_unneeded
        budget spring opens for service of 3000 in gulou/1/1 until +0 -> ok
        budget spring opens for service of 3000 in 320199 until +30 by treasurer@nanjing, treasurer2@nanjing -> organisation_unknown
        budget spring opens for service of 0 in gulou until +30 -> minutes_zero
        budget spring opens for service of 3000 in gulou until -1 -> day_past",
    );
}

#[test]
fn a_pool_is_filled_within_the_line() {
    check(
        "budget care opens for fund of 600 in gulou until +30 -> ok
        pool gulou:reserve gets 400 from care -> ok
        pool gulou:reserve has 400
        supply fund is 400
        supply pools is 400
        pool gulou:reserve gets 201 from care -> budget_exceeded
        pool gulou:reserve gets 0 from care -> minutes_zero
        pool xuanwu:reserve gets 1 from care by treasurer@gulou, treasurer2@gulou -> pool_outside_scope
        pool 320199:reserve gets 1 from care by treasurer@gulou, treasurer2@gulou -> organisation_unknown
        pool gulou/1:grant gets 1 from care -> role_missing
        pool gulou:reserve gets 1 from nothing -> budget_unknown
        pool gulou/1:grant gets 200 from care by treasurer@gulou, treasurer@nanjing -> ok
        pool gulou:reserve gets 1 from care -> budget_exceeded
        supply fund is 600
        budget winter opens for service of 600 in gulou until +30 -> ok
        pool gulou:reserve gets 1 from winter -> budget_purpose",
    );
}

#[test]
fn a_line_is_good_through_its_last_day() {
    check(
        "budget care opens for fund of 600 in gulou until +30 -> ok
        30 days pass
        pool gulou:donation gets 1 from care -> ok
        1 day passes
        pool gulou:donation gets 1 from care -> budget_expired",
    );
}

#[test]
fn lines_are_bounded_one_by_one_and_all_together() {
    let most = LINE_MINUTES_MAX.0;
    let mut city = City::new();
    city.play(&format!(
        "budget care opens for fund of {} in gulou until +30 -> budget_line_max
        budget care opens for fund of {most} in gulou until +30 -> ok
        pool gulou:reserve gets {most} from care -> ok
        supply fund is {most}",
        most + 1,
    ));
    let supply = SupplyRecord {
        budgeted: BUDGETED_MAX.minus(Minutes(10)).unwrap(),
        ..city.supply()
    };
    city.arrange(|state| state.store(&StateKey::Supply, &supply));
    city.play(
        "budget more opens for fund of 11 in gulou until +30 -> budgets_max
        budget more opens for fund of 10 in gulou until +30 -> ok",
    );
}
