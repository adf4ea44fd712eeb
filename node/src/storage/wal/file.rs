//! Files the consensus log is written to: one on disk, one in memory.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::StorageError;
use crate::storage::MemoryDisk;
use crate::storage::directory;

/// A file that grows at its end, and can be replaced as a whole.
pub trait LogFile: Send {
    /// Its length, in bytes.
    ///
    /// # Errors
    /// When the disk fails.
    fn length(&self) -> Result<u64, StorageError>;

    /// `length` bytes from `offset` on.
    ///
    /// # Errors
    /// When the disk fails, or the file is shorter.
    fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, StorageError>;

    /// Writes at the end. Durable after the next [`Self::sync`].
    ///
    /// # Errors
    /// When the disk fails or is full; then any part of `bytes` may have been written.
    fn append(&mut self, bytes: &[u8]) -> Result<(), StorageError>;

    /// Waits until everything written is on disk.
    ///
    /// # Errors
    /// When the disk fails; then nothing is known of what was written since the last sync.
    fn sync(&mut self) -> Result<(), StorageError>;

    /// Cuts the file to `length` bytes, durably.
    ///
    /// # Errors
    /// When the disk fails.
    fn truncate(&mut self, length: u64) -> Result<(), StorageError>;

    /// Replaces the whole file, durably: a crash leaves the old one or the new one.
    ///
    /// # Errors
    /// When the disk fails or is full.
    fn replace(&mut self, bytes: &[u8]) -> Result<(), StorageError>;

    /// Its path, for errors.
    fn path(&self) -> &Path;
}

/// A log file on disk.
pub struct DiskLog {
    path: PathBuf,
    file: File,
    length: u64,
}

impl DiskLog {
    /// Opens the file at `path`, which may be missing.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn open(path: &Path) -> Result<DiskLog, StorageError> {
        let failed = |source| StorageError::io(path, "open", source);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        let length = file.metadata().map_err(failed)?.len();
        Ok(DiskLog {
            path: path.to_path_buf(),
            file,
            length,
        })
    }
}

impl LogFile for DiskLog {
    fn length(&self) -> Result<u64, StorageError> {
        Ok(self.length)
    }

    fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, StorageError> {
        let mut bytes = vec![0; length];
        self.file
            .read_exact_at(&mut bytes, offset)
            .map_err(|source| StorageError::io(&self.path, "read", source))?;
        Ok(bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        self.file
            .write_all_at(bytes, self.length)
            .map_err(|source| StorageError::io(&self.path, "append to", source))?;
        let written = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.length = self.length.saturating_add(written);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StorageError> {
        self.file
            .sync_data()
            .map_err(|source| StorageError::io(&self.path, "sync", source))
    }

    fn truncate(&mut self, length: u64) -> Result<(), StorageError> {
        self.file
            .set_len(length)
            .and_then(|()| self.file.sync_all())
            .map_err(|source| StorageError::io(&self.path, "shorten", source))?;
        self.length = length;
        Ok(())
    }

    fn replace(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        // The crash points are those of `directory::replace`: the old file or the new one, whole.
        directory::replace(&self.path, bytes)?;
        *self = DiskLog::open(&self.path)?;
        Ok(())
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

/// A log file on a [`MemoryDisk`].
pub(in crate::storage) struct MemoryLogFile {
    disk: Arc<MemoryDisk>,
}

impl MemoryLogFile {
    /// The log on `disk`.
    pub(in crate::storage) const fn new(disk: Arc<MemoryDisk>) -> MemoryLogFile {
        MemoryLogFile { disk }
    }
}

impl LogFile for MemoryLogFile {
    fn length(&self) -> Result<u64, StorageError> {
        let log = self.disk.log();
        let length = log.synced.len().saturating_add(log.unsynced.len());
        Ok(u64::try_from(length).unwrap_or(u64::MAX))
    }

    fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, StorageError> {
        let log = self.disk.log();
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = offset.saturating_add(length);
        let mut bytes = Vec::new();
        for (part, begin) in [(&log.synced, 0), (&log.unsynced, log.synced.len())] {
            let within = |at: usize| at.saturating_sub(begin).min(part.len());
            bytes.extend_from_slice(&part[within(offset)..within(end)]);
        }
        if bytes.len() < length {
            let source = std::io::ErrorKind::UnexpectedEof.into();
            return Err(StorageError::io(self.path(), "read", source));
        }
        Ok(bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        self.disk.check_space("append to")?;
        self.disk.log().unsynced.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StorageError> {
        self.disk.check_sync("sync")?;
        let mut log = self.disk.log();
        let mut written = std::mem::take(&mut log.unsynced);
        log.synced.append(&mut written);
        Ok(())
    }

    fn truncate(&mut self, length: u64) -> Result<(), StorageError> {
        self.sync()?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.disk.log().synced.truncate(length);
        Ok(())
    }

    fn replace(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        self.disk.check_write("replace")?;
        let mut log = self.disk.log();
        log.unsynced.clear();
        log.synced = bytes.to_vec();
        Ok(())
    }

    fn path(&self) -> &Path {
        Path::new("(memory)")
    }
}
