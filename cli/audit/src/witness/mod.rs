//! An independent witness: follows the chain from several nodes, believes none, and forgets nothing it was shown.
//!
//! A [`Witness`] begins with the genesis document and takes every block from whichever node has it first: the transactions are
//! those of the header, the header is the child of the last, decided by the validators its predecessors lead to. Each header
//! is kept with its certificate ([`chronicle`]). In every [`round`](Witness::round) each node is asked for what is new, for
//! its newest block, and for one old block, so that with time every node is compared with everything that was seen. What
//! contradicts it is told of and kept as a [`Case`], with the offences of validators as transactions ready to be submitted.
//!
//! What always holds: the witness never goes over to another branch by itself; of two blocks of one height it keeps to the one
//! it saw first, and says that there is another. A header is on disk before anything is told of it; a witness that is killed
//! at any point goes on where it was. Time plays no part in believing a header, since each is followed from the one before;
//! but on a production chain none is taken from the future. Whoever begins long after genesis has the validators' word alone
//! for what lies before, and the city's checkpoints, each of which is compared with what was seen.

mod asking;
mod case;
mod chronicle;
mod cosign;
mod error;
mod event;
mod notebook;

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use ledger_core::genesis::Genesis;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::proof::{Clock, SetChange, TrustChain};
use ledger_core::time::{HOUR_MS, TimestampMs};
use timebank_wallet::Client;
use timebank_wallet::client::Transport;
use timebank_wallet::storage::{FileStorage, Storage};

pub use case::{CASES_MAX, Case, Shown};
pub use chronicle::{SEGMENT_BLOCKS, Seen};
pub use cosign::{CHECKPOINTS_MAX, Cosigner};
pub use error::WitnessError;
pub use event::{Contradiction, Event, Severity, What};

use case::Cases;
use chronicle::Chronicle;
use notebook::{EventLog, Notebook};

const LOCK_FILE: &str = "lock";
const TRUST: &str = "trust";
/// After so many blocks within a round, trust is kept.
const BLOCKS_BETWEEN_KEEPING: u64 = 4_096;

/// By what a witness goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// About how much of the disk the headers may take, in bytes.
    pub disk_bytes_max: u64,
    /// The longest the chain may go without a block, in milliseconds. An idle one makes one an hour.
    pub silence_ms_max: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            disk_bytes_max: 4 * 1024 * 1024 * 1024,
            silence_ms_max: 2 * HOUR_MS,
        }
    }
}

/// A node that is watched.
#[derive(Debug)]
pub struct Watched<T> {
    /// Its name in what is told.
    pub name: String,
    /// A client of it alone.
    pub client: Client<T>,
}

/// What a round came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// New headers.
    pub blocks: u64,
    /// Alarms told.
    pub alarms: u64,
    /// Nodes that answered.
    pub answered: u64,
}

/// A witness of one chain.
#[derive(Debug)]
pub struct Witness {
    folder: PathBuf,
    limits: Limits,
    trust: TrustChain,
    chronicle: Chronicle,
    cases: Cases,
    notebook: Notebook,
    storage: FileStorage,
    log: EventLog,
    /// The time of the newest block.
    tip_time_ms: TimestampMs,
    unkept: u64,
    round: Round,
    /// Released when the witness is dropped, or the process ends.
    _lock: File,
}

