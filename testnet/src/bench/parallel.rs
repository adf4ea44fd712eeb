//! Work that is the same for each of many numbers, on all cores, with its results in the order of the numbers.

use std::num::NonZeroUsize;
use std::thread;

/// `make` of every number below `count`.
///
/// # Panics
/// When `make` does.
pub(super) fn each<T: Send>(count: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = count.div_ceil(cores).max(1);
    let parts: Vec<Vec<T>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..count)
            .step_by(share)
            .map(|first| {
                let make = &make;
                scope.spawn(move || {
                    let end = (first + share).min(count);
                    (first..end).map(make).collect()
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("what is made does not panic"))
            .collect()
    });
    parts.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_their_numbers() {
        for count in [0, 1, 2, 3, 100, 101] {
            let expected: Vec<usize> = (0..count).map(|number| number * 3).collect();
            assert_eq!(each(count, |number| number * 3), expected);
        }
    }
}
