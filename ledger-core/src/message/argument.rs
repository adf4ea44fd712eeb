//! The values a message shows: named texts and numbers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};

use fluent_bundle::FluentValue;
use serde::Serialize;
use serde_json::Value;

/// Numbers beyond this are shown as text: Fluent's numbers are floating point.
const EXACT_NUMBER_MAX: u64 = 1 << 53;

/// Named values for a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments(BTreeMap<String, Argument>);

/// A value for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Argument {
    Text(String),
    Number(u64),
}

/// `text` as it may stand in a sentence. Part of what people read comes from nodes, files and codes of anybody's making, and
/// must not steer the terminal or turn around what stands beside it: every control character but the line's end and the
/// tab, and every mark of writing direction, is replaced by a sign for "something was here".
pub fn legible(text: &str) -> Cow<'_, str> {
    const REPLACEMENT: char = '\u{fffd}';
    let steers = |letter: char| match letter {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            true
        }
        letter => letter.is_control(),
    };
    if text.contains(steers) {
        Cow::Owned(text.replace(steers, REPLACEMENT.encode_utf8(&mut [0; 4])))
    } else {
        Cow::Borrowed(text)
    }
}

impl Argument {
    /// As text.
    fn shown(&self) -> String {
        match self {
            Argument::Text(text) => legible(text).into_owned(),
            Argument::Number(number) => number.to_string(),
        }
    }

    /// As Fluent takes it.
    pub(super) fn to_fluent(&self) -> FluentValue<'static> {
        match self {
            Argument::Text(text) => FluentValue::from(legible(text).into_owned()),
            Argument::Number(number) if *number <= EXACT_NUMBER_MAX => FluentValue::from(*number),
            Argument::Number(number) => FluentValue::from(number.to_string()),
        }
    }
}

impl Arguments {
    /// None.
    pub const NONE: Arguments = Arguments(BTreeMap::new());

    /// The fields of `value` by name; what has no fields, such as a rejection without numbers, gives none.
    pub fn of<T: Serialize>(value: &T) -> Arguments {
        serde_json::to_value(value).map_or(Arguments::NONE, |json| Arguments::of_json(&json))
    }

    /// The fields of a JSON object by name.
    pub fn of_json(json: &Value) -> Arguments {
        let fields = json.as_object().into_iter().flatten();
        let named = fields.map(|(name, value)| (name.clone(), argument(value)));
        Arguments(named.collect())
    }

    /// With the text of `value` under `name` too.
    #[must_use]
    pub fn text(mut self, name: &str, value: impl Display) -> Arguments {
        self.0
            .insert(name.to_owned(), Argument::Text(value.to_string()));
        self
    }

    /// With `value` under `name` too.
    #[must_use]
    pub fn number(mut self, name: &str, value: impl Into<u64>) -> Arguments {
        self.0
            .insert(name.to_owned(), Argument::Number(value.into()));
        self
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Argument)> {
        self.0
            .iter()
            .map(|(name, argument)| (name.as_str(), argument))
    }

    /// `id` and the values, for want of a message.
    pub(super) fn bare(&self, id: &str) -> String {
        let mut text = id.to_owned();
        for (name, argument) in self.iter() {
            // Writing to a string cannot fail.
            let _ = write!(text, " {name}={}", argument.shown());
        }
        text
    }
}

/// A field for people: lists with commas, nothing as a dash, and a variant that carries a value as that value.
fn argument(value: &Value) -> Argument {
    match value {
        Value::String(text) => Argument::Text(text.clone()),
        Value::Number(number) => number
            .as_u64()
            .map_or_else(|| Argument::Text(number.to_string()), Argument::Number),
        Value::Null => Argument::Text("–".to_owned()),
        Value::Bool(flag) => Argument::Text(flag.to_string()),
        Value::Array(items) => {
            let shown = items.iter().map(|item| argument(item).shown());
            Argument::Text(shown.collect::<Vec<_>>().join(", "))
        }
        Value::Object(fields) => match fields.values().next() {
            Some(only) if fields.len() == 1 => argument(only),
            _ => Argument::Text(value.to_string()),
        },
    }
}
