//! The lies: what is asked, how the answer is changed, and what it must be called.

use ledger_core::hash::Hash;
use ledger_core::id::Height;
use serde_json::{Value, json};
use timebank_wallet::nodes::LieKind;

use crate::stage::{Alter, Answer, Stage, VALIDATORS, certify, certify_in, forge};
use timebank_wallet::trial::set_of;

/// What the wallet wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Account,
    History,
    Orders,
    Transaction,
}

/// What the wallet has read before, at an honest node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    Nothing,
    Account,
}

/// One lie.
pub(crate) struct Told {
    pub(crate) name: &'static str,
    pub(crate) question: Question,
    pub(crate) before: Before,
    pub(crate) kind: LieKind,
    pub(crate) alter: Alter,
}

macro_rules! told {
    ($($name:literal $question:ident after $before:ident is $kind:ident by $alter:expr;)*) => {
        &[$(Told {
            name: $name,
            question: Question::$question,
            before: Before::$before,
            kind: LieKind::$kind,
            alter: $alter,
        },)*]
    };
}

/// Every lie.
pub(crate) const LIES: &[Told] = told! {
    "an altered balance" Account after Account is AlteredRecord by altered_record;
    "a balance shown that is not the proven one" Account after Account is AlteredDisplay by altered_display;
    "no such account, for one there is" Account after Account is AlteredRecord by claimed_absence;
    "another account's proof" Account after Account is OtherRecord by another_account;
    "no proof" Account after Account is ProofWithheld by |_, _, answer| answer.body["proof"] = Value::Null;
    "an older record under a newer header" Account after Nothing is AlteredRecord by older_record;
    "a stale header, hiding newer blocks" Account after Account is StaleHeader by stale;
    "a header changed after it was signed" Account after Nothing is AlteredHeader by altered_header;
    "a certificate with a repeated signer" Account after Nothing is RepeatedSigner by repeated_signer;
    "a certificate by foreign signers" Account after Nothing is ForeignSigner by foreign_signer;
    "a certificate by too few signers" Account after Nothing is TooFewSigners by too_few_signers;
    "a certificate with a forged signature" Account after Nothing is ForgedSignature by forged_signature;
    "a header of a set nobody handed over to" Account after Nothing is ForeignSet by foreign_set;
    "a header of a retired set" Account after Account is RetiredSet by retired_set;
    "a change of the set to strangers" Account after Nothing is BrokenSetChange by broken_set_change;
    "changes of the set withheld" Account after Nothing is BrokenSetChange by withheld_set_change;
    "no such changes of the set" Account after Nothing is BrokenSetChange by |_, path, answer| if path.contains("/validators/changes") { nothing_there(answer); };
    "a fork signed by f validators" Account after Account is Fork by fork_by_few;
    "an honest validator's precommit of a round that decided nothing" Account after Account is TooFewSigners by undecided_round;
    "a fork signed by a quorum" Account after Account is Fork by fork_by_quorum;
    "another chain's header" Account after Nothing is OtherChain by other_chain;
    "an answer made to be too long to keep" Account after Account is Malformed by too_long_to_keep;
    "an answer cut off" Account after Account is Malformed by cut_off;
    "history withheld, in the middle" History after Account is HistoryWithheld by |stage, path, answer| history(stage, path, answer, |all| { all.remove(2); });
    "history withheld, the newest" History after Account is HistoryWithheld by |stage, path, answer| history(stage, path, answer, |all| { all.pop(); });
    "history added" History after Account is HistoryAdded by |stage, path, answer| history(stage, path, answer, |all| all.insert(2, all[1].clone()));
    "history reordered" History after Account is HistoryReordered by |stage, path, answer| history(stage, path, answer, |all| all.swap(1, 3));
    "no such history" History after Account is HistoryWithheld by |_, path, answer| if path.contains("/history?") { nothing_there(answer); };
    "history altered" History after Account is HistoryAltered by |stage, path, answer| history(stage, path, answer, |all| all[2]["time_ms"] = json!(1));
    "an order withheld" Orders after Account is OrdersWithheld by withheld_order;
    "no such list of orders" Orders after Account is OrdersWithheld by |_, path, answer| if path.contains("/orders?") { nothing_there(answer); };
    "an order altered" Orders after Account is AlteredRecord by altered_order;
    "a transaction taken out of its block" Transaction after Account is AlteredBlock by altered_block;
    "a receipt altered" Transaction after Account is AlteredBlock by altered_receipt;
    "a transaction said to be elsewhere" Transaction after Account is MisplacedTransaction by misplaced;
};

