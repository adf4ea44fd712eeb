//! A wallet of one city: its words and keys, and what its accounts have, earn and spend.
//!
//! Accounts are called by labels of the owner's choice. What the ledger says comes back with [`ProvenAt`]; what is to be
//! signed is a [`Document`]: made here or received, explained to its signer, signed, passed on, and submitted.

mod proposing;
mod proving;
mod reading;

use std::path::Path;
use std::sync::Arc;

use ledger_core::id::AccountId;
use ledger_core::message;
use timebank_wallet::error::Error;
use timebank_wallet::key;
use timebank_wallet::keystore::{Cost, Entry, KeySource, Password};
use timebank_wallet::mnemonic::{Mnemonic, WordCount};
use timebank_wallet::wallet::{self, NewWallet, WalletError as AccountError};

use crate::document::Document;
use crate::error::WalletError;
use crate::explanation::Explanation;
use crate::ground::Ground;
use crate::language::Language;
use crate::text;

pub use proposing::{OrderTerms, Payer, Service, Submitted};
pub use proving::{CardReader, Member};
pub use reading::{Balance, History, Lie, Lot, Order, Orders, Posting, ProvenAt, ProvenRecord};

/// An account or key of a wallet, as far as it is known without the password.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct AccountEntry {
    /// What the owner calls it.
    pub label: String,
    /// Which account on the ledger it is for; none while that is not known.
    pub account: Option<String>,
    /// The public key; none where somebody else's account is watched.
    pub public_key: Option<String>,
    /// The key's path under the words; none for a key they do not bring back.
    pub path: Option<String>,
    /// Whether the account is only watched.
    pub watched: bool,
}

impl From<Entry> for AccountEntry {
    fn from(entry: Entry) -> AccountEntry {
        AccountEntry {
            account: entry.account.map(|account| account.to_string()),
            public_key: entry.public_key.map(|key| key.to_string()),
            path: match entry.source {
                KeySource::Derived(path) => Some(path.to_string()),
                KeySource::Imported | KeySource::Watched => None,
            },
            watched: entry.source == KeySource::Watched,
            label: entry.label,
        }
    }
}

/// A wallet of one city.
#[derive(Debug, uniffi::Object)]
pub struct Wallet(pub(crate) wallet::Wallet);

#[uniffi::export]
impl Wallet {
    /// A new wallet with twelve new words in `language`, unlocked, whose first account is called `label`. [`Wallet::words`]
    /// are on paper before anything else is done with it.
    ///
    /// # Errors
    /// When there is a wallet already, the password has fewer than eight characters, or it cannot be stored.
    #[uniffi::constructor]
    pub fn create(
        ground: &Ground,
        language: Language,
        password: String,
        label: &str,
    ) -> Result<Arc<Wallet>, WalletError> {
        let new = NewWallet::new(Password::new(password), label);
        let language = message::Language::from(language);
        let (made, _) = wallet::Wallet::create(ground.stand(), language, WordCount::Twelve, &new)?;
        Ok(Arc::new(Wallet(made)))
    }

    /// The wallet of these words, as a person wrote them in either language, unlocked. [`Wallet::attach`] finds its account.
    ///
    /// # Errors
    /// Which word is wrong; else as for [`Wallet::create`].
    #[uniffi::constructor]
    pub fn restore(
        ground: &Ground,
        words: &str,
        password: String,
        label: &str,
    ) -> Result<Arc<Wallet>, WalletError> {
        let new = NewWallet::new(Password::new(password), label);
        let mnemonic = Mnemonic::parse(words)?;
        let restored = wallet::Wallet::restore(ground.stand(), &mnemonic, &new)?;
        Ok(Arc::new(Wallet(restored)))
    }

    /// The wallet that is stored, locked: it reads; signing needs [`Wallet::unlock`].
    ///
    /// # Errors
    /// When there is none, or what is stored is damaged: a damaged wallet never looks like a new one.
    #[uniffi::constructor]
    pub fn open(ground: &Ground) -> Result<Arc<Wallet>, WalletError> {
        Ok(Arc::new(Wallet(wallet::Wallet::open(ground.stand())?)))
    }

    /// A new wallet that only watches: without words, keys or password.
    ///
    /// # Errors
    /// When there is a wallet already, or it cannot be stored.
    #[uniffi::constructor]
    pub fn create_watching(ground: &Ground) -> Result<Arc<Wallet>, WalletError> {
        let made = wallet::Wallet::create_watching(ground.stand())?;
        Ok(Arc::new(Wallet(made)))
    }

    /// The chain it is for.
    pub fn chain_id(&self) -> String {
        self.0.chain_id().to_string()
    }

    /// Its accounts and keys.
    pub fn accounts(&self) -> Vec<AccountEntry> {
        let entries = self.0.accounts();
        entries.into_iter().map(AccountEntry::from).collect()
    }

    /// The account or key called `label`.
    ///
    /// # Errors
    /// When there is none.
    pub fn entry(&self, label: &str) -> Result<AccountEntry, WalletError> {
        Ok(self.0.entry(label)?.into())
    }

