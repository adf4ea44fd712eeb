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
mod run;
#[cfg(test)]
mod tests;
mod view;

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
use log::{BatchRows, Log, RowFile};
use run::{Merged, Run, Slices};
use view::StagedView;

/// A round is over when it has so many bytes. The longer, the more rows share a page when it is merged, and the more places of rows
/// are in memory: some 70 bytes for each, and a row has 250.
const ROUND_BYTES: u64 = 256 * 1024 * 1024;
/// In how many pieces a round is merged, about.
const SLICES: usize = 32;
/// An old round is merged by the time the young one has this share of its bytes.
const MERGED_BY: (u64, u64) = (3, 4);
/// A run is merged with the one before it unless that has more than so many times its rows.
const RUN_RATIO: usize = 2;

/// A log above a redb file.
pub(in crate::storage) struct StagedEngine {
    base: RedbBase,
    round_bytes: u64,
    hasher: RandomState,
    /// Held while a batch is persisted.
    stage: Mutex<Stage>,
}

/// What is not in the database yet.
struct Stage {
    log: Log,
    /// Of the young round, the newest first.
    young: Vec<Arc<Run>>,
    old: Option<OldRound>,
    /// What the database says of itself.
    merging: Merging,
}

/// A round that is being merged.
struct OldRound {
    /// What the database does not have yet.
    left: Slices,
    /// In how many pieces it was merged at first.
    whole: usize,
    /// Its last frame.
    last: u64,
}

impl OldRound {
    /// With these runs of `file`, the newest first: none when a crash cut its only batch off.
    fn of(runs: &[Arc<Run>], file: &Arc<RowFile>, hasher: &RandomState, last: u64) -> OldRound {
        let left = Slices::of(file, hasher, runs, SLICES);
        OldRound {
            whole: left.len(),
            left,
            last,
        }
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
        let (log, batches) = Log::open(directory, identity, merging.salt, merging.merged)?;
        if log.last() < merging.begun {
            let (last, begun) = (log.last(), merging.begun);
            return Err(base.damaged(format!(
                "it has rows of its log up to frame {begun}, and the log ends with {last}"
            )));
        }
        let hasher = RandomState::default();
        let young = runs(log.young(), &hasher, &batches.young);
        let old = (batches.old_last > merging.merged).then(|| {
            let runs = runs(log.old(), &hasher, &batches.old);
            OldRound::of(&runs, log.old(), &hasher, batches.old_last)
        });
        Ok(StagedEngine {
            base,
            round_bytes: place.volume().round_bytes(ROUND_BYTES),
            hasher,
            stage: Mutex::new(Stage {
                log,
                young,
                old,
                merging,
            }),
        })
    }
}

/// The runs of batches, the newest first.
fn runs(file: &Arc<RowFile>, hasher: &RandomState, batches: &[BatchRows]) -> Vec<Arc<Run>> {
    let mut runs = Vec::new();
    for rows in batches {
        let places = rows.iter().map(|(key, place)| (&**key, *place));
        let run = Run::of(file, hasher, rows.len(), places);
        stack(&mut runs, run);
    }
    runs
}

/// Puts `run` above the others, the newest first, and keeps them few.
fn stack(runs: &mut Vec<Arc<Run>>, run: Run) {
    if run.len() == 0 {
        return;
    }
    runs.insert(0, Arc::new(run));
    while let [newest, before, ..] = runs.as_slice()
        && before.len() <= newest.len().saturating_mul(RUN_RATIO)
    {
        let merged = Run::merged(newest, &runs[..2]);
        runs.splice(..2, [Arc::new(merged)]);
    }
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
        let stage = &mut *lock(&self.stage);
        if stage.log.round_bytes() >= self.round_bytes {
            self.turn_over(stage)?;
        }
        let places = stage.log.append(batch)?;
        // If we crash from here on, the batch is there.
        let keys = batch.entries.iter().map(|(key, _)| &**key);
        let rows = keys.zip(places);
        let run = Run::of(stage.log.young(), &self.hasher, batch.entries.len(), rows);
        stack(&mut stage.young, run);
        let share = (stage.log.round_bytes(), self.round_bytes);
        self.merge(stage, share)
    }

    fn path(&self) -> &Path {
        self.base.path()
    }
}

impl StagedEngine {
    /// Ends the young round, if the other file is free to be written over.
    fn turn_over(&self, stage: &mut Stage) -> Result<(), StorageError> {
        self.merge(stage, MERGED_BY)?;
        let Some(last) = stage.log.turn_over() else {
            return Ok(());
        };
        // A second commit that says so: if a disk lost the newest one, the one before says it too. The old round is not written
        // over before.
        self.base.mark(&stage.merging)?;
        // If we crash from here on, until a frame of the next round is written, this round goes on.
        let runs = std::mem::take(&mut stage.young);
        stage.old = Some(OldRound::of(&runs, stage.log.old(), &self.hasher, last));
        Ok(())
    }

    /// Merges of the old round what is due when the young one has this share of its bytes.
    fn merge(&self, stage: &mut Stage, (part, whole): (u64, u64)) -> Result<(), StorageError> {
        let Some(old) = &mut stage.old else {
            return Ok(());
        };
        let (by, of) = MERGED_BY;
        let slices = to_u64(old.whole).saturating_mul(part).saturating_mul(of);
        let due = to_usize(slices / whole.saturating_mul(by).max(1)).min(old.whole);
        // As many are to be left.
        let left = old.whole.saturating_sub(due);
        if old.left.len() <= left && left > 0 {
            return Ok(());
        }
        stage.merging.begun = old.last;
        let merged = old.left.len().saturating_sub(left);
        for run in old.left.iter().take(merged) {
            let mut rows = Merged::of(std::iter::once((&**run, 0..run.len()))).peekable();
            while rows.peek().is_some() {
                let part = rows.by_ref().take(self.base.part_rows());
                let part = part.map(|row| Ok((row.key(), row.value()?)));
                let part = part.collect::<Result<Vec<_>, StorageError>>()?;
                self.base.write_part(&stage.merging, &part)?;
            }
        }
        let is_whole = left == 0;
        if is_whole {
            stage.merging.merged = old.last;
        }
        // If we crash before this returns, the database has some of the rows or none, and the log has all of them.
        self.base.mark(&stage.merging)?;
        if is_whole {
            stage.old = None;
        } else {
            old.left = old.left.after(merged);
        }
        Ok(())
    }
}
