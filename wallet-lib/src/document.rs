//! A transaction on its way between the people who sign it, as a file.
//!
//! An **intent** is a document nobody has signed yet. A document holds the exact bytes that are signed, a readable form of them, and the signatures so far. It travels by
//! whatever means people have; signatures may be added in any order, to copies too, and copies be merged. What always
//! holds of a document in memory: its readable part is what its bytes say, letter for letter, and every signature in it
//! verifies with the key given beside it. Whether that key is the one registered for the signer only the ledger knows.
//!
//! ```
//! use ledger_core::amount::Minutes;
//! use ledger_core::hash::Hash;
//! use ledger_core::id::{AccountId, ChainId};
//! use ledger_core::message::Language;
//! use ledger_core::time::TimestampMs;
//! use ledger_core::transaction::{Signer, value::Gift};
//! use timebank_wallet::document::Standing;
//! use timebank_wallet::explain::explain;
//! use timebank_wallet::qr::{self, Collector, Kind, Progress};
//! use timebank_wallet::{Document, TransactionBuilder, key};
//!
//! // An intent: nobody has signed it.
//! # let (chain_id, now_ms) = (ChainId(Hash::ZERO), TimestampMs(1_795_327_500_000));
//! # let (daughter, mother) = (AccountId([1; 20]), AccountId([2; 20]));
//! let gift = Gift { from: daughter, to: mother, minutes: Minutes(90) };
//! let builder = TransactionBuilder::new(chain_id, Signer::Account(daughter), now_ms);
//! let intent = Document::new(builder.build(gift)?);
//!
//! // It goes to another phone as QR codes.
//! let mut collector = Collector::new();
//! let mut scanned = None;
//! for code in qr::parts(Kind::Document, &intent.to_bytes())? {
//!     if let Progress::Complete(content) = collector.add(&code)? {
//!         scanned = Some(content.into_bytes_of(Kind::Document)?);
//!     }
//! }
//! let mut document = Document::from_bytes(&scanned.expect("every part was scanned"))?;
//!
//! // Its owner reads what the bytes say, and signs.
//! let explanation = explain(document.transaction(), Language::English);
//! assert_eq!(explanation.sentence, "Gives 90 min (1 h 30 min) to a relative.");
//! document.check_chain(chain_id)?;
//! assert_eq!(document.standing()[0].1, Standing::Missing);
//! document.sign(Signer::Account(daughter), &key::generate()?)?;
//! assert_eq!(document.standing()[0].1, Standing::Signed);
//! let envelope = document.into_envelope()?;
//! # assert_eq!(envelope.check_form(), Ok(()));
//! # Ok::<(), timebank_wallet::Error>(())
//! ```

mod binary;
mod required;

use std::collections::BTreeMap;
use std::path::Path;

use ledger_core::codec;
use ledger_core::id::{ChainId, TransactionId};
use ledger_core::signature::{PublicKey, Purpose, SecretKey, Signature};
use ledger_core::time::{Calendar, TimestampMs};
use ledger_core::transaction::{
    ENVELOPE_BYTES_MAX, Envelope, Operation, SignedBy, Signer, Transaction,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::file::{self, Existing};

pub use binary::{DOCUMENT_BINARY_BYTES_MAX, DOCUMENT_BINARY_VERSION, DOCUMENT_MAGIC};
pub use required::{Need, Standing, required};

/// The document format this build writes and the only one it reads.
pub const DOCUMENT_VERSION: u16 = 1;
/// The longest document, in bytes: the transaction in hex, its readable form, and the signatures.
pub const DOCUMENT_BYTES_MAX: u64 = 1024 * 1024;

/// A transaction and the signatures collected for it so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    transaction: Transaction,
    signatures: BTreeMap<Signer, Signed>,
}

/// A signature in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The key that made it.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

/// The file, as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form<R> {
    /// [`DOCUMENT_VERSION`].
    timebank_document: u16,
    /// The transaction's id.
    id: TransactionId,
    /// For people; derived from `bytes` and from nothing else.
    reads: R,
    /// What is signed, in hex.
    bytes: String,
    /// By whom so far.
    signatures: Vec<SignedForm>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedForm {
    signer: Signer,
    key: PublicKey,
    signature: Signature,
}

