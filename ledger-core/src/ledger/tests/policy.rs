//! Policy and the catalogue.

use super::check;
use super::city::{CITY, City, organisation};
use crate::id::ServiceCode;
use crate::ledger::policy_in_force;
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

#[test]
fn a_scope_withdraws_what_it_has_set() {
    check(
        "gulou withdraws cap from +0 -> policy_not_set
        nanjing withdraws cap from +0 -> policy_not_set
        chen opens at gulou -> ok
        cao opens at xuanwu -> ok
        cao is granted 300
        gulou sets cap to 15 from +0 -> ok
        chen serves 30 for cao in xuanwu -> settled
        chen has 15
        gulou withdraws cap from +0 -> ok
        gulou withdraws cap from +1 -> policy_not_set
        chen serves 30 for cao in xuanwu -> settled
        chen has 45
        nanjing sets cap to 60 from +0 -> ok
        chen serves 30 for cao in xuanwu -> settled
        chen has 60
        nanjing withdraws cap from +0 -> ok
        chen serves 30 for cao in xuanwu -> settled
        chen has 90
        gulou sets cap to 15 from +1 -> ok
        gulou withdraws cap from +3 by administrator@gulou -> threshold_not_met
        gulou withdraws cap from -1 -> policy_not_set
        gulou withdraws cap from +1 -> ok",
    );
}

#[test]
fn a_withdrawal_is_dated_like_a_value() {
    check(
        "gulou sets cap to 600 from +0 -> ok
        gulou withdraws cap from +0 -> acts_already
        gulou withdraws cap from -1 -> policy_not_set
        gulou withdraws cap from +5 -> ok
        gulou sets cap to 700 from +3 -> ok
        gulou withdraws cap from +3 -> ok
        gulou/1 withdraws cap from +3 -> policy_scope",
    );
}

/// Where a parameter's tighter values lie, with one value that is tighter than the default and one that is looser; none
/// when the default cannot be beaten.
fn tighter_and_looser(parameter: PolicyParameter) -> (Option<String>, Option<String>) {
    use PolicyParameter as P;
    let (tighter, looser) = match parameter {
        P::Cap => ("600", "90001"),
        P::DailyLimit => ("120", "481"),
        P::Quantum => ("60", "14"),
        P::RedemptionThreshold => ("6000", ""),
        P::RedemptionProgrammes => ("P07", ""),
        P::BackdatingDays => ("7", "31"),
        P::DisputeWindowMs => ("259200001", "259199999"),
        P::OrderLapseMs => ("2591999999", "2592000001"),
        P::ProxyMonthlyLimit => ("600", "1201"),
        P::DualVerificationAbove => ("240", "481"),
        P::PairMonthlyLimit => ("1800", "3601"),
        P::PersonTransactionsPerDay | P::StaffTransactionsPerDay => ("", ""),
        P::OpenOrdersMax => ("10", "21"),
        P::KinMax => ("6", "13"),
        P::ProxiesMax => ("1", "4"),
        P::AppealWindowMs => ("604800001", "604799999"),
        P::EarnedExpiryDays => ("365", ""),
        P::TrainingCreditablePercent => ("50", ""),
        P::GroupMaySpend => ("0", "1"),
        P::RecoveryDelayMs => ("259200001", "259199999"),
    };
    let written = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    (written(tighter), written(looser))
}

#[test]
fn every_parameter_is_tightened_by_a_district_and_loosened_by_the_city_alone() {
    for parameter in PolicyParameter::ALL {
        let name = serde_json::to_value(parameter).expect("a name");
        let name = name.as_str().expect("a text");
        let mut city = City::new();
        let (tighter, looser) = tighter_and_looser(parameter);
        if let Some(tighter) = &tighter {
            city.play(&format!("gulou sets {name} to {tighter} from +0 -> ok"));
        } else {
            city.play(&format!(
                "gulou sets {name} to 5 from +0 -> policy_city_only
                nanjing sets {name} to 5 from +0 -> ok"
            ));
        }
        if let Some(looser) = &looser {
            city.play(&format!(
                "xuanwu sets {name} to {looser} from +0 -> policy_looser
                nanjing sets {name} to {looser} from +1 -> ok
                xuanwu sets {name} to {looser} from +1 -> ok"
            ));
        }
    }
}

/// Zero means that nothing ever expires, and is the loosest of all.
#[test]
fn a_district_never_switches_off_the_citys_expiry() {
    check(
        "gulou sets earned_expiry_days to 365 from +0 -> ok
        nanjing sets earned_expiry_days to 180 from +1 -> ok
        xuanwu sets earned_expiry_days to 0 from +0 -> ok
        xuanwu sets earned_expiry_days to 0 from +1 -> policy_looser
        xuanwu sets earned_expiry_days to 181 from +1 -> policy_looser
        xuanwu sets earned_expiry_days to 180 from +1 -> ok
        jiangbei sets earned_expiry_days to 30 from +1 -> ok
        nanjing sets earned_expiry_days to 0 from +2 -> ok
        xuanwu sets earned_expiry_days to 400 from +2 -> ok
        nanjing sets earned_expiry_days to 36501 from +3 -> policy_value
        nanjing sets group_may_spend to 2 from +3 -> policy_value
        nanjing sets training_creditable_percent to 101 from +3 -> policy_value
        nanjing sets recovery_delay_ms to 2592000001 from +3 -> policy_value",
    );
}

/// What counts is the tighter of the two, whatever the order in which they were set.
#[test]
fn the_tighter_of_city_and_district_is_in_force() {
    let mut city = City::new();
    city.play(
        "gulou sets earned_expiry_days to 365 from +0 -> ok
        xuanwu sets earned_expiry_days to 0 from +0 -> ok
        nanjing sets earned_expiry_days to 180 from +1 -> ok
        nanjing sets earned_expiry_days to 400 from +2 -> ok",
    );
    let today = city.today();
    let in_force = |district: &str, days| {
        let parameter = PolicyParameter::EarnedExpiryDays;
        let (district, day) = (organisation(district), today.plus_days(days));
        let found = policy_in_force(&city.state, CITY, district, parameter, day);
        found.expect("readable")
    };
    let number = PolicyValue::Number;
    let gulou = Some(organisation("gulou"));
    assert_eq!(in_force("gulou", 0), (number(365), gulou));
    assert_eq!(in_force("gulou", 1), (number(180), Some(CITY)));
    assert_eq!(in_force("gulou", 2), (number(365), gulou));
    assert_eq!(in_force("xuanwu", 0).0, number(0));
    assert_eq!(in_force("xuanwu", 1), (number(180), Some(CITY)));
    assert_eq!(in_force("jiangbei", 0), (number(0), None));
}
