//! Proxies: who may act for someone.

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::id::AccountId;
use ledger_core::record::proxy::{ProxyHolder, ProxyScope};
use ledger_core::time::Day;
use ledger_core::transaction::account::{AppointProxy, RevokeProxy};

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Appoint(Appoint),
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(crate) struct Appoint {
    #[arg(value_parser = parse::<ProxyHolder>)]
    proxy: ProxyHolder,
    #[arg(long, value_parser = parse::<ProxyScope>)]
    scope: ProxyScope,
    #[arg(long, value_name = "MINUTES", value_parser = parse::<Minutes>)]
    monthly: Minutes,
    #[arg(long, value_name = "DAY", value_parser = parse::<Day>)]
    last_day: Day,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    principal: Option<AccountId>,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    #[arg(value_parser = parse::<ProxyHolder>)]
    proxy: ProxyHolder,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    principal: Option<AccountId>,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Appoint(arguments) => session.perform(AppointProxy {
            principal: session.account(arguments.principal)?,
            proxy: arguments.proxy,
            scope: arguments.scope,
            minutes_per_month: arguments.monthly,
            last_day: arguments.last_day,
        }),
        Command::Revoke(arguments) => session.perform(RevokeProxy {
            principal: session.account(arguments.principal)?,
            proxy: arguments.proxy,
        }),
    }
}
