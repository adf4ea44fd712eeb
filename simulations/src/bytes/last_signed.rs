//! The record of a node's last signature, any content of its file: the truth, or nothing, and then the node observes.

use timebank_node::consensus::{LastSigned, SignedStep};
use timebank_node::storage::last_signed::RECORD_BYTES_MAX;
use timebank_node::storage::{DiskFile, LastSignedFound, MemoryDisk, Storage};

use super::disk::STORED;
use super::world::TOWN;
use super::{Allowance, BYTES_RESERVED, Outcome, Target};

/// The target.
pub static TARGET: Target = Target {
    name: "last_signed",
    run,
    samples,
    length_max: 2_048,
    inputs: 300,
    allowance: Allowance {
        bytes_per_byte: 8,
        // Everything a node keeps is opened.
        bytes: 2 * BYTES_RESERVED,
    },
};

fn load(disk: &std::sync::Arc<MemoryDisk>) -> LastSignedFound {
    let opened = Storage::open_memory(disk, TOWN.chain_id()).expect("all else is in order");
    let found = opened.storage.last_signed.load();
    found.expect("a file in memory can be read")
}

/// Puts `data` in the record's place, and reads it.
pub fn run(data: &[u8]) -> Outcome {
    let decoded = LastSigned::decode(data);
    if let Ok(record) = &decoded {
        assert_eq!(record.encode(), data);
        return Outcome::Taken;
    }
    let disk = STORED.disk.clone_whole();
    disk.put(DiskFile::LastSigned, data);
    match load(&disk) {
        LastSignedFound::Fresh(record)
        | LastSignedFound::Doubtful(record)
        | LastSignedFound::Copied(record) => {
            assert!(record.len() <= RECORD_BYTES_MAX);
            Outcome::Taken
        }
        LastSignedFound::Damaged => Outcome::Refused,
        LastSignedFound::Missing => panic!("a file that is there is not missing"),
    }
}

/// Records as they are stored, and bare.
pub fn samples() -> Vec<Vec<u8>> {
    let records = [
        LastSigned::NOTHING,
        LastSigned {
            height: TOWN.tip.height,
            round: 3,
            step: SignedStep::Propose,
            block_id: Some(TOWN.tip.block_id),
            valid_round: Some(2),
        },
    ];
    let disk = STORED.disk.clone_whole();
    let mut samples = Vec::new();
    for record in records {
        let encoded = record.encode();
        disk.forge_last_signed(&encoded);
        samples.push(disk.content(DiskFile::LastSigned).expect("it is there"));
        samples.push(encoded);
    }
    samples
}
