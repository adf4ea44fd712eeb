//! The journal: what an office has made of its lines, and what became of it.
//!
//! It outlives the file a line stood in. By it a line is known for good: its kind and number (in a list of people the person
//! too) lead to the one transaction that was made of it, so that the same paper is never posted twice, from whatever file.
//!
//! ```text
//! journal = "TBIMPORT" ‖ frame*     appended, one sync each
//! frame   = length u32 LE ‖ first 4 bytes of BLAKE3(length ‖ where the frame begins, u64 LE)
//!           ‖ first 8 bytes of BLAKE3(payload) ‖ payload
//! payload = borsh(Vec<Entry>); the very first entry is Begun
//! ```
//!
//! What always holds: a transaction is in the journal, on disk, before anybody else sees it, as a document or submitted; and
//! its bytes never change from then on, so that handing it in again is the same transaction. A frame that a crash left
//! unfinished is the last one and is cut off: what it would have said had not been acted on. Anything else that is wrong is
//! damage, and named.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::id::{ChainId, Height, TransactionId};
use ledger_core::transaction::Transaction;
use timebank_wallet::Document;

use super::files::{Files, Lock};
use super::line::{Kind, LineKey};

/// The format of this build.
pub const JOURNAL_VERSION: u16 = 1;
/// The longest frame, in bytes: [`super::MADE_AT_ONCE_MAX`] transactions for a thousand people each fit well.
pub const FRAME_BYTES_MAX: usize = 256 * 1024 * 1024;
/// What a journal begins with.
const MAGIC: &[u8; 8] = b"TBIMPORT";
/// Length, its checksum and that of the payload.
const FRAME_HEAD_BYTES: usize = 4 + 4 + 8;

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system's.
    #[error("the journal {} cannot be read or written: {source}", path.display())]
    System {
        /// The journal.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another import uses it.
    #[error("the journal {} is in use by another import", path.display())]
    InUse {
        /// The journal.
        path: PathBuf,
    },
    /// Something in its middle is not what was written.
    #[error("the journal {} is damaged at byte {at}: {reason}", path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Where.
        at: usize,
        /// How.
        reason: String,
    },
    /// It belongs to another chain.
    #[error("the journal {} is for chain {actual}, not {expected}", path.display())]
    OtherChain {
        /// The journal.
        path: PathBuf,
        /// The chain meant.
        expected: ChainId,
        /// The journal's.
        actual: ChainId,
    },
    /// A later program wrote it.
    #[error("the journal {} has version {version}; this program reads {JOURNAL_VERSION}", path.display())]
    Version {
        /// The journal.
        path: PathBuf,
        /// Its version.
        version: u16,
    },
}

/// What is written down.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
enum Entry {
    /// The journal begins.
    Begun { version: u16, chain_id: [u8; 32] },
    /// A transaction was made of lines, or more of its signatures came.
    Made { kind: u8, made: Box<Made> },
    /// It is in a decided block.
    Applied { id: TransactionId, height: Height },
    /// It is not on the ledger and can never be: its time is over.
    Over { id: TransactionId },
}

/// What is known of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing certain: it may be on the ledger, or get there.
    Open,
    /// It is in a decided block.
    Applied(Height),
}

/// A transaction that was made.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Made {
    /// What it is.
    pub transaction: Transaction,
    /// The same with the signatures so far: the document in binary form. Its signatures are looked at only when it is used, so
    /// that a long journal opens fast.
    pub document: Vec<u8>,
    /// The lines it was made of.
    pub lines: Vec<LineKey>,
    /// The newest block when it was made: it is in none up to this one.
    pub above: Height,
}

impl Made {
    /// Of `document`, made of `lines` when the newest block was `above`.
    pub fn of(document: &Document, lines: Vec<LineKey>, above: Height) -> Made {
        Made {
            transaction: document.transaction().clone(),
            document: document.to_bytes(),
            lines,
            above,
        }
    }
}

/// A journal, open.
pub struct Journal<'f> {
    files: &'f dyn Files,
    path: PathBuf,
    made: BTreeMap<TransactionId, (Made, Fate)>,
    by_line: BTreeMap<(Kind, LineKey), TransactionId>,
    chain_id: ChainId,
    begun: bool,
    /// How long it is, in bytes.
    length: usize,
    _lock: Lock,
}

impl std::fmt::Debug for Journal<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Journal({}, {} lines)",
            self.path.display(),
            self.by_line.len()
        )
    }
}

