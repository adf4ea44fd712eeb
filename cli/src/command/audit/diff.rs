//! What differs between an export and the chain.

use std::path::PathBuf;

use clap::Args;
use ledger_core::message::Arguments;
use serde_json::{Value, json};
use timebank_audit::difference::{Difference, DifferenceError, Differs, compare};

use crate::book::{self, FromBook};
use crate::exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

/// The most differences that are shown; the others are counted.
const SHOWN_MAX: usize = 1_000;

#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    #[command(flatten)]
    from: FromBook,
}

pub(crate) fn run(arguments: &Diff, session: &Session<'_>) -> Result<Output, Failure> {
    let book = arguments.from.current(session)?;
    let (mut shown, mut count) = (Vec::new(), 0_u64);
    compare(&arguments.folder, &book, &mut |difference| {
        count = count.saturating_add(1);
        if shown.len() < SHOWN_MAX {
            shown.push(difference);
        }
    })
    .map_err(|error| failure(&error))?;
    let json = json!({"differences": shown, "count": count, "height": book.height()});
    let output = Output::of(&json);
    if count == 0 {
        let about = Arguments::NONE.text("height", book.height());
        return Ok(output.say("diff-same", about));
    }
    let columns = [
        "file",
        "line_or_byte",
        "height",
        "export_item",
        "difference",
        "field",
        "chain",
        "export",
    ];
    Ok(output
        .rows(&columns, shown.iter().map(row))
        .say("diff-differs", Arguments::NONE.number("count", count))
        .exit(exit::VERIFICATION))
}

fn row(difference: &Difference) -> Vec<Value> {
    let (field, chain, export) = match &difference.what {
        Differs::Missing | Differs::Added => (Value::Null, Value::Null, Value::Null),
        Differs::Altered {
            field,
            chain,
            export,
        } => (json!(field), json!(chain), json!(export)),
        Differs::Malformed { reason } => (json!(reason), Value::Null, Value::Null),
    };
    vec![
        json!(difference.file),
        json!(difference.line.or(difference.byte)),
        json!(difference.height),
        json!(difference.item),
        json!(format!("difference_{}", difference.what.code())),
        field,
        chain,
        export,
    ]
}

/// What the error means here.
fn failure(error: &DifferenceError) -> Failure {
    let about = || Arguments::NONE.text("reason", error);
    match error {
        DifferenceError::Manifest(error) => Failure::local(error.code(), error.arguments()),
        DifferenceError::OtherChain { expected, actual } => {
            let about = Arguments::NONE.text("expected", expected);
            Failure::usage("manifest-other_chain", about.text("actual", actual))
        }
        DifferenceError::BookBehind { height, export } => {
            let about = Arguments::NONE.text("height", height);
            Failure::unproven("diff_book_behind", about.text("export", export))
        }
        DifferenceError::Archive(error) => book::files(error),
        DifferenceError::Book(error) => book::failure(error),
        DifferenceError::System { .. } | DifferenceError::State(_) => {
            Failure::local("export_files", about())
        }
    }
}
