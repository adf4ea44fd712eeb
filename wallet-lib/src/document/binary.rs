//! The compact form of a document, for QR codes and small files.
//!
//! ```text
//! "TBDC"  version: u8  body: borsh  checksum: 4 bytes
//! body = transaction, signatures: [signer, key?, signature]
//! ```
//!
//! There is no readable part: whoever receives it reads what [`crate::explain`] makes of the transaction. The key is left
//! out where the signer is a key. The checksum, the beginning of a hash of all before it, tells damage from forgery and
//! nothing more. What always holds: a document has one binary form, and one in memory is as sound as one read from JSON.

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::hash::{Domain, hash};
use ledger_core::signature::{PublicKey, Signature};
use ledger_core::transaction::{ENVELOPE_BYTES_MAX, SIGNATURES_MAX, Signer, Transaction};

use super::{Document, Signed};
use crate::error::Error;

/// What every document in binary form begins with.
pub const DOCUMENT_MAGIC: [u8; 4] = *b"TBDC";
/// The version this build writes and the only one it reads.
pub const DOCUMENT_BINARY_VERSION: u8 = 1;
/// The longest document in binary form that is read, in bytes: the largest envelope with a key beside each signature.
pub const DOCUMENT_BINARY_BYTES_MAX: usize = ENVELOPE_BYTES_MAX + SIGNATURES_MAX * 128;

const CHECKSUM_BYTES: usize = 4;

#[derive(BorshSerialize, BorshDeserialize)]
struct Body {
    transaction: Transaction,
    signatures: Vec<BodySignature>,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct BodySignature {
    signer: Signer,
    /// None exactly where the signer is a key.
    key: Option<PublicKey>,
    signature: Signature,
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let [a, b, c, d, ..] = *hash(Domain::DocumentChecksum, &[bytes]).as_bytes();
    [a, b, c, d]
}

fn malformed(reason: &str) -> Error {
    Error::DocumentMalformed {
        reason: reason.to_owned(),
    }
}

impl Document {
    /// Whether `bytes` begin like a document in binary form.
    pub fn is_binary(bytes: &[u8]) -> bool {
        bytes.starts_with(&DOCUMENT_MAGIC)
    }

