//! `manifest.json`: what a report or an export consists of, and the auditor's word for it.
//!
//! It names the block that was reached, and every file with its length and BLAKE3 hash (which `b3sum` computes too); an
//! auditor signs it. Beside it lies `auditor.tbproof`: that the chain, after that very block, has the key in the auditor's
//! staff entry. Whoever has the folder and the genesis document checks all of it without a network.
//!
//! What always holds: the signature covers the whole list and who signed, so a file that is altered, missing or swapped is
//! noticed, and so is a manifest of another block. Names lead nowhere but into the folder. What comes from the file is
//! checked before anything is opened by it.

mod proof;
mod seal;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::hash::Hash;
use ledger_core::id::{BlockId, ChainId, Height, StaffId};
use ledger_core::message::Arguments;
use ledger_core::signature::{PublicKey, Purpose, SecretKey, Signature};
use serde::{Deserialize, Serialize};

use crate::whole_file;

pub use proof::{AuditorProofError, Shown, auditor_proof, proven_auditor};
pub use seal::{SealError, Signing, seal};

/// The format this build writes and the only one it reads.
pub const MANIFEST_VERSION: u16 = 1;
/// The manifest's name in its folder.
pub const MANIFEST_NAME: &str = "manifest.json";
/// The name of the proof of the auditor's key, beside the manifest.
pub const AUDITOR_PROOF_NAME: &str = "auditor.tbproof";
/// The most files of a manifest.
pub const MANIFEST_FILES_MAX: usize = 16_384;
/// The longest name of a file, in bytes.
pub const FILE_NAME_BYTES_MAX: usize = 200;
/// The longest manifest, in bytes: as many files as it may have.
pub const MANIFEST_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// How much of a file is hashed at a time, in bytes.
const PIECE_BYTES: usize = 256 * 1024;

/// What the files are.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum MadeOf {
    /// What an audit found.
    Report,
    /// Blocks, transactions, postings and accounts.
    Export,
}

/// A file of the folder.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Its name; with `/` when it lies in a folder of the folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// The BLAKE3 hash of what it holds.
    pub blake3: Hash,
}

/// Which blocks the files are about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The chain.
    pub chain_id: ChainId,
    /// The first block that counts.
    pub from_height: Height,
    /// The last block that counts.
    pub height: Height,
    /// The id of that block.
    pub block_id: BlockId,
    /// What the files are.
    pub made_of: MadeOf,
}

/// What a manifest says.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestBody {
    /// [`MANIFEST_VERSION`].
    pub version: u16,
    /// Which blocks.
    pub about: About,
    /// Sorted by name, each once.
    pub files: Vec<ManifestFile>,
}

/// An auditor's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestSignature {
    /// Whose.
    pub signer: StaffId,
    /// The key that made it.
    pub key: PublicKey,
    /// Over the body, the signer and the key.
    pub signature: Signature,
}

/// A list of files with their hashes, signed or not yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// What it says.
    pub body: ManifestBody,
    /// Who vouches for it. A manifest that nobody signed shows accidents, not intentions.
    pub signature: Option<ManifestSignature>,
}

