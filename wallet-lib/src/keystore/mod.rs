//! The file that keeps a wallet's words and keys under a password (`docs/keystore.md`).
//!
//! A keystore has two parts. Its entries say which accounts and keys there are; they are read without the password, so
//! that a balance can be shown before anything is unlocked. Words, seed and imported keys are sealed under the password.
//! Both are authenticated together: with the password, a change of either is found.
//!
//! What always holds:
//! - A file that is missing, empty, torn or altered is an error. It is never taken for an empty keystore, and nothing is
//!   written over it.
//! - Damage is told from a wrong password: a checksum is looked at first, then a value that only the right password gives,
//!   then the seal.
//! - The file is replaced in one step, and read back. No former version is kept: it would go on opening to a former
//!   password. What brings a lost file back is the sheet with the words.
//! - Nothing is written over the work of another program that changed the file since it was read.
//! - Secrets in memory are wiped when they are dropped, and not shown by `Debug`.

mod error;
mod format;
mod seal;

use std::sync::Arc;

use ledger_core::id::AccountId;
use ledger_core::signature::{PublicKey, SecretKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub use error::KeystoreError;
pub use format::{
    ENTRIES_MAX, Entry, KEYSTORE_BYTES_MAX, KEYSTORE_VERSION, KeySource, LABEL_BYTES_MAX, MAGIC,
};
use format::{ImportedKey, KeystoreFile, Secrets, Words, check_label};
pub use seal::Cost;
use seal::{NONCE_BYTES, PasswordKey, SALT_BYTES};

use crate::derivation::KeyPath;
use crate::error::Error;
use crate::key;
use crate::mnemonic::{Mnemonic, normal};
use crate::storage::Storage;

/// The name under which a wallet stores its keystore unless another is asked for.
pub const KEYSTORE_NAME: &str = "keystore";
/// The fewest characters of a new password.
pub const PASSWORD_CHARACTERS_MIN: usize = 8;

/// What a new keystore is made of.
#[derive(Clone, Copy, Debug)]
pub struct NewKeystore<'a> {
    /// The words its keys derive from.
    pub mnemonic: &'a Mnemonic,
    /// The passphrase beside the words; empty for none. It is not kept.
    pub passphrase: &'a str,
    /// What closes it.
    pub password: &'a Password,
    /// What checking the password costs.
    pub cost: Cost,
    /// What its first account is called.
    pub label: &'a str,
}

