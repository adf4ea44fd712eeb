//! Kin links and what kin may spend.

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::id::AccountId;
use ledger_core::record::kin::Relation;
use ledger_core::time::Day;
use ledger_core::transaction::account::{LinkKin, SetKinAllowance, UnlinkKin};

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Link(Link),
    Unlink(Unlink),
    Allow(Allow),
}

#[derive(Debug, Args)]
pub(crate) struct Link {
    #[arg(value_parser = parse::<AccountId>)]
    kin: AccountId,
    #[arg(value_parser = parse::<Relation>)]
    relation: Relation,
    #[arg(long, value_parser = parse::<AccountId>)]
    account: Option<AccountId>,
}

#[derive(Debug, Args)]
pub(crate) struct Unlink {
    #[arg(value_parser = parse::<AccountId>)]
    kin: AccountId,
    #[arg(long, value_parser = parse::<AccountId>)]
    account: Option<AccountId>,
}

#[derive(Debug, Args)]
pub(crate) struct Allow {
    #[arg(value_parser = parse::<AccountId>)]
    kin: AccountId,
    #[arg(long, value_name = "MINUTES", value_parser = parse::<Minutes>)]
    monthly: Minutes,
    #[arg(long, value_name = "DAY", value_parser = parse::<Day>)]
    last_day: Day,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    payer: Option<AccountId>,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Link(arguments) => session.perform(LinkKin {
            account: session.account(arguments.account)?,
            kin: arguments.kin,
            relation: arguments.relation,
        }),
        Command::Unlink(arguments) => session.perform(UnlinkKin {
            account: session.account(arguments.account)?,
            kin: arguments.kin,
        }),
        Command::Allow(arguments) => session.perform(SetKinAllowance {
            payer: session.account(arguments.payer)?,
            kin: arguments.kin,
            minutes_per_month: arguments.monthly,
            last_day: arguments.last_day,
        }),
    }
}
