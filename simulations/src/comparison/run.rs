//! Plays the histories of many seeds on several threads.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::play::{Disagreement, Failure, Step, play};
use super::tally::Tally;

/// How many transactions a history puts at least.
pub const OPERATIONS: usize = 50;
/// How many seeds a thread takes at a time.
const BATCH: u64 = 16;
/// After so many failures a run ends early.
const FAILURES_MAX: usize = 20;

/// What the histories of many seeds came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What happened in those without a disagreement.
    pub tally: Tally,
    /// The others, by seed.
    pub failures: Vec<Failure>,
}

/// Plays the history of one seed; also reports when either side panics.
///
/// # Errors
/// Where ledger and model differ.
pub fn play_one(seed: u64, operations: usize, tally: &mut Tally) -> Result<(), Box<Failure>> {
    let outcome = catch_unwind(AssertUnwindSafe(|| play(seed, operations, tally)));
    outcome.unwrap_or_else(|reason| {
        let reason = reason
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| reason.downcast_ref::<&str>().map(|it| (*it).to_owned()))
            .unwrap_or_default();
        Err(Box::new(Failure {
            seed,
            history: Vec::<Step>::new(),
            disagreement: Disagreement::ModelFault(format!("panics: {reason}")),
        }))
    })
}

/// Plays the histories of `seeds` on `threads` threads, until some of them have failed.
pub fn run(seeds: Range<u64>, operations: usize, threads: usize) -> Outcome {
    let next = AtomicU64::new(seeds.start);
    let outcome = Mutex::new(Outcome::default());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let first = next.fetch_add(BATCH, Ordering::Relaxed);
                    if first >= seeds.end {
                        return;
                    }
                    let mut tally = Tally::default();
                    let failures: Vec<Failure> = (first..seeds.end.min(first + BATCH))
                        .filter_map(|seed| play_one(seed, operations, &mut tally).err())
                        .map(|it| *it)
                        .collect();
                    let mut outcome = outcome.lock().expect("no thread panics with it");
                    outcome.tally.add(&tally);
                    outcome.failures.extend(failures);
                    if outcome.failures.len() >= FAILURES_MAX {
                        return;
                    }
                }
            });
        }
    });
    let mut outcome = outcome.into_inner().expect("no thread panics with it");
    outcome.failures.sort_by_key(|it| it.seed);
    outcome
}
