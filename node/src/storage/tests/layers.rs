//! The layers above a database against a naive model: random commits, flushes, snapshots and crashes.

use std::sync::Arc;

use ledger_core::ledger::Tip;
use ledger_core::state::tree::{prove, root};
use ledger_core::state::{KeyBytes, MemoryState, RecordChanges, StateView, StateWrites};
use ledger_core::transaction::SealedEnvelope;
use proptest::prelude::*;

use super::chain::{Step, expiring, genesis, hour_and_id, key, step_of, writes_of};
use super::engines::Place;
use crate::storage::{StateSnapshot, Storage};

/// How many records there may be: so few that layers overwrite and hide each other often, and now more than one bucket of the
/// state tree has and now fewer.
const KEYS: u64 = 40;

/// What happens to a node.
#[derive(Clone, Debug)]
enum Act {
    Commit(Vec<Change>),
    Flush,
    Look,
    Crash,
}

#[derive(Clone, Debug)]
enum Change {
    Write(u64, u8),
    Delete(u64),
    Remember(u8, u8),
    Forget(u8),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (0..KEYS, any::<u8>()).prop_map(|(key, value)| Change::Write(key, value)),
        3 => (0..KEYS).prop_map(Change::Delete),
        2 => (0u8..4, 0u8..6).prop_map(|(hour, id)| Change::Remember(hour, id)),
        1 => (0u8..4).prop_map(Change::Forget),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => prop::collection::vec(change(), 0..12).prop_map(Act::Commit),
        2 => Just(Act::Flush),
        2 => Just(Act::Look),
        1 => Just(Act::Crash),
    ]
}

fn writes(before: &MemoryState, changes: &[Change]) -> StateWrites {
    let (mut records, mut forgotten_hours) = (RecordChanges::new(), Vec::new());
    for change in changes {
        match *change {
            Change::Write(number, value) => {
                records.insert(key(number), Some(vec![value; 3]));
            }
            Change::Delete(number) => {
                records.insert(key(number), None);
            }
            // By a transaction of the block.
            Change::Remember(..) => {}
            Change::Forget(hour) => forgotten_hours.push(hour.into()),
        }
    }
    StateWrites {
        forgotten_hours,
        ..writes_of(before, records)
    }
}

/// The transactions by which ids come to be remembered.
fn transactions(changes: &[Change]) -> Vec<Arc<SealedEnvelope>> {
    let remembered = changes.iter().filter_map(|change| match *change {
        Change::Remember(hour, id) => Some(expiring(hour.into(), id.into())),
        _ => None,
    });
    remembered.collect()
}

fn check(view: &StateSnapshot, model: &MemoryState) -> Result<(), TestCaseError> {
    // Of both kinds that are listed, organisations and orders.
    for (first, end, within) in [(3, 4, [0, 8, 20]), (14, 15, [2, 14, 30])] {
        let mut bounds = vec![vec![first], vec![end]];
        bounds.extend(within.map(key));
        for from in &bounds {
            for to in bounds.iter().filter(|to| from <= *to) {
                for limit in [0, 1, 2, 3, 7, 100] {
                    prop_assert_eq!(
                        view.scan(from, to, limit).unwrap(),
                        model.scan(from, to, limit).unwrap()
                    );
                }
            }
        }
    }
    // Some are read at once before anybody asked for them, and all of them after.
    check_together(view, model, &[22, 4, 4, 9, 0, 22])?;
    for number in 0..KEYS {
        let key = key(number);
        prop_assert_eq!(view.read(&key).unwrap(), model.read(&key).unwrap());
        prop_assert_eq!(prove(view, &key).unwrap(), prove(model, &key).unwrap());
    }
    let all: Vec<u64> = (0..KEYS).rev().collect();
    check_together(view, model, &all)?;
    for hour in 0..4 {
        for id in 0..6 {
            let (hour, id) = hour_and_id(&expiring(hour, id));
            prop_assert_eq!(
                view.is_remembered(hour, id).unwrap(),
                model.is_remembered(hour, id).unwrap()
            );
        }
    }
    prop_assert_eq!(root(view).unwrap(), model.root());
    let records = view.records().unwrap();
    let all = records.iter().map(|(key, value)| (&key[..], &value[..]));
    prop_assert!(all.eq(model.records()));
    Ok(())
}

/// Reads these records all at once.
fn check_together(
    view: &StateSnapshot,
    model: &MemoryState,
    numbers: &[u64],
) -> Result<(), TestCaseError> {
    let keys: Vec<KeyBytes> = numbers
        .iter()
        .map(|number| KeyBytes::of(&key(*number)).unwrap())
        .collect();
    let expected: Vec<_> = keys.iter().map(|key| model.read(key).unwrap()).collect();
    prop_assert_eq!(view.read_all(&keys).unwrap(), expected);
    Ok(())
}

