//! Monthly statements: of an account and a merchant from the proven history, of a district from the book.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ledger_core::id::{AccountId, OrganisationId};
use ledger_core::message::{Arguments, Language};
use ledger_core::receipt::Posting;
use ledger_core::record::account::AccountRecord;
use ledger_core::time::Month;
use serde_json::{Value, json};
use timebank_audit::Facts;
use timebank_office::statement::{
    AccountStatement, DistrictStatement, DistrictStatements, Figures, Known, MerchantStatement,
    Paperwork, StatementError,
};
use timebank_wallet::{Error, Verified};

use crate::book::{self, FromBook};
use crate::content;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

/// How often record and history are read anew because a block came in between.
const ATTEMPTS_MAX: u32 = 6;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Account(OfAccount),
    Merchant(OfAccount),
    District(OfDistrict),
}

#[derive(Debug, Args)]
pub(crate) struct OfAccount {
    #[arg(value_parser = parse::<Month>)]
    month: Month,
    #[arg(value_parser = parse::<AccountId>)]
    account: Option<AccountId>,
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct OfDistrict {
    #[arg(value_parser = parse::<Month>)]
    month: Month,
    #[arg(value_parser = parse::<OrganisationId>)]
    district: OrganisationId,
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    #[command(flatten)]
    book: FromBook,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Account(arguments) => of_account(&arguments, session),
        Command::Merchant(arguments) => of_merchant(&arguments, session),
        Command::District(arguments) => of_district(&arguments, session),
    }
}

fn of_account(arguments: &OfAccount, session: &Session<'_>) -> Result<Output, Failure> {
    let account = session.account(arguments.account)?;
    let (record, postings) = proven(account, session)?;
    let known = known(account, &record, &postings, session)?;
    let statement = AccountStatement::of(&known, arguments.month).map_err(|it| failure(&it))?;
    let name = format!("statement-{}-{account}", arguments.month);
    let files = write(arguments.to.as_deref(), &name, &statement, &statement)?;
    let kinds = statement.kinds.iter().map(|sum| {
        vec![
            json!(format!("entry_{}", sum.kind)),
            json!(sum.count),
            json!(sum.received),
            json!(sum.left),
        ]
    });
    let balance = |figures: &Figures| figures.spendable.saturating_plus(figures.held);
    let output = Output::of(&json!({"statement": statement, "files": files}))
        .fields([
            ("account", json!(account)),
            ("month", json!(arguments.month)),
            ("opening", json!(balance(&statement.opening))),
            ("received", json!(statement.received)),
            ("left", json!(statement.left)),
            ("closing", json!(balance(&statement.closing))),
        ])
        .rows(&["entry", "count", "received", "left"], kinds);
    let known_ms = statement.period.known_ms.0;
    let output = match statement.period.is_over {
        true => output,
        false => output.say(
            "statement-provisional",
            Arguments::NONE.number("known_ms", known_ms),
        ),
    };
    Ok(with_files(
        output.say("statement-adds_up", Arguments::NONE),
        &files,
    ))
}

fn of_merchant(arguments: &OfAccount, session: &Session<'_>) -> Result<Output, Failure> {
    let merchant = session.account(arguments.account)?;
    let (record, postings) = proven(merchant, session)?;
    let known = known(merchant, &record, &postings, session)?;
    let statement = MerchantStatement::of(&known, arguments.month).map_err(|it| failure(&it))?;
    let name = format!("statement-{}-{merchant}", arguments.month);
    let files = write(arguments.to.as_deref(), &name, &statement, &statement)?;
    let items = statement
        .items
        .iter()
        .map(|sum| vec![json!(sum.item), json!(sum.count), json!(sum.minutes)]);
    let output = Output::of(&json!({"statement": statement, "files": files}))
        .fields([
            ("merchant", json!(merchant)),
            ("month", json!(arguments.month)),
            ("opening", json!(statement.opening_owed)),
            ("given", json!(statement.given)),
            ("settled", json!(statement.settled)),
            ("closing", json!(statement.closing_owed)),
        ])
        .rows(&["item", "count", "minutes"], items)
        .say("statement-adds_up", Arguments::NONE);
    Ok(with_files(output, &files))
}

fn of_district(arguments: &OfDistrict, session: &Session<'_>) -> Result<Output, Failure> {
    let book = arguments.book.current(session)?;
    let mut facts = Facts::begin(book.genesis());
    let mut statements = DistrictStatements::begin(arguments.month);
    for booked in book
        .blocks(ledger_core::id::Height::GENESIS)
        .map_err(|it| book::files(&it))?
    {
        let booked = booked.map_err(|it| book::files(&it))?;
        let followed = facts.follow(&booked).map_err(|error| error.to_string());
        let added = followed.and_then(|()| {
            statements
                .follow(&facts, &booked)
                .map_err(|error| error.to_string())
        });
        added.map_err(|reason| Error::AuditFailed {
            height: booked.block.header.height,
            reason,
        })?;
    }
    let closed = book
        .month(arguments.month)
        .map_err(|error| Error::AuditFailed {
            height: book.height(),
            reason: error.to_string(),
        })?;
    let statement = statements
        .of(arguments.district, &facts, closed.as_ref())
        .map_err(|it| failure(&it))?;
    let name = format!("statement-{}-{:?}", arguments.month, arguments.district);
    let files = write(arguments.to.as_deref(), &name, &statement, &statement)?;
    Ok(with_files(district_shown(&statement, &files), &files))
}

