//! Every header a witness has seen, on disk.
//!
//! A folder of segments of [`SEGMENT_BLOCKS`] heights each, named after their first height:
//!
//! ```text
//! 00000000000000000001.headers   frame: length u32 LE · BLAKE3 (first 16 bytes) · borsh of Seen
//! 00000000000000000001.ids       32 bytes a height: the block's id
//! ```
//!
//! What always holds: headers are only appended, each the child of the one before; what a crash left unfinished at the end is
//! cut off; anything else that is not as it was written is named. The ids of the newest segment are derived from its headers
//! when the folder is opened. The disk is bounded: beyond it the oldest segments lose their headers first, which leaves the
//! ids, by which a rewritten block is still noticed, and at last those.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::block::Header;
use ledger_core::certificate::CommitCertificate;
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, Height};
use ledger_core::validator::ValidatorSet;

use super::WitnessError;
use crate::whole_file;

/// The heights of one segment.
pub const SEGMENT_BLOCKS: u64 = 4_096;
/// The longest frame, in bytes: header, certificate and next set with as many validators as a set can have.
const FRAME_BYTES_MAX: u32 = 256 * 1024;
/// Length and checksum.
const FRAME_HEAD_BYTES: usize = 4 + CHECKSUM_BYTES;
const CHECKSUM_BYTES: usize = 16;
const ID_BYTES: u64 = 32;
const HEADERS: &str = "headers";
const IDS: &str = "ids";

/// A header that was checked, and what proves it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Seen {
    /// The header.
    pub header: Header,
    /// That its block was decided.
    pub certificate: CommitCertificate,
    /// The validators after it, when it changed them.
    pub next: Option<ValidatorSet>,
}

/// The headers seen so far.
#[derive(Debug)]
pub(super) struct Chronicle {
    folder: PathBuf,
    /// The newest block; genesis and zero before the first.
    tip: (Height, BlockId),
    /// The segment appended to: its first height, and how long its headers are, in bytes.
    open: Option<Segment>,
    bytes_max: u64,
}

#[derive(Debug)]
struct Segment {
    first: Height,
    headers: File,
    length: u64,
    ids: File,
}

/// The first height of the segment that holds `height`, which is not genesis.
fn first_of(height: Height) -> Height {
    let before = height.0.saturating_sub(1);
    Height(before - before % SEGMENT_BLOCKS + 1)
}

fn index_in_segment(height: Height) -> u64 {
    height.0.saturating_sub(first_of(height).0)
}

impl Chronicle {
    /// Opens the chronicle in `folder`, or begins one, to take no more than about `bytes_max` on the disk.
    pub(super) fn open(folder: &Path, bytes_max: u64) -> Result<Chronicle, WitnessError> {
        fs::create_dir_all(folder).map_err(|it| WitnessError::writing(folder, it))?;
        let mut chronicle = Chronicle {
            folder: folder.to_owned(),
            tip: (Height::GENESIS, BlockId(Hash::ZERO)),
            open: None,
            bytes_max,
        };
        let mut segments = chronicle.segments(HEADERS)?;
        while let Some((first, _)) = segments.pop() {
            if chronicle.scan(first)? {
                break;
            }
            // If we crashed right after beginning a segment, nothing is in it; the one before is the newest.
            for kind in [HEADERS, IDS] {
                let path = chronicle.path(first, kind);
                if path.exists() {
                    fs::remove_file(&path).map_err(|it| WitnessError::writing(&path, it))?;
                }
            }
        }
        chronicle.check_gapless()?;
        Ok(chronicle)
    }

    fn path(&self, first: Height, kind: &str) -> PathBuf {
        self.folder.join(format!("{:020}.{kind}", first.0))
    }

