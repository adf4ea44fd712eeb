//! The data directory: its lock and its file names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::StorageError;
use super::volume::{DirectoryLock, FilePlace, SystemVolume, Volume};

/// Locked by the process that uses the directory.
pub const LOCK_FILE: &str = "lock";
/// The block database.
pub const BLOCKS_FILE: &str = "blocks.redb";
/// The two files of the block journal, which holds the newest blocks.
pub const JOURNAL_FILES: [&str; 2] = ["blocks-1.journal", "blocks-2.journal"];
/// The state database, of the engine `redb`.
pub const STATE_FILE: &str = "state.redb";
/// The two files of the log above it, which holds the newest changes.
pub const STATE_LOG_FILES: [&str; 2] = ["state-1.log", "state-2.log"];
/// The state database, of the engine `sled`.
pub const STATE_DIRECTORY: &str = "state.sled";
/// There exactly while the state database is known to be damaged.
pub const STATE_DAMAGED_FILE: &str = "state.damaged";
/// The consensus log.
pub const WAL_FILE: &str = "consensus.wal";
/// What must not be in a backup: the record of the last signature.
pub const SIGNING_DIRECTORY: &str = "signing";

/// A data directory this process alone uses, until this and every file place in it are dropped or the process ends: as long as a store
/// is open on any thread, no other process gets in.
#[derive(Debug)]
pub struct Directory {
    volume: Arc<dyn Volume>,
    path: PathBuf,
    lock: Arc<dyn DirectoryLock>,
}

impl Directory {
    /// Locks the data directory at `path`, made if it is missing.
    ///
    /// # Errors
    /// When another process uses it, or the disk fails.
    pub fn lock(path: &Path) -> Result<Directory, StorageError> {
        Directory::lock_on(Arc::new(SystemVolume), path)
    }

    /// Locks the data directory at `path` on `volume`, made if it is missing.
    ///
    /// # Errors
    /// As [`Self::lock`].
    pub(super) fn lock_on(volume: Arc<dyn Volume>, path: &Path) -> Result<Directory, StorageError> {
        let lock_path = path.join(LOCK_FILE);
        let lock = volume
            .lock(&lock_path)
            .map_err(|source| StorageError::io(&lock_path, "lock", source))?
            .ok_or(StorageError::Locked { path: lock_path })?;
        let directory = Directory {
            volume,
            path: path.to_path_buf(),
            lock: lock.into(),
        };
        directory.sync()?;
        Ok(directory)
    }

    /// The path of `name` in this directory.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The file `name` in this directory, whether it is there or not.
    pub(super) fn place(&self, name: &str) -> FilePlace {
        FilePlace::within(
            Arc::clone(&self.volume),
            self.file(name),
            Arc::clone(&self.lock),
        )
    }

    pub(super) fn volume(&self) -> &dyn Volume {
        self.volume.as_ref()
    }

    /// Waits until the names in this directory are on disk.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn sync(&self) -> Result<(), StorageError> {
        let synced = self.volume.sync_directory(&self.path);
        synced.map_err(|source| StorageError::io(&self.path, "sync", source))
    }

    /// A number that stays with this directory and that a copy of it does not share: on a file system, that of the lock
    /// file's inode, which is never replaced.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn identity(&self) -> Result<u64, StorageError> {
        let identity = self.lock.identity();
        identity.map_err(|source| StorageError::io(&self.file(LOCK_FILE), "inspect", source))
    }
}
