//! The report as a page.

use ledger_core::audit::AuditedMonth;
use ledger_core::message::{Arguments, Language};
use maud::{Markup, html};
use timebank_print::figure::{grouped, hours};
use timebank_print::page::{badge, facts, identifier, note, section, tiles};
use timebank_print::table::cell;
use timebank_print::{Column, Page, Paper, Table, Tone};

use super::measures::Measures;
use super::{Audited, appendix, charts, findings, words};

/// The whole report in one language, as an HTML file.
pub fn html(audited: &Audited<'_>, language: Language) -> String {
    let sums = Measures::of(audited);
    let about = Arguments::NONE
        .text("city", words::office(audited.facts.city))
        .text("from", audited.period.from)
        .text("to", audited.period.to)
        .number("height", audited.height.0);
    let title = words::word(language, "title");
    let subtitle = words::say(language, "subtitle", &about);
    let footer = words::say(language, "footer", &about);
    let say = |name| words::word(language, name);
    let body = html! {
        (summary(audited, &sums, language))
        (section(&say("section_book"), &book(audited, language)))
        (section(&say("section_services"), &html! {
            (charts::served(audited, &sums, language))
            (charts::hours(&sums, language))
            (charts::verifiers(&sums, language))
        }))
        (section(&say("section_clearing"), &clearing(audited, language)))
        (section(&say("section_overview"), &html! {
            (charts::findings(audited, language))
            (findings::overview(audited, language))
        }))
        (findings::detail(audited, language))
        (appendix::appendix(audited, language))
    };
    let page = Page {
        language,
        title: &title,
        subtitle: Some(&subtitle),
        footer: &footer,
        paper: Paper::Portrait,
        body,
    };
    page.render()
}

/// The numbers that matter most.
fn summary(audited: &Audited<'_>, sums: &Measures, language: Language) -> Markup {
    let say = |name| words::word(language, name);
    let gravest = audited.findings.iter().map(|it| it.severity).max();
    let tone = gravest.map_or(Tone::Good, words::tone);
    let count = |count: usize| grouped(u64::try_from(count).unwrap_or(u64::MAX));
    let (books, books_tone) = match is_conserved(audited) {
        true => (say("holds"), Tone::Good),
        false => (say("does_not_hold"), Tone::Alarm),
    };
    tiles([
        (say("tile_findings"), count(audited.findings.len()), tone),
        (say("tile_conservation"), books, books_tone),
        (
            say("tile_hours"),
            hours(sums.minutes, language),
            Tone::Plain,
        ),
        (say("tile_services"), grouped(sums.services), Tone::Plain),
        (say("tile_servers"), count(sums.servers.len()), Tone::Plain),
        (
            say("tile_recipients"),
            count(sums.recipients.len()),
            Tone::Plain,
        ),
    ])
}

/// Whether every minute ever issued is accounted for.
fn is_conserved(audited: &Audited<'_>) -> bool {
    let (issued, accounted) = (audited.supply.issued(), audited.supply.accounted());
    issued.is_ok() && issued == accounted
}

/// What the book is, and where every minute is.
fn book(audited: &Audited<'_>, language: Language) -> Markup {
    let say = |name| words::word(language, name);
    let issued = audited.supply.issued().map_or(0, |issued| issued.0);
    let mut table = Table::new([
        Column::text(say("where")),
        Column::number(say("minutes")),
        Column::number(say("hours")),
    ]);
    for (name, minutes) in charts::supply_places(audited) {
        table.row([
            cell(say(name)),
            cell(grouped(minutes.0)),
            cell(hours(minutes.0, language)),
        ]);
    }
    let accounted = audited.supply.accounted().map_or(0, |sum| sum.0);
    table.total([
        cell(say("accounted")),
        cell(grouped(accounted)),
        cell(hours(accounted, language)),
    ]);
    let sums = Arguments::NONE
        .text("issued", grouped(issued))
        .text("accounted", grouped(accounted));
    html! {
        (facts([
            (say("city"), cell(words::office(audited.facts.city))),
            (say("period"), cell(format!("{} \u{2013} {}", audited.period.from, audited.period.to))),
            (say("chain"), identifier(audited.chain_id)),
            (say("last_block"), cell(grouped(audited.height.0))),
            (say("block_id"), identifier(audited.block_id)),
            (say("block_time"), cell(audited.calendar.show(audited.time_ms))),
            (say("state_root"), identifier(audited.state_root)),
        ]))
        p { (say("replayed")) }
        @match is_conserved(audited) {
            true => (note(Tone::Good, &words::say(language, "conserved", &sums))),
            false => (note(Tone::Alarm, &words::say(language, "not_conserved", &sums))),
        }
        (charts::supply(audited, language))
        (table.markup(language))
    }
}

/// The closed months of the period: nets, and whether the chain's record is what the blocks give.
fn clearing(audited: &Audited<'_>, language: Language) -> Markup {
    let say = |name| words::word(language, name);
    if audited.months.is_empty() {
        return html! { p.nothing { (say("no_closed_month")) } };
    }
    let mut table = Table::new([
        Column::text(say("month")),
        Column::text(say("agreement")),
        Column::text(say("clearing_hash")),
    ]);
    for month in &audited.months {
        table.row([
            cell(month.recomputed.month),
            agreement(month, language),
            identifier(month.recomputed.clearing_hash()),
        ]);
    }
    html! {
        (charts::clearing(audited, language))
        p.quiet { (say("clearing_text")) }
        (table.markup(language))
    }
}

fn agreement(month: &AuditedMonth, language: Language) -> Markup {
    let (tone, name) = match (month.agreed_hash(), &month.recorded) {
        (Some(_), _) => (Tone::Good, "agrees"),
        (None, Some(_)) => (Tone::Alarm, "differs"),
        (None, None) => (Tone::Notice, "not_recorded_yet"),
    };
    badge(tone, &words::word(language, name))
}
