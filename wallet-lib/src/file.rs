//! Files written as a whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Whether a file that is there already may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It is replaced in one step.
    Replace,
    /// It is left alone, and writing fails.
    Keep,
}

/// Writes `bytes` to `path`, readable by the owner only, and syncs them.
///
/// If we crash before the last step, `path` is as it was and a file with a random name lies beside it.
///
/// # Errors
/// The system's, [`io::ErrorKind::AlreadyExists`] among them.
pub(crate) fn write(path: &Path, bytes: &[u8], existing: Existing) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut suffix = [0; 8];
    getrandom::fill(&mut suffix).map_err(|error| io::Error::other(error.to_string()))?;
    let temporary = directory.join(format!(".timebank-{}", hex::encode(suffix)));
    let outcome = write_new(&temporary, bytes).and_then(|()| match existing {
        Existing::Replace => fs::rename(&temporary, path),
        // A link, unlike a rename, fails when the name is taken.
        Existing::Keep => {
            fs::hard_link(&temporary, path).and_then(|()| fs::remove_file(&temporary))
        }
    });
    if outcome.is_err() {
        // What matters is the first error; a leftover with a random name does no harm.
        let _ = fs::remove_file(&temporary);
        return outcome;
    }
    sync_directory(&directory)
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the new name durable.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Reads a file of at most `length_max` bytes.
///
/// # Errors
/// When it cannot be read, or is longer.
pub(crate) fn read(path: &Path, length_max: u64) -> Result<Vec<u8>, Error> {
    let unreadable = |reason: String| Error::FileUnreadable {
        path: path.to_owned(),
        reason,
    };
    let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(length_max.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(error.to_string()))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > length_max {
        return Err(unreadable(format!("longer than {length_max} bytes")));
    }
    Ok(bytes)
}
