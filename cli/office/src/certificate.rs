//! The service record certificate on paper: what a volunteer hands to an employer or a school, in Chinese or English, with
//! codes that carry all of it, so that a copy of the paper is checked as well as the file.
//!
//! What always holds: a page is made of a certificate that was checked, and shows its figures and no others.

use ledger_core::hash::Hash;
use ledger_core::message::{Arguments, Language};
use ledger_core::record::service_record::{ServiceMonth, Tally};
use ledger_core::time::Month;
use maud::{Markup, PreEscaped, html};
use timebank_print::figure::{grouped, hours};
use timebank_print::page::{
    facts, identifier, note, paragraph, section, section_on_new_sheet, tiles,
};
use timebank_print::table::cell;
use timebank_print::{Column, Page, Paper, Table, Tone};
use timebank_wallet::service_record::{Certificate, Checked, Figures, MadeFor};
use timebank_wallet::{Error, qr};

use crate::sentence::{label, say};

/// The most bytes in one printed code: three side by side on A4, each module more than half a millimetre.
const PRINTED_PART_BYTES: usize = 640;

/// The page of `certificate`, which was checked.
///
/// # Errors
/// When it is too long for codes.
pub fn page(
    certificate: &Certificate,
    checked: &Checked,
    language: Language,
) -> Result<String, Error> {
    let figures = &checked.figures;
    let codes = certificate.qr_parts(PRINTED_PART_BYTES)?;
    let pictures: Vec<String> = codes
        .iter()
        .map(|code| qr::svg(code))
        .collect::<Result<_, _>>()?;
    let body = html! {
        (note(Tone::Good, &say(language, "certificate-holder_agreed", &about(figures, checked))))
        (tiles([
            (label(language, "certificate-served"), hours(figures.served.0, language), Tone::Good),
            (label(language, "certificate-trained"), hours(figures.trainings.minutes.0, language), Tone::Plain),
            (label(language, "certificate-lifetime_served"), hours(figures.lifetime.served.0, language), Tone::Plain),
            (label(language, "certificate-stars"), star_text(figures.stars, language), Tone::Notice),
        ]))
        (whose(certificate, checked, language))
        (section(&label(language, "certificate-by_kind"), &kinds(figures, language)))
        (section(&label(language, "certificate-by_month"), &months(figures, language)))
        (section(&label(language, "certificate-lifetime"), &lifetime(figures, language)))
        (section(&label(language, "certificate-how_to_check"), &how(language)))
        (section_on_new_sheet(&label(language, "certificate-codes"), &printed(&codes, &pictures, language)))
    };
    let title = label(language, "certificate-title");
    let about = Arguments::NONE
        .text("account", figures.account)
        .text("title", &title)
        .text("from", figures.from)
        .text("to", figures.to);
    let page = Page {
        language,
        title: &title,
        subtitle: Some(&say(language, "certificate-subtitle", &about)),
        footer: &say(language, "certificate-footer", &about),
        paper: Paper::Portrait,
        body,
    };
    Ok(page.render())
}

