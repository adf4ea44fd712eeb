//! Key files: making one, and showing its public key.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ledger_core::message::Arguments;
use ledger_core::transaction::Signer;
use serde_json::json;
use timebank_wallet::key;

use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(New),
    Show(Show),
}

#[derive(Debug, Args)]
pub(crate) struct New {
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    file: PathBuf,
}

pub(crate) fn run(command: Command) -> Result<Output, Failure> {
    match command {
        Command::New(New { file }) => {
            let key = key::generate()?;
            key::save(&key, &file)?;
            Ok(shown(&file, key.public_key()).say("key-keep", Arguments::NONE))
        }
        Command::Show(Show { file }) => Ok(shown(&file, key::load(&file)?.public_key())),
    }
}

fn shown(file: &PathBuf, public_key: ledger_core::signature::PublicKey) -> Output {
    let signer = Signer::Key(public_key);
    let json = json!({"file": file, "public_key": public_key, "signer": signer});
    Output::of(&json).fields([
        ("file", json!(file)),
        ("public_key", json!(public_key)),
        ("signer", json!(signer)),
    ])
}
