//! `timebank-bindgen OUTPUT [LIBRARY]`: writes the wallet's bindings for Python, Kotlin and Swift into a folder.
//!
//! Without LIBRARY the one of this build is taken; a library built for a phone may be named instead.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use timebank_wallet_binding::generate;

const USAGE: &str = "usage: timebank-bindgen OUTPUT [LIBRARY]";

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("timebank-bindgen: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[PathBuf]) -> Result<()> {
    let (output, library) = match arguments {
        [output] => {
            let program = std::env::current_exe().context("this program has no path")?;
            (output, generate::library_beside(&program)?)
        }
        [output, library] => (output, library.clone()),
        _ => anyhow::bail!(USAGE),
    };
    generate::generate(&library, output)
}
