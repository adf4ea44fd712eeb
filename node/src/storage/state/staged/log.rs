//! The log of rows: where a batch becomes durable, by writing it once and in order.
//!
//! Two [files that are written over by rounds](crate::storage::round_file). A batch is written as one or more frames, each synced
//! before the next is written; frames are counted through both files and all rounds, from 1. A round is called by its first frame.
//!
//! ```text
//! payload of a frame:  flags 1 (1: first of its batch, 2: last) │ round 8 │ rows                              (little-endian)
//! row:  checksum 8 │ length of key 2 │ length of value 4, or all ones: deleted │ key │ value
//! checksum of a row:  XXH3 of what follows it, seeded with round and place, so that what is left of an earlier round never fits
//! ```
//!
//! What always holds: the frames above those whose rows the database below has are in the two files without a gap, those of the
//! file whose round is over before those of the other. A frame that is missing below another one is damage. A batch counts when
//! its last frame is there; one that a crash cut off stays where it is and counts for nothing.

use std::path::PathBuf;
use std::sync::Arc;

use twox_hash::XxHash3_64;

use super::recovery::Position;
use crate::storage::StorageError;
use crate::storage::directory::{Directory, STATE_LOG_FILES};
use crate::storage::frame::{FoundFrame, FrameKind};
use crate::storage::identity::Identity;
use crate::storage::lengths::to_u64;
use crate::storage::round_file::{ROUND_START, RoundFile, RoundKind, other};
use crate::storage::state::engine::Batch;

/// A frame is full when its payload has so many bytes. It is synced before the next: a large batch left to one sync at its end
/// would fill the disk's queue, and the log of consensus, whose syncs are small, would wait behind all of it.
const FRAME_FULL_BYTES: usize = 2 * 1024 * 1024;
/// The longest payload: a full frame but for one byte, and the longest row.
const PAYLOAD_BYTES_MAX: usize = 256 * 1024 * 1024;
/// The longest value of a row, in bytes.
const VALUE_BYTES_MAX: usize = PAYLOAD_BYTES_MAX - FRAME_FULL_BYTES - (1 << 20);
const ROWS: RoundKind = RoundKind {
    frames: FrameKind {
        magic: *b"TBROWv1\n",
        payload_bytes_max: PAYLOAD_BYTES_MAX,
    },
    name: "a log of the state",
    damaged: |path: PathBuf, reason| StorageError::StateDamaged { path, reason },
};
const FIRST: u8 = 1;
const LAST: u8 = 2;
/// Where the rows of a frame begin in its payload.
const ROWS_AT: usize = size_of::<u8>() + size_of::<u64>();
/// Where the payload of a frame begins in it.
const PAYLOAD_AT: u64 = FrameKind::PAYLOAD_AT as u64;

const KEY_LENGTH_AT: usize = size_of::<u64>();
const VALUE_LENGTH_AT: usize = KEY_LENGTH_AT + size_of::<u16>();
const KEY_AT: usize = VALUE_LENGTH_AT + size_of::<u32>();

/// The length of the value of a row that says that there is none.
const DELETED: u32 = u32::MAX;

/// Where a row lies in its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Where it begins, in bytes.
    offset: u64,
    /// The length of its value; [`DELETED`] when there is none.
    value_length: u32,
}

/// Places by number, without what a list of them would leave unused between two.
#[derive(Debug)]
pub(super) struct Places {
    offsets: Vec<u64>,
    value_lengths: Vec<u32>,
}

impl Places {
    /// None yet.
    pub(super) fn with_capacity(capacity: usize) -> Places {
        Places {
            offsets: Vec::with_capacity(capacity),
            value_lengths: Vec::with_capacity(capacity),
        }
    }

    /// One more.
    pub(super) fn push(&mut self, place: Place) {
        self.offsets.push(place.offset);
        self.value_lengths.push(place.value_length);
    }

    /// The one with this number.
    pub(super) fn get(&self, number: usize) -> Place {
        Place {
            offset: self.offsets[number],
            value_length: self.value_lengths[number],
        }
    }

    /// Gives back what they do not need of memory.
    pub(super) fn shrink_to_fit(&mut self) {
        self.offsets.shrink_to_fit();
        self.value_lengths.shrink_to_fit();
    }
}

/// A file of rows.
#[derive(Debug)]
pub(super) struct RowFile(RoundFile);

/// A good frame of a file of rows.
pub(super) struct RowFrame {
    frame: FoundFrame,
    /// Where it begins, in bytes.
    pub(super) offset: u64,
    /// The round it was written in.
    pub(super) round: u64,
}

impl RowFrame {
    fn of(frame: FoundFrame, offset: u64) -> Option<RowFrame> {
        let round = u64::from_le_bytes(*frame.payload.get(1..)?.first_chunk()?);
        Some(RowFrame {
            frame,
            offset,
            round,
        })
    }

