//! What the node says to its operator, in Chinese and English.
//!
//! The sentences are in `node/messages`; code holds only their names. The renderer is `ledger-core`'s.

use std::fmt::Display;
use std::path::Path;
use std::sync::LazyLock;

use ledger_core::message::{Arguments, Catalogue, Explanation, Language};

/// The node's sentences in Chinese.
const CHINESE: &str = include_str!("../messages/zh.ftl");
/// The node's sentences in English.
const ENGLISH: &str = include_str!("../messages/en.ftl");

/// The node's own catalogue.
pub fn catalogue(language: Language) -> &'static Catalogue {
    static CHINESE_CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| load(Language::Chinese));
    static ENGLISH_CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| load(Language::English));
    match language {
        Language::Chinese => &CHINESE_CATALOGUE,
        Language::English => &ENGLISH_CATALOGUE,
    }
}

fn load(language: Language) -> Catalogue {
    let source = match language {
        Language::Chinese => CHINESE,
        Language::English => ENGLISH,
    };
    Catalogue::new(language, &[source]).expect("the built-in catalogue is checked by the tests")
}

/// A sentence by name, with what is to be put into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    id: &'static str,
    arguments: Arguments,
}

impl Message {
    /// The sentence `id`.
    pub const fn new(id: &'static str) -> Message {
        Message {
            id,
            arguments: Arguments::NONE,
        }
    }

    /// Its name.
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// With a text in it.
    #[must_use]
    pub fn text(mut self, name: &str, value: impl Display) -> Message {
        self.arguments = self.arguments.text(name, value);
        self
    }

    /// With a path in it.
    #[must_use]
    pub fn path(self, name: &str, value: &Path) -> Message {
        self.text(name, value.display())
    }

    /// With a number in it.
    #[must_use]
    pub fn number(mut self, name: &str, value: impl Into<u64>) -> Message {
        self.arguments = self.arguments.number(name, value);
        self
    }

    /// The sentence and what to do about it.
    pub fn explain(&self, language: Language) -> Explanation {
        catalogue(language).explain(self.id, &self.arguments)
    }

    /// The sentence.
    pub fn render(&self, language: Language) -> String {
        catalogue(language).render(self.id, &self.arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger_core::message::check;

    #[test]
    fn both_languages_say_the_same_things_with_the_same_values() {
        assert_eq!(check::differences(CHINESE, ENGLISH), Vec::<String>::new());
        for language in Language::ALL {
            load(language);
        }
    }
}
