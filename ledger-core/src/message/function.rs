//! The functions messages may call: instants, lengths of time, division codes, words of the rules.

use std::collections::BTreeMap;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use fluent_syntax::ast::{Entry, InlineExpression, PatternElement};

use crate::id::OrganisationId;
use crate::time::{Calendar, DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, TimestampMs};

/// The prefix of messages that are one word of the rules.
const WORD_PREFIX: &str = "word-";

/// Every function a message may call.
pub(super) const FUNCTIONS: [&str; 5] = ["TIME", "SPAN", "VALUE", "OFFICE", "WORD"];

/// Adds the functions that need nothing but their argument.
pub(super) fn add(bundle: &mut FluentBundle<FluentResource>) -> Result<(), FluentError> {
    bundle.add_function("TIME", |positional, _: &FluentArgs<'_>| {
        match positional.first().and_then(number) {
            Some(instant_ms) => Calendar::CHINA.show(TimestampMs(instant_ms)).into(),
            None => FluentValue::Error,
        }
    })?;
    bundle.add_function("SPAN", |positional, _: &FluentArgs<'_>| {
        match positional.first().and_then(number) {
            Some(span_ms) => span(span_ms).into(),
            None => FluentValue::Error,
        }
    })?;
    bundle.add_function("VALUE", |positional, _: &FluentArgs<'_>| match positional {
        [FluentValue::String(parameter), value] if parameter.ends_with("_ms") => {
            match number(value) {
                Some(span_ms) => span(span_ms).into(),
                None => FluentValue::Error,
            }
        }
        [FluentValue::String(_), value] => value.clone(),
        _ => FluentValue::Error,
    })?;
    bundle.add_function(
        "OFFICE",
        |positional, _: &FluentArgs<'_>| match positional.first() {
            Some(FluentValue::String(text)) => office(text).into(),
            _ => FluentValue::Error,
        },
    )
}

/// The one-word messages of `resource`, by the word they are for: `word-social_worker` for `social_worker`.
pub(super) fn words(resource: &FluentResource) -> BTreeMap<String, String> {
    let messages = resource.entries().filter_map(|entry| match entry {
        Entry::Message(message) => Some(message),
        _ => None,
    });
    messages
        .filter_map(|message| {
            let word = message.id.name.strip_prefix(WORD_PREFIX)?;
            let text: String = message
                .value
                .iter()
                .flat_map(|pattern| &pattern.elements)
                .map(literal)
                .collect();
            Some((word.to_owned(), text))
        })
        .collect()
}

/// Adds `WORD`, which shows a word of the rules as `words` says, and any other text as it is.
pub(super) fn add_words(
    bundle: &mut FluentBundle<FluentResource>,
    words: BTreeMap<String, String>,
) -> Result<(), FluentError> {
    bundle.add_function(
        "WORD",
        move |positional, _: &FluentArgs<'_>| match positional.first() {
            Some(FluentValue::String(text)) => words
                .get(text.as_ref())
                .map_or_else(|| text.to_string(), Clone::clone)
                .into(),
            _ => FluentValue::Error,
        },
    )
}

fn literal<'a>(element: &PatternElement<&'a str>) -> &'a str {
    use fluent_syntax::ast::Expression::Inline;
    match element {
        PatternElement::TextElement { value } => value,
        PatternElement::Placeable {
            expression: Inline(InlineExpression::StringLiteral { value }),
        } => value,
        PatternElement::Placeable { .. } => "",
    }
}

fn number(value: &FluentValue<'_>) -> Option<u64> {
    match value {
        FluentValue::Number(number) => number.as_string().parse().ok(),
        FluentValue::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A length of time in the largest unit that shows it exactly, down to the second: `3 d`, `90 min`.
fn span(span_ms: u64) -> String {
    let units = [(DAY_MS, "d"), (HOUR_MS, "h"), (MINUTE_MS, "min")];
    let exact = units
        .into_iter()
        .find(|(unit_ms, _)| span_ms >= *unit_ms && span_ms.is_multiple_of(*unit_ms));
    let (unit_ms, unit) = exact.unwrap_or((SECOND_MS, "s"));
    format!("{} {unit}", span_ms.checked_div(unit_ms).unwrap_or(0))
}

/// `text` with a leading organisation (`tbo1…`, `tbo1…/7`, `tbo1…:donation`) as its division code.
fn office(text: &str) -> String {
    let end = text.find(['/', ':']).unwrap_or(text.len());
    let (organisation, rest) = text.split_at(end);
    // Digits alone are a division code too, but also a height, or a hash by chance: they stay as they are.
    match organisation.parse::<OrganisationId>() {
        Ok(OrganisationId(code))
            if !organisation.starts_with(|first: char| first.is_ascii_digit()) =>
        {
            format!("{code}{rest}")
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_use_the_largest_exact_unit() {
        assert_eq!(span(3 * DAY_MS), "3 d");
        assert_eq!(span(36 * HOUR_MS), "36 h");
        assert_eq!(span(90 * MINUTE_MS), "90 min");
        assert_eq!(span(1_500), "1 s");
        assert_eq!(span(0), "0 s");
    }

    #[test]
    fn offices_are_shown_by_division_code() {
        let street = OrganisationId(320_102_005);
        assert_eq!(office(&street.to_string()), "320102005");
        assert_eq!(office(&format!("{street}/7")), "320102005/7");
        assert_eq!(office(&format!("{street}:donation")), "320102005:donation");
        assert_eq!(office("tba1xyz"), "tba1xyz");
        assert_eq!(office("007"), "007");
    }
}
