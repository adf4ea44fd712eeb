//! The identity registry's work: commitments to identities, which stay in the registry's vault.
//!
//! The identity is read from a file or from standard input, never from the command line, where others could see it.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ledger_core::hash::Hash;
use ledger_core::message::Arguments;
use serde_json::json;
use timebank_wallet::Error;
use timebank_wallet::identity::{IDENTITY_BYTES_MAX, IdentityVault};

use crate::failure::Failure;
use crate::output::Output;
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

pub(crate) fn run(command: Command) -> Result<Output, Failure> {
    match command {
        Command::Commit(arguments) => {
            let mut vault = IdentityVault::open(&arguments.vault)?;
            let commitment = vault.commit(&read(arguments.identity_file.as_deref())?)?;
            Ok(shown(commitment).say("identity-keep", Arguments::NONE))
        }
        Command::Find(arguments) => {
            let vault = IdentityVault::open(&arguments.vault)?;
            let found = vault.find(&read(arguments.identity_file.as_deref())?);
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

fn read(file: Option<&Path>) -> Result<String, Error> {
    let path = file.unwrap_or(Path::new("/dev/stdin"));
    let unreadable = |error: std::io::Error| Error::FileUnreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let source: Box<dyn Read> = match file {
        Some(path) => Box::new(std::fs::File::open(path).map_err(unreadable)?),
        None => Box::new(std::io::stdin()),
    };
    let mut text = String::new();
    let limit = u64::try_from(IDENTITY_BYTES_MAX).unwrap_or(u64::MAX);
    source
        .take(limit.saturating_add(2))
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    Ok(text)
}
