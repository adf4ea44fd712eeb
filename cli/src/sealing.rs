//! The manifest of a folder that an auditor hands on: signed when an auditor's key is at hand, else with hashes only.

use std::collections::BTreeSet;
use std::path::Path;

use ledger_core::id::{Height, StaffId};
use ledger_core::message::Arguments;
use ledger_core::record::organisation::{Role, StaffRecord};
use ledger_core::signature::PublicKey;
use ledger_core::state::{Overlay, StateKey};
use ledger_core::transaction::Signer;
use timebank_audit::Book;
use timebank_audit::manifest::{About, MadeOf, Manifest, SealError, Signing, seal};

use crate::book;
use crate::failure::Failure;
use crate::session::Session;

/// Writes the manifest of the files `names` in `folder`, which were made from the blocks of `book` from `from_height` on.
///
/// # Errors
/// When a staff entry is to sign that the chain does not know as an auditor with this key; when files cannot be used.
pub(crate) fn seal_folder(
    session: &Session<'_>,
    book: &Book,
    folder: &Path,
    (made_of, from_height): (MadeOf, Height),
    names: &BTreeSet<String>,
) -> Result<Manifest, Failure> {
    let about = About {
        chain_id: book.chain_id(),
        from_height,
        height: book.height(),
        block_id: book.block_id(),
        made_of,
    };
    let keys = session.keys()?;
    let staff = keys.iter().find_map(|key| match key.signer {
        Signer::Staff(signer) => Some((signer, &key.key)),
        Signer::Account(_) | Signer::Key(_) => None,
    });
    let signing = match staff {
        Some((signer, key)) => {
            check_auditor(book, signer, key.public_key())?;
            Some(Signing { signer, key })
        }
        None => None,
    };
    seal(book, folder, about, names, signing).map_err(|error| match error {
        SealError::Archive(error) => book::files(&error),
        SealError::Manifest(_) | SealError::State(_) | SealError::NoBlock { .. } => {
            Failure::local("unsealed", Arguments::NONE.text("reason", error))
        }
    })
}

/// Checks before anything is signed what whoever verifies the folder will check.
///
/// # Errors
/// When the chain does not know the signer as an auditor with this key at the book's last block.
pub(crate) fn check_auditor(book: &Book, signer: StaffId, key: PublicKey) -> Result<(), Failure> {
    let record: Option<StaffRecord> = Overlay::new(book.state())
        .load(&StateKey::Staff(signer))
        .map_err(|error| Failure::local("unsealed", Arguments::NONE.text("reason", error)))?;
    let is_auditor = record.is_some_and(|it| it.key == key && it.has(Role::Auditor));
    match is_auditor {
        true => Ok(()),
        false => {
            let about = Arguments::NONE
                .text("signer", signer)
                .text("height", book.height());
            Err(Failure::usage("sealed_by_no_auditor", about))
        }
    }
}
