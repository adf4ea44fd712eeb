//! Following the chain: blocks are fetched, their signatures verified ahead, and executed, each by a thread of its own.
//!
//! ```text
//! caller: fetch, decode ─▶ verifier: signatures of a block as one batch ─▶ executor: certificate, execution, header,
//!                                                                         tally, archive, now and then a snapshot
//! ```
//!
//! The verifier reads keys from the state the executor has arrived at; a signature whose key was registered since is verified
//! by the executor, so being ahead changes nothing but the speed. At most [`AHEAD_BLOCKS_MAX`] blocks wait between two threads.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;
use std::time::{Duration, Instant};

use ledger_core::audit::{Audit, AuditError};
use ledger_core::block::Block;
use ledger_core::certificate::CommitCertificate;
use ledger_core::hash::Hash;
use ledger_core::id::Height;
use ledger_core::ledger::{
    ApplyError, BlockError, VerifiedSignatures, execute_block, signatures_to_verify,
};
use ledger_core::signature::{Purpose, SignatureCheck, verify_batch};

use super::error::{BookError, Divergence};
use super::{Book, snapshot};
use crate::archive::Writer;
use crate::booked::BookedBlock;
use crate::source::BlockSource;

/// The most blocks that wait between two threads.
const AHEAD_BLOCKS_MAX: usize = 8;
/// A snapshot is written when this much time has gone by since the last.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(120);
/// How often progress is told while the executor catches up.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Blocks that the archive holds beyond the snapshot are executed again.
    Resuming,
    /// The source's blocks are booked.
    Following,
}

/// How far it has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// The last block booked.
    pub height: Height,
    /// Where it will end, as far as the source says.
    pub target: Option<Height>,
    /// Blocks booked since it began.
    pub blocks: u64,
    /// Their transactions.
    pub transactions: u64,
    /// Since it began.
    pub elapsed: Duration,
}

impl Progress {
    /// Transactions a second.
    pub fn rate(&self) -> u64 {
        rate(self.transactions, self.elapsed)
    }

    /// How long the rest takes if its blocks are like those so far; none before the first or without a target.
    pub fn remaining(&self) -> Option<Duration> {
        let left = self.target?.0.saturating_sub(self.height.0);
        let blocks = u128::from(self.blocks).max(1);
        let millis = self.elapsed.as_millis().saturating_mul(left.into()) / blocks;
        (self.blocks > 0).then(|| Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)))
    }
}

/// Why following ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The source has no more.
    Newest,
    /// The height asked for was reached.
    Height,
    /// Whoever was told of the progress broke it off.
    Stopped,
}

/// What following did.
#[derive(Clone, Copy, Debug)]
pub struct Followed {
    /// Why it ended.
    pub ended: Ended,
    /// Blocks booked.
    pub blocks: u64,
    /// Their transactions.
    pub transactions: u64,
    /// How long it took, the last snapshot included.
    pub elapsed: Duration,
}

impl Followed {
    /// Transactions a second.
    pub fn rate(&self) -> u64 {
        rate(self.transactions, self.elapsed)
    }
}

fn rate(transactions: u64, elapsed: Duration) -> u64 {
    let rate = u128::from(transactions) * 1_000 / elapsed.as_millis().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

/// A decided block.
type Decided = (Block, CommitCertificate);

/// The signatures of a block that were found right.
struct Ahead(HashSet<Hash>);

impl VerifiedSignatures for Ahead {
    fn contains(&self, digest: &Hash) -> bool {
        self.0.contains(digest)
    }
}

/// What the threads share.
struct Shared<'b> {
    audit: RwLock<&'b mut Audit>,
    stop: AtomicBool,
    blocks: AtomicU64,
    transactions: AtomicU64,
}

