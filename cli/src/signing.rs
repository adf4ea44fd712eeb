//! Who signs, and with which keys: key files of offices, or the wallet of a resident.
//!
//! What is always so: nothing secret is read before it is needed, so that asking for a balance asks for no password; and a
//! wallet is never made by looking for it.

use std::path::PathBuf;

use ledger_core::message::Arguments;
use ledger_core::signature::{PublicKey, SecretKey};
use ledger_core::transaction::Signer;
use timebank_wallet::keystore::{
    Entry, KEYSTORE_NAME, KeySource, Keystore, KeystoreError, Password,
};
use timebank_wallet::{Error, key};

use crate::failure::Failure;
use crate::session::Session;

/// How often a password is asked for at the terminal.
const PASSWORD_ATTEMPTS_MAX: usize = 3;

/// Someone who signs, and the key.
pub(crate) struct SigningKey {
    /// Who.
    pub(crate) signer: Signer,
    /// With what.
    pub(crate) key: SecretKey,
}

/// A key that is at hand.
struct KeyAtHand {
    /// Who signs with it; none for the bare key.
    signer: Option<Signer>,
    place: Place,
}

/// Where a key is.
enum Place {
    /// In a key file.
    File(PathBuf),
    /// In the wallet, under this label.
    Wallet(String),
}

/// The entry of a wallet that signs as `signer`: the one of that account or key, or else the first that has a key.
fn own_entry(entries: &[Entry], signer: Option<Signer>) -> Option<&Entry> {
    let mut own = entries
        .iter()
        .filter(|entry| entry.source != KeySource::Watched);
    let named = own.clone().find(|entry| match signer {
        Some(Signer::Account(account)) => entry.account == Some(account),
        Some(Signer::Key(key)) => entry.public_key == Some(key),
        Some(Signer::Staff(_)) | None => false,
    });
    named.or_else(|| own.next())
}

impl Session<'_> {
    /// Who asks: as said on the command line, the first who signs, or the profile's.
    pub(crate) fn asks(&self) -> Result<Signer, Failure> {
        if let Some(signer) = self.global.signer {
            return Ok(signer);
        }
        let first = match self.at_hand()?.into_iter().next() {
            Some(KeyAtHand {
                signer: Some(signer),
                ..
            }) => Some(signer),
            // A bare key names itself.
            Some(_) => self.keys()?.into_iter().next().map(|first| first.signer),
            None => None,
        };
        first
            .or(self.profile.signer)
            .ok_or_else(|| Failure::usage("signer_missing", Arguments::NONE))
    }

    /// Whether there is any key at hand.
    pub(crate) fn has_key(&self) -> Result<bool, Failure> {
        Ok(!self.at_hand()?.is_empty())
    }

    /// The keys at hand: those named with `--sign-as`, or else the one of `--key`, of `--wallet`, or of the profile.
    pub(crate) fn keys(&self) -> Result<Vec<SigningKey>, Failure> {
        let mut keys = Vec::new();
        for KeyAtHand { signer, place } in self.at_hand()? {
            let key = match place {
                Place::File(file) => key::load(&file)?,
                Place::Wallet(label) => self.unlocked_wallet()?.secret_key(&label)?,
            };
            let signer = signer.unwrap_or(Signer::Key(key.public_key()));
            keys.push(SigningKey { signer, key });
        }
        Ok(keys)
    }

    /// Which keys are at hand and where they are; nothing secret is read.
    fn at_hand(&self) -> Result<Vec<KeyAtHand>, Failure> {
        if !self.global.sign_as.is_empty() {
            let named = self.global.sign_as.iter();
            let keys = named.map(|sign_as| KeyAtHand {
                signer: sign_as.signer,
                place: Place::File(sign_as.file.clone()),
            });
            return Ok(keys.collect());
        }
        let said = self.global.key.as_ref();
        let file = match self.global.wallet {
            Some(_) => said,
            None => said.or(self.profile.key.as_ref()),
        };
        let signer = self.global.signer.or(self.profile.signer);
        if let Some(file) = file {
            let signer =
                Some(signer.ok_or_else(|| Failure::usage("signer_missing", Arguments::NONE))?);
            let place = Place::File(file.clone());
            return Ok(vec![KeyAtHand { signer, place }]);
        }
        let Some(wallet) = self.wallet_if_any()? else {
            return Ok(Vec::new());
        };
        let own = own_entry(wallet.entries(), signer).map(|entry| {
            let account = entry.account.map(Signer::Account);
            let key = entry.public_key.map(Signer::Key);
            KeyAtHand {
                signer: signer.or(account).or(key),
                place: Place::Wallet(entry.label.clone()),
            }
        });
        Ok(own.into_iter().collect())
    }

    /// What the wallet calls the entry of `key`, when no account is known for it yet.
    pub(crate) fn unattached(&self, key: PublicKey) -> Result<Option<String>, Failure> {
        let wallet = self.wallet_if_any()?;
        let entries = wallet.as_ref().map_or(&[][..], Keystore::entries);
        let mut waiting = entries.iter().filter(|entry| entry.account.is_none());
        let entry = waiting.find(|entry| entry.public_key == Some(key));
        Ok(entry.map(|entry| entry.label.clone()))
    }

    /// The wallet, locked; none when there is none, and nothing is made then.
    fn wallet_if_any(&self) -> Result<Option<Keystore>, Failure> {
        match self.wallet_folder() {
            Some(folder) if folder.join(KEYSTORE_NAME).exists() => {
                let storage = self.wallet_storage()?;
                Ok(Some(Keystore::open(storage, KEYSTORE_NAME)?))
            }
            _ => Ok(None),
        }
    }

    /// The wallet, locked.
    pub(crate) fn wallet(&self) -> Result<Keystore, Failure> {
        let folder = self.wallet_folder();
        self.wallet_if_any()?.ok_or_else(|| match folder {
            Some(folder) => Failure::local(
                "wallet_missing",
                Arguments::NONE.text("path", folder.display()),
            ),
            None => Failure::usage("wallet_nowhere", Arguments::NONE),
        })
    }

    /// The wallet, opened with its password.
    pub(crate) fn unlocked_wallet(&self) -> Result<Keystore, Failure> {
        let mut wallet = self.wallet()?;
        if wallet.has_secrets() {
            self.unlock(&mut wallet)?;
        }
        Ok(wallet)
    }

    /// Opens `wallet`; the password that did. At the terminal a mistake may be made now and then.
    pub(crate) fn unlock(&self, wallet: &mut Keystore) -> Result<Password, Failure> {
        let wrong = KeystoreError::PasswordWrong {};
        let attempts = match self.password_file() {
            Some(_) => 1,
            None => PASSWORD_ATTEMPTS_MAX,
        };
        let mut shown = String::new();
        for _ in 0..attempts {
            let password = Password::new(self.password(&shown)?.as_str());
            match wallet.unlock(&password) {
                Ok(()) => return Ok(password),
                Err(error) if error == Error::from(wrong.clone()) => {
                    let explanation = Failure::from(error).explain(self.language());
                    shown = format!("{}\n", explanation.message);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::from(wrong).into())
    }
}
