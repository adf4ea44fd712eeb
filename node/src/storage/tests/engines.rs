//! Checks that every engine must pass, run on every engine.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ledger_core::hash::Hash;
use ledger_core::id::{ChainId, Height, TransactionId};
use ledger_core::ledger::Tip;
use ledger_core::state::{StateView, StateWrites};

use super::chain::{
    CHAIN, Step, check_same, expiring, genesis, hour_and_id, model, replay, run, step, step_of,
    steps, transaction_id,
};
use crate::storage::state::PENDING_BLOCKS_MAX;
use crate::storage::{
    CommittedBlock, Engine, MemoryDisk, Opened, StateSnapshot, Storage, StorageError,
};

/// Where a storage under test lives.
pub(super) enum Place {
    Memory(Arc<MemoryDisk>),
    Disk(tempfile::TempDir, Engine),
}

impl Place {
    pub(super) fn memory() -> Place {
        Place::Memory(MemoryDisk::new())
    }

    pub(super) fn redb() -> Place {
        Place::Disk(tempfile::tempdir().unwrap(), Engine::Redb)
    }

    #[cfg(feature = "sled")]
    pub(super) fn sled() -> Place {
        Place::Disk(tempfile::tempdir().unwrap(), Engine::Sled)
    }

    pub(super) fn try_open(&self, chain_id: ChainId) -> Result<Opened, StorageError> {
        match self {
            Place::Memory(disk) => Storage::open_memory(disk, chain_id),
            Place::Disk(directory, engine) => Storage::open(directory.path(), chain_id, *engine),
        }
    }

    pub(super) fn open(&self) -> Storage {
        self.try_open(CHAIN).unwrap().storage
    }

    /// An empty one of the same kind.
    fn another(&self) -> Place {
        match self {
            Place::Memory(_) => Place::memory(),
            Place::Disk(_, engine) => Place::Disk(tempfile::tempdir().unwrap(), *engine),
        }
    }

    /// What a process killed at this moment would leave, while it still runs.
    pub(super) fn image(&self) -> Place {
        match self {
            Place::Memory(_) => unreachable!("a disk in memory is crashed in place"),
            Place::Disk(directory, engine) => {
                let copy = tempfile::tempdir().unwrap();
                copy_directory(directory.path(), copy.path());
                Place::Disk(copy, *engine)
            }
        }
    }
}

