//! Commit certificates and evidence: what proves a decision or an equivocation, and everything that does not.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
#![expect(clippy::arithmetic_side_effects, reason = "the numbers are small")]

use ledger_core::certificate::{
    CertificateError, CommitCertificate, CommitSignature, Evidence, EvidenceError, SignedVote,
    Vote, VoteStep,
};
use ledger_core::codec::{decode, encode};
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, ChainId, Height, OrganisationId};
use ledger_core::signature::{Purpose, SecretKey, Signature};
use ledger_core::validator::{VALIDATORS_MAX, Validator, ValidatorAddress, ValidatorSet};
use proptest::prelude::*;

const CHAIN: ChainId = ChainId(Hash([1; 32]));
const OTHER_CHAIN: ChainId = ChainId(Hash([2; 32]));
const BLOCK: BlockId = BlockId(Hash([3; 32]));
const OTHER_BLOCK: BlockId = BlockId(Hash([4; 32]));
const HEIGHT: Height = Height(7);
const ROUND: u32 = 1;

fn secret(number: u8) -> SecretKey {
    SecretKey::from_seed(&[number; 32])
}

fn address(number: u8) -> ValidatorAddress {
    ValidatorAddress::of(&secret(number).public_key())
}

/// The set of validators 0, 1, … with these powers.
fn set(powers: &[u64]) -> ValidatorSet {
    let mut validators: Vec<_> = (0u8..)
        .zip(powers)
        .map(|(number, power)| Validator {
            organisation: OrganisationId(u64::from(number)),
            consensus_key: secret(number).public_key(),
            peer_key: secret(number ^ 0x80).public_key(),
            power: *power,
        })
        .collect();
    validators.sort_by_key(|validator| validator.consensus_key);
    ValidatorSet::new(validators).unwrap()
}

fn precommit(number: u8) -> Vote {
    Vote {
        chain_id: CHAIN,
        height: HEIGHT,
        round: ROUND,
        step: VoteStep::Precommit,
        block_id: Some(BLOCK),
        validator: address(number),
    }
}

fn signed(number: u8, vote: Vote) -> SignedVote {
    let signature = secret(number).sign(Purpose::Vote, &vote.signed_bytes());
    SignedVote { vote, signature }
}

/// What `number` puts in a certificate after signing `vote`.
fn commit(number: u8, vote: Vote) -> CommitSignature {
    CommitSignature {
        validator: address(number),
        signature: signed(number, vote).signature,
    }
}

/// A certificate by these validators.
fn certificate(signers: impl IntoIterator<Item = u8>) -> CommitCertificate {
    let commits = signers
        .into_iter()
        .map(|number| commit(number, precommit(number)));
    let mut signatures: Vec<_> = commits.collect();
    signatures.sort_by_key(|commit| commit.validator);
    CommitCertificate {
        height: HEIGHT,
        round: ROUND,
        block_id: BLOCK,
        signatures,
    }
}

fn verify(certificate: &CommitCertificate, set: &ValidatorSet) -> Result<(), CertificateError> {
    certificate.verify(CHAIN, HEIGHT, BLOCK, set)
}

#[test]
fn a_quorum_decides_and_less_does_not() {
    let four = set(&[1; 4]);
    assert_eq!(verify(&certificate(0..4), &four), Ok(()));
    assert_eq!(verify(&certificate(1..4), &four), Ok(()));
    let no_quorum = |power, total| Err(CertificateError::NoQuorum { power, total });
    assert_eq!(verify(&certificate(0..2), &four), no_quorum(2, 4));
    assert_eq!(verify(&certificate([]), &four), no_quorum(0, 4));
    // Exactly two thirds are no quorum.
    let three = set(&[1; 3]);
    assert_eq!(verify(&certificate(0..2), &three), no_quorum(2, 3));
    assert_eq!(verify(&certificate(0..3), &three), Ok(()));
    // Power counts, not heads.
    let heavy = set(&[10, 1, 1, 1]);
    assert_eq!(verify(&certificate([0]), &heavy), Ok(()));
    assert_eq!(verify(&certificate(1..4), &heavy), no_quorum(3, 13));
}

