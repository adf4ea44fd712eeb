//! Updates: against the model, in any order and batches.

use std::thread;

use proptest::prelude::*;

use super::super::update::update_in_parts;
use super::*;

/// Numbers of keys in the universe of the property tests: few enough that keys are met again, many enough to split.
pub(super) const KEYS: u32 = 400;

/// A third of the keys are scattered, the others share long prefixes, so that there are deep and narrow parts.
pub(super) fn key_of(number: u32) -> Hash {
    match number % 9 {
        0..=2 => scattered(number),
        3..=5 => clustered(7, number),
        6..=7 => clustered(19, number),
        _ => clustered(249, number),
    }
}

pub(super) fn change() -> impl Strategy<Value = HashedChange> {
    (0..KEYS, prop::option::weighted(0.6, 0u32..3))
        .prop_map(|(key, value)| (key_of(key), value.map(scattered)))
}

pub(super) fn batches() -> impl Strategy<Value = Vec<Vec<HashedChange>>> {
    let small = prop::collection::vec(change(), 0..20);
    let large = prop::collection::vec(change(), 150..400);
    let batch = prop_oneof![3 => small, 1 => large].prop_map(|changes| {
        // A batch changes each key once.
        BTreeMap::from_iter(changes).into_iter().collect()
    });
    prop::collection::vec(batch, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

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
    fn parts_of_any_size_make_the_same_update(batches in batches(), part_max in 1_usize..100) {
        let mut pair = Pair::default();
        for batch in &batches {
            let whole = update_in_parts(&pair.tree, batch.clone(), 0).unwrap();
            let in_parts = update_in_parts(&pair.tree, batch.clone(), part_max).unwrap();
            prop_assert_eq!(whole, in_parts);
            pair.apply(batch);
        }
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
    // One inner node, in a branch, over two buckets.
    assert_eq!(pair.tree.stored.len(), 3);
    pair.apply(&[(scattered(32), None)]);
    assert_eq!(pair.tree.stored.len(), 1);
    assert_eq!(pair.root, whole);
}

/// The stack an update of the deepest tree may take: a part of what any thread is given.
const STACK_MAX: usize = 1024 * 1024;

#[test]
fn key_hashes_alike_in_their_first_250_bits_reach_the_last_ones() {
    let deepest = thread::Builder::new()
        .stack_size(STACK_MAX)
        .spawn(change_the_deepest_tree);
    deepest.unwrap().join().unwrap();
}

fn change_the_deepest_tree() {
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
        assert_eq!(update.nodes, Vec::new());
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
    let written: Vec<_> = update.nodes.iter().map(|(path, _)| *path).collect();
    assert_eq!(written, expected);
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
