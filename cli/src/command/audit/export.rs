//! An export of the book: tables, blocks and a signed manifest.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::Args;
use ledger_core::id::Height;
use ledger_core::message::Arguments;
use ledger_core::transaction::Signer;
use serde_json::json;
use timebank_audit::book::Ended;
use timebank_audit::export::{ExportError, Table, export};
use timebank_audit::manifest::{SealError, Signing};

use crate::book;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::ProgressLine;
use crate::sealing::check_auditor;
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    #[arg(long, value_name = "HEIGHT", default_value_t = 1)]
    from_height: u64,
    #[arg(long, value_name = "HEIGHT", conflicts_with = "offline")]
    to_height: Option<u64>,
    #[arg(long, value_name = "FOLDER")]
    book: Option<PathBuf>,
    #[arg(long)]
    offline: bool,
    #[arg(long)]
    unsigned: bool,
}

pub(crate) fn run(arguments: &Export, session: &Session<'_>) -> Result<Output, Failure> {
    let mut book = book::open(arguments.book.as_deref(), session)?;
    let until = arguments.to_height.map(Height);
    if let Some(until) = until.filter(|until| *until < book.height()) {
        let about = Arguments::NONE
            .text("height", book.height())
            .text("asked", until)
            .text("path", book.folder().display());
        return Err(Failure::usage("book_beyond", about));
    }
    if !arguments.offline {
        let client = session.client()?;
        let followed = book::follow(&mut book, &mut &*client, until, session)?;
        if followed.ended == Ended::Stopped {
            return Err(book::stopped(book.height()));
        }
    }
    let key = match arguments.unsigned {
        true => None,
        false => {
            let key = session.keys()?.into_iter().next();
            Some(key.ok_or_else(|| Failure::usage("export_no_key", Arguments::NONE))?)
        }
    };
    let signing = match &key {
        None => None,
        Some(key) => match key.signer {
            Signer::Staff(signer) => {
                check_auditor(&book, signer, key.key.public_key())?;
                Some(Signing {
                    signer,
                    key: &key.key,
                })
            }
            signer => {
                let about = Arguments::NONE.text("signer", signer);
                return Err(Failure::usage("export_signer", about));
            }
        },
    };
    let line = ProgressLine::begin(session);
    let target = book.height();
    let progress = &mut |height: Height| {
        line.show("export-progress", || {
            Arguments::NONE
                .text("height", height)
                .text("target", target)
        });
        match line.interrupted() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let from = Height(arguments.from_height);
    let exported = export(&book, from, &arguments.to, signing, progress);
    drop(line);
    let exported = exported.map_err(|error| failure(&error))?;
    let rows = Table::ALL.iter().zip(exported.rows);
    let rows: serde_json::Map<_, _> = rows
        .map(|(table, rows)| (table.name().to_owned(), json!(rows)))
        .collect();
    let about = &exported.manifest.body.about;
    let json = json!({"folder": arguments.to, "manifest": exported.manifest, "rows": rows});
    let said = match exported.manifest.signature {
        Some(_) => "export-signed",
        None => "export-unsigned",
    };
    Ok(Output::of(&json)
        .fields([
            ("folder", json!(arguments.to)),
            ("from_height", json!(about.from_height)),
            ("height", json!(about.height)),
            ("block_id", json!(about.block_id)),
        ])
        .rows(
            &["table", "rows"],
            rows.iter()
                .map(|(table, rows)| vec![json!(table), rows.clone()]),
        )
        .say(said, Arguments::NONE))
}

/// What an export's error means here.
fn failure(error: &ExportError) -> Failure {
    let about = || Arguments::NONE.text("reason", error);
    match error {
        ExportError::Exists { folder } => {
            let about = Arguments::NONE.text("path", folder.display());
            Failure::usage("export_exists", about)
        }
        ExportError::InUse { folder } => {
            let about = Arguments::NONE.text("path", folder.display());
            Failure::local("export_in_use", about)
        }
        ExportError::NoBlocks { from, height } => {
            let about = Arguments::NONE.text("from", from);
            Failure::usage("export_no_blocks", about.text("height", height))
        }
        ExportError::Stopped => Failure::local("export_stopped", Arguments::NONE),
        ExportError::System { .. } | ExportError::State(_) => {
            Failure::local("export_files", about())
        }
        ExportError::Archive(error) | ExportError::Seal(SealError::Archive(error)) => {
            book::files(error)
        }
        ExportError::Seal(SealError::Manifest(error)) => {
            Failure::local(error.code(), error.arguments())
        }
        ExportError::Seal(_) => Failure::local("export_files", about()),
    }
}
