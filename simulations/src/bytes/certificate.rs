//! Votes, the certificates that bundle them, and evidence of two votes that contradict each other.

use ledger_core::certificate::{CommitCertificate, Evidence, SignedVote, Vote, VoteStep};
use ledger_core::codec::encode;
use ledger_core::id::{BlockId, Height};
use ledger_core::proof::SetChange;
use ledger_core::signature::Purpose;
use ledger_core::validator::{ValidatorAddress, ValidatorSet, ValidatorSetError};

use super::world::OFFICE;
use super::{Allowance, Outcome, Target, decoded};
use crate::city;

/// The longest encoding read here, in bytes: what a message of consensus may have.
const BYTES_MAX: usize = 32 * 1024;

/// The target.
pub static TARGET: Target = Target {
    name: "certificate",
    run,
    samples,
    length_max: BYTES_MAX,
    inputs: 1_500,
    allowance: Allowance {
        bytes_per_byte: 8,
        // Verifying signatures together needs tables of points.
        bytes: 96 * 1024,
    },
};

/// Decodes `data` as each of them, and checks what it is against the validators of the offices.
pub fn run(data: &[u8]) -> Outcome {
    let set = &OFFICE.genesis.validators;
    let chain_id = OFFICE.chain_id();
    let mut taken = false;
    if let Some(certificate) = decoded::<CommitCertificate>(data, BYTES_MAX) {
        taken = true;
        let decided = &OFFICE.blocks[0];
        let (height, block_id) = (decided.block.header.height, decided.block.id());
        if certificate.verify(chain_id, height, block_id, set).is_ok() {
            // Votes may be left out as long as a quorum remains; none may be added or changed.
            assert!(
                certificate
                    .signatures
                    .iter()
                    .all(|it| decided.certificate.signatures.contains(it))
            );
        }
    }
    if let Some(evidence) = decoded::<Evidence>(data, BYTES_MAX) {
        taken = true;
        if evidence
            .verify(chain_id, &set.as_slice()[0].consensus_key)
            .is_ok()
        {
            assert_eq!(encode(&evidence), encode(&contradiction()));
        }
    }
    taken |= decoded::<SignedVote>(data, BYTES_MAX).is_some();
    taken |= decoded::<SetChange>(data, BYTES_MAX).is_some();
    if let Some(set) = decoded::<ValidatorSet>(data, BYTES_MAX) {
        taken = true;
        // What was decoded is in order, but for keys that are no points, which sign nothing.
        match ValidatorSet::new(set.as_slice().to_vec()) {
            Ok(again) => assert_eq!(again, set),
            Err(ValidatorSetError::Key { .. }) => {}
            Err(error) => panic!("a set that is none was decoded: {error}"),
        }
    }
    if taken {
        Outcome::Taken
    } else {
        Outcome::Refused
    }
}

fn vote(index: usize, block_id: Option<BlockId>) -> SignedVote {
    let key = city::consensus_key(index);
    let vote = Vote {
        chain_id: OFFICE.chain_id(),
        height: Height(1),
        round: 0,
        step: VoteStep::Precommit,
        block_id,
        validator: ValidatorAddress::of(&key.public_key()),
    };
    SignedVote {
        signature: key.sign(Purpose::Vote, &vote.signed_bytes()),
        vote,
    }
}

/// By whoever is first in the set.
fn contradiction() -> Evidence {
    let first = OFFICE.genesis.validators.as_slice()[0].consensus_key;
    let index = (0..4)
        .find(|index| city::consensus_key(*index).public_key() == first)
        .expect("the validators are the offices' keys");
    Evidence::new(
        vote(index, None),
        vote(index, Some(OFFICE.blocks[0].block.id())),
    )
}

/// Some of each.
pub fn samples() -> Vec<Vec<u8>> {
    let mut samples = vec![
        encode(&contradiction()),
        encode(&vote(0, None)),
        encode(&OFFICE.genesis.validators),
        encode(&OFFICE.changes[0]),
    ];
    samples.extend(OFFICE.blocks.iter().map(|it| encode(&it.certificate)));
    samples
}
