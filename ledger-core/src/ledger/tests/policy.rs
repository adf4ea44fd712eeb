//! Policy and the catalogue.

use super::check;
use super::city::{CITY, City, organisation};
use crate::id::ServiceCode;
use crate::record::policy::{
    CatalogueHistory, HISTORY_MAX, PolicyHistory, PolicyParameter, PolicyValue, SCHEDULED_MAX,
};
use crate::state::StateKey;

#[test]
fn a_district_only_tightens() {
    check(
        "gulou sets cap to 90001 from +0 -> policy_looser
        gulou sets cap to 60000 from +0 -> ok
        gulou sets quantum to 10 from +0 -> policy_looser
        gulou sets quantum to 30 from +0 -> ok
        gulou sets redemption_programmes to P01,P02 from +0 -> ok
        gulou sets staff_transactions_per_day to 5 from +0 -> policy_city_only
        gulou/1 sets cap to 5 from +0 -> policy_scope
        320199 sets cap to 5 from +0 by administrator@gulou -> organisation_unknown
        gulou sets cap to 5 from +1 by administrator@gulou -> threshold_not_met
        gulou sets cap to 5 from +1 by administrator@nanjing, administrator2@nanjing -> threshold_not_met",
    );
}

#[test]
fn a_districts_value_is_measured_by_the_citys_on_its_first_day() {
    check(
        "nanjing sets cap to 50000 from +3 -> ok
        gulou sets cap to 55000 from +3 -> policy_looser
        gulou sets cap to 55000 from +2 -> ok
        nanjing sets redemption_programmes to P01,P03 from +1 -> ok
        gulou sets redemption_programmes to P01,P02 from +1 -> policy_looser
        gulou sets redemption_programmes to everyone from +1 -> policy_looser
        gulou sets redemption_programmes to P02 from +0 -> ok
        gulou sets redemption_programmes to P03 from +1 -> ok",
    );
}

#[test]
fn the_city_loosens_and_tightens_within_bounds() {
    check(
        "nanjing sets cap to 10000000 from +0 -> ok
        nanjing sets cap to 10000001 from +1 -> policy_value
        nanjing sets cap to P01 from +1 -> policy_value
        nanjing sets redemption_programmes to 5 from +1 -> policy_value
        nanjing sets redemption_programmes to P02,P01 from +1 -> policy_value
        nanjing sets quantum to 0 from +1 -> policy_value
        nanjing sets quantum to 60 from +1 by administrator@nanjing -> threshold_not_met
        nanjing sets person_transactions_per_day to 5 from +1 -> ok",
    );
}

#[test]
fn nothing_changes_backwards() {
    check(
        "nanjing sets cap to 100 from -1 -> day_past
        nanjing sets cap to 100 from +0 -> ok
        nanjing sets cap to 200 from +0 -> acts_already
        nanjing sets cap to 200 from +1 -> ok
        1 day passes
        nanjing sets cap to 300 from +0 -> acts_already",
    );
}

#[test]
fn what_is_only_scheduled_gives_way_to_the_same_or_an_earlier_day() {
    let mut city = City::new();
    city.play(
        "nanjing sets cap to 100 from +0 -> ok
        nanjing sets cap to 200 from +5 -> ok
        nanjing sets cap to 300 from +9 -> ok
        nanjing sets cap to 400 from +5 -> ok",
    );
    let key = StateKey::Policy(CITY, PolicyParameter::Cap);
    let today = city.today();
    let on = |city: &City, days: u32| {
        let history: PolicyHistory = city.load(&key).expect("it was set");
        history.on(today.plus_days(days)).cloned()
    };
    assert_eq!(on(&city, 4), Some(PolicyValue::Number(100)));
    assert_eq!(on(&city, 9), Some(PolicyValue::Number(400)));
    city.play("nanjing sets cap to 500 from +3 -> ok");
    assert_eq!(on(&city, 9), Some(PolicyValue::Number(500)));
    assert_eq!(on(&city, 0), Some(PolicyValue::Number(100)));
}

#[test]
fn few_values_are_scheduled_and_old_ones_make_room() {
    let mut city = City::new();
    for day in 1..=SCHEDULED_MAX {
        city.play(&format!("gulou sets cap to 5 from +{day} -> ok"));
    }
    let next = SCHEDULED_MAX + 1;
    city.play(&format!(
        "gulou sets cap to 5 from +{next} -> scheduled_max"
    ));
    city.play(&format!("gulou sets cap to 6 from +{SCHEDULED_MAX} -> ok"));
    city.play("gulou sets cap to 5 from +0 -> ok");
    for _ in 0..HISTORY_MAX {
        city.play("1 day passes\n gulou sets cap to 5 from +0 -> ok");
    }
    let key = StateKey::Policy(organisation("gulou"), PolicyParameter::Cap);
    let history: PolicyHistory = city.load(&key).expect("it was set");
    assert_eq!(history.entries.len(), HISTORY_MAX);
    assert_eq!(
        history.entries.last().map(|it| it.from_day),
        Some(city.today())
    );
}

#[test]
fn the_city_keeps_the_catalogue() {
    let mut city = City::new();
    city.play(
        "nanjing sets S03 to 30..240x150 from +0 -> ok
        nanjing sets S04 to 0..240x100 from +0 -> catalogue_entry
        nanjing sets S04 to 60..30x100 from +0 -> catalogue_entry
        nanjing sets S04 to 60..1441x100 from +0 -> catalogue_entry
        nanjing sets S04 to 60..120x1001 from +0 -> catalogue_entry
        nanjing sets S04 to 60..120x100 from +0 by administrator@gulou, administrator2@gulou -> threshold_not_met
        nanjing sets S04 to 60..120x100 from -1 -> day_past
        nanjing retires S04 from +1 -> service_unknown
        nanjing sets S03 to 30..240x100 from +0 -> acts_already
        nanjing retires S03 from +2 -> ok",
    );
    let key = StateKey::Catalogue(ServiceCode(3));
    let history: CatalogueHistory = city.load(&key).expect("it was set");
    let multiplier = |days| {
        let entry = history.on(city.today().plus_days(days));
        entry.map(|it| it.multiplier_percent)
    };
    assert_eq!((multiplier(1), multiplier(2)), (Some(150), None));
}
