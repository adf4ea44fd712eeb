//! What people asked for and did not get, by street, service and week, told so that it says nothing about anybody.

use std::path::PathBuf;

use clap::Args;
use ledger_core::id::OrganisationId;
use ledger_core::message::{Arguments, Language};
use ledger_core::time::Day;
use serde_json::{Value, json};
use timebank_office::demand::page::Shown;
use timebank_office::demand::{Cell, Demand, DemandError, Weeks};

use crate::book::{self, FromBook};
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

/// How many weeks are shown unless said otherwise: a quarter.
const WEEKS_DEFAULT: u32 = 13;

#[derive(Debug, Args)]
pub(crate) struct DemandTable {
    #[arg(long, value_name = "DAY", value_parser = parse::<Day>)]
    from: Option<Day>,
    #[arg(long, value_name = "NUMBER", default_value_t = WEEKS_DEFAULT)]
    weeks: u32,
    #[arg(long, value_parser = parse::<OrganisationId>)]
    district: Option<OrganisationId>,
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    #[command(flatten)]
    book: FromBook,
}

pub(crate) fn run(arguments: &DemandTable, session: &Session<'_>) -> Result<Output, Failure> {
    let book = arguments.book.current(session)?;
    let facts = book::facts(&book, session)?;
    let today = book.calendar().day(book.time_ms());
    let weeks = weeks(arguments, today)?;
    let demand = Demand::of(&facts, weeks).map_err(|error| failure(&error))?;
    let shown = Shown {
        demand: &demand,
        district: arguments.district,
    };
    let cells = demand.cells(arguments.district);
    let first = demand.weeks.first().copied().unwrap_or_default();
    let last = demand
        .weeks
        .last()
        .copied()
        .unwrap_or_default()
        .plus_days(6);
    let json = json!({
        "from": first, "until": last, "height": demand.height, "time_ms": demand.time_ms,
        "district": arguments.district, "cells": cells,
    });
    let files = match &arguments.to {
        None => Vec::new(),
        Some(folder) => {
            let mut text = serde_json::to_string_pretty(&json).expect("a table has text keys");
            text.push('\n');
            let papers = [
                ("zh.html", shown.page(Language::Chinese)),
                ("en.html", shown.page(Language::English)),
                ("zh.svg", shown.map(Language::Chinese)),
                ("en.svg", shown.map(Language::English)),
                ("csv", shown.table()),
                ("json", text),
            ];
            let of = arguments.district.map(|it| format!("-{it:?}"));
            let name = format!("demand-{first}{}", of.unwrap_or_default());
            super::statement::write_papers(folder, &name, &papers)?
        }
    };
    let people = Arguments::NONE.number("people", timebank_office::demand::cube::PEOPLE_MIN);
    let output = Output::of(&json)
        .fields([
            ("period_from", json!(first)),
            ("period_to", json!(last)),
            ("height", json!(demand.height)),
        ])
        .rows(&["street", "service", "asked_for"], rows(&cells))
        .say("demand-withheld", people);
    let output = match last < today {
        true => output,
        false => output.say("demand-not_over", Arguments::NONE),
    };
    Ok(super::statement::with_files(output, &files))
}

/// The weeks asked for; those that ended last when no day is named.
fn weeks(arguments: &DemandTable, today: Day) -> Result<Weeks, Failure> {
    let back = arguments.weeks.saturating_mul(7);
    let from = arguments.from.unwrap_or(Day(today.0.saturating_sub(back)));
    Weeks::from(from, arguments.weeks).map_err(|error| failure(&error))
}

/// The figures over all weeks, street by street; all together last.
fn rows(cells: &[Cell]) -> impl Iterator<Item = Vec<Value>> + '_ {
    let whole = cells.iter().filter(|cell| cell.week.is_none());
    whole.map(|cell| {
        let or_all = |value: Value| match value {
            Value::Null => json!("all"),
            other => other,
        };
        vec![
            or_all(json!(cell.street)),
            or_all(json!(cell.service)),
            cell.orders
                .map_or_else(|| json!("withheld"), |count| json!(count)),
        ]
    })
}

fn failure(error: &DemandError) -> Failure {
    let about = match error {
        DemandError::Weeks { weeks } => Arguments::NONE.number("weeks", *weeks),
        DemandError::TooLarge(_) => {
            let about = Arguments::NONE.text("reason", error);
            return Failure::usage("demand_too_large", about);
        }
    };
    let most = timebank_office::demand::WEEKS_MAX;
    Failure::usage("demand_weeks", about.number("most", most))
}
