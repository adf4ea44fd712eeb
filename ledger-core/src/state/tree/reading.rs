//! Reading the tree as it is stored: nodes by their paths, and the halves of an inner node, wherever those are.

use std::borrow::Cow;

use super::branch::{Branch, Stored, half_place};
use super::hashing::empty_hash;
use super::node::Node;
use super::path::{NodePath, Side};
use crate::hash::Hash;
use crate::state::{StateError, StateView};

/// The root of the tree of `view`: the state root in the header of the block the view follows.
///
/// # Errors
/// When the storage fails.
pub fn root(view: &dyn StateView) -> Result<Hash, StateError> {
    let root = view.node(&NodePath::ROOT)?;
    Ok(root.map_or_else(empty_hash, |node| node.node_hash()))
}

/// The node of the tree at `path`, out of what `stored` finds under paths. It is asked only where the tree has something: a
/// store that makes buckets of records could make one of some of a bucket's.
pub(in crate::state) fn node_at<'v>(
    stored: impl Fn(&NodePath) -> Result<Option<Cow<'v, Stored>>, StateError>,
    path: &NodePath,
) -> Result<Option<Node>, StateError> {
    let Some((parent, side)) = path.parent() else {
        return Ok(stored(path)?.as_deref().map(Node::from));
    };
    let above = stored(&parent.top())?;
    let Some(branch) = above.as_deref().and_then(Stored::branch) else {
        return Ok(None);
    };
    let place = parent.place();
    if branch.inner(place).is_none() {
        return Ok(None);
    }
    let half = Half {
        branch,
        place,
        side,
    };
    match half.whereabouts(&empty_hash()) {
        Whereabouts::Nowhere => Ok(None),
        Whereabouts::Within(place) => Ok(branch.inner(place).map(Node::from)),
        Whereabouts::Below => Ok(stored(path)?.as_deref().map(Node::from)),
    }
}

/// One half of an inner node, in the branch in which that was read.
#[derive(Clone, Copy)]
pub(super) struct Half<'b> {
    pub(super) branch: &'b Branch,
    pub(super) place: usize,
    pub(super) side: Side,
}

impl<'b> Half<'b> {
    /// The hash by which the inner node names it; none when there is no inner node.
    pub(super) fn hash(&self) -> Option<&'b Hash> {
        let inner = self.branch.inner(self.place)?;
        inner.halves.get(usize::from(self.side == Side::Right))
    }

    /// What stands there, at `path`.
    ///
    /// # Errors
    /// When the storage fails, or what it holds cannot stand there.
    pub(super) fn read<'v>(
        &self,
        view: &'v dyn StateView,
        path: &NodePath,
        empty: &Hash,
    ) -> Result<Standing<'v>, StateError> {
        match self.whereabouts(empty) {
            Whereabouts::Nowhere => Ok(Standing::Empty),
            Whereabouts::Within(place) => Ok(Standing::Within(place)),
            Whereabouts::Below => match stored(view, path)? {
                Some(stored) => Ok(Standing::Stored(stored)),
                None => Err(damaged(path, "it is missing")),
            },
        }
    }

    /// Where what stands there is to be found.
    pub(super) fn whereabouts(&self, empty: &Hash) -> Whereabouts {
        match half_place(self.place, self.side) {
            Some(place) if self.branch.inner(place).is_some() => Whereabouts::Within(place),
            _ if self.hash() == Some(empty) => Whereabouts::Nowhere,
            _ => Whereabouts::Below,
        }
    }
}

/// Where one half of an inner node is to be found.
pub(super) enum Whereabouts {
    /// It has no record.
    Nowhere,
    /// It is the inner node at this place of the same branch.
    Within(usize),
    /// It is stored under its path.
    Below,
}

/// One half of an inner node.
pub(super) enum Standing<'v> {
    /// No record.
    Empty,
    /// The inner node at this place of the same branch.
    Within(usize),
    /// A bucket, or the topmost inner node of a branch.
    Stored(Cow<'v, Stored>),
}

/// What is stored under `path`.
///
/// # Errors
/// When the storage fails, or what it holds cannot stand there.
pub(super) fn stored<'v>(
    view: &'v dyn StateView,
    path: &NodePath,
) -> Result<Option<Cow<'v, Stored>>, StateError> {
    let stored = view.stored(path)?;
    match stored.as_ref().and_then(|stored| stored.misfit(path)) {
        None => Ok(stored),
        Some(reason) => Err(damaged(path, reason)),
    }
}

/// That what is stored under `path` is damaged, or missing.
pub(super) fn damaged(path: &NodePath, reason: &'static str) -> StateError {
    let bytes = usize::from(path.length).div_ceil(8).min(32);
    StateError {
        reason: format!(
            "the state tree is damaged at depth {}, path {}: {reason}; rebuild the state from the blocks",
            path.length,
            hex::encode(path.bits.get(..bytes).unwrap_or_default())
        ),
    }
}
