//! A disk in memory that crashes and fails as told: what a simulated node keeps.
//!
//! The stores of [`super::Storage::open_memory`] are those of a real node; only the files below them are here. They are as
//! honest as a file system without luck: bytes that were not synced, and names whose directory was not, survive a crash,
//! are lost or are torn between two sectors, each by itself.
//!
//! What always holds: what happens depends on the calls and on the seeds given, never on a clock, an address or the order
//! of pages within a sync; whoever opened files before a crash gets nothing but errors from them after it, as a killed
//! process gets nothing done any more. So crash the disk first and drop the stores then: a store that is dropped closes
//! its files in order.

mod fault;
mod image;
mod names;
mod volume;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fault::Operation;
pub use fault::{DiskCounts, DiskFault, DiskFile, Survival};
use image::Image;
use names::Names;
use volume::MemoryVolume;

use super::StorageError;
use super::directory::{
    Directory, JOURNAL_FILES, LOCK_FILE, SIGNING_DIRECTORY, STATE_FILE, STATE_LOG_FILES, WAL_FILE,
};
use super::last_signed::{self, RECORD_FILE};

/// The data directory on every disk in memory, as errors name it.
const ROOT: &str = "(memory)";
/// The identity of a disk that is no copy.
const FIRST_IDENTITY: u64 = 1;

/// A disk in memory.
#[derive(Default)]
pub struct MemoryDisk {
    inner: Mutex<Disk>,
}

/// Everything about a disk, changed by one call at a time.
struct Disk {
    identity: u64,
    /// Counts what must be new each time: identities of copies, salts.
    drawn: u64,
    /// Counts crashes: who opened a file in an earlier life reads and writes nothing any more.
    life: u64,
    /// Whether a store of this life holds the data directory.
    locked: bool,
    names: Names,
    faults: Vec<DiskFault>,
    operations: u64,
    counts: DiskCounts,
}

impl Default for Disk {
    fn default() -> Disk {
        Disk {
            identity: FIRST_IDENTITY,
            drawn: 0,
            life: 0,
            locked: false,
            names: Names::new(Path::new(ROOT)),
            faults: Vec::new(),
            operations: 0,
            counts: DiskCounts::default(),
        }
    }
}

/// Locks the data directory on `disk`.
///
/// # Errors
/// When a store holds it that was opened since the last crash, or the disk fails.
pub(super) fn lock(disk: &Arc<MemoryDisk>) -> Result<Directory, StorageError> {
    let volume = MemoryVolume::new(Arc::clone(disk));
    Directory::lock_on(Arc::new(volume), Path::new(ROOT))
}

impl MemoryDisk {
    /// An empty disk.
    pub fn new() -> Arc<MemoryDisk> {
        Arc::new(MemoryDisk::default())
    }

    /// Makes the disk fail from now on in this way only, or work again.
    pub fn set_fault(&self, fault: Option<DiskFault>) {
        self.disk().faults = fault.into_iter().collect();
    }

    /// Makes the disk fail in this way too.
    pub fn add_fault(&self, fault: DiskFault) {
        self.disk().faults.push(fault);
    }

    /// The first of [`Self::faults`].
    pub fn fault(&self) -> Option<DiskFault> {
        self.disk().faults.first().copied()
    }

    /// What still lasts or waits; what happens once goes when it has happened.
    pub fn faults(&self) -> Vec<DiskFault> {
        self.disk().faults.clone()
    }

    /// A crash: what was not synced survives as `survival` says, and every open file is dead. Call this before the stores
    /// are dropped.
    pub fn crash(&self, survival: Survival) {
        let disk = &mut *self.disk();
        disk.life += 1;
        disk.locked = false;
        disk.names.crash(survival, &mut disk.counts);
    }

    /// How many writes, syncs and changes of names the stores have carried out so far.
    pub fn operations(&self) -> u64 {
        self.disk().operations
    }

