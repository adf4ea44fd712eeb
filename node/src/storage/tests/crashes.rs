//! A crash between any two operations of the disk, and again in the recovery from it, and again.

use std::sync::Arc;

use super::chain::{CHAIN, Step, steps};
use super::life::{Told, check, check_state, live};
use crate::storage::{DiskFault, MemoryDisk, Storage, StorageError, Survival};

const HEIGHTS: u64 = 7;

/// Starts the node on `disk`, and lets it live until it has stored everything or the disk stops it.
fn run_until_stopped(disk: &Arc<MemoryDisk>, steps: &[Step], told: &mut Told) -> Option<Storage> {
    let mut storage = match Storage::open_memory(disk, CHAIN) {
        Ok(opened) => opened.storage,
        Err(error) => {
            assert!(matches!(error, StorageError::Io { .. }), "{error}");
            return None;
        }
    };
    if let Err(error) = live(&mut storage, steps, told) {
        assert!(
            matches!(
                error,
                StorageError::Io { .. } | StorageError::WalStopped { .. }
            ),
            "{error}"
        );
    }
    Some(storage)
}

/// Crashes after so many operations in each of its lives, and then lives on.
fn crash_at(steps: &[Step], operations: &[u64], survival: impl Fn(u64) -> Survival) {
    let disk = MemoryDisk::new();
    let mut told = Told::default();
    for (depth, after) in (1..).zip(operations) {
        disk.set_fault(Some(DiskFault::After(*after)));
        let storage = run_until_stopped(&disk, steps, &mut told);
        disk.set_fault(None);
        // The disk first: what is dropped later is a killed process, and closes nothing in order.
        disk.crash(survival(depth));
        drop(storage);
    }
    let opened = Storage::open_memory(&disk, CHAIN).unwrap();
    check(&opened, steps, &told);
    let mut storage = opened.storage;
    live(&mut storage, steps, &mut told).unwrap();
    check_state(&storage, steps);
    disk.crash(Survival::Synced);
    drop(storage);
    let opened = Storage::open_memory(&disk, CHAIN).unwrap();
    check(&opened, steps, &told);
}

/// How many operations a life without a crash takes.
fn operations_of(steps: &[Step]) -> u64 {
    let disk = MemoryDisk::new();
    run_until_stopped(&disk, steps, &mut Told::default());
    disk.operations()
}

fn torn(seed: u64) -> impl Fn(u64) -> Survival {
    move |depth| Survival::Torn {
        seed: seed * 4 + depth,
    }
}

#[test]
fn a_crash_between_any_two_operations_loses_nothing_that_was_acknowledged() {
    let steps = steps(HEIGHTS);
    let total = operations_of(&steps);
    assert!(total > 200, "{total}");
    for after in 0..total {
        crash_at(&steps, &[after], torn(after));
        crash_at(&steps, &[after], |_| Survival::Synced);
    }
    for after in (0..total).step_by(5) {
        crash_at(&steps, &[after], |_| Survival::Everything);
    }
}

#[test]
fn a_crash_in_the_recovery_from_a_crash_loses_nothing_that_was_acknowledged() {
    let steps = steps(HEIGHTS);
    let total = operations_of(&steps);
    for first in (0..total).step_by(13) {
        for second in (0..50).step_by(5) {
            let seed = 1_000 + first * 50 + second;
            crash_at(&steps, &[first, second + first % 5], torn(seed));
        }
    }
}

#[test]
fn a_crash_in_the_recovery_from_a_crash_in_a_recovery_loses_nothing_that_was_acknowledged() {
    let steps = steps(HEIGHTS);
    let total = operations_of(&steps);
    for first in (0..total).step_by(29) {
        for second in (0..40).step_by(8) {
            for third in (0..24).step_by(6) {
                let seed = 100_000 + (first * 40 + second) * 24 + third;
                let [second, third] = [second + first % 8, third + second % 6];
                crash_at(&steps, &[first, second, third], torn(seed));
            }
        }
    }
}
