//! Pools of organisations, and who waits for a reserve.

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::id::BudgetId;
use ledger_core::record::budget::PoolId;
use ledger_core::transaction::government::FundPool;
use ledger_core::transaction::value::SpendPool;
use serde_json::{Value, json};

use super::all;
use super::budget::Terms;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Fund(Fund),
    Spend(Spend),
    Show(Show),
    Queue(Show),
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
pub(crate) struct Spend {
    #[arg(value_parser = parse::<PoolId>)]
    pool: PoolId,
    #[command(flatten)]
    terms: Terms,
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
        Command::Spend(arguments) => session.perform(SpendPool {
            pool: arguments.pool,
            grantees: arguments.terms.grantees(session)?,
        }),
        Command::Queue(arguments) => {
            let client = session.client()?;
            let claims = all(|after| client.queue(arguments.pool, after))?;
            let rows = claims.iter().map(|listed| {
                let claim = &listed.claim;
                vec![
                    json!(listed.number),
                    json!(claim.account),
                    json!(claim.order),
                    json!(claim.minutes),
                ]
            });
            let columns = ["number", "account", "order", "minutes"];
            Ok(Output::of(&claims).rows(&columns, rows))
        }
        Command::Show(arguments) => {
            let answer = session.client()?.pool(arguments.pool)?;
            Ok(Output::of(&answer).fields([
                ("pool", json!(answer.id)),
                ("minutes", json!(answer.pool.minutes)),
                (
                    "queued",
                    match answer.queued {
                        Minutes::ZERO => Value::Null,
                        queued => json!(queued),
                    },
                ),
                ("postings", json!(answer.pool.history.length)),
            ]))
        }
    }
}
