//! The commands' sentences: the catalogue of this program, of the wallet's errors and of the ledger's rejections.

use std::sync::LazyLock;

use ledger_core::message::{Catalogue, Language, REJECTIONS_CHINESE, REJECTIONS_ENGLISH};
use timebank_office::import::sentence as import;
use timebank_wallet::message;

/// Sentences of the commands, in Chinese.
pub(crate) const CHINESE: &str = include_str!("../messages/zh.ftl");
/// Sentences of the commands, in English.
pub(crate) const ENGLISH: &str = include_str!("../messages/en.ftl");
/// What commands and options mean, in Chinese.
pub(crate) const HELP_CHINESE: &str = include_str!("../messages/help.zh.ftl");
/// What commands and options mean, in English.
pub(crate) const HELP_ENGLISH: &str = include_str!("../messages/help.en.ftl");

/// Every sentence of a language.
pub(crate) fn catalogue(language: Language) -> &'static Catalogue {
    static CHINESE_CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| load(Language::Chinese));
    static ENGLISH_CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| load(Language::English));
    match language {
        Language::Chinese => &CHINESE_CATALOGUE,
        Language::English => &ENGLISH_CATALOGUE,
    }
}

fn load(language: Language) -> Catalogue {
    let sources = match language {
        Language::Chinese => [
            CHINESE,
            HELP_CHINESE,
            import::CHINESE,
            message::CHINESE,
            REJECTIONS_CHINESE,
        ],
        Language::English => [
            ENGLISH,
            HELP_ENGLISH,
            import::ENGLISH,
            message::ENGLISH,
            REJECTIONS_ENGLISH,
        ],
    };
    Catalogue::new(language, &sources).expect("the built-in catalogue is checked by the tests")
}
