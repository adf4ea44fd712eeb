//! Trainings and campaigns: many people recorded at once.

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::id::{BudgetId, OrganisationId};
use ledger_core::transaction::Operation;
use ledger_core::transaction::attendance::{Attendance, RecordCampaign, RecordTraining};

use super::people::People;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Record(Record),
}

#[derive(Debug, Args)]
pub(crate) struct Record {
    #[command(flatten)]
    people: People,
    #[arg(long, value_parser = parse::<OrganisationId>)]
    district: OrganisationId,
    #[arg(long, value_name = "TIME")]
    start: String,
    #[arg(long, value_name = "TIME")]
    end: String,
    #[arg(long, value_parser = parse::<Minutes>)]
    minutes: Minutes,
    #[arg(long, value_name = "LINE", value_parser = parse::<BudgetId>)]
    budget: BudgetId,
}

pub(crate) fn training(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    let Command::Record(arguments) = command;
    let attendance = attendance(&arguments, session)?;
    session.perform(Operation::from(RecordTraining { attendance }))
}

pub(crate) fn campaign(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    let Command::Record(arguments) = command;
    let attendance = attendance(&arguments, session)?;
    session.perform(Operation::from(RecordCampaign { attendance }))
}

fn attendance(arguments: &Record, session: &Session<'_>) -> Result<Attendance, Failure> {
    Ok(Attendance {
        district: arguments.district,
        start_ms: session.instant("--start", &arguments.start)?,
        end_ms: session.instant("--end", &arguments.end)?,
        // In the order given: it decides who is paid when a campaign's line runs out.
        participants: arguments.people.read(session)?,
        minutes: arguments.minutes,
        budget: arguments.budget,
    })
}
