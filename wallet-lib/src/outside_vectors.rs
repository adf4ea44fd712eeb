//! Vectors that others made, for the tests: read from the folder named by the environment variable `TIMEBANK_VECTORS`, or
//! from `shared/vectors` beside the repository. Where neither is there, the tests say on standard error what was not
//! checked, and pass.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// The vectors in `file`, a path below the folder of outside vectors; none when there is no such folder.
pub(crate) fn outside_vectors<T: DeserializeOwned>(file: &str) -> Option<T> {
    let named = std::env::var_os("TIMEBANK_VECTORS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    let folder = named.unwrap_or_else(|| beside.clone());
    if folder == beside && !folder.is_dir() {
        // Not `eprintln!`, which is shown for failed tests only.
        let mut console = std::io::stderr().lock();
        writeln!(
            console,
            "\nNOT CHECKED: the vectors of {file}, because there is no folder {}; \
             set TIMEBANK_VECTORS to the folder that holds them\n",
            folder.display()
        )
        .unwrap();
        return None;
    }
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", path.display()));
    let vectors = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{} is not what it was: {error}", path.display()));
    Some(vectors)
}
