//! What a wallet proves to others: files that anybody checks without it, and without a network.

use ledger_core::id::{AccountId, OrderId, TransactionId};

use super::Wallet;
use crate::error::Error;

impl Wallet {
    /// A `.tbproof` file of an account's record, such as a balance, checked before it is given away.
    ///
    /// # Errors
    /// When no node's answer is borne out by a proof.
    pub fn prove_account(&self, account: AccountId) -> Result<Vec<u8>, Error> {
        let bundle = self.client.prove_account(account, self.freshness())?;
        Ok(bundle.to_file())
    }

    /// A `.tbproof` file of an order's record.
    ///
    /// # Errors
    /// As for [`Wallet::prove_account`].
    pub fn prove_order(&self, order: OrderId) -> Result<Vec<u8>, Error> {
        let bundle = self.client.prove_order(order, self.freshness())?;
        Ok(bundle.to_file())
    }

    /// A `.tbproof` file of a transaction and what it did.
    ///
    /// # Errors
    /// As for [`Wallet::prove_account`]; [`Error::NotFinal`] when it is not in a block yet.
    pub fn prove_transaction(&self, id: TransactionId) -> Result<Vec<u8>, Error> {
        let bundle = self.client.prove_transaction(id, self.freshness())?;
        Ok(bundle.to_file())
    }

    /// A `.tbproof` file of the posting at `index`, from 0, in an account's history.
    ///
    /// # Errors
    /// As for [`Wallet::prove_account`].
    pub fn prove_posting(&self, account: AccountId, index: u64) -> Result<Vec<u8>, Error> {
        let bundle = self
            .client
            .prove_posting(account, index, self.freshness())?;
        Ok(bundle.to_file())
    }
}
