//! What must be true in the end, read from every node: the checks that decide whether a trial passed.
//!
//! Each node's blocks are read from its own store and audited again from the genesis document, so a node is taken at the
//! word of its blocks alone. Then: the same blocks at every height; every acknowledged transaction exactly once, where it
//! was said to be, on every node; nothing twice; nothing nobody submitted; the audit's root, the node's root and the others'
//! roots equal; everything issued accounted for, and as much of it as was submitted.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};
use ledger_core::audit::Audit;
use ledger_core::block::{BLOCK_BYTES_MAX, Block};
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height, TransactionId};
use ledger_core::validator::ValidatorAddress;
use timebank_wallet::client::{Content, Request, Transport};
use timebank_wallet::http::HttpTransport;

use super::clients::{Entry, POOL, Purpose, impatient};
use super::interrupt::Interrupt;
use crate::network::Network;

/// Bytes of a block with its certificate as a node sends them.
const ANSWER_BYTES_MAX: usize = 2 * BLOCK_BYTES_MAX;
/// How many of the transactions concerned a failure names.
const NAMED_MAX: usize = 5;

/// A node's chain as its blocks tell it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    /// The blocks by height, from 1.
    pub(super) blocks: Vec<BlockId>,
    /// In which blocks each transaction is; in more than one when something went wrong.
    pub(super) applied: BTreeMap<TransactionId, Vec<Height>>,
    /// The state's root after the last, by the audit.
    pub(super) root: Hash,
}

/// What became of the load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    /// Submitted by a client.
    pub(super) submitted: usize,
    /// Of those, called final by a node.
    pub(super) acknowledged: usize,
    /// In exactly one block of every node.
    pub(super) applied_once: usize,
    /// Acknowledged, and missing on some node.
    pub(super) lost: usize,
    /// In more than one block of some node.
    pub(super) doubled: usize,
    /// Blocks of the chain.
    pub(super) blocks: usize,
}

/// Reads the block at `height`, or the newest, from the node at `index`.
///
/// # Errors
/// When it does not answer, or answers with something else.
pub(super) fn read_block(
    transport: &HttpTransport,
    height: Option<Height>,
) -> Result<(Block, CommitCertificate)> {
    let asked = height.map_or_else(|| "latest".to_owned(), |height| height.to_string());
    let request = Request {
        accept: Content::Borsh,
        ..Request::get(format!("/v1/blocks/{asked}"))
    };
    let response = transport.request(&request)?;
    ensure!(
        response.status == 200,
        "{} answers {} when asked for block {asked}",
        response.node,
        response.status
    );
    codec::decode(&response.body, ANSWER_BYTES_MAX)
        .with_context(|| format!("block {asked} of {}", response.node))
}

/// Reads and audits the chain of the node at `index` up to `height`.
///
/// # Errors
/// When it does not answer, its blocks do not follow each other, or the audit finds fault.
fn read_chain(
    network: &Network,
    index: usize,
    height: Height,
    interrupt: &Interrupt,
) -> Result<Chain> {
    let transport = HttpTransport::new([network.url(index)]);
    let mut audit = Audit::begin(network.genesis()).context("the genesis document")?;
    let mut chain = Chain::default();
    for at in 1..=height.0 {
        interrupt.check()?;
        let (block, certificate) = read_block(&transport, Some(Height(at)))?;
        audit.follow(&block, &certificate)?;
        chain.blocks.push(block.id());
        for sealed in &block.transactions {
            let places = chain.applied.entry(sealed.id()).or_default();
            places.push(Height(at));
        }
    }
    chain.root = audit.state().root();
    Ok(chain)
}

/// Checks everything on the nodes of `network`, all of which run, rest and are at `height`. `entries`: what clients know;
/// `founding`: what was applied before the load.
///
/// # Errors
/// Naming everything that is not as it must be.
pub(super) fn everything(
    network: &Network,
    height: Height,
    entries: &BTreeMap<TransactionId, Entry>,
    founding: &BTreeSet<TransactionId>,
    interrupt: &Interrupt,
) -> Result<(Figures, Vec<String>)> {
    let chains: Vec<Result<Chain>> = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..network.len())
            .map(|index| scope.spawn(move || read_chain(network, index, height, interrupt)))
            .collect();
        readers
            .into_iter()
            .map(|reader| {
                reader
                    .join()
                    .unwrap_or_else(|_| bail!("the reader has panicked"))
            })
            .collect()
    });
    let mut faults = Vec::new();
    let mut read = Vec::new();
    for (index, chain) in chains.into_iter().enumerate() {
        match chain {
            Ok(chain) => read.push(chain),
            Err(error) => faults.push(format!("the blocks of node {}: {error:#}", index + 1)),
        }
    }
    interrupt.check()?;
    let (figures, found) = judge(entries, founding, &read);
    faults.extend(found);
    let funded = funded(entries, &read);
    for index in 0..network.len() {
        match stands(network, index, height, funded, read.first()) {
            Ok(()) => {}
            Err(error) => faults.push(format!("node {}: {error:#}", index + 1)),
        }
    }
    Ok((figures, faults))
}

