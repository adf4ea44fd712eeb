//! The exported blocks themselves, byte by byte.
//!
//! The frames are read without believing their checksums, which whoever alters a block can make anew: what a frame holds is
//! compared with the bytes of the chain's own block, and the first byte that differs is named by what it lies in.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use ledger_core::codec;
use ledger_core::id::Height;

use super::{Compared, Difference, DifferenceError, Differs, Found};
use crate::archive::{FRAME_BYTES_MAX, FRAME_CONTEXT, segment_path, segments};
use crate::booked::BookedBlock;
use crate::export::{ARCHIVE_FOLDER, Table, posting_row};

/// Magic number and chain.
const PREFIX_BYTES: u64 = 8 + 32;
/// Length, height and checksum.
const HEAD_BYTES: usize = 4 + 8 + 32;

/// Compares the blocks of the export with the chain's.
pub(super) fn compare(compared: &Compared<'_>, found: Found<'_>) -> Result<(), DifferenceError> {
    let mut frames = Frames::open(&compared.folder.join(ARCHIVE_FOLDER))?;
    let mut pending = frames.next(found)?;
    for booked in compared.blocks()? {
        let booked = booked?;
        let height = booked.block.header.height;
        // Frames below it, or with a height that was altered, belong to no block of the chain.
        while pending.as_ref().is_some_and(|frame| frame.height < height) {
            tell_added(pending.as_ref(), found);
            pending = frames.next(found)?;
        }
        match pending.take() {
            Some(frame) if frame.height == height => {
                block(compared, &booked, &frame, found);
                pending = frames.next(found)?;
            }
            // Its height was altered, if what it holds is this block.
            Some(frame) if frame.content == codec::encode(&booked) => {
                found(Difference {
                    what: Differs::Altered {
                        field: "height".to_owned(),
                        chain: height.to_string(),
                        export: frame.height.to_string(),
                    },
                    ..at(&frame, 4, Some(height), "frame".to_owned())
                });
                pending = frames.next(found)?;
            }
            other => {
                pending = other;
                found(Difference {
                    file: frames.file.clone(),
                    line: None,
                    byte: Some(frames.offset),
                    height: Some(height),
                    item: booked.block.id().to_string(),
                    what: Differs::Missing,
                });
            }
        }
    }
    while pending.is_some() {
        tell_added(pending.as_ref(), found);
        pending = frames.next(found)?;
    }
    Ok(())
}

fn tell_added(frame: Option<&Frame>, found: Found<'_>) {
    if let Some(frame) = frame {
        found(Difference {
            what: Differs::Added,
            ..at(frame, 0, Some(frame.height), "block".to_owned())
        });
    }
}

fn at(frame: &Frame, offset: usize, height: Option<Height>, item: String) -> Difference {
    let offset = u64::try_from(offset).unwrap_or(u64::MAX);
    Difference {
        file: frame.file.clone(),
        line: None,
        byte: Some(frame.begin.saturating_add(offset)),
        height,
        item,
        what: Differs::Added,
    }
}

