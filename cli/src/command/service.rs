//! Services recorded on paper, one by one; files of them are imported ([`super::import`]).

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::hash::Hash;
use ledger_core::id::{AccountId, OrganisationId, ServiceCode};
use ledger_core::record::order::Payer;
use ledger_core::transaction::service::RecordService;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Record(Record),
}

#[derive(Debug, Args)]
pub(crate) struct Record {
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    recipient: AccountId,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    provider: AccountId,
    #[arg(long, value_name = "ACCOUNT", value_parser = parse::<AccountId>)]
    member: Option<AccountId>,
    #[arg(long, value_name = "CODE", value_parser = parse::<ServiceCode>)]
    service: ServiceCode,
    #[arg(long, value_parser = parse::<OrganisationId>)]
    district: OrganisationId,
    #[arg(long, value_name = "TIME")]
    start: String,
    #[arg(long, value_name = "TIME")]
    end: String,
    #[arg(long, value_parser = parse::<Minutes>)]
    minutes: Minutes,
    #[arg(long, value_parser = parse::<Payer>, default_value = "recipient")]
    payer: Payer,
    #[arg(long, value_name = "HASH", value_parser = parse::<Hash>)]
    evidence: Hash,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Record(arguments) => session.perform(RecordService {
            recipient: arguments.recipient,
            provider: arguments.provider,
            service: arguments.service,
            district: arguments.district,
            start_ms: session.instant("--start", &arguments.start)?,
            end_ms: session.instant("--end", &arguments.end)?,
            minutes: arguments.minutes,
            payer: arguments.payer,
            evidence: arguments.evidence,
            member: arguments.member,
        }),
    }
}
