//! The catalogue of services.

use clap::{Args, Subcommand};
use ledger_core::amount::Minutes;
use ledger_core::id::ServiceCode;
use ledger_core::record::policy::CatalogueEntry;
use ledger_core::time::Day;
use ledger_core::transaction::government::SetCatalogue;
use serde_json::json;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(List),
    Set(Set),
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[arg(long, value_parser = parse::<Day>)]
    day: Option<Day>,
}

#[derive(Debug, Args)]
pub(crate) struct Set {
    #[arg(value_parser = parse::<ServiceCode>)]
    code: ServiceCode,
    #[arg(long, value_name = "MINUTES", value_parser = parse::<Minutes>, required_unless_present = "retire")]
    min: Option<Minutes>,
    #[arg(long, value_name = "MINUTES", value_parser = parse::<Minutes>, required_unless_present = "retire")]
    max: Option<Minutes>,
    #[arg(long, value_name = "PERCENT", default_value_t = 100)]
    multiplier: u16,
    #[arg(long, conflicts_with_all = ["min", "max"])]
    retire: bool,
    #[arg(long, value_name = "DAY", value_parser = parse::<Day>)]
    from_day: Day,
}

pub(crate) fn run(command: Command, session: &Session<'_>) -> Result<Output, Failure> {
    match command {
        Command::List(arguments) => {
            let answer = session.client()?.catalogue(arguments.day)?;
            let rows = answer.items.iter().map(|listed| {
                vec![
                    json!(listed.code),
                    json!(listed.entry.minutes_min),
                    json!(listed.entry.minutes_max),
                    json!(listed.entry.multiplier_percent),
                ]
            });
            let columns = ["code", "minutes_min", "minutes_max", "multiplier_percent"];
            Ok(Output::of(&answer)
                .fields([("day", json!(answer.day))])
                .rows(&columns, rows))
        }
        Command::Set(arguments) => {
            let bounds = arguments.min.zip(arguments.max);
            session.perform(SetCatalogue {
                code: arguments.code,
                entry: bounds.map(|(minutes_min, minutes_max)| CatalogueEntry {
                    minutes_min,
                    minutes_max,
                    multiplier_percent: arguments.multiplier,
                }),
                from_day: arguments.from_day,
            })
        }
    }
}
