//! Frames of the consensus log: what one sync writes, as [`crate::storage::frame`] lays it out.
//!
//! The sequence counts from 0, which is the log's header. The payload is borsh of the header, or of the list of items.

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::id::Height;

use super::file::LogFile;
use super::{StorageError, WAL_ENTRY_BYTES_MAX};
pub(super) use crate::storage::frame::FRAME_BYTES;
use crate::storage::frame::{FrameKind, UNSALTED};
use crate::storage::identity::Identity;

/// The longest payload: what may be gathered, and one entry more, with room for lengths.
const PAYLOAD_BYTES_MAX: usize = super::GATHERED_BYTES_MAX + WAL_ENTRY_BYTES_MAX + (1 << 20);
/// The longest header.
const HEADER_BYTES_MAX: usize = 4096;
/// The frames of this log.
const WAL_FRAMES: FrameKind = FrameKind {
    magic: *b"TBWALv1\n",
    payload_bytes_max: PAYLOAD_BYTES_MAX,
};

/// The first frame of a log.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub(super) struct FrameHeader {
    pub(super) identity: Identity,
    pub(super) salt: [u8; 16],
    /// What the log is about until a frame says otherwise.
    pub(super) height: Height,
}

/// What a frame holds.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) enum Item {
    /// From here on, entries are about this height.
    Height(Height),
    /// An entry.
    Entry(Vec<u8>),
}

/// A good frame.
pub(super) struct Frame {
    pub(super) sequence: u64,
    pub(super) items: Vec<Item>,
    /// Where the next one begins.
    pub(super) end: u64,
}

/// The bytes of a frame of items.
pub(super) fn encode(header: &FrameHeader, sequence: u64, items: &Vec<Item>) -> Vec<u8> {
    WAL_FRAMES.seal(&header.salt, sequence, &codec::encode(items))
}

/// The bytes of a header's frame. It has no salt yet, for the salt stands in it.
pub(super) fn encode_header(header: &FrameHeader) -> Vec<u8> {
    WAL_FRAMES.seal(&UNSALTED, 0, &codec::encode(header))
}

/// Reads the header of the log in `file`.
///
/// # Errors
/// When it is no header, of another chain or format, or the disk fails. It is never torn, because a log is put in place
/// whole.
pub(super) fn read_header(file: &LogFile, identity: Identity) -> Result<FrameHeader, StorageError> {
    let damaged = |reason| StorageError::WalDamaged {
        path: file.path().to_path_buf(),
        offset: 0,
        reason,
    };
    let found = WAL_FRAMES.open(&UNSALTED, 0, file.length(), |at, length| {
        file.read(at, length)
    })?;
    let frame = found.filter(|frame| frame.sequence == 0);
    let payload = frame
        .ok_or_else(|| damaged("its first frame is not the header of a consensus log"))?
        .payload;
    let unreadable = |_| damaged("its header cannot be read");
    let (salt, height) =
        identity.read_after(&payload, HEADER_BYTES_MAX, file.path(), unreadable)?;
    Ok(FrameHeader {
        identity,
        salt,
        height,
    })
}

/// Reads the frame at `offset`; none when there is no good one.
///
/// # Errors
/// When the disk fails.
pub(super) fn read(
    file: &LogFile,
    header: &FrameHeader,
    offset: u64,
) -> Result<Option<Frame>, StorageError> {
    let read = |at, length| file.read(at, length);
    let Some(found) = WAL_FRAMES.open(&header.salt, offset, file.length(), read)? else {
        return Ok(None);
    };
    let items = codec::decode(&found.payload, PAYLOAD_BYTES_MAX).ok();
    Ok(items.map(|items| Frame {
        sequence: found.sequence,
        items,
        end: found.end,
    }))
}
