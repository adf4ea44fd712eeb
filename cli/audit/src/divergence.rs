//! Where a certified block and its execution here part: the first posting and the records that differ from a node's.
//!
//! A node shows its state as of its newest block only. So the chain is executed on here from the block that parts, whatever the
//! headers say, until the node's height; then the two trees are compared from the root down, and only where hashes differ is
//! gone further. What always holds: the node's tree must have the root of a certified header, every node of it the hash its
//! parent names, every value the hash its entry names, so the node cannot blame a record that the chain's validators have as
//! it is here. Requests, keys and attempts are bounded.

mod descent;
mod naming;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use ledger_core::audit::Audit;
use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::hash::Hash;
use ledger_core::id::Height;
use ledger_core::ledger::{
    ApplyError, Execution, HeaderField, NothingVerified, Tip, execute_block,
};
use ledger_core::receipt::{Cause, Receipt};
use ledger_core::state::tree::{key_hash, value_hash};
use ledger_core::state::{MemoryState, StateView};
use ledger_core::validator::ValidatorSet;
use serde::Serialize;
use serde_json::Value;
use timebank_wallet::client::Transport;
use timebank_wallet::{Client, Error};

use crate::book::Divergence;
use descent::{Descent, Entry};
pub use naming::{FieldDifference, record_name};

/// How often comparing begins again because the node has a newer block.
const ATTEMPTS_MAX: u32 = 50;
/// The most records that are named.
const RECORDS_MAX: usize = 100;

/// Why it could not be said where the two part.
#[derive(Debug, thiserror::Error)]
pub enum LocateError {
    /// The node's fault, or the network's.
    #[error(transparent)]
    Node(#[from] Error),
    /// The node's state is of an earlier block.
    #[error("the node is at block {height}, before the one that parts")]
    Behind {
        /// Where it is.
        height: Height,
    },
    /// The node's tree is not that of the header.
    #[error("the node's tree at block {height} is not that of its certified header: {reason}")]
    NotTheHeaders {
        /// At which height.
        height: Height,
        /// What is wrong.
        reason: String,
    },
    /// What comes after it is not the chain's.
    #[error("block {height} after it is not the chain's: {reason}")]
    Block {
        /// Which.
        height: Height,
        /// Why not.
        reason: String,
    },
    /// The node does not stand still long enough.
    #[error(
        "the node had a newer block each of {ATTEMPTS_MAX} times; ask one that follows another chain's load, or none"
    )]
    Moving,
    /// Our own state cannot be read, which a state in memory excludes.
    #[error(transparent)]
    State(#[from] ledger_core::state::StateError),
}

/// A record that is not the same here and at the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordDifference {
    /// What it is, for people.
    pub record: String,
    /// Its key as hex; none when only the node has it and it was not known here before.
    pub key: Option<String>,
    /// The hash of its key.
    pub key_hash: Hash,
    /// Its value here; none when there is none.
    pub ours: Option<Value>,
    /// The node's.
    pub theirs: Option<Value>,
    /// The fields that differ, where both have it.
    pub fields: Vec<FieldDifference>,
}

/// A receipt that is not the same here and at the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceiptDifference {
    /// Its place in the block.
    pub index: usize,
    /// What made it happen.
    pub cause: Cause,
    /// The first posting that differs; none when the causes do.
    pub posting: Option<usize>,
    /// The fields that differ; whole postings where one side has none.
    pub fields: Vec<FieldDifference>,
}

/// Where the two part.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Located {
    /// The first receipt that differs; none when all are the same, or the node's are not those of its header either.
    pub receipt: Option<ReceiptDifference>,
    /// At which height the states were compared; none when they were not.
    pub compared_at: Option<Height>,
    /// The records that differ there, by key; at most a hundred.
    pub records: Vec<RecordDifference>,
    /// Whether there are more than those.
    pub more: bool,
    /// The later block in which something applies to the node's state that does not apply here, and why: then the states
    /// cannot be compared.
    pub stuck: Option<(Height, String)>,
}

