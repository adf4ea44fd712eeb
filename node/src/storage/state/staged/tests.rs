//! Batches, rounds, readers and crashes, against a map.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger_core::hash::Hash;
use proptest::prelude::*;

use super::super::content::Content;
use super::super::key::{self, Key};
use super::*;
use crate::storage::state::engine::Visit;
use crate::storage::{DiskFault, DiskFile, MemoryDisk, Survival, memory_disk};

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

fn open(disk: &Arc<MemoryDisk>) -> Result<StagedEngine, StorageError> {
    StagedEngine::open(&memory_disk::lock(disk)?, ChainId(Hash([7; 32])))
}

fn batch(rows: &BTreeMap<Vec<u8>, Option<Vec<u8>>>) -> Batch {
    let entries = rows.iter().map(|(key, value)| {
        let value = value.as_deref().map(Content::from);
        (Key::from(key.as_slice()), value)
    });
    Batch {
        entries: entries.collect(),
    }
}

fn apply(model: &mut Model, rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>) {
    for (key, value) in rows {
        match value {
            Some(value) => model.insert(key, value),
            None => model.remove(&key),
        };
    }
}

fn check(view: &dyn EngineView, model: &Model) {
    for number in 0..KEYS {
        let key = key_of(number);
        assert_eq!(view.read(&key).unwrap(), model.get(&key).cloned());
    }
    for (from, to, limit) in [(0, KEYS, 999), (3, 30, 4), (9, 9, 5), (20, 21, 1)] {
        let (from, to) = (key_of(from), key_of(to));
        let within = model.range(from.clone()..to.clone());
        let expected: Vec<_> = within
            .map(|(key, value)| (key.clone(), value.clone()))
            .take(limit)
            .collect();
        assert_eq!(view.scan(&from, &to, limit).unwrap(), expected);
        let mut seen = Vec::new();
        let visitor = &mut |key: &[u8], value: &[u8]| {
            seen.push((key.to_vec(), value.to_vec()));
            match seen.len() >= limit {
                true => Visit::Stop,
                false => Visit::GoOn,
            }
        };
        view.visit(&from, &to, visitor).unwrap();
        assert_eq!(seen, expected);
    }
}

const KEYS: u8 = 50;

fn key_of(number: u8) -> Vec<u8> {
    // Of different lengths, in order of number.
    [vec![1, number], vec![number; usize::from(number % 3)]].concat()
}

#[derive(Clone, Debug)]
enum Step {
    /// These keys get values of these lengths, or are deleted.
    Persist(Vec<(u8, Option<u16>)>),
    /// Somebody begins to read.
    Hold,
    /// Whoever reads stops.
    LetGo,
    Reopen,
    Crash(u64),
}

fn a_step() -> impl Strategy<Value = Step> {
    let change = (0..KEYS, prop::option::weighted(0.8, 0_u16..1_500));
    prop_oneof![
        8 => prop::collection::vec(change, 1..9).prop_map(Step::Persist),
        1 => Just(Step::Hold),
        1 => Just(Step::LetGo),
        1 => Just(Step::Reopen),
        1 => (1_u64..u64::MAX).prop_map(Step::Crash),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is merged, held, closed and crashed: every view is a map as of when it was taken.
    #[test]
    fn every_view_is_the_rows_of_its_moment(steps in prop::collection::vec(a_step(), 1..60)) {
        let disk = MemoryDisk::new();
        let mut engine = Some(open(&disk).unwrap());
        let mut model = Model::new();
        let mut held: Vec<(Arc<dyn EngineView>, Model)> = Vec::new();
        for (number, step) in (0_u8..).zip(steps) {
            let now = engine.take().unwrap();
            engine = Some(match step {
                Step::Persist(changes) => {
                    let rows = changes.into_iter().map(|(key, length)| {
                        (key_of(key), length.map(|length| vec![number; length.into()]))
                    });
                    let rows: BTreeMap<_, _> = rows.collect();
                    now.persist(&batch(&rows), OlderReaders::Some).unwrap();
                    apply(&mut model, rows);
                    now
                }
                Step::Hold => {
                    held.push((now.view().unwrap(), model.clone()));
                    now
                }
                Step::LetGo => {
                    held.clear();
                    now
                }
                Step::Reopen => {
                    held.clear();
                    drop(now);
                    open(&disk).unwrap()
                }
                Step::Crash(seed) => {
                    disk.crash(Survival::Torn { seed });
                    held.clear();
                    drop(now);
                    open(&disk).unwrap()
                }
            });
            check(&*engine.as_ref().unwrap().view().unwrap(), &model);
            for (view, then) in &held {
                check(&**view, then);
            }
        }
    }
}

fn filled(value: u8, bytes: usize) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
    let label = (key::label().to_vec(), Some(vec![value]));
    let rows = (0..KEYS).map(|number| (key_of(number), Some(vec![value; bytes])));
    std::iter::once(label).chain(rows).collect()
}

