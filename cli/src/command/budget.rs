//! Budget lines, and granting from them.

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::id::{BudgetId, OrganisationId, ProgrammeCode};
use ledger_core::record::budget::BudgetPurpose;
use ledger_core::time::Day;
use ledger_core::transaction::government::OpenBudget;
use ledger_core::transaction::value::{self, Grantees};
use serde_json::json;

use super::people::People;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Open(Open),
    Grant(Grant),
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

/// To whom minutes are given, and on what terms.
#[derive(Debug, Args)]
pub(crate) struct Terms {
    #[command(flatten)]
    people: People,
    #[arg(long, value_name = "CODE", value_parser = parse::<ProgrammeCode>)]
    programme: ProgrammeCode,
    #[arg(long, value_parser = parse::<Minutes>)]
    minutes: Minutes,
    #[arg(long, value_name = "DAY", value_parser = parse::<Day>)]
    expiry: Option<Day>,
}

impl Terms {
    /// The people and the terms as operations name them.
    pub(crate) fn grantees(&self, session: &Session<'_>) -> Result<Grantees, Failure> {
        Ok(Grantees {
            programme: self.programme,
            accounts: self.people.sorted(session)?,
            minutes: self.minutes,
            expiry: self.expiry,
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct Grant {
    #[arg(value_name = "LINE", value_parser = parse::<BudgetId>)]
    budget: BudgetId,
    #[command(flatten)]
    terms: Terms,
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
        Command::Grant(arguments) => session.perform(value::Grant {
            budget: arguments.budget,
            grantees: arguments.terms.grantees(session)?,
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
