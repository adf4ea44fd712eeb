//! A book over a trial city: followed, closed, killed, damaged, and opened again.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use ledger_core::id::Height;
use tempfile::TempDir;
use timebank_wallet::Client;
use timebank_wallet::trial::{TrialCity, genesis};

use super::snapshot::SNAPSHOT_FILE;
use super::*;
use crate::archive::segment_path;

fn city(blocks: u64) -> TrialCity {
    let city = TrialCity::new();
    for _ in 1..blocks {
        city.pass_a_block();
    }
    city
}

fn open(folder: &Path) -> Book {
    Book::open(folder, &genesis()).unwrap()
}

fn follow(book: &mut Book, city: &TrialCity, until: Option<Height>) -> Followed {
    let client = Client::without_trust(city.clone());
    let mut source = &client;
    book.follow(&mut source, until, &mut |_| ControlFlow::Continue(()))
        .unwrap()
}

/// A folder with a closed book of `blocks` blocks.
fn booked(blocks: u64) -> (TempDir, TrialCity) {
    let folder = tempfile::tempdir().unwrap();
    let city = city(blocks);
    follow(&mut open(folder.path()), &city, None);
    (folder, city)
}

/// Copies a closed book.
fn copy_of(book: &TempDir, to: &Path) {
    fs::create_dir_all(to.join(ARCHIVE_FOLDER)).unwrap();
    for name in [LOCK_FILE, CHAIN_FILE, SNAPSHOT_FILE] {
        fs::copy(book.path().join(name), to.join(name)).unwrap();
    }
    fs::copy(first_segment(book.path()), first_segment(to)).unwrap();
}

fn heights(book: &Book, above: u64) -> Vec<u64> {
    let blocks = book.blocks(Height(above)).unwrap();
    blocks.map(|it| it.unwrap().block.header.height.0).collect()
}

fn first_segment(folder: &Path) -> std::path::PathBuf {
    segment_path(&folder.join(ARCHIVE_FOLDER), Height(1))
}

#[test]
fn a_book_is_gone_on_with_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let city = city(7);
    let mut book = open(folder.path());
    let followed = follow(&mut book, &city, Some(Height(3)));
    assert_eq!((followed.ended, followed.blocks), (Ended::Height, 3));
    assert_eq!(heights(&book, 1), [2, 3]);
    drop(book);
    let mut book = open(folder.path());
    assert_eq!((book.height(), book.mended()), (Height(3), [].as_slice()));
    let followed = follow(&mut book, &city, None);
    assert_eq!((followed.ended, followed.blocks), (Ended::Newest, 4));
    assert_eq!(heights(&book, 0), [1, 2, 3, 4, 5, 6, 7]);
    let client = Client::without_trust(city);
    let status = client.status().unwrap();
    assert_eq!(
        (book.height(), book.block_id()),
        (status.height, status.block_id)
    );
    assert_eq!(book.state().root(), status.state_root);
}

