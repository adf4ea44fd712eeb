//! What an update changed: hashed, and put into branches.
//!
//! Once all changed nodes below a path are known, each is hashed once: all buckets side by side, then the inner nodes level
//! by level from below, as a parent needs the hashes of its halves. Then the inner nodes are put into their branches,
//! beside those that stay.

use std::borrow::Cow;
use std::iter::Peekable;

use super::branch::{BRANCH_LEVELS, Branch, Bucket, Inner, Stored, TOP};
use super::path::NodePath;
use crate::hash::blocks::BlockHashes;
use crate::hash::{Domain, Hash};

/// What is written under a path; none deletes.
pub(super) type Write = (NodePath, Option<Stored>);

/// What a parent calls a half: its hash, or, while that is not worked out, its place among the changed nodes of its level.
#[derive(Clone, Copy)]
pub(super) enum Name {
    Known(Hash),
    Changed(usize),
}

impl Name {
    /// The hash, given those of which this may name one.
    pub(super) fn hash(self, hashes: &[Hash]) -> Hash {
        match self {
            Name::Known(hash) => hash,
            Name::Changed(place) => hashes[place],
        }
    }

    fn know(&mut self, hashes: &[Hash]) {
        *self = Name::Known(self.hash(hashes));
    }

    /// The hash, once it is worked out.
    fn known(self) -> Hash {
        self.hash(&[])
    }
}

/// An inner node whose hash is not worked out.
pub(super) struct Unhashed {
    pub(super) count: u64,
    pub(super) halves: [Name; 2],
}

impl Unhashed {
    /// Calls its halves by their hashes, given those of the changed nodes of the level below.
    pub(super) fn know_halves(&mut self, below: &[Hash]) {
        for half in &mut self.halves {
            half.know(below);
        }
    }
}

/// A changed node.
enum Changed {
    Deleted,
    /// With its hash, or its place among the buckets that are hashed.
    Bucket(Bucket, Name),
    Inner(Unhashed),
}

/// Changed nodes of one length of path, and where they stand, in order.
type Level = Vec<(NodePath, Changed)>;

/// The changed nodes of an update, or of the part of it below one path.
pub(super) struct ChangedNodes<'v> {
    /// The buckets are given to this at once, while the processor has them near.
    buckets: BlockHashes,
    /// The inner nodes of a level.
    inner: BlockHashes,
    /// By length of path. Within a length they are met in order of their bits, so that all are sorted.
    levels: Vec<Level>,
    /// The branches in which something changed, as they were, by length of path divided by [`BRANCH_LEVELS`], in order as well.
    read: Vec<Vec<(NodePath, Cow<'v, Stored>)>>,
    /// What is written of the parts that are finished, by length of path, in order.
    writes: Vec<Vec<Write>>,
}

impl<'v> ChangedNodes<'v> {
    /// None yet.
    pub(super) fn new() -> ChangedNodes<'v> {
        ChangedNodes {
            buckets: BlockHashes::new(Domain::StateBucket),
            inner: BlockHashes::new(Domain::StateNode),
            levels: Vec::new(),
            read: Vec::new(),
            writes: Vec::new(),
        }
    }

    /// Adds that nothing is at `path` any more.
    pub(super) fn delete(&mut self, path: NodePath) {
        self.add(path, Changed::Deleted);
    }

    /// Adds a bucket; its name.
    pub(super) fn add_bucket(&mut self, path: NodePath, bucket: Bucket) -> Name {
        let entries = bucket.entries().iter();
        let place = self.buckets.push(entries.map(|(key, value)| [key, value]));
        self.add(path, Changed::Bucket(bucket, Name::Changed(place)))
    }

    /// Adds an inner node; its name.
    pub(super) fn add_inner(&mut self, path: NodePath, inner: Unhashed) -> Name {
        self.add(path, Changed::Inner(inner))
    }

    fn add(&mut self, path: NodePath, changed: Changed) -> Name {
        let level = at(&mut self.levels, usize::from(path.length));
        level.push((path, changed));
        Name::Changed(level.len().saturating_sub(1))
    }

    /// Keeps a branch, as it was, of which something changed.
    pub(super) fn keep(&mut self, path: NodePath, branch: Cow<'v, Stored>) {
        at(&mut self.read, band(path.length)).push((path, branch));
    }

    /// Finishes these nodes, which are all those that changed below a path of `length`: the hashes of the topmost of them. What
    /// belongs to the branch in which that path lies, or which begins there, goes to `whole`: what becomes of the path itself
    /// is not decided. Nothing is left here but memory for the next part.
    pub(super) fn finish_part(
        &mut self,
        length: u16,
        whole: &mut ChangedNodes<'v>,
        empty: &Hash,
    ) -> Vec<Hash> {
        let below = length.saturating_add(1);
        let hashes = self.hash_from(below);
        let first = below.next_multiple_of(BRANCH_LEVELS);
        self.gather(first, empty, &mut whole.writes);
        append(&mut whole.levels, &mut self.levels);
        append(&mut whole.read, &mut self.read);
        hashes
    }

    /// Finishes all: the root, of this name, and what is written, in order.
    pub(super) fn finish(mut self, root: Name, empty: &Hash) -> (Hash, Vec<Write>) {
        let hashes = self.hash_from(0);
        let mut writes = std::mem::take(&mut self.writes);
        self.gather(0, empty, &mut writes);
        for writes in &mut writes {
            // First come those of the parts, then those of the rest.
            writes.sort_by_key(|(path, _)| *path);
        }
        let writes = writes.into_iter().flatten().collect();
        (root.hash(&hashes), writes)
    }

    /// Hashes the nodes of `length` and below; the hashes of those of `length`.
    fn hash_from(&mut self, length: u16) -> Vec<Hash> {
        let buckets = self.buckets.finish();
        let mut below = Vec::new();
        for level in self.levels.iter_mut().skip(usize::from(length)).rev() {
            for (_, changed) in &mut *level {
                match changed {
                    Changed::Deleted => {}
                    Changed::Bucket(_, name) => name.know(&buckets),
                    Changed::Inner(inner) => inner.know_halves(&below),
                }
            }
            below = hashes(level, &mut self.inner);
        }
        below
    }

    /// Puts the inner nodes of `first`, where branches begin, and below into branches, beside those of the branches as they were
    /// that stay.
    fn gather(&mut self, first: u16, empty: &Hash, writes: &mut Vec<Vec<Write>>) {
        let first_level = usize::from(first).min(self.levels.len());
        if writes.len() < self.levels.len() {
            writes.resize_with(self.levels.len(), Vec::new);
        }
        let writes = &mut writes[first_level..self.levels.len()];
        let levels = &mut self.levels[first_level..];
        let mut read = self.read.iter_mut().skip(band(first));
        let span = usize::from(BRANCH_LEVELS);
        for (levels, writes) in levels.chunks_mut(span).zip(writes.chunks_mut(span)) {
            let Some((tops, levels)) = levels.split_first_mut() else {
                break;
            };
            let Some((here, writes)) = writes.split_first_mut() else {
                break;
            };
            let old = read.next().map(|read| read.drain(..));
            let mut old = old.into_iter().flatten().peekable();
            let mut below: Vec<_> = levels
                .iter_mut()
                .map(|level| level.drain(..).peekable())
                .collect();
            let mut changed = Vec::new();
            for (path, top) in tops.drain(..) {
                let old = old.next_if(|(other, _)| *other == path);
                let old = old.as_ref().and_then(|(_, stored)| stored.branch());
                changed.clear();
                for (level, writes) in below.iter_mut().zip(&mut *writes) {
                    place(&path, level, &mut changed, old, empty, writes);
                }
                let stored = match top {
                    Changed::Deleted => None,
                    Changed::Bucket(bucket, _) => Some(Stored::Bucket(bucket)),
                    Changed::Inner(inner) => {
                        changed.push((TOP, Some(inner.into())));
                        Some(Stored::Branch(Branch::changed(old, &changed)))
                    }
                };
                here.push((path, stored));
            }
        }
    }
}