impl<'b> Shared<'b> {
    fn read(&self) -> RwLockReadGuard<'_, &'b mut Audit> {
        self.audit.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, &'b mut Audit> {
        self.audit.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    pub(super) fn run(
        &mut self,
        source: &mut dyn BlockSource,
        until: Option<Height>,
        progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
        stage: Stage,
    ) -> Result<Followed, BookError> {
        if self.failed {
            return Err(BookError::Failed);
        }
        let began = Instant::now();
        let start = self.height();
        let newest = source.newest()?;
        let shared = Shared {
            audit: RwLock::new(&mut self.audit),
            stop: AtomicBool::new(false),
            blocks: AtomicU64::new(0),
            transactions: AtomicU64::new(0),
        };
        let mut executor = Executor {
            folder: &self.folder,
            shared: &shared,
            archive: match stage {
                Stage::Resuming => None,
                Stage::Following => Some(&mut self.archive),
            },
            snapshot: &mut self.snapshot,
            saved: began,
            failed: &mut self.failed,
        };
        let mut told = || {
            let blocks = shared.blocks.load(Ordering::Relaxed);
            progress(&Progress {
                stage,
                height: Height(start.0.saturating_add(blocks)),
                target: match (until, newest) {
                    (Some(until), Some(newest)) => Some(until.min(newest)),
                    (until, newest) => until.or(newest),
                },
                blocks,
                transactions: shared.transactions.load(Ordering::Relaxed),
                elapsed: began.elapsed(),
            })
        };
        let (fetched, executed) = thread::scope(|scope| {
            let (to_verify, unverified) = sync_channel(AHEAD_BLOCKS_MAX);
            let (to_execute, verified) = sync_channel(AHEAD_BLOCKS_MAX);
            let (done, finished) = sync_channel::<()>(1);
            let shared = &shared;
            scope.spawn(move || verify(shared, &unverified, &to_execute));
            let executing = scope.spawn(move || {
                // Dropped when the executor ends, however it does.
                let _done = done;
                executor.run(verified)
            });
            let fetched = fetch(source, start, until, &to_verify, &mut told);
            if matches!(fetched, Ok(Ended::Stopped)) {
                shared.stop.store(true, Ordering::Relaxed);
            }
            drop(to_verify);
            while finished.recv_timeout(PROGRESS_EVERY) == Err(RecvTimeoutError::Timeout) {
                if told().is_break() {
                    shared.stop.store(true, Ordering::Relaxed);
                }
            }
            let executed = executing.join();
            (
                fetched,
                executed.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            )
        });
        let (blocks, transactions) = (shared.blocks.into_inner(), shared.transactions.into_inner());
        let stopped = shared.stop.into_inner();
        executed?;
        // What was booked is kept also when the source failed.
        self.save()?;
        let ended = fetched?;
        Ok(Followed {
            ended: if stopped { Ended::Stopped } else { ended },
            blocks,
            transactions,
            elapsed: began.elapsed(),
        })
    }
}

/// Hands on what `source` has above `start`, until its end, `until`, or somebody stops it.
fn fetch(
    source: &mut dyn BlockSource,
    start: Height,
    until: Option<Height>,
    to_verify: &SyncSender<Decided>,
    told: &mut dyn FnMut() -> ControlFlow<()>,
) -> Result<Ended, BookError> {
    let mut after = start;
    loop {
        if until.is_some_and(|until| after >= until) {
            return Ok(Ended::Height);
        }
        let part = source.above(after)?;
        if part.is_empty() {
            return Ok(Ended::Newest);
        }
        for (block, certificate) in part {
            if until.is_some_and(|until| after >= until) {
                return Ok(Ended::Height);
            }
            let (expected, actual) = (after.next(), block.header.height);
            if actual != expected {
                return Err(BookError::OutOfOrder { expected, actual });
            }
            // Nobody takes it any more when executing has failed, which says why.
            if to_verify.send((block, certificate)).is_err() {
                return Ok(Ended::Stopped);
            }
            after = expected;
            if told().is_break() {
                return Ok(Ended::Stopped);
            }
        }
    }
}

/// Verifies the signatures of each block as far as their keys are known.
fn verify(
    shared: &Shared<'_>,
    unverified: &Receiver<Decided>,
    to_execute: &SyncSender<(Decided, Ahead)>,
) {
    for (block, certificate) in unverified {
        let ahead = verify_block(shared, &block);
        if to_execute.send(((block, certificate), ahead)).is_err() {
            return;
        }
    }
}

fn verify_block(shared: &Shared<'_>, block: &Block) -> Ahead {
    let mut found = Vec::new();
    {
        let audit = shared.read();
        for sealed in &block.transactions {
            // Whoever is unknown yet, or whatever is not formed right, is for the executor to say.
            if let Ok(signatures) = signatures_to_verify(audit.state(), sealed) {
                let message = Purpose::Transaction.signing_bytes(sealed.signed_bytes());
                found.push((message, signatures));
            }
        }
    }
    let checks: Vec<SignatureCheck<'_>> = found
        .iter()
        .flat_map(|(message, signatures)| {
            signatures.iter().map(|it| SignatureCheck {
                key: it.key,
                signed_bytes: message,
                signature: it.signature,
            })
        })
        .collect();
    if !verify_batch(&checks) {
        return Ahead(HashSet::new());
    }
    let digests = found.iter().flat_map(|(_, signatures)| signatures);
    Ahead(digests.map(|it| it.digest).collect())
}

/// Executes and books.
struct Executor<'b, 's> {
    folder: &'s std::path::Path,
    shared: &'s Shared<'b>,
    /// None while blocks come from the archive itself.
    archive: Option<&'s mut Writer>,
    snapshot: &'s mut Height,
    saved: Instant,
    failed: &'s mut bool,
}

impl Executor<'_, '_> {
    fn run(&mut self, verified: Receiver<(Decided, Ahead)>) -> Result<(), BookError> {
        for ((block, certificate), ahead) in verified {
            if self.shared.stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            self.book(block, certificate, &ahead)?;
            if self.saved.elapsed() >= SNAPSHOT_EVERY
                && let Some(archive) = &mut self.archive
            {
                let audit = self.shared.read();
                *self.snapshot = snapshot::save(self.folder, &audit, archive)?;
                self.saved = Instant::now();
            }
        }
        Ok(())
    }

