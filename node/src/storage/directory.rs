//! The data directory: its lock, its file names, and replacing a file as one step.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::StorageError;

/// Locked by the process that uses the directory.
pub const LOCK_FILE: &str = "lock";
/// The block database.
pub const BLOCKS_FILE: &str = "blocks.redb";
/// The state database, of the engine `redb`.
pub const STATE_FILE: &str = "state.redb";
/// The state database, of the engine `sled`.
pub const STATE_DIRECTORY: &str = "state.sled";
/// There exactly while the state database is known to be damaged.
pub const STATE_DAMAGED_FILE: &str = "state.damaged";
/// The consensus log.
pub const WAL_FILE: &str = "consensus.wal";
/// What must not be in a backup: the record of the last signature.
pub const SIGNING_DIRECTORY: &str = "signing";

/// A data directory this process alone uses, until this is dropped or the process ends.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    lock: File,
}

impl Directory {
    /// Locks the data directory at `path`, made if it is missing.
    ///
    /// # Errors
    /// When another process uses it, or the disk fails.
    pub fn lock(path: &Path) -> Result<Directory, StorageError> {
        fs::create_dir_all(path).map_err(|source| StorageError::io(path, "create", source))?;
        let lock_path = path.join(LOCK_FILE);
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock_path)
            .map_err(|source| StorageError::io(&lock_path, "open", source))?;
        // The system lets go of the lock when the process ends, however it ends.
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StorageError::Locked { path: lock_path }),
            Err(TryLockError::Error(source)) => {
                return Err(StorageError::io(&lock_path, "lock", source));
            }
        }
        sync(path)?;
        Ok(Directory {
            path: path.to_path_buf(),
            lock,
        })
    }

    /// The path of `name` in this directory.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A number that stays with this directory and that a copy of it does not share: that of the lock file's inode, which is
    /// never replaced.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn identity(&self) -> Result<u64, StorageError> {
        use std::os::unix::fs::MetadataExt;
        let metadata = self.lock.metadata();
        metadata
            .map(|metadata| metadata.ino())
            .map_err(|source| StorageError::io(&self.file(LOCK_FILE), "inspect", source))
    }
}

/// Puts `bytes` into the file at `path` as one step, durably.
///
/// # Errors
/// When the disk fails or is full; then the old file is still there.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), StorageError> {
    let new = path.with_extension("new");
    let write = || {
        let mut file = File::create(&new)?;
        file.write_all(bytes)?;
        // If we crash here, the old file is in place; what is left of the new one is overwritten the next time.
        file.sync_all()
    };
    write().map_err(|source| StorageError::io(&new, "write", source))?;
    // If we crash here, the old file is in place, and a whole new one beside it that nobody reads.
    fs::rename(&new, path).map_err(|source| StorageError::io(path, "replace", source))?;
    // If we crash here, one of the two is in place, each whole. Only the next sync says which.
    path.parent().map_or(Ok(()), sync)
}

/// Waits until the names in the directory at `path` are on disk.
///
/// # Errors
/// When the disk fails.
pub(super) fn sync(path: &Path) -> Result<(), StorageError> {
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(|source| StorageError::io(path, "sync", source))
}
