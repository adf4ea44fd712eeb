//! The derived state of a node: what the ledger holds after the newest block, and the index the API reads.
//!
//! It is a cache of what the blocks say. A block's changes are first kept in memory, above the database, and many blocks'
//! changes are then made durable as one batch with the label (height, block, root) they lead to. After a crash the label
//! says from which block to replay.
//!
//! What always holds:
//! - a label and everything under it belong together, in memory, in the database and in every snapshot;
//! - a [`StateSnapshot`] never changes, whatever is committed or flushed while it is read;
//! - at most [`PENDING_BLOCKS_MAX`] blocks and about [`PENDING_BYTES_MAX`] bytes wait in memory, plus as much that is just
//!   being written;
//! - after the first failure nothing is accepted any more, and [`StateStore::health`] says what it was.
//!
//! There is no clock here: whoever runs the node calls [`StateStore::flush`] when [`StateStore::pending`] says so or
//! [`FLUSH_INTERVAL_MS`] have passed, best from a thread of its own; commits go on meanwhile.
//!
//! Batches are large on purpose: what is changed again and again is written once. What they cost is the replay of as many blocks
//! after a crash, which [`FLUSH_BYTES`] keeps to a few seconds. How they lie on disk is the engine's: [`staged`].

mod aside;
mod cache;
pub mod content;
pub mod engine;
mod fault;
pub mod index;
mod key;
mod label;
mod pending;
mod readers;
mod redb;
mod remembered;
mod rows;
mod search;
mod shard;
#[cfg(feature = "sled")]
pub(in crate::storage) mod sled;
mod snapshot;
pub(in crate::storage) mod staged;
pub mod versions;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use ledger_core::block::Block;
use ledger_core::id::{BlockId, ChainId, Height, TransactionId};
use ledger_core::receipt::Receipt;
use ledger_core::state::StateWrites;
use ledger_core::transaction::SealedEnvelope;

pub use label::Label;
pub use pending::{
    FLUSH_BLOCKS, FLUSH_BYTES, FLUSH_INTERVAL_MS, PENDING_BLOCKS_MAX, PENDING_BYTES_MAX, Pending,
    Share,
};
pub use snapshot::StateSnapshot;

use super::StorageError;
use super::identity::Identity;
use super::locks::lock;
use super::volume::FilePlace;
use crate::planted::{self, Planted};
use cache::{Cache, CachedView};
use content::Content;
use engine::{OlderReaders, StateEngine};
use fault::Fault;
use label::moment_of;
use readers::Readers;
use remembered::Written;
use rows::Rows;
use versions::{Changes, Entry, Versions};

/// The format of the state database this build writes, and the only one it reads.
pub const STATE_FORMAT: u32 = 8;

/// The derived state of a node.
pub struct StateStore {
    engine: Box<dyn StateEngine>,
    identity: Identity,
    current: RwLock<Current>,
    /// Held while a block is committed, and while a flush takes what was committed: no flush takes half a block.
    committing: Mutex<()>,
    /// Held while a batch is persisted: one at a time.
    flushing: Mutex<()>,
    readers: Arc<Readers>,
    cache: Arc<Cache>,
    written: Arc<Written>,
    path: Arc<Path>,
    fault: Arc<Fault>,
}

/// What a snapshot is made of.
struct Current {
    label: Option<Label>,
    durable: Option<Label>,
    pending_blocks: u64,
    /// Committed and not yet taken by a flush.
    active: Arc<Versions>,
    /// Taken by a flush that is under way.
    frozen: Option<Arc<Versions>>,
    /// What the last flush left in the database.
    view: Arc<CachedView>,
    /// What flushes before it left, as far as snapshots still read it.
    older_views: Vec<Weak<CachedView>>,
}

impl StateStore {
    /// Opens the state in `engine` for the chain `chain_id`. Damage noticed later is noted in the file `marker`.
    ///
    /// # Errors
    /// When the database belongs to another chain, is of another format, is damaged, or the disk fails.
    pub(in crate::storage) fn open(
        engine: Box<dyn StateEngine>,
        chain_id: ChainId,
        marker: FilePlace,
    ) -> Result<StateStore, StorageError> {
        let identity = Identity {
            format: STATE_FORMAT,
            chain_id,
        };
        let view = engine.view()?;
        let label = Label::read(engine.as_ref(), view.as_ref(), identity)?;
        let cache = Arc::<Cache>::default();
        let written = Arc::<Written>::default();
        let path: Arc<Path> = engine.path().into();
        let rows = Rows::new(view, Arc::clone(&path));
        let view = CachedView::new(rows, Arc::clone(&cache), Arc::clone(&written), 0);
        Ok(StateStore {
            path,
            engine,
            identity,
            current: RwLock::new(Current {
                label,
                durable: label,
                pending_blocks: 0,
                active: Arc::default(),
                frozen: None,
                view: Arc::new(view),
                older_views: Vec::new(),
            }),
            committing: Mutex::new(()),
            flushing: Mutex::new(()),
            readers: Arc::default(),
            cache,
            written,
            fault: Arc::new(Fault::new(marker)),
        })
    }

