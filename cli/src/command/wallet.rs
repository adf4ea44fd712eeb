//! A resident's wallet: words, password, and what the account holds, each answer checked by proof.
//!
//! What is always so: words are shown once, before anything is kept, and never written anywhere by this program; a password
//! comes from the terminal or a file.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use ledger_core::id::AccountId;
use ledger_core::message::Arguments;
use serde_json::{Value, json};
use timebank_wallet::client::OrderScope;
use timebank_wallet::keystore::{Entry, KEYSTORE_NAME, KeySource, Keystore, NewKeystore, Password};
use timebank_wallet::mnemonic::{MNEMONIC_BYTES_MAX, Mnemonic, WordCount};

use super::{account, card, order};
use crate::arguments::LanguageCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::sentence::catalogue;
use crate::session::Session;
use crate::terminal::Echo;
use crate::value::{Value as _, parse};

/// How many words are asked back before a wallet is made.
const ASKED_BACK: usize = 3;
/// How often a wrong answer to one of them is forgiven.
const MISTAKES_MAX: usize = 3;
/// What an account's id begins with.
const ACCOUNT_PREFIX: &str = "tba1";
/// What the wallet's own account is called.
const OWN_LABEL: &str = "own";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(New),
    Restore(Restore),
    Attach(Named),
    Watch(Watch),
    Show(Show),
    Balance(Whose),
    History(Whose),
    Orders(Orders),
    Card(card::Show),
    Password(ChangePassword),
}

