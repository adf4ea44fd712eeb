//! Validators: who decides blocks, and changing that.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ledger_core::message::Arguments;
use ledger_core::transaction::government::SetValidators;
use ledger_core::validator::{Validator, ValidatorSet};
use serde_json::json;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::{Session, read_text};

/// The longest list of validators read from a file, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(List),
    Set(Set),
}

#[derive(Debug, Args)]
pub(crate) struct List {}

#[derive(Debug, Args)]
pub(crate) struct Set {
    file: PathBuf,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::List(_) => {
            let answer = session.client()?.validators()?;
            let current = answer.validators.current.as_slice();
            let rows = current.iter().map(|validator| {
                vec![
                    json!(validator.organisation),
                    json!(validator.power),
                    json!(validator.address()),
                    json!(validator.consensus_key),
                ]
            });
            let columns = ["organisation", "power", "address", "consensus_key"];
            Ok(Output::of(&answer)
                .fields([
                    ("height", json!(answer.height)),
                    ("changed_at", json!(answer.validators.changed_at)),
                ])
                .rows(&columns, rows))
        }
        Command::Set(Set { file }) => {
            let malformed = |reason: String| {
                let about = Arguments::NONE.text("path", file.display());
                Failure::local("validators_file", about.text("reason", reason))
            };
            let text = read_text(&file, FILE_BYTES_MAX)?;
            let mut validators: Vec<Validator> =
                serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
            validators.sort_by_key(|validator| validator.consensus_key);
            ValidatorSet::new(validators.clone()).map_err(|error| malformed(error.to_string()))?;
            session.perform(SetValidators { validators })
        }
    }
}