/// How many minutes the chain's transactions have put into the pool.
fn funded(entries: &BTreeMap<TransactionId, Entry>, chains: &[Chain]) -> u64 {
    let applied = chains.first().map(|chain| &chain.applied);
    let count = applied.into_iter().flatten().filter(|(id, _)| {
        entries
            .get(id)
            .is_some_and(|entry| entry.purpose == Purpose::Fund)
    });
    count.count() as u64
}

/// Checks what the node at `index` says of its state.
fn stands(
    network: &Network,
    index: usize,
    height: Height,
    funded: u64,
    chain: Option<&Chain>,
) -> Result<()> {
    let client = impatient(network, index);
    let status = client.status()?;
    ensure!(
        status.height == height,
        "it is at height {} and not at {height}",
        status.height
    );
    if let Some(chain) = chain {
        ensure!(
            status.state_root == chain.root,
            "its state root is {}, the audit of the blocks gives {}",
            status.state_root,
            chain.root
        );
    }
    let supply = client.supply_unverified()?;
    ensure!(
        supply.issued == supply.accounted,
        "{} min are issued and {} min accounted for",
        supply.issued,
        supply.accounted
    );
    let pool = client.pool(POOL)?.pool.minutes;
    ensure!(
        supply.issued.0 == funded && pool.0 == funded,
        "{funded} transactions of one minute each applied; {} min are issued and {pool} min in the pool",
        supply.issued
    );
    Ok(())
}

/// Compares what clients know with what the nodes' blocks hold; figures, and what is wrong.
fn judge(
    entries: &BTreeMap<TransactionId, Entry>,
    founding: &BTreeSet<TransactionId>,
    chains: &[Chain],
) -> (Figures, Vec<String>) {
    let mut faults = Vec::new();
    let mut lost = BTreeSet::new();
    let mut doubled = BTreeSet::new();
    let blocks = chains.first().map_or(0, |chain| chain.blocks.len());
    for (number, chain) in (1..).zip(chains) {
        faults.extend(differing(chains.first(), chain, number));
        let mut misplaced = BTreeSet::new();
        for (id, entry) in entries {
            let Some(said) = entry.acknowledged else {
                continue;
            };
            match chain.applied.get(id) {
                None => {
                    lost.insert(*id);
                }
                Some(places) if !places.contains(&said) => {
                    misplaced.insert(*id);
                }
                Some(_) => {}
            }
        }
        let twice = chain.applied.iter().filter(|(_, places)| places.len() > 1);
        doubled.extend(twice.map(|(id, _)| *id));
        let foreign = chain
            .applied
            .keys()
            .filter(|id| !entries.contains_key(id) && !founding.contains(id));
        complain(
            &mut faults,
            &format!("node {number} holds what nobody submitted"),
            &foreign.copied().collect(),
        );
        complain(
            &mut faults,
            &format!("node {number} holds acknowledged transactions in other blocks than was said"),
            &misplaced,
        );
    }
    complain(&mut faults, "acknowledged and lost", &lost);
    complain(&mut faults, "applied more than once", &doubled);
    let once = entries.keys().filter(|id| {
        chains.iter().all(|chain| {
            chain
                .applied
                .get(id)
                .is_some_and(|places| places.len() == 1)
        })
    });
    let figures = Figures {
        submitted: entries.len(),
        acknowledged: entries
            .values()
            .filter(|entry| entry.acknowledged.is_some())
            .count(),
        applied_once: once.count(),
        lost: lost.len(),
        doubled: doubled.len(),
        blocks,
    };
    (figures, faults)
}

/// Where the chain of node `number` leaves that of the first.
fn differing(first: Option<&Chain>, chain: &Chain, number: usize) -> Option<String> {
    let first = first?;
    if chain.blocks.len() != first.blocks.len() {
        return Some(format!(
            "node {number} has {} blocks, node 1 has {}",
            chain.blocks.len(),
            first.blocks.len()
        ));
    }
    let mut pairs = (1..).zip(chain.blocks.iter().zip(&first.blocks));
    if let Some((height, (own, other))) = pairs.find(|(_, (own, other))| own != other) {
        return Some(format!(
            "at height {height} node {number} has block {own}, node 1 has {other}"
        ));
    }
    (chain.root != first.root).then(|| {
        format!(
            "the audit of node {number} ends at root {}, that of node 1 at {}",
            chain.root, first.root
        )
    })
}

