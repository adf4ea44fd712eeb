//! The commands, one file for each noun.

pub(crate) mod account;
pub(crate) mod attendance;
pub(crate) mod audit;
pub(crate) mod block;
pub(crate) mod budget;
pub(crate) mod card;
pub(crate) mod catalogue;
pub(crate) mod certificate;
pub(crate) mod checkpoint;
pub(crate) mod clearing;
pub(crate) mod completions;
pub(crate) mod demand;
pub(crate) mod dispute;
pub(crate) mod document;
pub(crate) mod evidence;
pub(crate) mod exchange;
pub(crate) mod group;
pub(crate) mod identity;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod kin;
pub(crate) mod matching;
pub(crate) mod merchant;
pub(crate) mod nodes;
pub(crate) mod order;
pub(crate) mod organisation;
pub(crate) mod people;
pub(crate) mod policy;
pub(crate) mod pool;
pub(crate) mod prove;
pub(crate) mod proxy;
pub(crate) mod recovery;
pub(crate) mod service;
pub(crate) mod staff;
pub(crate) mod statement;
pub(crate) mod status;
pub(crate) mod supply;
pub(crate) mod time;
pub(crate) mod transaction;
pub(crate) mod upgrade;
pub(crate) mod validators;
pub(crate) mod verify;
pub(crate) mod wallet;
pub(crate) mod watch;

use timebank_wallet::answer::Page;

use crate::arguments::Command;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

/// The most entries of a listing that are fetched.
const LISTED_MAX: usize = 10_000;

/// Runs a command.
pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Wallet(command) => wallet::run(command, session),
        Command::Card(command) => card::run(command, session),
        Command::Sign(arguments) => document::sign(&arguments, session),
        Command::Submit(arguments) => document::submit(&arguments, session),
        Command::Prove(command) => prove::run(command, session),
        Command::Verify(arguments) => verify::run(&arguments, session),
        Command::Key(command) => key::run(command),
        Command::Identity(command) => identity::run(command, session),
        Command::Status(_) => status::run(session),
        Command::Nodes(nodes::Nodes {}) => nodes::run(session),
        Command::Account(command) => account::run(command, session),
        Command::Recovery(command) => recovery::run(command, session),
        Command::Group(command) => group::run(command, session),
        Command::Kin(command) => kin::run(command, session),
        Command::Proxy(command) => proxy::run(command, session),
        Command::Order(command) => order::run(command, session),
        Command::Service(command) => service::run(command, session),
        Command::Import(command) => import::run(command, session),
        Command::Dispute(command) => dispute::run(command, session),
        Command::Training(command) => attendance::training(command, session),
        Command::Campaign(command) => attendance::campaign(command, session),
        Command::Gift(command) => exchange::gift(&command, session),
        Command::Donate(command) => exchange::donate(&command, session),
        Command::Redeem(command) => exchange::redeem(&command, session),
        Command::Merchant(command) => merchant::run(command, session),
        Command::Org(command) => organisation::run(command, session),
        Command::Staff(command) => staff::run(command, session),
        Command::Policy(command) => policy::run(command, session),
        Command::Catalogue(command) => catalogue::run(command, session),
        Command::Validators(command) => validators::run(command, session),
        Command::Budget(command) => budget::run(command, session),
        Command::Pool(command) => pool::run(command, session),
        Command::Upgrade(command) => upgrade::run(command, session),
        Command::Evidence(command) => evidence::run(command, session),
        Command::Supply(command) => supply::run(&command, session),
        Command::Clearing(command) => clearing::run(&command, session),
        Command::Statement(command) => statement::run(command, session),
        Command::Demand(command) => demand::run(&command, session),
        Command::Match(command) => matching::run(&command, session),
        Command::Audit(command) => audit::run(command, session),
        Command::Watch(arguments) => watch::run(&arguments, session),
        Command::Certificate(command) => certificate::run(command, session),
        Command::Checkpoint(command) => checkpoint::run(command, session),
        Command::Block(command) => block::run(command, session),
        Command::Tx(command) => transaction::run(command, session),
        Command::Doc(command) => document::run(command, session),
        Command::Time(command) => time::run(command, session),
        Command::Completions(command) => Ok(completions::run(&command)),
    }
}

/// Every entry of a listing, page by page, up to [`LISTED_MAX`].
fn all<T>(
    mut page: impl FnMut(Option<&str>) -> Result<Page<T>, timebank_wallet::Error>,
) -> Result<Vec<T>, Failure> {
    let mut items = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let Page { items: more, next } = page(after.as_deref())?;
        let ended = more.is_empty();
        items.extend(more);
        if ended || next.is_none() || items.len() >= LISTED_MAX {
            return Ok(items);
        }
        after = next;
    }
}
