//! The report's drawings.

use std::collections::BTreeMap;

use ledger_core::amount::Minutes;
use ledger_core::id::OrganisationId;
use ledger_core::message::Arguments;
use ledger_core::message::Language;
use maud::{Markup, html};
use timebank_print::chart::{bars, columns, heat_map};
use timebank_print::{Bar, Chart, Heat, HeatRow, Point, Tone, Unit};

use super::measures::Measures;
use super::{Audited, words};
use crate::screening::words::kind;

/// The most verifiers drawn; the rest is one bar.
const VERIFIERS_MAX: usize = 20;

/// Hours by month, and by month and district.
pub(super) fn served(audited: &Audited<'_>, sums: &Measures, language: Language) -> Markup {
    let say = |name| words::word(language, name);
    let months = Measures::months(audited);
    let points: Vec<Point> = months
        .iter()
        .map(|month| Point {
            label: month.to_string(),
            values: vec![sums.minutes_of(*month)],
        })
        .collect();
    let labels: Vec<String> = months.iter().map(ToString::to_string).collect();
    let rows: Vec<HeatRow> = sums
        .districts()
        .into_iter()
        .map(|district| HeatRow {
            label: words::office(district),
            cells: months
                .iter()
                .map(|month| {
                    Heat::Value(sums.served.get(&(*month, district)).copied().unwrap_or(0))
                })
                .collect(),
        })
        .collect();
    let (title, by_district) = (say("chart_months"), say("chart_districts"));
    html! {
        (columns(&chart(language, &title, Unit::Minutes), std::slice::from_ref(&title), &points))
        (heat_map(&chart(language, &by_district, Unit::Minutes), &labels, &rows))
    }
}

/// Services by the hour of the day in which they began.
pub(super) fn hours(sums: &Measures, language: Language) -> Markup {
    let title = words::word(language, "chart_hours");
    let points: Vec<Point> = sums
        .hours
        .iter()
        .enumerate()
        .map(|(hour, services)| Point {
            label: hour.to_string(),
            values: vec![*services],
        })
        .collect();
    columns(
        &chart(language, &title, Unit::Count),
        std::slice::from_ref(&title),
        &points,
    )
}

/// Services verified by each verifier, the busiest first.
pub(super) fn verifiers(sums: &Measures, language: Language) -> Markup {
    let title = words::word(language, "chart_verifiers");
    let mut loads: Vec<_> = sums.verifiers.iter().collect();
    loads.sort_by(|(left, one), (right, other)| {
        let by_load = other.services.cmp(&one.services);
        by_load.then_with(|| left.cmp(right))
    });
    let shown = loads.iter().take(VERIFIERS_MAX);
    let mut drawn: Vec<Bar> = shown
        .map(|(entry, load)| bar(words::staff(**entry), load.services, Tone::Plain))
        .collect();
    let others = loads.iter().skip(VERIFIERS_MAX);
    let (count, rest) = others.fold((0_u64, 0_u64), |(count, sum), (_, load)| {
        (count.saturating_add(1), sum.saturating_add(load.services))
    });
    if count > 0 {
        let about = Arguments::NONE.number("count", count);
        let label = words::say(language, "chart_other_verifiers", &about);
        drawn.push(bar(label, rest, Tone::Notice));
    }
    bars(&chart(language, &title, Unit::Count), &drawn)
}

/// Findings by rule, in the order of the rules; rules that found nothing are drawn too.
pub(super) fn findings(audited: &Audited<'_>, language: Language) -> Markup {
    let title = words::word(language, "chart_findings");
    let drawn: Vec<Bar> = audited
        .rules
        .rules
        .iter()
        .map(|rule| {
            let found = audited.findings.iter().filter(|it| it.rule == rule.id);
            let count = u64::try_from(found.count()).unwrap_or(u64::MAX);
            let label = kind(language, rule.kind.name()).name;
            bar(label, count, words::tone(rule.severity))
        })
        .collect();
    bars(&chart(language, &title, Unit::Count), &drawn)
}

/// The nets of the closed months, added up by district.
pub(super) fn clearing(audited: &Audited<'_>, language: Language) -> Markup {
    let title = words::word(language, "chart_clearing");
    let mut nets: BTreeMap<OrganisationId, i64> = BTreeMap::new();
    for month in &audited.months {
        for district in &month.recomputed.districts {
            let net = nets.entry(district.district).or_default();
            *net = net.saturating_add(district.net);
        }
    }
    let drawn: Vec<Bar> = nets
        .into_iter()
        .map(|(district, value)| Bar {
            label: words::office(district),
            value,
            tone: if value < 0 {
                Tone::Warning
            } else {
                Tone::Plain
            },
        })
        .collect();
    bars(&chart(language, &title, Unit::Minutes), &drawn)
}

/// Where the minutes are, of all that were issued.
pub(super) fn supply(audited: &Audited<'_>, language: Language) -> Markup {
    let title = words::word(language, "chart_supply");
    let places = supply_places(audited);
    let drawn: Vec<Bar> = places
        .iter()
        .map(|(name, minutes)| bar(words::word(language, name), minutes.0, Tone::Plain))
        .collect();
    bars(&chart(language, &title, Unit::Minutes), &drawn)
}

/// The places in which minutes are, with the names of their messages.
pub(super) fn supply_places(audited: &Audited<'_>) -> [(&'static str, Minutes); 6] {
    let supply = &audited.supply;
    [
        ("spendable", supply.spendable),
        ("held", supply.held),
        ("pools", supply.pools),
        ("redeemed", supply.redeemed),
        ("expired", supply.expired),
        ("voided", supply.voided),
    ]
}

fn bar(label: String, value: u64, tone: Tone) -> Bar {
    Bar {
        label,
        value: i64::try_from(value).unwrap_or(i64::MAX),
        tone,
    }
}

const fn chart(language: Language, title: &str, unit: Unit) -> Chart<'_> {
    Chart {
        language,
        title,
        unit,
    }
}
