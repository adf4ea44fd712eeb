//! The words on paper that bring a wallet back: checked while they are typed.

use timebank_wallet::mnemonic::{self, Mnemonic};

use crate::error::WalletError;
use crate::language::Language;

/// Checks words as a person wrote them, in either language; their language.
///
/// # Errors
/// Which word is wrong with words like it, that there are too few or too many, or that they do not belong together.
#[uniffi::export]
pub fn check_words(text: &str) -> Result<Language, WalletError> {
    Ok(Mnemonic::parse(text)?.language().into())
}

/// The words that begin with `beginning`: for completing while somebody types.
#[uniffi::export]
pub fn words_beginning(language: Language, beginning: &str) -> Vec<String> {
    let words = mnemonic::words_beginning(language.into(), beginning);
    words.into_iter().map(str::to_owned).collect()
}
