//! A disk that rots, loses writes it took, or puts them elsewhere: it is found out, or what is told is right all the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger_core::id::Height;
use redb::StorageBackend;

use super::chain::{CHAIN, Step, model, replay, steps, try_same};
use super::life::{Told, check_entries, live, record, tip};
use crate::storage::checked_file::{CheckedFile, FaultCell};
use crate::storage::directory::{JOURNAL_FILES, STATE_FILE};
use crate::storage::{
    DiskFault, DiskFile, LastSignedFound, MemoryDisk, Storage, StorageError, Survival, memory_disk,
};

/// The files of the derived state.
const STATE_FILES: [DiskFile; 3] = [
    DiskFile::State,
    DiskFile::StateLog,
    DiskFile::SecondStateLog,
];
const HEIGHTS: u64 = 24;
/// Heights stored after the damage was done.
const FURTHER_HEIGHTS: u64 = 5;

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    /// Nothing that anybody reads was touched.
    Harmless,
    /// The state was thrown away and rebuilt.
    Rebuilt,
    /// The newest block is not there, as if its commit had been cut off; nothing knew of it.
    NewestMissing,
    /// The node does not start, or stops, and says that its blocks are damaged.
    BlocksDamaged,
    /// The node does not start and says that its log is damaged.
    LogDamaged,
}

/// A disk with the first heights stored, closed in order.
fn filled(steps: &[Step]) -> Arc<MemoryDisk> {
    let disk = MemoryDisk::new();
    let mut storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
    let first = usize::try_from(HEIGHTS).unwrap();
    live(&mut storage, &steps[..first], &mut Told::default()).unwrap();
    disk
}

/// Starts the node, as often as it asks for that, and lets it live on; every answer on the way is the right one.
fn examine(disk: &Arc<MemoryDisk>, steps: &[Step], told: &Told) -> Found {
    let mut found = Found::Harmless;
    for _ in 0..3 {
        let opened = match Storage::open_memory(disk, CHAIN) {
            Ok(opened) => opened,
            Err(error) => return refused(&error),
        };
        let mut storage = opened.storage;
        if opened.discarded.is_some() {
            found = Found::Rebuilt;
        }
        if tip(&storage) < told.block {
            assert_eq!(tip(&storage), told.block - 1);
            found = found.max(Found::NewestMissing);
        }
        match go_on(&mut storage, steps) {
            Ok(()) => return found,
            Err(error) if error.asks_for_rebuild() => found = Found::Rebuilt,
            Err(error) => return refused(&error),
        }
    }
    panic!("the damage to the state is not mended by starting again");
}

fn refused(error: &StorageError) -> Found {
    match error {
        StorageError::BlocksDamaged { .. } | StorageError::BlockDamaged { .. } => {
            Found::BlocksDamaged
        }
        StorageError::WalDamaged { .. } => Found::LogDamaged,
        other => panic!("{other}"),
    }
}

fn go_on(storage: &mut Storage, steps: &[Step]) -> Result<(), StorageError> {
    for (height, step) in (1..=tip(storage)).zip(steps) {
        let stored = storage.blocks.block(Height(height))?;
        assert_eq!(stored.as_ref(), Some(&step.block));
    }
    let height = storage.wal.height();
    check_entries(height.0, &storage.wal.entries(height)?);
    replay(storage, steps)?;
    check_told(storage, steps)?;
    live(storage, steps, &mut Told::default())?;
    storage.state.flush()?;
    check_told(storage, steps)
}

fn check_told(storage: &Storage, steps: &[Step]) -> Result<(), StorageError> {
    let height = usize::try_from(tip(storage)).unwrap();
    let snapshot = storage.state.snapshot();
    let same = try_same(&snapshot, &model(steps, height));
    // The index, too; what it says is compared elsewhere.
    let index =
        (1..=tip(storage)).try_for_each(|height| snapshot.receipts(Height(height)).map(drop));
    if same.is_err() {
        return Err(storage.state.health().unwrap_err());
    }
    index
}

/// Runs `work` on copies of a filled disk, and counts what became of them.
fn count(
    numbers: impl Iterator<Item = u64>,
    work: impl Fn(&Arc<MemoryDisk>, u64) -> bool,
) -> BTreeMap<Found, usize> {
    let steps = steps(HEIGHTS + FURTHER_HEIGHTS);
    let whole = filled(&steps);
    let told = Told {
        block: HEIGHTS,
        ..Told::default()
    };
    let mut counts = BTreeMap::new();
    for number in numbers {
        let disk = whole.clone_whole();
        if work(&disk, number) {
            *counts.entry(examine(&disk, &steps, &told)).or_default() += 1;
        }
    }
    counts
}

