//! Checking a proof offline: what is proven, as of when, by which validators; or which link is broken. Also the manifest of a
//! report or an export: whether every file is as an auditor signed it; and a volunteer's certificate of service.
//!
//! What is always so: no node is asked. Whom to believe comes from the genesis document, from a checkpoint when one is
//! given, and from what this profile has proven before.

mod manifest;

use std::path::PathBuf;

use clap::Args;
use ledger_core::message::Arguments;
use ledger_core::proof::{
    BUNDLE_BYTES_MAX, Clock, Fact, ProofBundle, ProofError, VerifiedBlock, VerifiedBundle,
};
use ledger_core::receipt::Owner;
use ledger_core::time::TimestampMs;
use serde_json::{Value, json};
use timebank_wallet::qr::Kind;
use timebank_wallet::service_record::Certificate;

use super::{account, certificate, checkpoint, order};
use crate::failure::Failure;
use crate::output::Output;
use crate::perform::{POSTING_COLUMNS, operation_kind, posting_row};
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Verify {
    file: PathBuf,
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    #[arg(long = "for", value_name = "NAME")]
    reader: Option<String>,
}

pub(crate) fn run(arguments: &Verify, session: &Session<'_>) -> Result<Output, Failure> {
    let limit = u64::try_from(BUNDLE_BYTES_MAX).unwrap_or(u64::MAX);
    let kinds = [Kind::Proof, Kind::Certificate];
    let (kind, bytes) = session.content_of_any(&arguments.file, &kinds, limit)?;
    let now_ms = TimestampMs(session.environment().now_ms);
    let clock = Clock::at(now_ms);
    let mut trust = session.trust_chain()?;
    for file in &arguments.checkpoint {
        let checkpoints = checkpoint::load_all(file, session)?;
        trust
            .renew_from(&checkpoints, clock)
            .map_err(|error| Failure::broken(&error))?;
    }
    if kind == Some(Kind::Certificate) || Certificate::is_json(&bytes) {
        return certificate::verify(&bytes, arguments.reader.as_deref(), &trust, session);
    }
    if manifest::is_one(&bytes) {
        return manifest::verify(&bytes, &arguments.file, &trust, clock);
    }
    let broken = |error: ProofError| Failure::broken(&error);
    let bundle = ProofBundle::from_file(&bytes).map_err(broken)?;
    let verified = bundle.verify(&trust, clock).map_err(broken)?;
    Ok(shown(&bundle, &verified, session))
}

fn shown(bundle: &ProofBundle, verified: &VerifiedBundle, session: &Session<'_>) -> Output {
    let blocks: Vec<Value> = bundle
        .blocks
        .iter()
        .zip(&verified.blocks)
        .map(|(proof, block)| {
            json!({"height": block.height, "block_id": block.block_id, "time_ms": block.time_ms,
                   "age_ms": session.age_ms(block.time_ms), "signers": proof.certificate.signatures.len(),
                   "facts": block.facts.iter().map(fact_json).collect::<Vec<_>>()})
        })
        .collect();
    let json = json!({"verified": true, "chain_id": bundle.chain_id, "set_since": verified.trust.set_since(),
                      "set": verified.trust.set().set_hash(), "blocks": blocks});
    let mut output = Output::of(&json).say("verify-proven", Arguments::NONE);
    for (proof, block) in bundle.blocks.iter().zip(&verified.blocks) {
        for fact in &block.facts {
            output = described(output, fact);
        }
        let set = verified.trust.set_at(block.height);
        let of = set.map_or(0, |set| set.as_slice().len());
        output = output.say(
            "verify-block",
            about(block, session)
                .number("signers", count(proof.certificate.signatures.len()))
                .number("of", count(of)),
        );
    }
    output
        .fields([
            ("chain_id", json!(bundle.chain_id)),
            ("set_since", json!(verified.trust.set_since())),
            ("set", json!(verified.trust.set().set_hash())),
        ])
        .say("verify-offline", Arguments::NONE)
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn about(block: &VerifiedBlock, session: &Session<'_>) -> Arguments {
    Arguments::NONE
        .number("height", block.height.0)
        .number("time_ms", block.time_ms.0)
        .number("age_ms", session.age_ms(block.time_ms))
}

fn described(output: Output, fact: &Fact) -> Output {
    match fact {
        Fact::Account {
            account: id,
            record: Some(record),
        } => account::described(output, *id, record),
        Fact::Order {
            order: id,
            record: Some(record),
        } => order::described(output, *id, record),
        Fact::Account {
            account: id,
            record: None,
        } => output.say("verify-no_account", Arguments::NONE.text("id", id)),
        Fact::Order {
            order: id,
            record: None,
        } => output.say("verify-no_order", Arguments::NONE.text("id", id)),
        Fact::Record { key, value } => output.fields([
            ("state_key", json!(digits(key))),
            ("value", json!(value.as_deref().map(digits))),
        ]),
        Fact::Transaction { id, envelope } => {
            let transaction = &envelope.transaction;
            let kind = operation_kind(&transaction.operation);
            let mut operation = json!(transaction.operation);
            if let Some(fields) = operation.as_object_mut() {
                fields.remove("kind");
            }
            let signers: Vec<_> = envelope.signatures.iter().map(|it| it.signer).collect();
            output
                .fields([
                    ("transaction", json!(id)),
                    ("operation", json!(format!("operation_{kind}"))),
                    ("signers", json!(signers)),
                ])
                .flattened(&operation)
        }
        Fact::Receipt(receipt) => {
            output.rows(&POSTING_COLUMNS, receipt.postings.iter().map(posting_row))
        }
        Fact::Posting {
            owner,
            position,
            posting,
        } => {
            let mut row = posting_row(posting);
            row.insert(0, json!(position));
            row[1] = match owner {
                Owner::Account(account) => json!(account),
                Owner::Pool(pool) => json!(pool),
            };
            row.push(json!(posting.time_ms));
            output.rows(&["position", "owner", "entry", "details", "time_ms"], [row])
        }
    }
}

fn digits(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").expect("text takes everything");
        digits
    })
}

fn fact_json(fact: &Fact) -> Value {
    match fact {
        Fact::Account { account, record } => {
            json!({"kind": "account", "account": account, "record": record})
        }
        Fact::Order { order, record } => json!({"kind": "order", "order": order, "record": record}),
        Fact::Record { key, value } => {
            json!({"kind": "record", "key": digits(key), "value": value.as_deref().map(digits)})
        }
        Fact::Transaction { id, envelope } => {
            json!({"kind": "transaction", "transaction": id, "envelope": envelope})
        }
        Fact::Receipt(receipt) => json!({"kind": "receipt", "receipt": receipt}),
        Fact::Posting {
            owner,
            position,
            posting,
        } => json!({"kind": "posting", "owner": owner, "position": position, "posting": posting}),
    }
}
