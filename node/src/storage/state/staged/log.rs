//! The log of rows: where a batch becomes durable, by writing it once and in order.
//!
//! Two [files that are written over by rounds](crate::storage::round_file). A batch is written as one or more frames, each synced
//! before the next is written; frames are counted through both files and all rounds, from 1.
//!
//! ```text
//! payload of a frame:  flags 1 (1: first of its batch, 2: last) │ rows
//! row:  length of key 2 │ length of value 4, or all ones: deleted │ XXH3 of the row without this 8 │ key │ value     (little-endian)
//! ```
//!
//! What always holds: the frames above those whose rows the database below has are in the two files without a gap, those of the
//! file whose round is over before those of the other. A frame that is missing below another one is damage. A batch counts when
//! its last frame is there; one that a crash cut off stays where it is and counts for nothing.

use std::path::PathBuf;
use std::sync::Arc;

use twox_hash::XxHash3_64;

use crate::storage::StorageError;
use crate::storage::directory::{Directory, STATE_LOG_FILES};
use crate::storage::frame::{FRAME_BYTES, FrameKind};
use crate::storage::identity::Identity;
use crate::storage::lengths::{to_u64, to_usize};
use crate::storage::round_file::{ROUND_START, RoundFile, RoundKind};
use crate::storage::state::engine::Batch;

/// A frame is full when its payload has so many bytes. It is synced before the next: a large batch left to one sync at its end
/// would fill the disk's queue, and the log of consensus, whose syncs are small, would wait behind all of it.
const FRAME_FULL_BYTES: usize = 2 * 1024 * 1024;
/// The longest payload: a full frame but for one byte, and the longest row.
const PAYLOAD_BYTES_MAX: usize = 256 * 1024 * 1024;
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
const LENGTHS_BYTES: usize = size_of::<u16>() + size_of::<u32>();
const PREFIX_BYTES: usize = LENGTHS_BYTES + size_of::<u64>();
/// Where the payload of a frame begins in it.
const PAYLOAD_AT: u64 = FrameKind::PAYLOAD_AT as u64;

/// Where a row lies in its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Where it begins, in bytes.
    offset: u64,
    /// The length of its value; [`DELETED`] when there is none.
    value_length: u32,
}

const DELETED: u32 = u32::MAX;

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

impl RowFile {
    /// The value of the row at `place`, which was written under `key`; none when it says that there is none.
    ///
    /// # Errors
    /// When the disk fails or the row is not what was written.
    pub(super) fn read_row(
        &self,
        key: &[u8],
        place: Place,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        if place.value_length == DELETED {
            return Ok(None);
        }
        let value_at = PREFIX_BYTES.saturating_add(key.len());
        let length = value_at.saturating_add(place.value_length as usize);
        let mut bytes = self.0.read(place.offset, length)?;
        let intact = parse(&bytes).is_some_and(|row| row.key == key && row.length() == length);
        if !intact {
            let offset = place.offset;
            return Err(self
                .0
                .damaged(format!("the row at byte {offset} is not what was written")));
        }
        bytes.drain(..value_at);
        Ok(Some(bytes))
    }
}

/// A row as it lies in a file.
struct RowBytes<'b> {
    key: &'b [u8],
    value_length: u32,
}

impl RowBytes<'_> {
    const fn length(&self) -> usize {
        let value = match self.value_length {
            DELETED => 0,
            length => length as usize,
        };
        PREFIX_BYTES
            .saturating_add(self.key.len())
            .saturating_add(value)
    }
}

/// The row that `bytes` begin with; none when it is not as it was written.
fn parse(bytes: &[u8]) -> Option<RowBytes<'_>> {
    let key_length = u16::from_le_bytes(*bytes.first_chunk()?);
    let value_length = u32::from_le_bytes(*bytes.get(size_of::<u16>()..)?.first_chunk()?);
    let row = RowBytes {
        key: bytes.get(PREFIX_BYTES..)?.get(..usize::from(key_length))?,
        value_length,
    };
    let content = bytes.get(PREFIX_BYTES..row.length())?;
    let stored = u64::from_le_bytes(*bytes.get(LENGTHS_BYTES..)?.first_chunk()?);
    (stored == checksum(&bytes[..LENGTHS_BYTES], content)).then_some(row)
}

fn checksum(lengths: &[u8], content: &[u8]) -> u64 {
    let mut seed = [0; size_of::<u64>()];
    seed[..lengths.len()].copy_from_slice(lengths);
    XxHash3_64::oneshot_with_seed(u64::from_le_bytes(seed), content)
}

