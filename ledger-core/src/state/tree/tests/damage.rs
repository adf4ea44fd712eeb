//! Damaged nodes: what cannot be a tree is named, and nothing makes the tree panic.

use proptest::prelude::*;
use proptest::sample::Index;

use super::updates::{KEYS, batches, change, key_of};
use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

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
    Branch(u16, u64, u32),
    Count(Index, u64),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        Just(Damage::Missing),
        any::<Index>().prop_map(Damage::Copied),
        prop::collection::vec(0..KEYS, 0..40).prop_map(Damage::Bucket),
        (any::<u16>(), any::<u64>(), 0..KEYS)
            .prop_map(|(present, count, hash)| Damage::Branch(present, count, hash)),
        (any::<Index>(), prop_oneof![0..100u64, any::<u64>()])
            .prop_map(|(place, count)| Damage::Count(place, count)),
    ]
}

impl Damage {
    fn inflict(self, stored: &mut BTreeMap<NodePath, Stored>, path: NodePath, paths: &[NodePath]) {
        let node = match self {
            Damage::Missing => {
                stored.remove(&path);
                return;
            }
            Damage::Copied(other) => stored[&paths[other.index(paths.len())]].clone(),
            Damage::Bucket(keys) => {
                let entry = |key| (key_of(key), scattered(key));
                let entries: Vec<Entry> = keys.into_iter().map(entry).collect();
                Stored::Bucket(Bucket::of(&entries))
            }
            Damage::Branch(present, count, hash) => {
                let halves = [scattered(hash), empty_hash()];
                let inner =
                    |place: u16| (present >> place & 1 == 1).then_some(Inner { count, halves });
                let places: Vec<_> = (0..16).map(inner).collect();
                Stored::Branch(Branch::of(&places.try_into().unwrap()))
            }
            Damage::Count(place, count) => match &stored[&path] {
                Stored::Branch(branch) => {
                    let mut places = branch.places();
                    let mut inner: Vec<_> = places.iter_mut().flatten().collect();
                    let place = place.index(inner.len());
                    inner[place].count = count;
                    Stored::Branch(Branch::of(&places))
                }
                bucket @ Stored::Bucket(_) => bucket.clone(),
            },
        };
        stored.insert(path, node);
    }
}

/// A tree of 40 records: an inner node over two buckets.
struct Forty {
    nodes: BTreeMap<NodePath, Stored>,
    left: NodePath,
    right: NodePath,
}

impl Forty {
    fn new() -> Forty {
        let mut pair = Pair::default();
        let changes: Vec<_> = (0..40)
            .map(|n| (scattered(n), Some(scattered(n))))
            .collect();
        pair.apply(&changes);
        let (left, right) = (
            NodePath::ROOT.child(Side::Left),
            NodePath::ROOT.child(Side::Right),
        );
        assert_eq!(pair.tree.stored.len(), 3);
        Forty {
            nodes: pair.tree.stored,
            left,
            right,
        }
    }

    fn entries(&self, path: &NodePath) -> Vec<(Hash, Hash)> {
        match &self.nodes[path] {
            Stored::Bucket(bucket) => bucket.entries().to_vec(),
            Stored::Branch(_) => panic!("both halves are buckets"),
        }
    }

    /// The root with another count.
    fn root(&self, count: u64) -> Stored {
        self.root_and(count, None)
    }

    /// The root with another count, and an inner node in place of its left half.
    fn root_and(&self, count: u64, left: Option<Inner>) -> Stored {
        let Stored::Branch(branch) = &self.nodes[&NodePath::ROOT] else {
            panic!("40 records are more than a bucket")
        };
        let mut places = branch.places();
        places[1].as_mut().unwrap().count = count;
        places[2] = left;
        Stored::Branch(Branch::of(&places))
    }

    /// Puts `node`, or nothing, at `path`; what the update then complains of.
    fn complaint(&self, path: NodePath, node: Option<Stored>, changes: &[HashedChange]) -> String {
        let mut tree = Nodes {
            stored: self.nodes.clone(),
            ..Nodes::default()
        };
        tree.apply(&TreeUpdate {
            root: Hash::ZERO,
            nodes: vec![(path, node)],
        });
        let refused = update_hashed(&tree, changes.to_vec());
        refused.unwrap_err().reason
    }
}

