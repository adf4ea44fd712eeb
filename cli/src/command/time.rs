//! The time of a test chain.

use clap::{Args, Subcommand};
use ledger_core::transaction::government::AdvanceTime;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Advance(Advance),
}

#[derive(Debug, Args)]
pub(crate) struct Advance {
    to: String,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    let Command::Advance(Advance { to }) = command;
    session.perform(AdvanceTime {
        to_ms: session.instant("TO", &to)?,
    })
}