#[test]
fn whoever_breaks_it_off_keeps_what_was_booked() {
    let folder = tempfile::tempdir().unwrap();
    let city = city(9);
    let client = Client::without_trust(city.clone());
    let mut book = open(folder.path());
    let mut told = 0;
    let followed = book
        .follow(&mut &client, None, &mut |_| {
            told += 1;
            match told {
                4 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        })
        .unwrap();
    assert_eq!(followed.ended, Ended::Stopped);
    let height = book.height();
    assert!(height <= Height(4), "{height}");
    drop(book);
    let mut book = open(folder.path());
    assert_eq!(book.height(), height);
    follow(&mut book, &city, None);
    assert_eq!(book.height(), Height(9));
}

#[test]
fn an_opening_that_is_broken_off_leaves_the_archive_to_be_gone_on_with() {
    let (folder, city) = booked(9);
    // As after a kill before the first snapshot.
    fs::remove_file(folder.path().join(SNAPSHOT_FILE)).unwrap();
    let mut told = 0;
    let opened = Book::open_reporting(folder.path(), &genesis(), &mut |_| {
        told += 1;
        match told {
            4 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    });
    let mut book = opened.unwrap();
    assert!(book.height() < Height(9), "{}", book.height());
    book.save().unwrap();
    city.pass_a_block();
    follow(&mut book, &city, None);
    assert_eq!(book.height(), Height(10));
    drop(book);
    let book = open(folder.path());
    assert_eq!((book.height(), book.mended()), (Height(10), [].as_slice()));
    assert_eq!(heights(&book, 0), (1..=10).collect::<Vec<u64>>());
}

#[test]
fn only_one_process_at_a_time_has_it_open_and_only_for_its_chain() {
    let (folder, _) = booked(2);
    let first = open(folder.path());
    let second = Book::open(folder.path(), &genesis());
    assert!(matches!(second, Err(BookError::InUse { .. })), "{second:?}");
    drop(first);
    let mut other = genesis();
    other.time_ms = other.time_ms.plus_ms(1);
    let opened = Book::open(folder.path(), &other);
    assert!(
        matches!(opened, Err(BookError::OtherChain { .. })),
        "{opened:?}"
    );
}

#[test]
fn wherever_the_archive_is_torn_behind_the_snapshot_its_blocks_are_fetched_again() {
    let (folder, city) = booked(3);
    let path = first_segment(folder.path());
    let synced = fs::metadata(&path).unwrap().len();
    city.pass_a_block();
    city.pass_a_block();
    follow(&mut open(folder.path()), &city, None);
    let whole = fs::read(&path).unwrap();
    let snapshot = folder.path().join(SNAPSHOT_FILE);
    // As it was at block 3: put back for each of the crashes below.
    let before = tempfile::tempdir().unwrap();
    let earlier = {
        let mut book = open(before.path());
        follow(&mut book, &city, Some(Height(3)));
        fs::read(before.path().join(SNAPSHOT_FILE)).unwrap()
    };
    let length = u64::try_from(whole.len()).unwrap();
    for end in (synced..=length).step_by(37) {
        fs::write(&snapshot, &earlier).unwrap();
        fs::write(&path, &whole[..usize::try_from(end).unwrap()]).unwrap();
        let mut book = open(folder.path());
        assert!(book.height() >= Height(3) && book.height() <= Height(5));
        follow(&mut book, &city, None);
        assert_eq!(heights(&book, 0), [1, 2, 3, 4, 5], "cut at {end}");
    }
}

#[test]
fn a_damaged_snapshot_is_named_and_the_archive_executed_again() {
    let (folder, city) = booked(4);
    let path = folder.path().join(SNAPSHOT_FILE);
    let whole = fs::read(&path).unwrap();
    let step = (whole.len() / 40).max(1);
    for at in (0..whole.len()).step_by(step) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        fs::write(&path, &bytes).unwrap();
        let book = open(folder.path());
        assert_eq!(book.height(), Height(4), "flipped at {at}");
        assert!(
            matches!(book.mended(), [Mended::Snapshot { .. }]),
            "{:?}",
            book.mended()
        );
    }
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let mut book = open(folder.path());
    assert!(matches!(book.mended(), [Mended::Snapshot { .. }]));
    city.pass_a_block();
    follow(&mut book, &city, None);
    drop(book);
    assert_eq!(open(folder.path()).mended(), []);
}

#[test]
fn damage_in_the_archive_is_named_with_its_place() {
    let (before, _) = booked(4);
    let folder = tempfile::tempdir().unwrap();
    let path = first_segment(folder.path());
    let whole = fs::read(first_segment(before.path())).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 50) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::remove_dir_all(folder.path()).unwrap();
        copy_of(&before, folder.path());
        fs::write(&path, &bytes).unwrap();
        let found = match Book::open(folder.path(), &genesis()) {
            // The last block is taken for one that was being written: it is cut off, and that is said.
            Ok(book) if !book.mended().is_empty() => continue,
            Ok(book) => {
                let read = book.blocks(Height(0));
                read.and_then(Iterator::collect::<Result<Vec<_>, _>>).err()
            }
            Err(BookError::Archive(error)) => Some(error),
            Err(other) => panic!("{other}"),
        };
        let named = matches!(
            found,
            Some(ArchiveError::Damaged { .. } | ArchiveError::OtherChain { .. })
        );
        assert!(named, "flipped at {at}: {found:?}");
    }
}

