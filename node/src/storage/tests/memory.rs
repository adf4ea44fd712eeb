//! The disk in memory: what a crash keeps, how it fails and what the stores say then, and that it does the same each time.

use std::process::Command;

use ledger_core::id::Height;

use super::chain::{CHAIN, check_same, model, replay, run, steps};
use super::life::{Told, check, check_state, live, record};
use crate::storage::directory::{BLOCKS_FILE, STATE_FILE};
use crate::storage::{
    DiskFault, DiskFile, LastSignedFound, MemoryDisk, Storage, StorageError, Survival,
};

#[test]
fn a_crash_keeps_every_block_and_the_flushed_state() {
    let disk = MemoryDisk::new();
    let steps = steps(30);
    let storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
    run(&storage, &steps[..20]).unwrap();
    storage.state.flush().unwrap();
    run(&storage, &steps[20..]).unwrap();
    disk.crash(Survival::Synced);
    // Whoever opened files before the crash is dead.
    assert!(storage.blocks.append(&steps[29].block).is_err());
    assert!(storage.last_signed.load().is_err());
    drop(storage);
    let storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
    assert_eq!(storage.state.label().unwrap().height, Height(20));
    check_same(&storage.state.snapshot(), &model(&steps, 20));
    assert_eq!(replay(&storage, &steps).unwrap(), 10);
    check_same(&storage.state.snapshot(), &model(&steps, 30));
}

#[test]
fn a_crash_in_a_flush_that_forgets_an_hour_leaves_the_ids_of_before_or_of_after_it() {
    let steps = steps(34);
    let before = MemoryDisk::new();
    let storage = Storage::open_memory(&before, CHAIN).unwrap().storage;
    run(&storage, &steps[..25]).unwrap();
    storage.state.flush().unwrap();
    drop(storage);
    for after in 0.. {
        let disk = before.clone_whole();
        let storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
        // The hour 1 is forgotten, 2 goes on, 3 is opened: a batch of several parts.
        run(&storage, &steps[25..]).unwrap();
        disk.set_fault(Some(DiskFault::After(after)));
        let flushed = storage.state.flush();
        disk.set_fault(None);
        disk.crash(Survival::Torn { seed: after });
        drop(storage);
        let storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
        let height = storage.state.label().unwrap().height.0;
        assert!(height == 34 || (flushed.is_err() && height == 25));
        let height = usize::try_from(height).unwrap();
        check_same(&storage.state.snapshot(), &model(&steps, height));
        replay(&storage, &steps).unwrap();
        check_same(&storage.state.snapshot(), &model(&steps, 34));
        if flushed.is_ok() {
            assert!(after > 1, "{after}");
            return;
        }
    }
}

#[test]
fn a_full_disk_stops_the_state_and_loses_nothing() {
    let disk = MemoryDisk::new();
    let steps = steps(30);
    let storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
    run(&storage, &steps[..20]).unwrap();
    disk.set_fault(Some(DiskFault::Full));
    assert!(matches!(
        storage.blocks.append(&steps[20].block),
        Err(StorageError::DiskFull { .. })
    ));
    assert!(matches!(
        storage.state.flush(),
        Err(StorageError::DiskFull { .. })
    ));
    assert!(disk.counts().full >= 2);
    disk.set_fault(None);
    // A store that failed stays stopped until it is opened again.
    assert!(storage.state.flush().is_err());
    assert!(storage.state.health().is_err());
    drop(storage);
    let storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
    assert_eq!(replay(&storage, &steps).unwrap(), 20);
    check_same(&storage.state.snapshot(), &model(&steps, 20));
}

#[test]
fn space_that_ends_in_the_middle_of_anything_loses_nothing_that_was_acknowledged() {
    let steps = steps(40);
    let whole = MemoryDisk::new();
    let mut storage = Storage::open_memory(&whole, CHAIN).unwrap().storage;
    let mut told = Told::default();
    live(&mut storage, &steps[..4], &mut told).unwrap();
    drop(storage);
    let used = whole.bytes();
    for pages in (0..60).step_by(3) {
        let disk = whole.clone_whole();
        let mut told = told;
        let bytes = used + pages * 4_096;
        disk.set_fault(Some(DiskFault::Space { bytes }));
        let lived = Storage::open_memory(&disk, CHAIN)
            .and_then(|opened| live(&mut { opened.storage }, &steps, &mut told));
        let error = lived.unwrap_err();
        assert!(matches!(error, StorageError::DiskFull { .. }), "{error}");
        assert!(error.to_string().contains("free space"), "{error}");
        assert!(disk.counts().full > 0);
        disk.set_fault(None);
        let opened = Storage::open_memory(&disk, CHAIN).unwrap();
        check(&opened, &steps, &told);
        let mut storage = opened.storage;
        live(&mut storage, &steps, &mut told).unwrap();
        check_state(&storage, &steps);
    }
}

