//! What an import keeps on disk, over one narrow trait: the file system, or in the tests a disk that dies at any step.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// The longest file that is read as a whole, in bytes: the journal of some million lines.
pub const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;

/// A place for files. Whatever a method did is durable when it returns.
pub trait Files {
    /// The whole file; none when there is none.
    ///
    /// # Errors
    /// The system's.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;

    /// Adds `bytes` to the end of the file, which only its owner can read. If we crash meanwhile, any part of them may be
    /// there.
    ///
    /// # Errors
    /// The system's.
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Cuts the file off after `length` bytes.
    ///
    /// # Errors
    /// The system's.
    fn truncate(&self, path: &Path, length: u64) -> io::Result<()>;

    /// Writes the file as a whole, replacing what is there. If we crash meanwhile, the old one stands.
    ///
    /// # Errors
    /// The system's.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// The files of a folder whose names end in `ending`, by name, at most `limit`.
    ///
    /// # Errors
    /// The system's.
    fn list(&self, folder: &Path, ending: &str, limit: usize) -> io::Result<Vec<PathBuf>>;

    /// Keeps others from the journal at `path` as long as what is returned lives.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when somebody else has it.
    fn lock(&self, path: &Path) -> io::Result<Lock>;
}

/// That nobody else uses a journal.
#[derive(Debug)]
pub struct Lock(
    #[expect(
        dead_code,
        reason = "the system holds the lock as long as the file is open"
    )]
    Option<File>,
);

impl Lock {
    /// For a place that only one import knows.
    pub const fn nobody_else() -> Lock {
        Lock(None)
    }
}

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileSystem;

impl Files for FileSystem {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(FILE_BYTES_MAX.saturating_add(1))
            .read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
            return Err(io::Error::other(format!("longer than {FILE_BYTES_MAX} B")));
        }
        Ok(Some(bytes))
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let is_new = !path.exists();
        let mut file = owners_only().append(true).create(true).open(path)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        match is_new {
            true => sync_folder(path),
            false => Ok(()),
        }
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(length)?;
        file.sync_all()
    }

    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let new = path.with_file_name(name);
        let mut file = owners_only()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        // If we crash here, the old file stands and the new one lies beside it; the next time it is written over.
        fs::rename(&new, path)?;
        sync_folder(path)
    }

    fn list(&self, folder: &Path, ending: &str, limit: usize) -> io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let matches = path.file_name().and_then(|name| name.to_str());
            if matches.is_some_and(|name| name.ends_with(ending)) && path.is_file() {
                if paths.len() >= limit {
                    return Err(io::Error::other(format!("more than {limit} files")));
                }
                paths.push(path);
            }
        }
        paths.sort();
        Ok(paths)
    }

    fn lock(&self, path: &Path) -> io::Result<Lock> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = owners_only().append(true).create(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock(Some(file))),
            Err(fs::TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }
}

fn owners_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// Makes a new name durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