/// Checks that all rows are of the batch that the label is of; which one.
fn check_whole(engine: &StagedEngine) -> u8 {
    let view = engine.view().unwrap();
    let label = view.read(&key::label()).unwrap().unwrap();
    let records = view.scan(&[1], &[2], usize::MAX).unwrap();
    assert_eq!(records.len(), usize::from(KEYS));
    assert!(records.iter().all(|(_, value)| value[0] == label[0]));
    label[0]
}

/// A batch that is cut off anywhere, one that ends a round, that merges another, and one of several frames.
#[test]
fn a_batch_is_there_whole_or_not_at_all_wherever_it_is_cut_off() {
    for (batches, bytes) in [(1, 100), (5, 400), (6, 400), (1, 45_000)] {
        let before = MemoryDisk::new();
        let engine = open(&before).unwrap();
        for value in 1..=batches {
            let rows = batch(&filled(value, bytes));
            engine.persist(&rows, OlderReaders::None).unwrap();
        }
        drop(engine);
        let (old, new) = (batches, batches + 1);
        for after in 0.. {
            let disk = before.clone_whole();
            let engine = open(&disk).unwrap();
            disk.set_fault(Some(DiskFault::After(after)));
            let persisted = engine.persist(&batch(&filled(new, bytes)), OlderReaders::None);
            disk.set_fault(None);
            // Half of them are killed; the others end in order, as one whose disk was full for a while.
            if after % 2 == 0 {
                disk.crash(Survival::Torn { seed: after + 1 });
            }
            drop(engine);
            for _ in 0..2 {
                let engine = open(&disk).unwrap();
                let value = check_whole(&engine);
                assert!(
                    value == new || (value == old && persisted.is_err()),
                    "{after}"
                );
                // It lives on, behind what is left of the one that was cut off.
                let again = batch(&filled(value, 10));
                engine.persist(&again, OlderReaders::None).unwrap();
            }
            if persisted.is_ok() {
                assert!(after > 1, "{after}");
                break;
            }
        }
    }
}

#[test]
fn what_was_merged_is_in_the_database_and_no_longer_in_memory() {
    let disk = MemoryDisk::new();
    let engine = open(&disk).unwrap();
    for value in 0..40 {
        engine
            .persist(&batch(&filled(value, 300)), OlderReaders::None)
            .unwrap();
        let stage = lock(&engine.stage);
        let rows: usize = stage.young.iter().map(|run| run.len()).sum();
        let old = stage.old.iter().flat_map(|old| old.left.iter());
        let old: usize = old.map(|run| run.len()).sum();
        // At most two rounds of a round and a batch each.
        assert!(rows + old < 5 * (usize::from(KEYS) + 1), "{rows} {old}");
    }
    let merged = engine
        .base
        .view()
        .unwrap()
        .scan(&[1], &[2], usize::MAX)
        .unwrap();
    assert_eq!(merged.len(), usize::from(KEYS));
}

#[test]
fn a_round_that_somebody_reads_is_not_written_over() {
    let disk = MemoryDisk::new();
    let engine = open(&disk).unwrap();
    let persist = |value| {
        engine
            .persist(&batch(&filled(value, 300)), OlderReaders::None)
            .unwrap();
    };
    persist(1);
    let view = engine.view().unwrap();
    let bytes_before = disk.bytes();
    (2..40).for_each(persist);
    let seen = view.scan(&[1], &[2], usize::MAX).unwrap();
    assert!(seen.iter().all(|(_, value)| value[0] == 1));
    let grown = disk.bytes() - bytes_before;
    assert!(grown > 300_000, "{grown}");
    // Once nobody does, the files take turns again.
    drop(view);
    let bytes_before = disk.bytes();
    (40..80).for_each(persist);
    let grown = disk.bytes() - bytes_before;
    assert!(grown < 200_000, "{grown}");
}

#[test]
fn a_log_and_a_database_of_different_times_are_damage() {
    let disk = MemoryDisk::new();
    let persist = |values: std::ops::Range<u8>| {
        let engine = open(&disk).unwrap();
        for value in values {
            engine
                .persist(&batch(&filled(value, 300)), OlderReaders::None)
                .unwrap();
        }
    };
    persist(0..20);
    let early = disk.clone_whole();
    persist(20..60);
    let files = [
        DiskFile::State,
        DiskFile::StateLog,
        DiskFile::SecondStateLog,
    ];
    let mut damaged = 0;
    let mut examine = |mixed: &Arc<MemoryDisk>| match open(mixed) {
        // What is gone may be the newest batches alone: then it is the state of before them.
        Ok(engine) => {
            check_whole(&engine);
        }
        Err(StorageError::StateDamaged { .. }) => damaged += 1,
        Err(error) => panic!("{error}"),
    };
    for older in 1..7 {
        let mixed = disk.clone_whole();
        for (place, file) in files.into_iter().enumerate() {
            if older & (1 << place) != 0 {
                mixed.put(file, &early.content(file).unwrap());
            }
        }
        examine(&mixed);
    }
    for file in files {
        let mixed = disk.clone_whole();
        mixed.discard(file);
        examine(&mixed);
    }
    assert!(damaged >= 4, "{damaged}");
}
