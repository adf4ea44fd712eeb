//! Reading blocks back, each compared with the hashes in its header.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, ChainId, Height};
use ledger_core::ledger::transactions_root;
use ledger_core::receipt::Receipt;

use super::frame::{self, Found, HEAD_BYTES, Head};
use super::{ArchiveError, FRAME_BYTES_MAX, MAGIC, PREFIX_BYTES, Position, segment_path, segments};
use crate::booked::BookedBlock;

/// The most bytes read from the disk at once.
const READ_BYTES: usize = 1024 * 1024;

/// An open segment.
pub(super) struct Segment {
    path: PathBuf,
    file: BufReader<File>,
    first: Height,
    chain: ChainId,
    length: u64,
    /// Where the next frame begins.
    offset: u64,
}

impl Segment {
    /// Opens the segment of `folder` that begins with `first`.
    pub(super) fn open(
        folder: &Path,
        chain: ChainId,
        first: Height,
    ) -> Result<Segment, ArchiveError> {
        let path = segment_path(folder, first);
        let unreadable = |source| ArchiveError::reading(&path, source);
        let file = File::open(&path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let mut file = BufReader::with_capacity(READ_BYTES, file);
        let mut prefix = [0; 40];
        if length < PREFIX_BYTES {
            return Err(ArchiveError::damaged(
                &path,
                0,
                "it is shorter than its beginning",
            ));
        }
        file.read_exact(&mut prefix).map_err(unreadable)?;
        let (magic, of_chain) = prefix.split_at(8);
        if magic != MAGIC {
            return Err(ArchiveError::damaged(
                &path,
                0,
                "it does not begin as a segment does",
            ));
        }
        let actual = ChainId(Hash(of_chain.try_into().expect("forty bytes less eight")));
        if actual != chain {
            return Err(ArchiveError::OtherChain {
                path,
                expected: chain,
                actual,
            });
        }
        Ok(Segment {
            path,
            file,
            first,
            chain,
            length,
            offset: PREFIX_BYTES,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the next frame begins.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// Goes to the frame that begins at `offset`.
    pub(super) fn seek(&mut self, offset: u64) -> Result<(), ArchiveError> {
        let moved = self.file.seek(SeekFrom::Start(offset));
        moved.map_err(|source| ArchiveError::reading(&self.path, source))?;
        self.offset = offset;
        Ok(())
    }

    fn unreadable(&self) -> impl Fn(std::io::Error) -> ArchiveError + '_ {
        |source| ArchiveError::reading(&self.path, source)
    }

    fn head(&mut self) -> Result<Found<Head>, ArchiveError> {
        let left = self.length.saturating_sub(self.offset);
        let head = frame::read_head(&mut self.file, left);
        head.map_err(self.unreadable())
    }

    /// The next frame, its checksum compared.
    pub(super) fn next(&mut self) -> Result<Found<(Position, Vec<u8>)>, ArchiveError> {
        let head = match self.head()? {
            Found::Frame(head) => head,
            Found::End => return Ok(Found::End),
            Found::Broken(reason) => return Ok(Found::Broken(reason)),
        };
        let content = frame::read_content(&mut self.file, self.chain, &head);
        let content = content.map_err(self.unreadable())?;
        let position = self.pass(&head);
        Ok(match content {
            Found::Frame(content) => Found::Frame((position, content)),
            Found::End => Found::End,
            Found::Broken(reason) => Found::Broken(reason),
        })
    }

    /// Passes over the next frame, whose content is not looked at.
    fn skip(&mut self) -> Result<Found<Position>, ArchiveError> {
        let head = match self.head()? {
            Found::Frame(head) => head,
            Found::End => return Ok(Found::End),
            Found::Broken(reason) => return Ok(Found::Broken(reason)),
        };
        let moved = self.file.seek_relative(i64::from(head.length));
        moved.map_err(self.unreadable())?;
        Ok(Found::Frame(self.pass(&head)))
    }

    fn pass(&mut self, head: &Head) -> Position {
        let bytes = u64::try_from(HEAD_BYTES).expect("a small constant") + u64::from(head.length);
        let begin = self.offset;
        self.offset = begin.saturating_add(bytes);
        Position {
            height: head.height,
            segment: self.first,
            begin,
            end: self.offset,
        }
    }

    /// Whether everything from `offset` on is zero, as after a crash of the machine while the file was growing.
    pub(super) fn is_zero_from(&mut self, offset: u64) -> Result<bool, ArchiveError> {
        self.seek(offset)?;
        let mut part = vec![0; READ_BYTES];
        loop {
            match self.file.read(&mut part).map_err(self.unreadable())? {
                0 => return Ok(true),
                count if part[..count].iter().any(|byte| *byte != 0) => return Ok(false),
                _ => {}
            }
        }
    }
}

/// Blocks of an archive, in order of height.
pub struct Blocks {
    folder: PathBuf,
    chain: ChainId,
    /// The segments not opened yet, the next one last.
    later: Vec<Height>,
    segment: Option<Segment>,
    next: Height,
    parent: Option<BlockId>,
    failed: bool,
}

impl std::fmt::Debug for Blocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blocks")
            .field("folder", &self.folder)
            .field("next", &self.next)
            .finish_non_exhaustive()
    }
}

impl Blocks {
    /// The blocks above `above` that `folder` holds of `chain`.
    ///
    /// # Errors
    /// When the folder cannot be read, or begins above the block asked for.
    pub fn open(folder: &Path, chain: ChainId, above: Height) -> Result<Blocks, ArchiveError> {
        let next = above.next();
        let mut later = segments(folder)?;
        let before = later.partition_point(|first| *first <= next);
        if before == 0
            && let Some(first) = later.first()
        {
            return Err(ArchiveError::Missing {
                path: folder.to_owned(),
                height: next,
                next: *first,
            });
        }
        later.drain(..before.saturating_sub(1));
        later.reverse();
        Ok(Blocks {
            folder: folder.to_owned(),
            chain,
            later,
            segment: None,
            next,
            parent: None,
            failed: false,
        })
    }

