//! The state tree from outside: the vectors of `docs/state-tree.md`, and proofs of real records.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeMap;

use ledger_core::certificate::VoteStep;
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, Height, OrganisationId};
use ledger_core::state::tree::{
    self, TREE_PROOF_BYTES_MAX, TreeProof, TreeProofError, key_hash, value_hash,
};
use ledger_core::state::{MemoryState, RecordChanges, StateKey, StateWrites};
use ledger_core::validator::ValidatorAddress;

const SPECIFICATION: &str = include_str!("../../docs/state-tree.md");

/// Applies changes to the records and the tree of `state`.
fn apply(state: &mut MemoryState, records: RecordChanges) {
    let tree = tree::update(state, &records).unwrap();
    state.apply(&StateWrites {
        records,
        tree,
        ..StateWrites::default()
    });
}

/// The tree of the first `count` numbered records of the specification.
fn numbered(count: u32) -> MemoryState {
    let mut state = MemoryState::default();
    apply(&mut state, (0..count).map(numbered_record).collect());
    state
}

fn numbered_record(number: u32) -> (Vec<u8>, Option<Vec<u8>>) {
    let value = u16::try_from(number).unwrap().to_le_bytes();
    (number.to_be_bytes().to_vec(), Some(value.to_vec()))
}

/// The words of each line of the specification's block of vectors.
fn vector_lines() -> Vec<Vec<&'static str>> {
    let (_, after) = SPECIFICATION.split_once("```vectors\n").unwrap();
    let (block, _) = after.split_once("```").unwrap();
    block
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect()
}

fn hash_of_text(text: &str) -> Hash {
    text.parse().unwrap()
}

#[test]
fn the_vectors_of_the_specification_hold() {
    let mut growing = MemoryState::default();
    let (mut key, mut value) = (Vec::new(), Vec::new());
    let mut proof = None;
    let mut proof_hex = String::new();
    let mut kinds = BTreeMap::new();
    for line in vector_lines() {
        let mut count = |kind| *kinds.entry(kind).or_insert(0) += 1;
        match line[..] {
            ["empty", root] => {
                count("empty");
                apply(&mut growing, RecordChanges::new());
                assert_eq!(growing.root(), hash_of_text(root));
            }
            ["record", key_text, value_text] => {
                key = hex::decode(key_text).unwrap();
                value = hex::decode(value_text.trim_matches('-')).unwrap();
                let record = (key.clone(), Some(value.clone()));
                apply(&mut growing, [record].into());
            }
            ["key-hash", expected] => assert_eq!(key_hash(&key), hash_of_text(expected)),
            ["value-hash", expected] => assert_eq!(value_hash(&value), hash_of_text(expected)),
            ["root", expected] => {
                count("record");
                assert_eq!(growing.root(), hash_of_text(expected));
            }
            ["numbered", number, "root", expected] => {
                count("numbered");
                let state = numbered(number.parse().unwrap());
                assert_eq!(state.root(), hash_of_text(expected));
            }
            [
                "proof",
                "numbered",
                number,
                "present",
                present,
                "absent",
                absent,
            ] => {
                count("proof");
                proof = Some([number, present, absent].map(|text| text.parse::<u32>().unwrap()));
            }
            [hex] if proof.is_some() => proof_hex.push_str(hex),
            ref other => panic!("a line that is not understood: {other:?}"),
        }
    }
    let expected = [("empty", 1), ("numbered", 3), ("proof", 1), ("record", 4)];
    assert_eq!(kinds, BTreeMap::from(expected));

    let [count, present, absent] = proof.unwrap();
    let bytes = hex::decode(proof_hex).unwrap();
    let proof: TreeProof = codec::decode(&bytes, TREE_PROOF_BYTES_MAX).unwrap();
    let state = numbered(count);
    for (number, expected) in [(present, numbered_record(present).1), (absent, None)] {
        let key = number.to_be_bytes();
        assert_eq!(tree::prove(&state, &key).unwrap(), proof);
        let checked = proof.verify_record(state.root(), &key, expected.as_deref());
        assert_eq!(checked, Ok(()));
    }
}

