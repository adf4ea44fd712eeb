//! The membership card: shown by its holder, checked by a merchant without a network.
//!
//! What is always so: a card moves no minutes and shows no balance; a reader keeps what it asked and saw, so that a copy is
//! worth nothing (`docs/card.md`).

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ledger_core::message::Arguments;
use ledger_core::proof::Clock;
use ledger_core::time::{SECOND_MS, TimestampMs};
use ledger_core::transaction::Signer;
use serde_json::json;
use timebank_wallet::Error;
use timebank_wallet::card::{CARD_BYTES_MAX, Card, CardLimits, CardReader, Question};
use timebank_wallet::qr::Kind;
use timebank_wallet::storage::Storage;

use crate::content::{self, Codes};
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

/// The name under which a reader's memory is kept.
const READER_NAME: &str = "card-reader";
/// The longest file with a question, in bytes.
const QUESTION_FILE_BYTES_MAX: u64 = 4096;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Challenge(Challenge),
    Check(Check),
}

/// `timebank wallet card`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[arg(long, value_name = "CODE|FILE")]
    challenge: Option<String>,
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    seconds: u64,
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Challenge {
    #[arg(long, value_name = "FILE", conflicts_with = "withdraw")]
    svg: Option<PathBuf>,
    #[arg(long)]
    withdraw: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    file: PathBuf,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Challenge(arguments) => challenge(&arguments, session),
        Command::Check(arguments) => check(&arguments, session),
    }
}

/// Shows the holder's card.
pub(crate) fn show(arguments: &Show, session: &Session<'_>) -> Result<Output, Failure> {
    let account = session.own_account()?;
    let question = match &arguments.challenge {
        Some(challenge) => Some(question(challenge, session)?),
        None => None,
    };
    let proof = session.client()?.card_proof(account, session.freshness())?;
    let (height, time_ms) = (proof.header.height, proof.header.time_ms);
    let mut keys = session.keys()?.into_iter();
    let own = keys.find(|key| key.signer == Signer::Account(account));
    let own = own.ok_or_else(|| Failure::usage("key_missing", Arguments::NONE))?;
    let now_ms = TimestampMs(session.environment().now_ms);
    let card = match &question {
        Some(question) => Card::answer(proof, &own.key, question)?,
        None => {
            let window_ms = arguments.seconds.saturating_mul(SECOND_MS);
            Card::show(proof, &own.key, now_ms, window_ms)?
        }
    };
    let bytes = card.to_bytes();
    let codes = Codes::of(Kind::Card, &bytes, arguments.svg.as_deref())?;
    let mut json = codes.json();
    json["account"] = json!(account);
    json["height"] = json!(height);
    json["bytes"] = json!(bytes.len());
    if let Some(file) = &arguments.to {
        content::write(file, &bytes)?;
        json["file"] = json!(file);
        return Ok(Output::of(&json).fields([("file", json!(file))]));
    }
    let about = Arguments::NONE
        .number("height", height.0)
        .number("time_ms", time_ms.0)
        .number("age_ms", session.age_ms(time_ms));
    Ok(codes.shown(Output::of(&json))?.say("card-shown", about))
}

/// The merchant's question: the text of its code, or a file with it.
fn question(challenge: &str, session: &Session<'_>) -> Result<Question, Failure> {
    let bytes = match challenge.starts_with(timebank_wallet::qr::PREFIX) {
        true => content::scanned(challenge, Kind::Challenge)?,
        false => session.content(
            Path::new(challenge),
            Kind::Challenge,
            QUESTION_FILE_BYTES_MAX,
        )?,
    };
    Ok(Question::from_bytes(&bytes)?)
}

/// The reader of this profile, as it was when it was last used.
fn reader(storage: &dyn Storage) -> Result<CardReader, Failure> {
    Ok(match storage.load(READER_NAME)? {
        Some(bytes) => CardReader::from_bytes(&bytes)?,
        None => CardReader::new(CardLimits::default()),
    })
}

fn challenge(arguments: &Challenge, session: &Session<'_>) -> Result<Output, Failure> {
    let storage = session.state_storage()?;
    let mut reader = reader(&*storage)?;
    if arguments.withdraw {
        reader.withdraw();
        storage.store(READER_NAME, &reader.to_bytes())?;
        let json = json!({"withdrawn": true});
        return Ok(Output::of(&json).say("card-withdrawn", Arguments::NONE));
    }
    let genesis = session.genesis()?.ok_or(Error::TrustMissing {})?;
    let now_ms = TimestampMs(session.environment().now_ms);
    let question = reader.ask(genesis.chain_id(), now_ms)?;
    // If we crash here, the question was not shown, and another one is asked.
    storage.store(READER_NAME, &reader.to_bytes())?;
    let codes = Codes::of(
        Kind::Challenge,
        &question.to_bytes(),
        arguments.svg.as_deref(),
    )?;
    // As text, too: for a holder at a terminal, and for a device that scans nothing.
    Ok(codes
        .shown(Output::of(&codes.json()))?
        .text_block(codes.text())
        .say("card-asked", Arguments::NONE))
}

fn check(arguments: &Check, session: &Session<'_>) -> Result<Output, Failure> {
    let limit = u64::try_from(CARD_BYTES_MAX).unwrap_or(u64::MAX);
    let bytes = session.content(&arguments.file, Kind::Card, limit)?;
    let card = Card::from_bytes(&bytes)?;
    let storage = session.state_storage()?;
    let mut reader = reader(&*storage)?;
    let clock = Clock::at(TimestampMs(session.environment().now_ms));
    let member = reader
        .check(&session.trust_chain()?, clock, &card)
        .map_err(Error::from)?;
    // Before the member is told: a card that is accepted is remembered, whatever happens next.
    storage.store(READER_NAME, &reader.to_bytes())?;
    let json = json!({"member": true, "account": member.account, "home": member.home, "height": member.height,
                      "time_ms": member.time_ms, "age_ms": member.age_ms});
    let about = Arguments::NONE
        .number("height", member.height.0)
        .number("time_ms", member.time_ms.0)
        .number("age_ms", member.age_ms);
    Ok(Output::of(&json).say("card-member", about).fields([
        ("account", json!(member.account)),
        ("home", json!(member.home)),
    ]))
}
