//! Where a wallet keeps what it must not forget: whom it trusts, what it has read, its keystore.
//!
//! [`Storage`] is small enough for any platform: named values of bytes, each replaced as a whole. [`FileStorage`] keeps
//! them in a directory that only its owner can enter; [`MemoryStorage`] forgets them with the process.
//!
//! What always holds: a value is the old one or the new one, never a part of either, also after a crash. A name is a
//! plain file name ([`NAME_BYTES_MAX`] bytes of `a-z`, `0-9`, `-`, `_` and `.`), so that no name leaves the directory.
//! What is read back is not believed because it was stored: whoever decodes it checks it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;
use crate::file::{self, Existing};

/// The longest name, in bytes.
pub const NAME_BYTES_MAX: usize = 120;
/// The longest value, in bytes.
pub const VALUE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Named values of bytes that outlive the wallet.
pub trait Storage: Send + Sync {
    /// The value under `name`; none when there is none.
    ///
    /// # Errors
    /// When there is one that cannot be read. That it cannot be read never looks as if there were none.
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Error>;

    /// Puts `bytes` under `name`, in place of what was there, in one step: when this returns they are durable, and until
    /// then the old ones are.
    ///
    /// # Errors
    /// When they cannot be written; the old value is still there then.
    fn store(&self, name: &str, bytes: &[u8]) -> Result<(), Error>;

    /// Removes what is under `name`, if anything is.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn remove(&self, name: &str) -> Result<(), Error>;

    /// The names that begin with `prefix`, in order.
    ///
    /// # Errors
    /// When they cannot be listed.
    fn names(&self, prefix: &str) -> Result<Vec<String>, Error>;
}

impl<S: Storage + ?Sized> Storage for Arc<S> {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        (**self).load(name)
    }

    fn store(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        (**self).store(name, bytes)
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        (**self).remove(name)
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>, Error> {
        (**self).names(prefix)
    }
}

/// Checks that `name` is one a value may have: for implementations of [`Storage`].
///
/// # Errors
/// When it is not.
pub fn check_name(name: &str) -> Result<(), Error> {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
    let fine = !name.is_empty()
        && name.len() <= NAME_BYTES_MAX
        && !name.starts_with('.')
        && name.bytes().all(allowed);
    if fine {
        Ok(())
    } else {
        Err(Error::StorageName {
            name: name.chars().take(NAME_BYTES_MAX).collect(),
            length_max: NAME_BYTES_MAX,
        })
    }
}

/// Checks that a value is no longer than one may be: for implementations of [`Storage`].
///
/// # Errors
/// When it is.
pub fn check_length(name: &str, bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() <= VALUE_BYTES_MAX {
        return Ok(());
    }
    Err(Error::StorageLength {
        name: name.to_owned(),
        length: bytes.len(),
        length_max: VALUE_BYTES_MAX,
    })
}

/// A directory with one file for each value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileStorage {
    directory: PathBuf,
}

impl FileStorage {
    /// The directory at `directory`, made if it is missing, for its owner only.
    ///
    /// # Errors
    /// [`Error::StorageMode`] when others can enter it; [`Error::FileUnwritable`] when it cannot be made.
    pub fn open(directory: impl Into<PathBuf>) -> Result<FileStorage, Error> {
        let directory = directory.into();
        make_private(&directory).map_err(|error| unwritable(&directory, &error))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let metadata =
                fs::metadata(&directory).map_err(|error| unwritable(&directory, &error))?;
            let mode = metadata.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(Error::StorageMode {
                    path: directory,
                    mode: format!("{mode:03o}"),
                });
            }
        }
        Ok(FileStorage { directory })
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    fn path(&self, name: &str) -> Result<PathBuf, Error> {
        check_name(name)?;
        Ok(self.directory.join(name))
    }
}

