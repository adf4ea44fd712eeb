//! Importing an office's CSV files (`docs/csv.md`): accounts, services, trainings, campaigns and grants.
//!
//! What is always so: the journal lies with what nobody can make again, and every import of a profile uses the same one, so
//! that no paper is posted twice; a result file says of every line what became of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use ledger_core::id::BudgetId;
use ledger_core::message::Arguments;
use ledger_core::signature::SecretKey;
use ledger_core::transaction::Signer;
use serde_json::{Value, json};
use timebank_audit::BlockSource;
use timebank_office::import::outcome::State;
use timebank_office::import::sentence::explain;
use timebank_office::import::{
    Basis, BasisError, Booked, Desk, FileSystem, Ground, ImportError, JournalError, Kind,
    MADE_AT_ONCE_MAX, Mode, Outcome, Places, Progress, Replayed, Report, SUBMITTED_AT_ONCE_MAX,
    VALIDITY_MS_DEFAULT, line, result, run as carry_out,
};
use timebank_wallet::client::Patience;
use timebank_wallet::{Error, key};

use crate::book;
use crate::command::people::{malformed, open, roster_in};
use crate::exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::ProgressLine;
use crate::session::{NodeClient, Session};
use crate::value::parse;

/// The journal's name in the folder of the wallet.
const JOURNAL_NAME: &str = "import.journal";
/// The most lines that are shown; all are in the result file.
const SHOWN_MAX: usize = 200;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Accounts(Import),
    Services(Import),
    Training(Import),
    Campaigns(Import),
    Grants(Import),
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    file: PathBuf,
    #[arg(long)]
    dry_run: bool,
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    #[arg(long, value_name = "LINE", value_parser = parse::<BudgetId>)]
    budget: Option<BudgetId>,
    #[arg(long, value_name = "FOLDER")]
    keys: Option<PathBuf>,
    #[arg(long, value_name = "FOLDER")]
    documents: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    result: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    vault: Option<PathBuf>,
    #[arg(long, value_name = "FOLDER")]
    book: Option<PathBuf>,
    #[arg(long, conflicts_with_all = ["dry_run", "book"])]
    no_check: bool,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Accounts(arguments) => import(Kind::Accounts, &arguments, session),
        Command::Services(arguments) => import(Kind::Services, &arguments, session),
        Command::Training(arguments) => import(Kind::Training, &arguments, session),
        Command::Campaigns(arguments) => import(Kind::Campaigns, &arguments, session),
        Command::Grants(arguments) => import(Kind::Grants, &arguments, session),
    }
}

fn import(kind: Kind, arguments: &Import, session: &Session<'_>) -> Result<Output, Failure> {
    let roster = roster_in(arguments.roster.as_deref(), session)?;
    let ground = Ground {
        roster: &roster,
        calendar: session.calendar()?,
        budget: arguments.budget,
    };
    let lines = line::read(kind, &ground, open(&arguments.file)?)
        .map_err(|error| malformed(&arguments.file, &error, session))?;
    let keys = Keys::of(arguments.keys.as_deref(), session)?;
    let client = session.client()?;
    let mut basis = basis(arguments, client, session)?;
    let (chain_id, now_ms) = session.chain_now()?;
    let line = ProgressLine::begin(session);
    let valid_until_ms = session.valid_until()?;
    let desk = Desk {
        client,
        files: &FileSystem,
        places: places(arguments, session)?,
        keys: &|signer| keys.key(signer),
        stand_in: keys.clerk(),
        chain_id,
        now_ms,
        valid_until_ms: valid_until_ms.unwrap_or(now_ms.plus_ms(VALIDITY_MS_DEFAULT)),
        wait_ms: match session.patience() {
            Patience::Accepted => 0,
            Patience::Final { timeout_ms } => timeout_ms,
        },
        made_at_once: MADE_AT_ONCE_MAX,
        submitted_at_once: SUBMITTED_AT_ONCE_MAX,
        pause: &|pause_ms| std::thread::sleep(Duration::from_millis(pause_ms)),
        progress: &|progress| show(&line, progress),
    };
    let mode = match arguments.dry_run {
        true => Mode::DryRun,
        false => Mode::CarryOut,
    };
    let checked = basis.is_some();
    let report = carry_out(kind, lines, mode, basis.as_deref_mut(), &desk).map_err(failure)?;
    let at = basis.map(|basis| basis.tip().height);
    let path = beside(arguments.result.as_deref(), &arguments.file, "result.csv");
    result::write(&FileSystem, &path, &report).map_err(failure)?;
    let checked = checked.then_some(at).flatten();
    Ok(described(
        &report,
        checked.map(|height| height.0),
        &path,
        session,
    ))
}

