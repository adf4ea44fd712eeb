//! The keystore's file, byte for byte as `docs/keystore.md` describes it.
//!
//! What always holds: bytes become a [`KeystoreFile`] only when their checksum is right, their version is known, every
//! field is within its bounds and they are the one encoding of what they say. Everything before the ciphertext is
//! authenticated together with it.

use borsh::{BorshDeserialize, BorshSerialize};
use ledger_core::codec;
use ledger_core::id::AccountId;
use ledger_core::message::Language;
use ledger_core::signature::{PublicKey, SecretKey};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::KeystoreError;
use super::seal::{CHECK_BYTES, Cost, NONCE_BYTES, PasswordKey, SALT_BYTES};
use crate::derivation::{KeyPath, Seed};
use crate::error::Error;
use crate::mnemonic::Mnemonic;

/// What a keystore's file begins with. The control character and the line end show when it was treated as text.
pub const MAGIC: [u8; 8] = *b"TBKEYS\x1a\n";
/// The version of the file this build writes and the only one it reads.
pub const KEYSTORE_VERSION: u16 = 1;
/// The longest file, in bytes.
pub const KEYSTORE_BYTES_MAX: usize = 64 * 1024;
/// The most entries.
pub const ENTRIES_MAX: usize = 100;
/// The longest label, in bytes.
pub const LABEL_BYTES_MAX: usize = 64;
/// The checksum at the end, of every version: SHA-256 of all before it.
const CHECKSUM_BYTES: usize = 32;

/// Where an entry's key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum KeySource {
    /// From the mnemonic, at this path.
    Derived(KeyPath),
    /// A key of its own, kept in the file: the words do not bring it back.
    Imported,
    /// Somebody else's: only watched.
    Watched,
}

/// An account, or another key, the wallet knows of. None of it is secret, and it is read without the password.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Entry {
    /// What its owner calls it; no other entry is called so.
    pub label: String,
    /// The account on the ledger, once it is known.
    pub account: Option<AccountId>,
    /// The key that signs for it; none where an account is watched whose key does not matter.
    pub public_key: Option<PublicKey>,
    /// Where the key comes from.
    pub source: KeySource,
}

/// The words and the seed. Both, because the seed also depends on the passphrase, which is nowhere kept.
#[derive(Clone, BorshSerialize, BorshDeserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct Words {
    /// 0 Chinese, 1 English.
    language: u8,
    entropy: Vec<u8>,
    seed: [u8; 64],
}

impl Words {
    pub(super) fn new(mnemonic: &Mnemonic, passphrase: &str) -> Words {
        Words {
            language: match mnemonic.language() {
                Language::Chinese => 0,
                Language::English => 1,
            },
            entropy: mnemonic.entropy().to_vec(),
            seed: *mnemonic.seed(passphrase).as_bytes(),
        }
    }

    pub(super) fn mnemonic(&self) -> Result<Mnemonic, Error> {
        let language = match self.language {
            0 => Language::Chinese,
            _ => Language::English,
        };
        Mnemonic::from_entropy(language, &self.entropy)
    }

    pub(super) const fn seed(&self) -> Seed {
        Seed::new(self.seed)
    }
}

/// A key that is not derived.
#[derive(Clone, BorshSerialize, BorshDeserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct ImportedKey {
    pub(super) label: String,
    pub(super) seed: [u8; 32],
}

/// What is sealed.
#[derive(Clone, BorshSerialize, BorshDeserialize, Zeroize, ZeroizeOnDrop)]
pub(super) struct Secrets {
    pub(super) words: Option<Words>,
    pub(super) imported: Vec<ImportedKey>,
}

impl Secrets {
    /// The secret key of an entry, as far as these secrets give it.
    pub(super) fn key_of(&self, entry: &Entry) -> Option<SecretKey> {
        match entry.source {
            KeySource::Derived(path) => self.words.as_ref()?.seed().key(path).ok(),
            KeySource::Imported => {
                let mut keys = self.imported.iter();
                let key = keys.find(|key| key.label == entry.label)?;
                Some(SecretKey::from_seed(&key.seed))
            }
            KeySource::Watched => None,
        }
    }
}

/// The sealed part and what opening it needs besides the password.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Sealed {
    pub(super) cost: Cost,
    pub(super) salt: [u8; SALT_BYTES],
    pub(super) check: [u8; CHECK_BYTES],
    pub(super) nonce: [u8; NONCE_BYTES],
    pub(super) ciphertext: Vec<u8>,
}

/// A keystore's file. One that has nothing sealed only watches.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct KeystoreFile {
    magic: [u8; 8],
    version: u16,
    pub(super) entries: Vec<Entry>,
    pub(super) sealed: Option<Sealed>,
}

impl KeystoreFile {
    pub(super) const fn new(entries: Vec<Entry>, sealed: Option<Sealed>) -> KeystoreFile {
        KeystoreFile {
            magic: MAGIC,
            version: KEYSTORE_VERSION,
            entries,
            sealed,
        }
    }

