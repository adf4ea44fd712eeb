//! How the tree is stored: a bucket by itself, inner nodes several levels in one value, a [`Branch`].
//!
//! Inner nodes are small and there are many: the way to a record passes one in each level, and most of those near the records
//! are shared with no other change of the block. So those of [`BRANCH_LEVELS`] levels below a common ancestor, whose depth is a
//! multiple of that, are read, kept and written as one value, under the path of that ancestor. What is hashed, and so every
//! root and proof, knows nothing of it.
//!
//! In memory a branch holds its inner nodes with the hashes of all their halves. Encoded it holds only the hashes of what lies
//! outside of it: those within follow from them. So nothing is written twice that could differ.

use std::io::{self, Read, Write};
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

use super::hashing::{bucket_hash, inner_hash};
use super::node::{BUCKET_ENTRIES_MAX, Node, bucket_misfit, count_max};
use super::path::{DEPTH_MAX, NodePath, Side};
use crate::hash::Hash;

/// How many levels of inner nodes one branch spans: half a byte of a path.
pub const BRANCH_LEVELS: u16 = 4;

/// The places a branch has for inner nodes, and one before the first.
const PLACES: usize = 1 << BRANCH_LEVELS;

/// The place of the topmost inner node.
pub(super) const TOP: usize = 1;

/// An entry of a bucket: key hash and value hash.
pub type Entry = (Hash, Hash);

/// What is stored under a path. Copies share what they hold.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Stored {
    /// The bucket there.
    Bucket(Bucket),
    /// The inner node there, and those in the levels below that belong to the same branch.
    Branch(Branch),
}

/// The entries of a bucket, sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket(pub(super) Arc<[Entry]>);

/// An inner node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inner {
    /// Entries below it.
    pub(super) count: u64,
    /// The hashes of its halves, left and right.
    pub(super) halves: [Hash; 2],
}

/// Inner nodes of [`BRANCH_LEVELS`] levels, below and with the topmost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Which places have inner nodes: bit `p` for place `p`. Place 1 is the topmost; the halves of place `p` are `2p` and `2p + 1`.
    present: u16,
    /// The inner nodes, in order of their places: one for each bit of `present`, as [`Branch::of`] alone makes branches.
    nodes: Arc<[Inner]>,
}

impl Stored {
    /// Why this cannot be stored under `path`; none when it can.
    pub(super) fn misfit(&self, path: &NodePath) -> Option<&'static str> {
        match self {
            Stored::Bucket(bucket) => bucket_misfit(bucket.entries(), path),
            Stored::Branch(_) if path.length >= DEPTH_MAX => Some("it splits below the last bit"),
            Stored::Branch(_) if !path.is_top() => {
                Some("it is a branch between the levels of branches")
            }
            Stored::Branch(branch) => branch.misfit(),
        }
    }

    /// The hash of the node under the path itself.
    pub(super) fn node_hash(&self) -> Hash {
        match self {
            Stored::Bucket(bucket) => bucket_hash(bucket.entries()),
            Stored::Branch(branch) => branch.inner_hash(TOP),
        }
    }

    /// The branch; none when it is a bucket.
    pub(super) const fn branch(&self) -> Option<&Branch> {
        match self {
            Stored::Bucket(_) => None,
            Stored::Branch(branch) => Some(branch),
        }
    }

    /// Looks at all of it: a sum of something of each part.
    pub(super) fn touch(&self) -> u64 {
        let sum = |sum: u64, part: u64| sum.wrapping_add(part);
        match self {
            Stored::Bucket(bucket) => {
                let entries = bucket.entries().iter();
                entries.map(|(key, _)| u64::from(key.0[0])).fold(0, sum)
            }
            Stored::Branch(branch) => branch.nodes.iter().map(|node| node.count).fold(0, sum),
        }
    }

    /// About how many bytes of memory it takes.
    pub fn length(&self) -> usize {
        match self {
            Stored::Bucket(bucket) => std::mem::size_of_val(bucket.entries()),
            Stored::Branch(branch) => std::mem::size_of_val(branch.nodes.as_ref()),
        }
    }
}

impl Bucket {
    /// A bucket of these entries, which are sorted.
    pub fn of(entries: &[Entry]) -> Bucket {
        Bucket(entries.into())
    }

    /// Its entries.
    pub fn entries(&self) -> &[Entry] {
        &self.0
    }
}