fn about(figures: &Figures, checked: &Checked) -> Arguments {
    Arguments::NONE
        .number("height", figures.height.0)
        .number("time_ms", figures.time_ms.0)
        .number("valid_until_ms", figures.valid_until_ms.0)
        .number("signers", count(checked.signers))
        .number("of", count(checked.validators))
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// So many stars out of five.
fn star_text(stars: u8, language: Language) -> String {
    match stars {
        0 => label(language, "certificate-no_star"),
        _ => (1..=5u8)
            .map(|star| if star <= stars { '★' } else { '☆' })
            .collect(),
    }
}

/// Whose it is, until when it counts, and for whom it was made.
fn whose(certificate: &Certificate, checked: &Checked, language: Language) -> Markup {
    let figures = &checked.figures;
    let when = |id: &str| cell(say(language, id, &about(figures, checked)));
    let made_for = match checked.made_for {
        MadeFor::Anyone => "certificate-for_anyone",
        MadeFor::ThisReader | MadeFor::SomeReader => "certificate-for_one",
    };
    let statement = &certificate.statement;
    facts([
        (
            label(language, "certificate-account"),
            identifier(figures.account),
        ),
        (
            label(language, "certificate-home"),
            identifier(figures.home),
        ),
        (
            label(language, "certificate-period"),
            cell(format!("{} – {}", figures.from, figures.to)),
        ),
        (
            label(language, "certificate-as_of"),
            when("certificate-block"),
        ),
        (
            label(language, "certificate-valid_until"),
            when("certificate-until"),
        ),
        (
            label(language, "certificate-made_for"),
            cell(label(language, made_for)),
        ),
        (
            label(language, "certificate-city"),
            identifier(short(&statement.chain_id.0)),
        ),
    ])
}

/// The first half of a hash: enough to compare by eye.
fn short(hash: &Hash) -> String {
    let text = hash.to_string();
    text.get(..32).unwrap_or(&text).to_owned()
}

/// What was given in the period, a row for each kind.
fn kinds(figures: &Figures, language: Language) -> Markup {
    let columns = [
        Column::text(label(language, "certificate-kind")),
        Column::number(label(language, "certificate-times")),
        Column::number(label(language, "certificate-hours")),
    ];
    let row = |name: String, tally: &Tally| {
        [
            cell(name),
            cell(grouped(u64::from(tally.times))),
            cell(hours(tally.minutes.0, language)),
        ]
    };
    let others = [
        ("certificate-campaigns", &figures.campaigns),
        ("certificate-honorary", &figures.honorary),
        ("certificate-trainings", &figures.trainings),
    ];
    let mut table = Table::new(columns);
    for (code, tally) in &figures.services {
        let name = say(
            language,
            "certificate-service",
            &Arguments::NONE.text("code", code),
        );
        table.row(row(name, tally));
    }
    for (id, tally) in others.into_iter().filter(|(_, tally)| !tally.is_empty()) {
        table.row(row(label(language, id), tally));
    }
    table.markup(language)
}

/// What was given in the period, a row for each month.
fn months(figures: &Figures, language: Language) -> Markup {
    let columns = [
        Column::text(label(language, "certificate-month")),
        Column::number(label(language, "certificate-times")),
        Column::number(label(language, "certificate-hours")),
        Column::number(label(language, "certificate-honorary")),
        Column::number(label(language, "certificate-trainings")),
    ];
    let mut table = Table::new(columns);
    for month in &figures.months {
        table.row(month_row(month.month, &month.given, language));
    }
    table.markup(language)
}

fn month_row(month: Month, given: &ServiceMonth, language: Language) -> [Markup; 5] {
    let services = given
        .services
        .iter()
        .map(|(_, tally)| u64::from(tally.times));
    let times = services.sum::<u64>() + u64::from(given.campaigns.times);
    [
        cell(month.to_string()),
        cell(grouped(times)),
        cell(hours(given.served().0, language)),
        cell(hours(given.honorary.minutes.0, language)),
        cell(hours(given.trainings.minutes.0, language)),
    ]
}

/// Everything since the account was opened.
fn lifetime(figures: &Figures, language: Language) -> Markup {
    let all = &figures.lifetime;
    let rating = match all.rating.count {
        0 => label(language, "certificate-unrated"),
        count => {
            // Tenths, rounded down: nothing is made better than it is.
            let tenths = all.rating.stars.saturating_mul(10) / u64::from(count);
            let rating = Arguments::NONE
                .text("stars", format!("{}.{}", tenths / 10, tenths % 10))
                .number("count", u64::from(count));
            say(language, "certificate-rated", &rating)
        }
    };
    facts([
        (
            label(language, "certificate-lifetime_served"),
            cell(hours(all.served.0, language)),
        ),
        (
            label(language, "certificate-honorary"),
            cell(hours(all.honorary.0, language)),
        ),
        (
            label(language, "certificate-trainings"),
            cell(hours(all.trained.0, language)),
        ),
        (label(language, "certificate-rating"), cell(rating)),
        (
            label(language, "certificate-stars"),
            cell(star_text(figures.stars, language)),
        ),
    ])
}

fn how(language: Language) -> Markup {
    html! {
        @for id in ["certificate-check_file", "certificate-check_holder", "certificate-check_shows", "certificate-check_limits"] {
            (paragraph(&label(language, id)))
        }
    }
}

/// The codes, each with its number.
fn printed(codes: &[String], pictures: &[String], language: Language) -> Markup {
    let scan = Arguments::NONE.number("count", count(codes.len()));
    html! {
        (paragraph(&say(language, "certificate-scan", &scan)))
        div.codes { @for (number, picture) in (1..).zip(pictures) {
            // The drawing is this wallet's own: squares and nothing else.
            div.code { (PreEscaped(inline(picture))) p { (number) " / " (codes.len()) } }
            (PreEscaped("\n"))
        } }
        (PreEscaped("\n"))
    }
}

/// An image's file as a part of a page: without what stands before its first element.
fn inline(svg: &str) -> &str {
    svg.find("<svg").map_or(svg, |at| &svg[at..])
}

#[cfg(test)]
mod tests;
