//! Key files: 64 hex digits of an Ed25519 seed, readable by their owner alone.
//!
//! The consensus key votes, the peer key names the node in the network; they are separate files so that the network can
//! be given a new name without touching the vote. What always holds: a key file that others could read is refused; a
//! key file is never overwritten; a seed is wiped from memory when it is no longer needed and is never shown.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ledger_core::signature::SecretKey;
use zeroize::{Zeroize, Zeroizing};

use crate::message::Message;

/// The mode of a key file: its owner reads and writes it, nobody else does anything.
pub const KEY_FILE_MODE: u32 = 0o600;
/// A key file is 64 digits and perhaps a line end.
const KEY_FILE_BYTES_MAX: u64 = 80;

/// Why a key file is not used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// No such file.
    #[error("there is no key file {}", path.display())]
    Missing {
        /// Where.
        path: PathBuf,
    },
    /// Others than the owner have a right on it.
    #[error("the key file {} has mode {mode:03o}, which lets others at it", path.display())]
    Mode {
        /// Where.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Not 64 hex digits.
    #[error("the key file {} does not hold 64 hex digits", path.display())]
    Malformed {
        /// Where.
        path: PathBuf,
    },
    /// A key file is there already.
    #[error("the key file {} exists and is not overwritten", path.display())]
    Exists {
        /// Where.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action} the key file {}: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no randomness.
    #[error("the system gives no random numbers: {reason}")]
    Randomness {
        /// What it said.
        reason: String,
    },
}

impl KeyFileError {
    /// For people.
    pub fn message(&self) -> Message {
        match self {
            KeyFileError::Missing { path } => Message::new("key_missing").path("path", path),
            KeyFileError::Mode { path, mode } => Message::new("key_mode")
                .path("path", path)
                .text("mode", format_args!("{mode:03o}")),
            KeyFileError::Malformed { path } => Message::new("key_malformed").path("path", path),
            KeyFileError::Exists { path } => Message::new("key_exists").path("path", path),
            KeyFileError::Io { path, source, .. } => Message::new("key_io")
                .path("path", path)
                .text("reason", source),
            KeyFileError::Randomness { reason } => {
                Message::new("key_randomness").text("reason", reason)
            }
        }
    }
}

/// Reads the key in the file at `path`.
///
/// # Errors
/// See [`KeyFileError`].
pub fn load(path: &Path) -> Result<SecretKey, KeyFileError> {
    let io_error = |action| {
        move |source| KeyFileError::Io {
            path: path.to_path_buf(),
            action,
            source,
        }
    };
    let file = File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => KeyFileError::Missing {
            path: path.to_path_buf(),
        },
        _ => io_error("open")(source),
    })?;
    // Of the open file, so that nothing is exchanged between the check and the reading.
    let mode = file.metadata().map_err(io_error("inspect"))?.mode() & 0o777;
    if mode & !KEY_FILE_MODE != 0 {
        return Err(KeyFileError::Mode {
            path: path.to_path_buf(),
            mode,
        });
    }
    let mut text = Zeroizing::new(Vec::with_capacity(128));
    file.take(KEY_FILE_BYTES_MAX)
        .read_to_end(&mut text)
        .map_err(io_error("read"))?;
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim_ascii(), seed.as_mut_slice()).map_err(|_| {
        KeyFileError::Malformed {
            path: path.to_path_buf(),
        }
    })?;
    Ok(SecretKey::from_seed(&seed))
}

/// Makes a new key and the file that holds it.
///
/// # Errors
/// See [`KeyFileError`]; an existing file is left as it is.
pub fn create(path: &Path) -> Result<SecretKey, KeyFileError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(|error| KeyFileError::Randomness {
        reason: error.to_string(),
    })?;
    write(path, &seed)?;
    Ok(SecretKey::from_seed(&seed))
}

/// Writes a key file for a given seed, durably.
///
/// # Errors
/// See [`KeyFileError`]; an existing file is left as it is.
pub fn write(path: &Path, seed: &[u8; 32]) -> Result<(), KeyFileError> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(KEY_FILE_MODE)
        .open(path)
        .map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => KeyFileError::Exists {
                path: path.to_path_buf(),
            },
            _ => KeyFileError::Io {
                path: path.to_path_buf(),
                action: "create",
                source,
            },
        })?;
    let mut text = hex::encode(seed);
    text.push('\n');
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_parent(path));
    text.zeroize();
    written.map_err(|source| {
        // If we crash here, a file without a whole key is left, which loading refuses by name.
        let _ = fs::remove_file(path);
        KeyFileError::Io {
            path: path.to_path_buf(),
            action: "write",
            source,
        }
    })
}

fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_new_key_is_read_back_and_only_its_owner_may_read_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("peer.key");
        let key = create(&path).unwrap();
        assert_eq!(load(&path).unwrap().public_key(), key.public_key());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, KEY_FILE_MODE);
        assert!(matches!(create(&path), Err(KeyFileError::Exists { .. })));
        assert_eq!(load(&path).unwrap().public_key(), key.public_key());
    }

    #[test]
    fn refuses_a_key_that_others_may_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("peer.key");
        create(&path).unwrap();
        for mode in [0o644, 0o640, 0o604, 0o620, 0o610, 0o700] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            match load(&path) {
                Err(KeyFileError::Mode { mode: found, .. }) => assert_eq!(found, mode),
                other => panic!("{other:?}"),
            }
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(load(&path).is_ok());
    }

    #[test]
    fn refuses_what_is_no_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("peer.key");
        assert!(matches!(load(&path), Err(KeyFileError::Missing { .. })));
        for text in [
            "",
            "12",
            &"zz".repeat(32),
            &"ab".repeat(33),
            &"ab".repeat(500),
        ] {
            let _ = fs::remove_file(&path);
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(KEY_FILE_MODE)
                .open(&path)
                .unwrap();
            file.write_all(text.as_bytes()).unwrap();
            assert!(
                matches!(load(&path), Err(KeyFileError::Malformed { .. })),
                "{text}"
            );
        }
    }
}
