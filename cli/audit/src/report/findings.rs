//! The findings for people: rule by rule, each rule with what it means and what may be behind it that is in order.

use ledger_core::message::{Arguments, Language};
use maud::{Markup, PreEscaped, html};
use timebank_print::figure::grouped;
use timebank_print::page::{badge, identifier, note, section_on_new_sheet};
use timebank_print::table::cell;
use timebank_print::{Column, Table, Tone};

use super::tables::numbered;
use super::{Audited, EVIDENCE_SHOWN_MAX, FINDINGS_SHOWN_MAX, words};
use crate::screening::words::{figure_name, figure_value, kind, severity};
use crate::screening::{Finding, Rule, Subject};

/// How many findings each rule has, the gravest rules first.
pub(super) fn overview(audited: &Audited<'_>, language: Language) -> Markup {
    let say = |name| words::word(language, name);
    let mut table = Table::new([
        Column::text(say("rule")),
        Column::text(say("severity")),
        Column::number(say("findings")),
        Column::number(say("highest_score")),
    ]);
    for rule in by_severity(audited) {
        let scores: Vec<u64> = of_rule(audited, rule).map(|(_, it)| it.score).collect();
        let highest = scores.iter().max();
        table.row([
            cell(kind(language, rule.kind.name()).name),
            badge(
                words::tone(rule.severity),
                &severity(language, rule.severity),
            ),
            cell(grouped(count(scores.len()))),
            cell(highest.map_or("\u{2013}".to_owned(), |score| {
                format!("{} %", grouped(*score))
            })),
        ]);
    }
    table.total([
        cell(say("all_rules")),
        cell(""),
        cell(grouped(count(audited.findings.len()))),
        cell(""),
    ]);
    table.markup(language)
}

/// Every finding.
pub(super) fn detail(audited: &Audited<'_>, language: Language) -> Markup {
    let title = words::word(language, "section_findings");
    let body = html! {
        (note(Tone::Notice, &words::word(language, "accuses_nobody")))
        @if audited.findings.is_empty() { p { (words::word(language, "nothing_found")) } }
        @for rule in by_severity(audited) {
            @let found: Vec<(u64, &Finding)> = of_rule(audited, rule).collect();
            @if !found.is_empty() { (of_one_rule(audited, rule, &found, language)) }
        }
    };
    section_on_new_sheet(&title, &body)
}

fn of_one_rule(
    audited: &Audited<'_>,
    rule: &Rule,
    found: &[(u64, &Finding)],
    language: Language,
) -> Markup {
    let told = kind(language, rule.kind.name());
    let left_out = found.len().saturating_sub(FINDINGS_SHOWN_MAX);
    html! {
        h3 { (told.name) " " (badge(words::tone(rule.severity), &severity(language, rule.severity))) }
        (PreEscaped("\n"))
        p { strong { (words::word(language, "meaning")) } " " (told.meaning) }
        p { strong { (words::word(language, "honest")) } " " (told.honest) }
        (PreEscaped("\n"))
        @for (number, finding) in found.iter().take(FINDINGS_SHOWN_MAX) {
            (article(audited, *number, finding, language))
        }
        @if left_out > 0 {
            p.quiet.more { (words::say(language, "more_findings", &Arguments::NONE.number("count", count(left_out)))) }
        }
    }
}

fn article(audited: &Audited<'_>, number: u64, finding: &Finding, language: Language) -> Markup {
    let about = Arguments::NONE
        .number("number", number)
        .number("score", finding.score);
    let figures: Vec<String> = finding
        .figures
        .iter()
        .map(|figure| {
            let value = figure_value(language, figure, audited.calendar);
            let about = Arguments::NONE
                .text("name", figure_name(language, figure))
                .text("value", value);
            words::say(language, "figure", &about)
        })
        .collect();
    html! {
        article {
            h4 { (words::say(language, "finding", &about)) }
            p { @for (place, subject) in finding.subjects.iter().enumerate() {
                @if place > 0 { br; }
                span.quiet { (words::word(language, subject_kind(*subject))) } " " (identifier(words::subject(*subject)))
            } }
            p { (figures.join(&words::word(language, "figures_joined"))) }
            (evidence(audited, finding, language))
        }
        (PreEscaped("\n"))
    }
}

fn evidence(audited: &Audited<'_>, finding: &Finding, language: Language) -> Markup {
    let say = |name| words::word(language, name);
    let mut table = Table::new([
        Column::number(say("block")),
        Column::text(say("time")),
        Column::text(say("order_or_cause")),
    ]);
    for entry in finding.evidence.iter().take(EVIDENCE_SHOWN_MAX) {
        let (cause, id) = words::cause(&entry.event.cause);
        let caused = words::word(language, &format!("cause_{cause}"));
        let what = match entry.order {
            Some(order) => html! { (say("order")) " " (identifier(order)) },
            None => html! { (caused) " " (identifier(id)) },
        };
        table.row([
            cell(grouped(entry.event.height.0)),
            cell(audited.calendar.show(entry.event.time_ms)),
            what,
        ]);
    }
    let left_out = finding.evidence_total.saturating_sub(count(table.len()));
    html! {
        @if !table.is_empty() { (table.markup(language)) }
        @if left_out > 0 {
            p.quiet.more { (words::say(language, "more_evidence", &Arguments::NONE.number("count", left_out))) }
        }
    }
}

const fn subject_kind(subject: Subject) -> &'static str {
    match subject {
        Subject::Account(_) => "subject_account",
        Subject::Staff(_) => "subject_staff",
        Subject::Organisation(_) => "subject_organisation",
    }
}

/// The rules, the gravest first.
fn by_severity<'a>(audited: &Audited<'a>) -> Vec<&'a Rule> {
    let mut rules: Vec<&Rule> = audited.rules.rules.iter().collect();
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.severity));
    rules
}

fn of_rule<'a>(audited: &Audited<'a>, rule: &Rule) -> impl Iterator<Item = (u64, &'a Finding)> {
    numbered(audited).filter(move |(_, finding)| finding.rule == rule.id)
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
