//! Errors planted in the rules that a chain is built by: the town must notice, whether its witness has the same error or not.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ledger_core::planted::{Planted, plant};
use timebank_simulations::workload::Workload;
use timebank_simulations::workload::town::{EXECUTION, MODEL, ROOT};

use super::chain::Chain;

/// Within so many towns each error is noticed.
const TOWNS_MAX: u64 = 24;
const BLOCKS: usize = 100;
const DRAFTS_A_BLOCK: usize = 8;
/// Under wrong rules more transactions matter that right ones refuse.
const WRONG_PER_MILLE: u64 = 350;

/// Who has the error.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Planting {
    /// Those who build the chain.
    Builders,
    /// Those who build it and the witness: only the model has the right rules.
    Everybody,
}

/// In which town and block the error was noticed, and as which promise.
fn noticed(error: Planted, planting: Planting) -> Option<(u64, u64, &'static str, String)> {
    for seed in 0..TOWNS_MAX {
        let mut chain = Chain::with_wrong(seed, WRONG_PER_MILLE);
        if planting == Planting::Everybody {
            chain.town = chain.town.with_planted_witness();
        }
        for _ in 0..BLOCKS {
            chain.draft(DRAFTS_A_BLOCK);
            plant(Some(error));
            let built = chain.build();
            // The books' own checks may stop the builders first: then this town shows nothing.
            let Ok(block) = built else { break };
            let followed = catch_unwind(AssertUnwindSafe(|| chain.town.follow(&block)));
            plant(None);
            let followed = followed.unwrap_or_else(|_| panic!("{error:?} stops the witness"));
            if let Err(broken) = followed {
                return Some((seed, block.header.height.0, broken.promise, broken.what));
            }
        }
        plant(None);
    }
    None
}

/// What was noticed of each error, a line each.
fn check(planting: Planting, promises: &[&str]) -> String {
    let mut told = String::new();
    let mut unnoticed = Vec::new();
    for error in Planted::RULES {
        match noticed(error, planting) {
            Some((seed, height, promise, what)) => {
                let what: String = what.chars().take(110).collect();
                told += &format!("{error:?}: town {seed}, block {height}, {promise}: {what}\n");
                assert!(promises.contains(&promise), "{error:?}: {promise}");
            }
            None => unnoticed.push(error),
        }
    }
    assert!(
        unnoticed.is_empty(),
        "not noticed in {TOWNS_MAX} towns: {unnoticed:?}\n{told}"
    );
    told
}

#[test]
fn a_witness_with_the_right_rules_refuses_what_wrong_ones_build() {
    println!("{}", check(Planting::Builders, &[EXECUTION, ROOT]));
}

#[test]
fn the_model_notices_an_error_that_the_witness_shares() {
    println!("{}", check(Planting::Everybody, &[MODEL]));
}
