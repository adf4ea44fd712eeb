//! The databases of blocks and of state, the block journal and the state's log, any content of their files: an error, or nothing but what
//! was once stored.

use borsh::BorshDeserialize;
use ledger_core::id::Height;
use ledger_core::state::StateView;
use timebank_node::storage::{BlockStore, DiskFile, Opened, StateStore, Storage};

use super::disk::{BLOCKS, STORED};
use super::world::TOWN;
use super::{Allowance, BYTES_RESERVED, Outcome, Target};

/// The most changes one input makes to a file.
const EDITS_MAX: usize = 16;
/// The files an input may be about.
const FILES: [DiskFile; 6] = [
    DiskFile::Blocks,
    DiskFile::State,
    DiskFile::StateLog,
    DiskFile::SecondStateLog,
    DiskFile::Journal,
    DiskFile::SecondJournal,
];
/// What a page of a file has.
const PAGE: usize = 4096;
/// Bytes of a database file that holds the beginning of the town's chain, rounded up.
const FILE_BYTES: usize = 2 * 1024 * 1024;

/// The target.
pub static TARGET: Target = Target {
    name: "database",
    run,
    samples,
    length_max: 8 * 1024,
    inputs: 160,
    allowance: Allowance {
        bytes_per_byte: 8,
        // The file as it is read, changed and kept, and what the two databases keep of theirs.
        bytes: 8 * FILE_BYTES + 4 * BYTES_RESERVED,
    },
};

/// A change of a file.
#[derive(BorshDeserialize, borsh::BorshSerialize)]
enum Edit {
    /// Bytes at a place.
    Overwrite(u32, Vec<u8>),
    /// Zeros from a place to the end of its page.
    Clear(u32),
    /// A page in the place of another: a write that went astray.
    Misplace(u32, u32),
    /// More than there was.
    Append(Vec<u8>),
    /// Another file altogether.
    Replace(Vec<u8>),
}

fn place(at: u32, bytes: &[u8]) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX) % bytes.len().max(1)
}

fn page(at: u32, bytes: &[u8]) -> std::ops::Range<usize> {
    let begin = place(at, bytes) / PAGE * PAGE;
    begin..(begin + PAGE).min(bytes.len())
}

fn edit(bytes: &mut Vec<u8>, edit: Edit) {
    match edit {
        Edit::Overwrite(at, with) => {
            let at = place(at, bytes);
            for (byte, new) in bytes[at..].iter_mut().zip(with) {
                *byte = new;
            }
        }
        Edit::Clear(at) => {
            let (at, end) = (place(at, bytes), page(at, bytes).end);
            bytes[at.min(end)..end].fill(0);
        }
        Edit::Misplace(from, to) => {
            let (from, to) = (page(from, bytes), page(to, bytes));
            if from.len() == to.len() {
                bytes.copy_within(from, to.start);
            }
        }
        Edit::Append(more) => bytes.extend(more),
        Edit::Replace(with) => *bytes = with,
    }
}

/// Reads `data` as a byte for the file and changes of it, as many as can be read; opens everything and reads it all.
pub fn run(data: &[u8]) -> Outcome {
    let Some((file, mut rest)) = data.split_first() else {
        return Outcome::Refused;
    };
    let file = FILES[usize::from(*file) % FILES.len()];
    let disk = STORED.disk.clone_whole();
    let mut bytes = disk.content(file).expect("it is there");
    for _ in 0..EDITS_MAX {
        let Ok(change) = Edit::deserialize(&mut rest) else {
            break;
        };
        edit(&mut bytes, change);
    }
    disk.put(file, &bytes);
    drop(bytes);
    match Storage::open_memory(&disk, TOWN.chain_id()) {
        Ok(opened) => {
            check(&opened);
            Outcome::Taken
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            Outcome::Refused
        }
    }
}

fn check(opened: &Opened) {
    let storage = &opened.storage;
    check_blocks(storage.blocks.as_ref());
    if opened.discarded.is_some() {
        assert_eq!(storage.state.label(), None);
    }
    if let Some(label) = storage.state.label() {
        check_state(&storage.state, label.height);
    }
}

/// What is answered was appended.
fn check_blocks(blocks: &dyn BlockStore) {
    let tip = blocks.tip().map_or(0, |tip| tip.height.0);
    assert!(tip <= BLOCKS as u64);
    for (decided, height) in TOWN.blocks.iter().zip(1..=tip) {
        let height = Height(height);
        if let Ok(found) = blocks.block(height) {
            let found = found.expect("nothing below the tip is missing");
            assert_eq!(found.block, decided.block);
            assert_eq!(found.certificate, decided.certificate);
        }
        if let Ok(found) = blocks.header(height) {
            assert_eq!(found.as_ref(), Some(&decided.block.header));
        }
    }
}

/// What is answered was committed: up to `height`, and with the blocks after it.
fn check_state(state: &StateStore, height: Height) {
    let stored = usize::try_from(height.0).unwrap_or(usize::MAX);
    assert!(stored <= BLOCKS);
    for decided in &TOWN.blocks[stored..BLOCKS] {
        let committed = state.commit(&decided.block, &decided.receipts, &decided.writes);
        if committed.is_err() {
            return;
        }
    }
    let snapshot = state.snapshot();
    for (key, value) in STORED.state.records() {
        if let Ok(found) = snapshot.read(key) {
            assert_eq!(found.as_deref(), Some(value), "{key:?}");
        }
    }
}

/// The files as they are, and changes that leave them readable.
pub fn samples() -> Vec<Vec<u8>> {
    let change = |file: u8, edits: &[Edit]| {
        let edits: Vec<u8> = edits
            .iter()
            .flat_map(|it| borsh::to_vec(it).expect("writing to memory cannot fail"))
            .collect();
        [&[file][..], &edits].concat()
    };
    let content = STORED.disk.content(DiskFile::State).expect("it is there");
    vec![
        change(0, &[]),
        change(1, &[]),
        change(1, &[Edit::Overwrite(70_000, vec![255; 9])]),
        change(1, &[Edit::Misplace(200_000, 90_000), Edit::Clear(120_100)]),
        change(1, &[Edit::Replace(content[..PAGE].to_vec())]),
        change(1, &[Edit::Append(vec![1; 100])]),
        change(2, &[Edit::Overwrite(5_000, vec![7; 70])]),
        change(3, &[Edit::Misplace(4_096, 8_192)]),
        change(4, &[]),
        change(5, &[Edit::Overwrite(9_000, vec![3; 70])]),
        change(5, &[Edit::Misplace(4_096, 12_288)]),
    ]
}
