//! Appending blocks, and finding the end of what was appended.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use ledger_core::codec;
use ledger_core::id::{ChainId, Height};

use super::frame::{Found, frame};
use super::reading::{Segment, decode};
use super::{
    ArchiveError, FRAME_BYTES_MAX, MAGIC, PREFIX_BYTES, Position, SEGMENT_BYTES_MAX, segment_path,
    segments,
};
use crate::booked::BookedBlock;
use crate::whole_file;

/// Appends to an archive.
#[derive(Debug)]
pub struct Writer {
    folder: PathBuf,
    chain: ChainId,
    last: Option<Position>,
    /// [`SEGMENT_BYTES_MAX`], except where a test wants many segments.
    pub(crate) segment_bytes_max: u64,
    /// The segment that is appended to, with its first height.
    file: Option<(Height, File)>,
}

/// What was cut off the end when an archive was opened: blocks that were being written when the program or the machine
/// stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The file that was shortened.
    pub path: PathBuf,
    /// By how many bytes, with those of files after it that were removed.
    pub bytes: u64,
    /// What was found there.
    pub reason: &'static str,
}

impl Writer {
    /// Opens the archive in `folder` for appending, and finds its last block. Up to `synced`, which is known to have been made
    /// durable, nothing is looked at; behind it, what a crash left unfinished is cut off.
    ///
    /// # Errors
    /// When the disk fails, or something is damaged that no crash explains.
    pub fn open(
        folder: &Path,
        chain: ChainId,
        synced: Option<Position>,
    ) -> Result<(Writer, Option<Cut>), ArchiveError> {
        create_private(folder)?;
        let all = segments(folder)?;
        let from = synced.map_or(Height::GENESIS, |synced| synced.segment);
        let scanned: Vec<Height> = all.into_iter().filter(|first| *first >= from).collect();
        let mut writer = Writer {
            folder: folder.to_owned(),
            chain,
            last: synced,
            segment_bytes_max: SEGMENT_BYTES_MAX,
            file: None,
        };
        let mut cut = None;
        for (index, first) in scanned.iter().enumerate() {
            let later = scanned.get(index.saturating_add(1)..).unwrap_or_default();
            cut = writer.scan(*first, later, synced)?;
            if cut.is_some() {
                break;
            }
        }
        Ok((writer, cut))
    }

    /// The last block; none in an empty archive.
    pub const fn last(&self) -> Option<Position> {
        self.last
    }

    /// Looks through the segment that begins with `first`, and cuts it where a crash left it.
    fn scan(
        &mut self,
        first: Height,
        later: &[Height],
        synced: Option<Position>,
    ) -> Result<Option<Cut>, ArchiveError> {
        let path = segment_path(&self.folder, first);
        let length = fs::metadata(&path)
            .map_err(|it| ArchiveError::reading(&path, it))?
            .len();
        if length < PREFIX_BYTES && later.is_empty() {
            // If we crashed right after creating it, not even its beginning is there.
            return self
                .cut(first, 0, later, "it ends within its beginning")
                .map(Some);
        }
        let mut segment = Segment::open(&self.folder, self.chain, first)?;
        match synced.filter(|synced| synced.segment == first) {
            Some(synced) if synced.end > length => {
                let reason = format!("it ends before block {}, which was in it", synced.height);
                return Err(ArchiveError::damaged(&path, length, reason));
            }
            Some(synced) => segment.seek(synced.end)?,
            None => {}
        }
        loop {
            let begin = segment.offset();
            let reason = match segment.next()? {
                Found::End => return Ok(None),
                Found::Frame((position, _)) => {
                    let expected = self.last.map_or(first, |last| last.height.next());
                    if position.height != expected {
                        let height = position.height;
                        let reason = format!("block {height} stands where {expected} should");
                        return Err(ArchiveError::damaged(&path, begin, reason));
                    }
                    self.last = Some(position);
                    continue;
                }
                Found::Broken(reason) => reason,
            };
            // What was made durable since is not known when there is nothing that says so: then only what ends the archive
            // is taken for a crash.
            let ends = later.is_empty()
                && (segment.length() == segment.offset()
                    || reason.starts_with("it ends")
                    || segment.is_zero_from(begin)?);
            if synced.is_none() && !ends {
                return Err(ArchiveError::damaged(&path, begin, reason));
            }
            return self.cut(first, begin, later, reason).map(Some);
        }
    }

