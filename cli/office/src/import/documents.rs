//! Documents on their way to those who have not signed, and back (`docs/documents.md`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use ledger_core::id::TransactionId;
use timebank_wallet::Document;
use timebank_wallet::document::DOCUMENT_BYTES_MAX;

use super::outcome::Report;
use super::{DOCUMENTS_MAX, Desk, ImportError};

/// The longest part of an office's number in the name of a document, in characters.
const NAME_CHARACTERS_MAX: usize = 40;

/// What lies in the folder of documents, by transaction, copies put together; what is no document is reported.
pub(super) fn returned<T>(
    desk: &Desk<'_, T>,
    report: &mut Report,
) -> Result<BTreeMap<TransactionId, Document>, ImportError> {
    let mut returned: BTreeMap<TransactionId, Document> = BTreeMap::new();
    let Some(folder) = &desk.places.documents else {
        return Ok(returned);
    };
    let failed = |path: &PathBuf, source| ImportError::File {
        path: path.clone(),
        source,
    };
    let paths = desk.files.list(folder, ".json", DOCUMENTS_MAX);
    for path in paths.map_err(|source| failed(folder, source))? {
        let bytes = desk.files.read(&path);
        let bytes = bytes
            .map_err(|source| failed(&path, source))?
            .unwrap_or_default();
        let read = match u64::try_from(bytes.len()) {
            Ok(length) if length <= DOCUMENT_BYTES_MAX => Document::read(&bytes),
            _ => Err(timebank_wallet::Error::DocumentMalformed {
                reason: format!("longer than {DOCUMENT_BYTES_MAX} bytes"),
            }),
        };
        let read = read.and_then(|document| document.check_chain(desk.chain_id).map(|()| document));
        let document = match read {
            Ok(document) => document,
            Err(error) => {
                report.strange.push((path, error.to_string()));
                continue;
            }
        };
        let id = document.transaction().id();
        match returned.get_mut(&id) {
            None => {
                returned.insert(id, document);
            }
            Some(copy) => {
                if let Err(error) = copy.merge(&document) {
                    report.strange.push((path, error.to_string()));
                }
            }
        }
    }
    Ok(returned)
}

/// Writes a document for those who have not signed; where, if there is a folder for it.
pub(super) fn write<T>(
    document: &Document,
    number: &str,
    desk: &Desk<'_, T>,
) -> Result<Option<PathBuf>, ImportError> {
    let Some(folder) = &desk.places.documents else {
        return Ok(None);
    };
    let plain = number.chars().map(|letter| match letter {
        letter if letter.is_alphanumeric() => letter,
        _ => '-',
    });
    let plain: String = plain.take(NAME_CHARACTERS_MAX).collect();
    let id = document.transaction().id().to_string();
    let short: String = id.chars().rev().take(8).collect();
    let path = folder.join(format!("{plain}-{short}.json"));
    let written = desk.files.replace(&path, document.to_json().as_bytes());
    match written {
        Ok(()) => Ok(Some(path)),
        Err(source) => Err(ImportError::File { path, source }),
    }
}
