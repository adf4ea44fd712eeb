//! The auditor's own book: every block of the chain, executed again here, and the state they lead to.
//!
//! A book is a folder:
//!
//! ```text
//! lock              held while a process has the book open
//! chain             the chain's id
//! archive/          the blocks with their certificates and what they did (crate::archive)
//! state.snapshot    the state and the tally after some block, so that opening does not begin at genesis
//! ```
//!
//! What always holds: a block is in the archive only after its certificate was checked, it was executed, every field of its
//! header compared, and the postings added up; the snapshot is never ahead of what the archive has made durable; a process
//! that is killed at any point loses at most the blocks since, which are fetched again. A snapshot is believed only if the
//! root computed anew from its records is the one in the header of its block.

mod error;
mod following;
mod snapshot;
#[cfg(test)]
mod tests;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use ledger_core::audit::{Audit, AuditedMonth};
use ledger_core::genesis::Genesis;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::ledger::Tip;
use ledger_core::state::{MemoryState, StateError};
use ledger_core::time::{Calendar, Month, TimestampMs};

pub use error::{BookError, Divergence};
pub use following::{Ended, Followed, Progress, Stage};

use crate::archive::{ArchiveError, Blocks, Cut, Position, Writer, create_private};
use crate::source::{BlockSource, SourceError};
use crate::whole_file;
use snapshot::Snapshot;

const LOCK_FILE: &str = "lock";
const CHAIN_FILE: &str = "chain";
const ARCHIVE_FOLDER: &str = "archive";

/// What had to be mended when a book was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mended {
    /// The end of the archive was cut off: blocks that were being written when the program or the machine stopped.
    Tail(Cut),
    /// The snapshot could not be used, so that the archive was executed from genesis on.
    Snapshot {
        /// Why not.
        reason: String,
    },
}

/// An open book.
#[derive(Debug)]
pub struct Book {
    folder: PathBuf,
    audit: Audit,
    archive: Writer,
    /// The height of the snapshot on disk.
    snapshot: Height,
    mended: Vec<Mended>,
    /// Whether something failed that leaves memory and archive apart.
    failed: bool,
    /// Released when the book is dropped, or the process ends.
    _lock: File,
}

impl Book {
    /// Opens the book in `folder`, or begins one. Blocks that the archive holds beyond the snapshot are executed again.
    ///
    /// # Errors
    /// See [`BookError`].
    pub fn open(folder: &Path, genesis: &Genesis) -> Result<Book, BookError> {
        Book::open_reporting(folder, genesis, &mut |_| ControlFlow::Continue(()))
    }

