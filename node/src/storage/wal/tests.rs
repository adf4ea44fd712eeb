//! Tests of the log: what comes back after a crash, and which damage is noticed.

use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use ledger_core::hash::Hash;
use proptest::prelude::*;

use super::file::LogFile;
use super::*;
use crate::storage::directory::WAL_FILE;
use crate::storage::volume::{FilePlace, SystemVolume};
use crate::storage::{DiskFault, DiskFile, MemoryDisk, Survival, memory_disk};

const CHAIN: ChainId = ChainId(Hash([7; 32]));
const SALT: [u8; 16] = [5; 16];

fn file(directory: &Path) -> Result<LogFile, StorageError> {
    let path = directory.join(WAL_FILE);
    LogFile::open(FilePlace::new(Arc::new(SystemVolume), path))
}

fn open(directory: &Path) -> Result<(Wal, Option<TornTail>), StorageError> {
    Wal::open(file(directory)?, CHAIN, SALT)
}

fn open_memory(disk: &Arc<MemoryDisk>) -> Result<(Wal, Option<TornTail>), StorageError> {
    let file = LogFile::open(memory_disk::lock(disk)?.place(WAL_FILE))?;
    Wal::open(file, CHAIN, SALT)
}

fn entry(number: u8, length: usize) -> Vec<u8> {
    vec![number; length]
}

/// A log of height 4 with these frames, one entry each.
fn filled(lengths: &[usize]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let (mut wal, _) = open(directory.path()).unwrap();
    wal.reset(Height(4)).unwrap();
    for (number, length) in (0..).zip(lengths) {
        wal.append(&entry(number, *length)).unwrap();
        wal.sync().unwrap();
    }
    directory
}

fn bytes(directory: &Path) -> Vec<u8> {
    std::fs::read(directory.join(WAL_FILE)).unwrap()
}

#[test]
fn what_was_synced_is_read_back_and_what_was_not_is_not() {
    let directory = tempfile::tempdir().unwrap();
    {
        let (mut wal, torn) = open(directory.path()).unwrap();
        assert_eq!((wal.height(), torn), (Height(0), None));
        wal.reset(Height(1)).unwrap();
        wal.append(b"first").unwrap();
        wal.append(b"").unwrap();
        wal.sync().unwrap();
        wal.append(&entry(9, 10_000)).unwrap();
        wal.sync().unwrap();
        wal.sync().unwrap();
        wal.append(b"never synced").unwrap();
        assert_eq!(wal.entries(Height(1)).unwrap().len(), 4);
    }
    let (wal, torn) = open(directory.path()).unwrap();
    assert_eq!((wal.height(), torn), (Height(1), None));
    let expected = vec![b"first".to_vec(), Vec::new(), entry(9, 10_000)];
    assert_eq!(wal.entries(Height(1)).unwrap(), expected);
    assert_eq!(wal.entries(Height(2)).unwrap(), Vec::<Vec<u8>>::new());
}

#[test]
fn the_entries_of_a_height_are_its_own() {
    let directory = tempfile::tempdir().unwrap();
    for height in 1..40u8 {
        let (mut wal, _) = open(directory.path()).unwrap();
        assert!(wal.height() < Height(u64::from(height)));
        wal.reset(Height(height.into())).unwrap();
        assert!(wal.entries(Height(height.into())).unwrap().is_empty());
        wal.append(&entry(height, 50)).unwrap();
        wal.sync().unwrap();
        wal.append(&entry(height, 5)).unwrap();
        wal.sync().unwrap();
        let expected = vec![entry(height, 50), entry(height, 5)];
        assert_eq!(wal.entries(wal.height()).unwrap(), expected);
    }
}

#[test]
fn a_reset_that_never_reached_the_disk_leaves_the_height_before() {
    let directory = filled(&[10]);
    {
        let (mut wal, _) = open(directory.path()).unwrap();
        wal.reset(Height(5)).unwrap();
        assert_eq!(wal.height(), Height(5));
    }
    let (wal, _) = open(directory.path()).unwrap();
    assert_eq!(wal.height(), Height(4));
    assert_eq!(wal.entries(Height(4)).unwrap(), vec![entry(0, 10)]);
}

