//! Clearing between districts: a month recomputed from the blocks alone, compared with the chain's record, and co-signed.

use clap::Args;
use ledger_core::audit::AuditedMonth;
use ledger_core::hash::Hash;
use ledger_core::message::Arguments;
use ledger_core::record::clearing::ClearingRecord;
use ledger_core::time::Month;
use ledger_core::transaction::government::CosignClearing;
use serde_json::{Value, json};
use timebank_wallet::Error;

use crate::exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::value::parse;

#[derive(Debug, Args)]
pub(crate) struct Clearing {
    #[arg(value_parser = parse::<Month>)]
    month: Option<Month>,
    #[arg(long, requires = "month")]
    cosign: bool,
}

pub(crate) fn run(arguments: &Clearing, session: &Session<'_>) -> Result<Output, Failure> {
    match arguments.month {
        None => list(session),
        Some(month) if arguments.cosign => cosign(month, session),
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

/// Audits the chain up to the end of `month`.
fn audit(month: Month, session: &Session<'_>) -> Result<AuditedMonth, Failure> {
    let genesis = session.genesis()?.ok_or(Error::TrustMissing {})?;
    Ok(session.client()?.audit_month(genesis, month, |_| {})?)
}

fn show(month: Month, session: &Session<'_>) -> Result<Output, Failure> {
    let audited = audit(month, session)?;
    let record = &audited.recomputed;
    let hash = record.clearing_hash();
    let recorded = audited.recorded.as_ref().map(ClearingRecord::clearing_hash);
    let json = json!({
        "month": month, "clearing": record, "hash": hash, "recorded_hash": recorded,
        "agrees": audited.agreed_hash().is_some(),
    });
    let output = described(&json, record, hash);
    Ok(match audited.agreed_hash() {
        Some(_) => output.say("clearing-agrees", Arguments::NONE),
        None => output
            .say("clearing-differs", about_difference(hash, recorded))
            .exit(exit::VERIFICATION),
    })
}

fn described(json: &Value, record: &ClearingRecord, hash: Hash) -> Output {
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

/// Co-signs what both computations agree on.
fn cosign(month: Month, session: &Session<'_>) -> Result<Output, Failure> {
    let audited = audit(month, session)?;
    match audited.agreed_hash() {
        Some(hash) => session.perform(CosignClearing { month, hash }),
        None => {
            let recorded = audited.recorded.as_ref().map(ClearingRecord::clearing_hash);
            let about = about_difference(audited.recomputed.clearing_hash(), recorded);
            Err(Failure::local("clearing_not_cosigned", about))
        }
    }
}

fn about_difference(recomputed: Hash, recorded: Option<Hash>) -> Arguments {
    let recorded = recorded.map_or_else(|| "–".to_owned(), |hash| hash.to_string());
    Arguments::NONE
        .text("recomputed", recomputed)
        .text("recorded", recorded)
}