    /// How often each kind of fault has happened so far.
    pub fn counts(&self) -> DiskCounts {
        self.disk().counts
    }

    /// Flips one bit of what is durable in `file`, in a page that was ever written; whether there was one.
    pub fn rot(&self, file: DiskFile, seed: u64) -> bool {
        let disk = &mut *self.disk();
        let Some(image) = disk.names.file_mut(&file.path()) else {
            return false;
        };
        let rotted = image.rot(seed);
        disk.counts.rotted += u64::from(rotted);
        rotted
    }

    /// What restoring a backup of the data directory gives: all files as they are now, without the directory that no backup
    /// takes, in a directory of its own.
    pub fn copy(&self) -> Arc<MemoryDisk> {
        let mut disk = self.disk();
        let signing = path_of(SIGNING_DIRECTORY);
        let copy = Disk {
            identity: disk.draw(),
            names: disk
                .names
                .copy_without(|path| path.starts_with(&signing) || path == path_of(LOCK_FILE)),
            ..Disk::default()
        };
        Arc::new(MemoryDisk::holding(copy))
    }

    /// A snapshot of the whole disk, with the signing record and as the same directory: what a virtual machine's image is.
    pub fn clone_whole(&self) -> Arc<MemoryDisk> {
        let disk = self.disk();
        Arc::new(MemoryDisk::holding(Disk {
            identity: disk.identity,
            drawn: disk.drawn,
            names: disk.names.copy_without(|_| false),
            ..Disk::default()
        }))
    }

    /// Throws the derived state away.
    pub fn discard_state(&self) {
        for file in [
            DiskFile::State,
            DiskFile::StateLog,
            DiskFile::SecondStateLog,
        ] {
            self.disk().names.discard(&file.path());
        }
    }

    /// Throws the record of the last signature away, as restoring a backup does.
    pub fn discard_last_signed(&self) {
        self.disk().names.discard(&DiskFile::LastSigned.path());
    }

    /// Throws a file away.
    #[cfg(test)]
    pub(super) fn discard(&self, file: DiskFile) {
        self.disk().names.discard(&file.path());
    }

    /// Throws the consensus log away.
    pub fn discard_wal(&self) {
        self.disk().names.discard(&path_of(WAL_FILE));
    }

    /// Puts a record of the last signature there, as if this node had stored it.
    pub fn forge_last_signed(&self, record: &[u8]) {
        let disk = &mut *self.disk();
        let bytes = last_signed::encode(disk.identity, record);
        disk.names.put(&path_of(SIGNING_DIRECTORY), None);
        disk.names
            .put(&DiskFile::LastSigned.path(), Some(Image::holding(&bytes)));
    }

    /// Throws the consensus log away and puts another record of the last signature in place: what a Byzantine node does
    /// that wants to have said nothing. No fault of a disk does this.
    pub fn forget_signing(&self, record: &[u8]) {
        self.discard_wal();
        self.forge_last_signed(record);
    }

    /// Throws everything away: a new disk in the same machine.
    pub fn wipe(&self) {
        let disk = &mut *self.disk();
        disk.identity = disk.draw();
        disk.names = Names::new(Path::new(ROOT));
        disk.life += 1;
        disk.locked = false;
    }

    /// What `run --resync` does: sets everything aside that comes from the chain. The node must be down.
    ///
    /// # Errors
    /// When a node uses the disk, or it fails.
    pub fn set_aside(self: &Arc<Self>) -> Result<PathBuf, StorageError> {
        super::Storage::set_aside_memory(self)
    }

    /// About how many bytes the files take, as a full disk counts them.
    pub fn bytes(&self) -> u64 {
        self.disk().names.allocated_bytes()
    }

