//! A straight line through samples, by least squares, and how far the samples are from it.

use serde::{Deserialize, Serialize};

/// A line, and the greatest distance of a sample from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Trend {
    /// The line's value at the first sample.
    pub(super) begin: f64,
    /// How much the line rises in a second.
    pub(super) slope: f64,
    /// The greatest distance of a sample from the line, up or down.
    pub(super) deviation: f64,
}

impl Trend {
    /// Through `samples` of seconds and values; flat through fewer than two different seconds.
    pub(super) fn of(samples: &[(f64, f64)]) -> Trend {
        let Some((first, _)) = samples.first() else {
            return Trend::default();
        };
        let count = samples.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| samples.iter().map(of).sum::<f64>() / count;
        let (mean_second, mean_value) = (mean(|sample| sample.0), mean(|sample| sample.1));
        let spread = |(second, _): &(f64, f64)| (second - mean_second).powi(2);
        let together = |(second, value): &(f64, f64)| (second - mean_second) * (value - mean_value);
        let spread: f64 = samples.iter().map(spread).sum();
        let slope = if spread > 0.0 {
            samples.iter().map(together).sum::<f64>() / spread
        } else {
            0.0
        };
        let line = |second: f64| mean_value + slope * (second - mean_second);
        let deviation = samples
            .iter()
            .map(|(second, value)| (value - line(*second)).abs())
            .fold(0.0, f64::max);
        Trend {
            begin: line(*first),
            slope,
            deviation,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(one: f64, other: f64) -> bool {
        (one - other).abs() < 1e-9
    }

    #[test]
    fn samples_on_a_line_give_the_line() {
        let samples: Vec<(f64, f64)> = (0..10)
            .map(|number| {
                let second = f64::from(number) * 10.0;
                (second, 5.0 + 0.25 * second)
            })
            .collect();
        let trend = Trend::of(&samples);
        assert!(close(trend.begin, 5.0) && close(trend.slope, 0.25) && close(trend.deviation, 0.0));
    }

    #[test]
    fn one_sample_off_the_line_is_the_deviation() {
        // The line of these is flat at 2: the two outer ones are 1 below it, the inner one 2 above.
        let trend = Trend::of(&[(0.0, 1.0), (1.0, 4.0), (2.0, 1.0)]);
        assert!(close(trend.slope, 0.0) && close(trend.begin, 2.0) && close(trend.deviation, 2.0));
    }

    #[test]
    fn too_few_samples_give_a_flat_line() {
        assert_eq!(Trend::of(&[]), Trend::default());
        let one = Trend::of(&[(3.0, 7.0)]);
        assert!(close(one.begin, 7.0) && close(one.slope, 0.0) && close(one.deviation, 0.0));
    }
}