#[test]
fn the_longest_proof_is_as_long_as_the_specification_says() {
    assert_eq!(TREE_PROOF_BYTES_MAX, 10_248);
    assert!(SPECIFICATION.contains("At most 10,248 bytes."));
    let longest = TreeProof {
        siblings: vec![Hash::ZERO; 256],
        bucket: vec![(Hash::ZERO, Hash::ZERO); 32],
    };
    assert_eq!(codec::encode(&longest).len(), TREE_PROOF_BYTES_MAX);
}

/// A state with records of two kinds.
fn small_city() -> (MemoryState, Vec<Vec<u8>>) {
    let mut records = RecordChanges::new();
    for number in 0..200u8 {
        let keys = [
            StateKey::Account(AccountId([number; 20])),
            StateKey::Organisation(OrganisationId(u64::from(number))),
        ];
        for key in keys {
            records.insert(key.to_bytes(), Some(vec![number; usize::from(number)]));
        }
    }
    let keys = records.keys().cloned().collect();
    let mut state = MemoryState::default();
    apply(&mut state, records);
    (state, keys)
}

#[test]
fn records_are_proven_with_their_value_and_no_other() {
    let (state, keys) = small_city();
    for key in keys {
        let proof = tree::prove(&state, &key).unwrap();
        let (_, value) = state.records().find(|(other, _)| *other == key).unwrap();
        let actual = value_hash(value);
        assert_eq!(proof.verify(state.root(), &key), Ok(Some(actual)));
        let verify = |value| proof.verify_record(state.root(), &key, value);
        assert_eq!(verify(Some(value)), Ok(()));
        assert_eq!(verify(None), Err(TreeProofError::Present { actual }));
        let other = [value, &[0]].concat();
        let claimed = value_hash(&other);
        assert_eq!(
            verify(Some(&other)),
            Err(TreeProofError::OtherValue { claimed, actual })
        );
    }
}

#[test]
fn absence_is_proven_before_a_record_is_made_and_after_it_is_deleted() {
    let (mut state, _) = small_city();
    let before = state.clone();
    let validator = ValidatorAddress([7; 20]);
    let key = StateKey::Evidence(validator, Height(9), 1, VoteStep::Precommit).to_bytes();
    let prove_absent = |state: &MemoryState| {
        let proof = tree::prove(state, &key).unwrap();
        assert_eq!(proof.verify_record(state.root(), &key, None), Ok(()));
        let claimed = proof.verify_record(state.root(), &key, Some(b""));
        assert_eq!(claimed, Err(TreeProofError::Absent));
        proof
    };
    let absent = prove_absent(&state);
    apply(&mut state, [(key.clone(), Some(Vec::new()))].into());
    assert_ne!(state.root(), before.root());
    let stale = absent.verify(state.root(), &key);
    assert!(matches!(stale, Err(TreeProofError::Root { .. })));
    apply(&mut state, [(key.clone(), None)].into());
    assert_eq!(state, before);
    prove_absent(&state);
}

#[test]
fn a_proof_is_the_same_through_json_and_borsh() {
    let (state, keys) = small_city();
    let proof = tree::prove(&state, &keys[0]).unwrap();
    let json = serde_json::to_value(&proof).unwrap();
    assert_eq!(json["siblings"][0], proof.siblings[0].to_string());
    assert_eq!(json["bucket"][0][1], proof.bucket[0].1.to_string());
    assert_eq!(serde_json::from_value::<TreeProof>(json).unwrap(), proof);
    let bytes = codec::encode(&proof);
    assert_eq!(codec::decode(&bytes, TREE_PROOF_BYTES_MAX), Ok(proof));
}

#[test]
fn a_proof_among_a_hundred_thousand_records_takes_about_two_kilobytes() {
    let mut state = MemoryState::default();
    let record = |number: u32| (number.to_be_bytes().to_vec(), Some(vec![0; 8]));
    apply(&mut state, (0..100_000).map(record).collect());
    let lengths: Vec<usize> = (0..100_000u32)
        .step_by(100)
        .map(|number| codec::encode(&tree::prove(&state, &number.to_be_bytes()).unwrap()).len())
        .collect();
    let mean = lengths.iter().sum::<usize>() / lengths.len();
    assert!((1_800..2_100).contains(&mean), "the mean is {mean} bytes");
    assert!(lengths.iter().all(|length| *length < 2_700));
}
