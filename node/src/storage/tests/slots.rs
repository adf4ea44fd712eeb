//! The two slots of the record of the last signature: torn at any sector, and damaged at any place.

use super::life::record;
use crate::storage::{DiskFile, LastSignedFound, LastSignedStore, MemoryDisk, memory_disk};

const PAGE: usize = 4_096;
const SECTOR: usize = 512;

fn open(disk: &std::sync::Arc<MemoryDisk>) -> LastSignedStore {
    LastSignedStore::open(&memory_disk::lock(disk).unwrap()).unwrap()
}

fn load(content: &[u8]) -> LastSignedFound {
    let disk = MemoryDisk::new();
    disk.put(DiskFile::LastSigned, content);
    open(&disk).load().unwrap()
}

/// The file after so many records.
fn file_after(records: u64) -> Vec<u8> {
    let disk = MemoryDisk::new();
    let store = open(&disk);
    for height in 1..=records {
        store.store(&record(height)).unwrap();
    }
    disk.content(DiskFile::LastSigned).unwrap()
}

#[test]
fn the_newest_record_is_found_after_any_number_of_them() {
    for records in 1..7 {
        let content = file_after(records);
        assert_eq!(content.len(), 2 * PAGE);
        assert_eq!(load(&content), LastSignedFound::Fresh(record(records)));
        // And a store that is opened anew goes on behind it.
        let disk = MemoryDisk::new();
        disk.put(DiskFile::LastSigned, &content);
        open(&disk).store(&record(9)).unwrap();
        assert_eq!(
            open(&disk).load().unwrap(),
            LastSignedFound::Fresh(record(9))
        );
    }
}

#[test]
fn a_record_torn_between_any_sectors_leaves_the_one_before_or_is_there() {
    for records in 2..5 {
        let (before, after) = (file_after(records - 1), file_after(records));
        let mut doubted = 0;
        for sectors in 0..1_u32 << (PAGE / SECTOR) {
            let mut torn = before.clone();
            for (number, sector) in after.chunks(SECTOR).enumerate() {
                if sectors >> (number % (PAGE / SECTOR)) & 1 == 1 {
                    torn[number * SECTOR..][..SECTOR].copy_from_slice(sector);
                }
            }
            match load(&torn) {
                LastSignedFound::Fresh(found) => {
                    assert_eq!(found == record(records), torn == after);
                    assert!(torn == after || torn == before, "{sectors:b}");
                }
                LastSignedFound::Doubtful(found) => {
                    assert_eq!(found, record(records - 1));
                    doubted += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(doubted > 100, "{doubted}");
    }
}

#[test]
fn a_wrong_bit_anywhere_leaves_doubt() {
    let content = file_after(5);
    for bit in (0..content.len() * 8).step_by(13) {
        let mut damaged = content.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let intact = if bit / 8 < PAGE { record(5) } else { record(4) };
        assert_eq!(load(&damaged), LastSignedFound::Doubtful(intact), "{bit}");
    }
    // The fifth lies in the second slot, as each with an odd number.
    assert_eq!(load(&content[..PAGE]), LastSignedFound::Doubtful(record(4)));
    assert_eq!(load(&[]), LastSignedFound::Damaged);
}

#[test]
fn a_write_that_was_lost_before_the_last_one_leaves_doubt() {
    let (third, sixth) = (file_after(3), file_after(6));
    // The fifth was lost: its slot still has the third.
    let mixed = [&sixth[..PAGE], &third[PAGE..]].concat();
    assert_eq!(load(&mixed), LastSignedFound::Doubtful(record(6)));
    // A write that went astray over the other slot leaves none in its own place.
    let astray = [&third[..PAGE], &sixth[..PAGE]].concat();
    assert_eq!(load(&astray), LastSignedFound::Doubtful(record(6)));
}