/// A password as it was typed, wiped when it is dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// As it was typed.
    pub fn new(text: impl Into<String>) -> Password {
        Password(Zeroizing::new(text.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is long enough for a new password.
    ///
    /// # Errors
    /// When it is too short.
    pub fn check_new(&self) -> Result<(), KeystoreError> {
        let length = normal(&self.0).chars().count();
        if length >= PASSWORD_CHARACTERS_MIN {
            return Ok(());
        }
        Err(KeystoreError::PasswordShort {
            length,
            length_min: PASSWORD_CHARACTERS_MIN,
        })
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Password {
        Password::new(text)
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// A wallet's words, keys and accounts, in a [`Storage`].
pub struct Keystore {
    storage: Arc<dyn Storage>,
    name: String,
    file: KeystoreFile,
    /// The SHA-256 of the file as it was last read or written; none before it was.
    seen: Option<[u8; 32]>,
    unlocked: Option<Unlocked>,
}

struct Unlocked {
    key: PasswordKey,
    secrets: Secrets,
}

impl std::fmt::Debug for Keystore {
    /// Says what is in it, and nothing that is secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keystore")
            .field("name", &self.name)
            .field("entries", &self.file.entries)
            .field("unlocked", &self.is_unlocked())
            .finish_non_exhaustive()
    }
}

impl Keystore {
    /// Makes a keystore with one account, unlocked.
    ///
    /// If we crash before this returns, there is either none, or the whole one, whose words can be shown.
    ///
    /// # Errors
    /// When there is one already, the password is too short, or it cannot be stored.
    pub fn create(
        storage: Arc<dyn Storage>,
        name: &str,
        new: &NewKeystore<'_>,
    ) -> Result<Keystore, Error> {
        new.password.check_new()?;
        check_label(new.label)?;
        let secrets = Secrets {
            words: Some(Words::new(new.mnemonic, new.passphrase)),
            imported: Vec::new(),
        };
        let salt: [u8; SALT_BYTES] = *key::random()?;
        let key = PasswordKey::derive(&new.password.0, &salt, new.cost)?;
        let path = KeyPath::first(0);
        let entry = Entry {
            label: new.label.to_owned(),
            account: None,
            public_key: Some(derived(&secrets, path)?.public_key()),
            source: KeySource::Derived(path),
        };
        let file = KeystoreFile::seal(
            vec![entry],
            &secrets,
            &key,
            (new.cost, salt, *key::random()?),
        );
        let unlocked = Some(Unlocked { key, secrets });
        Keystore::put_new(storage, name, file, unlocked)
    }

    /// Makes a keystore that only watches: without secrets and without a password.
    ///
    /// # Errors
    /// When there is one already, or it cannot be stored.
    pub fn create_watching(storage: Arc<dyn Storage>, name: &str) -> Result<Keystore, Error> {
        Keystore::put_new(storage, name, KeystoreFile::new(Vec::new(), None), None)
    }

    fn put_new(
        storage: Arc<dyn Storage>,
        name: &str,
        file: KeystoreFile,
        unlocked: Option<Unlocked>,
    ) -> Result<Keystore, Error> {
        // Whatever is there, damaged or not, may be somebody's only copy.
        if storage.load(name)?.is_some() {
            let name = name.to_owned();
            return Err(KeystoreError::Exists { name }.into());
        }
        let mut keystore = Keystore {
            storage,
            name: name.to_owned(),
            file: file.clone(),
            seen: None,
            unlocked,
        };
        keystore.write(file)?;
        Ok(keystore)
    }

    /// Whether there is something stored under `name`, sound or not.
    ///
    /// # Errors
    /// When the storage fails.
    pub fn exists(storage: &dyn Storage, name: &str) -> Result<bool, Error> {
        Ok(storage.load(name)?.is_some())
    }

    /// Reads a keystore, which stays locked.
    ///
    /// # Errors
    /// [`KeystoreError::Missing`] when there is none, [`KeystoreError::Damaged`] when it is not what was written.
    pub fn open(storage: Arc<dyn Storage>, name: &str) -> Result<Keystore, Error> {
        let bytes = storage.load(name)?.ok_or_else(|| KeystoreError::Missing {
            name: name.to_owned(),
        })?;
        Ok(Keystore {
            file: KeystoreFile::from_bytes(name, &bytes)?,
            seen: Some(digest(&bytes)),
            storage,
            name: name.to_owned(),
            unlocked: None,
        })
    }

    /// What is known without the password.
    pub fn entries(&self) -> &[Entry] {
        &self.file.entries
    }

    /// The entry with this label.
    ///
    /// # Errors
    /// When there is none.
    pub fn entry(&self, label: &str) -> Result<&Entry, Error> {
        let mut entries = self.file.entries.iter();
        let found = entries.find(|entry| entry.label == label);
        Ok(found.ok_or_else(|| unknown(label))?)
    }

    /// Whether it has secrets at all; one without only watches.
    pub const fn has_secrets(&self) -> bool {
        self.file.sealed.is_some()
    }

    /// What checking its password costs, within [`Cost::LEAST`] and [`Cost::MOST`]; none without secrets.
    pub fn cost(&self) -> Option<Cost> {
        self.file.sealed.as_ref().map(|sealed| sealed.cost)
    }

    /// Whether the secrets are open.
    pub const fn is_unlocked(&self) -> bool {
        self.unlocked.is_some()
    }

    /// Opens the secrets. A keystore that only watches has none, and any password leaves it as it is.
    ///
    /// # Errors
    /// [`KeystoreError::PasswordWrong`], or [`KeystoreError::Damaged`] when the password is right and the seal is broken.
    pub fn unlock(&mut self, password: &Password) -> Result<(), Error> {
        if let Some(sealed) = &self.file.sealed {
            let key = PasswordKey::derive(&password.0, &sealed.salt, sealed.cost)?;
            let secrets = self.file.open(&self.name, &key)?;
            self.unlocked = Some(Unlocked { key, secrets });
        }
        Ok(())
    }

    /// Forgets the secrets until they are unlocked again.
    pub fn lock(&mut self) {
        self.unlocked = None;
    }

    /// Closes it with another password, under a new salt, at the cost `cost`.
    ///
    /// # Errors
    /// When `old` is wrong, `new` is too short, or it cannot be stored; it then opens to `old` as before.
    pub fn change_password(
        &mut self,
        old: &Password,
        new: &Password,
        cost: Cost,
    ) -> Result<(), Error> {
        new.check_new()?;
        let sealed = self
            .file
            .sealed
            .as_ref()
            .ok_or(KeystoreError::Wordless {})?;
        let old_key = PasswordKey::derive(&old.0, &sealed.salt, sealed.cost)?;
        let secrets = self.file.open(&self.name, &old_key)?;
        let salt: [u8; SALT_BYTES] = *key::random()?;
        let key = PasswordKey::derive(&new.0, &salt, cost)?;
        let entries = self.file.entries.clone();
        let file = KeystoreFile::seal(entries, &secrets, &key, (cost, salt, *key::random()?));
        // If we crash before this, the old password opens it; after it, the new one. There is no moment between.
        self.write(file)?;
        self.unlocked = Some(Unlocked { key, secrets });
        Ok(())
    }

    /// The words, to be written down again.
    ///
    /// # Errors
    /// When it is locked or has none.
    pub fn words(&self) -> Result<Mnemonic, Error> {
        let words = self.secrets()?.words.as_ref();
        words.ok_or(KeystoreError::Wordless {})?.mnemonic()
    }

    /// The secret key of the entry with this label.
    ///
    /// # Errors
    /// When it is locked, or only watches.
    pub fn secret_key(&self, label: &str) -> Result<SecretKey, Error> {
        let entry = self.entry(label)?;
        let watches = || KeystoreError::Watches {
            label: label.to_owned(),
        };
        if entry.source == KeySource::Watched {
            return Err(watches().into());
        }
        let key = self.secrets()?.key_of(entry);
        Ok(key.ok_or_else(watches)?)
    }

    /// The secret key at a path, whether an entry has it or not: for the key an account goes over to.
    ///
    /// # Errors
    /// When it is locked, has no words, or the path is too far.
    pub fn derived_key(&self, path: KeyPath) -> Result<SecretKey, Error> {
        derived(self.secrets()?, path)
    }

    /// Adds an entry for another account, with the first key of the next account of the tree.
    ///
    /// # Errors
    /// When it is locked, the label is unfit or taken, or it cannot be stored.
    pub fn add_account(&mut self, label: &str) -> Result<(), Error> {
        let taken = self.file.entries.iter().filter_map(|it| match it.source {
            KeySource::Derived(path) => Some(path.account),
            KeySource::Imported | KeySource::Watched => None,
        });
        let next = taken.max().map_or(0, |last| last.saturating_add(1));
        let path = KeyPath::first(next);
        let public_key = self.derived_key(path)?.public_key();
        let source = KeySource::Derived(path);
        self.add(entry(label, None, Some(public_key), source), None)
    }

    /// Adds an entry for a key that is not derived: of an office, or of a key file. The words do not bring it back.
    ///
    /// # Errors
    /// As for [`Keystore::add_account`].
    pub fn import(
        &mut self,
        label: &str,
        key: &SecretKey,
        account: Option<AccountId>,
    ) -> Result<(), Error> {
        let imported = ImportedKey {
            label: label.to_owned(),
            seed: *key.to_seed(),
        };
        let public_key = Some(key.public_key());
        self.add(
            entry(label, account, public_key, KeySource::Imported),
            Some(imported),
        )
    }

    /// Adds an entry for an account that is only watched.
    ///
    /// # Errors
    /// As for [`Keystore::add_account`].
    pub fn watch(
        &mut self,
        label: &str,
        account: AccountId,
        public_key: Option<PublicKey>,
    ) -> Result<(), Error> {
        self.add(
            entry(label, Some(account), public_key, KeySource::Watched),
            None,
        )
    }

    fn add(&mut self, entry: Entry, imported: Option<ImportedKey>) -> Result<(), Error> {
        self.check_new_label(&entry.label)?;
        if self.file.entries.len() >= ENTRIES_MAX {
            let entries_max = ENTRIES_MAX;
            return Err(KeystoreError::Full { entries_max }.into());
        }
        self.change(|entries, secrets| {
            entries.push(entry);
            secrets.imported.extend(imported);
        })
    }

    /// Notes which account on the ledger an entry is for.
    ///
    /// # Errors
    /// When there is no such entry, it is locked, or it cannot be stored.
    pub fn set_account(&mut self, label: &str, account: Option<AccountId>) -> Result<(), Error> {
        self.entry(label)?;
        self.change(|entries, _| {
            let named = entries.iter_mut().filter(|entry| entry.label == label);
            named.for_each(|entry| entry.account = account);
        })
    }

    /// Notes that the key of a derived entry is now the one at `path`: for an account whose key was replaced, and for one
    /// found again after restoring.
    ///
    /// # Errors
    /// When the entry is not derived; else as for [`Keystore::set_account`].
    pub fn set_path(&mut self, label: &str, path: KeyPath) -> Result<(), Error> {
        let KeySource::Derived(_) = self.entry(label)?.source else {
            return Err(KeystoreError::Wordless {}.into());
        };
        let public_key = self.derived_key(path)?.public_key();
        self.change(|entries, _| {
            let named = entries.iter_mut().filter(|entry| entry.label == label);
            named.for_each(|entry| {
                entry.source = KeySource::Derived(path);
                entry.public_key = Some(public_key);
            });
        })
    }

    /// Gives an entry another label.
    ///
    /// # Errors
    /// When there is no such entry, the new label is unfit or taken, it is locked, or it cannot be stored.
    pub fn rename(&mut self, label: &str, new: &str) -> Result<(), Error> {
        self.entry(label)?;
        self.check_new_label(new)?;
        self.change(|entries, secrets| {
            let named = entries.iter_mut().filter(|entry| entry.label == label);
            named.for_each(|entry| new.clone_into(&mut entry.label));
            let keys = secrets.imported.iter_mut().filter(|key| key.label == label);
            keys.for_each(|key| new.clone_into(&mut key.label));
        })
    }

    /// Removes an entry. A derived key comes back with [`Keystore::add_account`]; an imported key is gone.
    ///
    /// # Errors
    /// When there is no such entry, it is locked, or it cannot be stored.
    pub fn remove(&mut self, label: &str) -> Result<(), Error> {
        self.entry(label)?;
        self.change(|entries, secrets| {
            entries.retain(|entry| entry.label != label);
            secrets.imported.retain(|key| key.label != label);
        })
    }

    fn check_new_label(&self, label: &str) -> Result<(), Error> {
        check_label(label)?;
        if self.entry(label).is_ok() {
            let label = label.to_owned();
            return Err(KeystoreError::LabelTaken { label }.into());
        }
        Ok(())
    }

    fn secrets(&self) -> Result<&Secrets, Error> {
        match (&self.unlocked, &self.file.sealed) {
            (Some(unlocked), _) => Ok(&unlocked.secrets),
            (None, Some(_)) => Err(KeystoreError::Locked {}.into()),
            (None, None) => Err(KeystoreError::Wordless {}.into()),
        }
    }

    /// Changes entries and secrets together, and writes them: all of it or nothing.
    fn change(&mut self, change: impl FnOnce(&mut Vec<Entry>, &mut Secrets)) -> Result<(), Error> {
        let mut entries = self.file.entries.clone();
        let Some(sealed) = &self.file.sealed else {
            let mut none = Secrets {
                words: None,
                imported: Vec::new(),
            };
            change(&mut entries, &mut none);
            if !none.imported.is_empty() {
                return Err(KeystoreError::Wordless {}.into());
            }
            return self.write(KeystoreFile::new(entries, None));
        };
        // What is written is sealed with the entries, so writing needs the password's key.
        let unlocked = self.unlocked.as_ref().ok_or(KeystoreError::Locked {})?;
        let mut secrets = unlocked.secrets.clone();
        change(&mut entries, &mut secrets);
        let nonce: [u8; NONCE_BYTES] = *key::random()?;
        let how = (sealed.cost, sealed.salt, nonce);
        let file = KeystoreFile::seal(entries, &secrets, &unlocked.key, how);
        let key = unlocked.key.clone();
        self.write(file)?;
        self.unlocked = Some(Unlocked { key, secrets });
        Ok(())
    }

    /// Puts `file` in place of what was read.
    fn write(&mut self, file: KeystoreFile) -> Result<(), Error> {
        let name = || self.name.clone();
        let there = self.storage.load(&self.name)?;
        if there.as_deref().map(digest) != self.seen {
            return Err(KeystoreError::Changed { name: name() }.into());
        }
        let bytes = file.to_bytes();
        // Never write what could not be read again.
        KeystoreFile::from_bytes(&self.name, &bytes)?;
        // If we crash here, the old file stands; the storage replaces it in one step.
        self.storage.store(&self.name, &bytes)?;
        if self.storage.load(&self.name)?.as_deref() != Some(&bytes) {
            return Err(KeystoreError::Unwritten { name: name() }.into());
        }
        self.seen = Some(digest(&bytes));
        self.file = file;
        Ok(())
    }
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn derived(secrets: &Secrets, path: KeyPath) -> Result<SecretKey, Error> {
    let words = secrets.words.as_ref().ok_or(KeystoreError::Wordless {})?;
    words.seed().key(path)
}

fn entry(
    label: &str,
    account: Option<AccountId>,
    public_key: Option<PublicKey>,
    source: KeySource,
) -> Entry {
    Entry {
        label: label.to_owned(),
        account,
        public_key,
        source,
    }
}

fn unknown(label: &str) -> KeystoreError {
    KeystoreError::LabelUnknown {
        label: label.to_owned(),
    }
}

#[cfg(test)]
mod tests;
