//! A block, as peers send it and files keep it, and its execution; and a header alone.

use ledger_core::block::{BLOCK_BYTES_MAX, Block, Header};
use ledger_core::ledger::{ApplyError, apply_block, transactions_root};
use timebank_node::storage::CommittedBlock;

use super::world::{AllVerified, OFFICE, TOWN};
use super::{Allowance, Outcome, Target, decoded};

/// The target.
pub static TARGET: Target = Target {
    name: "block",
    run,
    samples,
    length_max: 64 * 1024,
    inputs: 3_000,
    allowance: Allowance {
        bytes_per_byte: 24,
        bytes: 192 * 1024,
    },
};

/// Decodes `data` as a block, a committed block and a header; executes what is a block on the state of the town.
pub fn run(data: &[u8]) -> Outcome {
    if let Some(header) = decoded::<Header>(data, BLOCK_BYTES_MAX) {
        assert_eq!(header.id(), header.id());
        return Outcome::Taken;
    }
    let committed = decoded::<CommittedBlock>(data, BLOCK_BYTES_MAX);
    let block = match &committed {
        Some(committed) => Some(committed.block.as_ref().clone()),
        None => decoded::<Block>(data, BLOCK_BYTES_MAX),
    };
    let Some(block) = block else {
        return Outcome::Refused;
    };
    execute(&block);
    Outcome::Taken
}

/// A block that executes is the one its header names: everything in the header follows from the rest.
fn execute(block: &Block) {
    let (state, tip) = &TOWN.before;
    match apply_block(state, tip, block, &AllVerified) {
        Ok(execution) => {
            assert_eq!(execution.writes.tree.root, block.header.state_root);
            assert_eq!(
                transactions_root(&block.transactions),
                block.header.transactions_root
            );
        }
        Err(ApplyError::Invalid(error)) => assert!(!error.to_string().is_empty()),
        Err(ApplyError::State(error)) => panic!("a state in memory fails: {error}"),
    }
}

/// Blocks of both chains, with their certificates and without, and headers.
pub fn samples() -> Vec<Vec<u8>> {
    let blocks = TOWN.blocks.iter().rev().take(40).chain(&OFFICE.blocks);
    let mut samples = Vec::new();
    for decided in blocks {
        samples.push(ledger_core::codec::encode(decided.block.as_ref()));
        samples.push(ledger_core::codec::encode(&CommittedBlock {
            block: decided.block.clone(),
            certificate: decided.certificate.clone(),
        }));
        samples.push(ledger_core::codec::encode(&decided.block.header));
    }
    samples
}
