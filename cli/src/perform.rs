//! Carrying an operation out: signed with the keys at hand and submitted, or written as a document for others to sign.

use std::path::Path;

use ledger_core::id::{AccountId, BudgetId, OrderId, TransactionId};
use ledger_core::message::Arguments;
use ledger_core::receipt::{Owner, Posting};
use ledger_core::transaction::{Operation, Signer, Transaction};
use serde_json::{Value, json};
use timebank_wallet::answer::{Progress, Submission};
pub(crate) use timebank_wallet::explain::kind as operation_kind;
use timebank_wallet::explain::{Explanation, explain_in};
use timebank_wallet::{Document, TransactionBuilder};

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::signing::SigningKey;

impl Session<'_> {
    /// A transaction that asks for `operation`.
    pub(crate) fn transaction(&self, operation: Operation) -> Result<Transaction, Failure> {
        self.transaction_by(self.asks()?, operation)
    }

    /// A transaction by which `asks` asks for `operation`.
    pub(crate) fn transaction_by(
        &self,
        asks: Signer,
        operation: Operation,
    ) -> Result<Transaction, Failure> {
        let (chain_id, now_ms, validity_ms) = match self.valid_until()? {
            None => {
                let (chain_id, now_ms) = self.chain_now()?;
                let day_ms = timebank_wallet::builder::VALIDITY_MS_DEFAULT;
                (chain_id, now_ms, day_ms)
            }
            // With the expiry given, a transaction needs no node.
            Some(until_ms) => (self.chain_id()?, until_ms, 0),
        };
        let builder = TransactionBuilder::new(chain_id, asks, now_ms).valid_for_ms(validity_ms);
        Ok(builder.build(operation)?)
    }

    /// Asks for `operation`: signed with the keys at hand and submitted, or written as a document for others to sign.
    pub(crate) fn perform(&self, operation: impl Into<Operation>) -> Result<Output, Failure> {
        let transaction = self.transaction(operation.into())?;
        let mut document = Document::new(transaction);
        for SigningKey { signer, key } in self.keys()? {
            document.sign(signer, &key)?;
        }
        match self.document() {
            Some(path) => write_document(&document, path),
            None if document.signatures().is_empty() => {
                Err(Failure::usage("key_missing", Arguments::NONE))
            }
            None => self.submit(document),
        }
    }

    /// What a transaction says to the one who is to sign it, from the signed bytes alone.
    pub(crate) fn explain(&self, transaction: &Transaction) -> Result<Explanation, Failure> {
        let calendar = self.calendar()?;
        Ok(explain_in(transaction, self.language(), calendar))
    }

    /// Submits a document.
    pub(crate) fn submit(&self, document: Document) -> Result<Output, Failure> {
        let transaction = document.transaction().clone();
        let envelope = document.into_envelope()?;
        let client = self.client()?;
        let submission = match client.trusted_chain() {
            Some(_) => client.submit_proven(&envelope, self.patience())?,
            None => client.submit(&envelope, self.patience())?,
        };
        Ok(submitted(&transaction, &submission))
    }
}

/// What applying the transaction brings into being.
fn created(id: TransactionId, operation: &Operation) -> Option<(&'static str, String)> {
    match operation {
        Operation::OpenAccount(_) | Operation::OpenGroup(_) | Operation::RegisterMerchant(_) => {
            Some(("account", AccountId::derive(id).to_string()))
        }
        Operation::PostOrder(_) | Operation::RecordService(_) => {
            Some(("order", OrderId::derive(id).to_string()))
        }
        Operation::OpenBudget(_) => Some(("budget", BudgetId::derive(id).to_string())),
        _ => None,
    }
}