pub(super) fn copy_directory(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            copy_directory(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn the_state_is_the_models_at_every_height_however_it_is_flushed(place: &Place) {
    let storage = place.open();
    let steps = steps(60);
    let mut held = Vec::new();
    for height in 0..steps.len() {
        run(&storage, &steps[height..=height]).unwrap();
        if height % 7 == 3 {
            storage.state.flush().unwrap();
        }
        if height % 5 == 0 {
            held.push((height + 1, storage.state.snapshot()));
        }
        check_same(&storage.state.snapshot(), &model(&steps, height + 1));
    }
    for (height, snapshot) in held {
        assert_eq!(snapshot.label().unwrap().height.0, height as u64);
        check_same(&snapshot, &model(&steps, height));
    }
}

fn blocks_come_back_as_they_were_stored(place: &Place) {
    let steps = steps(5);
    {
        let storage = place.open();
        assert_eq!(storage.blocks.tip(), None);
        run(&storage, &steps).unwrap();
    }
    let storage = place.open();
    assert_eq!(storage.blocks.tip().unwrap().height, Height(5));
    for Step { block, .. } in &steps {
        let header = &block.block.header;
        let height = header.height;
        assert_eq!(storage.blocks.block(height).unwrap().as_ref(), Some(block));
        assert_eq!(
            storage.blocks.header(height).unwrap().as_ref(),
            Some(header)
        );
        let certificate = storage.blocks.certificate(height).unwrap();
        assert_eq!(certificate.as_ref(), Some(&block.certificate));
    }
    for absent in [Height(0), Height(6), Height(u64::MAX)] {
        assert_eq!(storage.blocks.block(absent).unwrap(), None);
        assert_eq!(storage.blocks.header(absent).unwrap(), None);
    }
}

fn refuses_what_does_not_come_next(place: &Place) {
    let storage = place.open();
    let steps = steps(4);
    run(&storage, &steps[..2]).unwrap();
    let append = |block: &CommittedBlock| storage.blocks.append(block).unwrap_err();
    let not_next = |error| matches!(error, StorageError::NotNext { .. });
    let mismatch = |error| matches!(error, StorageError::Mismatch { .. });
    assert!(not_next(append(&steps[1].block)));
    assert!(not_next(append(&steps[3].block)));
    let mut wrong = steps[2].clone();
    wrong.block.certificate.block_id = steps[1].block.certificate.block_id;
    assert!(mismatch(append(&wrong.block)));
    let stranger = step(
        Some(&Tip::of(&steps[0].block.block.header)),
        StateWrites::default(),
        Vec::new(),
    );
    let mut stranger_header = stranger.block.block.header.clone();
    stranger_header.height = Height(3);
    let mut stranger_block = stranger.block.block.as_ref().clone();
    stranger_block.header = stranger_header;
    let stranger_block = CommittedBlock {
        certificate: ledger_core::certificate::CommitCertificate {
            height: Height(3),
            block_id: stranger_block.id(),
            ..stranger.block.certificate
        },
        block: Arc::new(stranger_block),
    };
    assert!(mismatch(append(&stranger_block)));
    let commit = |step: &Step, writes| {
        let error = storage
            .state
            .commit(&step.block.block, &step.receipts, writes);
        error.unwrap_err()
    };
    assert!(mismatch(commit(&steps[2], &steps[1].writes)));
    assert!(mismatch(commit(&steps[3], &steps[3].writes)));
    assert!(not_next(
        storage.state.commit_genesis(&genesis()).unwrap_err()
    ));
    // Nothing of what was refused is there, and what comes next is still taken.
    check_same(&storage.state.snapshot(), &model(&steps, 2));
    run(&storage, &steps[2..]).unwrap();
    check_same(&storage.state.snapshot(), &model(&steps, 4));
}

fn a_restart_without_a_flush_replays_what_was_not_durable(place: &Place) {
    let steps = steps(110);
    {
        let storage = place.open();
        run(&storage, &steps[..30]).unwrap();
        storage.state.flush().unwrap();
        assert_eq!(storage.state.durable(), storage.state.label());
        run(&storage, &steps[30..]).unwrap();
        assert_eq!(storage.state.durable().unwrap().height, Height(30));
        assert_eq!(storage.state.pending().blocks, 80);
    }
    let storage = place.open();
    assert_eq!(storage.replay().remaining(), 80);
    assert_eq!(replay(&storage, &steps).unwrap(), 80);
    check_same(&storage.state.snapshot(), &model(&steps, 110));
}

fn no_more_blocks_wait_in_memory_than_allowed(place: &Place) {
    let storage = place.open();
    let steps = steps(PENDING_BLOCKS_MAX + 22);
    for index in 0..steps.len() {
        run(&storage, &steps[index..=index]).unwrap();
        assert!(storage.state.pending().blocks <= PENDING_BLOCKS_MAX);
    }
    assert!(storage.state.durable().unwrap().height >= Height(PENDING_BLOCKS_MAX - 1));
}

fn a_snapshot_is_of_one_height_while_blocks_are_committed_and_flushed(place: &Place) {
    let storage = place.open();
    let steps = steps(200);
    run(&storage, &steps[..1]).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut reads = 0u32;
                    while !done.load(Ordering::Acquire) || reads < 3 {
                        let snapshot = storage.state.snapshot();
                        let height = usize::try_from(snapshot.label().unwrap().height.0).unwrap();
                        // The second look comes later than some commit or flush.
                        check_same(&snapshot, &model(&steps, height));
                        thread::yield_now();
                        check_same(&snapshot, &model(&steps, height));
                        reads += 1;
                    }
                })
            })
            .collect();
        let flusher = scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                storage.state.flush().unwrap();
            }
        });
        run(&storage, &steps[1..]).unwrap();
        done.store(true, Ordering::Release);
        flusher.join().unwrap();
        for reader in readers {
            reader.join().unwrap();
        }
    });
    check_same(&storage.state.snapshot(), &model(&steps, 200));
}

fn refuses_another_chain(place: &Place) {
    let other = ChainId(Hash([8; 32]));
    {
        let storage = place.open();
        run(&storage, &steps(2)).unwrap();
        storage.state.flush().unwrap();
    }
    match place.try_open(other).map(|_| ()) {
        Err(StorageError::WrongChain {
            expected, actual, ..
        }) => assert_eq!((expected, actual), (other, CHAIN)),
        outcome => panic!("opened a foreign chain: {outcome:?}"),
    }
    // Nothing was changed by the attempt.
    assert_eq!(place.open().state.label().unwrap().height, Height(2));
}

fn forgotten_hours_stay_forgotten_through_flush_and_restart(place: &Place) {
    let steps = steps(45);
    {
        let storage = place.open();
        run(&storage, &steps[..25]).unwrap();
        storage.state.flush().unwrap();
        // The hours 1 and 2 are forgotten here, while their ids are in the database.
        run(&storage, &steps[25..]).unwrap();
        storage.state.flush().unwrap();
    }
    let snapshot = place.open().state.snapshot();
    let remembered = |number: u64| is_remembered(&snapshot, number / 10, transaction_id(number));
    assert!(!remembered(15));
    assert!(!remembered(25));
    assert!(remembered(35));
    check_same(&snapshot, &model(&steps, 45));
}

fn is_remembered(snapshot: &StateSnapshot, hour: u64, id: TransactionId) -> bool {
    snapshot.is_remembered(hour, id).unwrap()
}