/// Why a folder is not what its manifest says, or a manifest cannot be made or read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// A file cannot be read.
    #[error("{} cannot be read: {reason}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A file cannot be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file is no manifest.
    #[error("{} is not a manifest: {reason}", path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// It is of another version.
    #[error("the manifest has version {version}, this program knows {known}")]
    Version {
        /// Its version.
        version: u16,
        /// The one known here.
        known: u16,
    },
    /// It has too many files, or none.
    #[error("the manifest names {count} files; it may name 1 to {count_max}")]
    Count {
        /// How many.
        count: usize,
        /// At most.
        count_max: usize,
    },
    /// A name leads out of the folder, or is written so that it could be another's.
    #[error("{name:?} is not a plain name of a file in the folder")]
    Name {
        /// The name.
        name: String,
    },
    /// The names are not sorted, or one is there twice.
    #[error("the name {name:?} is out of order or there twice")]
    Order {
        /// The name.
        name: String,
    },
    /// A file has another length.
    #[error("{name} has {actual} bytes, the manifest says {expected}")]
    Length {
        /// Which.
        name: String,
        /// As the manifest says.
        expected: u64,
        /// As it is.
        actual: u64,
    },
    /// A file holds something else.
    #[error(
        "{name} is not the file that was listed: its hash is {actual}, the manifest says {expected}"
    )]
    Altered {
        /// Which.
        name: String,
        /// As the manifest says.
        expected: Hash,
        /// As it is.
        actual: Hash,
    },
    /// The signature is not that of the key it names.
    #[error("the signature under the manifest is not that of {signer} with the key {key}")]
    Signature {
        /// Whose it is said to be.
        signer: StaffId,
        /// The key.
        key: PublicKey,
    },
}

impl ManifestError {
    /// The id of its sentence in the commands' catalogue.
    pub const fn code(&self) -> &'static str {
        match self {
            ManifestError::Unreadable { .. } => "manifest-unreadable",
            ManifestError::Unwritable { .. } => "manifest-unwritable",
            ManifestError::Malformed { .. } => "manifest-malformed",
            ManifestError::Version { .. } => "manifest-version",
            ManifestError::Count { .. } => "manifest-count",
            ManifestError::Name { .. } => "manifest-name",
            ManifestError::Order { .. } => "manifest-order",
            ManifestError::Length { .. } => "manifest-length",
            ManifestError::Altered { .. } => "manifest-altered",
            ManifestError::Signature { .. } => "manifest-signature",
        }
    }

    /// What its sentence shows.
    pub fn arguments(&self) -> Arguments {
        let about = Arguments::NONE;
        match self {
            ManifestError::Unreadable { path, reason }
            | ManifestError::Unwritable { path, reason }
            | ManifestError::Malformed { path, reason } => {
                about.text("path", path.display()).text("reason", reason)
            }
            ManifestError::Version { version, known } => {
                about.number("version", *version).number("known", *known)
            }
            ManifestError::Count { count, count_max } => {
                about.text("count", count).text("count_max", count_max)
            }
            ManifestError::Name { name } | ManifestError::Order { name } => {
                about.text("name", name)
            }
            ManifestError::Length {
                name,
                expected,
                actual,
            } => about
                .text("name", name)
                .number("expected", *expected)
                .number("actual", *actual),
            ManifestError::Altered {
                name,
                expected,
                actual,
            } => about
                .text("name", name)
                .text("expected", expected)
                .text("actual", actual),
            ManifestError::Signature { signer, key } => {
                about.text("signer", signer).text("key", key)
            }
        }
    }

    /// Whether the folder is not what was signed; otherwise it, or the manifest, could not be read or made.
    pub const fn is_verdict(&self) -> bool {
        !matches!(
            self,
            ManifestError::Unreadable { .. } | ManifestError::Unwritable { .. }
        )
    }
}

/// Whether `name` is letters, digits, `.`, `-` and `_`, in parts divided by `/`, none of which begins with a dot.
fn is_plain(name: &str) -> bool {
    let is_part = |part: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain)
    };
    name.len() <= FILE_NAME_BYTES_MAX && name.split('/').all(is_part)
}

impl ManifestBody {
    /// The list of the files `names` in `folder`, as they are now.
    ///
    /// # Errors
    /// When a file cannot be read, or a name cannot stand in a manifest.
    pub fn over(
        folder: &Path,
        about: About,
        names: &BTreeSet<String>,
    ) -> Result<ManifestBody, ManifestError> {
        let mut files = Vec::with_capacity(names.len());
        for name in names {
            if !is_plain(name) {
                return Err(ManifestError::Name { name: name.clone() });
            }
            let (bytes, blake3) = hashed(&folder.join(name))?;
            let name = name.clone();
            files.push(ManifestFile {
                name,
                bytes,
                blake3,
            });
        }
        let body = ManifestBody {
            version: MANIFEST_VERSION,
            about,
            files,
        };
        body.check_form()?;
        Ok(body)
    }