impl<'f> Journal<'f> {
    /// Opens the journal at `path`, or begins it, for `chain_id`.
    ///
    /// # Errors
    /// See [`JournalError`].
    pub fn open(
        files: &'f dyn Files,
        path: &Path,
        chain_id: ChainId,
    ) -> Result<Journal<'f>, JournalError> {
        let path = path.to_owned();
        let lock = files.lock(&path).map_err(|source| match source.kind() {
            io::ErrorKind::WouldBlock => JournalError::InUse { path: path.clone() },
            _ => JournalError::System {
                path: path.clone(),
                source,
            },
        })?;
        let mut journal = Journal {
            files,
            path,
            made: BTreeMap::new(),
            by_line: BTreeMap::new(),
            chain_id,
            begun: false,
            length: 0,
            _lock: lock,
        };
        let bytes = files.read(&journal.path);
        let bytes = bytes.map_err(|source| journal.system(source))?;
        journal.take_in(&bytes.unwrap_or_default())?;
        Ok(journal)
    }

    /// The transaction that was made of the line with this key, if any, and what became of it.
    pub fn made_of(&self, kind: Kind, line: &LineKey) -> Option<(TransactionId, &Made, Fate)> {
        let id = *self.by_line.get(&(kind, line.clone()))?;
        let (made, fate) = &self.made[&id];
        Some((id, made, *fate))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes down what was made, before anybody sees it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_made(&mut self, kind: Kind, made: Vec<Made>) -> Result<(), JournalError> {
        if made.is_empty() {
            return Ok(());
        }
        let entries = made.iter().cloned().map(|made| Entry::Made {
            kind: code(kind),
            made: Box::new(made),
        });
        // If we crash before this is durable, nobody has seen the transactions, and others are made the next time.
        self.append(entries.collect())?;
        for made in made {
            self.remember(kind, made);
        }
        Ok(())
    }

    /// Writes down what became of transactions: in which block they are, or that they can never be in one.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_fates(
        &mut self,
        fates: &[(TransactionId, Option<Height>)],
    ) -> Result<(), JournalError> {
        if fates.is_empty() {
            return Ok(());
        }
        let entries = fates.iter().map(|(id, height)| match height {
            Some(height) => Entry::Applied {
                id: *id,
                height: *height,
            },
            None => Entry::Over { id: *id },
        });
        // If we crash before this is durable, the transactions are asked for again: the same bytes, so nothing happens twice.
        self.append(entries.collect())?;
        let mut over = BTreeSet::new();
        for (id, height) in fates {
            match height {
                Some(height) => self.settle(*id, *height),
                None => {
                    over.insert(*id);
                }
            }
        }
        self.forget(&over);
        Ok(())
    }

    fn remember(&mut self, kind: Kind, made: Made) {
        let id = made.transaction.id();
        for line in &made.lines {
            self.by_line.insert((kind, line.clone()), id);
        }
        let fate = self.made.get(&id).map_or(Fate::Open, |(_, fate)| *fate);
        self.made.insert(id, (made, fate));
    }

    fn settle(&mut self, id: TransactionId, height: Height) {
        if let Some((_, fate)) = self.made.get_mut(&id) {
            *fate = Fate::Applied(height);
        }
    }

    fn append(&mut self, mut entries: Vec<Entry>) -> Result<(), JournalError> {
        if !self.begun {
            let (version, chain_id) = (JOURNAL_VERSION, self.chain_id.0.0);
            entries.insert(0, Entry::Begun { version, chain_id });
        }
        let payload = borsh::to_vec(&entries).expect("memory takes everything");
        let written = match u32::try_from(payload.len()) {
            Ok(length) if payload.len() <= FRAME_BYTES_MAX => {
                let mut frame = match self.length {
                    0 => MAGIC.to_vec(),
                    _ => Vec::new(),
                };
                let at = self.length + frame.len();
                frame.extend_from_slice(&length.to_le_bytes());
                frame.extend_from_slice(&length_checksum(length, at));
                frame.extend_from_slice(&checksum::<8>(&[&payload]));
                frame.extend_from_slice(&payload);
                let written = self.files.append(&self.path, &frame);
                self.length += frame.len();
                written
            }
            _ => Err(io::Error::other(format!("a frame of {} B", payload.len()))),
        };
        written.map_err(|source| self.system(source))?;
        self.begun = true;
        Ok(())
    }

    fn system(&self, source: io::Error) -> JournalError {
        JournalError::System {
            path: self.path.clone(),
            source,
        }
    }

    /// Takes in what is written, cutting off an unfinished end.
    fn take_in(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let at = self.take_frames(bytes)?;
        // Without a frame nothing stands in it yet.
        self.length = if at > MAGIC.len() { at } else { 0 };
        if self.length < bytes.len() {
            let length = u64::try_from(self.length).unwrap_or(u64::MAX);
            let cut = self.files.truncate(&self.path, length);
            cut.map_err(|source| self.system(source))?;
        }
        Ok(())
    }

    /// Takes in every whole frame; where the last one ends.
    fn take_frames(&mut self, bytes: &[u8]) -> Result<usize, JournalError> {
        if MAGIC.starts_with(bytes) {
            return Ok(0);
        }
        let path = self.path.clone();
        let damaged = |at, reason: String| JournalError::Damaged {
            path: path.clone(),
            at,
            reason,
        };
        if !bytes.starts_with(MAGIC) {
            return Err(damaged(0, "it is no journal of imports".to_owned()));
        }
        let mut at = MAGIC.len();
        let mut over = BTreeSet::new();
        while at < bytes.len() {
            let payload = match frame(&bytes[at..], at) {
                Frame::Whole(payload) => payload,
                Frame::Unfinished => break,
                Frame::Damaged(reason) => return Err(damaged(at, reason)),
            };
            let entries: Vec<Entry> =
                borsh::from_slice(payload).map_err(|error| damaged(at, error.to_string()))?;
            for entry in entries {
                self.take(entry, at, &mut over)?;
            }
            at += FRAME_HEAD_BYTES + payload.len();
        }
        self.forget(&over);
        Ok(at)
    }

    /// Forgets what can never be on the ledger. All at once: looking through every line for each would take too long.
    fn forget(&mut self, over: &BTreeSet<TransactionId>) {
        if !over.is_empty() {
            self.by_line.retain(|_, id| !over.contains(id));
            self.made.retain(|id, _| !over.contains(id));
        }
    }

    /// Takes in one entry of the frame at `at`.
    fn take(
        &mut self,
        entry: Entry,
        at: usize,
        over: &mut BTreeSet<TransactionId>,
    ) -> Result<(), JournalError> {
        let path = self.path.clone();
        match (entry, self.begun) {
            (
                Entry::Begun {
                    version,
                    chain_id: actual,
                },
                false,
            ) => {
                let actual = ChainId(ledger_core::hash::Hash(actual));
                if version != JOURNAL_VERSION {
                    return Err(JournalError::Version { path, version });
                }
                if actual != self.chain_id {
                    let expected = self.chain_id;
                    return Err(JournalError::OtherChain {
                        path,
                        expected,
                        actual,
                    });
                }
                self.begun = true;
            }
            (Entry::Made { kind, made }, true) => {
                let damaged = |reason: String| JournalError::Damaged { path, at, reason };
                let kind = kind_of(kind).ok_or_else(|| damaged(format!("kind {kind}")))?;
                self.remember(kind, *made);
            }
            (Entry::Applied { id, height }, true) => self.settle(id, height),
            (Entry::Over { id }, true) => {
                over.insert(id);
            }
            (_, _) => {
                let reason = "an entry out of place".to_owned();
                return Err(JournalError::Damaged { path, at, reason });
            }
        }
        Ok(())
    }
}

