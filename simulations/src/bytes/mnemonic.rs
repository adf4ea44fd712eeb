//! Words as people write them: what is read is one phrase, whatever its form.

use ledger_core::message::Language;
use timebank_wallet::Mnemonic;
use timebank_wallet::mnemonic::MNEMONIC_BYTES_MAX;

use super::{Allowance, Outcome, Target, document};

/// The target.
pub static TARGET: Target = Target {
    name: "mnemonic",
    run,
    samples,
    length_max: MNEMONIC_BYTES_MAX + 100,
    inputs: 400,
    allowance: Allowance {
        // Each letter may be a word of its own; compatibility forms of one character are up to eighteen.
        bytes_per_byte: 160,
        // The list, ranked for what may have been meant.
        bytes: 256 * 1024,
    },
};

/// Reads `data` as words: those that are read stand for the same bytes in each form they are written in.
pub fn run(data: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(data) else {
        return Outcome::Refused;
    };
    match Mnemonic::parse(text) {
        Ok(words) => {
            assert!(text.len() <= MNEMONIC_BYTES_MAX);
            for form in [words.phrase(), words.sheet()] {
                assert!(Mnemonic::parse(&form).is_ok_and(|again| again == words));
            }
            let again = Mnemonic::from_entropy(words.language(), &words.entropy());
            assert!(again.is_ok_and(|again| again == words));
            assert_eq!(words.words().count(), words.count().words());
            Outcome::Taken
        }
        Err(error) => {
            document::check(&error);
            Outcome::Refused
        }
    }
}

/// Phrases and sheets of each length in each language; without spaces, and in capitals.
pub fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for language in [Language::Chinese, Language::English] {
        for length in [16, 20, 24, 28, 32_u8] {
            let entropy: Vec<u8> = (0..length).map(|at| at.wrapping_mul(37)).collect();
            let words = Mnemonic::from_entropy(language, &entropy);
            let words = words.unwrap_or_else(|error| panic!("{error}"));
            let phrase = words.phrase().to_string();
            let other = match language {
                Language::Chinese => phrase.replace(' ', ""),
                Language::English => phrase.to_uppercase(),
            };
            samples.extend([phrase, words.sheet().to_string(), other].map(String::into_bytes));
        }
    }
    samples
}
