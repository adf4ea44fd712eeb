//! Changing the tree.
//!
//! The changes, sorted by key hash, are split along the tree on the way down, so that each node on the way to a change
//! is read once. A half that shrinks below a bucket's worth is handed to its parent unwritten, because only the parent
//! knows whether it becomes part of a larger bucket. When all nodes are known, each is hashed once: all buckets side by
//! side, then the inner nodes level by level from below, as a parent needs the hashes of its halves.

use super::{
    BUCKET_ENTRIES_MAX, DEPTH_MAX, Node, NodePath, Side, TreeUpdate, child_node, count_max,
    count_of, damaged, empty_hash, key_hash, stored_node, value_hash,
};
use crate::hash::blocks::BlockHashes;
use crate::hash::{Domain, Hash};
use crate::state::{RecordChanges, StateError, StateView};

/// A key hash and the hash of the value it has afterwards; none deletes.
pub(super) type HashedChange = (Hash, Option<Hash>);

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
        levels: Vec::new(),
    };
    let old = stored_node(view, &NodePath::ROOT)?;
    let existed = old.is_some();
    let old_root = old.as_ref().map_or(pass.empty, Node::node_hash);
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

/// A changed node whose hash, and those below it, are not worked out.
enum Written {
    Deleted,
    Bucket(Vec<(Hash, Hash)>),
    Inner { count: u64, left: Name, right: Name },
}

/// A changed node and where it stands.
type Placed = (NodePath, Written);

/// A subtree after its changes, whose own node is not written yet.
enum Subtree {
    /// No records.
    Empty,
    /// A bucket's worth of records.
    Bucket(Vec<(Hash, Hash)>),
    /// More: an inner node over written children.
    Inner { count: u64, left: Name, right: Name },
}

impl Subtree {
    fn count(&self) -> u64 {
        match self {
            Subtree::Empty => 0,
            Subtree::Bucket(entries) => count_of(entries),
            Subtree::Inner { count, .. } => *count,
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
struct Half {
    path: NodePath,
    /// The hash the parent knows it by.
    old: Hash,
    /// None when nothing below it changed.
    replacement: Option<Replacement>,
}

/// One update under way.
struct Pass<'a> {
    view: &'a dyn StateView,
    empty: Hash,
    /// Changed nodes by length of path. Within a length they are met in order of their bits, so that all are sorted.
    levels: Vec<Vec<Placed>>,
}

impl Pass<'_> {
    /// Applies `changes`, which all lie below `path`, to the node there; none when that changes nothing.
    ///
    /// Calls itself once for each bit, so at most [`DEPTH_MAX`] times.
    fn change(
        &mut self,
        path: &NodePath,
        old: Option<Node>,
        changes: &[HashedChange],
    ) -> Result<Option<Replacement>, StateError> {
        let old_entries = match old {
            None => Vec::new(),
            Some(Node::Bucket(entries)) => entries,
            Some(Node::Inner { count, left, right }) => {
                return self.change_inner(path, count, [left, right], changes);
            }
        };
        Ok(merge(&old_entries, changes).map(|entries| Replacement {
            old_count: count_of(&old_entries),
            subtree: self.grow(path, entries),
        }))
    }

    fn change_inner(
        &mut self,
        path: &NodePath,
        old_count: u64,
        [left, right]: [Hash; 2],
        changes: &[HashedChange],
    ) -> Result<Option<Replacement>, StateError> {
        let (left_changes, right_changes) = split(changes, path.length, |(key, _)| key);
        let left = self.change_half(path.child(Side::Left), left, left_changes)?;
        let right = self.change_half(path.child(Side::Right), right, right_changes)?;
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
            Subtree::Inner {
                count: new_count,
                left: self.settle(left),
                right: self.settle(right),
            }
        } else {
            let mut entries = self.take_entries(left, kept_count)?;
            entries.append(&mut self.take_entries(right, kept_count)?);
            if entries.is_empty() {
                Subtree::Empty
            } else {
                Subtree::Bucket(entries)
            }
        };
        Ok(Some(Replacement { old_count, subtree }))
    }