#[test]
fn a_tail_torn_at_any_byte_is_cut_and_the_rest_is_whole() {
    let whole = filled(&[10, 5_000, 300]);
    let content = bytes(whole.path());
    let ends = [4_096, 8_192, 8_192 + 8_192, 8_192 + 8_192 + 4_096];
    assert_eq!(content.len(), ends[3]);
    for length in ends[0]..=content.len() {
        let disk = MemoryDisk::new();
        disk.put(DiskFile::Wal, &content[..length]);
        let open = || open_memory(&disk);
        let (mut wal, tail) = open().unwrap();
        let frames = ends.iter().filter(|end| **end <= length).count() - 1;
        let expected_tail = (!ends.contains(&length)).then(|| TornTail {
            offset: ends[frames] as u64,
            bytes: (length - ends[frames]) as u64,
        });
        assert_eq!(tail, expected_tail);
        let mut expected: Vec<_> = [entry(0, 10), entry(1, 5_000), entry(2, 300)].into();
        expected.truncate(frames);
        let height = if frames == 0 { Height(0) } else { Height(4) };
        assert_eq!(wal.entries(height).unwrap(), expected);
        // And the log goes on from there.
        wal.reset(Height(6)).unwrap();
        wal.append(b"more").unwrap();
        wal.sync().unwrap();
        drop(wal);
        let (wal, tail) = open().unwrap();
        assert_eq!(tail, None);
        assert_eq!(wal.entries(Height(6)).unwrap(), vec![b"more".to_vec()]);
    }
}

#[test]
fn a_last_frame_with_a_wrong_byte_anywhere_is_torn_and_an_earlier_one_is_damage() {
    let whole = filled(&[10, 5_000, 300]);
    let content = bytes(whole.path());
    let last = 16_384;
    for offset in (0..content.len()).step_by(37) {
        let damaged = tempfile::tempdir().unwrap();
        let mut content = content.clone();
        content[offset] ^= 0x10;
        std::fs::write(damaged.path().join(WAL_FILE), &content).unwrap();
        let opened = open(damaged.path()).map(|(_, torn)| torn);
        match opened {
            Ok(Some(torn)) => assert!(offset >= last && torn.offset == last as u64),
            Err(StorageError::WalDamaged { offset: named, .. }) => {
                assert!(offset < last);
                let named = usize::try_from(named).unwrap();
                assert!(named <= offset && offset < named + 8_192);
            }
            outcome => panic!("byte {offset}: {outcome:?}"),
        }
    }
}

#[test]
fn bytes_that_look_like_a_frame_within_a_torn_entry_are_no_frame() {
    // Somebody had a valid frame of another log put into an entry, at every place a frame can begin.
    let other = FrameHeader {
        identity: Identity {
            format: WAL_FORMAT,
            chain_id: CHAIN,
        },
        salt: [6; 16],
        height: Height(4),
    };
    let forged = frame::encode(&other, 99, &vec![Item::Height(Height(9))]);
    let directory = filled(&[10]);
    let (mut wal, _) = open(directory.path()).unwrap();
    let mut entry = vec![0; 4_096 - 56 - 4 - 1 - 4];
    entry.extend(forged.repeat(3));
    wal.append(&entry).unwrap();
    wal.sync().unwrap();
    drop(wal);
    let content = bytes(directory.path());
    assert_eq!(content[12_288..12_296], *b"TBWALv1\n");
    std::fs::write(
        directory.path().join(WAL_FILE),
        &content[..content.len() - 1],
    )
    .unwrap();
    let (_, torn) = open(directory.path()).unwrap();
    assert_eq!(torn.unwrap().offset, 8_192);
}

#[test]
fn a_log_of_another_chain_or_format_is_refused() {
    let directory = filled(&[10]);
    let other = ChainId(Hash([8; 32]));
    match Wal::open(file(directory.path()).unwrap(), other, SALT).map(|_| ()) {
        Err(StorageError::WrongChain {
            expected, actual, ..
        }) => {
            assert_eq!((expected, actual), (other, CHAIN));
        }
        outcome => panic!("{outcome:?}"),
    }
    let header = FrameHeader {
        identity: Identity {
            format: 2,
            chain_id: CHAIN,
        },
        salt: SALT,
        height: Height(0),
    };
    std::fs::write(
        directory.path().join(WAL_FILE),
        frame::encode_header(&header),
    )
    .unwrap();
    assert!(matches!(
        open(directory.path()).map(|_| ()),
        Err(StorageError::WrongFormat { actual: 2, .. })
    ));
}

