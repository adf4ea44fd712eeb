//! A node's disk with the beginning of the town's chain on it: what targets of stored files damage.

use std::sync::{Arc, LazyLock};

use ledger_core::state::MemoryState;
use timebank_node::consensus::LastSigned;
use timebank_node::storage::{CommittedBlock, MemoryDisk, Storage};

use super::world::TOWN;

/// How many of the town's blocks are on the disk.
pub(super) const BLOCKS: usize = 24;

/// A disk, and what its state database holds.
pub(super) struct Stored {
    pub(super) disk: Arc<MemoryDisk>,
    pub(super) state: MemoryState,
}

/// The disk of a node that stopped in order.
pub(super) static STORED: LazyLock<Stored> = LazyLock::new(|| {
    let disk = MemoryDisk::new();
    let (storage, state) = fill(&disk, BLOCKS);
    drop(storage);
    Stored { disk, state }
});

/// Puts the first `count` of the town's blocks on an empty disk; the stores, open, and the state.
pub(super) fn fill(disk: &Arc<MemoryDisk>, count: usize) -> (Storage, MemoryState) {
    let works = "an empty disk in memory works";
    let opened = Storage::open_memory(disk, TOWN.chain_id()).expect(works);
    let mut storage = opened.storage;
    let writes = TOWN.genesis.writes().expect("the town is in order");
    storage.state.commit_genesis(&writes).expect(works);
    let mut state = MemoryState::default();
    state.apply(&writes);
    for (index, decided) in TOWN.blocks[..count].iter().enumerate() {
        let (block, certificate) = (decided.block.clone(), decided.certificate.clone());
        let committed = CommittedBlock { block, certificate };
        storage.blocks.append(&committed).expect(works);
        // The last third of the blocks is in the journal alone.
        let is_settled = [count / 3, count * 2 / 3].contains(&(index + 1));
        if is_settled {
            storage.blocks.settle().expect(works);
        }
        let committed = storage
            .state
            .commit(&decided.block, &decided.receipts, &decided.writes);
        committed.expect(works);
        state.apply(&decided.writes);
        if is_settled {
            storage.state.flush().expect(works);
        }
    }
    storage.state.flush().expect(works);
    let next = TOWN.blocks[count - 1].block.header.height.next();
    storage.wal.reset(next).expect(works);
    for entry in [b"one".to_vec(), vec![7; 5_000]] {
        storage.wal.append(&entry).expect(works);
        storage.wal.sync().expect(works);
    }
    let record = LastSigned::NOTHING.encode();
    storage.last_signed.store(&record).expect(works);
    (storage, state)
}
