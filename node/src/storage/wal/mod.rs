//! The consensus log: what this node received and said about the height under way, on disk before it is said.
//!
//! Entries are opaque bytes of the consensus host. They are gathered in memory and written by [`Wal::sync`] as one frame
//! ([`frame`]), which is synced before the call returns; only then may a vote or proposal leave. After a restart the host
//! reads the entries of its height back and repeats itself.
//!
//! What always holds: a frame is written only after the one before it was synced, so a crash can tear the last frame and
//! no other. A torn last frame was never acted on: it is cut and reported. A bad frame with a good one after it is damage:
//! an error, because votes this node sent may be lost with it. After one failed write or sync nothing is taken any more
//! (a sync that failed once may lie the second time), and the process must stop.

pub(in crate::storage) mod file;
mod frame;

use ledger_core::block::BLOCK_BYTES_MAX;
use ledger_core::id::{ChainId, Height};

use super::StorageError;
use super::identity::Identity;
use super::lengths::to_u64;
use file::LogFile;
use frame::{Frame, FrameHeader, Item};

/// The format of the log this build writes, and the only one it reads.
pub const WAL_FORMAT: u32 = 1;
/// The longest entry, in bytes: a block and what surrounds it.
pub const WAL_ENTRY_BYTES_MAX: usize = BLOCK_BYTES_MAX + 64 * 1024;
/// Entries are written out, whoever asks or not, when so many bytes wait in memory.
const GATHERED_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The most bytes the log of one height may take on disk.
pub const WAL_HEIGHT_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// At the next height the log begins anew when it is longer than this, in bytes.
const WAL_CUT_BYTES: u64 = 16 * 1024 * 1024;

/// The end of a log that a crash tore off while it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// Where it began.
    pub offset: u64,
    /// How many bytes were cut.
    pub bytes: u64,
}

/// The consensus log.
pub struct Wal {
    file: LogFile,
    header: FrameHeader,
    height: Height,
    /// Where the frames that hold this height's entries begin.
    height_offset: u64,
    /// Where the next frame goes.
    end: u64,
    next_sequence: u64,
    gathered: Vec<Item>,
    gathered_bytes: usize,
    stopped: bool,
}

impl Wal {
    /// Opens the log in `file`, or begins one. `salt` is random bytes, the same never twice; they make it impossible for
    /// others to have bytes written that look like a frame.
    ///
    /// # Errors
    /// When the log belongs to another chain, is of another format, is damaged, or the disk fails.
    pub(in crate::storage) fn open(
        file: LogFile,
        chain_id: ChainId,
        salt: [u8; 16],
    ) -> Result<(Wal, Option<TornTail>), StorageError> {
        let identity = Identity {
            format: WAL_FORMAT,
            chain_id,
        };
        if file.length() == 0 {
            let header = FrameHeader {
                identity,
                salt,
                height: Height::GENESIS,
            };
            let mut wal = Wal::empty(file, header);
            wal.begin_file()?;
            return Ok((wal, None));
        }
        let header = frame::read_header(&file, identity)?;
        let mut wal = Wal::empty(file, header);
        let (last, torn) = wal.read_frames()?;
        if let Some(offset) = last {
            // What is replayed from the last frame is said again, and must survive. If we crash here, that frame is as it was,
            // torn or missing, and nobody relied on it.
            wal.file.write_again(offset)?;
        }
        Ok((wal, torn))
    }

    /// The height the log is about.
    pub const fn height(&self) -> Height {
        self.height
    }

    /// Adds an entry about [`Self::height`]. It is on disk after the next [`Self::sync`].
    ///
    /// # Errors
    /// When the log is full or the disk fails: the process must stop.
    ///
    /// # Panics
    /// When the entry is longer than [`WAL_ENTRY_BYTES_MAX`], which no message of consensus is.
    pub fn append(&mut self, entry: &[u8]) -> Result<(), StorageError> {
        assert!(
            entry.len() <= WAL_ENTRY_BYTES_MAX,
            "consensus messages are bounded where they are received"
        );
        self.gathered_bytes = self.gathered_bytes.saturating_add(entry.len());
        self.gathered.push(Item::Entry(entry.to_vec()));
        if self.gathered_bytes > GATHERED_BYTES_MAX {
            self.sync()?;
        }
        Ok(())
    }

    /// Writes what was added and waits until it is on disk.
    ///
    /// # Errors
    /// When the log is full or the disk fails: the process must stop, and nothing may be sent that relies on the entries.
    pub fn sync(&mut self) -> Result<(), StorageError> {
        if self.stopped {
            return Err(StorageError::WalStopped {
                path: self.file.path().to_path_buf(),
            });
        }
        if self.gathered.is_empty() {
            return Ok(());
        }
        let items = std::mem::take(&mut self.gathered);
        self.gathered_bytes = 0;
        let bytes = frame::encode(&self.header, self.next_sequence, &items);
        let end = self.end.saturating_add(to_u64(bytes.len()));
        let height_bytes = end.saturating_sub(self.height_offset);
        if height_bytes > WAL_HEIGHT_BYTES_MAX {
            self.stopped = true;
            return Err(StorageError::WalFull {
                path: self.file.path().to_path_buf(),
                height: self.height,
                bytes: height_bytes,
                bytes_max: WAL_HEIGHT_BYTES_MAX,
            });
        }
        // If we crash here, or before the sync returns, the frame is missing or torn: nothing was sent that relies on it.
        let written = self.file.append(&bytes).and_then(|()| self.file.sync());
        if let Err(error) = written {
            self.stopped = true;
            return Err(error);
        }
        // If we crash here, the entries are read back, and what relies on them is said again, the same.
        self.end = end;
        self.next_sequence = self.next_sequence.saturating_add(1);
        Ok(())
    }