impl NodePath {
    /// Whether a branch may begin here.
    pub const fn is_top(&self) -> bool {
        self.length.is_multiple_of(BRANCH_LEVELS)
    }

    /// Where the branch begins to which an inner node at this path belongs.
    pub(super) fn top(&self) -> NodePath {
        let below = self.length % BRANCH_LEVELS;
        NodePath::of(&Hash(self.bits), self.length.saturating_sub(below))
    }

    /// The place, within its branch, of an inner node at this path.
    pub(super) fn place(&self) -> usize {
        let below = self.length % BRANCH_LEVELS;
        let top = self.length.saturating_sub(below);
        let byte = self.bits.get(usize::from(top >> 3)).copied().unwrap_or(0);
        let half_byte = if top & 7 == 0 { byte >> 4 } else { byte & 0xf };
        let bits = half_byte
            .checked_shr(u32::from(BRANCH_LEVELS.saturating_sub(below)))
            .unwrap_or(0);
        (1 << below) | usize::from(bits)
    }
}

/// The place of a half of the node at `place`, within a branch; none when it lies below the branch.
pub(super) fn half_place(place: usize, side: Side) -> Option<usize> {
    let half = (place << 1) | usize::from(side == Side::Right);
    (half < PLACES).then_some(half)
}

fn bit(place: usize) -> u16 {
    1_u16
        .checked_shl(u32::try_from(place).unwrap_or(u32::MAX))
        .unwrap_or(0)
}

impl Branch {
    /// The branch of the inner nodes at these places.
    pub(super) fn of(places: &Places) -> Branch {
        const NONE: Inner = Inner {
            count: 0,
            halves: [Hash::ZERO; 2],
        };
        let (mut present, mut count) = (0, 0_usize);
        let mut nodes = [NONE; PLACES];
        let with_nodes = places.iter().enumerate();
        let with_nodes = with_nodes.filter_map(|(place, node)| Some((place, node.as_ref()?)));
        for ((place, node), next) in with_nodes.zip(&mut nodes) {
            present |= bit(place);
            *next = *node;
            count = count.saturating_add(1);
        }
        Branch {
            present,
            nodes: nodes[..count].into(),
        }
    }

    /// The branch that becomes of `old` when these places change: what is at each of them afterwards, if anything.
    pub(super) fn changed(old: Option<&Branch>, changed: &[(usize, Option<Inner>)]) -> Branch {
        if let Some(old) = old
            && let Some(branch) = old.with_others(changed)
        {
            return branch;
        }
        let mut places = old.map_or_else(Places::default, Branch::places);
        for (place, inner) in changed {
            places[*place] = *inner;
        }
        Branch::of(&places)
    }

    /// [`Self::changed`] where each of the places has an inner node before and after: one copy; none otherwise.
    fn with_others(&self, changed: &[(usize, Option<Inner>)]) -> Option<Branch> {
        let mut nodes: Option<Arc<[Inner]>> = None;
        for (place, inner) in changed {
            let index = self.index(*place)?;
            let inner = (*inner)?;
            let nodes = nodes.get_or_insert_with(|| self.nodes[..].into());
            // Nobody else has it yet.
            *Arc::get_mut(nodes)?.get_mut(index)? = inner;
        }
        Some(Branch {
            present: self.present,
            nodes: nodes?,
        })
    }

    /// The inner nodes by their places.
    pub(super) fn places(&self) -> Places {
        let mut places = [None; PLACES];
        let mut nodes = self.nodes.iter();
        for (place, slot) in places.iter_mut().enumerate() {
            if self.present & bit(place) != 0 {
                *slot = nodes.next().copied();
            }
        }
        places
    }

    /// The inner node at `place`.
    pub(super) fn inner(&self, place: usize) -> Option<&Inner> {
        self.nodes.get(self.index(place)?)
    }

    /// Where among `nodes` the inner node at `place` is.
    fn index(&self, place: usize) -> Option<usize> {
        let bit = bit(place);
        if self.present & bit == 0 {
            return None;
        }
        let before = self.present & bit.saturating_sub(1);
        usize::try_from(before.count_ones()).ok()
    }

    /// The hash of the inner node at `place`; zero when there is none.
    pub(super) fn inner_hash(&self, place: usize) -> Hash {
        self.inner(place)
            .map_or(Hash::ZERO, |Inner { halves, .. }| {
                inner_hash(&halves[0], &halves[1])
            })
    }

