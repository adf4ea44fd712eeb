//! What a wallet signs: documents it makes, documents others made, and handing them in.
//!
//! A document made here bears the signature of whoever asks for it, when that is this wallet. Everybody else reads it first:
//! [`Wallet::explain`] says from the signed bytes what it does, and [`Wallet::sign`] takes what was explained, so that an app
//! cannot sign what it did not show.

use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, ItemCode, OrderId, OrganisationId, ServiceCode, StaffId};
use ledger_core::message::Language;
use ledger_core::record::budget::PoolId;
use ledger_core::record::chain::ChainPurpose;
use ledger_core::record::order::{Payer, Side};
use ledger_core::signature::PublicKey;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::account::{OpenAccount, RotateKey};
use ledger_core::transaction::recovery::{CancelRecovery, SetGuardians, StartRecovery};
use ledger_core::transaction::service::{
    AcceptOrder, CancelOrder, CompleteOrder, OrderTerms, PostOrder, RateOrder, RecordService,
    StartOrder,
};
use ledger_core::transaction::value::{Donate, Gift, Redeem};
use ledger_core::transaction::{Operation, Signer};

use super::{Wallet, WalletError};
use crate::answer::Submission;
use crate::builder::TransactionBuilder;
use crate::client::Patience;
use crate::derivation::KeyPath;
use crate::document::Document;
use crate::error::Error;
use crate::explain::{Explanation, explain_in};
use crate::keystore::{KeySource, KeystoreError};

/// How long a wallet waits for a transaction to be in a block, in milliseconds.
pub const FINALITY_MS_MAX: u64 = 30_000;

/// A service that was done, as it is recorded in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Whom it was for.
    pub recipient: AccountId,
    /// Its kind.
    pub service: ServiceCode,
    /// The district it took place in.
    pub district: OrganisationId,
    /// When it began.
    pub start_ms: TimestampMs,
    /// When it ended (exclusive).
    pub end_ms: TimestampMs,
    /// How much is claimed: at most the interval's minutes.
    pub minutes: Minutes,
    /// Who pays.
    pub payer: Payer,
    /// A salted commitment to evidence kept off the ledger ([`crate::commitment::evidence`]).
    pub evidence: Hash,
}

impl Wallet {
    /// A document that asks for `operation` in the name of `label`, signed by it.
    ///
    /// # Errors
    /// While the wallet is locked; when it has no key for `label`, or its account is not known.
    pub fn propose(&self, label: &str, operation: impl Into<Operation>) -> Result<Document, Error> {
        let signer = Signer::Account(self.account_id(label)?);
        let mut document = self.document_by(signer, operation)?;
        document.sign(signer, &self.keystore().secret_key(label)?)?;
        Ok(document)
    }

    /// A document that asks for `operation` in the name of `signer`, not signed yet.
    ///
    /// # Errors
    /// When no node tells the chain's time, which is needed on test chains only.
    pub fn document_by(
        &self,
        signer: Signer,
        operation: impl Into<Operation>,
    ) -> Result<Document, Error> {
        // On a test chain time is moved by hand, and only a node knows it. On a production chain a node that lies about the
        // time could make transactions that expire at once, or never: there the wallet's own clock counts.
        let now_ms = match self.purpose {
            ChainPurpose::Test => self.client.status()?.now_ms,
            ChainPurpose::Production => self.now_ms(),
        };
        let builder = TransactionBuilder::new(self.chain_id, signer, now_ms);
        Ok(Document::new(builder.build(operation)?))
    }

    /// What a document says, from its signed bytes, in the city's calendar.
    ///
    /// # Errors
    /// When it is for another chain.
    pub fn explain(&self, document: &Document, language: Language) -> Result<Explanation, Error> {
        document.check_chain(self.chain_id)?;
        Ok(explain_in(document.transaction(), language, self.calendar))
    }

    /// Signs a document with the key of `label`, after `explanation` of it was shown to the signer: as the account, or as
    /// the bare key where the document gives the key an account.
    ///
    /// # Errors
    /// [`WalletError::Unexplained`] when something else was explained; while the wallet is locked; when the document gives
    /// an account to another key.
    pub fn sign(
        &self,
        label: &str,
        document: &mut Document,
        explanation: &Explanation,
    ) -> Result<(), Error> {
        let own = self.entry(label)?.public_key;
        let signer = match (new_key(&document.transaction().operation), own) {
            (Some(named), Some(own)) if named == own => Signer::Key(own),
            (Some(named), Some(own)) if self.entry(label)?.account.is_none() => {
                return Err(WalletError::OtherKey { named, own }.into());
            }
            _ => self.signer(label)?,
        };
        self.sign_as(signer, label, document, explanation)
    }

