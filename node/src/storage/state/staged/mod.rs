//! An engine that writes what changed and not the pages it lies on: batches go into a log, and from there, many at once and in
//! order, into a database.
//!
//! A database writes pages, and a batch of a large city changes one row on each. So a batch is made durable in the
//! [log](log), as it is, and only where its rows lie is kept in memory ([`run`]). When a *round* of the log is over, its rows
//! are merged into the database while the next round is written: in order of key, and of each row only the newest value,
//! so that a page that is written takes in all that changed on it in the whole round. A reader looks in the runs first, and
//! then in the database ([`view`]).
//!
//! ```text
//! batch ─▶ log, young round ─▶ (full: the files change places) ─▶ old round ─▶ merged step by step ─▶ database
//! ```
//!
//! What always holds:
//! - a batch is durable when [`StateEngine::persist`] returns, whole or not at all: the log alone decides;
//! - the database holds no row that is newer than the old round, so merging a part of it twice, or a crash between two parts,
//!   changes nothing that anybody reads: the log lies above it;
//! - a round is written over only when the database has all of it since two durable commits: one that lost the newest
//!   of them is made whole again from the log;
//! - the database says which round was being merged, and a log that ends before that is damage.

mod log;
mod recovery;
mod run;
mod sorted;
#[cfg(test)]
mod tests;
mod view;

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::{Arc, Mutex};

use foldhash::fast::RandomState;
use ledger_core::id::ChainId;

use super::STATE_FORMAT;
use super::engine::{Batch, EngineView, OlderReaders, StateEngine};
use super::redb::{Merging, RedbBase};
use crate::storage::StorageError;
use crate::storage::directory::{Directory, STATE_FILE};
use crate::storage::identity::Identity;
use crate::storage::lengths::{to_u64, to_usize};
use crate::storage::locks::lock;
use log::Log;
use recovery::recover;
use run::{Slices, Stack};
use sorted::SortedRows;
use view::StagedView;

/// A round is over when it has as many bytes as the database, but no less and no more than these. The longer, the more rows share a
/// page when it is merged; and the more places of rows are in memory, some 70 bytes for each, where a row has 250.
const ROUND_BYTES: RangeInclusive<u64> = 256 * 1024 * 1024..=512 * 1024 * 1024;
/// In how many pieces a round is merged, about.
const SLICES: usize = 32;
/// An old round is merged by the time the young one has this share of its bytes.
const MERGED_BY: (u64, u64) = (7, 8);

/// A log above a redb file.
pub(in crate::storage) struct StagedEngine {
    base: RedbBase,
    hasher: RandomState,
    /// Held while a batch is persisted.
    stage: Mutex<Stage>,
}

/// What is not in the database yet.
struct Stage {
    log: Log,
    /// How many bytes the young round is to have.
    round_bytes: u64,
    /// Of the young round.
    young: Stack,
    old: Option<OldRound>,
    /// What the database says of itself.
    merging: Merging,
    /// The first failure: nothing is known of what it was about, and nothing is written after it.
    fault: Option<StorageError>,
}

/// A round that is being merged.
struct OldRound {
    /// What the database does not have yet.
    left: Slices,
    /// In how many pieces it was to be merged, and how many bytes the young round had then.
    whole: usize,
    since_bytes: u64,
    /// Its last frame.
    last: u64,
}

impl OldRound {
    /// With these rows, the newest first: none when a crash cut its only batch off.
    fn of(rows: &[&SortedRows], hasher: &RandomState, last: u64, since_bytes: u64) -> OldRound {
        let left = Slices::of(rows, SLICES, hasher);
        OldRound {
            whole: left.len(),
            left,
            since_bytes,
            last,
        }
    }

    /// How many pieces may be left when the young round has `bytes` of `round_bytes`.
    fn left_at(&self, bytes: u64, round_bytes: u64) -> usize {
        let (part, whole) = MERGED_BY;
        let way = (round_bytes / whole).saturating_mul(part);
        // However late it begins: not all at once.
        let way = way
            .saturating_sub(self.since_bytes)
            .max(round_bytes / 8)
            .max(1);
        let gone = bytes.saturating_sub(self.since_bytes);
        let due = to_u64(self.whole).saturating_mul(gone) / way;
        self.whole
            .saturating_sub(to_usize(due.min(to_u64(self.whole))))
    }
}