/// What a transaction says, for people.
#[derive(Serialize)]
struct Readable<'a> {
    chain_id: ChainId,
    signer: Signer,
    valid_until_ms: TimestampMs,
    valid_until: String,
    operation: &'a Operation,
}

impl Document {
    /// A document without signatures.
    pub const fn new(transaction: Transaction) -> Document {
        Document {
            transaction,
            signatures: BTreeMap::new(),
        }
    }

    /// What is signed.
    pub const fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// The signatures so far.
    pub const fn signatures(&self) -> &BTreeMap<Signer, Signed> {
        &self.signatures
    }

    /// Checks that the document is for `chain_id`.
    ///
    /// # Errors
    /// When it is for another.
    pub fn check_chain(&self, chain_id: ChainId) -> Result<(), Error> {
        let actual = self.transaction.chain_id;
        if actual == chain_id {
            Ok(())
        } else {
            Err(Error::DocumentChain {
                expected: chain_id,
                actual,
            })
        }
    }

    /// Adds `signer`'s signature, made with `key`; an earlier one by the same signer is replaced.
    ///
    /// # Errors
    /// When the signer is a bare key and `key` is another.
    pub fn sign(&mut self, signer: Signer, key: &SecretKey) -> Result<(), Error> {
        let public_key = key.public_key();
        if matches!(signer, Signer::Key(named) if named != public_key) {
            return Err(Error::SignerKey {
                signer,
                key: public_key,
            });
        }
        let signed = Signed {
            key: public_key,
            signature: self.transaction.sign(key),
        };
        self.signatures.insert(signer, signed);
        Ok(())
    }

    /// Takes `signer`'s signature out; whether there was one.
    pub fn remove(&mut self, signer: Signer) -> bool {
        self.signatures.remove(&signer).is_some()
    }

    /// Adds the signatures of `other`, a copy that went another way.
    ///
    /// # Errors
    /// When it is about another transaction, or one signer signed with different keys. Nothing is changed then.
    pub fn merge(&mut self, other: &Document) -> Result<(), Error> {
        if other.transaction != self.transaction {
            return Err(Error::DocumentOther {
                expected: self.transaction.id(),
                actual: other.transaction.id(),
            });
        }
        for (signer, theirs) in &other.signatures {
            match self.signatures.get(signer) {
                Some(ours) if ours.key != theirs.key => {
                    return Err(Error::DocumentConflict {
                        signer: *signer,
                        one: ours.key,
                        other: theirs.key,
                    });
                }
                _ => {}
            }
        }
        self.signatures.extend(&other.signatures);
        Ok(())
    }

    /// The envelope to submit.
    ///
    /// # Errors
    /// While the transaction's own signer has not signed, or when there are more signatures than an envelope carries.
    pub fn into_envelope(self) -> Result<Envelope, Error> {
        let signer = self.transaction.signer;
        if !self.signatures.contains_key(&signer) {
            return Err(Error::SignerUnsigned { signer });
        }
        let signatures = self.signatures.iter().map(|(signer, signed)| SignedBy {
            signer: *signer,
            signature: signed.signature,
        });
        let envelope = Envelope::new(self.transaction, signatures);
        envelope
            .check_form()
            .map_err(|reason| Error::EnvelopeForm {
                reason: reason.to_string(),
            })?;
        Ok(envelope)
    }

    /// The document as JSON.
    pub fn to_json(&self) -> String {
        let form = Form {
            timebank_document: DOCUMENT_VERSION,
            id: self.transaction.id(),
            reads: self.readable(),
            bytes: hex::encode(self.transaction.signed_bytes()),
            signatures: self.signed_forms(),
        };
        let mut text = serde_json::to_string_pretty(&form)
            .expect("the form has text keys only and cannot fail to serialise");
        text.push('\n');
        text
    }