    /// Signs a document as `signer`, a staff entry for instance, with the key of `label`.
    ///
    /// # Errors
    /// As for [`Wallet::sign`].
    pub fn sign_as(
        &self,
        signer: Signer,
        label: &str,
        document: &mut Document,
        explanation: &Explanation,
    ) -> Result<(), Error> {
        document.check_chain(self.chain_id)?;
        if explanation.id != document.transaction().id() {
            return Err(WalletError::Unexplained {}.into());
        }
        document.sign(signer, &self.keystore().secret_key(label)?)
    }

    /// Hands a document in and waits until it is in a block, which is proven: what comes back as applied is. Handing in again
    /// is safe: it applies at most once.
    ///
    /// # Errors
    /// [`Error::Refused`] when the ledger refuses it; [`Error::NotFinal`] when it takes longer than [`FINALITY_MS_MAX`]; as
    /// for [`Wallet::transaction`] when no node proves what one said.
    pub fn submit(&self, document: &Document) -> Result<Submission, Error> {
        document.check_chain(self.chain_id)?;
        let envelope = document.clone().into_envelope()?;
        let timeout_ms = FINALITY_MS_MAX;
        let patience = Patience::Final { timeout_ms };
        self.client.submit_proven(&envelope, patience)
    }

    /// The document that opens an account for the key of `label`, with the holder's signature: for the registrar and the
    /// identity registry to sign, whose commitment `identity` is.
    ///
    /// # Errors
    /// While the wallet is locked; when it has no key for `label`.
    pub fn open_account(
        &self,
        label: &str,
        registrar: StaffId,
        home: OrganisationId,
        identity: Hash,
        legal_guardian: Option<AccountId>,
    ) -> Result<Document, Error> {
        let key = self.keystore().secret_key(label)?;
        let operation = OpenAccount {
            home,
            key: Some(key.public_key()),
            identity,
            legal_guardian,
        };
        let mut document = self.document_by(Signer::Staff(registrar), operation)?;
        document.sign(Signer::Key(key.public_key()), &key)?;
        Ok(document)
    }

    /// Notes which account `document` opened for `label`, once it is in a block.
    ///
    /// # Errors
    /// As for [`Wallet::attach`].
    pub fn attach_opened(&self, label: &str, document: &Document) -> Result<AccountId, Error> {
        let account = AccountId::derive(document.transaction().id());
        self.attach(label, account)?;
        Ok(account)
    }

