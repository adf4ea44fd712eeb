//! The record of the last thing this node signed for consensus, kept where no backup takes it.
//!
//! A node that was restored from a backup, cloned or wiped does not know what it has already said, and could say the
//! opposite. It notices here: the record is missing, or it was made in another directory than the one it is found in (a
//! copy), and the node observes before it votes again. The record names the lock file's inode, which a copy does not share.
//! A snapshot of a whole disk shares it; a second node with the same key is then noticed by its votes.
//!
//! What the record says is the consensus host's ([`crate::consensus`]); here it is bytes. Replacing it costs two syncs, so it
//! is done once a height.

use std::io;

use ledger_core::codec;

use super::StorageError;
use super::directory::{Directory, SIGNING_DIRECTORY};
use super::volume::FilePlace;

/// The record's file.
pub(super) const RECORD_FILE: &str = "last_signed";
/// The longest record, in bytes.
pub const RECORD_BYTES_MAX: usize = 256;
/// What the encoding of [`Stored`] adds.
const STORED_OVERHEAD_BYTES: usize = 12;
const CHECKSUM_BYTES: usize = 32;
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
    /// A record that cannot be read.
    Damaged,
}

/// Keeps the record.
#[derive(Debug)]
pub struct LastSignedStore {
    place: FilePlace,
    identity: u64,
}

/// The record as stored: whose directory it was made in, then the record.
type Stored = (u64, Vec<u8>);

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
        })
    }

    /// What is there.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn load(&self) -> Result<LastSignedFound, StorageError> {
        let Some(bytes) = self.place.read()? else {
            return Ok(LastSignedFound::Missing);
        };
        Ok(match decode(&bytes) {
            None => LastSignedFound::Damaged,
            Some((identity, record)) if identity == self.identity => LastSignedFound::Fresh(record),
            Some((_, record)) => LastSignedFound::Copied(record),
        })
    }

    /// Replaces the record. When this returns, the new one survives any crash.
    ///
    /// # Errors
    /// When the disk fails: nothing may be signed.
    ///
    /// # Panics
    /// When the record is longer than [`RECORD_BYTES_MAX`].
    pub fn store(&self, record: &[u8]) -> Result<(), StorageError> {
        assert!(
            record.len() <= RECORD_BYTES_MAX,
            "the record is a few numbers"
        );
        // The crash points are those of `FilePlace::replace`: the old record or the new one. With the old one nothing about the
        // new height was signed yet, because the caller signs after this returns.
        self.place.replace(&encode(self.identity, record))
    }
}

/// The record as it is stored in the directory with this identity.
pub(super) fn encode(identity: u64, record: &[u8]) -> Vec<u8> {
    let stored: Stored = (identity, record.to_vec());
    let mut bytes = codec::encode(&stored);
    let checksum = blake3::hash(&bytes);
    bytes.extend_from_slice(checksum.as_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<Stored> {
    let (record, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM_BYTES)?)?;
    if blake3::hash(record).as_bytes() != checksum {
        return None;
    }
    codec::decode(
        record,
        RECORD_BYTES_MAX.saturating_add(STORED_OVERHEAD_BYTES),
    )
    .ok()
}
