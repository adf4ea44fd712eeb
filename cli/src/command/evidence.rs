//! Offences of validators on record.

use clap::{Args, Subcommand};
use serde_json::json;

use super::all;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(List),
}

#[derive(Debug, Args)]
pub(crate) struct List {}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    let Command::List(List {}) = command;
    let client = session.client()?;
    let listed = all(|after| client.evidence(after))?;
    let rows = listed.iter().map(|listed| {
        vec![
            json!(listed.validator),
            json!(listed.evidence.organisation),
            json!(listed.height),
            json!(listed.round),
            json!(listed.step),
            json!(listed.evidence.recorded_at),
        ]
    });
    let columns = [
        "validator",
        "organisation",
        "height",
        "round",
        "step",
        "recorded_at",
    ];
    Ok(Output::of(&listed).rows(&columns, rows))
}