    /// [`Book::open`], telling `progress` of the blocks that are executed again. When it breaks off, the book is open at the
    /// height that was reached, and what follows in the archive is executed at the next opening.
    ///
    /// # Errors
    /// See [`BookError`].
    pub fn open_reporting(
        folder: &Path,
        genesis: &Genesis,
        progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Book, BookError> {
        let chain = genesis.chain_id();
        let lock = prepare(folder, chain)?;
        let mut mended = Vec::new();
        let (archive, audit) = resume(folder, genesis, &mut mended)?;
        let mut book = Book {
            folder: folder.to_owned(),
            snapshot: audit.height(),
            audit,
            archive,
            mended,
            failed: false,
            _lock: lock,
        };
        if let Some(last) = book.archive.last()
            && last.height > book.height()
        {
            book.follow_archive(last.height, progress)?;
        }
        Ok(book)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What had to be mended when it was opened.
    pub fn mended(&self) -> &[Mended] {
        &self.mended
    }

    /// The genesis document.
    pub const fn genesis(&self) -> &Genesis {
        self.audit.genesis()
    }

    /// The chain.
    pub const fn chain_id(&self) -> ChainId {
        self.audit.tip().chain_id
    }

    /// The last block in it; genesis when it is new.
    pub const fn height(&self) -> Height {
        self.audit.height()
    }

    /// Its id.
    pub const fn block_id(&self) -> BlockId {
        self.audit.block_id()
    }

    /// Its time.
    pub const fn time_ms(&self) -> TimestampMs {
        self.audit.time_ms()
    }

    /// It as what a next block is built on.
    pub const fn tip(&self) -> &Tip {
        self.audit.tip()
    }

    /// The chain's calendar.
    pub const fn calendar(&self) -> Calendar {
        self.audit.calendar()
    }

    /// The state after the last block.
    pub const fn state(&self) -> &MemoryState {
        self.audit.state()
    }

    /// The audit so far: validators, tally, state.
    pub const fn audit(&self) -> &Audit {
        &self.audit
    }

    /// A month whose last block is in the book, and a block after it; none before that.
    ///
    /// # Errors
    /// When the chain's record cannot be read, which a state in memory excludes.
    pub fn month(&self, month: Month) -> Result<Option<AuditedMonth>, StateError> {
        self.audit.month(month)
    }

    /// The blocks above `above`, oldest first, each as it was booked.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn blocks(&self, above: Height) -> Result<Blocks, ArchiveError> {
        Blocks::open(&self.archive_folder(), self.chain_id(), above)
    }

    /// The folder of the archive, whose segments an export copies.
    pub fn archive_folder(&self) -> PathBuf {
        self.folder.join(ARCHIVE_FOLDER)
    }

    /// Books the blocks `source` has, up to `until` or its end. `progress` is told of each and of the waiting; when it breaks
    /// off, what was booked is kept.
    ///
    /// # Errors
    /// See [`BookError`]. What was booked before is kept.
    pub fn follow(
        &mut self,
        source: &mut dyn BlockSource,
        until: Option<Height>,
        progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Followed, BookError> {
        if let Some(last) = self.archive.last()
            && last.height > self.height()
        {
            // Opening was broken off. What the archive has comes first: a block is appended only after its parent.
            let resumed = self.follow_archive(last.height, progress)?;
            if resumed.ended == Ended::Stopped {
                return Ok(resumed);
            }
        }
        self.run(source, until, progress, Stage::Following)
    }

    fn follow_archive(
        &mut self,
        until: Height,
        progress: &mut dyn FnMut(&Progress) -> ControlFlow<()>,
    ) -> Result<Followed, BookError> {
        let mut own = crate::source::ArchiveSource::open(&self.archive_folder(), self.chain_id());
        self.run(&mut own, Some(until), progress, Stage::Resuming)
    }

    /// Writes the snapshot of now, if it is not there yet.
    ///
    /// # Errors
    /// When the disk fails or is full; the book stays as it was.
    pub fn save(&mut self) -> Result<(), BookError> {
        if self.failed {
            return Err(BookError::Failed);
        }
        // After an opening that was broken off the archive is ahead; then the former snapshot counts.
        let is_level = |last: Position| last.height == self.height();
        if self.snapshot == self.height() || !self.archive.last().is_some_and(is_level) {
            return Ok(());
        }
        self.snapshot = snapshot::save(&self.folder, &self.audit, &mut self.archive)?;
        Ok(())
    }
}

/// Makes the folder and takes the lock.
fn prepare(folder: &Path, chain: ChainId) -> Result<File, BookError> {
    create_private(folder)?;
    let path = folder.join(LOCK_FILE);
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| ArchiveError::writing(&path, source))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let folder = folder.to_owned();
            return Err(BookError::InUse { folder });
        }
        Err(TryLockError::Error(source)) => {
            return Err(ArchiveError::system("lock", &path, source).into());
        }
    }
    let path = folder.join(CHAIN_FILE);
    match fs::read_to_string(&path) {
        Ok(text) if text.trim() == chain.to_string() => {}
        // If we crashed while writing it, nothing else is there yet.
        Ok(text) if chain.to_string().starts_with(text.as_str()) => write_chain(&path, chain)?,
        Ok(text) => {
            return Err(BookError::OtherChain {
                folder: folder.to_owned(),
                expected: chain,
                actual: text.trim().to_owned(),
            });
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => write_chain(&path, chain)?,
        Err(error) => return Err(ArchiveError::reading(&path, error).into()),
    }
    Ok(lock)
}

fn write_chain(path: &Path, chain: ChainId) -> Result<(), BookError> {
    // As a whole: a file that a crash left empty would make the folder look like another chain's for ever.
    let written = whole_file::write(path, format!("{chain}\n").as_bytes());
    written.map_err(|source| ArchiveError::writing(path, source))?;
    Ok(())
}

/// The archive, and the audit as of the snapshot, or from genesis on when there is none that can be used.
fn resume(
    folder: &Path,
    genesis: &Genesis,
    mended: &mut Vec<Mended>,
) -> Result<(Writer, Audit), BookError> {
    let chain = genesis.chain_id();
    let archive = folder.join(ARCHIVE_FOLDER);
    match try_resume(folder, genesis, mended) {
        Ok(Some(resumed)) => return Ok(resumed),
        Ok(None) => {}
        Err(reason) => {
            mended.clear();
            mended.push(Mended::Snapshot { reason });
        }
    }
    let (writer, cut) = Writer::open(&archive, chain, None)?;
    mended.extend(cut.map(Mended::Tail));
    Ok((writer, Audit::begin(genesis)?))
}

/// What the snapshot allows to go on from; none when there is none. The error says why it cannot be used.
fn try_resume(
    folder: &Path,
    genesis: &Genesis,
    mended: &mut Vec<Mended>,
) -> Result<Option<(Writer, Audit)>, String> {
    let Some(snapshot) = Snapshot::read(folder).map_err(|error| error.to_string())? else {
        return Ok(None);
    };
    let Snapshot {
        position,
        header,
        tally,
        state,
    } = snapshot;
    let archive = folder.join(ARCHIVE_FOLDER);
    let opened = Writer::open(&archive, genesis.chain_id(), Some(position));
    let (writer, cut) = opened.map_err(|error| error.to_string())?;
    let booked = writer.block_at(&position).map_err(|it| it.to_string())?;
    if booked.block.header != header {
        let height = position.height;
        return Err(format!("block {height} in the archive is another one"));
    }
    let audit = Audit::resume(genesis, &header, state, tally).map_err(|it| it.to_string())?;
    mended.extend(cut.map(Mended::Tail));
    Ok(Some((writer, audit)))
}

impl From<SourceError> for BookError {
    fn from(error: SourceError) -> BookError {
        BookError::Source(error)
    }
}
