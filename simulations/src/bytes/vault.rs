//! The identity registry's vault, any content of its file: a damaged one is never taken for another.

use std::fs;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};

use timebank_wallet::identity::IdentityVault;

use super::files::Folder;
use super::{Allowance, Outcome, Target, document};

/// Who is in the samples.
const PEOPLE: [&str; 3] = ["110101199003077758", "王, 小明", "\"O\"Neill\" \n"];

/// The target.
pub static TARGET: Target = Target {
    name: "vault",
    run,
    samples,
    length_max: 16 * 1024,
    inputs: 500,
    allowance: Allowance {
        // Entries have a commitment and a salt of 32 bytes each for every 130 characters.
        bytes_per_byte: 16,
        bytes: 64 * 1024,
    },
};

static PLACE: LazyLock<Mutex<(PathBuf, Folder)>> = LazyLock::new(|| {
    let folder = Folder::new();
    Mutex::new((folder.path().join("vault.csv"), folder))
});

/// Reads `data` as a vault. Its entries are bound by hashes, so each person that is found was really put there.
pub fn run(data: &[u8]) -> Outcome {
    let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
    let path = &place.0;
    fs::write(path, data).expect("a folder of its own can be written to");
    match IdentityVault::open(path) {
        Ok(vault) => {
            for person in PEOPLE {
                if let Some(commitment) = vault.find(person) {
                    let shown = commitment.to_string();
                    let text = String::from_utf8_lossy(data).to_lowercase();
                    assert!(text.contains(&shown));
                }
            }
            Outcome::Taken
        }
        Err(error) => {
            document::check(&error);
            Outcome::Refused
        }
    }
}

/// Nobody, and some people whose names need quotes.
pub fn samples() -> Vec<Vec<u8>> {
    let folder = Folder::new();
    let path = folder.path().join("vault.csv");
    let mut samples = vec![Vec::new()];
    let mut vault = IdentityVault::open(&path).unwrap_or_else(|error| panic!("{error}"));
    for person in PEOPLE {
        vault
            .commit(person)
            .unwrap_or_else(|error| panic!("{error}"));
        samples.push(fs::read(&path).expect("it was just written"));
    }
    samples
}