#[test]
fn rot_anywhere_in_the_state_is_mended_by_a_rebuild_or_touches_nothing() {
    let whole = filled(&steps(HEIGHTS));
    for file in STATE_FILES {
        let pages = whole.pages(file);
        assert!(pages > 2, "{file:?} {pages}");
        // Two places in every page: headers, tables of checksums, inner pages, leaves, rows, and what is free.
        let counts = count(0..2 * pages, |disk, number| {
            disk.rot_page(file, number / 2, number)
        });
        let rebuilt = counts.get(&Found::Rebuilt).copied().unwrap_or(0);
        let harmless = counts.get(&Found::Harmless).copied().unwrap_or(0);
        let (least, free) = match file {
            DiskFile::State => (10, 5),
            // A log has nothing but rows, and what is left of earlier rounds.
            _ => (1, 0),
        };
        assert!(rebuilt > least && harmless >= free, "{file:?} {counts:?}");
        assert_eq!(
            rebuilt + harmless,
            counts.values().sum::<usize>(),
            "{file:?} {counts:?}"
        );
    }
}

#[test]
fn rot_anywhere_in_the_blocks_is_refused_or_touches_nothing() {
    let pages = filled(&steps(HEIGHTS)).pages(DiskFile::Blocks);
    let counts = count(0..pages, |disk, page| {
        disk.rot_page(DiskFile::Blocks, page, page)
    });
    assert!(counts[&Found::BlocksDamaged] > 10, "{counts:?}");
    assert!(!counts.contains_key(&Found::Rebuilt), "{counts:?}");
    assert!(!counts.contains_key(&Found::LogDamaged), "{counts:?}");
}

#[test]
fn rot_in_the_log_and_in_the_record_is_known() {
    let steps = steps(HEIGHTS + FURTHER_HEIGHTS);
    let whole = filled(&steps);
    for seed in 0..40 {
        let disk = whole.clone_whole();
        assert!(disk.rot(DiskFile::LastSigned, seed));
        let storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
        // One slot has the last record, the other the one before.
        let found = storage.last_signed.load().unwrap();
        let believed = [record(HEIGHTS), record(HEIGHTS - 1)];
        assert!(
            matches!(&found, LastSignedFound::Doubtful(found) if believed.contains(found)),
            "{found:?}"
        );
        let disk = whole.clone_whole();
        assert!(disk.rot(DiskFile::Wal, seed));
        // In the last frame it cannot be told from a crash: the frame is cut.
        match Storage::open_memory(&disk, CHAIN) {
            Ok(opened) => assert!(opened.torn_tail.is_some()),
            Err(error) => assert_eq!(refused(&error), Found::LogDamaged),
        }
        assert_eq!(disk.counts().rotted, 1);
    }
}

/// Every write to `file` in the life of a node goes wrong once, as `fault` says; what became of it.
fn with_one_wrong_write(file: DiskFile, fault: impl Fn(u64) -> DiskFault) -> BTreeMap<Found, u64> {
    let steps = steps(12);
    let mut counts = BTreeMap::new();
    for nth in 0.. {
        let disk = MemoryDisk::new();
        disk.set_fault(Some(fault(nth)));
        let mut told = Told::default();
        let lived = Storage::open_memory(&disk, CHAIN).and_then(|opened| {
            let mut storage = opened.storage;
            let lived = live(&mut storage, &steps[..9], &mut told)
                .and_then(|()| check_told(&storage, &steps));
            // Half of them are killed, half of them end in order.
            if nth % 2 == 0 {
                disk.crash(Survival::Synced);
            }
            lived
        });
        if !disk.faults().is_empty() {
            // There are no more writes than that.
            assert!(lived.is_ok() && nth > 4, "{nth}: {lived:?}");
            return counts;
        }
        // If the node noticed while it ran, it stopped; in any case it is started again.
        let noticed = lived.err().filter(|error| !error.asks_for_rebuild());
        let found = examine(&disk, &steps, &told)
            .max(noticed.map_or(Found::Harmless, |error| refused(&error)));
        *counts.entry(found).or_default() += 1;
        assert_eq!(
            disk.counts().lost + disk.counts().misdirected,
            1,
            "{file:?}"
        );
    }
    counts
}

