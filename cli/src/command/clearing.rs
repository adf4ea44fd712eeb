//! Clearing between districts, by a node's word. Recomputing and confirming a month is the auditor's
//! ([`super::audit`]).

use clap::Args;
use ledger_core::hash::Hash;
use ledger_core::message::Arguments;
use ledger_core::record::clearing::ClearingRecord;
use ledger_core::time::Month;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Args)]
pub(crate) struct Clearing {
    #[arg(value_parser = parse::<Month>)]
    month: Option<Month>,
}

pub(crate) fn run(arguments: &Clearing, session: &Session<'_>) -> Result<Output, Failure> {
    match arguments.month {
        None => list(session),
        Some(month) => show(month, session),
    }
}

/// The closed months, by the node's word.
fn list(session: &Session<'_>) -> Result<Output, Failure> {
    let listed = session.client()?.clearings()?.items;
    let rows = listed.iter().map(|listed| {
        vec![
            json!(listed.month),
            json!(listed.height),
            json!(listed.hash),
            json!(listed.cosignatures),
        ]
    });
    Ok(Output::of(&listed)
        .rows(&["month", "height", "hash", "cosignatures"], rows)
        .say("unverified", Arguments::NONE))
}

/// A closed month by the node's word; `timebank audit clearing` recomputes it.
fn show(month: Month, session: &Session<'_>) -> Result<Output, Failure> {
    let answer = session.client()?.clearing_unverified(month)?;
    let cosigned = answer
        .cosignatures
        .iter()
        .map(|it| vec![json!(it.auditor), json!(it.person)]);
    Ok(described(&json!(answer), &answer.clearing, answer.hash)
        .say("clearing-cosigned", Arguments::NONE)
        .rows(&["auditor", "person"], cosigned)
        .say("clearing-recompute", Arguments::NONE.text("month", month)))
}

/// The figures of a month, for people.
pub(crate) fn described(json: &Value, record: &ClearingRecord, hash: Hash) -> Output {
    let districts = record.districts.iter().map(|it| {
        vec![
            json!(it.district),
            json!(it.opening),
            json!(it.closing),
            json!(it.granted),
            json!(it.expired),
            json!(it.net),
        ]
    });
    let flows = record.flows.iter().map(|(from, to, flow)| {
        vec![
            json!(from),
            json!(to),
            json!(flow.minutes),
            json!(flow.reversed),
        ]
    });
    let moves = record
        .moves
        .iter()
        .map(|(from, to, minutes)| vec![json!(from), json!(to), json!(minutes)]);
    Output::of(json)
        .fields([
            ("month", json!(record.month)),
            ("height", json!(record.height)),
            ("state_root", json!(record.state_root)),
            ("hash", json!(hash)),
        ])
        .rows(
            &[
                "district", "opening", "closing", "granted", "expired", "net",
            ],
            districts,
        )
        .say("clearing-flows", Arguments::NONE)
        .rows(&["from", "to", "minutes", "reversed"], flows)
        .say("clearing-moves", Arguments::NONE)
        .rows(&["from", "to", "minutes"], moves)
}

pub(crate) fn about_difference(recomputed: Hash, recorded: Option<Hash>) -> Arguments {
    let recorded = recorded.map_or_else(|| "–".to_owned(), |hash| hash.to_string());
    Arguments::NONE
        .text("recomputed", recomputed)
        .text("recorded", recorded)
}