#[test]
fn rejects_a_certificate_for_another_height_block_chain_or_round() {
    let set = set(&[1; 4]);
    let good = certificate(0..4);
    assert_eq!(
        good.verify(CHAIN, Height(8), BLOCK, &set),
        Err(CertificateError::Height {
            expected: Height(8),
            actual: HEIGHT
        })
    );
    assert_eq!(
        good.verify(CHAIN, HEIGHT, OTHER_BLOCK, &set),
        Err(CertificateError::Block {
            expected: OTHER_BLOCK,
            actual: BLOCK
        })
    );
    let on_other_chain = good.verify(OTHER_CHAIN, HEIGHT, BLOCK, &set);
    assert_eq!(on_other_chain, Err(CertificateError::Signature));
    let mut relabelled = good.clone();
    relabelled.round = 0;
    assert_eq!(verify(&relabelled, &set), Err(CertificateError::Signature));
    relabelled = good.clone();
    relabelled.height = Height(8);
    let moved = relabelled.verify(CHAIN, Height(8), BLOCK, &set);
    assert_eq!(moved, Err(CertificateError::Signature));
    relabelled = good;
    relabelled.block_id = OTHER_BLOCK;
    let swapped = relabelled.verify(CHAIN, HEIGHT, OTHER_BLOCK, &set);
    assert_eq!(swapped, Err(CertificateError::Signature));
}

#[test]
fn rejects_a_signer_who_is_repeated_or_out_of_order() {
    let set = set(&[1; 4]);
    let good = certificate(0..4);
    for place in 0..4 {
        let mut repeated = certificate(0..4);
        repeated.signatures.insert(place, good.signatures[place]);
        let validator = good.signatures[place].validator;
        let refused = Err(CertificateError::SignerOrder { validator });
        assert_eq!(verify(&repeated, &set), refused);
    }
    // One signer four times is not four signers.
    let mut alone = good.clone();
    alone.signatures = vec![good.signatures[0]; 4];
    let validator = good.signatures[0].validator;
    assert_eq!(
        verify(&alone, &set),
        Err(CertificateError::SignerOrder { validator })
    );
    for pair in 0..3 {
        let mut swapped = good.clone();
        swapped.signatures.swap(pair, pair + 1);
        let validator = good.signatures[pair].validator;
        assert_eq!(
            verify(&swapped, &set),
            Err(CertificateError::SignerOrder { validator })
        );
    }
}

#[test]
fn rejects_a_signer_who_is_no_validator_even_beside_a_quorum() {
    let set = set(&[1; 4]);
    let foreign = Err(CertificateError::ForeignSigner {
        validator: address(9),
    });
    assert_eq!(verify(&certificate([0, 1, 2, 3, 9]), &set), foreign);
    assert_eq!(verify(&certificate([0, 1, 9]), &set), foreign);
}

#[test]
fn rejects_more_signatures_than_a_set_has_members() {
    let numbers = 0..=u8::try_from(VALIDATORS_MAX).unwrap();
    let count = VALIDATORS_MAX + 1;
    let refused = Err(CertificateError::TooMany { count });
    assert_eq!(verify(&certificate(numbers), &set(&[1; 4])), refused);
}

#[test]
fn rejects_votes_that_are_no_precommits_for_the_block() {
    let set = set(&[1; 4]);
    let instead: [fn(&mut Vote); 6] = [
        |vote| vote.step = VoteStep::Prevote,
        |vote| vote.block_id = None,
        |vote| vote.block_id = Some(OTHER_BLOCK),
        |vote| vote.round += 1,
        |vote| vote.height = Height(8),
        |vote| vote.validator = address(0),
    ];
    for change in instead {
        let mut bad = certificate(0..4);
        let commit_of_3 = bad
            .signatures
            .iter_mut()
            .find(|c| c.validator == address(3));
        let mut vote = precommit(3);
        change(&mut vote);
        *commit_of_3.unwrap() = commit(3, vote);
        assert_eq!(verify(&bad, &set), Err(CertificateError::Signature));
    }
    // A signature for another purpose over the same bytes is none, nor is another validator's.
    let bytes = precommit(3).signed_bytes();
    for signature in [
        secret(3).sign(Purpose::Proposal, &bytes),
        secret(3).sign(Purpose::Transaction, &bytes),
        secret(2).sign(Purpose::Vote, &bytes),
        Signature([0; 64]),
    ] {
        let mut bad = certificate(0..4);
        for commit in &mut bad.signatures {
            if commit.validator == address(3) {
                commit.signature = signature;
            }
        }
        assert_eq!(verify(&bad, &set), Err(CertificateError::Signature));
    }
}

