//! The commands of the time bank, as a library: [`run`] is the program `timebank`.
//!
//! A command reads its arguments, asks a node or builds a transaction with `timebank_wallet`, and prints what came of it, in
//! Chinese or English, as a table or as JSON. Everything a library user would also need lives in the wallet, not here.
//! What always holds: results go to the one writer and complaints to the other; every sentence comes from a catalogue
//! (`messages/`); the exit code says what sort of thing went wrong ([`exit`]); nothing outside of [`Environment`] is read.

mod arguments;
mod book;
mod command;
mod content;
mod environment;
mod failure;
mod help;
mod kept;
mod output;
mod perform;
mod profile;
mod progress;
mod sealing;
mod sentence;
mod session;
mod signing;
mod terminal;
mod value;

use std::ffi::OsString;
use std::io::Write;

pub use environment::{Connect, Environment, Input, Interruption, Notice};
pub use terminal::{Ask, Echo, Question};

/// The exit codes.
pub mod exit {
    /// Done.
    pub const OK: u8 = 0;
    /// It failed for a reason of its own: a file, a key, a document.
    pub const FAILURE: u8 = 1;
    /// The command line or the configuration makes no sense.
    pub const USAGE: u8 = 2;
    /// What was asked for does not exist.
    pub const NOT_FOUND: u8 = 3;
    /// The ledger refuses the transaction; nothing was consumed.
    pub const REFUSED: u8 = 4;
    /// No node answered.
    pub const NETWORK: u8 = 5;
    /// An answer is not borne out by its proof.
    pub const VERIFICATION: u8 = 10;
    /// Nothing failed, and the rules of screening found something to look at.
    pub const FINDINGS: u8 = 11;
}

/// Runs the program with these arguments, the first being its name, in the process's environment; the exit code.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    run_in(arguments, &Environment::of_process(), out, err)
}

/// Runs the program in an environment of the caller's making.
pub fn run_in(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &Environment,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let outcome = help::parse(&arguments, environment);
    let (parsed, settled) = match outcome {
        Ok(parsed) => parsed,
        Err(stop) => return stop.print(out, err),
    };
    let result = session::Session::open(&parsed.global, environment)
        .map_err(|failure| (failure, settled))
        .and_then(|session| {
            let language = session.language();
            command::run(parsed.command, &session)
                .map(|output| (output, language))
                .map_err(|failure| (failure, language))
        });
    let format = parsed.global.output;
    match result {
        Ok((output, language)) => match output.print(format, language, out) {
            Ok(()) => output.exit_code(),
            // The reader went away (`timebank … | head`): there is nobody to tell.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => exit::OK,
            Err(error) => failure::Failure::writing(&error).print(format, language, err),
        },
        Err((failure, language)) => failure.print(format, language, err),
    }
}
