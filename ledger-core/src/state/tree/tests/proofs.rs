//! Proofs: every record and every absence is proven, and nothing false is.

use std::collections::BTreeSet;

use super::*;

const RECORDS: u32 = 300;

/// A tree of [`RECORDS`] records, some of them deep.
fn tree() -> Pair {
    let mut pair = Pair::default();
    let scattered_keys = (0..200).map(scattered);
    let clustered_keys = (200..RECORDS).map(|number| clustered(11, number));
    let changes: Vec<_> = scattered_keys
        .chain(clustered_keys)
        .zip(10_000..)
        .map(|(key, number)| (key, Some(scattered(number))))
        .collect();
    pair.apply(&changes);
    pair
}

/// Keys of records, and keys of none: scattered, beside records, and in empty halves.
fn asked_keys(pair: &Pair) -> Vec<Hash> {
    let beside = pair.model.keys().map(|key| {
        let mut beside = *key;
        beside.0[31] ^= 1;
        beside
    });
    let present = pair.model.keys().copied();
    present
        .chain(beside)
        .chain((1_000..1_200).map(scattered))
        .chain((0..11).map(|bits| {
            let mut key = clustered(11, 0);
            key.0[usize::from(bits / 8)] ^= bit_mask(bits);
            key
        }))
        .collect()
}

#[test]
fn every_record_and_every_absence_is_proven() {
    let pair = tree();
    for key in asked_keys(&pair) {
        let proof = prove_hashed(&pair.tree, &key).unwrap();
        assert_eq!(
            proof.verify_hashed(pair.root, &key),
            Ok(pair.model.get(&key).copied())
        );
    }
    let nothing = prove_hashed(&Nodes::default(), &Hash::ZERO).unwrap();
    assert_eq!(nothing.verify_hashed(empty_hash(), &Hash::ZERO), Ok(None));
}

#[test]
fn absence_in_an_empty_half_is_proven_without_a_bucket() {
    let mut pair = Pair::default();
    let changes: Vec<_> = (0..40)
        .map(|n| (clustered(3, n), Some(Hash::ZERO)))
        .collect();
    pair.apply(&changes);
    let mut key = clustered(3, 0);
    key.0[0] ^= 0b1000_0000;
    let proof = prove_hashed(&pair.tree, &key).unwrap();
    assert_eq!((proof.siblings.len(), proof.bucket.len()), (1, 0));
    assert_eq!(proof.verify_hashed(pair.root, &key), Ok(None));
}

#[test]
fn a_proof_proves_nothing_false_about_any_other_key_or_root() {
    let pair = tree();
    let keys = asked_keys(&pair);
    for about in keys.iter().step_by(17) {
        let proof = prove_hashed(&pair.tree, about).unwrap();
        for key in &keys {
            // Keys of one bucket share a proof; whatever is proven is true.
            match proof.verify_hashed(pair.root, key) {
                Ok(value) => assert_eq!(value, pair.model.get(key).copied()),
                Err(_) => assert_ne!(prove_hashed(&pair.tree, key).unwrap(), proof),
            }
        }
        for root in [Hash::ZERO, empty_hash(), proof.bucket[0].0] {
            assert!(proof.verify_hashed(root, about).is_err());
        }
    }
}

#[test]
fn every_flipped_bit_of_a_proof_is_refused() {
    let pair = tree();
    let keys = [
        *pair.model.keys().next().unwrap(),
        *pair.model.keys().nth(150).unwrap(),
        clustered(11, 250),
        clustered(11, 9_999),
        scattered(9_999),
    ];
    for key in keys {
        let bytes = borsh::to_vec(&prove_hashed(&pair.tree, &key).unwrap()).unwrap();
        let mut refusals = BTreeSet::new();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            match crate::codec::decode::<TreeProof>(&flipped, TREE_PROOF_BYTES_MAX) {
                Err(_) => refusals.insert("decode"),
                Ok(proof) => match proof.verify_hashed(pair.root, &key) {
                    Ok(value) => panic!("bit {bit} flipped and {value:?} proven"),
                    Err(TreeProofError::Bucket { reason }) => refusals.insert(reason),
                    Err(TreeProofError::Root { .. }) => refusals.insert("root"),
                    Err(other) => panic!("{other}"),
                },
            };
        }
        assert!(
            refusals.contains("root") && refusals.contains("decode"),
            "{refusals:?}"
        );
    }
}