fn catch_up(storage: &Storage, steps: &[Step]) {
    if storage.state.label().is_none() {
        storage.state.commit_genesis(&genesis()).unwrap();
    }
    let height = usize::try_from(storage.state.label().unwrap().height.0).unwrap();
    for step in &steps[height..] {
        let block = &step.block.block;
        storage
            .state
            .commit(block, &step.receipts, &step.writes)
            .unwrap();
    }
}

fn live(place: &Place, acts: Vec<Act>) -> Result<(), TestCaseError> {
    let mut storage = place.open();
    catch_up(&storage, &[]);
    let mut model = MemoryState::default();
    model.apply(&genesis());
    let mut steps: Vec<Step> = Vec::new();
    let mut looked = Vec::new();
    for act in acts {
        match act {
            Act::Commit(changes) => {
                let tip = steps.last().map(|step| Tip::of(&step.block.block.header));
                let step = step_of(
                    tip.as_ref(),
                    writes(&model, &changes),
                    transactions(&changes),
                );
                storage.blocks.append(&step.block).unwrap();
                let block = &step.block.block;
                storage
                    .state
                    .commit(block, &step.receipts, &step.writes)
                    .unwrap();
                model.apply(&step.writes);
                steps.push(step);
            }
            Act::Flush => storage.state.flush().unwrap(),
            Act::Look => looked.push((storage.state.snapshot(), model.clone())),
            Act::Crash => {
                // A snapshot cannot outlive its node.
                looked.clear();
                drop(storage);
                storage = place.open();
                catch_up(&storage, &steps);
            }
        }
        check(&storage.state.snapshot(), &model)?;
    }
    for (snapshot, model) in &looked {
        check(snapshot, model)?;
    }
    prop_assert_eq!(
        storage.state.label().map(|label| label.root),
        Some(model.root())
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn layers_in_memory_agree_with_the_model(acts in prop::collection::vec(act(), 1..40)) {
        live(&Place::memory(), acts)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn layers_above_redb_agree_with_the_model(acts in prop::collection::vec(act(), 1..30)) {
        live(&Place::redb(), acts)?;
    }

    #[cfg(feature = "sled")]
    #[test]
    fn layers_above_sled_agree_with_the_model(acts in prop::collection::vec(act(), 1..20)) {
        live(&Place::sled(), acts)?;
    }
}

#[test]
fn before_genesis_there_is_nothing() {
    let storage = Place::memory().open();
    let snapshot = storage.state.snapshot();
    assert_eq!(snapshot.label(), None);
    storage.state.commit_genesis(&genesis()).unwrap();
    assert_eq!(snapshot.read(&key(0)).unwrap(), None);
    assert!(storage.state.snapshot().read(&key(0)).unwrap().is_some());
    assert_eq!(storage.state.label().unwrap().root, genesis().tree.root);
}

#[test]
fn a_flush_is_due_by_blocks_or_by_bytes() {
    use crate::storage::state::{FLUSH_BLOCKS, FLUSH_BYTES, Pending};
    let pending = |blocks, bytes| Pending { blocks, bytes };
    assert!(!pending(FLUSH_BLOCKS - 1, FLUSH_BYTES - 1).is_due());
    assert!(pending(FLUSH_BLOCKS, 0).is_due());
    assert!(pending(1, FLUSH_BYTES).is_due());
}

#[test]
fn four_nodes_have_four_ways_to_their_first_flush_and_none_is_longer_than_the_others_later() {
    use crate::storage::state::{FLUSH_BLOCKS, FLUSH_BYTES, Pending, Share};
    let shares: Vec<u64> = (0..4)
        .map(|place| Share::of_place(place, 4).of(100))
        .collect();
    assert_eq!(shares, [25, 50, 75, 100]);
    assert_eq!(Share::of_place(0, 1), Share::FULL);
    assert_eq!(Share::of_place(9, 4).of(100), 100);
    assert_eq!(Share::of_place(0, 0), Share::FULL);
    let half = Share::of_place(1, 4);
    let pending = |blocks, bytes| Pending { blocks, bytes };
    assert!(!pending(FLUSH_BLOCKS / 2 - 1, FLUSH_BYTES / 2 - 1).is_due_at(half));
    assert!(pending(FLUSH_BLOCKS / 2, 0).is_due_at(half));
    assert!(pending(1, FLUSH_BYTES / 2).is_due_at(half));
}
