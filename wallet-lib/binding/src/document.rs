//! A transaction on its way between the people who sign it.

use std::sync::Arc;

use ledger_core::id::{AccountId, BudgetId, ChainId, OrderId};
use ledger_core::time::TimestampMs;
use ledger_core::transaction::{Operation, Signer};
use timebank_wallet::document::Standing;
use timebank_wallet::{TransactionBuilder, document, explain};

use crate::error::WalletError;
use crate::explanation::Explanation;
use crate::key::SigningKey;
use crate::language::Language;
use crate::text;

/// A signature a document needs, or the few of one sort.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SignatureNeed {
    /// Who it is, in words.
    pub sentence: String,
    /// Whose signature certainly satisfies it: any one of these. Empty where the document names nobody.
    pub signers: Vec<String>,
    /// Whether it is there.
    pub standing: NeedStanding,
}

/// Where a needed signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum NeedStanding {
    /// Nobody has signed who could satisfy it.
    Missing,
    /// Nobody has signed who could satisfy it, and it is not needed in every case.
    Perhaps,
    /// Somebody has signed who may satisfy it: only the ledger can tell.
    Unclear,
    /// Somebody has signed who satisfies it.
    Signed,
}

impl From<Standing> for NeedStanding {
    fn from(standing: Standing) -> NeedStanding {
        match standing {
            Standing::Missing => NeedStanding::Missing,
            Standing::Perhaps => NeedStanding::Perhaps,
            Standing::Unclear => NeedStanding::Unclear,
            Standing::Signed => NeedStanding::Signed,
        }
    }
}

/// A transaction and the signatures collected for it so far. A document is never changed: signing makes another.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Object)]
pub struct Document(pub(crate) document::Document);

#[uniffi::export]
impl Document {
    /// A new transaction of `signer` that asks for `operation` (JSON as in `docs/api.md`), without signatures, valid for
    /// `valid_for_ms` from `now_ms`, the chain's time.
    ///
    /// # Errors
    /// When a text is not what it should be, or the system gives no random numbers.
    #[uniffi::constructor]
    pub fn build(
        chain_id: &str,
        signer: &str,
        operation: &str,
        now_ms: u64,
        valid_for_ms: u64,
    ) -> Result<Arc<Document>, WalletError> {
        let chain_id: ChainId = text::parse("chain_id", chain_id)?;
        let signer: Signer = text::parse("signer", signer)?;
        let transaction = TransactionBuilder::new(chain_id, signer, TimestampMs(now_ms))
            .valid_for_ms(valid_for_ms)
            .build(text::operation(operation)?)?;
        Ok(Arc::new(Document(document::Document::new(transaction))))
    }

    /// Reads a document, which may have passed through any hands.
    ///
    /// # Errors
    /// When it is none, its readable part is not exactly what its bytes say, or a signature is wrong.
    #[uniffi::constructor]
    pub fn from_json(json: &str) -> Result<Arc<Document>, WalletError> {
        Ok(Arc::new(Document(document::Document::from_json(json)?)))
    }

    /// Reads a document from a file or a QR code, in either form.
    ///
    /// # Errors
    /// As for [`Document::from_json`].
    #[uniffi::constructor]
    pub fn read(bytes: &[u8]) -> Result<Arc<Document>, WalletError> {
        Ok(Arc::new(Document(document::Document::read(bytes)?)))
    }

    /// The document in its compact form, for QR codes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// The document as JSON: what is stored and handed on.
    pub fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// The transaction's id.
    pub fn id(&self) -> String {
        self.0.transaction().id().to_string()
    }

    /// What is asked for, as JSON.
    pub fn operation(&self) -> String {
        serde_json::to_string(&self.0.transaction().operation)
            .expect("an operation has text keys only and cannot fail to serialise")
    }

    /// What it says to the one who is to sign it: show this before signing.
    pub fn explain(&self, language: Language) -> Explanation {
        Explanation::new(
            explain::explain(self.0.transaction(), language.into()),
            language,
        )
    }

    /// Who asks.
    pub fn signer(&self) -> String {
        self.0.transaction().signer.to_string()
    }

    /// Until when it may be submitted: Unix time in milliseconds.
    pub fn valid_until_ms(&self) -> u64 {
        self.0.transaction().valid_until_ms.0
    }

    /// The id of the account, order or budget line that this makes when it is applied; none when it makes nothing.
    pub fn makes(&self) -> Option<String> {
        let transaction = self.0.transaction();
        let id = transaction.id();
        match transaction.operation {
            Operation::OpenAccount(_)
            | Operation::OpenGroup(_)
            | Operation::RegisterMerchant(_) => Some(AccountId::derive(id).to_string()),
            Operation::PostOrder(_) | Operation::RecordService(_) => {
                Some(OrderId::derive(id).to_string())
            }
            Operation::OpenBudget(_) => Some(BudgetId::derive(id).to_string()),
            _ => None,
        }
    }

    /// Who has signed so far.
    pub fn signed_by(&self) -> Vec<String> {
        let signatures = self.0.signatures();
        signatures.keys().map(ToString::to_string).collect()
    }

    /// Whose signatures it needs, as far as what is asked for tells, and which are there.
    pub fn needs(&self, language: Language) -> Vec<SignatureNeed> {
        let needs = self.0.standing().into_iter().map(|(need, standing)| {
            let signers = need.signers().iter();
            SignatureNeed {
                sentence: need.sentence(language.into()),
                signers: signers.map(ToString::to_string).collect(),
                standing: standing.into(),
            }
        });
        needs.collect()
    }

    /// The document with the signature of `key` too.
    ///
    /// # Errors
    /// When the key signs as a bare key and is another.
    pub fn signed(&self, key: &SigningKey) -> Result<Arc<Document>, WalletError> {
        let mut document = self.0.clone();
        document.sign(key.signer, &key.key)?;
        Ok(Arc::new(Document(document)))
    }

    /// The document with the signatures of `other` too, a copy that went another way.
    ///
    /// # Errors
    /// When it is about another transaction, or one signer signed with different keys.
    pub fn merged(&self, other: &Document) -> Result<Arc<Document>, WalletError> {
        let mut document = self.0.clone();
        document.merge(&other.0)?;
        Ok(Arc::new(Document(document)))
    }
}
