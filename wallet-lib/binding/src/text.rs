//! Ids, keys and operations from an app's text.

use std::fmt::Display;
use std::str::FromStr;

use ledger_core::transaction::Operation;
use serde::Serialize;
use timebank_wallet::error::Error;

/// How much of a malformed text is shown again.
const SHOWN_CHARACTERS_MAX: usize = 200;

/// The `T` that `text` stands for; `argument` says what it should be.
pub(crate) fn parse<T: FromStr<Err: Display>>(argument: &str, text: &str) -> Result<T, Error> {
    text.parse()
        .map_err(|error: T::Err| malformed(argument, text, &error.to_string()))
}

/// The operation a JSON text stands for, in the form of `docs/api.md`.
pub(crate) fn operation(json: &str) -> Result<Operation, Error> {
    serde_json::from_str(json).map_err(|error| malformed("operation", json, &error.to_string()))
}

/// `value` as JSON.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("what the ledger keeps has text keys and serialises")
}

/// The word for a variant, as JSON has it: `active`.
pub(crate) fn word(variant: &impl Serialize) -> String {
    json(variant).trim_matches('"').to_owned()
}

fn malformed(argument: &str, text: &str, reason: &str) -> Error {
    Error::ArgumentMalformed {
        argument: argument.to_owned(),
        value: text.chars().take(SHOWN_CHARACTERS_MAX).collect(),
        reason: reason.to_owned(),
    }
}