    /// Lets the wallet sign.
    ///
    /// # Errors
    /// When the password is wrong, or, told apart from that, the keystore is damaged.
    pub fn unlock(&self, password: String) -> Result<(), WalletError> {
        Ok(self.0.unlock(&Password::new(password))?)
    }

    /// Forgets the keys until it is unlocked again.
    pub fn lock(&self) {
        self.0.lock();
    }

    /// Whether it can sign without asking for the password.
    pub fn is_unlocked(&self) -> bool {
        self.0.is_unlocked()
    }

    /// Whether it has words and keys at all; one without only watches.
    pub fn has_secrets(&self) -> bool {
        self.0.has_secrets()
    }

    /// Closes the wallet with another password.
    ///
    /// # Errors
    /// When the old one is wrong, or the new one too short.
    pub fn change_password(&self, old: String, new: String) -> Result<(), WalletError> {
        let (old, new) = (Password::new(old), Password::new(new));
        Ok(self.0.change_password(&old, &new, Cost::DEFAULT)?)
    }

    /// The words, to be written down.
    ///
    /// # Errors
    /// While the wallet is locked, or when it only watches.
    pub fn words(&self) -> Result<Vec<String>, WalletError> {
        let mnemonic = self.0.words()?;
        Ok(mnemonic.words().map(str::to_owned).collect())
    }

    /// What belongs on paper: the words with their numbers, and each account's label, id and path.
    ///
    /// # Errors
    /// As for [`Wallet::words`].
    pub fn recovery_sheet(&self) -> Result<String, WalletError> {
        Ok(self.0.recovery_sheet()?.to_string())
    }

    /// Adds a key for another account: a mother's whose phone this is, a group's.
    ///
    /// # Errors
    /// While the wallet is locked; when the label is unfit or taken.
    pub fn add_account(&self, label: &str) -> Result<AccountEntry, WalletError> {
        Ok(self.0.add_account(label)?.into())
    }

    /// Adds the key in the file at `path`, which the words do not bring back: an office's.
    ///
    /// # Errors
    /// When the file holds no key or others can read it; else as for [`Wallet::add_account`].
    pub fn import_key_file(&self, label: &str, path: &str) -> Result<AccountEntry, WalletError> {
        let key = key::load(Path::new(path))?;
        Ok(self.0.import(label, &key, None)?.into())
    }

    /// Watches an account of somebody else's.
    ///
    /// # Errors
    /// As for [`Wallet::add_account`].
    pub fn watch(&self, label: &str, account: &str) -> Result<AccountEntry, WalletError> {
        Ok(self
            .0
            .watch(label, text::parse("account", account)?)?
            .into())
    }

    /// Gives an account another label.
    ///
    /// # Errors
    /// As for [`Wallet::add_account`].
    pub fn rename(&self, label: &str, new: &str) -> Result<(), WalletError> {
        Ok(self.0.rename(label, new)?)
    }

    /// Removes an account from this wallet. On the ledger it stays; a key from a file is gone.
    ///
    /// # Errors
    /// While the wallet is locked; when there is no such entry.
    pub fn forget(&self, label: &str) -> Result<(), WalletError> {
        Ok(self.0.forget(label)?)
    }

    /// Notes that `label` is for `account`, whose proven record names a key of this wallet: after restoring, after its key
    /// was replaced.
    ///
    /// # Errors
    /// When no key of this wallet is the one on record.
    pub fn attach(&self, label: &str, account: &str) -> Result<AccountEntry, WalletError> {
        let account: AccountId = text::parse("account", account)?;
        Ok(self.0.attach(label, account)?.into())
    }

    /// Notes which account `document` opened for `label`, once it is in a block; its id.
    ///
    /// # Errors
    /// As for [`Wallet::attach`].
    pub fn attach_opened(&self, label: &str, document: &Document) -> Result<String, WalletError> {
        Ok(self.0.attach_opened(label, &document.0)?.to_string())
    }

    /// What a document says, from its signed bytes, in the city's calendar: show this before signing.
    ///
    /// # Errors
    /// When it is for another chain.
    pub fn explain(
        &self,
        document: &Document,
        language: Language,
    ) -> Result<Explanation, WalletError> {
        let explanation = self.0.explain(&document.0, language.into())?;
        Ok(Explanation::new(explanation, language))
    }

    /// The document with the signature of `label` too, after `explanation` of it was shown to the signer.
    ///
    /// # Errors
    /// When the explanation is not this document's; while the wallet is locked; when the document is for another chain or
    /// gives an account to another key.
    pub fn sign(
        &self,
        label: &str,
        document: &Document,
        explanation: &Explanation,
    ) -> Result<Arc<Document>, WalletError> {
        // What crossed to the app and back is not believed: it must be, letter for letter, what the bytes say.
        let said = self.0.explain(&document.0, explanation.language.into())?;
        if Explanation::new(said.clone(), explanation.language) != *explanation {
            return Err(Error::from(AccountError::Unexplained {}).into());
        }
        let mut signed = document.0.clone();
        self.0.sign(label, &mut signed, &said)?;
        Ok(Arc::new(Document(signed)))
    }
}
