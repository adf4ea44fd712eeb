//! What a wallet asks for: documents signed by whoever asks, for others to sign, and handing them in.

use std::sync::Arc;

use ledger_core::amount::Minutes;
use ledger_core::record::order::Payer as LedgerPayer;
use ledger_core::time::TimestampMs;
use ledger_core::transaction::service::OrderTerms as LedgerTerms;
use timebank_wallet::answer::Progress;
use timebank_wallet::document;
use timebank_wallet::error::Error;
use timebank_wallet::wallet::Service as WalletService;

use super::Wallet;
use crate::document::Document;
use crate::error::WalletError;
use crate::text;

/// Who pays for a service.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Payer {
    /// The recipient.
    Recipient,
    /// A kin of the recipient.
    Kin {
        /// The kin's account.
        account: String,
    },
    /// A budget line of the city or an office.
    Budget {
        /// The line.
        budget: String,
    },
}

impl Payer {
    fn parse(&self) -> Result<LedgerPayer, Error> {
        Ok(match self {
            Payer::Recipient => LedgerPayer::Recipient,
            Payer::Kin { account } => LedgerPayer::Kin(text::parse("account", account)?),
            Payer::Budget { budget } => LedgerPayer::Budget(text::parse("budget", budget)?),
        })
    }
}

/// What is ordered.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct OrderTerms {
    /// Whom the service is for.
    pub recipient: String,
    /// Its kind, by the city's catalogue: `S01`.
    pub service: String,
    /// The district it takes place in.
    pub district: String,
    /// When it may begin: Unix time in milliseconds.
    pub window_start_ms: u64,
    /// Before when it must begin.
    pub window_end_ms: u64,
    /// How much is reserved for it at most.
    pub minutes: u64,
    /// Who pays.
    pub payer: Payer,
}

impl OrderTerms {
    fn parse(&self) -> Result<LedgerTerms, Error> {
        Ok(LedgerTerms {
            recipient: text::parse("account", &self.recipient)?,
            service: text::parse("service", &self.service)?,
            district: text::parse("organisation", &self.district)?,
            window_start_ms: TimestampMs(self.window_start_ms),
            window_end_ms: TimestampMs(self.window_end_ms),
            minutes: Minutes(self.minutes),
            payer: self.payer.parse()?,
        })
    }
}

/// A service that was done, as it is recorded in one step.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Service {
    /// Whom it was for.
    pub recipient: String,
    /// Its kind, by the city's catalogue: `S01`.
    pub service: String,
    /// The district it took place in.
    pub district: String,
    /// When it began: Unix time in milliseconds.
    pub start_ms: u64,
    /// When it ended (exclusive).
    pub end_ms: u64,
    /// How much is claimed: at most the interval's minutes.
    pub minutes: u64,
    /// Who pays.
    pub payer: Payer,
    /// A salted commitment to evidence kept off the ledger, 64 hexadecimal digits.
    pub evidence: String,
}

/// A transaction that was handed in.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Submitted {
    /// Its id.
    pub id: String,
    /// The block it is in; none while it is only accepted.
    pub height: Option<u64>,
}

fn made(document: document::Document) -> Result<Arc<Document>, WalletError> {
    Ok(Arc::new(Document(document)))
}

#[uniffi::export]
impl Wallet {
    /// A document that asks for `operation` (JSON as in `docs/api.md`) in the name of `label`, signed by it: for what has no
    /// method of its own.
    ///
    /// # Errors
    /// While the wallet is locked; when its account is not known.
    pub fn propose(&self, label: &str, operation: &str) -> Result<Arc<Document>, WalletError> {
        made(self.0.propose(label, text::operation(operation)?)?)
    }

    /// The document that opens an account at home in the street `home` for the key of `label`, signed by it: for the staff
    /// member `registrar` and the identity registry, whose commitment `identity` is, to sign. A minor's names the legal
    /// guardian.
    ///
    /// # Errors
    /// While the wallet is locked.
    pub fn open_account(
        &self,
        label: &str,
        registrar: &str,
        home: &str,
        identity: &str,
        legal_guardian: Option<String>,
    ) -> Result<Arc<Document>, WalletError> {
        let registrar = text::parse("staff", registrar)?;
        let home = text::parse("organisation", home)?;
        let identity = text::parse("identity", identity)?;
        let guardian = legal_guardian.map(|it| text::parse("account", &it));
        let guardian = guardian.transpose()?;
        made(
            self.0
                .open_account(label, registrar, home, identity, guardian)?,
        )
    }