#[derive(Debug, Args)]
pub(crate) struct New {
    #[arg(long, value_name = "COUNT", value_parser = parse::<Words>)]
    words: Option<Words>,
    #[arg(long, value_name = "LANGUAGE", value_enum)]
    language: Option<LanguageCode>,
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    #[arg(long, value_name = "FILE")]
    words_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    #[arg(value_parser = parse::<AccountId>)]
    account: AccountId,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[arg(value_parser = parse::<AccountId>)]
    account: AccountId,
    #[arg(long, value_name = "NAME")]
    label: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {}

#[derive(Debug, Args)]
pub(crate) struct Whose {
    whose: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Orders {
    #[command(flatten)]
    whose: Whose,
    #[arg(long)]
    ended: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ChangePassword {
    #[arg(long, value_name = "FILE")]
    new_password_file: Option<PathBuf>,
}

/// How many words: 12 or 24.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words(WordCount);

impl crate::value::Value for Words {
    const EXPECTED: &'static str = "expected-words";

    fn read(text: &str) -> Option<Words> {
        match text {
            "12" => Some(Words(WordCount::Twelve)),
            "24" => Some(Words(WordCount::TwentyFour)),
            _ => None,
        }
    }
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::New(arguments) => new(&arguments, session),
        Command::Restore(arguments) => restore(&arguments, session),
        Command::Attach(Named { account }) => attach(account, session),
        Command::Watch(arguments) => watch(arguments, session),
        Command::Show(Show {}) => Ok(shown(&session.wallet()?)),
        Command::Balance(arguments) => account::balance(arguments.account(session)?, session),
        Command::History(arguments) => {
            account::proven_history(arguments.account(session)?, session)
        }
        Command::Orders(Orders { whose, ended }) => {
            let scope = match ended {
                false => OrderScope::Open,
                true => OrderScope::All,
            };
            order::proven(whose.account(session)?, scope, session)
        }
        Command::Card(arguments) => card::show(&arguments, session),
        Command::Password(arguments) => change_password(&arguments, session),
    }
}

impl Whose {
    /// The account meant: an id, or what an account in the wallet is called; by default that of the one who asks.
    fn account(&self, session: &Session<'_>) -> Result<AccountId, Failure> {
        let Some(whose) = &self.whose else {
            return session.own_account();
        };
        if let Some(account) = AccountId::read(whose) {
            return Ok(account);
        }
        // A mistyped id is no name.
        if whose.starts_with(ACCOUNT_PREFIX) {
            let expected =
                catalogue(session.language()).render("expected-account", &Arguments::NONE);
            let about = Arguments::NONE.text("argument", "<WHOSE>");
            let about = about.text("value", whose).text("expected", expected);
            return Err(Failure::usage("usage_value", about));
        }
        let wallet = session.wallet()?;
        let entry = wallet.entry(whose)?;
        entry.account.ok_or_else(|| {
            Failure::usage("wallet_unattached", Arguments::NONE.text("label", whose))
        })
    }
}

fn new(arguments: &New, session: &Session<'_>) -> Result<Output, Failure> {
    refuse_second(session)?;
    let language = arguments.language.map(Into::into);
    let mnemonic = Mnemonic::generate(
        language.unwrap_or_else(|| session.language()),
        arguments.words.map_or(WordCount::Twelve, |words| words.0),
    )?;
    if !arguments.yes {
        ask_back(&mnemonic, session)?;
    }
    let wallet = keep(&mnemonic, session)?;
    let mut output = shown(&wallet);
    if arguments.yes {
        let words: Vec<&str> = mnemonic.words().collect();
        let json = json!({"words": words, "accounts": entries(&wallet)});
        output = Output::of(&json)
            .text_block(mnemonic.sheet().to_string())
            .rows(&ENTRY_COLUMNS, wallet.entries().iter().map(row));
    }
    Ok(output.say("wallet-keep", Arguments::NONE))
}

/// Shows the words and asks some of them back, so that nobody goes on without having written them down.
fn ask_back(mnemonic: &Mnemonic, session: &Session<'_>) -> Result<(), Failure> {
    let sentence = |id| catalogue(session.language()).render(id, &Arguments::NONE);
    let words: Vec<&str> = mnemonic.words().collect();
    let mut shown = format!(
        "{}\n\n{}\n{}\n",
        sentence("wallet-words"),
        *mnemonic.sheet(),
        sentence("wallet-warning")
    );
    let mut mistakes = 0;
    for index in asked_back(words.len())? {
        let number = u64::try_from(index.saturating_add(1)).unwrap_or(u64::MAX);
        let about = Arguments::NONE.number("number", number);
        loop {
            let answer = session.ask(&shown, "wallet-ask", &about, Echo::Shown)?;
            if words
                .get(index)
                .is_some_and(|word| answer.to_lowercase() == **word)
            {
                break;
            }
            mistakes += 1;
            if mistakes > MISTAKES_MAX {
                return Err(Failure::local("wallet_unwritten", Arguments::NONE));
            }
            shown = format!("{}\n", sentence("wallet-mistake"));
        }
        shown = String::new();
    }
    Ok(())
}

/// Which of `count` words are asked back: different ones, in no order, from the system's random numbers.
fn asked_back(count: usize) -> Result<Vec<usize>, Failure> {
    let seed = timebank_wallet::key::generate()?.to_seed();
    let mut left: Vec<usize> = (0..count).collect();
    let mut chosen = Vec::new();
    for byte in seed.iter().take(ASKED_BACK.min(count)) {
        chosen.push(left.swap_remove(usize::from(*byte) % left.len()));
    }
    Ok(chosen)
}

fn restore(arguments: &Restore, session: &Session<'_>) -> Result<Output, Failure> {
    refuse_second(session)?;
    let mnemonic = match &arguments.words_file {
        Some(file) => {
            let limit = u64::try_from(MNEMONIC_BYTES_MAX).unwrap_or(u64::MAX);
            let bytes = zeroize::Zeroizing::new(session.read(file, limit)?);
            Mnemonic::parse(&String::from_utf8_lossy(&bytes))?
        }
        None => ask_words(session)?,
    };
    let wallet = keep(&mnemonic, session)?;
    Ok(shown(&wallet).say("wallet-restored", Arguments::NONE))
}

/// Asks for the words, until they belong together or there were too many mistakes.
fn ask_words(session: &Session<'_>) -> Result<Mnemonic, Failure> {
    let mut shown = String::new();
    for _ in 0..MISTAKES_MAX {
        let text = session.ask(&shown, "wallet-ask-all", &Arguments::NONE, Echo::Shown)?;
        match Mnemonic::parse(&text) {
            Ok(mnemonic) => return Ok(mnemonic),
            Err(error) => {
                let explanation = Failure::from(error).explain(session.language());
                let remedy = explanation.remedy.unwrap_or_default();
                shown = format!("{}\n{remedy}\n", explanation.message);
            }
        }
    }
    let text = session.ask(&shown, "wallet-ask-all", &Arguments::NONE, Echo::Shown)?;
    Ok(Mnemonic::parse(&text)?)
}

/// Fails early where a wallet is: nothing takes its place.
fn refuse_second(session: &Session<'_>) -> Result<(), Failure> {
    let storage = session.wallet_storage()?;
    match Keystore::exists(&*storage, KEYSTORE_NAME)? {
        false => Ok(()),
        true => {
            let folder = session.wallet_folder().unwrap_or_default();
            let about = Arguments::NONE.text("path", folder.display());
            Err(Failure::local("wallet_exists", about))
        }
    }
}

/// Asks for a password and keeps the words behind it.
fn keep(mnemonic: &Mnemonic, session: &Session<'_>) -> Result<Keystore, Failure> {
    let password = Password::new(session.new_password(session.password_file())?.as_str());
    let new = NewKeystore {
        mnemonic,
        passphrase: "",
        password: &password,
        cost: session.environment().password_cost,
        label: OWN_LABEL,
    };
    Ok(Keystore::create(
        session.wallet_storage()?,
        KEYSTORE_NAME,
        &new,
    )?)
}

/// Notes which account the wallet's key is for, when the account's proven record names a key of these words.
fn attach(account: AccountId, session: &Session<'_>) -> Result<Output, Failure> {
    let wallet = session.unlocked_whole_wallet()?;
    let accounts = wallet.accounts();
    let mut own = accounts
        .iter()
        .filter(|entry| entry.source != KeySource::Watched);
    let unattached = own.clone().find(|entry| entry.account.is_none());
    let Some(entry) = unattached.or_else(|| own.next()) else {
        return Err(Failure::usage("key_missing", Arguments::NONE));
    };
    wallet.attach(&entry.label, account)?;
    Ok(shown(&session.wallet()?))
}

fn watch(arguments: Watch, session: &Session<'_>) -> Result<Output, Failure> {
    let Watch { account, label } = arguments;
    let storage = session.wallet_storage()?;
    let mut wallet = match Keystore::exists(&*storage, KEYSTORE_NAME)? {
        true => session.unlocked_wallet()?,
        false => Keystore::create_watching(storage, KEYSTORE_NAME)?,
    };
    // Only an account that is proven to be there is watched.
    session.client()?.account(account, session.freshness())?;
    let label = label.unwrap_or_else(|| account.to_string());
    wallet.watch(&label, account, None)?;
    Ok(shown(&wallet))
}

fn change_password(arguments: &ChangePassword, session: &Session<'_>) -> Result<Output, Failure> {
    let mut wallet = session.wallet()?;
    let old = session.unlock(&mut wallet)?;
    let file = arguments.new_password_file.as_deref().map(Path::new);
    let new = Password::new(session.new_password(file)?.as_str());
    wallet.change_password(&old, &new, session.environment().password_cost)?;
    Ok(Output::of(&json!({"changed": true})).say("wallet-password", Arguments::NONE))
}

/// The columns of a wallet's entries.
const ENTRY_COLUMNS: [&str; 4] = ["label", "source", "account", "public_key"];

fn shown(wallet: &Keystore) -> Output {
    let json = json!({"accounts": entries(wallet), "watch_only": !wallet.has_secrets()});
    Output::of(&json).rows(&ENTRY_COLUMNS, wallet.entries().iter().map(row))
}

fn entries(wallet: &Keystore) -> Vec<Value> {
    let entries = wallet.entries().iter();
    entries
        .map(|entry| {
            json!({"label": entry.label, "source": source(entry), "account": entry.account,
                   "public_key": entry.public_key})
        })
        .collect()
}

fn row(entry: &Entry) -> Vec<Value> {
    vec![
        json!(entry.label),
        json!(source(entry)),
        json!(entry.account),
        json!(entry.public_key),
    ]
}

const fn source(entry: &Entry) -> &'static str {
    match entry.source {
        KeySource::Derived(_) => "key_derived",
        KeySource::Imported => "key_imported",
        KeySource::Watched => "key_watched",
    }
}
