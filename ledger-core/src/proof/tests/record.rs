//! Tests that every broken link of a record's proof is found, and named for what it is.

use super::*;
use crate::certificate::CertificateError;
use crate::state::tree::TreeProofError;

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