    /// Which state this is; none before genesis was committed.
    pub fn label(&self) -> Option<Label> {
        self.read_current().label
    }

    /// Which state a crash now would leave.
    pub fn durable(&self) -> Option<Label> {
        self.read_current().durable
    }

    /// What waits in memory, not counting what is just being written.
    pub fn pending(&self) -> Pending {
        let current = self.read_current();
        Pending {
            blocks: current.pending_blocks,
            bytes: current.active.bytes(),
        }
    }

    /// The state as it is now, to read from at leisure. It holds back the reuse of disk space while it lives: keep it for a
    /// request or a block, not longer.
    pub fn snapshot(&self) -> StateSnapshot {
        let current = self.read_current();
        StateSnapshot {
            label: current.label,
            active: Arc::clone(&current.active),
            frozen: current.frozen.clone(),
            view: Arc::clone(&current.view),
            path: Arc::clone(&self.path),
            fault: Arc::clone(&self.fault),
            // While `current` is locked: a commit that goes on drops nothing that this label sees.
            _reader: self.readers.enter(moment_of(current.label)),
        }
    }

    /// The first failure, if there was one. [`StorageError::asks_for_rebuild`] tells what it asks for.
    ///
    /// # Errors
    /// That failure.
    pub fn health(&self) -> Result<(), StorageError> {
        self.fault.check()
    }

    /// Commits the state of genesis into an empty store.
    ///
    /// # Errors
    /// When the store is not empty, `writes` remember a transaction, or the disk fails.
    pub fn commit_genesis(&self, writes: &StateWrites) -> Result<(), StorageError> {
        let label = Label {
            height: Height::GENESIS,
            block_id: BlockId::default(),
            root: writes.tree.root,
        };
        check_remembered(label, writes, &[])?;
        self.commit_as(label, writes, |_| Ok(Vec::new()))
    }

    /// Commits what `block` changes. Snapshots taken from now on see it; it is durable after the next flush.
    ///
    /// # Errors
    /// When `block` does not follow the state, its state root is not that of `writes`, these remember others than its
    /// transactions, or the disk fails; then nothing of it is visible.
    pub fn commit(
        &self,
        block: &Block,
        receipts: &[Receipt],
        writes: &StateWrites,
    ) -> Result<(), StorageError> {
        let label = Label {
            height: block.header.height,
            block_id: block.id(),
            root: writes.tree.root,
        };
        if block.header.state_root != label.root {
            return Err(mismatch(label, "has another state root than its writes"));
        }
        if self.label().map(|state| state.block_id) != Some(block.header.parent) {
            return Err(mismatch(
                label,
                "does not name the newest state's block as its parent",
            ));
        }
        check_remembered(label, writes, &block.transactions)?;
        self.commit_as(label, writes, |below| {
            index::entries(below, block, receipts)
        })
    }

    fn commit_as(
        &self,
        label: Label,
        writes: &StateWrites,
        index: impl FnOnce(&StateSnapshot) -> Result<Vec<Entry>, StorageError>,
    ) -> Result<(), StorageError> {
        self.fault.check()?;
        if self.pending().is_full() {
            self.flush()?;
        }
        let _committing = lock(&self.committing);
        let below = self.snapshot();
        let expected = below
            .label
            .map_or(Height::GENESIS, |label| label.height.next());
        if label.height != expected {
            return Err(StorageError::NotNext {
                expected,
                actual: label.height,
            });
        }
        let mut entries = index(&below)?;
        entries.extend(state_entries(writes));
        entries.push(label.entry(self.identity));
        let changes = Changes {
            entries,
            // Without ids the hour is never opened, and what the index knows of the transactions counts for nothing.
            remembered: if planted::is(Planted::AppliedIdNotStored) {
                &[]
            } else {
                &writes.remembered
            },
            forgotten_hours: &writes.forgotten_hours,
        };
        // Nobody takes a snapshot from here on until the label changes, so that values which only one of the label below
        // would see need not be kept: most of what a block changes was changed by one shortly before.
        drop(below);
        let mut current = self.write_current();
        let moment = moment_of(Some(label));
        let oldest = self.readers.oldest().unwrap_or(moment);
        current.active.write(moment, oldest, changes);
        current.label = Some(label);
        current.pending_blocks = current.pending_blocks.saturating_add(1);
        Ok(())
    }

