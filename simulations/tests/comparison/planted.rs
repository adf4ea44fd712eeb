//! Every error planted in the ledger's rules shows as a disagreement within few histories.

use ledger_core::planted::{Planted, plant};
use timebank_simulations::comparison::play::Disagreement;
use timebank_simulations::comparison::prologue::founded;
use timebank_simulations::comparison::run::{OPERATIONS, play_one};
use timebank_simulations::comparison::tally::Tally;

/// Within so many histories each error shows.
const HISTORIES_MAX: u64 = 6_000;

/// How many histories it takes until ledger and model disagree, and on what.
fn histories_until_noticed(error: Planted) -> Option<(u64, Disagreement)> {
    plant(Some(error));
    let noticed = (0..HISTORIES_MAX).find_map(|seed| {
        let failure = play_one(seed, OPERATIONS, &mut Tally::default()).err()?;
        Some((seed + 1, failure.disagreement))
    });
    plant(None);
    noticed
}

#[test]
fn every_planted_error_is_noticed_by_comparing() {
    // The first days are the same for all and played with the right rules.
    founded(0);
    let mut table = String::new();
    let mut unnoticed = Vec::new();
    for error in Planted::RULES {
        let row = match histories_until_noticed(error) {
            Some((histories, Disagreement::Answer { ledger, model, .. })) => {
                let ledger = ledger.map_or("applies", |rejection| rejection.code());
                let model = model.map_or("applies".to_owned(), |it| format!("{it:?}"));
                format!("{histories:>5}  ledger {ledger}, model {model}")
            }
            Some((histories, Disagreement::Figure(it))) => {
                format!(
                    "{histories:>5}  {}",
                    it.what.split(' ').next().unwrap_or_default()
                )
            }
            // The books' own checks do not count: the comparison has to notice by itself.
            other => {
                unnoticed.push(error);
                format!("      {other:?}")
            }
        };
        table += &format!("{:<24}{row}\n", format!("{error:?}"));
    }
    println!("planted error           histories until noticed, and by what\n{table}");
    assert!(unnoticed.is_empty(), "not noticed: {unnoticed:?}\n{table}");
}
