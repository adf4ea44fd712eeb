//! The membership card of an account of this wallet ([`crate::card`]), shown with or without a network.

use super::Wallet;
use crate::card::{Card, CardProof, Question, WINDOW_MS_DEFAULT};
use crate::error::Error;

impl Wallet {
    /// The proof of an account's membership: a new one when a node answers, otherwise the one that was kept. An app calls this
    /// whenever it is online, so that the card is young where there is no network.
    ///
    /// # Errors
    /// When it is proven that the account is no active member; without a network, when none was kept.
    pub fn card_proof(&self, label: &str) -> Result<CardProof, Error> {
        let account = self.account_id(label)?;
        self.client.card_proof(account, self.freshness())
    }

    /// The card of an account of this wallet, in answer to a shop's question: nobody else can use it for anything.
    ///
    /// # Errors
    /// While the wallet is locked; when the question is another city's; else as for [`Wallet::card_proof`].
    pub fn answer_card(&self, label: &str, question: &Question) -> Result<Card, Error> {
        let key = self.keystore().secret_key(label)?;
        Card::answer(self.card_proof(label)?, &key, question)
    }

    /// The card of an account of this wallet, to be scanned within [`WINDOW_MS_DEFAULT`] from now.
    ///
    /// # Errors
    /// While the wallet is locked; else as for [`Wallet::card_proof`].
    pub fn show_card(&self, label: &str) -> Result<Card, Error> {
        let key = self.keystore().secret_key(label)?;
        Card::show(
            self.card_proof(label)?,
            &key,
            self.now_ms(),
            WINDOW_MS_DEFAULT,
        )
    }
}
