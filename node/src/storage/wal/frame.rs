//! Frames of the consensus log: what one sync writes.
//!
//! ```text
//! offset  bytes
//!      0      8  magic
//!      8      8  sequence, from 0; the frame with 0 is the log's header      (little-endian)
//!     16      8  length of the payload                                      (little-endian)
//!     24     32  BLAKE3 of the salt, sequence, length, payload and padding
//!     56      n  payload: borsh of the header, or of the list of items
//!   56+n      …  zeros up to a multiple of 4096
//! ```
//!
//! Frames begin at multiples of 4096 bytes, so that writing one never touches a sector of another, and so that good frames
//! are found again after a bad one, whatever became of its length.

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::id::{ChainId, Height};

use super::file::LogFile;
use super::{StorageError, WAL_ENTRY_BYTES_MAX, WAL_FORMAT};

/// Frames begin at multiples of this.
pub(super) const FRAME_BYTES: u64 = ALIGNMENT as u64;
const ALIGNMENT: usize = 4096;
const MAGIC: [u8; 8] = *b"TBWALv1\n";
const PREFIX_BYTES: usize = 56;
/// The longest payload: what may be gathered, and one entry more, with room for lengths.
const PAYLOAD_BYTES_MAX: usize = super::GATHERED_BYTES_MAX + WAL_ENTRY_BYTES_MAX + (1 << 20);

/// The first frame of a log.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct FrameHeader {
    pub(super) format: u32,
    pub(super) chain_id: ChainId,
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
    seal(&header.salt, sequence, &codec::encode(items))
}

/// The bytes of a header's frame. It has no salt yet, for the salt stands in it.
pub(super) fn encode_header(header: &FrameHeader) -> Vec<u8> {
    seal(&[0; 16], 0, &codec::encode(header))
}

/// Reads the header of the log in `file`.
///
/// # Errors
/// When it is no header, of another chain or format, or the disk fails. It is never torn, because a log is put in place
/// whole.
pub(super) fn read_header(file: &LogFile, chain_id: ChainId) -> Result<FrameHeader, StorageError> {
    let damaged = |reason| StorageError::WalDamaged {
        path: file.path().to_path_buf(),
        offset: 0,
        reason,
    };
    let (sequence, payload, _) = open(file, &[0; 16], 0)?
        .ok_or_else(|| damaged("its first frame is not the header of a consensus log"))?;
    // The format comes first, so that it can be read whatever follows in another format.
    let format = payload
        .first_chunk()
        .map(|format| u32::from_le_bytes(*format));
    if let Some(actual) = format
        && actual != WAL_FORMAT
    {
        return Err(StorageError::WrongFormat {
            path: file.path().to_path_buf(),
            expected: WAL_FORMAT,
            actual,
        });
    }
    let header: FrameHeader = codec::decode(&payload, ALIGNMENT)
        .ok()
        .filter(|_| sequence == 0)
        .ok_or_else(|| damaged("its header cannot be read"))?;
    if header.chain_id != chain_id {
        return Err(StorageError::WrongChain {
            path: file.path().to_path_buf(),
            expected: chain_id,
            actual: header.chain_id,
        });
    }
    Ok(header)
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
    let Some((sequence, payload, end)) = open(file, &header.salt, offset)? else {
        return Ok(None);
    };
    Ok(codec::decode(&payload, PAYLOAD_BYTES_MAX)
        .ok()
        .map(|items| Frame {
            sequence,
            items,
            end,
        }))
}

fn seal(salt: &[u8; 16], sequence: u64, payload: &[u8]) -> Vec<u8> {
    let length = PREFIX_BYTES.saturating_add(payload.len());
    let mut bytes = Vec::with_capacity(length.next_multiple_of(ALIGNMENT));
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&sequence.to_le_bytes());
    bytes.extend_from_slice(&to_u64(payload.len()).to_le_bytes());
    bytes.extend_from_slice(&[0; 32]);
    bytes.extend_from_slice(payload);
    bytes.resize(length.next_multiple_of(ALIGNMENT), 0);
    let checksum = checksum(salt, &bytes);
    bytes[24..PREFIX_BYTES].copy_from_slice(&checksum);
    bytes
}

/// Sequence, payload and end of the frame at `offset`, if it is good.
fn open(
    file: &LogFile,
    salt: &[u8; 16],
    offset: u64,
) -> Result<Option<(u64, Vec<u8>, u64)>, StorageError> {
    let rest = file.length().saturating_sub(offset);
    if rest < FRAME_BYTES {
        return Ok(None);
    }
    let first = file.read(offset, ALIGNMENT)?;
    let number = |at: usize| {
        first[at..]
            .first_chunk()
            .map_or(u64::MAX, |bytes| u64::from_le_bytes(*bytes))
    };
    let (sequence, payload_length) = (number(8), number(16));
    // The length is believed only within what the file holds and what a frame may hold.
    let length = usize::try_from(payload_length)
        .ok()
        .filter(|length| first.starts_with(&MAGIC) && *length <= PAYLOAD_BYTES_MAX)
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
        file.read(offset, length)?
    };
    if bytes[24..PREFIX_BYTES] != checksum(salt, &bytes) {
        return Ok(None);
    }
    let payload_end = PREFIX_BYTES.saturating_add(usize::try_from(payload_length).unwrap_or(0));
    let end = offset.saturating_add(to_u64(length));
    Ok(Some((
        sequence,
        bytes[PREFIX_BYTES..payload_end].to_vec(),
        end,
    )))
}

fn checksum(salt: &[u8; 16], frame: &[u8]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(salt);
    hasher.update(&frame[..24]);
    hasher.update(&frame[PREFIX_BYTES..]);
    *hasher.finalize().as_bytes()
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
