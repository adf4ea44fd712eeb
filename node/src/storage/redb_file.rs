//! A redb database on a [`CheckedFile`], with errors that say what went wrong first.
//!
//! What always holds: a database file is complete from the moment it has its name; a commit is durable and whole when it
//! returns (two phases, so that after a crash the file opens at once and without a walk through it); after the first
//! failure every call gives that failure again, because redb then refuses everything with no reason.

use std::path::Path;
use std::sync::{Arc, Mutex};

use ledger_core::codec;
use ledger_core::id::Height;
use redb::{
    Database, Durability, ReadTransaction, ReadableDatabase, TableDefinition, WriteTransaction,
};

use super::StorageError;
use super::checked_file::{CheckedFile, FaultCell, FileFault, PAGE_FORMAT};
use super::identity::Identity;
use super::locks::lock;
use super::volume::{FilePlace, Volume};

/// What every database says of itself: its [`Identity`].
const IDENTITY: TableDefinition<&str, &[u8]> = TableDefinition::new("identity");
const IDENTITY_KEY: &str = "identity";
const IDENTITY_BYTES_MAX: usize = 256;

/// Which database this is: it decides what damage means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// The blocks: nothing replaces them but the peers.
    Blocks,
    /// The derived state: rebuilt from the blocks.
    State,
}

/// How a database is opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct RedbOptions {
    pub(super) content: Content,
    pub(super) identity: Identity,
    pub(super) cache_bytes: usize,
}

/// A redb database.
pub(super) struct RedbFile {
    place: FilePlace,
    content: Content,
    database: Database,
    fault: FaultCell,
    first: Mutex<Option<StorageError>>,
}

impl RedbFile {
    /// Opens the database at `place`, or makes it, with the tables that `prepare` opens.
    ///
    /// # Errors
    /// When it belongs to another chain, is of another format, is damaged, or the disk fails or is full.
    pub(super) fn open(
        place: &FilePlace,
        options: RedbOptions,
        prepare: impl Fn(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<RedbFile, StorageError> {
        if !place.exists()? {
            create(place, options, prepare)?;
        }
        let opened = RedbFile::open_file(place, options)?;
        opened.check_identity(options.identity)?;
        Ok(opened)
    }

    fn open_file(place: &FilePlace, options: RedbOptions) -> Result<RedbFile, StorageError> {
        let fault = FaultCell::default();
        let file = place.open()?;
        let translate = |error| translate(place.path(), options.content, &fault, error);
        let checked = CheckedFile::open(file, Arc::clone(&fault))
            .map_err(|source| translate(redb::Error::Io(source)))?;
        let database = Database::builder()
            .set_cache_size(place.volume().cache_bytes(options.cache_bytes))
            .create_with_backend(checked)
            .map_err(|error| translate(error.into()))?;
        Ok(RedbFile {
            place: place.clone(),
            content: options.content,
            database,
            fault,
            first: Mutex::new(None),
        })
    }

    fn check_identity(&self, identity: Identity) -> Result<(), StorageError> {
        let bytes = self.read(None, |transaction| {
            let table = transaction.open_table(IDENTITY)?;
            Ok(table.get(IDENTITY_KEY)?.map(|found| found.value().to_vec()))
        })?;
        let bytes =
            bytes.ok_or_else(|| self.damaged(None, "it does not name its chain".to_string()))?;
        let unreadable = |reason: String| self.damaged(None, format!("its identity {reason}"));
        // Nothing follows it.
        identity.read_after::<()>(&bytes, IDENTITY_BYTES_MAX, self.path(), unreadable)
    }

    /// Its path.
    pub(super) fn path(&self) -> &Path {
        self.place.path()
    }

    /// The volume it is on.
    pub(super) fn volume(&self) -> &dyn Volume {
        self.place.volume()
    }

    /// Its length, in bytes.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn length(&self) -> Result<u64, StorageError> {
        let length = self.place.open()?.length();
        length.map_err(|source| StorageError::io(self.path(), "inspect", source))
    }

    /// The database as of now, for as long as the transaction lives.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn begin_read(&self) -> Result<ReadTransaction, StorageError> {
        self.check()?;
        self.database
            .begin_read()
            .map_err(|error| self.failed(None, error.into()))
    }

