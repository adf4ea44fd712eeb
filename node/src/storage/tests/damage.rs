//! Flipped bits, cut files and crash images: what a disk does to a node.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use ledger_core::id::Height;
use proptest::prelude::*;

use super::chain::{CHAIN, Step, check_same, model, replay, run, steps, try_same};
use super::engines::{Place, copy_directory};
use crate::storage::directory::{
    BLOCKS_FILE, JOURNAL_FILES, STATE_DAMAGED_FILE, STATE_FILE, STATE_LOG_FILES, WAL_FILE,
};
use crate::storage::{Engine, Opened, Storage, StorageError};

/// A data directory with `steps` committed and flushed, closed.
fn filled(steps: &[Step]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let storage = open(directory.path()).unwrap().storage;
    for some in steps.chunks(10) {
        run(&storage, some).unwrap();
        storage.state.flush().unwrap();
    }
    storage.blocks.settle().unwrap();
    directory
}

fn open(path: &Path) -> Result<Opened, StorageError> {
    Storage::open(path, CHAIN, Engine::Redb)
}

fn copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    copy_directory(from, to.path());
    to
}

fn flip(path: &Path, offset: u64, bit: u32) {
    let file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).unwrap();
    file.write_all_at(&[byte[0] ^ (1 << (bit % 8))], offset)
        .unwrap();
}

/// Reads every block; the first error.
fn read_all(storage: &Storage, steps: &[Step]) -> Result<(), StorageError> {
    let tip = storage.blocks.tip().unwrap();
    for step in steps.iter().take(usize::try_from(tip.height.0).unwrap()) {
        let header = &step.block.block.header;
        assert_eq!(storage.blocks.header(header.height)?.as_ref(), Some(header));
        assert_eq!(
            storage.blocks.block(header.height)?.as_ref(),
            Some(&step.block)
        );
    }
    Ok(())
}

/// Offsets worth damaging: those of pages that are not all zeros, and the file's very beginning.
fn used_pages(path: &Path) -> Vec<u64> {
    let bytes = fs::read(path).unwrap();
    let pages = (0..).step_by(4096).zip(bytes.chunks(4096));
    pages
        .filter(|(_, page)| page.iter().any(|byte| *byte != 0))
        .map(|(offset, _)| offset)
        .collect()
}

