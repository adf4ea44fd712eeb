//! Screens a generated city and compares what is found with what was planted.
//!
//! A finding is true when it points at a planted fraud: it names somebody who commits it (or the district that gains, or the
//! account that was emptied), and its evidence shows at least one order or transaction of that fraud. Everything else is a
//! false alarm, also when it names a culprit for something honest. A fraud is found when some true finding points
//! at it, and found by its own rule when that of its kind does.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use ledger_core::receipt::Cause;
use timebank_audit::Facts;
use timebank_audit::screening::{Finding, Period, Rules, Subject, screen};

use super::{Case, Generated, Kind, Lived, Planting, Size, generate};

/// What a rule found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleFigures {
    /// Findings that point at a planted fraud.
    pub true_findings: usize,
    /// Findings in the city with frauds that do not.
    pub false_findings: usize,
    /// Findings in the clean city, all of them false.
    pub clean_findings: usize,
    /// Planted frauds of the kinds the rule is for.
    pub planted: usize,
    /// Those of them it found.
    pub found: usize,
}

/// What became of one planted fraud.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The label.
    pub case: Case,
    /// The rules whose findings point at it.
    pub rules: BTreeSet<String>,
    /// Whether a rule for its kind is among them.
    pub by_own_rule: bool,
}

/// The comparison.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The seed.
    pub seed: u64,
    /// The size.
    pub size: Size,
    /// Accounts in either city.
    pub accounts: usize,
    /// The city with frauds.
    pub lived: Lived,
    /// The clean city.
    pub clean: Lived,
    /// Every planted fraud.
    pub outcomes: Vec<Outcome>,
    /// By rule id; every rule there is.
    pub rules: BTreeMap<String, RuleFigures>,
    /// Different accounts that findings in the clean city name.
    pub clean_accounts: usize,
    /// Findings that do not point at a fraud, of both cities, in words: what to look at when a rule is mended.
    pub false_alarms: Vec<String>,
}

/// The rules meant for a kind; none for kinds nobody has written a rule for.
pub const fn own_rules(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::LongDays => &["hours_a_day"],
        Kind::BothWays => &["pair_both_ways"],
        Kind::GiftRing => &["gift_ring"],
        Kind::VerifierBurst => &["verifier_burst"],
        Kind::VerifierConcentration => &["verifier_concentration"],
        Kind::Backdated => &["backdated_at_limit"],
        Kind::NightWork => &["night_work"],
        Kind::DormantDrained => &["dormant_drained"],
        Kind::RepeatedEvidence => &["repeated_evidence"],
        Kind::InterDistrict => &["district_imbalance"],
        Kind::TooFast => &["implausibly_fast"],
        Kind::ClerkVerifier => &["clerk_verifier_pair"],
        Kind::ServiceRing => &["service_ring"],
        Kind::MerchantCashOut | Kind::PhantomCampaign | Kind::StrawMen => &[],
    }
}

/// Generates both cities of a seed, screens them by `rules` and compares.
///
/// # Errors
/// When a book does not balance or its facts cannot be read.
pub fn measure(seed: u64, size: Size, rules: &Rules) -> Result<Measured> {
    let (clean_facts, clean, _) = observe(generate(seed, size, Planting::Clean))?;
    let generated = generate(seed, size, Planting::Frauds);
    let accounts = generated.accounts;
    let (facts, lived, cases) = observe(generated)?;
    let clean_findings = screen(&clean_facts, rules, Period::ALL);
    let findings = screen(&facts, rules, Period::ALL);
    let outcomes = outcomes(cases, &findings);
    let mut figures: BTreeMap<String, RuleFigures> = rules
        .rules
        .iter()
        .map(|rule| (rule.id.clone(), RuleFigures::default()))
        .collect();
    let mut false_alarms = Vec::new();
    for finding in &findings {
        let figures = figures.entry(finding.rule.clone()).or_default();
        if outcomes.iter().any(|it| points_at(finding, &it.case)) {
            figures.true_findings += 1;
        } else {
            figures.false_findings += 1;
            false_alarms.push(tell("among frauds", finding));
        }
    }
    for finding in &clean_findings {
        figures
            .entry(finding.rule.clone())
            .or_default()
            .clean_findings += 1;
        false_alarms.push(tell("clean", finding));
    }
    for outcome in &outcomes {
        for rule in own_rules(outcome.case.kind) {
            let figures = figures.entry((*rule).to_owned()).or_default();
            figures.planted += 1;
            figures.found += usize::from(outcome.rules.contains(*rule));
        }
    }
    Ok(Measured {
        seed,
        size,
        accounts,
        lived,
        clean,
        outcomes,
        rules: figures,
        clean_accounts: accused(&clean_findings),
        false_alarms,
    })
}

