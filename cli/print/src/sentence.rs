//! The few words that pages and charts bring along.

use std::sync::LazyLock;

use ledger_core::message::{Arguments, Catalogue, Language};

use crate::{CHINESE, ENGLISH};

/// The message `id` of this crate's catalogue.
pub(crate) fn sentence(language: Language, id: &str, arguments: &Arguments) -> String {
    static IN_CHINESE: LazyLock<Catalogue> = LazyLock::new(|| load(Language::Chinese, CHINESE));
    static IN_ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| load(Language::English, ENGLISH));
    match language {
        Language::Chinese => IN_CHINESE.render(id, arguments),
        Language::English => IN_ENGLISH.render(id, arguments),
    }
}

fn load(language: Language, source: &str) -> Catalogue {
    Catalogue::new(language, &[source]).expect("the built-in catalogue is checked by the tests")
}

#[cfg(test)]
mod tests {
    use ledger_core::message::check::differences;

    #[test]
    fn both_languages_say_the_same_things() {
        let faults = differences(crate::CHINESE, crate::ENGLISH);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