#[test]
fn a_lost_write_to_state_or_blocks_is_found_out_or_does_no_harm() {
    let lost = |file| move |nth| DiskFault::LostWrite { file, nth };
    for file in [DiskFile::State, DiskFile::StateLog] {
        let state = with_one_wrong_write(file, lost(file));
        assert!(state[&Found::Rebuilt] > 0, "{file:?} {state:?}");
        assert!(!state.contains_key(&Found::BlocksDamaged), "{state:?}");
    }
    let blocks = with_one_wrong_write(DiskFile::Blocks, lost(DiskFile::Blocks));
    assert!(blocks[&Found::BlocksDamaged] > 5, "{blocks:?}");
}

#[test]
fn a_misdirected_write_to_state_or_blocks_is_found_out_or_does_no_harm() {
    let elsewhere = |file| move |nth| DiskFault::Misdirected { file, nth };
    for file in [DiskFile::State, DiskFile::StateLog] {
        let state = with_one_wrong_write(file, elsewhere(file));
        assert!(state[&Found::Rebuilt] > 0, "{file:?} {state:?}");
        assert!(!state.contains_key(&Found::BlocksDamaged), "{state:?}");
    }
    let blocks = with_one_wrong_write(DiskFile::Blocks, elsewhere(DiskFile::Blocks));
    assert!(blocks[&Found::BlocksDamaged] > 5, "{blocks:?}");
}

