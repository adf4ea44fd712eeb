//! Ten thousand histories without a disagreement, which do everything and are refused for everything.

use timebank_simulations::comparison::run::{OPERATIONS, run};
use timebank_simulations::comparison::{shrink, tally};

/// How many histories are compared.
const HISTORIES: u64 = 10_000;

#[test]
fn ledger_and_model_agree_on_ten_thousand_random_histories() {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let outcome = run(0..HISTORIES, OPERATIONS, threads);
    if let Some(failure) = outcome.failures.first() {
        panic!("{}", shrink::tell(&shrink::shrink(failure)));
    }
    println!("{}", outcome.tally);
    assert_eq!(outcome.tally.histories, HISTORIES);
    // Agreement on what never happens is worth nothing.
    assert_eq!(outcome.tally.never_applied(), [""; 0], "never applied");
    let never = outcome.tally.never_refused(&tally::UNREACHABLE);
    assert_eq!(never, [""; 0], "never refused by");
}
