//! The disk in memory: what a crash keeps, and how it fails.

use ledger_core::id::Height;

use super::chain::{CHAIN, check_same, model, replay, run, steps};
use crate::storage::{DiskFault, MemoryDisk, Storage, StorageError, Survival};

#[test]
fn a_crash_keeps_every_block_and_the_flushed_state() {
    let disk = MemoryDisk::new();
    let steps = steps(30);
    let storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
    run(&storage, &steps[..20]).unwrap();
    storage.state.flush().unwrap();
    run(&storage, &steps[20..]).unwrap();
    disk.crash(Survival::Synced);
    drop(storage);
    let storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
    assert_eq!(storage.state.label().unwrap().height, Height(20));
    check_same(&storage.state.snapshot(), &model(&steps, 20));
    assert_eq!(replay(&storage, &steps).unwrap(), 10);
    check_same(&storage.state.snapshot(), &model(&steps, 30));
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
    disk.set_fault(None);
    // A store that failed stays stopped until it is opened again.
    assert!(storage.state.flush().is_err());
    assert!(storage.state.health().is_err());
    drop(storage);
    let storage = Storage::open_memory(&disk, CHAIN).unwrap().storage;
    assert_eq!(replay(&storage, &steps).unwrap(), 20);
    check_same(&storage.state.snapshot(), &model(&steps, 20));
}
