//! Statements on paper: pages in Chinese and English that print on A4, and tables for spreadsheet programs.

use ledger_core::amount::Minutes;
use ledger_core::message::{Arguments, Language};
use ledger_core::receipt::Entry;
use maud::{Markup, html};
use serde_json::Value;
use timebank_print::figure::{grouped, hours, signed_hours};
use timebank_print::page::{facts, identifier, note, paragraph, section, tiles};
use timebank_print::sheet::sheet;
use timebank_print::table::cell;
use timebank_print::{Bar, Chart, Column, Page, Paper, Table, Tone, Unit, chart};

use super::account::KindSum;
use super::district::Clearing;
use super::{AccountStatement, DistrictStatement, Figures, MerchantStatement, Period};
use crate::sentence::{label, say};

/// A statement on paper.
pub trait Paperwork {
    /// The page in a language.
    fn page(&self, language: Language) -> String;
    /// The table for spreadsheet programs.
    fn table(&self) -> String;
}

/// What every statement's page has around its own parts.
struct Frame<'f> {
    language: Language,
    title: &'static str,
    subject: &'f str,
    period: Period,
    /// What says where the figures come from.
    source: &'static str,
}

impl Frame<'_> {
    /// The page: opening, what came and went, closing, and that it adds up, before everything else.
    fn page(&self, [opening, received, left, closing]: [Sum; 4], rest: &Markup) -> String {
        let language = self.language;
        let shown = |sum: &Sum| hours(sum.1.0, language);
        let tile = |sum: &Sum, tone| (label(language, sum.0), shown(sum), tone);
        let balances = Arguments::NONE
            .text("opening", shown(&opening))
            .text("received", shown(&received))
            .text("left", shown(&left))
            .text("closing", shown(&closing));
        let known = Arguments::NONE.number("known_ms", self.period.known_ms.0);
        let body = html! {
            @if !self.period.is_over { (note(Tone::Notice, &say(language, "statement-provisional", &known))) }
            (tiles([
                tile(&opening, Tone::Plain), tile(&received, Tone::Good),
                tile(&left, Tone::Notice), tile(&closing, Tone::Plain),
            ]))
            (note(Tone::Good, &say(language, "statement-balances", &balances)))
            (rest)
            (paragraph(&say(language, self.source, &known)))
        };
        let title = label(language, self.title);
        let about = Arguments::NONE
            .text("month", self.period.month)
            .text("subject", self.subject)
            .text("title", &title);
        let page = Page {
            language,
            title: &title,
            subtitle: Some(&say(language, "statement-subtitle", &about)),
            footer: &say(language, "statement-footer", &about),
            paper: Paper::Portrait,
            body,
        };
        page.render()
    }
}