/// The state lines are checked on: the book, or where there is no folder for one the chain replayed in memory.
fn basis<'s>(
    arguments: &Import,
    client: &'s NodeClient,
    session: &Session<'_>,
) -> Result<Option<Box<dyn Basis + 's>>, Failure> {
    if arguments.no_check {
        return Ok(None);
    }
    let genesis = session.genesis()?.ok_or(Error::TrustMissing {})?;
    if arguments.book.is_none() && session.state_folder().is_none() {
        let replayed = Replayed::begin(genesis, client);
        return Ok(Some(Box::new(replayed.map_err(|it| failure(it.into()))?)));
    }
    let mut book = book::open(arguments.book.as_deref(), session)?;
    let mut source = client;
    // With progress, which the import's own following of the newest blocks does not need any more.
    book::follow(
        &mut book,
        &mut source as &mut dyn BlockSource,
        None,
        session,
    )?;
    Ok(Some(Box::new(Booked::new(book, source))))
}

fn places(arguments: &Import, session: &Session<'_>) -> Result<Places, Failure> {
    let usual = || session.wallet_folder().map(|it| it.join(JOURNAL_NAME));
    let journal = arguments.journal.clone().or_else(usual);
    Ok(Places {
        journal: journal.ok_or_else(|| Failure::usage("import_nowhere", Arguments::NONE))?,
        vault: beside(arguments.vault.as_deref(), &arguments.file, "salts.csv"),
        documents: arguments.documents.clone(),
    })
}

/// The file named, or one named like the CSV.
fn beside(named: Option<&Path>, file: &Path, ending: &str) -> PathBuf {
    named.map_or_else(|| file.with_extension(ending), Path::to_owned)
}

/// The keys at hand: those named on the command line, and the key files of a folder.
struct Keys {
    folder: Option<PathBuf>,
    named: BTreeMap<Signer, SecretKey>,
    read: RefCell<BTreeMap<Signer, Option<SecretKey>>>,
}

impl Keys {
    fn of(folder: Option<&Path>, session: &Session<'_>) -> Result<Keys, Failure> {
        let named = session.keys()?.into_iter();
        Ok(Keys {
            folder: folder.map(Path::to_owned),
            named: named.map(|it| (it.signer, it.key)).collect(),
            read: RefCell::default(),
        })
    }

    /// A clerk at hand stands in for a recipient without a key.
    fn clerk(&self) -> Option<Signer> {
        let mut signers = self.named.keys();
        let staff = signers.find(|signer| matches!(signer, Signer::Staff(_)));
        staff.copied()
    }

    fn key(&self, signer: Signer) -> Result<Option<SecretKey>, Error> {
        if let Some(key) = self.named.get(&signer) {
            return Ok(Some(key.clone()));
        }
        let Some(folder) = &self.folder else {
            return Ok(None);
        };
        if let Some(known) = self.read.borrow().get(&signer) {
            return Ok(known.clone());
        }
        let name = match signer {
            Signer::Account(account) => format!("{account}.key"),
            Signer::Staff(staff) => format!("{}-{}.key", staff.organisation.0, staff.number),
            Signer::Key(key) => format!("{key}.key"),
        };
        let found = match key::load(&folder.join(name)) {
            Ok(key) => Some(key),
            Err(Error::KeyFileMissing { .. }) => None,
            Err(error) => return Err(error),
        };
        self.read.borrow_mut().insert(signer, found.clone());
        Ok(found)
    }
}

fn show(line: &ProgressLine<'_, '_>, progress: Progress) -> ControlFlow<()> {
    let of = |done: usize, count: usize| Arguments::NONE.text("done", done).text("count", count);
    match progress {
        Progress::Followed(height) => line.show("import-following", || {
            Arguments::NONE.text("height", height)
        }),
        Progress::Checked(done, count) => line.show("import-checking", || of(done, count)),
        Progress::Made(done, count) => line.show("import-making", || of(done, count)),
        Progress::Submitted(done, count) => line.show("import-submitting", || of(done, count)),
    }
    match line.interrupted() {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    }
}

/// How gravely a line ended.
const fn gravity(outcome: &Outcome) -> u8 {
    match outcome.state() {
        State::Unclear if matches!(outcome, Outcome::Contradicted { .. }) => exit::VERIFICATION,
        State::Malformed | State::Unsigned | State::Conflict | State::Unclear => exit::FAILURE,
        State::Refused => exit::REFUSED,
        State::NotTaken => exit::NETWORK,
        State::Document | State::Ready | State::Before | State::Applied | State::Accepted => {
            exit::OK
        }
    }
}

