//! The wallet's sentences, in Chinese and English: what each error means and what to do about it.
//!
//! Apps and the commands show the same sentences. What always holds, because a test compares them: both languages have every
//! error of [`Error::FIELDS`], with the error's own fields in their places and a remedy.

use std::sync::LazyLock;

use ledger_core::ledger::Rejection;
use ledger_core::message::{
    Arguments, Catalogue, Explanation, Language, REJECTIONS_CHINESE, REJECTIONS_ENGLISH, legible,
};

use crate::error::{Error, Refusal};
use crate::nodes::LieKind;

/// Sentences of the wallet, in Chinese: Fluent.
pub const CHINESE: &str = include_str!("../messages/errors.zh.ftl");
/// Sentences of the wallet, in English: Fluent.
pub const ENGLISH: &str = include_str!("../messages/errors.en.ftl");
/// What people read before they sign, in Chinese: Fluent.
pub const EXPLANATIONS_CHINESE: &str = include_str!("../messages/explain.zh.ftl");
/// What people read before they sign, in English: Fluent.
pub const EXPLANATIONS_ENGLISH: &str = include_str!("../messages/explain.en.ftl");
/// Who has to sign, in Chinese: Fluent.
pub const NEEDS_CHINESE: &str = include_str!("../messages/needs.zh.ftl");
/// Who has to sign, in English: Fluent.
pub const NEEDS_ENGLISH: &str = include_str!("../messages/needs.en.ftl");
/// The steps of guardians and recovery, in Chinese: Fluent.
pub const GUIDE_CHINESE: &str = include_str!("../messages/guide.zh.ftl");
/// The steps of guardians and recovery, in English: Fluent.
pub const GUIDE_ENGLISH: &str = include_str!("../messages/guide.en.ftl");

/// Every sentence of a language: the wallet's errors and explanations, and the ledger's rejections.
pub fn catalogue(language: Language) -> &'static Catalogue {
    static CHINESE_CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        load(
            Language::Chinese,
            &[
                CHINESE,
                EXPLANATIONS_CHINESE,
                NEEDS_CHINESE,
                GUIDE_CHINESE,
                REJECTIONS_CHINESE,
            ],
        )
    });
    static ENGLISH_CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
        load(
            Language::English,
            &[
                ENGLISH,
                EXPLANATIONS_ENGLISH,
                NEEDS_ENGLISH,
                GUIDE_ENGLISH,
                REJECTIONS_ENGLISH,
            ],
        )
    });
    match language {
        Language::Chinese => &CHINESE_CATALOGUE,
        Language::English => &ENGLISH_CATALOGUE,
    }
}

fn load(language: Language, sources: &[&str]) -> Catalogue {
    Catalogue::new(language, sources).expect("the built-in catalogue is checked by the tests")
}

/// What happened, and the way out.
pub fn explain(error: &Error, language: Language) -> Explanation {
    match error {
        Error::Refused { refusal } => explain_refusal(refusal, language),
        error => catalogue(language).explain(error.code(), &Arguments::of_json(&error.details())),
    }
}

/// What a node was caught at, in a few words.
pub fn explain_lie(kind: LieKind, language: Language) -> String {
    let id = format!("lie_{}", kind.code());
    catalogue(language).explain(&id, &Arguments::NONE).message
}

/// A refusal in this wallet's own words where it knows the rule, in the node's where the ledger is newer.
pub fn explain_refusal(refusal: &Refusal, language: Language) -> Explanation {
    if Rejection::CODES.contains(&refusal.code.as_str()) {
        let arguments = Arguments::of_json(&refusal.details);
        return catalogue(language).explain(&refusal.code, &arguments);
    }
    let (message, remedy) = match language {
        Language::Chinese => (&refusal.message_zh, &refusal.remedy_zh),
        Language::English => (&refusal.message_en, &refusal.remedy_en),
    };
    Explanation {
        message: legible(message).into_owned(),
        remedy: Some(legible(remedy).into_owned()).filter(|remedy| !remedy.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use ledger_core::message::check;

    use super::*;
    use crate::card::CardError;
    use crate::error::{ReadError, UnprovenError};
    use crate::keystore::KeystoreError;
    use crate::records::LineProblem;
    use crate::service_record::CertificateError;
    use crate::wallet::WalletError;

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(check::differences(CHINESE, ENGLISH), Vec::<String>::new());
        let differences = check::differences(EXPLANATIONS_CHINESE, EXPLANATIONS_ENGLISH);
        assert_eq!(differences, Vec::<String>::new());
        let differences = check::differences(GUIDE_CHINESE, GUIDE_ENGLISH);
        assert_eq!(differences, Vec::<String>::new());
        let differences = check::differences(NEEDS_CHINESE, NEEDS_ENGLISH);
        assert_eq!(differences, Vec::<String>::new());
        for language in Language::ALL {
            catalogue(language);
        }
    }

    #[test]
    fn every_error_has_a_sentence_that_shows_its_own_details() {
        let definitions = check::definitions(CHINESE).unwrap();
        let all = [
            Error::FIELDS,
            KeystoreError::FIELDS,
            UnprovenError::FIELDS,
            ReadError::FIELDS,
            CertificateError::FIELDS,
            CardError::FIELDS,
            WalletError::FIELDS,
            LineProblem::FIELDS,
        ];
        for (code, fields) in all.into_iter().flatten() {
            let shown = definitions
                .get(*code)
                .unwrap_or_else(|| panic!("wallet-lib/messages: add `{code}`"));
            let remedy = definitions.get(&format!("{code}.remedy"));
            for variable in shown.iter().chain(remedy.into_iter().flatten()) {
                assert!(
                    fields.contains(&variable.as_str()),
                    "wallet-lib/messages: `{code}` shows `{variable}`, the error has {fields:?}"
                );
            }
        }
    }

    #[test]
    fn every_lie_has_its_words_in_both_languages() {
        let definitions = check::definitions(CHINESE).unwrap();
        for kind in LieKind::ALL {
            let id = format!("lie_{}", kind.code());
            assert!(
                definitions.contains_key(&id),
                "wallet-lib/messages: add `{id}`"
            );
            assert!(!explain_lie(*kind, Language::English).contains("lie_"));
        }
    }
}