    /// With the auditor's signature.
    pub fn signed(self, signer: StaffId, key: &SecretKey) -> Manifest {
        let public = key.public_key();
        let message = self.signed_bytes(signer, public);
        let signature = ManifestSignature {
            signer,
            key: public,
            signature: key.sign(Purpose::Manifest, &message),
        };
        Manifest {
            body: self,
            signature: Some(signature),
        }
    }

    /// Without a signature.
    pub const fn unsigned(self) -> Manifest {
        Manifest {
            body: self,
            signature: None,
        }
    }

    /// The bytes signed, after the purpose's prefix: who signs is part of what is signed.
    fn signed_bytes(&self, signer: StaffId, key: PublicKey) -> Vec<u8> {
        codec::encode(&(self, signer, key))
    }

    fn check_form(&self) -> Result<(), ManifestError> {
        if self.version != MANIFEST_VERSION {
            return Err(ManifestError::Version {
                version: self.version,
                known: MANIFEST_VERSION,
            });
        }
        let count = self.files.len();
        if count == 0 || count > MANIFEST_FILES_MAX {
            return Err(ManifestError::Count {
                count,
                count_max: MANIFEST_FILES_MAX,
            });
        }
        let mut before: Option<&str> = None;
        for ManifestFile { name, .. } in &self.files {
            if !is_plain(name) {
                return Err(ManifestError::Name { name: name.clone() });
            }
            if before.is_some_and(|before| before >= name.as_str()) {
                return Err(ManifestError::Order { name: name.clone() });
            }
            before = Some(name);
        }
        Ok(())
    }
}

impl Manifest {
    /// Reads the manifest at `path` and checks its form; neither files nor signature.
    ///
    /// # Errors
    /// When it cannot be read, or is no manifest of this version.
    pub fn read(path: &Path) -> Result<Manifest, ManifestError> {
        let unreadable = |reason: String| ManifestError::Unreadable {
            path: path.to_owned(),
            reason,
        };
        let file = File::open(path).map_err(|error| unreadable(error.to_string()))?;
        let mut text = Vec::new();
        file.take(MANIFEST_BYTES_MAX.saturating_add(1))
            .read_to_end(&mut text)
            .map_err(|error| unreadable(error.to_string()))?;
        if u64::try_from(text.len()).unwrap_or(u64::MAX) > MANIFEST_BYTES_MAX {
            return Err(unreadable(format!("> {MANIFEST_BYTES_MAX} B")));
        }
        Manifest::parse(&text).map_err(|error| match error {
            ManifestError::Malformed { reason, .. } => ManifestError::Malformed {
                path: path.to_owned(),
                reason,
            },
            other => other,
        })
    }

    /// A manifest from the text of its file, its form checked; neither files nor signature.
    ///
    /// # Errors
    /// When it is no manifest of this version.
    pub fn parse(text: &[u8]) -> Result<Manifest, ManifestError> {
        let manifest: Manifest =
            serde_json::from_slice(text).map_err(|error| ManifestError::Malformed {
                path: PathBuf::from(MANIFEST_NAME),
                reason: error.to_string(),
            })?;
        manifest.body.check_form()?;
        Ok(manifest)
    }

