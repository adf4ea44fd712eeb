//! Staff of an organisation.

use clap::{Args, Subcommand};
use ledger_core::id::OrganisationId;
use ledger_core::transaction::government::{SetStaff, StaffChange};

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Set(Set),
}

#[derive(Debug, Args)]
pub(crate) struct Set {
    #[arg(value_parser = parse::<OrganisationId>)]
    organisation: OrganisationId,
    #[arg(long, value_name = "NUMBER=ROLES,PUBLIC_KEY,PERSON", value_parser = parse::<StaffChange>)]
    entry: Vec<StaffChange>,
    #[arg(long, value_name = "NUMBER")]
    remove: Vec<u32>,
    #[arg(long, value_name = "COUNT")]
    threshold: u8,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    let Command::Set(arguments) = command;
    let mut changes = arguments.entry;
    changes.extend(arguments.remove.into_iter().map(|number| StaffChange {
        number,
        entry: None,
    }));
    changes.sort_by_key(|change| change.number);
    session.perform(SetStaff {
        organisation: arguments.organisation,
        changes,
        threshold: arguments.threshold,
    })
}