#[test]
fn a_wrong_write_to_the_log_or_the_record_never_yields_what_was_not_written() {
    let steps = steps(6);
    for file in [DiskFile::Wal, DiskFile::LastSigned] {
        for (nth, fault) in (0..12).flat_map(|nth| {
            [
                (nth, DiskFault::LostWrite { file, nth }),
                (nth, DiskFault::Misdirected { file, nth }),
            ]
        }) {
            let disk = MemoryDisk::new();
            disk.set_fault(Some(fault));
            let lived = Storage::open_memory(&disk, CHAIN)
                .and_then(|opened| {
                    let mut storage = opened.storage;
                    live(&mut storage, &steps, &mut Told::default())
                })
                .map_err(|error| refused(&error));
            assert!(matches!(lived, Ok(()) | Err(Found::LogDamaged)), "{nth}");
            disk.set_fault(None);
            disk.crash(Survival::Synced);
            let storage = match Storage::open_memory(&disk, CHAIN) {
                Ok(opened) => opened.storage,
                Err(error) => {
                    assert_eq!(refused(&error), Found::LogDamaged);
                    continue;
                }
            };
            let height = storage.wal.height();
            check_entries(height.0, &storage.wal.entries(height).unwrap());
            match storage.last_signed.load().unwrap() {
                // A disk that loses the very last write and forgets it cannot be found out: then the log still speaks.
                LastSignedFound::Fresh(found) if file == DiskFile::LastSigned => {
                    assert!(found == record(6) || found == record(5));
                }
                LastSignedFound::Fresh(found) => assert_eq!(found, record(6)),
                LastSignedFound::Doubtful(found) => {
                    assert_eq!(file, DiskFile::LastSigned);
                    assert!(found == record(6) || found == record(5));
                }
                LastSignedFound::Damaged => assert_eq!(file, DiskFile::LastSigned),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// A disk on which the newest blocks are in the journal alone: the heights of a round that has not ended, behind frames
/// of rounds before it in both files.
fn filled_journal(steps: &[Step]) -> Arc<MemoryDisk> {
    let disk = MemoryDisk::new();
    let storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
    for (height, step) in (1..=JOURNALED.2).zip(steps) {
        storage.blocks.append(&step.block).unwrap();
        if [JOURNALED.0, JOURNALED.1].contains(&height) {
            storage.blocks.settle().unwrap();
        }
    }
    disk.crash(Survival::Synced);
    drop(storage);
    disk
}

/// The last heights of two rounds that were moved, and of the one that was not.
const JOURNALED: (u64, u64, u64) = (9, 14, 18);

/// Opens the blocks alone; the tip, when every block up to it is what was appended, or the error.
fn read_blocks(disk: &Arc<MemoryDisk>, steps: &[Step]) -> Result<(u64, bool), StorageError> {
    let opened = Storage::open_memory(disk, CHAIN)?;
    for (height, step) in (1..=tip(&opened.storage)).zip(steps) {
        let stored = opened.storage.blocks.block(Height(height))?;
        assert_eq!(stored.as_ref(), Some(&step.block));
    }
    Ok((tip(&opened.storage), opened.torn_block.is_some()))
}

#[test]
fn rot_in_the_journal_is_named_when_it_meets_a_block_that_is_nowhere_else() {
    let steps = steps(JOURNALED.2);
    let whole = filled_journal(&steps);
    // The newest round is in the first file, over the one before the last: four frames, then five that are left over.
    assert_eq!(whole.pages(DiskFile::Journal), 10);
    assert_eq!(whole.pages(DiskFile::SecondJournal), 6);
    for (file, pages) in [(DiskFile::Journal, 10), (DiskFile::SecondJournal, 6)] {
        for (page, seed) in (0..pages).flat_map(|page| (0..40).map(move |seed| (page, seed))) {
            let disk = whole.clone_whole();
            assert!(disk.rot_page(file, page, seed));
            let outcome = read_blocks(&disk, &steps);
            match (file, page) {
                (_, 0) => assert!(matches!(outcome, Err(StorageError::BlocksDamaged { .. }))),
                (DiskFile::Journal, page @ 1..=3) => {
                    let Err(error @ StorageError::BlockDamaged { height, .. }) = outcome else {
                        panic!("{page} {seed}: {outcome:?}");
                    };
                    assert_eq!(height.0, JOURNALED.1 + page);
                    assert!(error.to_string().contains(JOURNAL_FILES[0]), "{error}");
                }
                // The newest one of all cannot be told from a torn one, and is reported as that.
                (DiskFile::Journal, 4) => {
                    assert_eq!(outcome.unwrap(), (JOURNALED.2 - 1, true), "{seed}");
                }
                // A frame that was left over where the next one goes may look as if that one had been begun.
                (DiskFile::Journal, 5) | (DiskFile::SecondJournal, 1) => {
                    assert_eq!(outcome.unwrap().0, JOURNALED.2);
                }
                // What is in the database too.
                _ => assert_eq!(
                    outcome.unwrap(),
                    (JOURNALED.2, false),
                    "{file:?} {page} {seed}"
                ),
            }
        }
    }
}

#[test]
fn a_journal_file_that_is_gone_is_missed() {
    let steps = steps(JOURNALED.2);
    let whole = filled_journal(&steps);
    for file in [DiskFile::Journal, DiskFile::SecondJournal] {
        let disk = whole.clone_whole();
        disk.discard(file);
        // At every start, not at the first alone.
        for _ in 0..2 {
            let error = read_blocks(&disk, &steps).unwrap_err();
            assert!(
                matches!(error, StorageError::BlocksDamaged { .. }),
                "{error}"
            );
            assert!(error.to_string().contains("it was missing"), "{error}");
        }
    }
    // A backup of the database alone is an older node, and a database that is older than the journal is noticed.
    let alone = whole.clone_whole();
    alone.discard(DiskFile::Journal);
    alone.discard(DiskFile::SecondJournal);
    assert_eq!(read_blocks(&alone, &steps).unwrap(), (JOURNALED.1, false));
    let without = whole.clone_whole();
    without.discard(DiskFile::Blocks);
    let error = read_blocks(&without, &steps).unwrap_err();
    let first = Height(1);
    assert!(
        matches!(error, StorageError::BlockDamaged { height, .. } if height == first),
        "{error}"
    );
}

#[test]
fn a_database_that_went_back_to_an_earlier_commit_is_made_whole_from_the_journal() {
    let steps = steps(JOURNALED.2);
    let whole = filled_journal(&steps);
    let mut mended = 0;
    for page in 0..whole.pages(DiskFile::Blocks).min(4) {
        for seed in 0..20 {
            let disk = whole.clone_whole();
            if disk.rot_page(DiskFile::Blocks, page, seed)
                && let Ok(outcome) = read_blocks(&disk, &steps)
            {
                assert_eq!(outcome, (JOURNALED.2, false));
                mended += 1;
            }
        }
    }
    assert!(mended > 20, "{mended}");
}

#[test]
fn a_wrong_write_to_the_journal_is_found_out_or_does_no_harm() {
    let file = DiskFile::Journal;
    let lost = with_one_wrong_write(file, |nth| DiskFault::LostWrite { file, nth });
    assert!(lost[&Found::BlocksDamaged] >= 2, "{lost:?}");
    let elsewhere = with_one_wrong_write(file, |nth| DiskFault::Misdirected { file, nth });
    assert!(elsewhere[&Found::BlocksDamaged] >= 2, "{elsewhere:?}");
    for counts in [lost, elsewhere] {
        let expected = [Found::Harmless, Found::NewestMissing, Found::BlocksDamaged];
        assert!(
            counts.keys().all(|found| expected.contains(found)),
            "{counts:?}"
        );
    }
}

/// How many writes to `file` there are before so many operations.
fn writes_before(operations: u64, file: DiskFile, steps: &[Step]) -> u64 {
    let disk = MemoryDisk::new();
    disk.set_fault(Some(DiskFault::After(operations)));
    let nth = 1_000_000;
    disk.add_fault(DiskFault::LostWrite { file, nth });
    let _ = Storage::open_memory(&disk, CHAIN)
        .and_then(|opened| live(&mut { opened.storage }, steps, &mut Told::default()));
    let left = disk.faults().into_iter().find_map(|fault| match fault {
        DiskFault::LostWrite { nth, .. } => Some(nth),
        _ => None,
    });
    nth - left.unwrap()
}

#[test]
fn a_write_that_is_lost_shortly_before_a_crash_is_found_out_or_does_no_harm() {
    let steps = steps(12);
    let mut counts = BTreeMap::new();
    for file in [
        DiskFile::State,
        DiskFile::StateLog,
        DiskFile::Blocks,
        DiskFile::Journal,
    ] {
        for operations in (60..330).step_by(11) {
            let writes = writes_before(operations, file, &steps[..9]);
            for before in 1..=writes.min(6) {
                let disk = MemoryDisk::new();
                disk.set_fault(Some(DiskFault::After(operations)));
                let nth = writes - before;
                disk.add_fault(DiskFault::LostWrite { file, nth });
                let mut told = Told::default();
                let opened = Storage::open_memory(&disk, CHAIN);
                if let Ok(opened) = opened {
                    let mut storage = opened.storage;
                    // Nine heights may take fewer operations; then it is killed at leisure.
                    let _ = live(&mut storage, &steps[..9], &mut told);
                    disk.crash(Survival::Torn { seed: operations });
                }
                disk.set_fault(None);
                let found = examine(&disk, &steps, &told);
                *counts.entry((file, found)).or_insert(0) += 1;
            }
        }
    }
    assert!(counts[&(DiskFile::State, Found::Rebuilt)] > 5, "{counts:?}");
    assert!(
        counts[&(DiskFile::Blocks, Found::BlocksDamaged)] > 5,
        "{counts:?}"
    );
}

fn open_checked(disk: &Arc<MemoryDisk>) -> CheckedFile {
    let medium = memory_disk::lock(disk).unwrap().place(STATE_FILE).open();
    CheckedFile::open(medium.unwrap(), FaultCell::default()).unwrap()
}

const fn page(number: u8) -> [u8; 4096] {
    [number; 4096]
}

/// Writes a header and another page, and syncs them.
fn commit(file: &CheckedFile, number: u8, offset: u64) {
    file.write(0, &page(number)).unwrap();
    file.write(offset, &page(number)).unwrap();
    file.sync_data().unwrap();
}

#[test]
fn a_page_that_was_reused_after_the_header_that_is_left_is_refused() {
    let disk = MemoryDisk::new();
    let file = open_checked(&disk);
    file.set_len(3 * 4096).unwrap();
    commit(&file, 1, 4096);
    // The header comes after one page and one table. First the disk loses one that it took.
    let header = DiskFault::LostWrite {
        file: DiskFile::State,
        nth: 2,
    };
    disk.set_fault(Some(header));
    commit(&file, 2, 8192);
    // Then it loses the next one in a crash, when the page that the first header leads to is in use again.
    disk.set_fault(Some(header));
    commit(&file, 3, 4096);
    assert_eq!((disk.counts().lost, disk.faults()), (2, Vec::new()));
    disk.crash(Survival::Everything);
    let left = open_checked(&disk);
    let mut read = [0; 4096];
    left.read(0, &mut read).unwrap();
    assert_eq!(read, page(1));
    let error = left.read(4096, &mut read).unwrap_err();
    assert!(error.to_string().contains("2 syncs older"), "{error}");
}

#[test]
fn pages_given_back_after_a_lost_header_are_there_when_the_file_grows_again() {
    let disk = MemoryDisk::new();
    let file = open_checked(&disk);
    file.set_len(3 * 4096).unwrap();
    commit(&file, 1, 8192);
    // The header comes after one page and one table. The disk loses the one by which the last page is not needed any more.
    disk.set_fault(Some(DiskFault::LostWrite {
        file: DiskFile::State,
        nth: 2,
    }));
    commit(&file, 2, 4096);
    assert_eq!(disk.counts().lost, 1);
    file.set_len(2 * 4096).unwrap();
    file.set_len(4 * 4096).unwrap();
    disk.crash(Survival::Everything);
    let left = open_checked(&disk);
    let mut read = [0; 4096];
    left.read(0, &mut read).unwrap();
    assert_eq!(read, page(1));
    left.read(8192, &mut read).unwrap();
    assert_eq!(read, page(1));
}
