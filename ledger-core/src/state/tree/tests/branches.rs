//! Branches: which inner nodes belong to one, how it is written, and that damage to it is noticed.

use proptest::prelude::*;

use super::super::branch::half_place;
use super::updates::batches;
use super::*;
use crate::codec;

/// Far more than any branch takes.
const BYTES_MAX: usize = 4_096;

/// A tree with full branches, and with deep and narrow ones.
fn tree() -> Pair {
    let mut pair = Pair::default();
    let scattered_keys = (0..2_000).map(scattered);
    let clustered_keys = (2_000..2_200).map(|number| clustered(61, number));
    let keys = scattered_keys.chain(clustered_keys);
    pair.apply(&keys.map(|key| (key, Some(key))).collect::<Vec<_>>());
    pair
}

fn branches(pair: &Pair) -> impl Iterator<Item = (&NodePath, &Branch)> {
    pair.tree
        .stored
        .iter()
        .filter_map(|(path, stored)| match stored {
            Stored::Branch(branch) => Some((path, branch)),
            Stored::Bucket(_) => None,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn what_is_stored_is_read_as_it_was_written(batches in batches()) {
        let mut pair = Pair::default();
        for batch in &batches {
            pair.apply(batch);
        }
        for stored in pair.tree.stored.values() {
            let bytes = codec::encode(stored);
            prop_assert_eq!(&codec::decode::<Stored>(&bytes, BYTES_MAX).unwrap(), stored);
        }
    }

    #[test]
    fn bytes_that_are_no_branch_are_refused_and_never_a_panic(
        present in any::<u16>(),
        rest in prop::collection::vec(any::<u8>(), 0..700),
    ) {
        let bytes = [&[1][..], &present.to_le_bytes(), &rest].concat();
        if let Ok(stored) = codec::decode::<Stored>(&bytes, BYTES_MAX) {
            let Stored::Branch(branch) = stored else { panic!("its kind is written first") };
            prop_assert!(branch.inner(1).is_some());
        }
    }
}

#[test]
fn four_levels_of_inner_nodes_make_a_branch() {
    for text in ["", "1", "010", "1011", "10110", "101101101110"] {
        let path = path_of(text);
        let (top, below) = text.split_at(text.len() / 4 * 4);
        assert_eq!(path.top(), path_of(top));
        assert_eq!(path.is_top(), below.is_empty());
        let place = usize::from_str_radix(&format!("1{below}"), 2).unwrap();
        assert_eq!(path.place(), place);
        for (side, bit) in [(Side::Left, "0"), (Side::Right, "1")] {
            let half = path_of(&format!("{text}{bit}"));
            let within = (!half.is_top()).then(|| half.place());
            assert_eq!(half_place(place, side), within);
        }
    }
}

#[test]
fn a_full_branch_takes_its_sixteen_hashes_and_fifteen_counts() {
    let pair = tree();
    let (_, root) = branches(&pair).next().unwrap();
    assert_eq!(codec::encode(root).len(), 2 + 15 * 8 + 16 * 32);
}

#[test]
fn every_flipped_bit_of_a_stored_branch_is_noticed() {
    let pair = tree();
    for (path, branch) in branches(&pair) {
        let bytes = codec::encode(branch);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let Ok(other) = codec::decode::<Branch>(&flipped, BYTES_MAX) else {
                continue;
            };
            // A count is compared with those beside and below whenever something changes there; all else is hashed.
            let is_count =
                (2 * 8..(2 + branch.places().iter().flatten().count() * 8) * 8).contains(&bit);
            assert_eq!(
                other.inner_hash(1) == branch.inner_hash(1),
                is_count,
                "{path} {bit}"
            );
            assert_ne!(&other, branch);
        }
    }
}

#[test]
fn a_damaged_branch_is_named_by_its_path() {
    let pair = tree();
    let (path, branch) = branches(&pair)
        .filter(|(path, _)| path.length == 4)
        .last()
        .unwrap();
    let key = *pair.model.keys().find(|key| path.covers(key)).unwrap();
    let mut other = branch.places();
    other[1].as_mut().unwrap().halves[0].0[7] ^= 1;
    other[4..].fill(None);
    other[2] = None;
    let mut torn = branch.places();
    torn[1] = None;
    for (places, reason) in [
        (Some(torn), "whose inner nodes do not hang together"),
        (Some(other), "its hash is not what its parent says"),
        (None, "it is missing"),
    ] {
        let mut tree = Nodes {
            stored: pair.tree.stored.clone(),
            ..Nodes::default()
        };
        match places {
            Some(places) => tree
                .stored
                .insert(*path, Stored::Branch(Branch::of(&places))),
            None => tree.stored.remove(path),
        };
        let complaint = prove_hashed(&tree, &key).unwrap_err().reason;
        let place = format!("depth 4, path {}", hex::encode(&path.bits[..1]));
        assert!(complaint.contains(reason), "{complaint}");
        assert!(complaint.contains(&place), "{complaint}");
    }
}