    /// Which one it is of all.
    pub(super) const fn sequence(&self) -> u64 {
        self.frame.sequence
    }

    /// Where the next one begins.
    pub(super) const fn end(&self) -> u64 {
        self.frame.end
    }

    /// Whether its batch begins with it.
    pub(super) fn is_first(&self) -> bool {
        self.frame.payload[0] & FIRST != 0
    }

    /// Whether its batch ends with it.
    pub(super) fn is_last(&self) -> bool {
        self.frame.payload[0] & LAST != 0
    }

    /// Its rows; none for one that is not as it was written, after which there are no more.
    pub(super) fn rows(&self) -> impl Iterator<Item = Option<(&[u8], Place)>> {
        let payload = &self.frame.payload;
        let payload_at = self.offset.saturating_add(PAYLOAD_AT);
        let mut at = Some(ROWS_AT);
        std::iter::from_fn(move || {
            let rest = &payload[at.take()?..];
            if rest.is_empty() {
                return None;
            }
            let before = payload.len().saturating_sub(rest.len());
            let offset = payload_at.saturating_add(to_u64(before));
            let row = RowBytes::parse(rest, seed(self.round, offset));
            at = row.as_ref().map(|row| before.saturating_add(row.length()));
            Some(row.map(|row| {
                let value_length = row.value_length;
                let place = Place {
                    offset,
                    value_length,
                };
                (row.key, place)
            }))
        })
    }
}

impl RowFile {
    /// The value of the row at `place`, which was written under `key` in the round `round`; none when it says that there is none.
    ///
    /// # Errors
    /// When the disk fails or the row is not what was written.
    pub(super) fn read_row(
        &self,
        round: u64,
        key: &[u8],
        place: Place,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        if place.value_length == DELETED {
            return Ok(None);
        }
        let value_at = KEY_AT.saturating_add(key.len());
        let length = value_at.saturating_add(place.value_length as usize);
        let mut bytes = self.0.read(place.offset, length)?;
        let row = RowBytes::parse(&bytes, seed(round, place.offset));
        if !row.is_some_and(|row| row.key == key && row.length() == length) {
            let offset = place.offset;
            return Err(self.damaged(format!("the row at byte {offset} is not what was written")));
        }
        bytes.drain(..value_at);
        Ok(Some(bytes))
    }

    /// The good frame at `offset` of the first `length` bytes of the file; none when there is none.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn frame_at(
        &self,
        offset: u64,
        length: u64,
    ) -> Result<Option<RowFrame>, StorageError> {
        let found = self.0.frame_at(offset, length)?;
        Ok(found.and_then(|frame| RowFrame::of(frame, offset)))
    }

    /// The file's length, in bytes.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn length(&self) -> Result<u64, StorageError> {
        self.0.length()
    }

    /// Makes durable what was read back and may not be.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn write_again(&self, offset: u64, length: usize) -> Result<(), StorageError> {
        self.0.write_again(offset, length)
    }

    /// That the file is damaged, and why.
    pub(super) fn damaged(&self, reason: String) -> StorageError {
        self.0.damaged(reason)
    }
}

/// A row as it lies in a file.
struct RowBytes<'b> {
    key: &'b [u8],
    value_length: u32,
}