    /// A hash of every file as a crash that loses all it can would leave it.
    pub fn digest(&self) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new();
        self.disk().names.hash_durable(&mut hasher);
        hasher.finalize()
    }

    /// Puts a file there, durably, with any bytes whatever: what a node makes of them is to be seen.
    pub fn put(&self, file: DiskFile, bytes: &[u8]) {
        let image = Image::holding(bytes);
        let disk = &mut *self.disk();
        if file == DiskFile::LastSigned {
            disk.names.put(&path_of(SIGNING_DIRECTORY), None);
        }
        disk.names.put(&file.path(), Some(image));
    }

    /// The bytes of a file as they are read now; none when it is not there.
    pub fn content(&self, file: DiskFile) -> Option<Vec<u8>> {
        let disk = &mut *self.disk();
        let image = disk.names.file_mut(&file.path())?;
        let mut bytes = vec![0; usize::try_from(image.length()).ok()?];
        image.read(&mut bytes, 0).ok()?;
        Some(bytes)
    }

    /// How many pages a file has, written or not.
    #[cfg(test)]
    pub(super) fn pages(&self, file: DiskFile) -> u64 {
        let mut disk = self.disk();
        let image = disk.names.file_mut(&file.path());
        image.map_or(0, |image| image.length().div_ceil(4096))
    }

    /// As [`Self::rot`], in one page; whether it was ever written.
    #[cfg(test)]
    pub(super) fn rot_page(&self, file: DiskFile, page: u64, seed: u64) -> bool {
        let mut disk = self.disk();
        let image = disk.names.file_mut(&file.path());
        image.is_some_and(|image| image.rot_page(page, seed))
    }

    fn holding(disk: Disk) -> MemoryDisk {
        MemoryDisk {
            inner: Mutex::new(disk),
        }
    }

    /// A panic elsewhere while the lock was held leaves a whole disk behind: nothing here panics half way through a change.
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryDisk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let disk = self.disk();
        out.debug_struct("MemoryDisk")
            .field("identity", &disk.identity)
            .field("life", &disk.life)
            .field("faults", &disk.faults)
            .field("counts", &disk.counts)
            .finish_non_exhaustive()
    }
}

impl Disk {
    /// A number this disk, and any disk copied from it at the same moment, has not drawn before.
    fn draw(&mut self) -> u64 {
        self.drawn += 1;
        fault::hash(&[self.identity, self.drawn])
    }

    /// Lets `operation` of somebody who opened this disk in `life` happen, or says why it cannot.
    fn begin(&mut self, life: u64, operation: Operation) -> io::Result<()> {
        if life != self.life {
            return Err(io::Error::other("the process that opened it is gone"));
        }
        for fault in &mut self.faults {
            fault::check(fault, &mut self.counts, operation)?;
        }
        if operation != Operation::Read {
            self.operations += 1;
        }
        Ok(())
    }

    /// How many more bytes may be allocated.
    fn space_left(&self) -> Option<u64> {
        let sizes = self.faults.iter().filter_map(|fault| match fault {
            DiskFault::Space { bytes } => Some(*bytes),
            _ => None,
        });
        let size = sizes.min()?;
        Some(size.saturating_sub(self.names.allocated_bytes()))
    }
}

fn path_of(name: &str) -> PathBuf {
    Path::new(ROOT).join(name)
}

impl DiskFile {
    /// Where it is.
    fn path(self) -> PathBuf {
        match self {
            DiskFile::Blocks => path_of(super::directory::BLOCKS_FILE),
            DiskFile::Journal => path_of(JOURNAL_FILES[0]),
            DiskFile::SecondJournal => path_of(JOURNAL_FILES[1]),
            DiskFile::State => path_of(STATE_FILE),
            DiskFile::StateLog => path_of(STATE_LOG_FILES[0]),
            DiskFile::SecondStateLog => path_of(STATE_LOG_FILES[1]),
            DiskFile::Wal => path_of(WAL_FILE),
            DiskFile::LastSigned => path_of(SIGNING_DIRECTORY).join(RECORD_FILE),
        }
    }
}
