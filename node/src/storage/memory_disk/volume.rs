//! What a store sees of a [`MemoryDisk`]: its files, as of the life in which it opened them.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::fault::{Fate, Operation, fate, hash};
use super::names::FileNumber;
use super::{Disk, DiskFile, MemoryDisk};
use crate::storage::volume::{DirectoryLock, Medium, Opening, Volume};

/// The cache of a database in a simulated file: the file is in memory already, and there may be hundreds.
const CACHE_BYTES_MAX: usize = 256 * 1024;
/// The rounds of a log in a simulated file: so short that there are several in a short life.
const ROUND_BYTES_MAX: u64 = 8 * 1024;

/// A disk in one of its lives.
#[derive(Clone)]
pub(super) struct MemoryVolume {
    disk: Arc<MemoryDisk>,
    life: u64,
}

impl MemoryVolume {
    pub(super) fn new(disk: Arc<MemoryDisk>) -> MemoryVolume {
        let life = disk.disk().life;
        MemoryVolume { disk, life }
    }

    /// Does `work` unless the disk fails first.
    fn carry_out<T>(
        &self,
        operation: Operation,
        work: impl FnOnce(&mut Disk) -> io::Result<T>,
    ) -> io::Result<T> {
        let disk = &mut *self.disk.disk();
        disk.begin(self.life, operation)?;
        work(disk)
    }
}

impl fmt::Debug for MemoryVolume {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "MemoryVolume(life {})", self.life)
    }
}

/// The lock on a disk's data directory.
#[derive(Debug)]
struct MemoryLock {
    volume: MemoryVolume,
    identity: u64,
}

impl DirectoryLock for MemoryLock {
    fn identity(&self) -> io::Result<u64> {
        Ok(self.identity)
    }
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        let mut disk = self.volume.disk.disk();
        if disk.life == self.volume.life {
            disk.locked = false;
        }
    }
}

impl Volume for MemoryVolume {
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn DirectoryLock>>> {
        self.open(path, Opening::Keep)?;
        let mut disk = self.disk.disk();
        if std::mem::replace(&mut disk.locked, true) {
            return Ok(None);
        }
        Ok(Some(Box::new(MemoryLock {
            volume: self.clone(),
            identity: disk.identity,
        })))
    }

    fn open(&self, path: &Path, opening: Opening) -> io::Result<Box<dyn Medium>> {
        let make = |disk: &mut Disk| {
            let (number, open) = disk.names.open(path)?;
            if opening == Opening::Empty
                && let Some(image) = disk.names.image_mut(number)
            {
                image.resize(0);
            }
            Ok((number, open))
        };
        let there = self.exists(path)?;
        let operation = if there && opening == Opening::Keep {
            Operation::Read
        } else {
            Operation::Write
        };
        let (number, open) = self.carry_out(operation, make)?;
        Ok(Box::new(MemoryFile {
            volume: self.clone(),
            file: DiskFile::at(path),
            number,
            _open: open,
        }))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.carry_out(Operation::Read, |disk| Ok(disk.names.exists(path)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.carry_out(Operation::Change, |disk| disk.names.rename(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.carry_out(Operation::Change, |disk| disk.names.remove(path))
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.carry_out(Operation::Write, |disk| disk.names.create_directory(path))
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        self.carry_out(Operation::Sync, |disk| disk.names.sync_directory(path))
    }

    fn draw_salt(&self) -> io::Result<[u8; 16]> {
        let mut disk = self.disk.disk();
        let halves = [disk.draw(), disk.draw()];
        let mut salt = [0; 16];
        salt[..8].copy_from_slice(&halves[0].to_le_bytes());
        salt[8..].copy_from_slice(&halves[1].to_le_bytes());
        Ok(salt)
    }

    fn cache_bytes(&self, wanted: usize) -> usize {
        wanted.min(CACHE_BYTES_MAX)
    }

    fn round_bytes(&self, wanted: u64) -> u64 {
        wanted.min(ROUND_BYTES_MAX)
    }
}

/// An open file.
struct MemoryFile {
    volume: MemoryVolume,
    /// Which one, for faults.
    file: Option<DiskFile>,
    number: FileNumber,
    _open: Arc<()>,
}

impl fmt::Debug for MemoryFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "MemoryFile({:?})", self.file)
    }
}

impl Medium for MemoryFile {
    fn length(&self) -> io::Result<u64> {
        let work =
            |disk: &mut Disk| Ok(disk.names.image_mut(self.number).map_or(0, |i| i.length()));
        self.volume.carry_out(Operation::Read, work)
    }

    fn read(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        self.volume.carry_out(Operation::Read, |disk| {
            let image = disk.names.image_mut(self.number);
            image.ok_or(io::ErrorKind::NotFound)?.read(out, offset)
        })
    }

    fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.volume.carry_out(Operation::Write, |disk| {
            let space = disk.space_left();
            let fate = fate(&mut disk.faults, &mut disk.counts, self.file);
            let seed = hash(&[disk.identity, disk.operations]);
            let image = disk.names.image_mut(self.number);
            let image = image.ok_or(io::ErrorKind::NotFound)?;
            let written = match fate {
                Fate::Arrive => image.write(bytes, offset, space),
                Fate::Lost => {
                    image.write_nothing(offset, bytes.len());
                    Ok(())
                }
                Fate::Misdirected => {
                    image.write_nothing(offset, bytes.len());
                    let elsewhere = image.elsewhere(offset, bytes.len(), seed);
                    image.write(bytes, elsewhere, space)
                }
            };
            disk.counts.full += u64::from(written.is_err());
            written
        })
    }

    fn resize(&self, length: u64) -> io::Result<()> {
        let grows = length > self.length()?;
        let operation = if grows {
            Operation::Write
        } else {
            Operation::Change
        };
        self.volume.carry_out(operation, |disk| {
            let image = disk.names.image_mut(self.number);
            image.ok_or(io::ErrorKind::NotFound)?.resize(length);
            Ok(())
        })
    }

    fn sync(&self) -> io::Result<()> {
        let synced = self.volume.carry_out(Operation::Sync, |disk| {
            let image = disk.names.image_mut(self.number);
            image.ok_or(io::ErrorKind::NotFound)?.sync();
            Ok(())
        });
        let disk = &mut *self.volume.disk.disk();
        if synced.is_err()
            && disk.life == self.volume.life
            && let Some(image) = disk.names.image_mut(self.number)
        {
            image.fail_to_sync();
        }
        synced
    }
}
