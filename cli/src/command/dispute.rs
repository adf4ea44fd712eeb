//! Orders about which people disagree: dispute, decision, appeal, reversal.

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::id::OrderId;
use ledger_core::record::order::ReversalReason;
use ledger_core::transaction::dispute;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Open(Named),
    Resolve(Resolve),
    Appeal(Named),
    Reverse(Reverse),
}

#[derive(Debug, Args)]
pub(crate) struct Named {
    #[arg(value_parser = parse::<OrderId>)]
    order: OrderId,
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    #[arg(value_parser = parse::<OrderId>)]
    order: OrderId,
    #[arg(long, value_name = "MINUTES", value_parser = parse::<Minutes>)]
    provider_gets: Minutes,
}

#[derive(Debug, Args)]
pub(crate) struct Reverse {
    #[arg(value_parser = parse::<OrderId>)]
    order: OrderId,
    #[arg(long, value_parser = parse::<ReversalReason>)]
    reason: ReversalReason,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Open(Named { order }) => session.perform(dispute::OpenDispute { order }),
        Command::Resolve(arguments) => session.perform(dispute::ResolveDispute {
            order: arguments.order,
            provider_minutes: arguments.provider_gets,
        }),
        Command::Appeal(Named { order }) => session.perform(dispute::Appeal { order }),
        Command::Reverse(Reverse { order, reason }) => {
            session.perform(dispute::ReverseOrder { order, reason })
        }
    }
}
