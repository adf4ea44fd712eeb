//! Frames: what one sync writes to a file of our own, the consensus log or the block journal.
//!
//! ```text
//! offset  bytes
//!      0      8  magic, which says whose frame it is
//!      8      8  sequence                                                    (little-endian)
//!     16      8  length of the payload                                      (little-endian)
//!     24     32  BLAKE3 of the salt, sequence, length, payload and padding
//!     56      n  payload
//!   56+n      …  zeros up to a multiple of 4096
//! ```
//!
//! Frames begin at multiples of 4096 bytes, so that writing one never touches a sector of another, and so that good frames
//! are found again after a bad one, whatever became of its length. The salt is random and stands in the file's header: it
//! makes it impossible for others to have bytes written that look like a frame.

use super::StorageError;
use super::lengths::to_u64;

/// Frames begin at multiples of this.
pub(super) const FRAME_BYTES: u64 = ALIGNMENT as u64;
/// The salt of a frame that holds the salt of the others.
pub(super) const UNSALTED: [u8; 16] = [0; 16];
const ALIGNMENT: usize = 4096;
const PREFIX_BYTES: usize = 56;
const SEQUENCE_AT: usize = 8;
const LENGTH_AT: usize = 16;
const CHECKSUM_AT: usize = 24;

/// What tells the frames of one kind of file from others.
#[derive(Clone, Copy, Debug)]
pub(super) struct FrameKind {
    pub(super) magic: [u8; 8],
    /// The longest payload, in bytes.
    pub(super) payload_bytes_max: usize,
}

/// A good frame.
pub(super) struct FoundFrame {
    pub(super) sequence: u64,
    pub(super) payload: Vec<u8>,
    /// Where the next one begins.
    pub(super) end: u64,
}

impl FrameKind {
    /// Where the payload of a frame begins in it.
    pub(super) const PAYLOAD_AT: usize = PREFIX_BYTES;

    /// The bytes of a frame.
    pub(super) fn seal(&self, salt: &[u8; 16], sequence: u64, payload: &[u8]) -> Vec<u8> {
        let length = PREFIX_BYTES.saturating_add(payload.len());
        let mut bytes = Vec::with_capacity(length.next_multiple_of(ALIGNMENT));
        bytes.extend_from_slice(&self.magic);
        bytes.extend_from_slice(&sequence.to_le_bytes());
        bytes.extend_from_slice(&to_u64(payload.len()).to_le_bytes());
        bytes.extend_from_slice(&[0; 32]);
        bytes.extend_from_slice(payload);
        bytes.resize(length.next_multiple_of(ALIGNMENT), 0);
        let checksum = checksum(salt, &bytes);
        bytes[CHECKSUM_AT..PREFIX_BYTES].copy_from_slice(&checksum);
        bytes
    }

    /// The frame at `offset` of a file with `file_length` bytes that `read` reads; none when there is no good one.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn open(
        &self,
        salt: &[u8; 16],
        offset: u64,
        file_length: u64,
        read: impl Fn(u64, usize) -> Result<Vec<u8>, StorageError>,
    ) -> Result<Option<FoundFrame>, StorageError> {
        let rest = file_length.saturating_sub(offset);
        if rest < FRAME_BYTES {
            return Ok(None);
        }
        let first = read(offset, ALIGNMENT)?;
        let payload_length = number(&first, LENGTH_AT);
        // The length is believed only within what the file holds and what a frame may hold.
        let length = usize::try_from(payload_length)
            .ok()
            .filter(|length| first.starts_with(&self.magic) && *length <= self.payload_bytes_max)
            .map(|length| {
                PREFIX_BYTES
                    .saturating_add(length)
                    .next_multiple_of(ALIGNMENT)
            });
        let Some(length) = length.filter(|length| to_u64(*length) <= rest) else {
            return Ok(None);
        };
        let bytes = if length == ALIGNMENT {
            first
        } else {
            read(offset, length)?
        };
        if bytes[CHECKSUM_AT..PREFIX_BYTES] != checksum(salt, &bytes) {
            return Ok(None);
        }
        let payload_end = PREFIX_BYTES.saturating_add(usize::try_from(payload_length).unwrap_or(0));
        Ok(Some(FoundFrame {
            sequence: number(&bytes, SEQUENCE_AT),
            payload: bytes[PREFIX_BYTES..payload_end].to_vec(),
            end: offset.saturating_add(to_u64(length)),
        }))
    }

    /// Whether a page that begins with `prefix` looks like the first of a frame: a hint for people, which nothing is built on.
    pub(super) fn begins(&self, prefix: &[u8]) -> bool {
        prefix.starts_with(&self.magic)
    }

    /// Whether a page that begins with `prefix` looks like the first of the frame with this sequence: a hint for people.
    pub(super) fn names(&self, prefix: &[u8], sequence: u64) -> bool {
        number(prefix, SEQUENCE_AT) == sequence
    }
}

fn number(bytes: &[u8], at: usize) -> u64 {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .map_or(u64::MAX, |bytes| u64::from_le_bytes(*bytes))
}

fn checksum(salt: &[u8; 16], frame: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(salt);
    hasher.update(&frame[..CHECKSUM_AT]);
    hasher.update(&frame[PREFIX_BYTES..]);
    *hasher.finalize().as_bytes()
}
