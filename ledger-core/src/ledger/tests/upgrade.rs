//! Upgrades of the rules.

use super::check;
use super::city::{City, secret};
use crate::ledger::{
    ApplyError, BlockError, NothingVerified, apply_block_knowing, build_block, build_block_knowing,
    required_version,
};
use crate::time::Calendar;
use crate::validator::ValidatorAddress;

#[test]
fn the_city_announces_a_newer_version_for_a_day_to_come() {
    check(
        "version 2 acts from +0 -> upgrade_too_soon
        version 1 acts from +1 -> upgrade_not_newer
        version 2 acts from +1 by administrator@nanjing -> threshold_not_met
        version 2 acts from +1 by administrator@gulou, administrator2@gulou -> threshold_not_met
        version 2 acts from +30 -> ok
        version 3 acts from +20 -> ok
        version 2 acts from +5 -> ok",
    );
}

#[test]
fn a_program_follows_the_rules_until_the_day_of_a_version_it_does_not_know() {
    let mut city = City::new();
    city.play("version 2 acts from +3 -> ok");
    let day = city.today().plus_days(3);
    let start_ms = Calendar::CHINA.start_of(day);
    let required = |city: &City, time_ms| required_version(&city.state, time_ms).expect("readable");
    assert_eq!(required(&city, start_ms.minus_ms(1)), 1);
    assert_eq!(required(&city, start_ms), 2);
    let proposer = ValidatorAddress::of(&secret("v1").public_key());
    let build = |city: &City, time_ms| {
        build_block(
            &city.state,
            &city.tip,
            proposer,
            time_ms,
            &[],
            &NothingVerified,
        )
    };
    assert!(build(&city, start_ms.minus_ms(1)).is_ok());
    let refused = build(&city, start_ms);
    assert!(
        matches!(
            refused,
            Err(ApplyError::Invalid(BlockError::VersionUnknown {
                required: 2,
                known: 1
            }))
        ),
        "{refused:?}"
    );
    // A program that knows the version goes on, and one that does not takes none of its blocks.
    let built = build_block_knowing(
        &city.state,
        &city.tip,
        proposer,
        start_ms,
        &[],
        &NothingVerified,
        2,
    )
    .expect("it knows the version");
    let apply = |known| {
        apply_block_knowing(
            &city.replica,
            &city.tip,
            &built.block,
            &NothingVerified,
            known,
        )
    };
    assert_eq!(apply(2).expect("it knows the version"), built.execution);
    assert!(matches!(
        apply(1),
        Err(ApplyError::Invalid(BlockError::VersionUnknown { .. }))
    ));
}