fn observe(generated: Generated) -> Result<(Facts, Lived, Vec<Case>)> {
    let mut facts = Facts::begin(&generated.genesis);
    let cases = generated.cases.clone();
    let mut living = generated.begin()?;
    while let Some(booked) = living.next_block()? {
        facts.follow(&booked)?;
    }
    Ok((facts, living.lived(), cases))
}

fn outcomes(cases: Vec<Case>, findings: &[Finding]) -> Vec<Outcome> {
    let outcome = |case: Case| {
        let rules: BTreeSet<String> = findings
            .iter()
            .filter(|finding| points_at(finding, &case))
            .map(|finding| finding.rule.clone())
            .collect();
        let by_own_rule = own_rules(case.kind)
            .iter()
            .any(|rule| rules.contains(*rule));
        Outcome {
            case,
            rules,
            by_own_rule,
        }
    };
    cases.into_iter().map(outcome).collect()
}

/// Whether `finding` is about the fraud `case`.
fn points_at(finding: &Finding, case: &Case) -> bool {
    let names = finding.subjects.iter().any(|subject| match subject {
        Subject::Account(account) => case.people.contains(account),
        Subject::Staff(staff) => case.staff.contains(staff),
        Subject::Organisation(organisation) => case.districts.contains(organisation),
    });
    let shows = finding.evidence.iter().any(|evidence| {
        let order = evidence.order;
        let by_order = order.is_some_and(|order| case.orders.contains(&order));
        by_order
            || match evidence.event.cause {
                Cause::Transaction(id) => case.transactions.contains(&id),
                _ => false,
            }
    });
    names && shows
}

/// Different accounts that findings name.
fn accused(findings: &[Finding]) -> usize {
    let accounts: BTreeSet<_> = findings
        .iter()
        .flat_map(|finding| &finding.subjects)
        .filter_map(|subject| match subject {
            Subject::Account(account) => Some(account),
            Subject::Staff(_) | Subject::Organisation(_) => None,
        })
        .collect();
    accounts.len()
}

fn tell(city: &str, finding: &Finding) -> String {
    let subjects: Vec<String> = finding
        .subjects
        .iter()
        .map(|it| format!("{it:?}"))
        .collect();
    let figures: Vec<String> = finding
        .figures
        .iter()
        .map(|figure| format!("{} {}", figure.name, figure.value))
        .collect();
    format!(
        "{city}: {} (score {}) {}: {}",
        finding.rule,
        finding.score,
        subjects.join(", "),
        figures.join(", ")
    )
}

impl Measured {
    /// How many frauds were found, by any rule and by their own, of how many.
    pub fn found(&self) -> (usize, usize, usize) {
        let found = self.outcomes.iter().filter(|it| !it.rules.is_empty());
        let own = self.outcomes.iter().filter(|it| it.by_own_rule);
        (found.count(), own.count(), self.outcomes.len())
    }

    /// True findings and all findings in the city with frauds.
    pub fn findings(&self) -> (usize, usize) {
        let trues: usize = self.rules.values().map(|it| it.true_findings).sum();
        let falses: usize = self.rules.values().map(|it| it.false_findings).sum();
        (trues, trues + falses)
    }

    /// Findings in the clean city.
    pub fn clean_findings(&self) -> usize {
        self.rules.values().map(|it| it.clean_findings).sum()
    }
}