#[test]
fn nodes_that_cannot_stand_where_they_are_found_are_named() {
    let forty = Forty::new();
    let (left, right) = (forty.left, forty.right);
    let (in_left, in_right) = (forty.entries(&left), forty.entries(&right));
    // One record more in each half.
    let added = [in_left[0], in_right[0]].map(|(mut key, value)| {
        key.0[31] ^= 1;
        (key, Some(value))
    });
    let bucket = |entries: &[Entry]| Some(Stored::Bucket(Bucket::of(entries)));
    let scattered = Inner {
        count: 33,
        halves: [scattered(1), scattered(2)],
    };
    let reversed: Vec<_> = in_left.iter().rev().copied().collect();
    let long: Vec<_> = (0..33).map(|n| (Hash([n; 32]), Hash::ZERO)).collect();
    let straddling = [in_left[0], in_right[0]];
    let foreign = "it is a bucket with entries of another place";
    let cases = [
        (left, None, "it is missing"),
        (left, bucket(&[]), "it is an empty bucket"),
        (left, bucket(&reversed), "it is a bucket out of order"),
        (left, bucket(&in_right), foreign),
        (left, bucket(&straddling), foreign),
        (right, bucket(&straddling), foreign),
        (left, bucket(&long), "it is a bucket with too many entries"),
        (
            NodePath::ROOT,
            Some(forty.root(32)),
            "it is a branch with an inner node over a bucket's worth of records",
        ),
        (
            left,
            Some(forty.root(33)),
            "it is a branch between the levels of branches",
        ),
        // Its halves would lie below, where there is nothing.
        (
            NodePath::ROOT,
            Some(forty.root_and(40, Some(scattered))),
            "it is missing",
        ),
        (
            NodePath::ROOT,
            Some(Stored::Branch(Branch::of(&Places::default()))),
            "it is a branch whose inner nodes do not hang together",
        ),
        (
            NodePath::ROOT,
            Some(forty.root(39)),
            "its count is not that of its halves",
        ),
        (
            NodePath::ROOT,
            Some(forty.root(41)),
            "its count is not that of its halves",
        ),
    ];
    for (path, node, reason) in cases {
        let complaint = forty.complaint(path, node, &added);
        assert!(complaint.contains(reason), "{complaint}; not: {reason}");
    }
    let beyond = forty.complaint(NodePath::ROOT, Some(forty.root(u64::MAX)), &added[..1]);
    assert!(beyond.contains("its count is beyond 64 bits"), "{beyond}");
    let below = forty.root(33);
    let reason = "it splits below the last bit";
    let deepest = NodePath::of(&in_left[0].0, DEPTH_MAX);
    assert_eq!(below.misfit(&deepest), Some(reason));
}

#[test]
fn a_count_that_says_an_unchanged_half_is_empty_or_is_not_is_named() {
    // With keys alike in their first bits, one half of the root is empty; the root says that one more record is there.
    // Without, both are full; the root says that all records are in the one that changes.
    let one_sided: Vec<Hash> = (0..40).map(|n| clustered(3, n)).collect();
    let two_sided: Vec<Hash> = (0..200).map(scattered).collect();
    for keys in [one_sided, two_sided] {
        let mut pair = Pair::default();
        pair.apply(
            &keys
                .iter()
                .map(|key| (*key, Some(*key)))
                .collect::<Vec<_>>(),
        );
        let changed = NodePath::of(&keys[0], 1);
        let below = keys.iter().filter(|key| changed.covers(key)).count();
        let claimed = if below == keys.len() {
            below.saturating_add(1)
        } else {
            below
        };
        let Some(Stored::Branch(branch)) = pair.tree.stored.get_mut(&NodePath::ROOT) else {
            panic!("so many records are more than a bucket")
        };
        let mut places = branch.places();
        places[1].as_mut().unwrap().count = claimed.try_into().unwrap();
        *branch = Branch::of(&places);
        let refused = update_hashed(&pair.tree, vec![(keys[0], None)]).unwrap_err();
        let reason = "its count is not that of its halves";
        assert!(refused.reason.contains(reason), "{refused}");
    }
}

#[test]
fn a_merge_takes_in_only_what_the_parent_names() {
    let forty = Forty::new();
    let (in_left, in_right) = (forty.entries(&forty.left), forty.entries(&forty.right));
    let left_gone: Vec<_> = in_left.iter().map(|(key, _)| (*key, None)).collect();
    let complain = |path, stored| forty.complaint(path, Some(stored), &left_gone);
    let mut altered = in_right.clone();
    altered[0].1.0[0] ^= 1;
    let complaint = complain(forty.right, Stored::Bucket(Bucket::of(&altered)));
    let reason = "its hash is not what its parent says";
    assert!(complaint.contains(reason), "{complaint}");
    for count in [39, 41] {
        let complaint = complain(NodePath::ROOT, forty.root(count));
        let reason = "its count is not what its parent says";
        assert!(complaint.contains(reason), "{complaint}");
    }
}