    /// Makes everything committed so far durable, as one batch. Commits and reads go on meanwhile.
    ///
    /// # Errors
    /// When the disk fails: the database still holds what the flush before left, and takes nothing more.
    pub fn flush(&self) -> Result<(), StorageError> {
        let _flushing = lock(&self.flushing);
        self.fault.check()?;
        // Made before anything is locked: whoever commits or reads does not wait for it.
        let active = Arc::clone(&self.read_current().active);
        let next = Arc::new(Versions::as_large_as(&active));
        drop(active);
        let Some((frozen, label, older)) = self.freeze(next) else {
            return Ok(());
        };
        // If we crash here, or while the batch is written, the database holds the label before; the blocks after it are
        // replayed.
        let before = Arc::clone(&self.read_current().view);
        let open = frozen.meet_hours(&before);
        let open = open.map_err(|error| self.fault.note(error))?;
        drop(before);
        let entries = frozen.newest(&open);
        let batch = rows::batch_of(&entries);
        if planted::is(Planted::LabelFirst) {
            self.engine.persist(&batch.label_alone(), older)?;
        }
        let persisted = self
            .engine
            .persist(&batch, older)
            .and_then(|()| self.engine.view());
        drop(batch);
        // If we crash here, the database holds the new label and everything under it.
        let view = persisted.map_err(|error| self.fault.note(error))?;
        let count = entries.len();
        let number = self.cache.advance(entries);
        frozen.written_to(&self.written);
        let (cache, written) = (Arc::clone(&self.cache), Arc::clone(&self.written));
        let rows = Rows::new(view, Arc::clone(&self.path));
        let view = Arc::new(CachedView::new(rows, cache, written, number));
        tracing::info!(
            height = label.height.0,
            entries = count,
            bytes = frozen.bytes(),
            "state made durable"
        );
        let mut current = self.write_current();
        let former = std::mem::replace(&mut current.view, view);
        current.older_views.push(Arc::downgrade(&former));
        let flushed = current.frozen.take();
        current.durable = Some(label);
        // Nobody waits while what they held is given back.
        drop(current);
        drop((former, flushed, frozen));
        Ok(())
    }

    /// Takes what was committed out of the way of further commits, which go to `next`.
    fn freeze(&self, next: Arc<Versions>) -> Option<(Arc<Versions>, Label, OlderReaders)> {
        let _committing = lock(&self.committing);
        let mut current = self.write_current();
        let label = current.label?;
        if current.durable == Some(label) {
            return None;
        }
        // Snapshots taken from here on read what is frozen before the database, and so do not see the batch arrive there.
        // Those taken before may be of an earlier height, and do not hold what the database had.
        current.older_views.retain(|view| view.strong_count() > 0);
        let older = if Arc::strong_count(&current.view) > 1 || !current.older_views.is_empty() {
            OlderReaders::Some
        } else {
            OlderReaders::None
        };
        let frozen = std::mem::replace(&mut current.active, next);
        current.frozen = Some(Arc::clone(&frozen));
        current.pending_blocks = 0;
        Some((frozen, label, older))
    }

    fn read_current(&self) -> std::sync::RwLockReadGuard<'_, Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_current(&self) -> std::sync::RwLockWriteGuard<'_, Current> {
        self.current.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks that `writes` remember exactly these transactions, each for the hour in which it expires: all that the database has of
/// an id is where its transaction is ([`remembered`]).
fn check_remembered(
    label: Label,
    writes: &StateWrites,
    transactions: &[Arc<SealedEnvelope>],
) -> Result<(), StorageError> {
    let in_order = |mut ids: Vec<(u64, TransactionId)>| {
        ids.sort_unstable();
        ids.dedup();
        ids
    };
    let expiring = transactions.iter().map(|sealed| {
        let valid_until_ms = sealed.transaction().valid_until_ms;
        (valid_until_ms.hour_ceiling(), sealed.id())
    });
    if in_order(expiring.collect()) == in_order(writes.remembered.clone()) {
        Ok(())
    } else {
        Err(mismatch(label, "remembers others than its transactions"))
    }
}

fn mismatch(label: Label, fault: &'static str) -> StorageError {
    StorageError::Mismatch {
        height: label.height,
        block_id: label.block_id,
        fault,
    }
}

fn state_entries(writes: &StateWrites) -> impl Iterator<Item = Entry> {
    let records = writes
        .records
        .iter()
        .map(|(name, value)| (key::record(name), value.as_deref().map(Content::from)));
    let nodes = writes.tree.nodes.iter().map(|(path, stored)| {
        let stored = stored.clone().map(Content::Node);
        (key::node(path), stored)
    });
    records.chain(nodes)
}
