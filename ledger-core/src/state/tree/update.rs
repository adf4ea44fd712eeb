//! Changing the tree.
//!
//! The changes, sorted by key hash, are split along the tree on the way down, so that each node on the way to a change
//! is read once. A half that shrinks below a bucket's worth is handed to its parent unwritten, because only the parent
//! knows whether it becomes part of a larger bucket. When all nodes are known, each is hashed once: all buckets side by
//! side, then the inner nodes level by level from below, as a parent needs the hashes of its halves. At last the inner nodes
//! are put into their branches, beside those that stay.

use std::borrow::Cow;
use std::iter::Peekable;
use std::sync::Arc;

use super::ahead::Ahead;
use super::branch::{BRANCH_LEVELS, Branch, Bucket, Entry, Inner, Places, Stored, TOP};
use super::hashing::{HashedChange, empty_hash, key_hash, value_hash};
use super::node::{BUCKET_ENTRIES_MAX, count_max, count_of};
use super::path::{DEPTH_MAX, NodePath, Side, split};
use super::reading::{Half, Standing, Whereabouts, damaged, stored};
use crate::hash::blocks::BlockHashes;
use crate::hash::{Domain, Hash};
use crate::state::{RecordChanges, StateError, StateView};

/// The depth down to which a level holds about as many changed nodes as it has room for or as there are changes.
const DENSE_LEVELS: u32 = 16;

/// What an update changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeUpdate {
    /// The new root.
    pub root: Hash,
    /// What changes of what is stored, each path once and in order; none deletes.
    pub nodes: Vec<(NodePath, Option<Stored>)>,
}

/// The tree after `records` changed.
///
/// # Errors
/// When the storage fails, or what it holds is not a tree.
pub fn update(view: &dyn StateView, records: &RecordChanges) -> Result<TreeUpdate, StateError> {
    let changes = records
        .iter()
        .map(|(key, value)| (key_hash(key), value.as_deref().map(value_hash)))
        .collect();
    update_hashed(view, changes)
}

/// The tree after `changes`, in any order.
pub(super) fn update_hashed(
    view: &dyn StateView,
    mut changes: Vec<HashedChange>,
) -> Result<TreeUpdate, StateError> {
    changes.sort_unstable();
    changes.dedup_by_key(|(key, _)| *key);
    let mut pass = Pass {
        view,
        empty: empty_hash(),
        ahead: Ahead::default(),
        changes: changes.len(),
        levels: Vec::new(),
        buckets: BlockHashes::new(Domain::StateBucket),
        read: Vec::new(),
    };
    let old = stored(view, &NodePath::ROOT)?;
    let old_root = old.as_deref().map_or(pass.empty, Stored::node_hash);
    let existed = old.is_some();
    let root = match pass.change(&NodePath::ROOT, old, &changes)? {
        None => Name::Known(old_root),
        Some(replacement) => pass.write(NodePath::ROOT, replacement.subtree, existed),
    };
    Ok(pass.finish(root))
}

/// What a parent calls a half: its hash, or, while that is not worked out, its place among the changed nodes of its level.
#[derive(Clone, Copy)]
enum Name {
    Known(Hash),
    Changed(usize),
}

impl Name {
    /// The hash, given those of the changed nodes of the level.
    fn hash(self, level: &[Hash]) -> Hash {
        match self {
            Name::Known(hash) => hash,
            Name::Changed(place) => level[place],
        }
    }
}

/// A changed node: an inner one has names for its halves at first, then their hashes.
enum Changed<I> {
    Deleted,
    /// With its place among the buckets that are hashed.
    Bucket(Bucket, usize),
    Inner(I),
}

/// An inner node whose hash, and those below it, are not worked out.
struct Unhashed {
    count: u64,
    halves: [Name; 2],
}

/// Changed nodes of one length of path, and where they stand, in order.
type Level<I> = Vec<(NodePath, Changed<I>)>;

/// Branches as they were.
type Read<'v> = Vec<Vec<(NodePath, Cow<'v, Stored>)>>;

/// What changes of what is stored, by length of path, each in order.
type Writes = Vec<Vec<(NodePath, Option<Stored>)>>;

/// A subtree after its changes, whose own node is not written yet.
enum Subtree {
    /// No records.
    Empty,
    /// A bucket's worth of records.
    Bucket(Bucket),
    /// More: an inner node over written children.
    Inner(Unhashed),
}

