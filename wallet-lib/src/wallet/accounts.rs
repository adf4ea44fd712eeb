//! A wallet's accounts: their labels and keys, and which account on the ledger each is for.

use ledger_core::id::AccountId;
use ledger_core::signature::{PublicKey, SecretKey};
use ledger_core::transaction::Signer;
use zeroize::Zeroizing;

use super::{Wallet, WalletError};
use crate::derivation::KeyPath;
use crate::error::Error;
use crate::keystore::{Cost, Entry, KeySource, Password};
use crate::mnemonic::Mnemonic;

/// Among how many accounts of the words the key of an account is looked for.
pub const ACCOUNTS_SEARCHED: u32 = 20;
/// Among how many keys of each account of the words the key of an account is looked for.
pub const KEYS_SEARCHED: u32 = 20;

impl Wallet {
    /// The accounts and keys of this wallet, as far as they are known without the password.
    pub fn accounts(&self) -> Vec<Entry> {
        self.keystore().entries().to_vec()
    }

    /// The account or key with this label.
    ///
    /// # Errors
    /// When there is none.
    pub fn entry(&self, label: &str) -> Result<Entry, Error> {
        self.keystore().entry(label).cloned()
    }

    /// The account on the ledger that is called so.
    ///
    /// # Errors
    /// [`WalletError::Unattached`] while it is not known which it is.
    pub fn account_id(&self, label: &str) -> Result<AccountId, Error> {
        let unattached = || WalletError::Unattached {
            label: label.to_owned(),
        };
        Ok(self.entry(label)?.account.ok_or_else(unattached)?)
    }

    /// As whom this wallet signs for what is called so: as the account, or as a bare key before there is an account.
    ///
    /// # Errors
    /// When there is no such entry, or it only watches.
    pub fn signer(&self, label: &str) -> Result<Signer, Error> {
        let entry = self.entry(label)?;
        match (entry.account, entry.public_key) {
            (Some(account), _) => Ok(Signer::Account(account)),
            (None, Some(key)) => Ok(Signer::Key(key)),
            (None, None) => Err(WalletError::Unattached {
                label: label.to_owned(),
            }
            .into()),
        }
    }

    /// Whether it has words and keys at all; a wallet without only watches.
    pub fn has_secrets(&self) -> bool {
        self.keystore().has_secrets()
    }

    /// Whether it can sign without asking for the password.
    pub fn is_unlocked(&self) -> bool {
        self.keystore().is_unlocked()
    }

    /// Lets the wallet sign.
    ///
    /// # Errors
    /// [`crate::keystore::KeystoreError::PasswordWrong`], or that the keystore is damaged.
    pub fn unlock(&self, password: &Password) -> Result<(), Error> {
        self.keystore().unlock(password)
    }

    /// Forgets the keys until the wallet is unlocked again.
    pub fn lock(&self) {
        self.keystore().lock();
    }

    /// Closes the wallet with another password.
    ///
    /// # Errors
    /// When the old one is wrong, the new one too short, or it cannot be stored.
    pub fn change_password(&self, old: &Password, new: &Password, cost: Cost) -> Result<(), Error> {
        self.keystore().change_password(old, new, cost)
    }

    /// The words, to be written down again.
    ///
    /// # Errors
    /// While the wallet is locked, or when it only watches.
    pub fn words(&self) -> Result<Mnemonic, Error> {
        self.keystore().words()
    }

    /// What belongs on paper: the words with their numbers, and under them a line for each account with its label, id and
    /// path. Nothing but the words is secret.
    ///
    /// # Errors
    /// As for [`Wallet::words`].
    pub fn recovery_sheet(&self) -> Result<Zeroizing<String>, Error> {
        let mut sheet = self.words()?.sheet();
        sheet.push('\n');
        for entry in self.accounts() {
            let account = entry
                .account
                .map_or_else(|| "-".to_owned(), |it| it.to_string());
            let path = match entry.source {
                KeySource::Derived(path) => path.to_string(),
                KeySource::Imported | KeySource::Watched => "-".to_owned(),
            };
            sheet.push_str(&format!("{}\t{account}\t{path}\n", entry.label));
        }
        Ok(sheet)
    }

    /// Adds a key for another account: a mother's whose phone this is, a group's.
    ///
    /// # Errors
    /// While the wallet is locked; when the label is unfit or taken.
    pub fn add_account(&self, label: &str) -> Result<Entry, Error> {
        self.keystore().add_account(label)?;
        self.entry(label)
    }

    /// Adds a key that the words do not bring back, such as an office's from a key file.
    ///
    /// # Errors
    /// As for [`Wallet::add_account`].
    pub fn import(
        &self,
        label: &str,
        key: &SecretKey,
        account: Option<AccountId>,
    ) -> Result<Entry, Error> {
        self.keystore().import(label, key, account)?;
        self.entry(label)
    }

    /// Watches an account of somebody else's.
    ///
    /// # Errors
    /// When the label is unfit or taken, or the wallet is locked: the list of accounts is sealed together with the keys.
    pub fn watch(&self, label: &str, account: AccountId) -> Result<Entry, Error> {
        self.keystore().watch(label, account, None)?;
        self.entry(label)
    }

    /// Gives an account another label.
    ///
    /// # Errors
    /// While the wallet is locked; when the label is unfit or taken.
    pub fn rename(&self, label: &str, new: &str) -> Result<(), Error> {
        self.keystore().rename(label, new)
    }

    /// Removes an account from this wallet. On the ledger it stays; a key that was imported is gone.
    ///
    /// # Errors
    /// While the wallet is locked; when there is no such entry.
    pub fn forget(&self, label: &str) -> Result<(), Error> {
        self.keystore().remove(label)
    }

    /// Notes that `label` is for `account`, whose proven record names a key of this wallet: after opening it, after
    /// restoring, after its key was replaced. Of a wallet with words, the first [`ACCOUNTS_SEARCHED`] accounts with
    /// [`KEYS_SEARCHED`] keys each are tried.
    ///
    /// # Errors
    /// [`WalletError::KeyNotOnRecord`] when none of them is the account's; [`Error::NotFound`] when there is no such account.
    pub fn attach(&self, label: &str, account: AccountId) -> Result<Entry, Error> {
        let record = self.client.account(account, self.freshness())?.value;
        let key = record.key.ok_or(WalletError::Keyless { account })?;
        let mut keystore = self.keystore();
        let entry = keystore.entry(label)?.clone();
        if entry.public_key != Some(key) {
            let KeySource::Derived(own) = entry.source else {
                return Err(WalletError::KeyNotOnRecord { account }.into());
            };
            let path = find(key, own, |path| {
                Ok(keystore.derived_key(path)?.public_key())
            })?
            .ok_or(WalletError::KeyNotOnRecord { account })?;
            keystore.set_path(label, path)?;
        }
        keystore.set_account(label, Some(account))?;
        keystore.entry(label).cloned()
    }
}

/// The path whose key is `wanted`: the keys of the account at `own` first.
fn find(
    wanted: PublicKey,
    own: KeyPath,
    key_at: impl Fn(KeyPath) -> Result<PublicKey, Error>,
) -> Result<Option<KeyPath>, Error> {
    let others = (0..ACCOUNTS_SEARCHED).filter(|account| *account != own.account);
    for account in std::iter::once(own.account).chain(others) {
        for key in 0..KEYS_SEARCHED {
            let path = KeyPath { account, key };
            if key_at(path)? == wanted {
                return Ok(Some(path));
            }
        }
    }
    Ok(None)
}
