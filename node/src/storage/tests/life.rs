//! The life of a node's storage, without a node: what it writes height after height, and what it may count on after a crash.

use ledger_core::id::Height;

use super::chain::{Step, check_same, model, replay};
use crate::storage::{LastSignedFound, Opened, Storage, StorageError};

/// Entries of the consensus log a height.
const ENTRIES: usize = 2;
/// The state is made durable after each height that is divisible by this.
const FLUSH_HEIGHTS: u64 = 2;
/// Blocks are moved from the journal into the database after each height that is divisible by this: two files of the journal
/// with two blocks a round.
const SETTLE_HEIGHTS: u64 = 2;

/// What was acknowledged: whatever happens to an honest disk, this is there.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    /// The newest block.
    pub(super) block: u64,
    /// The newest height whose state was made durable.
    pub(super) state: u64,
    /// The newest entry of the log: its height, and how many there are of that height.
    pub(super) log: (u64, usize),
    /// The height in the record of the last signature; 0 for none.
    pub(super) record: u64,
}

pub(super) fn entry(height: u64, number: usize) -> Vec<u8> {
    vec![height as u8; 100 + 5_000 * number]
}

pub(super) fn record(height: u64) -> Vec<u8> {
    vec![height as u8; 40]
}

pub(super) fn tip(storage: &Storage) -> u64 {
    storage.blocks.tip().map_or(0, |tip| tip.height.0)
}

/// Goes on from what is stored until all of `steps` are, and notes what was acknowledged.
pub(super) fn live(
    storage: &mut Storage,
    steps: &[Step],
    told: &mut Told,
) -> Result<(), StorageError> {
    replay(storage, steps)?;
    let stored = usize::try_from(tip(storage)).unwrap();
    for (height, step) in (1u64..).zip(steps).skip(stored) {
        storage.last_signed.store(&record(height))?;
        told.record = height;
        let wal = &mut storage.wal;
        if wal.height() < Height(height) {
            wal.reset(Height(height))?;
        }
        for number in wal.entries(Height(height))?.len()..ENTRIES {
            wal.append(&entry(height, number))?;
            wal.sync()?;
            told.log = (height, number + 1);
        }
        storage.blocks.append(&step.block)?;
        told.block = height;
        storage
            .state
            .commit(&step.block.block, &step.receipts, &step.writes)?;
        if height.is_multiple_of(SETTLE_HEIGHTS) {
            storage.blocks.settle()?;
        }
        if height.is_multiple_of(FLUSH_HEIGHTS) {
            storage.state.flush()?;
            told.state = height;
        }
    }
    Ok(())
}

/// Checks what was opened after crashes alone: nothing acknowledged is gone, nothing is damaged, and only what was under way
/// when the last one happened may be there as well.
pub(super) fn check(opened: &Opened, steps: &[Step], told: &Told) {
    let storage = &opened.storage;
    assert_eq!(opened.discarded, None);
    let tip = tip(storage);
    assert!(
        tip == told.block || tip == told.block + 1,
        "{tip} after {told:?}"
    );
    for (height, step) in (1..=tip).zip(steps) {
        let stored = storage.blocks.block(Height(height)).unwrap();
        assert_eq!(stored.as_ref(), Some(&step.block));
    }
    let state = storage.state.label().map_or(0, |label| label.height.0);
    assert!(
        told.state <= state && state <= tip,
        "{state} after {told:?}"
    );
    check_log(storage, told);
    match storage.last_signed.load().unwrap() {
        LastSignedFound::Missing => assert_eq!(told.record, 0),
        LastSignedFound::Fresh(found) => {
            assert!(found == record(told.record) || found == record(told.record + 1));
        }
        // The slot of the next one is torn.
        LastSignedFound::Doubtful(found) => {
            assert!(found == record(told.record) && told.record > 0);
        }
        other => panic!("{other:?} after {told:?}"),
    }
}

fn check_log(storage: &Storage, told: &Told) {
    let height = storage.wal.height();
    let entries = storage.wal.entries(height).unwrap();
    check_entries(height.0, &entries);
    let (newest, count) = told.log;
    let found = (height.0, entries.len());
    assert!(
        found == told.log || found == (newest, count + 1) || found == (newest + 1, 1),
        "{found:?} after {told:?}"
    );
}

/// Checks that these are the first entries of `height`, as they were written.
pub(super) fn check_entries(height: u64, entries: &[Vec<u8>]) {
    for (number, found) in entries.iter().enumerate() {
        assert!(
            *found == entry(height, number),
            "entry {number} of {height}"
        );
    }
}

/// Checks that the state is what the blocks say, up to the tip.
pub(super) fn check_state(storage: &Storage, steps: &[Step]) {
    let height = usize::try_from(tip(storage)).unwrap();
    check_same(&storage.state.snapshot(), &model(steps, height));
}
