//! The consensus log, any content of its file, sealed or not: an error, or a log that can be written on.

use ledger_core::codec::encode;
use ledger_core::id::Height;
use timebank_node::storage::wal::WAL_FORMAT;
use timebank_node::storage::{DiskFile, Storage};

use super::disk::{BLOCKS, STORED};
use super::world::TOWN;
use super::{Allowance, BYTES_RESERVED, Outcome, Target};

/// Frames begin at multiples of so many bytes.
const PAGE: usize = 4096;
/// The most frames a description makes.
const FRAMES_MAX: usize = 32;
/// What stands before a frame's payload.
const PREFIX_BYTES: usize = 56;
const MAGIC: &[u8; 8] = b"TBWALv1\n";
const SALT: [u8; 16] = [7; 16];

/// The target.
pub static TARGET: Target = Target {
    name: "log",
    run,
    samples,
    length_max: 32 * 1024,
    inputs: 250,
    allowance: Allowance {
        bytes_per_byte: 24,
        // A described frame takes a page at least, and the file is kept, read and copied; beside it the databases.
        bytes: 4 * BYTES_RESERVED + 8 * FRAMES_MAX * PAGE,
    },
};

/// A frame as `node/src/storage/wal/frame.rs` describes it.
fn seal(salt: &[u8; 16], sequence: u64, payload: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(sequence.to_le_bytes());
    bytes.extend((payload.len() as u64).to_le_bytes());
    bytes.extend([0; 32]);
    bytes.extend(payload);
    bytes.resize(bytes.len().next_multiple_of(PAGE), 0);
    let mut hasher = blake3::Hasher::new();
    hasher.update(salt);
    hasher.update(&bytes[..24]);
    hasher.update(&bytes[PREFIX_BYTES..]);
    bytes[24..PREFIX_BYTES].copy_from_slice(hasher.finalize().as_bytes());
    bytes
}

fn height() -> Height {
    Height(BLOCKS as u64 + 1)
}

/// The content `data` describes: as it is, or frames with whole checksums around whatever payloads.
fn content(data: &[u8]) -> Vec<u8> {
    match data.split_first() {
        Some((0, raw)) => raw.to_vec(),
        Some((_, mut rest)) => {
            let header = encode(&(WAL_FORMAT, TOWN.chain_id(), SALT, height()));
            let mut bytes = seal(&[0; 16], 0, &header);
            for sequence in 1..=FRAMES_MAX as u64 {
                let Some((length, after)) = rest.split_first_chunk::<2>() else {
                    break;
                };
                let length = usize::from(u16::from_le_bytes(*length)).min(after.len());
                let (payload, after) = after.split_at(length);
                bytes.extend(seal(&SALT, sequence, payload));
                rest = after;
            }
            bytes
        }
        None => Vec::new(),
    }
}

/// Opens a log over what `data` describes, writes on it, and opens it again.
pub fn run(data: &[u8]) -> Outcome {
    let disk = STORED.disk.clone_whole();
    let content = content(data);
    disk.put(DiskFile::Wal, &content);
    let open = || Storage::open_memory(&disk, TOWN.chain_id());
    let opened = match open() {
        Ok(opened) => opened,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return Outcome::Refused;
        }
    };
    if let Some(torn) = opened.torn_tail {
        assert_eq!(torn.offset + torn.bytes, content.len() as u64);
    }
    let mut storage = opened.storage;
    let wal = &mut storage.wal;
    let height = wal.height();
    let mut entries = wal.entries(height).expect("it was read just now");
    let entry = b"an entry more".to_vec();
    wal.append(&entry).expect("a disk in memory takes it");
    wal.sync().expect("a disk in memory takes it");
    entries.push(entry);
    drop(storage);
    let again = open().expect("it was whole, and a frame was added");
    assert_eq!(again.torn_tail, None);
    assert_eq!(again.storage.wal.height(), height);
    assert_eq!(again.storage.wal.entries(height).ok(), Some(entries));
    Outcome::Taken
}

/// The log on the disk as it is, cut and described; and none.
pub fn samples() -> Vec<Vec<u8>> {
    let whole = STORED.disk.content(DiskFile::Wal).expect("it is there");
    let entries = |entries: &[(u8, &[u8])]| encode(&entries.to_vec());
    let described = |payloads: &[Vec<u8>]| {
        let parts = payloads.iter().map(|it| {
            let length = u16::try_from(it.len()).expect("payloads of samples are short");
            [&length.to_le_bytes()[..], it].concat()
        });
        [vec![1], parts.collect::<Vec<_>>().concat()].concat()
    };
    // An item is a height (0) or an entry (1).
    let mark = [&1_u32.to_le_bytes()[..], &[0], &height().0.to_le_bytes()].concat();
    vec![
        Vec::new(),
        [&[0][..], &whole].concat(),
        [&[0][..], &whole[..whole.len() - 7]].concat(),
        described(&[entries(&[(1, b"one")]), entries(&[(1, b""), (1, b"two")])]),
        described(&[mark, entries(&[(1, &[9; 5_000])])]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_described_frame_is_taken_for_what_it_is() {
        let disk = STORED.disk.clone_whole();
        disk.put(DiskFile::Wal, &content(&samples()[3]));
        let opened = Storage::open_memory(&disk, TOWN.chain_id()).expect("whole");
        assert_eq!(opened.torn_tail, None);
        let entries = opened.storage.wal.entries(height()).expect("whole");
        assert_eq!(entries, [&b"one"[..], b"", b"two"]);
    }
}
