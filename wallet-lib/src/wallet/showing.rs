//! What a wallet shows to others: proofs as files that anybody checks without it, and the membership card.

use ledger_core::id::{AccountId, OrderId, TransactionId};

use super::Wallet;
use crate::card::{Card, CardProof, Question, WINDOW_MS_DEFAULT};
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

    /// Fetches and keeps the proof that the card of `label` shows: an app calls this whenever it is online. Without a network
    /// it gives back the one that was kept.
    ///
    /// # Errors
    /// When the account is no active member's, or no proof was ever fetched.
    pub fn refresh_card(&self, label: &str) -> Result<CardProof, Error> {
        let account = self.account_id(label)?;
        self.client.card_proof(account, self.freshness())
    }

    /// The membership card of `label`, signed to be scanned within the next minute; with or without a network.
    ///
    /// # Errors
    /// As for [`Wallet::refresh_card`]; while the wallet is locked.
    pub fn show_card(&self, label: &str) -> Result<Card, Error> {
        let proof = self.refresh_card(label)?;
        let key = self.keystore().secret_key(label)?;
        Card::show(proof, &key, self.now_ms(), WINDOW_MS_DEFAULT)
    }

    /// The membership card of `label`, in answer to a question that a merchant's device asks.
    ///
    /// # Errors
    /// As for [`Wallet::show_card`]; when the question is asked in another city.
    pub fn answer_card(&self, label: &str, question: &Question) -> Result<Card, Error> {
        let proof = self.refresh_card(label)?;
        let key = self.keystore().secret_key(label)?;
        Card::answer(proof, &key, question)
    }
}
