//! The block journal: where a block becomes durable, with one write and one sync.
//!
//! Two [files that are written over by rounds](crate::storage::round_file), one frame a block, whose sequence is the block's
//! height. When a round ends its blocks are moved into the database, while the next round is written to the other file; so
//! when a file's turn comes again, everything in it is in the database since a whole round.
//!
//! What always holds: what is in the two files and not in the database is a row of heights without a gap, from the one after
//! the database's newest to the newest of all. So whoever opens them reads every good frame wherever it lies, and a
//! height that is missing below another one is damage with that height. A frame left over from an earlier round has a height that
//! the database has. Only the newest frame, which nothing follows, cannot be told from one that a crash tore: it
//! is not there then, and what looks like it is reported.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ledger_core::codec;
use ledger_core::id::{ChainId, Height};

use super::record::{SEALED_BYTES_MAX, SealedBlock};
use crate::planted::{self, Planted};
use crate::storage::StorageError;
use crate::storage::directory::{Directory, JOURNAL_FILES};
use crate::storage::frame::{FRAME_BYTES, FrameKind};
use crate::storage::identity::Identity;
use crate::storage::round_file::{ROUND_START, RoundFile, RoundKind, other};
use crate::storage::volume::FilePlace;

/// The format of the journal this build writes, and the only one it reads.
pub const JOURNAL_FORMAT: u32 = 1;
/// The most bytes of a round: one more block begins the next.
pub(super) const ROUND_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// The most bytes of a file that are read: a round, one block more, and the header.
const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;
const _: () = assert!(FILE_BYTES_MAX > ROUND_BYTES_MAX + SEALED_BYTES_MAX as u64 + 2 * FRAME_BYTES);
/// How much of a page tells what it looks like.
const PREFIX_BYTES: usize = 16;
const FRAMES: FrameKind = FrameKind {
    magic: *b"TBBLKv1\n",
    payload_bytes_max: SEALED_BYTES_MAX,
};
const JOURNAL: RoundKind = RoundKind {
    frames: FRAMES,
    name: "a block journal",
    damaged: |path, reason| StorageError::BlocksDamaged { path, reason },
};

/// What is left of the newest block after a crash, or after damage that cannot be told from one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornBlock {
    /// The file.
    pub path: PathBuf,
    /// Where its frame begins, in bytes from the start.
    pub offset: u64,
    /// The height it was of.
    pub height: Height,
}

/// The two files.
pub(super) struct Journal {
    files: [RoundFile; 2],
    /// Which of them is written to.
    current: usize,
    /// Where the next frame goes.
    end: u64,
}

/// What the files held.
pub(super) struct Found {
    /// Every good frame, by height.
    pub(super) blocks: BTreeMap<Height, FoundBlock>,
    pub(super) torn: Option<TornBlock>,
}

/// A good frame.
pub(super) struct FoundBlock {
    pub(super) block: SealedBlock,
    file: usize,
    offset: u64,
    /// Where the next one would begin.
    end: u64,
}

/// A place where no good frame begins.
struct Suspect {
    file: usize,
    offset: u64,
    prefix: Vec<u8>,
}

impl Journal {
    /// Opens the journal of `chain_id` in `directory`, or makes it, and reads everything in it; `stored` is the database's newest
    /// block. The next round is written to the file that does not hold the newest block: nothing may be appended before
    /// what was found is in the database.
    ///
    /// # Errors
    /// When a file belongs to another chain, is of another format or damaged, or the disk fails or is full.
    pub(super) fn open(
        directory: &Directory,
        chain_id: ChainId,
        stored: Option<Height>,
    ) -> Result<(Journal, Found), StorageError> {
        let identity = Identity {
            format: JOURNAL_FORMAT,
            chain_id,
        };
        make_missing(directory, identity)?;
        let [first, second] =
            JOURNAL_FILES.map(|name| RoundFile::open(directory.place(name), JOURNAL, identity));
        let files = [first?, second?];
        let mut frames = Vec::new();
        let mut suspects = Vec::new();
        for (number, file) in files.iter().enumerate() {
            read_file(file, number, &mut frames, &mut suspects)?;
        }
        let newest = frames.iter().max_by_key(|frame| frame.block.height);
        let newest = newest.map(|frame| (frame.block.height, frame.file, frame.end));
        // The next frame would have followed the newest, or begun a round.
        let (last, places) = newest.map_or(
            (Height::GENESIS, [(0, ROUND_START); 2]),
            |(height, file, end)| (height, [(file, end), (other(file), ROUND_START)]),
        );
        let height = last.max(stored.unwrap_or(Height::GENESIS)).next();
        let torn = suspects.into_iter().find(|suspect| {
            FRAMES.names(&suspect.prefix, height.0)
                || (FRAMES.begins(&suspect.prefix)
                    && places.contains(&(suspect.file, suspect.offset)))
        });
        let torn = torn.map(|suspect| TornBlock {
            path: files[suspect.file].path().to_path_buf(),
            offset: suspect.offset,
            height,
        });
        let journal = Journal {
            current: newest.map_or(0, |(_, file, _)| other(file)),
            end: ROUND_START,
            files,
        };
        let by_height = frames.into_iter().map(|frame| (frame.block.height, frame));
        let blocks = by_height.collect();
        Ok((journal, Found { blocks, torn }))
    }

