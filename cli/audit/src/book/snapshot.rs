//! State and tally in one file, so that opening a book does not begin at genesis.
//!
//! `"TBSTATE1"`, then borsh of position, header and tally, then the records and the remembered ids one by one, each list after
//! its length, and at the end the BLAKE3 of everything before it. It is written beside the old one and takes its name in one
//! step, after the archive it belongs to was made durable.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::Path;

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::audit::Audit;
use ledger_core::audit::tally::Tally;
use ledger_core::block::Header;
use ledger_core::id::{Height, TransactionId};
use ledger_core::state::MemoryState;
use ledger_core::state::overlay::RECORD_BYTES_MAX;

use crate::archive::{ArchiveError, Position, Writer, sync_folder};

/// The snapshot.
pub(super) const SNAPSHOT_FILE: &str = "state.snapshot";
/// The next one, while it is written.
const UNFINISHED_FILE: &str = "state.snapshot.new";
const MAGIC: &[u8; 8] = b"TBSTATE1";
/// The longest key of a record, in bytes: far above what the ledger has.
const KEY_BYTES_MAX: usize = 4 * 1024;
/// The longest tally, in bytes: that of a hundred million accounts and orders.
const TALLY_BYTES_MAX: usize = 8 * 1024 * 1024 * 1024;
/// How much is read or written at once, in bytes.
const BUFFER_BYTES: usize = 1024 * 1024;

/// What a book goes on from.
pub(super) struct Snapshot {
    /// The last block in it.
    pub(super) position: Position,
    /// That block's header.
    pub(super) header: Header,
    pub(super) tally: Tally,
    pub(super) state: MemoryState,
}

/// Writes the snapshot of `audit`, whose last block is the last of `archive`; its height.
///
/// # Errors
/// When the disk fails or is full: then the old snapshot still counts.
pub(super) fn save(
    folder: &Path,
    audit: &Audit,
    archive: &mut Writer,
) -> Result<Height, ArchiveError> {
    let Some(position) = archive.sync()? else {
        return Ok(Height::GENESIS);
    };
    assert_eq!(
        position.height,
        audit.height(),
        "a block is appended when it was audited"
    );
    let header = archive.block_at(&position)?.block.header;
    let path = folder.join(UNFINISHED_FILE);
    let written = write(&path, &position, &header, audit);
    if let Err(source) = written {
        // On a full disk, what was written of it is in everybody's way.
        let _ = fs::remove_file(&path);
        return Err(ArchiveError::writing(&path, source));
    }
    // If we crash here, the old snapshot counts, and the blocks since are executed again.
    let target = folder.join(SNAPSHOT_FILE);
    fs::rename(&path, &target).map_err(|source| ArchiveError::writing(&target, source))?;
    sync_folder(folder)?;
    Ok(position.height)
}

fn write(path: &Path, position: &Position, header: &Header, audit: &Audit) -> io::Result<()> {
    let file = BufWriter::with_capacity(BUFFER_BYTES, File::create(path)?);
    let mut out = Hashing::new(file);
    out.write_all(MAGIC)?;
    position.serialize(&mut out)?;
    header.serialize(&mut out)?;
    write_bytes(&mut out, &borsh::to_vec(audit.tally())?)?;
    let state = audit.state();
    to_u64(state.len())?.serialize(&mut out)?;
    for (key, value) in state.records() {
        write_bytes(&mut out, key)?;
        write_bytes(&mut out, value)?;
    }
    let remembered = state.remembered();
    to_u64(remembered.len())?.serialize(&mut out)?;
    for (hour, id) in remembered {
        (hour, id).serialize(&mut out)?;
    }
    let checksum = *out.hasher.finalize().as_bytes();
    let mut file = out.inner;
    file.write_all(&checksum)?;
    file.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()
}

impl Snapshot {
    /// The snapshot in `folder`; none when there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is not as it was written.
    pub(super) fn read(folder: &Path) -> Result<Option<Snapshot>, ArchiveError> {
        let path = folder.join(SNAPSHOT_FILE);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(ArchiveError::reading(&path, error)),
        };
        match read(BufReader::with_capacity(BUFFER_BYTES, file)) {
            Ok(snapshot) => Ok(Some(snapshot)),
            Err(error) => Err(match error.kind() {
                ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                    ArchiveError::SnapshotDamaged {
                        path,
                        reason: error.to_string(),
                    }
                }
                _ => ArchiveError::reading(&path, error),
            }),
        }
    }
}

fn read(file: BufReader<File>) -> io::Result<Snapshot> {
    let mut input = Hashing::new(file);
    let mut magic = [0; 8];
    input.read_exact(&mut magic)?;
    if magic != *MAGIC {
        return Err(invalid("it does not begin as a snapshot does"));
    }
    let position = Position::deserialize_reader(&mut input)?;
    let header = Header::deserialize_reader(&mut input)?;
    let tally = Tally::try_from_slice(&read_bytes(&mut input, TALLY_BYTES_MAX)?)?;
    let mut records = Vec::new();
    for _ in 0..u64::deserialize_reader(&mut input)? {
        let key = read_bytes(&mut input, KEY_BYTES_MAX)?;
        records.push((key, read_bytes(&mut input, RECORD_BYTES_MAX)?));
    }
    let mut remembered = Vec::new();
    for _ in 0..u64::deserialize_reader(&mut input)? {
        remembered.push(<(u64, TransactionId)>::deserialize_reader(&mut input)?);
    }
    let expected = *input.hasher.finalize().as_bytes();
    let mut checksum = [0; 32];
    let mut file = input.inner;
    file.read_exact(&mut checksum)?;
    if checksum != expected {
        return Err(invalid("it does not fit its checksum"));
    }
    if file.read(&mut [0])? != 0 {
        return Err(invalid("something follows its end"));
    }
    Ok(Snapshot {
        position,
        header,
        tally,
        state: MemoryState::of(records, remembered),
    })
}

/// Passes bytes on and hashes them.
struct Hashing<T> {
    inner: T,
    hasher: blake3::Hasher,
}

impl<T> Hashing<T> {
    fn new(inner: T) -> Hashing<T> {
        let hasher = blake3::Hasher::new();
        Hashing { inner, hasher }
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.hasher.update(&bytes[..count]);
        Ok(count)
    }
}

fn write_bytes(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    to_u64(bytes.len())?.serialize(out)?;
    out.write_all(bytes)
}

/// Bytes after their length, in parts, so that a damaged length asks for no memory that is not there.
fn read_bytes(input: &mut impl Read, length_max: usize) -> io::Result<Vec<u8>> {
    let length = u64::deserialize_reader(input)?;
    if usize::try_from(length).map_or(true, |length| length > length_max) {
        return Err(invalid("a part of it has an impossible length"));
    }
    let mut bytes = Vec::new();
    let count = Read::take(&mut *input, length).read_to_end(&mut bytes)?;
    if to_u64(count)? != length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

fn to_u64(length: usize) -> io::Result<u64> {
    u64::try_from(length).map_err(|_| invalid("a length beyond 64 bits"))
}

fn invalid(reason: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, reason)
}
