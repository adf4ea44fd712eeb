//! A key in a file of its own, as offices keep them: staff sign with these. A resident's keys are in the wallet.

use std::path::Path;
use std::sync::Arc;

use ledger_core::signature::SecretKey;
use ledger_core::transaction::Signer;
use timebank_wallet::key;

use crate::error::WalletError;
use crate::text;

/// A secret key and as whom it signs. The key itself never crosses to the app.
#[derive(uniffi::Object)]
pub struct SigningKey {
    pub(crate) signer: Signer,
    pub(crate) key: SecretKey,
}

#[uniffi::export]
impl SigningKey {
    /// The key in the file at `path`, which signs as `signer`: `320102001/2`, staff member 2 of organisation 320102001.
    ///
    /// # Errors
    /// When there is no such file, others can read it, or it holds no key.
    #[uniffi::constructor]
    pub fn load(signer: &str, path: &str) -> Result<Arc<SigningKey>, WalletError> {
        Ok(Arc::new(SigningKey {
            signer: text::parse("signer", signer)?,
            key: key::load(Path::new(path))?,
        }))
    }

    /// Writes a new key into a new file at `path`, readable by its owner only; its public key.
    ///
    /// # Errors
    /// When there is a file already, it cannot be written, or the system gives no random numbers.
    #[uniffi::constructor]
    pub fn create(path: &str) -> Result<Arc<SigningKey>, WalletError> {
        let made = key::generate()?;
        key::save(&made, Path::new(path))?;
        Ok(Arc::new(SigningKey {
            signer: Signer::Key(made.public_key()),
            key: made,
        }))
    }

    /// As whom it signs.
    pub fn signer(&self) -> String {
        self.signer.to_string()
    }

    /// The public key.
    pub fn public_key(&self) -> String {
        self.key.public_key().to_string()
    }
}