    /// Asks for a service.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn post_order(&self, label: &str, terms: OrderTerms) -> Result<Document, Error> {
        self.propose(label, PostOrder { terms })
    }

    /// Accepts an order, as its provider.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn accept_order(&self, label: &str, order: OrderId) -> Result<Document, Error> {
        let provider = self.account_id(label)?;
        let member = None;
        self.propose(
            label,
            AcceptOrder {
                order,
                provider,
                member,
            },
        )
    }

    /// Checks in; the other party signs too.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn start_order(&self, label: &str, order: OrderId) -> Result<Document, Error> {
        self.propose(label, StartOrder { order })
    }

    /// Reports a service done; the other party signs too.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn complete_order(
        &self,
        label: &str,
        order: OrderId,
        (start_ms, end_ms): (TimestampMs, TimestampMs),
        evidence: Hash,
    ) -> Result<Document, Error> {
        self.propose(
            label,
            CompleteOrder {
                order,
                start_ms,
                end_ms,
                evidence,
            },
        )
    }

    /// Withdraws from an order.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn cancel_order(&self, label: &str, order: OrderId) -> Result<Document, Error> {
        self.propose(label, CancelOrder { order })
    }

    /// Rates the other party of an order, with 1 to 5 stars.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn rate_order(
        &self,
        label: &str,
        order: OrderId,
        rated: Side,
        stars: u8,
    ) -> Result<Document, Error> {
        self.propose(
            label,
            RateOrder {
                order,
                rated,
                stars,
            },
        )
    }

    /// Records a service that `label` gave, in one step; the recipient signs too, and a social worker verifies it later.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn record_service(&self, label: &str, service: Service) -> Result<Document, Error> {
        let operation = RecordService {
            recipient: service.recipient,
            provider: self.account_id(label)?,
            member: None,
            service: service.service,
            district: service.district,
            start_ms: service.start_ms,
            end_ms: service.end_ms,
            minutes: service.minutes,
            payer: service.payer,
            evidence: service.evidence,
        };
        self.propose(label, operation)
    }

    /// Gives minutes to linked kin.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn gift(&self, label: &str, to: AccountId, minutes: Minutes) -> Result<Document, Error> {
        let from = self.account_id(label)?;
        self.propose(label, Gift { from, to, minutes })
    }

    /// Gives minutes to a donation pool.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn donate(&self, label: &str, pool: PoolId, minutes: Minutes) -> Result<Document, Error> {
        let from = self.account_id(label)?;
        self.propose(
            label,
            Donate {
                from,
                pool,
                minutes,
            },
        )
    }

    /// Exchanges minutes for an item; the merchant signs too.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn redeem(
        &self,
        label: &str,
        merchant: AccountId,
        item: ItemCode,
        minutes: Minutes,
    ) -> Result<Document, Error> {
        let holder = self.account_id(label)?;
        self.propose(
            label,
            Redeem {
                holder,
                merchant,
                item,
                minutes,
            },
        )
    }

    /// Replaces the account's key by the next one of the same words, which signs too. Once it is in a block,
    /// [`Wallet::attach`] takes the new key into use; until then the wallet goes on with the old one.
    ///
    /// # Errors
    /// As for [`Wallet::propose`]; when the key is not derived from words.
    pub fn rotate_key(&self, label: &str) -> Result<Document, Error> {
        let account = self.account_id(label)?;
        let KeySource::Derived(path) = self.entry(label)?.source else {
            return Err(KeystoreError::Wordless {}.into());
        };
        let next = KeyPath {
            key: path.key.saturating_add(1),
            ..path
        };
        let new = self.keystore().derived_key(next)?;
        let new_key = new.public_key();
        let mut document = self.propose(label, RotateKey { account, new_key })?;
        document.sign(Signer::Key(new_key), &new)?;
        Ok(document)
    }

    /// Chooses who helps when the key is lost. [`crate::guide`] says what to choose.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn set_guardians(&self, label: &str, guardians: SetGuardians) -> Result<Document, Error> {
        self.propose(label, guardians)
    }

    /// The new phone's part of a recovery: the document that gives `account` the key of `label`, in the name of `helper` (a
    /// guardian, or a registrar at the counter) and signed by the new key. Guardians sign it next.
    ///
    /// # Errors
    /// While the wallet is locked; when it has no key for `label`.
    pub fn start_recovery(
        &self,
        label: &str,
        account: AccountId,
        helper: Signer,
    ) -> Result<Document, Error> {
        let key = self.keystore().secret_key(label)?;
        let new_key = key.public_key();
        let mut document = self.document_by(helper, StartRecovery { account, new_key })?;
        document.sign(Signer::Key(new_key), &key)?;
        Ok(document)
    }

    /// Stops a recovery nobody asked for, with the old key.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn cancel_recovery(&self, label: &str) -> Result<Document, Error> {
        let account = self.account_id(label)?;
        self.propose(label, CancelRecovery { account })
    }
}

/// The key that an operation gives an account to, and that signs it as a bare key.
const fn new_key(operation: &Operation) -> Option<PublicKey> {
    match operation {
        Operation::OpenAccount(open) => open.key,
        Operation::OpenGroup(open) => Some(open.key),
        Operation::RegisterMerchant(register) => Some(register.key),
        Operation::RotateKey(rotate) => Some(rotate.new_key),
        Operation::StartRecovery(start) => Some(start.new_key),
        _ => None,
    }
}

#[cfg(all(test, feature = "trial"))]
mod tests {
    use ledger_core::record::account::Item;

    use super::*;
    use crate::trial::TrialCity;

    #[test]
    fn what_a_node_says_of_a_submission_is_proven_before_it_is_passed_on() {
        let city = TrialCity::new();
        let (wallet, _, _) = city.wallet("wang");
        city.earn(&wallet, 60);
        let item = Item {
            code: ItemCode(1),
            minutes: Minutes(20),
        };
        let shop = city.open_shop("shop", vec![item]);
        city.spoil(|_, answer| {
            if let Some(height) = answer.get_mut("height")
                && height.is_u64()
            {
                *height = serde_json::json!(1);
            }
        });
        let redeem = wallet.redeem("我", shop, ItemCode(1), Minutes(20));
        let mut document = redeem.unwrap();
        city.sign_as_shop(&mut document, shop, "shop");
        let error = wallet.submit(&document).unwrap_err();
        assert_eq!(error.code(), "transaction_misplaced");
    }
}