    /// Why this cannot be a branch; none when it can. That its hashes agree is known: those within are never read. Its places
    /// were checked when it was decoded, unless it was put together in memory.
    fn misfit(&self) -> Option<&'static str> {
        if !hang_together(self.present) {
            return Some("it is a branch whose inner nodes do not hang together");
        }
        let few = self.nodes.iter().any(|node| node.count <= count_max());
        few.then_some("it is a branch with an inner node over a bucket's worth of records")
    }

    /// Whether a bucket belongs at `place`: it is stored by itself.
    pub(super) fn has_bucket(&self, place: usize, empty: &Hash) -> bool {
        let above = self.inner(place >> 1);
        let hash = above.and_then(|above| above.halves.get(place & 1));
        self.inner(place).is_none() && hash.is_some_and(|hash| hash != empty)
    }
}

/// The inner nodes of a branch by their places; none at place 0.
pub(super) type Places = [Option<Inner>; PLACES];

/// Whether the places of these bits are the topmost one and otherwise below another of them.
fn hang_together(present: u16) -> bool {
    let above = |place: usize| present & bit(place >> 1) != 0;
    present & bit(0) == 0
        && present & bit(1) != 0
        && (2..PLACES).all(|place| present & bit(place) == 0 || above(place))
}

impl From<&Stored> for Node {
    /// The node under the path itself.
    fn from(stored: &Stored) -> Node {
        match stored {
            Stored::Bucket(bucket) => Node::Bucket(bucket.entries().to_vec()),
            Stored::Branch(branch) => branch
                .inner(TOP)
                .map_or(Node::Bucket(Vec::new()), Node::from),
        }
    }
}

impl From<&Inner> for Node {
    fn from(inner: &Inner) -> Node {
        let [left, right] = inner.halves;
        Node::Inner {
            count: inner.count,
            left,
            right,
        }
    }
}

impl BorshSerialize for Bucket {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        self.entries().serialize(writer)
    }
}

impl BorshDeserialize for Bucket {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Bucket> {
        let count = usize::try_from(u32::deserialize_reader(reader)?).unwrap_or(usize::MAX);
        if count > BUCKET_ENTRIES_MAX {
            return Err(invalid("it is a bucket with too many entries"));
        }
        (0..count)
            .map(|_| Entry::deserialize_reader(reader))
            .collect::<io::Result<_>>()
            .map(Bucket)
    }
}

// The places as bits; the counts of the inner nodes; the hashes of what lies outside. All in order of the places.
impl BorshSerialize for Branch {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        self.present.serialize(writer)?;
        for node in self.nodes.iter() {
            node.count.serialize(writer)?;
        }
        for place in 1..PLACES {
            let Some(node) = self.inner(place) else {
                continue;
            };
            for (side, hash) in [Side::Left, Side::Right].into_iter().zip(&node.halves) {
                if half_place(place, side).is_none_or(|half| self.inner(half).is_none()) {
                    hash.serialize(writer)?;
                }
            }
        }
        Ok(())
    }
}

impl BorshDeserialize for Branch {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Branch> {
        let present = u16::deserialize_reader(reader)?;
        if !hang_together(present) {
            return Err(invalid(
                "it is a branch whose inner nodes do not hang together",
            ));
        }
        let is_within = |place: usize| present & bit(place) != 0;
        let mut places: Places = [None; PLACES];
        for (place, slot) in places.iter_mut().enumerate() {
            if is_within(place) {
                let count = u64::deserialize_reader(reader)?;
                let halves = [Hash::ZERO; 2];
                *slot = Some(Inner { count, halves });
            }
        }
        for (place, slot) in places.iter_mut().enumerate() {
            let Some(node) = slot else { continue };
            for (side, hash) in [Side::Left, Side::Right].into_iter().zip(&mut node.halves) {
                if half_place(place, side).is_none_or(|half| !is_within(half)) {
                    *hash = Hash::deserialize_reader(reader)?;
                }
            }
        }
        hash_within(&mut places);
        Ok(Branch::of(&places))
    }
}

/// Works out the hashes of the inner nodes that others of the branch are above, from below.
fn hash_within(places: &mut Places) {
    for place in (2..PLACES).rev() {
        if let Some(Inner { halves, .. }) = places[place]
            && let Some(above) = &mut places[place >> 1]
        {
            above.halves[place & 1] = inner_hash(&halves[0], &halves[1]);
        }
    }
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