fn push_row(payload: &mut Vec<u8>, key: &[u8], value: Option<&[u8]>) -> u32 {
    let key_length = u16::try_from(key.len()).expect("a key is shorter than 64 KiB");
    let value_length = value.map_or(DELETED, |value| {
        u32::try_from(value.len()).expect("a value is shorter than 4 GiB")
    });
    let start = payload.len();
    payload.extend_from_slice(&key_length.to_le_bytes());
    payload.extend_from_slice(&value_length.to_le_bytes());
    payload.extend_from_slice(&[0; size_of::<u64>()]);
    payload.extend_from_slice(key);
    payload.extend_from_slice(value.unwrap_or_default());
    let (lengths, rest) = payload[start..].split_at_mut(LENGTHS_BYTES);
    let (stored, content) = rest.split_at_mut(size_of::<u64>());
    stored.copy_from_slice(&checksum(lengths, content).to_le_bytes());
    value_length
}

/// The two files.
pub(super) struct Log {
    files: [Arc<RowFile>; 2],
    /// Which of them is written to.
    current: usize,
    /// Where the next frame goes.
    end: u64,
    /// That of the next frame.
    sequence: u64,
}

/// The rows of a batch: keys and places, in order of key.
pub(super) type BatchRows = Vec<(Vec<u8>, Place)>;

/// What the files held of rows that the database below does not have.
pub(super) struct Batches {
    /// Of the file whose round is over, the oldest batch first.
    pub(super) old: Vec<BatchRows>,
    /// Of the file that is written to.
    pub(super) young: Vec<BatchRows>,
    /// The last frame of the round that is over.
    pub(super) old_last: u64,
}

/// A good frame.
struct Frame {
    sequence: u64,
    flags: u8,
    rows: BatchRows,
    file: usize,
    offset: u64,
    end: u64,
}

impl Log {
    /// Opens the log in `directory` that belongs to the database with this salt, or makes its files, and reads what it holds above
    /// the frame `merged`.
    ///
    /// # Errors
    /// When a file belongs to another chain or database, is of another format or damaged, a frame is missing, or the disk fails
    /// or is full.
    pub(super) fn open(
        directory: &Directory,
        identity: Identity,
        salt: [u8; 16],
        merged: u64,
    ) -> Result<(Log, Batches), StorageError> {
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
        let files = [first?, second?];
        let mut frames = Vec::new();
        for (number, file) in files.iter().enumerate() {
            read_file(&file.0, number, merged, &mut frames)?;
        }
        frames.sort_unstable_by_key(|frame| frame.sequence);
        let mut log = Log {
            files,
            current: 0,
            end: ROUND_START,
            sequence: merged.saturating_add(1),
        };
        let Some(newest) = frames.last() else {
            let batches = Batches {
                old: Vec::new(),
                young: Vec::new(),
                old_last: merged,
            };
            return Ok((log, batches));
        };
        log.current = newest.file;
        log.end = newest.end;
        // A process that was killed may not have synced it. All before it were synced before it was written.
        let length = to_usize(newest.end.saturating_sub(newest.offset));
        log.files[log.current]
            .0
            .write_again(newest.offset, length)?;
        log.sequence = newest.sequence.saturating_add(1);
        let batches = log.batches(frames, merged)?;
        Ok((log, batches))
    }

    /// The batches that `frames`, in order, make.
    fn batches(&self, frames: Vec<Frame>, merged: u64) -> Result<Batches, StorageError> {
        let mut batches = Batches {
            old: Vec::new(),
            young: Vec::new(),
            old_last: merged,
        };
        let mut begun: Option<BatchRows> = None;
        let mut before = None;
        for (expected, frame) in (merged.saturating_add(1)..).zip(frames) {
            let file = &self.files[frame.file].0;
            let damaged = |fault: &str| file.damaged(format!("frame {expected} {fault}"));
            let is_young = frame.file == self.current;
            if frame.sequence != expected {
                return Err(damaged("is missing"));
            }
            if !is_young {
                if before == Some(self.current) {
                    return Err(damaged("lies in the file of the round before"));
                }
                batches.old_last = expected;
            }
            // No batch lies in two files.
            if frame.flags & FIRST != 0 || before != Some(frame.file) {
                begun = (frame.flags & FIRST != 0).then(Vec::new);
            }
            before = Some(frame.file);
            let Some(mut rows) = begun.take() else {
                return Err(damaged("goes on with no batch"));
            };
            rows.extend(frame.rows);
            if frame.flags & LAST == 0 {
                begun = Some(rows);
                continue;
            }
            if !rows.is_sorted_by(|one, other| one.0 < other.0) {
                return Err(damaged("ends a batch whose rows are not in order"));
            }
            let of_file = if is_young {
                &mut batches.young
            } else {
                &mut batches.old
            };
            of_file.push(rows);
        }
        Ok(batches)
    }

