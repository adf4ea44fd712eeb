//! A month's clearing recomputed from the blocks alone, compared with the chain's record, and co-signed.

use clap::Args;
use ledger_core::audit::AuditedMonth;
use ledger_core::message::Arguments;
use ledger_core::record::clearing::ClearingRecord;
use ledger_core::time::Month;
use ledger_core::transaction::government::CosignClearing;
use serde_json::json;
use timebank_wallet::Error;

use crate::book::FromBook;
use crate::command::clearing::{about_difference, described};
use crate::exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Args)]
pub(crate) struct Clearing {
    #[arg(value_parser = parse::<Month>)]
    month: Month,
    #[arg(long)]
    cosign: bool,
    #[command(flatten)]
    book: FromBook,
}

pub(crate) fn run(arguments: &Clearing, session: &Session<'_>) -> Result<Output, Failure> {
    let month = arguments.month;
    let book = arguments.book.current(session)?;
    let audited = book.month(month).map_err(|error| Error::AuditFailed {
        height: book.height(),
        reason: error.to_string(),
    })?;
    let closed = audited.filter(|audited| audited.recorded.is_some());
    let audited = closed.ok_or_else(|| Error::MonthNotOver {
        month,
        height: book.height(),
    })?;
    // The co-signature is submitted without the book in hand.
    drop(book);
    match arguments.cosign {
        true => cosign(month, &audited, session),
        false => Ok(show(month, &audited)),
    }
}

fn show(month: Month, audited: &AuditedMonth) -> Output {
    let record = &audited.recomputed;
    let hash = record.clearing_hash();
    let recorded = audited.recorded.as_ref().map(ClearingRecord::clearing_hash);
    let json = json!({
        "month": month, "clearing": record, "hash": hash, "recorded_hash": recorded,
        "agrees": audited.agreed_hash().is_some(),
    });
    let output = described(&json, record, hash);
    match audited.agreed_hash() {
        Some(_) => output.say("clearing-agrees", Arguments::NONE),
        None => output
            .say("clearing-differs", about_difference(hash, recorded))
            .exit(exit::VERIFICATION),
    }
}

/// Co-signs what both computations agree on.
fn cosign(month: Month, audited: &AuditedMonth, session: &Session<'_>) -> Result<Output, Failure> {
    match audited.agreed_hash() {
        Some(hash) => session.perform(CosignClearing { month, hash }),
        None => {
            let recorded = audited.recorded.as_ref().map(ClearingRecord::clearing_hash);
            let about = about_difference(audited.recomputed.clearing_hash(), recorded);
            Err(Failure::local("clearing_not_cosigned", about))
        }
    }
}
