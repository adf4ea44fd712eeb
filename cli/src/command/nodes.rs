//! Comparing nodes: where each one stands, which lag, and which lied, with the evidence that is kept of it.

use clap::Args;
use ledger_core::message::{Arguments, Language};
use serde_json::{Value, json};
use timebank_wallet::message::explain_lie;
use timebank_wallet::nodes::{Comparison, Found, Head, Lie};

use crate::exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

#[derive(Debug, Args)]
pub(crate) struct Nodes {}

pub(crate) fn run(session: &Session<'_>) -> Result<Output, Failure> {
    let client = session.client()?;
    let comparison = client.compare(session.freshness())?;
    let lies = client.lies()?;
    let folder = session.state_folder();
    let evidence: Vec<Value> = lies
        .iter()
        .map(|lie| {
            let file = folder.as_ref().map(|folder| folder.join(lie.name()));
            json!({"node": lie.node, "kind": lie.kind, "code": lie.code, "message": lie.message, "seen": lie.seen,
                   "time_ms": lie.time_ms, "file": file})
        })
        .collect();
    let json = json!({"nodes": comparison.heads, "common": comparison.common, "forked": comparison.forked,
                      "lies": evidence});
    let lied = comparison
        .heads
        .iter()
        .any(|head| matches!(head.found, Found::Lied { .. }));
    let language = session.language();
    let columns = ["node", "state", "height", "time_ms", "behind", "details"];
    let mut output = Output::of(&json)
        .rows(
            &columns,
            comparison.heads.iter().map(|head| row(head, language)),
        )
        .say(agreement(&comparison), about(&comparison));
    if !lies.is_empty() {
        let rows = lies.iter().map(|lie| kept(lie, session));
        output = output
            .say("nodes-lies", Arguments::NONE)
            .rows(&["time_ms", "node", "kind", "file"], rows);
    }
    Ok(match (lied || comparison.forked, comparison.common) {
        (true, _) => output.exit(exit::VERIFICATION),
        (false, None) => output.exit(exit::NETWORK),
        (false, Some(_)) => output,
    })
}

fn row(head: &Head, language: Language) -> Vec<Value> {
    let node = json!(head.node);
    match &head.found {
        Found::Proven {
            height,
            time_ms,
            behind,
            ..
        } => {
            let state = match behind {
                0 => "node_current",
                _ => "node_behind",
            };
            vec![
                node,
                json!(state),
                json!(height),
                json!(time_ms),
                json!(behind),
                Value::Null,
            ]
        }
        Found::Lied { kind, .. } => {
            let kind = json!(explain_lie(*kind, language));
            let (height, time, behind) = (Value::Null, Value::Null, Value::Null);
            vec![node, json!("node_lied"), height, time, behind, kind]
        }
        Found::Away { code, .. } => {
            let (height, time, behind) = (Value::Null, Value::Null, Value::Null);
            vec![node, json!("node_away"), height, time, behind, json!(code)]
        }
    }
}

fn kept(lie: &Lie, session: &Session<'_>) -> Vec<Value> {
    let file = session.state_folder().map(|folder| folder.join(lie.name()));
    vec![
        json!(lie.time_ms),
        json!(lie.node),
        json!(explain_lie(lie.kind, session.language())),
        json!(file),
    ]
}

/// What the comparison says as a whole.
fn agreement(comparison: &Comparison) -> &'static str {
    match (comparison.forked, comparison.common) {
        (true, _) => "nodes-forked",
        (false, Some(_)) => "nodes-agree",
        (false, None) => "nodes-silent",
    }
}

fn about(comparison: &Comparison) -> Arguments {
    let common = comparison.common.unwrap_or_default();
    Arguments::NONE.number("height", common.0)
}
