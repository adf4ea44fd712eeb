//! Who could take on an open order, and why in which order.

use std::path::PathBuf;

use clap::Args;
use ledger_core::id::OrderId;
use ledger_core::message::{Arguments, Catalogue};
use serde_json::{Value, json};
use timebank_office::matching::scoring::{SCORING_BYTES_MAX, Scoring};
use timebank_office::matching::{Candidate, MatchError, Matched, Reason, Why, matched};
use timebank_wallet::Error;

use crate::book::{self, FromBook};
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Args)]
pub(crate) struct Match {
    #[arg(value_parser = parse::<OrderId>)]
    order: OrderId,
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    limit: usize,
    #[arg(long)]
    unable: bool,
    #[arg(long, value_name = "FILE")]
    scoring: Option<PathBuf>,
    #[command(flatten)]
    book: FromBook,
}

pub(crate) fn run(arguments: &Match, session: &Session<'_>) -> Result<Output, Failure> {
    let scoring = scoring(arguments, session)?;
    let book = arguments.book.current(session)?;
    let facts = book::facts(&book, session)?;
    let found = matched(&book, &facts, arguments.order, &scoring).map_err(failure)?;
    Ok(shown(&found, arguments, session))
}

fn scoring(arguments: &Match, session: &Session<'_>) -> Result<Scoring, Failure> {
    let Some(path) = &arguments.scoring else {
        return Ok(Scoring::built_in());
    };
    let bytes = session.read(path, SCORING_BYTES_MAX)?;
    let text = String::from_utf8_lossy(&bytes);
    Scoring::parse(&text).map_err(|error| {
        let about = Arguments::NONE.text("path", path.display());
        Failure::usage("scoring_unusable", about.text("reason", error))
    })
}

fn shown(found: &Matched, arguments: &Match, session: &Session<'_>) -> Output {
    let words = timebank_office::catalogue(session.language());
    let able = found.able.iter().take(arguments.limit);
    let rows = able.zip(1_u64..).map(|(candidate, rank)| {
        vec![
            json!(rank),
            json!(candidate.account),
            json!(candidate.home),
            json!(candidate.points),
            json!(candidate.free_ms),
            json!(why_able(candidate, words)),
        ]
    });
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let about = Arguments::NONE
        .number("able", number(found.able.len()))
        .number("unable", number(found.unable.len()))
        .number("height", found.height.0);
    let columns = ["rank", "account", "home", "points", "free_ms", "why"];
    let output = Output::of(found)
        .rows(&columns, rows)
        .say("match-found", about);
    if !arguments.unable {
        return output;
    }
    let rows = found
        .unable
        .iter()
        .map(|unable| vec![json!(unable.account), json!(why_unable(&unable.why, words))]);
    output
        .say("match-unable", Arguments::NONE)
        .rows(&["account", "why"], rows)
}

/// The points of a candidate, each with its reason.
fn why_able(candidate: &Candidate, words: &Catalogue) -> String {
    let reasons = candidate.reasons.iter().map(|reason: &Reason| {
        let text = words.render(reason.message(), &Arguments::of(reason));
        format!("{:+} {text}", reason.points())
    });
    reasons.collect::<Vec<_>>().join("; ")
}

/// Why a volunteer cannot serve, in a sentence.
fn why_unable(why: &Why, words: &Catalogue) -> String {
    let related = |relation: &Value| Arguments::of(&json!({"relation": relation}));
    match why {
        Why::Refused(rejection) => words.explain_rejection(rejection).message,
        Why::KinOfRecipient(relation) => {
            words.render("match-kin_of_recipient", &related(&json!(relation)))
        }
        Why::KinOfPayer(relation) => words.render("match-kin_of_payer", &related(&json!(relation))),
        Why::Payer => words.render("match-payer", &Arguments::NONE),
        Why::PairLimit { taken, limit } => {
            let about = Arguments::NONE.number("taken", taken.0);
            words.render("match-pair_limit", &about.number("limit", limit.0))
        }
        Why::NoTime => words.render("match-no_time", &Arguments::NONE),
    }
}

fn failure(error: MatchError) -> Failure {
    match error {
        MatchError::OrderUnknown { order, .. } => Error::NotFound {
            thing: "order".to_owned(),
            id: order.to_string(),
        }
        .into(),
        MatchError::OrderTaken { order, status } => {
            let status = serde_json::to_value(status).unwrap_or_default();
            let about = Arguments::of(&json!({"order": order, "status": status}));
            Failure::usage("match_taken", about)
        }
        MatchError::Wallet(error) => error.into(),
        MatchError::State(error) => {
            Failure::local("match_state", Arguments::NONE.text("reason", error))
        }
    }
}