    /// How many of the `old_count` records lie in a half that did not change.
    fn kept_count(
        &self,
        path: &NodePath,
        old_count: u64,
        left: &Half,
        right: &Half,
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

    fn change_half(
        &mut self,
        path: NodePath,
        old: Hash,
        changes: &[HashedChange],
    ) -> Result<Half, StateError> {
        let replacement = if changes.is_empty() {
            None
        } else {
            let node = child_node(self.view, &path, &old, &self.empty)?;
            self.change(&path, node, changes)?
        };
        Ok(Half {
            path,
            old,
            replacement,
        })
    }

    /// Writes a half that stays a node of its own; its name.
    fn settle(&mut self, half: Half) -> Name {
        match half.replacement {
            None => Name::Known(half.old),
            Some(replacement) => self.write(half.path, replacement.subtree, half.old != self.empty),
        }
    }

    /// Removes a half that becomes part of its parent's bucket; its entries. `kept_count` is what an unchanged half,
    /// together with the changed one, leaves of the parent's count.
    fn take_entries(
        &mut self,
        half: Half,
        kept_count: u64,
    ) -> Result<Vec<(Hash, Hash)>, StateError> {
        let entries = match half.replacement {
            None => match child_node(self.view, &half.path, &half.old, &self.empty)? {
                None => Vec::new(),
                Some(node) => {
                    if node.node_hash() != half.old {
                        return Err(damaged(&half.path, "its hash is not what its parent says"));
                    }
                    match node {
                        Node::Bucket(entries) if count_of(&entries) == kept_count => entries,
                        _ => {
                            return Err(damaged(
                                &half.path,
                                "its count is not what its parent says",
                            ));
                        }
                    }
                }
            },
            Some(Replacement {
                subtree: Subtree::Bucket(entries),
                ..
            }) => entries,
            Some(Replacement {
                subtree: Subtree::Empty,
                ..
            }) => Vec::new(),
            Some(Replacement {
                subtree: Subtree::Inner { .. },
                ..
            }) => {
                return Err(damaged(
                    &half.path,
                    "it holds more records than its parent says",
                ));
            }
        };
        if half.old != self.empty {
            self.record(half.path, Written::Deleted);
        }
        Ok(entries)
    }

    /// Builds the subtree of `entries`, sorted and distinct, where no inner node was; all but its own node is written.
    fn grow(&mut self, path: &NodePath, entries: Vec<(Hash, Hash)>) -> Subtree {
        if entries.is_empty() {
            Subtree::Empty
        } else if entries.len() <= BUCKET_ENTRIES_MAX {
            Subtree::Bucket(entries)
        } else {
            self.grow_inner(path, &entries)
        }
    }

    /// [`Self::grow`] for more than a bucket's worth. It ends because distinct key hashes differ in one of their bits.
    fn grow_inner(&mut self, path: &NodePath, entries: &[(Hash, Hash)]) -> Subtree {
        assert!(
            path.length < DEPTH_MAX,
            "distinct key hashes differ in one of their bits"
        );
        let (left, right) = split(entries, path.length, |(key, _)| key);
        let mut half = |side, entries: &[(Hash, Hash)]| {
            let path = path.child(side);
            let subtree = match entries {
                [] => Subtree::Empty,
                few if few.len() <= BUCKET_ENTRIES_MAX => Subtree::Bucket(few.to_vec()),
                many => self.grow_inner(&path, many),
            };
            self.write(path, subtree, false)
        };
        Subtree::Inner {
            count: count_of(entries),
            left: half(Side::Left, left),
            right: half(Side::Right, right),
        }
    }

    /// Writes the node of `subtree`; its name. `existed` says whether a node is stored at `path` now.
    fn write(&mut self, path: NodePath, subtree: Subtree, existed: bool) -> Name {
        let written = match subtree {
            Subtree::Empty => {
                if existed {
                    self.record(path, Written::Deleted);
                }
                return Name::Known(self.empty);
            }
            Subtree::Bucket(entries) => Written::Bucket(entries),
            Subtree::Inner { count, left, right } => Written::Inner { count, left, right },
        };
        Name::Changed(self.record(path, written))
    }

    /// Notes a changed node; its place within its level.
    fn record(&mut self, path: NodePath, written: Written) -> usize {
        let level = usize::from(path.length);
        if self.levels.len() <= level {
            self.levels.resize_with(level.saturating_add(1), Vec::new);
        }
        let nodes = &mut self.levels[level];
        nodes.push((path, written));
        nodes.len().saturating_sub(1)
    }

    /// Hashes what was written; `root` names the root.
    fn finish(self, root: Name) -> TreeUpdate {
        let mut buckets = bucket_hashes(&self.levels).into_iter();
        let mut nodes: Vec<Vec<(NodePath, Option<Node>)>> = Vec::with_capacity(self.levels.len());
        // The hashes of the changed nodes of the level below.
        let mut below: Vec<Hash> = Vec::new();
        for level in self.levels.into_iter().rev() {
            let level: Vec<(NodePath, Option<Node>)> = level
                .into_iter()
                .map(|(path, written)| (path, written.node(&below)))
                .collect();
            below = level_hashes(&level, &mut buckets);
            nodes.push(level);
        }
        TreeUpdate {
            root: root.hash(&below),
            nodes: nodes.into_iter().rev().flatten().collect(),
        }
    }
}

impl Written {
    /// The node, given the hashes of the changed nodes of the level below; none deletes.
    fn node(self, below: &[Hash]) -> Option<Node> {
        match self {
            Written::Deleted => None,
            Written::Bucket(entries) => Some(Node::Bucket(entries)),
            Written::Inner { count, left, right } => Some(Node::Inner {
                count,
                left: left.hash(below),
                right: right.hash(below),
            }),
        }
    }
}

/// The hashes of all buckets that were written, from the lowest level up, in order within each.
fn bucket_hashes(levels: &[Vec<Placed>]) -> Vec<Hash> {
    let mut hashes = BlockHashes::new(Domain::StateBucket);
    for (_, written) in levels.iter().rev().flatten() {
        if let Written::Bucket(entries) = written {
            hashes.push(entries.iter().map(|(key, value)| [key, value]));
        }
    }
    hashes.finish()
}

/// The hashes of the changed nodes of one level, those of its buckets from `buckets`; zero for what is deleted and has none.
fn level_hashes(
    level: &[(NodePath, Option<Node>)],
    buckets: &mut impl Iterator<Item = Hash>,
) -> Vec<Hash> {
    let mut inner = BlockHashes::new(Domain::StateNode);
    for (_, node) in level {
        if let Some(Node::Inner { left, right, .. }) = node {
            inner.push([[left, right]].into_iter());
        }
    }
    let mut inner = inner.finish().into_iter();
    level
        .iter()
        .map(|(_, node)| match node {
            None => Some(Hash::ZERO),
            Some(Node::Bucket(_)) => buckets.next(),
            Some(Node::Inner { .. }) => inner.next(),
        })
        .map(|hash| hash.expect("every bucket and every inner node was hashed"))
        .collect()
}

/// `items`, sorted by key hash, in two halves by bit `depth` of the key hashes, whose earlier bits are the same.
fn split<T>(items: &[T], depth: u16, key: impl Fn(&T) -> &Hash) -> (&[T], &[T]) {
    let middle = items.partition_point(|item| Side::of(key(item), depth) == Side::Left);
    items.split_at(middle)
}

/// `entries` with `changes`, both sorted; none when that is no different.
fn merge(entries: &[(Hash, Hash)], changes: &[HashedChange]) -> Option<Vec<(Hash, Hash)>> {
    let mut merged = Vec::with_capacity(entries.len().saturating_add(changes.len()));
    let mut differs = false;
    let mut rest = entries.iter().peekable();
    for (key, value) in changes {
        while let Some(entry) = rest.next_if(|entry| entry.0 < *key) {
            merged.push(*entry);
        }
        let old_value = rest
            .next_if(|entry| entry.0 == *key)
            .map(|(_, value)| *value);
        differs |= old_value != *value;
        if let Some(value) = value {
            merged.push((*key, *value));
        }
    }
    merged.extend(rest);
    differs.then_some(merged)
}