    fn book(
        &mut self,
        block: Block,
        certificate: CommitCertificate,
        ahead: &Ahead,
    ) -> Result<(), BookError> {
        let examined = {
            let audit = self.shared.read();
            match audit.examine(&block, &certificate, ahead) {
                Ok(examined) => examined,
                Err(error) => return Err(explain(&audit, block, certificate, error)),
            }
        };
        // Memory and archive are apart until the block is in both.
        *self.failed = true;
        let receipts = self.shared.write().take(&block, examined)?;
        let transactions = block.transactions.len();
        if let Some(archive) = &mut self.archive {
            archive.append(&BookedBlock {
                block,
                certificate,
                receipts,
            })?;
        }
        *self.failed = false;
        let transactions = u64::try_from(transactions).unwrap_or(u64::MAX);
        self.shared.blocks.fetch_add(1, Ordering::Relaxed);
        self.shared
            .transactions
            .fetch_add(transactions, Ordering::Relaxed);
        Ok(())
    }
}

/// The error, with what happened here when that is not what the header says.
fn explain(
    audit: &Audit,
    block: Block,
    certificate: CommitCertificate,
    error: AuditError,
) -> BookError {
    let AuditError::Execution {
        reason: ApplyError::Invalid(BlockError::Header { field }),
        ..
    } = &error
    else {
        return error.into();
    };
    let field = *field;
    let again = execute_block(
        audit.state(),
        audit.tip(),
        &block,
        &ledger_core::ledger::NothingVerified,
    );
    match again {
        Ok((computed, execution)) => BookError::Diverged(Box::new(Divergence {
            field,
            block,
            certificate,
            computed,
            execution,
        })),
        // The header was refused before anything was executed, as with a wrong proposer.
        Err(_) => error.into(),
    }
}