#[test]
fn an_archive_that_lost_its_end_is_filled_again() {
    let (folder, city) = booked(4);
    let path = first_segment(folder.path());
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 9]).unwrap();
    let mut book = open(folder.path());
    assert_eq!(book.height(), Height(3));
    assert!(
        matches!(book.mended(), [Mended::Snapshot { .. }, Mended::Tail(_)]),
        "{:?}",
        book.mended()
    );
    follow(&mut book, &city, None);
    assert_eq!(heights(&book, 0), [1, 2, 3, 4]);
    drop(book);
    fs::remove_file(&path).unwrap();
    let mut book = open(folder.path());
    assert_eq!(book.height(), Height(0));
    follow(&mut book, &city, None);
    assert_eq!(book.height(), Height(4));
}

#[test]
fn an_archive_of_many_segments_is_one_and_a_missing_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let city = city(6);
    let mut book = open(folder.path());
    book.archive.segment_bytes_max = 0;
    follow(&mut book, &city, None);
    let archive = book.archive_folder();
    assert_eq!(crate::archive::segments(&archive).unwrap().len(), 6);
    assert_eq!(heights(&book, 0), [1, 2, 3, 4, 5, 6]);
    assert_eq!(heights(&book, 4), [5, 6]);
    drop(book);
    // As after a crash right when the last segment was created.
    let last = segment_path(&archive, Height(6));
    fs::write(&last, b"TBBL").unwrap();
    fs::remove_file(folder.path().join(SNAPSHOT_FILE)).unwrap();
    let mut book = open(folder.path());
    assert_eq!(book.height(), Height(5));
    assert!(
        matches!(book.mended(), [Mended::Tail(_)]),
        "{:?}",
        book.mended()
    );
    follow(&mut book, &city, None);
    assert_eq!(heights(&book, 0), [1, 2, 3, 4, 5, 6]);
    fs::remove_file(segment_path(&archive, Height(3))).unwrap();
    let read: Result<Vec<_>, _> = book.blocks(Height(0)).unwrap().collect();
    assert!(
        matches!(
            read,
            Err(ArchiveError::Missing {
                height: Height(3),
                next: Height(4),
                ..
            })
        ),
        "{read:?}"
    );
    drop(book);
    // Without the snapshot, it cannot be executed past the gap, and says where that is.
    fs::remove_file(folder.path().join(SNAPSHOT_FILE)).unwrap();
    let opened = Book::open(folder.path(), &genesis());
    assert!(
        opened
            .unwrap_err()
            .to_string()
            .contains("block 4 stands where 3 should")
    );
}

/// The device that is always full stands in for a full disk.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named_and_the_old_snapshot_still_counts() {
    let (folder, city) = booked(3);
    let unfinished = folder.path().join("state.snapshot.new");
    std::os::unix::fs::symlink("/dev/full", &unfinished).unwrap();
    city.pass_a_block();
    let client = Client::without_trust(city.clone());
    let mut book = open(folder.path());
    let failed = book.follow(&mut &client, None, &mut |_| ControlFlow::Continue(()));
    let error = failed.unwrap_err();
    let BookError::Archive(ArchiveError::System { source, path, .. }) = &error else {
        panic!("{error}")
    };
    assert_eq!(
        (source.kind(), path),
        (std::io::ErrorKind::StorageFull, &unfinished)
    );
    drop(book);
    let book = open(folder.path());
    assert_eq!((book.height(), book.mended()), (Height(4), [].as_slice()));
}

#[test]
fn a_block_that_is_not_the_chains_is_refused_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let city = city(4);
    city.certify_as(&["one"]);
    city.pass_a_block();
    let client = Client::without_trust(city);
    let mut book = open(folder.path());
    let failed = book.follow(&mut &client, None, &mut |_| ControlFlow::Continue(()));
    let error = failed.unwrap_err();
    assert!(
        error.to_string().starts_with("block 5 is not certified"),
        "{error}"
    );
    assert_eq!(book.height(), Height(4));
    assert_eq!(open_after(book, folder.path()), Height(4));
}

fn open_after(book: Book, folder: &Path) -> Height {
    drop(book);
    open(folder).height()
}