/// Compares with the node of `client` what `divergence` came to after `audit`.
///
/// # Errors
/// See [`LocateError`].
pub fn locate<T: Transport>(
    audit: &Audit,
    divergence: &Divergence,
    client: &Client<T>,
) -> Result<Located, LocateError> {
    let mut located = Located::default();
    if divergence.field == HeaderField::ReceiptsRoot {
        located.receipt = compare_receipts(divergence, client)?;
    }
    let mut onwards = Onwards::begin(audit, divergence);
    for _ in 0..ATTEMPTS_MAX {
        match attempt(&mut onwards, client, audit.state()) {
            Ok((height, found)) => {
                located.compared_at = Some(height);
                located.more = found.len() > RECORDS_MAX;
                located.records = found;
                located.records.truncate(RECORDS_MAX);
                return Ok(located);
            }
            Err(Stopped::Moved) => {}
            Err(Stopped::Stuck(height, reason)) => {
                located.stuck = Some((height, reason));
                return Ok(located);
            }
            Err(Stopped::Failed(error)) => return Err(error),
        }
    }
    Err(LocateError::Moving)
}

/// Why an attempt ended without a result.
enum Stopped {
    /// The node has a newer block.
    Moved,
    /// Something applies there and not here.
    Stuck(Height, String),
    Failed(LocateError),
}

impl<E: Into<LocateError>> From<E> for Stopped {
    fn from(error: E) -> Stopped {
        Stopped::Failed(error.into())
    }
}

/// Our state from the block that parts on.
struct Onwards {
    state: MemoryState,
    tip: Tip,
    /// The certified root at the tip.
    root: Hash,
    validators: ValidatorSet,
    /// Keys of everything written since, deletions included.
    written: BTreeMap<Hash, Vec<u8>>,
}

impl Onwards {
    fn begin(audit: &Audit, divergence: &Divergence) -> Onwards {
        let mut onwards = Onwards {
            state: audit.state().clone(),
            tip: *audit.tip(),
            root: audit.state().root(),
            validators: audit.validators().clone(),
            written: BTreeMap::new(),
        };
        onwards.take(&divergence.block, divergence.execution.clone());
        onwards
    }

    fn take(&mut self, block: &Block, execution: Execution) {
        for key in execution.writes.records.keys() {
            self.written.insert(key_hash(key), key.clone());
        }
        self.state.apply(&execution.writes);
        self.tip = Tip::of(&block.header);
        self.root = block.header.state_root;
        self.validators = execution.next_validators;
    }

    /// Executes the next block, whatever its header says of the outcome.
    fn follow(&mut self, block: &Block, certificate: &CommitCertificate) -> Result<(), Stopped> {
        let height = self.tip.height.next();
        certificate
            .verify(self.tip.chain_id, height, block.id(), &self.validators)
            .map_err(|error| LocateError::Block {
                height,
                reason: error.to_string(),
            })?;
        match execute_block(&self.state, &self.tip, block, &NothingVerified) {
            Ok((_, execution)) => {
                self.take(block, execution);
                Ok(())
            }
            Err(ApplyError::State(error)) => Err(error.into()),
            Err(ApplyError::Invalid(error)) => Err(Stopped::Stuck(height, error.to_string())),
        }
    }

    fn follow_to<T: Transport>(
        &mut self,
        height: Height,
        client: &Client<T>,
    ) -> Result<(), Stopped> {
        while self.tip.height < height {
            let part = client.archive_unverified(self.tip.height)?;
            if part.is_empty() {
                return Err(Stopped::Moved);
            }
            for (block, certificate) in part {
                if self.tip.height == height {
                    break;
                }
                self.follow(&block, &certificate)?;
            }
        }
        Ok(())
    }
}

fn attempt<T: Transport>(
    onwards: &mut Onwards,
    client: &Client<T>,
    before: &MemoryState,
) -> Result<(Height, Vec<RecordDifference>), Stopped> {
    let (height, _) = client.state_node_unverified(&ledger_core::state::tree::NodePath::ROOT)?;
    if height < onwards.tip.height {
        return Err(LocateError::Behind { height }.into());
    }
    onwards.follow_to(height, client)?;
    let mut descent = Descent::new(client, height);
    let mut entries = descent.differing(&onwards.state, onwards.root, RECORDS_MAX)?;
    let known = known_keys(onwards, before, &entries);
    // By key, so that the first is the first; those nobody knows the key of come last.
    entries.sort_by_key(|entry| {
        (
            !known.contains_key(&entry.key_hash),
            known.get(&entry.key_hash).cloned(),
        )
    });
    let mut found = Vec::with_capacity(entries.len());
    for entry in entries {
        let key = known.get(&entry.key_hash);
        found.push(describe(onwards, &mut descent, &entry, key)?);
    }
    Ok((height, found))
}

