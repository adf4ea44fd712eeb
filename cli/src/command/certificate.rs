//! The service record certificate: made by its holder, shown and printed, checked without a network.
//!
//! What is always so: what is shown or printed was checked first; it shows no balance, programme, order or recipient
//! (`docs/certificate.md`).

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ledger_core::message::Arguments;
use ledger_core::proof::{Clock, TrustChain};
use ledger_core::record::service_record::Tally;
use ledger_core::time::{DAY_MS, Month, TimestampMs};
use ledger_core::transaction::Signer;
use serde_json::{Value, json};
use timebank_office::certificate::page;
use timebank_wallet::qr::Kind;
use timebank_wallet::service_record::{
    CERTIFICATE_JSON_BYTES_MAX, Certificate, Checked, MadeFor, Reader, Wish,
};

use crate::content::{self, Codes};
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

/// For how long a certificate counts unless something else is asked for.
const VALID_MS_DEFAULT: u64 = 30 * DAY_MS;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Make(Make),
    Show(Show),
}

#[derive(Debug, Args)]
pub(crate) struct Make {
    #[arg(long, value_name = "MONTH", value_parser = parse::<Month>)]
    from: Month,
    #[arg(long, value_name = "MONTH", value_parser = parse::<Month>)]
    to: Month,
    #[arg(long = "for", value_name = "NAME")]
    reader: Option<String>,
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    file: PathBuf,
    #[arg(long = "for", value_name = "NAME")]
    reader: Option<String>,
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Make(arguments) => make(&arguments, session),
        Command::Show(arguments) => show(&arguments, session),
    }
}

/// Makes a certificate of the account of the one who asks.
fn make(arguments: &Make, session: &Session<'_>) -> Result<Output, Failure> {
    let account = session.own_account()?;
    let now_ms = TimestampMs(session.environment().now_ms);
    let until_ms = session.valid_until()?;
    let wish = Wish {
        from: arguments.from,
        to: arguments.to,
        reader: arguments.reader.as_deref().map(Reader::named).transpose()?,
        valid_until_ms: until_ms.unwrap_or(now_ms.plus_ms(VALID_MS_DEFAULT)),
    };
    wish.years().map_err(timebank_wallet::Error::from)?;
    let client = session.client()?;
    let bundle = client.prove_service_record(account, session.freshness())?;
    let mut keys = session.keys()?.into_iter();
    let own = keys.find(|key| key.signer == Signer::Account(account));
    let own = own.ok_or_else(|| Failure::usage("key_missing", Arguments::NONE))?;
    let certificate = Certificate::make(account, bundle, &own.key, &wish)?;
    let trust = session.trust_chain()?;
    let checked = certificate.check(&trust, Clock::at(now_ms), arguments.reader.as_deref())?;
    content::write(&arguments.file, certificate.to_json()?.as_bytes())?;
    print(arguments.page.as_deref(), &certificate, &checked, session)?;
    let path = Arguments::NONE.text("path", arguments.file.display());
    Ok(described(&checked, session).say("certificate-made", path))
}

/// Checks a certificate and shows its figures, its page and its codes.
fn show(arguments: &Show, session: &Session<'_>) -> Result<Output, Failure> {
    let bytes = read(&arguments.file, session)?;
    let certificate = parsed(&bytes)?;
    let clock = Clock::at(TimestampMs(session.environment().now_ms));
    let trust = session.trust_chain()?;
    let checked = certificate.check(&trust, clock, arguments.reader.as_deref())?;
    print(arguments.page.as_deref(), &certificate, &checked, session)?;
    let output = described(&checked, session);
    match &arguments.svg {
        Some(svg) => {
            Codes::of(Kind::Certificate, &certificate.to_bytes(), Some(svg))?.shown(output)
        }
        None => Ok(output),
    }
}

/// `timebank verify` of a certificate.
pub(crate) fn verify(
    bytes: &[u8],
    reader: Option<&str>,
    trust: &TrustChain,
    session: &Session<'_>,
) -> Result<Output, Failure> {
    let clock = Clock::at(TimestampMs(session.environment().now_ms));
    let checked = parsed(bytes)?.check(trust, clock, reader)?;
    Ok(described(&checked, session).say("verify-offline", Arguments::NONE))
}

/// The bytes of a certificate: a file, or a scanner's lines.
fn read(file: &Path, session: &Session<'_>) -> Result<Vec<u8>, Failure> {
    let limit = u64::try_from(CERTIFICATE_JSON_BYTES_MAX).unwrap_or(u64::MAX);
    session.content(file, Kind::Certificate, limit)
}

/// A certificate as JSON, or in the form that codes carry.
fn parsed(bytes: &[u8]) -> Result<Certificate, Failure> {
    Ok(match bytes.first() {
        Some(b'{' | b' ' | b'\n') => Certificate::from_json(bytes)?,
        _ => Certificate::from_bytes(bytes)?,
    })
}

/// Writes the page in the language of the command, when one is asked for.
fn print(
    file: Option<&Path>,
    certificate: &Certificate,
    checked: &Checked,
    session: &Session<'_>,
) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    let page = page(certificate, checked, session.language())?;
    content::write(file, page.as_bytes())
}

fn described(checked: &Checked, session: &Session<'_>) -> Output {
    let figures = &checked.figures;
    let made_for = match checked.made_for {
        MadeFor::Anyone => "anyone",
        MadeFor::ThisReader => "this_reader",
        MadeFor::SomeReader => "some_reader",
    };
    let json = json!({"verified": true, "figures": figures, "made_for": made_for,
                      "signers": checked.signers, "validators": checked.validators});
    let about = Arguments::NONE
        .number("height", figures.height.0)
        .number("time_ms", figures.time_ms.0)
        .number("age_ms", session.age_ms(figures.time_ms))
        .number("signers", count(checked.signers))
        .number("of", count(checked.validators))
        .number("valid_until_ms", figures.valid_until_ms.0);
    let row = |name: Value, tally: &Tally| vec![name, json!(tally.times), json!(tally.minutes)];
    let mut rows: Vec<Vec<Value>> = figures
        .services
        .iter()
        .map(|(code, tally)| row(json!(code), tally))
        .collect();
    for (name, tally) in [
        ("campaign", &figures.campaigns),
        ("honorary", &figures.honorary),
        ("training", &figures.trainings),
    ] {
        if !tally.is_empty() {
            rows.push(row(json!(name), tally));
        }
    }
    let output = Output::of(&json)
        .say("certificate-proven", about)
        .fields([
            ("account", json!(figures.account)),
            ("home", json!(figures.home)),
            ("period_from", json!(figures.from)),
            ("period_to", json!(figures.to)),
            ("served", json!(figures.served)),
            ("service_given", json!(figures.lifetime.served)),
            ("stars", json!(figures.stars)),
        ])
        .rows(&["service", "times", "minutes"], rows);
    match checked.made_for {
        MadeFor::SomeReader => output.say("certificate-some_reader", Arguments::NONE),
        MadeFor::Anyone | MadeFor::ThisReader => output,
    }
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
