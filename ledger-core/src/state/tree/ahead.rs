//! What an update will look at, read some way ahead.
//!
//! In a large state each bucket and branch on the way to a change lies in memory that no cache holds, or on a disk. Read one
//! after another, with work between, each is waited for by itself. So for each part of an update all that lies on the way to its
//! changes is asked for level by level, one request after the other without a look at what came, and then touched: the
//! processor waits for many at once. A part is bounded, so that what was read is still near when it is used.

use std::borrow::Cow;
use std::hint::black_box;
use std::vec::IntoIter;

use super::branch::{Branch, Stored, TOP};
use super::hashing::HashedChange;
use super::path::{NodePath, Side, split};
use super::reading::{Half, Whereabouts, damaged};
use crate::hash::Hash;
use crate::state::{StateError, StateView};

/// What was read ahead, by length of path, in order.
#[derive(Default)]
pub(super) struct Ahead<'v> {
    levels: Vec<IntoIter<(NodePath, Cow<'v, Stored>)>>,
}

impl<'v> Ahead<'v> {
    /// Reads all that is stored at `half`, which stands at `path`, and below, on the way to `changes`.
    ///
    /// # Errors
    /// When the storage fails, or what it holds cannot stand there.
    pub(super) fn read(
        view: &'v dyn StateView,
        path: &NodePath,
        half: Half<'_>,
        changes: &[HashedChange],
        empty: &Hash,
    ) -> Result<Ahead<'v>, StateError> {
        let mut levels: Vec<Vec<(NodePath, Cow<'v, Stored>)>> = Vec::new();
        let mut waiting = Vec::new();
        below_half(half, path, changes, empty, &mut waiting);
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
        let levels = levels.into_iter().map(Vec::into_iter).collect();
        Ok(Ahead { levels })
    }

    /// What is stored under `path`, if it was read. Paths are asked for in order.
    pub(super) fn take(&mut self, path: &NodePath) -> Option<Cow<'v, Stored>> {
        let level = self.levels.get_mut(usize::from(path.length))?;
        let (next, _) = level.as_slice().first()?;
        if next == path {
            level.next().map(|(_, stored)| stored)
        } else {
            None
        }
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
        if !changes.is_empty() {
            let half = Half {
                branch,
                place,
                side,
            };
            below_half(half, &path.child(side), changes, empty, next);
        }
    }
}

/// What is stored next on the way from `half`, which stands at `path`, to `changes`.
fn below_half<'c>(
    half: Half<'_>,
    path: &NodePath,
    changes: &'c [HashedChange],
    empty: &Hash,
    next: &mut Vec<(NodePath, &'c [HashedChange])>,
) {
    match half.whereabouts(empty) {
        Whereabouts::Nowhere => {}
        Whereabouts::Within(place) => below(half.branch, place, path, changes, empty, next),
        Whereabouts::Below => next.push((*path, changes)),
    }
}