#[test]
fn a_sync_that_fails_stops_the_store_and_what_it_was_to_keep_is_not_counted_on() {
    let steps = steps(12);
    for survival in [Survival::Synced, Survival::Everything] {
        let disk = MemoryDisk::new();
        let mut told = Told::default();
        let mut storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
        live(&mut storage, &steps[..5], &mut told).unwrap();
        disk.set_fault(Some(DiskFault::SyncFails));
        assert!(matches!(
            storage.blocks.append(&steps[5].block),
            Err(StorageError::Io { .. })
        ));
        assert!(storage.state.flush().is_err());
        assert!(storage.last_signed.store(&record(6)).is_err());
        assert!(disk.counts().sync_failed >= 3);
        disk.set_fault(None);
        assert!(storage.blocks.append(&steps[5].block).is_err());
        disk.crash(survival);
        drop(storage);
        let opened = Storage::open_memory(&disk, CHAIN).unwrap();
        check(&opened, &steps, &told);
        live(&mut { opened.storage }, &steps, &mut told).unwrap();
    }
}

#[test]
fn a_disk_that_cannot_be_read_stops_the_node_with_its_reason() {
    let steps = steps(40);
    let disk = MemoryDisk::new();
    live(
        &mut Storage::open_memory(&disk, CHAIN).unwrap().storage,
        &steps,
        &mut Told::default(),
    )
    .unwrap();
    let storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
    disk.set_fault(Some(DiskFault::ReadFails));
    let failed = (1..40).find_map(|height| storage.blocks.block(Height(height)).err());
    let error = failed.unwrap();
    assert!(matches!(error, StorageError::Io { .. }), "{error}");
    assert!(error.to_string().contains(BLOCKS_FILE), "{error}");
    drop(storage);
    let opened = Storage::open_memory(&disk, CHAIN).map(|_| ());
    assert!(matches!(opened, Err(StorageError::Io { .. })), "{opened:?}");
    assert!(disk.counts().read_failed >= 2);
    disk.set_fault(None);
    let opened = Storage::open_memory(&disk, CHAIN).unwrap();
    assert_eq!(opened.discarded, None);
    replay(&opened.storage, &steps).unwrap();
    check_state(&opened.storage, &steps);
}

#[test]
fn a_backup_lacks_the_record_and_an_image_has_it() {
    let steps = steps(8);
    let disk = MemoryDisk::new();
    let mut told = Told::default();
    let mut storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
    live(&mut storage, &steps[..6], &mut told).unwrap();
    // Both are taken while the node runs.
    let (backup, image) = (disk.copy(), disk.clone_whole());
    live(&mut storage, &steps, &mut Told::default()).unwrap();
    drop(storage);
    let opened = Storage::open_memory(&image, CHAIN).unwrap();
    check(&opened, &steps, &told);
    let mut storage = Storage::open_memory(&backup, CHAIN).unwrap().storage;
    assert_eq!(
        storage.last_signed.load().unwrap(),
        LastSignedFound::Missing
    );
    live(&mut storage, &steps, &mut told).unwrap();
    check_state(&storage, &steps);
    let identity = |disk| {
        let directory = crate::storage::memory_disk::lock(disk).unwrap();
        directory.identity().unwrap()
    };
    drop((opened, storage));
    assert_eq!(identity(&image), identity(&disk));
    assert_ne!(identity(&backup), identity(&disk));
    assert_ne!(identity(&disk.copy()), identity(&backup));
}

