//! Key files, of nodes and of wallets: any content.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};

use ledger_core::message::Language;
use timebank_node::keys::{self, KEY_FILE_MODE, KeyFileError};
use timebank_wallet::{Error, key};

use super::files::Folder;
use super::{Allowance, Outcome, Target};

/// The target.
pub static TARGET: Target = Target {
    name: "key_file",
    run,
    samples,
    length_max: 1_024,
    inputs: 700,
    allowance: Allowance {
        bytes_per_byte: 4,
        bytes: 16 * 1024,
    },
};

static PLACE: LazyLock<Mutex<(PathBuf, Folder)>> = LazyLock::new(|| {
    let folder = Folder::new();
    let path = folder.path().join("some.key");
    fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(KEY_FILE_MODE)
        .open(&path)
        .expect("a folder of its own can be written to");
    Mutex::new((path, folder))
});

/// Reads `data` as a node's key file, and as a wallet's: what both read is the same key.
pub fn run(data: &[u8]) -> Outcome {
    let place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
    let path = &place.0;
    let mut file = fs::File::create(path).expect("a file of its own can be written to");
    file.write_all(data)
        .expect("a file of its own can be written to");
    let of_node = keys::load(path);
    let of_wallet = key::load(path);
    if let Err(error) = &of_node {
        assert!(matches!(error, KeyFileError::Malformed { .. }), "{error}");
        let explanation = error.message().explain(Language::Chinese);
        assert!(!explanation.message.is_empty());
    }
    match &of_wallet {
        Ok(key) => {
            let digits: Vec<u8> = key.to_seed().iter().flat_map(hex_of).collect();
            assert!(data.to_ascii_lowercase().starts_with(&digits));
            // A node forgives blanks around the digits, so it reads whatever a wallet does.
            let same = of_node.as_ref().map(|it| it.public_key()).ok();
            assert_eq!(same, Some(key.public_key()));
        }
        Err(error) => {
            assert!(matches!(error, Error::KeyFileMalformed { .. }), "{error}");
            assert!(!error.code().is_empty());
        }
    }
    if of_node.is_ok() {
        Outcome::Taken
    } else {
        Outcome::Refused
    }
}

fn hex_of(byte: &u8) -> Vec<u8> {
    format!("{byte:02x}").into_bytes()
}

/// With a line end, without one, and with a carriage return.
pub fn samples() -> Vec<Vec<u8>> {
    let digits = "0123456789abcdef".repeat(4);
    [
        digits.clone(),
        format!("{digits}\n"),
        format!("{}\r\n", digits.to_uppercase()),
    ]
    .map(String::into_bytes)
    .to_vec()
}