    /// The document in binary form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let signatures = self.signatures.iter().map(|(signer, signed)| {
            let named_by_key = matches!(signer, Signer::Key(_));
            BodySignature {
                signer: *signer,
                key: (!named_by_key).then_some(signed.key),
                signature: signed.signature,
            }
        });
        let body = Body {
            transaction: self.transaction.clone(),
            signatures: signatures.collect(),
        };
        let mut bytes = DOCUMENT_MAGIC.to_vec();
        bytes.push(DOCUMENT_BINARY_VERSION);
        bytes.extend(codec::encode(&body));
        let checksum = checksum(&bytes);
        bytes.extend(checksum);
        bytes
    }

    /// Reads a document in binary form, which may have passed through any hands.
    ///
    /// # Errors
    /// When it is none, of another version or damaged, or a signature is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Document, Error> {
        let length = bytes.len();
        if length > DOCUMENT_BINARY_BYTES_MAX {
            let most = DOCUMENT_BINARY_BYTES_MAX;
            return Err(malformed(&format!(
                "{length} bytes given, at most {most} allowed"
            )));
        }
        let rest = bytes
            .strip_prefix(&DOCUMENT_MAGIC)
            .ok_or_else(|| malformed("it does not begin with TBDC"))?;
        let (version, rest) = rest
            .split_first()
            .ok_or_else(|| malformed("it is cut short"))?;
        if *version != DOCUMENT_BINARY_VERSION {
            return Err(Error::DocumentVersion {
                version: u16::from(*version),
                known: u16::from(DOCUMENT_BINARY_VERSION),
            });
        }
        let (body, given) = rest
            .split_last_chunk::<CHECKSUM_BYTES>()
            .ok_or_else(|| malformed("it is cut short"))?;
        let (before, _) = bytes.split_at(length - CHECKSUM_BYTES);
        if *given != checksum(before) {
            return Err(malformed(
                "its checksum is wrong: it was damaged on its way",
            ));
        }
        let body: Body = codec::decode(body, DOCUMENT_BINARY_BYTES_MAX)
            .map_err(|error| malformed(&error.to_string()))?;
        let mut document = Document::new(body.transaction);
        let message = document.transaction.signed_bytes();
        for given in body.signatures {
            let BodySignature {
                signer,
                key,
                signature,
            } = given;
            let key = match (signer, key) {
                (Signer::Key(key), None) | (Signer::Account(_) | Signer::Staff(_), Some(key)) => {
                    key
                }
                _ => return Err(Error::DocumentSignature { signer }),
            };
            let signed = Signed { key, signature };
            document.add(signer, signed, &message)?;
        }
        // Signatures in another order, or one given twice, would be a second form of the same document.
        if document.to_bytes() != bytes {
            return Err(malformed("it is not in canonical form"));
        }
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::explain::samples::{CHEN, transactions};
    use crate::key;
    use crate::qr::{self, Collector, Kind, Progress};
    use ledger_core::id::{OrganisationId, StaffId};

    /// Signed by an account, a member of staff and a bare key.
    fn signed(transaction: Transaction) -> Document {
        let mut document = Document::new(transaction);
        let clerk = StaffId {
            organisation: OrganisationId(320_102_001),
            number: 7,
        };
        let keys = [(); 3].map(|()| key::generate().unwrap());
        let bare = Signer::Key(keys[2].public_key());
        for (signer, key) in [Signer::Account(CHEN), Signer::Staff(clerk), bare]
            .iter()
            .zip(&keys)
        {
            document.sign(*signer, key).unwrap();
        }
        document
    }

    #[test]
    fn both_forms_hold_the_same_document() {
        for transaction in transactions() {
            for document in [Document::new(transaction.clone()), signed(transaction)] {
                let bytes = document.to_bytes();
                assert_eq!(Document::from_bytes(&bytes), Ok(document.clone()));
                assert_eq!(Document::read(&bytes), Ok(document.clone()));
                assert_eq!(Document::read(document.to_json().as_bytes()), Ok(document));
            }
        }
    }

    #[test]
    fn a_document_passes_through_qr_codes() {
        for transaction in transactions() {
            let document = signed(transaction);
            let parts = qr::parts(Kind::Document, &document.to_bytes()).unwrap();
            assert!(parts.len() <= 2, "{} parts", parts.len());
            let mut collector = Collector::new();
            let last = parts.iter().rev().map(|part| collector.add(part).unwrap());
            let Some(Progress::Complete(scanned)) = last.last() else {
                panic!("all parts are there")
            };
            let bytes = scanned.into_bytes_of(Kind::Document).unwrap();
            assert_eq!(Document::from_bytes(&bytes), Ok(document));
        }
    }

    #[test]
    fn every_changed_bit_is_refused_and_no_other_checksum_changes_what_is_signed() {
        let document = signed(transactions().remove(0));
        let bytes = document.to_bytes();
        let mut renamed = 0;
        for bit in 0..8 * bytes.len() {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(Document::from_bytes(&other).is_err(), "bit {bit}");
            let end = other.len() - CHECKSUM_BYTES;
            let sum = checksum(&other[..end]);
            other[end..].copy_from_slice(&sum);
            if other == bytes {
                continue;
            }
            // A signature does not say whose it is: another name beside the same key is for the ledger to refuse.
            if let Ok(other) = Document::from_bytes(&other) {
                renamed += 1;
                assert_eq!(other.transaction, document.transaction, "bit {bit}");
                let by = |document: &Document| {
                    let keys = document.signatures.values().map(|signed| signed.key);
                    keys.collect::<BTreeSet<_>>()
                };
                assert_eq!(by(&other), by(&document), "bit {bit}");
                assert_ne!(other.signatures, document.signatures, "bit {bit}");
            }
        }
        // The names of one account and one member of staff.
        assert!(renamed <= 8 * (20 + 8 + 4), "{renamed}");
        for length in 0..bytes.len() {
            assert!(Document::from_bytes(&bytes[..length]).is_err());
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let bytes = signed(transactions().remove(0)).to_bytes();
        let code = |bytes: &[u8]| Document::from_bytes(bytes).unwrap_err().code();
        let mut newer = bytes.clone();
        newer[4] = 2;
        assert_eq!(code(&newer), "document_version");
        assert_eq!(code(b"{}"), "document_malformed");
        assert_eq!(
            code(&vec![b'T'; DOCUMENT_BINARY_BYTES_MAX + 1]),
            "document_malformed"
        );
    }

    #[test]
    fn signatures_in_another_order_are_another_form_and_refused() {
        let document = signed(transactions().remove(0));
        let signatures = |order: [usize; 3]| {
            let all: Vec<_> = document.signatures.iter().collect();
            order.map(|at| {
                let (signer, signed) = all[at];
                BodySignature {
                    signer: *signer,
                    key: (!matches!(signer, Signer::Key(_))).then_some(signed.key),
                    signature: signed.signature,
                }
            })
        };
        let written = |order| {
            let body = Body {
                transaction: document.transaction.clone(),
                signatures: signatures(order).into(),
            };
            let mut bytes = DOCUMENT_MAGIC.to_vec();
            bytes.push(DOCUMENT_BINARY_VERSION);
            bytes.extend(codec::encode(&body));
            let sum = checksum(&bytes);
            bytes.extend(sum);
            bytes
        };
        assert_eq!(written([0, 1, 2]), document.to_bytes());
        assert!(Document::from_bytes(&written([0, 1, 2])).is_ok());
        assert!(Document::from_bytes(&written([1, 0, 2])).is_err());
        assert!(Document::from_bytes(&written([0, 0, 2])).is_err());
    }
}