#[test]
fn what_is_discarded_forged_wiped_or_set_aside_is_what_the_node_finds() {
    let steps = steps(8);
    let disk = MemoryDisk::new();
    let mut told = Told::default();
    live(
        &mut Storage::open_memory(&disk, CHAIN).unwrap().storage,
        &steps,
        &mut told,
    )
    .unwrap();
    let open = || Storage::open_memory(&disk, CHAIN).unwrap().storage;
    disk.discard_state();
    let storage = open();
    assert_eq!(storage.state.label(), None);
    replay(&storage, &steps).unwrap();
    check_state(&storage, &steps);
    assert!(matches!(
        Storage::open_memory(&disk, CHAIN).map(|_| ()),
        Err(StorageError::Locked { .. })
    ));
    assert!(matches!(disk.set_aside(), Err(StorageError::Locked { .. })));
    drop(storage);
    disk.discard_last_signed();
    assert_eq!(open().last_signed.load().unwrap(), LastSignedFound::Missing);
    disk.forget_signing(b"nothing");
    let storage = open();
    assert_eq!(
        storage.last_signed.load().unwrap(),
        LastSignedFound::Fresh(b"nothing".to_vec())
    );
    assert_eq!(storage.wal.height(), Height(0));
    drop(storage);
    assert!(disk.rot(DiskFile::Blocks, 3));
    let aside = disk.set_aside().unwrap();
    assert!(aside.ends_with("set-aside-1") && disk.set_aside().unwrap().ends_with("set-aside-2"));
    disk.crash(Survival::Synced);
    let mut storage = open();
    assert_eq!((storage.blocks.tip(), storage.state.label()), (None, None));
    assert_eq!(
        storage.last_signed.load().unwrap(),
        LastSignedFound::Fresh(b"nothing".to_vec())
    );
    live(&mut storage, &steps, &mut told).unwrap();
    drop(storage);
    disk.wipe();
    let storage = open();
    assert_eq!(storage.blocks.tip(), None);
    assert_eq!(
        storage.last_signed.load().unwrap(),
        LastSignedFound::Missing
    );
    assert_eq!(disk.pages(DiskFile::Wal), 1);
}

#[test]
fn damage_met_while_running_is_marked_so_that_it_outlasts_a_crash() {
    let steps = steps(60);
    let disk = MemoryDisk::new();
    let mut told = Told::default();
    live(
        &mut Storage::open_memory(&disk, CHAIN).unwrap().storage,
        &steps,
        &mut told,
    )
    .unwrap();
    let mut marked = 0;
    for page in 0..disk.pages(DiskFile::State) {
        let disk = disk.clone_whole();
        disk.rot_page(DiskFile::State, page, page);
        let opened = Storage::open_memory(&disk, CHAIN).unwrap();
        let snapshot = opened.storage.state.snapshot();
        let read = (1..60).try_for_each(|height| snapshot.receipts(Height(height)).map(drop));
        disk.crash(Survival::Synced);
        drop((snapshot, opened));
        if let Err(error) = read {
            assert!(error.asks_for_rebuild(), "{error}");
            let opened = Storage::open_memory(&disk, CHAIN).unwrap();
            assert!(opened.discarded.unwrap().contains(STATE_FILE));
            marked += 1;
        }
    }
    assert!(marked > 0);
}

/// Says to the process inside that it is to tell what the disk holds.
const INSIDE: &str = "TIMEBANK_DISK_DIGEST";

/// What is on the disk after a life with a crash in it, and how many operations that took.
fn digest_of_a_life() -> String {
    let steps = steps(60);
    let disk = MemoryDisk::new();
    let mut told = Told::default();
    let mut storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
    disk.set_fault(Some(DiskFault::After(1_234)));
    live(&mut storage, &steps, &mut told).unwrap_err();
    disk.set_fault(None);
    disk.crash(Survival::Torn { seed: 99 });
    let torn = disk.digest();
    drop(storage);
    let mut storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
    live(&mut storage, &steps, &mut told).unwrap();
    let (digest, operations, counts) = (disk.digest(), disk.operations(), disk.counts());
    format!("told {torn} {digest} {operations} {counts:?}")
}

#[test]
fn the_same_life_leaves_the_same_bytes_in_every_process() {
    let here = digest_of_a_life();
    if std::env::var_os(INSIDE).is_some() {
        eprintln!("{here}");
        return;
    }
    let told = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "storage::tests::memory::the_same_life_leaves_the_same_bytes_in_every_process",
            "--nocapture",
        ])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(told.contains(&here), "{told}\nand here\n{here}");
}
