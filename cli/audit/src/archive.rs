//! Booked blocks in files: what a book keeps, and what an export hands on.
//!
//! A folder of segments, each named after its first height and at most [`SEGMENT_BYTES_MAX`] and one block long:
//!
//! ```text
//! 00000000000000000001.blocks
//!   "TBBLOCK1"  chain id (32)
//!   frame: length u32 LE · height u64 LE · checksum (32) · borsh of a BookedBlock
//!   frame …
//! ```
//!
//! The checksum is BLAKE3 (`derive_key`, context [`FRAME_CONTEXT`]) over chain id, length, height and content. What always
//! holds: segments are only appended to; heights follow each other without a gap; what was read back is compared with the
//! hashes in its own header, so a damaged block is named and never handed on.

mod error;
mod frame;
mod reading;
mod writing;

use std::fs;
use std::path::{Path, PathBuf};

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::id::Height;

pub use error::ArchiveError;
pub use frame::FRAME_CONTEXT;
pub use reading::Blocks;
pub use writing::{Cut, Writer};
pub(crate) use writing::{create_private, sync_folder};

/// After a frame that makes it longer than this, in bytes, a segment is complete.
pub const SEGMENT_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The longest content of a frame, in bytes: the longest block with room for what its transactions and the chain itself did.
pub const FRAME_BYTES_MAX: u32 = 128 * 1024 * 1024;
/// How the name of a segment ends.
const EXTENSION: &str = "blocks";
/// What a segment begins with, before the chain's id.
const MAGIC: &[u8; 8] = b"TBBLOCK1";
/// The length of what stands before the first frame.
const PREFIX_BYTES: u64 = 8 + 32;

/// A place in an archive: the frame of one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Position {
    /// The block.
    pub height: Height,
    /// The first height of the segment.
    pub segment: Height,
    /// Where its frame begins, in bytes.
    pub begin: u64,
    /// Where its frame ends.
    pub end: u64,
}

/// The file of the segment that begins with `first`.
pub fn segment_path(folder: &Path, first: Height) -> PathBuf {
    folder.join(format!("{:020}.{EXTENSION}", first.0))
}

/// The first heights of the segments in `folder`, in order.
///
/// # Errors
/// When the folder cannot be read, or holds a segment with a name that is no height.
pub fn segments(folder: &Path) -> Result<Vec<Height>, ArchiveError> {
    let unreadable = |source| ArchiveError::reading(folder, source);
    let mut firsts = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_none_or(|it| it != EXTENSION) {
            continue;
        }
        let name = path.file_stem().and_then(|name| name.to_str());
        let first = name.and_then(|name| name.parse().ok()).map(Height);
        match first.filter(|first| segment_path(folder, *first) == path) {
            Some(first) => firsts.push(first),
            None => return Err(ArchiveError::damaged(&path, 0, "its name is no height")),
        }
    }
    firsts.sort_unstable();
    Ok(firsts)
}
