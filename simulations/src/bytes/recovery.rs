//! What the consensus log says of the height in progress, whatever it says: a node that starts repeats it, or observes.

use ledger_core::block::{Block, Header};
use ledger_core::codec::encode;
use ledger_core::genesis::Genesis;
use ledger_core::validator::ValidatorAddress;
use std::sync::{Arc, LazyLock};
use timebank_node::consensus::{
    BlockValidity, ConsensusMessage, LastSigned, TimeoutKey, TimeoutKind,
};
use timebank_node::replica::{Replica, ReplicaConfig, ReplicaEffect, ReplicaInput};
use timebank_node::storage::{MemoryDisk, Storage};

use super::world::OFFICE;
use super::{Allowance, BYTES_RESERVED, Outcome, Target, consensus_message};
use crate::city;

/// The most entries of one input.
const ENTRIES_MAX: usize = 64;
/// Whose log it is: a validator of the first height.
const NODE: usize = 0;

/// The target.
pub static TARGET: Target = Target {
    name: "recovery",
    run,
    samples,
    length_max: 16 * 1024,
    inputs: 100,
    allowance: Allowance {
        bytes_per_byte: 48,
        // Two databases, the state of genesis, and a replica.
        bytes: 4 * BYTES_RESERVED,
    },
};

/// A disk on which nothing was ever decided.
static EMPTY: LazyLock<Arc<MemoryDisk>> = LazyLock::new(|| {
    let disk = MemoryDisk::new();
    let opened = Storage::open_memory(&disk, OFFICE.chain_id()).expect("an empty disk works");
    let record = LastSigned::NOTHING.encode();
    opened
        .storage
        .last_signed
        .store(&record)
        .expect("an empty disk works");
    disk
});

/// Reads `data` as entries, each with its length in two bytes; starts a node over them, twice.
pub fn run(data: &[u8]) -> Outcome {
    let disk = EMPTY.clone_whole();
    let works = "a disk in memory works";
    let opened = Storage::open_memory(&disk, OFFICE.chain_id()).expect(works);
    let mut wal = opened.storage.wal;
    wal.reset(OFFICE.blocks[0].block.header.height)
        .expect(works);
    let mut rest = data;
    for _ in 0..ENTRIES_MAX {
        let Some((length, after)) = rest.split_first_chunk::<2>() else {
            break;
        };
        let length = usize::from(u16::from_le_bytes(*length)).min(after.len());
        let (entry, after) = after.split_at(length);
        wal.append(entry).expect(works);
        rest = after;
    }
    wal.sync().expect(works);
    drop((wal, opened.storage.blocks, opened.storage.state));
    drop((opened.storage.last_signed, opened.storage.directory));
    let first = start(&disk, &OFFICE.genesis);
    // What a node repeats after one start it repeats after the next.
    let second = start(&disk, &OFFICE.genesis);
    if first.halted || second.halted {
        return Outcome::Refused;
    }
    assert!(first.said.iter().all(|it| second.said.contains(it)));
    Outcome::Taken
}

/// What a start came to.
struct Started {
    halted: bool,
    /// Messages to all.
    said: Vec<Vec<u8>>,
}

fn start(disk: &Arc<MemoryDisk>, genesis: &Genesis) -> Started {
    let storage = Storage::open_memory(disk, genesis.chain_id())
        .expect("it was in order a moment ago")
        .storage;
    let config = ReplicaConfig::new(city::consensus_key(NODE));
    let mut replica =
        Replica::open(config, genesis.clone(), storage).expect("it was in order a moment ago");
    let effects = replica.handle(ReplicaInput::Start, city::START_MS + 1_000);
    let mut started = Started {
        halted: false,
        said: Vec::new(),
    };
    for effect in effects {
        match effect {
            ReplicaEffect::Publish { bytes, .. } => started.said.push(bytes),
            ReplicaEffect::Halt(fault) => {
                assert!(!fault.to_string().is_empty());
                started.halted = true;
            }
            _ => {}
        }
    }
    started
}

/// As `node/src/replica/proposals.rs` writes it: an entry of the host (0), or a block (1).
fn of_host(kind: u8, entry: &impl borsh::BorshSerialize) -> Vec<u8> {
    encode(&(0_u8, encode(&(kind, encode_raw(entry)))))
}

/// Bytes that are encoded as themselves, without a length.
struct Raw(Vec<u8>);

impl borsh::BorshSerialize for Raw {
    fn serialize<W: std::io::Write>(&self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(&self.0)
    }
}

fn encode_raw(value: &impl borsh::BorshSerialize) -> Raw {
    Raw(encode(value))
}

/// A log with every kind of entry, about the first height; and one of each alone.
pub fn samples() -> Vec<Vec<u8>> {
    let block: &Block = &OFFICE.blocks[0].block;
    let header: &Header = &block.header;
    let mut entries = vec![encode(&(1_u8, encode_raw(block)))];
    let checked = (header.clone(), 0_u32, None::<u32>, header.proposer);
    entries.push(of_host(2, &(checked, BlockValidity::Valid)));
    let timeout = TimeoutKey {
        height: header.height,
        round: 0,
        kind: TimeoutKind::Propose,
    };
    entries.push(of_host(3, &timeout));
    for message in consensus_message::messages_about(header) {
        match message {
            ConsensusMessage::Vote(vote) => entries.push(of_host(0, &vote)),
            ConsensusMessage::Proposal(proposal) => entries.push(of_host(1, &proposal)),
            ConsensusMessage::Polka(polka) => entries.push(of_host(4, &polka)),
            ConsensusMessage::Round(_) | ConsensusMessage::Commit(_) => {}
        }
    }
    let own = ValidatorAddress::of(&city::consensus_key(NODE).public_key());
    assert!(OFFICE.genesis.validators.by_address(&own).is_some());
    let framed = |entry: &Vec<u8>| {
        let length = u16::try_from(entry.len()).expect("entries of samples are short");
        [&length.to_le_bytes()[..], entry].concat()
    };
    let mut samples: Vec<Vec<u8>> = entries.iter().map(framed).collect();
    samples.push(samples.concat());
    samples.push(Vec::new());
    samples
}