impl Subtree {
    fn count(&self) -> u64 {
        match self {
            Subtree::Empty => 0,
            Subtree::Bucket(bucket) => count_of(bucket.entries()),
            Subtree::Inner(inner) => inner.count,
        }
    }
}

/// A subtree that changed.
struct Replacement {
    /// The number of records it had.
    old_count: u64,
    /// What it is now.
    subtree: Subtree,
}

/// One half of an inner node that is being changed.
struct ChangedHalf<'b> {
    path: NodePath,
    half: Half<'b>,
    /// The hash the parent knows it by.
    old: Hash,
    /// None when nothing below it changed.
    replacement: Option<Replacement>,
}

/// One update under way.
struct Pass<'v> {
    view: &'v dyn StateView,
    empty: Hash,
    /// What was read ahead.
    ahead: Ahead<'v>,
    /// How many changes there are.
    changes: usize,
    /// The buckets that were written are given to this at once, while the processor has them near.
    buckets: BlockHashes,
    /// Changed nodes by length of path. Within a length they are met in order of their bits, so that all are sorted.
    levels: Vec<Level<Unhashed>>,
    /// The branches in which something changed, as they were, by length of path divided by [`BRANCH_LEVELS`], in order as well.
    read: Read<'v>,
}

impl<'v> Pass<'v> {
    /// Applies `changes`, which all lie below `path`, to the node there; none when that changes nothing.
    ///
    /// Calls itself once for each bit, so at most [`DEPTH_MAX`] times.
    fn change(
        &mut self,
        path: &NodePath,
        old: Option<Cow<'v, Stored>>,
        changes: &[HashedChange],
    ) -> Result<Option<Replacement>, StateError> {
        let entries = match old.as_deref() {
            None => &[],
            Some(Stored::Bucket(bucket)) => bucket.entries(),
            Some(Stored::Branch(branch)) => {
                let replacement = self.change_inner(path, branch, TOP, changes)?;
                if let (Some(_), Some(branch)) = (&replacement, old) {
                    self.keep(*path, branch);
                }
                return Ok(replacement);
            }
        };
        Ok(merge(entries, changes).map(|merged| Replacement {
            old_count: count_of(entries),
            subtree: self.grow(path, merged),
        }))
    }

    /// Keeps a branch of which something changed.
    fn keep(&mut self, path: NodePath, branch: Cow<'v, Stored>) {
        let band = usize::from(path.length / BRANCH_LEVELS);
        if self.read.len() <= band {
            self.read.resize_with(band.saturating_add(1), Vec::new);
        }
        self.read[band].push((path, branch));
    }

    fn change_inner(
        &mut self,
        path: &NodePath,
        branch: &Branch,
        place: usize,
        changes: &[HashedChange],
    ) -> Result<Option<Replacement>, StateError> {
        let Some(&Inner {
            count: old_count, ..
        }) = branch.inner(place)
        else {
            return Err(damaged(path, "it is missing"));
        };
        let (left_changes, right_changes) = split(changes, path.length, |(key, _)| key);
        let half = |side| Half {
            branch,
            place,
            side,
        };
        let left = self.change_half(path, half(Side::Left), left_changes)?;
        let right = self.change_half(path, half(Side::Right), right_changes)?;
        if left.replacement.is_none() && right.replacement.is_none() {
            return Ok(None);
        }
        let kept_count = self.kept_count(path, old_count, &left, &right)?;
        let new_count = [&left, &right]
            .into_iter()
            .flat_map(|half| &half.replacement)
            .try_fold(kept_count, |sum, half| {
                sum.checked_add(half.subtree.count())
            })
            .ok_or_else(|| damaged(path, "its count is beyond 64 bits"))?;
        let subtree = if new_count > count_max() {
            Subtree::Inner(Unhashed {
                count: new_count,
                halves: [self.settle(left), self.settle(right)],
            })
        } else {
            let left = self.take_bucket(left, kept_count)?;
            let right = self.take_bucket(right, kept_count)?;
            match (left, right) {
                (None, None) => Subtree::Empty,
                (Some(bucket), None) | (None, Some(bucket)) => Subtree::Bucket(bucket),
                (Some(left), Some(right)) => {
                    let entries = [left.entries(), right.entries()].concat();
                    Subtree::Bucket(Bucket::of(&entries))
                }
            }
        };
        Ok(Some(Replacement { old_count, subtree }))
    }

