//! Sealing a folder: the list of its files, the auditor's signature, and the proof of the auditor's key, all from the book.

use std::collections::BTreeSet;
use std::path::Path;

use ledger_core::id::{Height, StaffId};
use ledger_core::proof::SetChange;
use ledger_core::signature::SecretKey;
use ledger_core::state::StateError;

use super::proof::set_change;
use super::{
    AUDITOR_PROOF_NAME, About, Manifest, ManifestBody, ManifestError, auditor_proof, write_into,
};
use crate::archive::ArchiveError;
use crate::book::Book;
use crate::booked::BookedBlock;

/// Who signs a folder, and with what.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'k> {
    /// The auditor's staff entry.
    pub signer: StaffId,
    /// Its key.
    pub key: &'k SecretKey,
}

/// Why a folder could not be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// A file of the folder, or the manifest.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The book's archive.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The book's state.
    #[error(transparent)]
    State(#[from] StateError),
    /// The book does not have a block that it led to.
    #[error("the book has no block {height}; open it again, which mends it")]
    NoBlock {
        /// Which.
        height: Height,
    },
}

/// Writes the manifest of the files `names` in `folder`, and when somebody signs also the proof of their key as of the book's
/// last block. Without a signature the folder has hashes only.
///
/// # Errors
/// When a file cannot be read or written, or the book cannot be read.
pub fn seal(
    book: &Book,
    folder: &Path,
    about: About,
    names: &BTreeSet<String>,
    signing: Option<Signing<'_>>,
) -> Result<Manifest, SealError> {
    let body = ManifestBody::over(folder, about, names)?;
    let manifest = match signing {
        None => body.unsigned(),
        Some(Signing { signer, key }) => {
            let tip = block(book, book.height())?;
            let changes = set_changes(book, tip.block.header.last_set_change)?;
            let header = &tip.block.header;
            let proof = auditor_proof(book.state(), header, &tip.certificate, changes, signer)?;
            write_into(folder, AUDITOR_PROOF_NAME, &proof.to_file())?;
            body.signed(signer, key)
        }
    };
    // Last, so that a folder with a manifest is complete: if we crash before, it has none, or one its files belie.
    manifest.write(folder)?;
    if signing.is_none() {
        remove_former_proof(folder)?;
    }
    Ok(manifest)
}

/// A proof of an earlier signature says nothing of a manifest without one.
fn remove_former_proof(folder: &Path) -> Result<(), ManifestError> {
    let path = folder.join(AUDITOR_PROOF_NAME);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            let reason = error.to_string();
            Err(ManifestError::Unwritable { path, reason })
        }
        _ => Ok(()),
    }
}

/// The changes of the validator set up to the block at `last`, found from the last one backwards: each header names the one
/// before it.
fn set_changes(book: &Book, last: Height) -> Result<Vec<SetChange>, SealError> {
    let (mut changes, mut height) = (Vec::new(), last);
    while height > Height::GENESIS {
        let booked = block(book, height)?;
        // Each is below the one before, because the block was executed.
        height = booked.block.header.last_set_change;
        changes.extend(set_change(&booked));
    }
    changes.reverse();
    Ok(changes)
}

fn block(book: &Book, height: Height) -> Result<BookedBlock, SealError> {
    let missing = || SealError::NoBlock { height };
    let before = height.0.checked_sub(1).ok_or_else(missing)?;
    let booked = book.blocks(Height(before))?.next();
    Ok(booked.ok_or_else(missing)??)
}
