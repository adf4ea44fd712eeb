//! Integer statistics: quantiles of peers, and whether a count is more than chance.

/// Parts in a million: the unit of rates here.
pub(crate) const MILLION: u64 = 1_000_000;

/// A length as a number.
pub(crate) fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// `part` of `whole` in percent, rounded down; 0 of nothing.
pub(crate) const fn percent_of(part: u64, whole: u64) -> u64 {
    match part.saturating_mul(100).checked_div(whole) {
        Some(percent) => percent,
        None => 0,
    }
}

/// `part` of `whole` in parts of a million; 0 of nothing.
pub(crate) const fn rate(part: u64, whole: u64) -> u64 {
    match part.saturating_mul(MILLION).checked_div(whole) {
        Some(rate) => rate,
        None => 0,
    }
}

/// Values of many, sorted, to compare one with the others.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peers {
    sorted: Vec<u64>,
}

impl Peers {
    pub(crate) fn new(values: impl IntoIterator<Item = u64>) -> Peers {
        let mut sorted: Vec<u64> = values.into_iter().collect();
        sorted.sort_unstable();
        Peers { sorted }
    }

    /// The value that `percent` of all values but one of `own` do not exceed; 0 when there is no other.
    pub(crate) fn quantile_without(&self, own: u64, percent: usize) -> u64 {
        let skipped = self.sorted.binary_search(&own).ok();
        let others = self.sorted.len() - usize::from(skipped.is_some());
        if others == 0 {
            return 0;
        }
        let mut place = (others - 1) * percent.min(100) / 100;
        if skipped.is_some_and(|skipped| place >= skipped) {
            place += 1;
        }
        self.sorted[place]
    }

    /// The value in the middle; 0 of none.
    pub(crate) fn median(&self) -> u64 {
        match self.sorted.len() {
            0 => 0,
            length => self.sorted[(length - 1) / 2],
        }
    }
}

/// What chance would give: the sum of independent trials with rates in parts of a million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chance {
    /// The number expected, in parts of a million.
    expected: u64,
    /// Its variance, in parts of a million.
    variance: u64,
}

impl Chance {
    /// Adds `trials` trials of this rate.
    pub(crate) fn add(&mut self, trials: u64, rate: u64) {
        let rate = rate.min(MILLION);
        let spread = rate.saturating_mul(MILLION - rate) / MILLION;
        self.expected = self.expected.saturating_add(trials.saturating_mul(rate));
        self.variance = self.variance.saturating_add(trials.saturating_mul(spread));
    }

    /// The number expected, rounded to the nearest.
    pub(crate) const fn expected(self) -> u64 {
        self.expected.saturating_add(MILLION / 2) / MILLION
    }

    /// Whether `observed` is at least `deviations` standard deviations above what is expected. A variance of nothing, where
    /// every trial was certain either way, makes any excess significant.
    pub(crate) fn is_exceeded_by(self, observed: u64, deviations: u64) -> bool {
        let observed = u128::from(observed) * u128::from(MILLION);
        let expected = u128::from(self.expected);
        if observed <= expected {
            return false;
        }
        let excess = observed - expected;
        let deviations = u128::from(deviations.min(1_000));
        excess * excess >= deviations * deviations * u128::from(self.variance) * u128::from(MILLION)
    }

    /// Whether `observed` is at least `percent` percent of what is expected.
    pub(crate) fn is_multiplied_by(self, observed: u64, percent: u64) -> bool {
        u128::from(observed) * u128::from(MILLION) * 100
            >= u128::from(self.expected) * u128::from(percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_of_peers_leaves_out_ones_own_value() {
        let peers = Peers::new([10, 20, 30, 40, 1_000]);
        assert_eq!(peers.quantile_without(1_000, 100), 40);
        assert_eq!(peers.quantile_without(10, 0), 20);
        assert_eq!(peers.quantile_without(20, 50), 30);
        assert_eq!(Peers::new([7]).quantile_without(7, 90), 0);
        assert_eq!(Peers::new([7, 7]).quantile_without(7, 90), 7);
        assert_eq!(peers.median(), 30);
    }

    #[test]
    fn chance_explains_what_is_expected_and_not_what_is_far_beyond() {
        let mut chance = Chance::default();
        chance.add(100, MILLION / 2);
        assert_eq!(chance.expected(), 50);
        // The standard deviation of a hundred tosses of a coin is five.
        assert!(chance.is_exceeded_by(70, 4));
        assert!(!chance.is_exceeded_by(69, 4));
        assert!(!chance.is_exceeded_by(50, 0));
        assert!(chance.is_multiplied_by(75, 150));
        assert!(!chance.is_multiplied_by(74, 150));
    }
}
