//! Lists of people on the command line: accounts named one by one, or in a file (`docs/csv.md`).

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;
use ledger_core::id::AccountId;
use ledger_core::message::Arguments;
use timebank_wallet::records::{LineError, Roster};
use timebank_wallet::{Error, people};

use crate::failure::Failure;
use crate::sentence::catalogue;
use crate::session::Session;
use crate::value::parse;

/// People named on the command line, then those of a file.
#[derive(Debug, Args)]
pub(crate) struct People {
    #[arg(value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    accounts: Vec<AccountId>,
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "file")]
    roster: Option<PathBuf>,
}

impl People {
    /// The people, in order; at least one.
    pub(crate) fn read(&self, session: &Session<'_>) -> Result<Vec<AccountId>, Failure> {
        let mut people = self.accounts.clone();
        if let Some(file) = &self.file {
            people.extend(listed(file, self.roster.as_deref(), session)?);
        }
        match people.is_empty() {
            true => Err(Failure::usage("people_missing", Arguments::NONE)),
            false => Ok(people),
        }
    }

    /// The people, sorted; at least one.
    pub(crate) fn sorted(&self, session: &Session<'_>) -> Result<Vec<AccountId>, Failure> {
        let mut people = self.read(session)?;
        people.sort();
        Ok(people)
    }
}

/// The people a file lists.
pub(crate) fn listed(
    path: &Path,
    roster: Option<&Path>,
    session: &Session<'_>,
) -> Result<Vec<AccountId>, Failure> {
    let roster = roster_in(roster, session)?;
    people::read(open(path)?, &roster).map_err(|error| malformed(path, &error, session))
}

/// The roster in a file, or an empty one.
pub(crate) fn roster_in(path: Option<&Path>, session: &Session<'_>) -> Result<Roster, Failure> {
    match path {
        Some(path) => Roster::read(open(path)?).map_err(|error| malformed(path, &error, session)),
        None => Ok(Roster::default()),
    }
}

/// A file of lines.
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| {
        let unreadable = Error::FileUnreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        unreadable.into()
    })
}

/// That a line of a file cannot be used.
pub(crate) fn malformed(path: &Path, error: &LineError, session: &Session<'_>) -> Failure {
    let catalogue = catalogue(session.language());
    let problem = catalogue.render(error.problem.code(), &Arguments::of(error));
    let about = Arguments::NONE.text("path", path.display());
    Failure::local("record_file", about.text("problem", problem))
}