impl From<Unhashed> for Inner {
    fn from(inner: Unhashed) -> Inner {
        Inner {
            count: inner.count,
            halves: inner.halves.map(Name::known),
        }
    }
}

/// Which branches those are that begin at paths of `length`, or above, but below the next ones.
fn band(length: u16) -> usize {
    usize::from(length / BRANCH_LEVELS)
}

/// The list at `index`, which is made with those before it where it is missing.
fn at<T>(lists: &mut Vec<Vec<T>>, index: usize) -> &mut Vec<T> {
    if lists.len() <= index {
        lists.resize_with(index.saturating_add(1), Vec::new);
    }
    &mut lists[index]
}

/// Appends each of `more`, which are left empty, to that of `lists`.
fn append<T>(lists: &mut Vec<Vec<T>>, more: &mut [Vec<T>]) {
    for (index, more) in more.iter_mut().enumerate() {
        if !more.is_empty() {
            at(lists, index).append(more);
        }
    }
}

/// The hashes of the changed nodes of one level, whose halves are known; zero for what is deleted and has none.
fn hashes(level: &Level, inner: &mut BlockHashes) -> Vec<Hash> {
    for (_, changed) in level {
        if let Changed::Inner(Unhashed { halves, .. }) = changed {
            let halves = halves.map(Name::known);
            inner.push([halves.each_ref()].into_iter());
        }
    }
    let mut inner = inner.finish().into_iter();
    level
        .iter()
        .map(|(_, changed)| match changed {
            Changed::Deleted => Some(Hash::ZERO),
            Changed::Bucket(_, name) => Some(name.known()),
            Changed::Inner(_) => inner.next(),
        })
        .map(|hash| hash.expect("every inner node was hashed"))
        .collect()
}

/// Puts the changed nodes of one `level` that lie below `top`, all within the levels of its branch, at their `places`; buckets,
/// which are stored by themselves, and those that are no more, go to `writes`.
fn place(
    top: &NodePath,
    level: &mut Peekable<impl Iterator<Item = (NodePath, Changed)>>,
    places: &mut Vec<(usize, Option<Inner>)>,
    old: Option<&Branch>,
    empty: &Hash,
    writes: &mut Vec<Write>,
) {
    while let Some((path, changed)) = level.next_if(|(path, _)| top.covers(&Hash(path.bits))) {
        let place = path.place();
        let (inner, bucket) = match changed {
            Changed::Deleted => (None, None),
            Changed::Bucket(bucket, _) => (None, Some(bucket)),
            Changed::Inner(inner) => (Some(inner.into()), None),
        };
        places.push((place, inner));
        if bucket.is_some() || old.is_some_and(|old| old.has_bucket(place, empty)) {
            writes.push((path, bucket.map(Stored::Bucket)));
        }
    }
}
