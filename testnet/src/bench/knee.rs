//! The knee: the greatest rate that a network keeps up with.
//!
//! ```text
//! rise:    the rate doubles until the network does not keep up
//! narrow:  the gap between a rate it kept up with and one it did not is divided (by ratio) until it is within PRECISION
//! confirm: a run of full length at the rate found; if it is not kept up with, the next rate is PRECISION lower
//! ```
//!
//! One run that failed proves little, since anything on the machine may have held it up: a rate counts as too much when it was
//! not kept up with twice. What always holds: the rate that is given was kept up with in a run of full length.

use anyhow::{Result, bail};

/// The rate the search begins with, in transactions a second.
pub(super) const RATE_FIRST: u32 = 500;
/// The greatest rate that is tried.
pub(super) const RATE_MAX: u32 = 64_000;
/// How near to each other a rate that was kept up with and one that was not must be.
const PRECISION: f64 = 1.05;
/// Times a rate is tried before it counts as too much.
const TRIES: usize = 2;
/// Runs of full length at most.
const CONFIRMATIONS_MAX: usize = 10;

/// How long a run of the search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Short: one of many.
    Short,
    /// As long as was asked for.
    Full,
}

/// Looks for the knee: `run` runs a rate and says what came of it and whether it was kept up with.
///
/// # Errors
/// When not even one transaction a second was kept up with, and those of `run`.
pub(super) fn search<R>(mut run: impl FnMut(u32, Length) -> Result<(R, bool)>) -> Result<R> {
    let mut kept_up = |rate: u32, length: Length| -> Result<Option<R>> {
        for _ in 0..TRIES {
            let (result, kept) = run(rate, length)?;
            if kept {
                return Ok(Some(result));
            }
        }
        Ok(None)
    };
    let mut kept = 0;
    let mut lost = RATE_FIRST;
    while lost <= RATE_MAX && kept_up(lost, Length::Short)?.is_some() {
        kept = lost;
        lost = lost.saturating_mul(2);
    }
    // Nothing above was tried: the greatest rate is confirmed as it is.
    if lost > RATE_MAX {
        lost = kept;
    }
    while f64::from(lost) > f64::from(kept.max(1)) * PRECISION && lost - kept > 1 {
        let middle = between(kept, lost);
        if kept_up(middle, Length::Short)?.is_some() {
            kept = middle;
        } else {
            lost = middle;
        }
    }
    let (mut rate, mut least) = (kept, lost);
    for _ in 0..CONFIRMATIONS_MAX {
        if rate == 0 {
            break;
        }
        if let Some(result) = kept_up(rate, Length::Full)? {
            return Ok(result);
        }
        least = rate;
        rate = lowered(rate);
    }
    bail!("the network kept up with none of the rates that were tried, down to {least} a second");
}

/// The rate between two: as many times the lower as the upper is of it; half the upper above nothing.
fn between(kept: u32, lost: u32) -> u32 {
    let middle = if kept == 0 {
        f64::from(lost) / 2.0
    } else {
        (f64::from(kept) * f64::from(lost)).sqrt()
    };
    rounded(middle).clamp(kept + 1, lost - 1)
}

fn lowered(rate: u32) -> u32 {
    rounded(f64::from(rate) / PRECISION).min(rate - 1)
}

/// The nearest whole number, of one between 0 and [`RATE_MAX`].
fn rounded(rate: f64) -> u32 {
    rate.round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network that keeps up with `capacity` a second, in runs of full length with less; what was run is counted.
    fn knee_of(capacity: u32, capacity_long: u32, runs: &mut usize) -> Result<u32> {
        search(|rate, length| {
            *runs += 1;
            let most = match length {
                Length::Short => capacity,
                Length::Full => capacity_long,
            };
            Ok((rate, rate <= most))
        })
    }

    #[test]
    fn the_knee_is_within_a_twentieth_below_what_the_network_can() {
        for capacity in [1, 7, 90, 499, 500, 501, 1_234, 2_500, 9_000, 63_999] {
            let mut runs = 0;
            let found = knee_of(capacity, capacity, &mut runs).unwrap();
            assert!(found <= capacity, "{found} of {capacity}");
            let near = f64::from(found) * 1.051 + 1.0;
            assert!(near >= f64::from(capacity), "{found} of {capacity}");
            assert!(runs < 40, "{runs} runs for {capacity}");
        }
    }

    #[test]
    fn what_only_short_runs_keep_up_with_is_not_the_knee() {
        let found = knee_of(3_000, 2_500, &mut 0).unwrap();
        assert!((2_300..=2_500).contains(&found), "{found}");
    }

    #[test]
    fn one_stumble_does_not_move_the_knee() {
        let mut runs = 0;
        let found = search(|rate, _| {
            runs += 1;
            // Every third run is held up by something else.
            Ok((rate, rate <= 2_000 && runs % 3 != 0))
        });
        let found = found.unwrap();
        assert!((1_900..=2_000).contains(&found), "{found}");
    }

    #[test]
    fn no_rate_at_all_is_an_error() {
        assert!(knee_of(0, 0, &mut 0).is_err());
        assert!(knee_of(u32::MAX, u32::MAX, &mut 0).is_ok_and(|rate| rate <= RATE_MAX));
    }
}