impl<'b> RowBytes<'b> {
    /// The row that `bytes` begin with; none when it is not as it was written.
    fn parse(bytes: &'b [u8], seed: u64) -> Option<RowBytes<'b>> {
        let stored = u64::from_le_bytes(*bytes.first_chunk()?);
        let key_length = u16::from_le_bytes(*bytes.get(KEY_LENGTH_AT..)?.first_chunk()?);
        let value_length = u32::from_le_bytes(*bytes.get(VALUE_LENGTH_AT..)?.first_chunk()?);
        let row = RowBytes {
            key: bytes.get(KEY_AT..)?.get(..usize::from(key_length))?,
            value_length,
        };
        let content = bytes.get(KEY_LENGTH_AT..row.length())?;
        (stored == XxHash3_64::oneshot_with_seed(seed, content)).then_some(row)
    }

    const fn length(&self) -> usize {
        let value = match self.value_length {
            DELETED => 0,
            length => length as usize,
        };
        KEY_AT.saturating_add(self.key.len()).saturating_add(value)
    }
}

/// What the checksum of the row at `offset` is seeded with: another in each round, and at each place.
const fn seed(round: u64, offset: u64) -> u64 {
    // No file has 2^40 bytes.
    round.rotate_left(40) ^ offset
}

fn push_row(payload: &mut Vec<u8>, seed: u64, key: &[u8], value: Option<&[u8]>) -> u32 {
    let key_length = u16::try_from(key.len()).expect("a key is shorter than 64 KiB");
    let value_length = value.map_or(DELETED, |value| {
        assert!(value.len() <= VALUE_BYTES_MAX, "a value fits into a frame");
        u32::try_from(value.len()).expect("a value is shorter than a frame")
    });
    let start = payload.len();
    payload.extend_from_slice(&[0; KEY_LENGTH_AT]);
    payload.extend_from_slice(&key_length.to_le_bytes());
    payload.extend_from_slice(&value_length.to_le_bytes());
    payload.extend_from_slice(key);
    payload.extend_from_slice(value.unwrap_or_default());
    let (stored, content) = payload[start..].split_at_mut(KEY_LENGTH_AT);
    stored.copy_from_slice(&XxHash3_64::oneshot_with_seed(seed, content).to_le_bytes());
    value_length
}

/// Opens the files of the log in `directory` that belongs to the database with this salt, or makes them.
///
/// # Errors
/// When a file belongs to another chain or database, is of another format or damaged, or the disk fails or is full.
pub(super) fn open_files(
    directory: &Directory,
    identity: Identity,
    salt: [u8; 16],
) -> Result<[Arc<RowFile>; 2], StorageError> {
    let open = |name| {
        let place = directory.place(name);
        if !place.exists()? {
            RoundFile::make(&place, ROWS, identity, salt)?;
        }
        let file = RoundFile::open(place, ROWS, identity)?;
        if file.salt() != salt {
            return Err(file.damaged("it belongs to another database".to_string()));
        }
        Ok(Arc::new(RowFile(file)))
    };
    let [first, second] = STATE_LOG_FILES.map(open);
    Ok([first?, second?])
}

/// The two files.
pub(super) struct Log {
    files: [Arc<RowFile>; 2],
    position: Position,
}

impl Log {
    /// In these files, to go on at `position`.
    pub(super) const fn new(files: [Arc<RowFile>; 2], position: Position) -> Log {
        Log { files, position }
    }

    /// Writes `batch` behind what was written, and syncs it; where its rows lie. When this returns, they survive any crash.
    ///
    /// # Errors
    /// When the disk fails or is full. Then nothing is known of the batch, and nothing more may be appended.
    pub(super) fn append(&mut self, batch: &Batch) -> Result<Vec<Place>, StorageError> {
        let mut places = Vec::with_capacity(batch.entries.len());
        let mut entries = batch.entries.iter().peekable();
        let mut payload = Vec::with_capacity(FRAME_FULL_BYTES.saturating_mul(2));
        let mut first = FIRST;
        loop {
            let Position { end, round, .. } = self.position;
            payload.clear();
            payload.push(0);
            payload.extend_from_slice(&round.to_le_bytes());
            while payload.len() < FRAME_FULL_BYTES
                && let Some((key, value)) = entries.next()
            {
                let offset = end
                    .saturating_add(PAYLOAD_AT)
                    .saturating_add(to_u64(payload.len()));
                let value = value.as_ref().map(|value| value.bytes());
                let value_length =
                    push_row(&mut payload, seed(round, offset), key, value.as_deref());
                places.push(Place {
                    offset,
                    value_length,
                });
            }
            let is_last = entries.peek().is_none();
            payload[0] = if is_last { first | LAST } else { first };
            let file = &self.young().0;
            // If we crash here, or before the sync returns, the frame is missing, torn or whole. Unless it is whole and the last of
            // its batch, the batch counts for nothing, and the state is that of the label before.
            let end = file.write(end, self.position.sequence, &payload)?;
            file.sync()?;
            self.position.end = end;
            self.position.sequence = self.position.sequence.saturating_add(1);
            if is_last {
                return Ok(places);
            }
            first = 0;
        }
    }

    /// How many bytes this round has.
    pub(super) const fn round_bytes(&self) -> u64 {
        self.position.end.saturating_sub(ROUND_START)
    }

    /// Begins the next round, in the other file, unless somebody still reads that one: whether it did. All rows of the round before
    /// this must be in the database, durably.
    pub(super) fn turn_over(&mut self) -> bool {
        // Who reads the other file has had it since before the round there was over; nobody begins now.
        if Arc::strong_count(self.old()) > 1 {
            return false;
        }
        self.position = Position {
            current: other(self.position.current),
            end: ROUND_START,
            sequence: self.position.sequence,
            round: self.position.sequence,
        };
        true
    }

    /// The last frame that was written, or that the database has.
    pub(super) const fn last(&self) -> u64 {
        self.position.sequence.saturating_sub(1)
    }

    /// What the round that is written is called.
    pub(super) const fn round(&self) -> u64 {
        self.position.round
    }

    /// The file that is written to.
    pub(super) const fn young(&self) -> &Arc<RowFile> {
        &self.files[self.position.current]
    }

    /// The other one.
    const fn old(&self) -> &Arc<RowFile> {
        &self.files[other(self.position.current)]
    }
}
