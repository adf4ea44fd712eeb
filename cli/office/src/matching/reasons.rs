//! Points and where they come from: a pure function of a volunteer's record and the scoring.

use ledger_core::amount::Minutes;
use ledger_core::record::account::RatingTotal;
use ledger_core::time::{DAY_MS, TimestampMs};
use serde::Serialize;

use super::scoring::{Falling, Rising, Scoring};

/// What is known of a volunteer with regard to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Whether the recipient's street is the home.
    pub(crate) same_street: bool,
    /// Whether the home lies in the order's district.
    pub(crate) same_district: bool,
    /// How often the same service was done and paid.
    pub(crate) same_service: u64,
    /// How often this recipient was served and it was paid.
    pub(crate) acquainted: u64,
    /// What others thought.
    pub(crate) rating: RatingTotal,
    /// How often the volunteer did not come.
    pub(crate) absences: u64,
    /// Minutes served or promised of late.
    pub(crate) load: Minutes,
    /// When the last service ended.
    pub(crate) last_served_ms: Option<TimestampMs>,
    /// Now.
    pub(crate) now_ms: TimestampMs,
    /// Minutes of training.
    pub(crate) trained: Minutes,
    /// Minutes of service.
    pub(crate) served: Minutes,
}

/// A reason for points, with the figure they come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// Lives in the recipient's street.
    SameStreet {
        /// Points.
        points: i64,
    },
    /// Lives in the order's district.
    SameDistrict {
        /// Points.
        points: i64,
    },
    /// Has done this service before.
    Experience {
        /// Points.
        points: i64,
        /// How often.
        count: u64,
    },
    /// Has served this recipient before.
    Acquainted {
        /// Points.
        points: i64,
        /// How often.
        count: u64,
    },
    /// What others thought.
    Rating {
        /// Points.
        points: i64,
        /// How many ratings.
        count: u64,
        /// Stars in all.
        stars: u64,
    },
    /// Did not come.
    Absence {
        /// Points.
        points: i64,
        /// How often.
        count: u64,
    },
    /// Work of late.
    Load {
        /// Points.
        points: i64,
        /// Minutes served or promised.
        minutes: u64,
        /// Within so many days.
        days: u64,
    },
    /// Has not served for a while.
    Waiting {
        /// Points.
        points: i64,
        /// Whole weeks.
        weeks: u64,
    },
    /// Trained, and never served.
    Newcomer {
        /// Points.
        points: i64,
        /// Minutes of training.
        minutes: u64,
    },
}

impl Reason {
    /// The points.
    pub const fn points(&self) -> i64 {
        match self {
            Reason::SameStreet { points }
            | Reason::SameDistrict { points }
            | Reason::Experience { points, .. }
            | Reason::Acquainted { points, .. }
            | Reason::Rating { points, .. }
            | Reason::Absence { points, .. }
            | Reason::Load { points, .. }
            | Reason::Waiting { points, .. }
            | Reason::Newcomer { points, .. } => *points,
        }
    }

    /// The message that says it.
    pub const fn message(&self) -> &'static str {
        match self {
            Reason::SameStreet { .. } => "match-same_street",
            Reason::SameDistrict { .. } => "match-same_district",
            Reason::Experience { .. } => "match-experience",
            Reason::Acquainted { .. } => "match-acquainted",
            Reason::Rating { .. } => "match-rating",
            Reason::Absence { .. } => "match-absence",
            Reason::Load { .. } => "match-load",
            Reason::Waiting { .. } => "match-waiting",
            Reason::Newcomer { .. } => "match-newcomer",
        }
    }
}

/// Every reason that gives points, in the order of the scoring.
pub(crate) fn points(scoring: &Scoring, record: &Record) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if record.same_street {
        let points = scoring.home.same_street;
        reasons.push(Reason::SameStreet { points });
    } else if record.same_district {
        let points = scoring.home.same_district;
        reasons.push(Reason::SameDistrict { points });
    }
    let count = record.same_service;
    let points = scoring.experience.of(count);
    reasons.push(Reason::Experience { points, count });
    if record.acquainted > 0 {
        let (points, count) = (scoring.acquainted.points, record.acquainted);
        reasons.push(Reason::Acquainted { points, count });
    }
    let RatingTotal { count, stars } = record.rating;
    reasons.push(Reason::Rating {
        points: scoring.rating.of(count, stars),
        count: u64::from(count),
        stars,
    });
    let (points, count) = (scoring.absence.of(record.absences), record.absences);
    reasons.push(Reason::Absence { points, count });
    let load = Falling {
        each: scoring.load.each_hour,
        least: scoring.load.least,
    };
    reasons.push(Reason::Load {
        points: load.of(record.load.0 / 60),
        minutes: record.load.0,
        days: u64::from(scoring.load.days),
    });
    match record.last_served_ms {
        Some(last_ms) => {
            let weeks = record.now_ms.since_ms(last_ms) / (7 * DAY_MS);
            let waiting = Rising {
                each: scoring.waiting.each_week,
                most: scoring.waiting.most,
            };
            let points = waiting.of(weeks);
            reasons.push(Reason::Waiting { points, weeks });
        }
        None if record.served.is_zero() && !record.trained.is_zero() => {
            let (points, minutes) = (scoring.newcomer.points, record.trained.0);
            reasons.push(Reason::Newcomer { points, minutes });
        }
        None => {}
    }
    reasons.retain(|reason| reason.points() != 0);
    reasons
}