#[test]
fn no_changed_byte_leaves_a_certificate_valid() {
    let set = set(&[1; 4]);
    let bytes = encode(&certificate(0..3));
    for place in 0..bytes.len() {
        for change in [1, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[place] ^= change;
            if let Ok(certificate) = decode::<CommitCertificate>(&changed, changed.len()) {
                assert!(
                    verify(&certificate, &set).is_err(),
                    "byte {place} ^ {change}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn signers_decide_exactly_when_they_have_more_than_two_thirds(
        members in prop::collection::vec((1u64..50, any::<bool>()), 1..12),
    ) {
        let powers: Vec<u64> = members.iter().map(|(power, _)| *power).collect();
        let signers = (0u8..).zip(&members).filter(|(_, (_, signs))| *signs);
        let certificate = certificate(signers.map(|(number, _)| number));
        let power: u64 = members.iter().filter(|(_, signs)| *signs).map(|(power, _)| power).sum();
        let total: u64 = powers.iter().sum();
        let expected = if 3 * power > 2 * total {
            Ok(())
        } else {
            Err(CertificateError::NoQuorum { power, total })
        };
        prop_assert_eq!(verify(&certificate, &set(&powers)), expected);
    }
}

#[test]
fn a_small_certificate_keeps_the_greatest_powers_up_to_a_quorum() {
    let set = set(&[1, 5, 1, 3]);
    let small = certificate(0..4).minimal(&set);
    let mut kept: Vec<_> = [address(1), address(3)].into();
    kept.sort();
    let signers: Vec<_> = small.signatures.iter().map(|it| it.validator).collect();
    assert_eq!(signers, kept, "8 of 10");
    assert_eq!(verify(&small, &set), Ok(()));
    let none = certificate([0, 1, 2]);
    assert_eq!(none.minimal(&set), none, "7 of 10 stay, 6 would not do");
    let no_quorum = certificate([0, 2]);
    assert_eq!(no_quorum.minimal(&set), no_quorum);
}

/// Two contradicting precommits of validator 0, the second changed.
fn evidence(change: impl FnOnce(&mut Vote)) -> Evidence {
    let mut other = precommit(0);
    other.block_id = Some(OTHER_BLOCK);
    change(&mut other);
    Evidence::new(signed(0, precommit(0)), signed(0, other))
}

fn check(evidence: &Evidence) -> Result<(), EvidenceError> {
    evidence.verify(CHAIN, &secret(0).public_key())
}

#[test]
fn two_values_in_one_step_prove_an_equivocation_in_any_order() {
    let changes: [fn(&mut Vote); 2] = [|_| {}, |vote| vote.block_id = None];
    for change in changes {
        let evidence = evidence(change);
        assert_eq!(check(&evidence), Ok(()));
        let (first, second) = (evidence.first.clone(), evidence.second.clone());
        assert_eq!(Evidence::new(second.clone(), first.clone()), evidence);
        let reversed = Evidence {
            first: second,
            second: first,
        };
        assert_eq!(check(&reversed), Err(EvidenceError::Order));
    }
    let prevote = |block_id| {
        let mut vote = precommit(0);
        (vote.step, vote.block_id) = (VoteStep::Prevote, block_id);
        signed(0, vote)
    };
    assert_eq!(
        check(&Evidence::new(prevote(Some(BLOCK)), prevote(None))),
        Ok(())
    );
}

#[test]
fn votes_that_do_not_contradict_each_other_prove_nothing() {
    let changes: [fn(&mut Vote); 7] = [
        |vote| vote.block_id = Some(BLOCK),
        |vote| vote.round += 1,
        |vote| vote.height = Height(8),
        |vote| vote.step = VoteStep::Prevote,
        |vote| vote.chain_id = OTHER_CHAIN,
        |vote| vote.validator = address(1),
        |vote| (vote.round, vote.block_id) = (0, None),
    ];
    for change in changes {
        let evidence = evidence(change);
        assert_eq!(check(&evidence), Err(EvidenceError::NoContradiction));
    }
    let real = evidence(|_| {});
    let key = secret(0).public_key();
    let elsewhere = real.verify(OTHER_CHAIN, &key);
    assert_eq!(elsewhere, Err(EvidenceError::NoContradiction));
    let of_another = real.verify(CHAIN, &secret(1).public_key());
    assert_eq!(of_another, Err(EvidenceError::NoContradiction));
}

#[test]
fn nobody_is_proven_guilty_by_votes_he_did_not_sign() {
    let real = evidence(|_| {});
    let unsigned: [fn(&mut Evidence); 4] = [
        |forged| forged.first.signature = Signature([0; 64]),
        |forged| forged.second.signature = forged.first.signature,
        |forged| forged.first.signature = forged.second.signature,
        |forged| forged.second = signed(1, forged.second.vote.clone()),
    ];
    for change in unsigned {
        let mut forged = real.clone();
        change(&mut forged);
        assert_eq!(check(&forged), Err(EvidenceError::Signature));
    }
    let bytes = encode(&real);
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        if let Ok(forged) = decode::<Evidence>(&changed, changed.len()) {
            assert!(check(&forged).is_err(), "byte {place}");
        }
    }
}
