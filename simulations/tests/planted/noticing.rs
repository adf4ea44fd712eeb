//! Until which seed each error is noticed, by which checker; and that nothing is noticed without it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::thread;

use timebank_simulations::plan::Plan;
use timebank_simulations::run::{self, Failure};

use crate::errors::{Error, broken_promise};

/// Within so many seeds each error is noticed. The long table allows 1,000.
const SEEDS_MAX: u64 = 60;

/// So many errors at least are planted.
const ERRORS_MIN: usize = 24;

/// What came of one error.
struct Row {
    error: Error,
    /// How many seeds it took, and what was noticed.
    noticed: Option<(u64, Failure)>,
}

/// How many seeds it takes until a planted error is noticed.
fn seeds_until_noticed(error: Error) -> Option<(u64, Failure)> {
    (0..SEEDS_MAX).find_map(|seed| {
        let plan = Plan::focused(seed, &error.menu());
        let outcome = error.planted(|| run::play(&plan));
        Some((seed + 1, broken_promise(outcome)?))
    })
}

/// Lets as many threads as there are cores work `items` off. What is planted is planted in one thread, so runs with different
/// errors go on side by side.
fn work_off<T: Send>(items: impl IntoIterator<Item = T>, work: impl Fn(T) + Sync) {
    let left = Mutex::new(items.into_iter().collect::<VecDeque<T>>());
    let next = || {
        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
        left.pop_front()
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) = next() {
                    work(item);
                }
            });
        }
    });
}

fn names(errors: impl IntoIterator<Item = Error>) -> String {
    let names: Vec<String> = errors.into_iter().map(Error::name).collect();
    names.join(", ")
}

#[test]
fn every_planted_error_is_noticed_and_the_same_runs_without_it_break_no_promise() {
    let rows = Mutex::new(Vec::new());
    work_off(Error::all(), |error| {
        let noticed = seeds_until_noticed(error);
        rows.lock().unwrap().push(Row { error, noticed });
    });
    let mut rows = rows.into_inner().unwrap();
    let order = Error::all();
    rows.sort_by_key(|row| order.iter().position(|error| *error == row.error));
    let mut table = format!(
        "{:<26}{:>5}  {:<14}{:>9}\n",
        "planted error", "seeds", "checker", "at"
    );
    for row in &rows {
        let name = row.error.name();
        table += &match &row.noticed {
            Some((seeds, failure)) => {
                let (promise, at_ms) = (&failure.promise, failure.at_ms);
                format!("{name:<26}{seeds:>5}  {promise:<14}{at_ms:>6} ms\n")
            }
            None => format!("{name:<26}    -\n"),
        };
    }
    println!(
        "{table}\nnot shown by any run yet: {}",
        names(Error::unseen())
    );
    let unnoticed = rows.iter().filter(|row| row.noticed.is_none());
    let unnoticed = names(unnoticed.map(|row| row.error));
    assert!(
        unnoticed.is_empty(),
        "not noticed within {SEEDS_MAX} seeds: {unnoticed}\n{table}"
    );
    assert!(rows.len() >= ERRORS_MIN, "{} errors\n{table}", rows.len());

    // Errors that need the same share their plans.
    let plans: BTreeMap<String, Plan> = rows
        .iter()
        .filter_map(|row| {
            let (seeds, _) = row.noticed.as_ref()?;
            let plan = Plan::focused(seeds - 1, &row.error.menu());
            Some((format!("{plan:?}"), plan))
        })
        .collect();
    let broken = Mutex::new(Vec::new());
    work_off(plans.into_values(), |plan| {
        if let Some(failure) = broken_promise(run::play(&plan)) {
            broken.lock().unwrap().push((plan, failure));
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(
        broken.is_empty(),
        "broken with nothing planted: {broken:#?}"
    );
}