fn ids_are_remembered_by_a_store_that_was_opened_after_them(place: &Place) {
    let steps = steps(38);
    {
        let storage = place.open();
        run(&storage, &steps[..34]).unwrap();
        storage.state.flush().unwrap();
    }
    let storage = place.open();
    let check = |height: usize| {
        let snapshot = storage.state.snapshot();
        for (number, step) in (1..).zip(&steps) {
            for sealed in &step.block.block.transactions {
                let (hour, id) = hour_and_id(sealed);
                // The hours 0 and 1 are forgotten.
                let expected = hour > 1 && number <= height;
                assert_eq!(is_remembered(&snapshot, hour, id), expected, "{number}");
            }
            // Of the same hours, and in no block.
            let (hour, id) = hour_and_id(&expiring(number as u64 / 10, 1_000));
            assert!(!is_remembered(&snapshot, hour, id));
        }
    };
    check(34);
    // The hour goes on where the store knows of some of its ids and of others not.
    run(&storage, &steps[34..36]).unwrap();
    check(36);
    storage.state.flush().unwrap();
    check(36);
    run(&storage, &steps[36..]).unwrap();
    storage.state.flush().unwrap();
    check(38);
}

fn an_hour_that_is_opened_again_has_none_of_the_ids_it_had(place: &Place) {
    // No ledger does this; a transaction applies again, another does not.
    let (once, twice) = (expiring(7, 1), expiring(7, 2));
    let forget = StateWrites {
        forgotten_hours: vec![7],
        ..StateWrites::default()
    };
    let blocks = [
        (StateWrites::default(), vec![once.clone(), twice.clone()]),
        (forget, Vec::new()),
        (StateWrites::default(), vec![twice.clone()]),
    ];
    let mut steps: Vec<Step> = Vec::new();
    for (writes, transactions) in blocks {
        let tip = steps.last().map(|step| Tip::of(&step.block.block.header));
        steps.push(step_of(tip.as_ref(), writes, transactions));
    }
    let expected = [[true, true], [false, false], [false, true]];
    for flushed in 0..8 {
        let place = place.another();
        for (height, expected) in expected.iter().enumerate() {
            let storage = place.open();
            replay(&storage, &steps).unwrap();
            run(&storage, &steps[height..=height]).unwrap();
            if flushed >> height & 1 == 1 {
                storage.state.flush().unwrap();
            }
            let snapshot = storage.state.snapshot();
            let found = [&once, &twice].map(|sealed| {
                let (hour, id) = hour_and_id(sealed);
                is_remembered(&snapshot, hour, id)
            });
            assert_eq!(found, *expected, "height {height}, flushed {flushed:b}");
        }
    }
}

fn refuses_to_remember_others_than_the_transactions_of_the_block(place: &Place) {
    let storage = place.open();
    let steps = steps(2);
    run(&storage, &steps[..1]).unwrap();
    let Step {
        block,
        receipts,
        writes,
    } = &steps[1];
    let (hour, id) = writes.remembered[0];
    let stranger = hour_and_id(&expiring(hour, 1_000));
    for wrong in [(hour + 1, id), stranger] {
        let mut writes = writes.clone();
        writes.remembered.push(wrong);
        let refused = storage.state.commit(&block.block, receipts, &writes);
        assert!(matches!(refused, Err(StorageError::Mismatch { .. })));
    }
    let mut writes = writes.clone();
    writes.remembered.pop();
    let refused = storage.state.commit(&block.block, receipts, &writes);
    assert!(matches!(refused, Err(StorageError::Mismatch { .. })));
    run(&storage, &steps[1..]).unwrap();
    check_same(&storage.state.snapshot(), &model(&steps, 2));
}

macro_rules! on_every_engine {
    ($($check:ident)*) => {
        mod memory {
            $(#[test] fn $check() { super::$check(&super::Place::memory()); })*
        }
        mod redb {
            $(#[test] fn $check() { super::$check(&super::Place::redb()); })*
        }
        #[cfg(feature = "sled")]
        mod sled {
            $(#[test] fn $check() { super::$check(&super::Place::sled()); })*
        }
    };
}

on_every_engine! {
    the_state_is_the_models_at_every_height_however_it_is_flushed
    blocks_come_back_as_they_were_stored
    refuses_what_does_not_come_next
    a_restart_without_a_flush_replays_what_was_not_durable
    no_more_blocks_wait_in_memory_than_allowed
    a_snapshot_is_of_one_height_while_blocks_are_committed_and_flushed
    refuses_another_chain
    forgotten_hours_stay_forgotten_through_flush_and_restart
    ids_are_remembered_by_a_store_that_was_opened_after_them
    an_hour_that_is_opened_again_has_none_of_the_ids_it_had
    refuses_to_remember_others_than_the_transactions_of_the_block
}
