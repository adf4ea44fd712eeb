//! The command line: what every command takes, and which commands there are.
//!
//! What people read about them is in `messages/help.*.ftl`, put in by [`crate::help`].

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use ledger_core::message::Language;
use ledger_core::transaction::Signer;

use crate::command::{
    account, attendance, audit, block, budget, card, catalogue, certificate, checkpoint, clearing,
    completions, demand, dispute, document, evidence, exchange, group, identity, import, key, kin,
    matching, merchant, nodes, order, organisation, policy, pool, prove, proxy, recovery, service,
    staff, statement, status, supply, time, transaction, upgrade, validators, verify, wallet,
    watch,
};
use crate::value::{SignAs, parse};

/// The program.
#[derive(Debug, Parser)]
#[command(
    name = "timebank",
    version,
    disable_help_flag = true,
    disable_version_flag = true
)]
#[command(
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// A language by its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LanguageCode {
    /// 简体中文.
    Zh,
    /// English.
    En,
}

impl From<LanguageCode> for Language {
    fn from(code: LanguageCode) -> Language {
        match code {
            LanguageCode::Zh => Language::Chinese,
            LanguageCode::En => Language::English,
        }
    }
}

/// What every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct Global {
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    #[arg(long = "node", global = true, value_name = "URL")]
    pub(crate) nodes: Vec<String>,
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) genesis: Option<PathBuf>,
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    #[arg(long = "as", global = true, value_name = "SIGNER", value_parser = parse::<Signer>)]
    pub(crate) signer: Option<Signer>,
    #[arg(long, global = true, value_name = "SIGNER=FILE", value_parser = parse::<SignAs>)]
    pub(crate) sign_as: Vec<SignAs>,
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) wallet: Option<PathBuf>,
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) state: Option<PathBuf>,
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) document: Option<PathBuf>,
    #[arg(long, global = true, value_name = "TIME")]
    pub(crate) valid_until: Option<String>,
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) wait: u64,
    #[arg(long, global = true, value_name = "HOURS", default_value_t = 24)]
    pub(crate) max_age: u64,
    #[arg(short, long, global = true, value_name = "FORMAT", value_enum, default_value_t = Format::Table)]
    pub(crate) output: Format,
    #[arg(long, global = true, value_name = "LANGUAGE", value_enum)]
    pub(crate) lang: Option<LanguageCode>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(subcommand)]
    Wallet(wallet::Command),
    #[command(subcommand)]
    Card(card::Command),
    Sign(document::Sign),
    Submit(document::Submit),
    #[command(subcommand)]
    Prove(prove::Command),
    Verify(verify::Verify),
    #[command(subcommand)]
    Key(key::Command),
    #[command(subcommand)]
    Identity(identity::Command),
    Status(status::Status),
    Nodes(nodes::Nodes),
    #[command(subcommand)]
    Account(account::Command),
    #[command(subcommand)]
    Recovery(recovery::Command),
    #[command(subcommand)]
    Group(group::Command),
    #[command(subcommand)]
    Kin(kin::Command),
    #[command(subcommand)]
    Proxy(proxy::Command),
    #[command(subcommand)]
    Order(order::Command),
    #[command(subcommand)]
    Service(service::Command),
    #[command(subcommand)]
    Import(import::Command),
    #[command(subcommand)]
    Dispute(dispute::Command),
    #[command(subcommand)]
    Training(attendance::Command),
    #[command(subcommand)]
    Campaign(attendance::Command),
    Gift(exchange::Gift),
    Donate(exchange::Donate),
    Redeem(exchange::Redeem),
    #[command(subcommand)]
    Merchant(merchant::Command),
    #[command(subcommand)]
    Org(organisation::Command),
    #[command(subcommand)]
    Staff(staff::Command),
    #[command(subcommand)]
    Policy(policy::Command),
    #[command(subcommand)]
    Catalogue(catalogue::Command),
    #[command(subcommand)]
    Validators(validators::Command),
    #[command(subcommand)]
    Budget(budget::Command),
    #[command(subcommand)]
    Pool(pool::Command),
    #[command(subcommand)]
    Upgrade(upgrade::Command),
    #[command(subcommand)]
    Evidence(evidence::Command),
    Supply(supply::Supply),
    Clearing(clearing::Clearing),
    #[command(subcommand)]
    Statement(statement::Command),
    Demand(demand::DemandTable),
    Match(matching::Match),
    #[command(subcommand)]
    Audit(audit::Command),
    Watch(watch::Watch),
    #[command(subcommand)]
    Certificate(certificate::Command),
    #[command(subcommand)]
    Checkpoint(checkpoint::Command),
    #[command(subcommand)]
    Block(block::Command),
    #[command(subcommand)]
    Tx(transaction::Command),
    #[command(subcommand)]
    Doc(document::Command),
    #[command(subcommand)]
    Time(time::Command),
    Completions(completions::Completions),
}
