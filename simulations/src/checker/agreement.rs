//! No two nodes have different blocks at one height: every block follows the one before, was decided by a quorum that
//! really signed, and leaves every node with the state its header names. A node's heights only grow.

use std::collections::{BTreeMap, BTreeSet};

use ledger_core::block::Header;
use ledger_core::certificate::CommitCertificate;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};
use ledger_core::signature::Purpose;
use ledger_core::validator::ValidatorAddress;
use timebank_node::replica::Committed;

use super::sets::Sets;
use super::{Checker, Scene};
use crate::cluster::Cluster;
use crate::cluster::seen::Seen;

/// What an honest node committed first at a height.
#[derive(Clone, Copy, Debug)]
struct First {
    node: usize,
    id: BlockId,
    root: Hash,
}

/// A signature that was verified: round, signer, signature.
type Verified = (u32, ValidatorAddress, [u8; 64]);

/// What one node committed last, and whether it did not start since.
#[derive(Clone, Copy, Debug)]
struct Last {
    height: Height,
    same_life: bool,
}

/// The block that the first honest node to commit one has at each height, and what proves it.
#[derive(Debug, Default)]
pub struct Agreement {
    first: BTreeMap<Height, First>,
    last: BTreeMap<usize, Last>,
    sets: Sets,
    /// Signatures over the block at each height.
    verified: BTreeMap<Height, BTreeSet<Verified>>,
}

