//! The identity registry's work: commitments to identities, which stay in the registry's vault.
//!
//! The identity is read from a file or from standard input, never from the command line, where others could see it.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ledger_core::hash::Hash;
use ledger_core::message::Arguments;
use serde_json::json;
use timebank_wallet::Error;
use timebank_wallet::identity::{IDENTITY_BYTES_MAX, IdentityVault};

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Commit(Identity),
    Find(Identity),
    Erase(Erase),
}

#[derive(Debug, Args)]
pub(crate) struct Identity {
    #[arg(long, value_name = "FILE")]
    vault: PathBuf,
    #[arg(long, value_name = "FILE")]
    identity_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Erase {
    #[arg(value_parser = parse::<Hash>)]
    commitment: Hash,
    #[arg(long, value_name = "FILE")]
    vault: PathBuf,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Commit(arguments) => {
            let mut vault = IdentityVault::open(&arguments.vault)?;
            let commitment = vault.commit(&read(arguments.identity_file.as_deref(), session)?)?;
            Ok(shown(commitment).say("identity-keep", Arguments::NONE))
        }
        Command::Find(arguments) => {
            let vault = IdentityVault::open(&arguments.vault)?;
            let found = vault.find(&read(arguments.identity_file.as_deref(), session)?);
            match found {
                Some(commitment) => Ok(shown(commitment)),
                None => Ok(
                    Output::of(&json!({"identity": null})).say("identity-none", Arguments::NONE)
                ),
            }
        }
        Command::Erase(arguments) => {
            IdentityVault::open(&arguments.vault)?.erase(arguments.commitment)?;
            Ok(shown(arguments.commitment).say("identity-erased", Arguments::NONE))
        }
    }
}

fn shown(commitment: Hash) -> Output {
    Output::of(&json!({"identity": commitment})).fields([("identity", json!(commitment))])
}

fn read(file: Option<&Path>, session: &Session<'_>) -> Result<String, Failure> {
    let path = file.unwrap_or(Path::new("-"));
    // The end of a line does not count.
    let limit = u64::try_from(IDENTITY_BYTES_MAX).unwrap_or(u64::MAX);
    let bytes = session.read(path, limit.saturating_add(2))?;
    let text = String::from_utf8(bytes).map_err(|error| Error::FileUnreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(text)
}