    /// `entries` and `secrets`, sealed with `key`, which `cost` and `salt` gave, under a new `nonce`.
    pub(super) fn seal(
        entries: Vec<Entry>,
        secrets: &Secrets,
        key: &PasswordKey,
        (cost, salt, nonce): (Cost, [u8; SALT_BYTES], [u8; NONCE_BYTES]),
    ) -> KeystoreFile {
        let sealed = Sealed {
            cost,
            salt,
            check: key.check,
            nonce,
            ciphertext: Vec::new(),
        };
        let mut file = KeystoreFile::new(entries, Some(sealed));
        let beside = file.beside();
        // Room for everything at once, so that no copy of the secrets is left behind by growing.
        let mut plain = Zeroizing::new(Vec::with_capacity(KEYSTORE_BYTES_MAX));
        secrets
            .serialize(&mut *plain)
            .expect("writing to memory cannot fail");
        let ciphertext = key.seal(&nonce, &beside, &plain);
        file.sealed
            .iter_mut()
            .for_each(|sealed| sealed.ciphertext.clone_from(&ciphertext));
        file
    }

    /// Opens the sealed part, which there must be, with the key its password gave.
    pub(super) fn open(&self, name: &str, key: &PasswordKey) -> Result<Secrets, KeystoreError> {
        let Some(sealed) = &self.sealed else {
            return Err(KeystoreError::Locked {});
        };
        // Not a secret comparison: the check value stands in the file for everybody to read.
        if sealed.check != key.check {
            return Err(KeystoreError::PasswordWrong {});
        }
        let damaged = |reason: &str| damaged(name, reason);
        let plain = key
            .open(&sealed.nonce, &self.beside(), &sealed.ciphertext)
            .ok_or_else(|| damaged("it was altered: the seal is broken"))?;
        let secrets: Secrets = codec::decode(&plain, KEYSTORE_BYTES_MAX)
            .map_err(|_| damaged("what is sealed cannot be read"))?;
        if self.keys_agree(&secrets) {
            Ok(secrets)
        } else {
            Err(damaged("its keys are not those it names"))
        }
    }

    /// Whether the secrets give the keys the entries name.
    fn keys_agree(&self, secrets: &Secrets) -> bool {
        let words_are_whole = secrets
            .words
            .as_ref()
            .is_none_or(|words| words.language <= 1 && words.mnemonic().is_ok());
        words_are_whole
            && self.entries.iter().all(|entry| match entry.source {
                KeySource::Watched => true,
                _ => secrets
                    .key_of(entry)
                    .is_some_and(|key| Some(key.public_key()) == entry.public_key),
            })
    }

    /// The file's bytes.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = codec::encode(self);
        let checksum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&checksum);
        bytes
    }

    /// Reads a file.
    pub(super) fn from_bytes(name: &str, bytes: &[u8]) -> Result<KeystoreFile, KeystoreError> {
        let damaged = |reason: &str| damaged(name, reason);
        if bytes.is_empty() {
            return Err(damaged("it is empty"));
        }
        if bytes.len() > KEYSTORE_BYTES_MAX {
            return Err(damaged("it is longer than a keystore can be"));
        }
        // Also of versions to come, so that damage is not taken for another version.
        let (content, checksum) = bytes
            .split_last_chunk::<CHECKSUM_BYTES>()
            .ok_or_else(|| damaged("it is cut short"))?;
        if Sha256::digest(content).as_slice() != checksum {
            return Err(damaged("its checksum is wrong"));
        }
        let version = content
            .split_first_chunk::<8>()
            .filter(|(magic, _)| **magic == MAGIC)
            .and_then(|(_, rest)| rest.first_chunk::<2>().copied());
        let version = u16::from_le_bytes(version.ok_or_else(|| damaged("it is no keystore"))?);
        if version != KEYSTORE_VERSION {
            return Err(KeystoreError::Version {
                name: name.to_owned(),
                version,
                known: KEYSTORE_VERSION,
            });
        }
        let file: KeystoreFile = codec::decode(content, KEYSTORE_BYTES_MAX)
            .map_err(|_| damaged("its fields cannot be read"))?;
        file.check(name)?;
        Ok(file)
    }

    fn check(&self, name: &str) -> Result<(), KeystoreError> {
        if let Some(sealed) = &self.sealed {
            sealed.cost.check()?;
        }
        if self.entries.len() > ENTRIES_MAX {
            return Err(damaged(name, "it has too many entries"));
        }
        for (index, entry) in self.entries.iter().enumerate() {
            let watched = entry.source == KeySource::Watched;
            let before = self.entries.iter().take(index);
            let sound = check_label(&entry.label).is_ok()
                && before.clone().all(|other| other.label != entry.label)
                && (watched || (self.sealed.is_some() && entry.public_key.is_some()));
            if !sound {
                return Err(damaged(name, "an entry is not in order"));
            }
        }
        Ok(())
    }

    /// What is authenticated beside the ciphertext: everything before it.
    fn beside(&self) -> Vec<u8> {
        let mut before = self.clone();
        before
            .sealed
            .iter_mut()
            .for_each(|sealed| sealed.ciphertext.clear());
        let mut bytes = codec::encode(&before);
        // An empty ciphertext is its length alone.
        bytes.truncate(bytes.len().saturating_sub(4));
        bytes
    }
}

fn damaged(name: &str, reason: &str) -> KeystoreError {
    KeystoreError::Damaged {
        name: name.to_owned(),
        reason: reason.to_owned(),
    }
}

/// Checks that an entry may have the label.
pub(super) fn check_label(label: &str) -> Result<(), KeystoreError> {
    let fits = !label.is_empty()
        && label.len() <= LABEL_BYTES_MAX
        && label.trim() == label
        && !label.chars().any(char::is_control);
    if fits {
        return Ok(());
    }
    Err(KeystoreError::LabelUnfit {
        length_max: LABEL_BYTES_MAX,
    })
}