#[test]
fn a_flipped_bit_in_any_page_of_the_blocks_is_never_served() {
    let steps = steps(40);
    let whole = filled(&steps);
    let pages = used_pages(&whole.path().join(BLOCKS_FILE));
    assert!(pages.len() > 10);
    let mut noticed = 0;
    for (number, page) in (0u32..).zip(pages) {
        let damaged = copy(whole.path());
        let path = damaged.path().join(BLOCKS_FILE);
        flip(&path, page + u64::from(number * 389 % 4096), number);
        match open(damaged.path()).and_then(|opened| {
            read_all(&opened.storage, &steps)?;
            // An older copy of redb's header may count. Then the newest block is not told, and none is told wrongly.
            assert!(opened.storage.blocks.tip().unwrap().height >= Height(39));
            Ok(())
        }) {
            Ok(()) => {}
            Err(StorageError::BlockDamaged {
                path: named,
                height,
                ..
            }) => {
                assert_eq!(named, path);
                assert!((1..=40).contains(&height.0));
                noticed += 1;
            }
            Err(StorageError::BlocksDamaged { path: named, .. }) => {
                assert_eq!(named, path);
                noticed += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(noticed > 5, "only {noticed} flips met a page in use");
}

#[test]
fn a_damaged_block_stops_the_store_and_names_its_height_and_the_remedy() {
    let steps = steps(30);
    let directory = filled(&steps);
    let path = directory.path().join(BLOCKS_FILE);
    // The transactions of block 7, where they lie in the file.
    let content = ledger_core::codec::encode(&steps[6].block.block.transactions);
    let bytes = fs::read(&path).unwrap();
    let offset = bytes
        .windows(content.len())
        .rposition(|window| window == content)
        .unwrap();
    flip(&path, offset as u64 + 20, 3);
    let storage = open(directory.path()).unwrap().storage;
    let first = storage.blocks.block(Height(7)).unwrap_err();
    assert!(matches!(
        first,
        StorageError::BlockDamaged {
            height: Height(7),
            ..
        }
    ));
    let message = first.to_string();
    for part in ["blocks.redb", "height 7", "--resync"] {
        assert!(message.contains(part), "{message}");
    }
    // Nothing more is served, and nothing is built on it.
    assert_eq!(
        storage.blocks.block(Height(1)).unwrap_err().to_string(),
        message
    );
}

#[test]
fn a_resync_sets_everything_but_the_signing_record_aside() {
    let steps = steps(12);
    let directory = filled(&steps);
    {
        let storage = open(directory.path()).unwrap().storage;
        storage.last_signed.store(b"height 12").unwrap();
        assert!(matches!(
            Storage::set_aside(directory.path()),
            Err(StorageError::Locked { .. })
        ));
    }
    flip(&directory.path().join(BLOCKS_FILE), 20_000, 1);
    let aside = Storage::set_aside(directory.path()).unwrap();
    assert!(aside.join(BLOCKS_FILE).exists() && aside.join(STATE_FILE).exists());
    let storage = open(directory.path()).unwrap().storage;
    assert_eq!(storage.blocks.tip(), None);
    assert_eq!(storage.state.label(), None);
    assert_eq!(
        storage.last_signed.load().unwrap(),
        crate::storage::LastSignedFound::Fresh(b"height 12".to_vec())
    );
    run(&storage, &steps).unwrap();
}

#[test]
fn a_damaged_state_is_rebuilt_from_the_blocks() {
    let steps = steps(40);
    let whole = filled(&steps);
    let expected = model(&steps, 40);
    let mut rebuilt = 0;
    // The database has no rows yet: what is merged into it is damaged in `lies.rs`.
    let name = STATE_LOG_FILES[0];
    for (number, page) in (0u32..).zip(used_pages(&whole.path().join(name))) {
        let damaged = copy(whole.path());
        flip(
            &damaged.path().join(name),
            page + u64::from(number * 389 % 4096),
            number,
        );
        let opened = open(damaged.path()).unwrap();
        let mut discarded = opened.discarded.is_some();
        let mut storage = opened.storage;
        // A node meets the damage when it opens, or when it reads. Then it stops, and the next start rebuilds.
        let snapshot = storage.state.snapshot();
        let is_newest = storage.state.label().is_some_and(|it| it.height.0 == 40);
        let read = match discarded || !is_newest {
            true => Ok(()),
            false => try_same(&snapshot, &expected)
                .and_then(|()| Ok(snapshot.receipts(Height(3)).map(drop)?)),
        };
        if read.is_err() {
            assert!(storage.state.health().unwrap_err().asks_for_rebuild());
            assert!(damaged.path().join(STATE_DAMAGED_FILE).exists());
            drop((snapshot, storage));
            let opened = open(damaged.path()).unwrap();
            assert!(opened.discarded.is_some());
            assert!(!damaged.path().join(STATE_DAMAGED_FILE).exists());
            discarded = true;
            storage = opened.storage;
        }
        if discarded {
            assert_eq!(replay(&storage, &steps).unwrap(), 40);
            rebuilt += 1;
        } else {
            // The newest frame may be a torn one.
            assert!(replay(&storage, &steps).unwrap() <= 10);
        }
        check_same(&storage.state.snapshot(), &expected);
    }
    assert!(rebuilt > 5, "only {rebuilt} flips met a page in use");
}

#[test]
fn files_cut_short_or_overwritten_are_noticed() {
    let steps = steps(20);
    let whole = filled(&steps);
    for length in [0, 1, 5_000, 16_384, 50_000] {
        let damaged = copy(whole.path());
        let path = damaged.path().join(BLOCKS_FILE);
        fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(length)
            .unwrap();
        match open(damaged.path()).map(|_| ()) {
            Err(StorageError::BlocksDamaged { .. } | StorageError::BlockDamaged { .. }) => {}
            outcome => panic!("opened blocks of {length} bytes: {outcome:?}"),
        }
        let damaged = copy(whole.path());
        let path = damaged.path().join(STATE_FILE);
        fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(length)
            .unwrap();
        let opened = open(damaged.path()).unwrap();
        assert!(opened.discarded.is_some());
        assert_eq!(replay(&opened.storage, &steps).unwrap(), 20);
        for name in [BLOCKS_FILE, WAL_FILE, JOURNAL_FILES[0], JOURNAL_FILES[1]] {
            let damaged = copy(whole.path());
            fs::write(damaged.path().join(name), vec![7; 30_000]).unwrap();
            assert!(open(damaged.path()).is_err());
        }
    }
}

#[test]
fn a_file_of_another_page_format_is_named_as_such_and_not_called_damaged() {
    /// Where the second header begins.
    const SECOND_HEADER: u64 = 8_192;
    let whole = filled(&steps(3));
    let renumber = |headers: &[u64]| {
        let other = copy(whole.path());
        let path = other.path().join(BLOCKS_FILE);
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        for header in headers {
            file.write_all_at(b"TBPAGE2\n", *header).unwrap();
        }
        open(other.path()).map(|_| ())
    };
    let outcome = renumber(&[0, SECOND_HEADER]);
    assert!(
        matches!(
            outcome,
            Err(StorageError::WrongFormat {
                expected: 3,
                actual: 2,
                ..
            })
        ),
        "{outcome:?}"
    );
    // One header alone is damage, and the other one is good.
    assert!(renumber(&[0]).is_ok());
}

#[test]
fn blocks_that_are_behind_the_state_or_the_log_are_noticed() {
    let steps = steps(20);
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path()).unwrap().storage;
    run(&storage, &steps[..10]).unwrap();
    let early = copy(directory.path());
    run(&storage, &steps[10..]).unwrap();
    storage.wal.reset(Height(21)).unwrap();
    storage.wal.append(b"vote").unwrap();
    storage.wal.sync().unwrap();
    storage.state.flush().unwrap();
    drop(storage);
    let state = [STATE_FILE, STATE_LOG_FILES[0], STATE_LOG_FILES[1]];
    for names in [&state[..], &[WAL_FILE]] {
        let mixed = copy(early.path());
        for name in names {
            fs::copy(directory.path().join(name), mixed.path().join(name)).unwrap();
        }
        match open(mixed.path()).map(|_| ()) {
            Err(StorageError::BlocksDamaged { .. }) => {}
            outcome => panic!("opened: {outcome:?}"),
        }
    }
}

#[test]
fn a_state_of_another_history_is_rebuilt() {
    let steps = steps(10);
    let directory = filled(&steps);
    let other = tempfile::tempdir().unwrap();
    let storage = open(other.path()).unwrap().storage;
    storage
        .state
        .commit_genesis(&super::chain::genesis())
        .unwrap();
    let fork = super::chain::step(None, super::chain::writes(&model(&[], 0), 99), Vec::new());
    storage.blocks.append(&fork.block).unwrap();
    storage
        .state
        .commit(&fork.block.block, &fork.receipts, &fork.writes)
        .unwrap();
    storage.state.flush().unwrap();
    drop(storage);
    for name in [STATE_FILE, STATE_LOG_FILES[0], STATE_LOG_FILES[1]] {
        fs::copy(other.path().join(name), directory.path().join(name)).unwrap();
    }
    let opened = open(directory.path()).unwrap();
    assert!(opened.discarded.unwrap().contains("belongs to block"));
    assert_eq!(replay(&opened.storage, &steps).unwrap(), 10);
}

#[test]
fn a_directory_in_use_is_refused_and_a_copied_record_is_known() {
    let directory = filled(&steps(1));
    let storage = open(directory.path()).unwrap().storage;
    assert!(matches!(
        open(directory.path()).map(|_| ()),
        Err(StorageError::Locked { .. })
    ));
    // As long as anything of it is open, on whichever thread: a flush may still write.
    let Storage {
        directory: lock,
        state,
        blocks,
        wal,
        last_signed,
    } = storage;
    drop((lock, wal, blocks, last_signed));
    assert!(matches!(
        open(directory.path()).map(|_| ()),
        Err(StorageError::Locked { .. })
    ));
    drop(state);
    let storage = open(directory.path()).unwrap().storage;
    use crate::storage::LastSignedFound;
    assert_eq!(
        storage.last_signed.load().unwrap(),
        LastSignedFound::Missing
    );
    storage.last_signed.store(b"one").unwrap();
    storage.last_signed.store(b"two").unwrap();
    drop(storage);
    let clone = copy(directory.path());
    let load = |path: &Path| open(path).unwrap().storage.last_signed.load().unwrap();
    assert_eq!(
        load(directory.path()),
        LastSignedFound::Fresh(b"two".to_vec())
    );
    assert_eq!(load(clone.path()), LastSignedFound::Copied(b"two".to_vec()));
    let record: PathBuf = directory.path().join("signing").join("last_signed");
    flip(&record, 12, 0);
    assert_eq!(
        load(directory.path()),
        LastSignedFound::Doubtful(b"one".to_vec())
    );
    flip(&record, 5_000, 0);
    assert_eq!(load(directory.path()), LastSignedFound::Damaged);
}

/// At each moment of a run, what a killed process would leave opens, holds every acknowledged block, and replays.
fn images_open_and_replay(engine: Engine) {
    let steps = steps(40);
    let place = Place::Disk(tempfile::tempdir().unwrap(), engine);
    let mut storage = place.open();
    for index in 0..steps.len() {
        run(&storage, &steps[index..=index]).unwrap();
        if index % 9 == 4 {
            storage.state.flush().unwrap();
        }
        storage.wal.reset(Height(index as u64 + 2)).unwrap();
        storage.wal.append(&[9; 100]).unwrap();
        storage.wal.sync().unwrap();
        if index % 3 == 0 {
            let image = place.image();
            let left = image.open();
            assert_eq!(left.blocks.tip().unwrap().height.0, index as u64 + 1);
            assert_eq!(left.wal.entries(Height(index as u64 + 2)).unwrap().len(), 1);
            replay(&left, &steps).unwrap();
            check_same(&left.state.snapshot(), &model(&steps, index + 1));
            left.state.flush().unwrap();
        }
    }
}

#[test]
fn what_a_killed_process_leaves_opens_and_replays_with_redb() {
    images_open_and_replay(Engine::Redb);
}

#[cfg(feature = "sled")]
#[test]
fn what_a_killed_process_leaves_opens_and_replays_with_sled() {
    images_open_and_replay(Engine::Sled);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever bytes are damaged, opening and reading never panics and never tells a wrong block or state.
    #[test]
    fn no_damage_panics_or_is_served(
        flips in prop::collection::vec((0usize..6, any::<prop::sample::Index>(), 0u64..4096, 0u32..8), 1..6),
    ) {
        thread_local! {
            static WHOLE: (Vec<Step>, tempfile::TempDir) = {
                let steps = steps(30);
                let directory = filled(&steps);
                (steps, directory)
            };
        }
        WHOLE.with(|(steps, whole)| {
            let damaged = copy(whole.path());
            for (file, page, within, bit) in flips {
                let path = damaged.path().join([BLOCKS_FILE, STATE_FILE, STATE_LOG_FILES[0], WAL_FILE, JOURNAL_FILES[0], JOURNAL_FILES[1]][file]);
                let pages = used_pages(&path);
                flip(&path, pages[page.index(pages.len())] + within, bit);
            }
            let Ok(opened) = open(damaged.path()) else { return };
            if read_all(&opened.storage, steps).is_err() { return }
            let replayed = replay(&opened.storage, steps);
            let snapshot = opened.storage.state.snapshot();
            if replayed.is_ok() {
                let height = usize::try_from(snapshot.label().unwrap().height.0).unwrap();
                // What can be read is right, and the rest is known to be damaged.
                if let Err(error) = try_same(&snapshot, &model(steps, height)) {
                    assert!(opened.storage.state.health().is_err(), "{error}");
                }
            }
        });
    }
}