fn district_shown(statement: &DistrictStatement, files: &[PathBuf]) -> Output {
    let kinds = statement.kinds.iter().map(|sum| {
        vec![
            json!(format!("entry_{}", sum.kind)),
            json!(sum.count),
            json!(sum.received),
            json!(sum.left),
        ]
    });
    let services = statement.services.iter().map(|sum| {
        vec![
            json!(sum.service),
            json!(sum.orders),
            json!(sum.minutes),
            json!(sum.reversed),
        ]
    });
    let output = Output::of(&json!({"statement": statement, "files": files}))
        .fields([
            ("district", json!(statement.district)),
            ("month", json!(statement.period.month)),
            ("opening", json!(statement.opening)),
            ("received", json!(statement.received)),
            ("left", json!(statement.left)),
            ("closing", json!(statement.closing)),
            ("net", json!(statement.clearing.as_ref().map(|it| it.net))),
        ])
        .rows(&["entry", "count", "received", "left"], kinds)
        .rows(&["service", "orders", "minutes", "reversed"], services);
    match &statement.clearing {
        None => output.say("statement-open", Arguments::NONE),
        Some(clearing) => match clearing.agrees {
            Some(true) => output.say("statement-agrees", Arguments::NONE),
            None => output.say("statement-waits", Arguments::NONE),
            Some(false) => output
                .say("statement-differs", Arguments::NONE)
                .exit(crate::exit::VERIFICATION),
        },
    }
}

/// The proven record of an account and the whole history that leads to it, both as of one block.
fn proven(
    account: AccountId,
    session: &Session<'_>,
) -> Result<(Verified<AccountRecord>, Vec<Posting>), Failure> {
    let (client, freshness) = (session.client()?, session.freshness());
    let mut attempts = 0;
    loop {
        let postings = client.history(account, freshness)?.value;
        let record = client.account(account, freshness)?;
        let length = u64::try_from(postings.len()).unwrap_or(u64::MAX);
        if record.value.history.length == length {
            return Ok((record, postings));
        }
        attempts += 1;
        if attempts == ATTEMPTS_MAX {
            let about = Arguments::NONE.text("account", account);
            return Err(Failure::local("statement_moving", about));
        }
    }
}

fn known<'k>(
    account: AccountId,
    record: &'k Verified<AccountRecord>,
    postings: &'k [Posting],
    session: &Session<'_>,
) -> Result<Known<'k>, Failure> {
    Ok(Known {
        account,
        record: &record.value,
        postings,
        time_ms: record.time_ms,
        calendar: session.calendar()?,
    })
}

/// Writes a statement's papers into a folder, which is made where it is missing; their paths.
fn write(
    folder: Option<&Path>,
    name: &str,
    paper: &dyn Paperwork,
    data: &impl serde::Serialize,
) -> Result<Vec<PathBuf>, Failure> {
    let Some(folder) = folder else {
        return Ok(Vec::new());
    };
    let mut json = serde_json::to_string_pretty(data).expect("a statement has text keys");
    json.push('\n');
    let papers = [
        ("zh.html", paper.page(Language::Chinese)),
        ("en.html", paper.page(Language::English)),
        ("csv", paper.table()),
        ("json", json),
    ];
    write_papers(folder, name, &papers)
}

/// Writes files that share a name into a folder, which is made where it is missing; their paths.
pub(crate) fn write_papers(
    folder: &Path,
    name: &str,
    papers: &[(&str, String)],
) -> Result<Vec<PathBuf>, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Error::FileUnwritable {
        path: folder.to_owned(),
        reason: error.to_string(),
    })?;
    let mut written = Vec::with_capacity(papers.len());
    for (ending, text) in papers {
        let path = folder.join(format!("{name}.{ending}"));
        content::write(&path, text.as_bytes())?;
        written.push(path);
    }
    Ok(written)
}

/// With the files that were written.
pub(crate) fn with_files(output: Output, files: &[PathBuf]) -> Output {
    let rows: Vec<Vec<Value>> = files.iter().map(|path| vec![json!(path)]).collect();
    match rows.is_empty() {
        true => output,
        false => output.rows(&["file"], rows),
    }
}

/// Why there is no statement.
fn failure(error: &StatementError) -> Failure {
    match error {
        StatementError::Early { month, now } => {
            let about = Arguments::NONE.text("month", month).text("now", now);
            Failure::usage("statement_early", about)
        }
        StatementError::NoMerchant { account } => {
            let about = Arguments::NONE.text("account", account);
            Failure::usage("statement_no_merchant", about)
        }
        StatementError::NoDistrict { organisation } => {
            let about = Arguments::NONE.text("organisation", organisation);
            Failure::usage("statement_no_district", about)
        }
        StatementError::Unreconciled { .. }
        | StatementError::AccountUnknown { .. }
        | StatementError::Amount => {
            let about = Arguments::NONE.text("reason", error);
            Failure::unproven("statement_unreconciled", about)
        }
    }
}