/// The keys with these hashes, of everything here now, here before the block that parts, and written since.
fn known_keys(
    onwards: &Onwards,
    before: &MemoryState,
    entries: &[Entry],
) -> BTreeMap<Hash, Vec<u8>> {
    let mut known = BTreeMap::new();
    for entry in entries {
        if let Some(key) = onwards.written.get(&entry.key_hash) {
            known.insert(entry.key_hash, key.clone());
        }
    }
    if known.len() < entries.len() {
        let wanted: std::collections::BTreeSet<Hash> =
            entries.iter().map(|it| it.key_hash).collect();
        for (key, _) in onwards.state.records().chain(before.records()) {
            let hash = key_hash(key);
            if wanted.contains(&hash) {
                known.entry(hash).or_insert_with(|| key.to_vec());
            }
        }
    }
    known
}

fn describe<T: Transport>(
    onwards: &Onwards,
    descent: &mut Descent<'_, T>,
    entry: &Entry,
    key: Option<&Vec<u8>>,
) -> Result<RecordDifference, Stopped> {
    let Some(key) = key else {
        return Ok(RecordDifference {
            record: "?".to_owned(),
            key: None,
            key_hash: entry.key_hash,
            ours: None,
            theirs: entry.theirs.map(|hash| Value::String(hash.to_string())),
            fields: Vec::new(),
        });
    };
    let ours = onwards.state.read(key)?;
    let theirs = match entry.theirs {
        None => None,
        Some(expected) => {
            let value = descent.record(key)?;
            let actual = value.as_deref().map(value_hash);
            if actual != Some(expected) {
                let reason = format!("the value of {} is not that of its tree", record_name(key));
                return Err(descent.not_the_headers(reason).into());
            }
            value
        }
    };
    let shown = |value: Option<Vec<u8>>| value.map(|value| naming::record_value(key, &value));
    let (ours, theirs) = (shown(ours), shown(theirs));
    let fields = match (&ours, &theirs) {
        (Some(ours), Some(theirs)) => naming::differing_fields(ours, theirs),
        _ => Vec::new(),
    };
    Ok(RecordDifference {
        record: record_name(key),
        key: Some(hex::encode(key)),
        key_hash: entry.key_hash,
        ours,
        theirs,
        fields,
    })
}

/// The first receipt in which the node's block differs; none when the node's receipts are not those of the header.
fn compare_receipts<T: Transport>(
    divergence: &Divergence,
    client: &Client<T>,
) -> Result<Option<ReceiptDifference>, LocateError> {
    let theirs = client.receipts_unverified(divergence.height())?;
    let hashes: Vec<Hash> = theirs.iter().map(Receipt::receipt_hash).collect();
    if ledger_core::block::list::root(&hashes) != divergence.block.header.receipts_root {
        return Ok(None);
    }
    Ok(first_receipt(&divergence.execution.receipts, &theirs))
}

/// The first receipt in which `ours` and `theirs` differ.
pub fn first_receipt(ours: &[Receipt], theirs: &[Receipt]) -> Option<ReceiptDifference> {
    let index = (0..ours.len().max(theirs.len())).find(|at| ours.get(*at) != theirs.get(*at))?;
    let (ours, theirs) = (ours.get(index), theirs.get(index));
    let cause = ours.or(theirs).map(|receipt| receipt.cause)?;
    let posting = match (ours, theirs) {
        (Some(ours), Some(theirs)) if ours.cause == theirs.cause => {
            let longest = ours.postings.len().max(theirs.postings.len());
            (0..longest).find(|at| ours.postings.get(*at) != theirs.postings.get(*at))
        }
        _ => None,
    };
    let part = |receipt: Option<&Receipt>| match (receipt, posting) {
        (Some(receipt), Some(at)) => naming::to_json(&receipt.postings.get(at)),
        (receipt, _) => naming::to_json(&receipt),
    };
    Some(ReceiptDifference {
        index,
        cause,
        posting,
        fields: naming::differing_fields(&part(ours), &part(theirs)),
    })
}
