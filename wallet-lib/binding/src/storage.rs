//! Where an app's wallet keeps what it must not forget, when that is not a folder of its own.
//!
//! A phone's sandboxed folder is the usual place, and then the library writes it itself. An app with a keychain or a
//! database of its own gives the library an object with these methods instead. What is read back is checked like any
//! other bytes; a secret is encrypted before it gets here.

use std::path::PathBuf;
use std::sync::Arc;

use timebank_wallet::error::Error;
use timebank_wallet::storage::{self, check_length, check_name};

/// A value could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum StorageError {
    /// It could not.
    #[error("{reason}")]
    Failed {
        /// Why not, for a log.
        reason: String,
    },
}

impl From<uniffi::UnexpectedUniFFICallbackError> for StorageError {
    /// The app's own code failed: the value is taken for unreadable, never for absent.
    fn from(error: uniffi::UnexpectedUniFFICallbackError) -> StorageError {
        StorageError::Failed {
            reason: error.reason,
        }
    }
}

/// Named values of bytes that outlive the app, each replaced as a whole. Names are plain file names of at most 120
/// characters.
#[uniffi::export(with_foreign)]
pub trait Storage: Send + Sync {
    /// The value under `name`; none when there is none.
    ///
    /// # Errors
    /// When there is one that cannot be read. That must never look as if there were none.
    fn load(&self, name: String) -> Result<Option<Vec<u8>>, StorageError>;

    /// Puts `bytes` under `name` in one step; when this returns they are durable.
    ///
    /// # Errors
    /// When they cannot be written; the old value is still there then.
    fn store(&self, name: String, bytes: Vec<u8>) -> Result<(), StorageError>;

    /// Removes what is under `name`, if anything is.
    ///
    /// # Errors
    /// When it cannot be removed.
    fn remove(&self, name: String) -> Result<(), StorageError>;

    /// The names that begin with `prefix`, in order.
    ///
    /// # Errors
    /// When they cannot be listed.
    fn names(&self, prefix: String) -> Result<Vec<String>, StorageError>;
}

/// An app's storage as the wallet's.
pub(crate) struct Foreign(pub(crate) Arc<dyn Storage>);

impl storage::Storage for Foreign {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        check_name(name)?;
        let value = self
            .0
            .load(name.to_owned())
            .map_err(|error| unreadable(name, error))?;
        if let Some(bytes) = &value {
            check_length(name, bytes)?;
        }
        Ok(value)
    }

    fn store(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        check_name(name)?;
        check_length(name, bytes)?;
        self.0
            .store(name.to_owned(), bytes.to_vec())
            .map_err(|error| unwritable(name, error))
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        check_name(name)?;
        self.0
            .remove(name.to_owned())
            .map_err(|error| unwritable(name, error))
    }

    fn names(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let names = self.0.names(prefix.to_owned());
        let mut names = names.map_err(|error| unreadable(prefix, error))?;
        for name in &names {
            check_name(name)?;
        }
        names.retain(|name| name.starts_with(prefix));
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}

fn unreadable(name: &str, StorageError::Failed { reason }: StorageError) -> Error {
    Error::FileUnreadable {
        path: PathBuf::from(name),
        reason,
    }
}

fn unwritable(name: &str, StorageError::Failed { reason }: StorageError) -> Error {
    Error::FileUnwritable {
        path: PathBuf::from(name),
        reason,
    }
}
