//! What a wallet proves to others: proof files, and the membership card.

use std::sync::{Arc, Mutex, PoisonError};

use ledger_core::proof::{Clock, ProofBundle};
use timebank_wallet::card::{self, Card, CardLimits, Question};
use timebank_wallet::error::Error;

use super::Wallet;
use crate::error::WalletError;
use crate::proof::VerifiedProof;
use crate::text;

fn file(bundle: &ProofBundle) -> Vec<u8> {
    bundle.to_file()
}

#[uniffi::export]
impl Wallet {
    /// A `.tbproof` file of an account's record, or that there is none, for somebody who has the city's genesis document and
    /// nothing more.
    ///
    /// # Errors
    /// When no node's answer is borne out by its proof.
    pub fn prove_account(&self, account: &str) -> Result<Vec<u8>, WalletError> {
        let account = text::parse("account", account)?;
        let freshness = self.0.freshness();
        Ok(file(&self.0.client().prove_account(account, freshness)?))
    }

    /// A `.tbproof` file of an order's record, or that there is none.
    ///
    /// # Errors
    /// As for [`Wallet::prove_account`].
    pub fn prove_order(&self, order: &str) -> Result<Vec<u8>, WalletError> {
        let order = text::parse("order", order)?;
        let freshness = self.0.freshness();
        Ok(file(&self.0.client().prove_order(order, freshness)?))
    }

    /// A `.tbproof` file of a transaction in a decided block, with what it did.
    ///
    /// # Errors
    /// When it is not in a block yet; else as for [`Wallet::prove_account`].
    pub fn prove_transaction(&self, id: &str) -> Result<Vec<u8>, WalletError> {
        let id = text::parse("transaction", id)?;
        let freshness = self.0.freshness();
        Ok(file(&self.0.client().prove_transaction(id, freshness)?))
    }

    /// A `.tbproof` file of the posting at `index`, from 0, in an account's history.
    ///
    /// # Errors
    /// When it is proven that the history is not so long; else as for [`Wallet::prove_account`].
    pub fn prove_posting(&self, account: &str, index: u64) -> Result<Vec<u8>, WalletError> {
        let account = text::parse("account", account)?;
        let freshness = self.0.freshness();
        let client = self.0.client();
        Ok(file(&client.prove_posting(account, index, freshness)?))
    }

    /// Checks the bytes of a `.tbproof` file, without a network, by what this wallet trusts now.
    ///
    /// # Errors
    /// Which link of the proof broke.
    pub fn verify_proof(&self, proof: &[u8]) -> Result<VerifiedProof, WalletError> {
        let trust = self.0.client().trust()?;
        let clock = Clock::at(self.0.now_ms());
        let verified =
            ProofBundle::verify_file(proof, &trust.chain(), clock).map_err(Error::from)?;
        Ok(VerifiedProof::new(&verified))
    }
}

#[uniffi::export]
impl Wallet {
    /// Fetches the proof of an account's membership and keeps it, for where there is no network: call it whenever the app is
    /// online. How old the kept proof is, in milliseconds.
    ///
    /// # Errors
    /// When it is proven that the account is no active member; without a network, when no proof was kept.
    pub fn refresh_card(&self, label: &str) -> Result<u64, WalletError> {
        let proof = self.0.card_proof(label)?;
        Ok(self.0.now_ms().since_ms(proof.header.time_ms))
    }

    /// The membership card of an account of this wallet, in answer to the question on a shop's device: show it as codes
    /// (`QrKind.Card`). It says nothing of the balance, moves no minutes, and nobody else can use it.
    ///
    /// # Errors
    /// While the wallet is locked; when the question is another city's; else as for [`Wallet::refresh_card`].
    pub fn answer_card(&self, label: &str, question: &[u8]) -> Result<Vec<u8>, WalletError> {
        let question = Question::from_bytes(question)?;
        Ok(self.0.answer_card(label, &question)?.to_bytes())
    }

    /// The membership card of an account of this wallet, to be scanned within the next minute.
    ///
    /// # Errors
    /// While the wallet is locked; else as for [`Wallet::refresh_card`].
    pub fn show_card(&self, label: &str) -> Result<Vec<u8>, WalletError> {
        Ok(self.0.show_card(label)?.to_bytes())
    }
}

/// Who showed a card.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Member {
    /// The account.
    pub account: String,
    /// Its home street.
    pub home: String,
    /// The block after which it was a member.
    pub height: u64,
    /// How long ago that was, in milliseconds.
    pub age_ms: u64,
}

/// A shop's device that checks cards without a network, by what its wallet trusts: any wallet of the city, one that only
/// watches too.
#[derive(uniffi::Object)]
pub struct CardReader {
    wallet: Arc<Wallet>,
    reader: Mutex<card::CardReader>,
}

#[uniffi::export]
impl CardReader {
    /// That has seen no card yet and accepts proofs up to a week old.
    #[uniffi::constructor]
    pub fn new(wallet: Arc<Wallet>) -> Arc<CardReader> {
        Arc::new(CardReader {
            wallet,
            reader: Mutex::new(card::CardReader::new(CardLimits::default())),
        })
    }

    /// A new question to show as a code (`QrKind.Challenge`): from now on only a card that answers it is accepted.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn ask(&self) -> Result<Vec<u8>, WalletError> {
        let (chain_id, now_ms) = (self.wallet.0.chain_id(), self.wallet.0.now_ms());
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(reader.ask(chain_id, now_ms)?.to_bytes())
    }

    /// Waits for no answer any more: any card shown within its time counts again.
    pub fn withdraw(&self) {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.withdraw();
    }

    /// Checks a card shown now.
    ///
    /// # Errors
    /// What is wrong with it: copied, too old, of another city, not the member's own.
    pub fn check(&self, card: &[u8]) -> Result<Member, WalletError> {
        let card = Card::from_bytes(card)?;
        let trust = self.wallet.0.client().trust()?;
        let clock = Clock::at(self.wallet.0.now_ms());
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let member = reader
            .check(&trust.chain(), clock, &card)
            .map_err(Error::from)?;
        Ok(Member {
            account: member.account.to_string(),
            home: member.home.to_string(),
            height: member.height.0,
            age_ms: member.age_ms,
        })
    }
}
