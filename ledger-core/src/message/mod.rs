//! Sentences for people, in Chinese and English, from Fluent catalogues.
//!
//! Rules, the API and the commands name *what* happened by a stable id with the numbers that matter; what people read is
//! kept here, in `messages/zh.ftl` and `messages/en.ftl`, under the same ids. A message states the actual value and the
//! limit; its attribute `.remedy` says the way out. What always holds, because [`check::differences`] is a test of every
//! catalogue: both languages have the same messages, attributes and variables, and every rejection code has one.
//!
//! Functions for messages: `TIME($x_ms)` shows an instant in the city's time, `SPAN($x_ms)` a length of time,
//! `VALUE($parameter, $value)` the value of a policy parameter,
//! `OFFICE($x)` an organisation, staff entry or pool by its division code, `WORD($x)` a word of the rules (a role, a
//! relation, a status) by the message `word-…` of the same catalogue.

mod argument;
pub mod check;
mod function;

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::langid;

pub use argument::{Arguments, legible};

use crate::ledger::Rejection;

/// Chinese messages for every rejection.
pub const REJECTIONS_CHINESE: &str = include_str!("../../messages/zh.ftl");
/// English messages for every rejection.
pub const REJECTIONS_ENGLISH: &str = include_str!("../../messages/en.ftl");
/// Chinese words of the rules: roles, relations, statuses.
pub const WORDS_CHINESE: &str = include_str!("../../messages/words.zh.ftl");
/// English words of the rules: roles, relations, statuses.
pub const WORDS_ENGLISH: &str = include_str!("../../messages/words.en.ftl");

/// A language people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// 简体中文.
    Chinese,
    /// English.
    English,
}

impl Language {
    /// Both.
    pub const ALL: [Language; 2] = [Language::Chinese, Language::English];

    /// The language of a locale such as `zh_CN.UTF-8`, `zh-Hans` or `en`: Chinese when it begins with `zh`, else English.
    pub fn of_locale(locale: &str) -> Language {
        if locale.starts_with("zh") {
            Language::Chinese
        } else {
            Language::English
        }
    }

    /// The code by which people choose it: `zh` or `en`.
    pub const fn code(self) -> &'static str {
        match self {
            Language::Chinese => "zh",
            Language::English => "en",
        }
    }
}

/// Why text is not a catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("message catalogue: {reason}")]
pub struct CatalogueError {
    /// What is wrong with it.
    pub reason: String,
}

/// Why a message cannot be shown as it was meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The catalogue has no such message.
    #[error("there is no message `{id}`")]
    Missing {
        /// Its id.
        id: String,
    },
    /// The message refers to something that was not given.
    #[error("message `{id}`: {reason}")]
    Incomplete {
        /// Its id.
        id: String,
        /// What is missing.
        reason: String,
    },
}

/// What happened, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What happened, with the numbers.
    pub message: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// The messages of one language.
pub struct Catalogue {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Catalogue({})", self.language.code())
    }
}

impl Catalogue {
    /// The catalogue of the messages in `sources`, Fluent texts of one language, and of the words of the rules.
    ///
    /// # Errors
    /// When a text is not Fluent, or a message is defined twice.
    pub fn new(language: Language, sources: &[&str]) -> Result<Catalogue, CatalogueError> {
        let (locale, words) = match language {
            Language::Chinese => (langid!("zh-CN"), WORDS_CHINESE),
            Language::English => (langid!("en"), WORDS_ENGLISH),
        };
        let mut bundle = FluentBundle::new_concurrent(vec![locale]);
        // Terminals and JSON have no use for the invisible marks that isolate text of another direction.
        bundle.set_use_isolating(false);
        function::add(&mut bundle).map_err(|error| CatalogueError {
            reason: error.to_string(),
        })?;
        let mut words_seen = std::collections::BTreeMap::new();
        for source in std::iter::once(&words).chain(sources) {
            let resource =
                FluentResource::try_new((*source).to_owned()).map_err(|(_, errors)| {
                    let reason = errors.first().map(ToString::to_string).unwrap_or_default();
                    CatalogueError { reason }
                })?;
            words_seen.extend(function::words(&resource));
            bundle.add_resource(resource).map_err(|errors| {
                let reason = errors.first().map(ToString::to_string).unwrap_or_default();
                CatalogueError { reason }
            })?;
        }
        function::add_words(&mut bundle, words_seen).map_err(|error| CatalogueError {
            reason: error.to_string(),
        })?;
        Ok(Catalogue { language, bundle })
    }

