//! The file system.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use super::{DirectoryLock, Medium, Opening, Volume};

/// The file system of this machine.
#[derive(Debug)]
pub(in crate::storage) struct SystemVolume;

/// A locked file.
#[derive(Debug)]
struct LockedFile(File);

impl DirectoryLock for LockedFile {
    /// The number of the lock file's inode, which is never replaced.
    fn identity(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.ino())
    }
}

impl Volume for SystemVolume {
    fn lock(&self, path: &Path) -> io::Result<Option<Box<dyn DirectoryLock>>> {
        if let Some(directory) = path.parent()
            && !directory.exists()
        {
            fs::create_dir_all(directory)?;
            // What will be in the directory is durable only if its own name is.
            if let Some(above) = directory.parent().filter(|above| above.is_dir()) {
                self.sync_directory(above)?;
            }
        }
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        // The system lets go of the lock when the process ends, however it ends.
        match lock.try_lock() {
            Ok(()) => Ok(Some(Box::new(LockedFile(lock)))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(source),
        }
    }

    fn open(&self, path: &Path, opening: Opening) -> io::Result<Box<dyn Medium>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(opening == Opening::Empty)
            .open(path)?;
        Ok(Box::new(file))
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        path.try_exists()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if fs::symlink_metadata(path)?.is_dir() {
            fs::remove_dir_all(path)
        } else {
            fs::remove_file(path)
        }
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn sync_directory(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn draw_salt(&self) -> io::Result<[u8; 16]> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(io::Error::other)?;
        Ok(salt)
    }

    fn cache_bytes(&self, wanted: usize) -> usize {
        wanted
    }

    fn round_bytes(&self, wanted: u64) -> u64 {
        wanted
    }
}

impl Medium for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read(&self, out: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(out, offset)
    }

    fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn resize(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    /// Without the times of the last change: `fdatasync` covers the length, which is all that reading needs.
    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