    /// The first heights and lengths of the files of `kind`, ascending.
    fn segments(&self, kind: &str) -> Result<Vec<(Height, u64)>, WitnessError> {
        let unreadable = |it| WitnessError::reading(&self.folder, it);
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            let first = path
                .file_stem()
                .and_then(|name| name.to_str()?.parse().ok())
                .map(Height)
                .filter(|first| *first == first_of(*first) && self.path(*first, kind) == path);
            if let Some(first) = first {
                found.push((first, entry.metadata().map_err(unreadable)?.len()));
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Reads the segment that is to be appended to, cuts off what a crash left, and writes its ids anew; whether there is
    /// anything in it.
    fn scan(&mut self, first: Height) -> Result<bool, WitnessError> {
        let path = self.path(first, HEADERS);
        let mut frames = Frames::open(&path)?;
        let mut ids: Vec<u8> = Vec::new();
        let mut expected = first;
        loop {
            let begin = frames.offset;
            match frames.next()? {
                Frame::Seen(seen) => {
                    let id = seen.header.id();
                    if seen.header.height != expected
                        || (expected > first && seen.header.parent != self.tip.1)
                    {
                        let reason = format!("what stands at height {expected} does not follow");
                        return Err(WitnessError::damaged(&path, reason));
                    }
                    ids.extend_from_slice(id.0.as_bytes());
                    self.tip = (expected, id);
                    expected = expected.next();
                }
                Frame::End => break,
                Frame::Torn => {
                    let file = OpenOptions::new().write(true).open(&path);
                    let cut = file.and_then(|file| file.set_len(begin));
                    cut.map_err(|it| WitnessError::writing(&path, it))?;
                    frames.offset = begin;
                    break;
                }
                Frame::Broken(reason) => {
                    return Err(WitnessError::damaged(
                        &path,
                        format!("at byte {begin}: {reason}"),
                    ));
                }
            }
        }
        if expected == first {
            return Ok(false);
        }
        let ids_path = self.path(first, IDS);
        fs::write(&ids_path, &ids).map_err(|it| WitnessError::writing(&ids_path, it))?;
        self.open = Some(Segment {
            first,
            headers: append_to(&path)?,
            length: frames.offset,
            ids: append_to(&ids_path)?,
        });
        Ok(true)
    }

    /// Checks that below the newest segment no height is missing, as far back as there are ids.
    fn check_gapless(&self) -> Result<(), WitnessError> {
        let Some(open) = &self.open else {
            return Ok(());
        };
        let mut ids = self.segments(IDS)?;
        // If we crashed while beginning a segment, its ids may be there without its headers.
        ids.retain(|(first, _)| *first <= open.first);
        let mut expected = ids.first().map_or(open.first, |(first, _)| *first);
        for (first, length) in ids {
            let is_whole = length == SEGMENT_BLOCKS * ID_BYTES || first == open.first;
            if first != expected || !is_whole {
                let path = self.path(expected, IDS);
                return Err(WitnessError::damaged(&path, "heights are missing"));
            }
            expected = Height(first.0.saturating_add(SEGMENT_BLOCKS));
        }
        Ok(())
    }

    /// The newest block; genesis before the first.
    pub(super) const fn tip(&self) -> (Height, BlockId) {
        self.tip
    }

    /// Appends the next header. It is durable after [`Self::sync`].
    pub(super) fn append(&mut self, seen: &Seen) -> Result<(), WitnessError> {
        let height = seen.header.height;
        assert_eq!(
            height,
            self.tip.0.next(),
            "only the child of the tip is appended"
        );
        let first = first_of(height);
        if self.open.as_ref().is_none_or(|open| open.first != first) {
            // What came before is durable before anything comes after it.
            self.sync()?;
            let [headers, ids] = [HEADERS, IDS].map(|kind| self.path(first, kind));
            for path in [&headers, &ids] {
                let created = File::create(path).and_then(|_| whole_file::sync_folder_of(path));
                created.map_err(|it| WitnessError::writing(path, it))?;
            }
            self.open = Some(Segment {
                first,
                headers: append_to(&headers)?,
                length: 0,
                ids: append_to(&ids)?,
            });
            self.thin()?;
        }
        let content = codec::encode(seen);
        let bytes = frame(&content);
        let (headers, ids) = (self.path(first, HEADERS), self.path(first, IDS));
        let open = self.open.as_mut().expect("it was just opened");
        // If we crash or the disk is full within this, the next opening cuts the frame off.
        if let Err(source) = open.headers.write_all(&bytes) {
            // Whoever goes on in spite of it must find a whole frame at the end.
            let _ = open.headers.set_len(open.length);
            return Err(WitnessError::writing(&headers, source));
        }
        let id = seen.header.id();
        if let Err(source) = open.ids.write_all(id.0.as_bytes()) {
            let _ = open.ids.set_len(index_in_segment(height) * ID_BYTES);
            let _ = open.headers.set_len(open.length);
            return Err(WitnessError::writing(&ids, source));
        }
        open.length += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.tip = (height, id);
        Ok(())
    }

    /// Makes durable what was appended.
    pub(super) fn sync(&mut self) -> Result<(), WitnessError> {
        if let Some(open) = &self.open {
            let synced = open.headers.sync_all().and_then(|()| open.ids.sync_all());
            synced.map_err(|it| WitnessError::writing(&self.path(open.first, HEADERS), it))?;
        }
        Ok(())
    }

    /// The id of the block at `height`; none above the tip, and when it was given up for room.
    pub(super) fn id_at(&self, height: Height) -> Result<Option<BlockId>, WitnessError> {
        if height == Height::GENESIS || height > self.tip.0 {
            return Ok(None);
        }
        let path = self.path(first_of(height), IDS);
        let Some(mut file) = opened(&path)? else {
            return Ok(None);
        };
        let mut id = [0; 32];
        let read = file
            .seek(SeekFrom::Start(index_in_segment(height) * ID_BYTES))
            .and_then(|_| file.read_exact(&mut id));
        read.map_err(|it| WitnessError::reading(&path, it))?;
        Ok(Some(BlockId(Hash(id))))
    }

    /// The header at `height` with its certificate; none above the tip, and when it was given up for room.
    pub(super) fn seen_at(&self, height: Height) -> Result<Option<Seen>, WitnessError> {
        if height == Height::GENESIS || height > self.tip.0 {
            return Ok(None);
        }
        let path = self.path(first_of(height), HEADERS);
        if opened(&path)?.is_none() {
            return Ok(None);
        }
        let mut frames = Frames::open(&path)?;
        for _ in 0..index_in_segment(height) {
            frames.skip()?;
        }
        match frames.next()? {
            Frame::Seen(seen) if seen.header.height == height => Ok(Some(*seen)),
            _ => Err(WitnessError::damaged(
                &path,
                format!("height {height} is not where it should be"),
            )),
        }
    }

    /// Gives every header above `above` to `take`, in order.
    pub(super) fn replay(
        &self,
        above: Height,
        mut take: impl FnMut(Seen) -> Result<(), WitnessError>,
    ) -> Result<(), WitnessError> {
        let mut next = above.next();
        while next <= self.tip.0 {
            let path = self.path(first_of(next), HEADERS);
            if opened(&path)?.is_none() {
                return Err(WitnessError::damaged(&path, "it is missing"));
            }
            let mut frames = Frames::open(&path)?;
            for _ in 0..index_in_segment(next) {
                frames.skip()?;
            }
            let last = Height(first_of(next).0 + SEGMENT_BLOCKS - 1).min(self.tip.0);
            while next <= last {
                match frames.next()? {
                    Frame::Seen(seen) if seen.header.height == next => take(*seen)?,
                    _ => {
                        let reason = format!("height {next} is not where it should be");
                        return Err(WitnessError::damaged(&path, reason));
                    }
                }
                next = next.next();
            }
        }
        Ok(())
    }

    /// The oldest height whose id is kept; the one after the tip when none is.
    pub(super) fn oldest(&self) -> Result<Height, WitnessError> {
        let ids = self.segments(IDS)?;
        Ok(ids
            .first()
            .map_or_else(|| self.tip.0.next(), |(first, _)| *first))
    }

    /// Gives up what is oldest until everything fits. The newest two segments stay whole.
    fn thin(&self) -> Result<(), WitnessError> {
        let total = |files: &[(Height, u64)]| files.iter().map(|(_, length)| *length).sum::<u64>();
        let (headers, ids) = (self.segments(HEADERS)?, self.segments(IDS)?);
        let mut bytes = total(&headers).saturating_add(total(&ids));
        for (kind, files) in [(HEADERS, headers), (IDS, ids)] {
            let given_up = files.len().saturating_sub(2);
            for (first, length) in files.into_iter().take(given_up) {
                if bytes <= self.bytes_max {
                    return Ok(());
                }
                let path = self.path(first, kind);
                fs::remove_file(&path).map_err(|it| WitnessError::writing(&path, it))?;
                bytes = bytes.saturating_sub(length);
            }
        }
        Ok(())
    }
}

fn append_to(path: &Path) -> Result<File, WitnessError> {
    let file = OpenOptions::new().append(true).open(path);
    file.map_err(|it| WitnessError::writing(path, it))
}

/// The file at `path`; none when there is none.
fn opened(path: &Path) -> Result<Option<File>, WitnessError> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(WitnessError::reading(path, error)),
    }
}

