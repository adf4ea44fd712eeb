//! The auditor's book as commands use it: where it is, opened and followed with progress, and what its failures mean.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::Args;
use ledger_core::audit::AuditError;
use ledger_core::id::Height;
use ledger_core::message::Arguments;
use timebank_audit::book::{Ended, Followed, Mended, Progress, Stage};
use timebank_audit::{ArchiveError, BlockSource, Book, BookError, Facts, SourceError};
use timebank_wallet::Error;

use crate::failure::Failure;
use crate::progress::ProgressLine;
use crate::session::Session;

/// The folder of the book within that of what was proven, unless said otherwise.
const BOOK_FOLDER: &str = "book";

/// Which book a command works from.
#[derive(Clone, Debug, Args)]
pub(crate) struct FromBook {
    /// The folder.
    #[arg(long, value_name = "FOLDER")]
    book: Option<PathBuf>,
    /// Take the book as it is.
    #[arg(long)]
    offline: bool,
}

impl FromBook {
    /// The book, followed to the newest block unless it is to be taken as it is.
    pub(crate) fn current(&self, session: &Session<'_>) -> Result<Book, Failure> {
        let mut book = open(self.book.as_deref(), session)?;
        if !self.offline {
            let client = session.client()?;
            let followed = follow(&mut book, &mut &*client, None, session)?;
            if followed.ended == Ended::Stopped {
                return Err(stopped(book.height()));
            }
        }
        Ok(book)
    }
}

/// Opens the book in `folder`, or in the usual one, and says what had to be mended.
pub(crate) fn open(folder: Option<&Path>, session: &Session<'_>) -> Result<Book, Failure> {
    let genesis = session.genesis()?.ok_or(Error::TrustMissing {})?;
    let folder = match folder {
        Some(folder) => Some(folder.to_owned()),
        None => {
            // Made first, for its owner only: else the book would make it for everybody, and what was proven is not kept
            // where others can enter.
            session.state_storage()?;
            session.state_folder().map(|state| state.join(BOOK_FOLDER))
        }
    };
    let folder = folder.ok_or_else(|| Failure::usage("book_folder_missing", Arguments::NONE))?;
    let line = ProgressLine::begin(session);
    let book = Book::open_reporting(&folder, genesis, &mut |progress| show(&line, progress))
        .map_err(|error| failure(&error))?;
    for mended in book.mended() {
        match mended {
            Mended::Tail(cut) => line.say(
                "book-mended_tail",
                &Arguments::NONE
                    .text("path", cut.path.display())
                    .number("bytes", cut.bytes)
                    .text("reason", cut.reason),
            ),
            Mended::Snapshot { reason } => line.say(
                "book-mended_snapshot",
                &Arguments::NONE.text("reason", reason),
            ),
        }
    }
    if line.interrupted() {
        return Err(stopped(book.height()));
    }
    Ok(book)
}

/// Books what `source` has, with progress.
pub(crate) fn follow(
    book: &mut Book,
    source: &mut dyn BlockSource,
    until: Option<Height>,
    session: &Session<'_>,
) -> Result<Followed, Failure> {
    try_follow(book, source, until, session).map_err(|error| failure(&error))
}

/// [`follow`], for whoever makes more of an error.
pub(crate) fn try_follow(
    book: &mut Book,
    source: &mut dyn BlockSource,
    until: Option<Height>,
    session: &Session<'_>,
) -> Result<Followed, BookError> {
    let line = ProgressLine::begin(session);
    book.follow(source, until, &mut |progress| show(&line, progress))
}

fn show(line: &ProgressLine<'_, '_>, progress: &Progress) -> ControlFlow<()> {
    let id = match progress.stage {
        Stage::Resuming => "book-resuming",
        Stage::Following => "book-following",
    };
    line.show(id, || {
        let remaining = progress.remaining().map(|left| left.as_millis());
        let left_ms = remaining.map_or(0, |millis| u64::try_from(millis).unwrap_or(u64::MAX));
        let target = progress
            .target
            .map_or(progress.height, |it| it.max(progress.height));
        Arguments::NONE
            .text("height", progress.height)
            .text("target", target)
            .number("rate", progress.rate())
            .number("left_ms", left_ms)
    });
    match line.interrupted() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

/// What happened in the book's blocks, read from the first on, with progress.
pub(crate) fn facts(book: &Book, session: &Session<'_>) -> Result<Facts, Failure> {
    let line = ProgressLine::begin(session);
    let mut facts = Facts::begin(book.genesis());
    let target = book.height();
    for booked in book
        .blocks(Height::GENESIS)
        .map_err(|error| files(&error))?
    {
        let booked = booked.map_err(|error| files(&error))?;
        facts.follow(&booked).map_err(|error| {
            Failure::local("facts_unread", Arguments::NONE.text("reason", error))
        })?;
        line.show("book-reading", || {
            Arguments::NONE
                .text("height", facts.height)
                .text("target", target)
        });
        if line.interrupted() {
            return Err(stopped(target));
        }
    }
    Ok(facts)
}

/// That somebody broke it off.
pub(crate) fn stopped(height: Height) -> Failure {
    Failure::local("book_stopped", Arguments::NONE.text("height", height))
}

/// What a book's error means here.
pub(crate) fn failure(error: &BookError) -> Failure {
    let about = || Arguments::NONE.text("reason", error);
    match error {
        BookError::InUse { folder } => {
            let about = Arguments::NONE.text("path", folder.display());
            Failure::local("book_in_use", about)
        }
        BookError::OtherChain { folder, actual, .. } => {
            let about = Arguments::NONE
                .text("path", folder.display())
                .text("actual", actual);
            Failure::usage("book_other_chain", about)
        }
        BookError::Genesis(error) => Error::GenesisMalformed {
            reason: error.to_string(),
        }
        .into(),
        BookError::Archive(error) | BookError::Source(SourceError::Archive(error)) => files(error),
        BookError::Source(SourceError::Node(error)) => error.clone().into(),
        BookError::OutOfOrder { .. } => Failure::unproven("book_out_of_order", about()),
        BookError::Audit(error) => {
            let (AuditError::Certificate { height, .. }
            | AuditError::Execution { height, .. }
            | AuditError::Tally { height, .. }
            | AuditError::Supply { height, .. }) = error;
            let (height, reason) = (*height, error.to_string());
            Error::AuditFailed { height, reason }.into()
        }
        BookError::Diverged(divergence) => Error::AuditFailed {
            height: divergence.height(),
            reason: error.to_string(),
        }
        .into(),
        BookError::Failed => Failure::local("book_failed", Arguments::NONE),
    }
}

/// What an archive's error means here.
pub(crate) fn files(error: &ArchiveError) -> Failure {
    let about = Arguments::NONE.text("reason", error);
    match error {
        ArchiveError::System { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
            Failure::local("book_disk_full", about)
        }
        ArchiveError::System { .. } => Failure::local("book_files", about),
        ArchiveError::TooLong { .. }
        | ArchiveError::Damaged { .. }
        | ArchiveError::SnapshotDamaged { .. }
        | ArchiveError::Missing { .. }
        | ArchiveError::OtherChain { .. } => Failure::local("book_damaged", about),
    }
}
