//! Carrying out what the dry run let pass: written down, signed, completed, submitted, looked up.
//!
//! The order is what makes a crash harmless. 1. Salts into the vault: if we crash after this, salts of records that never came
//! to be lie there. 2. Transactions into the journal: if we crash after this, they are taken up again. 3. Only then are documents
//! written and transactions submitted: if we crash during this, the blocks tell what became of them. 4. What became of them
//! into the journal: if we crash before this, the blocks are looked through again.

use std::collections::BTreeMap;

use ledger_core::id::{Height, OrderId, TransactionId};
use ledger_core::transaction::{SealedEnvelope, Signer};
use timebank_wallet::client::Transport;
use timebank_wallet::records::vault_line;
use timebank_wallet::{Document, Error};

use super::basis::Basis;
use super::journal::{Journal, Made};
use super::outcome::{Created, Outcome, Report};
use super::run::{Table, Work};
use super::submit::{Said, submit};
use super::{Desk, ImportError, Progress, documents};

/// A transaction that everybody signed.
pub(super) struct Sealed {
    pub(super) lines: Vec<usize>,
    pub(super) made: Created,
    pub(super) envelope: SealedEnvelope,
    /// It is in no block up to this one.
    above: Height,
}

pub(super) fn out<T: Transport>(
    mut works: Vec<Work>,
    table: &mut Table,
    journal: &mut Journal<'_>,
    mut basis: Option<&mut (dyn Basis + '_)>,
    desk: &Desk<'_, T>,
    report: &mut Report,
) -> Result<(), ImportError> {
    keep_salts(&mut works, table, desk)?;
    let returned = documents::returned(desk, report)?;
    let mut sealed = Vec::new();
    let count = works.len();
    let mut done = 0;
    for part in works.chunks(desk.made_at_once.max(1)) {
        let signed = part
            .iter()
            .map(|work| sign(work, &returned, desk))
            .collect::<Result<Vec<Document>, Error>>()?;
        let new = part.iter().zip(&signed).filter(|(work, document)| {
            work.known
                .as_ref()
                .is_none_or(|known| *known != document.to_bytes())
        });
        let made = new.map(|(work, document)| {
            let lines = work.unit.lines.iter().map(|index| table.line(*index).key());
            Made::of(
                document,
                all_lines(work, lines.collect(), journal, table),
                work.above,
            )
        });
        let made = made.collect();
        journal.note_made(table.kind, made)?;
        for (work, document) in part.iter().zip(signed) {
            sealed.extend(complete(work, document, table, desk)?);
        }
        done += part.len();
        desk.go_on(Progress::Made(done, count))?;
    }
    let mut said = submit(&sealed, journal, basis.is_some(), desk, report)?;
    if let Some(basis) = &mut basis {
        confirm(&sealed, &mut said, journal, *basis, desk)?;
    }
    for sealed in &sealed {
        let outcome = outcome(sealed, said.remove(&sealed.made.transaction));
        table.set(&sealed.lines, &outcome);
    }
    Ok(())
}

/// Every line of a transaction that was made before, also those that are not in this file any more.
fn all_lines(
    work: &Work,
    mut lines: Vec<super::line::LineKey>,
    journal: &Journal<'_>,
    table: &Table,
) -> Vec<super::line::LineKey> {
    if work.known.is_some()
        && let Some(first) = lines.first()
        && let Some((_, made, _)) = journal.made_of(table.kind, first)
    {
        lines.clone_from(&made.lines);
    }
    lines
}

/// Gives new services their evidence commitments, and writes the salts down.
fn keep_salts<T>(works: &mut [Work], table: &Table, desk: &Desk<'_, T>) -> Result<(), ImportError> {
    let mut salts = String::new();
    for work in works {
        let number = &table.line(work.unit.lines[0]).number;
        work.commit(number);
        if let Some(salt) = &work.salt {
            let order = OrderId::derive(work.transaction.id());
            salts.push_str(&vault_line(number, order, salt));
        }
    }
    if salts.is_empty() {
        return Ok(());
    }
    let path = &desk.places.vault;
    let kept = desk.files.append(path, salts.as_bytes());
    kept.map_err(|source| ImportError::File {
        path: path.clone(),
        source,
    })
}

/// The transaction with the signatures of the keys at hand, and those that came back.
fn sign<T>(
    work: &Work,
    returned: &BTreeMap<TransactionId, Document>,
    desk: &Desk<'_, T>,
) -> Result<Document, Error> {
    let mut document = match &work.known {
        Some(bytes) => Document::from_bytes(bytes)?,
        None => Document::new(work.transaction.clone()),
    };
    if let Some(copy) = returned.get(&work.transaction.id()) {
        // One signer with two keys: what lies here counts until the ledger says otherwise.
        match document.merge(copy) {
            Ok(()) | Err(Error::DocumentConflict { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    for signer in &work.unit.signers {
        if let Some(key) = (desk.keys)(*signer)? {
            document.sign(*signer, &key)?;
        }
    }
    Ok(document)
}

/// Ready to be submitted when everybody signed; else a document for those who have not.
fn complete<T>(
    work: &Work,
    document: Document,
    table: &mut Table,
    desk: &Desk<'_, T>,
) -> Result<Option<Sealed>, ImportError> {
    let made = Created::by(&work.transaction);
    let signed = document.signatures();
    let missing: Vec<Signer> = work
        .unit
        .signers
        .iter()
        .filter(|signer| !signed.contains_key(signer))
        .copied()
        .collect();
    // Somebody whom the file does not name may stand in for one it names: the ledger has the last word.
    let others = signed
        .keys()
        .filter(|signer| !work.unit.signers.contains(signer));
    let asks = signed.contains_key(&work.transaction.signer);
    if asks && others.count() >= missing.len() {
        let envelope = document.into_envelope()?;
        return Ok(Some(Sealed {
            lines: work.unit.lines.clone(),
            made,
            envelope: SealedEnvelope::new(envelope),
            above: work.above,
        }));
    }
    let number = &table.line(work.unit.lines[0]).number;
    let document = documents::write(&document, number, desk)?;
    let outcome = Outcome::Unsigned {
        made,
        missing,
        document,
    };
    table.set(&work.unit.lines, &outcome);
    Ok(None)
}

/// Looks in the blocks what became of what was submitted, and writes it down.
fn confirm<T>(
    sealed: &[Sealed],
    said: &mut BTreeMap<TransactionId, Said>,
    journal: &mut Journal<'_>,
    basis: &mut (dyn Basis + '_),
    desk: &Desk<'_, T>,
) -> Result<(), ImportError> {
    if sealed.is_empty() {
        return Ok(());
    }
    // It is too late to end now: what was submitted is looked up.
    basis.follow(&mut |height| {
        let _ = (desk.progress)(Progress::Followed(height));
    })?;
    let ids = sealed
        .iter()
        .map(|sealed| sealed.made.transaction)
        .collect();
    let above = sealed.iter().map(|sealed| sealed.above).min();
    let applied = basis.applied(&ids, above.unwrap_or(Height::GENESIS))?;
    let fates: Vec<_> = applied
        .iter()
        .map(|(id, height)| (*id, Some(*height)))
        .collect();
    journal.note_fates(&fates)?;
    let tip = basis.tip().height;
    for id in ids {
        match (applied.get(&id), said.get(&id)) {
            (Some(height), _) => {
                said.insert(id, Said::Applied(*height));
            }
            (None, Some(Said::Applied(height))) => {
                let believed = match *height <= tip {
                    true => Said::Contradicted(*height),
                    // The node is ahead of the blocks it handed out.
                    false => Said::Accepted,
                };
                said.insert(id, believed);
            }
            (None, _) => {}
        }
    }
    Ok(())
}

fn outcome(sealed: &Sealed, said: Option<Said>) -> Outcome {
    let made = sealed.made;
    match said {
        Some(Said::Applied(height)) => Outcome::Applied { made, height },
        Some(Said::Accepted) => Outcome::Accepted { made },
        Some(Said::Refused(refusal)) => Outcome::Refused(refusal),
        Some(Said::Contradicted(height)) => Outcome::Contradicted {
            transaction: made.transaction,
            height,
        },
        Some(Said::NotTaken(refusal)) => Outcome::NotTaken {
            made,
            refusal: Some(refusal),
        },
        None => Outcome::NotTaken {
            made,
            refusal: None,
        },
    }
}
