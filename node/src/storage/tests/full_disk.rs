//! A full disk, for real: a small tmpfs in a mount namespace of its own.
//!
//! The test starts itself again under `unshare`, which works for root and, where the system allows user namespaces, for
//! everyone. Where neither is allowed it says so on the terminal, past the test harness, and the full disk in memory
//! ([`super::memory`]) is what remains.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use ledger_core::id::Height;

use super::chain::{CHAIN, Step, check_same, model, replay, run, steps};
use crate::storage::{Engine, Storage, StorageError};

/// Names the mounted directory to the process inside.
const INSIDE: &str = "TIMEBANK_FULL_DISK_DIRECTORY";
const MOUNT: &str = "mount -t tmpfs -o size=6m tmpfs \"$0\" && exec \"$@\"";

fn inside_a_small_disk(test: &str, check: fn(&Path)) {
    if let Some(directory) = std::env::var_os(INSIDE) {
        check(Path::new(&directory));
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    for namespace in [&["--mount"][..], &["--map-root-user", "--mount"]] {
        let unshare = |script: &str| {
            let mut command = Command::new("unshare");
            command.args(namespace).args(["sh", "-c", script]);
            command.arg(directory.path());
            command
        };
        if !unshare(MOUNT)
            .arg("true")
            .output()
            .is_ok_and(|tried| tried.status.success())
        {
            continue;
        }
        let run = unshare(MOUNT)
            .arg(&program)
            .args(["--exact", test, "--nocapture"])
            .env(INSIDE, directory.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&run.stdout);
        let errors = String::from_utf8_lossy(&run.stderr);
        assert!(
            run.status.success() && told.contains("1 passed"),
            "{told}\n{errors}"
        );
        return;
    }
    let mut terminal = std::io::stderr();
    let _ = writeln!(
        terminal,
        "\n*** NOT RUN: {test}\n*** it needs `unshare --mount` and a tmpfs, as root or with user namespaces; \
         the full disk was tested in memory only\n"
    );
}

/// Fills the disk but for about `left` bytes.
fn fill(directory: &Path, left: u64) {
    let mut file = std::fs::File::create(directory.join("filler")).unwrap();
    let page = [1; 4096];
    while file.write_all(&page).is_ok() {}
    let length = file.metadata().unwrap().len();
    file.set_len(length.saturating_sub(left)).unwrap();
}

fn empty(directory: &Path) {
    std::fs::remove_file(directory.join("filler")).unwrap();
}

fn is_full<T>(outcome: &Result<T, StorageError>) -> bool {
    matches!(outcome, Err(StorageError::DiskFull { .. }))
}

/// Commits until the disk is full; how many blocks were acknowledged.
fn run_until_full(storage: &Storage, steps: &[Step]) -> usize {
    if storage.state.label().is_none() {
        storage
            .state
            .commit_genesis(&super::chain::genesis())
            .unwrap();
    }
    let held =
        usize::try_from(super::super::blocks::tip_height(storage.blocks.as_ref()).0).unwrap();
    for (index, step) in steps.iter().enumerate().skip(held) {
        if let Err(error) = storage.blocks.append(&step.block) {
            assert!(matches!(error, StorageError::DiskFull { .. }), "{error}");
            assert!(error.to_string().contains("free space"), "{error}");
            // What was acknowledged can still be told, and nothing more is taken.
            assert!(storage.blocks.append(&step.block).is_err());
            return index;
        }
        let state = storage
            .state
            .commit(&step.block.block, &step.receipts, &step.writes)
            .and_then(|()| storage.state.flush());
        assert!(state.is_ok() || is_full(&state), "{state:?}");
        if state.is_err() {
            return index + 1;
        }
    }
    panic!("the disk never filled up");
}

fn blocks_and_state(engine: Engine, disk: &Path) {
    let steps = steps(3_000);
    let data = disk.join("data");
    let mut acknowledged = {
        let storage = Storage::open(&data, CHAIN, engine).unwrap().storage;
        run(&storage, &steps[..5]).unwrap();
        storage.state.flush().unwrap();
        5
    };
    // Full at several moments, each time with a little more room, so that different writes fail.
    for left in [0, 4_096, 12_288, 40_960, 81_920, 200_000, 400_000] {
        fill(disk, left);
        let opened = Storage::open(&data, CHAIN, engine);
        if let Ok(opened) = opened {
            replay(&opened.storage, &steps).unwrap();
            acknowledged = run_until_full(&opened.storage, &steps).max(acknowledged);
        } else {
            assert!(is_full(&opened), "{:?}", opened.map(|_| ()));
        }
        // Space returns.
        empty(disk);
        let storage = Storage::open(&data, CHAIN, engine).unwrap().storage;
        let tip = usize::try_from(storage.blocks.tip().unwrap().height.0).unwrap();
        assert!(
            tip == acknowledged || tip == acknowledged + 1,
            "{acknowledged} were acknowledged, {tip} are there"
        );
        replay(&storage, &steps).unwrap();
        check_same(&storage.state.snapshot(), &model(&steps, tip));
        run(&storage, &steps[tip..tip + 2]).unwrap();
        storage.state.flush().unwrap();
        acknowledged = tip + 2;
    }
}

#[test]
fn a_full_disk_loses_no_acknowledged_block_and_the_node_goes_on_when_space_returns() {
    inside_a_small_disk(
        "storage::tests::full_disk::a_full_disk_loses_no_acknowledged_block_and_the_node_goes_on_when_space_returns",
        |disk| blocks_and_state(Engine::Redb, disk),
    );
}

#[cfg(feature = "sled")]
#[test]
fn a_full_disk_under_sled_loses_no_acknowledged_block() {
    inside_a_small_disk(
        "storage::tests::full_disk::a_full_disk_under_sled_loses_no_acknowledged_block",
        |disk| {
            blocks_and_state(Engine::Sled, disk);
        },
    );
}

#[test]
fn a_full_disk_loses_no_synced_entry_of_the_consensus_log() {
    inside_a_small_disk(
        "storage::tests::full_disk::a_full_disk_loses_no_synced_entry_of_the_consensus_log",
        |disk| {
            let data = disk.join("data");
            for round in 1..6u64 {
                let mut storage = Storage::open(&data, CHAIN, Engine::Redb).unwrap().storage;
                let height = Height(1);
                storage.wal.reset(height).unwrap();
                fill(disk, round * 30_000);
                let mut synced = 0;
                let failure = loop {
                    storage.wal.append(&[7; 6_000]).unwrap();
                    match storage.wal.sync() {
                        Ok(()) => synced += 1,
                        Err(error) => break error,
                    }
                };
                assert!(
                    matches!(failure, StorageError::DiskFull { .. }),
                    "{failure}"
                );
                // The record of the last signature fails as cleanly when it is made, and needs no more space later.
                fill(disk, 0);
                assert_eq!(is_full(&storage.last_signed.store(&[1; 200])), round == 1);
                drop(storage);
                empty(disk);
                let opened = Storage::open(&data, CHAIN, Engine::Redb).unwrap();
                let entries = opened.storage.wal.entries(height).unwrap();
                // A frame that was written whole may be there though its sync failed.
                assert!(entries.len() == synced || entries.len() == synced + 1);
                assert!(entries.iter().all(|entry| *entry == [7; 6_000]));
                opened.storage.last_signed.store(&[1; 200]).unwrap();
            }
        },
    );
}
