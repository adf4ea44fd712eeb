//! Exports of a trial city: whole, signed, replayable, and never half there.

use ledger_core::message::check::differences;
use ledger_core::record::kin::Relation;
use ledger_core::transaction::Signer;
use ledger_core::transaction::account::LinkKin;
use timebank_wallet::client::Patience;
use timebank_wallet::trial::{TrialCity, account, genesis, key, staff};
use timebank_wallet::{Client, TransactionBuilder, builder};

use super::*;
use crate::source::ArchiveSource;

/// A city with postings of several people, in a book of its own.
pub(crate) fn booked(folder: &Path) -> (TrialCity, Book) {
    let city = TrialCity::new();
    for kin in ["mother", "li", "clerk", "registry"] {
        link(&city, kin);
        city.pass_a_block();
    }
    let mut book = Book::open(&folder.join("book"), &genesis()).unwrap();
    follow(&mut book, &city);
    (city, book)
}

pub(crate) fn follow(book: &mut Book, city: &TrialCity) {
    let client = Client::without_trust(city.clone());
    book.follow(&mut &client, None, &mut |_| ControlFlow::Continue(()))
        .unwrap();
}

pub(crate) fn link(city: &TrialCity, kin: &str) {
    let operation = LinkKin {
        account: account("chen"),
        kin: account(kin),
        relation: Relation::Parent,
    };
    let signers = [
        (Signer::Account(account("chen")), key("chen")),
        (Signer::Account(account(kin)), key(kin)),
        (Signer::Staff(staff("registrar")), key("registrar")),
    ];
    let builder = TransactionBuilder::new(genesis().chain_id(), signers[0].0, city.time_ms());
    let pairs: Vec<_> = signers.iter().map(|(signer, key)| (*signer, key)).collect();
    let envelope = builder::seal(builder.build(operation).unwrap(), &pairs);
    let patience = Patience::Final { timeout_ms: 1_000 };
    Client::without_trust(city.clone())
        .submit(&envelope, patience)
        .unwrap();
}

pub(crate) fn go_on(_: Height) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn the_meaning_of_every_column_is_there_in_both_languages() {
    assert_eq!(differences(CHINESE, ENGLISH), [""; 0]);
    for language in Language::ALL {
        let text = columns(language);
        for table in Table::ALL {
            let id = format!("column-{}-", table.name());
            assert!(!text.contains(&id), "{text}");
        }
    }
}

#[test]
fn an_export_is_signed_whole_and_can_be_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let (_, book) = booked(folder.path());
    let to = folder.path().join("export");
    let auditor = key("auditor");
    let signing = Signing {
        signer: staff("auditor"),
        key: &auditor,
    };
    let exported = export(&book, Height(1), &to, Some(signing), &mut go_on).unwrap();
    assert_eq!(exported.rows[0], book.height().0);
    assert_eq!(exported.rows[1], 4);
    assert_eq!(exported.rows[3], 14);
    let manifest = Manifest::read(&to.join("manifest.json")).unwrap();
    assert_eq!(manifest.check_files(&to).unwrap(), [""; 0]);
    assert!(manifest.check_signature().unwrap().is_some());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&to).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "others can enter the folder");
    }
    let csv = fs::read(to.join("postings.csv")).unwrap();
    assert!(csv.starts_with(BYTE_ORDER_MARK));
    assert!(csv.ends_with(b"\r\n"));
    // Executed again from the export alone.
    let mut again = Book::open(&folder.path().join("again"), &genesis()).unwrap();
    let mut source = ArchiveSource::open(&to.join(ARCHIVE_FOLDER), again.chain_id());
    again
        .follow(&mut source, None, &mut |_| ControlFlow::Continue(()))
        .unwrap();
    assert_eq!(again.block_id(), book.block_id());
    // The same book gives the same bytes.
    let twice = folder.path().join("twice");
    export(&book, Height(1), &twice, Some(signing), &mut go_on).unwrap();
    for file in manifest.body.files {
        let read = |folder: &Path| fs::read(folder.join(&file.name)).unwrap();
        assert_eq!(read(&to), read(&twice), "{}", file.name);
    }
}

#[test]
fn an_export_that_was_broken_off_or_killed_leaves_nothing_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let (_, book) = booked(folder.path());
    let to = folder.path().join("export");
    let mut left = 3;
    let error = export(&book, Height(1), &to, None, &mut |_| {
        left -= 1;
        match left {
            0 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    });
    assert!(matches!(error, Err(ExportError::Stopped)), "{error:?}");
    let partial = folder.path().join(".export.partial");
    assert!(!to.exists() && !partial.exists());
    // As a process that was killed in the middle leaves it.
    fs::create_dir_all(partial.join(ARCHIVE_FOLDER)).unwrap();
    fs::write(partial.join("blocks.csv"), "half a l").unwrap();
    fs::write(partial.join("archive/00000000000000000001.blocks"), "x").unwrap();
    // Another process at work is not disturbed.
    let lock = begin_lock(&partial);
    let error = export(&book, Height(1), &to, None, &mut go_on);
    assert!(matches!(error, Err(ExportError::InUse { .. })), "{error:?}");
    drop(lock);
    export(&book, Height(2), &to, None, &mut go_on).unwrap();
    assert!(!partial.exists());
    let error = export(&book, Height(1), &to, None, &mut go_on);
    assert!(
        matches!(error, Err(ExportError::Exists { .. })),
        "{error:?}"
    );
    let beyond = book.height().next();
    let nowhere = folder.path().join("nowhere");
    let error = export(&book, beyond, &nowhere, None, &mut go_on);
    assert!(matches!(error, Err(ExportError::NoBlocks { .. })));
}

fn begin_lock(partial: &Path) -> File {
    let lock = File::create(partial.join(LOCK_FILE)).unwrap();
    lock.lock().unwrap();
    lock
}