impl Witness {
    /// Opens the folder of a witness, or begins one.
    ///
    /// # Errors
    /// See [`WitnessError`].
    pub fn open(folder: &Path, genesis: &Genesis, limits: Limits) -> Result<Witness, WitnessError> {
        // Also makes sure that the document can begin a chain.
        genesis.state()?;
        let chain_id = genesis.chain_id();
        let storage = FileStorage::open(folder)?;
        let lock = lock(folder)?;
        let chronicle = Chronicle::open(&folder.join("headers"), limits.disk_bytes_max)?;
        let damaged = |name: &str, reason: &dyn std::fmt::Display| {
            WitnessError::damaged(&folder.join(name), reason.to_string())
        };
        let trust = match storage.load(TRUST)? {
            Some(bytes) => {
                TrustChain::from_bytes(&bytes).map_err(|error| damaged(TRUST, &error))?
            }
            None => TrustChain::genesis(genesis),
        };
        if trust.chain_id() != chain_id {
            return Err(WitnessError::OtherChain {
                folder: folder.to_owned(),
                expected: chain_id,
                actual: trust.chain_id(),
            });
        }
        let notebook = Notebook::load(&storage, folder, chain_id)?;
        let mut witness = Witness {
            folder: folder.to_owned(),
            limits,
            tip_time_ms: trust.head().time_ms,
            trust,
            chronicle,
            cases: Cases::open(&folder.join("cases"))?,
            notebook,
            log: EventLog::open(folder)?,
            storage,
            unkept: 0,
            round: Round::default(),
            _lock: lock,
        };
        witness.catch_up()?;
        Ok(witness)
    }

