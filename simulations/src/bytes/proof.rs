//! Proofs of records, which a wallet believes: as JSON and as bytes. Nothing is ever proven that is not so.

use ledger_core::codec::encode;
use ledger_core::id::Height;
use ledger_core::proof::{RecordProof, TrustedSet};
use ledger_core::state::StateKey;

use super::proven;
use super::world::OFFICE;
use super::{Allowance, BYTES_RESERVED, Outcome, Target, decoded};

/// The longest encoding read here, in bytes.
const BYTES_MAX: usize = 256 * 1024;

/// The target.
pub static TARGET: Target = Target {
    name: "proof",
    run,
    samples,
    length_max: 64 * 1024,
    inputs: 700,
    allowance: Allowance {
        bytes_per_byte: 16,
        bytes: BYTES_RESERVED + 96 * 1024,
    },
};

/// Reads `data` as a proof, and checks it for every key there is a sample of.
pub fn run(data: &[u8]) -> Outcome {
    let proof = decoded::<RecordProof>(data, BYTES_MAX).or_else(|| {
        let proof: RecordProof = serde_json::from_slice(data).ok()?;
        let text = serde_json::to_vec(&proof).expect("a proof has text keys only");
        let again: RecordProof = serde_json::from_slice(&text).expect("it was written as JSON");
        assert_eq!(again, proof);
        Some(proof)
    });
    let Some(proof) = proof else {
        return Outcome::Refused;
    };
    let world = &*OFFICE;
    let trusted = TrustedSet {
        chain_id: world.chain_id(),
        since: world.changes[0].header.height,
        set: world.changes[0].next.clone(),
    };
    let genesis = TrustedSet {
        chain_id: world.chain_id(),
        since: Height::GENESIS,
        set: world.genesis.validators.clone(),
    };
    for key in keys() {
        if let Ok(value) = proof.verify(&key, &trusted) {
            // The only block by this set that samples are proven against is the last.
            assert_eq!(proof.header, world.last().block.header);
            assert_eq!(value, proven::read(world, &key.to_bytes()).as_deref());
        }
        assert!(proof.verify(&key, &genesis).is_err());
    }
    assert!(proof.check_age(world.tip.time_ms, u64::MAX).is_ok());
    Outcome::Taken
}

/// Some that exist and some that do not.
fn keys() -> [StateKey; 5] {
    let account = OFFICE.genesis.accounts[0].id();
    [
        StateKey::Account(account),
        StateKey::Supply,
        StateKey::Validators,
        StateKey::Recovery(account),
        StateKey::Members(account),
    ]
}

/// Proofs against the last block, of what exists and what does not.
pub fn samples() -> Vec<Vec<u8>> {
    let world = &*OFFICE;
    let mut samples = Vec::new();
    for key in keys() {
        let proof = proven::record(world, &key);
        samples.push(encode(&proof));
        samples.push(serde_json::to_vec(&proof).expect("a proof has text keys only"));
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_that_is_a_sample_is_believed() {
        let proof: RecordProof = decoded(&samples()[0], BYTES_MAX).expect("a sample");
        let trusted = TrustedSet {
            chain_id: OFFICE.chain_id(),
            since: OFFICE.changes[0].header.height,
            set: OFFICE.changes[0].next.clone(),
        };
        let value = proof.verify(&keys()[0], &trusted).expect("it is true");
        assert!(value.is_some());
    }
}