    /// Asks for a service.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn post_order(
        &self,
        label: &str,
        terms: &OrderTerms,
    ) -> Result<Arc<Document>, WalletError> {
        made(self.0.post_order(label, terms.parse()?)?)
    }

    /// Accepts an order, as its provider.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn accept_order(&self, label: &str, order: &str) -> Result<Arc<Document>, WalletError> {
        made(self.0.accept_order(label, text::parse("order", order)?)?)
    }

    /// Checks in; the other party signs too.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn start_order(&self, label: &str, order: &str) -> Result<Arc<Document>, WalletError> {
        made(self.0.start_order(label, text::parse("order", order)?)?)
    }

    /// Reports a service done, from `start_ms` to `end_ms`; the other party signs too. `evidence` is a salted commitment of
    /// 64 hexadecimal digits.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn complete_order(
        &self,
        label: &str,
        order: &str,
        start_ms: u64,
        end_ms: u64,
        evidence: &str,
    ) -> Result<Arc<Document>, WalletError> {
        let order = text::parse("order", order)?;
        let interval = (TimestampMs(start_ms), TimestampMs(end_ms));
        let evidence = text::parse("evidence", evidence)?;
        made(self.0.complete_order(label, order, interval, evidence)?)
    }

    /// Withdraws from an order.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn cancel_order(&self, label: &str, order: &str) -> Result<Arc<Document>, WalletError> {
        made(self.0.cancel_order(label, text::parse("order", order)?)?)
    }

    /// Records a service that `label` gave, in one step; the recipient signs too, and a social worker verifies it later.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn record_service(
        &self,
        label: &str,
        service: &Service,
    ) -> Result<Arc<Document>, WalletError> {
        let service = WalletService {
            recipient: text::parse("account", &service.recipient)?,
            service: text::parse("service", &service.service)?,
            district: text::parse("organisation", &service.district)?,
            start_ms: TimestampMs(service.start_ms),
            end_ms: TimestampMs(service.end_ms),
            minutes: Minutes(service.minutes),
            payer: service.payer.parse()?,
            evidence: text::parse("evidence", &service.evidence)?,
        };
        made(self.0.record_service(label, service)?)
    }

    /// Gives minutes to linked kin.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn gift(&self, label: &str, to: &str, minutes: u64) -> Result<Arc<Document>, WalletError> {
        let to = text::parse("account", to)?;
        made(self.0.gift(label, to, Minutes(minutes))?)
    }

    /// Exchanges minutes for an item (`I03`); the merchant signs too.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn redeem(
        &self,
        label: &str,
        merchant: &str,
        item: &str,
        minutes: u64,
    ) -> Result<Arc<Document>, WalletError> {
        let merchant = text::parse("account", merchant)?;
        let item = text::parse("item", item)?;
        made(self.0.redeem(label, merchant, item, Minutes(minutes))?)
    }

    /// Replaces the account's key by the next one of the same words; once it is in a block, [`Wallet::attach`] takes it into
    /// use.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn rotate_key(&self, label: &str) -> Result<Arc<Document>, WalletError> {
        made(self.0.rotate_key(label)?)
    }

    /// The new phone's part of a recovery: the document that gives `account` the key of `label`, in the name of `helper` (a
    /// guardian's account, or a registrar such as `320102001/2`). Guardians sign it next.
    ///
    /// # Errors
    /// While the wallet is locked.
    pub fn start_recovery(
        &self,
        label: &str,
        account: &str,
        helper: &str,
    ) -> Result<Arc<Document>, WalletError> {
        let account = text::parse("account", account)?;
        let helper = text::parse("signer", helper)?;
        made(self.0.start_recovery(label, account, helper)?)
    }

    /// Stops a recovery nobody asked for, with the old key.
    ///
    /// # Errors
    /// As for [`Wallet::propose`].
    pub fn cancel_recovery(&self, label: &str) -> Result<Arc<Document>, WalletError> {
        made(self.0.cancel_recovery(label)?)
    }

    /// Hands a document in and waits until it is in a block. Handing in again is safe: it applies at most once.
    ///
    /// # Errors
    /// While its own signer has not signed; when the ledger refuses it; when it is not in a block in time.
    pub fn submit(&self, document: &Document) -> Result<Submitted, WalletError> {
        let submission = self.0.submit(&document.0)?;
        Ok(Submitted {
            id: submission.id.to_string(),
            height: match submission.progress {
                Progress::Accepted => None,
                Progress::Applied { height, .. } => Some(height.0),
            },
        })
    }

    /// The chain's time by a node's word: Unix time in milliseconds. It differs from the phone's on test chains only.
    ///
    /// # Errors
    /// When no node answers.
    pub fn chain_time_ms_unverified(&self) -> Result<u64, WalletError> {
        Ok(self.0.client().status()?.now_ms.0)
    }
}
