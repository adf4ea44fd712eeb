//! Merchants and what they give for minutes.

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::id::{AccountId, OrganisationId};
use ledger_core::record::account::Item;
use ledger_core::signature::PublicKey;
use ledger_core::transaction::value::{RegisterMerchant, SetItems, SettleMerchant};
use serde_json::json;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Register(Register),
    Items(Items),
    SetItems(SetItemsArguments),
    Settle(Settle),
}

#[derive(Debug, Args)]
pub(crate) struct Register {
    #[arg(long, value_name = "STREET", value_parser = parse::<OrganisationId>)]
    home: OrganisationId,
    #[arg(long, value_name = "PUBLIC_KEY", value_parser = parse::<PublicKey>)]
    merchant_key: PublicKey,
}

#[derive(Debug, Args)]
pub(crate) struct Items {
    #[arg(value_parser = parse::<AccountId>)]
    merchant: AccountId,
}

#[derive(Debug, Args)]
pub(crate) struct SetItemsArguments {
    #[arg(value_parser = parse::<AccountId>)]
    merchant: AccountId,
    #[arg(value_name = "CODE=MINUTES", value_parser = parse::<Item>)]
    items: Vec<Item>,
}

#[derive(Debug, Args)]
pub(crate) struct Settle {
    #[arg(value_parser = parse::<AccountId>)]
    merchant: AccountId,
    #[arg(value_parser = parse::<Minutes>)]
    minutes: Minutes,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::Register(arguments) => session.perform(RegisterMerchant {
            home: arguments.home,
            key: arguments.merchant_key,
        }),
        Command::Items(arguments) => {
            let answer = session.client()?.items(arguments.merchant)?;
            let rows = answer
                .items
                .iter()
                .map(|item| vec![json!(item.code), json!(item.minutes)]);
            Ok(Output::of(&answer).rows(&["item", "minutes"], rows))
        }
        Command::Settle(Settle { merchant, minutes }) => {
            session.perform(SettleMerchant { merchant, minutes })
        }
        Command::SetItems(arguments) => {
            let mut items = arguments.items;
            items.sort_by_key(|item| item.code);
            session.perform(SetItems {
                merchant: arguments.merchant,
                items,
            })
        }
    }
}
