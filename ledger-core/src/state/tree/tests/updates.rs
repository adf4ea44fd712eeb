//! Updates: against the model, in any order and batches, on damaged nodes.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

/// Numbers of keys in the universe of the property tests: few enough that keys are met again, many enough to split.
const KEYS: u32 = 400;

/// A third of the keys are scattered, the others share long prefixes, so that there are deep and narrow parts.
fn key_of(number: u32) -> Hash {
    match number % 9 {
        0..=2 => scattered(number),
        3..=5 => clustered(7, number),
        6..=7 => clustered(19, number),
        _ => clustered(249, number),
    }
}

fn change() -> impl Strategy<Value = HashedChange> {
    (0..KEYS, prop::option::weighted(0.6, 0u32..3))
        .prop_map(|(key, value)| (key_of(key), value.map(scattered)))
}

fn batches() -> impl Strategy<Value = Vec<Vec<HashedChange>>> {
    let small = prop::collection::vec(change(), 0..20);
    let large = prop::collection::vec(change(), 150..400);
    let batch = prop_oneof![3 => small, 1 => large].prop_map(|changes| {
        // A batch changes each key once.
        BTreeMap::from_iter(changes).into_iter().collect()
    });
    prop::collection::vec(batch, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_batches_give_the_models_tree(batches in batches()) {
        let mut pair = Pair::default();
        for batch in &batches {
            pair.apply(batch);
        }
    }

    #[test]
    fn only_the_last_value_matters_not_the_batches_or_their_order(
        batches in batches(),
        shuffle in prop::collection::vec(any::<u64>(), 400),
    ) {
        let mut pair = Pair::default();
        for batch in &batches {
            pair.apply(batch);
        }
        let mut at_once: Vec<_> = pair
            .model
            .iter()
            .map(|(key, value)| (*key, Some(*value)))
            .zip(shuffle)
            .collect();
        at_once.sort_by_key(|(_, order)| *order);
        let at_once: Vec<_> = at_once.into_iter().map(|(change, _)| change).collect();
        let update = update_hashed(&Nodes::default(), at_once).unwrap();
        prop_assert_eq!(update.root, pair.root);
        let nodes = update.nodes.into_iter().map(|(path, node)| (path, node.unwrap()));
        prop_assert_eq!(nodes.collect::<BTreeMap<_, _>>(), pair.tree.stored);
    }

    #[test]
    fn damaged_nodes_are_errors_or_other_roots_but_never_a_panic(
        setup in batches(),
        changes in prop::collection::vec(change(), 1..60),
        victim in any::<Index>(),
        damage in damage(),
    ) {
        let mut pair = Pair::default();
        for batch in &setup {
            pair.apply(batch);
        }
        if pair.tree.stored.is_empty() {
            return Ok(());
        }
        let paths: Vec<NodePath> = pair.tree.stored.keys().copied().collect();
        let path = paths[victim.index(paths.len())];
        damage.inflict(&mut pair.tree.stored, path, &paths);
        let _ = update_hashed(&pair.tree, changes.clone());
        for (key, _) in changes {
            if let Ok(proof) = prove_hashed(&pair.tree, &key)
                && let Ok(value) = proof.verify_hashed(pair.root, &key)
            {
                prop_assert_eq!(value, pair.model.get(&key).copied());
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Damage {
    Missing,
    Copied(Index),
    Bucket(Vec<u32>),
    Inner(u64, u32),
    Count(u64),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        Just(Damage::Missing),
        any::<Index>().prop_map(Damage::Copied),
        prop::collection::vec(0..KEYS, 0..40).prop_map(Damage::Bucket),
        (any::<u64>(), 0..KEYS).prop_map(|(count, hash)| Damage::Inner(count, hash)),
        prop_oneof![0..100u64, any::<u64>()].prop_map(Damage::Count),
    ]
}

impl Damage {
    fn inflict(self, stored: &mut BTreeMap<NodePath, Node>, path: NodePath, paths: &[NodePath]) {
        let node = match self {
            Damage::Missing => {
                stored.remove(&path);
                return;
            }
            Damage::Copied(other) => stored[&paths[other.index(paths.len())]].clone(),
            Damage::Bucket(keys) => Node::Bucket(
                keys.into_iter()
                    .map(|key| (key_of(key), scattered(key)))
                    .collect(),
            ),
            Damage::Inner(count, hash) => Node::Inner {
                count,
                left: scattered(hash),
                right: empty_hash(),
            },
            Damage::Count(count) => match &stored[&path] {
                Node::Inner { left, right, .. } => Node::Inner {
                    count,
                    left: *left,
                    right: *right,
                },
                bucket @ Node::Bucket(_) => bucket.clone(),
            },
        };
        stored.insert(path, node);
    }
}

#[test]
fn grows_and_shrinks_as_the_model_does() {
    let mut pair = Pair::default();
    let all: Vec<_> = (0..2_000)
        .map(|n| (scattered(n), Some(scattered(n + 1))))
        .collect();
    for batch in all.chunks(61) {
        pair.apply(batch);
    }
    let gone: Vec<_> = all.iter().map(|(key, _)| (*key, None)).collect();
    for batch in gone.chunks(37) {
        pair.apply(batch);
    }
    assert_eq!(pair.root, empty_hash());
    assert!(pair.tree.stored.is_empty());
}

#[test]
fn a_bucket_splits_at_its_33rd_record_and_is_whole_again_at_32() {
    let mut pair = Pair::default();
    let key = |n| (scattered(n), Some(scattered(n)));
    pair.apply(&(0..32).map(key).collect::<Vec<_>>());
    assert_eq!(pair.tree.stored.len(), 1);
    let whole = pair.root;
    pair.apply(&[key(32)]);
    assert_eq!(pair.tree.stored.len(), 3);
    pair.apply(&[(scattered(32), None)]);
    assert_eq!(pair.tree.stored.len(), 1);
    assert_eq!(pair.root, whole);
}

#[test]
fn key_hashes_alike_in_their_first_250_bits_reach_the_last_ones() {
    let mut pair = Pair::default();
    let keys: Vec<Hash> = (0..64)
        .map(|last| {
            let mut key = scattered(0);
            key.0[31] = (key.0[31] & 0b1100_0000) | last;
            key
        })
        .collect();
    pair.apply(
        &keys
            .iter()
            .map(|key| (*key, Some(*key)))
            .collect::<Vec<_>>(),
    );
    let deepest = pair.tree.stored.keys().map(|path| path.length).max();
    assert_eq!(deepest, Some(251));
    for key in &keys {
        let proof = prove_hashed(&pair.tree, key).unwrap();
        assert_eq!(proof.siblings.len(), 251);
        assert_eq!(proof.verify_hashed(pair.root, key), Ok(Some(*key)));
    }
    // One bucket's worth is left, and with it one node.
    pair.apply(
        &keys[..32]
            .iter()
            .map(|key| (*key, None))
            .collect::<Vec<_>>(),
    );
    assert_eq!(pair.tree.stored.len(), 1);
}

#[test]
fn an_update_that_changes_nothing_writes_nothing() {
    let mut pair = Pair::default();
    pair.apply(
        &(0..500)
            .map(|n| (scattered(n), Some(scattered(n))))
            .collect::<Vec<_>>(),
    );
    let same = (0..100).map(|n| (scattered(n), Some(scattered(n))));
    let absent = (600..700).map(|n| (scattered(n), None));
    for changes in [Vec::new(), same.chain(absent).collect()] {
        let update = update_hashed(&pair.tree, changes).unwrap();
        assert_eq!(update.root, pair.root);
        assert_eq!(update.nodes, BTreeMap::new());
    }
    assert_eq!(
        update_hashed(&Nodes::default(), Vec::new()).unwrap().root,
        empty_hash()
    );
}

#[test]
fn an_update_reads_each_node_on_the_way_to_a_change_once_and_no_other() {
    let mut pair = Pair::default();
    pair.apply(
        &(0..5_000)
            .map(|n| (scattered(n), Some(scattered(n))))
            .collect::<Vec<_>>(),
    );
    pair.tree.read.borrow_mut().clear();
    let changed: Vec<Hash> = (0..10).map(scattered).collect();
    let changes = changed.iter().map(|key| (*key, Some(Hash::ZERO))).collect();
    let update = update_hashed(&pair.tree, changes).unwrap();
    let mut read = pair.tree.read.borrow().clone();
    read.sort();
    let on_the_way = |path: &&NodePath| changed.iter().any(|key| path.covers(key));
    let expected: Vec<_> = pair
        .tree
        .stored
        .keys()
        .filter(on_the_way)
        .copied()
        .collect();
    assert_eq!(read, expected);
    assert_eq!(update.nodes.into_keys().collect::<Vec<_>>(), expected);
}

#[test]
fn nodes_that_cannot_stand_where_they_are_found_are_named() {
    let setup = || {
        let mut pair = Pair::default();
        pair.apply(
            &(0..40)
                .map(|n| (scattered(n), Some(scattered(n))))
                .collect::<Vec<_>>(),
        );
        pair.tree.stored
    };
    let left = NodePath::ROOT.child(Side::Left);
    let in_left = (0..40).map(scattered).find(|key| left.covers(key)).unwrap();
    let Node::Bucket(entries) = setup()[&left].clone() else {
        panic!("20 or so records are a bucket")
    };
    let Node::Inner {
        left: left_hash,
        right: right_hash,
        ..
    } = setup()[&NodePath::ROOT]
    else {
        panic!("40 records are more than a bucket")
    };
    let inner = |count| Node::Inner {
        count,
        left: left_hash,
        right: right_hash,
    };
    let reversed = entries.iter().rev().copied().collect();
    let foreign = vec![(
        (0..40)
            .map(scattered)
            .find(|key| !left.covers(key))
            .unwrap(),
        Hash::ZERO,
    )];
    let long = (0..33u8).map(|n| (Hash([n; 32]), Hash::ZERO)).collect();
    let cases = [
        (left, None, "it is missing"),
        (
            left,
            Some(Node::Bucket(Vec::new())),
            "it is an empty bucket",
        ),
        (
            left,
            Some(Node::Bucket(reversed)),
            "it is a bucket out of order",
        ),
        (
            left,
            Some(Node::Bucket(foreign)),
            "it is a bucket with entries of another place",
        ),
        (
            left,
            Some(Node::Bucket(long)),
            "it is a bucket with too many entries",
        ),
        (
            NodePath::ROOT,
            Some(inner(32)),
            "it is an inner node over a bucket's worth of records",
        ),
        (left, Some(inner(33)), "it is missing"),
        (
            NodePath::ROOT,
            Some(inner(u64::MAX)),
            "its count is beyond 64 bits",
        ),
    ];
    for (path, node, reason) in cases {
        let mut tree = Nodes {
            stored: setup(),
            ..Nodes::default()
        };
        tree.apply(&TreeUpdate {
            root: Hash::ZERO,
            nodes: [(path, node)].into(),
        });
        let mut added = in_left;
        added.0[31] ^= 1;
        let error = update_hashed(&tree, vec![(added, Some(in_left))]).unwrap_err();
        assert!(
            error.reason.contains(reason),
            "{error} should say: {reason}"
        );
    }
}

#[test]
fn paths_cover_what_begins_with_their_bits() {
    let key = scattered(1);
    for length in 0..=256 {
        let path = NodePath::of(&key, length);
        assert_eq!(path, path_of(&bits(&key)[..usize::from(length)]));
        assert!(path.covers(&key));
        for bit in 0..256 {
            let mut other = key;
            other.0[usize::from(bit / 8)] ^= bit_mask(bit);
            assert_eq!(path.covers(&other), bit >= length);
        }
        if length < 256 {
            assert_eq!(
                path.child(Side::of(&key, length)),
                NodePath::of(&key, length + 1)
            );
        }
    }
}
