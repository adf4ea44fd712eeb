//! The comparison as text: what was planted and found, and what the rules are worth.

use std::fmt::Write;

use super::measure::{Measured, own_rules};
use super::{Care, Kind};

/// The tables, in Markdown, as the manual shows them.
pub fn table(measured: &Measured) -> String {
    let mut text = String::new();
    write_all(&mut text, measured).expect("a string takes everything");
    text
}

/// Every fraud with the rules that found it, and every finding that accuses honest people.
pub fn details(measured: &Measured) -> String {
    let outcomes = measured.outcomes.iter().map(|outcome| {
        let case = &outcome.case;
        let rules: Vec<&str> = outcome.rules.iter().map(String::as_str).collect();
        let rules = if rules.is_empty() {
            "MISSED".to_owned()
        } else {
            rules.join(", ")
        };
        format!("{} ({}): {rules}", case.kind.name(), case.care.name())
    });
    let lines: Vec<String> = outcomes
        .chain(measured.false_alarms.iter().cloned())
        .collect();
    format!("\n{}", lines.join("\n"))
}

fn write_all(text: &mut String, measured: &Measured) -> std::fmt::Result {
    let size = &measured.size;
    writeln!(
        text,
        "Seed {}: {} accounts in {} districts, {} days. With frauds {} transactions in {} blocks, clean {} in {}.\n",
        measured.seed,
        measured.accounts,
        size.districts,
        size.days,
        measured.lived.transactions,
        measured.lived.blocks,
        measured.clean.transactions,
        measured.clean.blocks,
    )?;
    write_kinds(text, measured)?;
    writeln!(text)?;
    write_rules(text, measured)?;
    writeln!(text)?;
    write_overall(text, measured)?;
    for (city, lived) in [("with frauds", &measured.lived), ("clean", &measured.clean)] {
        if let Some((kind, rule)) = lived.refused.first() {
            let whose = kind.map_or("honest", Kind::name);
            let count = lived.refused.len();
            writeln!(
                text,
                "{count} transactions of the city {city} were refused, the first ({whose}) for {rule}",
            )?;
        }
    }
    Ok(())
}

fn write_kinds(text: &mut String, measured: &Measured) -> std::fmt::Result {
    writeln!(
        text,
        "| planted | cases | found | by its own rule | missed |"
    )?;
    writeln!(text, "|---|---:|---:|---:|---|")?;
    for kind in Kind::ALL {
        let cases: Vec<_> = measured
            .outcomes
            .iter()
            .filter(|it| it.case.kind == kind)
            .collect();
        let found = cases.iter().filter(|it| !it.rules.is_empty()).count();
        let own = cases.iter().filter(|it| it.by_own_rule).count();
        let own = if own_rules(kind).is_empty() {
            "no rule".to_owned()
        } else {
            own.to_string()
        };
        let missed: Vec<&str> = cases
            .iter()
            .filter(|it| it.rules.is_empty())
            .map(|it| Care::name(it.case.care))
            .collect();
        writeln!(
            text,
            "| {} | {} | {found} | {own} | {} |",
            kind.name(),
            cases.len(),
            missed.join(", "),
        )?;
    }
    Ok(())
}

fn write_rules(text: &mut String, measured: &Measured) -> std::fmt::Result {
    writeln!(
        text,
        "| rule | true findings | false | precision | recall of its kind | findings in the clean city |"
    )?;
    writeln!(text, "|---|---:|---:|---:|---:|---:|")?;
    for (rule, figures) in &measured.rules {
        let all = figures.true_findings + figures.false_findings;
        writeln!(
            text,
            "| {rule} | {} | {} | {} | {} | {} |",
            figures.true_findings,
            figures.false_findings,
            share(figures.true_findings, all),
            share(figures.found, figures.planted),
            figures.clean_findings,
        )?;
    }
    Ok(())
}

fn write_overall(text: &mut String, measured: &Measured) -> std::fmt::Result {
    let (found, own, planted) = measured.found();
    let (trues, all) = measured.findings();
    let clean = measured.clean_findings();
    writeln!(
        text,
        "Overall: recall {} ({found} of {planted} frauds; {own} by the rule for their kind), precision {} ({trues} of {all} \
         findings).",
        share(found, planted),
        share(trues, all),
    )?;
    writeln!(
        text,
        "Clean city: {clean} findings, {} false alarms per 1,000 accounts; they name {} accounts, {} per 1,000.",
        per_thousand(clean, measured.accounts),
        measured.clean_accounts,
        per_thousand(measured.clean_accounts, measured.accounts),
    )
}

/// A share in whole percent; a dash of nothing.
fn share(part: usize, whole: usize) -> String {
    if whole == 0 {
        "–".to_owned()
    } else {
        format!("{} %", (part * 200 + whole) / (2 * whole))
    }
}

fn per_thousand(count: usize, accounts: usize) -> String {
    let tenths = (count * 20_000 + accounts) / (2 * accounts);
    format!("{}.{}", tenths / 10, tenths % 10)
}
