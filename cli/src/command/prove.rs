//! Proofs for others: files that anybody checks offline, without trusting a node.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ledger_core::id::{AccountId, OrderId, TransactionId};
use ledger_core::message::Arguments;
use ledger_core::proof::ProofBundle;
use serde_json::json;

use crate::content;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Account(Account),
    Order(Order),
    Tx(Transaction),
    Posting(Posting),
}

#[derive(Debug, Args)]
pub(crate) struct Account {
    #[arg(value_parser = parse::<AccountId>)]
    account: Option<AccountId>,
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Order {
    #[arg(value_parser = parse::<OrderId>)]
    order: OrderId,
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Transaction {
    #[arg(value_parser = parse::<TransactionId>)]
    transaction: TransactionId,
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Posting {
    index: u64,
    #[arg(value_parser = parse::<AccountId>)]
    account: Option<AccountId>,
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    let client = session.client()?;
    let freshness = session.freshness();
    match command {
        Command::Account(Account { account, to }) => {
            let account = session.account(account)?;
            written(&client.prove_account(account, freshness)?, &to)
        }
        Command::Order(Order { order, to }) => written(&client.prove_order(order, freshness)?, &to),
        Command::Tx(Transaction { transaction, to }) => {
            written(&client.prove_transaction(transaction, freshness)?, &to)
        }
        Command::Posting(Posting { index, account, to }) => {
            let account = session.account(account)?;
            written(&client.prove_posting(account, index, freshness)?, &to)
        }
    }
}

fn written(bundle: &ProofBundle, path: &Path) -> Result<Output, Failure> {
    let bytes = bundle.to_file();
    content::write(path, &bytes)?;
    let newest = bundle.blocks.last().map(|block| &block.header);
    let json = json!({"file": path, "bytes": bytes.len(), "height": newest.map(|header| header.height),
                      "time_ms": newest.map(|header| header.time_ms)});
    let about = Arguments::NONE.text("path", path.display());
    Ok(Output::of(&json)
        .flattened(&json)
        .say("prove-written", about))
}
