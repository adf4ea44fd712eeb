//! Papers of an office become transactions: accounts, services, trainings, campaigns and grants from CSV files.
//!
//! | step | file |
//! |---|---|
//! | each line is read by itself | `line.rs` |
//! | what the journal knows of it is looked up | `journal.rs` |
//! | lines that ask for the same become one transaction | `plan.rs` |
//! | a dry run by the ledger's own rules refuses what would be refused, line after line | `check.rs`, on the state of `basis.rs` |
//! | transactions are written down, signed with the keys at hand, and completed from documents that came back | `carry.rs`, `documents.rs` |
//! | those that everybody signed are submitted in batches | `submit.rs` |
//! | what became of each line is looked up in the blocks, and written to the result file | `result.rs` |
//!
//! What always holds: **a line is posted at most once**, however often the import is killed and begun again, and from
//! whatever file it comes. A transaction is in the journal, on disk, before anybody sees it; from then on only these bytes are
//! submitted for that line, and the ledger applies them at most once. Only when the transaction is in no block and its time is
//! over, by blocks that were executed here, is another made. What a dry run refuses has not been shown to anybody, and the
//! line may be mended and imported again at once.
//!
//! Source: `domain.md` section 3 (at most once, signers), section 1 (people without a phone).

pub mod basis;
mod carry;
pub mod check;
mod documents;
pub mod files;
pub mod journal;
pub mod line;
pub mod outcome;
mod plan;
pub mod result;
mod run;
pub mod sentence;
mod submit;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::path::PathBuf;

use ledger_core::id::{ChainId, Height};
use ledger_core::signature::SecretKey;
use ledger_core::time::{HOUR_MS, TimestampMs};
use ledger_core::transaction::Signer;
use timebank_wallet::{Client, Error};

pub use basis::{Basis, BasisError, Booked, Replayed};
pub use check::CheckError;
pub use files::{FileSystem, Files};
pub use journal::{Journal, JournalError};
pub use line::{Ground, Kind, Line, Lines};
pub use outcome::{LineReport, Outcome, Report};
pub use run::run;

/// How long a transaction of an import is valid unless something else is asked for: a week, enough for papers to be signed.
pub const VALIDITY_MS_DEFAULT: u64 = 7 * 24 * HOUR_MS;
/// How many transactions are written down with one sync.
pub const MADE_AT_ONCE_MAX: usize = 1_000;
/// How many transactions are submitted at once.
pub const SUBMITTED_AT_ONCE_MAX: usize = 500;
/// The most documents looked through for signatures.
pub const DOCUMENTS_MAX: usize = 100_000;

/// Whether anything is to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is signed, submitted or written down.
    DryRun,
    /// The lines are carried out.
    CarryOut,
}

/// Where an import keeps its things.
#[derive(Clone, Debug)]
pub struct Places {
    /// The office's journal.
    pub journal: PathBuf,
    /// The salts of evidence commitments.
    pub vault: PathBuf,
    /// Documents that lack signatures are written here, and read from here when they come back.
    pub documents: Option<PathBuf>,
}

/// What an import works with.
pub struct Desk<'d, T> {
    /// To submit with.
    pub client: &'d Client<T>,
    /// The disk.
    pub files: &'d dyn Files,
    /// Where on it.
    pub places: Places,
    /// The keys at hand.
    pub keys: &'d dyn Fn(Signer) -> Result<Option<SecretKey>, Error>,
    /// The clerk at hand, who signs for people without a key.
    pub stand_in: Option<Signer>,
    /// The chain.
    pub chain_id: ChainId,
    /// The chain's time.
    pub now_ms: TimestampMs,
    /// Until when transactions made now are valid.
    pub valid_until_ms: TimestampMs,
    /// How long to wait for decided blocks, in milliseconds, for each batch.
    pub wait_ms: u64,
    /// How many transactions are written down with one sync: [`MADE_AT_ONCE_MAX`].
    pub made_at_once: usize,
    /// How many are submitted at once: [`SUBMITTED_AT_ONCE_MAX`].
    pub submitted_at_once: usize,
    /// Waits that many milliseconds before a node that had no room is asked again.
    pub pause: &'d dyn Fn(u64),
    /// Hears how far the import is, and may end it: what is in the journal by then is gone on with the next time.
    pub progress: &'d dyn Fn(Progress) -> ControlFlow<()>,
}

impl<T> std::fmt::Debug for Desk<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk")
            .field("places", &self.places)
            .finish_non_exhaustive()
    }
}

impl<T> Desk<'_, T> {
    /// Tells how far the import is.
    fn go_on(&self, progress: Progress) -> Result<(), ImportError> {
        match (self.progress)(progress) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ImportError::Interrupted),
        }
    }
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The chain was followed to this height.
    Followed(Height),
    /// So many transactions of so many were checked.
    Checked(usize, usize),
    /// So many were made, signed and written down.
    Made(usize, usize),
    /// So many were submitted and answered.
    Submitted(usize, usize),
}

/// Why an import stopped. What it had done by then is in the journal; it goes on when it is begun again.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The journal's.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The chain's blocks cannot be had or are not the chain's.
    #[error(transparent)]
    Basis(#[from] BasisError),
    /// The dry run's.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// Somebody ended it.
    #[error("the import was ended; begin it again to go on")]
    Interrupted,
    /// Keys, documents, the node.
    #[error(transparent)]
    Wallet(#[from] Error),
    /// A file cannot be read or written.
    #[error("{} cannot be read or written: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
