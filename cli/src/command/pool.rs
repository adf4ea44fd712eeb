//! Pools of organisations.

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::id::BudgetId;
use ledger_core::record::budget::PoolId;
use ledger_core::transaction::government::FundPool;
use serde_json::json;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Fund(Fund),
    Show(Show),
}

#[derive(Debug, Args)]
pub(crate) struct Fund {
    #[arg(value_parser = parse::<PoolId>)]
    pool: PoolId,
    #[arg(value_parser = parse::<Minutes>)]
    minutes: Minutes,
    #[arg(long, value_name = "LINE", value_parser = parse::<BudgetId>)]
    budget: BudgetId,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[arg(value_parser = parse::<PoolId>)]
    pool: PoolId,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Fund(arguments) => session.perform(FundPool {
            budget: arguments.budget,
            pool: arguments.pool,
            minutes: arguments.minutes,
        }),
        Command::Show(arguments) => {
            let answer = session.client()?.pool(arguments.pool)?;
            Ok(Output::of(&answer).fields([
                ("pool", json!(answer.id)),
                ("minutes", json!(answer.pool.minutes)),
                ("postings", json!(answer.pool.history.length)),
            ]))
        }
    }
}