/// Compares one block.
fn block(compared: &Compared<'_>, booked: &BookedBlock, frame: &Frame, found: Found<'_>) {
    let height = booked.block.header.height;
    let ours = codec::encode(booked);
    if ours == frame.content {
        if !frame.fits(compared) {
            found(Difference {
                what: Differs::Malformed {
                    reason: "its checksum is another".to_owned(),
                },
                ..at(frame, 12, Some(height), "frame".to_owned())
            });
        }
        return;
    }
    let same = ours
        .iter()
        .zip(&frame.content)
        .take_while(|(one, other)| one == other)
        .count();
    let item = lies_in(booked, same);
    let theirs = codec::decode::<BookedBlock>(&frame.content, frame.content.len()).ok();
    let mut told = false;
    if let Some(theirs) = &theirs {
        let mut tell = |item: String, field: String, chain: String, export: String| {
            told = true;
            found(Difference {
                what: Differs::Altered {
                    field,
                    chain,
                    export,
                },
                ..at(frame, HEAD_BYTES + same, Some(height), item)
            });
        };
        postings(compared, booked, theirs, &mut tell);
        for table in [Table::Blocks, Table::Transactions] {
            let calendar = compared.book.calendar();
            let (ours, theirs) = (table.rows(booked, calendar), table.rows(theirs, calendar));
            for (one, other) in ours.iter().zip(&theirs) {
                let cells = table.columns().iter().zip(&one.cells).zip(&other.cells);
                for ((name, one_cell), other_cell) in cells.filter(|((_, one), other)| one != other)
                {
                    let item = format!("{} {}", table.name(), one.item);
                    let (chain, export) = (one_cell.to_string(), other_cell.to_string());
                    tell(item, (*name).to_owned(), chain, export);
                }
            }
        }
    }
    if !told {
        let reason = match theirs {
            Some(_) => "its bytes are others".to_owned(),
            None => "its bytes are others, and no block".to_owned(),
        };
        found(Difference {
            what: Differs::Malformed { reason },
            ..at(frame, HEAD_BYTES + same, Some(height), item)
        });
    }
}

/// Tells which fields of which postings differ.
fn postings(
    compared: &Compared<'_>,
    ours: &BookedBlock,
    theirs: &BookedBlock,
    tell: &mut dyn FnMut(String, String, String, String),
) {
    let calendar = compared.book.calendar();
    let automatic = ours.automatic().len();
    let receipts = ours.receipts.iter().zip(&theirs.receipts).enumerate();
    for (receipt, (one, other)) in receipts {
        let item = |posting: usize| format!("receipt {receipt} posting {posting}");
        if one.postings.len() != other.postings.len() {
            let (chain, export) = (one.postings.len(), other.postings.len());
            let field = "postings".to_owned();
            tell(
                format!("receipt {receipt}"),
                field,
                chain.to_string(),
                export.to_string(),
            );
        }
        if one.cause != other.cause {
            let (chain, export) = (format!("{:?}", one.cause), format!("{:?}", other.cause));
            tell(
                format!("receipt {receipt}"),
                "cause".to_owned(),
                chain,
                export,
            );
        }
        for (posting, (one, other)) in one.postings.iter().zip(&other.postings).enumerate() {
            let row = |it| posting_row((receipt, posting), receipt < automatic, it, calendar);
            let (one, other) = (row(one), row(other));
            let cells = Table::Postings.columns().iter().zip(&one.cells);
            for ((name, chain), export) in cells.zip(&other.cells) {
                if chain != export {
                    let (chain, export) = (chain.to_string(), export.to_string());
                    tell(item(posting), (*name).to_owned(), chain, export);
                }
            }
        }
    }
}

/// What of a booked block the byte at `offset` of its encoding belongs to.
fn lies_in(booked: &BookedBlock, offset: usize) -> String {
    let mut end = codec::encode(&booked.block.header).len();
    if offset < end {
        return "header".to_owned();
    }
    end += 4;
    for sealed in &booked.block.transactions {
        end += codec::encode(sealed).len();
        if offset < end {
            return format!("transaction {}", sealed.id());
        }
    }
    end += codec::encode(&booked.certificate).len();
    if offset < end {
        return "certificate".to_owned();
    }
    end += 4;
    for (number, receipt) in booked.receipts.iter().enumerate() {
        end += codec::encode(&receipt.cause).len() + 4;
        if offset < end {
            return format!("receipt {number}");
        }
        for (posting, it) in receipt.postings.iter().enumerate() {
            end += codec::encode(it).len();
            if offset < end {
                return format!("receipt {number} posting {posting}");
            }
        }
    }
    "end of the block".to_owned()
}

/// A frame as it stands in a file.
struct Frame {
    file: String,
    /// Where it begins.
    begin: u64,
    height: Height,
    head: [u8; HEAD_BYTES],
    content: Vec<u8>,
}