    /// The entries about `height`, in order, those that wait to be written last; none when the log is about another height.
    ///
    /// # Errors
    /// When the disk fails or what it holds has become damaged.
    pub fn entries(&self, height: Height) -> Result<Vec<Vec<u8>>, StorageError> {
        if height != self.height {
            return Ok(Vec::new());
        }
        let mut entries = Vec::new();
        let mut offset = self.height_offset;
        while offset < self.end {
            let Some(frame) = frame::read(&self.file, &self.header, offset)? else {
                return Err(self.damaged(offset, "a frame no longer fits its checksum"));
            };
            collect(frame.items, &mut entries);
            offset = frame.end;
        }
        collect(self.gathered.iter().cloned(), &mut entries);
        Ok(entries)
    }

    /// Begins the log of `height`, and forgets what was said about the height before. Call it when the block before
    /// `height` is durable in the block store.
    ///
    /// # Errors
    /// When the disk fails: the process must stop.
    pub fn reset(&mut self, height: Height) -> Result<(), StorageError> {
        if self.stopped {
            return Err(StorageError::WalStopped {
                path: self.file.path().to_path_buf(),
            });
        }
        self.gathered.clear();
        self.gathered_bytes = 0;
        self.height = height;
        if self.end > WAL_CUT_BYTES {
            self.header.height = height;
            return self.begin_file();
        }
        // The mark of the new height goes to disk with the first entry about it.
        // If we crash before that, the log is still about the height before, which is decided and stored: whoever opens it
        // sees that the newest block is not below the log's height, and calls this again. Nothing was said about the new
        // height yet, because nothing is said before a sync.
        self.height_offset = self.end;
        self.gathered.push(Item::Height(height));
        Ok(())
    }

    fn empty(file: LogFile, header: FrameHeader) -> Wal {
        Wal {
            height: header.height,
            file,
            header,
            height_offset: frame::FRAME_BYTES,
            end: frame::FRAME_BYTES,
            next_sequence: 1,
            gathered: Vec::new(),
            gathered_bytes: 0,
            stopped: false,
        }
    }

    /// Puts a file in place that holds the header alone, as one step: a crash leaves the file before it or this one, and
    /// each is a whole log (the crash points are those of `FilePlace::replace`).
    fn begin_file(&mut self) -> Result<(), StorageError> {
        let header = frame::encode_header(&self.header);
        if let Err(error) = self.file.replace(&header) {
            self.stopped = true;
            return Err(error);
        }
        self.height_offset = frame::FRAME_BYTES;
        self.end = frame::FRAME_BYTES;
        self.next_sequence = 1;
        Ok(())
    }

    /// Where the last good frame is, and what was cut behind it.
    fn read_frames(&mut self) -> Result<(Option<u64>, Option<TornTail>), StorageError> {
        let length = self.file.length();
        let mut last = None;
        while self.end < length {
            let offset = self.end;
            let read = frame::read(&self.file, &self.header, offset)?;
            match read.filter(|frame| frame.sequence == self.next_sequence) {
                Some(frame) => self.take(offset, frame),
                None => return Ok((last, Some(self.cut(offset, length)?))),
            }
            last = Some(offset);
        }
        Ok((last, None))
    }

    fn take(&mut self, offset: u64, frame: Frame) {
        for item in &frame.items {
            if let Item::Height(height) = item {
                self.height = *height;
                self.height_offset = offset;
            }
        }
        self.end = frame.end;
        self.next_sequence = self.next_sequence.saturating_add(1);
    }

    /// Cuts a torn frame at `offset`, unless a good frame follows: then it is not torn but damaged.
    fn cut(&mut self, offset: u64, length: u64) -> Result<TornTail, StorageError> {
        let mut later = offset.saturating_add(frame::FRAME_BYTES);
        while later < length {
            if frame::read(&self.file, &self.header, later)?
                .is_some_and(|frame| frame.sequence > self.next_sequence)
            {
                return Err(self.damaged(
                    offset,
                    "a frame does not fit its checksum, and good ones follow",
                ));
            }
            later = later.saturating_add(frame::FRAME_BYTES);
        }
        // If we crash here, or before the new length is on disk, the same tail is cut again.
        self.file.truncate(offset)?;
        Ok(TornTail {
            offset,
            bytes: length.saturating_sub(offset),
        })
    }

    fn damaged(&self, offset: u64, reason: &'static str) -> StorageError {
        StorageError::WalDamaged {
            path: self.file.path().to_path_buf(),
            offset,
            reason,
        }
    }
}

/// Adds the entries among `items`; what came before the mark of a height is about the height before.
fn collect(items: impl IntoIterator<Item = Item>, entries: &mut Vec<Vec<u8>>) {
    for item in items {
        match item {
            Item::Height(_) => entries.clear(),
            Item::Entry(entry) => entries.push(entry),
        }
    }
}

#[cfg(test)]
mod tests;
