//! Blocks.

use clap::{Args, Subcommand};
use ledger_core::id::Height;
use serde_json::json;

use super::account::as_of;
use crate::failure::Failure;
use crate::output::Output;
use crate::perform::operation_kind;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Show(Show),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    height: Option<u64>,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    let Command::Show(Show { height }) = command;
    let verified = session.client()?.block(height.map(Height))?;
    let content = &verified.value;
    let header = &content.block.header;
    let json = json!({"id": verified.block_id, "block": content.block, "automatic": content.automatic,
                      "receipts": content.receipts, "verified": true});
    let rows = content.block.transactions.iter().map(|sealed| {
        let transaction = sealed.transaction();
        let kind = operation_kind(&transaction.operation);
        vec![
            json!(sealed.id()),
            json!(format!("operation_{kind}")),
            json!(transaction.signer),
        ]
    });
    Ok(Output::of(&json)
        .fields([
            ("height", json!(header.height)),
            ("block_id", json!(verified.block_id)),
            ("time_ms", json!(header.time_ms)),
            ("parent", json!(header.parent)),
            ("proposer", json!(header.proposer)),
            ("state_root", json!(header.state_root)),
            ("automatic", json!(content.automatic.len())),
            ("transactions", json!(content.block.transactions.len())),
        ])
        .rows(&["transaction", "operation", "signer"], rows)
        .say("verified", as_of(&verified)))
}
