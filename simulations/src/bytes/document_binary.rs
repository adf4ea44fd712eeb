//! A document in its binary form, as codes and small files carry it, and what its signer is told.

use ledger_core::hash::{Domain, hash};
use ledger_core::message::Language;
use timebank_wallet::Document;
use timebank_wallet::document::DOCUMENT_BINARY_BYTES_MAX;
use timebank_wallet::explain::explain;

use super::document;
use super::{Allowance, Outcome, Target};

/// The target.
pub static TARGET: Target = Target {
    name: "document_binary",
    run,
    samples,
    length_max: 64 * 1024,
    inputs: 1_500,
    allowance: Allowance {
        // The document, its text, and what is said of it in two languages.
        bytes_per_byte: 32,
        bytes: 128 * 1024,
    },
};

/// Reads `data` as a document, and once more with the checksum that an enemy would put there.
pub fn run(data: &[u8]) -> Outcome {
    match taken(data) {
        Outcome::Taken => Outcome::Taken,
        Outcome::Refused => {
            let Some((covered, _)) = data.split_last_chunk::<4>() else {
                return Outcome::Refused;
            };
            let checksum = hash(Domain::DocumentChecksum, &[covered]);
            taken(&[covered, &checksum.as_bytes()[..4]].concat())
        }
    }
}

fn taken(bytes: &[u8]) -> Outcome {
    match Document::from_bytes(bytes) {
        Ok(read) => {
            assert!(bytes.len() <= DOCUMENT_BINARY_BYTES_MAX);
            assert_eq!(read.to_bytes(), bytes);
            assert_eq!(Document::read(bytes).as_ref(), Ok(&read));
            assert_eq!(Document::from_json(&read.to_json()).as_ref(), Ok(&read));
            for language in [Language::Chinese, Language::English] {
                let told = explain(read.transaction(), language);
                assert!(!told.to_text().is_empty());
            }
            if let Err(error) = read.into_envelope() {
                document::check(&error);
            }
            Outcome::Taken
        }
        Err(error) => {
            document::check(&error);
            Outcome::Refused
        }
    }
}

/// Those of the textual form.
pub fn samples() -> Vec<Vec<u8>> {
    let texts = document::samples().into_iter();
    let read = texts.map(|text| {
        let document = Document::read(&text).unwrap_or_else(|error| panic!("{error}"));
        document.to_bytes()
    });
    read.collect()
}
