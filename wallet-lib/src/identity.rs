//! The identity registry's vault: who was given which commitment.
//!
//! The ledger knows a person only as `H(domain ‖ salt ‖ identity)`. Salt and identity stay in this file, which only its
//! owner can read. What always holds: an identity is in the vault once, so that a person asks for a second account in
//! vain; an entry is on disk before its commitment is shown to anybody; erasing an entry makes its commitment
//! meaningless and touches nothing on the ledger.

use std::path::{Path, PathBuf};

use ledger_core::hash::Hash;

use crate::commitment::{self, Salt};
use crate::error::Error;
use crate::file::{self, Existing};
use crate::records::add_to_vault;

/// The longest identity, in bytes.
pub const IDENTITY_BYTES_MAX: usize = 1_024;

/// What the registry keeps of one person.
#[derive(Clone, PartialEq, Eq)]
struct Entry {
    commitment: Hash,
    salt: Salt,
    identity: String,
}

/// The registry's vault, a CSV file of `commitment,salt,identity` without a header.
pub struct IdentityVault {
    path: PathBuf,
    entries: Vec<Entry>,
}

impl std::fmt::Debug for IdentityVault {
    /// Says how many entries there are and nothing about them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IdentityVault({} entries)", self.entries.len())
    }
}

impl IdentityVault {
    /// Reads the vault at `path`; one that is not there yet is empty.
    ///
    /// # Errors
    /// When it cannot be read, or a line is not what it should be: a damaged vault is never taken for an empty one.
    pub fn open(path: &Path) -> Result<IdentityVault, Error> {
        let mut entries = Vec::new();
        if path.exists() {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .from_path(path)
                .map_err(|error| Error::FileUnreadable {
                    path: path.to_owned(),
                    reason: error.to_string(),
                })?;
            for (index, line) in reader.records().enumerate() {
                let entry = line.ok().and_then(|record| entry(&record));
                entries.push(entry.ok_or_else(|| Error::VaultDamaged {
                    path: path.to_owned(),
                    line: index.saturating_add(1),
                })?);
            }
        }
        Ok(IdentityVault {
            path: path.to_owned(),
            entries,
        })
    }

    /// Gives `identity` a commitment under a new salt, and writes it down.
    ///
    /// # Errors
    /// When the identity is empty or too long, is in the vault already, or the file cannot be written.
    pub fn commit(&mut self, identity: &str) -> Result<Hash, Error> {
        let identity = normal(identity)?;
        if let Some(commitment) = self.find(&identity) {
            return Err(Error::IdentityKnown { commitment });
        }
        let salt = Salt::generate()?;
        let commitment = commitment::identity(&salt, identity.as_bytes());
        let entry = Entry {
            commitment,
            salt,
            identity,
        };
        // If we crash after this, the vault holds an identity nobody was told the commitment of; `find` shows it.
        add_to_vault(&self.path, &lines(std::slice::from_ref(&entry)))?;
        self.entries.push(entry);
        Ok(commitment)
    }

    /// The commitment given to `identity`, if any.
    pub fn find(&self, identity: &str) -> Option<Hash> {
        let identity = normal(identity).ok()?;
        self.entries
            .iter()
            .find(|entry| entry.identity == identity)
            .map(|entry| entry.commitment)
    }

    /// Erases what is kept under `commitment`: salt and identity are gone, and nobody can show any more whose it was.
    ///
    /// # Errors
    /// When there is no such entry, or the file cannot be written; it is then as it was.
    pub fn erase(&mut self, commitment: Hash) -> Result<(), Error> {
        let kept: Vec<Entry> = self
            .entries
            .iter()
            .filter(|entry| entry.commitment != commitment)
            .cloned()
            .collect();
        if kept.len() == self.entries.len() {
            return Err(Error::IdentityUnknown { commitment });
        }
        // If we crash here, the old vault stands.
        file::write(&self.path, lines(&kept).as_bytes(), Existing::Replace).map_err(|error| {
            Error::FileUnwritable {
                path: self.path.clone(),
                reason: error.to_string(),
            }
        })?;
        self.entries = kept;
        Ok(())
    }
}

/// An identity without the blanks around it.
fn normal(identity: &str) -> Result<String, Error> {
    let identity = identity.trim();
    let length = identity.len();
    if length == 0 || length > IDENTITY_BYTES_MAX {
        return Err(Error::IdentityLength {
            length,
            length_max: IDENTITY_BYTES_MAX,
        });
    }
    Ok(identity.to_owned())
}

fn entry(record: &csv::StringRecord) -> Option<Entry> {
    let [commitment, salt, identity] = [record.get(0)?, record.get(1)?, record.get(2)?];
    let mut bytes = [0; 32];
    hex::decode_to_slice(salt, &mut bytes).ok()?;
    let entry = Entry {
        commitment: commitment.parse().ok()?,
        salt: Salt(bytes),
        identity: identity.to_owned(),
    };
    let expected = commitment::identity(&entry.salt, entry.identity.as_bytes());
    (record.len() == 3 && expected == entry.commitment).then_some(entry)
}

fn lines(entries: &[Entry]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for entry in entries {
        let fields = [
            entry.commitment.to_string(),
            hex::encode(entry.salt.0),
            entry.identity.clone(),
        ];
        writer
            .write_record(&fields)
            .expect("writing to memory cannot fail");
    }
    let bytes = writer
        .into_inner()
        .expect("everything has been written to memory");
    String::from_utf8(bytes).expect("CSV of text is text")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSON: &str = "陈 320102196001011234";

    #[test]
    fn one_person_gets_one_commitment_that_outlives_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.csv");
        let mut vault = IdentityVault::open(&path).unwrap();
        let commitment = vault.commit(&format!(" {PERSON}\n")).unwrap();
        let other = vault.commit("somebody, \"else\"").unwrap();
        assert_ne!(commitment, other);
        let mut again = IdentityVault::open(&path).unwrap();
        assert_eq!(again.find(PERSON), Some(commitment));
        let refused = again.commit(PERSON).unwrap_err();
        assert_eq!(refused.code(), "identity_known");
        assert_eq!(again.find("nobody"), None);
        assert_eq!(again.commit("  ").unwrap_err().code(), "identity_length");
    }

    #[test]
    fn what_is_erased_is_in_no_file_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.csv");
        let mut vault = IdentityVault::open(&path).unwrap();
        let commitment = vault.commit(PERSON).unwrap();
        let kept = vault.commit("somebody else").unwrap();
        vault.erase(commitment).unwrap();
        assert_eq!(
            vault.erase(commitment).unwrap_err().code(),
            "identity_unknown"
        );
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(PERSON));
        }
        let mut again = IdentityVault::open(&path).unwrap();
        assert_eq!(again.find("somebody else"), Some(kept));
        // The same person may be given another commitment: nothing links it to the erased one.
        assert_ne!(again.commit(PERSON).unwrap(), commitment);
    }

    #[test]
    fn a_damaged_vault_is_named_with_its_line_and_never_taken_for_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault.csv");
        let mut vault = IdentityVault::open(&path).unwrap();
        vault.commit("one").unwrap();
        vault.commit("two").unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        for damaged in [
            whole.replace("two", "too"),
            whole[..whole.len() - 20].to_owned(),
        ] {
            std::fs::write(&path, damaged).unwrap();
            let error = IdentityVault::open(&path).unwrap_err();
            assert_eq!(error.code(), "vault_damaged");
            assert!(error.to_string().contains('2'), "{error}");
        }
    }
}