    /// Writes `batch` behind what was written, and syncs it; where its rows lie. When this returns, they survive any crash.
    ///
    /// # Errors
    /// When the disk fails or is full. Then nothing is known of the batch, and nothing more may be appended.
    pub(super) fn append(&mut self, batch: &Batch) -> Result<Vec<Place>, StorageError> {
        let mut places = Vec::with_capacity(batch.entries.len());
        let mut entries = batch.entries.iter().peekable();
        let mut flags = FIRST;
        let mut payload = Vec::with_capacity(FRAME_FULL_BYTES.saturating_mul(2));
        loop {
            payload.clear();
            payload.push(0);
            while payload.len() < FRAME_FULL_BYTES
                && let Some((key, value)) = entries.next()
            {
                let offset = self
                    .end
                    .saturating_add(PAYLOAD_AT)
                    .saturating_add(to_u64(payload.len()));
                let value = value.as_ref().map(|value| value.bytes());
                let value_length = push_row(&mut payload, key, value.as_deref());
                places.push(Place {
                    offset,
                    value_length,
                });
            }
            let is_last = entries.peek().is_none();
            payload[0] = if is_last { flags | LAST } else { flags };
            let file = &self.files[self.current].0;
            // If we crash here, or before the sync returns, the frame is missing, torn or whole. Unless it is whole and the last of
            // its batch, the batch counts for nothing, and the state is that of the label before.
            let end = file.write(self.end, self.sequence, &payload)?;
            file.sync()?;
            self.end = end;
            self.sequence = self.sequence.saturating_add(1);
            if is_last {
                return Ok(places);
            }
            flags = 0;
        }
    }

    /// How many bytes this round has.
    pub(super) const fn round_bytes(&self) -> u64 {
        self.end.saturating_sub(ROUND_START)
    }

    /// Begins the next round, in the other file, unless somebody still reads that one: the last frame of the round that is over.
    /// All rows of the round before it must be in the database, durably.
    pub(super) fn turn_over(&mut self) -> Option<u64> {
        let other = 1_usize.saturating_sub(self.current);
        // Who reads it has had it since before the round there was over; nobody begins now.
        if Arc::strong_count(&self.files[other]) > 1 {
            return None;
        }
        self.current = other;
        self.end = ROUND_START;
        Some(self.sequence.saturating_sub(1))
    }

    /// The last frame that was written, or that the database has.
    pub(super) const fn last(&self) -> u64 {
        self.sequence.saturating_sub(1)
    }

    /// The file that is written to.
    pub(super) const fn young(&self) -> &Arc<RowFile> {
        &self.files[self.current]
    }

    /// The other one.
    pub(super) const fn old(&self) -> &Arc<RowFile> {
        &self.files[1_usize.saturating_sub(self.current)]
    }
}

/// Adds every good frame of `file` above `merged`, wherever it lies.
fn read_file(
    file: &RoundFile,
    number: usize,
    merged: u64,
    frames: &mut Vec<Frame>,
) -> Result<(), StorageError> {
    let length = file.length()?;
    let mut offset = ROUND_START;
    while offset.saturating_add(FRAME_BYTES) <= length {
        let Some(found) = file.frame_at(offset, length)? else {
            offset = offset.saturating_add(FRAME_BYTES);
            continue;
        };
        if found.sequence > merged {
            let rows_at = offset.saturating_add(PAYLOAD_AT);
            let read = read_frame(&found.payload, rows_at);
            let (flags, rows) = read.ok_or_else(|| {
                file.damaged(format!(
                    "the rows of frame {} cannot be read",
                    found.sequence
                ))
            })?;
            frames.push(Frame {
                sequence: found.sequence,
                flags,
                rows,
                file: number,
                offset,
                end: found.end,
            });
        }
        offset = found.end;
    }
    Ok(())
}

/// Flags and rows of the frame whose payload, at `payload_at` of its file, this is.
fn read_frame(payload: &[u8], payload_at: u64) -> Option<(u8, BatchRows)> {
    let (flags, mut rest) = payload.split_first()?;
    let mut rows = Vec::new();
    while !rest.is_empty() {
        let row = parse(rest)?;
        let before = payload.len().saturating_sub(rest.len());
        let place = Place {
            offset: payload_at.saturating_add(to_u64(before)),
            value_length: row.value_length,
        };
        rows.push((row.key.to_vec(), place));
        rest = rest.get(row.length()..)?;
    }
    Some((*flags, rows))
}
