//! What a node says when the ledger refuses.

use serde::{Deserialize, Serialize};

/// A refusal as the node gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The rule's stable code (`ledger_core::ledger::Rejection::CODES`).
    pub code: String,
    /// The sentence in English.
    #[serde(default)]
    pub message_en: String,
    /// The sentence in Chinese.
    #[serde(default)]
    pub message_zh: String,
    /// The way out, in English.
    #[serde(default)]
    pub remedy_en: String,
    /// The way out, in Chinese.
    #[serde(default)]
    pub remedy_zh: String,
    /// The numbers.
    #[serde(default)]
    pub details: serde_json::Value,
}
