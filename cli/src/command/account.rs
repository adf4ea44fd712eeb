//! Accounts: balance, opening, standing, keys, history, orders.

pub(crate) mod standing;

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, OrganisationId};
use ledger_core::message::Arguments;
use ledger_core::receipt::Posting;
use ledger_core::record::account::{AccountKind, AccountRecord, ClawbackTo};
use ledger_core::signature::PublicKey;
use ledger_core::transaction::account::{OpenAccount, RotateKey};
use serde_json::{Value, json};
use timebank_wallet::client::OrderScope;

use super::{all, order};
use crate::failure::Failure;
use crate::output::Output;
use crate::perform::posting_row;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Show(Show),
    Open(Open),
    RotateKey(RotateKeyArguments),
    #[command(flatten)]
    Standing(standing::Command),
    History(Show),
    Orders(Orders),
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[arg(value_parser = parse::<AccountId>)]
    account: Option<AccountId>,
    #[arg(long)]
    unverified: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Open {
    #[arg(long, value_name = "STREET", value_parser = parse::<OrganisationId>)]
    home: OrganisationId,
    #[arg(long, value_name = "HASH", value_parser = parse::<Hash>)]
    identity: Hash,
    #[arg(long, value_name = "PUBLIC_KEY", value_parser = parse::<PublicKey>, required_unless_present = "keyless")]
    holder_key: Option<PublicKey>,
    #[arg(long, conflicts_with = "holder_key")]
    keyless: bool,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>, conflicts_with = "keyless")]
    guardian: Option<AccountId>,
}

#[derive(Debug, Args)]
pub(crate) struct RotateKeyArguments {
    #[arg(value_parser = parse::<AccountId>)]
    account: Option<AccountId>,
    #[arg(long, value_name = "PUBLIC_KEY", value_parser = parse::<PublicKey>)]
    new_key: PublicKey,
}

#[derive(Debug, Args)]
pub(crate) struct Orders {
    #[arg(value_parser = parse::<AccountId>)]
    account: Option<AccountId>,
    #[arg(long)]
    unverified: bool,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Show(arguments) => show(&arguments, session),
        Command::Open(arguments) => session.perform(OpenAccount {
            home: arguments.home,
            key: arguments.holder_key,
            identity: arguments.identity,
            legal_guardian: arguments.guardian,
        }),
        Command::RotateKey(arguments) => session.perform(RotateKey {
            account: session.account(arguments.account)?,
            new_key: arguments.new_key,
        }),
        Command::Standing(command) => standing::run(command, session),
        Command::History(arguments) => history(&arguments, session),
        Command::Orders(arguments) => {
            let account = session.account(arguments.account)?;
            if !arguments.unverified {
                return order::proven(account, OrderScope::All, session);
            }
            let client = session.client()?;
            let orders = all(|after| client.account_orders_unverified(account, after))?;
            Ok(order::listed(&orders).say("unverified", Arguments::NONE))
        }
    }
}

fn show(arguments: &Show, session: &Session<'_>) -> Result<Output, Failure> {
    let id = session.account(arguments.account)?;
    let client = session.client()?;
    if arguments.unverified {
        let answer = client.account_unverified(id)?;
        let json = json!({"id": id, "account": answer.account, "spendable": spendable(&answer.account),
                          "height": answer.height, "verified": false});
        return Ok(
            described(Output::of(&json), id, &answer.account).say("unverified", Arguments::NONE)
        );
    }
    let verified = client.account(id, session.freshness())?;
    let account = &verified.value;
    let json = json!({"id": id, "account": account, "spendable": spendable(account), "height": verified.height,
                      "time_ms": verified.time_ms, "block_id": verified.block_id, "verified": true});
    Ok(described(Output::of(&json), id, account).say("verified", as_of(&verified)))
}

/// What a resident has, checked, with the age of the proof.
pub(crate) fn balance(id: AccountId, session: &Session<'_>) -> Result<Output, Failure> {
    let verified = session.client()?.account(id, session.freshness())?;
    let account = &verified.value;
    let age_ms = session.age_ms(verified.time_ms);
    let lots = account.lots.as_slice();
    let json = json!({"account": id, "status": account.status, "spendable": spendable(account), "held": account.held,
                      "honorary": account.honorary, "service_given": account.service_given, "lots": lots,
                      "clawback": clawback(account), "height": verified.height, "block_id": verified.block_id,
                      "time_ms": verified.time_ms, "age_ms": age_ms, "verified": true});
    let output = Output::of(&json).fields([
        ("account", json!(id)),
        ("status", json!(account.status)),
        ("spendable", json!(spendable(account))),
        ("held", json!(account.held)),
        ("honorary", above_zero(account.honorary.0)),
        ("clawback", json!(clawback(account))),
        ("service_given", json!(account.service_given)),
    ]);
    Ok(lot_rows(output, account).say(
        "balance-verified",
        as_of(&verified).number("age_ms", age_ms),
    ))
}

