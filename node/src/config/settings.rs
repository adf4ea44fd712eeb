//! Settings as they were written: a TOML file, and environment variables over it.
//!
//! Key `api.listen` is overridden by `TIMEBANK_API_LISTEN`; lists in variables are separated by commas. What always
//! holds: a key that is not read is an error, in the file and among the variables with our prefix; every problem is reported,
//! not only the first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ledger_core::message::{Explanation, Language};
use toml::Value;

use crate::message::Message;

/// Before the name of every variable.
pub const ENVIRONMENT_PREFIX: &str = "TIMEBANK_";
/// Variables that tests of this repository read, whose processes may start nodes: they name no setting.
const OF_TESTS: [&str; 3] = [
    "TIMEBANK_VECTORS",
    "TIMEBANK_WRITE_DOCS",
    "TIMEBANK_WRITE_VECTORS",
];
/// How much of a wrong value is shown.
const SHOWN_CHARACTERS_MAX: usize = 100;

/// Where a setting was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In this file.
    File(PathBuf),
    /// In this environment variable.
    Variable(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Variable(name) => f.write_str(name),
        }
    }
}

/// What is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigProblem {
    /// There is no configuration file.
    #[error("there is no configuration file {}", path.display())]
    Missing {
        /// Where.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{} is not TOML at line {line}: {reason}", path.display())]
    Syntax {
        /// Which.
        path: PathBuf,
        /// Where.
        line: u64,
        /// What the parser said.
        reason: String,
    },
    /// A key nobody reads.
    #[error("unknown key {key} in {origin}")]
    UnknownKey {
        /// The key.
        key: String,
        /// Where.
        origin: Origin,
        /// The known key that is most like it.
        nearest: &'static str,
    },
    /// A value that does not fit.
    #[error("{key} = {value} in {origin} is not {expected}")]
    Invalid {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// Where.
        origin: Origin,
        /// What it should be, by the name of the sentence.
        expected: &'static str,
    },
}

impl ConfigProblem {
    /// For people.
    pub fn explain(&self, language: Language) -> Explanation {
        let message = match self {
            ConfigProblem::Missing { path } => Message::new("config_missing").path("path", path),
            ConfigProblem::Unreadable { path, reason } => Message::new("config_unreadable")
                .path("path", path)
                .text("reason", reason),
            ConfigProblem::Syntax { path, line, reason } => Message::new("config_syntax")
                .path("path", path)
                .number("line", *line)
                .text("reason", reason),
            ConfigProblem::UnknownKey {
                key,
                origin,
                nearest,
            } => Message::new("config_unknown_key")
                .text("key", key)
                .text("origin", origin)
                .text("nearest", nearest),
            ConfigProblem::Invalid {
                key,
                value,
                origin,
                expected,
            } => Message::new("config_invalid")
                .text("key", key)
                .text("value", value)
                .text("origin", origin)
                .text("variable", variable(key))
                .text("expected", Message::new(expected).render(language)),
        };
        message.explain(language)
    }
}

/// The environment variable that overrides `key`.
pub fn variable(key: &str) -> String {
    format!(
        "{ENVIRONMENT_PREFIX}{}",
        key.replace('.', "_").to_uppercase()
    )
}

#[derive(Clone, Debug)]
enum Raw {
    Toml(Value),
    Text(String),
}

impl Raw {
    fn shown(&self) -> String {
        let text = match self {
            Raw::Toml(value) => value.to_string(),
            Raw::Text(text) => text.clone(),
        };
        let mut shown: String = text.chars().take(SHOWN_CHARACTERS_MAX).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        shown
    }

    fn text(&self) -> Option<&str> {
        match self {
            Raw::Toml(value) => value.as_str(),
            Raw::Text(text) => Some(text),
        }
    }

    fn number(&self) -> Option<u64> {
        match self {
            Raw::Toml(value) => u64::try_from(value.as_integer()?).ok(),
            Raw::Text(text) => text.trim().parse().ok(),
        }
    }

    fn list(&self) -> Option<Vec<&str>> {
        match self {
            Raw::Toml(value) => value.as_array()?.iter().map(Value::as_str).collect(),
            Raw::Text(text) => Some(
                text.split(',')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .collect(),
            ),
        }
    }
}

#[derive(Clone, Debug)]
struct Setting {
    value: Raw,
    origin: Origin,
}