#[test]
fn a_node_shown_as_another_kind_or_at_another_depth_is_refused() {
    let pair = tree();
    for key in asked_keys(&pair).into_iter().step_by(5) {
        let honest = prove_hashed(&pair.tree, &key).unwrap();
        assert!(!honest.siblings.is_empty());
        // The inner node above, or the bucket itself, shown at every lesser depth.
        for depth in 0..honest.siblings.len() {
            let path = NodePath::of(&key, depth.try_into().unwrap());
            let Some(Node::Inner { left, right, .. }) = pair.tree.node(&path).unwrap() else {
                panic!("an inner node lies above a bucket")
            };
            for bucket in [vec![(left, right)], honest.bucket.clone(), Vec::new()] {
                let siblings = honest.siblings[..depth].to_vec();
                let forged = TreeProof { siblings, bucket };
                assert!(forged.verify_hashed(pair.root, &key).is_err());
            }
        }
        // The bucket shown as an inner node over its first entry, and at every greater depth.
        if let [(first, second), ..] = honest.bucket[..] {
            for (bucket, sibling) in [
                (Vec::new(), first),
                (Vec::new(), second),
                (honest.bucket.clone(), empty_hash()),
                (honest.bucket.clone(), first),
            ] {
                let siblings = [&honest.siblings[..], &[sibling]].concat();
                let forged = TreeProof { siblings, bucket };
                assert!(forged.verify_hashed(pair.root, &key).is_err());
            }
        }
        // A record of the bucket left out, or a foreign one put in.
        for index in 0..honest.bucket.len() {
            let mut forged = honest.clone();
            forged.bucket.remove(index);
            assert!(forged.verify_hashed(pair.root, &key).is_err());
        }
        let mut forged = honest.clone();
        forged.bucket.push((Hash([0xff; 32]), Hash::ZERO));
        assert!(forged.verify_hashed(pair.root, &key).is_err());
    }
}

#[test]
fn what_no_tree_can_hold_is_refused_before_it_is_hashed() {
    let key = scattered(0);
    let proof = |siblings, bucket| TreeProof { siblings, bucket };
    let verify = |proof: TreeProof| proof.verify_hashed(Hash::ZERO, &key);
    assert_eq!(
        verify(proof(vec![Hash::ZERO; 257], Vec::new())),
        Err(TreeProofError::TooDeep { count: 257 })
    );
    let many: Vec<_> = (0..33).map(|n| (Hash([n; 32]), Hash::ZERO)).collect();
    let twice = vec![(key, Hash::ZERO), (key, Hash::ZERO)];
    for bucket in [many, twice] {
        assert!(matches!(
            verify(proof(Vec::new(), bucket)),
            Err(TreeProofError::Bucket { .. })
        ));
    }
    assert!(matches!(
        verify(proof(vec![Hash::ZERO; 256], vec![(key, key)])),
        Err(TreeProofError::Root { .. })
    ));
}

#[test]
fn a_damaged_node_is_not_proven_from() {
    let mut pair = tree();
    let key = *pair.model.keys().next().unwrap();
    let path = *pair
        .tree
        .stored
        .keys()
        .filter(|path| path.covers(&key))
        .max()
        .unwrap();
    let Some(Node::Bucket(mut entries)) = pair.tree.node(&path).unwrap() else {
        panic!("a bucket lies at the end of every way")
    };
    entries[0].1.0[0] ^= 1;
    let bucket = Stored::Bucket(Bucket::of(&entries));
    pair.tree.stored.insert(path, bucket);
    let error = prove_hashed(&pair.tree, &key).unwrap_err();
    assert!(
        error
            .reason
            .contains("its hash is not what its parent says")
    );
}
