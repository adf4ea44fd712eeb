//! Newer versions of the rules.

use clap::{Args, Subcommand};
use ledger_core::time::Day;
use ledger_core::transaction::government::ScheduleUpgrade;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Schedule(Schedule),
}

#[derive(Debug, Args)]
pub(crate) struct Schedule {
    rules: u16,
    #[arg(long, value_name = "DAY", value_parser = parse::<Day>)]
    from_day: Day,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    let Command::Schedule(Schedule { rules, from_day }) = command;
    session.perform(ScheduleUpgrade {
        version: rules,
        from_day,
    })
}