fn described(report: &Report, checked: Option<u64>, path: &Path, session: &Session<'_>) -> Output {
    let language = session.language();
    let mut listed = Vec::with_capacity(report.lines.len());
    let mut rows = Vec::new();
    let mut gravest = exit::OK;
    // From the least grave to the gravest.
    let order = [
        exit::OK,
        exit::NETWORK,
        exit::REFUSED,
        exit::FAILURE,
        exit::VERIFICATION,
    ];
    let place = |code| order.iter().position(|it| *it == code);
    for line in &report.lines {
        let state = line.outcome.state();
        let said = explain(line.line, &line.outcome, language).message;
        let made = line.outcome.made();
        listed.push(json!({
            "line": line.line, "number": line.number, "state": state.word(), "code": line.outcome.code(),
            "details": said, "transaction": made.map(|it| it.transaction),
            "account": made.and_then(|it| it.account), "order": made.and_then(|it| it.order),
            "height": line.outcome.height(),
        }));
        let code = gravity(&line.outcome);
        if place(code) > place(gravest) {
            gravest = code;
        }
        // What went as it should is counted; what did not is named.
        if code != exit::OK || state == State::Document {
            let word = json!(format!("import_{}", state.word()));
            rows.push(vec![
                json!(line.line),
                json!(line.number),
                word,
                json!(said),
            ]);
        }
    }
    let counts = report.counts();
    let about = State::ALL.iter().fold(Arguments::NONE, |about, state| {
        about.number(state.word(), counts.get(state).copied().unwrap_or_default())
    });
    let words: BTreeMap<&str, u64> = counts.iter().map(|(it, n)| (it.word(), *n)).collect();
    let strange = report.strange.iter();
    let strange: Vec<Value> = strange
        .map(|(path, why)| json!({"path": path, "reason": why}))
        .collect();
    let output = Output::of(&json!({
        "lines": listed, "counts": words, "checked_at": checked, "result": path, "strange": strange,
    }));
    let mut output = output.exit(gravest).say("import-counts", about);
    output = match checked {
        Some(height) => output.say("import-checked", Arguments::NONE.number("height", height)),
        None => output.say("import-unchecked", Arguments::NONE),
    };
    let more = rows.len().saturating_sub(SHOWN_MAX);
    rows.truncate(SHOWN_MAX);
    if !rows.is_empty() {
        output = output.rows(&["line", "number", "outcome", "details"], rows);
    }
    if more > 0 {
        output = output.say("import-more", Arguments::NONE.text("more", more));
    }
    for (path, why) in &report.strange {
        let about = Arguments::NONE.text("path", path.display());
        output = output.say("import-strange", about.text("reason", why));
    }
    if let Some(error) = &report.stopped {
        let said = Failure::from(error.clone()).explain(language).message;
        output = output.say("import-stopped", Arguments::NONE.text("reason", said));
    }
    output.say(
        "import-result",
        Arguments::NONE.text("path", path.display()),
    )
}

/// What an import's error means here.
fn failure(error: ImportError) -> Failure {
    match error {
        ImportError::Wallet(error) => error.into(),
        ImportError::Basis(BasisError::Book(error)) => book::failure(&error),
        ImportError::Basis(BasisError::Archive(error)) => book::files(&error),
        ImportError::Basis(error) => {
            Failure::local("import_basis", Arguments::NONE.text("reason", error))
        }
        ImportError::Check(error) => {
            Failure::local("import_check", Arguments::NONE.text("reason", error))
        }
        ImportError::File { path, source } => {
            let about = Arguments::NONE.text("path", path.display());
            Failure::local("import_file", about.text("reason", source))
        }
        ImportError::Interrupted => Failure::local("import_interrupted", Arguments::NONE),
        ImportError::Journal(error) => journal_failure(&error),
    }
}

fn journal_failure(error: &JournalError) -> Failure {
    let at = |path: &Path| Arguments::NONE.text("path", path.display());
    match error {
        JournalError::System { path, source } => {
            Failure::local("import_journal_system", at(path).text("reason", source))
        }
        JournalError::InUse { path } => Failure::local("import_journal_in_use", at(path)),
        JournalError::Damaged {
            path,
            at: byte,
            reason,
        } => Failure::local(
            "import_journal_damaged",
            at(path).text("at", byte).text("reason", reason),
        ),
        JournalError::OtherChain {
            path,
            expected,
            actual,
        } => Failure::usage(
            "import_journal_other_chain",
            at(path).text("expected", expected).text("actual", actual),
        ),
        JournalError::Version { path, version } => Failure::local(
            "import_journal_version",
            at(path).number("version", *version),
        ),
    }
}
