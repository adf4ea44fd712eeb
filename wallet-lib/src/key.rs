//! Secret keys in files: 64 hexadecimal digits of seed, readable by their owner only.
//!
//! A key file that others can read is refused, not repaired: whoever could read it may have. A key file is never
//! overwritten.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use ledger_core::signature::SecretKey;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::file::{self, Existing};

/// The longest content of a key file: the digits and the end of the line.
const KEY_FILE_BYTES_MAX: usize = 64 + 2;

/// A new key from the system's random numbers.
///
/// # Errors
/// When the system gives none.
pub fn generate() -> Result<SecretKey, Error> {
    Ok(SecretKey::from_seed(&*random::<32>()?))
}

/// `N` bytes from the system's random numbers.
///
/// # Errors
/// When the system gives none.
pub(crate) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Error> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(&mut *bytes).map_err(|error| Error::Randomness {
        reason: error.to_string(),
    })?;
    Ok(bytes)
}

/// Writes `key` to a new file at `path`, mode 0600.
///
/// # Errors
/// When there is a file already, or it cannot be written.
pub fn save(key: &SecretKey, path: &Path) -> Result<(), Error> {
    let mut text = Zeroizing::new([0; 65]);
    hex::encode_to_slice(*key.to_seed(), &mut text[..64]).expect("64 digits for 32 bytes");
    text[64] = b'\n';
    file::write(path, &*text, Existing::Keep).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Error::KeyFileExists {
            path: path.to_owned(),
        },
        _ => Error::FileUnwritable {
            path: path.to_owned(),
            reason: error.to_string(),
        },
    })
}

/// Reads the key in the file at `path`.
///
/// # Errors
/// When there is none, others can read it, or it is no key.
pub fn load(path: &Path) -> Result<SecretKey, Error> {
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Error::KeyFileMissing {
            path: path.to_owned(),
        },
        _ => Error::FileUnreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        },
    };
    let file = File::open(path).map_err(unreadable)?;
    // Of the open file, so that it cannot be exchanged between the check and the reading.
    check_mode(&file, path)?;
    let mut text = Zeroizing::new(Vec::with_capacity(KEY_FILE_BYTES_MAX + 1));
    let limit = u64::try_from(KEY_FILE_BYTES_MAX + 1).expect("a small constant");
    file.take(limit)
        .read_to_end(&mut text)
        .map_err(unreadable)?;
    let malformed = || Error::KeyFileMalformed {
        path: path.to_owned(),
    };
    if text.len() > KEY_FILE_BYTES_MAX {
        return Err(malformed());
    }
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim_ascii_end(), &mut *seed).map_err(|_| malformed())?;
    Ok(SecretKey::from_seed(&seed))
}

#[cfg(unix)]
fn check_mode(file: &File, path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file.metadata().map_err(|error| Error::FileUnreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Error::KeyFileMode {
        path: path.to_owned(),
        mode: format!("{mode:04o}"),
    })
}

#[cfg(not(unix))]
fn check_mode(_: &File, _: &Path) -> Result<(), Error> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_file_and_is_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chen.key");
        let key = generate().unwrap();
        save(&key, &path).unwrap();
        assert_eq!(load(&path).unwrap().public_key(), key.public_key());
        assert_eq!(
            save(&generate().unwrap(), &path),
            Err(Error::KeyFileExists { path: path.clone() })
        );
        assert_eq!(load(&path).unwrap().public_key(), key.public_key());
        let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "no temporary file is left: {left:?}");
    }

    #[cfg(unix)]
    #[test]
    fn refuses_a_key_file_that_others_can_read() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chen.key");
        save(&generate().unwrap(), &path).unwrap();
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        for open in [0o640, 0o604, 0o610, 0o777] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(open)).unwrap();
            assert_eq!(
                load(&path).unwrap_err(),
                Error::KeyFileMode {
                    path: path.clone(),
                    mode: format!("{open:04o}")
                }
            );
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        assert!(load(&path).is_ok());
    }

    #[test]
    fn refuses_what_is_no_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("x.key");
        assert_eq!(
            load(&path).unwrap_err(),
            Error::KeyFileMissing { path: path.clone() }
        );
        let digits = "0123456789abcdef".repeat(4);
        for text in [
            "",
            "abc",
            &"zz".repeat(32),
            &format!("{digits}00"),
            &format!("{digits}\n\n\n"),
            &format!(" {digits}"),
        ] {
            file::write(&path, text.as_bytes(), Existing::Replace).unwrap();
            assert_eq!(
                load(&path).unwrap_err(),
                Error::KeyFileMalformed { path: path.clone() },
                "{text:?}"
            );
        }
        file::write(&path, format!("{digits}\r\n").as_bytes(), Existing::Replace).unwrap();
        assert!(load(&path).is_ok());
    }

    #[test]
    fn a_key_is_not_shown() {
        let key = generate().unwrap();
        let shown = format!("{key:?}");
        assert!(!shown.contains(&hex::encode(*key.to_seed())), "{shown}");
    }
}
