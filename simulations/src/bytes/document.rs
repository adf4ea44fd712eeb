//! A document on its way between those who sign it.

use ledger_core::transaction::Signer;
use timebank_wallet::document::DOCUMENT_BYTES_MAX;
use timebank_wallet::{Document, Error};

use super::world::TOWN;
use super::{Allowance, Outcome, Target};
use crate::comparison::founding::{KEY_RING, secret_of};

/// The target.
pub static TARGET: Target = Target {
    name: "document",
    run,
    samples,
    length_max: 64 * 1024,
    inputs: 1_500,
    allowance: Allowance {
        // The document, its readable part as given and as derived, and the text written again.
        bytes_per_byte: 24,
        bytes: 96 * 1024,
    },
};

/// Reads `data` as a document: what was read is written as the same text but for blanks.
pub fn run(data: &[u8]) -> Outcome {
    let Ok(text) = std::str::from_utf8(data) else {
        return Outcome::Refused;
    };
    match Document::from_json(text) {
        Ok(document) => {
            assert!(text.len() as u64 <= DOCUMENT_BYTES_MAX);
            let blank = |it: &char| it.is_ascii_whitespace();
            let again = document.to_json();
            assert!(
                text.chars()
                    .filter(|it| !blank(it))
                    .eq(again.chars().filter(|it| !blank(it)))
            );
            assert_eq!(Document::from_json(&again).as_ref(), Ok(&document));
            assert!(
                document
                    .check_chain(document.transaction().chain_id)
                    .is_ok()
            );
            if let Err(error) = document.into_envelope() {
                check(&error);
            }
            Outcome::Taken
        }
        Err(error) => {
            check(&error);
            Outcome::Refused
        }
    }
}

/// What every error of a wallet has.
pub(super) fn check(error: &Error) {
    assert!(!error.code().is_empty());
    assert!(!error.to_string().is_empty());
    assert!(error.details().is_object());
}

/// Transactions of the town, unsigned, signed, and signed by several.
pub fn samples() -> Vec<Vec<u8>> {
    let mut samples = Vec::new();
    for (number, sealed) in TOWN.envelopes().step_by(40).enumerate() {
        let mut document = Document::new(sealed.transaction().clone());
        for signed in sealed.envelope().signatures.iter().take(number % 3) {
            // Whose key it is only the ledger knows; a bare key signs with itself.
            let key = match signed.signer {
                Signer::Key(key) => key,
                Signer::Account(_) | Signer::Staff(_) => KEY_RING[number],
            };
            let secret = secret_of(&key).expect("the town's keys are of the ring");
            document
                .sign(signed.signer, secret)
                .unwrap_or_else(|error| panic!("{error}"));
        }
        samples.push(document.to_json().into_bytes());
    }
    samples
}
