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
}

/// Whether the bits of `present` name the topmost place, not the place before it, and otherwise only places below others.
fn names_a_branch(present: u16) -> bool {
    let places: Vec<u16> = (0..16).filter(|place| present >> place & 1 == 1).collect();
    let is_below_another = |place: &u16| *place == 1 || places.contains(&(place / 2));
    places.contains(&1) && !places.contains(&0) && places.iter().all(is_below_another)
}

#[test]
fn a_branch_cut_or_lengthened_is_refused() {
    for stored in tree().tree.stored.values() {
        let bytes = codec::encode(stored);
        for length in 0..bytes.len() {
            codec::decode::<Stored>(&bytes[..length], BYTES_MAX).unwrap_err();
        }
        for more in [0, 1, 0xff] {
            codec::decode::<Stored>(&[&bytes[..], &[more]].concat(), BYTES_MAX).unwrap_err();
        }
    }
}

#[test]
fn a_branch_of_places_that_do_not_hang_together_is_refused_whatever_follows() {
    let full = tree().tree.stored[&path_of("")].clone();
    let rest = &codec::encode(&full)[3..];
    let mut hang_together = 0;
    for present in 0..=u16::MAX {
        // As long as these places take, so that nothing but the places can be wrong.
        let inner = usize::try_from(present.count_ones()).unwrap();
        let length = (inner * 8 + (inner + 1) * 32).min(rest.len());
        let bytes = [&[1][..], &present.to_le_bytes(), &rest[..length]].concat();
        let decoded = codec::decode::<Stored>(&bytes, BYTES_MAX);
        assert_eq!(decoded.is_ok(), names_a_branch(present), "{present:016b}");
        hang_together += u32::from(decoded.is_ok());
    }
    // As many as there are trees of one to four levels: t(n + 1) = t(n)² + 1 with the empty one.
    assert_eq!(hang_together, 676);
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