/// Changes one digit of the proven bytes.
fn alter_value(answer: &mut Answer) {
    if let Some(value) = answer.body["proof"]["value"].as_str() {
        let digit = if value.ends_with('0') { "1" } else { "0" };
        let altered = format!("{}{digit}", &value[..value.len() - 1]);
        answer.body["proof"]["value"] = json!(altered);
    }
}

fn altered_record(_: &Stage, _: &str, answer: &mut Answer) {
    alter_value(answer);
}

fn altered_display(_: &Stage, _: &str, answer: &mut Answer) {
    if let Some(account) = answer.body.get_mut("account") {
        account["held"] = json!(6_000);
    }
}

fn claimed_absence(_: &Stage, path: &str, answer: &mut Answer) {
    if path.starts_with("/v1/accounts/") {
        answer.status = 404;
        let error = json!({"code": "not_found", "details": {"kind": "account", "id": "?"}});
        let mut proof = answer.body["proof"].take();
        proof["value"] = Value::Null;
        answer.body = json!({"error": error, "proof": proof});
    }
}

fn another_account(stage: &Stage, path: &str, answer: &mut Answer) {
    if path.starts_with("/v1/accounts/") {
        answer.body = stage.li.clone();
    }
}

fn older_record(stage: &Stage, path: &str, answer: &mut Answer) {
    if path.starts_with("/v1/accounts/") {
        for field in ["value", "tree_proof"] {
            answer.body["proof"][field] = stage.old_account["proof"][field].clone();
        }
        answer.body["account"] = stage.old_account["account"].clone();
    }
}

fn stale(stage: &Stage, path: &str, answer: &mut Answer) {
    if path.starts_with("/v1/accounts/") {
        answer.body = stage.old_account.clone();
    }
}

fn altered_header(_: &Stage, _: &str, answer: &mut Answer) {
    if let Some(time_ms) = answer.body.pointer_mut("/proof/header/time_ms") {
        *time_ms = json!(time_ms.as_u64().unwrap() + 1);
    }
}

/// The signatures of the certificate in the answer.
fn signatures(answer: &mut Answer) -> Option<&mut Vec<Value>> {
    let found = answer.body.pointer_mut("/proof/certificate/signatures")?;
    found.as_array_mut()
}

fn repeated_signer(_: &Stage, _: &str, answer: &mut Answer) {
    if let Some(signatures) = signatures(answer) {
        signatures.truncate(2);
        signatures.insert(1, signatures[0].clone());
        signatures.insert(1, signatures[0].clone());
    }
}

fn foreign_signer(_: &Stage, _: &str, answer: &mut Answer) {
    forge(answer, &["stranger", "spectre", "shade", "ghost"], |_| {});
}

fn too_few_signers(_: &Stage, _: &str, answer: &mut Answer) {
    if let Some(signatures) = signatures(answer) {
        signatures.truncate(3);
    }
}

fn forged_signature(_: &Stage, _: &str, answer: &mut Answer) {
    if let Some(signatures) = signatures(answer) {
        signatures[1]["signature"] = signatures[0]["signature"].clone();
    }
}

fn foreign_set(_: &Stage, _: &str, answer: &mut Answer) {
    let strangers = ["stranger", "spectre", "shade", "ghost"];
    forge(answer, &strangers, |header| {
        header.validators_hash = set_of(&strangers).set_hash();
    });
}

fn retired_set(_: &Stage, _: &str, answer: &mut Answer) {
    let retired = &VALIDATORS[..4];
    forge(answer, retired, |header| {
        header.validators_hash = set_of(retired).set_hash();
        header.next_validators_hash = header.validators_hash;
        header.last_set_change = Height::GENESIS;
        header.height = header.height.next();
    });
}

fn broken_set_change(_: &Stage, path: &str, answer: &mut Answer) {
    if path.contains("/validators/changes") {
        answer.body["changes"][0]["next"] = json!(set_of(&["shade"]));
    }
}

