//! Changing the tree.
//!
//! The changes, sorted by key hash, are split along the tree on the way down, so that each node on the way to a change
//! is read once. A half that shrinks below a bucket's worth is handed to its parent unwritten, because only the parent
//! knows whether it becomes part of a larger bucket.
//!
//! What an update of a large state touches is more than the caches near the processor hold. So once few enough changes are
//! left below a path, they are a part: all on the way to them is read ahead, changed, hashed and put into branches, and
//! only then follows the next part. Above the parts there are few nodes.

use std::borrow::Cow;

use super::ahead::Ahead;
use super::branch::{Branch, Bucket, Entry, Inner, Stored, TOP};
use super::changed::{ChangedNodes, Name, Unhashed, Write};
use super::hashing::{HashedChange, empty_hash, key_hash, value_hash};
use super::merge::{Merged, merge};
use super::node::{BUCKET_ENTRIES_MAX, count_max, count_of};
use super::path::{DEPTH_MAX, NodePath, Side, split};
use super::reading::{Half, Standing, Whereabouts, damaged, stored};
use crate::hash::Hash;
use crate::state::{RecordChanges, StateError, StateView};

/// How many changes a part has at most: their buckets and branches, old and new, take some 6 KB each.
const PART_CHANGES_MAX: usize = 256;

/// What an update changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreeUpdate {
    /// The new root.
    pub root: Hash,
    /// What changes of what is stored, each path once and in order; none deletes.
    pub nodes: Vec<Write>,
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
    changes: Vec<HashedChange>,
) -> Result<TreeUpdate, StateError> {
    update_in_parts(view, changes, PART_CHANGES_MAX)
}

/// [`update_hashed`] in parts of at most `part_max` changes.
pub(super) fn update_in_parts(
    view: &dyn StateView,
    mut changes: Vec<HashedChange>,
    part_max: usize,
) -> Result<TreeUpdate, StateError> {
    changes.sort_unstable();
    changes.dedup_by_key(|(key, _)| *key);
    let mut pass = Pass::new(view, part_max);
    let old = stored(view, &NodePath::ROOT)?;
    let old_root = old.as_deref().map_or(pass.empty, Stored::node_hash);
    let existed = old.is_some();
    let root = match pass.change(&NodePath::ROOT, old, &changes)? {
        None => Name::Known(old_root),
        Some(replacement) => pass.write(NodePath::ROOT, replacement.subtree, existed),
    };
    let (root, nodes) = pass.nodes.finish(root, &pass.empty);
    Ok(TreeUpdate { root, nodes })
}

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

/// One update under way, or a part of it.
struct Pass<'v> {
    view: &'v dyn StateView,
    empty: Hash,
    /// How many changes make a part at most; zero in a part, which has none.
    part_max: usize,
    /// What was read ahead, in a part.
    ahead: Ahead<'v>,
    nodes: ChangedNodes<'v>,
    /// The last part, whose memory serves the next.
    part: Option<Box<Pass<'v>>>,
}

impl<'v> Pass<'v> {
    fn new(view: &'v dyn StateView, part_max: usize) -> Pass<'v> {
        Pass {
            view,
            empty: empty_hash(),
            part_max,
            ahead: Ahead::default(),
            nodes: ChangedNodes::new(),
            part: None,
        }
    }

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
                    self.nodes.keep(*path, branch);
                }
                return Ok(replacement);
            }
        };
        Ok(merge(entries, changes).map(|merged| Replacement {
            old_count: count_of(entries),
            subtree: self.grow(path, merged),
        }))
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
        } else if changes.len() <= self.part_max {
            self.change_part(&path, half, changes)?
        } else {
            self.change_standing(&path, half, changes)?
        };
        Ok(ChangedHalf {
            path,
            half,
            old: half.hash().copied().unwrap_or(self.empty),
            replacement,
        })
    }

    /// [`Self::change`] of what stands at `half`.
    fn change_standing(
        &mut self,
        path: &NodePath,
        half: Half<'_>,
        changes: &[HashedChange],
    ) -> Result<Option<Replacement>, StateError> {
        match half.whereabouts(&self.empty) {
            Whereabouts::Nowhere => self.change(path, None, changes),
            Whereabouts::Within(place) => self.change_inner(path, half.branch, place, changes),
            Whereabouts::Below => {
                let old = match self.ahead.take(path) {
                    Some(old) => old,
                    None => {
                        stored(self.view, path)?.ok_or_else(|| damaged(path, "it is missing"))?
                    }
                };
                self.change(path, Some(old), changes)
            }
        }
    }

    /// [`Self::change_standing`] as a part: what it changes is finished, as far as it can be before it is known what becomes
    /// of `path`.
    ///
    /// By itself, so that what only a part needs is not on the stack once for each bit.
    #[inline(never)]
    fn change_part(
        &mut self,
        path: &NodePath,
        half: Half<'_>,
        changes: &[HashedChange],
    ) -> Result<Option<Replacement>, StateError> {
        let part = self.part.take();
        let mut part = part.unwrap_or_else(|| Box::new(Pass::new(self.view, 0)));
        part.ahead = Ahead::read(self.view, path, half, changes, &self.empty)?;
        let mut replacement = part.change_standing(path, half, changes)?;
        let hashes = part
            .nodes
            .finish_part(path.length, &mut self.nodes, &self.empty);
        self.part = Some(part);
        if let Some(Replacement {
            subtree: Subtree::Inner(inner),
            ..
        }) = &mut replacement
        {
            inner.know_halves(&hashes);
        }
        Ok(replacement)
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
            self.nodes.delete(path);
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
        match subtree {
            Subtree::Empty => {
                if existed {
                    self.nodes.delete(path);
                }
                Name::Known(self.empty)
            }
            Subtree::Bucket(bucket) => self.nodes.add_bucket(path, bucket),
            Subtree::Inner(inner) => self.nodes.add_inner(path, inner),
        }
    }
}