    /// How many of the `old_count` records lie in a half that did not change.
    fn kept_count(
        &self,
        path: &NodePath,
        old_count: u64,
        left: &ChangedHalf<'_>,
        right: &ChangedHalf<'_>,
    ) -> Result<u64, StateError> {
        let (changed_count, kept) = match (&left.replacement, &right.replacement) {
            (Some(left), Some(right)) => (left.old_count.checked_add(right.old_count), None),
            (Some(changed), None) => (Some(changed.old_count), Some(right)),
            (None, Some(changed)) => (Some(changed.old_count), Some(left)),
            (None, None) => (Some(0), None),
        };
        let kept_count = changed_count.and_then(|changed| old_count.checked_sub(changed));
        let expects_records = kept.is_some_and(|half| half.old != self.empty);
        match kept_count {
            Some(count) if (count > 0) == expects_records => Ok(count),
            _ => Err(damaged(path, "its count is not that of its halves")),
        }
    }

    fn change_half<'b>(
        &mut self,
        above: &NodePath,
        half: Half<'b>,
        changes: &[HashedChange],
    ) -> Result<ChangedHalf<'b>, StateError> {
        let path = above.child(half.side);
        let replacement = if changes.is_empty() {
            None
        } else {
            match half.whereabouts(&self.empty) {
                Whereabouts::Nowhere => self.change(&path, None, changes)?,
                Whereabouts::Within(place) => {
                    self.change_inner(&path, half.branch, place, changes)?
                }
                Whereabouts::Below => {
                    let old = self.ahead.take(self.view, &path, changes, &self.empty)?;
                    self.change(&path, Some(old), changes)?
                }
            }
        };
        Ok(ChangedHalf {
            path,
            half,
            old: half.hash().copied().unwrap_or(self.empty),
            replacement,
        })
    }

    /// Writes a half that stays a node of its own; its name.
    fn settle(&mut self, half: ChangedHalf<'_>) -> Name {
        match half.replacement {
            None => Name::Known(half.old),
            Some(replacement) => self.write(half.path, replacement.subtree, half.old != self.empty),
        }
    }

    /// Removes a half that becomes part of its parent's bucket; its own bucket. `kept_count` is what an unchanged half,
    /// together with the changed one, leaves of the parent's count.
    fn take_bucket(
        &mut self,
        half: ChangedHalf<'_>,
        kept_count: u64,
    ) -> Result<Option<Bucket>, StateError> {
        let ChangedHalf { path, old, .. } = half;
        let bucket = match half.replacement.map(|replacement| replacement.subtree) {
            None => match half.half.read(self.view, &path, &self.empty)? {
                Standing::Empty => None,
                Standing::Stored(stored) if stored.node_hash() != old => {
                    return Err(damaged(&path, "its hash is not what its parent says"));
                }
                Standing::Stored(stored) => match stored.as_ref() {
                    Stored::Bucket(bucket) if count_of(bucket.entries()) == kept_count => {
                        Some(bucket.clone())
                    }
                    _ => return Err(damaged(&path, "its count is not what its parent says")),
                },
                Standing::Within(_) => {
                    return Err(damaged(&path, "its count is not what its parent says"));
                }
            },
            Some(Subtree::Bucket(bucket)) => Some(bucket),
            Some(Subtree::Empty) => None,
            Some(Subtree::Inner(_)) => {
                return Err(damaged(&path, "it holds more records than its parent says"));
            }
        };
        if old != self.empty {
            self.record(path, Changed::Deleted);
        }
        Ok(bucket)
    }

    /// Builds the subtree of `entries`, sorted and distinct, where no inner node was; all but its own node is written.
    fn grow(&mut self, path: &NodePath, merged: Merged) -> Subtree {
        match merged {
            Merged::Same(bucket) => Subtree::Bucket(bucket),
            Merged::Other(entries) => match entries.as_slice() {
                [] => Subtree::Empty,
                few if few.len() <= BUCKET_ENTRIES_MAX => Subtree::Bucket(Bucket::of(few)),
                many => self.grow_inner(path, many),
            },
        }
    }

    /// [`Self::grow`] for more than a bucket's worth. It ends because distinct key hashes differ in one of their bits.
    fn grow_inner(&mut self, path: &NodePath, entries: &[Entry]) -> Subtree {
        assert!(
            path.length < DEPTH_MAX,
            "distinct key hashes differ in one of their bits"
        );
        let (left, right) = split(entries, path.length, |(key, _)| key);
        let mut half = |side, entries: &[Entry]| {
            let path = path.child(side);
            let subtree = match entries {
                [] => Subtree::Empty,
                few if few.len() <= BUCKET_ENTRIES_MAX => Subtree::Bucket(Bucket::of(few)),
                many => self.grow_inner(&path, many),
            };
            self.write(path, subtree, false)
        };
        Subtree::Inner(Unhashed {
            count: count_of(entries),
            halves: [half(Side::Left, left), half(Side::Right, right)],
        })
    }

    /// Writes the node of `subtree`; its name. `existed` says whether a node stands at `path` now.
    fn write(&mut self, path: NodePath, subtree: Subtree, existed: bool) -> Name {
        let changed = match subtree {
            Subtree::Empty => {
                if existed {
                    self.record(path, Changed::Deleted);
                }
                return Name::Known(self.empty);
            }
            Subtree::Bucket(bucket) => {
                let entries = bucket.entries().iter();
                let place = self.buckets.push(entries.map(|(key, value)| [key, value]));
                Changed::Bucket(bucket, place)
            }
            Subtree::Inner(inner) => Changed::Inner(inner),
        };
        Name::Changed(self.record(path, changed))
    }

    /// Notes a changed node; its place within its level.
    fn record(&mut self, path: NodePath, changed: Changed<Unhashed>) -> usize {
        let level = usize::from(path.length);
        while self.levels.len() <= level {
            // As many as there can be, so that none is moved, but nothing for levels that hardly a node comes to.
            let places = u32::try_from(self.levels.len()).ok();
            let places = places.filter(|level| *level <= DENSE_LEVELS);
            let places = places.and_then(|level| 1_usize.checked_shl(level));
            let nodes_max = places.map_or(0, |places| places.min(self.changes));
            self.levels.push(Vec::with_capacity(nodes_max));
        }
        let nodes = &mut self.levels[level];
        nodes.push((path, changed));
        nodes.len().saturating_sub(1)
    }

    /// Hashes what was changed; `root` names the root.
    fn finish(self, root: Name) -> TreeUpdate {
        let buckets = self.buckets.finish();
        let mut levels: Vec<Level<Inner>> = Vec::with_capacity(self.levels.len());
        // The hashes of the changed nodes of the level below.
        let mut below: Vec<Hash> = Vec::new();
        for level in self.levels.into_iter().rev() {
            let level: Level<Inner> = level
                .into_iter()
                .map(|(path, changed)| (path, changed.hashed(&below)))
                .collect();
            below = level_hashes(&level, &buckets);
            levels.push(level);
        }
        levels.reverse();
        TreeUpdate {
            root: root.hash(&below),
            nodes: gather(levels, self.read, &self.empty),
        }
    }
}

