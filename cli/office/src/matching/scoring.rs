//! How volunteers are ranked, as data: points and their limits, in a versioned file that an office may replace.

use serde::{Deserialize, Serialize};

/// The scoring this program brings along.
pub const BUILT_IN: &str = include_str!("../../scoring/matching.toml");
/// The longest scoring file, in bytes.
pub const SCORING_BYTES_MAX: u64 = 64 * 1024;
/// The version of the file's form that is understood.
pub const SCORING_VERSION: u32 = 1;
/// The greatest number in a file, above and below nothing, so that no sum of points overflows.
const NUMBER_MAX: i64 = 10_000;

/// Why a scoring cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScoringError {
    /// Not such a file.
    #[error("not a scoring file: {reason}; compare it with the built-in one")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// Of another form.
    #[error(
        "scoring version {version} is not understood, only {SCORING_VERSION} is; update this program or the file"
    )]
    Version {
        /// Its version.
        version: u32,
    },
    /// A number out of bounds.
    #[error("{name} is {value}; it may be {least} to {most}")]
    Number {
        /// Which.
        name: &'static str,
        /// Its value.
        value: i64,
        /// The least it may be.
        least: i64,
        /// The most it may be.
        most: i64,
    },
}

/// Points and their limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scoring {
    /// The version of its form.
    pub version: u32,
    /// Where the volunteer lives.
    pub home: Home,
    /// Services of the same code.
    pub experience: Rising,
    /// Having served this recipient.
    pub acquainted: Flat,
    /// Stars from others.
    pub rating: Rating,
    /// Not having come.
    pub absence: Falling,
    /// Work of late.
    pub load: Load,
    /// Time without service.
    pub waiting: Waiting,
    /// Trained, and never served.
    pub newcomer: Flat,
    /// Who counts as equal.
    pub fairness: Fairness,
}

/// Points for the volunteer's home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Home {
    /// In the recipient's street.
    pub same_street: i64,
    /// In the order's district.
    pub same_district: i64,
}

/// Points for each, up to a most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rising {
    /// For each.
    pub each: i64,
    /// At most.
    pub most: i64,
}

/// Points below nothing for each, down to a least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Falling {
    /// For each.
    pub each: i64,
    /// At least.
    pub least: i64,
}

/// Points once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flat {
    /// How many.
    pub points: i64,
}

/// Points for stars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    /// For a perfect average.
    pub perfect: i64,
    /// So many ratings are added to everybody's.
    pub added_count: i64,
    /// Each of so many stars.
    pub added_stars: i64,
}

/// Points below nothing for work of late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// How far back, in days.
    pub days: u32,
    /// For each whole hour served or promised.
    pub each_hour: i64,
    /// At least.
    pub least: i64,
}

/// Points for each whole week without service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiting {
    /// For each.
    pub each_week: i64,
    /// At most.
    pub most: i64,
}

/// Who counts as equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fairness {
    /// Points within one band of so many are equal; the lot decides.
    pub band: i64,
}

impl Scoring {
    /// The scoring this program brings along.
    pub fn built_in() -> Scoring {
        Scoring::parse(BUILT_IN).expect("a test reads the built-in scoring")
    }

    /// The scoring in a file's text.
    ///
    /// # Errors
    /// See [`ScoringError`].
    pub fn parse(text: &str) -> Result<Scoring, ScoringError> {
        let scoring: Scoring = toml::from_str(text).map_err(|error| ScoringError::Malformed {
            reason: error.message().to_owned(),
        })?;
        if scoring.version != SCORING_VERSION {
            let version = scoring.version;
            return Err(ScoringError::Version { version });
        }
        scoring.check()?;
        Ok(scoring)
    }

    fn check(&self) -> Result<(), ScoringError> {
        let any = (-NUMBER_MAX, NUMBER_MAX);
        let rising = (0, NUMBER_MAX);
        let falling = (-NUMBER_MAX, 0);
        let numbers = [
            ("home.same_street", self.home.same_street, any),
            ("home.same_district", self.home.same_district, any),
            ("experience.each", self.experience.each, rising),
            ("experience.most", self.experience.most, rising),
            ("acquainted.points", self.acquainted.points, any),
            ("rating.perfect", self.rating.perfect, rising),
            ("rating.added_count", self.rating.added_count, rising),
            ("rating.added_stars", self.rating.added_stars, (1, 5)),
            ("absence.each", self.absence.each, falling),
            ("absence.least", self.absence.least, falling),
            ("load.days", i64::from(self.load.days), (1, 366)),
            ("load.each_hour", self.load.each_hour, falling),
            ("load.least", self.load.least, falling),
            ("waiting.each_week", self.waiting.each_week, rising),
            ("waiting.most", self.waiting.most, rising),
            ("newcomer.points", self.newcomer.points, any),
            ("fairness.band", self.fairness.band, (1, NUMBER_MAX)),
        ];
        for (name, value, (least, most)) in numbers {
            if !(least..=most).contains(&value) {
                return Err(ScoringError::Number {
                    name,
                    value,
                    least,
                    most,
                });
            }
        }
        Ok(())
    }
}

impl Rising {
    /// The points for `count`.
    pub fn of(self, count: u64) -> i64 {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.each.saturating_mul(count).min(self.most)
    }
}

impl Falling {
    /// The points for `count`.
    pub fn of(self, count: u64) -> i64 {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.each.saturating_mul(count).max(self.least)
    }
}

impl Rating {
    /// The points for an average, with what is added to everybody's; in full for five stars.
    pub fn of(self, count: u32, stars: u64) -> i64 {
        let stars = i64::try_from(stars).unwrap_or(i64::MAX / (NUMBER_MAX * 2));
        let count = i64::from(count).saturating_add(self.added_count);
        let stars = stars.saturating_add(self.added_count.saturating_mul(self.added_stars));
        self.perfect
            .saturating_mul(stars)
            .checked_div(count.saturating_mul(5))
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_scoring_is_read_and_no_wrong_one_is() {
        let scoring = Scoring::built_in();
        assert_eq!(scoring.version, SCORING_VERSION);
        let wrong = [
            ("version = 1", "version = 2", "version 2"),
            ("band = 10", "band = 0", "fairness.band is 0"),
            ("each = -8", "each = 8", "absence.each is 8"),
            ("same_street = 24", "same_street = 24\nbribe = 3", "bribe"),
            ("most = 18", "most = 1e99", "not a scoring file"),
            ("days = 30", "", "days"),
        ];
        for (from, to, says) in wrong {
            let text = BUILT_IN.replacen(from, to, 1);
            let error = Scoring::parse(&text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn one_rating_does_not_decide() {
        let rating = Scoring::built_in().rating;
        let (nobody, one_perfect, many_perfect) =
            (rating.of(0, 0), rating.of(1, 5), rating.of(100, 500));
        assert_eq!((nobody, many_perfect), (16, 19));
        assert!((nobody..many_perfect).contains(&one_perfect));
        assert!(rating.of(1, 1) > rating.of(20, 20));
    }
}
