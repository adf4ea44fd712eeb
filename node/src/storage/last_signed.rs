//! The record of the last thing this node signed for consensus, kept where no backup takes it.
//!
//! A node that was restored from a backup, cloned or wiped does not know what it has already said, and could say the
//! opposite. It notices here: the record is missing, or it was made in another directory than the one it is found in (a
//! copy), and the node observes before it votes again. The record names the lock file's inode, which a copy does not share.
//! A snapshot of a whole disk shares it; a second node with the same key is then noticed by its votes.
//!
//! The file has two slots of a page each, written by turns: a record costs one write in place and one sync. When a crash tears the
//! slot that is written, the other one has the record before, and nothing was signed since. But a slot that cannot be read may also be
//! damaged, and then it may be the newer one. So whoever finds one slot bad is told that there is doubt
//! ([`LastSignedFound::Doubtful`]): the record before may be believed only while the log of consensus shows that it was not lost.
//!
//! What the record says is the consensus host's ([`crate::consensus`]); here it is bytes. It is written once a height.

use std::io;
use std::sync::Mutex;

use ledger_core::codec;

use super::StorageError;
use super::directory::{Directory, SIGNING_DIRECTORY};
use super::locks::lock;
use super::volume::{FilePlace, Medium};

/// The record's file.
pub(super) const RECORD_FILE: &str = "last_signed";
/// The longest record, in bytes.
pub const RECORD_BYTES_MAX: usize = 256;
/// What the encoding of [`Stored`] adds.
const STORED_OVERHEAD_BYTES: usize = 20;
/// Where the encoding of [`Stored`] has the length of the record.
const RECORD_LENGTH_AT: usize = 16;
/// A slot fills a page, so that writing one touches no sector of the other.
const SLOT_BYTES: usize = 4096;
/// At the end of a slot, the record being at its beginning: a slot that is torn anywhere has not both.
const CHECKSUM_BYTES: usize = 32;
const _: () = assert!(RECORD_BYTES_MAX + STORED_OVERHEAD_BYTES + CHECKSUM_BYTES < SLOT_BYTES);
/// The number of the first record of a file, which is put in place whole.
const FIRST: u64 = 1;
/// Backup programs (tar, restic, borg and others) leave out a directory with this file, <https://bford.info/cachedir/>.
const BACKUP_TAG_FILE: &str = "CACHEDIR.TAG";
const BACKUP_TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
# The record of this node's last signature. It must not be in any backup: a node restored with an old one could vote twice.\n";

/// What was found at start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LastSignedFound {
    /// This node's own record.
    Fresh(Vec<u8>),
    /// None: a new, wiped or restored node.
    Missing,
    /// A record made in another directory: this one is a copy, and what it was copied from may still run.
    Copied(Vec<u8>),
    /// This node's own record, and a later one may have been stored: the other slot was torn by a crash, and then none was, or it
    /// is damaged. All that may have been stored is the record of the next height at which this node signed.
    Doubtful(Vec<u8>),
    /// A record that cannot be read.
    Damaged,
}

/// Keeps the record.
#[derive(Debug)]
pub struct LastSignedStore {
    place: FilePlace,
    identity: u64,
    writing: Mutex<Writing>,
}

/// How the next record is written.
#[derive(Debug, Default)]
struct Writing {
    /// Whether the file was looked at.
    begun: bool,
    /// The file, when both of its slots are in order, and the number of the next record.
    in_place: Option<(Box<dyn Medium>, u64)>,
    /// After this nothing is written any more: nothing is known of a slot whose sync failed, and a second sync may lie.
    failed: Option<StorageError>,
}

/// The record as stored: its number, whose directory it was made in, then the record.
type Stored = (u64, u64, Vec<u8>);

/// What is in a slot.
enum Slot {
    Empty,
    Good(Stored),
    Bad,
}