/// Everything that changed what a resident has, checked, with the age of the proof.
pub(crate) fn proven_history(id: AccountId, session: &Session<'_>) -> Result<Output, Failure> {
    let verified = session.client()?.history(id, session.freshness())?;
    let age_ms = session.age_ms(verified.time_ms);
    let json = json!({"account": id, "postings": verified.value, "height": verified.height,
                      "time_ms": verified.time_ms, "age_ms": age_ms, "verified": true});
    let about = as_of(&verified).number("age_ms", age_ms);
    Ok(posted(&json, &verified.value).say("history-proven", about))
}

/// As of when something was verified.
pub(crate) fn as_of<T>(verified: &timebank_wallet::Verified<T>) -> Arguments {
    Arguments::NONE
        .number("height", verified.height.0)
        .number("time_ms", verified.time_ms.0)
}

fn spendable(account: &AccountRecord) -> Option<Minutes> {
    account.spendable().ok()
}

pub(crate) fn described(output: Output, id: AccountId, account: &AccountRecord) -> Output {
    let (kind, owed) = match account.kind {
        AccountKind::Person { .. } => ("person", None),
        AccountKind::Merchant { owed } => ("merchant", Some(owed)),
        AccountKind::Group => ("group", None),
    };
    let output = output.fields([
        ("account", json!(id)),
        ("kind", json!(kind)),
        ("status", json!(account.status)),
        ("home", json!(account.home)),
        ("legal_guardian", json!(account.legal_guardian)),
        ("spendable", json!(spendable(account))),
        ("held", json!(account.held)),
        ("owed", json!(owed)),
        ("honorary", json!(account.honorary)),
        ("clawback", json!(clawback(account))),
        ("service_given", json!(account.service_given)),
        ("training_given", above_zero(account.training_given.0)),
        ("no_shows", above_zero(account.no_shows.into())),
        ("rating", rating(account)),
        ("key", json!(account.key)),
        ("programmes", programmes(account)),
        ("kin", json!(account.kin)),
        ("proxies", json!(account.proxies)),
        ("open_orders", json!(account.open_orders)),
        ("serving", json!(account.serving)),
        ("postings", json!(account.history.length)),
    ]);
    lot_rows(output, account)
}

/// `output` with the lots, where one of them expires.
fn lot_rows(output: Output, account: &AccountRecord) -> Output {
    let lots = account.lots.as_slice();
    if lots.iter().all(|lot| lot.expiry.is_none()) {
        return output;
    }
    let rows = lots
        .iter()
        .map(|lot| vec![json!(lot.source), json!(lot.expiry), json!(lot.minutes)]);
    output.rows(&["source", "expiry", "minutes"], rows)
}

/// A figure most accounts have no use for.
fn above_zero(figure: u64) -> Value {
    match figure {
        0 => Value::Null,
        figure => json!(figure),
    }
}

/// Minutes owed, by whom they go to.
fn clawback(account: &AccountRecord) -> Option<Vec<Value>> {
    let owed = account.clawback.iter().map(|owed| match owed.to {
        ClawbackTo::Reserve(pool) => json!({"pool": pool, "minutes": owed.minutes}),
        ClawbackTo::Void => json!({"pool": "void", "minutes": owed.minutes}),
    });
    (!account.clawback.is_empty()).then(|| owed.collect())
}

/// The mean of the stars, to a tenth, and how often.
fn rating(account: &AccountRecord) -> Value {
    let rating = account.rating;
    let tenths = rating
        .stars
        .saturating_mul(10)
        .checked_div(u64::from(rating.count));
    tenths.map_or(Value::Null, |tenths| {
        json!(format!(
            "{}.{} ({})",
            tenths / 10,
            tenths % 10,
            rating.count
        ))
    })
}

fn programmes(account: &AccountRecord) -> Value {
    match account.programmes.as_slice() {
        [] => Value::Null,
        programmes => json!(programmes),
    }
}

fn history(arguments: &Show, session: &Session<'_>) -> Result<Output, Failure> {
    let id = session.account(arguments.account)?;
    let client = session.client()?;
    if arguments.unverified {
        let mut postings: Vec<Posting> = Vec::new();
        loop {
            let from = u64::try_from(postings.len()).unwrap_or(u64::MAX);
            let part = client.history_unverified(id, from)?;
            let ended = part.postings.is_empty() || postings.len() >= super::LISTED_MAX;
            postings.extend(part.postings);
            if ended {
                break;
            }
        }
        let json = json!({"account": id, "postings": postings, "verified": false});
        return Ok(posted(&json, &postings).say("unverified", Arguments::NONE));
    }
    let verified = client.history(id, session.freshness())?;
    let json = json!({"account": id, "postings": verified.value, "height": verified.height,
                      "time_ms": verified.time_ms, "verified": true});
    Ok(posted(&json, &verified.value).say("history-verified", as_of(&verified)))
}

fn posted(json: &Value, postings: &[Posting]) -> Output {
    let rows = postings.iter().map(|posting| {
        let mut row = posting_row(posting);
        row[0] = json!(posting.time_ms);
        row.insert(1, json!(posting.height));
        row
    });
    Output::of(json).rows(&["time_ms", "height", "entry", "details"], rows)
}
