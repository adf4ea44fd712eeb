//! A file that is written over by rounds: the block journal and the log of rows have two of them each, written by turns.
//!
//! It begins with a page that says format, chain and salt, is put in place whole and never written again. After it come frames
//! ([`super::frame`]). A *round* is what is written from the second page on until the turn of the other file. Nothing is
//! cut or erased in between: the file keeps its length, so that a sync has bytes to write and seldom anything else, and what
//! lies behind a round is what is left of an earlier one. The frames' sequences tell the two apart.

use std::io;
use std::path::{Path, PathBuf};

use ledger_core::codec;

use super::StorageError;
use super::frame::{FRAME_BYTES, FoundFrame, FrameKind, UNSALTED};
use super::identity::Identity;
use super::lengths::to_u64;
use super::volume::{FilePlace, Medium};

/// Where the frames of a round begin: behind the header.
pub(super) const ROUND_START: u64 = FRAME_BYTES;
const HEADER_BYTES_MAX: usize = 1024;

/// The one of two files whose turn it is not.
pub(super) const fn other(number: usize) -> usize {
    1 - number
}

/// What tells one kind of these files from others.
#[derive(Clone, Copy, Debug)]
pub(super) struct RoundKind {
    pub(super) frames: FrameKind,
    /// What the file is called in errors: "a block journal".
    pub(super) name: &'static str,
    /// The error that says that the file is damaged, and why.
    pub(super) damaged: fn(PathBuf, String) -> StorageError,
}

/// An open file of this kind.
#[derive(Debug)]
pub(super) struct RoundFile {
    place: FilePlace,
    medium: Box<dyn Medium>,
    kind: RoundKind,
    salt: [u8; 16],
}

impl RoundFile {
    /// Puts a file without frames at `place`.
    ///
    /// # Errors
    /// When the disk fails or is full.
    pub(super) fn make(
        place: &FilePlace,
        kind: RoundKind,
        identity: Identity,
        salt: [u8; 16],
    ) -> Result<(), StorageError> {
        let header = codec::encode(&(identity, salt));
        // If we crash here, the file is there whole or not at all.
        place.replace(&kind.frames.seal(&UNSALTED, 0, &header))
    }

    /// Opens the file at `place`.
    ///
    /// # Errors
    /// When it belongs to another chain, is of another format, its header is damaged, or the disk fails.
    pub(super) fn open(
        place: FilePlace,
        kind: RoundKind,
        identity: Identity,
    ) -> Result<RoundFile, StorageError> {
        let mut file = RoundFile {
            medium: place.open()?,
            place,
            kind,
            salt: UNSALTED,
        };
        file.salt = file.read_salt(identity)?;
        Ok(file)
    }

    /// What the header says beside the identity. It is never torn, because the file was put in place whole.
    fn read_salt(&self, identity: Identity) -> Result<[u8; 16], StorageError> {
        let found = self.frame_at(0, self.length()?)?;
        let frame = found.filter(|frame| frame.sequence == 0);
        let payload = frame
            .ok_or_else(|| {
                let name = self.kind.name;
                self.damaged(format!("its first page is not the header of {name}"))
            })?
            .payload;
        let unreadable = |reason: String| self.damaged(format!("its header {reason}"));
        identity.read_after(&payload, HEADER_BYTES_MAX, self.path(), unreadable)
    }

    /// The frame at `offset`, as far as the first `length` bytes of the file go; none when there is no good one.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn frame_at(
        &self,
        offset: u64,
        length: u64,
    ) -> Result<Option<FoundFrame>, StorageError> {
        let read = |at, length| self.read(at, length);
        self.kind.frames.open(&self.salt, offset, length, read)
    }

    /// Writes a frame at `offset`; where the next one goes. It is durable after the next [`Self::sync`].
    ///
    /// # Errors
    /// When the disk fails or is full. Then nothing is known of the frame.
    pub(super) fn write(
        &self,
        offset: u64,
        sequence: u64,
        payload: &[u8],
    ) -> Result<u64, StorageError> {
        let bytes = self.kind.frames.seal(&self.salt, sequence, payload);
        let written = self.medium.write(&bytes, offset);
        written.map_err(|source| StorageError::io(self.path(), "append to", source))?;
        Ok(offset.saturating_add(to_u64(bytes.len())))
    }

    /// Waits until everything written is on disk.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn sync(&self) -> Result<(), StorageError> {
        let synced = self.medium.sync();
        synced.map_err(|source| StorageError::io(self.path(), "sync", source))
    }

    /// Makes durable what was read back and may not be ([`Medium::write_again`]).
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn write_again(&self, offset: u64, length: usize) -> Result<(), StorageError> {
        let written = self.medium.write_again(offset, length);
        written.map_err(|source| StorageError::io(self.path(), "write again", source))
    }

    /// The file's length, in bytes.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn length(&self) -> Result<u64, StorageError> {
        let length = self.medium.length();
        length.map_err(|source| StorageError::io(self.path(), "inspect", source))
    }

    /// `length` bytes from `offset` on.
    ///
    /// # Errors
    /// When the disk fails, or the file ends before, which is damage.
    pub(super) fn read(&self, offset: u64, length: usize) -> Result<Vec<u8>, StorageError> {
        let mut bytes = vec![0; length];
        let read = self.medium.read(&mut bytes, offset);
        read.map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof => {
                self.damaged("the file is shorter than it was".to_string())
            }
            _ => StorageError::io(self.path(), "read", source),
        })?;
        Ok(bytes)
    }

    /// The file's path.
    pub(super) fn path(&self) -> &Path {
        self.place.path()
    }

    /// What the file's frames are sealed with.
    pub(super) const fn salt(&self) -> [u8; 16] {
        self.salt
    }

    /// That the file is damaged, and why.
    pub(super) fn damaged(&self, reason: String) -> StorageError {
        (self.kind.damaged)(self.path().to_path_buf(), reason)
    }
}