fn checksum(content: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let hash = blake3::hash(content);
    let (checksum, _) = hash
        .as_bytes()
        .split_first_chunk()
        .expect("a hash is longer than its beginning");
    *checksum
}

fn frame(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("a set has a bound, and so has what it signs");
    assert!(length <= FRAME_BYTES_MAX, "a set has a bound");
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend_from_slice(&checksum(content));
    bytes.extend_from_slice(content);
    bytes
}

/// What stands where a frame should begin.
enum Frame {
    Seen(Box<Seen>),
    End,
    /// A frame cut off by the end of the file.
    Torn,
    Broken(String),
}

/// Reads frames one after the other.
struct Frames {
    path: PathBuf,
    file: BufReader<File>,
    length: u64,
    offset: u64,
}

impl Frames {
    fn open(path: &Path) -> Result<Frames, WitnessError> {
        let unreadable = |it| WitnessError::reading(path, it);
        let file = File::open(path).map_err(unreadable)?;
        Ok(Frames {
            path: path.to_owned(),
            length: file.metadata().map_err(unreadable)?.len(),
            file: BufReader::new(file),
            offset: 0,
        })
    }

    /// Length and checksum of the next frame; none when the file does not go on so far.
    fn head(&mut self) -> Result<Option<(u32, [u8; CHECKSUM_BYTES])>, WitnessError> {
        let left = self.length.saturating_sub(self.offset);
        let mut head = [0; FRAME_HEAD_BYTES];
        if left < u64::try_from(head.len()).unwrap_or(u64::MAX) {
            return Ok(None);
        }
        let read = self.file.read_exact(&mut head);
        read.map_err(|it| WitnessError::reading(&self.path, it))?;
        let (length, checksum) = head.split_at(4);
        let part = "a part of the head";
        let length = u32::from_le_bytes(length.try_into().expect(part));
        Ok(Some((length, checksum.try_into().expect(part))))
    }