impl StagedEngine {
    /// Opens the state of `chain_id` in `directory`, or makes it.
    ///
    /// # Errors
    /// When a file belongs to another chain, is of another format, is damaged, or the disk fails or is full.
    pub(in crate::storage) fn open(
        directory: &Directory,
        chain_id: ChainId,
    ) -> Result<StagedEngine, StorageError> {
        let identity = Identity {
            format: STATE_FORMAT,
            chain_id,
        };
        let place = directory.place(STATE_FILE);
        let base = RedbBase::open(&place, identity)?;
        let merging = base.merging()?;
        let files = log::open_files(directory, identity, merging.salt)?;
        let hasher = RandomState::default();
        let recovered = recover(&files, merging.merged)?;
        let log = Log::new(files, recovered.position);
        if log.last() < merging.begun {
            let (last, begun) = (log.last(), merging.begun);
            return Err(base.damaged(format!(
                "it has rows of its log up to frame {begun}, and the log ends with {last}"
            )));
        }
        if log.last() == merging.merged {
            // Any round may be written over now: that must be what two copies of the header say.
            base.mark(&merging)?;
        }
        let bytes = log.round_bytes();
        let old = recovered.old.map(|(rows, last)| {
            let rows: Vec<&SortedRows> = rows.iter().collect();
            OldRound::of(&rows, &hasher, last, bytes)
        });
        let young = Stack::of(recovered.young, &hasher);
        let round_bytes = round_bytes(&base)?;
        Ok(StagedEngine {
            base,
            hasher,
            stage: Mutex::new(Stage {
                log,
                round_bytes,
                young,
                old,
                merging,
                fault: None,
            }),
        })
    }
}

/// How many bytes a round above `base` is to have now.
fn round_bytes(base: &RedbBase) -> Result<u64, StorageError> {
    let (least, most) = ROUND_BYTES.into_inner();
    Ok(base.volume().round_bytes(base.length()?.clamp(least, most)))
}

impl StateEngine for StagedEngine {
    fn view(&self) -> Result<Arc<dyn EngineView>, StorageError> {
        let stage = lock(&self.stage);
        let old = stage.old.as_ref();
        Ok(Arc::new(StagedView {
            young: stage.young.clone(),
            old: old.map(|old| old.left.clone()).unwrap_or_default(),
            below: self.base.view()?,
            hasher: self.hasher.clone(),
        }))
    }

    fn persist(&self, batch: &Batch, _: OlderReaders) -> Result<(), StorageError> {
        debug_assert!(batch.entries.is_sorted_by(|one, other| one.0 < other.0));
        let stage = &mut *lock(&self.stage);
        if let Some(error) = &stage.fault {
            return Err(error.clone());
        }
        let persisted = self.write(stage, batch);
        stage.fault = persisted.as_ref().err().cloned();
        persisted
    }

    fn path(&self) -> &Path {
        self.base.path()
    }
}

impl StagedEngine {
    fn write(&self, stage: &mut Stage, batch: &Batch) -> Result<(), StorageError> {
        if stage.log.round_bytes() >= stage.round_bytes {
            self.turn_over(stage)?;
        }
        let places = stage.log.append(batch)?;
        // If we crash from here on, the batch is there.
        let count = batch.entries.len();
        let mut rows = SortedRows::new(stage.log.young(), stage.log.round(), count);
        for ((key, _), place) in batch.entries.iter().zip(places) {
            rows.push(key, place);
        }
        rows.shrink();
        stage.young.push(rows, &self.hasher);
        let bytes = stage.log.round_bytes();
        let left = stage.old.as_ref();
        let left = left.map_or(0, |old| old.left_at(bytes, stage.round_bytes));
        self.merge(stage, left)
    }

    /// Ends the young round, if the other file is free to be written over.
    fn turn_over(&self, stage: &mut Stage) -> Result<(), StorageError> {
        self.merge(stage, 0)?;
        let last = stage.log.last();
        if !stage.log.turn_over() {
            return Ok(());
        }
        // A second commit that says so: if a disk lost the newest one, the one before says it too. The old round is not written
        // over before.
        self.base.mark(&stage.merging)?;
        // If we crash from here on, until a frame of the next round is written, this round goes on.
        let young = std::mem::take(&mut stage.young);
        let rows: Vec<&SortedRows> = young.iter().map(run::Run::rows).collect();
        stage.old = Some(OldRound::of(&rows, &self.hasher, last, 0));
        stage.round_bytes = round_bytes(&self.base)?;
        Ok(())
    }

    /// Merges the old round until `left` pieces of it are left.
    fn merge(&self, stage: &mut Stage, left: usize) -> Result<(), StorageError> {
        let Some(old) = &mut stage.old else {
            return Ok(());
        };
        let due = old.left.len().saturating_sub(left);
        if due == 0 && left > 0 {
            return Ok(());
        }
        stage.merging.begun = old.last;
        for slice in old.left.iter().take(due) {
            let rows = slice.rows().iter().map(|row| Ok((row.key(), row.value()?)));
            self.base.write(&stage.merging, rows)?;
        }
        if left == 0 {
            stage.merging.merged = old.last;
        }
        // If we crash before this returns, the database has some of the rows or none, and the log has all of them.
        self.base.mark(&stage.merging)?;
        if left == 0 {
            stage.old = None;
        } else {
            old.left = old.left.after(due);
        }
        Ok(())
    }
}