    /// Cuts everything from byte `offset` of the segment on.
    fn cut(
        &mut self,
        first: Height,
        offset: u64,
        later: &[Height],
        reason: &'static str,
    ) -> Result<Cut, ArchiveError> {
        let mut bytes = 0;
        // If we crash within this, the next opening finds what is left and cuts that.
        for first in later.iter().rev() {
            bytes += remove(&segment_path(&self.folder, *first))?;
        }
        let path = segment_path(&self.folder, first);
        if offset <= PREFIX_BYTES {
            bytes += remove(&path)?;
        } else {
            let unwritable = |source| ArchiveError::writing(&path, source);
            let file = OpenOptions::new().write(true).open(&path);
            let file = file.map_err(unwritable)?;
            let length = file.metadata().map_err(unwritable)?.len();
            file.set_len(offset).map_err(unwritable)?;
            file.sync_all().map_err(unwritable)?;
            bytes += length.saturating_sub(offset);
        }
        Ok(Cut {
            path,
            bytes,
            reason,
        })
    }

    /// Appends the next block. It is durable after [`Writer::sync`].
    ///
    /// # Errors
    /// When the disk fails or is full; then nothing more can be appended before the archive is opened again.
    pub fn append(&mut self, booked: &BookedBlock) -> Result<Position, ArchiveError> {
        let height = booked.block.header.height;
        let content = codec::encode(booked);
        let bytes = frame(self.chain, height, &content).ok_or(ArchiveError::TooLong {
            height,
            bytes: content.len(),
            max: FRAME_BYTES_MAX,
        })?;
        let (segment, begin) = match self.last {
            Some(last) if last.end <= self.segment_bytes_max => (last.segment, last.end),
            _ => (height, PREFIX_BYTES),
        };
        if self
            .file
            .as_ref()
            .is_none_or(|(first, _)| *first != segment)
        {
            self.sync()?;
            self.file = Some((segment, self.open_segment(segment, begin)?));
        }
        let path = || segment_path(&self.folder, segment);
        let (_, file) = self.file.as_mut().expect("the segment was just opened");
        // If we crash within this, the next opening cuts the frame off.
        let written = file.write_all(&bytes);
        written.map_err(|source| ArchiveError::writing(&path(), source))?;
        let end = begin.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let position = Position {
            height,
            segment,
            begin,
            end,
        };
        self.last = Some(position);
        Ok(position)
    }

    fn open_segment(&self, first: Height, begin: u64) -> Result<File, ArchiveError> {
        let path = segment_path(&self.folder, first);
        let unwritable = |source| ArchiveError::writing(&path, source);
        let mut options = OpenOptions::new();
        options.append(true).create(begin == PREFIX_BYTES);
        let mut file = options.open(&path).map_err(unwritable)?;
        let length = file.metadata().map_err(unwritable)?.len();
        if begin == PREFIX_BYTES && length == 0 {
            let prefix = [MAGIC.as_slice(), self.chain.0.as_bytes()].concat();
            file.write_all(&prefix).map_err(unwritable)?;
            sync_folder(&self.folder)?;
        } else if length != begin {
            return Err(ArchiveError::damaged(
                &path,
                length,
                "it was changed by somebody else",
            ));
        }
        Ok(file)
    }

    /// Makes everything appended durable; the last block.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn sync(&mut self) -> Result<Option<Position>, ArchiveError> {
        if let Some((first, file)) = &self.file {
            let path = segment_path(&self.folder, *first);
            let synced = file.sync_data();
            synced.map_err(|source| ArchiveError::system("sync", &path, source))?;
        }
        Ok(self.last)
    }

    /// The block at `position`.
    ///
    /// # Errors
    /// When it is not there.
    pub fn block_at(&self, position: &Position) -> Result<BookedBlock, ArchiveError> {
        let mut segment = Segment::open(&self.folder, self.chain, position.segment)?;
        segment.seek(position.begin)?;
        let reason = match segment.next()? {
            Found::Frame((found, content)) if found == *position => {
                match decode(&content, position.height) {
                    Ok(booked) => return Ok(booked),
                    Err(reason) => reason,
                }
            }
            Found::Broken(reason) => reason.to_owned(),
            Found::Frame(_) | Found::End => format!("block {} is not there", position.height),
        };
        Err(ArchiveError::damaged(
            segment.path(),
            position.begin,
            reason,
        ))
    }
}

/// Removes a file; how long it was.
fn remove(path: &Path) -> Result<u64, ArchiveError> {
    let unwritable = |source| ArchiveError::system("remove", path, source);
    let length = fs::metadata(path).map_err(unwritable)?.len();
    fs::remove_file(path).map_err(unwritable)?;
    Ok(length)
}

/// Makes a folder, and those above it that are missing, that only their owner can enter: what is in it is about people.
pub(crate) fn create_private(folder: &Path) -> Result<(), ArchiveError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let made = builder.create(folder);
    made.map_err(|source| ArchiveError::writing(folder, source))
}

/// Makes a new name in `folder` durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), ArchiveError> {
    whole_file::sync_folder(folder).map_err(|source| ArchiveError::system("sync", folder, source))
}
