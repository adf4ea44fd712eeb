//! What became of a line, in Chinese and English.

use std::sync::LazyLock;

use ledger_core::message::{
    Arguments, Catalogue, Explanation, Language, REJECTIONS_CHINESE, REJECTIONS_ENGLISH,
};
use ledger_core::transaction::Signer;
use timebank_wallet::message::{self, explain_refusal};
use timebank_wallet::records::LineError;

use super::outcome::Outcome;

/// Sentences of imports, in Chinese: Fluent.
pub const CHINESE: &str = include_str!("../../messages/import.zh.ftl");
/// Sentences of imports, in English: Fluent.
pub const ENGLISH: &str = include_str!("../../messages/import.en.ftl");

/// Every sentence an import says.
pub fn catalogue(language: Language) -> &'static Catalogue {
    static CHINESE_CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| load(Language::Chinese));
    static ENGLISH_CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| load(Language::English));
    match language {
        Language::Chinese => &CHINESE_CATALOGUE,
        Language::English => &ENGLISH_CATALOGUE,
    }
}

fn load(language: Language) -> Catalogue {
    let sources = match language {
        Language::Chinese => [CHINESE, message::CHINESE, REJECTIONS_CHINESE],
        Language::English => [ENGLISH, message::ENGLISH, REJECTIONS_ENGLISH],
    };
    Catalogue::new(language, &sources).expect("the built-in catalogue is checked by the tests")
}

/// What became of the line numbered `line`, and the way out.
pub fn explain(line: u64, outcome: &Outcome, language: Language) -> Explanation {
    let catalogue = catalogue(language);
    let arguments = match outcome {
        Outcome::Malformed(problem) => {
            let error = LineError {
                line,
                problem: problem.clone(),
            };
            let message = catalogue.render(problem.code(), &Arguments::of(&error));
            return Explanation {
                message,
                remedy: None,
            };
        }
        Outcome::Refused(refusal)
        | Outcome::NotTaken {
            refusal: Some(refusal),
            ..
        } => return explain_refusal(refusal, language),
        Outcome::StillOpen { valid_until_ms, .. } => {
            Arguments::NONE.number("until_ms", valid_until_ms.0)
        }
        Outcome::Contradicted { height, .. }
        | Outcome::Before { height, .. }
        | Outcome::Applied { height, .. } => Arguments::NONE.number("height", height.0),
        Outcome::Unsigned {
            missing, document, ..
        } => {
            let missing: Vec<String> = missing.iter().map(Signer::to_string).collect();
            let about = Arguments::NONE.text("missing", missing.join(", "));
            match document {
                Some(path) => about.text("path", path.display()),
                None => about,
            }
        }
        Outcome::NumberTaken { transaction } | Outcome::Unclear { transaction } => {
            Arguments::NONE.text("transaction", transaction)
        }
        Outcome::Ready | Outcome::Accepted { .. } | Outcome::NotTaken { refusal: None, .. } => {
            Arguments::NONE
        }
    };
    catalogue.explain(outcome.code(), &arguments)
}