    /// The next block; none at the end.
    fn read(&mut self) -> Result<Option<BookedBlock>, ArchiveError> {
        loop {
            let segment = match &mut self.segment {
                Some(segment) => segment,
                None => {
                    let Some(first) = self.later.pop() else {
                        return Ok(None);
                    };
                    if first > self.next {
                        return Err(ArchiveError::Missing {
                            path: self.folder.clone(),
                            height: self.next,
                            next: first,
                        });
                    }
                    let mut segment = Segment::open(&self.folder, self.chain, first)?;
                    skip_to(&mut segment, self.next)?;
                    self.segment.insert(segment)
                }
            };
            let begin = segment.offset();
            match segment.next()? {
                Found::End => self.segment = None,
                Found::Broken(reason) => {
                    return Err(ArchiveError::damaged(segment.path(), begin, reason));
                }
                Found::Frame((position, content)) => {
                    let booked = decode(&content, position.height)
                        .and_then(|booked| self.in_order(&position, &booked).map(|()| booked))
                        .map_err(|reason| {
                            let path = segment_path(&self.folder, position.segment);
                            ArchiveError::damaged(&path, begin, reason)
                        })?;
                    self.next = position.height.next();
                    self.parent = Some(booked.block.id());
                    return Ok(Some(booked));
                }
            }
        }
    }

    fn in_order(&self, position: &Position, booked: &BookedBlock) -> Result<(), String> {
        if position.height != self.next {
            return Err(format!(
                "block {} stands where {} should",
                position.height, self.next
            ));
        }
        match self.parent {
            Some(parent) if parent != booked.block.header.parent => Err(format!(
                "block {} has another parent than the one before it",
                position.height
            )),
            _ => Ok(()),
        }
    }
}

impl Iterator for Blocks {
    type Item = Result<BookedBlock, ArchiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let read = self.read();
        self.failed = read.is_err();
        read.transpose()
    }
}

/// Passes over the frames below `next`.
fn skip_to(segment: &mut Segment, next: Height) -> Result<(), ArchiveError> {
    let mut height = segment.first;
    while height < next {
        let begin = segment.offset();
        match segment.skip()? {
            Found::Frame(position) if position.height == height => height = height.next(),
            Found::Frame(_) => {
                let reason = format!("block {height} is not where it should be");
                return Err(ArchiveError::damaged(segment.path(), begin, reason));
            }
            Found::End => return Ok(()),
            Found::Broken(reason) => {
                return Err(ArchiveError::damaged(segment.path(), begin, reason));
            }
        }
    }
    Ok(())
}

/// A booked block from the content of its frame, everything in it as its header says.
pub(super) fn decode(content: &[u8], height: Height) -> Result<BookedBlock, String> {
    let length_max = usize::try_from(FRAME_BYTES_MAX).unwrap_or(usize::MAX);
    let booked: BookedBlock = codec::decode(content, length_max).map_err(|it| it.to_string())?;
    let header = &booked.block.header;
    let receipts: Vec<Hash> = booked.receipts.iter().map(Receipt::receipt_hash).collect();
    let certificate = &booked.certificate;
    let checks = [
        (header.height == height, "its height"),
        (certificate.height == height, "its certificate's height"),
        (certificate.block_id == booked.block.id(), "its certificate"),
        (
            transactions_root(&booked.block.transactions) == header.transactions_root,
            "its transactions",
        ),
        (
            ledger_core::block::list::root(&receipts) == header.receipts_root,
            "its receipts",
        ),
    ];
    match checks.into_iter().find(|(fits, _)| !fits) {
        None => Ok(booked),
        Some((_, what)) => Err(format!("{what} are not those of block {height}")),
    }
}
