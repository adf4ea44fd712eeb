//! What an update will look at, read some way ahead.
//!
//! In a large state each bucket and branch on the way to a change lies in memory that no cache holds, or on a disk. Read one
//! after another, with work between, each is waited for by itself. So as soon as few enough changes are left below a path, all
//! that lies on the way to them is asked for level by level, one request after the other without a look at what came, and
//! then touched: the processor waits for many at once. It is bounded, so that what was read is still near when it is used.

use std::borrow::Cow;
use std::hint::black_box;
use std::vec::IntoIter;

use super::branch::{Branch, Stored, TOP};
use super::hashing::HashedChange;
use super::path::{NodePath, Side, split};
use super::reading::{Half, Whereabouts, damaged, stored};
use crate::hash::Hash;
use crate::state::{StateError, StateView};

/// For how many changes at most is read ahead: their buckets and branches, old and new, take some 6 KB each.
const CHANGES_MAX: usize = 96;

/// What was read ahead, by length of path, in order.
#[derive(Default)]
pub(super) struct Ahead<'v> {
    levels: Vec<IntoIter<(NodePath, Cow<'v, Stored>)>>,
}

impl<'v> Ahead<'v> {
    /// What is stored under `path`, where there is something, on the way to `changes`.
    ///
    /// Paths are asked for in order.
    ///
    /// # Errors
    /// When the storage fails, or what it holds cannot stand there.
    pub(super) fn take(
        &mut self,
        view: &'v dyn StateView,
        path: &NodePath,
        changes: &[HashedChange],
        empty: &Hash,
    ) -> Result<Cow<'v, Stored>, StateError> {
        if let Some(found) = self.next(path) {
            return Ok(found);
        }
        if changes.len() > CHANGES_MAX {
            return stored(view, path)?.ok_or_else(|| damaged(path, "it is missing"));
        }
        self.read(view, path, changes, empty)?;
        self.next(path)
            .ok_or_else(|| damaged(path, "it is missing"))
    }

    fn next(&mut self, path: &NodePath) -> Option<Cow<'v, Stored>> {
        let level = self.levels.get_mut(usize::from(path.length))?;
        let (next, _) = level.as_slice().first()?;
        if next == path {
            level.next().map(|(_, stored)| stored)
        } else {
            None
        }
    }

    /// Reads all that is stored under `path` and below on the way to `changes`.
    fn read(
        &mut self,
        view: &'v dyn StateView,
        path: &NodePath,
        changes: &[HashedChange],
        empty: &Hash,
    ) -> Result<(), StateError> {
        let mut levels: Vec<Vec<(NodePath, Cow<'v, Stored>)>> = Vec::new();
        let mut waiting = vec![(*path, changes)];
        while !waiting.is_empty() {
            let found: Vec<Option<Cow<'v, Stored>>> = waiting
                .iter()
                .map(|(path, _)| view.stored(path))
                .collect::<Result<_, StateError>>()?;
            let touched = found.iter().flatten().map(|stored| stored.touch());
            black_box(touched.fold(0, u64::wrapping_add));
            let mut next = Vec::new();
            for ((path, changes), found) in waiting.into_iter().zip(found) {
                let found = found.ok_or_else(|| damaged(&path, "it is missing"))?;
                if let Some(reason) = found.misfit(&path) {
                    return Err(damaged(&path, reason));
                }
                if let Some(branch) = found.branch() {
                    below(branch, TOP, &path, changes, empty, &mut next);
                }
                let level = usize::from(path.length);
                if levels.len() <= level {
                    levels.resize_with(level.saturating_add(1), Vec::new);
                }
                levels[level].push((path, found));
            }
            waiting = next;
        }
        self.levels = levels.into_iter().map(Vec::into_iter).collect();
        Ok(())
    }
}

/// What is stored next on the way from the inner node at `place` to `changes`.
///
/// Calls itself once for each level of a branch at most.
fn below<'c>(
    branch: &Branch,
    place: usize,
    path: &NodePath,
    changes: &'c [HashedChange],
    empty: &Hash,
    next: &mut Vec<(NodePath, &'c [HashedChange])>,
) {
    let (left, right) = split(changes, path.length, |(key, _)| key);
    for (side, changes) in [(Side::Left, left), (Side::Right, right)] {
        if changes.is_empty() {
            continue;
        }
        let half = Half {
            branch,
            place,
            side,
        };
        let path = path.child(side);
        match half.whereabouts(empty) {
            Whereabouts::Nowhere => {}
            Whereabouts::Within(place) => below(branch, place, &path, changes, empty, next),
            Whereabouts::Below => next.push((path, changes)),
        }
    }
}
