//! Transactions in blocks.

use clap::{Args, Subcommand};
use ledger_core::id::TransactionId;
use serde_json::json;

use super::account::as_of;
use crate::failure::Failure;
use crate::output::Output;
use crate::perform::{POSTING_COLUMNS, operation_kind, posting_row};
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Show(Show),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[arg(value_parser = parse::<TransactionId>)]
    transaction: TransactionId,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    let Command::Show(Show { transaction: id }) = command;
    let verified = session.client()?.transaction(id)?;
    let applied = &verified.value;
    let envelope = applied.envelope.envelope();
    let transaction = &envelope.transaction;
    let json = json!({"id": id, "height": verified.height, "index": applied.index, "time_ms": verified.time_ms,
                      "envelope": envelope, "receipt": applied.receipt, "verified": true});
    let mut operation = json!(transaction.operation);
    if let Some(fields) = operation.as_object_mut() {
        fields.remove("kind");
    }
    let kind = operation_kind(&transaction.operation);
    let signers: Vec<_> = envelope.signatures.iter().map(|it| it.signer).collect();
    Ok(Output::of(&json)
        .fields([
            ("transaction", json!(id)),
            ("height", json!(verified.height)),
            ("time_ms", json!(verified.time_ms)),
            ("operation", json!(format!("operation_{kind}"))),
            ("signers", json!(signers)),
        ])
        .flattened(&operation)
        .rows(
            &POSTING_COLUMNS,
            applied.receipt.postings.iter().map(posting_row),
        )
        .say("verified", as_of(&verified)))
}
