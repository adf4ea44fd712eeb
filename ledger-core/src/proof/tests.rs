//! Tests that every broken link of a proof is found, and named for what it is.

use super::*;
use crate::certificate::CommitSignature;
use crate::id::{BlockId, OrganisationId};
use crate::signature::{Purpose, SecretKey};
use crate::state::tree::{prove, update};
use crate::state::{MemoryState, RecordChanges, StateWrites};
use crate::validator::{Validator, ValidatorAddress};

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
    let mut certificate = CommitCertificate {
        height: header.height,
        round: 0,
        block_id: header.id(),
        signatures: Vec::new(),
    };
    let sign = |key: &SecretKey| {
        let validator = ValidatorAddress::of(&key.public_key());
        let vote = certificate.vote(CHAIN, validator);
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

#[test]
fn a_record_is_proven_and_so_is_its_absence() {
    let office = keys(1);
    let proof = proof_at(7, &office, 0);
    assert_eq!(
        proof.verify(&KEY, &trusted(&office, 0)),
        Ok(Some(b"value".as_slice()))
    );
    let mut absence = proof.clone();
    absence.key = StateKey::Chain.to_bytes();
    absence.value = None;
    absence.tree_proof = prove(&state(), &StateKey::Chain.to_bytes()).unwrap();
    assert_eq!(
        absence.verify(&StateKey::Chain, &trusted(&office, 0)),
        Ok(None)
    );
    absence.value = Some(b"x".to_vec());
    assert_eq!(
        absence.verify(&StateKey::Chain, &trusted(&office, 0)),
        Err(ProofError::Tree(TreeProofError::Absent))
    );
}

#[test]
fn a_proof_survives_json() {
    let proof = proof_at(7, &keys(1), 0);
    let json = serde_json::to_string(&proof).unwrap();
    assert_eq!(serde_json::from_str::<RecordProof>(&json).unwrap(), proof);
}

#[test]
fn refuses_the_proof_of_another_record() {
    let office = keys(1);
    let proof = proof_at(7, &office, 0);
    assert!(matches!(
        proof.verify(&StateKey::Chain, &trusted(&office, 0)),
        Err(ProofError::OtherRecord { .. })
    ));
}

#[test]
fn refuses_another_value_and_a_foreign_tree() {
    let office = keys(1);
    let mut proof = proof_at(7, &office, 0);
    proof.value = Some(b"more".to_vec());
    assert!(matches!(
        proof.verify(&KEY, &trusted(&office, 0)),
        Err(ProofError::Tree(TreeProofError::OtherValue { .. }))
    ));
    let mut proof = proof_at(7, &office, 0);
    proof.tree_proof.bucket[0].1 = Hash::ZERO;
    assert!(matches!(
        proof.verify(&KEY, &trusted(&office, 0)),
        Err(ProofError::Tree(_))
    ));
}

#[test]
fn refuses_a_header_that_was_not_the_one_certified() {
    let office = keys(1);
    let mut proof = proof_at(7, &office, 0);
    proof.header.time_ms = TimestampMs(99_000);
    assert!(matches!(
        proof.verify(&KEY, &trusted(&office, 0)),
        Err(ProofError::Certificate {
            reason: CertificateError::Block { .. },
            ..
        })
    ));
}

#[test]
fn refuses_another_chain() {
    let office = keys(1);
    let mut other = trusted(&office, 0);
    other.chain_id = ChainId(Hash::ZERO);
    assert!(matches!(
        proof_at(7, &office, 0).verify(&KEY, &other),
        Err(ProofError::OtherChain { .. })
    ));
}

#[test]
fn refuses_a_foreign_set_a_missing_quorum_and_a_forged_signature() {
    let (office, strangers) = (keys(1), keys(50));
    assert!(matches!(
        proof_at(7, &strangers, 0).verify(&KEY, &trusted(&office, 0)),
        Err(ProofError::ForeignSet { .. })
    ));
    let mut proof = proof_at(7, &office, 0);
    proof.certificate = certify(&proof.header, &office[..2]);
    assert!(matches!(
        proof.verify(&KEY, &trusted(&office, 0)),
        Err(ProofError::Certificate {
            reason: CertificateError::NoQuorum { power: 2, total: 4 },
            ..
        })
    ));
    proof.certificate = certify(&proof.header, &strangers);
    assert!(matches!(
        proof.verify(&KEY, &trusted(&office, 0)),
        Err(ProofError::Certificate {
            reason: CertificateError::ForeignSigner { .. },
            ..
        })
    ));
    proof.certificate = certify(&proof.header, &office);
    proof.certificate.signatures[1].signature.0[3] ^= 1;
    assert!(matches!(
        proof.verify(&KEY, &trusted(&office, 0)),
        Err(ProofError::Certificate {
            reason: CertificateError::Signature,
            ..
        })
    ));
}

#[test]
fn refuses_a_proof_older_than_allowed() {
    let proof = proof_at(7, &keys(1), 0);
    assert_eq!(proof.check_age(TimestampMs(8_000), 1_000), Ok(()));
    assert_eq!(
        proof.check_age(TimestampMs(8_001), 1_000),
        Err(ProofError::Stale {
            time_ms: TimestampMs(7_000),
            age_ms: 1_001,
            age_ms_max: 1_000
        })
    );
    assert_eq!(
        proof.check_age(TimestampMs(0), 0),
        Ok(()),
        "a block ahead of the wallet's clock is not old"
    );
}

#[test]
fn follows_the_changes_of_the_set_one_by_one_and_only_so() {
    let (first, second, third) = (keys(1), keys(50), keys(100));
    let change = |height, from: &[SecretKey], to: &[SecretKey], since| {
        let header = header(height, from, to, since);
        SetChange {
            certificate: certify(&header, from),
            header,
            next: set_of(to),
        }
    };
    let genesis = trusted(&first, 0);
    let (one, two) = (change(5, &first, &second, 0), change(9, &second, &third, 5));
    let now = genesis
        .follow(&one)
        .and_then(|set| set.follow(&two))
        .unwrap();
    assert_eq!(now, trusted(&third, 9));
    let proof = proof_at(12, &third, 9);
    assert!(proof.verify(&KEY, &now).is_ok());
    assert!(matches!(
        proof.verify(&KEY, &genesis),
        Err(ProofError::SetNotFollowed { .. })
    ));
    assert!(matches!(
        genesis.follow(&two),
        Err(ProofError::SetNotFollowed { .. })
    ));
    let mut other = one.clone();
    other.next = set_of(&third);
    assert!(matches!(
        genesis.follow(&other),
        Err(ProofError::OtherNextSet { .. })
    ));
    // A former set has no say about blocks after its time.
    assert!(matches!(
        proof_at(12, &first, 0).verify(&KEY, &now),
        Err(ProofError::SetNotFollowed { .. })
    ));
}