fn complain(faults: &mut Vec<String>, what: &str, ids: &BTreeSet<TransactionId>) {
    if ids.is_empty() {
        return;
    }
    let named: Vec<String> = ids
        .iter()
        .take(NAMED_MAX)
        .map(ToString::to_string)
        .collect();
    faults.push(format!("{what}: {} ({}, …)", ids.len(), named.join(", ")));
}

/// Checks that all nodes have the same block at `height`.
///
/// # Errors
/// When they have not, or one does not answer.
pub(super) fn same_block(network: &Network, height: Height) -> Result<()> {
    let mut first: Option<BlockId> = None;
    for index in 0..network.len() {
        let transport = HttpTransport::new([network.url(index)]);
        let id = read_block(&transport, Some(height))?.0.id();
        match first {
            Some(first) if first != id => bail!(
                "at height {height} node {} has block {id}, node 1 has {first}",
                index + 1
            ),
            _ => first = Some(id),
        }
    }
    Ok(())
}

/// Whether the node at `index` is among those whose precommits decided the block.
pub(super) fn has_signed(certificate: &CommitCertificate, index: usize) -> bool {
    let key = crate::city::consensus_key(index).public_key();
    let validator = ValidatorAddress::of(&key);
    certificate
        .signatures
        .iter()
        .any(|signature| signature.validator == validator)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> TransactionId {
        TransactionId(Hash([byte; 32]))
    }

    fn entry(acknowledged: Option<u64>) -> Entry {
        Entry {
            purpose: Purpose::Fund,
            acknowledged: acknowledged.map(Height),
        }
    }

    /// Two acknowledged in blocks 1 and 2, one that is under way, and the chain that holds them.
    fn book() -> (BTreeMap<TransactionId, Entry>, Chain) {
        let entries = BTreeMap::from([
            (id(1), entry(Some(1))),
            (id(2), entry(Some(2))),
            (id(3), entry(None)),
        ]);
        let chain = Chain {
            blocks: vec![BlockId(Hash([1; 32])), BlockId(Hash([2; 32]))],
            applied: BTreeMap::from([
                (id(9), vec![Height(1)]),
                (id(1), vec![Height(1)]),
                (id(2), vec![Height(2)]),
            ]),
            root: Hash([7; 32]),
        };
        (entries, chain)
    }

    fn faults_after(spoil: impl Fn(&mut Chain)) -> (Figures, Vec<String>) {
        let (entries, chain) = book();
        let mut spoilt = chain.clone();
        spoil(&mut spoilt);
        judge(&entries, &BTreeSet::from([id(9)]), &[chain, spoilt])
    }

    #[test]
    fn equal_chains_with_everything_once_are_as_they_must_be() {
        let (figures, faults) = faults_after(|_| {});
        assert_eq!(faults, Vec::<String>::new());
        let expected = Figures {
            submitted: 3,
            acknowledged: 2,
            applied_once: 2,
            lost: 0,
            doubled: 0,
            blocks: 2,
        };
        assert_eq!(figures, expected);
    }

    #[test]
    fn whatever_one_node_has_otherwise_is_found() {
        type Spoil = fn(&mut Chain);
        let cases: [(Spoil, &str); 7] = [
            (
                |chain| drop(chain.applied.remove(&id(2))),
                "acknowledged and lost: 1",
            ),
            (
                |chain| chain.applied.entry(id(1)).or_default().push(Height(2)),
                "applied more than once: 1",
            ),
            (
                |chain| drop(chain.applied.insert(id(1), vec![Height(2)])),
                "in other blocks than was said: 1",
            ),
            (
                |chain| drop(chain.applied.insert(id(5), vec![Height(2)])),
                "what nobody submitted: 1",
            ),
            (
                |chain| chain.blocks[1] = BlockId(Hash([3; 32])),
                "at height 2 node 2 has block",
            ),
            (
                |chain| chain.blocks.truncate(1),
                "node 2 has 1 blocks, node 1 has 2",
            ),
            (|chain| chain.root = Hash([8; 32]), "ends at root"),
        ];
        for (spoil, expected) in cases {
            let (_, faults) = faults_after(spoil);
            assert!(
                faults.iter().any(|fault| fault.contains(expected)),
                "{expected}: {faults:?}"
            );
        }
        let (figures, _) = faults_after(|chain| {
            chain.applied.remove(&id(2));
            chain.applied.entry(id(1)).or_default().push(Height(2));
        });
        assert_eq!(
            (figures.lost, figures.doubled, figures.applied_once),
            (1, 1, 0)
        );
    }
}
