//! The auditor's commands. All of them work from the auditor's own book: blocks fetched from any node, certificates checked,
//! executed again, kept in a folder ([`crate::book`]).

mod clearing;
mod diff;
mod export;
mod replay;
mod run;

use clap::Subcommand;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Replay(replay::Replay),
    Run(run::Run),
    Clearing(clearing::Clearing),
    Export(export::Export),
    Diff(diff::Diff),
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Replay(arguments) => replay::run(&arguments, session),
        Command::Run(arguments) => run::run(&arguments, session),
        Command::Clearing(arguments) => clearing::run(&arguments, session),
        Command::Export(arguments) => export::run(&arguments, session),
        Command::Diff(arguments) => diff::run(&arguments, session),
    }
}