impl Changed<Unhashed> {
    /// The node, given the hashes of the changed nodes of the level below.
    fn hashed(self, below: &[Hash]) -> Changed<Inner> {
        match self {
            Changed::Deleted => Changed::Deleted,
            Changed::Bucket(bucket, place) => Changed::Bucket(bucket, place),
            Changed::Inner(Unhashed { count, halves }) => Changed::Inner(Inner {
                count,
                halves: halves.map(|half| half.hash(below)),
            }),
        }
    }
}

/// The hashes of the changed nodes of one level, those of its buckets from `buckets`; zero for what is deleted and has none.
fn level_hashes(level: &Level<Inner>, buckets: &[Hash]) -> Vec<Hash> {
    let mut inner = BlockHashes::new(Domain::StateNode);
    for (_, changed) in level {
        if let Changed::Inner(Inner { halves, .. }) = changed {
            inner.push([halves.each_ref()].into_iter());
        }
    }
    let mut inner = inner.finish().into_iter();
    level
        .iter()
        .map(|(_, changed)| match changed {
            Changed::Deleted => Some(Hash::ZERO),
            Changed::Bucket(_, place) => Some(buckets[*place]),
            Changed::Inner(_) => inner.next(),
        })
        .map(|hash| hash.expect("every inner node was hashed"))
        .collect()
}

