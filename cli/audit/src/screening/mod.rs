//! Screening: what in the city's book an auditor should look at.
//!
//! Rules are data ([`Rules`]): each has an id, a version, a severity and thresholds with units, and is of one [`Kind`],
//! which is the code that measures. `docs/screening.md` says what each kind means, what an honest explanation may be, and
//! where its limits are; [`words`] has the short form in two languages.
//!
//! What always holds: a finding accuses nobody. It says which figures are unusual, compared with what, and which entries of
//! the book show it. The same facts and rules give the same findings in the same order, on every machine: integers only,
//! no clock, no randomness. Where a figure depends on the habits of a city, it is compared with those of peers, and the
//! subject's own part is left out of what it is compared with.

mod affinity;
mod bursts;
mod districts;
mod dormant;
mod evidence;
mod gifts;
mod hours;
mod hurry;
mod night;
mod observed;
mod places;
mod reciprocity;
mod reporting;
mod rules;
mod statistics;
mod strangers;
#[cfg(test)]
mod tests;
pub mod words;

use ledger_core::id::{AccountId, OrderId, OrganisationId, StaffId};
use ledger_core::time::{Calendar, Day, TimestampMs};
use serde::Serialize;

use crate::facts::{Event, Facts};
use observed::Observed;

pub use rules::{KIND_NAMES, Kind, RULES_BYTES_MAX, Rule, Rules, RulesError, Severity};

/// The most entries of the book that one finding lists; [`Finding::evidence_total`] counts all.
pub const EVIDENCE_MAX: usize = 200;

/// The days that are screened, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// The first.
    pub from: Day,
    /// The last.
    pub to: Day,
}

impl Period {
    /// Every day there is.
    pub const ALL: Period = Period {
        from: Day(0),
        to: Day(u32::MAX),
    };

    /// Whether an instant lies in it.
    pub fn has(self, calendar: Calendar, at: TimestampMs) -> bool {
        (self.from..=self.to).contains(&calendar.day(at))
    }
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A person, group or merchant.
    Account(AccountId),
    /// A staff entry; the person behind it is a subject of its own.
    Staff(StaffId),
    /// An organisation.
    Organisation(OrganisationId),
}

/// In what a figure is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// So many.
    Count,
    /// Minutes, shown as hours and minutes.
    Minutes,
    /// Days.
    Days,
    /// Hundredths.
    Percent,
    /// Milliseconds since 1970-01-01T00:00Z, shown in city time.
    Instant,
}

/// One number of a finding; its meaning is the message `figure_` and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// What it is.
    pub name: &'static str,
    /// How much.
    pub value: u64,
    /// Of what.
    pub unit: Unit,
}

/// An entry of the book that shows what a finding says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Evidence {
    /// Where it is.
    pub event: Event,
    /// The order it is about.
    pub order: Option<OrderId>,
}

/// Something an auditor should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// Its kind, under which [`words`] explains it.
    pub kind: &'static str,
    /// The rule's version.
    pub version: u32,
    /// How grave it is if there is no honest explanation.
    pub severity: Severity,
    /// How far beyond the rule's threshold, in percent of it: 100 just reaches it. At most [`SCORE_MAX`].
    pub score: u64,
    /// Whom it is about, sorted, each once.
    pub subjects: Vec<Subject>,
    /// The numbers, the most telling first.
    pub figures: Vec<Figure>,
    /// At most [`EVIDENCE_MAX`] entries, oldest first.
    pub evidence: Vec<Evidence>,
    /// How many entries there are in all.
    pub evidence_total: u64,
}

/// The highest score.
pub const SCORE_MAX: u64 = 10_000;

/// A finding before it is known under which rule.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) subjects: Vec<Subject>,
    pub(crate) figures: Vec<Figure>,
    pub(crate) evidence: Vec<Evidence>,
    /// The telling figure and its threshold.
    pub(crate) reached: (u64, u64),
    /// Low, whatever the rule's severity: an honest explanation is likely.
    pub(crate) mild: bool,
}

