//! Transactions that were taken in and of which nobody hears again.

use timebank_node::replica::SubmitError;
use timebank_simulations::checker::Checker as _;
use timebank_simulations::checker::fate::Fate;
use timebank_simulations::cluster::seen::Seen;

use super::{Stage, is_silent_about_a_good_run};

/// Mempools that overflow.
fn crowded() -> Stage {
    let mut stage = Stage::with_small_mempools(8);
    for part in 0..12 {
        stage.submit(&format!("part {part}"));
    }
    stage
}

#[test]
fn is_silent_about_good_runs_and_about_what_had_to_give_way_with_a_word() {
    is_silent_about_a_good_run(&mut Fate::default(), Stage::new());
    let (mut stage, mut fate) = (crowded(), Fate::default());
    let told = stage.play(&mut fate, 5_000, super::truly);
    assert_eq!(told.and_then(|()| fate.finish(stage.scene())), Ok(()));
}

#[test]
fn whoever_took_a_transaction_in_says_what_became_of_it() {
    // The blocks are not told, and neither is what gave way.
    let (mut stage, mut fate) = (crowded(), Fate::default());
    let told = stage.play(&mut fate, 5_000, |seen| match seen {
        Seen::Committed { .. } => Vec::new(),
        Seen::Dropped {
            reason: SubmitError::GaveWay,
            ..
        } => Vec::new(),
        seen => vec![seen],
    });
    let outcome = told.and_then(|()| fate.finish(stage.scene()));
    assert!(
        outcome
            .as_ref()
            .is_err_and(|told| told.contains("never said what became of it")),
        "{outcome:?}"
    );
}
