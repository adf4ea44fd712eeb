//! Completion scripts for shells.

use clap::Args;
use clap_complete::Shell;
use ledger_core::message::Language;

use crate::help;
use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Completions {
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Completions) -> Output {
    let mut script = Vec::new();
    let mut command = help::command(Language::English);
    clap_complete::generate(arguments.shell, &mut command, "timebank", &mut script);
    Output::verbatim(String::from_utf8_lossy(&script).into_owned())
}