impl Finding {
    fn new(rule: &Rule, found: Found) -> Finding {
        let Found {
            mut subjects,
            figures,
            mut evidence,
            reached: (value, threshold),
            mild,
        } = found;
        subjects.sort_unstable();
        subjects.dedup();
        evidence.sort_unstable();
        evidence.dedup();
        let evidence_total = statistics::count(evidence.len());
        evidence.truncate(EVIDENCE_MAX);
        let score = value.saturating_mul(100) / threshold.max(1);
        Finding {
            rule: rule.id.clone(),
            kind: rule.kind.name(),
            version: rule.version,
            severity: if mild { Severity::Low } else { rule.severity },
            score: score.min(SCORE_MAX),
            subjects,
            figures,
            evidence,
            evidence_total,
        }
    }

    /// Whether it is about this account.
    pub fn concerns(&self, account: AccountId) -> bool {
        self.subjects.contains(&Subject::Account(account))
    }

    /// The orders among its evidence, each once, in order of their ids.
    pub fn orders(&self) -> Vec<OrderId> {
        let mut orders: Vec<_> = self.evidence.iter().filter_map(|it| it.order).collect();
        orders.sort_unstable();
        orders.dedup();
        orders
    }
}

/// What `rules` find in the days of `period`: the gravest first, then the highest score.
pub fn screen(facts: &Facts, rules: &Rules, period: Period) -> Vec<Finding> {
    let observed = Observed::of(facts, period);
    let mut findings: Vec<Finding> = Vec::new();
    for rule in &rules.rules {
        let found = measure(&rule.kind, &observed);
        findings.extend(found.into_iter().map(|found| Finding::new(rule, found)));
    }
    findings.sort_by(|left, right| {
        (right.severity, right.score)
            .cmp(&(left.severity, left.score))
            .then_with(|| left.rule.cmp(&right.rule))
            .then_with(|| left.subjects.cmp(&right.subjects))
            .then_with(|| left.evidence.cmp(&right.evidence))
    });
    findings
}

fn measure(kind: &Kind, observed: &Observed<'_>) -> Vec<Found> {
    match kind {
        Kind::HoursADay(it) => hours::find(observed, it),
        Kind::PairBothWays(it) => reciprocity::find_pairs(observed, it),
        Kind::ServiceRing(it) => reciprocity::find_rings(observed, it),
        Kind::MutualVerification(it) => reciprocity::find_mutual(observed, it),
        Kind::GiftRing(it) => gifts::find(observed, it),
        Kind::VerifierBurst(it) => bursts::find(observed, it),
        Kind::VerifierConcentration(it) => affinity::find_providers(observed, it),
        Kind::ClerkVerifierPair(it) => affinity::find_clerks(observed, it),
        Kind::BackdatedAtLimit(it) => reporting::find_backdated(observed, it),
        Kind::ImplausiblyFast(it) => reporting::find_fast(observed, it),
        Kind::NightWork(it) => night::find(observed, it),
        Kind::DormantDrained(it) => dormant::find(observed, it),
        Kind::RepeatedEvidence(it) => evidence::find(observed, it),
        Kind::DistrictImbalance(it) => districts::find(observed, it),
        Kind::TwoPlacesAtOnce(it) => places::find(observed, it),
    }
}

/// A number of things.
pub(crate) const fn counted(name: &'static str, value: u64) -> Figure {
    Figure {
        name,
        value,
        unit: Unit::Count,
    }
}

/// A length of service.
pub(crate) const fn minutes(name: &'static str, value: u64) -> Figure {
    Figure {
        name,
        value,
        unit: Unit::Minutes,
    }
}

/// A share.
pub(crate) const fn percent(name: &'static str, value: u64) -> Figure {
    Figure {
        name,
        value,
        unit: Unit::Percent,
    }
}

/// A number of days.
pub(crate) const fn days(name: &'static str, value: u64) -> Figure {
    Figure {
        name,
        value,
        unit: Unit::Days,
    }
}

/// An instant.
pub(crate) const fn instant(name: &'static str, at: TimestampMs) -> Figure {
    Figure {
        name,
        value: at.0,
        unit: Unit::Instant,
    }
}
