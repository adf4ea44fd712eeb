//! Where a node's files live: the file system, or a disk in memory that crashes and fails as told.
//!
//! Everything above this line is the same on both, so what a simulation opens is what a node opens. What a volume promises
//! is what a file system promises and no more: bytes are durable after [`Medium::sync`], names (creation, renaming and
//! removal of a file) after [`Volume::sync_directory`]; before that, a crash keeps any part of them. Renaming is one step.

mod system;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) use system::SystemVolume;

use super::StorageError;

/// What the name of a file ends in while it is made, before it gets the name it is made for.
pub(super) const BESIDE_SUFFIX: &str = ".new";

/// An open file.
pub(super) trait Medium: fmt::Debug + Send + Sync + 'static {
    /// Its length, in bytes.
    fn length(&self) -> io::Result<u64>;
    /// Fills `out` with what lies from `offset` on.
    fn read(&self, out: &mut [u8], offset: u64) -> io::Result<()>;
    /// Writes all of `bytes` from `offset` on; when that fails, any part of them may have been written.
    fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Cuts the file, or lets it grow by zeros.
    fn resize(&self, length: u64) -> io::Result<()>;
    /// Waits until bytes and length are on disk.
    fn sync(&self) -> io::Result<()>;

    /// Makes `length` bytes from `offset` on durable, which were read back and may not be so: a process that was killed between
    /// write and sync leaves them with the system, and after a sync that failed the system takes them for written although
    /// they are not, so that another sync alone would do nothing. Whoever relies on them would rely on what a loss of power
    /// takes.
    fn write_again(&self, offset: u64, length: usize) -> io::Result<()> {
        let mut bytes = vec![0; length];
        self.read(&mut bytes, offset)?;
        // If we crash here, and the bytes were on disk, they still are: the same ones are written over them. If they were
        // not, they are there, torn or missing, as without this, and nobody relied on them since they were read.
        self.write(&bytes, offset)?;
        self.sync()
    }
}

/// What becomes of a file's content when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// It stays.
    Keep,
    /// The file begins empty.
    Empty,
}

/// The lock on a directory, let go when this is dropped or the process ends.
pub(super) trait DirectoryLock: fmt::Debug + Send + Sync {
    /// A number that stays with the directory and that a copy of it does not share.
    fn identity(&self) -> io::Result<u64>;
}

/// A place with files and directories. A missing file is [`io::ErrorKind::NotFound`].
pub(super) trait Volume: fmt::Debug + Send + Sync {
    /// Locks the directory with the lock file `path`, and makes both if they are missing; none when it is in use.
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn DirectoryLock>>>;
    /// Opens the file at `path` to read and write, and makes it if it is missing.
    fn open(&self, path: &Path, opening: Opening) -> io::Result<Box<dyn Medium>>;
    /// Whether there is a file or directory at `path`.
    fn exists(&self, path: &Path) -> io::Result<bool>;
    /// Renames a file, in place of the one that has the name, if there is one.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file, or a directory with everything in it.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes a directory; an error when there is something at `path`.
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// Waits until the names in the directory at `path` are on disk.
    fn sync_directory(&self, path: &Path) -> io::Result<()>;
    /// Bytes that were never drawn before.
    fn draw_salt(&self) -> io::Result<[u8; 16]>;
    /// How much of one file may be kept in memory, when `wanted` bytes would be good.
    fn cache_bytes(&self, wanted: usize) -> usize;
    /// How long a round of a log may be, when `wanted` bytes would be good.
    fn round_bytes(&self, wanted: u64) -> u64;
}

/// A file's name on a volume; there may be no such file.
///
/// It holds the lock on its directory, if it was made with one: whatever still reads or writes there, on whichever thread, keeps other
/// processes out.
#[derive(Clone, Debug)]
pub(super) struct FilePlace {
    volume: Arc<dyn Volume>,
    path: PathBuf,
    _lock: Option<Arc<dyn DirectoryLock>>,
}

