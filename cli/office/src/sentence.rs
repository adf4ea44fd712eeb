//! The sentences of statements, demand and matching.

use std::sync::LazyLock;

use ledger_core::message::{
    Arguments, Catalogue, Language, REJECTIONS_CHINESE, REJECTIONS_ENGLISH,
};

/// Statements, demand and matching in Chinese: Fluent.
pub(crate) const CHINESE: &str = include_str!("../messages/office.zh.ftl");
/// Statements, demand and matching in English: Fluent.
pub(crate) const ENGLISH: &str = include_str!("../messages/office.en.ftl");

/// The catalogue of this crate's papers, with the sentences of rejections.
pub fn catalogue(language: Language) -> &'static Catalogue {
    static IN_CHINESE: LazyLock<Catalogue> =
        LazyLock::new(|| load(Language::Chinese, [CHINESE, REJECTIONS_CHINESE]));
    static IN_ENGLISH: LazyLock<Catalogue> =
        LazyLock::new(|| load(Language::English, [ENGLISH, REJECTIONS_ENGLISH]));
    match language {
        Language::Chinese => &IN_CHINESE,
        Language::English => &IN_ENGLISH,
    }
}

/// The message `id`.
pub(crate) fn say(language: Language, id: &str, arguments: &Arguments) -> String {
    catalogue(language).render(id, arguments)
}

/// The message `id`, which shows no values.
pub(crate) fn label(language: Language, id: &str) -> String {
    say(language, id, &Arguments::NONE)
}

fn load(language: Language, sources: [&str; 2]) -> Catalogue {
    Catalogue::new(language, &sources).expect("the built-in catalogue is checked by the tests")
}

#[cfg(test)]
mod tests {
    use ledger_core::message::check::differences;

    #[test]
    fn both_languages_say_the_same_things() {
        let faults = differences(super::CHINESE, super::ENGLISH);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