impl LastSignedStore {
    /// The record in the data directory `data`.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn open(data: &Directory) -> Result<LastSignedStore, StorageError> {
        let directory = data.place(SIGNING_DIRECTORY);
        match data.volume().create_directory(directory.path()) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made.map_err(|source| StorageError::io(directory.path(), "create", source))?,
        }
        // A record is durable only if the name of its directory is, also when an earlier start was cut off before this.
        data.sync()?;
        let within = |name: &str| data.place(&format!("{SIGNING_DIRECTORY}/{name}"));
        let tag = within(BACKUP_TAG_FILE);
        if !tag.exists()? {
            tag.replace(BACKUP_TAG.as_bytes())?;
        }
        Ok(LastSignedStore {
            place: within(RECORD_FILE),
            identity: data.identity()?,
            writing: Mutex::default(),
        })
    }

    /// What is there.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn load(&self) -> Result<LastSignedFound, StorageError> {
        let (found, number) = self.read()?;
        if matches!(found, LastSignedFound::Fresh(_)) {
            self.write_again(number)?;
        }
        Ok(found)
    }

    /// Makes the newest record durable, which was read back and may not be so ([`Medium::write_again`]).
    fn write_again(&self, number: u64) -> Result<(), StorageError> {
        let medium = self.place.open()?;
        // If we crash here, the same bytes are there as before, or older ones if they were not on disk: nothing was signed
        // since the start.
        let written = medium.write_again(slot_offset(number), SLOT_BYTES);
        written.map_err(|source| StorageError::io(self.place.path(), "write", source))
    }

    /// What is there, and the number of the newest record.
    fn read(&self) -> Result<(LastSignedFound, u64), StorageError> {
        let Some(bytes) = self.place.read()? else {
            return Ok((LastSignedFound::Missing, 0));
        };
        let (newest, sure) = match [slot(&bytes, 0), slot(&bytes, 1)] {
            [Slot::Good(first), Slot::Good(second)] => {
                // Numbers that do not follow each other, or not in their places: the disk has lost a write, or put it elsewhere.
                let in_place = index_of(first.0) == 0 && index_of(second.0) == 1;
                let sure = in_place && first.0.abs_diff(second.0) == 1;
                (first.max(second), sure)
            }
            [Slot::Empty, Slot::Good(only)] => {
                let sure = only.0 == FIRST;
                (only, sure)
            }
            [Slot::Good(only), _] | [_, Slot::Good(only)] => (only, false),
            [Slot::Empty | Slot::Bad, Slot::Empty | Slot::Bad] => {
                return Ok((LastSignedFound::Damaged, 0));
            }
        };
        let (number, identity, record) = newest;
        let found = if identity != self.identity {
            LastSignedFound::Copied(record)
        } else if sure {
            LastSignedFound::Fresh(record)
        } else {
            LastSignedFound::Doubtful(record)
        };
        Ok((found, number))
    }

    /// Replaces the record. When this returns, the new one survives any crash.
    ///
    /// # Errors
    /// When the disk fails: nothing may be signed, now or later.
    ///
    /// # Panics
    /// When the record is longer than [`RECORD_BYTES_MAX`].
    pub fn store(&self, record: &[u8]) -> Result<(), StorageError> {
        assert!(
            record.len() <= RECORD_BYTES_MAX,
            "the record is a few numbers"
        );
        let mut writing = lock(&self.writing);
        if let Some(error) = &writing.failed {
            return Err(error.clone());
        }
        let written = self.write(&mut writing, record);
        writing.failed = written.as_ref().err().cloned();
        written
    }

    fn write(&self, writing: &mut Writing, record: &[u8]) -> Result<(), StorageError> {
        if !writing.begun {
            // A file that is not in order, or another directory's, is replaced.
            if let (LastSignedFound::Fresh(_), newest) = self.read()? {
                writing.in_place = Some((self.place.open()?, newest.saturating_add(1)));
            }
            writing.begun = true;
        }
        if let Some((medium, number)) = &mut writing.in_place {
            let slot = encode_slot(*number, self.identity, record);
            // If we crash here, or before the sync returns, this slot is torn, or holds the one record or the other. Nothing about
            // the new height was signed yet, because the caller signs after this returns; and the log shows the message that
            // was to be signed, because it was synced before: a slot that is torn leaves no doubt.
            let written = medium.write(&slot, slot_offset(*number));
            written.map_err(|source| StorageError::io(self.place.path(), "write", source))?;
            let synced = medium.sync();
            synced.map_err(|source| StorageError::io(self.place.path(), "sync", source))?;
            *number = number.saturating_add(1);
        } else {
            // The crash points are those of `FilePlace::replace`: the old file or the new one.
            self.place.replace(&encode(self.identity, record))?;
            writing.in_place = Some((self.place.open()?, FIRST.saturating_add(1)));
        }
        Ok(())
    }
}

/// A file with this record alone, in the directory with this identity.
pub(super) fn encode(identity: u64, record: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 2 * SLOT_BYTES];
    let at = index_of(FIRST) * SLOT_BYTES;
    bytes[at..][..SLOT_BYTES].copy_from_slice(&encode_slot(FIRST, identity, record));
    bytes
}

fn encode_slot(number: u64, identity: u64, record: &[u8]) -> Vec<u8> {
    let stored: Stored = (number, identity, record.to_vec());
    let mut bytes = codec::encode(&stored);
    bytes.resize(SLOT_BYTES - CHECKSUM_BYTES, 0);
    let checksum = blake3::hash(&bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

/// What is in the slot with this index of a file.
fn slot(file: &[u8], index: usize) -> Slot {
    let slot = file
        .get(index.saturating_mul(SLOT_BYTES)..)
        .and_then(|rest| rest.get(..SLOT_BYTES));
    let Some((content, checksum)) = slot.map(|slot| slot.split_at(SLOT_BYTES - CHECKSUM_BYTES))
    else {
        return Slot::Bad;
    };
    if content.iter().chain(checksum).all(|byte| *byte == 0) {
        return Slot::Empty;
    }
    if blake3::hash(content).as_bytes() != checksum {
        return Slot::Bad;
    }
    decode(content).map_or(Slot::Bad, Slot::Good)
}

/// The record of a slot, which zeros follow.
fn decode(content: &[u8]) -> Option<Stored> {
    let length = content.get(RECORD_LENGTH_AT..)?.first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let end = STORED_OVERHEAD_BYTES.checked_add(length)?;
    let (stored, rest) = content.split_at_checked(end)?;
    if rest.iter().any(|byte| *byte != 0) {
        return None;
    }
    codec::decode(
        stored,
        RECORD_BYTES_MAX.saturating_add(STORED_OVERHEAD_BYTES),
    )
    .ok()
}

/// The slot of a record with this number: one after the other.
const fn index_of(number: u64) -> usize {
    if number.is_multiple_of(2) { 0 } else { 1 }
}

const fn slot_offset(number: u64) -> u64 {
    if number.is_multiple_of(2) {
        0
    } else {
        SLOT_BYTES as u64
    }
}
