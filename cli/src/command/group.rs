//! Groups: volunteer teams that earn for their pool.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ledger_core::id::{AccountId, OrganisationId};
use ledger_core::message::Arguments;
use ledger_core::signature::PublicKey;
use ledger_core::transaction::account::{OpenGroup, SetMembers};
use serde_json::json;

use super::account::as_of;
use super::people;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Open(Open),
    Members(Members),
    SetMembers(SetMembersArguments),
}

#[derive(Debug, Args)]
pub(crate) struct Open {
    #[arg(long, value_name = "STREET", value_parser = parse::<OrganisationId>)]
    home: OrganisationId,
    #[arg(long, value_name = "PUBLIC_KEY", value_parser = parse::<PublicKey>)]
    group_key: PublicKey,
}

#[derive(Debug, Args)]
pub(crate) struct Members {
    #[arg(value_parser = parse::<AccountId>)]
    group: Option<AccountId>,
    #[arg(long)]
    unverified: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SetMembersArguments {
    #[arg(value_parser = parse::<AccountId>)]
    group: AccountId,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    add: Vec<AccountId>,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    remove: Vec<AccountId>,
    #[arg(long, value_name = "FILE")]
    add_file: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    remove_file: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Open(arguments) => session.perform(OpenGroup {
            home: arguments.home,
            key: arguments.group_key,
        }),
        Command::Members(arguments) => members(&arguments, session),
        Command::SetMembers(arguments) => set_members(arguments, session),
    }
}

fn members(arguments: &Members, session: &Session<'_>) -> Result<Output, Failure> {
    let group = session.account(arguments.group)?;
    let client = session.client()?;
    if arguments.unverified {
        let members = client.members_unverified(group)?.members.members;
        let json = json!({"group": group, "members": members, "verified": false});
        return Ok(listed(&json, &members).say("unverified", Arguments::NONE));
    }
    let verified = client.members(group, session.freshness())?;
    let members = &verified.value.members;
    let json =
        json!({"group": group, "members": members, "height": verified.height, "verified": true});
    Ok(listed(&json, members).say("verified", as_of(&verified)))
}

fn listed(json: &serde_json::Value, members: &[AccountId]) -> Output {
    let rows = members.iter().map(|member| vec![json!(member)]);
    Output::of(json).rows(&["member"], rows)
}

fn set_members(arguments: SetMembersArguments, session: &Session<'_>) -> Result<Output, Failure> {
    let roster = arguments.roster.as_deref();
    let read = |mut named: Vec<AccountId>, file: Option<PathBuf>| -> Result<_, Failure> {
        if let Some(file) = file {
            named.extend(people::listed(&file, roster, session)?);
        }
        named.sort();
        Ok(named)
    };
    let (add, remove) = (
        read(arguments.add, arguments.add_file)?,
        read(arguments.remove, arguments.remove_file)?,
    );
    if add.is_empty() && remove.is_empty() {
        return Err(Failure::usage("people_missing", Arguments::NONE));
    }
    session.perform(SetMembers {
        group: arguments.group,
        add,
        remove,
    })
}