    /// The text of its file.
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a manifest has text keys");
        text.push('\n');
        text
    }

    /// Writes it into `folder`, as a whole or not at all.
    ///
    /// # Errors
    /// When that fails.
    pub fn write(&self, folder: &Path) -> Result<(), ManifestError> {
        // If we crash meanwhile, the folder has no manifest, or the former one, which its files belie.
        write_into(folder, MANIFEST_NAME, self.to_text().as_bytes())
    }

    /// Checks that the folder has every file, unaltered; what else lies in it, by name. The manifest, the proof of the
    /// auditor's key and hidden files are not counted.
    ///
    /// # Errors
    /// Naming the first file that is missing or altered.
    pub fn check_files(&self, folder: &Path) -> Result<Vec<String>, ManifestError> {
        for ManifestFile {
            name,
            bytes,
            blake3,
        } in &self.body.files
        {
            let path = folder.join(name);
            let length = length_of(&path)?;
            if length != *bytes {
                return Err(ManifestError::Length {
                    name: name.clone(),
                    expected: *bytes,
                    actual: length,
                });
            }
            let (_, actual) = hashed(&path)?;
            if actual != *blake3 {
                return Err(ManifestError::Altered {
                    name: name.clone(),
                    expected: *blake3,
                    actual,
                });
            }
        }
        self.strangers(folder)
    }

    /// Checks that the signature is that of the key it names; whether that key is an auditor's says [`proven_auditor`]. The
    /// signature, none when there is none.
    ///
    /// # Errors
    /// When it is not.
    pub fn check_signature(&self) -> Result<Option<&ManifestSignature>, ManifestError> {
        let Some(signed) = &self.signature else {
            return Ok(None);
        };
        let ManifestSignature {
            signer,
            key,
            signature,
        } = *signed;
        let message = self.body.signed_bytes(signer, key);
        match key.verifies(Purpose::Manifest, &message, &signature) {
            true => Ok(Some(signed)),
            false => Err(ManifestError::Signature { signer, key }),
        }
    }

    /// Files of the folder, and of folders in it that the manifest names, that the manifest does not name.
    fn strangers(&self, folder: &Path) -> Result<Vec<String>, ManifestError> {
        let files = self.body.files.iter();
        let known: BTreeSet<&str> = files.map(|file| file.name.as_str()).collect();
        let mut folders = BTreeSet::from([String::new()]);
        for name in &known {
            let parts = name.match_indices('/');
            folders.extend(parts.map(|(end, _)| name[..=end].to_owned()));
        }
        let mut strangers = BTreeSet::new();
        for prefix in &folders {
            let place = folder.join(prefix);
            for entry in listed(&place)? {
                let name = format!("{prefix}{entry}");
                let expected = known.contains(name.as_str())
                    || folders.contains(&format!("{name}/"))
                    || [MANIFEST_NAME, AUDITOR_PROOF_NAME].contains(&name.as_str())
                    || entry.starts_with('.');
                if !expected {
                    strangers.insert(name);
                }
            }
        }
        Ok(strangers.into_iter().collect())
    }
}

/// The names in a folder.
fn listed(folder: &Path) -> Result<Vec<String>, ManifestError> {
    let unreadable = |error: io::Error| ManifestError::Unreadable {
        path: folder.to_owned(),
        reason: error.to_string(),
    };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

fn length_of(path: &Path) -> Result<u64, ManifestError> {
    let unreadable = |reason: String| ManifestError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    // Not through links: the folder is what was given, and nothing else.
    let about = std::fs::symlink_metadata(path).map_err(|error| unreadable(error.to_string()))?;
    match about.is_file() {
        true => Ok(about.len()),
        false => Err(unreadable("not a file".to_owned())),
    }
}

/// The length and the hash of a file, read piece by piece.
fn hashed(path: &Path) -> Result<(u64, Hash), ManifestError> {
    let unreadable = |error: io::Error| ManifestError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE_BYTES];
    let mut bytes = 0_u64;
    loop {
        let read = file.read(&mut piece).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        hasher.update(&piece[..read]);
        bytes = bytes.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
    Ok((bytes, Hash(*hasher.finalize().as_bytes())))
}

/// Writes the file `name` of `folder`, as a whole or not at all.
fn write_into(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), ManifestError> {
    let path = folder.join(name);
    whole_file::write(&path, bytes).map_err(|error| ManifestError::Unwritable {
        path,
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests;
