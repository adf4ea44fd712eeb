//! Gifts, donations and redemption.

use clap::Args;
use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, ItemCode};
use ledger_core::record::budget::PoolId;
use ledger_core::transaction::value;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Args)]
pub(crate) struct Gift {
    #[arg(value_parser = parse::<AccountId>)]
    to: AccountId,
    #[arg(value_parser = parse::<Minutes>)]
    minutes: Minutes,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    from: Option<AccountId>,
}

#[derive(Debug, Args)]
pub(crate) struct Donate {
    #[arg(value_parser = parse::<PoolId>)]
    pool: PoolId,
    #[arg(value_parser = parse::<Minutes>)]
    minutes: Minutes,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    from: Option<AccountId>,
}

#[derive(Debug, Args)]
pub(crate) struct Redeem {
    #[arg(value_parser = parse::<AccountId>)]
    merchant: AccountId,
    #[arg(value_parser = parse::<ItemCode>)]
    item: ItemCode,
    #[arg(value_parser = parse::<Minutes>)]
    minutes: Minutes,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    holder: Option<AccountId>,
}

pub(crate) fn gift(arguments: &Gift, session: &Session<'_>) -> Result<Output, Failure> {
    session.perform(value::Gift {
        from: session.account(arguments.from)?,
        to: arguments.to,
        minutes: arguments.minutes,
    })
}

pub(crate) fn donate(arguments: &Donate, session: &Session<'_>) -> Result<Output, Failure> {
    session.perform(value::Donate {
        from: session.account(arguments.from)?,
        pool: arguments.pool,
        minutes: arguments.minutes,
    })
}

pub(crate) fn redeem(arguments: &Redeem, session: &Session<'_>) -> Result<Output, Failure> {
    session.perform(value::Redeem {
        holder: session.account(arguments.holder)?,
        merchant: arguments.merchant,
        item: arguments.item,
        minutes: arguments.minutes,
    })
}