    /// Follows the headers that were kept after trust was.
    fn catch_up(&mut self) -> Result<(), WitnessError> {
        let head = self.trust.head();
        let known = self.chronicle.id_at(head.height)?;
        let headers = self.folder.join("headers");
        if head.height > Height::GENESIS && known != Some(head.block_id) {
            let reason = format!("block {} is not the one that was checked", head.height);
            return Err(WitnessError::damaged(&headers, reason));
        }
        let trust = &mut self.trust;
        self.chronicle.replay(head.height, |seen| {
            follow(trust, &seen, Clock::at(seen.header.time_ms)).map_err(|error| {
                let reason = format!("block {}: {error}", seen.header.height);
                WitnessError::damaged(&headers, reason)
            })
        })?;
        self.tip_time_ms = self.trust.head().time_ms;
        Ok(())
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The chain.
    pub fn chain_id(&self) -> ChainId {
        self.trust.chain_id()
    }

    /// The newest block seen; genesis before the first.
    pub const fn head(&self) -> (Height, BlockId) {
        self.chronicle.tip()
    }

    /// The header seen at `height`; none above the newest, and when it was given up for room.
    ///
    /// # Errors
    /// When the disk fails, or what was kept is damaged.
    pub fn seen_at(&self, height: Height) -> Result<Option<Seen>, WitnessError> {
        self.chronicle.seen_at(height)
    }

    /// How many alarms were ever told.
    pub const fn alarms(&self) -> u64 {
        self.notebook.alarms
    }

    /// One round: asks every node, tells what there is to tell, and keeps where it is.
    ///
    /// # Errors
    /// See [`WitnessError`]; what nodes do is told, not an error.
    pub fn round<T: Transport>(
        &mut self,
        nodes: &[Watched<T>],
        now_ms: TimestampMs,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<Round, WitnessError> {
        self.round = Round::default();
        if !self.notebook.began {
            let away_ms = self
                .notebook
                .last_round_ms
                .map(|last| now_ms.since_ms(last));
            let (height, _) = self.head();
            self.tell(What::Began { height, away_ms }, now_ms, tell)?;
            self.notebook.began = true;
            // What happened while the witness was away is no silence.
            self.notebook.newest_at_ms = now_ms;
        }
        let before = self.head().0;
        for node in nodes {
            self.attend(node, now_ms, tell)?;
        }
        self.note_silence(before, now_ms, tell)?;
        self.notebook.last_round_ms = Some(now_ms);
        self.keep()?;
        Ok(self.round)
    }

    fn note_silence(
        &mut self,
        before: Height,
        now_ms: TimestampMs,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<(), WitnessError> {
        let (height, _) = self.head();
        let since_ms = self.notebook.newest_at_ms;
        if height > before {
            self.notebook.newest_at_ms = now_ms;
            if std::mem::take(&mut self.notebook.silent) {
                self.tell(What::Resumed { height, since_ms }, now_ms, tell)?;
            }
        } else if !self.notebook.silent && now_ms.since_ms(since_ms) > self.limits.silence_ms_max {
            self.notebook.silent = true;
            self.tell(What::Silent { height, since_ms }, now_ms, tell)?;
        }
        Ok(())
    }

    /// Takes the next header, which the witness has found to be the child of its tip, if it was decided.
    ///
    /// # Errors
    /// The outer one is the disk's; the inner one says why the header is not to be believed.
    fn take(
        &mut self,
        seen: &Seen,
        now_ms: TimestampMs,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<Result<(), String>, WitnessError> {
        let clock = Clock::at(now_ms);
        // Nothing is trusted before it is in the chronicle; a change of the set is followed on a copy until then.
        if seen.next.is_none() {
            let clock = clock.with_trusting_period_ms(u64::MAX);
            let checked = self
                .trust
                .check_header(&seen.header, &seen.certificate, clock);
            if let Err(error) = checked {
                return Ok(Err(error.to_string()));
            }
            self.chronicle.append(seen)?;
            self.trust.note(&seen.header);
        } else {
            let mut trust = self.trust.clone();
            if let Err(error) = follow(&mut trust, seen, clock) {
                return Ok(Err(error.to_string()));
            }
            self.chronicle.append(seen)?;
            self.trust = trust;
        }
        self.round.blocks += 1;
        self.unkept += 1;
        let header = &seen.header;
        let (height, from_ms) = (header.height, self.tip_time_ms);
        self.tip_time_ms = header.time_ms;
        if self.unkept >= BLOCKS_BETWEEN_KEEPING {
            self.keep()?;
        }
        if header.time_ms.since_ms(from_ms) > self.limits.silence_ms_max && height.0 > 1 {
            let to_ms = header.time_ms;
            let gap = What::Gap {
                height,
                from_ms,
                to_ms,
            };
            self.tell(gap, now_ms, tell)?;
        }
        if let Some(next) = &seen.next {
            let validators = u64::try_from(next.as_slice().len()).unwrap_or(u64::MAX);
            self.tell(What::SetChanged { height, validators }, now_ms, tell)?;
        }
        Ok(Ok(()))
    }

    /// Writes the event down and tells it, unless the same was told within a day.
    fn tell(
        &mut self,
        what: What,
        now_ms: TimestampMs,
        tell: &mut dyn FnMut(&Event),
    ) -> Result<(), WitnessError> {
        if let Some(repetition) = what.repetition()
            && !self.notebook.is_new(repetition, now_ms)
        {
            return Ok(());
        }
        let event = Event {
            time_ms: now_ms,
            severity: what.severity(),
            what,
        };
        if event.severity == Severity::Alarm {
            self.notebook.alarms = self.notebook.alarms.saturating_add(1);
            self.round.alarms += 1;
        }
        // What was told and what it rests on is there after a crash.
        self.chronicle.sync()?;
        self.log.append(&event)?;
        tell(&event);
        Ok(())
    }

    /// Makes durable what was seen, then what is trusted, then what was noted: each rests on the one before.
    fn keep(&mut self) -> Result<(), WitnessError> {
        self.chronicle.sync()?;
        // If we crash here, the headers beyond the kept trust are followed again when the folder is opened.
        if self.unkept > 0 || self.storage.load(TRUST)?.is_none() {
            self.storage.store(TRUST, &self.trust.to_bytes())?;
            self.unkept = 0;
        }
        self.notebook.store(&self.storage)
    }
}

/// Follows `trust` to `seen`.
fn follow(
    trust: &mut TrustChain,
    seen: &Seen,
    clock: Clock,
) -> Result<(), ledger_core::proof::ProofError> {
    let clock = clock.with_trusting_period_ms(u64::MAX);
    match &seen.next {
        Some(next) => trust.follow(
            &SetChange {
                header: seen.header.clone(),
                certificate: seen.certificate.clone(),
                next: next.clone(),
            },
            clock,
        ),
        None => trust.accept(&seen.header, &seen.certificate, clock),
    }
}

fn lock(folder: &Path) -> Result<File, WitnessError> {
    let path = folder.join(LOCK_FILE);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|it| WitnessError::writing(&path, it))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(WitnessError::InUse {
            folder: folder.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(WitnessError::system("lock", &path, source)),
    }
}

#[cfg(test)]
mod tests;
