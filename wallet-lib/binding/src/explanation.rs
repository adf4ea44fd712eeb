//! What a document says to the one who is to sign it.

use timebank_wallet::explain;

use crate::language::Language;

/// A transaction in plain words, made from the bytes that are signed and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Explanation {
    /// What is asked for, in a word or two.
    pub title: String,
    /// What signing does, in a sentence.
    pub sentence: String,
    /// Every field.
    pub lines: Vec<ExplanationLine>,
    /// What the signer should think about twice.
    pub warnings: Vec<String>,
    /// The transaction's id: two people who see the same id sign the same thing.
    pub id: String,
    /// The language of all of this.
    pub language: Language,
    /// All of it as one text, for a sheet of paper or to be read aloud.
    pub text: String,
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ExplanationLine {
    /// What it is.
    pub label: String,
    /// What it says.
    pub text: String,
}

impl Explanation {
    pub(crate) fn new(explanation: explain::Explanation, language: Language) -> Explanation {
        let text = explanation.to_text();
        let lines = explanation.lines.into_iter().map(|line| ExplanationLine {
            label: line.label,
            text: line.text,
        });
        Explanation {
            lines: lines.collect(),
            title: explanation.title,
            sentence: explanation.sentence,
            warnings: explanation.warnings,
            id: explanation.id.to_string(),
            language,
            text,
        }
    }
}