impl Checker for Agreement {
    fn name(&self) -> &'static str {
        "agreement"
    }

    fn observe(&mut self, scene: Scene<'_>, seen: &Seen) -> Result<(), String> {
        match seen {
            Seen::Committed { node, committed } if scene.is_honest(*node) => {
                self.sets.begin(scene.cluster.genesis());
                self.check_block(*node, committed)?;
                self.check_growth(scene, *node, committed.block.header.height)?;
                self.check_certificate(scene, *node, &committed.certificate)?;
                self.check_root(scene, *node, &committed.block.header)
            }
            Seen::Started { node } => {
                if let Some(last) = self.last.get_mut(node) {
                    last.same_life = false;
                }
                Ok(())
            }
            Seen::Restored { node } => {
                self.last.remove(node);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn finish(&mut self, scene: Scene<'_>) -> Result<(), String> {
        for node in scene.honest() {
            check_state(scene.cluster, node)?;
        }
        Ok(())
    }
}

impl Agreement {
    /// The block is the one every other honest node has there, on top of the one before.
    fn check_block(&mut self, node: usize, committed: &Committed) -> Result<(), String> {
        let header = &committed.block.header;
        let (id, height) = (header.id(), header.height);
        if let Some(first) = self.first.get(&height) {
            if first.id == id {
                return Ok(());
            }
            return Err(format!(
                "at height {height} node {} has block {} and node {node} block {id}",
                first.node, first.id
            ));
        }
        let below = height.0.checked_sub(1).map(Height).unwrap_or_default();
        let parent = if below == Height::GENESIS {
            Some(BlockId::default())
        } else {
            self.first.get(&below).map(|first| first.id)
        };
        if parent != Some(header.parent) {
            return Err(format!(
                "node {node} has block {id} at height {height} on top of {}, and the block below is {parent:?}",
                header.parent
            ));
        }
        let root = header.state_root;
        self.first.insert(height, First { node, id, root });
        self.sets.follow(&committed.block)
    }

    fn check_growth(
        &mut self,
        scene: Scene<'_>,
        node: usize,
        height: Height,
    ) -> Result<(), String> {
        let now = Last {
            height,
            same_life: true,
        };
        let Some(last) = self.last.insert(node, now) else {
            return Ok(());
        };
        // What it stored without a word before a crash it applies without a word after it.
        let grown = if last.same_life {
            height == last.height.next()
        } else {
            height > last.height
        };
        // Its disk took the newest block and never wrote it: it gets the same one again, which was compared above.
        let got_again = !last.same_life && height == last.height && scene.plan.loses_block(node);
        if grown || got_again {
            return Ok(());
        }
        Err(format!(
            "node {node} commits height {height} after height {}",
            last.height
        ))
    }

    /// A quorum of the set in force, each once, has signed what the certificate says.
    fn check_certificate(
        &mut self,
        scene: Scene<'_>,
        node: usize,
        certificate: &CommitCertificate,
    ) -> Result<(), String> {
        let height = certificate.height;
        let wrong = |what: &str| {
            let round = certificate.round;
            Err(format!(
                "the certificate of node {node} for height {height}, round {round}: {what}"
            ))
        };
        let (Some(first), Some(set)) = (self.first.get(&height), self.sets.at(height)) else {
            return wrong("it is for a height without a block");
        };
        if certificate.block_id != first.id {
            return wrong("it is for another block");
        }
        let mut signers = BTreeSet::new();
        let mut power = 0;
        let verified = self.verified.entry(height).or_default();
        for commit in &certificate.signatures {
            let Some(validator) = set.member(&commit.validator) else {
                return wrong(&format!("{} is no validator", commit.validator));
            };
            if !signers.insert(commit.validator) {
                return wrong(&format!("{} signs twice", commit.validator));
            }
            power += validator.power;
            let one = (certificate.round, commit.validator, commit.signature.0);
            if !verified.contains(&one) {
                let vote = certificate.vote(scene.cluster.genesis().chain_id(), commit.validator);
                let key = validator.consensus_key;
                if !key.verifies(Purpose::Vote, &vote.signed_bytes(), &commit.signature) {
                    return wrong(&format!("{} did not sign it", commit.validator));
                }
                verified.insert(one);
            }
        }
        if !set.is_quorum(power) {
            return wrong(&format!("{} signatures are no quorum", signers.len()));
        }
        Ok(())
    }

    /// The node's own state, which is not what the header says but what the node keeps.
    fn check_root(&self, scene: Scene<'_>, node: usize, header: &Header) -> Result<(), String> {
        let height = header.height;
        let root = self.first.get(&height).map(|first| first.root);
        let label = scene
            .cluster
            .replica(node)
            .and_then(|replica| replica.state().label());
        match label {
            Some(label) if label.height == height && Some(label.root) != root => Err(format!(
                "node {node} has state root {} after block {height}, whose header names {}",
                label.root, header.state_root
            )),
            _ => Ok(()),
        }
    }
}

/// Checks all nodes that are up.
///
/// # Errors
/// Says where they differ.
pub fn check(cluster: &Cluster) -> Result<(), String> {
    let highest = (0..cluster.len())
        .map(|node| cluster.height(node))
        .max()
        .unwrap_or_default();
    for height in 1..=highest.0 {
        let mut first: Option<(usize, _)> = None;
        for node in 0..cluster.len() {
            let Some(replica) = cluster.replica(node) else {
                continue;
            };
            let header = replica
                .blocks()
                .header(Height(height))
                .map_err(|error| format!("node {node}: {error}"))?;
            let Some(header) = header else { continue };
            match &first {
                None => first = Some((node, header.id())),
                Some((_, id)) if *id == header.id() => {}
                Some((other, id)) => {
                    return Err(format!(
                        "at height {height} node {other} has block {id} and node {node} block {}",
                        header.id()
                    ));
                }
            }
        }
    }
    for node in 0..cluster.len() {
        check_state(cluster, node)?;
    }
    Ok(())
}

fn check_state(cluster: &Cluster, node: usize) -> Result<(), String> {
    let Some(replica) = cluster.replica(node) else {
        return Ok(());
    };
    let height = replica.status().height;
    let label = replica.state().label();
    let Some(label) = label else {
        return Err(format!("node {node} has no state"));
    };
    if label.height != height {
        return Err(format!(
            "node {node} is at height {height} and its state at {}",
            label.height
        ));
    }
    let header = replica
        .blocks()
        .header(height)
        .map_err(|error| format!("node {node}: {error}"))?;
    match header {
        Some(header) if header.state_root != label.root => Err(format!(
            "node {node} has state root {} after block {height}, whose header names {}",
            label.root, header.state_root
        )),
        _ => Ok(()),
    }
}