fn withheld_set_change(_: &Stage, path: &str, answer: &mut Answer) {
    if path.contains("/validators/changes") {
        answer.body["changes"] = json!([]);
    }
}

fn fork_by_few(_: &Stage, _: &str, answer: &mut Answer) {
    forge(answer, &VALIDATORS[..1], |header| {
        header.receipts_root = Hash([7; 32]);
    });
}

fn fork_by_quorum(_: &Stage, _: &str, answer: &mut Answer) {
    forge(answer, &VALIDATORS[..4], |header| {
        header.receipts_root = Hash([7; 32]);
    });
}

/// Whoever sees more than two thirds of the prevotes of a later round for another block precommits that one, and is no liar.
fn undecided_round(_: &Stage, _: &str, answer: &mut Answer) {
    forge(answer, &VALIDATORS[..1], |header| {
        header.receipts_root = Hash([7; 32]);
    });
    if let Some(proof) = answer.body.get_mut("proof") {
        let header = serde_json::from_value(proof["header"].clone()).unwrap();
        proof["certificate"] = json!(certify_in(&header, 1, &VALIDATORS[..1]));
    }
}

/// "There is none", without a proof, to what every node has.
fn nothing_there(answer: &mut Answer) {
    answer.status = 404;
    let details = json!({"kind": "account", "id": "?"});
    answer.body = json!({"error": {"code": "not_found", "details": details}});
}

/// What does not fit is shown in the error, and must not take the evidence beyond what a storage keeps.
fn too_long_to_keep(_: &Stage, _: &str, answer: &mut Answer) {
    if let Some(height) = answer.body.pointer_mut("/proof/header/height") {
        *height = json!("x".repeat(timebank_wallet::storage::VALUE_BYTES_MAX));
    }
}

fn other_chain(_: &Stage, _: &str, answer: &mut Answer) {
    forge(answer, &VALIDATORS, |header| {
        header.chain_id.0 = Hash([7; 32]);
    });
}

fn cut_off(_: &Stage, _: &str, answer: &mut Answer) {
    let mut bytes = answer.body.to_string().into_bytes();
    bytes.truncate(bytes.len() / 2);
    answer.bytes = Some(bytes);
}

/// Answers from Chen's postings as `change` makes them.
fn history(stage: &Stage, path: &str, answer: &mut Answer, change: impl FnOnce(&mut Vec<Value>)) {
    let Some((_, query)) = path.split_once("/history?from=") else {
        return;
    };
    let from: usize = query.split('&').next().unwrap().parse().unwrap();
    let mut all = stage.history.clone();
    change(&mut all);
    let part: Vec<Value> = all.into_iter().skip(from).take(2).collect();
    answer.body["postings"] = json!(part);
}

fn withheld_order(_: &Stage, path: &str, answer: &mut Answer) {
    if path.contains("/orders?") {
        answer.body["items"].as_array_mut().unwrap().remove(1);
    }
}

fn altered_order(_: &Stage, path: &str, answer: &mut Answer) {
    if path.starts_with("/v1/orders/") {
        alter_value(answer);
    }
}

fn altered_block(_: &Stage, _: &str, answer: &mut Answer) {
    if let Some(transactions) = answer.body.pointer_mut("/block/transactions/0/signatures") {
        transactions.as_array_mut().unwrap().pop();
    }
}

fn altered_receipt(_: &Stage, _: &str, answer: &mut Answer) {
    if let Some(postings) = answer.body.pointer_mut("/receipts/0/postings") {
        postings.as_array_mut().unwrap().pop();
    }
}

fn misplaced(_: &Stage, path: &str, answer: &mut Answer) {
    if path.starts_with("/v1/transactions/") {
        answer.body["index"] = json!(1);
    }
}

/// A block of the height of the one in the answer that says that nothing happened, certified by `signers`.
pub(crate) fn other_block(answer: &mut Answer, signers: &[&str]) {
    if let Some(block) = answer.body.get_mut("block") {
        let mut header: ledger_core::block::Header =
            serde_json::from_value(block["header"].clone()).unwrap();
        header.proposer = ledger_core::validator::ValidatorAddress::of(
            &timebank_wallet::trial::key("two").public_key(),
        );
        header.time_ms = header.time_ms.plus_ms(1);
        block["header"] = json!(header);
        answer.body["certificate"] = json!(certify(&header, signers));
    }
}
