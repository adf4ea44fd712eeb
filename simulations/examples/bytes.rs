//! Bad bytes by hand: writes the samples of every target as corpora for the fuzzer, and gives a target one input.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use timebank_simulations::bytes::{TARGETS, Target};

#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes the samples of every target to `DIRECTORY/<target>`.
    Samples {
        /// Where to: `simulations/fuzz/corpus` is where cargo-fuzz looks.
        directory: PathBuf,
    },
    /// Gives a target the content of a file, or bytes in hex.
    Give {
        /// The target.
        target: String,
        /// A file, or `hex:` and the bytes.
        input: String,
    },
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Samples { directory } => {
            for target in TARGETS {
                write_samples(&directory.join(target.name), target)?;
            }
        }
        Command::Give { target, input } => {
            let found = TARGETS.iter().find(|it| it.name == target);
            let target = found.with_context(|| format!("no target is called {target}"))?;
            let input = match input.strip_prefix("hex:") {
                Some(digits) => bytes_of(digits)?,
                None => std::fs::read(&input).with_context(|| input.clone())?,
            };
            eprintln!("{}: {:?}", target.name, (target.run)(&input));
        }
    }
    Ok(())
}

fn write_samples(directory: &Path, target: &Target) -> anyhow::Result<()> {
    std::fs::create_dir_all(directory)?;
    let samples = (target.samples)();
    for sample in &samples {
        // Named by what it is, so that writing them again adds only what is new.
        let name = blake3::hash(sample).to_hex();
        std::fs::write(directory.join(name.as_str()), sample)?;
    }
    eprintln!("{}: {} samples", target.name, samples.len());
    Ok(())
}

fn bytes_of(digits: &str) -> anyhow::Result<Vec<u8>> {
    if !digits.len().is_multiple_of(2) || !digits.is_ascii() {
        bail!("{} hex digits are not bytes", digits.len());
    }
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).context("not hex"))
        .collect()
}
