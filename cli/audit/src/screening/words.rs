//! What rules, figures and severities are called, in Chinese and English.
//!
//! Every kind has a name, what it measures (`.meaning`) and what an honest explanation may be (`.honest`); every figure has
//! a name. A test holds both languages to the same messages, and every kind and figure to having one.

use std::sync::LazyLock;

use ledger_core::message::{Arguments, Catalogue, Language};
use ledger_core::time::{Calendar, TimestampMs};

use super::{Figure, Finding, Severity, Unit};

/// The words in Chinese.
pub const CHINESE: &str = include_str!("../../messages/screening.zh.ftl");
/// The words in English.
pub const ENGLISH: &str = include_str!("../../messages/screening.en.ftl");

/// What a kind of rule is called and means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindWords {
    /// A few words.
    pub name: String,
    /// What it measures.
    pub meaning: String,
    /// What may be behind it that is in order.
    pub honest: String,
}

/// The catalogue of a language.
pub fn catalogue(language: Language) -> &'static Catalogue {
    static CHINESE_CATALOGUE: LazyLock<Catalogue> =
        LazyLock::new(|| load(Language::Chinese, CHINESE));
    static ENGLISH_CATALOGUE: LazyLock<Catalogue> =
        LazyLock::new(|| load(Language::English, ENGLISH));
    match language {
        Language::Chinese => &CHINESE_CATALOGUE,
        Language::English => &ENGLISH_CATALOGUE,
    }
}

fn load(language: Language, source: &str) -> Catalogue {
    Catalogue::new(language, &[source]).expect("the built-in catalogue is checked by the tests")
}

/// What the kind named `kind` is called and means.
pub fn kind(language: Language, kind: &str) -> KindWords {
    let (catalogue, none) = (catalogue(language), Arguments::default());
    let attribute = |name| {
        let found = catalogue.try_attribute(kind, name, &none);
        found.ok().flatten().unwrap_or_default()
    };
    KindWords {
        name: catalogue.render(kind, &none),
        meaning: attribute("meaning"),
        honest: attribute("honest"),
    }
}

/// What a severity is called.
pub fn severity(language: Language, severity: Severity) -> String {
    let id = format!("severity_{}", severity.name());
    catalogue(language).render(&id, &Arguments::default())
}

/// What a figure is called.
pub fn figure_name(language: Language, figure: &Figure) -> String {
    let id = format!("figure_{}", figure.name);
    catalogue(language).render(&id, &Arguments::default())
}

/// A figure's value with its unit; instants in the city's time.
pub fn figure_value(language: Language, figure: &Figure, calendar: Calendar) -> String {
    let catalogue = catalogue(language);
    let value = figure.value;
    match figure.unit {
        Unit::Count => value.to_string(),
        Unit::Percent => format!("{value} %"),
        Unit::Instant => calendar.show(TimestampMs(value)),
        Unit::Days => catalogue.render("value_days", &Arguments::default().number("days", value)),
        Unit::Minutes => {
            let arguments = Arguments::default()
                .number("hours", value / 60)
                .number("minutes", value % 60);
            let id = match (value / 60, value % 60) {
                (0, _) => "value_minutes",
                (_, 0) => "value_hours",
                _ => "value_hours_minutes",
            };
            catalogue.render(id, &arguments)
        }
    }
}

/// A finding's figures in one line.
pub fn figures(language: Language, finding: &Finding, calendar: Calendar) -> String {
    let colon = match language {
        Language::Chinese => "：",
        Language::English => ": ",
    };
    let parts: Vec<String> = finding
        .figures
        .iter()
        .map(|figure| {
            let name = figure_name(language, figure);
            format!("{name}{colon}{}", figure_value(language, figure, calendar))
        })
        .collect();
    match language {
        Language::Chinese => parts.join("；"),
        Language::English => parts.join("; "),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ledger_core::message::check;

    use super::super::KIND_NAMES;
    use super::*;

    #[test]
    fn both_languages_say_the_same_things() {
        let differences = check::differences(CHINESE, ENGLISH);
        assert!(differences.is_empty(), "{differences:#?}");
    }

    #[test]
    fn every_kind_is_explained_and_every_figure_named() {
        for language in Language::ALL {
            for name in KIND_NAMES {
                let words = kind(language, name);
                assert!(catalogue(language).has(name), "{name}");
                assert!(
                    !words.meaning.is_empty() && !words.honest.is_empty(),
                    "{name}"
                );
            }
            for name in figure_names() {
                let id = format!("figure_{name}");
                assert!(catalogue(language).has(&id), "{id} in {language:?}");
            }
            for grave in Severity::ALL {
                assert!(catalogue(language).has(&format!("severity_{}", grave.name())));
            }
        }
        let named = ENGLISH
            .lines()
            .filter_map(|line| line.strip_prefix("figure_"));
        let named: BTreeSet<&str> = named
            .filter_map(|line| line.split_once(" ="))
            .map(|it| it.0)
            .collect();
        assert_eq!(
            named,
            figure_names(),
            "figures with a name that no rule has"
        );
    }

    /// The names of figures in this folder's sources: the first argument of the functions that make one.
    fn figure_names() -> BTreeSet<&'static str> {
        let sources = [
            include_str!("affinity.rs"),
            include_str!("bursts.rs"),
            include_str!("districts.rs"),
            include_str!("dormant.rs"),
            include_str!("evidence.rs"),
            include_str!("gifts.rs"),
            include_str!("hours.rs"),
            include_str!("hurry.rs"),
            include_str!("night.rs"),
            include_str!("places.rs"),
            include_str!("reciprocity.rs"),
            include_str!("reporting.rs"),
            include_str!("strangers.rs"),
        ];
        let mut names = BTreeSet::new();
        for source in sources {
            for function in ["counted(", "minutes(", "percent(", "days(", "instant("] {
                for call in source.split(function).skip(1) {
                    let literal = call.trim_start().strip_prefix('"');
                    names.extend(literal.and_then(|rest| rest.split('"').next()));
                }
            }
        }
        names
    }

    #[test]
    fn values_are_shown_with_their_unit() {
        let show = |unit, value| {
            let figure = Figure {
                name: "nights",
                value,
                unit,
            };
            Language::ALL.map(|language| figure_value(language, &figure, Calendar::CHINA))
        };
        assert_eq!(show(Unit::Minutes, 135), ["2 小时 15 分钟", "2 h 15 min"]);
        assert_eq!(show(Unit::Minutes, 45), ["45 分钟", "45 min"]);
        assert_eq!(show(Unit::Minutes, 120), ["2 小时", "2 h"]);
        assert_eq!(show(Unit::Percent, 80), ["80 %", "80 %"]);
        assert_eq!(
            show(Unit::Instant, 1_795_305_600_000)[0],
            "2026-11-22 08:00:00"
        );
    }
}