    /// Reads what belongs to `height`, or to no height.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub(super) fn read<T>(
        &self,
        height: Option<Height>,
        read: impl FnOnce(&ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StorageError> {
        let transaction = self.begin_read()?;
        read(&transaction).map_err(|error| self.failed(height, error))
    }

    /// Writes, durably and as one.
    ///
    /// # Errors
    /// When the disk fails or is full, or what it holds is damaged; then nothing is written, and nothing more will be.
    pub(super) fn write(
        &self,
        write: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), StorageError> {
        self.check()?;
        self.try_write(write)
            .map_err(|error| self.failed(None, error))
    }

    /// Writes a part of what the next [`Self::write`] makes durable, together with it.
    ///
    /// redb computes the checksums of a transaction's pages at its end. Pages of a large one have left memory by then, and are
    /// read, and written again; those of a part have not.
    ///
    /// Until that next write a crash leaves the database as before all parts, but a database that is closed in order keeps
    /// them: so the first part must write what tells that the others are missing.
    ///
    /// # Errors
    /// As of [`Self::write`].
    pub(super) fn write_part(
        &self,
        write: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), StorageError> {
        self.check()?;
        let written = || {
            let mut transaction = self.database.begin_write()?;
            transaction.set_durability(Durability::None)?;
            write(&transaction)?;
            transaction.commit()?;
            Ok(())
        };
        written().map_err(|error| self.failed(None, error))
    }

    fn try_write(
        &self,
        write: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>,
    ) -> Result<(), redb::Error> {
        let mut transaction = self.database.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        // The allocator's state goes with each commit, so that a node that was killed opens at once.
        transaction.set_quick_repair(true);
        write(&transaction)?;
        // If we crash before the commit returns, the database is as before it or as after it, whole.
        transaction.commit()?;
        Ok(())
    }

    /// Keeps and gives the error that explains `error`.
    pub(super) fn failed(&self, height: Option<Height>, error: redb::Error) -> StorageError {
        self.keep(
            match translate(self.path(), self.content, &self.fault, error) {
                StorageError::BlocksDamaged { reason, .. } => {
                    damage(self.path(), self.content, height, reason)
                }
                other => other,
            },
        )
    }

    /// Keeps `error` as the first failure, unless there was one; that one.
    pub(super) fn keep(&self, error: StorageError) -> StorageError {
        let mut first = lock(&self.first);
        first.get_or_insert(error).clone()
    }

    /// Fails if anything failed before.
    ///
    /// # Errors
    /// The first failure.
    pub(super) fn check(&self) -> Result<(), StorageError> {
        let first = lock(&self.first);
        first.clone().map_or(Ok(()), Err)
    }

    /// That this database is damaged, at `height` or as a whole.
    pub(super) fn damaged(&self, height: Option<Height>, reason: String) -> StorageError {
        self.keep(damage(self.path(), self.content, height, reason))
    }
}

/// Makes the database at `place` as one step.
fn create(
    place: &FilePlace,
    options: RedbOptions,
    prepare: impl Fn(&WriteTransaction) -> Result<(), redb::Error>,
) -> Result<(), StorageError> {
    let new = place.beside();
    // An earlier start may have been cut off here.
    new.remove()?;
    let made = RedbFile::open_file(&new, options)?;
    made.write(|transaction| {
        let identity = codec::encode(&options.identity);
        transaction
            .open_table(IDENTITY)?
            .insert(IDENTITY_KEY, identity.as_slice())?;
        prepare(transaction)
    })?;
    drop(made);
    // If we crash before this, there is no database, and a new one beside it that is removed at the next start.
    place.take_over(&new, "create")
}

/// What went wrong first decides: redb says of later calls only that an earlier one failed.
fn translate(path: &Path, content: Content, fault: &FaultCell, error: redb::Error) -> StorageError {
    let fault = lock(fault);
    match (fault.as_ref(), error) {
        (Some(FileFault::Damaged(reason)), _) => damage(path, content, None, reason.clone()),
        (Some(FileFault::Format(actual)), _) => StorageError::WrongFormat {
            path: path.to_path_buf(),
            expected: PAGE_FORMAT,
            actual: *actual,
        },
        (Some(FileFault::Io(action, source)), _) => StorageError::io(
            path,
            action,
            std::io::Error::new(source.kind(), Arc::clone(source)),
        ),
        (None, redb::Error::Io(source)) if source.kind() != std::io::ErrorKind::InvalidData => {
            StorageError::io(path, "use", source)
        }
        (None, error) => damage(path, content, None, error.to_string()),
    }
}

fn damage(path: &Path, content: Content, height: Option<Height>, reason: String) -> StorageError {
    let path = path.to_path_buf();
    match (content, height) {
        (Content::Blocks, Some(height)) => StorageError::BlockDamaged {
            path,
            height,
            reason,
        },
        (Content::Blocks, None) => StorageError::BlocksDamaged { path, reason },
        (Content::State, _) => StorageError::StateDamaged { path, reason },
    }
}
