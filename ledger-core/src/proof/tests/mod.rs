//! Tests that every broken link of a proof is found, and named for what it is.

mod bundle;
mod chain;
mod checkpoint;
mod flips;
mod record;
mod trust;

use super::*;
use crate::block::{HEADER_VERSION, Header};
use crate::certificate::{CommitCertificate, CommitSignature};
use crate::hash::Hash;
use crate::id::{BlockId, ChainId, Height, OrganisationId};
use crate::signature::{Purpose, SecretKey};
use crate::state::tree::{prove, update};
use crate::state::{MemoryState, RecordChanges, StateKey, StateWrites};
use crate::time::TimestampMs;
use crate::validator::{Validator, ValidatorAddress, ValidatorSet};

const CHAIN: ChainId = ChainId(Hash([9; 32]));
const KEY: StateKey = StateKey::Supply;

fn keys(seed: u8) -> Vec<SecretKey> {
    (0..4)
        .map(|i| SecretKey::from_seed(&[seed.wrapping_add(i); 32]))
        .collect()
}

fn set_of(keys: &[SecretKey]) -> ValidatorSet {
    let mut validators: Vec<Validator> = keys
        .iter()
        .map(|key| Validator {
            organisation: OrganisationId(320_102),
            consensus_key: key.public_key(),
            peer_key: key.public_key(),
            power: 1,
        })
        .collect();
    validators.sort_by_key(|validator| validator.consensus_key);
    ValidatorSet::new(validators).unwrap()
}

fn trusted(keys: &[SecretKey], since: u64) -> TrustedSet {
    TrustedSet {
        chain_id: CHAIN,
        since: Height(since),
        set: set_of(keys),
    }
}

fn certify(header: &Header, signers: &[SecretKey]) -> CommitCertificate {
    certify_in_round(header, 0, signers)
}

fn certify_in_round(header: &Header, round: u32, signers: &[SecretKey]) -> CommitCertificate {
    let mut certificate = CommitCertificate {
        height: header.height,
        round,
        block_id: header.id(),
        signatures: Vec::new(),
    };
    let sign = |key: &SecretKey| {
        let validator = ValidatorAddress::of(&key.public_key());
        let vote = certificate.vote(header.chain_id, validator);
        CommitSignature {
            validator,
            signature: key.sign(Purpose::Vote, &vote.signed_bytes()),
        }
    };
    let mut signatures: Vec<_> = signers.iter().map(sign).collect();
    signatures.sort_by_key(|commit| commit.validator);
    certificate.signatures = signatures;
    certificate
}

fn header(height: u64, current: &[SecretKey], next: &[SecretKey], since: u64) -> Header {
    Header {
        version: HEADER_VERSION,
        chain_id: CHAIN,
        height: Height(height),
        time_ms: TimestampMs(height.saturating_mul(1_000)),
        parent: BlockId(Hash::ZERO),
        proposer: ValidatorAddress::of(&current[0].public_key()),
        transactions_root: Hash::ZERO,
        receipts_root: Hash::ZERO,
        state_root: Hash::ZERO,
        validators_hash: set_of(current).set_hash(),
        next_validators_hash: set_of(next).set_hash(),
        last_set_change: Height(since),
    }
}

/// A state with a hundred records; `KEY` holds `b"value"`.
fn state() -> MemoryState {
    let mut records: RecordChanges = (0..100u8).map(|i| (vec![200, i], Some(vec![i]))).collect();
    records.insert(KEY.to_bytes(), Some(b"value".to_vec()));
    let mut state = MemoryState::default();
    let tree = update(&state, &records).unwrap();
    state.apply(&StateWrites {
        records,
        tree,
        ..StateWrites::default()
    });
    state
}

fn proof_at(height: u64, signers: &[SecretKey], since: u64) -> RecordProof {
    let state = state();
    let mut header = header(height, signers, signers, since);
    header.state_root = state.root();
    RecordProof {
        key: KEY.to_bytes(),
        value: Some(b"value".to_vec()),
        tree_proof: prove(&state, &KEY.to_bytes()).unwrap(),
        certificate: certify(&header, signers),
        header,
    }
}
