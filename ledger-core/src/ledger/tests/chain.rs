//! Validators, evidence, time.

use super::check;
use super::city::City;
use crate::id::Height;
use crate::ledger::chain::EVIDENCE_PER_DAY_MAX;
use crate::record::chain::{RECENT_SETS_MAX, ValidatorsRecord};
use crate::state::StateKey;

#[test]
fn less_than_a_third_comes_and_goes_within_a_day() {
    check(
        "validators become v1=10 v2=10 v3=10 v4=10 -> validators_unchanged
        validators become v1=10 v2=10 v5=10 v6=10 -> validators_removed
        validators become v1=10 v2=10 v3=10 v4=10 v5=10 v6=10 -> validators_added
        validators become v1=10 v2=10 v3=10 v5=10 by administrator@nanjing -> threshold_not_met
        validators become v1=10 v2=10 v3=10 v5=10 -> ok
        validators become v1=10 v2=10 v5=10 v6=10 -> validators_removed
        24 hours pass
        validators become v1=10 v2=10 v5=10 v6=10 -> ok",
    );
}

#[test]
fn every_set_of_the_last_day_bounds_the_next() {
    check(
        "validators become v1=10 v2=10 v3=10 v5=10 -> ok
        13 hours pass
        validators become v1=10 v2=10 v3=9 v5=10 -> ok
        10 hours pass
        validators become v1=10 v2=10 v3=9 v6=10 -> ok
        validators become v1=10 v2=10 v5=4 v6=10 -> validators_removed
        1 hour passes
        validators become v1=10 v2=10 v3=9 v7=10 -> ok",
    );
}

#[test]
fn a_change_of_power_counts_by_its_difference() {
    check(
        "validators become v1=10 v2=10 v3=10 v4=30 -> validators_added
        validators become v1=10 v2=10 v3=10 v4=24 -> ok
        25 hours pass
        validators become v1=10 v2=10 v3=10 v4=6 -> validators_removed
        validators become v1=10 v2=10 v3=10 v4=7 -> ok",
    );
}

#[test]
fn a_validator_set_is_in_order_and_of_known_offices() {
    check(
        "validators become -> validators_malformed
        validators become v1=10 v1=10 v2=10 -> validators_malformed
        validators become v1=10 v2=10 v3=10 v4=0 -> validators_malformed
        validators become v1=10 v2=10 v3=10 weak=10 -> validators_malformed
        validators become v1=10 v2=10 v3=10 v5=10@320199/1 -> organisation_unknown
        validators become v1=10 v2=10 v3=10 v5=10@xuanwu/1 -> ok",
    );
}

#[test]
fn one_block_has_one_successor_set() {
    let mut city = City::new();
    city.play(
        "validators become v1=10 v2=10 v3=10 v4=10 v5=1 -> ok && validators become v1=10 v2=10 v3=10 v4=10 v5=2 -> validators_changed_now
        validators become v1=10 v2=10 v3=10 v4=10 v5=2 -> ok",
    );
    let record: ValidatorsRecord = city.load(&StateKey::Validators).expect("there is a set");
    assert_eq!(record.changed_at, Height(2));
    assert_eq!(record.current.total_power(), 42);
    assert_eq!(record.recent.len(), 2);
}

#[test]
fn refuses_a_change_an_hour_kept_up_for_more_than_a_day() {
    let mut city = City::new();
    for change in 0..RECENT_SETS_MAX {
        let power = 1 + change % 2;
        city.play(&format!(
            "validators become v1=10 v2=10 v3=10 v4=10 v5={power} -> ok"
        ));
    }
    let last = "validators become v1=10 v2=10 v3=10 v4=10 v5=1";
    city.play(&format!(
        "{last} -> validators_changes_max\n 25 hours pass\n {last} -> ok"
    ));
}

#[test]
fn equivocation_goes_on_record_once() {
    check(
        "v1 is accused at 1 -> ok
        v1 is accused at 1 by key:other -> evidence_known
        v1 is accused at 2 -> ok
        v2 is accused at 1000 -> evidence_height
        v9 is accused at 1 -> validator_unknown
        v2 is slandered at 1 -> evidence_invalid
        v2 is accused at 1 by registrar@gulou/1 -> signer_not_entitled
        v2 is accused at 1 by key:witness, registrar@gulou/1 -> signature_unneeded",
    );
}

#[test]
fn a_validator_cannot_fill_the_book_with_evidence_against_itself() {
    let mut city = City::new();
    for height in 1..=EVIDENCE_PER_DAY_MAX {
        city.play(&format!("v1 is accused at {height} -> ok"));
    }
    let more = EVIDENCE_PER_DAY_MAX + 1;
    city.play(&format!(
        "v1 is accused at {more} -> evidence_per_day
        v2 is accused at {more} -> ok
        24 hours pass
        v1 is accused at {more} -> ok"
    ));
}

#[test]
fn a_validator_that_left_is_accused_for_a_day_at_least() {
    check(
        "validators become v1=10 v2=10 v3=10 v5=10 -> ok
        v4 is accused at 1 -> ok
        25 hours pass
        validators become v1=10 v2=10 v5=10 v6=10 -> ok
        v4 is accused at 2 -> validator_unknown
        v3 is accused at 2 -> ok",
    );
}

#[test]
fn the_city_moves_the_time_of_a_test_chain() {
    let mut city = City::new();
    let before = city.block_time();
    city.play(
        "time moves 0 days -> time_not_later
        time moves 401 days -> time_too_far
        time moves 1 day by administrator@nanjing -> threshold_not_met
        time moves 3 days -> ok && time moves 2 days -> time_not_later",
    );
    let day = 24 * 3_600_000;
    assert!(city.block_time().since_ms(before) >= 3 * day);
    city.play("time moves 400 days -> ok");
    assert!(city.block_time().since_ms(before) >= 403 * day);
}

#[test]
fn nobody_moves_the_time_of_real_hours() {
    City::in_production().play("time moves 1 day -> not_a_test_chain");
}
