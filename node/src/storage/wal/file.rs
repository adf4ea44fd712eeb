//! The file the consensus log is written to: it grows at its end, and is replaced as a whole.

use std::path::Path;

use super::StorageError;
use crate::storage::lengths::{to_u64, to_usize};
use crate::storage::volume::{FilePlace, Medium};

/// A log file.
pub(in crate::storage) struct LogFile {
    place: FilePlace,
    medium: Box<dyn Medium>,
    length: u64,
}

impl LogFile {
    /// Opens the file at `place`, and makes it if it is missing.
    ///
    /// # Errors
    /// When the disk fails.
    pub(in crate::storage) fn open(place: FilePlace) -> Result<LogFile, StorageError> {
        let medium = place.open()?;
        let length = medium.length();
        Ok(LogFile {
            length: length.map_err(|source| StorageError::io(place.path(), "open", source))?,
            place,
            medium,
        })
    }

    /// Its length, in bytes.
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// `length` bytes from `offset` on.
    ///
    /// # Errors
    /// When the disk fails, or the file is shorter.
    pub(super) fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, StorageError> {
        let mut bytes = vec![0; length];
        let read = self.medium.read(&mut bytes, offset);
        read.map_err(|source| StorageError::io(self.path(), "read", source))?;
        Ok(bytes)
    }

    /// Writes at the end. Durable after the next [`Self::sync`].
    ///
    /// # Errors
    /// When the disk fails or is full; then any part of `bytes` may have been written.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        let written = self.medium.write(bytes, self.length);
        written.map_err(|source| StorageError::io(self.path(), "append to", source))?;
        self.length = self.length.saturating_add(to_u64(bytes.len()));
        Ok(())
    }

    /// Makes everything from `offset` on durable, which was read back and may not be so ([`Medium::write_again`]).
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn write_again(&self, offset: u64) -> Result<(), StorageError> {
        let length = to_usize(self.length.saturating_sub(offset));
        let written = self.medium.write_again(offset, length);
        written.map_err(|source| StorageError::io(self.path(), "write", source))
    }

    /// Waits until everything written is on disk.
    ///
    /// # Errors
    /// When the disk fails; then nothing is known of what was written since the last sync.
    pub(super) fn sync(&self) -> Result<(), StorageError> {
        let synced = self.medium.sync();
        synced.map_err(|source| StorageError::io(self.path(), "sync", source))
    }

    /// Cuts the file to `length` bytes, durably.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn truncate(&mut self, length: u64) -> Result<(), StorageError> {
        let cut = self.medium.resize(length).and_then(|()| self.medium.sync());
        cut.map_err(|source| StorageError::io(self.path(), "shorten", source))?;
        self.length = length;
        Ok(())
    }

    /// Replaces the whole file, durably: a crash leaves the old one or the new one.
    ///
    /// # Errors
    /// When the disk fails or is full.
    pub(super) fn replace(&mut self, bytes: &[u8]) -> Result<(), StorageError> {
        // The crash points are those of `FilePlace::replace`: the old file or the new one, whole.
        self.place.replace(bytes)?;
        *self = LogFile::open(self.place.clone())?;
        Ok(())
    }

    /// Its path, for errors.
    pub(super) fn path(&self) -> &Path {
        self.place.path()
    }
}