impl Frame {
    /// Whether its checksum is right.
    fn fits(&self, compared: &Compared<'_>) -> bool {
        let (said, checksum) = self.head.split_at(12);
        let mut hasher = blake3::Hasher::new_derive_key(FRAME_CONTEXT);
        hasher
            .update(compared.book.chain_id().0.as_bytes())
            .update(said)
            .update(&self.content);
        hasher.finalize().as_bytes() == checksum
    }
}

/// The frames of an archive, one after the other.
struct Frames {
    folder: PathBuf,
    later: Vec<Height>,
    current: Option<(PathBuf, BufReader<File>, u64)>,
    offset: u64,
    /// The name of the file that is read or was read last.
    file: String,
}

impl Frames {
    fn open(folder: &Path) -> Result<Frames, DifferenceError> {
        let mut later = match folder.is_dir() {
            true => segments(folder)?,
            false => Vec::new(),
        };
        later.reverse();
        Ok(Frames {
            folder: folder.to_owned(),
            later,
            current: None,
            offset: 0,
            file: ARCHIVE_FOLDER.to_owned(),
        })
    }

    /// The next frame; where a file cannot be read as frames, that is told, and its rest left out.
    fn next(&mut self, found: Found<'_>) -> Result<Option<Frame>, DifferenceError> {
        loop {
            let Some((path, file, length)) = &mut self.current else {
                let Some(first) = self.later.pop() else {
                    return Ok(None);
                };
                let path = segment_path(&self.folder, first);
                let opened = File::open(&path).and_then(|file| {
                    let length = file.metadata()?.len();
                    Ok((BufReader::new(file), length))
                });
                let (mut file, length) = opened.map_err(|source| DifferenceError::System {
                    path: path.clone(),
                    source,
                })?;
                let prefix = length.min(PREFIX_BYTES);
                let passed = io::copy(&mut file.by_ref().take(prefix), &mut io::sink());
                passed.map_err(|source| DifferenceError::System {
                    path: path.clone(),
                    source,
                })?;
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                self.file = format!("{ARCHIVE_FOLDER}/{name}");
                self.offset = prefix;
                self.current = Some((path, file, length));
                continue;
            };
            let left = length.saturating_sub(self.offset);
            if left == 0 {
                self.current = None;
                continue;
            }
            let frame = frame(file, left).map_err(|source| DifferenceError::System {
                path: path.clone(),
                source,
            })?;
            let begin = self.offset;
            match frame {
                Ok((head, content)) => {
                    let bytes = HEAD_BYTES + content.len();
                    self.offset += u64::try_from(bytes).unwrap_or(u64::MAX);
                    let height = head[4..12].try_into().expect("eight bytes");
                    return Ok(Some(Frame {
                        file: self.file.clone(),
                        begin,
                        height: Height(u64::from_le_bytes(height)),
                        head,
                        content,
                    }));
                }
                Err(reason) => {
                    found(Difference {
                        file: self.file.clone(),
                        line: None,
                        byte: Some(begin),
                        height: None,
                        item: "frame".to_owned(),
                        what: Differs::Malformed { reason },
                    });
                    self.current = None;
                }
            }
        }
    }
}

type HeadAndContent = ([u8; HEAD_BYTES], Vec<u8>);

/// A frame of which at most `left` bytes are there; or why there is none.
fn frame(file: &mut impl Read, left: u64) -> io::Result<Result<HeadAndContent, String>> {
    let mut head = [0; HEAD_BYTES];
    let head_bytes = u64::try_from(HEAD_BYTES).expect("a small constant");
    if left < head_bytes {
        return Ok(Err("it ends within the head of a frame".to_owned()));
    }
    file.read_exact(&mut head)?;
    let length = head[..4].try_into().expect("four bytes");
    let length = u32::from_le_bytes(length);
    if length > FRAME_BYTES_MAX || u64::from(length) > left - head_bytes {
        let reason = format!("a frame of {length} bytes, where at most {left} are left");
        return Ok(Err(reason));
    }
    let mut content = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
    file.read_exact(&mut content)?;
    Ok(Ok((head, content)))
}
