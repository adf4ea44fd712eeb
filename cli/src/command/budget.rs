//! Budget lines.

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::id::{BudgetId, OrganisationId};
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::time::Day;
use ledger_core::transaction::government::OpenBudget;
use serde_json::json;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Open(Open),
    Show(Show),
}

#[derive(Debug, Args)]
pub(crate) struct Open {
    #[arg(value_parser = parse::<OrganisationId>)]
    scope: OrganisationId,
    #[arg(long, value_parser = parse::<BudgetPurpose>)]
    purpose: BudgetPurpose,
    #[arg(long, value_parser = parse::<Minutes>)]
    minutes: Minutes,
    #[arg(long, value_name = "DAY", value_parser = parse::<Day>)]
    last_day: Day,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[arg(value_parser = parse::<BudgetId>)]
    budget: BudgetId,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Open(arguments) => session.perform(OpenBudget {
            scope: arguments.scope,
            purpose: arguments.purpose,
            minutes: arguments.minutes,
            last_day: arguments.last_day,
        }),
        Command::Show(arguments) => {
            let answer = session.client()?.budget(arguments.budget)?;
            let line = &answer.budget;
            Ok(Output::of(&answer).fields([
                ("budget", json!(answer.id)),
                ("scope", json!(line.scope)),
                ("purpose", json!(line.purpose)),
                ("minutes", json!(line.minutes)),
                ("reserved", json!(line.reserved)),
                ("used", json!(line.used)),
                ("available", json!(line.available().ok())),
                ("last_day", json!(line.last_day)),
            ]))
        }
    }
}
