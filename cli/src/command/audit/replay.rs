//! The chain executed again from genesis on, or from where the book ended.

use std::path::{Path, PathBuf};

use clap::Args;
use ledger_core::id::Height;
use ledger_core::message::Arguments;
use serde_json::{Value, json};
use timebank_audit::book::Ended;
use timebank_audit::divergence::{FieldDifference, Located, locate};
use timebank_audit::{ArchiveSource, Book, BookError};

use crate::book;
use crate::exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

/// Where an export keeps its blocks.
const EXPORTED_BLOCKS: &str = "archive";

#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[arg(long, value_name = "FOLDER")]
    from_export: Option<PathBuf>,
    #[arg(long, value_name = "HEIGHT")]
    to_height: Option<u64>,
    #[arg(long, value_name = "FOLDER")]
    book: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Replay, session: &Session<'_>) -> Result<Output, Failure> {
    let until = arguments.to_height.map(Height);
    let mut book = book::open(arguments.book.as_deref(), session)?;
    if let Some(until) = until.filter(|until| *until < book.height()) {
        let about = Arguments::NONE
            .text("height", book.height())
            .text("asked", until)
            .text("path", book.folder().display());
        return Err(Failure::usage("book_beyond", about));
    }
    let followed = match &arguments.from_export {
        Some(folder) => {
            let mut source = ArchiveSource::open(&blocks_of(folder), book.chain_id());
            book::try_follow(&mut book, &mut source, until, session)
        }
        None => {
            let client = session.client()?;
            book::try_follow(&mut book, &mut &*client, until, session)
        }
    };
    let followed = match followed {
        Ok(followed) => followed,
        Err(error) => return failed(error, &book, session),
    };
    let agreement = match (&arguments.from_export, followed.ended) {
        (Some(_), _) | (None, Ended::Stopped) => None,
        (None, Ended::Newest | Ended::Height) => Some(compare(&book, session)?),
    };
    let millis = u64::try_from(followed.elapsed.as_millis()).unwrap_or(u64::MAX);
    let fields = [
        ("chain_id", json!(book.chain_id())),
        ("height", json!(book.height())),
        ("block_id", json!(book.block_id())),
        ("time_ms", json!(book.time_ms())),
        ("state_root", json!(book.state().root())),
        ("blocks_executed", json!(followed.blocks)),
        ("transactions_executed", json!(followed.transactions)),
        ("took_ms", json!(millis)),
        ("transactions_a_second", json!(followed.rate())),
        (
            "agrees",
            agreement
                .as_ref()
                .map_or(Value::Null, |it| json!(it.is_none())),
        ),
    ];
    let json: serde_json::Map<String, Value> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let output = Output::of(&json).fields(fields);
    if followed.ended == Ended::Stopped {
        let about = Arguments::NONE.text("height", book.height());
        return Ok(output.say("replay-stopped", about).exit(exit::FAILURE));
    }
    Ok(match agreement {
        None => output.say("replay-executed", Arguments::NONE),
        Some(None) => output.say("replay-agrees", Arguments::NONE),
        Some(Some(difference)) => output
            .say("replay-differs", difference)
            .exit(exit::VERIFICATION),
    })
}

/// Where the blocks of an export lie: in a folder of their own, or right there.
fn blocks_of(folder: &Path) -> PathBuf {
    let own = folder.join(EXPORTED_BLOCKS);
    match own.is_dir() {
        true => own,
        false => folder.to_owned(),
    }
}

/// Compares what was arrived at with what the node shows of the same height; what differs, if anything does.
fn compare(book: &Book, session: &Session<'_>) -> Result<Option<Arguments>, Failure> {
    if book.height() == Height::GENESIS {
        return Ok(None);
    }
    let shown = session.client()?.block(Some(book.height()))?.value;
    let pairs = [
        (
            "block_id",
            book.block_id().to_string(),
            shown.block.id().to_string(),
        ),
        (
            "state_root",
            book.state().root().to_string(),
            shown.block.header.state_root.to_string(),
        ),
    ];
    let differing = pairs.into_iter().find(|(_, ours, theirs)| ours != theirs);
    Ok(differing.map(|(what, ours, theirs)| {
        Arguments::NONE
            .text("what", what)
            .text("ours", ours)
            .text("theirs", theirs)
    }))
}

/// What to say of a replay that could not go on: of a certified block whose execution comes to something else, where the two
/// part, as far as a node tells.
fn failed(error: BookError, book: &Book, session: &Session<'_>) -> Result<Output, Failure> {
    let BookError::Diverged(divergence) = error else {
        return Err(book::failure(&error));
    };
    let (computed, given) = (json!(divergence.computed), json!(divergence.block.header));
    let field = divergence.field.to_string();
    let located = match session.client() {
        Ok(client) => locate(book.audit(), &divergence, client).map_err(|it| it.to_string()),
        Err(_) => Err("no node is named".to_owned()),
    };
    let json = json!({
        "height": divergence.height(), "field": field, "ours": computed[&field], "theirs": given[&field],
        "located": located.as_ref().ok(), "not_located": located.as_ref().err(),
    });
    let output = Output::of(&json)
        .fields([
            ("height", json!(divergence.height())),
            ("field", json!(field)),
            ("ours", computed[&field].clone()),
            ("theirs", given[&field].clone()),
        ])
        .say(
            "replay-parts",
            Arguments::NONE.text("height", divergence.height()),
        )
        .exit(exit::VERIFICATION);
    Ok(match located {
        Ok(located) => show_located(output, &located),
        Err(reason) => output.say("replay-not_located", Arguments::NONE.text("reason", reason)),
    })
}

fn show_located(mut output: Output, located: &Located) -> Output {
    let field_rows = |fields: &[FieldDifference]| -> Vec<Vec<Value>> {
        let row = |it: &FieldDifference| vec![json!(it.field), it.ours.clone(), it.theirs.clone()];
        fields.iter().map(row).collect()
    };
    if let Some(receipt) = &located.receipt {
        let about = Arguments::NONE.text("index", receipt.index).text(
            "posting",
            receipt.posting.map_or("–".to_owned(), |at| at.to_string()),
        );
        output = output
            .say("replay-receipt", about)
            .rows(&["field", "ours", "theirs"], field_rows(&receipt.fields));
    }
    if let Some((height, reason)) = &located.stuck {
        let about = Arguments::NONE
            .text("height", height)
            .text("reason", reason);
        return output.say("replay-stuck", about);
    }
    if let Some(height) = located.compared_at {
        let about = Arguments::NONE
            .text("height", height)
            .text("count", located.records.len());
        output = output.say("replay-records", about);
    }
    for record in &located.records {
        let shown = |value: &Option<Value>| json!(value.as_ref().map(Value::to_string));
        output = output.fields([("record", json!(record.record)), ("key", json!(record.key))]);
        output = match record.fields.is_empty() {
            true => output.fields([
                ("ours", shown(&record.ours)),
                ("theirs", shown(&record.theirs)),
            ]),
            false => output.rows(&["field", "ours", "theirs"], field_rows(&record.fields)),
        };
    }
    match located.more {
        true => output.say("replay-more", Arguments::NONE),
        false => output,
    }
}