/// Settings that have not been read yet, and the problems found so far.
#[derive(Debug)]
pub(super) struct Settings {
    known: &'static [&'static str],
    settings: BTreeMap<String, Setting>,
    problems: Vec<ConfigProblem>,
}

impl Settings {
    /// The settings in `text`, the content of the file at `path`, and in `environment`.
    pub(super) fn parse(
        known: &'static [&'static str],
        path: &Path,
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Settings, ConfigProblem> {
        let table: toml::Table = toml::from_str(text).map_err(|error| {
            let before = error.span().map_or(0, |span| span.start.min(text.len()));
            let lines = text.as_bytes()[..before].iter();
            ConfigProblem::Syntax {
                path: path.to_path_buf(),
                line: 1 + lines.filter(|byte| **byte == b'\n').count() as u64,
                reason: error.message().to_owned(),
            }
        })?;
        let mut settings = Settings {
            known,
            settings: BTreeMap::new(),
            problems: Vec::new(),
        };
        let origin = Origin::File(path.to_path_buf());
        for (section, value) in table {
            match value {
                Value::Table(keys) => {
                    for (key, value) in keys {
                        let value = Raw::Toml(value);
                        settings.add(format!("{section}.{key}"), value, origin.clone());
                    }
                }
                value => settings.add(section, Raw::Toml(value), origin.clone()),
            }
        }
        for (name, value) in environment {
            settings.add_variable(name, value);
        }
        Ok(settings)
    }

    fn add(&mut self, key: String, value: Raw, origin: Origin) {
        if self.known.contains(&key.as_str()) {
            self.settings.insert(key, Setting { value, origin });
        } else {
            let nearest = nearest(self.known, &key);
            self.problems.push(ConfigProblem::UnknownKey {
                key,
                origin,
                nearest,
            });
        }
    }

    fn add_variable(&mut self, name: String, value: String) {
        let Some(rest) = name.strip_prefix(ENVIRONMENT_PREFIX) else {
            return;
        };
        if !OF_TESTS.contains(&name.as_str()) {
            let key = rest.to_lowercase().replacen('_', ".", 1);
            self.add(key, Raw::Text(value), Origin::Variable(name));
        }
    }

    /// Reads `key` by `parse`; `default` when it is not set, or is wrong, which is then a problem.
    fn read<T>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        default: T,
        parse: impl FnOnce(&Raw) -> Option<T>,
    ) -> T {
        assert!(self.known.contains(&key), "{key} is not a known key");
        let Some(setting) = self.settings.remove(key) else {
            return default;
        };
        parse(&setting.value).unwrap_or_else(|| {
            self.problems.push(ConfigProblem::Invalid {
                key,
                value: setting.value.shown(),
                origin: setting.origin,
                expected,
            });
            default
        })
    }

    /// A text that `parse` understands.
    pub(super) fn text<T>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        self.read(key, expected, default, |raw| parse(raw.text()?))
    }

    /// A list of texts, each of which `parse` understands, at most `count_max` of them.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        count_max: usize,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        self.read(key, expected, Vec::new(), |raw| {
            let items = raw.list()?;
            if items.len() > count_max {
                return None;
            }
            items.into_iter().map(parse).collect()
        })
    }

    /// A whole number that `parse` accepts.
    pub(super) fn number<T>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        default: T,
        parse: impl FnOnce(u64) -> Option<T>,
    ) -> T {
        self.read(key, expected, default, |raw| parse(raw.number()?))
    }

    /// Every problem found.
    pub(super) fn into_problems(self) -> Vec<ConfigProblem> {
        self.problems
    }
}

/// The known key that is most like `key`.
fn nearest(known: &'static [&'static str], key: &str) -> &'static str {
    known
        .iter()
        .min_by_key(|candidate| distance(candidate, key))
        .expect("there are known keys")
}

/// Levenshtein's distance.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_names_the_one_that_was_meant() {
        const KNOWN: &[&str] = &["api.listen", "network.listen", "log.level"];
        assert_eq!(nearest(KNOWN, "api.listn"), "api.listen");
        assert_eq!(nearest(KNOWN, "logs.level"), "log.level");
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn a_key_has_a_variable() {
        assert_eq!(variable("api.listen"), "TIMEBANK_API_LISTEN");
        assert_eq!(
            variable("network.request_timeout_ms"),
            "TIMEBANK_NETWORK_REQUEST_TIMEOUT_MS"
        );
    }
}