/// What became of a transaction.
pub(crate) fn submitted(transaction: &Transaction, submission: &Submission) -> Output {
    let id = submission.id;
    let mut json = serde_json::to_value(submission).unwrap_or_default();
    let mut fields = vec![("transaction", json!(id))];
    if let Some((what, new)) = created(id, &transaction.operation) {
        json["created"] = json!({ what: new.clone() });
        fields.push((what, json!(new)));
    }
    let output = Output::of(&json);
    match &submission.progress {
        Progress::Accepted => output
            .say("submitted-accepted", Arguments::NONE)
            .fields(fields),
        Progress::Applied { height, receipt } => {
            let about = Arguments::NONE.number("height", height.0);
            let postings = receipt.postings.iter().map(posting_row);
            output
                .say("submitted-applied", about)
                .fields(fields)
                .rows(&POSTING_COLUMNS, postings)
        }
    }
}

/// The columns of postings.
pub(crate) const POSTING_COLUMNS: [&str; 3] = ["owner", "entry", "details"];

/// A posting as a row.
pub(crate) fn posting_row(posting: &Posting) -> Vec<Value> {
    let owner = match posting.owner {
        Owner::Account(account) => json!(account),
        Owner::Pool(pool) => json!(pool),
    };
    let mut details = serde_json::to_value(&posting.entry).unwrap_or_default();
    let kind = details
        .as_object_mut()
        .and_then(|fields| fields.remove("kind"))
        .and_then(|kind| Some(format!("entry_{}", kind.as_str()?)));
    vec![owner, json!(kind), details]
}

/// Writes a document, and says who is to sign it.
pub(crate) fn write_document(document: &Document, path: &Path) -> Result<Output, Failure> {
    document.save(path)?;
    Ok(describe_document(document, path))
}

/// A document for people: what it asks for, and who has signed.
pub(crate) fn describe_document(document: &Document, path: &Path) -> Output {
    let transaction = document.transaction();
    let id = transaction.id();
    let kind = operation_kind(&transaction.operation);
    let signatures: Vec<Value> = document
        .signatures()
        .iter()
        .map(|(signer, signed)| json!({"signer": signer, "key": signed.key}))
        .collect();
    let mut json =
        json!({"document": path, "id": id, "transaction": transaction, "signatures": signatures});
    let mut fields = vec![
        ("document", json!(path)),
        ("transaction", json!(id)),
        ("operation", json!(format!("operation_{kind}"))),
        ("signer", json!(transaction.signer)),
        ("valid_until_ms", json!(transaction.valid_until_ms)),
    ];
    if let Some((what, new)) = created(id, &transaction.operation) {
        json["creates"] = json!({ what: new.clone() });
        fields.push((what, json!(new)));
    }
    let mut operation = serde_json::to_value(&transaction.operation).unwrap_or_default();
    if let Some(fields) = operation.as_object_mut() {
        fields.remove("kind");
    }
    let rows = document
        .signatures()
        .iter()
        .map(|(signer, signed)| vec![json!(signer), json!(signed.key)]);
    let output = Output::of(&json)
        .fields(fields)
        .flattened(&operation)
        .say("document-signatures", Arguments::NONE)
        .rows(&["signer", "key"], rows)
        .say(
            "document-signed_by",
            Arguments::NONE.text("operation", format!("signed_by_{kind}")),
        );
    match binds_minors(&transaction.operation) {
        true => output.say("document-minor", Arguments::NONE),
        false => output,
    }
}

/// Whether a minor's signature under this needs the legal guardian's beside it (`docs/decisions.md`).
const fn binds_minors(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::PostOrder(_)
            | Operation::AcceptOrder(_)
            | Operation::RecordService(_)
            | Operation::Gift(_)
            | Operation::Donate(_)
            | Operation::Redeem(_)
            | Operation::LinkKin(_)
            | Operation::UnlinkKin(_)
            | Operation::SetKinAllowance(_)
            | Operation::AppointProxy(_)
            | Operation::RevokeProxy(_)
            | Operation::SetGuardians(_)
            | Operation::RotateKey(_)
            | Operation::MoveHome(_)
            | Operation::CloseAccount(_)
    )
}