#[test]
fn a_long_log_begins_anew_at_the_next_height() {
    let directory = tempfile::tempdir().unwrap();
    let (mut wal, _) = open(directory.path()).unwrap();
    for height in 1..=5 {
        wal.reset(Height(height)).unwrap();
        wal.append(&entry(3, 6 * 1024 * 1024)).unwrap();
        wal.sync().unwrap();
        let length = bytes(directory.path()).len();
        assert!(length < 25 * 1024 * 1024, "{length}");
        let (reopened, _) = open(directory.path()).unwrap();
        assert_eq!(reopened.height(), Height(height));
        assert_eq!(reopened.entries(Height(height)).unwrap().len(), 1);
    }
    // A beginning that was cut off leaves a file nobody reads.
    std::fs::write(directory.path().join("consensus.wal.new"), b"half a header").unwrap();
    let (wal, _) = open(directory.path()).unwrap();
    assert_eq!(wal.height(), Height(5));
}

#[test]
fn after_a_failed_write_or_sync_the_log_takes_nothing_more() {
    for fault in [DiskFault::Full, DiskFault::SyncFails] {
        let disk = MemoryDisk::new();
        let (mut wal, _) = open_memory(&disk).unwrap();
        wal.reset(Height(1)).unwrap();
        wal.append(b"kept").unwrap();
        wal.sync().unwrap();
        disk.set_fault(Some(fault));
        wal.append(b"lost").unwrap();
        let error = wal.sync().unwrap_err();
        let full = matches!(error, StorageError::DiskFull { .. });
        assert_eq!(full, fault == DiskFault::Full, "{error}");
        disk.set_fault(None);
        wal.append(b"after").unwrap();
        assert!(matches!(wal.sync(), Err(StorageError::WalStopped { .. })));
        assert!(matches!(
            wal.reset(Height(2)),
            Err(StorageError::WalStopped { .. })
        ));
        disk.crash(Survival::Synced);
        let (wal, _) = open_memory(&disk).unwrap();
        assert_eq!(wal.entries(Height(1)).unwrap(), vec![b"kept".to_vec()]);
    }
}

#[test]
fn what_is_read_back_after_a_kill_is_durable_before_anything_relies_on_it() {
    let entries = vec![b"synced".to_vec(), b"not synced".to_vec()];
    let disk = MemoryDisk::new();
    let (mut wal, _) = open_memory(&disk).unwrap();
    wal.reset(Height(1)).unwrap();
    wal.append(&entries[0]).unwrap();
    wal.sync().unwrap();
    // Written, and the sync fails: the system will not write these pages by itself any more.
    disk.set_fault(Some(DiskFault::SyncFails));
    wal.append(&entries[1]).unwrap();
    wal.sync().unwrap_err();
    disk.set_fault(None);
    disk.crash(Survival::Everything);
    let (wal, torn) = open_memory(&disk).unwrap();
    assert_eq!(
        (wal.entries(Height(1)).unwrap(), torn),
        (entries.clone(), None)
    );
    // Now the power goes.
    disk.crash(Survival::Synced);
    let (wal, _) = open_memory(&disk).unwrap();
    assert_eq!(wal.entries(Height(1)).unwrap(), entries);
}

#[test]
fn damage_after_opening_is_noticed_when_entries_are_read() {
    let directory = filled(&[10, 20]);
    let (wal, _) = open(directory.path()).unwrap();
    let path = directory.path().join(WAL_FILE);
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(&[1], 5_000).unwrap();
    assert!(matches!(
        wal.entries(Height(4)),
        Err(StorageError::WalDamaged { .. })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is done and wherever it crashes, the log holds what was synced, in order, and at most a prefix more.
    #[test]
    fn the_log_is_what_was_synced(steps in prop::collection::vec((0u8..8, 0usize..9_000), 1..60)) {
        let disk = MemoryDisk::new();
        let open = || open_memory(&disk).unwrap().0;
        let mut wal = open();
        let (mut height, mut synced, mut added) = (0u64, Vec::new(), Vec::new());
        let mut durable = (0u64, Vec::new());
        for (what, length) in steps {
            match what {
                0..=3 => {
                    wal.append(&entry(what, length)).unwrap();
                    added.push(entry(what, length));
                }
                4 | 5 => {
                    wal.sync().unwrap();
                    synced.append(&mut added);
                    durable = (height, synced.clone());
                }
                6 => {
                    // The host goes on from what is durable; here, always to a height never used before.
                    height += 1;
                    wal.reset(Height(height)).unwrap();
                    synced.clear();
                    added.clear();
                }
                _ => {
                    disk.crash(Survival::of(length as u64));
                    wal = open();
                    let entries = wal.entries(Height(durable.0)).unwrap();
                    // Nothing is written before a sync, so nothing unsynced can survive.
                    prop_assert_eq!((wal.height().0, &entries), (durable.0, &durable.1));
                    height = height.max(durable.0) + 1;
                    wal.reset(Height(height)).unwrap();
                    synced.clear();
                    added.clear();
                }
            }
        }
    }
}