/// A label and minutes.
type Sum = (&'static str, Minutes);

impl Paperwork for AccountStatement {
    fn page(&self, language: Language) -> String {
        let subject = self.account.to_string();
        let frame = Frame {
            language,
            title: "statement-account",
            subject: &subject,
            period: self.period,
            source: "statement-proven",
        };
        let word = |value: &str| label(language, &format!("word-{value}"));
        let facts = facts([
            (
                label(language, "statement-of_account"),
                identifier(&subject),
            ),
            (
                label(language, "statement-holder"),
                cell(word(&name(&self.holder))),
            ),
            (
                label(language, "statement-status"),
                cell(word(&name(&self.status))),
            ),
            (
                label(language, "statement-home"),
                cell(format!("{:?}", self.home)),
            ),
        ]);
        let figures = figures(language, &self.opening, &self.closing);
        let kinds = kinds(language, &self.kinds, (self.received, self.left));
        let rest = html! {
            (facts)
            (section(&label(language, "statement-figures"), &figures))
            (section(&label(language, "statement-kinds"), &kinds))
            (section(&label(language, "statement-lines"), &lines(self, language)))
        };
        let balance = |figures: &Figures| figures.spendable.saturating_plus(figures.held);
        let sums = [
            ("statement-opening", balance(&self.opening)),
            ("statement-received", self.received),
            ("statement-left", self.left),
            ("statement-closing", balance(&self.closing)),
        ];
        frame.page(sums, &rest)
    }

    fn table(&self) -> String {
        let columns = [
            "height",
            "time",
            "entry",
            "about",
            "received",
            "left",
            "spendable",
            "held",
        ];
        let rows = self.lines.iter().map(|line| {
            [
                line.height.to_string(),
                self.period.show(line.time_ms),
                line.kind(),
                about(&line.entry).join(" "),
                line.received.to_string(),
                line.left.to_string(),
                line.spendable.to_string(),
                line.held.to_string(),
            ]
        });
        sheet(&columns, rows)
    }
}

impl Paperwork for MerchantStatement {
    fn page(&self, language: Language) -> String {
        let subject = self.merchant.to_string();
        let frame = Frame {
            language,
            title: "statement-merchant",
            subject: &subject,
            period: self.period,
            source: "statement-proven",
        };
        let facts = facts([
            (
                label(language, "statement-of_merchant"),
                identifier(&subject),
            ),
            (
                label(language, "statement-home"),
                cell(format!("{:?}", self.home)),
            ),
        ]);
        let mut items = Table::new([
            Column::text(label(language, "statement-item")),
            Column::number(label(language, "statement-times")),
            Column::number(label(language, "statement-minutes")),
        ]);
        for sum in &self.items {
            items.row([
                cell(sum.item),
                cell(grouped(sum.count)),
                cell(hours(sum.minutes.0, language)),
            ]);
        }
        let mut lines = Table::new([
            Column::text(label(language, "statement-time")),
            Column::text(label(language, "statement-to")),
            Column::text(label(language, "statement-item")),
            Column::number(label(language, "statement-given")),
            Column::number(label(language, "statement-settled")),
            Column::number(label(language, "statement-owed")),
        ]);
        for line in &self.lines {
            lines.row([
                cell(self.period.show(line.time_ms)),
                line.holder.map_or(html! {}, identifier),
                line.item.map_or(html! {}, cell),
                amount(line.given, language),
                amount(line.settled, language),
                cell(hours(line.owed.0, language)),
            ]);
        }
        lines.total([
            cell(label(language, "statement-sum")),
            html! {},
            html! {},
            amount(self.given, language),
            amount(self.settled, language),
            cell(hours(self.closing_owed.0, language)),
        ]);
        let rest = html! {
            (facts)
            (section(&label(language, "statement-items"), &items.markup(language)))
            (section(&label(language, "statement-lines"), &lines.markup(language)))
        };
        let sums = [
            ("statement-opening", self.opening_owed),
            ("statement-given", self.given),
            ("statement-settled", self.settled),
            ("statement-closing", self.closing_owed),
        ];
        frame.page(sums, &rest)
    }

    fn table(&self) -> String {
        let columns = [
            "height", "time", "holder", "item", "given", "settled", "owed",
        ];
        let text = |value: Option<String>| value.unwrap_or_default();
        let rows = self.lines.iter().map(|line| {
            [
                line.height.to_string(),
                self.period.show(line.time_ms),
                text(line.holder.map(|holder| holder.to_string())),
                text(line.item.map(|item| item.to_string())),
                line.given.to_string(),
                line.settled.to_string(),
                line.owed.to_string(),
            ]
        });
        sheet(&columns, rows)
    }
}

impl Paperwork for DistrictStatement {
    fn page(&self, language: Language) -> String {
        let subject = format!("{:?}", self.district);
        let frame = Frame {
            language,
            title: "statement-district",
            subject: &subject,
            period: self.period,
            source: "statement-booked",
        };
        let people = facts(
            [
                ("statement-at_home", self.people.at_home),
                ("statement-opened", self.people.opened),
                ("statement-closed", self.people.closed),
                ("statement-served", self.people.served),
                ("statement-were_served", self.people.were_served),
            ]
            .map(|(id, count)| (label(language, id), cell(grouped(count)))),
        );
        let clearing = match &self.clearing {
            Some(clearing) => clearing_table(language, clearing),
            None => paragraph(&label(language, "statement-clearing_open")),
        };
        let kinds = kinds(language, &self.kinds, (self.received, self.left));
        let rest = html! {
            (section(&label(language, "statement-kinds"), &kinds))
            (section(&label(language, "statement-people"), &people))
            (section(&label(language, "statement-services"), &services(self, language)))
            (section(&label(language, "statement-clearing"), &clearing))
        };
        let sums = [
            ("statement-opening", self.opening),
            ("statement-received", self.received),
            ("statement-left", self.left),
            ("statement-closing", self.closing),
        ];
        frame.page(sums, &rest)
    }

    fn table(&self) -> String {
        let columns = ["part", "what", "count", "received", "left", "net"];
        let row = |part: &str, what: String, numbers: [String; 4]| {
            let [count, received, left, net] = numbers;
            [part.to_owned(), what, count, received, left, net]
        };
        let none = String::new;
        let mut rows = vec![row(
            "balance",
            "opening".to_owned(),
            [none(), none(), none(), self.opening.to_string()],
        )];
        rows.extend(self.kinds.iter().map(|sum| {
            let [count, received, left] =
                [sum.count, sum.received.0, sum.left.0].map(|number| number.to_string());
            row("kind", sum.kind.clone(), [count, received, left, none()])
        }));
        rows.push(row(
            "balance",
            "closing".to_owned(),
            [none(), none(), none(), self.closing.to_string()],
        ));
        rows.extend(self.services.iter().map(|sum| {
            let [orders, minutes] = [sum.orders, sum.minutes.0].map(|number| number.to_string());
            row(
                "service",
                sum.service.to_string(),
                [orders, minutes, none(), none()],
            )
        }));
        if let Some(clearing) = &self.clearing {
            rows.extend(clearing.with.iter().map(|with| {
                let net = with.given.saturating_sub(with.taken);
                let [given, taken, net] =
                    [with.given, with.taken, net].map(|number| number.to_string());
                let district = format!("{:?}", with.district);
                row("clearing", district, [none(), given, taken, net])
            }));
            let net = clearing.net.to_string();
            rows.push(row(
                "clearing",
                "net".to_owned(),
                [none(), none(), none(), net],
            ));
        }
        sheet(&columns, rows)
    }
}

impl Period {
    /// An instant by the city's clocks.
    fn show(self, instant: ledger_core::time::TimestampMs) -> String {
        self.calendar.show(instant)
    }
}

/// What an account had and has, figure by figure; those that were and are nothing are left out.
fn figures(language: Language, opening: &Figures, closing: &Figures) -> Markup {
    let mut table = Table::new([
        Column::text(label(language, "statement-figure")),
        Column::number(label(language, "statement-opening")),
        Column::number(label(language, "statement-closing")),
    ]);
    for ((name, before), (_, after)) in opening.named().into_iter().zip(closing.named()) {
        if !before.is_zero() || !after.is_zero() {
            table.row([
                cell(label(language, &format!("statement-{name}"))),
                cell(hours(before.0, language)),
                cell(hours(after.0, language)),
            ]);
        }
    }
    table.markup(language)
}

/// What came and went by kind; kinds that moved nothing are left out.
fn kinds(language: Language, sums: &[KindSum], (received, left): (Minutes, Minutes)) -> Markup {
    let mut table = Table::new([
        Column::text(label(language, "statement-kind")),
        Column::number(label(language, "statement-count")),
        Column::number(label(language, "statement-received")),
        Column::number(label(language, "statement-left")),
    ]);
    let moved = |sum: &&KindSum| !sum.received.is_zero() || !sum.left.is_zero();
    for sum in sums.iter().filter(moved) {
        table.row([
            cell(entry_word(language, &sum.kind)),
            cell(grouped(sum.count)),
            amount(sum.received, language),
            amount(sum.left, language),
        ]);
    }
    table.total([
        cell(label(language, "statement-sum")),
        html! {},
        amount(received, language),
        amount(left, language),
    ]);
    table.markup(language)
}

fn lines(statement: &AccountStatement, language: Language) -> Markup {
    let mut table = Table::new([
        Column::text(label(language, "statement-time")),
        Column::text(label(language, "statement-kind")),
        Column::text(label(language, "statement-about")),
        Column::number(label(language, "statement-received")),
        Column::number(label(language, "statement-left")),
        Column::number(label(language, "statement-spendable")),
        Column::number(label(language, "statement-held")),
    ]);
    for line in &statement.lines {
        let about = about(&line.entry);
        table.row([
            cell(statement.period.show(line.time_ms)),
            cell(entry_word(language, &line.kind())),
            html! { @for part in about { (identifier(part)) " " } },
            amount(line.received, language),
            amount(line.left, language),
            cell(hours(line.spendable.0, language)),
            amount(line.held, language),
        ]);
    }
    table.markup(language)
}

fn services(statement: &DistrictStatement, language: Language) -> Markup {
    let mut table = Table::new([
        Column::text(label(language, "statement-service")),
        Column::number(label(language, "statement-orders")),
        Column::number(label(language, "statement-time_served")),
        Column::number(label(language, "statement-reversed")),
    ]);
    for sum in &statement.services {
        table.row([
            cell(sum.service),
            cell(grouped(sum.orders)),
            cell(hours(sum.minutes.0, language)),
            cell(grouped(sum.reversed)),
        ]);
    }
    let bars: Vec<Bar> = statement
        .services
        .iter()
        .map(|sum| Bar {
            label: sum.service.to_string(),
            value: i64::try_from(sum.minutes.0).unwrap_or(i64::MAX),
            tone: Tone::Plain,
        })
        .collect();
    let chart = Chart {
        language,
        title: &label(language, "statement-services"),
        unit: Unit::Minutes,
    };
    html! {
        @if bars.len() > 1 { (chart::bars(&chart, &bars)) }
        (table.markup(language))
    }
}

fn clearing_table(language: Language, clearing: &Clearing) -> Markup {
    let mut table = Table::new([
        Column::text(label(language, "statement-clearing_district")),
        Column::number(label(language, "statement-clearing_given")),
        Column::number(label(language, "statement-clearing_taken")),
        Column::number(label(language, "statement-net")),
    ]);
    for with in &clearing.with {
        let net = with.given.saturating_sub(with.taken);
        table.row([
            cell(format!("{:?}", with.district)),
            cell(signed_hours(with.given, language)),
            cell(signed_hours(with.taken, language)),
            cell(signed_hours(net, language)),
        ]);
    }
    table.total([
        cell(label(language, "statement-sum")),
        html! {},
        html! {},
        cell(signed_hours(clearing.net, language)),
    ]);
    let (tone, id) = match clearing.agrees {
        Some(true) => (Tone::Good, "statement-clearing_agrees"),
        Some(false) => (Tone::Alarm, "statement-clearing_differs"),
        None => (Tone::Notice, "statement-clearing_waits"),
    };
    html! {
        (table.markup(language))
        (note(tone, &label(language, id)))
    }
}

/// Minutes, or nothing for none.
fn amount(minutes: Minutes, language: Language) -> Markup {
    match minutes.is_zero() {
        true => html! {},
        false => cell(hours(minutes.0, language)),
    }
}

fn entry_word(language: Language, kind: &str) -> String {
    label(language, &format!("word-entry_{kind}"))
}

/// The name under which a unit variant is written.
fn name<T: serde::Serialize>(value: &T) -> String {
    let json = serde_json::to_value(value).unwrap_or_default();
    json.as_str().unwrap_or_default().to_owned()
}

/// With whom and for what: the ids, days, items and stars of an entry.
fn about(entry: &Entry) -> Vec<String> {
    let json = serde_json::to_value(entry).unwrap_or_default();
    let fields = json.as_object().into_iter().flatten();
    let parts = fields.filter_map(|(field, value)| match value {
        Value::String(_) if field == "kind" => None,
        Value::String(text) => Some(office_or(text)),
        Value::Number(number) if field == "stars" => Some(format!("{number}/5")),
        _ => None,
    });
    parts.collect()
}

/// An office by its division code, anything else as it is.
fn office_or(text: &str) -> String {
    let office: Result<ledger_core::id::OrganisationId, _> = text.parse();
    office.map_or_else(|_| text.to_owned(), |office| format!("{office:?}"))
}
