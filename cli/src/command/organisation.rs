//! Organisations.

use clap::{Args, Subcommand};
use ledger_core::id::OrganisationId;
use ledger_core::record::organisation::Level;
use ledger_core::transaction::government::RegisterOrganisation;
use serde_json::json;

use super::all;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(List),
    Show(Show),
    Register(Register),
}

#[derive(Debug, Args)]
pub(crate) struct List {}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[arg(value_parser = parse::<OrganisationId>)]
    organisation: OrganisationId,
}

#[derive(Debug, Args)]
pub(crate) struct Register {
    #[arg(value_parser = parse::<OrganisationId>)]
    organisation: OrganisationId,
    #[arg(long, value_name = "ORGANISATION", value_parser = parse::<OrganisationId>)]
    parent: OrganisationId,
    #[arg(long, value_parser = parse::<Level>)]
    level: Level,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::List(_) => {
            let client = session.client()?;
            let listed = all(|after| client.organisations(after))?;
            let rows = listed.iter().map(|listed| {
                let record = &listed.organisation;
                vec![
                    json!(listed.id),
                    json!(record.level),
                    json!(record.parent),
                    json!(record.administrators),
                    json!(record.threshold),
                ]
            });
            let columns = [
                "organisation",
                "level",
                "parent",
                "administrators",
                "threshold",
            ];
            Ok(Output::of(&listed).rows(&columns, rows))
        }
        Command::Show(arguments) => {
            let answer = session.client()?.organisation(arguments.organisation)?;
            let rows = answer.staff.iter().map(|listed| {
                vec![
                    json!(listed.staff),
                    json!(listed.entry.roles),
                    json!(listed.entry.person),
                    json!(listed.entry.key),
                ]
            });
            let record = &answer.organisation;
            Ok(Output::of(&answer)
                .fields([
                    ("organisation", json!(answer.id)),
                    ("level", json!(record.level)),
                    ("parent", json!(record.parent)),
                    ("administrators", json!(record.administrators)),
                    ("threshold", json!(record.threshold)),
                ])
                .rows(&["staff", "roles", "person", "key"], rows))
        }
        Command::Register(arguments) => session.perform(RegisterOrganisation {
            organisation: arguments.organisation,
            parent: arguments.parent,
            level: arguments.level,
        }),
    }
}