    /// Reads a document, which may have passed through any hands.
    ///
    /// # Errors
    /// When it is none, its readable part is not exactly what its bytes say, or a signature is wrong.
    pub fn from_json(text: &str) -> Result<Document, Error> {
        let malformed = |reason: String| Error::DocumentMalformed { reason };
        let form: Form<Value> =
            serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        if form.timebank_document != DOCUMENT_VERSION {
            return Err(Error::DocumentVersion {
                version: form.timebank_document,
                known: DOCUMENT_VERSION,
            });
        }
        let bytes = hex::decode(&form.bytes).map_err(|error| malformed(error.to_string()))?;
        let transaction: Transaction = codec::decode(&bytes, ENVELOPE_BYTES_MAX)
            .map_err(|error| malformed(error.to_string()))?;
        let mut document = Document::new(transaction);
        if form.id != document.transaction.id() {
            return Err(altered("id"));
        }
        document.check_readable(&form.reads)?;
        let message = document.transaction.signed_bytes();
        for signed in form.signatures {
            let SignedForm {
                signer,
                key,
                signature,
            } = signed;
            document.add(signer, Signed { key, signature }, &message)?;
        }
        // A field given twice, or anything else a reader of JSON passes over in silence, shows as another text.
        if without_space(text).ne(without_space(&document.to_json())) {
            return Err(altered("*"));
        }
        Ok(document)
    }

    /// Adds a signature that came with a document over `message`, its signed bytes.
    fn add(&mut self, signer: Signer, signed: Signed, message: &[u8]) -> Result<(), Error> {
        let Signed { key, signature } = signed;
        let named_by_key = !matches!(signer, Signer::Key(named) if named != key);
        if !named_by_key || !key.verifies(Purpose::Transaction, message, &signature) {
            return Err(Error::DocumentSignature { signer });
        }
        self.signatures.insert(signer, signed);
        Ok(())
    }

    /// Reads a document in either form.
    ///
    /// # Errors
    /// See [`Document::from_json`] and [`Document::from_bytes`].
    pub fn read(bytes: &[u8]) -> Result<Document, Error> {
        if Document::is_binary(bytes) {
            return Document::from_bytes(bytes);
        }
        let text = std::str::from_utf8(bytes).map_err(|error| Error::DocumentMalformed {
            reason: error.to_string(),
        })?;
        Document::from_json(text)
    }

    /// Writes the document to `path` in one step, replacing what is there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Error> {
        file::write(path, self.to_json().as_bytes(), Existing::Replace).map_err(|error| {
            Error::FileUnwritable {
                path: path.to_owned(),
                reason: error.to_string(),
            }
        })
    }

    /// Reads the document at `path`, in either form.
    ///
    /// # Errors
    /// When the file cannot be read; else see [`Document::read`].
    pub fn load(path: &Path) -> Result<Document, Error> {
        Document::read(&file::read(path, DOCUMENT_BYTES_MAX)?)
    }

    fn readable(&self) -> Readable<'_> {
        let transaction = &self.transaction;
        Readable {
            chain_id: transaction.chain_id,
            signer: transaction.signer,
            valid_until_ms: transaction.valid_until_ms,
            valid_until: Calendar::CHINA.show(transaction.valid_until_ms),
            operation: &transaction.operation,
        }
    }

    fn signed_forms(&self) -> Vec<SignedForm> {
        let signatures = self.signatures.iter();
        signatures
            .map(|(signer, signed)| SignedForm {
                signer: *signer,
                key: signed.key,
                signature: signed.signature,
            })
            .collect()
    }

    fn check_readable(&self, given: &Value) -> Result<(), Error> {
        let derived = serde_json::to_value(self.readable())
            .expect("the readable part has text keys only and cannot fail to serialise");
        match difference(&derived, given, String::new()) {
            None => Ok(()),
            Some(field) => Err(altered(&field)),
        }
    }
}

fn altered(field: &str) -> Error {
    Error::DocumentAltered {
        field: field.to_owned(),
    }
}

fn without_space(text: &str) -> impl Iterator<Item = u8> + '_ {
    text.bytes().filter(|byte| !byte.is_ascii_whitespace())
}

/// The path of the first field in which two values differ.
fn difference(derived: &Value, given: &Value, path: String) -> Option<String> {
    let below = |name: &str| match path.as_str() {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    };
    match (derived, given) {
        (Value::Object(derived), Value::Object(given)) => {
            let names = derived.keys().chain(given.keys());
            for name in names {
                match (derived.get(name), given.get(name)) {
                    (Some(derived), Some(given)) => {
                        if let Some(found) = difference(derived, given, below(name)) {
                            return Some(found);
                        }
                    }
                    _ => return Some(below(name)),
                }
            }
            None
        }
        _ if derived == given => None,
        _ => Some(path),
    }
}

#[cfg(test)]
mod tests;
