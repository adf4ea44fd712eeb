//! Two state trees compared from the root down, one here, one a node's, asked for node by node.

use std::collections::BTreeMap;

use ledger_core::hash::Hash;
use ledger_core::id::Height;
use ledger_core::state::tree::{Node, NodePath, Side, empty_hash};
use ledger_core::state::{MemoryState, StateView};
use timebank_wallet::Client;
use timebank_wallet::client::Transport;

use super::{LocateError, Stopped};

/// The most nodes of the tree that are asked for.
const REQUESTS_MAX: u32 = 20_000;

/// A record whose value is not the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) key_hash: Hash,
    /// The hash of the node's value; none when it has none.
    pub(super) theirs: Option<Hash>,
}

/// One comparison with a node that must stay at one height.
pub(super) struct Descent<'c, T> {
    client: &'c Client<T>,
    height: Height,
    requests: u32,
}

impl<'c, T: Transport> Descent<'c, T> {
    pub(super) const fn new(client: &'c Client<T>, height: Height) -> Descent<'c, T> {
        Descent {
            client,
            height,
            requests: 0,
        }
    }

    pub(super) const fn not_the_headers(&self, reason: String) -> LocateError {
        LocateError::NotTheHeaders {
            height: self.height,
            reason,
        }
    }

    /// The records that differ, by the hash of their key: a few more than `max` at most. `root` is that of the certified header.
    pub(super) fn differing(
        &mut self,
        ours: &MemoryState,
        root: Hash,
        max: usize,
    ) -> Result<Vec<Entry>, Stopped> {
        let mut found = BTreeMap::new();
        let mut waiting = vec![(NodePath::ROOT, root)];
        while let Some((path, expected)) = waiting.pop() {
            let our_node = ours.node(&path)?;
            let our_hash = our_node.as_ref().map_or_else(empty_hash, Node::node_hash);
            if our_hash == expected {
                continue;
            }
            let their_node = self.node(&path, expected)?;
            if let (Some(Node::Inner { .. }), Some(Node::Inner { left, right, .. })) =
                (&our_node, &their_node)
            {
                waiting.push((path.child(Side::Right), *right));
                waiting.push((path.child(Side::Left), *left));
                continue;
            }
            // A bucket or nothing on one side: all that is below is few.
            let mut here = BTreeMap::new();
            let mut below = |path: &NodePath, _: Hash| Ok(ours.node(path)?);
            entries(&mut below, path, our_node, &mut here)?;
            let mut there = BTreeMap::new();
            let mut below = |path: &NodePath, expected| self.node(path, expected);
            entries(&mut below, path, their_node, &mut there)?;
            for key_hash in here.keys().chain(there.keys()) {
                let theirs = there.get(key_hash).copied();
                if here.get(key_hash).copied() != theirs {
                    found.insert(*key_hash, theirs);
                }
            }
            if found.len() > max {
                break;
            }
        }
        let entry = |(key_hash, theirs)| Entry { key_hash, theirs };
        Ok(found.into_iter().map(entry).collect())
    }

    /// The node's tree at `path`, of which the parent says that its hash is `expected`.
    fn node(&mut self, path: &NodePath, expected: Hash) -> Result<Option<Node>, Stopped> {
        if expected == empty_hash() {
            return Ok(None);
        }
        self.requests = self.requests.saturating_add(1);
        if self.requests > REQUESTS_MAX {
            let reason = format!("more than {REQUESTS_MAX} of its nodes differ");
            return Err(self.not_the_headers(reason).into());
        }
        let (height, node) = self.client.state_node_unverified(path)?;
        if height != self.height {
            return Err(Stopped::Moved);
        }
        match node {
            Some(node) if node.node_hash() == expected => Ok(Some(node)),
            Some(_) => {
                let reason =
                    format!("the node of the tree at {path} has another hash than its parent says");
                Err(self.not_the_headers(reason).into())
            }
            None => Err(self
                .not_the_headers(format!("there is no node of the tree at {path}"))
                .into()),
        }
    }

    /// The node's record under `key`.
    pub(super) fn record(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, Stopped> {
        let (height, value) = self.client.state_record_unverified(key)?;
        if height != self.height {
            return Err(Stopped::Moved);
        }
        Ok(value)
    }
}

/// Reads the node at a path, of which its parent says that it has a hash.
type Below<'b> = dyn FnMut(&NodePath, Hash) -> Result<Option<Node>, Stopped> + 'b;

/// All entries below `node`, which stands at `path`.
fn entries(
    below: &mut Below<'_>,
    path: NodePath,
    node: Option<Node>,
    found: &mut BTreeMap<Hash, Hash>,
) -> Result<(), Stopped> {
    let mut waiting = vec![(path, node)];
    while let Some((path, node)) = waiting.pop() {
        match node {
            None => {}
            Some(Node::Bucket(entries)) => found.extend(entries),
            Some(Node::Inner { left, right, .. }) => {
                for (side, hash) in [(Side::Left, left), (Side::Right, right)] {
                    let path = path.child(side);
                    waiting.push((path, below(&path, hash)?));
                }
            }
        }
    }
    Ok(())
}