enum Frame<'b> {
    Whole(&'b [u8]),
    /// A crash left it: it is the last one.
    Unfinished,
    Damaged(String),
}

/// The frame at the beginning of `bytes`, which stand at `at`.
fn frame(bytes: &[u8], at: usize) -> Frame<'_> {
    let Some((head, rest)) = bytes.split_at_checked(FRAME_HEAD_BYTES) else {
        return Frame::Unfinished;
    };
    let (length, expected) = head.split_at(4);
    let (length_expected, expected) = expected.split_at(4);
    let length = u32::from_le_bytes(length.try_into().expect("four bytes were split off"));
    if length_checksum(length, at) != length_expected {
        // A system that lost its power may have made the file longer and written nothing there.
        return match bytes.iter().all(|byte| *byte == 0) {
            true => Frame::Unfinished,
            false => Frame::Damaged("the length of a frame is another".to_owned()),
        };
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let Some(payload) = rest.get(..length) else {
        return Frame::Unfinished;
    };
    if checksum::<8>(&[payload]) == expected {
        return Frame::Whole(payload);
    }
    // A system that lost its power may have written the end of a frame and not its middle.
    match rest.len() == length {
        true => Frame::Unfinished,
        false => Frame::Damaged("its checksum is another".to_owned()),
    }
}

fn length_checksum(length: u32, at: usize) -> [u8; 4] {
    let at = u64::try_from(at).unwrap_or(u64::MAX);
    checksum(&[&length.to_le_bytes(), &at.to_le_bytes()])
}

/// The first bytes of the hash of `parts`.
fn checksum<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part);
    }
    let mut first = [0; N];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..N]);
    first
}

const fn code(kind: Kind) -> u8 {
    match kind {
        Kind::Accounts => 0,
        Kind::Services => 1,
        Kind::Training => 2,
        Kind::Campaigns => 3,
        Kind::Grants => 4,
    }
}

fn kind_of(number: u8) -> Option<Kind> {
    Kind::ALL.into_iter().find(|kind| code(*kind) == number)
}
