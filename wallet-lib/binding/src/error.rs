//! A wallet's errors as apps see them: one exception with five kinds, each with its code and both languages' sentences.
//!
//! What always holds: the code is stable and the same as in the commands and the HTTP API; `remedy` is never empty; an app
//! shows the sentences and branches on the kind and the code, never on a sentence.

use ledger_core::message::Language;
use timebank_wallet::error::{Error, Kind};
use timebank_wallet::message;

/// Something went wrong. The kinds say what an app does about it; `code` says what it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum WalletError {
    /// A file, a password, a key, a document or a parameter of the app's own is not in order.
    #[error("{code}: {message_en}")]
    Local {
        /// What it was: stable.
        code: String,
        /// What happened, in Chinese.
        message_zh: String,
        /// What happened, in English.
        message_en: String,
        /// The way out, in Chinese.
        remedy_zh: String,
        /// The way out, in English.
        remedy_en: String,
        /// The numbers, as a JSON object.
        details: String,
    },
    /// What was asked for does not exist.
    #[error("{code}: {message_en}")]
    NotFound {
        /// What it was: stable.
        code: String,
        /// What happened, in Chinese.
        message_zh: String,
        /// What happened, in English.
        message_en: String,
        /// The way out, in Chinese.
        remedy_zh: String,
        /// The way out, in English.
        remedy_en: String,
        /// The numbers, as a JSON object.
        details: String,
    },
    /// The ledger refuses the transaction; nothing was consumed. The code is the rule's.
    #[error("{code}: {message_en}")]
    Refused {
        /// Which rule: stable.
        code: String,
        /// What happened, in Chinese.
        message_zh: String,
        /// What happened, in English.
        message_en: String,
        /// The way out, in Chinese.
        remedy_zh: String,
        /// The way out, in English.
        remedy_en: String,
        /// The numbers, as a JSON object.
        details: String,
    },
    /// No node answered, or not in a way that can be understood; trying again is safe.
    #[error("{code}: {message_en}")]
    Network {
        /// What it was: stable.
        code: String,
        /// What happened, in Chinese.
        message_zh: String,
        /// What happened, in English.
        message_en: String,
        /// The way out, in Chinese.
        remedy_zh: String,
        /// The way out, in English.
        remedy_en: String,
        /// The numbers, as a JSON object.
        details: String,
    },
    /// An answer, a file or a card is not borne out by its proof: somebody lies, is broken, or belongs to another chain.
    #[error("{code}: {message_en}")]
    Verification {
        /// Which link of the proof: stable.
        code: String,
        /// What happened, in Chinese.
        message_zh: String,
        /// What happened, in English.
        message_en: String,
        /// The way out, in Chinese.
        remedy_zh: String,
        /// The way out, in English.
        remedy_en: String,
        /// The numbers, as a JSON object.
        details: String,
    },
}

impl From<Error> for WalletError {
    fn from(error: Error) -> WalletError {
        let chinese = message::explain(&error, Language::Chinese);
        let english = message::explain(&error, Language::English);
        // A refusal is named by the rule that refuses, with the rule's numbers.
        let (code, details) = match &error {
            Error::Refused { refusal } => (refusal.code.clone(), refusal.details.clone()),
            other => (other.code().to_owned(), other.details()),
        };
        let (message_zh, message_en) = (chinese.message, english.message);
        let remedy_zh = chinese.remedy.unwrap_or_default();
        let remedy_en = english.remedy.unwrap_or_default();
        let details = details.to_string();
        macro_rules! of_kind {
            ($($kind:ident),*) => {
                match error.kind() {
                    $(Kind::$kind => WalletError::$kind { code, message_zh, message_en, remedy_zh, remedy_en, details },)*
                }
            };
        }
        of_kind!(Local, NotFound, Refused, Network, Verification)
    }
}