impl FilePlace {
    /// A place in a directory that nobody has locked.
    #[cfg(test)]
    pub(super) fn new(volume: Arc<dyn Volume>, path: PathBuf) -> FilePlace {
        FilePlace {
            volume,
            path,
            _lock: None,
        }
    }

    /// A place in the directory that `lock` keeps.
    pub(super) fn within(
        volume: Arc<dyn Volume>,
        path: PathBuf,
        lock: Arc<dyn DirectoryLock>,
    ) -> FilePlace {
        FilePlace {
            volume,
            path,
            _lock: Some(lock),
        }
    }

    /// The file's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The volume it is on.
    pub(super) fn volume(&self) -> &dyn Volume {
        self.volume.as_ref()
    }

    /// A salt for the file: bytes that were never drawn before.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub(super) fn draw_salt(&self) -> Result<[u8; 16], StorageError> {
        let salt = self.volume.draw_salt();
        salt.map_err(|source| StorageError::io(&self.path, "draw random numbers for", source))
    }

    /// Opens the file, and makes it if it is missing.
    ///
    /// # Errors
    /// When the disk fails or is full.
    pub(super) fn open(&self) -> Result<Box<dyn Medium>, StorageError> {
        let opened = self.volume.open(&self.path, Opening::Keep);
        opened.map_err(|source| StorageError::io(&self.path, "open", source))
    }

    /// Whether the file is there.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn exists(&self) -> Result<bool, StorageError> {
        let found = self.volume.exists(&self.path);
        found.map_err(|source| StorageError::io(&self.path, "look for", source))
    }

    /// What is in the file; none when there is no file.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, StorageError> {
        if !self.exists()? {
            return Ok(None);
        }
        let medium = self.open()?;
        let read = || {
            let length = usize::try_from(medium.length()?).unwrap_or(usize::MAX);
            let mut bytes = vec![0; length];
            medium.read(&mut bytes, 0)?;
            Ok(bytes)
        };
        let bytes = read().map_err(|source| StorageError::io(&self.path, "read", source))?;
        Ok(Some(bytes))
    }

    /// Removes the file, if there is one; durably after the next sync of its directory.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn remove(&self) -> Result<(), StorageError> {
        match self.volume.remove(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(|source| StorageError::io(&self.path, "remove", source)),
        }
    }

    /// Gives the file that is complete at `new` this name, as one step, durably.
    ///
    /// # Errors
    /// When the disk fails; then the name leads to what it led to before, or to the new file.
    pub(super) fn take_over(
        &self,
        new: &FilePlace,
        action: &'static str,
    ) -> Result<(), StorageError> {
        let renamed = self.volume.rename(&new.path, &self.path);
        renamed.map_err(|source| StorageError::io(&self.path, action, source))?;
        // If we crash here, the name leads to the one or the other, each whole. Only the next sync says which.
        self.sync_name()
    }

    /// Where a new file is made that is to get this name.
    pub(super) fn beside(&self) -> FilePlace {
        let mut path = self.path.clone().into_os_string();
        path.push(BESIDE_SUFFIX);
        FilePlace {
            path: path.into(),
            ..self.clone()
        }
    }

    /// Puts `bytes` into the file as one step, durably.
    ///
    /// # Errors
    /// When the disk fails or is full; then the old file is still there.
    pub(super) fn replace(&self, bytes: &[u8]) -> Result<(), StorageError> {
        let new = self.beside();
        let write = || {
            let file = self.volume.open(&new.path, Opening::Empty)?;
            file.write(bytes, 0)?;
            // If we crash here, the old file is in place; what is left of the new one is overwritten the next time.
            file.sync()
        };
        write().map_err(|source| StorageError::io(&new.path, "write", source))?;
        // If we crash here, the old file is in place, and a whole new one beside it that nobody reads.
        self.take_over(&new, "replace")
    }

    /// Waits until the names in the file's directory are on disk.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn sync_name(&self) -> Result<(), StorageError> {
        let Some(directory) = self.path.parent() else {
            return Ok(());
        };
        let synced = self.volume.sync_directory(directory);
        synced.map_err(|source| StorageError::io(directory, "sync", source))
    }
}
