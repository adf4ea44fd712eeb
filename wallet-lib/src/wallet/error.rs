//! What can go wrong with a wallet's accounts: one variant per cause, as in [`crate::error`].

use ledger_core::id::AccountId;
use ledger_core::signature::PublicKey;

use crate::error::errors;

errors! {
    /// An error of a wallet's accounts.
    enum WalletError {}

    /// The wallet has a key, and does not know which account it is for.
    #[error("it is not known which account {label:?} is for; attach it to one")]
    Local "account_unattached" Unattached {
        /// What the wallet calls it.
        label: String,
    },
    /// None of the wallet's keys is the one on record for the account.
    #[error("no key of this wallet is the one on record for account {account}")]
    Local "key_not_on_record" KeyNotOnRecord {
        /// The account.
        account: AccountId,
    },
    /// The account is open, and has no key at all.
    #[error("account {account} has no key: its holder has no phone")]
    Local "account_keyless" Keyless {
        /// The account.
        account: AccountId,
    },
    /// The document gives an account to another key than the one that is to sign it.
    #[error("the document is about key {named}, not {own}, which is to sign it")]
    Local "document_other_key" OtherKey {
        /// The key in the document.
        named: PublicKey,
        /// The key that was to sign.
        own: PublicKey,
    },
    /// The document is not what was explained to the signer.
    #[error("the document is not the one that was explained")]
    Local "document_unexplained" Unexplained {},
}