    fn next(&mut self) -> Result<Frame, WitnessError> {
        if self.offset == self.length {
            return Ok(Frame::End);
        }
        let Some((length, expected)) = self.head()? else {
            return Ok(Frame::Torn);
        };
        if length == 0 || length > FRAME_BYTES_MAX {
            // A file that grew before its content was written ends in zeros.
            return match self.is_zero_to_the_end()? && length == 0 {
                true => Ok(Frame::Torn),
                false => Ok(Frame::Broken(format!("a frame of {length} bytes"))),
            };
        }
        let whole = u64::from(length) + u64::try_from(FRAME_HEAD_BYTES).unwrap_or(u64::MAX);
        if whole > self.length.saturating_sub(self.offset) {
            return Ok(Frame::Torn);
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let mut content = vec![0; length];
        let read = self.file.read_exact(&mut content);
        read.map_err(|it| WitnessError::reading(&self.path, it))?;
        self.offset += whole;
        if checksum(&content) != expected {
            // Torn if it is the last one: its end may not have reached the disk.
            return Ok(match self.offset == self.length {
                true => Frame::Torn,
                false => Frame::Broken("a frame does not fit its checksum".to_owned()),
            });
        }
        Ok(match codec::decode::<Seen>(&content, length) {
            Ok(seen) => Frame::Seen(Box::new(seen)),
            Err(error) => Frame::Broken(error.to_string()),
        })
    }

    /// Passes over a frame.
    fn skip(&mut self) -> Result<(), WitnessError> {
        let Some((length, _)) = self.head()? else {
            return Err(WitnessError::damaged(&self.path, "it ends too early"));
        };
        let moved = self.file.seek_relative(i64::from(length));
        moved.map_err(|it| WitnessError::reading(&self.path, it))?;
        self.offset += u64::from(length) + u64::try_from(FRAME_HEAD_BYTES).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Whether nothing but zeros follows.
    fn is_zero_to_the_end(&mut self) -> Result<bool, WitnessError> {
        let mut part = [0; 4_096];
        loop {
            let read = self.file.read(&mut part);
            match read.map_err(|it| WitnessError::reading(&self.path, it))? {
                0 => return Ok(true),
                count if part[..count].iter().any(|byte| *byte != 0) => return Ok(false),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
