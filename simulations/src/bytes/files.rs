//! Folders for targets that read files.

use std::path::Path;

/// Where memory is a file system, on most systems: what is written there needs no disk.
const MEMORY: &str = "/dev/shm";

/// A folder of one target of this process; gone when it is dropped.
#[derive(Debug)]
pub(super) struct Folder(tempfile::TempDir);

impl Folder {
    /// An empty one.
    pub(super) fn new() -> Folder {
        let made = tempfile::tempdir_in(MEMORY).or_else(|_| tempfile::tempdir());
        Folder(made.expect("the system has room for a folder"))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }
}
