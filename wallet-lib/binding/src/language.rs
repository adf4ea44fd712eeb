//! The two languages people read.

/// A language people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Language {
    /// 简体中文.
    Chinese,
    /// English.
    English,
}

impl From<Language> for ledger_core::message::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::Chinese => Self::Chinese,
            Language::English => Self::English,
        }
    }
}

impl From<ledger_core::message::Language> for Language {
    fn from(language: ledger_core::message::Language) -> Self {
        match language {
            ledger_core::message::Language::Chinese => Self::Chinese,
            ledger_core::message::Language::English => Self::English,
        }
    }
}