    /// The catalogue's language.
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The message `id` with `arguments` in their places.
    ///
    /// # Errors
    /// When there is no such message, or it needs an argument that was not given.
    pub fn try_render(&self, id: &str, arguments: &Arguments) -> Result<String, RenderError> {
        let missing = || RenderError::Missing { id: id.to_owned() };
        let message = self.bundle.get_message(id).ok_or_else(missing)?;
        let pattern = message.value().ok_or_else(missing)?;
        self.format(id, pattern, arguments)
    }

    /// The attribute `attribute` of the message `id`; none when the message has no such attribute.
    ///
    /// # Errors
    /// When there is no such message, or it needs an argument that was not given.
    pub fn try_attribute(
        &self,
        id: &str,
        attribute: &str,
        arguments: &Arguments,
    ) -> Result<Option<String>, RenderError> {
        let missing = || RenderError::Missing { id: id.to_owned() };
        let message = self.bundle.get_message(id).ok_or_else(missing)?;
        message
            .get_attribute(attribute)
            .map(|found| self.format(id, found.value(), arguments))
            .transpose()
    }

    /// The message `id` with `arguments` in their places. A message that is missing or incomplete, which the tests of
    /// every catalogue exclude, is shown as its id and the arguments, so that a person still sees the facts.
    pub fn render(&self, id: &str, arguments: &Arguments) -> String {
        self.try_render(id, arguments)
            .unwrap_or_else(|_| arguments.bare(id))
    }

    /// The message `id` and its attribute `remedy`; see [`Catalogue::render`].
    pub fn explain(&self, id: &str, arguments: &Arguments) -> Explanation {
        Explanation {
            message: self.render(id, arguments),
            remedy: self
                .try_attribute(id, "remedy", arguments)
                .unwrap_or_default(),
        }
    }

    /// Whether there is a message `id`.
    pub fn has(&self, id: &str) -> bool {
        self.bundle.has_message(id)
    }

    /// What `rejection` means and the way out. Needs the texts of [`rejections`] among the catalogue's sources.
    pub fn explain_rejection(&self, rejection: &Rejection) -> Explanation {
        self.explain(rejection.code(), &Arguments::of(rejection))
    }

    fn format(
        &self,
        id: &str,
        pattern: &fluent_syntax::ast::Pattern<&str>,
        arguments: &Arguments,
    ) -> Result<String, RenderError> {
        let mut fluent = FluentArgs::new();
        for (name, value) in arguments.iter() {
            fluent.set(name.to_owned(), value.to_fluent());
        }
        let mut errors = Vec::new();
        let text = self
            .bundle
            .format_pattern(pattern, Some(&fluent), &mut errors)
            .into_owned();
        match errors.first() {
            None => Ok(text),
            Some(error) => Err(RenderError::Incomplete {
                id: id.to_owned(),
                reason: error.to_string(),
            }),
        }
    }
}

/// The messages of every rejection.
pub fn rejections(language: Language) -> &'static Catalogue {
    static CHINESE: LazyLock<Catalogue> = LazyLock::new(|| load(Language::Chinese));
    static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| load(Language::English));
    match language {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}

fn load(language: Language) -> Catalogue {
    let source = match language {
        Language::Chinese => REJECTIONS_CHINESE,
        Language::English => REJECTIONS_ENGLISH,
    };
    Catalogue::new(language, &[source]).expect("the built-in catalogue is checked by the tests")
}

#[cfg(test)]
mod tests;