impl Storage for FileStorage {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path(name)?;
        match fs::symlink_metadata(&path) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let reason = error.to_string();
                return Err(Error::FileUnreadable { path, reason });
            }
        }
        let length_max = u64::try_from(VALUE_BYTES_MAX).unwrap_or(u64::MAX);
        file::read(&path, length_max).map(Some)
    }

    fn store(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.path(name)?;
        check_length(name, bytes)?;
        file::write(&path, bytes, Existing::Replace).map_err(|error| unwritable(&path, &error))
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        let path = self.path(name)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unwritable(&path, &error)),
            _ => Ok(()),
        }
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let unreadable = |error: io::Error| Error::FileUnreadable {
            path: self.directory.clone(),
            reason: error.to_string(),
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            // Files that are none of ours, or were being written at a crash, have other names.
            if let Some(name) = name.to_str()
                && name.starts_with(prefix)
                && check_name(name).is_ok()
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}

fn make_private(directory: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(directory)
}

fn unwritable(path: &Path, error: &io::Error) -> Error {
    Error::FileUnwritable {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

/// Values in memory; clones share them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    values: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl MemoryStorage {
    /// With nothing in it.
    pub fn new() -> MemoryStorage {
        MemoryStorage::default()
    }
}

impl Storage for MemoryStorage {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        check_name(name)?;
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(values.get(name).cloned())
    }

    fn store(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        check_name(name)?;
        check_length(name, bytes)?;
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        check_name(name)?;
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.remove(name);
        Ok(())
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = values.keys().filter(|name| name.starts_with(prefix));
        Ok(ours.cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(check: impl Fn(&dyn Storage)) {
        let folder = tempfile::tempdir().unwrap();
        check(&FileStorage::open(folder.path().join("wallet")).unwrap());
        check(&MemoryStorage::new());
    }

    #[test]
    fn a_value_is_replaced_as_a_whole_and_gone_when_removed() {
        both(|storage| {
            assert_eq!(storage.load("trust"), Ok(None));
            storage.store("trust", b"a long value").unwrap();
            storage.store("trust", b"short").unwrap();
            assert_eq!(storage.load("trust"), Ok(Some(b"short".to_vec())));
            storage.remove("trust").unwrap();
            storage.remove("trust").unwrap();
            assert_eq!(storage.load("trust"), Ok(None));
        });
    }

    #[test]
    fn names_are_listed_by_what_they_begin_with_in_order() {
        both(|storage| {
            for name in ["lie-2.json", "trust", "lie-1.json"] {
                storage.store(name, b"x").unwrap();
            }
            assert_eq!(storage.names("lie-").unwrap(), ["lie-1.json", "lie-2.json"]);
            assert_eq!(storage.names("").unwrap().len(), 3);
        });
    }

    #[test]
    fn refuses_a_name_that_could_leave_the_directory_and_a_value_too_long() {
        let long = "a".repeat(NAME_BYTES_MAX + 1);
        both(|storage| {
            for name in ["", "..", ".hidden", "a/b", "a\\b", "A", "名", &long] {
                assert_eq!(storage.load(name).unwrap_err().code(), "storage_name");
                assert_eq!(storage.store(name, b"").unwrap_err().code(), "storage_name");
                assert_eq!(storage.remove(name).unwrap_err().code(), "storage_name");
            }
            let error = storage
                .store("big", &vec![0; VALUE_BYTES_MAX + 1])
                .unwrap_err();
            assert_eq!(error.code(), "storage_length");
        });
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_and_a_directory_open_to_others_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wallet");
        let storage = FileStorage::open(&path).unwrap();
        storage.store("keystore", b"secret").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("keystore")), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(
            FileStorage::open(&path),
            Err(Error::StorageMode {
                path,
                mode: "755".to_owned()
            })
        );
    }

    #[test]
    fn what_cannot_be_read_is_not_taken_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let storage = FileStorage::open(folder.path().join("wallet")).unwrap();
        fs::create_dir(storage.directory().join("trust")).unwrap();
        assert_eq!(storage.load("trust").unwrap_err().code(), "file_unreadable");
    }
}
