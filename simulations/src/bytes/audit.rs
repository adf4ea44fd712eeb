//! A chain to audit, as a node hands it out: nothing but the true blocks is ever followed.

use ledger_core::audit::Audit;
use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec::encode;

use super::world::OFFICE;
use super::{Allowance, Outcome, Target, decoded};

/// The longest archive read here, in bytes.
const BYTES_MAX: usize = 256 * 1024;

/// The target.
pub static TARGET: Target = Target {
    name: "audit",
    run,
    samples,
    length_max: BYTES_MAX,
    inputs: 120,
    allowance: Allowance {
        bytes_per_byte: 24,
        // The state before the first block.
        bytes: 256 * 1024,
    },
};

/// Reads `data` as a part of an archive, and audits it from the genesis document on.
pub fn run(data: &[u8]) -> Outcome {
    let Some(part) = decoded::<Vec<(Block, CommitCertificate)>>(data, BYTES_MAX) else {
        return Outcome::Refused;
    };
    let mut audit = Audit::begin(&OFFICE.genesis).expect("the offices' document is in order");
    for ((block, certificate), true_one) in part.iter().zip(&OFFICE.blocks) {
        match audit.follow(block, certificate) {
            Ok(_) => assert_eq!(block, true_one.block.as_ref()),
            Err(error) => {
                assert!(!error.to_string().is_empty());
                break;
            }
        }
    }
    Outcome::Taken
}

/// The whole chain, and parts of it.
pub fn samples() -> Vec<Vec<u8>> {
    let part = |count: usize| {
        let blocks = OFFICE.blocks.iter().take(count);
        let pairs: Vec<_> = blocks
            .map(|it| (it.block.as_ref().clone(), it.certificate.clone()))
            .collect();
        encode(&pairs)
    };
    (1..=OFFICE.blocks.len()).map(part).collect()
}