    /// Writes `block` behind the others of this round. When this returns, it survives any crash.
    ///
    /// # Errors
    /// When the disk fails or is full. Then nothing is known of the block, and nothing more may be appended.
    pub(super) fn append(&mut self, block: &SealedBlock) -> Result<(), StorageError> {
        let file = &self.files[self.current];
        // If we crash here, or before the sync returns, the frame is missing, torn or whole. Nobody was told of the block: if it
        // is whole it was decided, and is stored; if not, it is decided again from the consensus log, or fetched.
        let end = file.write(self.end, block.height.0, &codec::encode(block))?;
        if !planted::is(Planted::BlockUnsynced) {
            file.sync()?;
        }
        self.end = end;
        Ok(())
    }

    /// How many bytes this round has.
    pub(super) const fn round_bytes(&self) -> u64 {
        self.end.saturating_sub(ROUND_START)
    }

    /// Begins the next round, over the one before this. All blocks of that one must be in the database, durably.
    pub(super) fn turn_over(&mut self) {
        self.current = other(self.current);
        self.end = ROUND_START;
    }

    /// Which file the block below `above` was written to: the same one, unless `above` began it.
    pub(super) fn path_below(&self, above: &FoundBlock) -> PathBuf {
        let file = if above.offset == ROUND_START {
            other(above.file)
        } else {
            above.file
        };
        self.files[file].path().to_path_buf()
    }

    /// Which file a block was found in.
    pub(super) fn path_of(&self, found: &FoundBlock) -> PathBuf {
        self.files[found.file].path().to_path_buf()
    }
}

/// Adds every good frame of the file, wherever it lies, and every page where none begins.
fn read_file(
    file: &RoundFile,
    number: usize,
    frames: &mut Vec<FoundBlock>,
    suspects: &mut Vec<Suspect>,
) -> Result<(), StorageError> {
    let length = file.length()?.min(FILE_BYTES_MAX);
    let mut offset = ROUND_START;
    while offset.saturating_add(FRAME_BYTES) <= length {
        let found = file.frame_at(offset, length)?.and_then(|frame| {
            let block: SealedBlock = codec::decode(&frame.payload, SEALED_BYTES_MAX).ok()?;
            (block.height.0 == frame.sequence).then_some(FoundBlock {
                block,
                file: number,
                offset,
                end: frame.end,
            })
        });
        if let Some(frame) = found {
            offset = frame.end;
            frames.push(frame);
        } else {
            let prefix = file.read(offset, PREFIX_BYTES)?;
            suspects.push(Suspect {
                file: number,
                offset,
                prefix,
            });
            offset = offset.saturating_add(FRAME_BYTES);
        }
    }
    Ok(())
}

/// Makes the files that are missing. Both are made before the first block is: one that is missing beside one that has blocks is
/// lost, and is not made anew, so that every start says so.
fn make_missing(directory: &Directory, identity: Identity) -> Result<(), StorageError> {
    for (name, beside) in
        [(0, 1), (1, 0)].map(|(one, two)| (JOURNAL_FILES[one], JOURNAL_FILES[two]))
    {
        let place = directory.place(name);
        if place.exists()? {
            continue;
        }
        if directory.place(beside).exists()? {
            refuse_beside_blocks(&place, directory.place(beside), identity)?;
        }
        RoundFile::make(&place, JOURNAL, identity, place.draw_salt()?)?;
    }
    Ok(())
}

/// An error when the file `beside` the missing one has blocks.
fn refuse_beside_blocks(
    missing: &FilePlace,
    beside: FilePlace,
    identity: Identity,
) -> Result<(), StorageError> {
    let (mut frames, mut suspects) = (Vec::new(), Vec::new());
    let beside = RoundFile::open(beside, JOURNAL, identity)?;
    read_file(&beside, 0, &mut frames, &mut suspects)?;
    match frames.iter().map(|frame| frame.block.height).max() {
        None => Ok(()),
        Some(height) => Err(StorageError::BlocksDamaged {
            path: missing.path().to_path_buf(),
            reason: format!(
                "it was missing, and the other file of the journal has blocks up to {height}"
            ),
        }),
    }
}