/// Puts the changed inner nodes of `levels` into branches, beside those of the branches `read` that stay; in order.
fn gather(
    levels: Vec<Level<Inner>>,
    read: Read<'_>,
    empty: &Hash,
) -> Vec<(NodePath, Option<Stored>)> {
    let mut writes: Writes = levels
        .iter()
        .map(|level| Vec::with_capacity(level.len()))
        .collect();
    let mut levels = levels.into_iter();
    let mut read = read.into_iter();
    for writes in writes.chunks_mut(usize::from(BRANCH_LEVELS)) {
        let Some(tops) = levels.next() else { break };
        let mut old = read.next().unwrap_or_default().into_iter().peekable();
        let mut below: Vec<_> = levels
            .by_ref()
            .take(writes.len().saturating_sub(1))
            .map(|level| level.into_iter().peekable())
            .collect();
        let Some((here, writes)) = writes.split_first_mut() else {
            break;
        };
        for (path, top) in tops {
            let old = old.next_if(|(other, _)| *other == path);
            let old = old.as_ref().and_then(|(_, stored)| stored.branch());
            let mut places = match (&top, old) {
                (Changed::Inner(_), Some(branch)) => branch.places(),
                _ => Places::default(),
            };
            for (level, writes) in below.iter_mut().zip(writes.iter_mut()) {
                place(&path, level, &mut places, old, empty, writes);
            }
            here.push((
                path,
                match top {
                    Changed::Deleted => None,
                    Changed::Bucket(bucket, _) => Some(Stored::Bucket(bucket)),
                    Changed::Inner(inner) => {
                        places[TOP] = Some(inner);
                        Some(Stored::Branch(Branch::of(&places)))
                    }
                },
            ));
        }
    }
    writes.into_iter().flatten().collect()
}

/// Puts the changed nodes of one `level` that lie below `top`, all within the levels of its branch, at their `places`; buckets,
/// which are stored by themselves, and those that are no more, go to `writes`.
fn place(
    top: &NodePath,
    level: &mut Peekable<impl Iterator<Item = (NodePath, Changed<Inner>)>>,
    places: &mut Places,
    old: Option<&Branch>,
    empty: &Hash,
    writes: &mut Vec<(NodePath, Option<Stored>)>,
) {
    while let Some((path, changed)) = level.next_if(|(path, _)| top.covers(&Hash(path.bits))) {
        let place = path.place();
        let (inner, bucket) = match changed {
            Changed::Deleted => (None, None),
            Changed::Bucket(bucket, _) => (None, Some(bucket)),
            Changed::Inner(inner) => (Some(inner), None),
        };
        places[place] = inner;
        if bucket.is_some() || old.is_some_and(|old| old.has_bucket(place, empty)) {
            writes.push((path, bucket.map(Stored::Bucket)));
        }
    }
}

/// A bucket's entries after changes.
enum Merged {
    /// The same keys, with other values.
    Same(Bucket),
    /// Other keys: any number.
    Other(Vec<Entry>),
}

/// `entries` with `changes`, both sorted; none when that is no different.
fn merge(entries: &[Entry], changes: &[HashedChange]) -> Option<Merged> {
    let mut bucket: Option<Arc<[Entry]>> = None;
    for (key, value) in changes {
        match (entries.binary_search_by_key(key, |(key, _)| *key), value) {
            (Ok(index), Some(value)) => {
                if entries[index].1 != *value {
                    let bucket = bucket.get_or_insert_with(|| entries.into());
                    // Nobody else has it yet.
                    if let Some(bucket) = Arc::get_mut(bucket) {
                        bucket[index].1 = *value;
                    }
                }
            }
            (Err(_), None) => {}
            (Ok(_), None) | (Err(_), Some(_)) => {
                return Some(Merged::Other(merge_keys(entries, changes)));
            }
        }
    }
    bucket.map(|entries| Merged::Same(Bucket(entries)))
}

/// [`merge`] where the keys change as well.
fn merge_keys(entries: &[Entry], changes: &[HashedChange]) -> Vec<Entry> {
    let mut merged = Vec::with_capacity(entries.len().saturating_add(changes.len()));
    let mut rest = entries.iter().peekable();
    for (key, value) in changes {
        while let Some(entry) = rest.next_if(|entry| entry.0 < *key) {
            merged.push(*entry);
        }
        rest.next_if(|entry| entry.0 == *key);
        if let Some(value) = value {
            merged.push((*key, *value));
        }
    }
    merged.extend(rest);
    merged
}
