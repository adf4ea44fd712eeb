//! Documents on their way between the people who sign them.
//!
//! What is always so: nobody signs before what the signed bytes say was shown to them in words, unless they ask for that.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ledger_core::message::Arguments;
use ledger_core::transaction::Signer;
use timebank_wallet::document::DOCUMENT_BYTES_MAX;
use timebank_wallet::qr::Kind;
use timebank_wallet::{Document, Error};

use crate::content::Codes;
use crate::failure::Failure;
use crate::output::Output;
use crate::perform::{describe_document, write_document};
use crate::session::Session;
use crate::signing::SigningKey;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Show(Show),
    Unsign(Unsign),
    Merge(Merge),
    Qr(Qr),
    Scan(Scan),
}

/// `timebank sign`.
#[derive(Debug, Args)]
pub(crate) struct Sign {
    file: PathBuf,
    #[arg(long)]
    yes: bool,
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// `timebank submit`.
#[derive(Debug, Args)]
pub(crate) struct Submit {
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Unsign {
    file: PathBuf,
    #[arg(value_parser = parse::<Signer>)]
    signer: Signer,
}

#[derive(Debug, Args)]
pub(crate) struct Merge {
    file: PathBuf,
    #[arg(required = true)]
    others: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Qr {
    file: PathBuf,
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    file: PathBuf,
    #[arg(long, value_name = "FILE", default_value = "-")]
    from: PathBuf,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Show(Show { file }) => Ok(describe_document(&load(&file, session)?, &file)),
        Command::Unsign(Unsign { file, signer }) => {
            let mut document = load(&file, session)?;
            if !document.remove(signer) {
                let about = Arguments::NONE.text("signer", signer);
                return Err(Failure::local("document_unsigned", about));
            }
            write_document(&document, &file)
        }
        Command::Merge(Merge { file, others }) => {
            let mut document = load(&file, session)?;
            for other in &others {
                document.merge(&load(other, session)?)?;
            }
            write_document(&document, &file)
        }
        Command::Qr(Qr { file, svg }) => {
            let bytes = load(&file, session)?.to_bytes();
            let codes = Codes::of(Kind::Document, &bytes, svg.as_deref())?;
            codes.shown(Output::of(&codes.json()))
        }
        Command::Scan(Scan { file, from }) => write_document(&load(&from, session)?, &file),
    }
}

/// Signs a document with the keys at hand, after showing what it says and asking.
pub(crate) fn sign(arguments: &Sign, session: &Session<'_>) -> Result<Output, Failure> {
    let Sign { file, yes, to } = arguments;
    let mut document = load(file, session)?;
    if !session.has_key()? {
        return Err(Failure::usage("key_missing", Arguments::NONE));
    }
    if !yes {
        let shown = session.explain(document.transaction())?.to_text();
        session.confirm(&format!("{shown}\n"), "sign-ask")?;
    }
    for SigningKey { signer, key } in session.keys()? {
        document.sign(signer, &key)?;
    }
    write_document(&document, to.as_ref().unwrap_or(file))
}

/// Submits a document.
pub(crate) fn submit(arguments: &Submit, session: &Session<'_>) -> Result<Output, Failure> {
    session.submit(load(&arguments.file, session)?)
}

/// A document, as JSON, in binary form, or as a scanner's lines; where a genesis document says which chain is meant, one
/// for another chain is refused before it is signed.
fn load(file: &Path, session: &Session<'_>) -> Result<Document, Failure> {
    let bytes = session.content(file, Kind::Document, DOCUMENT_BYTES_MAX)?;
    let document = match Document::is_binary(&bytes) {
        true => Document::from_bytes(&bytes)?,
        false => {
            let text = std::str::from_utf8(&bytes).map_err(|error| Error::DocumentMalformed {
                reason: error.to_string(),
            })?;
            Document::from_json(text)?
        }
    };
    if let Some(genesis) = session.genesis()? {
        document.check_chain(genesis.chain_id())?;
    }
    Ok(document)
}
